"""How finely an AV1 picture is quantised, read from the headers of its first frame.

Source: AV1 Bitstream & Decoding Process Specification 5.3 (OBU), 5.5 (sequence header), 5.9 (frame header).
It reads as far as the quantiser index and no farther; of streams that are more than a picture needs (decoder models,
tiles of uneven sizes) it says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from overt.errors import FormatError, TruncatedError
from overt.formats.cursor import Cursor

HEAD = 4096
"""Bytes of a stream that hold its first headers, with metadata before them."""

_SEQUENCE, _FRAME_HEADER, _FRAME = 1, 3, 6
_MAX_UNITS = 64
_SELECT = 2
_KEY = 0


class _Bits:
    """Bits from the most significant of each byte."""

    def __init__(self, data: bytes) -> None:
        self.value = int.from_bytes(data, "big")
        self.left = 8 * len(data)

    def take(self, count: int) -> int:
        if count > self.left:
            raise TruncatedError("the AV1 stream ends in its headers", "AV1 码流不完整")
        self.left -= count
        return self.value >> self.left & ((1 << count) - 1)

    def flag(self) -> bool:
        return bool(self.take(1))


@dataclass(frozen=True, slots=True)
class _Sequence:
    reduced: bool
    width_bits: int
    height_bits: int
    width: int
    height: int
    wide_blocks: bool
    screen_tools: int
    integer_motion: int
    order_bits: int
    superres: bool


class _Unknown(Exception):  # noqa: N818 - no error: the stream has what this reader does not follow
    """There is no saying."""


def quantiser(stream: bytes) -> int | None:
    """The quantiser index (0 to 255) of the first frame; None where there is no saying."""
    try:
        return _quantiser(Cursor(stream[:HEAD]))
    except (_Unknown, FormatError):
        return None


def _quantiser(cursor: Cursor) -> int | None:
    sequence: _Sequence | None = None
    for _ in range(_MAX_UNITS):
        head = cursor.uint(1)
        cursor.skip(1 if head & 4 else 0)
        size = _leb128(cursor) if head & 2 else cursor.left
        kind = head >> 3 & 15
        body = cursor.peek(size)
        if kind == _SEQUENCE:
            sequence = _sequence(_Bits(body))
        elif kind in (_FRAME_HEADER, _FRAME) and sequence is not None:
            return _frame(_Bits(body), sequence)
        cursor.skip(size)
    return None


def _leb128(cursor: Cursor) -> int:
    value = 0
    for place in range(8):
        byte = cursor.uint(1)
        value |= (byte & 0x7F) << 7 * place
        if not byte & 0x80:
            return value
    raise FormatError("a number in an AV1 stream is too long", "AV1 码流中的数值过长")


def _sequence(bits: _Bits) -> _Sequence:
    bits.take(3 + 1)
    reduced = bits.flag()
    if reduced:
        bits.take(5)
    else:
        if bits.flag():  # Timing, and with it perhaps a decoder model.
            raise _Unknown
        delays = bits.flag()
        for _ in range(bits.take(5) + 1):
            bits.take(12)
            bits.take(1 if bits.take(5) > 7 else 0)
            if delays and bits.flag():
                bits.take(4)
    width_bits, height_bits = bits.take(4) + 1, bits.take(4) + 1
    width, height = bits.take(width_bits) + 1, bits.take(height_bits) + 1
    if not reduced and bits.flag():  # Numbered frames.
        raise _Unknown
    wide_blocks = bits.flag()
    bits.take(2)
    screen_tools, integer_motion, order_bits = (_SELECT, _SELECT, 0) if reduced else _tools(bits)
    return _Sequence(
        reduced,
        width_bits,
        height_bits,
        width,
        height,
        wide_blocks,
        screen_tools,
        integer_motion,
        order_bits,
        bits.flag(),
    )


def _tools(bits: _Bits) -> tuple[int, int, int]:
    """Screen content tools, integer motion vectors, and the length of order hints."""
    bits.take(4)
    ordered = bits.flag()
    bits.take(2 if ordered else 0)
    screen_tools = _SELECT if bits.flag() else bits.take(1)
    integer_motion = _SELECT
    if screen_tools:
        integer_motion = _SELECT if bits.flag() else bits.take(1)
    return screen_tools, integer_motion, bits.take(3) + 1 if ordered else 0


def _frame(bits: _Bits, sequence: _Sequence) -> int:
    if not sequence.reduced and (bits.flag() or bits.take(2) != _KEY or not bits.flag()):
        raise _Unknown
    frozen = bits.flag()
    screen_tools = bits.take(1) if sequence.screen_tools == _SELECT else sequence.screen_tools
    if screen_tools and sequence.integer_motion == _SELECT:
        bits.take(1)
    resized = not sequence.reduced and bits.flag()
    bits.take(sequence.order_bits)
    width, height = sequence.width, sequence.height
    if resized:
        width, height = bits.take(sequence.width_bits) + 1, bits.take(sequence.height_bits) + 1
    if sequence.superres and bits.flag():
        raise _Unknown
    if bits.flag():
        bits.take(32)
    bits.take(1 if screen_tools else 0)
    if not sequence.reduced and not frozen:
        bits.take(1)
    _tiles(bits, width, height, wide_blocks=sequence.wide_blocks)
    return bits.take(8)


def _tiles(bits: _Bits, width: int, height: int, *, wide_blocks: bool) -> None:
    shift = 7 if wide_blocks else 6
    across, down = ((8 * (side + 7 >> 3)) + (1 << shift) - 1 >> shift for side in (width, height))
    least_across = _log2(4096 >> shift, across)
    least = max(least_across, _log2(4096 * 2304 >> 2 * shift, across * down))
    if not bits.flag():
        raise _Unknown
    columns = _counted(bits, least_across, _log2(1, min(across, 64)))
    rows = _counted(bits, max(least - columns, 0), _log2(1, min(down, 64)))
    if columns or rows:
        bits.take(columns + rows + 2)


def _counted(bits: _Bits, least: int, most: int) -> int:
    while least < most and bits.flag():
        least += 1
    return least


def _log2(block: int, target: int) -> int:
    """The least power of two by which a block grows to a target."""
    power = 0
    while block << power < target:
        power += 1
    return power

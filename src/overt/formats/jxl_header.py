"""What the header of a JPEG XL codestream says about its samples and their colours.

Source: ISO/IEC 18181-1, annexes B (bit stream), D.2 (`SizeHeader`) and D.3 (`ImageMetadata`).
It reads no frame: how each is coded, and how well, is not known from here.
"""

from __future__ import annotations

from dataclasses import dataclass

from overt.errors import FormatError, TruncatedError
from overt.formats.bmff import walk
from overt.formats.splice import Buffer

_MOST = 4096
"""Bytes of a header that are read; names of extra channels could make it longer, and do not in practice."""
_MAX_CHANNELS = 32
_CODESTREAM = b"\xff\x0a"
_PARTIAL = 4
"""Bytes of a `jxlp` box before its piece of the codestream."""

_SIDES = ((1, 9), (1, 13), (1, 18), (1, 30))
_ENUM = ((0, 0), (1, 0), (2, 4), (18, 6))
_RGB, _GREY = 0, 1
_D65, _SRGB_PRIMARIES, _SRGB_TRANSFER = 1, 1, 13
_ALPHA = 0


@dataclass(frozen=True, slots=True)
class Header:
    """`srgb` is whether the colours are sRGB or grey of its tone curve; `icc` whether a profile defines them.

    `further` is whether there are channels other than colour and one alpha; `xyb` whether the samples are coded in
    a colour space of the coding's own.
    """

    bits: int
    floating: bool
    animated: bool
    icc: bool
    srgb: bool
    further: bool
    xyb: bool


def read(data: Buffer) -> Header:
    """The header of a bare codestream, or of the one in a container."""
    reader = _Bits(_start(data))
    _size(reader)
    if reader.take(1):
        return Header(8, floating=False, animated=False, icc=False, srgb=True, further=False, xyb=True)
    animated = _extra_fields(reader) if reader.take(1) else False
    bits, floating = _depth(reader)
    reader.take(1)
    count = reader.choice((0, 0), (1, 0), (2, 4), (1, 12))
    if count > _MAX_CHANNELS:
        raise FormatError(f"a JPEG XL with {count} extra channels", f"JPEG XL 图片有 {count} 个附加通道")
    kinds = [_channel(reader) for _ in range(count)]
    xyb = bool(reader.take(1))
    icc, srgb = _colour(reader)
    return Header(bits, floating, animated, icc, srgb, further=kinds not in ([], [_ALPHA]), xyb=xyb)


def _start(data: Buffer) -> bytes:
    """The first bytes of the codestream."""
    if bytes(data[:2]) == _CODESTREAM:
        return bytes(data[2:_MOST])
    out = b""
    for box in walk(data, 0, len(data)):
        if box.kind in (b"jxlc", b"jxlp") and len(out) < _MOST:
            start = box.start + (_PARTIAL if box.kind == b"jxlp" else 0)
            out += bytes(data[start : min(box.stop, start + _MOST)])
    if not out.startswith(_CODESTREAM):
        raise FormatError("the JPEG XL file holds no picture", "JPEG XL 文件中没有图像数据")
    return out[2:]


class _Bits:
    """Bits from the least significant of each byte."""

    def __init__(self, data: bytes) -> None:
        self.bits = int.from_bytes(data, "little")
        self.left = 8 * len(data)

    def take(self, count: int) -> int:
        """An unsigned number of this many bits."""
        if count > self.left:
            raise TruncatedError("the JPEG XL codestream ends in its header", "JPEG XL 码流不完整")
        value = self.bits & ((1 << count) - 1)
        self.bits >>= count
        self.left -= count
        return value

    def choice(self, *ways: tuple[int, int]) -> int:
        """`U32`: two bits choose one of four ways, each a least value and a number of bits to add to it."""
        least, count = ways[self.take(2)]
        return least + self.take(count)


def _size(reader: _Bits) -> None:
    small = reader.take(1)
    for side in range(2):
        if side and reader.take(3):
            return  # The ratio of the sides gives the other one.
        if small:
            reader.take(5)
        else:
            reader.choice(*_SIDES)


def _extra_fields(reader: _Bits) -> bool:
    """Orientation, intrinsic size, preview and animation; whether it is one."""
    reader.take(3)
    if reader.take(1):
        _size(reader)
    if reader.take(1):
        _preview(reader)
    if not reader.take(1):
        return False
    reader.choice((100, 0), (1000, 0), (1, 10), (1, 30))  # Ticks: numerator, denominator.
    reader.choice((1, 0), (1001, 0), (1, 8), (1, 10))
    reader.choice((0, 0), (0, 3), (0, 16), (0, 32))  # Loops.
    reader.take(1)
    return True


def _preview(reader: _Bits) -> None:
    eighths = reader.take(1)
    for side in range(2):
        if side and reader.take(3):
            return
        if eighths:
            reader.choice((16, 0), (32, 0), (1, 5), (33, 9))
        else:
            reader.choice((1, 6), (65, 8), (321, 10), (1345, 12))


def _depth(reader: _Bits) -> tuple[int, bool]:
    if reader.take(1):
        bits = reader.choice((32, 0), (16, 0), (24, 0), (1, 6))
        reader.take(4)
        return bits, True
    return reader.choice((8, 0), (10, 0), (12, 0), (1, 6)), False


def _channel(reader: _Bits) -> int:
    """The kind of an extra channel."""
    if reader.take(1):
        return _ALPHA
    kind = reader.choice(*_ENUM)
    _depth(reader)
    reader.choice((0, 0), (3, 0), (4, 0), (1, 3))
    reader.take(8 * reader.choice((0, 0), (0, 4), (16, 5), (48, 10)))
    if kind == _ALPHA:
        reader.take(1)
    elif kind == 2:  # A spot colour, as four numbers.
        reader.take(64)
    elif kind == 5:  # Of a colour filter array, which one.
        reader.choice((1, 0), (0, 2), (3, 4), (19, 8))
    return kind


def _colour(reader: _Bits) -> tuple[bool, bool]:
    """Whether a profile defines the colours, and whether they are sRGB."""
    if reader.take(1):
        return False, True
    if reader.take(1):
        return True, False
    space = reader.choice(*_ENUM)
    if space not in (_RGB, _GREY) or reader.choice(*_ENUM) != _D65:
        return False, False
    if space == _RGB and reader.choice(*_ENUM) != _SRGB_PRIMARIES:
        return False, False
    return False, not reader.take(1) and reader.choice(*_ENUM) == _SRGB_TRANSFER

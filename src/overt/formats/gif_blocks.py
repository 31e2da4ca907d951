"""The blocks of a GIF, one after the other.

Source: GIF89a Specification (CompuServe, 1990), clauses 15 to 27. The module finds blocks and joins their
sub-blocks; it decodes no picture, and does not look into what a block says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from overt.errors import BudgetError, FormatError, TruncatedError
from overt.formats.splice import Buffer

Kind = Literal["image", "control", "comment", "text", "application", "unknown"]

HEADER = 13
"""Signature and logical screen descriptor."""
MAX_BLOCKS = 2_000_000
"""An hour of animation at 100 frames a second, with four blocks to a frame, has 1.4 million."""

_IMAGE, _EXTENSION, _TRAILER = 0x2C, 0x21, 0x3B
_KINDS: dict[int, Kind] = {0xF9: "control", 0xFE: "comment", 0x01: "text", 0xFF: "application"}
_DESCRIPTOR = 10
_TABLE = 0x80


@dataclass(frozen=True, slots=True)
class Block:
    """One block: `start:stop` with its introducer and terminator; its sub-blocks begin at `body`.

    An application has its identifier and authentication code in `name`, and `body` is behind them.
    """

    kind: Kind
    start: int
    body: int
    stop: int
    name: bytes = b""


@dataclass(frozen=True, slots=True)
class Layout:
    """All blocks; `end` is behind the trailer. `fault` says what ended the walk before it."""

    blocks: tuple[Block, ...]
    table: range
    end: int
    fault: FormatError | BudgetError | None


def table_of(flags: int, start: int) -> range:
    """Where the colour table lies that these flags announce; empty where they announce none."""
    return range(start, start + (3 << (flags & 7) + 1 if flags & _TABLE else 0))


def layout(data: Buffer) -> Layout:
    """The blocks as far as they can be followed. Raises `FormatError` for what is no GIF."""
    if bytes(data[:6]) not in (b"GIF87a", b"GIF89a"):
        raise FormatError("not a GIF: no signature", "不是 GIF：缺少文件头")
    if len(data) < HEADER:
        raise _cut()
    table, blocks = table_of(data[10], HEADER), list[Block]()
    position = table.stop
    try:
        while True:
            block = _block(data, position)
            if block is None:
                return Layout(tuple(blocks), table, position + 1, None)
            blocks.append(block)
            position = block.stop
            if len(blocks) > MAX_BLOCKS:
                break
    except FormatError as error:
        return Layout(tuple(blocks), table, min(position, len(data)), error)
    many = BudgetError(f"a GIF of more than {MAX_BLOCKS} blocks", f"GIF 的块超过 {MAX_BLOCKS} 个")
    return Layout(tuple(blocks), table, position, many)


def sound(data: Buffer) -> Layout:
    """The blocks of a GIF that has no fault and holds a picture; raises for any other."""
    found = layout(data)
    if found.fault is not None:
        raise found.fault
    if not any(block.kind == "image" for block in found.blocks):
        raise FormatError("the GIF holds no picture", "GIF 文件中没有图像")
    return found


def _block(data: Buffer, start: int) -> Block | None:
    """The block at `start`; None for the trailer."""
    introducer = _byte(data, start)
    if introducer == _TRAILER:
        return None
    if introducer == _IMAGE:
        flags = _byte(data, start + _DESCRIPTOR - 1)
        # The table, if there is one, and the least code size come before the sub-blocks.
        body = table_of(flags, start + _DESCRIPTOR).stop + 1
        return Block("image", start, body, _end(data, body))
    if introducer != _EXTENSION:
        raise FormatError(
            f"at byte {start} stands {introducer:#04x}, which begins no block of a GIF",
            f"字节 {start} 处的 {introducer:#04x} 不是 GIF 块的开头",
        )
    kind = _KINDS.get(_byte(data, start + 1), "unknown")
    stop = _end(data, start + 2)
    if kind == "application" and data[start + 2] == 11:
        return Block(kind, start, start + 14, stop, bytes(data[start + 3 : start + 14]))
    return Block(kind, start, start + 2, stop)


def _byte(data: Buffer, at: int) -> int:
    if at >= len(data):
        raise _cut()
    return data[at]


def _end(data: Buffer, position: int) -> int:
    """Behind the terminator of the sub-blocks that begin at `position`."""
    size = len(data)
    while position < size:
        length = data[position]
        position += length + 1
        if not length:
            return position
    raise _cut()


def _cut() -> TruncatedError:
    return TruncatedError("the GIF ends before its trailer", "GIF 文件不完整")


def joined(data: Buffer, start: int, stop: int, limit: int) -> bytes:
    """What the sub-blocks from `start` hold. Raises `BudgetError` for more than `limit` bytes."""
    parts, total = [], 0
    while start < stop and (length := data[start]):
        parts.append(bytes(data[start + 1 : min(start + 1 + length, stop)]))
        start += length + 1
        total += length
        if total > limit:
            raise BudgetError(f"a text of more than {limit} bytes in a GIF", f"GIF 中的文本超过 {limit} 字节")
    return b"".join(parts)


def divided(body: bytes) -> bytes:
    """Bytes as sub-blocks, with their terminator."""
    parts = (body[at : at + 255] for at in range(0, len(body), 255))
    return b"".join(bytes([len(part)]) + part for part in parts) + b"\0"

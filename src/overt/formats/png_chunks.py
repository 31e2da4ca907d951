"""The chunks of a PNG file, each with its own checksum.

Source: PNG Specification (W3C, third edition, 2025), clause 5. What the bodies mean is not known here.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import NamedTuple

from overt.errors import BudgetError, FormatError, TruncatedError
from overt.formats.container import Fault
from overt.formats.splice import Buffer
from overt.language import Text

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_MAX_CHUNKS = 200_000
"""A picture written in IDAT chunks of 8 KiB reaches this at 1.6 GB."""

_FRAME = 12
"""Bytes of a chunk around its body: length, type, checksum."""


class Chunk(NamedTuple):
    """One chunk: bytes `start` to `stop` of the file, its body `body` to `stop - 4`."""

    kind: bytes
    start: int
    body: int
    stop: int

    def data(self, file: Buffer) -> bytes:
        """The body."""
        return bytes(file[self.body : self.stop - 4])

    @property
    def critical(self) -> bool:
        """Whether a decoder cannot do without it (5.4: bit 5 of the first byte is 0)."""
        return not self.kind[0] & 0x20

    @property
    def safe_to_copy(self) -> bool:
        """Whether it stays true when the samples change (5.4: bit 5 of the last byte is 1)."""
        return bool(self.kind[3] & 0x20)


@dataclass
class Layout:
    """The chunks of a file, the end of its picture, and what is wrong with it."""

    chunks: list[Chunk] = field(default_factory=list)
    stop: int | None = None
    faults: list[Fault] = field(default_factory=list)
    broken: set[int] = field(default_factory=set)
    """Where the chunks begin whose checksum is wrong."""
    truncated: bool = False


def layout(data: Buffer) -> Layout:
    """Walk the chunks up to IEND. Tolerant: what is wrong is in `faults`."""
    if bytes(data[:8]) != SIGNATURE:
        raise FormatError("not a PNG: the signature is missing or damaged", "不是 PNG：文件签名缺失或损坏")
    found, position, view = Layout(), len(SIGNATURE), memoryview(data)
    while found.stop is None:
        if len(data) - position < _FRAME:
            found.truncated = True
            found.faults.append(
                Fault("PNG", Text(zh="文件在 IEND 块之前中断", en="the file ends before its IEND chunk"))
            )
            break
        length = int.from_bytes(view[position : position + 4], "big")
        kind = bytes(view[position + 4 : position + 8])
        stop = position + _FRAME + length
        if not (kind.isalpha() and kind.isascii()):
            found.faults.append(
                Fault("PNG", Text(zh=f"字节 {position} 处没有数据块", en=f"no chunk at byte {position}"))
            )
            break
        if stop > len(data):
            found.truncated = True
            name = kind.decode("ascii")
            found.faults.append(
                Fault(
                    "PNG",
                    Text(
                        zh=f"字节 {position} 处的 {name} 块超出文件末尾",
                        en=f"the {name} chunk at byte {position} is longer than the file",
                    ),
                )
            )
            break
        if zlib.crc32(view[position + 4 : stop - 4]) != int.from_bytes(view[stop - 4 : stop], "big"):
            name = kind.decode("ascii")
            found.faults.append(
                Fault(f"PNG {name}", Text(zh=f"字节 {position} 处校验和不符", en=f"wrong checksum at byte {position}"))
            )
            found.broken.add(position)
        found.chunks.append(Chunk(kind, position, position + 8, stop))
        position = stop
        if kind == b"IEND":
            found.stop = position
        elif len(found.chunks) > _MAX_CHUNKS:
            raise BudgetError(f"a PNG of more than {_MAX_CHUNKS} chunks", f"PNG 数据块超过 {_MAX_CHUNKS} 个")
    return found


def sound(data: Buffer) -> tuple[list[Chunk], int]:
    """The chunks, and where IEND ends, of a file without faults; raises on any other."""
    found = layout(data)
    if found.faults:
        fault = found.faults[0]
        family = TruncatedError if found.truncated else FormatError
        raise family(f"broken PNG: {fault.reason.en}", f"PNG 文件损坏：{fault.reason.zh}")
    head = found.chunks[0]
    if head.kind != b"IHDR" or head.stop - head.body != 13 + 4:
        raise FormatError("the PNG does not begin with its header", "PNG 文件缺少 IHDR")
    if not any(chunk.kind == b"IDAT" for chunk in found.chunks):
        raise FormatError("the PNG holds no picture", "PNG 文件中没有图像数据")
    return found.chunks, found.chunks[-1].stop


def chunk(kind: bytes, body: bytes) -> bytes:
    """A chunk with its length and checksum."""
    return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")

"""The chunks of a WebP file, and the header that an extended one has.

Source: RFC 9649 (WebP Image Format), clauses 2 and 3.4; RFC 6386, 9.1 (VP8 frame header).
"""

from __future__ import annotations

from dataclasses import dataclass

from overt.errors import FormatError, TruncatedError
from overt.formats import riff
from overt.formats.riff import Chunk, Form
from overt.formats.splice import Buffer

ANIMATED, XMP_FLAG, EXIF_FLAG, ALPHA, ICC_FLAG = 0x02, 0x04, 0x08, 0x10, 0x20
PICTURE = frozenset({b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF"})
FLAGS = {b"ICCP": ICC_FLAG, b"EXIF": EXIF_FLAG, b"XMP ": XMP_FLAG, b"ANIM": ANIMATED, b"ALPH": ALPHA}
"""What each chunk sets in the header."""

_HEADER_SIZE = 10
_FRAME_SIZE = 16


@dataclass(frozen=True, slots=True)
class Header:
    """What a `VP8X` chunk says, read from one or worked out from the picture of a simple file."""

    flags: int
    width: int
    height: int
    reserved: bytes = b"\0\0\0"

    def chunk(self, flags: int) -> bytes:
        """The chunk with other flags."""
        sides = (self.width - 1).to_bytes(3, "little") + (self.height - 1).to_bytes(3, "little")
        return riff.chunk(b"VP8X", bytes([flags]) + self.reserved + sides)


def webp_form(data: Buffer) -> Form:
    """The file's outermost chunk; raises if it is not a WebP."""
    form = riff.form(data)
    if form.magic != b"RIFF" or form.kind != b"WEBP":
        raise FormatError("not a WebP: no RIFF form of the kind WEBP", "不是 WebP：缺少 RIFF/WEBP 文件头")
    return form


def sound(data: Buffer) -> tuple[list[Chunk], int]:
    """The chunks, and where the form ends, of a file without faults; raises on any other."""
    form = webp_form(data)
    chunks = list(riff.walk(data, form.start, form.stop))
    if form.truncated or form.declared < 4 or any(chunk.truncated for chunk in chunks):
        raise TruncatedError("the WebP ends before its last chunk", "WebP 文件不完整")
    if not any(chunk.fourcc in PICTURE for chunk in chunks):
        raise FormatError("the WebP holds no picture", "WebP 文件中没有图像数据")
    return chunks, form.stop


def header(data: Buffer, chunks: list[Chunk]) -> Header:
    """The file's `VP8X` header; for a simple file, the one that fits its picture."""
    first = chunks[0]
    body = bytes(data[first.start : min(first.stop, first.start + _HEADER_SIZE)])
    if first.fourcc == b"VP8X" and len(body) == _HEADER_SIZE:
        width, height = int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
        return Header(body[0], width, height, body[1:4])
    if first.fourcc == b"VP8 " and body[3:6] == b"\x9d\x01\x2a" and len(body) == _HEADER_SIZE:
        # RFC 6386, 9.1: a key frame's start code, then 14 bits of width and of height under two of scale.
        width, height = (int.from_bytes(body[at : at + 2], "little") & 0x3FFF for at in (6, 8))
        return _fitting(0, width, height)
    if first.fourcc == b"VP8L" and body[:1] == b"\x2f" and len(body) >= 5:
        # RFC 9649, 3.4: 14 bits of width and of height, each less one, then whether alpha is used.
        bits = int.from_bytes(body[1:5], "little")
        flags = ALPHA if bits >> 28 & 1 else 0
        return _fitting(flags, (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    raise FormatError("the WebP begins with no picture and no header", "WebP 文件头无法识别")


def is_lossless(data: Buffer) -> bool:
    """Whether the picture, or every frame of an animation, is coded without loss."""
    form = webp_form(data)
    kinds: set[bytes] = set()
    for chunk in riff.walk(data, form.start, form.stop):
        kinds.add(chunk.fourcc)
        if chunk.fourcc == b"ANMF" and chunk.stop - chunk.start > _FRAME_SIZE:
            kinds.update(part.fourcc for part in riff.walk(data, chunk.start + _FRAME_SIZE, chunk.stop))
    return b"VP8L" in kinds and b"VP8 " not in kinds


def _fitting(flags: int, width: int, height: int) -> Header:
    if not width or not height:
        raise FormatError("the WebP has a side of no pixels", "WebP 图像的宽或高为零")
    return Header(flags, width, height)

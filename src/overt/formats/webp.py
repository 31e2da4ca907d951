"""WebP files: a RIFF form of image, animation and metadata chunks.

Source: RFC 9649 (WebP Image Format), clause 2; the note goes into the XMP packet of the `XMP ` chunk, as
TC260-PG-20259A clause 6 says. A simple file, which has no place for one, is given the `VP8X` header it needs.
It does not decode the picture.
"""

from __future__ import annotations

from dataclasses import dataclass

from overt.errors import FormatError, TruncatedError, UnsupportedError
from overt.formats import riff
from overt.formats.riff import Chunk
from overt.formats.splice import Buffer

_ANIMATED, _XMP_FLAG, _EXIF_FLAG, _ALPHA, _ICC_FLAG = 0x02, 0x04, 0x08, 0x10, 0x20
_PICTURE = frozenset({b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF"})
_HEADER_SIZE = 10
_CREDENTIAL = b"C2PA"
"""The manifest store stays the last chunk (C2PA 2.x, A.3.5 "Embedding manifests into RIFF")."""


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


def sound(data: Buffer) -> tuple[list[Chunk], int]:
    """The chunks, and where the form ends, of a file without faults; raises on any other."""
    form = riff.form(data)
    if form.magic != b"RIFF" or form.kind != b"WEBP":
        raise FormatError("not a WebP: no RIFF form of the kind WEBP", "不是 WebP：缺少 RIFF/WEBP 文件头")
    chunks = list(riff.walk(data, form.start, form.stop))
    if form.truncated or form.declared < 4 or any(chunk.truncated for chunk in chunks):
        raise TruncatedError("the WebP ends before its last chunk", "WebP 文件不完整")
    if not any(chunk.fourcc in _PICTURE for chunk in chunks):
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
        flags = _ALPHA if bits >> 28 & 1 else 0
        return _fitting(flags, (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    raise FormatError("the WebP begins with no picture and no header", "WebP 文件头无法识别")


def _fitting(flags: int, width: int, height: int) -> Header:
    if not width or not height:
        raise FormatError("the WebP has a side of no pixels", "WebP 图像的宽或高为零")
    return Header(flags, width, height)


def transplant(original: Buffer, encoded: Buffer) -> bytes:
    """The metadata of `original` around the picture of `encoded`.

    Profile, EXIF, XMP, unknown chunks and the credential (which its new surroundings make invalid, but which
    is not ours to strip) come from the original, everything about the samples from `encoded`.
    Raises `UnsupportedError` if an animation would become a still picture.
    """
    old, old_stop = sound(original)
    new, _ = sound(encoded)
    if any(c.fourcc == b"ANIM" for c in old) and not any(c.fourcc == b"ANIM" for c in new):
        raise UnsupportedError("the WebP is animated, the new picture is not", "原 WebP 为动图，新图像为静图")
    kept = [c for c in old if c.fourcc not in _PICTURE and c.fourcc != b"VP8X"]
    kinds = {c.fourcc for c in kept}
    fresh = header(encoded, new)
    flags = fresh.flags & (_ALPHA | _ANIMATED)
    for kind, flag in ((b"ICCP", _ICC_FLAG), (b"EXIF", _EXIF_FLAG), (b"XMP ", _XMP_FLAG)):
        flags |= flag if kind in kinds else 0
    picture = [c for c in new if c.fourcc in _PICTURE]
    parts = [] if new[0].fourcc != b"VP8X" and not kept else [fresh.chunk(flags)]
    parts += [_body(original, c) for c in kept if c.fourcc == b"ICCP"]
    parts += [_body(encoded, c) for c in picture]
    parts += [_body(original, c) for c in kept if c.fourcc not in {b"ICCP", _CREDENTIAL}]
    parts += [_body(original, c) for c in kept if c.fourcc == _CREDENTIAL]
    body = b"".join(parts)
    if len(body) + 4 > riff.MAX_SIZE:
        raise FormatError("the WebP would be longer than 4 GiB", "WebP 文件将超过 4 GiB")
    return b"RIFF" + (len(body) + 4).to_bytes(4, "little") + b"WEBP" + body + bytes(original[old_stop:])


def _body(data: Buffer, chunk: Chunk) -> bytes:
    return riff.chunk(chunk.fourcc, bytes(data[chunk.start : chunk.stop]))

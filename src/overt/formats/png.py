"""PNG files, APNG among them: a signature and a row of chunks, each with its own checksum.

Source: PNG Specification (W3C, third edition, 2025), clause 5 and clause 11.3; the note goes into the XMP packet
of an uncompressed `iTXt` chunk (XMP Specification Part 3, 1.1.5), as TC260-PG-20259A clause 6 says.
It does not decode the picture.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from overt.errors import BudgetError, FormatError, TruncatedError, UnsupportedError
from overt.formats.container import Fault
from overt.formats.splice import Buffer

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_MAX_CHUNKS = 200_000
"""A picture written in IDAT chunks of 8 KiB reaches this at 1.6 GB."""

_FRAME = 12
"""Bytes of a chunk around its body: length, type, checksum."""

_TEXTS = frozenset({b"tEXt", b"zTXt", b"iTXt"})
_COLOUR = frozenset({b"iCCP", b"sRGB", b"gAMA", b"cHRM", b"cICP", b"mDCV", b"cLLI"})
# What describes the file and not the samples; caBX is the C2PA credential, which is not ours to strip.
_DESCRIBING = _TEXTS | {b"eXIf", b"pHYs", b"tIME", b"caBX"}
_SAMPLES = frozenset({b"bKGD", b"sBIT", b"tRNS"})
_ANIMATION = frozenset({b"acTL", b"fcTL", b"fdAT"})
_PALETTE_TYPE = 3


class Chunk(NamedTuple):
    """One chunk: bytes `start` to `stop` of the file, its body `body` to `stop - 4`."""

    kind: bytes
    start: int
    body: int
    stop: int

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


def layout(data: Buffer) -> Layout:
    """Walk the chunks up to IEND. Tolerant: what is wrong is in `faults`."""
    if bytes(data[:8]) != SIGNATURE:
        raise FormatError("not a PNG: the signature is missing or damaged", "不是 PNG：文件签名缺失或损坏")
    found, position, view = Layout(), len(SIGNATURE), memoryview(data)
    while found.stop is None:
        if len(data) - position < _FRAME:
            found.faults.append(Fault("PNG", "the file ends before its IEND chunk"))
            break
        length = int.from_bytes(view[position : position + 4], "big")
        kind = bytes(view[position + 4 : position + 8])
        stop = position + _FRAME + length
        if not (kind.isalpha() and kind.isascii()):
            found.faults.append(Fault("PNG", f"no chunk at byte {position}"))
            break
        if stop > len(data):
            name = kind.decode("ascii")
            found.faults.append(Fault("PNG", f"the {name} chunk at byte {position} is longer than the file"))
            break
        if zlib.crc32(view[position + 4 : stop - 4]) != int.from_bytes(view[stop - 4 : stop], "big"):
            name = kind.decode("ascii")
            found.faults.append(Fault(f"PNG {name}", f"wrong checksum at byte {position}"))
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
        raise FormatError(f"broken PNG: {fault.reason}", f"PNG 文件损坏：{fault.reason}")
    if found.stop is None:
        raise TruncatedError("the PNG ends before its picture", "PNG 文件不完整")
    head = found.chunks[0]
    if head.kind != b"IHDR" or head.stop - head.body != 13 + 4:
        raise FormatError("the PNG does not begin with its header", "PNG 文件缺少 IHDR")
    if not any(chunk.kind == b"IDAT" for chunk in found.chunks):
        raise FormatError("the PNG holds no picture", "PNG 文件中没有图像数据")
    return found.chunks, found.stop


def chunk(kind: bytes, body: bytes) -> bytes:
    """A chunk with its length and checksum."""
    return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")


def transplant(original: Buffer, encoded: Buffer) -> bytes:
    """The metadata of `original` around the picture of `encoded`.

    Text, EXIF, physical size, time, the credential (which its new surroundings make invalid, but which is not
    ours to strip) and every unknown chunk that calls itself safe to copy come from the original; so do the
    colour space, unless one file is grey and the other is not, and background, significant bits and colour key,
    where the samples have the same form. Palette and animation are those of `encoded`.
    Raises `UnsupportedError` if an animation would become a still picture.
    """
    old, old_stop = sound(original)
    new, _ = sound(encoded)
    if _animated(old) and not _animated(new):
        raise UnsupportedError("the PNG is animated, the new picture is not", "原 PNG 为动图，新图像为静图")
    before, after = _kept(original, old, encoded, new)
    fresh = [c for c in new if c.critical or c.kind in _ANIMATION or c.kind == b"tRNS"]
    if not _same_colours(original, old, encoded, new):
        fresh = [c for c in new if c in fresh or c.kind in _COLOUR]
    keeps_key = any(c.kind == b"tRNS" for c in fresh)
    before = [c for c in before if not (c.kind == b"tRNS" and keeps_key)]
    first_data = next(c.start for c in fresh if c.kind == b"IDAT")
    return b"".join([
        SIGNATURE,
        _copy(encoded, [new[0]]),
        _copy(original, (c for c in before if c.kind not in _SAMPLES or c.kind == b"sBIT")),
        # A palette goes before background and colour key, all three before the samples.
        _copy(encoded, (c for c in fresh[1:] if c.start < first_data)),
        _copy(original, (c for c in before if c.kind in _SAMPLES and c.kind != b"sBIT")),
        _copy(encoded, (c for c in fresh[1:] if c.start >= first_data and c.kind != b"IEND")),
        _copy(original, after),
        chunk(b"IEND", b""),
        bytes(original[old_stop:]),
    ])  # fmt: skip


def _kept(original: Buffer, old: list[Chunk], encoded: Buffer, new: list[Chunk]) -> tuple[list[Chunk], list[Chunk]]:
    """The chunks of the original that stay true, before and after its samples."""
    head, fresh_head = old[0], new[0]
    depth_and_type = bytes(original[head.body + 8 : head.body + 10])
    same_samples = depth_and_type == bytes(encoded[fresh_head.body + 8 : fresh_head.body + 10])
    same_samples = same_samples and depth_and_type[1] != _PALETTE_TYPE
    same_colours = _same_colours(original, old, encoded, new)
    kept: tuple[list[Chunk], list[Chunk]] = ([], [])
    first_data = next(c.start for c in old if c.kind == b"IDAT")
    for found in old:
        if found.kind in _COLOUR:
            stays = same_colours
        elif found.kind in _SAMPLES:
            stays = same_samples
        else:
            stays = found.kind in _DESCRIBING or (not found.critical and found.safe_to_copy)
        if stays:
            kept[found.start > first_data].append(found)
    return kept


def _same_colours(original: Buffer, old: list[Chunk], encoded: Buffer, new: list[Chunk]) -> bool:
    """Whether both are grey, or neither is (11.2.1: bit 1 of the colour type)."""
    return (original[old[0].body + 9] ^ encoded[new[0].body + 9]) & 2 == 0


def _animated(chunks: list[Chunk]) -> bool:
    return any(c.kind == b"acTL" for c in chunks)


def _copy(data: Buffer, chunks: Iterable[Chunk]) -> bytes:
    return b"".join(bytes(data[c.start : c.stop]) for c in chunks)

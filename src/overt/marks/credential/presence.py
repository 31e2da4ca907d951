"""Whether there can be a credential in a file at all, from its bytes alone. Pure.

A credential is JUMBF (ISO/IEC 19566-5): its first box describes itself with C2PA's UUID (C2PA 2.4, section 11.1.4.1).
The letters "c2pa" prove nothing, that description does. Where a format packs what it holds, its name for the place is
looked for instead. "May" is always allowed here, and then the SDK is asked; "no" must be right.
Most files have none: this is one pass at the speed of memory, and spares the SDK. In films and sound the pass leaves
out what is played, where no credential can be: `mdat` of ISO media files, `data` and `movi` of RIFF.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from overt.errors import MediaError
from overt.formats import Buffer, bmff, riff
from overt.marks.credential.carriers import TEXTS

DESCRIPTION: Final = b"jumdc2pa" + bytes.fromhex("00110010800000aa00389b71")
"""Type and UUID of the description box of a manifest store."""
_BASE64: Final = b"anVtZGMycGEAEQAQgAAAqgA4"
"""The same at its place in Base64, which begins with the twelve bytes before it (SVG)."""
_REMOTE: Final = b"provenance"
"""The XMP property `dcterms:provenance`, which points to a manifest elsewhere (C2PA 2.4, section 11.5)."""
_BMFF: Final = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_PLACES: Final = {
    "jpeg": b"jumb", "png": b"caBX", "gif": b"C2PA_GIF", "tiff": b"jumb", "jxl": b"jumb",
    "webp": b"C2PA", "wav": b"C2PA", "avi": b"C2PA", "mp3": b"c2pa", "flac": b"c2pa",
    "heic": _BMFF, "heif": _BMFF, "avif": _BMFF, "mp4": _BMFF, "m4a": _BMFF, "mov": _BMFF, "m4v": _BMFF,
}  # fmt: skip
"""What names the place in each format: a store whose own description is damaged is found by it, and is unreadable."""
_ZIP: Final = b"content_credential.c2pa"
_PDF: Final = (b"c2pa", b"C2PA", b"/ObjStm", b"/Encrypt")
"""In a PDF the manifest may be compressed; what names it may be, too, in an object stream."""
_VARIATION: Final = "".join(chr(0xE0100 + each - 16) for each in b"C2PATXT").encode()
"""The head of a manifest that is spelt in variation selectors (C2PA 2.4, Annex A.8)."""
_TEXT: Final = (_VARIATION, b"application/c2pa", b"c2pa-manifest", b"begin c2pa manifest")

CHUNK: Final = 1 << 20
"""Bytes that are looked through at once."""


def may_hold(data: Buffer, container: str) -> bool:
    """Whether this file, of this container format, may hold or point to a credential."""
    needles: tuple[bytes, ...] = (DESCRIPTION, _REMOTE)
    if container in _PLACES:
        needles += (_PLACES[container],)
    if container in TEXTS:
        return _any(data, _TEXT, lower=True)
    if container == "pdf":
        needles += _PDF
    elif bytes(data[:4]) == b"PK\x03\x04":
        needles += (_ZIP,)
    elif container == "svg":
        needles += (_BASE64, b"c2pa")
    return any(_any(data[span.start : span.stop], needles) for span in _spans(data))


def holds(data: Buffer) -> bool:
    """Whether there is a manifest store that is neither packed nor spelt otherwise."""
    return _any(data, (DESCRIPTION,))


def _spans(data: Buffer) -> Iterator[range]:
    """What is to be looked through: all of a file, but for what is played."""
    played = []
    try:
        if bytes(data[4:8]) == b"ftyp":
            played = [range(box.start, box.stop) for box in bmff.walk(data, 0, len(data)) if box.kind == b"mdat"]
        elif bytes(data[:4]) == b"RIFF":
            chunks = riff.walk(data, 12, len(data))
            played = [range(each.start, each.stop) for each in chunks if _is_played(data, each)]
    except MediaError:  # Not as it should be: then everything is looked through.
        played = []
    at = 0
    for each in played:
        yield range(at, each.start)
        at = each.stop
    yield range(at, len(data))


def _is_played(data: Buffer, chunk: riff.Chunk) -> bool:
    return chunk.fourcc == b"data" or (
        chunk.fourcc == b"LIST" and bytes(data[chunk.start : chunk.start + 4]) == b"movi"
    )


def _any(data: Buffer, needles: tuple[bytes, ...], *, lower: bool = False) -> bool:
    overlap = max(map(len, needles)) - 1
    for start in range(0, len(data), CHUNK):
        piece = bytes(data[start : start + CHUNK + overlap])
        if lower:
            piece = piece.lower()
        if any(needle in piece for needle in needles):
            return True
    return False

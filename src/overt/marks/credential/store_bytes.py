"""The C2PA manifest store of a file as bytes, out of where each format holds it. Pure.

Source: C2PA 2.4, 11.1.4 (the store is a JUMBF superbox, ISO/IEC 19566-5) and Annex A (embedding). Found in JPEG
(segments joined by their box instance, ISO/IEC 19566-5 D.2), GIF (sub-blocks joined), SVG (Base64), and wherever it
lies in one piece: PNG, TIFF, WebP, WAV, AVI, MP3, FLAC, JPEG XL, HEIF, MP4, PDF, stored ZIP entries.
Not found: text, stores packed in an object stream or a deflated entry, remote manifests.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import Final

from overt.formats import Buffer
from overt.marks.credential.presence import DESCRIPTION

MOST: Final = 64 << 20
"""Bytes of the largest store that is kept."""
_BASE64: Final = b"anVtZGMycGEAEQAQgAAAqgA4"  # The description at its place, in Base64 (`presence`).
_ALPHABET: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")
_APP11: Final = b"\xff\xeb"


def manifest_store(data: Buffer, container: str) -> bytes | None:
    """The first manifest store in a file; None where none is found in one of the ways above."""
    view = memoryview(data)
    if container == "jpeg":
        return _whole(b"".join(_segments(view)))
    if container == "gif":
        return _from_gif(view)
    if container == "svg":
        return _from_svg(view)
    at = _find(view, DESCRIPTION)
    return None if at < _HEAD else _whole(view[at - _HEAD :])


_HEAD: Final = 12  # Length and type of the superbox, and the length of its description box, before the letters `jumd`.


def active_label(store: bytes) -> str:
    """The label of the active manifest in a store: that of its last box (C2PA 2.4, 11.1.4.2); empty where none is told.

    Labels are how C2PA names a manifest (`urn:c2pa:…`).
    """
    label, at = "", 8
    while at + 8 <= len(store):
        length, kind = int.from_bytes(store[at : at + 4], "big"), store[at + 4 : at + 8]
        if length < 8 or at + length > len(store):
            return ""
        if kind == b"jumb":
            label = _label(store[at + 8 : at + length])
        at += length
    return label


def _label(content: bytes) -> str:
    """The label in the description box with which these bytes begin."""
    length = int.from_bytes(content[:4], "big")
    if content[4:8] != b"jumd" or length > len(content) or len(content) < 25 or not content[24] & _LABELLED:
        return ""
    text = content[25:length].partition(b"\0")[0]
    return text.decode("utf-8", "replace") if len(text) <= _LONGEST_LABEL else ""


_LABELLED: Final = 0b10  # Of the toggles: a label follows (ISO/IEC 19566-5, A.3).
_LONGEST_LABEL: Final = 256


def _whole(view: bytes | memoryview) -> bytes | None:
    """The superbox at the beginning of these bytes, if it is one of C2PA and whole."""
    length = int.from_bytes(view[:4], "big")
    fits = _HEAD + len(DESCRIPTION) <= length <= min(len(view), MOST)
    if not fits or bytes(view[4:8]) != b"jumb" or bytes(view[_HEAD : _HEAD + len(DESCRIPTION)]) != DESCRIPTION:
        return None
    return bytes(view[:length])


def _segments(view: memoryview) -> Iterator[bytes]:
    """The parts of the first C2PA box in APP11 segments: each repeats the box's length and type but the first's."""
    at, instance = 2, b""
    while at + 4 <= len(view) and view[at] == 0xFF and view[at + 1] != 0xDA:
        length = int.from_bytes(view[at + 2 : at + 4], "big")
        body = bytes(view[at + 4 : at + 2 + length])
        if bytes(view[at : at + 2]) == _APP11 and body[:2] == b"JP" and body[12:16] == b"jumb":
            if not instance and DESCRIPTION in body[:64]:
                instance = body[2:4]
                yield body[8:]
            elif instance and body[2:4] == instance:
                yield body[16:]
        at += 2 + length


def _from_gif(view: memoryview) -> bytes | None:
    at = _find(view, b"\x21\xff\x0bC2PA_GIF")
    if at < 0:
        return None
    at += 14
    parts, total = [], 0
    while at < len(view) and view[at] and total <= MOST:
        parts.append(bytes(view[at + 1 : at + 1 + view[at]]))
        total += view[at]
        at += 1 + view[at]
    return _whole(b"".join(parts))


def _from_svg(view: memoryview) -> bytes | None:
    raw = bytes(view)
    at = raw.find(_BASE64)
    if at < 0:
        return None
    start, end = at, at
    while start > 0 and raw[start - 1] in _ALPHABET:
        start -= 1
    while end < len(raw) and raw[end] in _ALPHABET:
        end += 1
    try:
        return _whole(base64.b64decode(raw[start:end]))
    except binascii.Error:
        return None


def _find(view: memoryview, needle: bytes) -> int:
    """Where the needle first stands; -1 where it does not. In pieces, so that nothing large is copied."""
    piece = 1 << 20
    for start in range(0, len(view), piece):
        at = bytes(view[start : start + piece + len(needle) - 1]).find(needle)
        if at >= 0:
            return start + at
    return -1

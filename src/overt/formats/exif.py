"""EXIF blobs: the texts in a TIFF structure that lies inside another file.

Source: CIPA DC-008 (Exif 2.32), 4.6; TIFF 6.0, section 2; XMP in tag 700 as XMP Specification Part 3 says.
It reads texts and the orientation. It never moves anything: what is superseded is overwritten in place,
with the same length, because other tags and maker's notes point at fixed offsets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from overt.errors import FormatError, MediaError
from overt.formats import xmp
from overt.formats.container import Fault, Field, Superseded, Survey
from overt.language import Text

Order = Literal["little", "big"]

PREFIX = b"Exif\0\0"
"""What stands before the blob in a JPEG, and by mistake in some other files."""

_MAX_DIRECTORIES = 64
"""A camera writes five; more than this is a loop that was not caught or a bomb."""
_MAX_ENTRIES = 4_096
"""Entries in one directory. Cameras write below a hundred."""
_MAX_TEXT = 1 << 24
"""Texts in an EXIF blob in all. Tag 700 may hold megabytes; entries that share one value would multiply it."""

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_DIRECTORIES = frozenset({0x8769, 0x8825, 0xA005})
_ORIENTATION, _COMMENT, _XMP = 0x0112, 0x9286, 0x02BC
_ASCII = {
    0x010D: "DocumentName",
    0x010E: "ImageDescription",
    0x010F: "Make",
    0x0110: "Model",
    0x0131: "Software",
    0x013B: "Artist",
    0x013C: "HostComputer",
    0x8298: "Copyright",
    0xA420: "ImageUniqueID",
    0xA430: "CameraOwnerName",
}
_WIDE = {
    0x9C9B: "XPTitle",
    0x9C9C: "XPComment",
    0x9C9D: "XPAuthor",
    0x9C9E: "XPKeywords",
    0x9C9F: "XPSubject",
}
TEXTS = frozenset({_COMMENT, *_ASCII, *_WIDE})
"""Tags with a text that `text_of` reads."""
_CODE = 8
"""Bytes of the character code before a UserComment (4.6.5, tag 37510)."""
_CODES = (b"ASCII\0\0\0", b"UNICODE\0", b"JIS\0\0\0\0\0", bytes(_CODE))


@dataclass(frozen=True, slots=True)
class _Entry:
    tag: int
    kind: int
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class _Walk:
    """The entries that hold text, and what could not be read."""

    order: Order
    entries: list[_Entry]
    reasons: list[Text]


def read(blob: bytes, offset: int | None = None) -> Survey:
    """The texts of the blob. What could not be read is a fault; what was found around it still counts."""
    walk = _walk(blob)
    fields: list[Field] = []
    faults = [Fault("EXIF", reason) for reason in walk.reasons]
    for entry in walk.entries:
        value = blob[entry.start : entry.stop]
        if entry.tag == _XMP:
            inner = xmp.read(value, "EXIF XMP", offset)
            fields += inner.fields
            faults += inner.faults
        elif (found := text_of(entry.tag, value, walk.order, offset)) is not None:
            fields.append(found)
    return Survey(tuple(fields), tuple(faults))


def blank(blob: bytes, superseded: Superseded) -> bytes:
    """The blob with every superseded text emptied where it stands; length and offsets stay.

    What `read` reports as a fault is left alone.
    """
    walk, body = _walk(blob), bytearray(blob)
    for entry in walk.entries:
        value = blob[entry.start : entry.stop]
        if entry.tag == _XMP:
            if any(superseded(found) for found in xmp.read(value, "EXIF XMP").fields):
                body[entry.start : entry.stop] = without(value, superseded)
        elif (found := text_of(entry.tag, value, walk.order, None)) is not None and superseded(found):
            body[entry.start : entry.stop] = emptied(entry.tag, value)
    return bytes(body)


def emptied(tag: int, value: bytes) -> bytes:
    """A text of the same length that says nothing."""
    # A comment keeps its character code: an all-zero one would mean "undefined".
    code = value[:_CODE] if tag == _COMMENT and value[:_CODE] in _CODES else b""
    return code.ljust(len(value), b"\0")


def without(packet: bytes, superseded: Superseded) -> bytes:
    """The packet less what is superseded, filled up to its length; nothing but spaces if that cannot be."""
    try:
        shorter = xmp.drop(packet, superseded, "EXIF XMP")
    except MediaError:
        shorter = b""
    return (shorter if len(shorter) <= len(packet) else b"").ljust(len(packet))


def orientation(blob: bytes) -> int:
    """How the picture is to be turned for display: 1 to 8; 1 (upright) where nothing valid is said."""
    base, order, first = _header(blob)
    for entry in _entries(blob, base, order, first)[0]:
        if entry.tag == _ORIENTATION and entry.kind == 3:
            value = int.from_bytes(blob[entry.start : entry.start + 2], order)
            return value if 1 <= value <= 8 else 1
    return 1


def _header(blob: bytes) -> tuple[int, Order, int]:
    """Where offsets count from, the byte order, and the offset of the first directory."""
    base = len(PREFIX) if blob[: len(PREFIX)] == PREFIX else 0
    mark = blob[base : base + 4]
    order: Order
    if mark == b"II*\0":
        order = "little"
    elif mark == b"MM\0*":
        order = "big"
    else:
        raise FormatError("the EXIF data do not begin as TIFF does", "EXIF 数据缺少 TIFF 文件头")
    if len(blob) < base + 8:
        raise FormatError("the EXIF data end in their header", "EXIF 数据不完整")
    return base, order, int.from_bytes(blob[base + 4 : base + 8], order)


def _walk(blob: bytes) -> _Walk:
    """All directories, each walked once, however they are linked."""
    try:
        base, order, first = _header(blob)
    except FormatError as error:
        return _Walk("big", [], [error.message])
    walk, waiting, seen, total = _Walk(order, [], []), [first], set[int](), 0
    while waiting and len(seen) < _MAX_DIRECTORIES:
        offset = waiting.pop(0)
        if offset in seen:
            continue
        seen.add(offset)
        try:
            entries, following = _entries(blob, base, order, offset)
        except FormatError as error:
            walk.reasons.append(error.message)
            continue
        for entry in entries:
            if entry.tag in _DIRECTORIES and entry.stop - entry.start == 4:
                waiting.append(int.from_bytes(blob[entry.start : entry.stop], order))
            elif entry.tag in TEXTS or entry.tag == _XMP:
                size = entry.stop - entry.start
                if entry.stop > len(blob) or total + size > _MAX_TEXT:
                    walk.reasons.append(
                        Text(
                            zh=f"标签 {entry.tag:#06x} 声明长度为 {size} 字节",
                            en=f"tag {entry.tag:#06x} claims {size} bytes",
                        )
                    )
                else:
                    walk.entries.append(entry)
                    total += size
        # Only the main picture's directory has a next one, the thumbnail's; elsewhere the four bytes are often junk.
        waiting += [following] if following and offset == first else []
    if waiting:
        walk.reasons.append(Text(zh=f"目录超过 {_MAX_DIRECTORIES} 个", en=f"more than {_MAX_DIRECTORIES} directories"))
    return walk


def _entries(blob: bytes, base: int, order: Order, offset: int) -> tuple[list[_Entry], int]:
    """The entries of the directory at `offset`, and the offset of the next one (0: none)."""
    start = base + offset
    if start + 2 > len(blob):
        raise FormatError("an EXIF directory lies outside the data", "EXIF 目录位于数据之外")
    count = int.from_bytes(blob[start : start + 2], order)
    stop = start + 2 + 12 * count
    if count > _MAX_ENTRIES or stop > len(blob):
        raise FormatError(f"an EXIF directory claims {count} entries", f"EXIF 目录声明有 {count} 个条目，数目有误")
    entries = []
    for at in range(start + 2, stop, 12):
        tag, kind = (int.from_bytes(blob[at + i : at + i + 2], order) for i in (0, 2))
        size = _SIZES.get(kind, 1) * int.from_bytes(blob[at + 4 : at + 8], order)
        where = at + 8 if size <= 4 else base + int.from_bytes(blob[at + 8 : at + 12], order)
        entries.append(_Entry(tag, kind, where, where + size))
    # Some writers end the blob without the offset of a next directory.
    return entries, int.from_bytes(blob[stop : stop + 4], order)


def text_of(tag: int, value: bytes, order: Order, offset: int | None) -> Field | None:
    """The text of one of `TEXTS`; None where it is empty."""
    defects: tuple[str, ...] = ()
    if tag == _COMMENT:
        key = "UserComment"
        text, defects = _comment(value, order)
    elif tag in _WIDE:
        key, text = _WIDE[tag], value.decode("utf-16-le", "replace")
    else:
        key, text = _ASCII[tag], _plain(value)
    text = text.strip("\0")
    return Field(f"EXIF {key}", key, text, None, offset, defects) if text.strip() else None


def _comment(value: bytes, order: Order) -> tuple[str, tuple[str, ...]]:
    code, body = value[:_CODE], value[_CODE:]
    if code in (b"ASCII\0\0\0", bytes(_CODE)):
        return _plain(body), ()
    if code == b"UNICODE\0":
        return _utf16(body, order), ()
    if code == b"JIS\0\0\0\0\0":
        return body.decode("iso2022_jp", "replace"), ()
    return _plain(value), ("no-character-code",)


def _utf16(body: bytes, order: Order) -> str:
    """UTF-16 by its mark; else by the order of the blob, unless the other one reads as ASCII."""
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return body.decode("utf-16", "replace")
    high_first = sum(not byte for byte in body[0:64:2]) > sum(not byte for byte in body[1:64:2])
    low_first = sum(not byte for byte in body[1:64:2]) > sum(not byte for byte in body[0:64:2])
    big = high_first or (order == "big" and not low_first)
    return body.decode("utf-16-be" if big else "utf-16-le", "replace")


def _plain(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("gb18030", "replace") if _is_gb18030(value) else value.decode("latin-1")


def _is_gb18030(value: bytes) -> bool:
    try:
        value.decode("gb18030")
    except UnicodeDecodeError:
        return False
    return True

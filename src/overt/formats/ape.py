"""The tags at the end of an MP3: APEv2, and ID3v1 behind it.

Source: APEv2 specification (hydrogenaud.io wiki, "APEv2 specification"); ID3v1 and 1.1 (id3.org).
They are read, and superseded items taken out; nothing is ever put into them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from overt.errors import BudgetError, FormatError
from overt.formats.container import Field, Superseded
from overt.formats.cursor import Cursor
from overt.formats.splice import Buffer

PLACE = "APEv2"

ID3V1 = 128

MAX_TAG = 16 << 20
"""Bytes of one tag. The specification asks for 8 KiB; pictures make real ones larger."""

MAX_ITEMS = 65_536

_MAGIC = b"APETAGEX"
_FOOTER = 32
_HAS_HEADER = 1 << 31
_KIND = 6
"""The bits that say what an item holds; 0 is UTF-8."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag at `start:stop`: its items as they stand, each with its field if it is a text."""

    start: int
    stop: int
    version: int
    flags: int
    items: tuple[tuple[bytes, Field | None], ...]


def id3v1(data: Buffer) -> int:
    """Where the ID3v1 tag begins, or the end of the file if there is none."""
    start = len(data) - ID3V1
    return start if start >= 0 and bytes(data[start : start + 3]) == b"TAG" else len(data)


def id3v1_fields(data: Buffer) -> Iterator[Field]:
    """The texts of an ID3v1 tag."""
    start = id3v1(data)
    for key, at, length in (
        ("title", 3, 30),
        ("artist", 33, 30),
        ("album", 63, 30),
        ("year", 93, 4),
        ("comment", 97, 30),
    ):
        raw = bytes(data[start + at : start + at + length]).partition(b"\0")[0].rstrip(b" ")
        if raw:
            yield Field("ID3v1", key, raw.decode("latin-1"), offset=start)


def id3v1_numbers(data: Buffer) -> tuple[int, int | None]:
    """The track, 0 if there is none, and the genre of an ID3v1 tag."""
    zero, track, genre = bytes(data[-3:]) if id3v1(data) < len(data) else b"\0\0\xff"
    return 0 if zero else track, None if genre == 0xFF else genre


def read(data: Buffer, stop: int) -> Tag | None:
    """The tag whose footer ends at `stop`; none if there is none."""
    at = stop - _FOOTER
    if at < 0 or bytes(data[at : at + 8]) != _MAGIC:
        return None
    footer = Cursor(data, at + 8, stop)
    version, size, count, flags = (footer.uint(4, "little") for _ in range(4))
    if size < _FOOTER or size > MAX_TAG or count > MAX_ITEMS:
        raise BudgetError(
            f"an APE tag of {size} bytes and {count} items", f"APE 标签长 {size} 字节，含 {count} 项，超出上限"
        )
    start = stop - size
    header = _FOOTER if flags & _HAS_HEADER else 0
    if start - header < 0:
        raise FormatError("an APE tag longer than the file", "APE 标签比文件还长")
    items = tuple(_items(data, start, at, count))
    return Tag(start - header, stop, version, flags, items)


def _items(data: Buffer, start: int, stop: int, count: int) -> Iterator[tuple[bytes, Field | None]]:
    cursor = Cursor(data, start, stop)
    for _ in range(count):
        begin = cursor.position
        size = cursor.uint(4, "little")
        flags = cursor.uint(4, "little")
        # A key has 2 to 255 characters.
        key = cursor.peek(256).partition(b"\0")[0]
        cursor.skip(len(key) + 1)
        value = cursor.take(size)
        field = None
        if not flags & _KIND:
            text = value.decode("utf-8", "replace")
            field = Field(PLACE, key.decode("latin-1"), text, offset=start)
        yield bytes(data[begin : cursor.position]), field


def without(data: Buffer, tag: Tag, superseded: Superseded) -> bytes:
    """The tag without its superseded items; the same bytes if there are none, nothing if no item is left."""
    kept = [raw for raw, field in tag.items if field is None or not superseded(field)]
    if len(kept) == len(tag.items):
        return bytes(data[tag.start : tag.stop])
    if not kept:
        return b""
    body = b"".join(kept)
    size = len(body) + _FOOTER
    # Bit 29 tells a header from a footer.
    header = _end(tag, size, len(kept), tag.flags | 1 << 29) if tag.flags & _HAS_HEADER else b""
    return header + body + _end(tag, size, len(kept), tag.flags)


def _end(tag: Tag, size: int, count: int, flags: int) -> bytes:
    return _MAGIC + b"".join(n.to_bytes(4, "little") for n in (tag.version, size, count, flags)) + bytes(8)

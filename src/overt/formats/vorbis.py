"""Vorbis comments: `NAME=text` entries, as FLAC, Ogg Vorbis and Opus carry them.

Source: Ogg Vorbis I format specification, comment field and header specification; RFC 9639 8.6 (FLAC).
What follows the last entry (the framing bit of Ogg Vorbis, padding of Opus) is kept. Embedded pictures in
Base64 give no field.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from overt.errors import BudgetError, FormatError
from overt.formats.container import Field, Note, Superseded
from overt.formats.cursor import Cursor

PLACE = "Vorbis comment"

VENDOR = "Overt"
"""Who wrote the comments, where a file had none."""

MAX_COMMENTS = 65_536
"""Entries of one header. Real files have some dozens; a chapter list some hundreds."""

MAX_TEXT = 16 << 20
"""Bytes of all entries that are read as text: far above any lyrics."""

_PICTURE = "METADATA_BLOCK_PICTURE"


@dataclass(frozen=True, slots=True)
class Comments:
    """A comment header: entries as they stand, and what comes after them."""

    vendor: bytes
    entries: tuple[bytes, ...] = ()
    rest: bytes = b""


def parse(body: bytes) -> Comments:
    """A comment header, without the packet type that Ogg puts before it."""
    cursor = Cursor(body)
    vendor = cursor.take(cursor.uint(4, "little"))
    count = cursor.uint(4, "little")
    if count > MAX_COMMENTS:
        raise BudgetError(f"{count} Vorbis comments", f"Vorbis 注释多达 {count} 条")
    entries = tuple(cursor.take(cursor.uint(4, "little")) for _ in range(count))
    return Comments(vendor, entries, cursor.take(cursor.left))


def build(comments: Comments) -> bytes:
    """The bytes of a comment header."""
    return b"".join(
        [
            _counted(comments.vendor),
            len(comments.entries).to_bytes(4, "little"),
            *(_counted(entry) for entry in comments.entries),
            comments.rest,
        ]
    )


def _counted(raw: bytes) -> bytes:
    return len(raw).to_bytes(4, "little") + raw


def fields(comments: Comments, offset: int | None = None) -> Iterator[Field]:
    """Every text."""
    for entry in comments.entries:
        field = _field(entry, offset)
        if field is not None:
            yield field


def _field(entry: bytes, offset: int | None) -> Field | None:
    raw_key, equals, raw = entry.partition(b"=")
    key = raw_key.decode("ascii", "replace")
    if key.upper() == _PICTURE or len(entry) > MAX_TEXT:
        return None
    defects = []
    if not equals:
        key, raw = "", entry
        defects.append("vorbis-without-name")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("utf-8", "replace")
        defects.append("vorbis-not-utf-8")
    return Field(PLACE, key, text, offset=offset, defects=tuple(defects))


def put(comments: Comments, note: Note | None, superseded: Superseded) -> Comments:
    """The comments with exactly this note, in the place of the first entry that it replaces.

    Without a note, superseded entries go and nothing comes. Names differ in ASCII case only by writing.
    """
    entries: list[bytes] = []
    fresh = b""
    if note is not None:
        if not note.key or any(not " " <= character <= "}" or character == "=" for character in note.key):
            raise FormatError(f"{note.key!r} cannot name a Vorbis comment", f"{note.key!r} 不能用作 Vorbis 注释的名称")
        fresh = f"{note.key}={note.text}".encode()
    for entry in comments.entries:
        field = _field(entry, None)
        own = field is not None and note is not None and field.key.upper() == note.key.upper()
        if field is None or not (own or superseded(field)):
            entries.append(entry)
        elif fresh:
            entries.append(fresh)
            fresh = b""
    return replace(comments, entries=(*entries, *([fresh] if fresh else [])))

"""The directories of a TIFF, where their values lie, and how one is built anew.

Source: TIFF 6.0 (Adobe, 1992), section 2; BigTIFF (Aware Systems, 2007) for offsets of eight bytes; TIFF Technical
Note 1 for trees. It reads tags and values and never decodes a picture. Every directory is walked once, however they
are linked.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from overt.errors import BudgetError, FormatError, TruncatedError
from overt.formats.splice import Buffer

Order = Literal["little", "big"]

MAX_DIRECTORIES = 65_536
"""Pages and what hangs on them. Archives of scanned pages have some thousands."""
MAX_ENTRIES = 4_096
"""Entries in one directory. Cameras and microscopes write below a hundred."""
MAX_TOTAL = 1 << 20
"""Entries in all: directories may overlap, so that a small file could claim millions. Pages have about twenty."""
MAX_VALUES = 1 << 22
"""Numbers in one value. A picture of 4 gigapixels in strips of one row has 65,536; a tiled one of a terapixel 2²²."""

SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_CODES = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_POINTERS = frozenset({0x014A, 0x8769, 0x8825, 0xA005})
"""SubIFDs, Exif, GPS, interoperability: their values are offsets of further directories."""


@dataclass(frozen=True, slots=True)
class Form:
    """The byte order, and whether offsets have eight bytes."""

    order: Order
    big: bool

    @property
    def offset_size(self) -> int:
        """Bytes of an offset."""
        return 8 if self.big else 4

    @property
    def entry_size(self) -> int:
        """Bytes of an entry."""
        return 20 if self.big else 12

    @property
    def first_at(self) -> int:
        """Where the header says where the first directory is."""
        return 8 if self.big else 4

    def number(self, value: int, size: int) -> bytes:
        """A number as the file writes it."""
        return value.to_bytes(size, self.order)

    def read(self, data: Buffer, at: int, size: int) -> int:
        """A number of the file."""
        if at + size > len(data):
            raise TruncatedError("the TIFF ends inside a directory", "TIFF 文件在目录内中断")
        return int.from_bytes(data[at : at + size], self.order)


@dataclass(frozen=True, slots=True)
class Entry:
    """One tag: its entry lies at `at`, its value in `start:stop`, which may be inside the entry."""

    tag: int
    kind: int
    count: int
    at: int
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Directory:
    """The entries of the directory at `start`, and the offset of the next one (0: none), which is kept at `next_at`.

    `page` is its place in the chain of pages, None for one that hangs on another.
    """

    start: int
    entries: tuple[Entry, ...]
    following: int
    next_at: int
    page: int | None

    def get(self, tag: int) -> Entry | None:
        """The first entry of this tag."""
        return next((entry for entry in self.entries if entry.tag == tag), None)


def form(data: Buffer) -> Form:
    """The form that the header shows. Raises `FormatError` for what is no TIFF."""
    head = bytes(data[:8])
    order: Order = "little" if head[:2] == b"II" else "big"
    if head[:4] in (b"II*\0", b"MM\0*"):
        return Form(order, big=False)
    if head in (b"II+\0\x08\0\0\0", b"MM\0+\0\x08\0\0"):
        return Form(order, big=True)
    raise FormatError("not a TIFF: no header", "不是 TIFF：缺少文件头")


def directory(data: Buffer, shape: Form, start: int, page: int | None = None) -> Directory:
    """The directory at `start`. Values that lie outside the file are left for their readers to complain of."""
    width = 8 if shape.big else 2
    count = shape.read(data, start, width)
    first = start + width
    stop = first + count * shape.entry_size
    if count > MAX_ENTRIES or stop > len(data):
        raise FormatError(f"a TIFF directory claims {count} entries", f"TIFF 目录声明有 {count} 个条目，数目有误")
    entries = []
    for at in range(first, stop, shape.entry_size):
        tag, kind = shape.read(data, at, 2), shape.read(data, at + 2, 2)
        number = shape.read(data, at + 4, shape.offset_size)
        inline = at + 4 + shape.offset_size
        size = SIZES.get(kind, 1) * number
        where = inline if size <= shape.offset_size else shape.read(data, inline, shape.offset_size)
        entries.append(Entry(tag, kind, number, at, where, where + size))
    following = shape.read(data, stop, shape.offset_size)
    return Directory(start, tuple(entries), following, stop, page)


def numbers(data: Buffer, shape: Form, entry: Entry) -> tuple[int, ...]:
    """The whole numbers of a value. Raises where it holds others, too many, or lies outside the file."""
    code = _CODES.get(entry.kind)
    if code is None:
        raise FormatError(f"tag {entry.tag} holds no whole numbers", f"标签 {entry.tag} 的值不是整数")
    if entry.count > MAX_VALUES:
        raise BudgetError(f"tag {entry.tag} holds {entry.count} numbers", f"标签 {entry.tag} 有 {entry.count} 个数值")
    if entry.stop > len(data):
        raise TruncatedError(f"tag {entry.tag} lies outside the file", f"标签 {entry.tag} 的值位于文件之外")
    mark = "<" if shape.order == "little" else ">"
    return struct.unpack(f"{mark}{entry.count}{code}", bytes(data[entry.start : entry.stop]))


def walk(data: Buffer, shape: Form) -> Iterator[Directory | FormatError | BudgetError]:
    """Every directory, pages first to last with what hangs on each; an error in the place of one that is broken."""
    waiting: list[tuple[int, int | None]] = [(shape.read(data, shape.first_at, shape.offset_size), 0)]
    seen: set[int] = set()
    total = 0
    while waiting:
        start, page = waiting.pop(0)
        if start in seen:
            if page is not None:
                yield FormatError("the TIFF's pages run in a circle", "TIFF 的页面目录构成循环")
            continue
        seen.add(start)
        if len(seen) > MAX_DIRECTORIES or total > MAX_TOTAL:
            yield BudgetError("too many directories in a TIFF", "TIFF 的目录或条目过多")
            return
        try:
            found = directory(data, shape, start, page)
            hanging = [(value, None) for value in _pointers(data, shape, found)]
        except (FormatError, BudgetError) as error:
            yield error
            continue
        yield found
        total += len(found.entries)
        waiting[:0] = hanging
        # Only pages have a next one; elsewhere the bytes are often junk.
        if page is not None and found.following:
            waiting.append((found.following, page + 1))


def _pointers(data: Buffer, shape: Form, found: Directory) -> Iterator[int]:
    for entry in found.entries:
        if entry.tag in _POINTERS and entry.kind in _CODES and 0 < entry.count <= MAX_ENTRIES:
            yield from numbers(data, shape, entry)


def built(data: Buffer, shape: Form, old: Directory, new: dict[int, tuple[int, int, bytes]]) -> bytes:
    """A directory with the entries of `old` and those of `new` in place of their tags, sorted by tag.

    `new` has a type, a count, and the value if it fits into the entry or else its offset, as the file writes them.
    """
    size = shape.offset_size
    rows = [(entry.tag, bytes(data[entry.at : entry.at + shape.entry_size])) for entry in old.entries]
    rows = [row for row in rows if row[0] not in new]
    for tag, (kind, count, value) in new.items():
        head = shape.number(tag, 2) + shape.number(kind, 2) + shape.number(count, size)
        rows.append((tag, head + value.ljust(size, b"\0")))
    rows.sort(key=lambda row: row[0])
    number = shape.number(len(rows), 8 if shape.big else 2)
    return number + b"".join(body for _, body in rows) + shape.number(old.following, size)

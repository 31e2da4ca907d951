"""Items of a HEIF file: pictures and metadata that the `meta` box names, and where their bytes are.

Source: ISO/IEC 14496-12 8.11 (`meta`, `pitm`, `iinf`, `iloc`, `iref`, `idat`), all versions of these boxes;
ISO/IEC 23008-12 clause 6 and annex A (metadata items and their references).
Items that lie in other files are not followed. It does not decode pictures.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from overt.errors import BudgetError, FormatError, TruncatedError, UnsupportedError
from overt.formats import exif
from overt.formats.bmff import Box, children, first, full, inside_meta
from overt.formats.cursor import Cursor
from overt.formats.splice import Buffer

MAX_ITEMS = 65_536
"""Items in one file. A picture of a thousand megapixels in tiles of 512 pixels has 4,000."""
MAX_EXTENTS = 65_536
"""Pieces that items lie in, all together; one for each is usual."""
MAX_CONTENT = 64 << 20
"""Bytes of one metadata item. Edit histories in XMP take some megabytes."""
_MAX_CHAIN = 8
"""Items made of parts of other items (construction method 2) that are made of parts of others, and so on."""

IN_FILE, IN_IDAT, IN_ITEM = 0, 1, 2
"""Construction methods of `iloc`."""

XMP_TYPE = "application/rdf+xml"


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of `iinf`.

    `content_type` and `encoding` are those of a `mime` item; `encoded_at` is where the latter begins.
    """

    number: int
    kind: bytes
    box: Box
    name: str = ""
    content_type: str = ""
    encoding: str = ""
    encoded_at: int = 0
    protected: bool = False

    @property
    def is_xmp(self) -> bool:
        """Whether it is an XMP packet."""
        return self.kind == b"mime" and self.content_type.partition(";")[0].strip().lower() == XMP_TYPE


@dataclass(frozen=True, slots=True)
class Location:
    """One entry of `iloc`: `extents` are index, offset and length each, as they stand there.

    `method` has 16 bits, of which the lower four are the construction method.
    """

    number: int
    method: int
    reference: int
    base: int
    extents: tuple[tuple[int, int, int], ...]

    @property
    def construction(self) -> int:
        """Where the offsets count from."""
        return self.method & 15


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many bytes the numbers of an `iloc` box take: 0, 4 or 8."""

    offset: int
    length: int
    base: int
    index: int


@dataclass(frozen=True, slots=True)
class Iloc:
    """The box with all locations."""

    box: Box
    version: int
    flags: int
    sizes: Sizes
    locations: tuple[Location, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """One reference of `iref`, by an item to others."""

    kind: bytes
    source: int
    targets: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Items:
    """Everything that the `meta` box of a HEIF file says about its items."""

    meta: Box
    inside: tuple[Box, ...]
    primary: int | None
    items: tuple[Item, ...]
    iloc: Iloc
    references: tuple[Reference, ...]
    groups: tuple[int, ...]
    """Numbers of entity groups, which share the numbers of items."""
    by_number: dict[int, Location] = field(default_factory=dict)

    def describes(self, item: Item) -> set[int]:
        """The items that a metadata item says it describes."""
        return {to for ref in self.references if (ref.kind, ref.source) == (b"cdsc", item.number) for to in ref.targets}

    def ranges(self, data: Buffer, number: int, depth: int = 0) -> list[range]:
        """Where the bytes of an item are in the file, in order."""
        place = self.by_number.get(number)
        if place is None:
            raise FormatError(f"the item {number} has no place in iloc", f"iloc 中没有项目 {number} 的位置")
        if place.reference:
            raise UnsupportedError(f"the item {number} lies in another file", f"项目 {number} 存放在其他文件中")
        if place.construction == IN_FILE:
            around = [range(len(data))]
        elif place.construction == IN_IDAT:
            idat = first(self.inside, b"idat")
            if idat is None:
                raise FormatError(f"the item {number} should lie in idat, which is missing", "缺少 idat box")
            around = [range(idat.start, idat.stop)]
        elif place.construction == IN_ITEM:
            return list(self._of_items(data, place, depth))
        else:
            raise FormatError(
                f"the item {number} has an unknown construction method", f"项目 {number} 的构造方式无法识别"
            )
        return [part for _, offset, length in place.extents for part in _cut(around, place.base + offset, length)]

    def _of_items(self, data: Buffer, place: Location, depth: int) -> Iterator[range]:
        if depth == _MAX_CHAIN:
            raise BudgetError("items made of parts of items, too deep", "项目逐层引用其他项目，层数过多")
        sources = [
            to for ref in self.references if (ref.kind, ref.source) == (b"iloc", place.number) for to in ref.targets
        ]
        count = 0
        for index, offset, length in place.extents:
            if not 0 <= max(index, 1) - 1 < len(sources):
                raise FormatError(
                    f"the item {place.number} is made of no item", f"项目 {place.number} 引用的项目不存在"
                )
            whole = self.ranges(data, sources[max(index, 1) - 1], depth + 1)
            for part in _cut(whole, place.base + offset, length):
                count += 1
                if count > MAX_EXTENTS:
                    raise BudgetError(f"an item in more than {MAX_EXTENTS} pieces", f"项目的片段超过 {MAX_EXTENTS} 个")
                yield part

    def content(self, data: Buffer, item: Item) -> bytes:
        """The bytes of a metadata item, with its content encoding undone."""
        if item.protected:
            raise UnsupportedError(f"the item {item.number} is encrypted", f"项目 {item.number} 已加密")
        parts = self.ranges(data, item.number)
        if sum(map(len, parts)) > MAX_CONTENT:
            raise BudgetError(f"more than {MAX_CONTENT} bytes of metadata", f"元数据超过 {MAX_CONTENT} 字节")
        raw = b"".join(bytes(data[part.start : part.stop]) for part in parts)
        return _inflated(raw) if item.encoding == "deflate" else _plain(raw, item)


def _plain(raw: bytes, item: Item) -> bytes:
    if item.encoding:
        raise UnsupportedError(
            f"metadata compressed by {item.encoding!r} cannot be read", f"无法读取以 {item.encoding!r} 压缩的元数据"
        )
    return raw


def _inflated(raw: bytes) -> bytes:
    """What `deflate` means in HTTP, and so here: zlib's form (RFC 1950)."""
    try:
        reader = zlib.decompressobj()
        plain = reader.decompress(raw, MAX_CONTENT)
    except zlib.error as error:
        raise FormatError("compressed metadata cannot be unpacked", "压缩的元数据无法解压") from error
    if reader.unconsumed_tail:
        raise BudgetError(f"more than {MAX_CONTENT} bytes of metadata", f"元数据超过 {MAX_CONTENT} 字节")
    if not reader.eof:
        raise TruncatedError("compressed metadata end too early", "压缩的元数据不完整")
    return plain


def _cut(whole: list[range], offset: int, length: int) -> Iterator[range]:
    """A part of bytes that lie in several ranges; a length of 0 reaches to their end."""
    total = sum(map(len, whole))
    stop = offset + length if length else total
    if offset > stop or stop > total:
        raise TruncatedError(
            f"an item claims bytes {offset}–{stop} of {total}",
            f"某项目声明占用字节 {offset}–{stop}，实际仅有 {total} 字节",
        )
    for part in whole:
        begin, end = max(0, offset), min(len(part), stop)
        if begin < end:
            yield part[begin:end]
        offset, stop = offset - len(part), stop - len(part)


def read(data: Buffer, meta: Box) -> Items:
    """What a `meta` box says. Raises `FormatError` where it contradicts itself."""
    inside = tuple(inside_meta(data, meta))
    iinf, iloc, pitm, iref = (first(inside, kind) for kind in (b"iinf", b"iloc", b"pitm", b"iref"))
    if iinf is None or iloc is None:
        raise FormatError("the meta box names no items", "meta box 中没有项目")
    primary = None
    if pitm is not None:
        version, _, cursor = full(data, pitm)
        primary = cursor.uint(4 if version else 2)
    found = Items(
        meta,
        inside,
        primary,
        tuple(_infos(data, iinf)),
        _iloc(data, iloc),
        tuple(_references(data, iref)) if iref else (),
        tuple(_groups(data, inside)),
    )
    for place in found.iloc.locations:
        if found.by_number.setdefault(place.number, place) is not place:
            raise FormatError(f"the item {place.number} has two places in iloc", f"项目 {place.number} 在 iloc 中重复")
    if len({item.number for item in found.items}) < len(found.items):
        raise FormatError("two items have the same number", "有项目编号重复")
    return found


def _infos(data: Buffer, iinf: Box) -> Iterator[Item]:
    version, _, cursor = full(data, iinf)
    cursor.skip(4 if version else 2)
    boxes = children(data, iinf, cursor.position - iinf.start)
    if len(boxes) > MAX_ITEMS:
        raise BudgetError(f"more than {MAX_ITEMS} items", f"项目超过 {MAX_ITEMS} 个")
    for box in boxes:
        if box.kind == b"infe":
            yield _info(data, box)


def _info(data: Buffer, box: Box) -> Item:
    version, _, cursor = full(data, box)
    number = cursor.uint(4 if version > 2 else 2)
    protected = bool(cursor.uint(2))
    kind = cursor.take(4) if version > 1 else b"mime"
    name = _string(cursor)
    if kind != b"mime":
        return Item(number, kind, box, name, protected=protected)
    content_type = _string(cursor)
    encoded_at = cursor.position
    return Item(number, kind, box, name, content_type, _string(cursor), encoded_at, protected)


def _string(cursor: Cursor) -> str:
    """A text up to its NUL, or to the end of its box, where some writers leave the NUL out."""
    rest = cursor.peek(cursor.left)
    raw = rest.partition(b"\0")[0]
    cursor.skip(min(len(raw) + 1, len(rest)))
    return raw.decode("utf-8", "replace")


def _iloc(data: Buffer, box: Box) -> Iloc:
    version, flags, cursor = full(data, box)
    if version > 2:
        raise UnsupportedError(f"an iloc box of version {version}", f"iloc box 的版本为 {version}")
    packed = cursor.uint(2)
    sizes = Sizes(packed >> 12, packed >> 8 & 15, packed >> 4 & 15, packed & 15 if version else 0)
    if {sizes.offset, sizes.length, sizes.base, sizes.index} - {0, 4, 8}:
        raise FormatError("numbers in the iloc box have a width that is not allowed", "iloc box 的字段宽度无效")
    id_size = 4 if version == 2 else 2
    locations, total = [], 0
    count = cursor.uint(id_size)
    if count > MAX_ITEMS:
        raise BudgetError(f"more than {MAX_ITEMS} items", f"项目超过 {MAX_ITEMS} 个")
    for _ in range(count):
        number = cursor.uint(id_size)
        method = cursor.uint(2) if version else 0
        reference, base, extents = cursor.uint(2), cursor.uint(sizes.base), cursor.uint(2)
        total += extents
        if total > MAX_EXTENTS:
            raise BudgetError(f"items in more than {MAX_EXTENTS} pieces", f"项目的片段超过 {MAX_EXTENTS} 个")
        parts = tuple(
            (cursor.uint(sizes.index), cursor.uint(sizes.offset), cursor.uint(sizes.length)) for _ in range(extents)
        )
        locations.append(Location(number, method, reference, base, parts))
    return Iloc(box, version, flags, sizes, tuple(locations))


def _references(data: Buffer, iref: Box) -> Iterator[Reference]:
    version, _, _ = full(data, iref)
    size = 4 if version else 2
    for box in children(data, iref, 4):
        cursor = Cursor(data, box.start, box.stop)
        source = cursor.uint(size)
        yield Reference(box.kind, source, tuple(cursor.uint(size) for _ in range(cursor.uint(2))))


def _groups(data: Buffer, inside: tuple[Box, ...]) -> Iterator[int]:
    groups = first(inside, b"grpl")
    for box in children(data, groups) if groups else ():
        yield full(data, box)[2].uint(4)


def tiff_start(content: bytes) -> int:
    """Where the TIFF structure of an Exif item begins: behind an offset that counts from its own end."""
    if content[:4] in (b"II*\0", b"MM\0*") or content.startswith(exif.PREFIX):
        return 0  # Some writers leave the offset out.
    start = 4 + Cursor(content).uint(4)
    if start > len(content):
        raise TruncatedError("the Exif item ends before its data", "Exif 项目不完整")
    return start

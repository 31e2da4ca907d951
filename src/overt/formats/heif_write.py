"""Changes to the items of a HEIF file: contents replaced, items added, and every offset following.

Source: ISO/IEC 14496-12 8.11; ISO/IEC 23008-12 annex A.2 (`cdsc`). A new content is put where the old one was if it
has a place of its own there, else into a media data box of its own after the others. Offsets of an image sequence
follow by `overt.formats.mp4_offsets`. Pictures stay byte for byte.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from overt.errors import FormatError, UnsupportedError
from overt.formats.bmff import Box, Edits, Shift, build, children, first, full
from overt.formats.heif_items import IN_FILE, IN_ITEM, Iloc, Item, Items, Location, Sizes
from overt.formats.mp4_offsets import relocate
from overt.formats.splice import Buffer, Splice

_MAX_8, _MAX_16 = 0xFF, 0xFFFF


@dataclass(frozen=True, slots=True)
class _Moved:
    """The one place of a content that changed: at an offset of the old file, or in the new media data."""

    at: int
    length: int
    appended: bool


class Rewrite:
    """A file and what is to become of its items."""

    def __init__(self, data: Buffer, top: Sequence[Box], items: Items) -> None:
        self.data = data
        self.top = top
        self.items = items
        self.edits = Edits()
        self._moved: dict[int, _Moved] = {}
        self._tail = b""
        self._infos: list[bytes] = []
        self._references: list[tuple[bytes, int, int]] = []
        self._properties: list[tuple[bytes, bool]] = []

    def replace(self, item: Item, content: bytes) -> None:
        """Another content for an item. Where the old one cannot go, because other items share it, it is refused."""
        ranges = self.items.ranges(self.data, item.number)
        if item.encoding:
            around = self._around(b"iinf")
            self.edits.replace(item.encoded_at, item.box.stop, b"", (*around, item.box))
        if sum(map(len, ranges)) == len(content):
            self._overwrite(item, ranges, content)
            return
        home = self._home(item, ranges)
        if home is not None:
            (old,) = ranges
            self.edits.replace(old.start, old.stop, content, (home,))
            self._moved[item.number] = _Moved(old.start, len(content), appended=False)
            return
        self._overwrite(item, ranges, b" " * sum(map(len, ranges)))
        self._append(item.number, content)

    def add(self, kind: bytes, content: bytes, *, content_type: str = "", describes: int) -> None:
        """A new metadata item that describes another."""
        number = self._free_number()
        # Not hidden, not protected, without a name.
        text = content_type.encode() + b"\0" if kind == b"mime" else b""
        head = b"\2\0\0\0" + number.to_bytes(2, "big") + bytes(2)
        self._infos.append(build(b"infe", head, kind, b"\0", text))
        self._append(number, content)
        self.describe(number, describes)

    def add_property(self, raw: bytes, *, essential: bool) -> None:
        """A further property of the primary item, as a whole box."""
        self._properties.append((raw, essential))

    def describe(self, number: int, target: int) -> None:
        """Let a metadata item say which item it describes."""
        self._references.append((b"cdsc", number, target))

    def splice(self) -> Splice:
        """The new file."""
        self._enter_infos()
        self._enter_properties()
        # Last: a new box at the end of `meta` comes behind what grows the box before it.
        self._enter_references()
        iloc = self.items.iloc
        sizes = replace(iloc.sizes, length=iloc.sizes.length or (4 if self._moved else 0))
        if self._moved and not sizes.offset and not sizes.base:
            sizes = replace(sizes, offset=4)
        while True:
            rough = self._with(bytes(_length(iloc, self._places(Shift([], [0]), 0, sizes), sizes)))
            shift = rough.shift()
            places = self._places(shift, shift(self._at()) - len(self._tail), sizes)
            wide = _widened(places, sizes)
            if wide == sizes:
                return self._with(built_iloc(iloc, places, sizes)).splice(self.data)
            sizes = wide

    def _with(self, iloc: bytes) -> Edits:
        """All edits, with this as the new `iloc` box."""
        edits, old, meta = self.edits.copy(), self.items.iloc.box, self.items.meta
        edits.replace(old.header, old.stop, iloc, (meta,))
        if self._tail:
            edits.replace(self._at(), self._at(), build(b"mdat", self._tail))
        relocate(self.data, [box for box in self.top if box != meta], edits)
        return edits

    def _at(self) -> int:
        """Where new media data go: behind the last box, or before it if it reaches to the end of the file."""
        last = self.top[-1]
        return last.stop if last.size else last.header

    def _around(self, kind: bytes) -> tuple[Box, ...]:
        box = first(self.items.inside, kind)
        return (self.items.meta, box) if box else (self.items.meta,)

    def _home(self, item: Item, ranges: list[range]) -> Box | None:
        """The media data box in which an item's content lies in one piece and shares no byte with another item."""
        place = self.items.by_number[item.number]
        if len(ranges) != 1 or place.construction != IN_FILE or not ranges[0] or self._shared(item, ranges):
            return None
        inside = (box for box in self.top if box.start <= ranges[0].start and ranges[0].stop <= box.stop)
        return next((box for box in inside if box.kind == b"mdat"), None)

    def _shared(self, item: Item, ranges: list[range]) -> bool:
        for other in self.items.iloc.locations:
            if other.construction == IN_ITEM:
                return True
            if other.number == item.number or other.reference:
                continue
            for theirs in self.items.ranges(self.data, other.number):
                if any(theirs.start < mine.stop and mine.start < theirs.stop for mine in ranges):
                    return True
        return False

    def _overwrite(self, item: Item, ranges: list[range], content: bytes) -> None:
        if self._shared(item, ranges):
            raise UnsupportedError(
                f"the metadata item {item.number} shares its bytes with another item",
                f"元数据项目 {item.number} 与其他项目共用同一段字节",
            )
        position = 0
        for part in ranges:
            self.edits.replace(part.start, part.stop, content[position : position + len(part)])
            position += len(part)

    def _append(self, number: int, content: bytes) -> None:
        self._moved[number] = _Moved(len(self._tail), len(content), appended=True)
        self._tail += content

    def _free_number(self) -> int:
        taken = {item.number for item in self.items.items} | self.items.by_number.keys() | set(self.items.groups)
        taken |= self._moved.keys()
        number = max(taken, default=0) + 1
        if number > _MAX_16:
            number = next((free for free in range(1, _MAX_16) if free not in taken), 0)
        if not number:
            raise UnsupportedError("the file has no free item number", "文件中没有可用的项目编号")
        return number

    def _enter_infos(self) -> None:
        if not self._infos:
            return
        iinf = self._around(b"iinf")[-1]
        version, _, cursor = full(self.data, iinf)
        width = 4 if version else 2
        at = cursor.position
        count = cursor.uint(width) + len(self._infos)
        if count >= 1 << 8 * width:
            raise UnsupportedError("the file cannot hold another item", "文件无法再容纳更多项目")
        self.edits.replace(at, at + width, count.to_bytes(width, "big"))
        self.edits.replace(iinf.stop, iinf.stop, b"".join(self._infos), (self.items.meta, iinf))

    def _enter_references(self) -> None:
        if not self._references:
            return
        iref = first(self.items.inside, b"iref")
        wide = full(self.data, iref)[0] > 0 if iref else max(to for _, _, to in self._references) > _MAX_16
        width = 4 if wide else 2
        boxes = b"".join(
            build(kind, source.to_bytes(width, "big"), b"\0\1", target.to_bytes(width, "big"))
            for kind, source, target in self._references
        )
        meta = self.items.meta
        if iref is None:
            self.edits.replace(meta.stop, meta.stop, build(b"iref", bytes([wide, 0, 0, 0]), boxes), (meta,))
        else:
            self.edits.replace(iref.stop, iref.stop, boxes, (meta, iref))

    def _enter_properties(self) -> None:
        if not self._properties:
            return
        properties = first(self.items.inside, b"iprp")
        inside = children(self.data, properties) if properties else []
        box, ipma = first(inside, b"ipco"), first(inside, b"ipma")
        if properties is None or box is None or ipma is None:
            raise FormatError("the file has no item properties", "文件缺少项目属性")
        known = len(children(self.data, box))
        at, width = self._associations(ipma)
        count = self.data[at] + len(self._properties)
        if known + len(self._properties) >= 1 << 8 * width - 1 or count > _MAX_8:
            raise UnsupportedError("the file cannot hold another item property", "文件无法再容纳更多项目属性")
        entries = b"".join(
            (index | essential << 8 * width - 1).to_bytes(width, "big")
            for index, (_, essential) in enumerate(self._properties, known + 1)
        )
        stop = at + 1 + self.data[at] * width
        around = (self.items.meta, properties)
        self.edits.replace(at, at + 1, bytes([count]))
        self.edits.replace(stop, stop, entries, (*around, ipma))
        self.edits.replace(box.stop, box.stop, b"".join(raw for raw, _ in self._properties), (*around, box))

    def _associations(self, ipma: Box) -> tuple[int, int]:
        """Where the number of the primary item's properties stands, and how many bytes each of them takes."""
        version, flags, cursor = full(self.data, ipma)
        width = 2 if flags & 1 else 1
        for _ in range(cursor.uint(4)):
            number = cursor.uint(4 if version else 2)
            at = cursor.position
            if number == self.items.primary:
                return at, width
            cursor.skip(cursor.uint(1) * width)
        raise FormatError("the primary item has no properties", "主图片没有属性")

    def _places(self, shift: Shift, tail: int, sizes: Sizes) -> list[Location]:
        """Every entry of the new `iloc` box, given where new media data begin."""
        known = self.items.by_number
        old = [self._place(place, shift, tail, sizes) for place in self.items.iloc.locations]
        return old + [self._fresh(number, shift, tail, sizes) for number in self._moved if number not in known]

    def _place(self, place: Location, shift: Shift, tail: int, sizes: Sizes) -> Location:
        if place.number in self._moved:
            return self._fresh(place.number, shift, tail, sizes)
        if place.construction != IN_FILE or place.reference:
            return place
        if not sizes.offset:
            return replace(place, base=shift(place.base))
        starts = [shift(place.base + offset) for _, offset, _ in place.extents]
        # The base stays, also where it is the offset of something: only the sum counts.
        base = place.base if min(starts, default=place.base) >= place.base else 0
        extents = zip(place.extents, starts, strict=True)
        return replace(
            place, base=base, extents=tuple((index, at - base, length) for (index, _, length), at in extents)
        )

    def _fresh(self, number: int, shift: Shift, tail: int, sizes: Sizes) -> Location:
        moved = self._moved[number]
        at = tail + moved.at if moved.appended else shift(moved.at)
        base, offset = (0, at) if sizes.offset else (at, 0)
        return Location(number, IN_FILE, 0, base, ((0, offset, moved.length),))


def _length(iloc: Iloc, places: list[Location], sizes: Sizes) -> int:
    number = 4 if iloc.version == 2 else 2
    entry = number + (2 if iloc.version else 0) + 4 + sizes.base
    extent = sizes.index + sizes.offset + sizes.length
    return 8 + 4 + 2 + number + sum(entry + extent * len(place.extents) for place in places)


def _widened(places: list[Location], sizes: Sizes) -> Sizes:
    """Sizes in which every number fits."""
    numbers = [part for place in places for part in place.extents]
    offset = max((offset for _, offset, _ in numbers), default=0)
    length = max((length for _, _, length in numbers), default=0)
    base = max((place.base for place in places), default=0)
    return replace(
        sizes, offset=_width(offset, sizes.offset), length=_width(length, sizes.length), base=_width(base, sizes.base)
    )


def _width(largest: int, width: int) -> int:
    return next(size for size in (0, 4, 8) if size >= width and largest < 1 << 8 * size)


def built_iloc(iloc: Iloc, places: list[Location], sizes: Sizes) -> bytes:
    """An `iloc` box with these places, its numbers of these widths."""
    number = 4 if iloc.version == 2 else 2
    if len(places) >= 1 << 8 * number:
        raise FormatError("too many items for an iloc box", "项目数超出 iloc box 的容量")
    packed = sizes.offset << 12 | sizes.length << 8 | sizes.base << 4 | sizes.index
    out = bytearray(bytes([iloc.version]) + iloc.flags.to_bytes(3, "big") + packed.to_bytes(2, "big"))
    out += len(places).to_bytes(number, "big")
    for place in places:
        out += place.number.to_bytes(number, "big")
        out += place.method.to_bytes(2, "big") if iloc.version else b""
        out += place.reference.to_bytes(2, "big") + place.base.to_bytes(sizes.base, "big")
        out += len(place.extents).to_bytes(2, "big")
        for index, offset, length in place.extents:
            out += index.to_bytes(sizes.index, "big") + offset.to_bytes(sizes.offset, "big")
            out += length.to_bytes(sizes.length, "big")
    return build(b"iloc", bytes(out))

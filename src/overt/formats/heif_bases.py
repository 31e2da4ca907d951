"""Writes the places of HEIF items in a form that another program moves rightly.

Source: ISO/IEC 14496-12, 8.11.3 (`iloc`): an extent's place is `base_offset` plus `extent_offset`, however a writer
splits it. c2pa-rs 0.91 takes the extents of an `iloc` of version 1 for longer than they are, by the width of a base: it
then writes into numbers that are no places, and into items in `idat`. Without room for bases it reads them as they are.
Where there is too little for that, a base of its own keeps it from moving an item twice. No item moves.
"""

from __future__ import annotations

from dataclasses import replace

from overt.formats.bmff import build, first, walk
from overt.formats.heif_items import IN_FILE, Iloc, Location, read
from overt.formats.heif_write import built_iloc
from overt.formats.splice import Buffer, Splice

_HEADER = 8
"""Bytes of an empty box: less than that cannot be filled up."""


def movable(data: Buffer) -> Splice | None:
    """The same file with the places of its items in that form; None where nothing is to be done."""
    meta = first(walk(data, 0, len(data)), b"meta")
    if meta is None:
        return None
    iloc = read(data, meta).iloc
    if not iloc.sizes.base:
        return None
    body = _without_bases(iloc) or _with_bases(iloc)
    if body == data[iloc.box.header : iloc.box.stop]:
        return None
    return Splice([range(iloc.box.header), body, range(iloc.box.stop, len(data))])


def _without_bases(iloc: Iloc) -> bytes | None:
    """The box without room for bases, and an empty one for the bytes that it had; None where that cannot be."""
    places = [_folded(each) for each in iloc.locations]
    sizes = replace(iloc.sizes, offset=iloc.sizes.offset or iloc.sizes.base, base=0)
    last = max((offset for each in places for _, offset, _ in each.extents), default=0)
    if not iloc.version or sizes.index or last >= 1 << 8 * sizes.offset:
        return None
    body = built_iloc(iloc, places, sizes)
    room = len(iloc.box) - len(body)
    return body + build(b"free", bytes(room - _HEADER)) if room >= _HEADER else None


def _folded(place: Location) -> Location:
    extents = tuple((index, place.base + offset, length) for index, offset, length in place.extents)
    return replace(place, base=0, extents=extents)


def _with_bases(iloc: Iloc) -> bytes:
    """The box with a base for each item that lies in the file."""
    if not iloc.sizes.offset:
        return built_iloc(iloc, list(iloc.locations), iloc.sizes)
    return built_iloc(iloc, [_with_base(each) for each in iloc.locations], iloc.sizes)


def _with_base(place: Location) -> Location:
    if place.construction != IN_FILE or place.base or not place.extents:
        return place
    base = min(offset for _, offset, _ in place.extents)
    return replace(place, base=base, extents=tuple((index, at - base, length) for index, at, length in place.extents))

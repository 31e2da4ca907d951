"""Gives the places of HEIF items a base, for programs that move items wrongly without one.

Source: ISO/IEC 14496-12, 8.11.3 (`iloc`): an extent's place is `base_offset` plus `extent_offset`, however a writer
splits it. c2pa-rs 0.91 moves an item whose base is nought twice, where bases have room in the box: once in the base and
once in each extent. With a base of its own an item is moved once. No byte moves, and no place changes.
"""

from __future__ import annotations

from dataclasses import replace

from overt.formats.bmff import first, walk
from overt.formats.heif_items import IN_FILE, Location, read
from overt.formats.heif_write import built_iloc
from overt.formats.splice import Buffer, Splice


def with_bases(data: Buffer) -> Splice | None:
    """The same file with a base for each item that lies in it; None where nothing is to be done."""
    meta = first(walk(data, 0, len(data)), b"meta")
    if meta is None:
        return None
    iloc = read(data, meta).iloc
    if not iloc.sizes.base or not iloc.sizes.offset:
        return None
    places = [_with_base(each) for each in iloc.locations]
    if places == list(iloc.locations):
        return None
    body = built_iloc(iloc, places, iloc.sizes)[8:]
    return Splice([range(iloc.box.start), body, range(iloc.box.start + len(body), len(data))])


def _with_base(place: Location) -> Location:
    if place.construction != IN_FILE or place.base or not place.extents:
        return place
    base = min(offset for _, offset, _ in place.extents)
    return replace(place, base=base, extents=tuple((index, at - base, length) for index, at, length in place.extents))

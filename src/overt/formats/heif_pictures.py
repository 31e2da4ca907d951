"""The picture of a HEIF file as far as a new one in its place must know it, and what the old one says, around a new.

Source: ISO/IEC 23008-12 clause 6.5 (properties of items) and 6.6 (derived pictures); AV1 Image File Format 1.1 with
its AV1 codec configuration (`av1C`). It does not decode pictures. Thumbnails are left behind: they show what the
picture was before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from overt.errors import FormatError
from overt.formats import mp4
from overt.formats.bmff import Box, children, first, full, walk
from overt.formats.cursor import Cursor
from overt.formats.heif import items_of, metadata_place
from overt.formats.heif_items import Items
from overt.formats.heif_write import Rewrite
from overt.formats.splice import Buffer

_ALPHA = (b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", b"urn:mpeg:hevc:2015:auxid:1")
_KEPT = {b"irot": True, b"imir": True, b"pasp": False, b"clli": False, b"mdcv": False, b"cclv": False, b"udes": False}
"""Properties that speak of how a picture is shown, and whether a reader must understand them."""
_NCLX = b"nclx"
_UUID = b"uuid"


@dataclass(frozen=True, slots=True)
class Shape:
    """How a picture's samples are stored.

    `bits` is their depth; `sampling` is "4:4:4", "4:2:2", "4:2:0" or "4:0:0", as far as an AV1 picture says so;
    `cropped` whether a part of it is shown only; `further` names what it holds besides colour and alpha.
    """

    bits: int
    sampling: str
    cropped: bool
    further: str | None


def shape(data: Buffer) -> Shape:
    """The shape of the primary picture; of one made of tiles, that of its tiles."""
    items = items_of(data)
    bits, sampling = 8, "4:2:0"
    numbers = [items.primary, *inputs(items)]
    boxes = [box for number in numbers for box in properties(data, items, number)]
    for box in boxes:
        if box.kind == b"pixi":
            bits = max(bits, *full(data, box)[2].peek(16)[1:], 8)
        elif box.kind == b"av1C":
            flags = bytes(data[box.start + 2 : box.start + 3])[0] if box.stop > box.start + 2 else 0
            bits = max(bits, 12 if flags & 0x20 else 10 if flags & 0x40 else 8)
            sampling = "4:0:0" if flags & 0x10 else ("4:4:4", "4:2:2", "4:2:0")[(flags >> 3 & 1) + (flags >> 2 & 1)]
    cropped = any(box.kind == b"clap" for box in boxes)
    return Shape(bits, sampling, cropped, _further(data, items))


def coded(data: Buffer, most: int) -> bytes:
    """The first bytes of the primary picture as it is coded; of one made of tiles, those of its first tile."""
    items = items_of(data)
    number = next(iter([*inputs(items), items.primary]))
    parts = items.ranges(data, number) if number is not None else []
    return b"".join(bytes(data[part.start : min(part.stop, part.start + most)]) for part in parts)[:most]


def transplant(original: Buffer, encoded: Buffer) -> bytes:
    """The metadata of `original` around the picture of `encoded`.

    Taken over are Exif, XMP and other text items, `uuid` boxes (also the credential, which its new surroundings
    make invalid, but which is not ours to strip), how the picture is turned and shown, and what a sequence says as a
    film. The colour profile is `encoded`'s; of colours told by numbers, those of `original` are kept.
    """
    old_top = list(walk(original, 0, len(original)))
    old = items_of(original)
    if first(old_top, b"moov") and first(walk(encoded, 0, len(encoded)), b"moov"):
        encoded = mp4.transplant(original, encoded).apply(encoded)
    top = list(walk(encoded, 0, len(encoded)))
    new = items_of(encoded)
    if new.primary is None or old.primary is None:
        raise FormatError("the file has no primary picture", "文件没有主图片")
    rewrite = Rewrite(encoded, top, new)
    for item in old.items:
        if metadata_place(item) is not None and (not (to := old.describes(item)) or old.primary in to):
            rewrite.add(item.kind, old.content(original, item), content_type=item.content_type, describes=new.primary)
    for box in properties(original, old, old.primary):
        if box.kind in _KEPT:
            raw = bytes(original[box.header : box.stop])
            rewrite.add_property(raw, essential=_KEPT[box.kind])
    _colours(original, old, encoded, new, rewrite)
    kept = [bytes(original[box.header : box.stop]) for box in old_top if box.kind == _UUID]
    there = [bytes(encoded[box.header : box.stop]) for box in top if box.kind == _UUID]
    rewrite.edits.replace(top[0].stop, top[0].stop, b"".join(box for box in kept if box not in there))
    return rewrite.splice().apply(encoded)


def _colours(original: Buffer, old: Items, encoded: Buffer, new: Items, rewrite: Rewrite) -> None:
    """Primaries and tone curve as they were; the matrix is that of the new coding."""
    before = next(_numbered(original, old), None)
    after = next(_numbered(encoded, new), None)
    if before is not None and after is not None:
        rewrite.edits.replace(after, after + 4, bytes(original[before : before + 4]))


def _numbered(data: Buffer, items: Items) -> Iterator[int]:
    """Where the numbers of an `nclx` colour description of the primary picture stand."""
    for box in properties(data, items, items.primary):
        if box.kind == b"colr" and bytes(data[box.start : box.start + 4]) == _NCLX and box.stop - box.start >= 11:
            yield box.start + 4


def inputs(items: Items) -> list[int]:
    """The pictures that the primary one is made of."""
    return [to for ref in items.references if (ref.kind, ref.source) == (b"dimg", items.primary) for to in ref.targets]


def _further(data: Buffer, items: Items) -> str | None:
    """What is stored besides the primary picture, its tiles, its transparency and its thumbnails."""
    known = {items.primary, *inputs(items)}
    known |= {ref.source for ref in items.references if ref.kind == b"thmb"}
    for ref in items.references:
        if ref.kind == b"auxl":
            kinds = [_auxiliary(data, box) for box in properties(data, items, ref.source) if box.kind == b"auxC"]
            if not kinds or kinds[0] not in _ALPHA:
                return (kinds[0] if kinds else b"auxl").decode("latin-1")
            known.add(ref.source)
    known |= {to for ref in items.references if ref.kind == b"dimg" and ref.source in known for to in ref.targets}
    left = [item for item in items.items if item.number not in known and item.kind not in (b"mime", b"Exif", b"uri ")]
    return left[0].kind.decode("latin-1") if left else None


def _auxiliary(data: Buffer, box: Box) -> bytes:
    cursor = full(data, box)[2]
    return cursor.peek(256).partition(b"\0")[0]


def properties(data: Buffer, items: Items, number: int | None) -> list[Box]:
    """The properties of an item, in their order."""
    iprp = first(items.inside, b"iprp")
    inside = children(data, iprp) if iprp else []
    ipco = first(inside, b"ipco")
    boxes = children(data, ipco) if ipco else []
    indices = [index for ipma in inside if ipma.kind == b"ipma" for index in _indices(data, ipma, number)]
    return [boxes[index - 1] for index in indices if 0 < index <= len(boxes)]


def _indices(data: Buffer, ipma: Box, number: int | None) -> Iterator[int]:
    version, flags, _ = full(data, ipma)
    width = 2 if flags & 1 else 1
    cursor = Cursor(data, ipma.start + 4, ipma.stop)
    for _ in range(cursor.uint(4)):
        mine = cursor.uint(4 if version else 2) == number
        for _ in range(cursor.uint(1)):
            index = cursor.uint(width) & (1 << 8 * width - 1) - 1
            if mine:
                yield index

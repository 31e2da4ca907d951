"""HEVC pictures in a HEIF file: the tiles that a picture is made of, and others in their place.

Source: ISO/IEC 23008-12 6.5.10 (`irot`), 6.5.12 (`imir`), 6.6.2.3 (`grid`) and annex B (HEVC items);
ISO/IEC 14496-15 8.3.3 (`hvcC`). A picture that is not tiled is one tile. It does not decode pictures.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from overt.errors import BudgetError, FormatError, UnsupportedError
from overt.formats.bmff import Box, children, first, walk
from overt.formats.cursor import Cursor
from overt.formats.heif import items_of
from overt.formats.heif_items import Items
from overt.formats.heif_pictures import inputs, properties
from overt.formats.heif_write import Rewrite
from overt.formats.splice import Buffer, Splice
from overt.language import Text

MAX_TILES = 4_096
"""Tiles of one picture: those of 512 pixels make a thousand megapixels."""

_WAY = ((b"trak", 0), (b"mdia", 0), (b"minf", 0), (b"stbl", 0), (b"stsd", 8), (b"hvc1", 78), (b"hvcC", 0))
"""From the movie box to the decoder configuration, and what comes in each before the boxes."""


@dataclass(frozen=True, slots=True)
class Mosaic:
    """A picture and its tiles, row by row.

    `configurations` and `samples` are those of the tiles, as HEVC in ISO files has them. `turns` are quarter turns
    to the left ("irot") and mirrorings ("imir": 0 top to bottom, 1 left to right), in their order.
    `full` is the range of the samples, where the file says more than the coding does; `moving` whether the file
    holds a sequence, too.
    """

    width: int
    height: int
    rows: int
    columns: int
    configurations: tuple[bytes, ...]
    samples: tuple[bytes, ...]
    turns: tuple[tuple[str, int], ...]
    full: bool | None
    cropped: bool
    moving: bool


def read(data: Buffer) -> Mosaic:
    """The primary picture. Raises `UnsupportedError` where it is not coded by HEVC."""
    items, numbers, (rows, columns, width, height) = _layout(data)
    own = properties(data, items, items.primary)
    configurations, samples = [], []
    for number in numbers:
        box = first(properties(data, items, number), b"hvcC")
        if box is None:
            raise FormatError(f"the item {number} has no decoder configuration", f"项目 {number} 缺少解码配置")
        configurations.append(bytes(data[box.start : box.stop]))
        samples.append(b"".join(bytes(data[part.start : part.stop]) for part in items.ranges(data, number)))
    turns = tuple(
        (box.name, data[box.start] & (1 if box.kind == b"imir" else 3))
        for box in own
        if box.kind in (b"irot", b"imir") and len(box) > 8
    )
    ranges = [
        bool(data[box.start + 10] & 0x80)
        for number in (items.primary, *numbers[:1])
        for box in properties(data, items, number)
        if box.kind == b"colr" and bytes(data[box.start : box.start + 4]) == b"nclx" and box.stop - box.start > 10
    ]
    return Mosaic(
        width,
        height,
        rows,
        columns,
        tuple(configurations),
        tuple(samples),
        turns,
        ranges[0] if ranges else None,
        any(box.kind == b"clap" for box in own),
        any(box.kind == b"moov" for box in walk(data, 0, len(data))),
    )


def configuration(film: Buffer) -> bytes:
    """The decoder configuration of an MP4 film of one HEVC track."""
    box = first(walk(film, 0, len(film)), b"moov")
    skip = 0
    for kind, head in _WAY:
        box = first(children(film, box, skip), kind) if box is not None else None
        skip = head
    if box is None:
        raise FormatError("a film without an HEVC configuration", "影片缺少 HEVC 解码配置")
    return bytes(film[box.start : box.stop])


def replaced(data: Buffer, samples: Iterable[bytes], common: bytes) -> Splice:
    """The file with other tiles, all of one decoder configuration; everything else is kept."""
    items, numbers, _ = _layout(data)
    top = list(walk(data, 0, len(data)))
    rewrite = Rewrite(data, top, items)
    known = {item.number: item for item in items.items}
    for number, sample in zip(numbers, samples, strict=True):
        rewrite.replace(known[number], sample)
    old = {box for number in numbers for box in properties(data, items, number) if box.kind == b"hvcC"}
    for item in items.items:
        if item.number not in numbers and old & set(properties(data, items, item.number)):
            raise UnsupportedError(
                "a further picture shares its decoder configuration", "其他图像共用同一解码配置", hint=_WAY_OUT
            )
    iprp = first(items.inside, b"iprp")
    ipco = first(children(data, iprp), b"ipco") if iprp else None
    if iprp is None or ipco is None:
        raise FormatError("the file has no item properties", "文件缺少项目属性")
    for box in old:
        rewrite.edits.replace(box.start, box.stop, common, (items.meta, iprp, ipco, box))
    return rewrite.splice()


_WAY_OUT = Text(
    zh="请先转换为 AVIF 或 JPEG 再标识；或使用 --only metadata 仅添加元数据标识。",
    en="Convert it to AVIF or JPEG and mark that, or put on the metadata label alone: --only metadata.",
)


def _layout(data: Buffer) -> tuple[Items, list[int], tuple[int, int, int, int]]:
    """The items, the numbers of the tiles, and rows, columns, width and height."""
    items = items_of(data)
    item = next((each for each in items.items if each.number == items.primary), None)
    if item is None:
        raise FormatError("the file has no primary picture", "文件没有主图片")
    if item.kind == b"hvc1":
        return items, [item.number], (1, 1, *_size(data, items, item.number))
    if item.kind == b"grid":
        cursor = Cursor(items.content(data, item))
        cursor.skip(1)
        width = 4 if cursor.uint(1) & 1 else 2
        rows, columns = cursor.uint(1) + 1, cursor.uint(1) + 1
        numbers = inputs(items)
        kinds = {each.kind for each in items.items if each.number in set(numbers)}
        if len(numbers) != rows * columns or len(set(numbers)) != len(numbers):
            raise FormatError("the picture has not the tiles that it claims", "图片缺少其声明的图块")
        if len(numbers) > MAX_TILES:
            raise BudgetError(f"more than {MAX_TILES} tiles", f"图块超过 {MAX_TILES} 个")
        if kinds == {b"hvc1"}:
            return items, numbers, (rows, columns, cursor.uint(width), cursor.uint(width))
        item_kind = next(iter(kinds), b"").decode("latin-1")
    else:
        item_kind = item.name or item.kind.decode("latin-1")
    raise UnsupportedError(
        f"HEIF pictures of the kind {item_kind!r} cannot be decoded here",
        f"无法解码 {item_kind!r} 类型的 HEIF 图片",
        hint=_WAY_OUT,
    )


def _size(data: Buffer, items: Items, number: int) -> tuple[int, int]:
    box: Box | None = first(properties(data, items, number), b"ispe")
    if box is None:
        raise FormatError("the picture does not tell its size", "图片未说明其尺寸")
    cursor = Cursor(data, box.start, box.stop)
    cursor.skip(4)
    return cursor.uint(4), cursor.uint(4)

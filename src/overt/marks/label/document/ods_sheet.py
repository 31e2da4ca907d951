"""The label of an OpenDocument spreadsheet: a text box at the beginning of every sheet, for screen and paper.

Source: GB 45438-2025 clause 5.1 through the rulebook; OASIS ODF 1.3 part 3, 9.1 (tables), 9.2.8, 10.4 (frames).
No cell, row or sheet is added or moved (docs/adr/0011). The box lies on the first screen where it covers fewest filled
cells. A box is known as our own by its name. Headers of printed pages are neither written nor read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from itertools import islice

from overt.errors import BudgetError, FormatError, ReadBackError
from overt.formats import xml_places
from overt.formats.odf import Package
from overt.formats.splice import Buffer, Splice
from overt.formats.xml_places import Change, Document, Element
from overt.marks.label import wording
from overt.marks.label.document.box import Box, extent
from overt.marks.label.document.drawing_ml import OWN
from overt.marks.label.document.grid import Grid, free_spot
from overt.marks.label.document.odf_markup import (
    DRAW,
    STYLE,
    SVG,
    TABLE,
    TEXT,
    automatic,
    body,
    box_styles,
    content,
    frame,
    own_frames,
    points,
    with_styles,
    write,
)
from overt.marks.label.model import LabelPlace, LabelReport, LabelStyle
from overt.rulebook import LabelRules

COUNT_LIMIT = 500
"""The most sheets of a document."""
POINTS = 14.0
_HEAD = 128 << 10
"""Bytes of the first and the last rows that are looked at: the first screen, and where labels stand."""
_TABLE = f"{{{TABLE}}}table"
_ROW, _CELL, _COLUMN = (f"{{{TABLE}}}table-{name}" for name in ("row", "cell", "column"))
# What stands before a table's shapes (part 3, 9.1.2).
_BEFORE = frozenset({"title", "desc", "table-source", "dde-source", "scenario", "forms"})
_PX = 0.75  # Points.
_SHAPES = 200  # Boxes of a sheet that are read.
_FAR = 100  # Repeated rows and columns beyond this are not on the first screen.


def _content(package: Package) -> tuple[Document, list[Element]]:
    """The content without what is inside the tables, and the tables."""
    document = content(package, closed=[_TABLE])
    tables = [each for each in document.children(body(document, "spreadsheet")) if each.name == _TABLE]
    if len(tables) > COUNT_LIMIT:
        raise BudgetError(
            f"the document has {len(tables)} sheets; at most {COUNT_LIMIT} are handled",
            f"文档有 {len(tables)} 张工作表；最多处理 {COUNT_LIMIT} 张",
        )
    return document, tables


def _head(document: Document, table: Element) -> Document:
    """The beginning of a table; places in it count from `table.start`."""
    raw = document.raw[table.start : min(table.stop, table.start + _HEAD)]
    names = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in document.prefixes.items() if prefix)
    # The declarations go into the tag itself, so that its places stay as they are behind them.
    tag = re.match(rb"<[^\s/>]+", raw)
    at = tag.end() if tag else 0
    return xml_places.read(raw[:at] + names.encode() + raw[at:], "table", partial=table.stop - table.start > _HEAD)


def label(data: Buffer, rules: LabelRules, style: LabelStyle) -> Splice:
    """The spreadsheet with the label on every sheet; own ones that are there already are replaced."""
    package = Package(data)
    package.refuse_protected()
    document, tables = _content(package)
    if not tables:
        raise FormatError("the document has no sheets", "文档没有工作表")
    styles = box_styles(document)
    sentences = wording.sentences(rules, style)
    wide, high = extent(sentences, POINTS / _PX)
    changes: list[Change] = []
    for table in tables:
        head = _head(document, table)
        shift = table.start - (len(head.raw) - min(table.stop - table.start, _HEAD))
        grid = _grid(document, head)
        column, row = free_spot(grid, wide, high)
        where = Box(*(each * _PX for each in (grid.lefts[column] + grid.gap, grid.tops[row], wide, high)))
        new = frame(document, sentences, where, POINTS, styles, ' draw:z-index="1000"')
        changes += [(start + shift, stop + shift, text) for start, stop, text in _into(head, new)]
    return write(package, document, [*changes, *with_styles(document, styles)])


def _into(head: Document, new: str) -> Iterator[Change]:
    own = own_frames(head, head.root)
    for number, each in enumerate(own):
        yield each.start, each.stop, "" if number else new
    if own:
        return
    at = head.root.inner
    for each in head.children(head.root):
        if each.local == "shapes":
            yield head.inside(each, new, last=True)
            return
        if each.local not in _BEFORE:
            break
        at = each.stop
    if head.root.is_empty_tag:
        raise FormatError("a sheet has no rows", "工作表没有行")
    tag = re.match(rb"<([^\s/>:]+:)?", head.raw[head.root.start : head.root.inner])
    prefix = (tag[1] or b"").decode() if tag else ""
    yield at, at, f"<{prefix}shapes>{new}</{prefix}shapes>"


def _grid(document: Document, head: Document) -> Grid:
    """The first screen: where its columns and rows begin, and which cells are filled."""
    grid = Grid()
    styles = automatic(document)
    at = 0
    for each in head.named(_COLUMN):
        count = _count(each, "number-columns-repeated")
        width = _size(document, styles.get(each.get(f"{{{TABLE}}}style-name")), "column-width", 85.0)
        grid.set_columns(at, at + count - 1, width)
        at += count
    at = 0
    for each in head.named(_ROW):
        count = _count(each, "number-rows-repeated")
        height = _size(document, styles.get(each.get(f"{{{TABLE}}}style-name")), "row-height", 17.0)
        filled = _filled(head, each, grid, at)
        for number in range(at, min(at + count, at + _FAR)):
            grid.set_row(number, height)
            for column in filled:
                grid.fill(column, number)
        at += count
    shapes = next((each for each in head.children(head.root) if each.local == "shapes"), None)
    for each in head.children(shapes) if shapes else ():
        _cover(grid, each, 0.0, 0.0)
    return grid


def _size(document: Document, style: Element | None, name: str, default: float) -> float:
    """A length of a column or row in pixels."""
    for properties in document.within(style) if style else ():
        if (length := points(properties.get(f"{{{STYLE}}}{name}"))) is not None:
            return length / _PX
    return default


def _filled(head: Document, row: Element, grid: Grid, at: int) -> list[int]:
    """The columns of a row that show something. Drawings that are anchored to its cells are covered at once."""
    found: list[int] = []
    column = 0
    for cell in head.children(row):
        count = _count(cell, "number-columns-repeated")
        if cell.name == _CELL and any(inner.name == f"{{{TEXT}}}p" for inner in head.within(cell)):
            found += range(column, min(column + count, column + _FAR))
        for each in head.children(cell):
            if each.namespace == DRAW and column < len(grid.widths) and at < len(grid.heights):
                _cover(grid, each, grid.lefts[column], grid.tops[at])
        column += count
    return found


def _cover(grid: Grid, shape: Element, left: float, top: float) -> None:
    """Counts the cells below a drawing as filled; its place counts from the sheet's corner or from its cell's."""
    if shape.get(f"{{{DRAW}}}name") == OWN:
        return
    values = [points(shape.get(f"{{{SVG}}}{name}")) for name in ("x", "y", "width", "height")]
    x, y, width, height = (each / _PX if each is not None else 0.0 for each in values)
    left, top = left + x, top + y
    across = [n for n, at in enumerate(grid.lefts[:-1]) if at < left + width and grid.lefts[n + 1] > left]
    down = [n for n, at in enumerate(grid.tops[:-1]) if at < top + height and grid.tops[n + 1] > top]
    if across and down:
        grid.cover(across[0], down[0], across[-1] + 1, down[-1] + 1)


def _count(element: Element, name: str) -> int:
    value = element.get(f"{{{TABLE}}}{name}", "1")
    return max(1, int(value)) if value.isdigit() and len(value) < 9 else 1


def read(data: Buffer, rules: LabelRules) -> LabelReport | None:
    """The label in a box or in the first or last cells of the sheets."""
    package = Package(data)
    package.refuse_encrypted()
    document, tables = _content(package)
    places: list[LabelPlace] = []
    words = ""
    for number, table in enumerate(tables, start=1):
        for lines in _stories(document, table):
            if found := wording.find(lines, rules):
                words = words or found[0]
                places.append(LabelPlace(f"sheet {number}"))
                break
    return LabelReport("document", words, tuple(places)) if places else None


def _stories(document: Document, table: Element) -> Iterator[list[str]]:
    """What a sheet shows, each by itself: its boxes, its first cells, its last ones."""
    names = {uri: prefix.encode() for prefix, uri in document.prefixes.items()}
    text, draw = names.get(TEXT, b"text"), names.get(DRAW, b"draw")
    paragraph = re.compile(rb"<%b:p(?:\s[^<>]*)?(?<!/)>(.*?)</%b:p>" % (text, text), re.DOTALL)
    shape = re.compile(rb"<%b:(frame|custom-shape|rect)(?:\s[^<>]*)?(?<!/)>.*?</%b:\1>" % (draw, draw), re.DOTALL)
    head = document.raw[table.start : min(table.stop, table.start + _HEAD)]
    tail = document.raw[max(table.start + len(head), table.stop - _HEAD) : table.stop]
    for raw in (*(each[0] for each in islice(shape.finditer(head), _SHAPES)), head, tail):
        yield [_plain(each) for each in paragraph.findall(raw)]


def _plain(markup: bytes) -> str:
    return unescape(re.sub(r"<[^>]*>", "", markup.decode("utf-8", "replace")))


def check(data: Buffer, report: LabelReport, rules: LabelRules) -> None:  # noqa: ARG001
    """Raises `ReadBackError` where a sheet has no label."""
    count = len(_content(Package(data))[1])
    if len(report.places) != count:
        raise ReadBackError(
            f"{len(report.places)} of {count} sheets carry a label",
            f"{count} 张工作表中 {len(report.places)} 张带有标识",
        )

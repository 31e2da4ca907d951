"""The label of a workbook: a text box at the beginning of every sheet for the screen, a line in its header for paper.

Source: GB 45438-2025 clause 5.1 through the rulebook; ECMA-376 part 1, 18.3 (worksheets), 18.3.1.46 (headers), 20.5
(spreadsheet drawings). No cell, row or sheet is added or moved: formulas, names and programs that read the workbook
find what they found before (docs/adr/0011). The box lies on the first screen where it covers fewest filled cells, and
is not printed. Chart sheets take the header alone. Binary workbooks (XLSB) are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from overt.errors import BudgetError, FormatError, ReadBackError, UnsupportedError
from overt.formats import xml_places
from overt.formats.ooxml import Package
from overt.formats.ooxml_edits import Edits
from overt.formats.splice import Buffer, Splice
from overt.formats.xml_places import Change, Document, Element, quoted
from overt.language import Language, Text
from overt.marks.label import wording
from overt.marks.label.document.box import Box, extent
from overt.marks.label.document.drawing_ml import OWN, body_properties, of_class, shape_properties, text_body
from overt.marks.label.document.grid import Grid, free_spot
from overt.marks.label.document.xlsx_header import AFTER_DRAWING, HEADERS, before, header, is_true, own_prefix, shown
from overt.marks.label.model import LabelPlace, LabelReport, LabelStyle
from overt.rulebook import LabelRules

SHEET_LIMIT = 64 << 20
"""The longest sheet that is parsed, in bytes: about two million cells."""
STRINGS_LIMIT = 64 << 20
COUNT_LIMIT = 500
"""The most sheets of a workbook."""
POINTS = 14.0
"""The box's type: a quarter more than that of cells."""
_EMU_PX = 9_525
_HEAD = 128 << 10
"""Bytes of the first and the last rows that are looked at: the first screen, and where labels stand."""
_LARGE = 1 << 20
"""Bytes of a sheet whose cells are not parsed to find what stands around them."""
_CELLS = re.compile(rb"<(?:[\w.-]{1,40}:)?sheetData(?:\s[^<>/]{0,200})?>")
_CELLS_END = re.compile(rb"</(?:[\w.-]{1,40}:)?sheetData\s*>")
_DRAWING_TYPE = "application/vnd.openxmlformats-officedocument.drawing+xml"


class Book:
    """The sheets of a workbook in their order."""

    def __init__(self, package: Package) -> None:
        self.edits = Edits(package)
        main = package.related("officeDocument")
        if main is None:
            raise FormatError("the package has no workbook", "文档包中没有工作簿")
        if main.endswith(".bin"):
            raise UnsupportedError(
                "the sheets of this workbook are in Excel's binary form (XLSB)",
                "该工作簿的工作表采用 Excel 二进制格式（XLSB）",
                hint=Text(zh="请另存为 XLSX 或 XLSM 后重试。", en="Save it as XLSX or XLSM, then try again."),
            )
        self.main = main
        document = self.edits.read(main)
        related = self.edits.relations(main)
        self.strings = next((each.part for each in related.values() if each.kind == "sharedStrings"), None)
        self.sheets: list[str] = []
        for each in document.elements:
            if each.local == "sheet" and each.namespace == document.root.namespace:
                key = next((value for name, value in each.attributes.items() if name.endswith("}id")), "")
                if key not in related:
                    raise FormatError("a sheet of the workbook is missing", "工作簿缺少一张工作表")
                self.sheets.append(related[key].part)
        if len(self.sheets) > COUNT_LIMIT:
            raise BudgetError(
                f"the workbook has {len(self.sheets)} sheets; at most {COUNT_LIMIT} are handled",
                f"工作簿有 {len(self.sheets)} 张工作表；最多处理 {COUNT_LIMIT} 张",
            )

    def sheet(self, part: str) -> Document:
        """A sheet down to the children of its root, and of its header and drawing."""
        raw = self.edits.raw(part, SHEET_LIMIT)
        outline = xml_places.read(raw[:_HEAD], part, depth=1, partial=True)
        names = [f"{{{outline.root.namespace}}}{name}" for name in (*HEADERS, "oddFooter", "evenFooter", "firstFooter")]
        if (cells := _cells(raw)) is not None:
            return xml_places.read_around(raw, part, cells, text_of=names)
        body = f"{{{outline.root.namespace}}}sheetData"
        return self.edits.read(part, SHEET_LIMIT, text_of=names, closed=[body])

    def drawing(self, part: str, sheet: Document) -> str | None:
        """The part with a sheet's drawing."""
        element = next((each for each in sheet.children(sheet.root) if each.local == "drawing"), None)
        if element is None:
            return None
        key = next((value for name, value in element.attributes.items() if name.endswith("}id")), "")
        relation = self.edits.relations(part).get(key)
        if relation is None:
            raise FormatError("a sheet's drawing is missing", "工作表缺少绘图部件")
        return relation.part


def _cells(raw: bytes) -> range | None:
    """Where the cells of a large sheet are, if its bytes leave no doubt: one element, nothing that could feign it."""
    if len(raw) < _LARGE or any(each in raw for each in (b"<!", b"]]>", b"\0")):
        return None
    starts = [match.end() for match in _CELLS.finditer(raw)]
    ends = [match.start() for match in _CELLS_END.finditer(raw)]
    return range(starts[0], ends[0]) if len(starts) == len(ends) == 1 and starts[0] <= ends[0] else None


def label(data: Buffer, rules: LabelRules, style: LabelStyle) -> Splice:
    """The workbook with the label on every sheet; own ones that are there already are replaced."""
    package = Package(data)
    package.refuse_signed()
    book = Book(package)
    if not book.sheets:
        raise FormatError("the workbook has no sheets", "工作簿没有工作表")
    sentences = wording.sentences(rules, style)
    for part in dict.fromkeys(book.sheets):
        sheet = book.sheet(part)
        changes = list(header(sheet, sentences, rules))
        if sheet.root.local == "worksheet":
            changes += _box(book, part, sheet, sentences)
        book.edits.change(part, sheet, changes)
    return book.edits.splice()


# ── the box ──────────────────────────────────────────────────────────────────────────────────────────


def _box(book: Book, part: str, sheet: Document, sentences: list[tuple[Language, str]]) -> Iterator[Change]:
    """Puts the box into the sheet's drawing; the change relates a sheet without one to a new drawing."""
    wide, high = extent(sentences, POINTS * 96 / 72)
    ml = of_class(sheet.root.namespace)
    target = book.drawing(part, sheet)
    if target is not None:
        drawing = book.edits.read(target)
        grid = _grid(sheet, _anchored(drawing))
        new = _anchor(drawing, ml, grid, free_spot(grid, wide, high), sentences)
        book.edits.change(target, drawing, _into(drawing, new))
        return
    grid = _grid(sheet, [])
    empty = f'<xdr:wsDr xmlns:xdr="{ml}spreadsheetDrawing" xmlns:a="{ml}main"></xdr:wsDr>'.encode()
    drawing = xml_places.read(b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' + empty, "drawing")
    new = _anchor(drawing, ml, grid, free_spot(grid, wide, high), sentences)
    target = book.edits.unused("xl/drawings/drawing{}.xml")
    book.edits.add(target, xml_places.apply(drawing.raw, _into(drawing, new)), _DRAWING_TYPE)
    strict = sheet.root.namespace.startswith("http://purl.oclc.org/")
    relations = (
        "http://purl.oclc.org/ooxml/officeDocument/relationships"
        if strict
        else "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    )
    key = book.edits.relate(part, f"{relations}/drawing", target)
    main = own_prefix(sheet)
    r, declared = sheet.prefix(relations, "r")
    yield before(sheet, AFTER_DRAWING, f"<{main}drawing{declared} {r}id={quoted(key)}/>")


def _into(drawing: Document, new: str) -> Iterator[Change]:
    own = [each for each in drawing.children(drawing.root) if _is_own(drawing, each)]
    for number, each in enumerate(own):
        yield each.start, each.stop, "" if number else new
    if not own:
        yield drawing.inside(drawing.root, new, last=True)


def _is_own(drawing: Document, anchor: Element) -> bool:
    return any(each.local == "cNvPr" and each.get("name") == OWN for each in drawing.within(anchor))


def _anchor(
    drawing: Document, ml: str, grid: Grid, spot: tuple[int, int], sentences: list[tuple[Language, str]]
) -> str:
    """The box, anchored at a cell so that it stays where it is when rows grow."""
    column, row = spot
    wide, high = extent(sentences, POINTS * 96 / 72)
    x, y = grid.lefts[column] + grid.gap, grid.tops[row]
    size = Box(x * _EMU_PX, y * _EMU_PX, wide * _EMU_PX, high * _EMU_PX)
    xdr, xdr_declared = drawing.prefix(f"{ml}spreadsheetDrawing", "xdr")
    a, a_declared = drawing.prefix(f"{ml}main", "a")
    used = [each for each in drawing.elements if each.local == "cNvPr" and each.get("name") != OWN]
    number = max(
        (int(each.get("id")) for each in used if each.get("id").isdigit() and len(each.get("id")) < 10), default=1
    )
    words = " ".join(text for _, text in sentences)
    return (
        f"<{xdr}oneCellAnchor{xdr_declared}{a_declared}><{xdr}from><{xdr}col>{column}</{xdr}col>"
        f"<{xdr}colOff>{round(grid.gap * _EMU_PX)}</{xdr}colOff><{xdr}row>{row}</{xdr}row><{xdr}rowOff>0</{xdr}rowOff>"
        f'</{xdr}from><{xdr}ext cx="{round(size.width)}" cy="{round(size.height)}"/><{xdr}sp macro="" textlink="">'
        f'<{xdr}nvSpPr><{xdr}cNvPr id="{number + 1}" name="{OWN}" descr={quoted(words)}/><{xdr}cNvSpPr txBox="1"/>'
        f"</{xdr}nvSpPr><{xdr}spPr>{shape_properties(a, size, _EMU_PX)}</{xdr}spPr>"
        f"<{xdr}txBody>{body_properties(a)}{text_body(a, sentences, POINTS)}</{xdr}txBody></{xdr}sp>"
        f'<{xdr}clientData fPrintsWithSheet="0"/></{xdr}oneCellAnchor>'
    )


def _anchored(drawing: Document) -> list[tuple[int, int, int, int]]:
    """The cells that other drawings cover: left, top, right, bottom."""
    found = []
    for anchor in drawing.children(drawing.root):
        if _is_own(drawing, anchor):
            continue
        raw = drawing.raw[anchor.start : anchor.stop]
        corners = [int(each) for each in re.findall(rb"<(?:\w+:)?(?:col|row)>\s*([0-9]{1,7})\s*<", raw)[:4]]
        if len(corners) == 2:
            corners += [corners[0] + 6, corners[1] + 15]  # One corner and a size: about that many cells.
        if len(corners) == 4:
            found.append((corners[0], corners[1], corners[2] + 1, corners[3] + 1))
    return found


def _grid(sheet: Document, drawings: list[tuple[int, int, int, int]]) -> Grid:
    """The first screen: where its columns and rows begin, and which cells are filled."""
    parts = {each.local: each for each in sheet.children(sheet.root)}
    grid = Grid()
    if columns := parts.get("cols"):
        for each in sheet.children(columns):
            width = 0.0 if is_true(each, "hidden") else _float(each, "width", 8.43) * 7 + 5
            grid.set_columns(_int(each, "min") - 1, _int(each, "max") - 1, width)
    if (body := parts.get("sheetData")) is not None:
        for number, (row, cells) in enumerate(_rows(sheet, body, _head_of(sheet, body))):
            at = _int(row, "r", number + 1) - 1
            if row.get("ht") or is_true(row, "hidden"):
                grid.set_row(at, 0.0 if is_true(row, "hidden") else _float(row, "ht", 15) * 96 / 72)
            for index, cell in enumerate(cells):
                grid.fill(_column(cell.get("r"), index), at)
    for left, top, right, bottom in drawings:
        grid.cover(left, top, right, bottom)
    return grid


def _int(element: Element, name: str, default: int = 1) -> int:
    value = element.get(name)
    return int(value) if value.isdigit() and len(value) < 9 else default


def _float(element: Element, name: str, default: float) -> float:
    value = element.get(name)
    return float(value) if re.fullmatch(r"[0-9]{1,4}(?:\.[0-9]{1,20})?", value) else default


def _column(reference: str, default: int) -> int:
    letters = re.match(r"[A-Z]{1,3}", reference)
    if not letters:
        return default
    number = 0
    for letter in letters[0]:
        number = number * 26 + ord(letter) - 64
    return number - 1


# ── rows ─────────────────────────────────────────────────────────────────────────────────────────────


def _head_of(sheet: Document, body: Element) -> bytes:
    """The first rows, up to the last one that is whole."""
    raw = sheet.raw[body.inner : body.end]
    if len(raw) <= _HEAD:
        return raw
    ends = list(re.finditer(rb"</(?:\w+:)?row\s*>", raw[:_HEAD]))
    return raw[: ends[-1].end()] if ends else b""


def _tail_of(sheet: Document, body: Element) -> bytes:
    raw = sheet.raw[body.inner : body.end]
    if len(raw) <= _HEAD:
        return b""
    start = re.search(rb"<(?:\w+:)?row[\s>]", raw[-_HEAD:])
    return raw[len(raw) - _HEAD + start.start() :] if start else b""


def _rows(sheet: Document, body: Element, raw: bytes) -> Iterator[tuple[Element, list[Element]]]:
    """Some rows of a sheet with the cells that show something; their `text` is the value as it stands there."""
    names = (f" xmlns{':' + prefix if prefix else ''}={quoted(uri)}" for prefix, uri in sheet.prefixes.items())
    wrapped = f"<rows{''.join(names)}>".encode() + raw + b"</rows>"
    space = f"{{{body.namespace}}}"
    part = xml_places.read(wrapped, "rows", depth=5, text_of=[f"{space}v", f"{space}is", f"{space}t"])
    for row in part.children(part.root):
        cells = [each for each in part.children(row) if each.local == "c"]
        for cell in cells:
            cell.text = "".join(each.text for each in part.children(cell) if each.local in ("v", "is"))
        yield row, [cell for cell in cells if cell.text or any(each.local == "f" for each in part.children(cell))]


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────


def read(data: Buffer, rules: LabelRules) -> LabelReport | None:
    """The label in a box, a header or the first or last cells of the sheets."""
    book = Book(Package(data))
    places: list[LabelPlace] = []
    words = ""
    for number, part in enumerate(book.sheets, start=1):
        sheet = book.sheet(part)
        for lines in _stories(book, part, sheet):
            if found := wording.find(lines, rules):
                words = words or found[0]
                places.append(LabelPlace(f"sheet {number}"))
                break
    return LabelReport("document", words, tuple(places)) if places else None


def _stories(book: Book, part: str, sheet: Document) -> Iterator[list[str]]:
    """What a sheet shows, each kind by itself: boxes, headers and footers, cells."""
    target = book.drawing(part, sheet)
    if target is not None and sheet.root.local != "chartsheet":
        outline = book.edits.read(target)
        name = f"{{{of_class(outline.root.namespace)}main}}p"
        drawing = book.edits.read(target, text_of=[name])
        for anchor in drawing.children(drawing.root):
            yield [" ".join(each.text.split()) for each in drawing.within(anchor) if each.name == name]
    for each in sheet.elements:
        if each.text:
            yield shown(each.text)

    body = next((each for each in sheet.children(sheet.root) if each.local == "sheetData"), None)
    if body is not None:
        strings = _Strings(book)
        for raw in (_head_of(sheet, body), _tail_of(sheet, body)):
            yield [strings.of(cell) for _, cells in _rows(sheet, body, raw) for cell in cells]


class _Strings:
    """The strings that cells share, read when a cell first needs one."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.texts: list[str] | None = None

    def of(self, cell: Element) -> str:
        """What a cell shows."""
        if cell.get("t") != "s":
            return cell.text
        if self.texts is None:
            self.texts = self._read()
        number = int(cell.text) if cell.text.isdigit() and len(cell.text) < 9 else -1
        return self.texts[number] if 0 <= number < len(self.texts) else ""

    def _read(self) -> list[str]:
        if self.book.strings is None:
            return []
        raw = self.book.edits.raw(self.book.strings, STRINGS_LIMIT)
        outline = xml_places.read(raw[:_HEAD], self.book.strings, depth=1, partial=True)
        name = f"{{{outline.root.namespace}}}si"
        document = self.book.edits.read(self.book.strings, STRINGS_LIMIT, depth=2, text_of=[name])
        return [" ".join(each.text.split()) for each in document.named(name)]


def check(data: Buffer, report: LabelReport, rules: LabelRules) -> None:  # noqa: ARG001
    """Raises `ReadBackError` where a sheet has no label."""
    count = len(Book(Package(data)).sheets)
    if len(report.places) != count:
        raise ReadBackError(
            f"{len(report.places)} of {count} sheets carry a label",
            f"{count} 张工作表中 {len(report.places)} 张带有标识",
        )

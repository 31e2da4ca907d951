"""Small documents in packages: workbooks, presentations, OpenDocument files and books, as other programs write them."""

from __future__ import annotations

import io
import zipfile

import openpyxl
from openpyxl.chart import BarChart, Reference
from pptx import Presentation

ODF = "urn:oasis:names:tc:opendocument:xmlns:"
NAMES = (
    f'xmlns:office="{ODF}office:1.0" xmlns:style="{ODF}style:1.0" xmlns:text="{ODF}text:1.0" '
    f'xmlns:table="{ODF}table:1.0" xmlns:draw="{ODF}drawing:1.0" xmlns:fo="{ODF}xsl-fo-compatible:1.0" '
    f'xmlns:svg="{ODF}svg-compatible:1.0" xmlns:presentation="{ODF}presentation:1.0" xmlns:meta="{ODF}meta:1.0" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" office:version="1.3"'
)
XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
TITLE, WORDS = "标题 Title", "一段文字。"


def zipped(parts: dict[str, str | bytes | None], *, first: str | None = None) -> bytes:
    """An archive of these parts; the one named `first` comes first and is stored. Parts that are None are left out."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in sorted(parts.items(), key=lambda part: part[0] != first):
            if body is not None:
                method = zipfile.ZIP_STORED if name == first else zipfile.ZIP_DEFLATED
                archive.writestr(zipfile.ZipInfo(name, (2001, 2, 3, 4, 5, 6)), body, method)
    return target.getvalue()


def parts(data: bytes) -> dict[str, bytes]:
    """Every part of an archive, checked."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def changed(before: bytes, after: bytes) -> set[str]:
    """The names of the parts that differ or are new; none may be missing."""
    old, new = parts(before), parts(after)
    assert old.keys() <= new.keys()
    return {name for name in new if old.get(name) != new[name]}


# ── Office Open XML ──────────────────────────────────────────────────────────────────────────────────


def workbook() -> bytes:
    """Two sheets with formulas across them, a chart, a header of its own."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "数据"
    sheet.append(["名称", "数量", "价格", "合计"])
    for row in range(2, 12):
        sheet.append([f"项目{row}", row, row * 1.5, f"=B{row}*C{row}"])
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=2, min_row=1, max_row=11), titles_from_data=True)
    sheet.add_chart(chart, "G5")
    other = book.create_sheet("汇总")
    other["A1"] = "=SUM('数据'!D2:D11)"
    other.oddHeader.center.text = "原页眉"
    other.oddHeader.left.text = "左"
    return _saved(book)


def presentation(*, wide: bool = False) -> bytes:
    """Three slides: a title, points, nothing."""
    deck = Presentation()
    if wide:
        deck.slide_width, deck.slide_height = 12_192_000, 6_858_000
    slide = deck.slides.add_slide(deck.slide_layouts[0])
    slide.shapes.title.text, slide.placeholders[1].text = TITLE, WORDS
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text, slide.placeholders[1].text = "第二页", "要点一\n要点二"
    deck.slides.add_slide(deck.slide_layouts[6])
    return _saved(deck)


def _saved(document) -> bytes:
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


# ── OpenDocument ─────────────────────────────────────────────────────────────────────────────────────

META = (
    f"{XML}<office:document-meta {NAMES}><office:meta><meta:generator>Some/1.0</meta:generator>"
    "<dc:title>标题 &amp; mehr</dc:title><dc:creator>某人</dc:creator>{}</office:meta></office:document-meta>"
)
STYLES = (
    f"{XML}<office:document-styles {NAMES}><office:styles/><office:automatic-styles>"
    '<style:page-layout style:name="PM"><style:page-layout-properties fo:page-width="25.4cm" fo:page-height="19.05cm"/>'
    '</style:page-layout></office:automatic-styles><office:master-styles><style:master-page style:name="Standard" '
    'style:page-layout-name="PM"/></office:master-styles></office:document-styles>'
)
TYPE = "application/vnd.oasis.opendocument."
_MANIFEST = (
    f'{XML}<manifest:manifest xmlns:manifest="{ODF}manifest:1.0" manifest:version="1.3">'
    '<manifest:file-entry manifest:full-path="/" manifest:media-type="{}"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
    '<manifest:file-entry manifest:full-path="styles.xml" manifest:media-type="text/xml"/>'
    '<manifest:file-entry manifest:full-path="meta.xml" manifest:media-type="text/xml"/>{}</manifest:manifest>'
)
_TEXT = f'<text:h text:outline-level="1">{TITLE}</text:h><text:p>{WORDS}</text:p>'
_ROW = "<table:table-row>{}</table:table-row>"
_CELL = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
_PAGE = (
    '<draw:page draw:name="{0}" draw:master-page-name="Standard"><draw:frame svg:x="2cm" svg:y="2cm" svg:width="20cm" '
    'svg:height="3cm"><draw:text-box><text:p>{0}</text:p></draw:text-box></draw:frame>{1}</draw:page>'
)


def table(rows: int = 3, columns: int = 3, name: str = "一") -> str:
    """A table of an OpenDocument spreadsheet."""
    lines = (_ROW.format("".join(_CELL.format(f"r{row}c{column}") for column in range(columns))) for row in range(rows))
    return (
        f'<table:table table:name="{name}"><table:table-column table:number-columns-repeated="{columns}"/>'
        f"{''.join(lines)}</table:table>"
    )


BODIES = {
    "text": f'<text:sequence-decls><text:sequence-decl text:display-outline-level="0" text:name="Table"/>'
    f"</text:sequence-decls>{_TEXT}",
    "spreadsheet": table() + table(40, 30, "二"),
    "presentation": _PAGE.format(TITLE, "") + _PAGE.format("第二页", "<presentation:notes/>"),
}


def odf(
    kind: str,
    body: str | None = None,
    *,
    styles: str = "",
    meta: str | None = "",
    manifest: str = "",
    media_type: str | None = None,
    extra: dict[str, str | bytes | None] | None = None,
) -> bytes:
    """An OpenDocument file of a kind: "text", "spreadsheet" or "presentation"."""
    media_type = media_type or TYPE + kind
    content = (
        f"{XML}<office:document-content {NAMES}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:{kind}>{BODIES[kind] if body is None else body}</office:{kind}></office:body>"
        "</office:document-content>"
    )
    everything: dict[str, str | bytes | None] = {
        "mimetype": media_type,
        "content.xml": content,
        "styles.xml": STYLES,
        "meta.xml": None if meta is None else META.format(meta),
        "META-INF/manifest.xml": _MANIFEST.format(media_type, manifest),
        **(extra or {}),
    }
    return zipped(everything, first="mimetype")


# ── EPUB ─────────────────────────────────────────────────────────────────────────────────────────────

CONTAINER = (
    f'{XML}<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile '
    'full-path="OEBPS/content.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)
PACKAGE = (
    f'{XML}<package xmlns="http://www.idpf.org/2007/opf" version="{{version}}" unique-identifier="id"{{attributes}}>'
    '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="id">urn:uuid:1</dc:identifier>'
    "<dc:title>一本书</dc:title><dc:language>zh</dc:language><dc:creator>某人</dc:creator>{metadata}</metadata>"
    '<manifest><item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
    '<item id="a" href="a.xhtml" media-type="application/xhtml+xml"/>'
    '<item id="b" href="text/b%20.xhtml" media-type="application/xhtml+xml"/></manifest>'
    '<spine><itemref idref="a"/><itemref idref="b"/></spine></package>'
)
CHAPTER = (
    f'{XML}<!DOCTYPE html>\n<html xmlns="http://www.w3.org/1999/xhtml"><head><title>章</title></head>'
    f"<body><h1>{TITLE}</h1><p>{WORDS}</p></body></html>"
)
MODIFIED = '<meta property="dcterms:modified">2026-01-01T00:00:00Z</meta>'


def epub(
    metadata: str = MODIFIED,
    *,
    version: str = "3.0",
    attributes: str = "",
    extra: dict[str, str | bytes | None] | None = None,
) -> bytes:
    """A book with two chapters and a table of contents."""
    everything: dict[str, str | bytes | None] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER,
        "OEBPS/content.opf": PACKAGE.format(version=version, attributes=attributes, metadata=metadata),
        "OEBPS/nav.xhtml": CHAPTER,
        "OEBPS/a.xhtml": CHAPTER,
        "OEBPS/text/b .xhtml": CHAPTER,
        **(extra or {}),
    }
    return zipped(everything, first="mimetype")


MAKERS = {
    "xlsx": workbook,
    "pptx": presentation,
    "odt": lambda: odf("text"),
    "ods": lambda: odf("spreadsheet"),
    "odp": lambda: odf("presentation"),
    "epub": epub,
}

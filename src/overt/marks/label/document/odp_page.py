"""The label of an OpenDocument presentation: a text box on every page, of a picture's size on the first one.

Source: GB 45438-2025 clauses 5.1 and 5.2 through the rulebook; OASIS ODF 1.3 part 3, 10.2.4 (pages) and 10.4 (frames).
The rule for size and place is that of `overt.marks.label.document.pptx_slide`. A box is known as our own by its name.
"""

from __future__ import annotations

from collections.abc import Iterator

from overt.errors import BudgetError, FormatError, ReadBackError
from overt.formats import xml_places
from overt.formats.odf import Package
from overt.formats.splice import Buffer, Splice
from overt.formats.xml_places import Change, Document, Element
from overt.marks.label import wording
from overt.marks.label.document.box import Box, em_for, extent, ink_of, spot
from overt.marks.label.document.odf_markup import (
    CONTENT_LIMIT,
    DRAW,
    FO,
    PRESENTATION,
    STYLE,
    SVG,
    TEXT,
    body,
    box_styles,
    content,
    font_size,
    frame,
    own_frames,
    points,
    with_styles,
    write,
)
from overt.marks.label.document.pdf_page import GLYPH_RATIO
from overt.marks.label.model import LabelPlace, LabelReport, LabelStyle
from overt.rulebook import LabelRules

PAGE_LIMIT = 2_000
"""The most pages that are labelled or read."""
_PARAGRAPHS = (f"{{{TEXT}}}p", f"{{{TEXT}}}h")
_DEFAULT_SIZE = (793.7, 446.5)  # Points; 28 by 15.75 cm, what LibreOffice takes.


def _pages(document: Document) -> list[Element]:
    pages = [each for each in document.children(body(document, "presentation")) if each.name == f"{{{DRAW}}}page"]
    if len(pages) > PAGE_LIMIT:
        raise BudgetError(
            f"the presentation has {len(pages)} pages; at most {PAGE_LIMIT} are handled",
            f"演示文稿有 {len(pages)} 页；最多处理 {PAGE_LIMIT} 页",
        )
    return pages


def _sizes(package: Package) -> dict[str, tuple[float, float]]:
    """Width and height in points of the pages of each master, by its name."""
    if "styles.xml" not in package.archive.by_name:
        return {}
    document = xml_places.read(package.raw("styles.xml", CONTENT_LIMIT), "styles.xml")
    layouts: dict[str, tuple[float, float]] = {}
    for layout in document.named(f"{{{STYLE}}}page-layout"):
        for each in document.children(layout):
            width, height = (points(each.get(f"{{{FO}}}page-{side}")) for side in ("width", "height"))
            if width and height and min(width, height) > 0:
                layouts[layout.get(f"{{{STYLE}}}name")] = width, height
    masters = document.named(f"{{{STYLE}}}master-page")
    return {
        each.get(f"{{{STYLE}}}name"): layouts.get(each.get(f"{{{STYLE}}}page-layout-name"), _DEFAULT_SIZE)
        for each in masters
    }


def _size_of(page: Element, sizes: dict[str, tuple[float, float]]) -> tuple[float, float]:
    return sizes.get(page.get(f"{{{DRAW}}}master-page-name"), _DEFAULT_SIZE)


def label(data: Buffer, rules: LabelRules, style: LabelStyle) -> Splice:
    """The presentation with the label on every page; own ones that are there already are replaced."""
    package = Package(data)
    package.refuse_protected()
    document = content(package)
    sizes, styles = _sizes(package), box_styles(document)
    sentences = wording.sentences(rules, style)
    changes: list[Change] = []
    pages = _pages(document)
    if not pages:
        raise FormatError("the presentation has no pages", "演示文稿没有页面")
    for number, page in enumerate(pages):
        size = _size_of(page, sizes)
        ratio = rules.glyph_height_ratio.value if number == 0 else GLYPH_RATIO
        em = em_for(ratio, min(size), rules.reference_glyph.value)
        where = spot(size, extent(sentences, em), _occupied(document, page), style.position)[1]
        changes += _into(document, page, frame(document, sentences, where, em, styles, ' draw:layer="layout"'))
    changes += with_styles(document, styles)
    return write(package, document, changes)


def _into(document: Document, page: Element, new: str) -> Iterator[Change]:
    own = own_frames(document, page)
    for number, each in enumerate(own):
        yield each.start, each.stop, "" if number else new
    if own:
        return
    # Shapes come before the animations and the notes of a page.
    for each in document.children(page):
        if each.namespace.rpartition(":xmlns:")[2] == "animation:1.0" or each.name in (
            f"{{{PRESENTATION}}}notes",
            f"{{{PRESENTATION}}}animations",
        ):
            yield each.start, each.start, new
            return
    yield document.inside(page, new, last=True)


def _occupied(document: Document, page: Element) -> Iterator[Box]:
    own = own_frames(document, page)
    for each in document.children(page):
        if each.namespace != DRAW or each in own:
            continue
        values = [points(each.get(f"{{{SVG}}}{name}")) for name in ("x", "y", "width", "height")]
        left, top, width, height = values
        if left is not None and top is not None and width is not None and height is not None:
            yield Box(left, top, width, height)


def read(data: Buffer, rules: LabelRules) -> LabelReport | None:
    """The label on the pages, with the size of its letters on the first page that carries it."""
    package = Package(data)
    package.refuse_encrypted()
    document = content(package, text_of=_PARAGRAPHS)
    sizes = _sizes(package)
    places: list[LabelPlace] = []
    words, ratio = "", 0.0
    for number, page in enumerate(_pages(document), start=1):
        lines = [each for each in _shown(document, page) if each.name in _PARAGRAPHS]
        found = wording.find([" ".join(each.text.split()) for each in lines], rules)
        if found is None:
            continue
        places.append(LabelPlace(f"slide {number}"))
        if not words:
            words = found[0]
            size = next((font_size(document, each) for each in lines if found[0] in " ".join(each.text.split())), None)
            ratio = (size or 0.0) * ink_of(rules.reference_glyph.value) / min(_size_of(page, sizes))
    measures = {"glyph_height_ratio": round(ratio, 4)} if ratio else {}
    return LabelReport("document", words, tuple(places), measures) if places else None


def _shown(document: Document, page: Element) -> Iterator[Element]:
    """What stands on the page itself, without its notes."""
    notes = next((each for each in document.children(page) if each.name == f"{{{PRESENTATION}}}notes"), None)
    for each in document.within(page):
        if notes is None or not notes.start <= each.start < notes.stop:
            yield each


def check(data: Buffer, report: LabelReport, rules: LabelRules) -> None:
    """Raises `ReadBackError` where a page has no label, or the first one a smaller one than the clause asks for."""
    count, told = len(_pages(content(Package(data)))), len(report.places)
    ratio = report.measures.get("glyph_height_ratio", 0.0)
    if told != count or ratio < rules.glyph_height_ratio.value:
        raise ReadBackError(
            f"{told} of {count} pages carry a label; the glyphs of the first have {ratio:.2%} of the shorter side",
            f"{count} 页中 {told} 页带有标识；首页字高为短边的 {ratio:.2%}",
        )

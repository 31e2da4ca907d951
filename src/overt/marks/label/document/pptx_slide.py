"""The label of a presentation: a text box on every slide, of a picture's size on the first one.

Source: GB 45438-2025 clauses 5.1 and 5.2 through the rulebook; ECMA-376 part 1, 19.3 (slides), 21.1 (DrawingML).
It stands on the slides themselves, since a layout may hide what its master draws and a copied slide leaves it behind.
A box is known as our own by its name. All other bytes of a slide stay. Text in pictures is not read.
"""

from __future__ import annotations

from collections.abc import Iterator

from overt.errors import BudgetError, FormatError, ReadBackError
from overt.formats import xml_places
from overt.formats.ooxml import Package
from overt.formats.ooxml_edits import Edits
from overt.formats.splice import Buffer, Splice
from overt.formats.xml_places import Change, Document, Element, quoted
from overt.language import Language
from overt.marks.label import wording
from overt.marks.label.document.box import Box, em_for, extent, ink_of, spot
from overt.marks.label.document.drawing_ml import OWN, body_properties, of_class, shape_properties, text_body
from overt.marks.label.document.pdf_page import GLYPH_RATIO
from overt.marks.label.model import LabelPlace, LabelReport, LabelStyle
from overt.rulebook import LabelRules

SLIDE_LIMIT = 2_000
"""The most slides that are labelled or read."""
PART_LIMIT = 32 << 20
"""The longest slide that is parsed; charts and pictures are parts of their own."""
_EMU_PT = 12_700


def _main(document: Document) -> str:
    return of_class(document.root.namespace) + "main"


class Deck:
    """The slides of a presentation in their order."""

    def __init__(self, package: Package) -> None:
        self.edits = Edits(package)
        main = package.related("officeDocument")
        if main is None:
            raise FormatError("the package has no presentation", "文档包中没有演示文稿")
        self.document = self.edits.read(main)
        related = self.edits.relations(main)
        self.slides: list[str] = []
        for each in self.document.elements:
            if each.local == "sldId" and each.namespace == self.document.root.namespace:
                key = next((value for name, value in each.attributes.items() if name.endswith("}id")), "")
                if key not in related:
                    raise FormatError("a slide of the presentation is missing", "演示文稿缺少一张幻灯片")
                self.slides.append(related[key].part)
        if len(self.slides) > SLIDE_LIMIT:
            raise BudgetError(
                f"the presentation has {len(self.slides)} slides; at most {SLIDE_LIMIT} are handled",
                f"演示文稿有 {len(self.slides)} 张幻灯片；最多处理 {SLIDE_LIMIT} 张",
            )
        size = next((each for each in self.document.elements if each.local == "sldSz"), None)
        self.size = (_number(size, "cx", 9_144_000), _number(size, "cy", 6_858_000))
        if min(self.size) <= 0:
            raise FormatError("the slides have no size", "幻灯片没有尺寸")

    def slide(self, part: str) -> Document:
        """One slide, with the text of its paragraphs."""
        document = xml_places.read(self.edits.raw(part, PART_LIMIT)[:4096], part, depth=1, partial=True)
        return self.edits.read(part, PART_LIMIT, text_of=[f"{{{_main(document)}}}p"])


def _number(element: Element | None, name: str, default: int = 0) -> int:
    value = element.get(name) if element is not None else ""
    return int(value) if value.removeprefix("-").isdigit() and len(value) < 12 else default


def label(data: Buffer, rules: LabelRules, style: LabelStyle) -> Splice:
    """The presentation with the label on every slide; own ones that are there already are replaced."""
    package = Package(data)
    package.refuse_signed()
    deck = Deck(package)
    if not deck.slides:
        raise FormatError("the presentation has no slides", "演示文稿没有幻灯片")
    sentences = wording.sentences(rules, style)
    for number, part in enumerate(dict.fromkeys(deck.slides)):
        document = deck.slide(part)
        ratio = rules.glyph_height_ratio.value if number == 0 else GLYPH_RATIO
        em = em_for(ratio, min(deck.size), rules.reference_glyph.value)
        where = spot(deck.size, extent(sentences, em), _occupied(deck, part, document), style.position)[1]
        deck.edits.change(part, document, _changes(document, sentences, where, em / _EMU_PT))
    return deck.edits.splice()


def _tree(document: Document) -> Element:
    for element in document.elements:
        if element.local == "spTree" and element.depth == 2:
            return element
    raise FormatError("a slide has no shape tree", "幻灯片没有形状树")


def _changes(document: Document, sentences: list[tuple[Language, str]], where: Box, points: float) -> Iterator[Change]:
    tree = _tree(document)
    own = [each for each in document.children(tree) if _name_of(document, each) == OWN]
    inside = [each for each in document.within(own[0]) if each.local == "cNvPr"] if own else []
    used = (_number(each, "id") for each in document.elements if each.local == "cNvPr")
    number = _number(inside[0], "id", 2) if inside else max(used, default=1) + 1
    new = _shape(document, sentences, where, points, number)
    for index, each in enumerate(own):
        yield each.start, each.stop, "" if index else new
    if not own:
        last = next((each for each in document.children(tree) if each.local == "extLst"), None)
        yield (last.start, last.start, new) if last else document.inside(tree, new, last=True)


def _shape(document: Document, sentences: list[tuple[Language, str]], where: Box, points: float, number: int) -> str:
    p, p_declared = document.prefix(document.root.namespace, "p")
    a, a_declared = document.prefix(_main(document), "a")
    words = " ".join(text for _, text in sentences)
    return (
        f'<{p}sp{p_declared}{a_declared}><{p}nvSpPr><{p}cNvPr id="{number}" name="{OWN}" descr={quoted(words)}/>'
        f'<{p}cNvSpPr txBox="1"/><{p}nvPr userDrawn="1"/></{p}nvSpPr>'
        f"<{p}spPr>{shape_properties(a, where, 9525)}</{p}spPr>"
        f"<{p}txBody>{body_properties(a)}{text_body(a, sentences, points)}</{p}txBody></{p}sp>"
    )


def _name_of(document: Document, shape: Element) -> str:
    """The name of a shape: that of the first cNvPr inside it."""
    return next((each.get("name") for each in document.within(shape) if each.local == "cNvPr"), "")


def _occupied(deck: Deck, part: str, document: Document) -> list[Box]:
    """Where the slide's own shapes are; a placeholder without a place has that of its layout or master."""
    layout = next((r.part for r in deck.edits.relations(part).values() if r.kind == "slideLayout"), None)
    master = None
    if layout:
        master = next((r.part for r in deck.edits.relations(layout).values() if r.kind == "slideMaster"), None)
    inherited = [_placeholders(deck.edits.read(each, PART_LIMIT)) for each in (layout, master) if each]
    boxes = []
    for shape in document.children(_tree(document)):
        if _name_of(document, shape) == OWN:
            continue
        box, key = _box(document, shape), _placeholder(document, shape)
        for known in inherited:
            if box is None and key is not None:
                box = known.get(key) or known.get((key[0], "")) or known.get(("", key[1]) if key[1] else ("", "?"))
        if box is not None:
            boxes.append(box)
    return boxes


def _placeholders(document: Document) -> dict[tuple[str, str], Box]:
    found: dict[tuple[str, str], Box] = {}
    for shape in document.children(_tree(document)):
        box, key = _box(document, shape), _placeholder(document, shape)
        if box is not None and key is not None:
            for each in (key, (key[0], ""), ("", key[1])):
                found.setdefault(each, box)
    return found


def _placeholder(document: Document, shape: Element) -> tuple[str, str] | None:
    for each in document.within(shape):
        if each.local == "ph":
            kind = {"ctrTitle": "title", "subTitle": "body", "obj": "body", "": "body"}.get(
                each.get("type"), each.get("type")
            )
            return kind, each.get("idx")
    return None


def _box(document: Document, shape: Element) -> Box | None:
    """The place of a shape on its slide; of a group, that of the whole."""
    for each in document.within(shape):
        if each.local == "xfrm":
            parts = {child.local: child for child in document.children(each)}
            off, ext = parts.get("off"), parts.get("ext")
            if off is None or ext is None:
                return None
            return Box(_number(off, "x"), _number(off, "y"), _number(ext, "cx"), _number(ext, "cy"))
    return None


def read(data: Buffer, rules: LabelRules) -> LabelReport | None:
    """The label on the slides, with the size of its letters on the first slide that carries it."""
    deck = Deck(Package(data))
    places: list[LabelPlace] = []
    words, ratio = "", None
    for number, part in enumerate(deck.slides, start=1):
        document = deck.slide(part)
        lines = list(_shown(document))
        found = wording.find([" ".join(line.text.split()) for line in lines], rules)
        if found is None:
            continue
        places.append(LabelPlace(f"slide {number}"))
        if not words:
            words = found[0]
            size = next((_size(document, line) for line in lines if found[0] in " ".join(line.text.split())), None)
            if size:
                ratio = size * _EMU_PT * ink_of(rules.reference_glyph.value) / min(deck.size)
    measures = {"glyph_height_ratio": round(ratio, 4)} if ratio else {}
    return LabelReport("document", words, tuple(places), measures) if places else None


def _shown(document: Document) -> Iterator[Element]:
    """The paragraphs of a slide that are not in a hidden shape."""
    hidden_to = 0
    for each in document.elements:
        if each.local == "p" and each.start >= hidden_to:
            yield each
        elif each.local == "cNvPr" and each.get("hidden") in ("1", "true") and each.parent and each.parent.parent:
            hidden_to = max(hidden_to, each.parent.parent.stop)


def _size(document: Document, line: Element) -> float | None:
    """The size of the letters of a paragraph's first run, in points, where the run itself gives it."""
    return next((_number(each, "sz") / 100 or None for each in document.within(line) if each.local == "rPr"), None)


def check(data: Buffer, report: LabelReport, rules: LabelRules) -> None:
    """Raises `ReadBackError` where a slide has no label, or the first one a smaller one than the clause asks for."""
    count, told = len(Deck(Package(data)).slides), len(report.places)
    ratio = report.measures.get("glyph_height_ratio", 0.0)
    if told != count or ratio < rules.glyph_height_ratio.value:
        raise ReadBackError(
            f"{told} of {count} slides carry a label; the glyphs of the first have {ratio:.2%} of the shorter side",
            f"{count} 张幻灯片中 {told} 张带有标识；首张字高为短边的 {ratio:.2%}",
        )

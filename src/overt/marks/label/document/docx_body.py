"""The label of a Word document: a first or last paragraph that carries its own look, or a superscript.

Source: GB 45438-2025 clause 5.1 through the rulebook; ECMA-376 part 1, 17.3 (paragraphs and rich formatting).
The paragraph depends on no style of the document. Every other part of the package is kept as it is.
Text that Word hides, deletes or shows by a field alone is not read as visible.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from lxml import etree

from overt.errors import FormatError
from overt.formats import zip_archive
from overt.formats.ooxml import Package
from overt.formats.splice import Buffer, Splice
from overt.language import Language
from overt.marks.label import wording
from overt.marks.label.model import LabelPlace, LabelReport, LabelStyle
from overt.rulebook import LabelRules

BODY_LIMIT = 64 << 20
"""The longest document part that is parsed; the text of a thousand pages takes about 10 MiB."""

_BORDERS = "".join(
    f'<w:{side} w:val="single" w:sz="8" w:space="6" w:color="14161A"/>' for side in ("top", "left", "bottom", "right")
)
_PARAGRAPH = (
    '<w:p xmlns:w="{namespace}"><w:pPr><w:keepNext/><w:numPr><w:numId w:val="0"/></w:numPr>'
    "<w:pBdr>" + _BORDERS + "</w:pBdr>"
    '<w:shd w:val="clear" w:color="auto" w:fill="FFF6D6"/><w:bidi w:val="0"/>'
    '<w:spacing w:before="0" w:after="240" w:line="360" w:lineRule="auto"/>'
    '<w:ind w:left="0" w:right="0" w:firstLine="0"/><w:jc w:val="center"/></w:pPr></w:p>'
)
_RUN = (
    '<w:r xmlns:w="{namespace}"><w:rPr>'
    '<w:rFonts w:ascii="Arial" w:hAnsi="Arial" w:eastAsia="Microsoft YaHei" w:cs="Arial"{hint}/>'
    '<w:b/><w:i w:val="0"/><w:caps w:val="0"/><w:strike w:val="0"/><w:vanish w:val="0"/><w:color w:val="14161A"/>'
    '<w:sz w:val="{size}"/><w:szCs w:val="{size}"/><w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr>'
    '<w:t xml:space="preserve">{text}</w:t></w:r>'
)
# Known as our own by the name of a style, which no document defines and Word ignores.
_SUPERSCRIPT = (
    '<w:r xmlns:w="{namespace}"><w:rPr><w:rStyle w:val="OvertLabel"/><w:b/><w:vanish w:val="0"/>'
    '<w:color w:val="14161A"/><w:vertAlign w:val="superscript"/></w:rPr><w:t>{text}</w:t></w:r>'
)
_OWN_RUN = "{{{0}}}rPr/{{{0}}}rStyle[@{{{0}}}val='OvertLabel']"
_HALF_POINTS = {"zh": 30, "en": 22}  # 15 and 11 points.
_STORY = re.compile(r"word/(?:header|footer)[0-9]{0,4}\.xml")
_STORY_LIMIT = 12
_OFF = frozenset({"0", "false", "off"})


def _document(package: Package) -> tuple[str, etree._Element, etree._Element, str]:
    """The main part, its tree, its body, and the namespace of its conformance class."""
    part = package.related("officeDocument")
    if part is None:
        raise FormatError("the package has no main document", "文档包中没有主文档")
    root = package.xml(part, BODY_LIMIT)
    namespace = etree.QName(root).namespace or ""
    body = root.find(f"{{{namespace}}}body")
    if not namespace or body is None:
        raise FormatError(f"{part} has no body", f"{part} 没有正文")
    return part, root, body, namespace


def label(data: Buffer, rules: LabelRules, style: LabelStyle) -> Splice:
    """The document with the label where the style wants it; own ones that are there already are replaced."""
    package = Package(data)
    package.refuse_signed()
    part, root, body, namespace = _document(package)
    before = etree.tostring(root, method="c14n")
    _take_own(body, namespace, rules)
    places = ("start", "end") if style.text_at == "both" else (style.text_at,)
    if style.text == "superscript":
        _raise(body, namespace, wording.superscript(rules)[1], places)
    else:
        for place in places:
            _stand(body, namespace, _paragraph(namespace, wording.sentences(rules, style)), place)
    if etree.tostring(root, method="c14n") == before:
        return Splice([range(len(package.data))])
    xml = etree.tostring(root.getroottree(), encoding="UTF-8", xml_declaration=True, standalone=True)
    return zip_archive.rewrite(package.data, package.archive, {part: xml}, deflate=True)


def _take_own(body: etree._Element, namespace: str, rules: LabelRules) -> None:
    """Our own paragraphs at the beginning and the end go, and our own superscripts, to be put anew."""
    own = frozenset(
        "  ".join(text for _, text in wording.sentences(rules, LabelStyle(second_language=second)))
        for second in (None, *wording.LANGUAGES)
    )
    blocks = [child for child in body.iterchildren(etree.Element) if child.tag != f"{{{namespace}}}sectPr"]
    for block in (*blocks[:1], *blocks[1:][-1:]):
        if block.tag == f"{{{namespace}}}p" and _text(block, namespace) in own:
            body.remove(block)
    plain = wording.raised_plain(rules)
    for run in list(body.iter(f"{{{namespace}}}r")):
        if run.findtext(f"{{{namespace}}}t") == plain and run.find(_OWN_RUN.format(namespace)) is not None:
            parent = run.getparent()
            if parent is not None:
                parent.remove(run)


def _stand(body: etree._Element, namespace: str, new: etree._Element, place: str) -> None:
    if place == "start":
        body.insert(0, new)
        return
    last = next(body.iterchildren(f"{{{namespace}}}sectPr"), None)
    if last is None:
        body.append(new)
    else:
        last.addprevious(new)


def _raise(body: etree._Element, namespace: str, plain: str, places: tuple[str, ...]) -> None:
    """The superscript behind the first words of the document, or the last ones."""
    spoken = [each for each in body.iter(f"{{{namespace}}}p") if _text(each, namespace).strip()]
    if not spoken:
        spoken = list(body.iter(f"{{{namespace}}}p"))[:1]
    if not spoken:
        spoken = [etree.fromstring(f'<w:p xmlns:w="{namespace}"/>')]
        _stand(body, namespace, spoken[0], "start")
    for paragraph in dict.fromkeys(spoken[0 if place == "start" else -1] for place in places):
        paragraph.append(etree.fromstring(_SUPERSCRIPT.format(namespace=namespace, text=plain)))


def _paragraph(namespace: str, sentences: list[tuple[Language, str]]) -> etree._Element:
    paragraph = etree.fromstring(_PARAGRAPH.format(namespace=namespace))
    for number, (language, sentence) in enumerate(sentences):
        run = _RUN.format(
            namespace=namespace,
            hint=' w:hint="eastAsia"' if language == "zh" else "",
            size=_HALF_POINTS[language],
            text="" if number == 0 else "  ",
        )
        element = etree.fromstring(run)
        words = element.find(f"{{{namespace}}}t")
        if words is not None:
            words.text = (words.text or "") + sentence
        paragraph.append(element)
    return paragraph


def read(data: Buffer, rules: LabelRules) -> LabelReport | None:
    """The label at the beginning or the end of the text, or else in a header or footer."""
    package = Package(data)
    _, _, body, namespace = _document(package)
    lines = [_shown(paragraph, namespace, rules) for paragraph in body.iter(f"{{{namespace}}}p")]
    if found := wording.find_all(lines, rules):
        return LabelReport("document", *found)
    for story in stories(package):
        if inner := wording.find(story.splitlines(), rules):
            return LabelReport("document", inner[0], (LabelPlace("header or footer"),))
    return None


def check(data: Buffer, report: LabelReport, rules: LabelRules) -> None:
    """Nothing more is measured: the clause gives no size for text."""


def _shown(paragraph: etree._Element, namespace: str, rules: LabelRules) -> str:
    return _text(paragraph, namespace, lambda text: wording.as_shown(text, rules))


def stories(package: Package) -> Iterator[str]:
    """The visible text of headers and footers."""
    for part in [name for name in package.archive.by_name if _STORY.fullmatch(name)][:_STORY_LIMIT]:
        root = package.xml(part)
        namespace = etree.QName(root).namespace or ""
        yield "\n".join(_text(paragraph, namespace) for paragraph in root.iter(f"{{{namespace}}}p"))


def _text(paragraph: etree._Element, namespace: str, raised: Callable[[str], str] = str) -> str:
    """What a paragraph shows: its runs that are not hidden, tabs and breaks as spaces; `raised` tells superscripts."""
    parts = []
    for run in paragraph.iter(f"{{{namespace}}}r"):
        if _is_hidden(run, namespace):
            continue
        align = run.find(f"{{{namespace}}}rPr/{{{namespace}}}vertAlign")
        if align is not None and align.get(f"{{{namespace}}}val") == "superscript":
            parts.append(raised("".join(each.text or "" for each in run.iter(f"{{{namespace}}}t"))))
            continue
        for child in run.iterchildren(etree.Element):
            name = etree.QName(child).localname
            if name == "t":
                parts.append(child.text or "")
            elif name in ("tab", "br", "cr"):
                parts.append(" ")
    return "".join(parts)


def _is_hidden(run: etree._Element, namespace: str) -> bool:
    vanish = run.find(f"{{{namespace}}}rPr/{{{namespace}}}vanish")
    if vanish is not None and vanish.get(f"{{{namespace}}}val", "1") not in _OFF:
        return True
    parent = run.getparent()
    return parent is not None and etree.QName(parent).localname in ("del", "moveFrom")

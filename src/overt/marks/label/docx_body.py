"""The label of a Word document: a first paragraph that carries its own look.

Source: GB 45438-2025 clause 5.1 through the rulebook; ECMA-376 part 1, 17.3 (paragraphs and rich formatting).
The paragraph depends on no style of the document. Every other part of the package is kept as it is.
Text that Word hides, deletes or shows by a field alone is not read as visible.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from overt.errors import FormatError
from overt.formats import zip_archive
from overt.formats.ooxml import Package
from overt.formats.splice import Splice
from overt.language import Language

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


def label(package: Package, sentences: list[tuple[Language, str]], own: frozenset[str]) -> Splice:
    """The document with the label as its first paragraph; an own one that is there already is replaced."""
    package.refuse_signed()
    part, root, body, namespace = _document(package)
    new = _paragraph(namespace, sentences)
    first = next(iter(body.iterchildren(etree.Element)), None)
    if first is not None and first.tag == f"{{{namespace}}}p" and _text(first, namespace) in own:
        if etree.tostring(first, method="c14n") == etree.tostring(new, method="c14n"):
            return Splice([range(len(package.data))])
        new.tail = first.tail
        body.replace(first, new)
    else:
        body.insert(0, new)
    xml = etree.tostring(root.getroottree(), encoding="UTF-8", xml_declaration=True, standalone=True)
    return zip_archive.rewrite(package.data, package.archive, {part: xml}, deflate=True)


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


def paragraphs(package: Package) -> Iterator[str]:
    """The visible text of each paragraph of the body, in order."""
    _, _, body, namespace = _document(package)
    for paragraph in body.iter(f"{{{namespace}}}p"):
        yield _text(paragraph, namespace)


def stories(package: Package) -> Iterator[str]:
    """The visible text of headers and footers."""
    for part in [name for name in package.archive.by_name if _STORY.fullmatch(name)][:_STORY_LIMIT]:
        root = package.xml(part)
        namespace = etree.QName(root).namespace or ""
        yield "\n".join(_text(paragraph, namespace) for paragraph in root.iter(f"{{{namespace}}}p"))


def _text(paragraph: etree._Element, namespace: str) -> str:
    """What a paragraph shows: its runs that are not hidden, tabs and breaks as spaces."""
    parts = []
    for run in paragraph.iter(f"{{{namespace}}}r"):
        if _is_hidden(run, namespace):
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

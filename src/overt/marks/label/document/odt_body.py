"""The label of an OpenDocument text: a first or last paragraph with its own look, or a superscript.

Source: GB 45438-2025 clause 5.1 through the rulebook; OASIS ODF 1.3 part 3, 3.4 (text documents), 5.1 (paragraphs).
Where the document's first block begins a page with a master page of its own, the label takes that over, so that it
does not push the block onto a second page. Headers, footers and notes are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from overt.formats.odf import Package
from overt.formats.splice import Buffer, Splice
from overt.formats.xml_places import Change, Document, Element, escape, quoted
from overt.marks.label import wording
from overt.marks.label.document.box import FILL, INK
from overt.marks.label.document.odf_markup import (
    PREFIX,
    STYLE,
    TEXT,
    automatic,
    body,
    content,
    declared,
    letters,
    with_styles,
    write,
)
from overt.marks.label.model import LabelReport, LabelStyle
from overt.rulebook import LabelRules

_P, _H, _SPAN = (f"{{{TEXT}}}{name}" for name in ("p", "h", "span"))
_POINTS = {"zh": 15.0, "en": 11.0}
# What stands before a document's text and shows nothing (part 3, 3.4).
_PRELUDE = frozenset(
    {"forms", "tracked-changes", "variable-decls", "sequence-decls", "user-field-decls", "dde-connection-decls"}
    | {"alphabetical-index-auto-mark-file", "calculation-settings", "content-validations", "label-ranges"}
)
_UNSEEN = frozenset({"tracked-changes", "annotation", "note-body", "hidden-paragraph", "hidden-text"})
_MOVED = "OvertOrigin"
"""How the name of a style begins that a block keeps when its master page went to the label."""


def label(data: Buffer, rules: LabelRules, style: LabelStyle) -> Splice:
    """The text with the label where the style wants it; own ones that are there already are replaced."""
    package = Package(data)
    package.refuse_protected()
    document = content(package, text_of=[_P, _H, _SPAN])
    places = ("start", "end") if style.text_at == "both" else (style.text_at,)
    if style.text == "superscript":
        return write(package, document, _raise(document, rules, places))
    sentences = wording.sentences(rules, style)
    text = body(document, "text")
    blocks = [each for each in document.children(text) if each.local not in _PRELUDE]
    own = _own(blocks, rules)
    rest = [each for each in blocks if each not in own]
    changes: list[Change] = [(each.start, each.stop, "") for each in (*own, *_own_spans(document, rules))]
    styles = {f"{PREFIX}{lang}": letters(document, f"{PREFIX}{lang}", _POINTS[lang], lang) for lang, _ in sentences}
    spans = " ".join(
        f'<text:span text:style-name="{PREFIX}{lang}">{escape(sentence)}</text:span>' for lang, sentence in sentences
    )
    for place in places:
        name = f"{PREFIX}{place.title()}"
        master = ""
        if place == "start":
            master, moved = _master(document, own, rest)
            changes += moved
        styles[name] = _paragraph_style(document, name, master)
        new = f'<text:p{declared(document, "text")} text:style-name="{name}">{spans}</text:p>'
        if place == "start" and rest:
            changes.append((blocks[0].start, blocks[0].start, new))
        else:
            changes.append(document.inside(text, new, last=True))
    return write(package, document, [*changes, *with_styles(document, styles)])


def _paragraph_style(document: Document, name: str, master: str) -> str:
    return (
        f'<style:style{declared(document, "style", "fo")} style:name="{name}" style:family="paragraph"{master}>'
        f'<style:paragraph-properties fo:text-align="center" fo:background-color="#{FILL.lower()}" '
        f'fo:border="0.75pt solid #{INK.lower()}" fo:padding="0.2cm" fo:margin-top="0cm" fo:margin-bottom="0.5cm" '
        'fo:margin-left="0cm" fo:margin-right="0cm" fo:text-indent="0cm" fo:line-height="100%" '
        'style:writing-mode="lr-tb"/></style:style>'
    )


def _own(blocks: list[Element], rules: LabelRules) -> list[Element]:
    """Our own paragraphs, known by their words, at the beginning and at the end."""
    styles = (LabelStyle(second_language=second) for second in (None, *wording.LANGUAGES))
    forms = {" ".join(text for _, text in wording.sentences(rules, style)) for style in styles}
    return [each for each in dict.fromkeys((*blocks[:1], *blocks[-1:])) if each.name == _P and each.text in forms]


# ── the master page of the first block ───────────────────────────────────────────────────────────────


def _master(document: Document, own: list[Element], rest: list[Element]) -> tuple[str, list[Change]]:
    """The attribute that the label's style takes over, and the changes that take it from the first block."""
    styles = automatic(document)
    if own and own[0].start < min((each.start for each in rest), default=own[0].stop):
        return _master_of(styles.get(own[0].get(f"{{{TEXT}}}style-name"))), []
    first = next((each for block in rest[:1] for each in (block, *document.within(block)) if _style_of(each)), None)
    if first is None:
        return "", []
    old = styles.get(_style_of(first))
    master = _master_of(old)
    if not master or old is None:
        return "", []
    name = next(each for n in range(1, len(styles) + 2) if (each := f"{_MOVED}{n}") not in styles)
    raw = document.raw[old.start : old.stop].decode()
    tag = re.sub(r'\s[\w.-]+:master-page-name\s*=\s*(?:"[^"]*"|\'[^\']*\')', "", raw[: old.inner - old.start])
    tag = re.sub(r'(\s[\w.-]+:name\s*=\s*)(?:"[^"]*"|\'[^\']*\')', rf"\1{quoted(name)}", tag, count=1)
    start = document.raw[first.start : first.inner].decode()
    retold = re.sub(r'(\s[\w.-]+:style-name\s*=\s*)(?:"[^"]*"|\'[^\']*\')', rf"\1{quoted(name)}", start, count=1)
    return master, [
        (old.stop, old.stop, tag + raw[old.inner - old.start :]),
        (first.start, first.inner, retold),
    ]


def _style_of(element: Element) -> str:
    table = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
    if element.name in (_P, _H):
        return element.get(f"{{{TEXT}}}style-name")
    return element.get(f"{{{table}}}style-name") if element.name == f"{{{table}}}table" else ""


def _master_of(style: Element | None) -> str:
    name = style.get(f"{{{STYLE}}}master-page-name") if style else ""
    return f" style:master-page-name={quoted(name)}" if name else ""


# ── the superscript ──────────────────────────────────────────────────────────────────────────────────


def _raise(document: Document, rules: LabelRules, places: tuple[str, ...]) -> list[Change]:
    """The superscript behind the first words of the document, or the last ones."""
    plain = wording.superscript(rules)[1]
    text = body(document, "text")
    own = _own([each for each in document.children(text) if each.local not in _PRELUDE], rules)
    marks = _own_spans(document, rules)
    name = f"{PREFIX}Raised"
    style = (
        f'<style:style{declared(document, "style", "fo")} style:name="{name}" style:family="text">'
        f'<style:text-properties fo:color="#{INK}" fo:font-weight="bold" style:text-position="super 58%"/>'
        "</style:style>"
    )
    new = f'<text:span{declared(document, "text")} text:style-name="{name}">{escape(plain)}</text:span>'
    changes: list[Change] = [(each.start, each.stop, "") for each in (*own, *marks)]
    spoken = [each for each in _paragraphs(document) if each.text.strip() not in ("", plain) and each not in own]
    chosen = dict.fromkeys(spoken[0 if place == "start" else -1] for place in places if spoken)
    changes += [document.inside(paragraph, new, last=True) for paragraph in chosen]
    if not spoken and (first := next((each for each in _paragraphs(document) if each not in own), None)):
        changes.append(document.inside(first, new, last=True))
    elif not spoken:
        changes.append(document.inside(text, f"<text:p{declared(document, 'text')}>{new}</text:p>", last=True))
    return [*changes, *with_styles(document, {name: style})]


def _own_spans(document: Document, rules: LabelRules) -> list[Element]:
    plain = wording.raised_plain(rules)
    return [
        each
        for each in document.named(_SPAN)
        if each.text == plain and each.get(f"{{{TEXT}}}style-name") == f"{PREFIX}Raised"
    ]


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────


def _paragraphs(document: Document) -> Iterator[Element]:
    """The paragraphs and headings that are shown, in order."""
    unseen_to = 0
    for each in document.within(body(document, "text")):
        if each.start < unseen_to:
            continue
        if each.local in _UNSEEN:
            unseen_to = each.stop
        elif each.name in (_P, _H):
            yield each


def read(data: Buffer, rules: LabelRules) -> LabelReport | None:
    """The label at the beginning or the end of the text."""
    package = Package(data)
    package.refuse_encrypted()
    document = content(package, text_of=[_P, _H, _SPAN])
    raised = {
        name
        for name, style in automatic(document).items()
        if any(each.get(f"{{{STYLE}}}text-position").startswith("super") for each in document.within(style))
    }
    lines = []
    for paragraph in _paragraphs(document):
        spans = [each for each in document.within(paragraph) if each.name == _SPAN]
        marks = [each for each in spans if each.get(f"{{{TEXT}}}style-name") in raised]
        shown = [wording.as_shown(each.text, rules) for each in marks]
        lines.append("".join([paragraph.text, *(each for each in shown if each == wording.raised(rules))]))
    found = wording.find_all(lines, rules)
    return LabelReport("document", *found) if found else None


def check(data: Buffer, report: LabelReport, rules: LabelRules) -> None:
    """Nothing more is measured: the clause gives no size for text."""

"""The label in the header of a sheet's printed pages, and where an element may stand in a sheet.

Source: ECMA-376 part 1, 18.3.1.46 (headerFooter, its codes), 18.3.1.99 (the order of a worksheet's elements).
A header's own text stays, below the label.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from overt.formats.xml_places import Change, Document, Element, escape
from overt.language import Language
from overt.marks.label import wording
from overt.marks.label.model import LabelStyle
from overt.rulebook import LabelRules

HEADERS = ("oddHeader", "evenHeader", "firstHeader")
LIMIT = 255
"""The longest header that Excel opens."""

# What may stand behind a sheet's drawing and header.
AFTER_DRAWING: tuple[str, ...] = (
    *("legacyDrawing", "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems"),
    *("tableParts", "extLst"),
)
AFTER_HEADER: tuple[str, ...] = (
    *("rowBreaks", "colBreaks", "customProperties", "cellWatches", "ignoredErrors", "smartTags", "drawing"),
    *AFTER_DRAWING,
)
_SECTION = re.compile(r"&[LCR]")
_CODES = re.compile(r'^(?:&(?:"[^"]*"|[0-9]{1,3}|[BIUSXYE]|K[0-9A-F]{6}))+')


def header(sheet: Document, sentences: list[tuple[Language, str]], rules: LabelRules) -> Iterator[Change]:
    """Puts the label first in the middle of each header; one that has no room for it stays as it is."""
    main = own_prefix(sheet)
    holder = next((each for each in sheet.children(sheet.root) if each.local == "headerFooter"), None)
    text = " ".join(sentence for _, sentence in sentences)
    if holder is None:
        new = f"<{main}headerFooter><{main}oddHeader>{escape('&C' + text)}</{main}oddHeader></{main}headerFooter>"
        yield before(sheet, AFTER_HEADER, new)
        return
    found = {each.local: each for each in sheet.children(holder)}
    wanted = ["oddHeader"]
    wanted += ["evenHeader"] if is_true(holder, "differentOddEven") else []
    wanted += ["firstHeader"] if is_true(holder, "differentFirst") else []
    order = ("oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader", "firstFooter")
    for name in wanted:
        if old := found.get(name):
            merged = _merged(old.text, text, rules)
            if len(merged) <= LIMIT and merged != old.text:
                yield old.start, old.stop, f"<{main}{name}>{escape(merged)}</{main}{name}>"
            continue
        new = f"<{main}{name}>{escape('&C' + text)}</{main}{name}>"
        after = next((found[each] for each in order[order.index(name) :] if each in found), None)
        yield (after.start, after.start, new) if after else sheet.inside(holder, new, last=True)


def _merged(header: str, text: str, rules: LabelRules) -> str:
    """A header with the label as the first line of its middle, in place of an older one of ours."""
    starts = [match.start() for match in _SECTION.finditer(header)]
    middle = next((at for at in starts if header[at + 1] == "C"), None)
    if middle is None:
        # Text before any section code stands in the middle.
        lead = header[: starts[0]] if starts else header
        return f"&C{text}\n{lead}{header[len(lead) :]}" if lead else f"&C{text}{header}"
    body = header[middle + 2 :]
    for own in _own_lines(rules):
        if body == own or body.startswith((own + "\n", own + "&L", own + "&R")):
            rest = body[len(own) :]
            return header[: middle + 2] + text + rest
    return header[: middle + 2] + text + ("\n" + body if body and not body.startswith(("&L", "&R")) else body)


def _own_lines(rules: LabelRules) -> list[str]:
    """Every line that we write into a header, the longest first."""
    styles = (LabelStyle(second_language=second) for second in (None, *wording.LANGUAGES))
    lines = {" ".join(text for _, text in wording.sentences(rules, style)) for style in styles}
    return sorted(lines, key=len, reverse=True)


def shown(text: str) -> list[str]:
    """The lines of a header or footer without their codes."""
    return [_CODES.sub("", line) for line in _SECTION.sub("\n", text).split("\n")]


def is_true(element: Element, name: str) -> bool:
    """Whether an attribute says yes."""
    return element.get(name) in ("1", "true")


def own_prefix(sheet: Document) -> str:
    """The prefix of the sheet's own elements, as its root is written."""
    tag = re.match(rb"<([\w.-]+:)?", sheet.raw[sheet.root.start : sheet.root.inner])
    return (tag[1] or b"").decode() if tag else ""


def before(sheet: Document, later: tuple[str, ...], new: str) -> Change:
    """Where an element goes that must stand before these; `mc:AlternateContent` stands for what it holds."""
    for each in sheet.children(sheet.root):
        held = {inner.local for inner in sheet.within(each)} if each.local == "AlternateContent" else set()
        if each.local in later or held & {"controls", "oleObjects", "legacyDrawing"}:
            return each.start, each.start, new
    return sheet.inside(sheet.root, new, last=True)

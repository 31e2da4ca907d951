"""The label of a web page: a banner that opens the body, and the text that a page shows.

Source: GB 45438-2025 clauses 5.1 and 5.6 through the rulebook.
The banner carries its look in its own `style`, each declaration `!important`, so that the page's style sheets
neither hide nor dim it; it is dark on light, which still reads where a printer leaves backgrounds out.
It does not run scripts or style sheets: text that only they hide or show is told as the markup has it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import escape, unescape

from overt.errors import UnsupportedError
from overt.formats.html_tokens import RAW_TEXT, VOID, Token, tokens
from overt.language import Language, Text

OWN = "data-overt-label"
"""The attribute by which our own banner is known when a page is labelled again."""
CLASS = "overt-label"
"""The same for pages of XHTML 1.1, which has no such attributes."""

_STYLE = (
    ("all", "initial"),
    ("display", "block"),
    ("position", "relative"),
    ("z-index", "2147483647"),
    ("box-sizing", "border-box"),
    ("grid-column", "1/-1"),
    ("margin", "0"),
    ("padding", "10px 16px"),
    ("border", "2px solid #14161a"),
    ("background", "#fff6d6"),
    ("color", "#14161a"),
    ("font", "600 18px/1.5 'Noto Sans SC','PingFang SC','Microsoft YaHei',sans-serif"),
    ("text-align", "center"),
    ("direction", "ltr"),
    ("visibility", "visible"),
    ("opacity", "1"),
    ("-webkit-print-color-adjust", "exact"),
    ("print-color-adjust", "exact"),
)
_FLOATING = (("position", "absolute"), ("top", "0"), ("left", "0"), ("right", "0"))
_RAISED = (
    ("display", "inline"),
    ("visibility", "visible"),
    ("opacity", "1"),
    ("font-weight", "700"),
    ("font-size", "max(.7em,10px)"),
    ("vertical-align", "super"),
    ("margin-left", ".1em"),
)
_DRAWN = frozenset({"svg", "math", "button", "textarea", "select"})
_LANGUAGES: dict[Language, str] = {"zh": "zh-CN", "en": "en"}
_HEAD = frozenset({"html", "head", "title", "base", "meta", "link", "style", "script", "noscript", "template"})
_SILENT = frozenset({"head", "noscript", "template", "object", "select", "datalist", "audio", "video", "canvas"}) | (
    RAW_TEXT - {"xmp"}
)
_INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins", "kbd", "label"}
    | {"mark", "q", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr"}
)
_SHORT_LIVED = frozenset({"p", "li", "dt", "dd", "option", "tr", "td", "th"})
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|(?:opacity|font-size)\s*:\s*0(?:\.0*)?(?:[a-z%]+)?\s*(?:!|;|$)",
    re.IGNORECASE,
)
_SPACES = re.compile(r"[ \t\r\n\f]+")


def banner(sentences: list[tuple[Language, str]], *, floating: bool = False, old: bool = False) -> str:
    """The banner as markup that is HTML and XHTML alike.

    A floating one lies over the page and moves nothing; an old one has the attributes of XHTML 1.1 alone.
    """
    style = ";".join(f"{name}:{value}!important" for name, value in (_STYLE + _FLOATING if floating else _STYLE))
    language, first = sentences[0]
    more = "".join(f' <span lang="{_LANGUAGES[lang]}">{escape(text)}</span>' for lang, text in sentences[1:])
    if old:
        more = more.replace(" lang=", " xml:lang=")
        return f'<div class="{CLASS}" xml:lang="{_LANGUAGES[language]}" style="{style}">{escape(first)}{more}</div>'
    return f'<div role="note" lang="{_LANGUAGES[language]}" {OWN}="" style="{style}">{escape(first)}{more}</div>'


def place(page: str) -> tuple[int, int]:
    """What the banner replaces: our own banner where the body begins, or nothing there.

    A page without a body tag begins its body with the first thing that cannot stand in a head.
    """
    start: int | None = None
    head_end, inside = 0, 0
    for token in tokens(page):
        if token.name == "frameset":
            raise UnsupportedError(
                "a frameset shows other pages and has no body of its own",
                "框架集页面没有自己的正文",
                hint=Text(zh="请标识框架内的各个页面。", en="Label the pages inside the frames."),
            )
        if start is None and token.name in ("template", "noscript"):
            inside = max(0, inside + (1 if token.kind == "start" else -1))
        if start is None and token.name == "body" and token.kind == "start" and not inside:
            start = token.stop
            continue
        if start is None and not inside and _opens_body(page, token):
            start = token.start
        if start is None:
            # Markup that never ends swallows all that follows it, so nothing is put behind it.
            head_end = token.stop if token.kind != "other" or token.closed else token.start
        elif stop := _own(page, token):
            return token.start, stop
        elif not _blank(page, token):
            return start, start
    return (head_end, head_end) if start is None else (start, start)


def _opens_body(page: str, token: Token) -> bool:
    if token.kind == "other" or token.name in _HEAD:
        return False
    return token.kind != "text" or not _blank(page, token)


def _blank(page: str, token: Token) -> bool:
    return token.kind == "text" and not page[token.start : token.stop].strip("\ufeff \t\r\n\f")


def _own(page: str, token: Token) -> int | None:
    """Where our own banner or superscript ends that this token begins."""
    if token.kind != "start" or token.name not in ("div", "sup"):
        return None
    if token.get(OWN) is None and token.get("class") != CLASS:
        return None
    closing = f"</{token.name}>"
    end = page.find(closing, token.stop)
    return end + len(closing) if end >= 0 else None


def own_labels(page: str) -> list[tuple[int, int]]:
    """Where our own labels are in a page, each from its start to its stop."""
    found: list[tuple[int, int]] = []
    for token in tokens(page):
        if (not found or token.start >= found[-1][1]) and (stop := _own(page, token)):
            found.append((token.start, stop))
    return found


def superscript(text: str) -> str:
    """The AI element as a corner mark, with its look in its own style."""
    style = ";".join(f"{name}:{value}!important" for name, value in _RAISED)
    return f'<sup {OWN}="" style="{style}">{escape(text)}</sup>'


def end(page: str) -> int:
    """Where the body ends: before its end tag, else before that of the page, else at the page's end."""
    found = len(page)
    for token in tokens(page):
        if token.kind == "end" and token.name == "body":
            return token.start
        if token.kind == "end" and token.name == "html" and found == len(page):
            found = token.start
        if token.kind == "other" and not token.closed:
            return min(found, token.start)
    return found


def words(page: str) -> tuple[int, int] | None:
    """Where the first and the last words end that a page shows."""
    first = last = None
    drawn = 0
    for token in _unhidden(page):
        if token.name in _DRAWN and token.kind in ("start", "end"):
            drawn = max(0, drawn + (1 if token.kind == "start" and not token.closed else -1))
        if token.kind != "text" or token.name or drawn:
            continue
        if text := page[token.start : token.stop].rstrip():
            last = token.start + len(text)
            first = first if first is not None else last
    return None if first is None or last is None else (first, last)


def visible_lines(page: str, raised: Callable[[str], str] = str) -> Iterator[str]:
    """The text that a page shows, one block a line, white space as a browser sets it; `raised` tells superscripts."""
    line: list[str] = []
    above = False
    for token in _unhidden(page):
        if token.kind == "text":
            if token.name in ("", "xmp", "plaintext"):
                text = unescape(page[token.start : token.stop])
                line.append(raised(text) if above else text)
        elif token.name == "sup":
            above = token.kind == "start"
        elif token.kind != "other" and token.name not in _INLINE:
            yield _SPACES.sub(" ", "".join(line)).strip()
            line = []
    yield _SPACES.sub(" ", "".join(line)).strip()


def _unhidden(page: str) -> Iterator[Token]:
    """The tokens that are not inside an element that hides its content."""
    hidden, depth, inside = "", 0, 0
    for token in tokens(page):
        if token.name in ("template", "noscript"):
            inside = max(0, inside + (1 if token.kind == "start" else -1))
        elif hidden == "head" and not inside and _opens_body(page, token):
            hidden = ""  # What cannot stand in a head ends it.
        if hidden:
            if token.name == hidden or (hidden == "head" and token.name == "body"):
                depth += 1 if token.kind == "start" and token.name not in _SHORT_LIVED | {"head", "body"} else -1
                hidden = hidden if depth > 0 else ""
            if hidden or not _hides(token):
                continue
        if not _hides(token):
            yield token
        elif token.name not in VOID and not token.closed:
            hidden, depth = token.name, 1


def _hides(token: Token) -> bool:
    if token.kind != "start" or token.name == "body":
        return False
    return (
        token.name in _SILENT - RAW_TEXT
        or token.get("hidden") is not None
        or _HIDING.search(token.get("style") or "") is not None
    )

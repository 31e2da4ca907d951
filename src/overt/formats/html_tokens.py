"""A tokenizer for HTML that never fails and always advances: tags, text and comments with their places.

Source: HTML Living Standard, 13.2.5 (tokenization), as far as it decides what is a tag and what is not: comments,
raw text elements (script, style, textarea, title, …), quoted attributes, CDATA of XHTML.
It builds no tree, resolves no entities in text and does not know optional end tags.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from overt.errors import BudgetError

TOKEN_LIMIT = 1_000_000
"""The most tokens that are told; the largest pages in archives have a tenth of that."""
ATTRIBUTE_LIMIT = 1_000
"""The most attributes of one tag that are kept."""

RAW_TEXT = frozenset({"script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"})
"""Elements whose content is text up to their own end tag, whatever stands in it."""
VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr", "param"}
)
"""Elements that have no end tag."""

_TAG = re.compile(r"</?([A-Za-z][^\t\n\f\r />]*)")
_SPACE = re.compile(r"[\t\n\f\r /]*")
_ATTRIBUTE = re.compile(r"([^\t\n\f\r />=][^\t\n\f\r />=]*|=[^\t\n\f\r />=]*)[\t\n\f\r ]*(=?)[\t\n\f\r ]*")
_UNQUOTED = re.compile(r"[^\t\n\f\r >]*")
_COMMENT_END = re.compile(r"--!?>")
_XML = re.compile(r"[\ufeff \t\r\n]{0,200}<\?xml[ \t\r\n][^<>]{0,300}>")
_SCRIPT = re.compile(r"<!(?=--)|-->|</?script(?=[\t\n\f\r />])", re.IGNORECASE)
_MARKUP = re.compile(r"<(?=[A-Za-z/!?])")


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of markup or text: `text[start:stop]` of the page."""

    kind: Literal["start", "end", "text", "other"]
    start: int
    stop: int
    name: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    closed: bool = False
    """Of a start tag: it ends in "/>". Of other markup: it ends at all, before the page does."""

    def get(self, name: str) -> str | None:
        """The value of an attribute; of several with one name the first counts."""
        return next((value for key, value in self.attributes if key == name), None)


def is_xml(page: str) -> bool:
    """Whether a page is XHTML: it begins with an XML declaration."""
    return _XML.match(page) is not None


def tokens(page: str) -> Iterator[Token]:
    """Every token of a page in order, without gaps. "other" is a comment, a DOCTYPE, an instruction, CDATA."""
    xml = is_xml(page)
    at = 0
    for _ in range(TOKEN_LIMIT):
        if at >= len(page):
            return
        token = _next(page, at, is_xml=xml)
        yield token
        at = token.stop
        if token.kind == "start" and token.name in RAW_TEXT and not token.closed:
            stop = _script_end(page, at) if token.name == "script" else _raw_end(page, at, token.name)
            if stop > at:
                yield Token("text", at, stop, token.name)
            at = stop
        elif token.kind == "start" and token.name == "plaintext":
            yield Token("text", at, len(page), token.name)
            return
    raise BudgetError(
        f"the page has more than {TOKEN_LIMIT} tags and texts", f"网页中的标签和文本超过 {TOKEN_LIMIT} 个"
    )


def _raw_end(page: str, at: int, name: str) -> int:
    end = re.compile(rf"</{name}(?=[\t\n\f\r />])", re.IGNORECASE).search(page, at)
    return end.start() if end else len(page)


def _script_end(page: str, at: int) -> int:
    """Where a script ends: not at the end tag of a script tag inside `<!--` (13.2.5.27, double escaped)."""
    escaped = doubly = False
    for piece in _SCRIPT.finditer(page, at):
        if piece[0] == "<!":
            escaped = True
        elif piece[0] == "-->":
            escaped = doubly = False
        elif piece[0][1] != "/":
            doubly = escaped
        elif doubly:
            doubly = False
        else:
            return piece.start()
    return len(page)


def _next(page: str, at: int, *, is_xml: bool) -> Token:
    markup = _MARKUP.search(page, at)
    if not markup:
        return Token("text", at, len(page))
    if markup.start() > at:
        return Token("text", at, markup.start())
    if tag := _TAG.match(page, at):
        return _tag(page, tag)
    if page.startswith(("<!-->", "<!--->"), at):
        stop = page.index(">", at) + 1
    elif page.startswith("<!--", at):
        end = _COMMENT_END.search(page, at + 4)
        stop = end.end() if end else 0
    else:
        closing = "]]>" if is_xml and page.startswith("<![CDATA[", at) else ">"
        found = page.find(closing, at)
        stop = found + len(closing) if found >= 0 else 0
    return Token("other", at, stop or len(page), closed=bool(stop))


def _tag(page: str, tag: re.Match[str]) -> Token:
    start, at = tag.start(), tag.end()
    attributes: list[tuple[str, str]] = []
    while True:
        space = _SPACE.match(page, at)
        at = space.end() if space else at
        if at >= len(page):  # A tag that is cut off is none.
            return Token("other", start, at)
        if page[at] == ">":
            break
        at = _attribute(page, at, attributes)
    kind: Literal["start", "end"] = "end" if page[start + 1] == "/" else "start"
    return Token(kind, start, at + 1, tag[1].lower(), tuple(attributes), page[at - 1] == "/")


def _attribute(page: str, at: int, attributes: list[tuple[str, str]]) -> int:
    """Read one attribute; returns where it ends, which is always after `at`."""
    match = _ATTRIBUTE.match(page, at)
    if not match:
        return at + 1
    value, stop = "", match.end()
    if match[2]:
        quote = page[stop : stop + 1]
        if quote in ('"', "'") and quote:
            end = page.find(quote, stop + 1)
            end = len(page) if end < 0 else end
            value, stop = page[stop + 1 : end], min(end + 1, len(page))
        elif unquoted := _UNQUOTED.match(page, stop):
            value, stop = unquoted[0], unquoted.end()
    if len(attributes) < ATTRIBUTE_LIMIT:
        attributes.append((match[1].lower(), html.unescape(value)))
    return stop

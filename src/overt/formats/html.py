"""HTML: a note as a `meta` element in the head.

Source: no clause names a carrier; `<meta name="AIGC" content="{escaped JSON}">` is what products write
(formats/marks.md 2.6). HTML Living Standard, 4.2.5 (meta) and 13.1.2.3 (what may be left out).
Everything else of the page stays as it is. A `meta` in a comment, a script or a template is no mark.
Pages in encodings that hide ASCII (ISO-2022, UTF-7) are refused.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from overt.errors import UnsupportedError
from overt.formats.container import Field, Note, Superseded, Survey
from overt.formats.html_tokens import Token, is_xml, tokens
from overt.formats.splice import Buffer, Splice
from overt.formats.text import UTF_8_HINT, TextFile, decode, looks_like_text

PLACE = "HTML meta"
LINKED_DATA = "application/ld+json"
"""The type of the scripts that hold JSON-LD: other conventions speak there, and the note is never put there."""
FIELD_LIMIT = 10_000
"""The most meta elements that are told."""

_IN_HEAD = frozenset({"title", "meta", "link", "script", "style", "base", "noscript"})
_PRESCAN = 1024
# XHTML without an XML declaration is read as XML where its name or its server says so, and as HTML elsewhere.
_XHTML = re.compile(r"<html\b[^>]{0,1000}http://www\.w3\.org/1999/xhtml", re.IGNORECASE)
_ROOT_WITHIN = 4096
_CHARSET = re.compile(rb"<meta[^>]{0,400}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
_XML_ENCODING = re.compile(rb"^\s*<\?xml[^>]{0,200}encoding\s*=\s*[\"']([A-Za-z0-9_.:-]{1,40})")
# Encodings in which a byte below 0x80 need not be the ASCII character: what looks like a tag may be none.
_HIDING = re.compile(r"utf-?7|iso-?2022|hz|utf-?16|utf-?32|cp037|cp500|ebcdic", re.IGNORECASE)
# The standard maps these labels so (Encoding Standard, 4.2); Python's codecs of that name are narrower.
_WIDER = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "iso-8859-1": "cp1252",
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "latin1": "cp1252",
    "shift_jis": "cp932",
    "euc-kr": "cp949",
    "big5": "big5hkscs",
}


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where a page's head is: its start tag, the end of its charset, or where it would begin, and before what."""

    head: Token | None
    charset: int | None
    beginning: int
    first: str
    metas: tuple[Token, ...]
    elsewhere: tuple[Field, ...]


class _Html:
    """HTML with a note in a meta element."""

    name = "html"
    media_type = "text/html"
    suffixes = (".html", ".htm", ".xhtml")
    place = PLACE

    def sniff(self, head: bytes) -> int:
        """90 for a DOCTYPE, 70 for an html, head or body element at the beginning, 10 for text with a tag."""
        text = (looks_like_text(head) or head.decode("latin-1")).lstrip("\ufeff \t\r\n\f")
        if "\0" in text:
            return 0
        text = re.sub(r"\A(?:<\?xml[^>]{0,300}>|<!--.{0,2000}?-->|\s+)*", "", text, flags=re.DOTALL)
        if re.match(r"<!doctype\s+html\b", text, re.IGNORECASE):
            return 90
        if re.match(r"<(?:html|head|body)[\s>]", text, re.IGNORECASE):
            return 70
        return 10 if looks_like_text(head) and re.search(r"<[a-z]", text, re.IGNORECASE) else 0

    def survey(self, data: Buffer) -> Survey:
        """One field for each meta element with a name (or property) and a content; JSON-LD and microdata."""
        try:
            file, defects = decode_page(data), tuple[str, ...]()
        except UnsupportedError:
            if _hides(bytes(data[:_PRESCAN])):
                raise
            # Tags and JSON are ASCII, which stands for itself in whatever encoding this is.
            file, defects = TextFile(bytes(data).decode("latin-1"), "latin-1", b""), ("undecodable-bytes",)
        layout = _layout(file.text)
        return Survey((*_fields(layout.metas, file, defects), *layout.elsewhere))

    def put(self, data: Buffer, note: Note, superseded: Superseded) -> Splice:
        """The page with the note in its head. A superseded element is replaced where it stands."""
        file = decode_page(data)
        layout = _layout(file.text)
        slash = " /" if is_xml(file.text) or _XHTML.search(file.text, 0, _ROOT_WITHIN) else ""
        new = f'<meta name="{escape(note.key)}" content="{escape(note.text)}"{slash}>'
        pairs = zip(layout.metas, _fields(layout.metas, file), strict=True)
        old = [meta for meta, field in pairs if superseded(field) or field.key == note.key]
        if old:
            changes = [(meta.start, meta.stop, "" if number else new) for number, meta in enumerate(old)]
        else:
            changes = [_insertion(file, layout, new)]
        if not declares_encoding(data):
            changes = [(start, stop, in_ascii(text)) for start, stop, text in changes]
        return file.splice(changes, errors="xmlcharrefreplace")


def _declared(head: bytes) -> str | None:
    """The label of the encoding that a page declares among its first bytes."""
    found = _XML_ENCODING.search(head) or _CHARSET.search(head)
    return found[1].decode("ascii").lower() if found else None


def _has_mark(head: bytes) -> bool:
    return head.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))


def declares_encoding(data: Buffer) -> bool:
    """Whether a page says how it is to be decoded. Where it does not, browsers guess, each in its own way."""
    head = bytes(data[:_PRESCAN])
    return _has_mark(head) or _declared(head) is not None


def in_ascii(markup: str) -> str:
    """Markup in letters that read the same in every encoding."""
    return markup.encode("ascii", "xmlcharrefreplace").decode("ascii")


def _hides(head: bytes) -> bool:
    """Whether tags cannot be told from the bytes: UTF-16, or an encoding of the kind of ISO-2022."""
    return head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) or bool(_HIDING.search(_declared(head) or ""))


def decode_page(data: Buffer) -> TextFile:
    """A page as text: by its byte order mark, its XML declaration, its meta charset, else as text files are."""
    head = bytes(data[:_PRESCAN])
    label = None if _has_mark(head) else _declared(head)
    if label is None:
        return decode(data)
    if _HIDING.search(label):
        raise UnsupportedError(f"the page is in the encoding {label}", f"不支持网页编码 {label}", hint=UTF_8_HINT)
    try:
        codec = codecs.lookup(_WIDER.get(label, label)).name
    except LookupError as error:
        raise UnsupportedError(
            f"the page is in an unknown encoding: {label}", f"网页编码未知：{label}", hint=UTF_8_HINT
        ) from error
    return decode(data, codec)


def _layout(page: str) -> _Layout:
    head: Token | None = None
    charset: int | None = None
    beginning, templates, first = 0, 0, ""
    metas: list[Token] = []
    elsewhere: list[Field] = []
    script = ""
    for token in tokens(page):
        if len(elsewhere) < FIELD_LIMIT and (other := _elsewhere(page, token, script)):
            elsewhere.append(other)
        script = (token.get("type") or "").strip().lower() if token.name == "script" else ""
        if token.name == "template":
            templates = max(0, templates + (1 if token.kind == "start" else -1))
        if token.kind == "start" and token.name == "head" and head is None and not templates:
            head = token
        elif token.kind == "start" and token.name == "meta" and not templates:
            if token.get("charset") is not None or (token.get("http-equiv") or "").lower() == "content-type":
                charset = charset or token.stop
            elif len(metas) < FIELD_LIMIT and _key(token) and token.get("content") is not None:
                metas.append(token)
        if head is None and _is_prologue(page, token) and token.start <= beginning:
            beginning = token.stop
        elif token.kind != "text":
            first = first or token.name
    return _Layout(head, charset, beginning, first, tuple(metas), tuple(elsewhere))


def _is_prologue(page: str, token: Token) -> bool:
    """What may stand before the head: white space, comments, the DOCTYPE, the html tag."""
    if token.kind == "text":
        return not token.name and not page[token.start : token.stop].strip("\ufeff \t\r\n\f")
    return (token.kind == "other" and token.closed) or (token.kind == "start" and token.name == "html")


def _key(token: Token) -> str:
    return token.get("name") or token.get("property") or token.get("itemprop") or ""


def _fields(metas: tuple[Token, ...], file: TextFile, defects: tuple[str, ...] = ()) -> Iterator[Field]:
    at, byte = 0, len(file.bom)
    for meta in metas:
        byte += len(file.text[at : meta.start].encode(file.codec))
        at = meta.start
        yield Field(PLACE, _key(meta), meta.get("content") or "", offset=byte, defects=defects)


def _elsewhere(page: str, token: Token, script: str) -> Field | None:
    """What other conventions say outside of meta elements: JSON-LD, and microdata in a link."""
    if token.kind == "text" and token.name == "script" and script == LINKED_DATA:
        return Field("HTML JSON-LD", LINKED_DATA, page[token.start : token.stop])
    if token.kind == "start" and token.name == "link" and token.get("itemprop"):
        return Field("HTML microdata", token.get("itemprop") or "", token.get("href") or "")
    return None


def _insertion(file: TextFile, layout: _Layout, new: str) -> tuple[int, int, str]:
    """After the charset, which must stay among the first 1,024 bytes; else at the head's beginning."""
    newline, head = file.newline, layout.head
    if layout.charset is not None:
        return layout.charset, layout.charset, newline + new
    if head is not None and head.closed and is_xml(file.text):
        return head.stop - 2, head.stop, f">{new}</head>"
    if head is not None:
        return head.stop, head.stop, newline + new
    if layout.first in _IN_HEAD:  # The head is there, only its tags were left out.
        return layout.beginning, layout.beginning, new + newline
    return layout.beginning, layout.beginning, f"<head>{new}</head>{newline}"


CONTAINER = _Html()

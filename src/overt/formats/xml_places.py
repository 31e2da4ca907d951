"""XML with the byte places of its elements, so that a document is changed by a few bytes and not written anew.

Source: XML 1.0 and Namespaces in XML 1.0, as expat reads them. A document type declaration is refused, so that no
entity can expand. Documents in UTF-16 or another declared encoding become UTF-8 first; others stay as they are.
`apply` puts text between the old bytes; it does not look whether the result is still well-formed: callers escape.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax import saxutils

from overt.errors import BudgetError, FormatError

DEPTH_LIMIT = 256
"""The deepest nesting; lists in lists in tables of real documents stay below 60."""
ELEMENT_LIMIT = 6_000_000
"""The most elements of one part; a sheet of a million cells has two to three million."""

Change = tuple[int, int, str]
"""`text` in place of the bytes from `start` to `stop`."""

_DECLARATION = re.compile(rb"(?:\xef\xbb\xbf)?<\?xml\s[^>]{0,300}\?>")
_ENCODING = re.compile(rb"""encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_TAG_END = re.compile(rb"""[^>"']*+(?:(?:"[^"]*+"|'[^']*+')[^>"']*+)*>""")
_ASCII = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})


@dataclass(slots=True, eq=False)
class Element:
    """One element: its tag from `start` to `inner`, its content to `end`, its end tag to `stop`.

    Names are `{namespace}local`, as are those of attributes with a prefix. An empty-element tag has
    `inner == end == stop`. `text` is the text of all that is in it.
    """

    name: str
    attributes: dict[str, str]
    start: int
    inner: int
    end: int = 0
    stop: int = 0
    depth: int = 0
    parent: Element | None = field(default=None, repr=False)
    text: str = ""

    @property
    def local(self) -> str:
        """The name without its namespace."""
        return self.name.rpartition("}")[2]

    @property
    def namespace(self) -> str:
        """The namespace of the name."""
        return self.name[1:].rpartition("}")[0]

    @property
    def is_empty_tag(self) -> bool:
        """Whether it is written as one tag, so that nothing can be put inside without rewriting it."""
        return self.inner == self.stop

    def get(self, name: str, default: str = "") -> str:
        """An attribute's value."""
        return self.attributes.get(name, default)


@dataclass(frozen=True, slots=True)
class Document:
    """The bytes that the places count, and the elements down to the asked depth, in document order."""

    raw: bytes
    elements: tuple[Element, ...]
    prefixes: dict[str, str]
    """The namespaces that the root element declares, by prefix."""

    @property
    def root(self) -> Element:
        """The outermost element."""
        return self.elements[0]

    def named(self, name: str) -> Iterator[Element]:
        """The elements of this name."""
        return (element for element in self.elements if element.name == name)

    def first(self, name: str) -> Element | None:
        """The first element of this name."""
        return next(self.named(name), None)

    def within(self, outer: Element) -> Iterator[Element]:
        """The elements that stand anywhere in another."""
        at = bisect_right(self.elements, outer.start, key=lambda element: element.start)
        while at < len(self.elements) and self.elements[at].start < outer.stop:
            yield self.elements[at]
            at += 1

    def children(self, parent: Element) -> Iterator[Element]:
        """The elements that stand directly in another."""
        return (element for element in self.within(parent) if element.parent is parent)

    def prefix(self, uri: str, wanted: str) -> tuple[str, str]:
        """A prefix for this namespace, and the declaration that an element must carry for it, or nothing.

        What the root declares holds only where no element between declares it anew; writers of office files do not.
        """
        for prefix, declared in self.prefixes.items():
            if declared == uri and prefix:
                return f"{prefix}:", ""
        return f"{wanted}:", f" xmlns:{wanted}={quoted(uri)}"

    def inside(self, element: Element, text: str, *, last: bool = False) -> Change:
        """The change that puts markup at an element's beginning or end, opening an empty-element tag if need be."""
        if not element.is_empty_tag:
            at = element.end if last else element.inner
            return at, at, text
        tag = self.raw[element.start : element.stop].decode("utf-8", "replace")
        name = re.match(r"<([^\s/>]+)", tag)
        return element.stop - 2, element.stop, f">{text}</{name[1] if name else ''}>"


class _Reader:
    def __init__(self, raw: bytes, part: str, depth: int, text_of: frozenset[str], closed: frozenset[str]) -> None:
        self.raw, self.part, self.depth = raw, part, depth
        self.text_of, self.closed = text_of, closed
        self.elements: list[Element] = []
        self.open: list[Element] = []
        self.skipped = 0  # How deep we are inside what is not kept.
        self.listening: list[Element] = []
        self.prefixes: dict[str, str] = {}
        self.count = 0
        self.parser = expat.ParserCreate(namespace_separator="}")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.begin
        self.parser.EndElementHandler = self.finish
        self.parser.StartDoctypeDeclHandler = self.refuse
        self.parser.StartNamespaceDeclHandler = self.declare
        if text_of:
            self.parser.CharacterDataHandler = self.characters

    def refuse(self, *_: object) -> None:
        raise FormatError(
            f"{self.part} has a document type declaration, which packages must not have", f"{self.part} 含有 DTD 声明"
        )

    def declare(self, prefix: str | None, uri: str | None) -> None:
        if not self.elements:
            self.prefixes[prefix or ""] = uri or ""

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        self.count += 1
        if len(self.open) + self.skipped > DEPTH_LIMIT or self.count > ELEMENT_LIMIT:
            raise BudgetError(
                f"{self.part} is nested deeper than {DEPTH_LIMIT} levels or has more than {ELEMENT_LIMIT} elements",
                f"{self.part} 嵌套超过 {DEPTH_LIMIT} 层，或元素超过 {ELEMENT_LIMIT} 个",
            )
        if self.skipped:
            self.skipped += 1
            return
        parent = self.open[-1] if self.open else None
        if parent is not None and (len(self.open) >= self.depth or parent.name in self.closed):
            self.skipped = 1
            return
        start = self.parser.CurrentByteIndex
        tag = _TAG_END.match(self.raw, start)
        inner = tag.end() if tag else start
        named = {_qualified(key): value for key, value in attributes.items()} if attributes else attributes
        element = Element(_qualified(name), named, start, inner, depth=len(self.open), parent=parent)
        self.elements.append(element)
        self.open.append(element)
        if element.name in self.text_of:
            self.listening.append(element)

    def finish(self, _: str) -> None:
        if self.skipped:
            self.skipped -= 1
            return
        element = self.open.pop()
        if self.listening and self.listening[-1] is element:
            self.listening.pop()
        if self.raw[element.inner - 2 : element.inner] == b"/>":
            element.end = element.stop = element.inner
            return
        element.end = self.parser.CurrentByteIndex
        element.stop = self.raw.index(b">", element.end) + 1

    def characters(self, text: str) -> None:
        for element in self.listening:
            element.text += text


def _qualified(name: str) -> str:
    return "{" + name if "}" in name else name


def read(
    raw: bytes,
    part: str,
    *,
    depth: int = DEPTH_LIMIT,
    text_of: Iterable[str] = (),
    closed: Iterable[str] = (),
    partial: bool = False,
) -> Document:
    """The elements of a document down to `depth`, with the text of those named in `text_of`. Raises `FormatError`.

    What is inside the elements named in `closed` is checked and not kept. With `partial` the document may break off:
    elements that are open there end with it.
    """
    raw = _as_utf8(raw, part)
    reader = _Reader(raw, part, depth, frozenset(text_of), frozenset(closed))
    try:
        reader.parser.Parse(raw, not partial)
    except expat.ExpatError as error:
        raise FormatError(f"{part} is not well-formed XML: {error}", f"{part} 不是格式良好的 XML：{error}") from error
    except ValueError as error:
        raise FormatError(f"{part} cannot be read: {error}", f"{part} 无法读取：{error}") from error
    for element in reader.open:
        element.end = element.stop = len(raw)
    if not reader.elements:
        raise FormatError(f"{part} has no element", f"{part} 中没有元素")
    return Document(raw, tuple(reader.elements), reader.prefixes)


def read_around(raw: bytes, part: str, inside: range, *, text_of: Iterable[str] = ()) -> Document:
    """As `read`, without a look at what one element holds: `inside` is from its start tag to its end tag.

    That content is neither checked nor told. A million cells take seconds to parse and are not what is changed.
    """
    cut = raw[: inside.start] + raw[inside.stop :]
    rest = read(cut, part, text_of=text_of)
    if rest.raw is not cut:  # It had to be converted: its places are not those of `raw`.
        return read(raw, part, text_of=text_of)
    for each in rest.elements:
        each.start += len(inside) if each.start > inside.start else 0
        each.inner += len(inside) if each.inner > inside.start else 0
        each.end += len(inside) if each.end >= inside.start else 0
        each.stop += len(inside) if each.stop >= inside.start else 0
    return Document(raw, rest.elements, rest.prefixes)


def _as_utf8(raw: bytes, part: str) -> bytes:
    """The document in UTF-8: as it is, or converted from the encoding that it declares."""
    declaration = _DECLARATION.match(raw)
    declared = _ENCODING.search(declaration[0]) if declaration else None
    codec = declared[1].decode().lower() if declared else "utf-8"
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        codec = "utf-16"
    elif codec in _ASCII:
        return raw
    try:
        text = raw.decode(codec)
    except (UnicodeDecodeError, LookupError) as error:
        raise FormatError(f"{part} is not in the encoding {codec}", f"{part} 的编码不是 {codec}") from error
    rest = re.sub(r"\A\ufeff?\s*<\?xml\s[^>]{0,300}\?>", "", text, count=1)
    return b'<?xml version="1.0" encoding="UTF-8"?>' + rest.lstrip("\ufeff").encode("utf-8", "replace")


def apply(raw: bytes, changes: Iterable[Change]) -> bytes:
    """The document with the changes made; those at one place stay in their order."""
    result, at = [], 0
    for start, stop, text in sorted(changes, key=lambda change: (change[0], change[1])):
        if start < at:
            raise FormatError("two changes of one document overlap", "对同一文档的两处修改重叠")
        result += [raw[at:start], _encoded(text)]
        at = stop
    return b"".join([*result, raw[at:]])


def _encoded(text: str) -> bytes:
    if any((character < " " and character not in "\t\n\r") or character in "\ufffe\uffff" for character in text):
        raise FormatError("the note has characters that XML cannot hold", "文本含有 XML 不允许的字符")
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise FormatError("the note has characters that XML cannot hold", "文本含有 XML 不允许的字符") from error


def escape(text: str) -> str:
    """A text as it stands between tags; a carriage return, which parsers would change, as its number."""
    return saxutils.escape(text, {"\r": "&#13;"})


def quoted(text: str) -> str:
    """A text as an attribute's value, with its quotes."""
    return saxutils.quoteattr(text)

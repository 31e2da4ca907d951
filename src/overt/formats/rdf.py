"""Where the properties of an XMP packet stand in its text: a walk that remembers byte positions.

Source: ISO 16684-1, clause 7 (RDF serialisation), over XML 1.0. Expat reads the text, because it tells where
each tag begins; a document type is refused before any entity of it could count, nesting and number are capped.
It builds no tree and follows no RDF references.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal
from xml.parsers import expat

from overt.errors import BudgetError, FormatError

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"

_MAX_DEPTH = 64
"""XMP written by editors nests a dozen deep (history inside ingredients inside a manifest)."""
_MAX_NODES = 200_000
"""Elements and attributes. Files edited for years list up to 100,000 ancestors."""
_MAX_NAMESPACES = 256
"""In force at one place. Editors declare two dozen; each further one makes every nested declaration dearer."""

_ATTRIBUTE = re.compile(rb"\s+[^\s=/>\"']+\s*=\s*(\"[^\"]*\"|'[^']*')")
_PROLOG = re.compile(rb"\s+|<\?.*?\?>|<!--.*?-->|\xef\xbb\xbf|\0+", re.DOTALL)
_OWN_ATTRIBUTES = frozenset({"about", "ID", "nodeID", "resource", "parseType", "datatype", "bagID"})


@dataclass(frozen=True, slots=True)
class Property:
    """One simple value, and the span of the text that is the whole property which holds it.

    An `item` stands in an array or under `rdf:value`; a `struct` holds other properties and has no text itself.
    `top` says that it describes the file and not a part of another property; `declares` that its element binds
    its own prefix.
    """

    name: str
    namespace: str | None
    prefix: bytes
    text: str
    span: tuple[int, int]
    form: Literal["element", "attribute", "item", "struct"]
    top: bool
    declares: bool
    defects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Packet:
    """All properties of a packet, and how to add a description to it.

    A new description replaces `gap`, between `before` and `after`; it is to use the prefix `prefix` for RDF and
    the quoted `about`. `bound` says whether that prefix is declared.
    """

    properties: tuple[Property, ...]
    gap: tuple[int, int]
    before: bytes
    after: bytes
    prefix: bytes
    bound: bool
    about: bytes


@dataclass(slots=True)
class _Element:
    prefix: str
    name: str
    namespace: str | None
    scope: dict[str, str]
    start: int
    body: int
    depth: int
    declares: bool
    resource: str = ""
    stop: int = 0
    children: int = 0
    array: bool = False
    text: list[str] = field(default_factory=list)

    def is_rdf(self, *names: str) -> bool:
        own = self.namespace == RDF or (self.namespace is None and self.prefix == "rdf")
        return own and (not names or self.name in names)


@dataclass(slots=True)
class _Found:
    """A property whose element may not have ended yet."""

    element: _Element
    text: str
    form: Literal["element", "item", "struct"]


def parse(text: bytes) -> Packet:
    """Walk a packet in UTF-8. Raises `FormatError` if it is no well-formed XML or holds no RDF."""
    start = _root(text)
    walk = _Walk(text, start)
    try:
        walk.parser.Parse(text[start:], True)
    except expat.ExpatError as error:
        # White space, processing instructions and zeros may follow; only the root counts.
        if not walk.closed:
            raise FormatError(
                f"the XMP packet is no well-formed XML: {error}", f"XMP 数据包不是格式良好的 XML：{error}"
            ) from error
    return walk.packet()


def _root(text: bytes) -> int:
    """Where the root element begins. What precedes it needs no parser, and is often not well-formed."""
    position = 0
    while (skipped := _PROLOG.match(text, position)) is not None:
        position = skipped.end()
    if text[position : position + 1] != b"<":
        raise FormatError("the XMP packet holds no XML", "XMP 数据包中没有 XML")
    if text[position + 1 : position + 2] == b"!":
        raise FormatError("the XMP packet has a document type", "XMP 数据包含 DOCTYPE，已拒绝")
    return position


class _Walk:
    """Expat's handlers, and what they have gathered."""

    def __init__(self, text: bytes, offset: int) -> None:
        self.text = text
        self.offset = offset
        self.open: list[_Element] = []
        self.found: list[_Found] = []
        self.attributes: list[Property] = []
        self.rdf: _Element | None = None
        self.about = b'""'
        self.count = 0
        self.closed = False
        self.parser = expat.ParserCreate("utf-8")
        self.parser.ordered_attributes = True
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters
        self.parser.StartDoctypeDeclHandler = self.doctype

    def doctype(self, *_: object) -> None:
        raise FormatError("the XMP packet has a document type", "XMP 数据包含 DOCTYPE，已拒绝")

    def characters(self, data: str) -> None:
        if self.open:
            self.open[-1].text.append(data)

    def start(self, name: str, attributes: list[str]) -> None:
        self.count += 1 + len(attributes) // 2
        if len(self.open) >= _MAX_DEPTH or self.count > _MAX_NODES:
            raise BudgetError("the XMP packet nests too deep or is too long", "XMP 数据包嵌套过深或元素过多")
        begin = self.offset + self.parser.CurrentByteIndex
        pairs = list(zip(attributes[::2], attributes[1::2], strict=True))
        scope = self.open[-1].scope if self.open else {"xml": "http://www.w3.org/XML/1998/namespace"}
        bound = {key[6:]: uri for key, uri in pairs if key == "xmlns" or key.startswith("xmlns:")}
        if bound:
            scope = {**scope, **bound}
        if len(scope) > _MAX_NAMESPACES:
            raise BudgetError("the XMP packet declares too many namespaces", "XMP 数据包声明的命名空间过多")
        prefix, _, local = name.rpartition(":")
        spans, body = self._spans(begin, len(name.encode()), len(pairs))
        element = _Element(prefix, local, scope.get(prefix), scope, begin, body, len(self.open), prefix in bound)
        if self.open:
            self.open[-1].children += 1
            self.open[-1].array |= element.is_rdf("Seq", "Bag", "Alt")
        self.open.append(element)
        if self.rdf is None:
            self.rdf = element if element.is_rdf("RDF") else None
        elif not self.closed:
            for (key, value), span in zip(pairs, spans, strict=True):
                self._attribute(element, key, value, span)

    def _spans(self, begin: int, name: int, count: int) -> tuple[list[tuple[int, int]], int]:
        """Where the attributes of the tag at `begin` stand, and where the tag ends."""
        position, spans = begin + 1 + name, []
        for _ in range(count):
            match = _ATTRIBUTE.match(self.text, position)
            if match is None:
                raise FormatError("an XMP tag that is not as it was read", "XMP 标签与解析结果不一致")
            spans.append(match.span())
            position = match.end()
        return spans, self._after(position)

    def _attribute(self, element: _Element, key: str, value: str, span: tuple[int, int]) -> None:
        prefix, _, local = key.rpartition(":")
        namespace = element.scope.get(prefix) if prefix else None
        if key == "xmlns" or prefix in {"xmlns", "xml"}:
            return
        if namespace == RDF or prefix == "rdf" or (not prefix and local in _OWN_ATTRIBUTES):
            if local == "resource":
                element.resource = value
            elif local == "about" and value:
                raw = self.text[span[0] : span[1]]
                self.about = raw[raw.index(b"=") + 1 :].strip()
            return
        self.attributes.append(
            Property(
                local,
                namespace,
                prefix.encode(),
                value,
                span,
                "attribute",
                top=self.rdf is not None and element.depth == self.rdf.depth + 1,
                declares=False,
                defects=_undeclared(prefix, namespace),
            )
        )

    def end(self, _name: str) -> None:
        element = self.open.pop()
        index = self.offset + self.parser.CurrentByteIndex
        # An empty tag ends where it began; any other has an end tag of its own here.
        element.stop = element.body if index <= element.body and not self._closes(index) else self._after(index)
        self.closed = not self.open
        if self.rdf is None or element is self.rdf or element.depth <= self.rdf.depth:
            return
        owner = element if not element.is_rdf() else self._owner()
        text = "".join(element.text) if not element.children else ""
        if owner is None or (element is not owner and not element.is_rdf("li", "value")):
            return
        if element is not owner:
            if not element.children:
                self.found.append(_Found(owner, text or element.resource, "item"))
        elif not element.children:
            self.found.append(_Found(owner, text or element.resource, "element"))
        elif not element.array:
            self.found.append(_Found(owner, "", "struct"))

    def _closes(self, index: int) -> bool:
        return self.text[index : index + 2] == b"</"

    def _after(self, index: int) -> int:
        """Where the tag ends in which `index` is."""
        end = self.text.find(b">", index)
        if end < 0:
            raise FormatError("an XMP tag that does not end", "XMP 标签没有结束")
        return end + 1

    def _owner(self) -> _Element | None:
        """The nearest property around: the innermost element that is not of RDF itself."""
        depth = self.rdf.depth if self.rdf is not None else 0
        return next((e for e in reversed(self.open) if e.depth > depth and not e.is_rdf()), None)

    def packet(self) -> Packet:
        """What was found, once the text has ended."""
        rdf = self.rdf
        if rdf is None:
            raise FormatError("the XMP packet holds no RDF", "XMP 数据包中没有 RDF")
        elements = (self._property(found, rdf.depth) for found in self.found)
        if rdf.stop == rdf.body and self.text[rdf.body - 2 : rdf.body] == b"/>":
            gap = (rdf.body - 2, rdf.body)
            name = (rdf.prefix + ":" if rdf.prefix else "") + rdf.name
            before, after = b">", f"\n</{name}>".encode()
        else:
            closing = self.text.rfind(b"</", 0, rdf.stop)
            if closing < 0:
                raise FormatError("the RDF of the XMP packet does not end", "XMP 数据包中的 RDF 没有结束")
            inside = self.text[:closing].rstrip(b" \t\r\n")
            gap, before, after = (len(inside), len(inside)), b"", b""
        return Packet(
            tuple(_ordered([*self.attributes, *elements])),
            gap,
            before,
            after,
            prefix=rdf.prefix.encode(),
            bound=rdf.namespace == RDF,
            about=self.about,
        )

    def _property(self, found: _Found, depth: int) -> Property:
        element = found.element
        return Property(
            element.name,
            element.namespace,
            element.prefix.encode(),
            found.text,
            (element.start, element.stop),
            found.form,
            top=element.depth == depth + 2,
            declares=element.declares,
            defects=_undeclared(element.prefix, element.namespace),
        )


def _ordered(properties: Iterable[Property]) -> list[Property]:
    return sorted(properties, key=lambda item: item.span[0])


def _undeclared(prefix: str, namespace: str | None) -> tuple[str, ...]:
    if namespace is not None:
        return ()
    return ("undeclared-prefix" if prefix else "no-namespace",)

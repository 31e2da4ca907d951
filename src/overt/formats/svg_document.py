"""An SVG drawing as text with places: where its root, its metadata and its texts stand.

Source: SVG 1.1 (W3C, second edition), chapters 5 and 21, and SVG 2; XML 1.0 as expat reads it. The text is edited,
never written anew. A document type may stand there, as SVG 1.1 has one; one that declares entities is refused, because
what the drawing says then depends on what they expand to.
It draws nothing, runs no scripts and follows no references.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from overt.errors import BudgetError, FormatError, UnsupportedError
from overt.formats.splice import Buffer, Splice
from overt.formats.text import TEXT_LIMIT, TextFile
from overt.language import Text

NAMESPACE: Final = "http://www.w3.org/2000/svg"
RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"

MAX_DEPTH = 1_000
"""Groups in groups; editors write some dozens, tools that convert maps and plans a few hundred."""
MAX_ELEMENTS = 4_000_000
"""A drawing of the longest text that is read, made of the shortest elements, has this many."""
MAX_KEPT = 10_000
"""Elements and comments whose texts are told."""

_XML_ENCODING = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9_.:-]{1,40})[\"']")
_FIRST = re.compile(r"<(?![?!])(?:[A-Za-z_][\w.-]{0,60}:)?([A-Za-z_][\w.-]{0,60})(?=[\s/>])([^>]{0,2000})")
_COMMENT = re.compile(r"<!--.*?(?:-->|$)", re.DOTALL)
_TAG = re.compile(rb"""<[^>"']*+(?:(?:"[^"]*+"|'[^']*+')[^>"']*+)*>""")
_PLAIN_HINT: Final = Text(
    zh="请用绘图软件另存为“普通 SVG”（UTF-8 编码）后重试。",
    en="Save it as “plain SVG” in UTF-8 with a drawing program, then try again.",
)


@dataclass(slots=True)
class Element:
    """One element that is kept: its tag from `start` to `inner`, its content to `end`, its end tag to `stop`.

    Places count characters. `path` are the local names from the root down to this element's own, `scope` the prefixes
    in force in it. `text` is the text in it but that of other elements that are kept, `leaf` whether there are none.
    An empty-element tag has `inner == end == stop`.
    """

    path: tuple[str, ...]
    namespace: str
    prefix: str
    attributes: dict[str, str]
    scope: dict[str, str]
    start: int
    inner: int = 0
    end: int = 0
    stop: int = 0
    leaf: bool = True
    said: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The local name."""
        return self.path[-1]

    @property
    def text(self) -> str:
        """The text in it."""
        return "".join(self.said)

    @property
    def is_rdf(self) -> bool:
        """Whether it is the root of RDF."""
        return self.name == "RDF" and self.namespace == RDF


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment, with its delimiters."""

    text: str
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """The text, its root, the root's children that describe it, RDF and what else metadata hold, texts, comments.

    `kept` holds, in document order: children of the root named title, desc and metadata; every element in metadata
    outside RDF, and RDF itself; `text` elements anywhere; elements with the attribute asked for.
    """

    file: TextFile
    root: Element
    kept: tuple[Element, ...]
    comments: tuple[Comment, ...]

    def metadata(self) -> list[Element]:
        """The root's metadata elements."""
        return [one for one in self.kept if one.path == ("svg", "metadata")]

    def rdf(self) -> list[Element]:
        """RDF in the metadata, however deep."""
        return [one for one in self.kept if one.is_rdf]

    def splice(self, changes: Iterable[tuple[int, int, str]]) -> Splice:
        """The file with these changes, in any order; letters that its encoding lacks become references."""
        return self.file.splice(sorted(changes), errors="xmlcharrefreplace")

    def inside(self, element: Element, markup: str, *, last: bool) -> tuple[int, int, str]:
        """The change that puts markup at an element's beginning or end, opening an empty-element tag if need be."""
        if element.inner != element.stop:
            at = element.end if last else element.inner
            return at, at, markup
        name = f"{element.prefix}:{element.name}" if element.prefix else element.name
        return element.stop - 2, element.stop, f">{markup}</{name}>"


def begins(head: bytes) -> int:
    """How sure the first bytes make us that this is an SVG: 100 with its namespace, 80 by the name alone."""
    coding = "utf-16" if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8"
    text = _COMMENT.sub("", head.decode(coding, "replace").lstrip("\ufeff \t\r\n"))
    first = _FIRST.search(text) if text.startswith("<") else None
    if first is None or first[1] != "svg":
        return 0
    return 100 if NAMESPACE in first[2] or "!DOCTYPE svg" in text[: first.start()] else 80


def decode(data: Buffer) -> TextFile:
    """The text, by its byte order mark or its XML declaration, else UTF-8. Raises `MediaError`."""
    if len(data) > TEXT_LIMIT:
        raise BudgetError(
            f"the drawing is {len(data)} bytes long; at most {TEXT_LIMIT} are read",
            f"图形文件长 {len(data)} 字节；最多读取 {TEXT_LIMIT} 字节",
        )
    raw = bytes(data)
    marks = (
        (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
        (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
    )  # fmt: skip
    bom, codec = next(((mark, name) for mark, name in marks if raw.startswith(mark)), (b"", ""))
    if not codec:
        declared = _XML_ENCODING.search(raw[:1024])
        codec = declared[1].decode("ascii").lower() if declared else "utf-8"
        # A document in UTF-16 needs a mark; without one, an ASCII reader would not have come so far.
        codec = "utf-8" if codec.startswith(("utf-16", "utf-32")) else codec
    try:
        text = raw[len(bom) :].decode(codec)
        if text.encode(codec) == raw[len(bom) :]:
            return TextFile(text, codec, bom)
    except (UnicodeError, LookupError):
        pass
    raise UnsupportedError(f"the drawing is no text in {codec}", f"图形文件不是有效的 {codec} 文本", hint=_PLAIN_HINT)


def parse(file: TextFile, attribute: str = "") -> Drawing:
    """Walk a drawing. Raises `FormatError` for what is no well-formed SVG, `UnsupportedError` for entities.

    Elements that carry `attribute` are kept, too.
    """
    walk = _Walk(file, attribute)
    try:
        walk.parser.Parse(walk.body, True)
    except expat.ExpatError as error:
        raise FormatError(f"the SVG is no well-formed XML: {error}", f"SVG 不是格式良好的 XML：{error}") from error
    return walk.drawing()


@dataclass(slots=True)
class _Walk:
    """Expat's handlers, and what they have gathered. Places are bytes of UTF-8 until the walk has ended."""

    file: TextFile
    attribute: str
    body: bytes = b""
    open: list[tuple[str, Element | None, dict[str, str]]] = field(default_factory=list)
    listening: list[Element] = field(default_factory=list)
    kept: list[Element] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    in_rdf: int = 0
    count: int = 0
    parser: expat.XMLParserType = field(init=False)

    def __post_init__(self) -> None:
        self.body = self.file.text.encode("utf-8", "surrogatepass")
        self.parser = expat.ParserCreate("utf-8")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters
        self.parser.CommentHandler = self.comment
        self.parser.EntityDeclHandler = self.entity

    def entity(self, *_: object) -> None:
        raise UnsupportedError(
            "the SVG declares entities in its document type", "SVG 的 DOCTYPE 中声明了实体", hint=_PLAIN_HINT
        )

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.count += 1
        if len(self.open) >= MAX_DEPTH or self.count > MAX_ELEMENTS:
            raise BudgetError(
                f"an SVG nested deeper than {MAX_DEPTH} levels or of more than {MAX_ELEMENTS} elements",
                f"SVG 嵌套超过 {MAX_DEPTH} 层，或元素超过 {MAX_ELEMENTS} 个",
            )
        prefix, _, local = name.rpartition(":")
        scope = self.open[-1][2] if self.open else {}
        declared = {key.partition(":")[2]: value for key, value in attributes.items() if key.split(":")[0] == "xmlns"}
        if declared:
            scope = scope | declared
        namespace = scope.get(prefix, "")
        element = None
        if self._is_kept(local, namespace, attributes) and len(self.kept) < MAX_KEPT:
            path = (*(name for name, _, _ in self.open), local)
            start = self.parser.CurrentByteIndex
            element = Element(path, namespace, prefix, attributes, scope, start, inner=self._tag_end(start))
            if self.listening:
                self.listening[-1].leaf = False
            self.kept.append(element)
            self.listening.append(element)
        if self.in_rdf or (local == "RDF" and namespace == RDF):
            self.in_rdf += 1
        self.open.append((local, element, scope))

    def _is_kept(self, local: str, namespace: str, attributes: dict[str, str]) -> bool:
        depth = len(self.open)
        if depth == 0:
            if local != "svg" or namespace not in (NAMESPACE, ""):
                raise FormatError("not an SVG: its first element is another", "不是 SVG：根元素不符")
            return True
        if depth == 1 and local in {"title", "desc", "metadata"}:
            return True
        if depth > 1 and self.open[1][0] == "metadata":
            return not self.in_rdf
        return local == "text" or (bool(self.attribute) and self.attribute in attributes)

    def _tag_end(self, start: int) -> int:
        found = _TAG.match(self.body, start)
        if found is None:
            raise FormatError("a tag of the SVG is not as it was read", "SVG 标签与解析结果不一致")
        return found.end()

    def end(self, _name: str) -> None:
        _, element, _ = self.open.pop()
        self.in_rdf = max(0, self.in_rdf - 1)
        if element is None:
            return
        self.listening.pop()
        at = self.parser.CurrentByteIndex
        if self.body[element.inner - 2 : element.inner] == b"/>":
            element.end = element.stop = element.inner
        else:
            element.end = at
            element.stop = self.body.index(b">", at) + 1

    def characters(self, data: str) -> None:
        if len(self.listening) > 1:  # The root's own text is that of all the drawing.
            self.listening[-1].said.append(data)

    def comment(self, data: str) -> None:
        if len(self.comments) < MAX_KEPT:
            start = self.parser.CurrentByteIndex
            self.comments.append(Comment(data, start, start + len(data.encode("utf-8", "surrogatepass")) + 7))

    def drawing(self) -> Drawing:
        places = sorted(
            {at for one in self.kept for at in (one.start, one.inner, one.end, one.stop)}
            | {at for one in self.comments for at in (one.start, one.stop)}
        )
        characters, byte, at = dict[int, int](), 0, 0
        for place in places:
            at += len(self.body[byte:place].decode("utf-8", "surrogatepass"))
            byte = place
            characters[place] = at
        for one in self.kept:
            one.start, one.inner = characters[one.start], characters[one.inner]
            one.end, one.stop = characters[one.end], characters[one.stop]
        comments = (Comment(one.text, characters[one.start], characters[one.stop]) for one in self.comments)
        return Drawing(self.file, self.kept[0], tuple(self.kept), tuple(comments))

"""SVG drawings: the texts that describe them, and the note in the RDF of their metadata.

Source: SVG 1.1, chapter 21, whose `metadata` element holds XML of other namespaces; RDF in it as in XMP
(ISO 16684-1), which no clause names for SVG and independent readers understand (formats/marks.md 2.3).
The drawing's text is edited, so that everything else stays byte for byte. SVG that is packed by gzip (.svgz) is read,
and not written into.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import replace
from html import escape

from overt.errors import BudgetError, FormatError, UnsupportedError
from overt.formats import loose, xmp
from overt.formats.container import Fault, Field, Note, Superseded, Survey
from overt.formats.splice import Buffer, Splice
from overt.formats.svg_document import Drawing, Element, begins, decode, parse
from overt.formats.text import TEXT_LIMIT
from overt.language import Text

_OPENING, _CLOSING = '<x:xmpmeta xmlns:x="adobe:ns:meta/">', "</x:xmpmeta>"
_EMPTY = f'{_OPENING}\n<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n</rdf:RDF>\n{_CLOSING}'
_CREDENTIAL = "manifest"
"""`c2pa:manifest` is a credential in Base64, which another reader understands."""
_MAX_TEXT = 1 << 20
"""A title, description or comment. What is longer is data, not a text about the drawing."""
_HEAD = 4096


class Svg:
    """The container format SVG."""

    name = "svg"
    media_type = "image/svg+xml"
    suffixes = (".svg",)
    place = "XMP"

    def sniff(self, head: bytes) -> int:
        """The first element is `svg`."""
        return begins(head)

    def survey(self, data: Buffer) -> Survey:
        """XMP properties, what else stands in the metadata, title, description and comments."""
        file = decode(data)
        try:
            drawing = parse(file)
        except FormatError as error:
            found = xmp.read(file.text.encode("utf-8", "replace"), "XMP")
            return Survey(found.fields, (Fault("SVG", error.message),))
        fields: list[Field] = []
        faults: list[Fault] = []
        for _, _, inner in _places(drawing):
            fields += inner.fields
            faults += inner.faults
        return Survey(tuple(fields), tuple(faults))

    def put(self, data: Buffer, note: Note, superseded: Superseded) -> Splice:
        """The note in the RDF that holds it already, else in the first, else in metadata made for it."""
        drawing = parse(decode(data))
        places = list(_places(drawing))
        home = _home(drawing, note)
        changes = [
            _cleaned(drawing, start, stop, superseded)
            for start, stop, inner in places
            if (home is None or (start, stop) != (home.start, home.stop)) and any(map(superseded, inner.fields))
        ]
        if home is not None:
            before, after = _around(home)
            old = drawing.file.text[home.start : home.stop]
            packet = xmp.set_property(f"{before}{old}{after}".encode(), note, superseded).decode()
            changes.append((home.start, home.stop, packet[len(before) : len(packet) - len(after)]))
        else:
            changes.append(_new(drawing, xmp.set_property(_EMPTY.encode(), note, superseded).decode()))
        return drawing.splice(_narrowed(drawing.file.text, change) for change in _outermost(changes))


class Svgz:
    """SVG that is packed by gzip: read as what is in it."""

    name = "svgz"
    media_type = "image/svg+xml"
    suffixes = (".svgz",)
    place = "XMP"

    def sniff(self, head: bytes) -> int:
        """A gzip member (RFC 1952) that unpacks to the beginning of an SVG."""
        if head[:3] != b"\x1f\x8b\x08":
            return 0
        try:
            return begins(zlib.decompressobj(31).decompress(head, _HEAD))
        except zlib.error:
            return 0

    def survey(self, data: Buffer) -> Survey:
        """The texts of the drawing inside."""
        inner = CONTAINERS[0].survey(unpacked(data))
        return Survey(tuple(replace(field, offset=None) for field in inner.fields), inner.faults)

    def put(self, data: Buffer, note: Note, superseded: Superseded) -> Splice:  # noqa: ARG002
        """Refused."""
        raise packed()


CONTAINERS = (Svg(), Svgz())


def packed() -> UnsupportedError:
    """The error for a packed drawing that is to be changed, and the way out."""
    return UnsupportedError(
        "a packed SVG (.svgz) is not written into",
        "不支持写入压缩的 SVG（.svgz）",
        hint=Text(
            zh="请先解压为 .svg（gunzip -S .svgz 文件），标识后需要时再压缩。",
            en="Unpack it to .svg first (gunzip -S .svgz FILE), mark that, and pack it again if need be.",
        ),
    )


def unpacked(data: Buffer) -> bytes:
    """The drawing in a packed file. Raises `FormatError`, or `BudgetError` for more than is read of a text."""
    unpacker = zlib.decompressobj(31)
    try:
        body = unpacker.decompress(data, TEXT_LIMIT + 1)
    except zlib.error as error:
        raise FormatError(f"the SVGZ cannot be unpacked: {error}", f"SVGZ 无法解压：{error}") from error
    if len(body) > TEXT_LIMIT:
        raise BudgetError(f"the drawing unpacks to more than {TEXT_LIMIT} bytes", f"图形解压后超过 {TEXT_LIMIT} 字节")
    if not unpacker.eof:
        raise FormatError("the SVGZ ends before its drawing does", "SVGZ 文件不完整")
    return body


def _around(rdf: Element) -> tuple[str, str]:
    """What makes a packet of RDF that stands alone: a root in which the drawing's prefixes are in force."""
    declared = "".join(
        f' xmlns{":" + prefix if prefix else ""}="{escape(uri)}"'
        for prefix, uri in rdf.scope.items()
        if prefix != "xml"
    )
    return f"<x{declared}>", "</x>"


def _places(drawing: Drawing) -> Iterator[tuple[int, int, Survey]]:
    """Every place with a text: its span, and what it says."""
    at, offset = 0, len(drawing.file.bom)
    for one in drawing.kept:
        offset += len(drawing.file.text[at : one.start].encode(drawing.file.codec))
        at = one.start
        if one.is_rdf:
            before, after = _around(one)
            packet = f"{before}{drawing.file.text[one.start : one.stop]}{after}".encode()
            yield one.start, one.stop, xmp.read(packet, "XMP", offset)
        elif one.path in {("svg", "title"), ("svg", "desc")}:
            yield one.start, one.stop, _told("SVG " + one.name, one.name, one.text, offset)
        elif one.path[:2] == ("svg", "metadata") and one.leaf and one.name != _CREDENTIAL:
            key = one.attributes.get("name") or one.name
            # The drawing's own element stays, what it says may go.
            span = (one.inner, one.end) if len(one.path) == 2 else (one.start, one.stop)
            yield *span, _told("SVG metadata", key, one.text, offset)
    for comment in drawing.comments:
        yield comment.start, comment.stop, _told("SVG comment", "Comment", comment.text, None)


def _told(place: str, key: str, text: str, offset: int | None) -> Survey:
    text = text.strip()
    if len(text) > _MAX_TEXT:
        return Survey((), (Fault(place, Text(zh=f"文本长达 {len(text)} 字", en=f"a text of {len(text)} letters")),))
    if key == "Comment" and (objects := loose.read(text.encode(), key, place, offset or 0)).fields:
        return objects
    return Survey((Field(place, key, text, None, offset),) if text else ())


def _home(drawing: Drawing, note: Note) -> Element | None:
    """The RDF for the note: that which has it, else the first."""
    candidates = drawing.rdf()
    for one in candidates:
        before, after = _around(one)
        found = xmp.read(f"{before}{drawing.file.text[one.start : one.stop]}{after}".encode())
        if any(field.key == note.key and field.namespace == note.namespace for field in found.fields):
            return one
    return next(iter(candidates), None)


def _cleaned(drawing: Drawing, start: int, stop: int, superseded: Superseded) -> tuple[int, int, str]:
    """The change that takes what is superseded out of a place; only RDF keeps what else it says."""
    one = next((one for one in drawing.rdf() if (one.start, one.stop) == (start, stop)), None)
    if one is None:
        return start, stop, ""
    before, after = _around(one)
    shorter = xmp.drop(f"{before}{drawing.file.text[start:stop]}{after}".encode(), superseded).decode()
    return start, stop, shorter[len(before) : len(shorter) - len(after)]


def _new(drawing: Drawing, packet: str) -> tuple[int, int, str]:
    """The packet in the drawing's metadata, which are made behind a title and a description, the first of all."""
    newline, own = drawing.file.newline, f"{drawing.root.prefix}:" if drawing.root.prefix else ""
    packet = packet.replace("\n", newline)
    if homes := drawing.metadata():
        return drawing.inside(homes[0], packet, last=True)
    markup = f"{newline}<{own}metadata>{packet}</{own}metadata>"
    described = [one for one in drawing.kept if one.path in {("svg", "title"), ("svg", "desc")}]
    at = drawing.root.inner
    for one in described:
        if not drawing.file.text[at : one.start].strip():
            at = one.stop
    return drawing.inside(drawing.root, markup, last=False) if at == drawing.root.inner else (at, at, markup)


def _outermost(changes: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """The changes without those inside another one; what is put at a place stands before what is replaced there."""
    result: list[tuple[int, int, str]] = []
    for change in sorted(changes, key=lambda one: (one[0], one[0] != one[1], -one[1])):
        if not result or change[0] >= result[-1][1]:
            result.append(change)
    return result


def _narrowed(text: str, change: tuple[int, int, str]) -> tuple[int, int, str]:
    """The change without what it leaves the same at its ends."""
    start, stop, new = change
    head = _alike(text[start:stop], new)
    tail = _alike(text[start + head : stop][::-1], new[head:][::-1])
    return start + head, stop - tail, new[head : len(new) - tail]


def _alike(one: str, other: str) -> int:
    """How many letters two texts begin alike with."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))

"""XMP packets: reading every simple property, and setting one while all else stays byte for byte.

Source: ISO 16684-1 (XMP Specification Part 1), clauses 6 and 7. Properties are told apart by namespace URI,
never by prefix; the element and the attribute form of RDF mean the same. Packets are edited in their text,
not parsed and written anew, so comments, prefixes and layout survive.
It follows no RDF references, resolves no entities and refuses a document type.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from functools import cache
from xml.sax.saxutils import escape, quoteattr

from overt.errors import BudgetError, FormatError, MediaError, UnsupportedError
from overt.formats.container import Fault, Field, Note, Superseded, Survey
from overt.formats.rdf import RDF, Packet, Property, parse

_MAX_SIZE = 1 << 24
"""Packets of a few megabytes exist (embedded thumbnails, long histories); more is not text about a file."""

_WRAPPER = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
    f' <rdf:RDF xmlns:rdf="{RDF}">\n'
    " </rdf:RDF>\n"
    "</x:xmpmeta>\n"
    '<?xpacket end="w"?>'
).encode()

_WHITE = b" \t\r\n"
_LEAST_PADDING = 64
"""Less white space before the packet's end is layout, not padding."""
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WIDE = re.compile("""\\s+encoding\\s*=\\s*(["'])utf-(?:16|32)[^"']*\\1""", re.IGNORECASE)
_MARKED = ((b"\xff\xfe\0\0", "utf-32"), (b"\0\0\xfe\xff", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_BARE = ((b"<\0\0\0", "utf-32-le"), (b"\0\0\0<", "utf-32-be"), (b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))

# The tolerant scan: properties by their looks. Lengths are bounded so that it stays linear on hostile text.
_NAME = r"(?<![\w.-])([\w.-]{1,64}):([\w.-]{1,64})"
_ELEMENT = re.compile(rf"<{_NAME}(?:\s[^<>]{{0,2000}})?>([^<]+)</")
_ATTRIBUTE = re.compile(rf"{_NAME}\s{{0,8}}=\s{{0,8}}(?:\"([^\"<]*)\"|'([^'<]*)')")
_MAX_SCANNED = 10_000
_NOT_PROPERTIES = frozenset({"xmlns", "xml", "rdf", "x"})


def read(packet: bytes, place: str = "XMP", offset: int | None = None) -> Survey:
    """Every simple property of a packet, as it stands in its RDF; items of arrays one by one.

    A packet that is no XML is scanned for what looks like a property; such fields carry a defect, and a fault
    says what is wrong.
    """
    try:
        found = parse(_utf8(packet))
    except MediaError as error:
        return Survey(tuple(_scan(packet, place, offset)), (Fault(place, error.message),))
    return Survey(tuple(_field(item, place, offset) for item in found.properties if item.form != "struct"))


def set_property(packet: bytes | None, note: Note, superseded: Superseded, place: str = "XMP") -> bytes:
    """The packet with exactly this note, in the element form; a new packet where there was none.

    Superseded properties go, the rest of the packet stays byte for byte, and so does the packet's length
    as far as its padding allows. Doing it twice gives the same bytes. A packet in UTF-16 becomes UTF-8.
    Raises `FormatError` for a packet that is no XML, `UnsupportedError` for a text that XML cannot hold.
    """
    if _ILLEGAL.search(note.text):
        raise UnsupportedError("the note holds characters that XML cannot", "文本含有 XML 不允许的字符")
    text = _WRAPPER if packet is None else _utf8(packet)
    found = _wrapper() if packet is None else parse(text)
    edits = {item.span: b"" for item in found.properties if superseded(_field(item, place)) or _same(item, note)}
    home = next((p for p in found.properties if p.form == "element" and p.top and _same(p, note)), None)
    if home is not None:
        edits[home.span] = _element(home.prefix, note, declare=home.declares)
    else:
        if not found.bound:
            raise FormatError("the XMP packet does not declare its RDF prefix", "XMP 数据包未声明 RDF 前缀")
        edits[found.gap] = found.before + _description(note, found) + found.after
    return _padded(text, _applied(text, edits))


@cache
def _wrapper() -> Packet:
    return parse(_WRAPPER)


def drop(packet: bytes, superseded: Superseded, place: str = "XMP") -> bytes:
    """The packet without its superseded properties; the very same bytes if it holds none.

    Raises `FormatError` if it seems to hold one and is no XML.
    """
    if not any(superseded(found) for found in read(packet, place).fields):
        return packet
    text = _utf8(packet)
    edits = {item.span: b"" for item in parse(text).properties if superseded(_field(item, place))}
    return _padded(text, _applied(text, edits))


def _field(item: Property, place: str, offset: int | None = None) -> Field:
    return Field(place, item.name, item.text, item.namespace, offset, item.defects)


def _same(item: Property, note: Note) -> bool:
    return item.namespace == note.namespace and item.name == note.key


def _applied(text: bytes, edits: dict[tuple[int, int], bytes]) -> bytes:
    """The text with its spans replaced. A span inside another one goes with it."""
    parts, position = [], 0
    for (start, stop), new in sorted(edits.items(), key=lambda edit: (edit[0][0], -edit[0][1])):
        if start < position:
            continue
        kept = text[position:start]
        # An element that goes takes its indentation along.
        parts += [kept if new or text[start : start + 1] != b"<" else kept.rstrip(_WHITE), new]
        position = stop
    return b"".join([*parts, text[position:]])


def _padded(old: bytes, new: bytes) -> bytes:
    """The new packet at the length of the old one, as far as the white space before its end allows."""
    end = new.rfind(b"<?xpacket")
    start = len(new[: max(end, 0)].rstrip(_WHITE))
    room = end - start
    if end < 0 or room < _LEAST_PADDING:
        return new
    wanted = max(1, room + len(old) - len(new))
    return new[:start] + new[start:end][:wanted].ljust(wanted) + new[end:]


def _description(note: Note, packet: Packet) -> bytes:
    rdf = packet.prefix + b":" if packet.prefix else b""
    bound = b"xmlns:" + note.prefix.encode() + b"=" + quoteattr(note.namespace).encode()
    opening = b"<" + rdf + b"Description " + rdf + b"about=" + packet.about + b" " + bound + b">"
    inner = _element(note.prefix.encode(), note, declare=False)
    return b"\n  " + opening + b"\n   " + inner + b"\n  </" + rdf + b"Description>"


def _element(prefix: bytes, note: Note, *, declare: bool) -> bytes:
    name = (prefix + b":" if prefix else b"") + note.key.encode()
    inner = escape(note.text, {"\r": "&#13;"}).encode()
    bound = b" xmlns" + (b":" + prefix if prefix else b"") + b"=" + quoteattr(note.namespace).encode()
    return b"<" + name + (bound if declare else b"") + b">" + inner + b"</" + name + b">"


def _utf8(packet: bytes) -> bytes:
    """The packet in UTF-8, told by its first bytes as XML 1.0 appendix F does."""
    if len(packet) > _MAX_SIZE:
        raise BudgetError(f"an XMP packet of {len(packet)} bytes", f"XMP 数据包过大（{len(packet)} 字节）")
    encoding = next((name for mark, name in (*_MARKED, *_BARE) if packet.startswith(mark)), None)
    if encoding is None:
        return packet
    try:
        return _WIDE.sub("", packet.decode(encoding)).encode()
    except UnicodeError as error:
        raise FormatError(f"the XMP packet is no {encoding}", f"XMP 数据包不是有效的 {encoding}") from error


def _scan(packet: bytes, place: str, offset: int | None) -> Iterator[Field]:
    """What looks like a property in a text that is no XML."""
    try:
        text = _utf8(packet[:_MAX_SIZE]).decode("utf-8", "replace")
    except MediaError:
        text = packet[:_MAX_SIZE].decode("latin-1").replace("\0", "")
    spaces = {m[2]: html.unescape(m[3] or m[4] or "") for m in _ATTRIBUTE.finditer(text) if m[1] == "xmlns"}
    count = 0
    for pattern in (_ELEMENT, _ATTRIBUTE):
        for match in pattern.finditer(text):
            if match[1] in _NOT_PROPERTIES:
                continue
            count += 1
            if count > _MAX_SCANNED:
                return
            value = next(group for group in (*match.groups()[2:], "") if group is not None)
            defects = ("not-well-formed-xml",)
            yield Field(place, match[2], html.unescape(value), spaces.get(match[1]), offset, defects)

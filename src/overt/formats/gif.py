"""GIF files, moving ones among them: the texts in their extensions, and the note in their XMP packet.

Source: GIF89a Specification, clauses 24 to 26; XMP Specification Part 3, 1.1.2, for the packet in an application
extension with its trailer of 258 bytes, which leads readers that expect sub-blocks to the packet's end. The note
goes into that packet, as TC260-PG-20259A clause 6 asks.
It does not decode the picture. Pictures after the trailer are no part of a GIF and are kept unread.
"""

from __future__ import annotations

import re

from overt.errors import BudgetError, FormatError, MediaError
from overt.formats import loose, xmp
from overt.formats.container import Fault, Field, Note, Superseded, Survey
from overt.formats.gif_blocks import Block, divided, joined, layout, sound
from overt.formats.splice import Buffer, Piece, Splice

_XMP = b"XMP DataXMP"
_TRAILER = bytes([1, *range(255, -1, -1), 0])
_HEAD = b"\x21\xff\x0b" + _XMP
_NO_TEXT = (b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012", b"C2PA_GIF\1\0\0", b"MGK8BIM0000", b"MGKIPTC0000")
"""Loop counts, the profile, the credential (which is not ours to change), and binary blocks of ImageMagick."""
_MAX_TEXT = 1 << 24
"""Texts in all. Packets of a few megabytes exist; more is not text about a picture."""
_MAX_FIELDS = 10_000
"""Comments and packets. Real files hold a handful; every frame of a long animation might have one."""
_PACKET_END = re.compile(rb"<\?xpacket\s+end=[^>]{1,40}\?>|</[\w.-]{1,40}:?xmpmeta>")


class Gif:
    """The container format GIF."""

    name = "gif"
    media_type = "image/gif"
    suffixes = (".gif",)
    place = "XMP"

    def sniff(self, head: bytes) -> int:
        """The signature with either version."""
        return 100 if head[:6] in (b"GIF87a", b"GIF89a") else 0

    def survey(self, data: Buffer) -> Survey:
        """The texts of every extension, in order, those after the pictures too."""
        found = layout(data)
        fields: list[Field] = []
        faults: list[Fault] = []
        total = 0
        for block in found.blocks:
            if not _holds_text(block):
                continue
            total += block.stop - block.start
            if total > _MAX_TEXT or len(fields) > _MAX_FIELDS:
                error = BudgetError("too many texts in a GIF", "GIF 中的文本过多")
                faults.append(Fault("GIF", error.message))
                break
            inner = _read(data, block)
            fields += inner.fields
            faults += inner.faults
        if found.fault is not None:
            faults.append(Fault("GIF", found.fault.message))
        return Survey(tuple(fields), tuple(faults))

    def put(self, data: Buffer, note: Note, superseded: Superseded) -> Splice:
        """The note in the first XMP packet, which is made before the first picture where there is none.

        A GIF of 1987, whose version knows no extensions, becomes one of 1989; nothing else sets the two apart.
        """
        found = sound(data)
        home = next((block for block in found.blocks if block.name == _XMP), None)
        first = next(block for block in found.blocks if block.kind in {"control", "image", "text"})
        pieces: list[Piece] = [b"GIF89a"]
        start = 6
        for block in found.blocks:
            if block is first and home is None:
                pieces += [range(start, block.start), _extension(xmp.set_property(None, note, superseded))]
                start = block.start
            if block is home:
                new: bytes | None = _extension(xmp.set_property(_packet(data, block)[0], note, superseded))
            else:
                new = _cleaned(data, block, superseded) if _holds_text(block) else None
            if new is not None:
                pieces += [range(start, block.start), new]
                start = block.stop
        return Splice([*pieces, range(start, len(data))])


CONTAINER = Gif()


def _holds_text(block: Block) -> bool:
    return block.kind not in {"image", "control"} and block.name not in _NO_TEXT


def _read(data: Buffer, block: Block) -> Survey:
    """The texts of one extension."""
    try:
        if block.name == _XMP:
            packet, defects = _packet(data, block)
            inner = xmp.read(packet, "XMP", block.start)
            if not defects:
                return inner
            flawed = (
                Field(f.place, f.key, f.text, f.namespace, f.offset, (*f.defects, *defects)) for f in inner.fields
            )
            return Survey(tuple(flawed), inner.faults)
        body = joined(data, block.body, block.stop, _MAX_TEXT)
    except MediaError as error:
        return Survey((), (Fault("GIF", error.message),))
    if block.kind == "comment":
        text = _decoded(body)
        return Survey((Field("GIF comment", "Comment", text, None, block.start),) if text.strip() else ())
    return loose.read(body, _key(block), "GIF extension", block.start)


def _cleaned(data: Buffer, block: Block, superseded: Superseded) -> bytes | None:
    """The extension without what is superseded; None if it stays as it is."""
    if block.name == _XMP:
        packet, _ = _packet(data, block)
        shorter = xmp.drop(packet, superseded)
        return None if shorter == packet else _extension(shorter)
    if block.kind == "comment":
        return b"" if any(superseded(found) for found in _read(data, block).fields) else None
    body = joined(data, block.body, block.stop, _MAX_TEXT)
    kept = loose.cleaned(body, _key(block), "GIF extension", superseded)
    if kept is None:
        return b""
    return None if kept == body else bytes(data[block.start : block.body]) + divided(kept)


def _key(block: Block) -> str:
    if block.kind == "text":
        return "PlainText"
    return block.name.decode("latin-1").rstrip(" \0") or "extension"


def _packet(data: Buffer, block: Block) -> tuple[bytes, tuple[str, ...]]:
    """The XMP packet of an extension, however it was stored, and what was wrong about that."""
    if block.stop - block.body > _MAX_TEXT:
        raise BudgetError(f"an XMP packet of more than {_MAX_TEXT} bytes", f"XMP 数据包超过 {_MAX_TEXT} 字节")
    raw = bytes(data[block.body : block.stop])
    if raw.endswith(_TRAILER):
        return raw[: -len(_TRAILER)], ()
    # Some writers know only sub-blocks; others leave the trailer away or count it wrongly.
    parts = joined(raw, 0, len(raw), _MAX_TEXT)
    if _begins_as_xml(parts) or not _begins_as_xml(raw):
        return parts, ("structure",)
    ends = [match.end() for match in _PACKET_END.finditer(raw)]
    return (raw[: ends[-1]] if ends else raw.rstrip(b"\0")), ("structure",)


def _begins_as_xml(text: bytes) -> bool:
    return text.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def _extension(packet: bytes) -> bytes:
    """An XMP packet as an application extension. A zero byte would end it for readers of sub-blocks."""
    packet = packet.rstrip(b"\0")
    if b"\0" in packet:
        raise FormatError("the XMP packet holds a zero byte", "XMP 数据包中含有空字节")
    return _HEAD + packet + _TRAILER


def _decoded(body: bytes) -> str:
    """A comment: ASCII by the specification, UTF-8 or Latin-1 in the wild."""
    try:
        return body.decode().strip("\0")
    except UnicodeDecodeError:
        return body.decode("latin-1").strip("\0")

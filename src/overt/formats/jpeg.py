"""JPEG files: the texts in their segments, and the note in their XMP packet.

Source: XMP Specification Part 3, 1.1.3 (XMP in APP1), as TC260-PG-20259A clause 6 asks for; CIPA DC-008, 4.5
(EXIF in APP1); JFIF (ITU-T T.871). Also read: ExtendedXMP, comments, and labels that vendors leave bare in an
APP segment. It does not decode the picture, and does not look into the further pictures of a multi-picture file.
"""

from __future__ import annotations

from overt.errors import FormatError
from overt.formats import exif, loose, mpf, xmp, xmp_extended
from overt.formats.container import Field, Note, Superseded, Survey
from overt.formats.jpeg_segments import (
    APP0,
    APP1,
    APP2,
    APP11,
    APP14,
    COM,
    MAX_BODY,
    Segment,
    components,
    layout,
    segment,
    sound,
)
from overt.formats.splice import Buffer, Piece, Splice

_XMP = b"http://ns.adobe.com/xap/1.0/\x00"
_ICC = b"ICC_PROFILE\x00"
_ADOBE = b"Adobe"
# Binary by definition: a JPEG's credential may well name a label inside, without being one.
_BINARY = ((APP2, _ICC), (APP2, mpf.SIGNATURE), (APP11, b"JP"), (APP14, _ADOBE))


class Jpeg:
    """The container format JPEG."""

    name = "jpeg"
    media_type = "image/jpeg"
    suffixes = (".jpg", ".jpeg", ".jpe", ".jfif")
    place = "XMP"

    def sniff(self, head: bytes) -> int:
        """A start of image and the next marker's first byte."""
        return 100 if head[:3] == b"\xff\xd8\xff" else 0

    def survey(self, data: Buffer) -> Survey:
        """The texts of every segment, in order; ExtendedXMP last."""
        found = layout(data)
        fields: list[Field] = []
        faults = list(found.faults)
        pieces = []
        for part in found.segments:
            body = bytes(data[part.body : part.stop]) if part.is_metadata else b""
            if part.begins(data, APP1, xmp_extended.SIGNATURE):
                pieces.append(body)
            else:
                inner = _read(part, body)
                fields += inner.fields
                faults += inner.faults
        extended, broken = xmp_extended.gather(pieces)
        faults += broken
        for packet in (item.packet() for item in extended):
            inner = xmp.read(packet, "ExtendedXMP") if packet is not None else Survey()
            fields += inner.fields
            faults += inner.faults
        return Survey(tuple(fields), tuple(faults))

    def put(self, data: Buffer, note: Note, superseded: Superseded) -> Splice:
        """The note in the standard XMP packet, which is made after JFIF and EXIF where there is none."""
        segments, stop = sound(data)
        edits, guids = _extended_edits(data, segments, superseded)
        home: Segment | None = None
        for part in segments:
            if not part.is_metadata or part in edits:
                continue
            body = bytes(data[part.body : part.stop])
            if part.begins(data, APP1, _XMP) and home is None:
                home = part
                edits[part] = _standard(body[len(_XMP) :], note, superseded, guids)
            elif (new := _cleaned(part, body, superseded)) != body:
                edits[part] = b"" if new is None else segment(part.marker, new)
        packet = b"" if home is not None else _standard(None, note, superseded, guids)
        return _spliced(data, segments, stop, edits, packet)


CONTAINER = Jpeg()


def transplant(original: Buffer, encoded: Buffer) -> bytes:
    """The metadata of `original` around the compressed picture of `encoded`.

    All APPn and COM segments come from the original, also its credential (which its new surroundings make
    invalid, but which is not ours to strip) and the pictures after its first one. Two things describe the
    compression and come from `encoded`: its Adobe segment, and its profile where the number of colour
    components differs. Thumbnails inside the metadata stay as they were.
    """
    old, old_stop = sound(original)
    new, new_stop = sound(encoded)
    same = components(original, old) == components(encoded, new)
    parts: list[bytes] = [b"\xff\xd8"]
    index: list[tuple[int, Segment]] = []
    for part in old:
        if not part.is_metadata or part.begins(original, APP14, _ADOBE):
            continue
        if part.begins(original, APP2, _ICC) and not same:
            continue
        if part.begins(original, APP2, mpf.SIGNATURE):
            index.append((len(parts), part))
        parts.append(bytes(original[part.start : part.stop]))
    position = 2
    for part in new:
        if part.is_metadata:
            keep = part.begins(encoded, APP14, _ADOBE) or (part.begins(encoded, APP2, _ICC) and not same)
            parts.append(bytes(encoded[position : part.stop if keep else part.start]))
            position = part.stop
    parts.append(bytes(encoded[position:new_stop]))
    growth = sum(map(len, parts)) - old_stop
    for place, part in index:
        shift = sum(map(len, parts[:place])) - part.start
        parts[place] = segment(APP2, mpf.moved(bytes(original[part.body : part.stop]), growth, shift))
    return b"".join([*parts, original[old_stop:]])


def _read(part: Segment, body: bytes) -> Survey:
    """The texts of one segment."""
    if part.marker == APP1 and body.startswith(_XMP):
        return xmp.read(body[len(_XMP) :], "XMP", part.start)
    if part.marker == APP1 and body.startswith(exif.PREFIX):
        return exif.read(body, part.start)
    if part.marker == COM:
        text, defects = _text(body)
        return Survey((Field("JPEG COM", "Comment", text, None, part.start, defects),)) if text else Survey()
    return Survey() if _is_binary(part, body) else loose.read(body, _place(part), _place(part), part.start)


def _is_binary(part: Segment, body: bytes) -> bool:
    return not part.is_metadata or any(part.marker == mark and body.startswith(head) for mark, head in _BINARY)


def _place(part: Segment) -> str:
    return f"JPEG APP{part.marker - APP0}"


def _text(body: bytes) -> tuple[str, tuple[str, ...]]:
    try:
        return body.decode().strip("\0"), ()
    except UnicodeDecodeError:
        return body.decode("latin-1").strip("\0"), ("not-utf-8",)


def _cleaned(part: Segment, body: bytes, superseded: Superseded) -> bytes | None:
    """The payload without what is superseded; None if nothing of it is left."""
    if part.marker == APP1 and body.startswith(_XMP):
        return _XMP + xmp.drop(body[len(_XMP) :], superseded)
    if part.marker == APP1 and body.startswith(exif.PREFIX):
        return exif.blank(body, superseded)
    if part.marker == COM:
        return None if any(map(superseded, _read(part, body).fields)) else body
    return body if _is_binary(part, body) else loose.cleaned(body, _place(part), _place(part), superseded)


def _standard(packet: bytes | None, note: Note, superseded: Superseded, guids: dict[bytes, bytes]) -> bytes:
    """The segment of the standard packet, with the note in it."""
    new = xmp.set_property(packet, note, superseded)
    for old_guid, guid in guids.items():
        new = new.replace(old_guid, guid)
    if len(_XMP) + len(new) > MAX_BODY:
        raise FormatError(
            f"the XMP packet would have {len(new)} bytes, more than a JPEG segment holds; "
            "shorten the file's XMP metadata or convert it to PNG",
            f"XMP 数据包将达 {len(new)} 字节，超出一个 JPEG 段的容量；请精简该文件的 XMP 元数据，或转换为 PNG",
        )
    return segment(APP1, _XMP + new)


def _extended_edits(
    data: Buffer, segments: list[Segment], superseded: Superseded
) -> tuple[dict[Segment, bytes], dict[bytes, bytes]]:
    """New segments for extended packets that hold something superseded, and the packets' new names."""
    parts = [part for part in segments if part.begins(data, APP1, xmp_extended.SIGNATURE)]
    edits: dict[Segment, bytes] = {}
    guids: dict[bytes, bytes] = {}
    for item in xmp_extended.gather([bytes(data[part.body : part.stop]) for part in parts])[0]:
        packet = item.packet()
        if packet is None:
            continue
        new = xmp.drop(packet, superseded, "ExtendedXMP")
        if new == packet:
            continue
        guids[item.guid], bodies = xmp_extended.cut(new)
        mine = [part for part in parts if item.guid in bytes(data[part.body : part.body + 80])]
        edits |= dict.fromkeys(mine, b"")
        edits[mine[0]] = b"".join(segment(APP1, body) for body in bodies)
    return edits, guids


def _spliced(data: Buffer, segments: list[Segment], stop: int, edits: dict[Segment, bytes], packet: bytes) -> Splice:
    """The file with the edited segments, and the new one after the leading JFIF and EXIF segments."""
    place = 0
    while segments[place].marker == APP0 or segments[place].begins(data, APP1, exif.PREFIX):
        place += 1
    growth = len(packet) + sum(len(new) - (part.stop - part.start) for part, new in edits.items())
    pieces: list[Piece] = []
    position = shift = 0
    for number, part in enumerate(segments):
        pieces.append(range(position, part.start))
        if number == place:
            pieces.append(packet)
            shift += len(packet)
        position = part.start
        new = edits.get(part)
        if new is None and growth and part.begins(data, APP2, mpf.SIGNATURE):
            head = bytes(data[part.start : part.body])
            new = head + mpf.moved(bytes(data[part.body : part.stop]), growth, shift)
        if new is not None:
            pieces.append(new)
            shift += len(new) - (part.stop - part.start)
            position = part.stop
    # The end of the picture, and whatever follows it.
    pieces += [range(position, stop), range(stop, len(data))]
    return Splice(pieces)

"""What the frames of an ID3v2 tag say in words, and a tag with one note set.

Source: ID3 2.4.0 native frames 4.2 (text), 4.8 (lyrics), 4.10 (comments), 4.27 (private); XMP Specification Part 3
for the private frame that holds a packet. Addresses (`W…`), pictures and other objects give no field.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from overt.errors import FormatError
from overt.formats import ape, id3, xmp
from overt.formats.container import Fault, Field, Note, Superseded, Survey
from overt.formats.splice import Buffer

PLACE = "ID3 TXXX"

XMP_PLACE = "ID3 PRIV XMP"

_USER = ("TXXX", "TXX")
_COMMENTS = ("COMM", "COM", "USLT", "ULT")
_ID3V1 = {"title": "TIT2", "artist": "TPE1", "album": "TALB", "year": "TDRC", "comment": "COMM"}
_ENCODINGS = ("latin-1", "utf-16", "utf-16-be", "utf-8")


@dataclass(frozen=True, slots=True)
class _Told:
    """A frame and what it says."""

    frame: id3.Frame
    survey: Survey


def survey(tag: id3.Tag) -> Survey:
    """Every text in a tag."""
    told = list(_told(tag))
    return Survey(
        tuple(field for item in told for field in item.survey.fields),
        tuple(fault for item in told for fault in item.survey.faults),
    )


def put(data: Buffer, tag: id3.Tag | None, note: Note | None, superseded: Superseded) -> bytes:
    """The tag with exactly this note, or without superseded fields if there is no note.

    The note takes the place of the first frame that it replaces. A tag in which nothing changes keeps its bytes.
    A new tag says what the file's ID3v1 tag says, which players no longer look at beside it.
    """
    frames = [] if tag else list(_from_id3v1(data, superseded))
    fresh = id3.text_frame(tag.major if tag else 4, note.key, note.text) if note else b""
    changed = tag is None
    for item in _told(tag) if tag else ():
        _refuse_unread(item)
        fields = item.survey.fields
        own = note is not None and any(field.place == PLACE and field.key == note.key for field in fields)
        if not own and not any(superseded(field) for field in fields):
            frames.append(item.frame.raw)
        elif _is_xmp(item.frame):
            frames.append(_without(tag, item.frame, superseded))
            changed = True
        else:
            changed = changed or item.frame.raw != fresh
            frames.append(fresh)
            fresh = b""
    if tag is not None and not changed and (not note or not fresh):
        return bytes(data[tag.start : tag.stop])
    return id3.build(tag, [frame for frame in (*frames, fresh) if frame])


def _from_id3v1(data: Buffer, superseded: Superseded) -> Iterator[bytes]:
    """What an ID3v1 tag says, as frames of version 2.4, in the bytes that it has."""
    for field in ape.id3v1_fields(data):
        if not superseded(field):
            lead = b"\0XXX\0" if field.key == "comment" else b"\0"
            yield id3.frame(4, _ID3V1[field.key], lead + field.text.encode("latin-1"))
    track, genre = ape.id3v1_numbers(data)
    if track:
        yield id3.frame(4, "TRCK", b"\0%d" % track)
    if genre is not None:
        yield id3.frame(4, "TCON", b"\0%d" % genre)


def _refuse_unread(item: _Told) -> None:
    if item.survey.faults:
        fault = item.survey.faults[0]
        raise FormatError(
            f"{fault.place}: {fault.reason.en}; it may hold an older version",
            f"{fault.place}：{fault.reason.zh}；其中可能有旧版内容",
        )


def _without(tag: id3.Tag | None, frame: id3.Frame, superseded: Superseded) -> bytes:
    packet = xmp.drop((frame.body or b"")[4:], superseded, XMP_PLACE)
    return id3.frame(tag.major if tag else 4, frame.id, b"XMP\0" + packet)


def _told(tag: id3.Tag) -> Iterator[_Told]:
    for frame in tag.frames:
        if _is_xmp(frame):
            yield _Told(frame, xmp.read((frame.body or b"")[4:], XMP_PLACE, tag.start))
        elif not frame.id.startswith("T") and frame.id not in _COMMENTS:
            yield _Told(frame, Survey())
        elif frame.reason is not None:
            yield _Told(frame, Survey(faults=(Fault(_place(frame), frame.reason),)))
        else:
            yield _Told(frame, Survey(tuple(_fields(tag, frame, frame.body or b""))))


def _is_xmp(frame: id3.Frame) -> bool:
    return frame.id == "PRIV" and frame.body is not None and frame.body.startswith(b"XMP\0")


def _place(frame: id3.Frame) -> str:
    return PLACE if frame.id in _USER else f"ID3 {frame.id}"


def _fields(tag: id3.Tag, frame: id3.Frame, body: bytes) -> Iterator[Field]:
    encoding = body[0] if body else 0
    defects = list(tag.defects)
    if encoding >= len(_ENCODINGS):
        encoding = 0
        defects.append("id3-unknown-encoding")
    if frame.id in _COMMENTS:
        texts = _strings(body[4:], encoding, 2, defects)
        key, values = texts[0] or frame.id, texts[1:]
    elif frame.id in _USER:
        texts = _strings(body[1:], encoding, 0, defects)
        key, values = texts[0], texts[1:]
    else:
        key, values = frame.id, _strings(body[1:], encoding, 0, defects)
    while len(values) > 1 and not values[-1]:
        values.pop()
    for value in values or [""]:
        yield Field(_place(frame), key, value, offset=tag.start, defects=tuple(defects))


def _strings(raw: bytes, encoding: int, limit: int, defects: list[str]) -> list[str]:
    """The texts between terminators; with a `limit`, the last one keeps its terminators."""
    return [_decoded(part, encoding, defects) for part in _parts(raw, 2 if encoding in (1, 2) else 1, limit)]


def _parts(raw: bytes, width: int, limit: int) -> list[bytes]:
    parts: list[bytes] = []
    start = at = 0
    end = bytes(width)
    while (at := raw.find(end, at)) >= 0 and not (limit and len(parts) == limit - 1):
        if at % width != 0:
            at += 1
            continue
        parts.append(raw[start:at])
        start = at = at + width
    parts.append(raw[start:])
    return parts


def _decoded(raw: bytes, encoding: int, defects: list[str]) -> str:
    codec = _ENCODINGS[encoding]
    if codec == "utf-16" and raw[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        # Without its mark it is little-endian in practice.
        codec = "utf-16-le"
        if raw.strip(b"\0"):
            defects.append("id3-utf-16-without-mark")
    try:
        return raw.decode(codec).rstrip("\0")
    except UnicodeDecodeError:
        defects.append(f"id3-not-{codec}")
        return raw.decode(codec, "replace").rstrip("\0")

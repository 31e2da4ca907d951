"""FLV: notes as a string of `onMetaData`, the script data that describes the film.

Source: TC260-PG-20257A (formats/marks.md 2.4); Adobe Flash Video File Format 10.1, annex E.
What it reads besides: every other text of `onMetaData`, and XMP in `onXMPData`. Places in the file that the metadata
names (the index of key pictures, the file's size) follow when the film moves.
It looks at the first tags of a file, where players look for metadata; what live recordings say later is not read.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from overt.errors import FormatError, MediaError, TruncatedError, UnsupportedError
from overt.formats import amf, xmp
from overt.formats.container import Fault, Field, Note, Superseded, Survey
from overt.formats.cursor import Cursor
from overt.formats.splice import Buffer, Splice

AUDIO, VIDEO, SCRIPT = 8, 9, 18
HEADER: Final = 11
"""Bytes of a tag's header."""
BEHIND: Final = 4
"""Bytes behind a tag that repeat its length, for walking backwards."""

LOOKED_AT: Final = 1024
"""Tags from the beginning of a file that are looked at: a quarter of a minute of film with sound."""
MAX_BODY: Final = (1 << 24) - 1
"""What a tag's 24-bit size can say."""

_PLACE: Final = "onMetaData"
_XMP: Final = "onXMPData"
_FIXED: Final = 9
"""Bytes of the file's header."""
_IS_SCRIPT: Final = 0x1F
"""The bits of a tag's type that are its type; another says that it is encrypted."""


@dataclass(frozen=True, slots=True)
class FlvTag:
    """Where one tag is: its header at `header`, its body in `start:stop`; `time` in milliseconds of decoding."""

    kind: int
    header: int
    start: int
    stop: int
    time: int

    @property
    def end(self) -> int:
        """Where the next one begins."""
        return self.stop + BEHIND


@dataclass(frozen=True, slots=True)
class _Script:
    """The script data of one tag: its name, and the values behind it."""

    tag: FlvTag
    reader: amf.Reader
    name: str
    values: tuple[amf.Value, ...]


class _Flv:
    name = "flv"
    media_type = "video/x-flv"
    suffixes = (".flv", ".f4v")
    place = _PLACE

    def sniff(self, head: bytes) -> int:
        """By the magic number, the version, and flags that are not reserved."""
        return 95 if head[:4] == b"FLV\x01" and len(head) > 4 and not head[4] & 0xFA else 0

    def survey(self, data: Buffer) -> Survey:
        """Every text of the metadata; a tag that cannot be read becomes a fault."""
        fields: list[Field] = []
        faults: list[Fault] = []
        try:
            for tag in _looked_at(data):
                if tag.kind != SCRIPT:
                    continue
                try:
                    found = _survey(_script(data, tag))
                except MediaError as error:
                    found = Survey(faults=(Fault(_PLACE, error.message),))
                fields.extend(found.fields)
                faults.extend(found.faults)
        except MediaError as error:
            faults.append(Fault("FLV", error.message))
        return Survey(tuple(fields), tuple(faults))

    def put(self, data: Buffer, note: Note, superseded: Superseded) -> Splice:
        """The film with the note in its first metadata; places that the metadata names follow."""
        scripts = [_script(data, tag) for tag in _looked_at(data) if tag.kind == SCRIPT]
        unread = next((fault for script in scripts for fault in _survey(script).faults), None)
        if unread is not None:
            raise FormatError(f"{unread.place}: {unread.reason.en}", f"{unread.place}：{unread.reason.zh}")
        home = next((script for script in scripts if _described(script) is not None), None)
        bodies = {script.tag: _body(script, note if script is home else None, superseded) for script in scripts}
        return exchanged(data, bodies, _new(note) if home is None else b"")


CONTAINER = _Flv()


def start(data: Buffer) -> int:
    """Where the first tag is. Raises `FormatError`."""
    cursor = Cursor(data)
    if cursor.take(3) != b"FLV":
        raise FormatError("this is no FLV file", "这不是 FLV 文件")
    cursor.skip(2)
    length = cursor.uint(4)
    if length < _FIXED:
        raise FormatError(f"the FLV header claims {length} bytes", f"FLV 文件头声明长度为 {length} 字节")
    cursor.skip(length - _FIXED + BEHIND)
    return cursor.position


def tags(data: Buffer) -> Iterator[FlvTag]:
    """The tags in order. Raises `TruncatedError` behind the last whole one where the file ends within another."""
    cursor = Cursor(data, start(data))
    while cursor.left:
        header = cursor.position
        kind = cursor.uint(1) & _IS_SCRIPT
        size = cursor.uint(3)
        time = cursor.uint(3) | cursor.uint(1) << 24
        cursor.skip(3)
        begin = cursor.skip(size)
        yield FlvTag(kind, header, begin, begin + size, time)
        # The last one may lack what is behind it.
        cursor.skip(min(BEHIND, cursor.left))


def exchanged(data: Buffer, bodies: dict[FlvTag, bytes], new: bytes = b"") -> Splice:
    """The film with other bodies of some tags, none of those with an empty one, and a new tag before all others.

    Places that the metadata names follow.
    """
    first = start(data)
    growth = {
        tag: (len(body) - (tag.stop - tag.start)) if body else tag.header - tag.end for tag, body in bodies.items()
    }
    moves = _Moves(first, new, growth)
    scripts = {tag: bytes(data[tag.start : tag.stop]) for tag in _looked_at(data) if tag.kind == SCRIPT}
    bodies = {tag: _relocated(body, moves, len(data)) for tag, body in scripts.items() if tag not in bodies} | {
        tag: _relocated(body, moves, len(data)) if tag in scripts else body for tag, body in bodies.items()
    }
    splice, at = Splice([range(first), new]), first
    for tag, body in sorted(bodies.items(), key=lambda item: item[0].header):
        splice.add(range(at, tag.header))
        if body:
            splice.add(_tag(data, tag, body))
        at = min(tag.end, len(data))
    splice.add(range(at, len(data)))
    return splice


def _looked_at(data: Buffer) -> Iterator[FlvTag]:
    count = 0
    for count, tag in enumerate(tags(data), 1):
        yield tag
        if count >= LOOKED_AT:
            return
    if not count:
        raise TruncatedError("the FLV file ends before its first tag", "FLV 文件在第一个标签之前中断")


def _script(data: Buffer, tag: FlvTag) -> _Script:
    reader = amf.Reader(bytes(data[tag.start : tag.stop]))
    values: list[amf.Value] = []
    while reader.cursor.left:
        if values and not any(reader.cursor.peek(len(reader.data))):
            break  # Zeros with which some writers fill up.
        if len(values) > 1 and reader.text(values[0]) in (_PLACE, _XMP):
            break  # Behind what the name speaks of there is nothing for anybody.
        values.append(reader.value())
    # "@setDataFrame" is what an encoder tells a server; recorded as it is, the name follows.
    if values and reader.text(values[0]) == "@setDataFrame":
        values = values[1:]
    told = reader.text(values[0]) if values else None
    return _Script(tag, reader, told or "", tuple(values[1:]))


def _described(script: _Script) -> amf.Value | None:
    """The object that describes the film."""
    if script.name != _PLACE or not script.values:
        return None
    value = script.values[0]
    return value if value.kind in (amf.OBJECT, amf.ECMA_ARRAY) else None


def _survey(script: _Script) -> Survey:
    if script.name == _XMP:
        packets = [text for value in script.values for member in value.members if (text := _text(script, member))]
        found = [xmp.read(packet.encode(), _XMP, script.tag.header) for packet in packets]
        return Survey(tuple(f for one in found for f in one.fields), tuple(f for one in found for f in one.faults))
    if script.name != _PLACE:
        return Survey()
    value = _described(script)
    return Survey() if value is None else Survey(tuple(_texts(script, value)))


def _text(script: _Script, member: amf.Member) -> str | None:
    return script.reader.text(member.value)


def _texts(script: _Script, value: amf.Value) -> Iterator[Field]:
    """The texts of an object, and of those inside it; nesting is bounded by the reader."""
    for member in value.members:
        text = script.reader.text(member.value)
        if text is not None:
            yield Field(_PLACE, member.name, text, offset=script.tag.header)
        elif member.value.kind not in (amf.STRICT_ARRAY, amf.NUMBER):
            yield from _texts(script, member.value)


def _body(script: _Script, note: Note | None, superseded: Superseded) -> bytes:
    """Script data without older versions, with the note where the first of them was; empty where nothing is left."""
    data = script.reader.data
    if script.name == _XMP:
        return _xmp_body(script, superseded)
    value = _described(script)
    if value is None:
        return data
    fresh = b"" if note is None else amf.name(note.key) + amf.string(note.text)
    pieces: list[bytes] = [data[: value.start]]
    head = value.start + (5 if value.kind == amf.ECMA_ARRAY else 1)
    at, placed, count, changed = head, False, len(value.members), False
    body: list[bytes] = []
    for member in value.members:
        text = script.reader.text(member.value)
        nested = text is None and any(superseded(field) for field in _texts(script, member.value))
        if not nested and (text is None or not superseded(Field(_PLACE, member.name, text, offset=script.tag.header))):
            continue
        body.append(data[at : member.named])
        if fresh and not placed:
            body.append(fresh)
            placed = True
        else:
            count -= 1
        at, changed = member.value.stop, True
    end = value.stop - 3 if value.closed else value.stop
    body.append(data[at:end])
    if fresh and not placed:
        body.append(fresh)
        count, changed = count + 1, True
    if not changed:
        return data
    if not count:
        return b""
    told = int.from_bytes(data[value.start + 1 : head], "big")
    # A count that was a guess stays one.
    fits = value.kind == amf.ECMA_ARRAY and told == len(value.members)
    pieces.append(data[value.start : value.start + 1])
    pieces.append(count.to_bytes(4, "big") if fits else data[value.start + 1 : head])
    pieces += [*body, b"\0\0\x09" if not value.closed else data[end : value.stop], data[value.stop :]]
    return b"".join(pieces)


def _xmp_body(script: _Script, superseded: Superseded) -> bytes:
    """XMP without older versions."""
    data, at = script.reader.data, 0
    pieces: list[bytes] = []
    for value in script.values:
        for member in value.members:
            text = script.reader.text(member.value)
            if text is None:
                continue
            packet = xmp.drop(text.encode(), superseded, _XMP)
            if packet != text.encode():
                pieces += [data[at : member.value.start], amf.string(packet.decode())]
                at = member.value.stop
    return b"".join((*pieces, data[at:]))


def _new(note: Note) -> bytes:
    """A whole tag with metadata that is nothing but the note."""
    body = amf.string(_PLACE) + bytes((amf.ECMA_ARRAY, 0, 0, 0, 1))
    return _whole(bytes(7), body + amf.name(note.key) + amf.string(note.text) + b"\0\0\x09")


def _tag(data: Buffer, tag: FlvTag, body: bytes) -> bytes:
    """A tag with another body; type and time stay."""
    return _whole(bytes(data[tag.header + 4 : tag.start]), body, bytes(data[tag.header : tag.header + 1]))


def _whole(times: bytes, body: bytes, kind: bytes = bytes((SCRIPT,))) -> bytes:
    if len(body) > MAX_BODY:
        raise UnsupportedError(
            f"metadata of {len(body)} bytes does not fit in an FLV tag", f"FLV 标签容不下 {len(body)} 字节的元数据"
        )
    return kind + len(body).to_bytes(3, "big") + times + body + (HEADER + len(body)).to_bytes(4, "big")


class _Moves:
    """Where bytes of the old file are in the new one."""

    def __init__(self, first: int, new: bytes, growth: dict[FlvTag, int]) -> None:
        self._ends, self._totals = [first], [len(new)]
        for end, grown in sorted((tag.end, grown) for tag, grown in growth.items() if grown):
            self._ends.append(end)
            self._totals.append(self._totals[-1] + grown)

    def __call__(self, at: int) -> int:
        """The new place of what was at `at`."""
        number = bisect_right(self._ends, at)
        return at + (self._totals[number - 1] if number else 0)


def _relocated(body: bytes, moves: _Moves, size: int) -> bytes:
    """Metadata in which places of the file follow; any other script data as they are."""
    if body[3 : 3 + len(_PLACE)] != _PLACE.encode() and b"@setDataFrame" not in body[:16]:
        return body
    reader = amf.Reader(body)
    values: list[amf.Value] = []
    while reader.cursor.left and len(values) < 3:
        if values and not any(reader.cursor.peek(len(body))):
            break
        values.append(reader.value())
    result = bytearray(body)
    for member in (member for value in values for member in value.members):
        is_size = member.name == "filesize" and reader.number(member.value) == size
        if is_size or member.name == "lastkeyframelocation":
            _renumber(result, reader, member.value, moves)
        elif member.name == "keyframes":
            for inner in member.value.members:
                for each in inner.value.members if inner.name == "filepositions" else ():
                    _renumber(result, reader, each.value, moves)
    return bytes(result)


def _renumber(body: bytearray, reader: amf.Reader, value: amf.Value, moves: Callable[[int], int]) -> None:
    """Let one place follow. What is no whole number is none."""
    told = reader.number(value)
    if told is not None and math.isfinite(told) and told == int(told) and told >= 0:
        body[value.start + 1 : value.stop] = amf.number(moves(int(told)))

"""MP3: notes as an ID3v2 `TXXX` frame.

Source: ID3 2.3.0 and 2.4.0; ISO/IEC 11172-3 2.4.1 (frame header); TC260-PG-202510A (formats/marks.md 2.5).
A file without a tag gets one of version 2.4; an existing tag keeps its version.
`TaggedStream` serves other streams of frames with the same tags, too.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

from overt.errors import FormatError, MediaError
from overt.formats import ape, id3, id3_texts
from overt.formats.container import Fault, Field, Note, Superseded, Survey
from overt.formats.splice import Buffer, Splice

MAX_TAGS = 16
"""ID3v2 tags in a row; broken taggers leave two or three."""

MAX_JUNK = 64 << 10
"""Bytes between the tags and the first frame of sound; players search about as far."""

_BITRATES = {
    (1, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (1, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}


class TaggedStream(ABC):
    """What streams of frames have in common that have tags around them: ID3v2 before, APEv2 and ID3v1 behind."""

    place = id3_texts.PLACE

    @abstractmethod
    def require_sound(self, data: Buffer, start: int) -> None:
        """Raise `MediaError` where behind the tags, at `start`, there is no sound of this kind."""

    def survey(self, data: Buffer) -> Survey:
        """The texts of every tag, before the sound and behind it."""
        fields: list[Field] = []
        faults: list[Fault] = []
        start = 0
        try:
            for tag in _tags(data):
                start = tag.stop
                found = id3_texts.survey(tag)
                fields.extend(found.fields)
                faults.extend(found.faults)
        except MediaError as error:
            faults.append(Fault("ID3", error.message))
            start = min(id3.extent(data, start) or start, len(data))
        fields.extend(ape.id3v1_fields(data))
        try:
            appended, tail = _tail(data, start)
            for at in appended:
                found = id3_texts.survey(id3.read(data, at))
                fields.extend(found.fields)
                faults.extend(found.faults)
            fields.extend(field for _, field in (tail.items if tail else ()) if field)
        except MediaError as error:
            faults.append(Fault("tags at the end", error.message))
        if not faults:
            try:
                self.require_sound(data, start)
            except MediaError as error:
                faults.append(Fault("audio", error.message))
        return Survey(tuple(fields), tuple(faults))

    def put(self, data: Buffer, note: Note, superseded: Superseded) -> Splice:
        """The file with the note in its first tag; every frame of sound is kept."""
        tags = list(_tags(data))
        start = tags[-1].stop if tags else 0
        self.require_sound(data, start)
        appended, tail = _tail(data, start)
        first = id3_texts.put(data, tags[0] if tags else None, note, superseded)
        edits = [(0, tags[0].stop if tags else 0, first)]
        edits += [
            (tag.start, tag.stop, id3_texts.put(data, tag, None, superseded))
            for tag in (*tags[1:], *(id3.read(data, at) for at in appended))
        ]
        if tail is not None:
            edits.append((tail.start, tail.stop, ape.without(data, tail, superseded)))
        result, position = Splice(), 0
        for begin, stop, new in sorted(edits, key=lambda edit: edit[0]):
            result.add(range(position, begin))
            result.add(range(begin, stop) if new == bytes(data[begin:stop]) else new)
            position = stop
        result.add(range(position, len(data)))
        return result


class _Mp3(TaggedStream):
    name = "mp3"
    media_type = "audio/mpeg"
    suffixes = (".mp3", ".mp2", ".mpga")

    def sniff(self, head: bytes) -> int:
        """By a tag with sound behind it, or by frames that lead from one to the next."""
        start = id3.extent(head, 0)
        if start is not None:
            if start + 4 > len(head):
                return 70
            if head[start : start + 4] == b"fLaC" or head[start : start + 3] == b"ID3":
                return 10
            return 90 if _frame(head[start : start + 4]) else 30
        if _leads_on(head, 0, 2):
            return 80
        return 40 if any(_leads_on(head, at, 3) for at in range(1, min(len(head), 2048))) else 0

    def require_sound(self, data: Buffer, start: int) -> None:
        """At least one frame."""
        _require_sound(data, start)


CONTAINER = _Mp3()


def _tags(data: Buffer) -> Iterator[id3.Tag]:
    """The tags at the start of the file."""
    position = 0
    for _ in range(MAX_TAGS):
        if id3.extent(data, position) is None:
            if bytes(data[position : position + 3]) == b"ID3":
                raise FormatError(
                    f"an ID3v2 tag at byte {position} whose header cannot be read",
                    f"字节 {position} 处的 ID3v2 标签头无法读取",
                )
            return
        tag = id3.read(data, position)
        yield tag
        position = tag.stop
    raise FormatError(f"more than {MAX_TAGS} ID3v2 tags in a row", f"连续出现 {MAX_TAGS} 个以上的 ID3v2 标签")


def _tail(data: Buffer, start: int) -> tuple[list[int], ape.Tag | None]:
    """Behind the sound: where an appended ID3v2 tag begins, and an APEv2 tag."""
    stop = ape.id3v1(data)
    tag = None
    appended: list[int] = []
    for _ in range(2):
        footer = bytes(data[max(stop - id3.HEADER, 0) : stop])
        if footer[:3] == b"3DI" and not appended:
            begin = stop - id3.syncsafe(footer[6:]) - 2 * id3.HEADER
            if begin < start or id3.extent(data, begin) != stop:
                raise FormatError("the ID3v2 tag at the end has no beginning", "文件末尾的 ID3v2 标签找不到开头")
            appended.append(begin)
            stop = begin
        elif tag is None:
            tag = ape.read(data, stop)
            if tag is None:
                break
            if tag.start < start:
                raise FormatError("the APE tag reaches into the tag before the sound", "APE 标签与音频之前的标签重叠")
            stop = tag.start
    return appended, tag


def _require_sound(data: Buffer, start: int) -> None:
    window = bytes(data[start : start + MAX_JUNK])
    at = window.find(b"\xff")
    while at >= 0:
        if _leads_on(window, at, 2) or (_frame(window[at : at + 4]) and at == 0):
            return
        at = window.find(b"\xff", at + 1)
    raise FormatError("no MPEG audio frame was found", "未找到 MPEG 音频帧")


def _leads_on(data: bytes, at: int, frames: int) -> bool:
    """Whether that many frames of one kind follow each other from `at`; the end of the data counts for one."""
    first = data[at : at + 4]
    for number in range(frames):
        header = data[at : at + 4]
        length = _frame(header)
        if not length or header[1] & 0xFE != first[1] & 0xFE or (header[2] ^ first[2]) & 0x0C:
            return number > 0 and at == len(data)
        at += length
    return True


def _frame(header: bytes) -> int:
    """The length of the MPEG audio frame with this header; 0 if it is none, or of free bit rate."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return 0
    version, layer = header[1] >> 3 & 3, 4 - (header[1] >> 1 & 3)
    bitrate, rate, padding = header[2] >> 4, header[2] >> 2 & 3, header[2] >> 1 & 1
    if version == 1 or layer == 4 or bitrate in (0, 15) or rate == 3:
        return 0
    table = _BITRATES[(1, layer) if version == 3 else (2, 1 if layer == 1 else 2)]
    bits, hertz = table[bitrate - 1] * 1000, _RATES[version][rate]
    if layer == 1:
        return (12 * bits // hertz + padding) * 4
    return (72 if layer == 3 and version != 3 else 144) * bits // hertz + padding

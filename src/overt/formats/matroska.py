"""Matroska and WebM: notes as tags, `Segment/Tags/Tag/SimpleTag`.

Source: TC260-PG-20257A (formats/marks.md 2.4); RFC 9559 (Matroska) 5.1.8 (tags), 5.1.2 (info), 5.1.6 (attachments).
What it reads besides: every other tag, nested ones too, titles and programs, names of tracks, chapters and
attachments. Tags that are bytes (`TagBinary`), attached files and clusters are not read, so its work grows with the
number of clusters alone. The tags take up Void elements at the head of the file; without them the film moves, and its
indexes follow. A checksum (CRC-32) of what changes is written anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from overt.errors import BudgetError, FormatError, MediaError, UnsupportedError
from overt.formats import ebml
from overt.formats import matroska_segment as layout
from overt.formats.container import Fault, Field, Note, Superseded, Survey
from overt.formats.ebml import CRC_32, VOID, Element
from overt.formats.matroska_segment import Segment, Slot
from overt.formats.matroska_tags import MAX_DEPTH, PLACE, TagWriter, deeper, said_of_all, strict, tag_texts
from overt.formats.splice import Buffer, Splice
from overt.language import Text

MAX_TEXTS: Final = 100_000
"""Texts in one file. An audio book has some thousand chapters, each in a few languages."""

_TEXTS: Final = {
    layout.INFO: (
        "Segment/Info",
        {0x7BA9: "Title", 0x4D80: "MuxingApp", 0x5741: "WritingApp", 0x7384: "SegmentFilename"},
    ),
    layout.TRACKS: ("Segment/Tracks", {0x536E: "Name"}),
    layout.ATTACHMENTS: ("Segment/Attachments", {0x466E: "FileName", 0x467E: "FileDescription"}),
    layout.CHAPTERS: ("Segment/Chapters", {0x85: "ChapString"}),
}
"""Texts outside tags, by the part that holds them."""
_MASTERS: Final = frozenset((0xAE, 0x61A7, 0x45B9, 0xB6, 0x80))
"""Elements of those parts that hold such texts: TrackEntry, AttachedFile, EditionEntry, ChapterAtom, ChapterDisplay."""


class Matroska:
    """One of the two: they differ in the document type that the file names."""

    place = PLACE

    def __init__(self, name: str, media_type: str, suffixes: tuple[str, ...]) -> None:
        self.name = name
        self.media_type = media_type
        self.suffixes = suffixes

    def sniff(self, head: bytes) -> int:
        """By the magic number and the document type."""
        if not head.startswith(b"\x1a\x45\xdf\xa3"):
            return 0
        webm = re.search(rb"\x42\x82[\x84-\xff]webm", head[:256]) is not None
        return 95 if webm == (self.name == "webm") else 0

    def survey(self, data: Buffer) -> Survey:
        """Every text; a part that could not be read becomes a fault."""
        return _survey(data, segments(data))

    def put(self, data: Buffer, note: Note, superseded: Superseded) -> Splice:
        """The film with the note as a tag; indexes follow where the film moves."""
        segment = only_segment(data)
        found = _survey(data, [segment])
        if found.faults:
            raise FormatError(
                f"{found.faults[0].place}: {found.faults[0].reason.en}",
                f"{found.faults[0].place}：{found.faults[0].reason.zh}",
            )
        return _put(data, segment, note, superseded)


CONTAINERS = (
    Matroska("mkv", "video/x-matroska", (".mkv", ".mka", ".mks", ".mk3d")),
    Matroska("webm", "video/webm", (".webm", ".weba")),
)


def only_segment(data: Buffer) -> Segment:
    """The one segment of a file that is whole. Raises `MediaError`."""
    found = segments(data)
    if len(found) > 1:
        raise UnsupportedError(
            "a Matroska file with several segments",
            "文件含多个 Matroska 分段",
            hint=Text(
                zh="请先重新封装：ffmpeg -i IN.mkv -map 0 -c copy OUT.mkv",
                en="Remux it first: ffmpeg -i IN.mkv -map 0 -c copy OUT.mkv",
            ),
        )
    fault = found[0].fault
    if fault is not None:
        raise fault
    return found[0]


def segments(data: Buffer) -> list[Segment]:
    """The file's segments. Raises `FormatError` if there is none."""
    found: list[Segment] = []
    at = 0
    while at < len(data) and len(found) < MAX_DEPTH:
        try:
            each = ebml.element(data, at, len(data))
        except MediaError:
            if found:
                break  # What follows a whole segment and is no element is none of the film.
            raise
        if at == 0 and each.id != ebml.HEADER:
            raise FormatError("this is no Matroska file", "这不是 Matroska 文件")
        if at == 0:
            _understood(data, each)
        if each.id == layout.SEGMENT:
            found.append(layout.read(data, each))
            at = found[-1].element.stop
        elif not each.sized or each.truncated:
            break
        else:
            at = each.stop
    if not found:
        raise FormatError("a Matroska file without a segment", "Matroska 文件缺少 Segment 元素")
    return found


def _understood(data: Buffer, header: Element) -> None:
    """Longer ids and sizes than Matroska's are not read (RFC 8794, 11.2.4 and 11.2.5)."""
    for each in ebml.children(data, header):
        longest = {ebml.MAX_ID_LENGTH: 4, ebml.MAX_SIZE_LENGTH: 8}.get(each.id)
        if longest is not None and (told := ebml.number(data, each)) > longest:
            raise UnsupportedError(
                f"a Matroska file with ids or sizes of {told} bytes", f"Matroska 文件使用 {told} 字节的编号或长度"
            )


def _survey(data: Buffer, found: list[Segment]) -> Survey:
    """Every text in these segments."""
    fields: list[Field] = []
    faults: list[Fault] = []
    for segment in found:
        for part in segment.parts:
            told = _guarded(data, part, MAX_TEXTS - len(fields))
            fields.extend(told.fields)
            faults.extend(told.faults)
        if segment.fault is not None:
            faults.append(Fault("Segment", segment.fault.message))
    return Survey(tuple(fields), tuple(faults))


def _guarded(data: Buffer, part: Element, most: int) -> Survey:
    """The texts of one part; what cannot be read is a fault."""
    place = PLACE if part.id == layout.TAGS else _TEXTS.get(part.id, ("Segment",))[0]
    fields: list[Field] = []
    try:
        for found in _fields(data, part):
            if len(fields) >= most:
                raise BudgetError(f"more than {MAX_TEXTS} texts", f"文本超过 {MAX_TEXTS} 条")
            fields.append(found)
    except MediaError as error:
        return Survey(tuple(fields), (Fault(place, error.message),))
    return Survey(tuple(fields))


def _fields(data: Buffer, part: Element) -> Iterator[Field]:
    if part.id == layout.TAGS:
        yield from tag_texts(data, layout.affordable(part))
    elif part.id in _TEXTS:
        if part.id != layout.ATTACHMENTS:  # Their size is that of the attached files, which are stepped over.
            layout.affordable(part)
        yield from _texts(data, part, *_TEXTS[part.id])


def _texts(data: Buffer, part: Element, place: str, names: dict[int, str]) -> Iterator[Field]:
    left = [(iter(strict(data, part)), 0)]
    while left:
        inside, depth = left[-1]
        each = next(inside, None)
        if each is None:
            left.pop()
        elif each.id in names:
            yield Field(place, names[each.id], ebml.text(data, each), offset=each.header)
        elif each.id in _MASTERS:
            left.append((deeper(data, each, depth), depth + 1))


def _put(data: Buffer, segment: Segment, note: Note, superseded: Superseded) -> Splice:
    tags = segment.of(layout.TAGS)
    first = segment.parts[segment.head].header if segment.head < len(segment.parts) else len(data)
    # Many readers do not look behind the film, index or not.
    met = [part for part in tags if part.header < first]
    writer = TagWriter(data, note, superseded)
    home = met[0] if met else None
    for part in met:
        for simple, own in said_of_all(data, part):
            if writer.home is None and superseded(own):
                writer.home, home = simple, part
    slots: list[Slot] = []
    head = segment.head
    for index, part in enumerate(segment.parts):
        slot = _slot(data, part, writer, home, superseded)
        if slot is not None:
            slots.append(slot)
        elif index < segment.head:
            head -= 1
    if home is None:
        at = next((i for i in range(head, 0, -1) if (old := slots[i - 1].old) and old.id != VOID), 0)
        new = writer.new_tags()
        slots.insert(at, Slot(None, lambda _: new, kind=layout.TAGS))
        heads = [i for i, slot in enumerate(slots[: head + 1]) if slot.old and slot.old.id == layout.SEEK_HEAD]
        if heads:
            old = slots[heads[0]].old
            assert old is not None  # noqa: S101 - chosen so
            slots[heads[0]] = Slot(old, layout.seek_head(data, segment, old, added=True))
    return _fitted(data, segment, slots)


def _slot(data: Buffer, part: Element, writer: TagWriter, home: Element | None, superseded: Superseded) -> Slot | None:
    """What becomes of one part; nothing of tags that said nothing but older versions."""
    if part.id == layout.TAGS:
        new = writer.tags(part, add=part is home and writer.home is None)
        if not new:
            return None
        return Slot(part) if new == bytes(data[part.header : part.stop]) else Slot(part, lambda _: new)
    if part.id in _TEXTS and part.id != layout.ATTACHMENTS:
        place, names = _TEXTS[part.id]
        if any(superseded(field) for field in _texts(data, part, place, names)):
            cut = _without(data, part, place, names, superseded)
            return Slot(part, lambda _: cut)
    if part.id == layout.ATTACHMENTS and any(superseded(f) for f in _texts(data, part, *_TEXTS[part.id])):
        raise UnsupportedError(
            "an attached file of the film seems to hold an older label",
            "影片的附件中似乎含有旧的标识",
            hint=Text(
                zh="请先去掉该附件再标识，例如 ffmpeg -i IN.mkv -map 0 -map -0:t -c copy OUT.mkv",
                en="Take the attachment out first, for instance: ffmpeg -i IN.mkv -map 0 -map -0:t -c copy OUT.mkv",
            ),
        )
    return Slot(part)


def _without(
    data: Buffer, part: Element, place: str, names: dict[int, str], superseded: Superseded, depth: int = 0
) -> bytes:
    """A part without the texts that are older versions."""
    parts: list[bytes] = []
    inside = list(deeper(data, part, depth))
    for each in inside:
        if each.id in names:
            if not superseded(Field(place, names[each.id], ebml.text(data, each), offset=each.header)):
                parts.append(bytes(data[each.header : each.stop]))
        elif each.id in _MASTERS:
            parts.append(_without(data, each, place, names, superseded, depth + 1))
        elif each.id != CRC_32:
            parts.append(bytes(data[each.header : each.stop]))
    return ebml.build_master(part.id, parts, checked=ebml.is_checked(inside), width=part.width)


def _fitted(data: Buffer, segment: Segment, slots: list[Slot]) -> Splice:
    """The file; free space before the first cluster takes up what its head grows by, if it suffices."""
    head = segment.parts[: segment.head]
    goal = sum(len(part) for part in head)
    fitted, room = slots, 0
    for _ in range(4 if segment.head < len(segment.parts) else 0):
        growth = _head_length(data, segment, fitted) - goal
        if growth == 0:
            return layout.assembled(data, segment, fitted, {})
        room -= growth
        fitted = _with_room(slots, segment, room)
        if not fitted:
            break
    return layout.assembled(data, segment, slots, {})


def _head_length(data: Buffer, segment: Segment, slots: list[Slot]) -> int:
    """Bytes before the first cluster."""
    moves = layout.settled(data, segment, slots)
    return moves.parts[segment.position(segment.parts[segment.head])]


def _with_room(slots: list[Slot], segment: Segment, room: int) -> list[Slot]:
    """The slots with so many bytes of free space more, or fewer; nothing where that cannot be."""
    first = next(i for i, slot in enumerate(slots) if slot.old is segment.parts[segment.head])
    voids = [i for i in range(first) if (old := slots[i].old) and old.id == VOID]
    best = max(voids, key=lambda i: slots[i].length(), default=None)
    if best is None:
        if room < 2:
            return []
        fill = ebml.void(room)
        return [*slots[:first], Slot(None, lambda _: fill), *slots[first:]]
    left = slots[best].length() + room
    if left < 0 or left == 1:
        return []
    fill = ebml.void(left) if left else b""
    return [*slots[:best], Slot(slots[best].old, lambda _: fill), *slots[best + 1 :]]

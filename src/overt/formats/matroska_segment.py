"""The segment of a Matroska file: its parts, and a new order of them in which every position is right.

Source: RFC 9559 (Matroska) 5.1 (elements), 6 (layout), 16 (positions in SeekHead, Cues and Cluster); RFC 8794.
Positions count from the first byte of the segment's body, so nothing moves when only its header becomes longer.
Clusters are stepped over by their sizes. Those of unknown size (live recordings) are walked block header by block
header, since nothing else tells where they end. Several segments in one file are met by the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from overt.errors import BudgetError, FormatError, MediaError, TruncatedError
from overt.formats import ebml
from overt.formats.ebml import CRC_32, VOID, Element
from overt.formats.splice import Buffer, Piece, Splice

SEGMENT: Final = 0x1853_8067
SEEK_HEAD: Final = 0x114D_9B74
INFO: Final = 0x1549_A966
TRACKS: Final = 0x1654_AE6B
CLUSTER: Final = 0x1F43_B675
CUES: Final = 0x1C53_BB6B
ATTACHMENTS: Final = 0x1941_A469
CHAPTERS: Final = 0x1043_A770
TAGS: Final = 0x1254_C367
LEVEL_1: Final = frozenset((SEEK_HEAD, INFO, TRACKS, CLUSTER, CUES, ATTACHMENTS, CHAPTERS, TAGS))

_SEEK, _SEEK_ID, _SEEK_POSITION = 0x4DBB, 0x53AB, 0x53AC
_CUE_POINT, _CUE_PLACES, _CUE_REFERENCE = 0xBB, 0xB7, 0xDB
_CUE_CLUSTER, _CUE_RELATIVE, _CUE_CODEC, _CUE_REF_CLUSTER = 0xF1, 0xF0, 0xEA, 0x97
POSITION: Final = 0xA7
TIMESTAMP: Final = 0xE7
PREVIOUS_SIZE: Final = 0xAB
_BEFORE_BLOCKS: Final = frozenset((TIMESTAMP, POSITION, PREVIOUS_SIZE, CRC_32, VOID, 0x5854))
"""Elements of a cluster that come before its blocks; 0x5854 is SilentTracks."""

MAX_PART: Final = 64 << 20
"""Bytes of one part that is read. An index of a day of film takes some megabytes; clusters and files in attachments
are not read."""
MAX_BLOCKS: Final = 4_000_000
"""Blocks in clusters of unknown size: a day of film with sound."""
_ROUNDS: Final = 12
"""Times that sizes may depend on positions that depend on sizes. Each number can grow by seven bytes."""


@dataclass(frozen=True, slots=True)
class Segment:
    """The segment and its parts in order; `fault` is why they could not be followed to the end."""

    element: Element
    parts: tuple[Element, ...]
    fault: MediaError | None = None

    def of(self, kind: int) -> list[Element]:
        """The parts of one kind."""
        return [part for part in self.parts if part.id == kind]

    @property
    def head(self) -> int:
        """How many parts come before the first cluster; all, where there is none."""
        return next((index for index, part in enumerate(self.parts) if part.id == CLUSTER), len(self.parts))

    def position(self, part: Element) -> int:
        """The position of a part as the file's indexes write it."""
        return part.header - self.element.start


def read(data: Buffer, element: Element) -> Segment:
    """The parts of a segment."""
    parts: list[Element] = []
    fault: MediaError | None = None
    at, stop = element.start, element.stop
    blocks = 0
    try:
        while at < stop:
            part = ebml.element(data, at, stop)
            if part.id in (SEGMENT, ebml.HEADER):
                # Only a segment of unknown size gets here: another document begins.
                element = replace(element, stop=at)
                break
            if len(parts) >= ebml.MAX_ELEMENTS:
                raise BudgetError(
                    f"more than {ebml.MAX_ELEMENTS} parts in a Matroska segment",
                    f"Matroska 分段的组成部分超过 {ebml.MAX_ELEMENTS} 个",
                )
            if not part.sized:
                if part.id != CLUSTER:
                    raise FormatError(
                        f"the element {part.id:X} at byte {at} has no size",
                        f"字节 {at} 处的元素 {part.id:X} 未写长度",
                    )
                end, count = _end(data, part, blocks)
                part, blocks = replace(part, stop=end), blocks + count
            parts.append(part)
            if part.truncated:
                raise TruncatedError(
                    f"the file ends within its element {part.id:X} at byte {at}",
                    f"文件在字节 {at} 处的元素 {part.id:X} 内中断",
                )
            at = part.stop
        if element.truncated:
            raise TruncatedError("the file ends before its segment does", "文件在其 Matroska 分段结束前中断")
    except MediaError as error:
        fault = error
    return Segment(element, tuple(parts), fault)


def _end(data: Buffer, cluster: Element, before: int) -> tuple[int, int]:
    """Where a cluster of unknown size ends: before the first element that cannot be inside (RFC 8794, 6.2)."""
    at, count = cluster.start, 0
    while at < cluster.stop:
        inside = ebml.element(data, at, cluster.stop)
        if inside.id in LEVEL_1 or inside.id in (SEGMENT, ebml.HEADER):
            return at, count
        count += 1
        if before + count > MAX_BLOCKS:
            raise BudgetError(f"more than {MAX_BLOCKS} blocks", f"数据块超过 {MAX_BLOCKS} 个")
        if inside.truncated or not inside.sized:
            raise TruncatedError(f"the file ends within a block at byte {at}", f"文件在字节 {at} 处的数据块内中断")
        at = inside.stop
    return at, count


def affordable(part: Element) -> Element:
    """The part, if it is not too large to be read."""
    if len(part) > MAX_PART:
        raise BudgetError(
            f"the element {part.id:X} at byte {part.header} has {len(part)} bytes",
            f"字节 {part.header} 处的元素 {part.id:X} 长达 {len(part)} 字节",
        )
    return part


@dataclass(slots=True)
class Moves:
    """Where parts were and are, as positions; `inside` the same for blocks in a cluster, by its old position."""

    parts: dict[int, int] = field(default_factory=dict)
    inside: dict[int, dict[int, int]] = field(default_factory=dict)
    fresh: dict[int, int] = field(default_factory=dict)
    """Positions of new parts, by kind."""


Make = Callable[[Moves], bytes]


@dataclass(slots=True)
class Slot:
    """A place in the new segment: a part kept as it is, one made anew, or a new one."""

    old: Element | None
    make: Make | None = None
    kind: int = 0
    pieces: list[Piece] | None = None
    """A part in pieces, of a length that no position changes."""

    def length(self) -> int:
        """Bytes of a part that no position changes."""
        if self.pieces is not None:
            return sum(len(piece) for piece in self.pieces)
        return len(self.old) if self.old is not None else 0


def assembled(data: Buffer, segment: Segment, slots: Iterable[Slot], inside: dict[int, dict[int, int]]) -> Splice:
    """The file with the segment's parts as these slots say: indexes and positions follow.

    `inside` tells of blocks that moved within a cluster.
    """
    slots = [_following(data, segment, slot) for slot in slots]
    moves, made = _settled(segment, slots, inside)
    pieces: list[Piece] = []
    for slot, body in zip(slots, made, strict=True):
        position = moves.parts.get(segment.position(slot.old)) if slot.old is not None else None
        if body is not None:
            pieces.append(body)
        elif slot.pieces is not None:
            pieces.extend(slot.pieces)
        elif slot.old is not None and slot.old.id == CLUSTER and position != segment.position(slot.old):
            pieces.extend(_moved(data, slot.old, position or 0))
        elif slot.old is not None:
            pieces.append(range(slot.old.header, slot.old.stop))
    return _around(data, segment, pieces)


def settled(data: Buffer, segment: Segment, slots: Iterable[Slot]) -> Moves:
    """Where the parts will be."""
    return _settled(segment, [_following(data, segment, slot) for slot in slots], {})[0]


def _following(data: Buffer, segment: Segment, slot: Slot) -> Slot:
    """An index is made anew where what it points at moves."""
    if slot.make is None and slot.old is not None:
        if slot.old.id == SEEK_HEAD:
            return Slot(slot.old, seek_head(data, segment, slot.old, added=False))
        if slot.old.id == CUES:
            return Slot(slot.old, _cues(data, slot.old))
    return slot


def _settled(
    segment: Segment, slots: list[Slot], inside: dict[int, dict[int, int]]
) -> tuple[Moves, list[bytes | None]]:
    """Sizes and positions that agree with each other."""
    moves = Moves({segment.position(part): segment.position(part) for part in segment.parts}, inside)
    lengths: list[int] = []
    for _ in range(_ROUNDS):
        made = [slot.make(moves) if slot.make is not None else None for slot in slots]
        now = [slot.length() if body is None else len(body) for slot, body in zip(slots, made, strict=True)]
        if now == lengths:
            return moves, made
        lengths, at = now, 0
        moves = Moves({}, inside)
        for slot, length in zip(slots, lengths, strict=True):
            if slot.old is not None:
                moves.parts[segment.position(slot.old)] = at
            if slot.kind:
                moves.fresh.setdefault(slot.kind, at)
            at += length
    raise FormatError("the file's indexes cannot be laid out anew", "无法重新排布该文件的索引")


def _around(data: Buffer, segment: Segment, pieces: list[Piece]) -> Splice:
    """The new file: what is before the segment, its header, the pieces, what is behind."""
    element = segment.element
    result = Splice([range(element.header)])
    size = sum(len(piece) for piece in pieces)
    if element.sized and size != element.stop - element.start:
        result.add(ebml.id_bytes(SEGMENT) + ebml.size_bytes(size, element.width))
    else:
        result.add(range(element.header, element.start))
    for piece in pieces:
        result.add(piece)
    result.add(range(element.stop, len(data)))
    return result


def seek_head(data: Buffer, segment: Segment, old: Element, *, added: bool) -> Make:
    """The index of parts. `added` gives the new tags an entry."""
    inside = ebml.children(data, affordable(old))
    entries = [_seek(data, each) for each in inside]

    def make(moves: Moves) -> bytes:
        parts: list[bytes] = []
        for each, (kind, position) in zip(inside, entries, strict=True):
            if each.id == CRC_32:
                continue
            moved = moves.parts.get(position, position) if kind else position
            if kind and position in gone(moves):
                continue
            parts.append(bytes(data[each.header : each.stop]) if moved == position else _seek_entry(data, each, moved))
        if added and TAGS in moves.fresh:
            parts.append(
                ebml.build(
                    _SEEK,
                    ebml.build(_SEEK_ID, ebml.id_bytes(TAGS)),
                    ebml.build_number(_SEEK_POSITION, moves.fresh[TAGS]),
                )
            )
        return ebml.build_master(SEEK_HEAD, parts, checked=ebml.is_checked(inside), width=old.width)

    known = {segment.position(part) for part in segment.parts}

    def gone(moves: Moves) -> set[int]:
        """Positions of parts that are no more."""
        return known - moves.parts.keys()

    return make


def _seek(data: Buffer, entry: Element) -> tuple[int, int]:
    """What an entry points at: kind of part (0 for what is no entry) and position."""
    if entry.id != _SEEK:
        return 0, 0
    kind = position = 0
    for each in ebml.children(data, entry):
        if each.id == _SEEK_ID:
            kind = ebml.number(data, each)
        elif each.id == _SEEK_POSITION:
            position = ebml.number(data, each)
    return kind, position


def _seek_entry(data: Buffer, entry: Element, position: int) -> bytes:
    parts = [
        ebml.build_number(_SEEK_POSITION, position, each.stop - each.start)
        if each.id == _SEEK_POSITION
        else bytes(data[each.header : each.stop])
        for each in ebml.children(data, entry)
        if each.id != CRC_32
    ]
    return ebml.build(_SEEK, *parts, width=entry.width)


def _cues(data: Buffer, old: Element) -> Make:
    """The index of moments."""
    whole = bytes(data[old.header : affordable(old).stop])
    points = ebml.children(data, old)

    def make(moves: Moves) -> bytes:
        if all(was == now for was, now in moves.parts.items()) and not moves.inside:
            return whole
        parts = [
            _cue_point(data, each, moves) if each.id == _CUE_POINT else bytes(data[each.header : each.stop])
            for each in points
            if each.id != CRC_32
        ]
        return ebml.build_master(CUES, parts, checked=ebml.is_checked(points), width=old.width)

    return make


def _cue_point(data: Buffer, point: Element, moves: Moves) -> bytes:
    parts = [
        _cue_places(data, each, moves) if each.id == _CUE_PLACES else bytes(data[each.header : each.stop])
        for each in ebml.children(data, point)
        if each.id != CRC_32
    ]
    return ebml.build(_CUE_POINT, *parts, width=point.width)


def _cue_places(data: Buffer, places: Element, moves: Moves) -> bytes:
    inside = ebml.children(data, places)
    cluster = next((ebml.number(data, each) for each in inside if each.id == _CUE_CLUSTER), -1)
    parts: list[bytes] = []
    for each in inside:
        length = each.stop - each.start
        if each.id in (_CUE_CLUSTER, _CUE_CODEC):
            value = ebml.number(data, each)
            parts.append(ebml.build_number(each.id, moves.parts.get(value, value), length))
        elif each.id == _CUE_RELATIVE:
            value = ebml.number(data, each)
            parts.append(ebml.build_number(each.id, moves.inside.get(cluster, {}).get(value, value), length))
        elif each.id == _CUE_REFERENCE:
            parts.append(_cue_reference(data, each, moves))
        elif each.id != CRC_32:
            parts.append(bytes(data[each.header : each.stop]))
    return ebml.build(_CUE_PLACES, *parts, width=places.width)


def _cue_reference(data: Buffer, reference: Element, moves: Moves) -> bytes:
    parts = []
    for each in ebml.children(data, reference):
        if each.id == _CUE_REF_CLUSTER:
            value = ebml.number(data, each)
            parts.append(ebml.build_number(each.id, moves.parts.get(value, value), each.stop - each.start))
        elif each.id != CRC_32:
            parts.append(bytes(data[each.header : each.stop]))
    return ebml.build(_CUE_REFERENCE, *parts, width=reference.width)


def _moved(data: Buffer, cluster: Element, position: int) -> list[Piece]:
    """A cluster elsewhere: where it names its own position, that follows, or becomes a Void if it does not fit."""
    checksum: Element | None = None
    for each in ebml.walk(data, cluster.start, cluster.stop):
        if each.id not in _BEFORE_BLOCKS:
            break
        if each.id == CRC_32:
            checksum = each
        if each.id == POSITION:
            return _renamed(cluster, each, checksum, position)
    return [range(cluster.header, cluster.stop)]


def _renamed(cluster: Element, own: Element, checksum: Element | None, position: int) -> list[Piece]:
    length = own.stop - own.start
    if position < 1 << 8 * length:
        new = ebml.id_bytes(POSITION) + ebml.size_bytes(length, own.width) + position.to_bytes(length, "big")
    else:
        new = ebml.void(len(own))
    pieces: list[Piece] = [range(cluster.header, own.header), new, range(own.stop, cluster.stop)]
    if checksum is not None and checksum.header < own.header:
        # To compute it anew, the whole cluster would have to be read; a Void of its length claims nothing.
        pieces[:1] = [
            range(cluster.header, checksum.header),
            ebml.void(len(checksum)),
            range(checksum.stop, own.header),
        ]
    return pieces

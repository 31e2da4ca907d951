"""Places in a film that name byte offsets of the file, and how they follow when bytes before them move.

Source: ISO/IEC 14496-12: `stco`, `co64` 8.7.5; `saio` 8.7.9; `tfhd` 8.8.7; `tfra` 8.8.10; `iloc` 8.11.3;
`sidx` 8.16.3. Offsets that are relative to their own fragment need nothing.
A table of 32-bit chunk offsets that would overflow becomes a 64-bit one; other overflows are refused.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from overt.errors import FormatError, UnsupportedError
from overt.formats.bmff import MAX_32, Box, Edits, Shift, build, children, first, full, inside_meta
from overt.formats.splice import Buffer


@dataclass(frozen=True, slots=True)
class _Table:
    """Chunk offsets of one track."""

    box: Box
    parents: tuple[Box, ...]
    prefix: bytes
    offsets: tuple[int, ...]

    def built(self, offsets: Sequence[int], *, wide: bool) -> bytes:
        kind, letter = (b"co64", "Q") if wide else (b"stco", "I")
        return build(kind, self.prefix, struct.pack(f">{len(offsets)}{letter}", *offsets))


def relocate(data: Buffer, top: Sequence[Box], edits: Edits) -> None:
    """Add to `edits` what makes every absolute offset follow the edits that are already there."""
    tables = [table for box in top if box.kind == b"moov" for table in _tables(data, box)]
    shift, wide = _settled(tables, edits)
    moved = shift.start
    if moved is None or not any(box.stop > moved for box in top):
        return
    for table in tables:
        offsets = [shift(offset) for offset in table.offsets]
        if table.box in wide or tuple(offsets) != table.offsets:
            new = table.built(offsets, wide=table.box.kind == b"co64" or table.box in wide)
            edits.replace(table.box.header, table.box.stop, new, table.parents)
    follow = _Follower(data, shift, edits)
    for box in top:
        action = _ACTIONS.get(box.kind)
        if action is not None:
            action(follow, box)


def _settled(tables: list[_Table], edits: Edits) -> tuple[Shift, set[Box]]:
    """Which tables must become wide. Each that does moves everything behind it, so ask again until none does."""
    wide: set[Box] = set()
    while True:
        trial = edits.copy()
        for table in tables:
            if table.box in wide:
                trial.replace(table.box.header, table.box.stop, bytes(len(table.box) + 4 * len(table.offsets)))
        shift = trial.shift()
        more = {
            table.box
            for table in tables
            if table.box.kind == b"stco"
            and table.box not in wide
            and table.offsets
            and shift(max(table.offsets)) > MAX_32
        }
        if not more:
            return shift, wide
        wide |= more


def _tables(data: Buffer, moov: Box) -> Iterator[_Table]:
    for parents, box in _sample_tables(data, moov):
        if box.kind not in (b"stco", b"co64"):
            continue
        width, letter = (4, "I") if box.kind == b"stco" else (8, "Q")
        prefix = full(data, box)[2].take(4)
        count = int.from_bytes(prefix, "big")
        if 8 + count * width > box.stop - box.start:
            raise FormatError(
                f"{box.name!r} at byte {box.header} claims {count} offsets, more than it holds",
                f"字节 {box.header} 处的 {box.name!r} 声明有 {count} 个偏移量，超出其实际内容",
            )
        offsets = struct.unpack(f">{count}{letter}", data[box.start + 8 : box.start + 8 + count * width])
        yield _Table(box, parents, bytes(4) + prefix, offsets)


def _sample_tables(data: Buffer, moov: Box) -> Iterator[tuple[tuple[Box, ...], Box]]:
    """The boxes of every track's `stbl`, each with the boxes around it."""
    for track in children(data, moov):
        if track.kind != b"trak":
            continue
        around: tuple[Box, ...] = (moov, track)
        for kind in (b"mdia", b"minf", b"stbl"):
            box = first(children(data, around[-1]), kind)
            if box is None:
                break
            around = (*around, box)
        else:
            for box in children(data, around[-1]):
                yield around, box


class _Follower:
    """Rewrites one kind of box after the other, each in place."""

    def __init__(self, data: Buffer, shift: Shift, edits: Edits) -> None:
        self.data = data
        self.shift = shift
        self.edits = edits

    def number(self, at: int, width: int, base: int = 0) -> None:
        """Let the absolute offset (less `base`) in `width` bytes at `at` follow."""
        old = int.from_bytes(self.data[at : at + width], "big") + base
        self.put(at, width, old, self.shift(old) - base)

    def put(self, at: int, width: int, old: int, new: int) -> None:
        """Write another number in the same bytes."""
        if new == old:
            return
        if not 0 <= new < 1 << 8 * width:
            raise UnsupportedError(
                f"an offset at byte {at} would no longer fit in {width} bytes",
                f"字节 {at} 处的偏移量超出 {width} 字节所能表示的范围",
            )
        self.edits.replace(at, at + width, new.to_bytes(width, "big"))

    def moov(self, moov: Box) -> None:
        """Sample auxiliary data (encryption), and items of metadata boxes."""
        for _, box in _sample_tables(self.data, moov):
            if box.kind == b"saio":
                self.saio(box)
        for box in children(self.data, moov):
            if box.kind == b"meta":
                self.meta(box)

    def saio(self, box: Box) -> None:
        """Offsets of auxiliary data."""
        version, flags, cursor = full(self.data, box)
        cursor.skip(8 if flags & 1 else 0)
        width = 8 if version else 4
        for _ in range(cursor.uint(4)):
            self.number(cursor.skip(width), width)

    def moof(self, moof: Box) -> None:
        """Fragments whose base is an absolute offset; their auxiliary data counts from that base."""
        for track in children(self.data, moof):
            header = first(children(self.data, track), b"tfhd") if track.kind == b"traf" else None
            if header is None:
                continue
            _, flags, cursor = full(self.data, header)
            cursor.skip(4)
            if flags & 1:
                self.number(cursor.skip(8), 8)

    def mfra(self, mfra: Box) -> None:
        """The table of where fragments are, for seeking."""
        for box in children(self.data, mfra):
            if box.kind != b"tfra":
                continue
            version, _, cursor = full(self.data, box)
            cursor.skip(4)
            lengths = cursor.uint(4)
            tail = sum((lengths >> bits & 3) + 1 for bits in (4, 2, 0))
            width = 8 if version else 4
            for _ in range(cursor.uint(4)):
                cursor.skip(width)
                self.number(cursor.skip(width), width)
                cursor.skip(tail)

    def sidx(self, sidx: Box) -> None:
        """The distance from the end of an index to the first fragment it speaks of."""
        version, _, cursor = full(self.data, sidx)
        width = 8 if version else 4
        cursor.skip(8 + width)
        at = cursor.skip(width)
        distance = int.from_bytes(self.data[at : at + width], "big")
        new = self.shift(sidx.stop + distance) - self.shift(sidx.stop)
        self.put(at, width, distance, new)

    def meta(self, meta: Box) -> None:
        """Items that lie in the file itself (construction method 0)."""
        box = first(inside_meta(self.data, meta), b"iloc")
        if box is None:
            return
        version, _, cursor = full(self.data, box)
        sizes = cursor.uint(2)
        offset_size, length_size, base_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
        index_size = sizes & 15 if version else 0
        id_size = 2 if version < 2 else 4
        for _ in range(cursor.uint(id_size)):
            cursor.skip(id_size)
            in_file = not version or cursor.uint(2) & 15 == 0
            in_file = cursor.uint(2) == 0 and in_file
            base_at = cursor.skip(base_size)
            base = int.from_bytes(self.data[base_at : base_at + base_size], "big")
            extents = []
            for _ in range(cursor.uint(2)):
                cursor.skip(index_size)
                extents.append(cursor.skip(offset_size))
                cursor.skip(length_size)
            if in_file:
                self._item(base_at, base_size, base, extents, offset_size)

    def _item(self, base_at: int, base_size: int, base: int, extents: list[int], size: int) -> None:
        if not size:
            if base:
                self.put(base_at, base_size, base, self.shift(base))
            return
        # The base stays, also where it is the offset of something: only the sum counts.
        for at in extents:
            offset = int.from_bytes(self.data[at : at + size], "big")
            self.put(at, size, offset, self.shift(base + offset) - base)


_ACTIONS: dict[bytes, Callable[[_Follower, Box], None]] = {
    b"moov": _Follower.moov,
    b"moof": _Follower.moof,
    b"mfra": _Follower.mfra,
    b"sidx": _Follower.sidx,
    b"meta": _Follower.meta,
}

"""Boxes: the structure shared by MP4, QuickTime, M4A, HEIF and AVIF, and edits that keep their sizes right.

Source: ISO/IEC 14496-12 (ISO base media file format) 4.2; Apple, QuickTime File Format, "Atoms".
The module finds boxes one level at a time and never looks into a body: descending, and how deep, is the
caller's choice, so no nesting in a file makes it recurse. Sample data (`mdat`) is stepped over, never read.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from overt.errors import BudgetError, FormatError, TruncatedError
from overt.formats.cursor import Cursor
from overt.formats.splice import Buffer, Splice

HEADER = 8
"""Bytes of a box's header when its size takes 32 bits and it is no `uuid`."""

MAX_32 = 0xFFFF_FFFF

MAX_BOXES = 200_000
"""Boxes on one level. A day of film in fragments of one second has 172,800 (`moof` and `mdat` each)."""


MAX_ZEROS = 1 << 20
"""Zeros that may follow the last box. QuickTime's end of user data takes 4; some writers fill up a disk block."""


@dataclass(frozen=True, slots=True)
class Box:
    """Where one box is: its header at `header`, its body in `start:stop`.

    `size` is the header's 32-bit size field: 1 when 64 bits follow, 0 when the box reaches to the end of the file.
    `usertype` is the identifier of a `uuid` box. A box that claims more than encloses it has its `stop` cut to
    what is there and `truncated` set; it is always the last.
    """

    kind: bytes
    header: int
    start: int
    stop: int
    size: int
    usertype: bytes = b""
    truncated: bool = False

    @property
    def name(self) -> str:
        """The type for messages and for `Field.place`."""
        return self.kind.decode("latin-1")

    def __len__(self) -> int:
        return self.stop - self.header


def walk(data: Buffer, start: int, stop: int) -> Iterator[Box]:
    """The boxes in `start:stop`, in order.

    Nothing but zeros where a box should begin ends the walk: QuickTime closes `udta` with them.
    Raises `FormatError` at the first box whose size is impossible, `TruncatedError` when what is left is too
    short for a header, and `BudgetError` beyond `MAX_BOXES`, each after the boxes before it.
    """
    cursor = Cursor(data, start, stop)
    for _ in range(MAX_BOXES):
        if not any(cursor.peek(HEADER)):
            if any(cursor.peek(MAX_ZEROS)) or cursor.left > MAX_ZEROS:
                raise FormatError(
                    f"zeros at byte {cursor.position}, where a box should begin",
                    f"字节 {cursor.position} 处应为 box 的开头，实际为零",
                )
            return
        box = _box(cursor, outermost=start == 0)
        yield box
        if box.truncated:
            return
    if cursor.left:
        raise BudgetError(f"more than {MAX_BOXES} boxes on one level", f"同级 box 超过 {MAX_BOXES} 个")


def _box(cursor: Cursor, *, outermost: bool) -> Box:
    header, stop = cursor.position, cursor.stop
    if cursor.left < HEADER:
        raise TruncatedError(
            f"{cursor.left} bytes at {header} are too few for a box",
            f"字节 {header} 处仅剩 {cursor.left} 字节，不足以构成一个 box",
        )
    size = cursor.uint(4)
    kind = cursor.take(4)
    if size == 0 and not outermost:
        raise FormatError(
            f"the box {kind!r} at byte {header} has no size; only a file's last box may do so",
            f"字节 {header} 处的 box {kind!r} 未写长度；只有文件末尾的 box 可以如此",
        )
    length = stop - header if size == 0 else cursor.uint(8) if size == 1 else size
    usertype = cursor.take(16) if kind == b"uuid" else b""
    start = cursor.position
    if header + length < start:
        raise FormatError(
            f"the box {kind!r} at byte {header} claims {length} bytes, less than its header",
            f"字节 {header} 处的 box {kind!r} 声明长度为 {length} 字节，小于其头部",
        )
    end = min(header + length, stop)
    cursor.skip(end - start)
    return Box(kind, header, start, end, size, usertype, truncated=header + length > stop)


def children(data: Buffer, box: Box, skip: int = 0) -> list[Box]:
    """The boxes inside `box`, after `skip` bytes of its body. A cut child is an error here."""
    if skip > box.stop - box.start:
        raise TruncatedError(
            f"the box {box.name!r} at byte {box.header} is too short", f"字节 {box.header} 处的 box {box.name!r} 过短"
        )
    inside = list(walk(data, box.start + skip, box.stop))
    if inside and inside[-1].truncated:
        raise TruncatedError(
            f"{inside[-1].name!r} at byte {inside[-1].header} is larger than {box.name!r} around it",
            f"字节 {inside[-1].header} 处的 {inside[-1].name!r} 超出其外层 {box.name!r}",
        )
    return inside


def inside_meta(data: Buffer, box: Box) -> list[Box]:
    """The boxes inside a `meta` box, which is a full box in ISO files and a plain one in QuickTime."""
    head = Cursor(data, box.start, box.stop).peek(HEADER)
    return children(data, box, 0 if head[4:] == b"hdlr" or head[:4] != bytes(4) else 4)


def first(boxes: Iterable[Box], kind: bytes) -> Box | None:
    """The first box of a type."""
    return next((box for box in boxes if box.kind == kind), None)


def full(data: Buffer, box: Box) -> tuple[int, int, Cursor]:
    """Version and flags of a full box, and a cursor behind them."""
    cursor = Cursor(data, box.start, box.stop)
    return cursor.uint(1), cursor.uint(3), cursor


def build(kind: bytes, *parts: bytes) -> bytes:
    """A box with a 32-bit size."""
    body = b"".join(parts)
    if len(kind) != 4:
        raise ValueError("a box's type has four characters")
    if HEADER + len(body) > MAX_32:
        raise FormatError(f"{len(body)} bytes are too many for a box {kind!r}", f"box {kind!r} 容不下 {len(body)} 字节")
    return (HEADER + len(body)).to_bytes(4, "big") + kind + body


@dataclass(frozen=True, slots=True)
class Shift:
    """Where the bytes of the old file are in the new one."""

    stops: list[int]
    deltas: list[int]

    def __call__(self, offset: int) -> int:
        """The new offset of what was at `offset`."""
        return offset + self.deltas[bisect_right(self.stops, offset)]

    @property
    def start(self) -> int | None:
        """The first offset that may move; none if nothing moves."""
        return self.stops[0] if self.stops else None


class Edits:
    """Replacements of byte ranges inside boxes; the sizes of the boxes around them follow by themselves."""

    def __init__(self) -> None:
        self._edits: list[tuple[int, int, bytes]] = []
        self._growth: dict[Box, int] = {}

    def replace(self, start: int, stop: int, new: bytes, parents: Iterable[Box] = ()) -> None:
        """Put `new` in place of `start:stop`. `parents` are all boxes around it, in any order."""
        self._edits.append((start, stop, new))
        for parent in parents:
            self._growth[parent] = self._growth.get(parent, 0) + len(new) - (stop - start)

    def growth(self, box: Box) -> int:
        """By how many bytes a box becomes longer."""
        return self._growth.get(box, 0)

    def copy(self) -> Edits:
        """The same edits, to which others can be added."""
        twin = Edits()
        twin._edits = list(self._edits)
        twin._growth = dict(self._growth)
        return twin

    def shift(self) -> Shift:
        """How offsets move by the edits so far. An offset inside an edited range moves as the range's start."""
        stops, deltas = [], [0]
        for start, stop, new in sorted(self._edits, key=_position):
            if len(new) != stop - start:
                stops.append(stop)
                deltas.append(deltas[-1] + len(new) - (stop - start))
        return Shift(stops, deltas)

    def splice(self, data: Buffer) -> Splice:
        """The new file."""
        sizes = [_resized(box, growth) for box, growth in self._growth.items() if growth and box.size != 0]
        result, position = Splice(), 0
        for start, stop, new in sorted([*self._edits, *sizes], key=_position):
            if start < position:
                raise FormatError(f"two changes meet at byte {start}", f"两处修改在字节 {start} 处重叠")
            result.add(range(position, start))
            result.add(new)
            position = stop
        result.add(range(position, len(data)))
        return result


def _position(edit: tuple[int, int, bytes]) -> tuple[int, int]:
    return edit[0], edit[1]


def _resized(box: Box, growth: int) -> tuple[int, int, bytes]:
    size = len(box) + growth
    if box.size == 1:
        return box.header + HEADER, box.header + 2 * HEADER, size.to_bytes(8, "big")
    if size > MAX_32:
        raise FormatError(
            f"the box {box.name!r} would become longer than its size field can say",
            f"box {box.name!r} 将超出其长度字段所能表示的范围",
        )
    return box.header, box.header + 4, size.to_bytes(4, "big")

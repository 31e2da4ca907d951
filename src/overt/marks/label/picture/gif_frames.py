"""The pictures of a GIF, and a label painted into them in their own colours.

Source: GIF89a Specification, clauses 20 to 23. The label is opaque and the same on every picture, so that it stays on
the screen where a picture leaves it alone: only those pictures are coded anew that would cover it or take it away, or
before which it is not there. Times, loops, disposal, transparency and every other block stay as they are.

A picture that is coded anew has its own colour table. Where that is full, the rarest colours give way to their nearest.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from overt.errors import FormatError
from overt.formats import gif_blocks
from overt.formats.gif_blocks import Block
from overt.marks.label.picture import raster

TONES = 8
"""Steps from the plate's tone to the ink's: the edges of the glyphs are smooth enough with these."""

_BACKGROUND, _PREVIOUS = 2, 3
"""Disposals: clear what the picture covered, or bring back what was there."""
INTERLACED = 0x40
_NONE = 255
"""No tone: a pixel outside the plate's rounded corners."""

Indices = NDArray[np.uint8]
Colours = NDArray[np.int32]


class Box(NamedTuple):
    """A rectangle of the screen; the last two are behind it."""

    left: int
    top: int
    right: int
    bottom: int

    def meets(self, other: Box) -> Box:
        """What two rectangles share; empty where they share nothing."""
        left, top = max(self.left, other.left), max(self.top, other.top)
        return Box(left, top, max(left, min(self.right, other.right)), max(top, min(self.bottom, other.bottom)))

    def around(self, other: Box) -> Box:
        """The least rectangle with both."""
        if self.is_empty or other.is_empty:
            return other if self.is_empty else self
        return Box(
            min(self.left, other.left), min(self.top, other.top),
            max(self.right, other.right), max(self.bottom, other.bottom),
        )  # fmt: skip

    @property
    def is_empty(self) -> bool:
        """Whether it has no pixel."""
        return self.right <= self.left or self.bottom <= self.top

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        return self.bottom - self.top, self.right - self.left

    def inside(self, outer: Box) -> tuple[slice, slice]:
        """Its rows and columns in an array of `outer`."""
        rows = slice(self.top - outer.top, self.bottom - outer.top)
        return rows, slice(self.left - outer.left, self.right - outer.left)


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a GIF, with the control block before it."""

    image: Block
    control: Block | None
    box: Box
    interlaced: bool
    table: range
    """Where its colours are: its own table, or that of all."""
    code: int
    """Where the least code size and, behind it, the sub-blocks begin."""


def frames(data: bytes) -> Iterator[Frame]:
    """The pictures in order. Raises `FormatError` for a broken GIF, or a picture without colours."""
    found = gif_blocks.sound(data)
    control: Block | None = None
    for block in found.blocks:
        if block.kind == "control":
            control = block
        elif block.kind == "image":
            left, top, width, height = (int.from_bytes(data[block.start + at : block.start + at + 2], "little")
                                        for at in (1, 3, 5, 7))  # fmt: skip
            flags = data[block.start + 9]
            table = gif_blocks.table_of(flags, block.start + 10)
            colours = table or found.table
            if not colours:
                raise FormatError("a picture of the GIF has no colours", "GIF 中有图像没有颜色表")
            box = Box(left, top, left + width, top + height)
            yield Frame(block, control, box, bool(flags & INTERLACED), colours, table.stop)
            control = None
        elif block.kind == "text":
            control = None


def drawn(data: bytes, size: tuple[int, int]) -> Iterator[NDArray[np.bool_]]:
    """For each picture, where on a screen of this width and height anything is while it is shown.

    Viewers do not agree on what is to be seen elsewhere: nothing, or some colour.
    """
    screen = Box(0, 0, *size)
    there = np.zeros(screen.shape, bool)
    for frame in frames(data):
        before, place = there.copy(), screen.meets(frame.box).inside(screen)
        there[place] = True
        yield there
        disposal = Control.of(data, frame.control).disposal
        if disposal == _BACKGROUND:
            there[place] = False
        elif disposal == _PREVIOUS:
            there = before


def paint(data: bytes, plate: Image.Image, left: int, top: int) -> bytes:
    """The GIF with the plate on every picture, from `left` and `top` on."""
    label = _Label(plate, left, top)
    screens = [_Screen(label, carries_on) for carries_on in (False, True)]
    parts, done = [b"GIF89a"], 6
    for frame in frames(data):
        control = Control.of(data, frame.control)
        missing = label.missing(screens[0].there & screens[1].there, frame.box)
        if not missing.is_empty or label.is_covered(data, frame, control):
            start = frame.control.start if frame.control is not None else frame.image.start
            between = b"" if frame.control is None else data[frame.control.stop : frame.image.start]
            parts += [data[done:start], _painted(data, frame, control, label, missing, between)]
            done = frame.image.stop
        for screen in screens:
            screen.show(frame.box.around(missing), control.disposal)
    return b"".join([*parts, data[done:]])


class _Screen:
    """Where the label is on the screen when a picture has gone.

    A picture that says nothing of its disposal stays, for browsers; for some other viewers it goes as the last one did
    that said something. The label must be there for both.
    """

    def __init__(self, label: _Label, carries_on: bool) -> None:
        self.label = label
        self.there = np.zeros(label.mask.shape, bool)
        self.carries_on = carries_on
        self.disposal = 0

    def show(self, box: Box, disposal: int) -> None:
        """A picture with the label on it comes, and goes."""
        before = self.there
        self.disposal = disposal if disposal or not self.carries_on else self.disposal
        self.there = self.label.mask.copy()
        if self.disposal == _BACKGROUND:
            # What is cleared takes the label with it.
            self.there[box.meets(self.label.box).inside(self.label.box)] = False
        elif self.disposal == _PREVIOUS:
            self.there = before


@dataclass(frozen=True, slots=True)
class Control:
    """What a control block says: flags, time, and the index that is clear."""

    flags: int = 0
    time: bytes = b"\0\0"
    clear: int | None = None

    @classmethod
    def of(cls, data: bytes, block: Block | None) -> Control:
        """What a block says, or what holds without one."""
        if block is None or block.stop - block.start < 8:
            return cls()
        flags, clear = data[block.body + 1], data[block.body + 4]
        return cls(flags, data[block.body + 2 : block.body + 4], clear if flags & 1 else None)

    @property
    def disposal(self) -> int:
        """What becomes of a picture when it goes."""
        return self.flags >> 2 & 7

    def block(self, clear: int | None) -> bytes:
        """The block with another clear index."""
        flags = self.flags & 0xFE | (clear is not None)
        return b"\x21\xf9\x04" + bytes([flags]) + self.time + bytes([clear or 0, 0])


class _Label:
    """A plate as tones at a place of the screen."""

    def __init__(self, plate: Image.Image, left: int, top: int) -> None:
        rgba = np.asarray(plate).astype(np.int32)
        self.box = Box(left, top, left + plate.width, top + plate.height)
        self.mask = rgba[..., 3] >= 128
        dark, light = rgba[..., :3].min(axis=(0, 1)), rgba[..., :3].max(axis=(0, 1))
        steps = np.linspace(0, 1, TONES)[:, None]
        self.colours: Colours = (dark + (light - dark) * steps).round().astype(np.int32)
        share = (rgba[..., 1] - dark[1]) / max(1, int(light[1] - dark[1]))
        self.tones = np.where(self.mask, (share * (TONES - 1)).round(), _NONE).astype(np.uint8)

    def missing(self, there: NDArray[np.bool_], box: Box) -> Box:
        """The part of the screen outside a picture where the label is not, and the picture would not bring it."""
        lacking = self.mask & ~there
        lacking[self.box.meets(box).inside(self.box)] = False
        rows, columns = np.flatnonzero(lacking.any(axis=1)), np.flatnonzero(lacking.any(axis=0))
        if not rows.size:
            return Box(0, 0, 0, 0)
        x, y = self.box.left, self.box.top
        return Box(x + int(columns[0]), y + int(rows[0]), x + int(columns[-1]) + 1, y + int(rows[-1]) + 1)

    def is_covered(self, data: bytes, frame: Frame, control: Control) -> bool:
        """Whether a picture draws over the label, or takes it away when it goes."""
        shared = self.box.meets(frame.box)
        tones = self.tones[shared.inside(self.box)]
        if not (tones != _NONE).any():
            return False
        if control.clear is None or control.disposal == _BACKGROUND:
            return True
        under = decoded(data, frame)[shared.inside(frame.box)]
        return bool(((under != control.clear) & (tones != _NONE)).any())


def decoded(data: bytes, frame: Frame) -> Indices:
    """A picture's indices, height × width. Raises only the family of `MediaError`."""
    height, width = frame.box.shape
    if not height or not width:
        return np.zeros((height, width), np.uint8)
    # Its own GIF of colours that are no greys, so that Pillow gives the indices as they are.
    sides = width.to_bytes(2, "little") + height.to_bytes(2, "little")
    table = bytes(value for index in range(256) for value in (index, 255 - index, index))
    flags = bytes([INTERLACED if frame.interlaced else 0])
    head = b"GIF89a" + sides + b"\xf7\0\0" + table + b"\x2c\0\0\0\0" + sides + flags
    with raster.opened(head + data[frame.code : frame.image.stop] + b"\x3b", "gif") as image:
        image.load()
        return np.array(image, np.uint8)


def coded(indices: Indices, *, interlaced: bool) -> tuple[bytes, bool]:
    """The least code size and the sub-blocks of a picture, and whether it is interlaced."""
    out = io.BytesIO()
    Image.fromarray(indices).save(out, "GIF", optimize=False, interlace=int(interlaced))
    data = out.getvalue()
    frame = next(frames(data))
    return data[frame.code : frame.image.stop], frame.interlaced


def _painted(data: bytes, frame: Frame, control: Control, label: _Label, missing: Box, between: bytes) -> bytes:
    """The control block and the picture, with the label where it meets the picture or is missing."""
    box = frame.box.around(missing)
    widened = box != frame.box
    indices = np.zeros(box.shape, np.uint8)
    old = np.zeros(box.shape, bool)
    old[frame.box.inside(box)] = True
    indices[old] = decoded(data, frame).ravel()
    shared = label.box.meets(box)
    tones = np.full(box.shape, _NONE, np.uint8)
    tones[shared.inside(box)] = label.tones[shared.inside(label.box)]
    table = np.frombuffer(data[frame.table.start : frame.table.stop], np.uint8).reshape(-1, 3)
    made = fit(table, indices, old & (tones == _NONE), label.colours, control.clear, needs_clear=widened)
    painted = np.where(old, made.moved[indices], np.uint8(made.clear or 0))
    painted = np.where(tones == _NONE, painted, made.tones[np.minimum(tones, TONES - 1)]).astype(np.uint8)
    body, interlaced = coded(painted, interlaced=frame.interlaced)
    bits = max(0, (len(made.table) - 1).bit_length() - 1)
    place = b"".join(value.to_bytes(2, "little") for value in (box.left, box.top, box.shape[1], box.shape[0]))
    flags = bytes([0x80 | (INTERLACED if interlaced else 0) | bits])
    colours = made.table.astype(np.uint8).tobytes().ljust(3 << bits + 1, b"\0")
    head = control.block(made.clear) if frame.control is not None or made.clear is not None else b""
    return head + between + b"\x2c" + place + flags + colours + body


@dataclass(frozen=True, slots=True)
class Fit:
    """A colour table with room for the label: where each old index has gone, and the indices of the tones."""

    table: Colours
    moved: Indices
    tones: Indices
    clear: int | None


def fit(
    table: NDArray[np.uint8],
    indices: Indices,
    kept: NDArray[np.bool_],
    colours: Colours,
    clear: int | None,
    *,
    needs_clear: bool,
) -> Fit:
    """Find places for colours in a table of 256, of which these indices, where they are kept, need some.

    A full table makes room: the colours that cost least go to their nearest.
    """
    full = np.zeros((256, 3), np.int32)
    full[: len(table)] = table
    counts = np.bincount(indices[kept], minlength=256)
    moved = np.arange(256, dtype=np.uint8)
    used = counts > 0
    if clear is not None:
        used[clear] = True
    wanted = len(colours) + (needs_clear and clear is None)
    while 256 - int(used.sum()) < wanted:
        gone, instead = _cheapest(full, counts, used, clear)
        moved[moved == gone] = instead
        counts[instead] += counts[gone]
        used[gone] = False
    free = np.flatnonzero(~used)[:wanted]
    tones = free[: len(colours)].astype(np.uint8)
    full[tones] = colours
    if needs_clear and clear is None:
        clear = int(free[-1])
    last = max(int(np.flatnonzero(used).max(initial=0)), int(free.max()), clear or 0)
    return Fit(full[: max(2, last + 1)], moved, tones, clear)


def _cheapest(full: Colours, counts: NDArray[np.intp], used: NDArray[np.bool_], clear: int | None) -> tuple[int, int]:
    """The colour that can be done without at the least change of the picture, and the one to take instead."""
    able = used.copy()
    if clear is not None:
        able[clear] = False
    which = np.flatnonzero(able)
    distance = ((full[which, None] - full[None, which]) ** 2).sum(axis=2).astype(np.float64)
    np.fill_diagonal(distance, np.inf)
    cost = distance.min(axis=1) * np.maximum(counts[which], 1)
    gone = int(cost.argmin())
    return int(which[gone]), int(which[distance[gone].argmin()])

"""Facts of a film that encoders forget: metadata, dates, languages and the display matrix.

Source: ISO/IEC 14496-12 8.2.2 (`mvhd`), 8.3.2 (`tkhd`), 8.4.2 (`mdhd`), 12.1.4 (`pasp`);
the matrix as Apple's QuickTime File Format describes it.
It changes no samples, no edit lists and no times of samples.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from overt.errors import FormatError
from overt.formats.bmff import MAX_32, Box, Edits, children, first, full, inside_meta, walk
from overt.formats.cursor import Cursor
from overt.formats.mp4_offsets import relocate
from overt.formats.splice import Buffer, Splice

XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
"""The `uuid` box that holds an XMP packet (XMP Specification Part 3, 1.1.3.3)."""

_MATRIX = 36


@dataclass(frozen=True, slots=True)
class Display:
    """How one track is shown: `width` and `height` before turning, by `rotation` degrees clockwise.

    `rotation` is 0, 90, 180 or 270, or none where the matrix says something else; `mirrored` tells that the picture
    is flipped left to right before it is turned. `pixel_aspect` is width to height of a pixel.
    `handler` is "vide", "soun", …
    """

    track: int
    handler: str
    width: int
    height: int
    rotation: int | None
    mirrored: bool
    pixel_aspect: tuple[int, int]

    @property
    def shown(self) -> tuple[int, int]:
        """Width and height as seen, after turning."""
        turned = self.rotation in (90, 270)
        return (self.height, self.width) if turned else (self.width, self.height)


@dataclass(frozen=True, slots=True)
class _Track:
    box: Box
    tkhd: Box
    mdia: Box
    mdhd: Box
    handler: bytes


def movie(data: Buffer) -> tuple[list[Box], Box]:
    """The boxes of the file, and its one `moov`."""
    top = list(walk(data, 0, len(data)))
    found = [box for box in top if box.kind == b"moov"]
    if not found:
        raise FormatError("a film without a moov box", "影片缺少 moov box")
    if len(found) > 1:
        raise FormatError("a film with two moov boxes", "影片含有两个 moov box")
    return top, found[0]


def displays(data: Buffer) -> tuple[Display, ...]:
    """How each track of a film is shown, in the order of the file."""
    _, moov = movie(data)
    return tuple(_display(data, track) for track in _tracks(data, moov))


def _tracks(data: Buffer, moov: Box) -> list[_Track]:
    tracks = []
    for box in children(data, moov):
        if box.kind != b"trak":
            continue
        inside = children(data, box)
        tkhd, mdia = _need(inside, b"tkhd", box), _need(inside, b"mdia", box)
        media = children(data, mdia)
        cursor = full(data, _need(media, b"hdlr", mdia))[2]
        cursor.skip(4)
        tracks.append(_Track(box, tkhd, mdia, _need(media, b"mdhd", mdia), cursor.take(4)))
    return tracks


def _need(boxes: Sequence[Box], kind: bytes, parent: Box) -> Box:
    box = first(boxes, kind)
    if box is None:
        raise FormatError(
            f"the {parent.name!r} at byte {parent.header} has no {kind.decode('latin-1')!r}",
            f"字节 {parent.header} 处的 {parent.name!r} 缺少 {kind.decode('latin-1')!r}",
        )
    return box


def _display(data: Buffer, track: _Track) -> Display:
    version, _, cursor = full(data, track.tkhd)
    cursor.skip(16 if version else 8)
    number = cursor.uint(4)
    cursor.skip((12 if version else 8) + 16)
    matrix = Cursor(cursor.take(_MATRIX))
    a, b, _, c, d = (_signed(matrix.uint(4)) for _ in range(5))
    width, height = cursor.uint(4) >> 16, cursor.uint(4) >> 16
    # The second column is that of a plain rotation, whether the first one is flipped or not.
    turn = round(math.degrees(math.atan2(-c, d))) % 360
    straight = (b == c == 0 and abs(a) == abs(d)) or (a == d == 0 and abs(b) == abs(c))
    return Display(
        number,
        track.handler.decode("latin-1"),
        width,
        height,
        turn if straight else None,
        a * d - b * c < 0,
        _pixel_aspect(data, track),
    )


def _signed(value: int) -> int:
    return value - (1 << 32) if value >> 31 else value


def _pixel_aspect(data: Buffer, track: _Track) -> tuple[int, int]:
    box = track.mdia
    for kind in (b"minf", b"stbl", b"stsd"):
        found = first(children(data, box), kind)
        if found is None:
            return 1, 1
        box = found
    entries = children(data, box, 8)
    if track.handler != b"vide" or not entries or len(entries[0]) < 86:
        return 1, 1
    # The fields of a visual sample entry take 78 bytes; a QuickTime entry may end with 4 zeros.
    found = first(walk(data, entries[0].start + 78, entries[0].stop), b"pasp")
    if found is None:
        return 1, 1
    cursor = Cursor(data, found.start, found.stop)
    across, down = cursor.uint(4), cursor.uint(4)
    return (across, down) if across and down else (1, 1)


def transplant(original: Buffer, encoded: Buffer) -> Splice:
    """`encoded` with what `original` says about itself: a splice over `encoded`.

    Taken over are `moov/udta`, `moov/meta`, the XMP `uuid` box, the date of creation of the film, and of each
    track its date, language and display matrix; tracks are matched by their order among those of one kind.
    What `original` lacks stays as it is in `encoded`. The pictures of `encoded` must lie as those of `original`
    are stored: a decoder that already turned them would have them turned twice.
    """
    old_top, old_moov = movie(original)
    top, moov = movie(encoded)
    edits = Edits()
    _boxes(original, old_moov, encoded, moov, edits)
    _times(original, old_moov, encoded, moov, b"mvhd", edits)
    kinds: defaultdict[bytes, list[_Track]] = defaultdict(list)
    for old in _tracks(original, old_moov):
        kinds[old.handler].append(old)
    for track in _tracks(encoded, moov):
        if kinds[track.handler]:
            _track(original, kinds[track.handler].pop(0), encoded, track, edits)
    if not any(box.usertype == XMP_UUID for box in top) and top[-1].size:
        for box in old_top:
            if box.usertype == XMP_UUID and not box.truncated:
                edits.replace(len(encoded), len(encoded), bytes(original[box.header : box.stop]))
    relocate(encoded, top, edits)
    return edits.splice(encoded)


def _boxes(original: Buffer, old_moov: Box, encoded: Buffer, moov: Box, edits: Edits) -> None:
    inside = children(encoded, moov)
    for old in children(original, old_moov):
        # A metadata box whose items lie elsewhere in the original (iloc) would point to nothing.
        if old.kind == b"udta" or (old.kind == b"meta" and not first(inside_meta(original, old), b"iloc")):
            there = first(inside, old.kind)
            start, stop = (there.header, there.stop) if there else (moov.stop, moov.stop)
            edits.replace(start, stop, bytes(original[old.header : old.stop]), (moov,))


def _times(original: Buffer, old: Box, encoded: Buffer, new: Box, kind: bytes, edits: Edits) -> None:
    source = first(children(original, old), kind)
    target = first(children(encoded, new), kind)
    if source is not None and target is not None:
        _created(original, source, encoded, target, edits)


def _created(original: Buffer, source: Box, encoded: Buffer, target: Box, edits: Edits) -> None:
    version, _, cursor = full(original, source)
    created = cursor.uint(8 if version else 4)
    version, _, cursor = full(encoded, target)
    width = 8 if version else 4
    at = cursor.skip(width)
    if created and (width == 8 or created <= MAX_32):
        edits.replace(at, at + width, created.to_bytes(width, "big"))


def _track(original: Buffer, old: _Track, encoded: Buffer, new: _Track, edits: Edits) -> None:
    _created(original, old.tkhd, encoded, new.tkhd, edits)
    _created(original, old.mdhd, encoded, new.mdhd, edits)
    for source, target, at, length in ((old.tkhd, new.tkhd, (40, 52), _MATRIX), (old.mdhd, new.mdhd, (20, 32), 2)):
        wide, _, _ = full(original, source)
        cursor = Cursor(original, source.start, source.stop)
        cursor.skip(at[1 if wide else 0])
        value = cursor.take(length)
        wide, _, _ = full(encoded, target)
        cursor = Cursor(encoded, target.start, target.stop)
        cursor.skip(at[1 if wide else 0])
        start = cursor.skip(length)
        edits.replace(start, start + length, value)

"""New packets put among those of the sound of an MP4 file (M4A); every other byte is kept.

Source: ISO/IEC 14496-12 (sample tables 8.5 to 8.7, groups 8.9.2, edit list 8.6.6); Apple, QuickTime File Format
(chapter tracks); the `chpl` box and the freeform item `iTunSMPB` as common practice has them.
Old packets stay where they are; new ones lie behind everything else. Durations, the edit list, gapless information and
chapters follow. What kind of file it takes is said in `overt.formats.mp4_sound`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

import numpy as np

from overt.errors import BudgetError
from overt.formats.bmff import Box, Edits, build, children, first, full, walk
from overt.formats.mp4_samples import Ints, Track, positions, rows
from overt.formats.mp4_sound import Sound, child, duration, table_of
from overt.formats.splice import Buffer, Splice

_GAPLESS: Final = re.compile(rb" 00000000 ([0-9A-Fa-f]{8}) ([0-9A-Fa-f]{8}) ([0-9A-Fa-f]{16})")
MAX_NEW: Final = 1 << 30
"""Bytes of all new packets, which are held in memory."""


def insert(data: Buffer, sound: Sound, packets: list[bytes], delay: int, places: Sequence[int], again: int) -> Splice:
    """The file with these packets before each of its own with one of these indices, in order.

    `delay` is by how many samples the new sound lies late in its packets. Behind new packets in the midst, `again` old
    ones come once more, from the same bytes: the next one needs them to decode as before.
    """
    body = b"".join(packets)
    if len(body) > MAX_NEW:
        raise BudgetError("the new sound takes more than 1 GiB", "新增音频超过 1 GiB")
    top = list(walk(data, 0, len(data)))
    sizes, chunks, added = _laid_out(sound, packets, places, again)
    edits, track = Edits(), sound.track
    around = (sound.moov, *track.parents)
    count = len(sizes)
    deltas = np.diff(sound.begins)
    old = int(deltas.sum())
    if places[-1] == track.count:
        # The last packet is no longer the one that is cut short.
        deltas[-1] = max(int(deltas[-1]), sound.delta)
    new = np.insert(deltas, np.repeat(places, added), sound.delta)
    grown = int(new.sum()) - old
    _replace(edits, track, b"stts", _table(_counted(new)), around)
    _replace(edits, track, b"stsz", bytes(8) + count.to_bytes(4, "big") + sizes.astype(">u4").tobytes(), around)
    _replace(edits, track, b"stsc", _runs(chunks), around)
    _groups(data, sound, places, added, edits, around)
    moved = _Moved(sound, places, [each * sound.delta for each in added])
    _times(data, sound, moved, grown, delay, edits)
    _tags(data, sound, moved, grown, delay, edits)
    # What lies behind the last box must be in one: a box without a size takes it in.
    head = b"" if top[-1].size == 0 else (8 + len(body)).to_bytes(4, "big") + b"mdat"
    _offsets(data, sound, chunks, len(head), edits)
    edits.replace(len(data), len(data), head + body)
    return edits.splice(data)


def _laid_out(
    sound: Sound, packets: list[bytes], places: Sequence[int], again: int
) -> tuple[Ints, list[tuple[int, int]], list[int]]:
    """The sizes of all packets; all chunks by offset (-1 for new ones) and packets; how many came in at each place."""
    starts, old = positions(sound.track)
    fresh = np.array([len(packet) for packet in packets], np.int64)
    begins = np.unique(np.concatenate((sound.track.firsts[:-1], np.array(places, np.int64), [0])))
    begins = begins[begins < sound.track.count]
    counts = np.diff(np.append(begins, sound.track.count))
    sizes: list[Ints] = []
    chunks: list[tuple[int, int]] = []
    added: list[int] = []
    at = 0
    for place in places:
        until = int(np.searchsorted(begins, place))
        chunks += zip(starts[begins[at:until]].tolist(), counts[at:until].tolist(), strict=True)
        sizes += [old[begins[at] if at < len(begins) else place : place], fresh]
        chunks.append((-1, len(packets)))
        repeated = min(again, place) if place < sound.track.count else 0
        sizes.append(old[place - repeated : place])
        chunks += [(int(starts[each]), 1) for each in range(place - repeated, place)]
        added.append(len(packets) + repeated)
        at = until
    chunks += zip(starts[begins[at:]].tolist(), counts[at:].tolist(), strict=True)
    sizes.append(old[places[-1] :])
    return np.concatenate(sizes), chunks, added


def _replace(edits: Edits, track: Track, kind: bytes, body: bytes, around: tuple[Box, ...]) -> None:
    box = table_of(track, kind)
    edits.replace(box.header, box.stop, build(kind, body), around)


def _table(entries: Sequence[tuple[int, ...]]) -> bytes:
    """A table box's body: version and flags, the count, the rows."""
    return bytes(4) + len(entries).to_bytes(4, "big") + np.array(entries, ">u4").tobytes()


def _counted(values: Ints) -> list[tuple[int, int]]:
    """Equal neighbours as their number and their value."""
    starts = np.concatenate(([0], np.flatnonzero(np.diff(values)) + 1, [len(values)]))
    return list(zip(np.diff(starts).tolist(), values[starts[:-1]].tolist(), strict=True))


def _runs(chunks: list[tuple[int, int]]) -> bytes:
    """Which chunks have how many packets, from where on."""
    entries = [
        (index + 1, count, 1) for index, (_, count) in enumerate(chunks) if not index or count != chunks[index - 1][1]
    ]
    return _table(entries)


def _groups(
    data: Buffer, sound: Sound, places: Sequence[int], added: list[int], edits: Edits, around: tuple[Box, ...]
) -> None:
    """Groups of packets (8.9.2) grow with what comes into them."""
    for box in children(data, sound.track.boxes[b"stbl"]):
        if box.kind != b"sbgp":
            continue
        version, _, cursor = full(data, box)
        cursor.skip(8 if version else 4)
        at = cursor.position
        entries = rows(data, box, 2, skip=at - box.start).tolist()
        ends = np.cumsum([count for count, _ in entries]).tolist()
        for place, count in zip(places, added, strict=True):
            index = min(bisect_right(ends, place), len(entries) - 1)
            if entries:
                entries[index][0] += count
        edits.replace(box.start, box.stop, bytes(data[box.start : at]) + _table(entries)[4:], (*around, box))


class _Moved:
    """Where a moment of the old sound is in the new one, in units of the sound's time."""

    def __init__(self, sound: Sound, places: Sequence[int], added: list[int]) -> None:
        self._at = [int(sound.begins[place]) - sound.skip for place in places]
        self._added = [0, *np.cumsum(added).tolist()]
        self.at_start = places[0] == 0
        self.at_end = places[-1] == sound.track.count

    def __call__(self, moment: float) -> float:
        """The new moment; the beginning stays the beginning."""
        return moment + self._added[bisect_right(self._at, moment)] if moment > 0 else moment


def _times(data: Buffer, sound: Sound, moved: _Moved, grown: int, delay: int, edits: Edits) -> None:
    """Durations and the edit list, of the sound and of its chapters."""
    movie = child(data, sound.moov, b"mvhd")
    scale, longest, at = duration(data, movie)
    skip, total, behind = _trimmed(sound, grown, delay, moved)
    shown = -(-(total - skip - behind) * scale // sound.scale)
    if sound.edit is not None:
        version = data[sound.edit.start]
        width = 8 if version else 4
        _number(edits, sound.edit.start + 8, width, shown)
        _number(edits, sound.edit.start + 8 + width, width, skip)
    _track_times(data, sound.track, total, shown if sound.edit else total * scale // sound.scale, edits)
    for track in sound.tracks:
        if track is not sound.track:
            shown = max(shown, _chapter_times(data, sound, track, moved, grown, scale, edits))
    _number(edits, at, 8 if data[movie.start] else 4, max(longest + grown * scale // sound.scale, shown))


def _trimmed(sound: Sound, grown: int, delay: int, moved: _Moved) -> tuple[int, int, int]:
    """What is skipped, the new total, and what is left out at the end."""
    late = delay * sound.delta // sound.step if sound.edit else 0
    return late if moved.at_start else sound.skip, sound.total + grown, 0 if moved.at_end else sound.behind


def _number(edits: Edits, at: int, width: int, value: int) -> None:
    if value >= 1 << (8 * width):
        raise BudgetError("the sound would become longer than its file can say", "音频将超出文件所能表示的时长")
    edits.replace(at, at + width, value.to_bytes(width, "big"))


def _track_times(data: Buffer, track: Track, media: int, shown: int, edits: Edits) -> None:
    header, medium = table_of(track, b"tkhd"), table_of(track, b"mdhd")
    version = data[header.start]
    _number(edits, header.start + (28 if version else 20), 8 if version else 4, shown)
    _number(edits, duration(data, medium)[2], 8 if data[medium.start] else 4, media)


def _chapter_times(
    data: Buffer, sound: Sound, track: Track, moved: _Moved, grown: int, movie: int, edits: Edits
) -> int:
    """Chapters begin later where sound came in before them; gives the track's new duration in the movie's scale."""
    scale = duration(data, table_of(track, b"mdhd"))[0]
    runs = rows(data, track.boxes[b"stts"], 2)
    ends = np.cumsum(np.repeat(runs[:, 1], runs[:, 0])).tolist()
    bounds = [0, *(round(moved(end * sound.scale / scale) * scale / sound.scale) for end in ends)]
    if len(bounds) > 1:
        bounds[-1] = max(ends[-1] + round(grown * scale / sound.scale), bounds[-2])
    steps = np.diff(bounds).tolist()
    _replace(edits, track, b"stts", _table([(1, step) for step in steps]), (sound.moov, *track.parents))
    shown = round(bounds[-1] * movie / scale)
    edts = first(children(data, track.boxes[b"trak"]), b"edts")
    box = first(children(data, edts), b"elst") if edts else None
    if box is not None and int.from_bytes(data[box.start + 4 : box.start + 8], "big") == 1:
        _number(edits, box.start + 8, 8 if data[box.start] else 4, shown)
    _track_times(data, track, bounds[-1], shown, edits)
    return shown


def _tags(data: Buffer, sound: Sound, moved: _Moved, grown: int, delay: int, edits: Edits) -> None:
    """Chapters in `chpl`, and the gapless information of iTunes: both keep their length."""
    udta = first(children(data, sound.moov), b"udta")
    if udta is None:
        return
    chapters = first(walk(data, udta.start, udta.stop), b"chpl")
    if chapters is not None:
        version, _, cursor = full(data, chapters)
        cursor.skip(4 if version else 0)
        for _ in range(cursor.uint(1)):
            at = cursor.skip(8)
            start = int.from_bytes(data[at : at + 8], "big") * sound.scale / 1e7
            _number(edits, at, 8, round(moved(start) * 1e7 / sound.scale))
            cursor.skip(cursor.uint(1))
    raw = bytes(data[udta.start : udta.stop])
    name = raw.find(b"iTunSMPB")
    told = _GAPLESS.search(raw, name) if name >= 0 else None
    if told is None:
        return
    before, behind, length = (int(part, 16) for part in told.groups())
    ratio = sound.step / sound.delta
    everything = before + behind + length + round(grown * ratio)
    before, behind = delay if moved.at_start else before, 0 if moved.at_end else behind
    new = b" 00000000 %08X %08X %016X" % (before, behind, max(0, everything - before - behind))
    edits.replace(udta.start + told.start(), udta.start + told.end(), new)


def _offsets(data: Buffer, sound: Sound, chunks: list[tuple[int, int]], head: int, edits: Edits) -> None:
    """Where all chunks are when everything else has its new place."""
    own = sound.track.boxes.get(b"stco") or sound.track.boxes[b"co64"]
    around = (sound.moov, *sound.track.parents)
    for wide in (False, True):
        width = 8 if wide else 4
        trial = edits.copy()
        trial.replace(own.header, own.stop, bytes(16 + width * len(chunks)), around)
        shift = trial.shift()
        moved = [shift(offset) if offset >= 0 else shift(len(data)) + head for offset, _ in chunks]
        if wide or max(moved) < 1 << 32:
            break
    kind, form = (b"co64", ">u8") if wide else (b"stco", ">u4")
    body = bytes(4) + len(moved).to_bytes(4, "big") + np.array(moved, form).tobytes()
    edits.replace(own.header, own.stop, build(kind, body), around)
    for track in sound.tracks:
        if track is sound.track:
            continue
        box = track.boxes.get(b"stco") or track.boxes[b"co64"]
        width = 8 if box.kind == b"co64" else 4
        for number, start in enumerate(track.starts.tolist()):
            _number(edits, box.start + 8 + number * width, width, shift(start))

"""The pictures of a film exchanged inside its MP4 or QuickTime file; every other byte is kept.

Source: ISO/IEC 14496-12 (track header 8.3.2, handler 8.4.3, sample tables 8.5 to 8.7); QuickTime File Format.
`exchange` takes a film and a second MP4 with the same pictures encoded anew, and puts them where the old ones were.
Decoding times, edit lists, display matrix, sound, subtitles, timecode, tracks of unknown kinds and all metadata stay
byte for byte. Composition offsets are written anew, so that each picture keeps its exact time whatever order the
encoder chose; they may be negative (`ctts` version 1, 8.6.1.3).
It does not take film in fragments, encrypted or layered film, or sample data outside the file: these are refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from overt.errors import BudgetError, FormatError, TruncatedError, UnsupportedError
from overt.formats.bmff import Box, Edits, build, children, first, full, walk
from overt.formats.cursor import Cursor
from overt.formats.splice import Buffer, Splice
from overt.language import Text

MAX_SAMPLES: Final = 8_000_000
"""Samples in one track: 18 hours at 120 pictures a second, or 46 hours of AAC. Raw sound, whose samples are moments
and need no table, may have more."""
MAX_ENCODED: Final = 2 << 30
"""Bytes of the new pictures, which are held in memory."""

_FRAGMENTS: Final = {b"moof", b"sidx", b"mfra"}
_CONFIGURATION: Final = {
    b"avc1": b"avcC",
    b"avc3": b"avcC",
    b"hvc1": b"hvcC",
    b"hev1": b"hvcC",
    b"vp09": b"vpcC",
    b"av01": b"av1C",
    b"mp4v": b"esds",
}
"""Which box in a sample entry configures the decoder."""
_PROMISES: Final = {
    b"dvcC": "Dolby Vision",
    b"dvvC": "Dolby Vision",
    b"dvwC": "Dolby Vision",
    b"lhvC": "stereo (MV-HEVC)",
    b"vexu": "stereo (MV-HEVC)",
    b"sinf": "encryption",
}
"""Boxes of a sample entry that promise what a new encoding would not have."""
_STALE: Final = frozenset(
    (
        *(b"ctts", b"stss", b"sdtp", b"sbgp", b"sgpd", b"cslg", b"stps"),
        *(b"stsh", b"stdp", b"padb", b"subs", b"saiz", b"saio"),
    )
)
"""Sample tables that describe the old pictures one by one."""

_TO_H264: Final = "ffmpeg -i IN -c:v libx264 -crf 16 OUT.mp4"

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Track:
    """One track: its boxes by type (those on the way to the sample tables), and where its samples are.

    `starts` are the offsets of its chunks, `lengths` their bytes, `firsts` the index of each chunk's first sample
    and, at the end, the number of samples. `sizes` has one size for each sample, or a single one for all.
    """

    number: int
    boxes: dict[bytes, Box]
    count: int
    starts: Ints
    lengths: Ints
    firsts: Ints
    sizes: Ints

    @property
    def parents(self) -> tuple[Box, ...]:
        """The boxes around a sample table, `moov` excepted."""
        return tuple(self.boxes[kind] for kind in (b"trak", b"mdia", b"minf", b"stbl"))


def film_track(data: Buffer) -> int:
    """The id of the one track that a player shows as the film.

    Raises `MediaError` where there is none or more than one, or where the file is of a kind `exchange` refuses.
    """
    track = _read(data)[2]
    _described(data, track)
    return track.number


def exchange(film: Buffer, encoded: Buffer) -> Splice:
    """The film's file with the pictures of `encoded`, an MP4 whose only track holds as many pictures, in bytes."""
    moov, tracks, old = _read(film)
    new = _read(encoded)[2]
    if old.count != new.count:
        raise FormatError(
            f"the index has {old.count} pictures, {new.count} could be decoded",
            f"影片索引中有 {old.count} 帧，只解码出 {new.count} 帧",
        )
    edits = Edits()
    around = (moov, *old.parents)
    _describe(film, old, encoded, new, edits, around)
    for kind, table in _tables(film, old, encoded, new):
        place = old.boxes[kind]
        edits.replace(place.header, place.stop, table, around)
    for box in children(film, old.boxes[b"stbl"]):
        if box.kind in _STALE:
            edits.replace(box.header, box.stop, b"", around)
    placed = _pictures(film, old, encoded, new, tracks, edits)
    shift = edits.shift()
    for track in tracks:
        if track is old:
            moved = [shift(start) + inside for start, inside in placed]
        else:
            moved = [shift(start) for start in track.starts.tolist()]
        box = track.boxes.get(b"stco") or track.boxes[b"co64"]
        edits.replace(box.start + 8, box.start + 8 + len(moved) * _width(box), _offsets(box, moved))
    return edits.splice(film)


def _read(data: Buffer) -> tuple[Box, list[Track], Track]:
    """The index, all tracks, and the film's."""
    top = list(walk(data, 0, len(data)))
    moov = first(top, b"moov")
    if moov is None or top[-1].truncated:
        raise TruncatedError("the file ends before its index or its pictures", "文件不完整：索引或画面数据被截断")
    meta = first(top, b"meta")
    if meta and first(children(data, meta, 4), b"iloc"):
        raise _unsupported(
            "film with still pictures in its file", "内含静态图片的影片", "ffmpeg -i IN -map 0 -c copy OUT.mp4"
        )
    inside = children(data, moov)
    if any(box.kind in _FRAGMENTS for box in top) or first(inside, b"mvex"):
        raise _unsupported("film in fragments", "分片影片", "ffmpeg -i IN -map 0 -c copy OUT.mp4")
    tracks = [_track(data, box) for box in inside if box.kind == b"trak"]
    return moov, tracks, _shown(data, tracks)


def _shown(data: Buffer, tracks: list[Track]) -> Track:
    """The film's track. The pictures of chapters are a picture track too, but one of stills."""
    pictures = [track for track in tracks if _field(data, track.boxes[b"hdlr"], 8, 4) == b"vide"]
    films = [track for track in pictures if _field(data, track.boxes[b"stsd"], 12, 4) in _CONFIGURATION] or pictures
    if not films:
        raise _unsupported("a film without pictures", "没有画面的影片", "ffmpeg -i IN -vn OUT.m4a")
    if len(films) > 1:
        raise _unsupported(
            f"a film with {len(films)} picture tracks",
            f"含 {len(films)} 条画面轨道的影片",
            "ffmpeg -i IN -map 0:v:0 -map 0:a? -c copy OUT.mp4",
        )
    return films[0]


def _unsupported(en: str, zh: str, command: str) -> UnsupportedError:
    return UnsupportedError(
        f"{en} cannot be labelled",
        f"无法为{zh}添加显式标识",
        hint=Text(zh=f"先转换：{command}", en=f"Convert it first: {command}"),
    )


def _track(data: Buffer, trak: Box) -> Track:
    found = {b"trak": trak}
    for parent in (b"trak", b"mdia", b"minf", b"dinf", b"stbl"):
        if parent in found:
            for box in children(data, found[parent]):
                # QuickTime has a second handler inside `minf`, that of the data: the first one is the media's.
                found.setdefault(box.kind, box)
    for needed in (b"tkhd", b"hdlr", b"stbl", b"stsd", b"stts", b"stsc"):
        if needed not in found:
            raise FormatError(f"a track without {needed.decode()}")
    if b"dref" in found and any(
        not full(data, entry)[1] & 1 for entry in children(data, found[b"dref"], 8) if len(entry) >= 12
    ):
        raise _unsupported(
            "film with data outside its file", "数据位于文件之外的影片", "ffmpeg -i IN -map 0 -c copy OUT.mov"
        )
    version, _, cursor = full(data, found[b"tkhd"])
    cursor.skip(16 if version == 1 else 8)
    number = cursor.uint(4)
    count, sizes = _sizes(data, found)
    starts = _starts(data, found)
    firsts = _firsts(data, found[b"stsc"], len(starts), count)
    if len(sizes) == 1:
        lengths = np.diff(firsts) * sizes[0]
    else:
        lengths = np.diff(np.concatenate(([0], np.cumsum(sizes)))[firsts])
    if len(starts) and int((starts + lengths).max()) > len(data):
        raise TruncatedError("the index points beyond the end of the file", "索引指向文件末尾之外：文件可能被截断")
    return Track(number, found, count, starts, lengths, firsts, sizes)


def _field(data: Buffer, box: Box, at: int, length: int) -> bytes:
    cursor = Cursor(data, box.start, box.stop)
    cursor.skip(at)
    return cursor.take(length)


def _rows(data: Buffer, box: Box, columns: int, dtype: str = ">u4", skip: int = 4) -> Ints:
    """The rows of a table box: `skip` bytes (version and flags), a count, and as many rows."""
    cursor = Cursor(data, box.start, box.stop)
    cursor.skip(skip)
    count = cursor.uint(4)
    cells = np.frombuffer(cursor.take(count * columns * np.dtype(dtype).itemsize), dtype)
    return cells.astype(np.int64).reshape(count, columns)


def _sizes(data: Buffer, found: dict[bytes, Box]) -> tuple[int, Ints]:
    box = found.get(b"stsz")
    if box is None:
        raise _unsupported(
            "film with compact sample sizes (stz2)", "使用 stz2 的影片", "ffmpeg -i IN -map 0 -c copy OUT.mp4"
        )
    cursor = full(data, box)[2]
    each, count = cursor.uint(4), cursor.uint(4)
    if each:
        if count * each > len(data):
            raise TruncatedError("the index claims more samples than the file has", "索引所列数据多于文件内容")
        return count, np.array([each], dtype=np.int64)
    _affordable(count)
    return count, _rows(data, box, 1, skip=8)[:, 0]


def _affordable(count: int) -> None:
    if count > MAX_SAMPLES:
        raise BudgetError(f"a track of {count} samples", f"一条轨道含 {count} 个样本")


def _starts(data: Buffer, found: dict[bytes, Box]) -> Ints:
    if b"stco" in found:
        return _rows(data, found[b"stco"], 1)[:, 0]
    if b"co64" in found:
        starts = _rows(data, found[b"co64"], 1, ">u8")[:, 0]
        if len(starts) and not 0 <= int(starts.min()) <= int(starts.max()) <= len(data):
            raise TruncatedError("a chunk begins beyond the end of the file")
        return starts
    raise FormatError("a track without chunk offsets")


def _firsts(data: Buffer, box: Box, chunks: int, count: int) -> Ints:
    """The index of each chunk's first sample, from the runs of chunks with equally many (8.7.4)."""
    runs = _rows(data, box, 3)
    begin = np.concatenate((runs[:, 0] - 1, [chunks]))
    if chunks and (not len(runs) or begin[0] != 0 or np.any(np.diff(begin) < 0)):
        raise FormatError("the runs of chunks (stsc) are out of order")
    per_chunk = np.repeat(runs[:, 1], np.diff(begin)) if chunks else np.zeros(0, np.int64)
    firsts = np.concatenate(([0], np.cumsum(per_chunk)))
    if int(firsts[-1]) != count:
        raise FormatError(f"the chunks hold {int(firsts[-1])} samples, the track has {count}")
    return firsts.astype(np.int64)


def _times(data: Buffer, track: Track) -> tuple[Ints, Ints]:
    """Decoding and composition time of each sample (8.6.1)."""
    _affordable(track.count)
    runs = _rows(data, track.boxes[b"stts"], 2)
    if int(runs[:, 0].sum()) != track.count:
        raise FormatError(f"the time table has {int(runs[:, 0].sum())} samples, the track has {track.count}")
    deltas = np.repeat(runs[:, 1], runs[:, 0])
    decoding = np.concatenate(([0], np.cumsum(deltas)[:-1])).astype(np.int64)[: track.count]
    if b"ctts" not in track.boxes:
        return decoding, decoding
    # Version 0 says unsigned, but files with negative offsets in version 0 are common, and larger ones are not real.
    head = _rows(data, track.boxes[b"ctts"], 2)
    if int(head[:, 0].sum()) != track.count:
        raise FormatError("the composition table does not fit the number of samples")
    offsets = np.repeat(head[:, 1], head[:, 0])
    return decoding, decoding + np.where(offsets >= 1 << 31, offsets - (1 << 32), offsets)


def _describe(film: Buffer, old: Track, encoded: Buffer, new: Track, edits: Edits, around: tuple[Box, ...]) -> None:
    """Put the new decoder configuration into the old sample entry, which keeps its size, colours and aperture."""
    entry, place, boxes = _described(film, old)
    source = _described(encoded, new)[1]
    if source.kind != place.kind:
        raise FormatError(f"pictures for {source.name} cannot take the place of such for {place.name}")
    parents = (*around, old.boxes[b"stsd"], entry)
    edits.replace(place.header, place.stop, bytes(encoded[source.header : source.stop]), parents)
    if rate := first(boxes, b"btrt"):
        edits.replace(rate.header, rate.stop, b"", parents)


def _described(data: Buffer, track: Track) -> tuple[Box, Box, list[Box]]:
    """The track's sample entry, its decoder configuration, and all boxes behind its 78 bytes of fields (12.1.3)."""
    entries = children(data, track.boxes[b"stsd"], 8)
    if len(entries) != 1:
        raise _unsupported("film that changes its encoding midway", "中途改变编码的影片", _TO_H264)
    entry = entries[0]
    if entry.kind not in _CONFIGURATION:
        raise _unsupported(f"film in {entry.name}", f"编码为 {entry.name} 的影片", _TO_H264)
    boxes = children(data, entry, 78)
    for box in boxes:
        if what := _PROMISES.get(box.kind):
            raise _unsupported(f"film with {what}", f"含 {what} 的影片", _TO_H264)
    configuration = first(boxes, _CONFIGURATION[entry.kind])
    if configuration is None:
        raise FormatError(f"a sample entry {entry.name} without decoder configuration")
    return entry, configuration, boxes


def _tables(film: Buffer, old: Track, encoded: Buffer, new: Track) -> list[tuple[bytes, bytes]]:
    """The sample tables that change, by the box they take the place of."""
    decoding, shown = _times(film, old)
    order = np.argsort(np.argsort(_times(encoded, new)[1], kind="stable"), kind="stable")
    offsets = np.sort(shown)[order] - decoding
    times = bytes(film[old.boxes[b"stts"].header : old.boxes[b"stts"].stop])
    if np.any(offsets):
        times += _composition(offsets)
    if sync := new.boxes.get(b"stss"):
        times += bytes(encoded[sync.header : sync.stop])
    sizes = np.broadcast_to(new.sizes, (new.count,)).astype(">u4").tobytes()
    runs = _rows(film, old.boxes[b"stsc"], 3)
    runs[:, 2] = 1
    return [
        (b"stts", times),
        (b"stsz", build(b"stsz", bytes(8), new.count.to_bytes(4, "big"), sizes)),
        (b"stsc", build(b"stsc", bytes(4), len(runs).to_bytes(4, "big"), runs.astype(">u4").tobytes())),
    ]


def _composition(offsets: Ints) -> bytes:
    bounds = np.flatnonzero(np.diff(offsets)) + 1
    begin = np.concatenate(([0], bounds))
    counts = np.diff(np.concatenate((begin, [len(offsets)])))
    values = offsets[begin]
    if int(np.abs(values).max()) >= 1 << 31:
        raise FormatError("pictures are decoded too far from when they are shown")
    version = b"\x01\0\0\0" if int(values.min()) < 0 else bytes(4)
    rows = np.stack((counts, values), axis=1).astype(">i4").tobytes()
    return build(b"ctts", version, len(counts).to_bytes(4, "big"), rows)


def _pictures(
    film: Buffer, old: Track, encoded: Buffer, new: Track, tracks: list[Track], edits: Edits
) -> list[tuple[int, int]]:
    """Put the new pictures into the old chunks' places; for each chunk, whose place, and how far inside it."""
    if int(new.lengths.sum()) > MAX_ENCODED:
        raise BudgetError("the film would take more than 2 GiB", "影片编码后超过 2 GiB")
    where = np.repeat(new.starts, np.diff(new.firsts))
    inside = np.concatenate(([0], np.cumsum(new.sizes)[:-1]))
    where = where + inside - np.repeat(inside[new.firsts[:-1]], np.diff(new.firsts))
    placed: list[tuple[int, int]] = [(0, 0)] * len(old.starts)
    taken: list[tuple[int, int]] = []
    bodies = [box for box in walk(film, 0, len(film)) if box.kind == b"mdat"]
    for begin, stop, chunks in _runs(old):
        parts: list[bytes] = []
        length = 0
        for chunk in chunks:
            placed[chunk] = (begin, length)
            for sample in range(old.firsts[chunk], old.firsts[chunk + 1]):
                part = bytes(encoded[where[sample] : where[sample] + new.sizes[sample]])
                parts.append(part)
                length += len(part)
        mdat = next((box for box in bodies if box.start <= begin and stop <= box.stop), None)
        if mdat is None:
            raise FormatError(f"pictures at byte {begin} outside mdat")
        edits.replace(begin, stop, b"".join(parts), (mdat,))
        taken.append((begin, stop))
    _apart(taken, [track for track in tracks if track is not old])
    return placed


def _runs(track: Track) -> list[tuple[int, int, list[int]]]:
    """Chunks that lie one behind the other, together: start, stop, and which."""
    runs: list[tuple[int, int, list[int]]] = []
    for chunk in np.argsort(track.starts, kind="stable").tolist():
        begin, length = int(track.starts[chunk]), int(track.lengths[chunk])
        if runs and runs[-1][1] == begin:
            runs[-1][2].append(chunk)
            runs[-1] = (runs[-1][0], begin + length, runs[-1][2])
        elif runs and begin < runs[-1][1]:
            raise FormatError(f"two chunks share the bytes at {begin}")
        else:
            runs.append((begin, begin + length, [chunk]))
    return runs


def _apart(taken: list[tuple[int, int]], others: list[Track]) -> None:
    """No other track may have samples among the exchanged bytes."""
    if not taken:
        return
    bounds = np.array(taken, dtype=np.int64)
    for track in others:
        after = np.searchsorted(bounds[:, 0], track.starts + track.lengths, side="left")
        before = np.searchsorted(bounds[:, 1], track.starts, side="right")
        if np.any((after > before) & (track.lengths > 0)):
            raise FormatError(f"the tracks {track.number} and the film's share bytes")


def _width(box: Box) -> int:
    return 8 if box.kind == b"co64" else 4


def _offsets(box: Box, moved: list[int]) -> bytes:
    if moved and box.kind == b"stco" and max(moved) >= 1 << 32:
        raise BudgetError("the film would take more than 4 GiB", "影片编码后超过 4 GiB")
    return np.array(moved, dtype=">u8" if box.kind == b"co64" else ">u4").tobytes()

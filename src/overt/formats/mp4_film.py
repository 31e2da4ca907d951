"""The pictures of a film exchanged inside its MP4 or QuickTime file; every other byte is kept.

Source: ISO/IEC 14496-12 (track header 8.3.2, handler 8.4.3, sample tables 8.5 to 8.7); QuickTime File Format.
`exchange` takes a film and a second MP4 with the same pictures encoded anew, and puts them where the old ones were.
Decoding times, edit lists, display matrix, sound, subtitles, timecode, tracks of unknown kinds and all metadata stay
byte for byte. Composition offsets are written anew, so that each picture keeps its exact time whatever order the
encoder chose; they may be negative (`ctts` version 1, 8.6.1.3).
It does not take film in fragments, encrypted or layered film, or sample data outside the file: these are refused.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from overt.errors import BudgetError, FormatError
from overt.formats.bmff import Box, Edits, build, children, first, walk
from overt.formats.mp4_samples import Ints, Track, described, positions, read_film, rows, times
from overt.formats.mp4_seam import joined, seam, syncs
from overt.formats.splice import Buffer, Splice

MAX_ENCODED: Final = 2 << 30
"""Bytes of the new pictures, which are held in memory."""

_STALE: Final = frozenset(
    (
        *(b"ctts", b"stss", b"sdtp", b"sbgp", b"sgpd", b"cslg", b"stps"),
        *(b"stsh", b"stdp", b"padb", b"subs", b"saiz", b"saio"),
    )
)
"""Sample tables that describe the old pictures one by one."""


def film_track(data: Buffer) -> int:
    """The id of the one track that a player shows as the film.

    Raises `MediaError` where there is none or more than one, or where the file is of a kind `exchange` refuses.
    """
    track = read_film(data)[2]
    described(data, track)
    return track.number


def exchange(film: Buffer, encoded: Buffer) -> Splice:
    """The film's file with the pictures of `encoded`, an MP4 whose only track holds as many pictures.

    It may also hold fewer: as many as `overt.formats.mp4_seam.seam` allows, with the parameter sets numbered as
    that module says. The film then goes on with its old pictures.
    """
    moov, tracks, old = read_film(film)
    new = read_film(encoded)[2]
    if new.count != seam(film, min(new.count, old.count)):
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


def _describe(film: Buffer, old: Track, encoded: Buffer, new: Track, edits: Edits, around: tuple[Box, ...]) -> None:
    """Put the new decoder configuration into the old sample entry, which keeps its size, colours and aperture."""
    entry, place, boxes = described(film, old)
    source = described(encoded, new)[1]
    if source.kind != place.kind:
        raise FormatError(
            f"pictures for {source.name} cannot take the place of such for {place.name}",
            f"{source.name} 的画面不能替换 {place.name} 的画面",
        )
    body = bytes(encoded[source.start : source.stop])
    if new.count < old.count:
        body = joined(film, place, encoded, source)
    parents = (*around, old.boxes[b"stsd"], entry)
    edits.replace(place.header, place.stop, build(place.kind, body), parents)
    if rate := first(boxes, b"btrt"):
        edits.replace(rate.header, rate.stop, b"", parents)


def _tables(film: Buffer, old: Track, encoded: Buffer, new: Track) -> list[tuple[bytes, bytes]]:
    """The sample tables that change, by the box they take the place of."""
    decoding, shown = times(film, old)
    order = np.argsort(np.argsort(times(encoded, new)[1], kind="stable"), kind="stable")
    offsets = shown - decoding
    offsets[: new.count] = np.sort(shown[: new.count])[order] - decoding[: new.count]
    time = bytes(film[old.boxes[b"stts"].header : old.boxes[b"stts"].stop])
    if np.any(offsets):
        time += _composition(offsets)
    later = syncs(film, old)
    sync = np.concatenate((syncs(encoded, new), later[later > new.count]))
    if len(sync) < old.count:
        time += build(b"stss", bytes(4), len(sync).to_bytes(4, "big"), sync.astype(">u4").tobytes())
    sizes = np.concatenate((positions(new)[1], positions(old)[1][new.count :])).astype(">u4").tobytes()
    runs = rows(film, old.boxes[b"stsc"], 3)
    runs[:, 2] = 1
    return [
        (b"stts", time),
        (b"stsz", build(b"stsz", bytes(8), old.count.to_bytes(4, "big"), sizes)),
        (b"stsc", build(b"stsc", bytes(4), len(runs).to_bytes(4, "big"), runs.astype(">u4").tobytes())),
    ]


def _composition(offsets: Ints) -> bytes:
    bounds = np.flatnonzero(np.diff(offsets)) + 1
    begin = np.concatenate(([0], bounds))
    counts = np.diff(np.concatenate((begin, [len(offsets)])))
    values = offsets[begin]
    if int(np.abs(values).max()) >= 1 << 31:
        raise FormatError("pictures are decoded too far from when they are shown", "画面的解码时间与显示时间相差过大")
    version = b"\x01\0\0\0" if int(values.min()) < 0 else bytes(4)
    rows = np.stack((counts, values), axis=1).astype(">i4").tobytes()
    return build(b"ctts", version, len(counts).to_bytes(4, "big"), rows)


def _pictures(
    film: Buffer, old: Track, encoded: Buffer, new: Track, tracks: list[Track], edits: Edits
) -> list[tuple[int, int]]:
    """Put the new pictures into the old chunks' places; for each chunk, whose place, and how far inside it."""
    if int(new.lengths.sum()) > MAX_ENCODED:
        raise BudgetError("the film would take more than 2 GiB", "影片编码后超过 2 GiB")
    sources = ((encoded, *positions(new)), (film, *positions(old)))
    placed = [(int(start), 0) for start in old.starts]
    taken: list[tuple[int, int]] = []
    bodies = [box for box in walk(film, 0, len(film)) if box.kind == b"mdat"]
    for begin, stop, chunks in _runs(old, new.count):
        parts: list[bytes] = []
        length = 0
        for chunk in chunks:
            placed[chunk] = (begin, length)
            for sample in range(old.firsts[chunk], old.firsts[chunk + 1]):
                data, starts, sizes = sources[0 if sample < new.count else 1]
                parts.append(bytes(data[starts[sample] : starts[sample] + sizes[sample]]))
                length += len(parts[-1])
        mdat = next((box for box in bodies if box.start <= begin and stop <= box.stop), None)
        if mdat is None:
            raise FormatError(f"pictures at byte {begin} outside mdat", f"字节 {begin} 处的画面位于 mdat 之外")
        edits.replace(begin, stop, b"".join(parts), (mdat,))
        taken.append((begin, stop))
    for track in tracks:
        kept = old.firsts[:-1] >= new.count if track is old else slice(None)
        _apart(taken, track.starts[kept], track.lengths[kept])
    return placed


def _runs(track: Track, count: int) -> list[tuple[int, int, list[int]]]:
    """Chunks with the first samples that lie one behind the other, together: start, stop, and which."""
    runs: list[tuple[int, int, list[int]]] = []
    for chunk in np.argsort(track.starts, kind="stable").tolist():
        if track.firsts[chunk] >= count:
            continue
        begin, length = int(track.starts[chunk]), int(track.lengths[chunk])
        if runs and runs[-1][1] == begin:
            runs[-1][2].append(chunk)
            runs[-1] = (runs[-1][0], begin + length, runs[-1][2])
        elif runs and begin < runs[-1][1]:
            raise FormatError(f"two chunks share the bytes at {begin}", f"两个 chunk 在字节 {begin} 处重叠")
        else:
            runs.append((begin, begin + length, [chunk]))
    return runs


def _apart(taken: list[tuple[int, int]], starts: Ints, lengths: Ints) -> None:
    """No other samples may lie among the exchanged bytes."""
    if not taken:
        return
    bounds = np.array(taken, dtype=np.int64)
    after = np.searchsorted(bounds[:, 0], starts + lengths, side="left")
    before = np.searchsorted(bounds[:, 1], starts, side="right")
    if np.any((after > before) & (lengths > 0)):
        raise FormatError("other samples share bytes with the film's pictures", "其他样本与画面数据重叠")


def _width(box: Box) -> int:
    return 8 if box.kind == b"co64" else 4


def _offsets(box: Box, moved: list[int]) -> bytes:
    if moved and box.kind == b"stco" and max(moved) >= 1 << 32:
        raise BudgetError("the film would take more than 4 GiB", "影片编码后超过 4 GiB")
    return np.array(moved, dtype=">u8" if box.kind == b"co64" else ">u4").tobytes()

"""The samples of an MP4 or QuickTime film: where each one is, and when it is decoded and shown.

Source: ISO/IEC 14496-12 (handler 8.4.3, sample tables 8.5 to 8.7, visual sample entry 12.1.3); QuickTime File Format.
It does not read film in fragments, encrypted or layered film, or sample data outside the file: these are refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from overt.errors import BudgetError, FormatError, TruncatedError, UnsupportedError
from overt.formats.bmff import Box, children, first, full, walk
from overt.formats.cursor import Cursor
from overt.formats.splice import Buffer
from overt.language import Text

MAX_SAMPLES: Final = 8_000_000
"""Samples in one track: 18 hours at 120 pictures a second, or 46 hours of AAC. Raw sound, whose samples are moments
and need no table, may have more."""
_FRAGMENTS: Final = {b"moof", b"sidx", b"mfra"}
CONFIGURATION: Final = {
    b"avc1": b"avcC",
    b"avc3": b"avcC",
    b"hvc1": b"hvcC",
    b"hev1": b"hvcC",
    b"vp09": b"vpcC",
    b"av01": b"av1C",
    b"mp4v": b"esds",
}
"""Which box in a sample entry configures the decoder."""
_DOLBY_VISION: Final = Text(zh="杜比视界（Dolby Vision）", en="Dolby Vision")
_STEREO: Final = Text(zh="立体画面（MV-HEVC）", en="stereo (MV-HEVC)")
_PROMISES: Final = {
    b"dvcC": _DOLBY_VISION,
    b"dvvC": _DOLBY_VISION,
    b"dvwC": _DOLBY_VISION,
    b"lhvC": _STEREO,
    b"vexu": _STEREO,
    b"sinf": Text(zh="加密数据", en="encryption"),
}
"""Boxes of a sample entry that promise what a new encoding would not have."""
TO_H264: Final = "ffmpeg -i IN -c:v libx264 -crf 16 OUT.mp4"

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


def read_film(data: Buffer) -> tuple[Box, list[Track], Track]:
    """The index, all tracks, and the film's."""
    moov, tracks = read_tracks(data)
    return moov, tracks, _shown(data, tracks)


def read_tracks(data: Buffer) -> tuple[Box, list[Track]]:
    """The index, and all tracks."""
    top = list(walk(data, 0, len(data)))
    moov = first(top, b"moov")
    if moov is None or top[-1].truncated:
        raise TruncatedError("the file ends before its index or its pictures", "文件不完整：索引或画面数据被截断")
    meta = first(top, b"meta")
    if meta and first(children(data, meta, 4), b"iloc"):
        raise unsupported(
            "film with still pictures in its file", "内含静态图片的影片", "ffmpeg -i IN -map 0 -c copy OUT.mp4"
        )
    inside = children(data, moov)
    if any(box.kind in _FRAGMENTS for box in top) or first(inside, b"mvex"):
        raise unsupported("film in fragments", "分片影片", "ffmpeg -i IN -map 0 -c copy OUT.mp4")
    return moov, [_track(data, box) for box in inside if box.kind == b"trak"]


def handler(data: Buffer, track: Track) -> bytes:
    """What kind of media a track holds, such as `vide`, `soun` or `text`."""
    return _field(data, track.boxes[b"hdlr"], 8, 4)


def _shown(data: Buffer, tracks: list[Track]) -> Track:
    """The film's track. The pictures of chapters are a picture track too, but one of stills."""
    pictures = [track for track in tracks if handler(data, track) == b"vide"]
    films = [track for track in pictures if _field(data, track.boxes[b"stsd"], 12, 4) in CONFIGURATION] or pictures
    if not films:
        raise unsupported("a film without pictures", "没有画面的影片", "ffmpeg -i IN -vn OUT.flac")
    if len(films) > 1:
        raise unsupported(
            f"a film with {len(films)} picture tracks",
            f"含 {len(films)} 条画面轨道的影片",
            "ffmpeg -i IN -map 0:v:0 -map 0:a? -c copy OUT.mp4",
        )
    return films[0]


def unsupported(en: str, zh: str, command: str) -> UnsupportedError:
    """The refusal of a kind of film, with the command that converts it."""
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
            raise FormatError(f"a track without {needed.decode()}", f"轨道缺少 {needed.decode()}")
    if b"dref" in found and any(
        not full(data, entry)[1] & 1 for entry in children(data, found[b"dref"], 8) if len(entry) >= 12
    ):
        raise unsupported(
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


def rows(data: Buffer, box: Box, columns: int, dtype: str = ">u4", skip: int = 4) -> Ints:
    """The rows of a table box: `skip` bytes (version and flags), a count, and as many rows."""
    cursor = Cursor(data, box.start, box.stop)
    cursor.skip(skip)
    count = cursor.uint(4)
    cells = np.frombuffer(cursor.take(count * columns * np.dtype(dtype).itemsize), dtype)
    return cells.astype(np.int64).reshape(count, columns)


def _sizes(data: Buffer, found: dict[bytes, Box]) -> tuple[int, Ints]:
    box = found.get(b"stsz")
    if box is None:
        raise unsupported(
            "film with compact sample sizes (stz2)", "使用 stz2 的影片", "ffmpeg -i IN -map 0 -c copy OUT.mp4"
        )
    cursor = full(data, box)[2]
    each, count = cursor.uint(4), cursor.uint(4)
    if each:
        if count * each > len(data):
            raise TruncatedError("the index claims more samples than the file has", "索引所列数据多于文件内容")
        return count, np.array([each], dtype=np.int64)
    _affordable(count)
    return count, rows(data, box, 1, skip=8)[:, 0]


def _affordable(count: int) -> None:
    if count > MAX_SAMPLES:
        raise BudgetError(f"a track of {count} samples", f"一条轨道含 {count} 个样本")


def _starts(data: Buffer, found: dict[bytes, Box]) -> Ints:
    if b"stco" in found:
        return rows(data, found[b"stco"], 1)[:, 0]
    if b"co64" in found:
        starts = rows(data, found[b"co64"], 1, ">u8")[:, 0]
        if len(starts) and not 0 <= int(starts.min()) <= int(starts.max()) <= len(data):
            raise TruncatedError("a chunk begins beyond the end of the file", "有 chunk 起始于文件末尾之后")
        return starts
    raise FormatError("a track without chunk offsets", "轨道缺少 chunk 偏移表")


def _firsts(data: Buffer, box: Box, chunks: int, count: int) -> Ints:
    """The index of each chunk's first sample, from the runs of chunks with equally many (8.7.4)."""
    runs = rows(data, box, 3)
    begin = np.concatenate((runs[:, 0] - 1, [chunks]))
    if chunks and (not len(runs) or begin[0] != 0 or np.any(np.diff(begin) < 0)):
        raise FormatError("the runs of chunks (stsc) are out of order", "样本与 chunk 的对应表（stsc）次序有误")
    per_chunk = np.repeat(runs[:, 1], np.diff(begin)) if chunks else np.zeros(0, np.int64)
    firsts = np.concatenate(([0], np.cumsum(per_chunk)))
    if int(firsts[-1]) != count:
        raise FormatError(
            f"the chunks hold {int(firsts[-1])} samples, the track has {count}",
            f"各 chunk 共有 {int(firsts[-1])} 个样本，轨道应有 {count} 个",
        )
    return firsts.astype(np.int64)


def positions(track: Track) -> tuple[Ints, Ints]:
    """Where each sample begins, and its size."""
    _affordable(track.count)
    sizes = np.broadcast_to(track.sizes, (track.count,))
    before = np.concatenate(([0], np.cumsum(sizes)))
    per_chunk = np.diff(track.firsts)
    starts = np.repeat(track.starts - before[track.firsts[:-1]], per_chunk) + before[:-1]
    return starts, sizes


def times(data: Buffer, track: Track) -> tuple[Ints, Ints]:
    """Decoding and composition time of each sample (8.6.1)."""
    _affordable(track.count)
    runs = rows(data, track.boxes[b"stts"], 2)
    if int(runs[:, 0].sum()) != track.count:
        raise FormatError(
            f"the time table has {int(runs[:, 0].sum())} samples, the track has {track.count}",
            f"时间表列有 {int(runs[:, 0].sum())} 个样本，轨道应有 {track.count} 个",
        )
    deltas = np.repeat(runs[:, 1], runs[:, 0])
    decoding = np.concatenate(([0], np.cumsum(deltas)[:-1])).astype(np.int64)[: track.count]
    if b"ctts" not in track.boxes:
        return decoding, decoding
    # Version 0 says unsigned, but files with negative offsets in version 0 are common, and larger ones are not real.
    head = rows(data, track.boxes[b"ctts"], 2)
    if int(head[:, 0].sum()) != track.count:
        raise FormatError("the composition table does not fit the number of samples", "合成时间表与样本数不符")
    offsets = np.repeat(head[:, 1], head[:, 0])
    return decoding, decoding + np.where(offsets >= 1 << 31, offsets - (1 << 32), offsets)


def described(data: Buffer, track: Track) -> tuple[Box, Box, list[Box]]:
    """The track's sample entry, its decoder configuration, and all boxes behind its 78 bytes of fields (12.1.3)."""
    entries = children(data, track.boxes[b"stsd"], 8)
    if len(entries) != 1:
        raise unsupported("film that changes its encoding midway", "中途改变编码的影片", TO_H264)
    entry = entries[0]
    if entry.kind not in CONFIGURATION:
        raise unsupported(f"film in {entry.name.strip()}", f"编码为 {entry.name.strip()} 的影片", TO_H264)
    boxes = children(data, entry, 78)
    for box in boxes:
        if what := _PROMISES.get(box.kind):
            raise unsupported(f"film with {what.en}", f"含{what.zh}的影片", TO_H264)
    configuration = first(boxes, CONFIGURATION[entry.kind])
    if configuration is None:
        raise FormatError(
            f"a sample entry {entry.name} without decoder configuration", f"样本描述 {entry.name} 缺少解码器配置"
        )
    return entry, configuration, boxes

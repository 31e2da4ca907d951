"""The sound of an MP4 file that holds nothing else (M4A): how it is coded, and its timeline.

Source: ISO/IEC 14496-12 (sample tables 8.5 to 8.7, edit list 8.6.6), 14496-14 5.6 and 14496-3 1.6.2 (`esds`); Apple,
QuickTime File Format (chapter tracks).
It does sound alone: AAC-LC or ALAC in one track, with chapter tracks beside it. Fragments, several tracks of sound and
edit lists with several parts are refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from overt.errors import BudgetError, FormatError, UnsupportedError
from overt.formats.bmff import Box, children, first, full
from overt.formats.cursor import Cursor
from overt.formats.mp4_samples import MAX_SAMPLES, Ints, Track, handler, read_tracks, rows
from overt.formats.splice import Buffer
from overt.language import Text

RATES: Final = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
CHANNELS: Final = (0, 1, 2, 3, 4, 5, 6, 8)
_TO_LC: Final = Text(
    zh="先转换：ffmpeg -i IN -map 0:a -c:a aac OUT.m4a", en="Convert it first: ffmpeg -i IN -map 0:a -c:a aac OUT.m4a"
)
_EACH_SAMPLE: Final = {b"ctts", b"stss", b"stsh", b"stdp", b"padb", b"subs", b"saiz", b"saio", b"cslg", b"stps"}
"""Tables that describe samples one by one, and that the sound of music files does not have."""


@dataclass(frozen=True, slots=True)
class Sound:
    """The sound of a file: how it is coded, and its timeline in units of `scale` a second.

    `step` samples are in each packet. `skip` units at the beginning are never heard (the edit list's), and `behind`
    at the end. A new packet takes `delta` units. `cookie` is ALAC's configuration.
    """

    moov: Box
    tracks: tuple[Track, ...]
    track: Track
    coding: str
    rate: int
    channels: int
    step: int
    delta: int
    scale: int
    begins: Ints
    """When each packet begins, and when the last one ends."""
    skip: int
    behind: int
    edit: Box | None
    cookie: bytes

    @property
    def total(self) -> int:
        """Units of the whole sound."""
        return int(self.begins[-1])

    @property
    def kilobits(self) -> int:
        """The mean bit rate."""
        return round(int(self.track.lengths.sum()) * 8 * self.scale / max(self.total, 1) / 1000)

    def packet(self, seconds: float) -> int:
        """The packet that begins nearest to a moment of presentation."""
        nearest = int(np.searchsorted(self.begins, seconds * self.scale + self.skip - self.delta / 2))
        return min(max(nearest, 1), self.track.count)


def _unsupported(en: str, zh: str) -> UnsupportedError:
    return UnsupportedError(en, zh, hint=_TO_LC)


def read(data: Buffer, *, beside: bool = False) -> Sound:
    """The sound of a file that holds nothing else, unless there may be other tracks `beside`. Raises `MediaError`."""
    moov, tracks = read_tracks(data)
    sounds = [track for track in tracks if handler(data, track) == b"soun"]
    if len(sounds) != 1:
        raise _unsupported(f"a file with {len(sounds)} tracks of sound", f"文件含 {len(sounds)} 条音轨")
    track = sounds[0]
    chapters = _chapters(data, track)
    if not beside and any(other is not track and other.number not in chapters for other in tracks):
        raise _unsupported("sound with other tracks beside it", "除音轨外还含其他轨道")
    if any(box.kind in _EACH_SAMPLE for box in children(data, track.boxes[b"stbl"])):
        raise _unsupported("sound with a table for each packet", "音轨含逐包描述表")
    coding, rate, channels, step, cookie = _coding(data, track)
    scale = duration(data, table_of(track, b"mdhd"))[0]
    runs = rows(data, track.boxes[b"stts"], 2)
    if not track.count or int(runs[:, 0].sum()) != track.count:
        raise FormatError("the time table does not fit the number of packets", "时间表与音频包数量不符")
    if track.count > MAX_SAMPLES:
        raise BudgetError(f"a track of {track.count} samples", f"一条轨道含 {track.count} 个样本")
    if step * scale % rate:
        raise _unsupported(f"time in parts of 1/{scale} s for {rate} Hz", f"时间刻度 {scale} 与采样率 {rate} 不符")
    begins = np.concatenate(([0], np.cumsum(np.repeat(runs[:, 1], runs[:, 0]))))
    total = int(begins[-1])
    edit, skip, shown = _edit(data, track, moov, scale, total)
    return Sound(
        moov, tuple(tracks), track, coding, rate, channels, step, step * scale // rate, scale, begins, skip,
        max(0, total - skip - shown), edit, cookie,
    )  # fmt: skip


def table_of(track: Track, kind: bytes) -> Box:
    """A box of a track. Raises `FormatError` where it is missing."""
    if kind not in track.boxes:
        raise FormatError(f"a track without {kind.decode()}", f"轨道缺少 {kind.decode()}")
    return track.boxes[kind]


def _chapters(data: Buffer, track: Track) -> set[int]:
    """Numbers of the tracks with chapters (`tref`/`chap`)."""
    references = track.boxes.get(b"tref")
    if references is None:
        return set()
    found = [box for box in children(data, references) if box.kind == b"chap"]
    return {int.from_bytes(data[at : at + 4], "big") for box in found for at in range(box.start, box.stop - 3, 4)}


def _coding(data: Buffer, track: Track) -> tuple[str, int, int, int, bytes]:
    """Coding, rate, channels, samples of a packet, and the configuration of ALAC."""
    entries = children(data, track.boxes[b"stsd"], 8)
    if len(entries) != 1 or entries[0].kind not in (b"mp4a", b"alac"):
        names = ", ".join(entry.name.strip() for entry in entries)
        raise _unsupported(f"sound in {names}", f"音频编码为 {names}")
    entry = entries[0]
    # The fields of an audio entry take 28 bytes; QuickTime's versions 1 and 2 add 16 and 36.
    version = int.from_bytes(data[entry.start + 8 : entry.start + 10], "big")
    inside = children(data, entry, {0: 28, 1: 44, 2: 64}.get(version, 28))
    if wave := first(inside, b"wave"):
        inside = children(data, wave)
    if entry.kind == b"alac":
        box = first(inside, b"alac")
        if box is None or box.stop - box.start < 28:
            raise FormatError("ALAC without its configuration", "ALAC 缺少配置")
        cookie = bytes(data[box.start + 4 : box.start + 28])
        return "alac", int.from_bytes(cookie[20:24], "big"), cookie[9], int.from_bytes(cookie[:4], "big"), cookie
    box = first(inside, b"esds")
    if box is None:
        raise FormatError("AAC without its configuration", "AAC 缺少配置")
    rate, channels = _configuration(_specific(full(data, box)[2]))
    return "aac", rate, channels, 1024, b""


def _specific(cursor: Cursor) -> bytes:
    """The decoder's configuration inside the descriptors (14496-1 7.2.6)."""
    for _ in range(4):
        tag, length = cursor.uint(1), 0
        for _ in range(4):
            byte = cursor.uint(1)
            length = length << 7 | byte & 0x7F
            if not byte & 0x80:
                break
        if tag == 5:
            return cursor.take(min(length, cursor.left))
        if tag == 4:
            if cursor.take(13)[0] not in (0x40, 0x67):
                break
        elif tag == 3:
            flags = cursor.take(3)[2]
            cursor.skip((2 if flags & 0x80 else 0) + (2 if flags & 0x20 else 0))
            if flags & 0x40:
                cursor.skip(cursor.uint(1))
        else:
            break
    raise _unsupported("sound in an mp4a that is no AAC", "mp4a 中的音频不是 AAC")


def _configuration(raw: bytes) -> tuple[int, int]:
    """Rate and channels of AAC-LC (14496-3 1.6.2.1)."""
    bits = int.from_bytes(raw[:8].ljust(8, b"\0"), "big")
    kind, index, layout, flags = bits >> 59, bits >> 55 & 15, bits >> 51 & 15, bits >> 48 & 7
    # Behind the five fields a sync word may tell of SBR that lies in the packets.
    extended = len(raw) >= 5 and bits >> 37 & 0x7FF == 0x2B7 and bits >> 31 & 1
    if kind != 2 or index >= len(RATES) or not 0 < layout < len(CHANNELS) or flags & 4 or extended:
        raise _unsupported("AAC of another kind than LC", "AAC 类型不是 LC")
    return RATES[index], CHANNELS[layout]


def duration(data: Buffer, box: Box) -> tuple[int, int, int]:
    """Time scale and duration of `mvhd` or `mdhd`, and where the duration stands."""
    version, _, cursor = full(data, box)
    cursor.skip(16 if version else 8)
    scale = cursor.uint(4)
    at = cursor.skip(8 if version else 4)
    if not scale:
        raise FormatError("a time scale of 0", "时间刻度为 0")
    return scale, int.from_bytes(data[at : cursor.position], "big"), at


def _edit(data: Buffer, track: Track, moov: Box, scale: int, total: int) -> tuple[Box | None, int, int]:
    """The edit list, and what part of the sound it shows."""
    edts = first(children(data, track.boxes[b"trak"]), b"edts")
    box = first(children(data, edts), b"elst") if edts else None
    if box is None:
        return None, 0, total
    version, _, cursor = full(data, box)
    if cursor.uint(4) != 1:
        raise _unsupported("an edit list of several parts", "编辑列表含多个片段")
    width = 8 if version else 4
    shown, skip = cursor.uint(width), cursor.uint(width)
    if skip >= 1 << (8 * width - 1) or skip > total or cursor.uint(4) != 1 << 16:
        raise _unsupported("an edit list that is no plain cut", "编辑列表不是简单裁剪")
    ratio = scale / duration(data, child(data, moov, b"mvhd"))[0]
    return box, skip, min(round(shown * ratio), total - skip) if shown else total - skip


def child(data: Buffer, box: Box, kind: bytes) -> Box:
    """A box inside another. Raises `FormatError` where it is missing."""
    found = first(children(data, box), kind)
    if found is None:
        raise FormatError(f"a {box.name} without {kind.decode()}", f"{box.name} 缺少 {kind.decode()}")
    return found

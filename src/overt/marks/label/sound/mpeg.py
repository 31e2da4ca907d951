"""The frames of an MP3 file: where they are, and what describes them.

Sources: ISO/IEC 11172-3 and 13818-3 (2.4.1, 2.4.2: layer III, and the half rates; the quarter rates of "MPEG 2.5" are
common practice); the Xing header, the LAME tag (gabriel.mp3-tech.org/mp3infotag.html) and Fraunhofer's VBRI.
The tags around them (ID3v2, ID3v1, APE, Lyrics3) are stepped over. It decodes and encodes nothing.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from overt.errors import BudgetError, FormatError, UnsupportedError
from overt.formats.splice import Buffer

MAX_FRAMES = 1_500_000
"""Frames of one file: almost eleven hours at 44.1 kHz."""
MAX_JUNK = 1 << 20
"""Bytes that are no frame, before and between the frames, in sum: more is no MP3 file."""
MAX_TAGS = 16
"""Tags on one side of the frames. Files have two; broken writers repeat them."""

_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_BITRATES = {
    3: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_BITRATES[0] = _BITRATES[2]
Mode = Literal["stereo", "joint", "dual", "mono"]
_MODES: tuple[Mode, ...] = ("stereo", "joint", "dual", "mono")


@dataclass(frozen=True, slots=True)
class Header:
    """The four bytes at the start of a frame of layer III."""

    word: int

    @property
    def version(self) -> int:
        """3 is MPEG 1, 2 is MPEG 2, 0 is MPEG 2.5."""
        return self.word >> 19 & 3

    @property
    def kilobits(self) -> int:
        """The bit rate; 0 is "free format"."""
        return _BITRATES[self.version][self.word >> 12 & 15]

    @property
    def rate(self) -> int:
        """Samples a second."""
        return _RATES[self.version][self.word >> 10 & 3]

    @property
    def mode(self) -> Mode:
        """How the channels are kept."""
        return _MODES[self.word >> 6 & 3]

    @property
    def channels(self) -> int:
        """One or two."""
        return 1 if self.mode == "mono" else 2

    @property
    def samples(self) -> int:
        """Samples of each channel in a frame."""
        return 1152 if self.version == 3 else 576

    @property
    def size(self) -> int:
        """Bytes of the frame."""
        return self.samples * 125 * self.kilobits // self.rate + (self.word >> 9 & 1)

    @property
    def side_bytes(self) -> int:
        """Bytes of the side information, after the header and, if there is one, the checksum."""
        return {(3, 2): 32, (3, 1): 17, (2, 2): 17, (2, 1): 9}[(3 if self.version == 3 else 2, self.channels)]

    def matches(self, other: Header) -> bool:
        """Whether both can be frames of one stream: same version, layer, sampling rate and channel count."""
        return self.word >> 17 == other.word >> 17 and self.rate == other.rate and self.channels == other.channels


def header(data: Buffer, at: int) -> Header | None:
    """The frame header at this place, if there is one. Raises `UnsupportedError` for nothing."""
    if at + 4 > len(data):
        return None
    word = int.from_bytes(data[at : at + 4], "big")
    if word >> 21 != 0x7FF or word >> 17 & 3 != 1 or word >> 19 & 3 == 1:
        return None
    if word >> 12 & 15 == 15 or word >> 10 & 3 == 3 or word & 3 == 2:
        return None
    # The checksum bit must not matter when headers are compared.
    return Header(word | 1 << 16)


@dataclass(frozen=True, slots=True)
class Stream:
    """An MP3 file taken apart.

    `start:stop` are the sounding frames, from the first to the end of the last complete one; `described` is where the
    frame lies that only describes them (Xing, Info, VBRI), if there is one; `promised` is how many it says there are
    (0 where it does not); `lame` is its extension of 36 bytes.
    """

    first: Header
    start: int
    stop: int
    places: array[int]
    constant: bool
    joint: bool
    described: range | None
    promised: int
    lame: bytes | None
    junk: int

    @property
    def frames(self) -> int:
        """How many frames sound."""
        return len(self.places)

    @property
    def seconds(self) -> float:
        """How long they sound."""
        return self.frames * self.first.samples / self.first.rate

    @property
    def kilobits(self) -> int:
        """The bit rate, of varying ones the mean."""
        if self.constant:
            return self.first.kilobits
        return round((self.stop - self.start) * 8 / max(self.seconds, 1e-9) / 1000)


def parse(data: Buffer) -> Stream:
    """Find the frames. Raises `FormatError`, `UnsupportedError` or `BudgetError`."""
    begin, end = after_front_tags(data), before_back_tags(data)
    at, junk = _first_frame(data, begin, end)
    first = header(data, at)
    if first is None:
        raise FormatError("no MPEG frame of layer III was found", "未找到 MPEG Layer III 音频帧")
    described, promised, lame = _description(data, at, first)
    places, rates, joint = array("Q"), set[int](), False
    stop = at = described.stop if described else at
    while at < end:
        found = header(data, at)
        if found is None or not found.matches(first) or not found.kilobits:
            after = _resync(data, at, end, first, MAX_JUNK - junk)
            if after is None:
                break
            junk, at = junk + after - at, after
            continue
        if at + found.size > end:
            break
        if len(places) == MAX_FRAMES:
            raise BudgetError(f"more than {MAX_FRAMES} MPEG frames", f"MPEG 音频帧超过 {MAX_FRAMES} 个")
        places.append(at)
        rates.add(found.kilobits)
        joint |= found.mode == "joint"
        at = stop = at + found.size
    if not places:
        raise FormatError("the MP3 file has no sounding frame", "MP3 文件中没有可播放的音频帧")
    first = header(data, places[0]) or first  # The frame before may have a bit rate of its own.
    return Stream(first, places[0], stop, places, len(rates) == 1, joint, described, promised, lame, junk)


def _first_frame(data: Buffer, begin: int, end: int) -> tuple[int, int]:
    """The first place where two frames follow each other, or one fills the file; and the junk before it."""
    at, free = begin, False
    while (place := _find(data, at, min(end, begin + MAX_JUNK))) is not None:
        found = header(data, place)
        free |= found is not None and not found.kilobits
        if found is not None and found.kilobits:
            following = header(data, place + found.size) if place + found.size < end else None
            if place + found.size == end or (following is not None and following.matches(found)):
                return place, place - begin
        at = place + 1
    if free:
        raise UnsupportedError("an MP3 of free-format frames", "自由格式的 MP3 帧")
    raise FormatError("no MPEG frame of layer III was found", "未找到 MPEG Layer III 音频帧")


def _resync(data: Buffer, at: int, end: int, like: Header, budget: int) -> int | None:
    """The next place with two frames of this stream; None where there is none before `end`."""
    stop = min(end, at + budget)
    place = _find(data, at, stop)
    while place is not None:
        found = header(data, place)
        if found is not None and found.matches(like) and found.kilobits:
            following = header(data, place + found.size) if place + found.size < end else None
            if place + found.size == end or (following is not None and following.matches(like)):
                return place
        place = _find(data, place + 1, stop)
    if stop < end:
        raise FormatError("the MPEG frames are lost in other bytes", "MPEG 音频帧被大量其他数据打断")
    return None


def _find(data: Buffer, at: int, stop: int) -> int | None:
    """The next byte of ones; the start of every frame header."""
    while at < stop:
        piece = bytes(data[at : min(at + 512, stop)])
        index = piece.find(b"\xff")
        if index >= 0:
            return at + index
        at += len(piece)
    return None


def after_front_tags(data: Buffer) -> int:
    """Behind the ID3v2 tags at the start (ID3v2.4 structure, 3.1)."""
    at = 0
    for _ in range(MAX_TAGS):
        head = bytes(data[at : at + 10])
        if len(head) < 10 or head[:3] != b"ID3" or max(head[6:]) > 0x7F:
            break
        size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
        at += 10 + size + (10 if head[5] & 0x10 else 0)
    return min(at, len(data))


def before_back_tags(data: Buffer) -> int:
    """Before the tags at the end: ID3v1 with its extension, Lyrics3, APE, an ID3v2.4 with a footer."""
    end = len(data)
    for _ in range(MAX_TAGS):
        length = next((n for n in (tag(data, end) for tag in _BACK_TAGS) if 0 < n <= end), 0)
        if not length:
            break
        end -= length
    return end


def _id3v1(data: Buffer, end: int) -> int:
    return 128 if end >= 128 and bytes(data[end - 128 : end - 125]) == b"TAG" else 0


def _id3v1_extension(data: Buffer, end: int) -> int:
    return 227 if end >= 227 and bytes(data[end - 227 : end - 223]) == b"TAG+" else 0


def _ape(data: Buffer, end: int) -> int:
    foot = bytes(data[max(0, end - 32) : end])
    if len(foot) < 32 or foot[:8] != b"APETAGEX":
        return 0
    size, _, flags = struct.unpack_from("<III", foot, 12)
    return int(size) + (32 if flags & 0x8000_0000 else 0)


def _lyrics(data: Buffer, end: int) -> int:
    foot = bytes(data[max(0, end - 15) : end])
    return int(foot[:6]) + 15 if foot[6:] == b"LYRICS200" and foot[:6].isdigit() else 0


def _id3v2_footer(data: Buffer, end: int) -> int:
    foot = bytes(data[max(0, end - 10) : end])
    if len(foot) < 10 or foot[:3] != b"3DI" or max(foot[6:]) > 0x7F:
        return 0
    return (foot[6] << 21 | foot[7] << 14 | foot[8] << 7 | foot[9]) + 20


_BACK_TAGS: tuple[Callable[[Buffer, int], int], ...] = (_id3v1, _id3v1_extension, _ape, _lyrics, _id3v2_footer)


def _description(data: Buffer, at: int, frame: Header) -> tuple[range | None, int, bytes | None]:
    """The frame that describes the others, how many it counts, and the LAME tag in it."""
    whole = bytes(data[at : at + frame.size])
    if whole[36:40] == b"VBRI":
        return range(at, at + len(whole)), int.from_bytes(whole[50:54], "big"), None
    for checksum in (0, 2):
        place = 4 + checksum + frame.side_bytes
        if whole[place : place + 4] in (b"Xing", b"Info"):
            flags = int.from_bytes(whole[place + 4 : place + 8], "big")
            promised = int.from_bytes(whole[place + 8 : place + 12], "big") if flags & 1 else 0
            place += 8 + sum(size for bit, size in ((1, 4), (2, 4), (4, 100), (8, 4)) if flags & bit)
            lame = whole[place : place + 36]
            known = len(lame) == 36 and lame[:4] in (b"LAME", b"Lavf", b"Lavc")
            return range(at, at + len(whole)), promised, lame if known else None
    return None, 0, None


def delays(lame: bytes | None) -> tuple[int, int]:
    """The samples that the encoder put before and after the sound, from a LAME tag; 0 and 0 without one."""
    if lame is None:
        return 0, 0
    both = int.from_bytes(lame[21:24], "big")
    return both >> 12, both & 0xFFF


def bit_rate(stream: Stream, share: float = 1.0) -> int:
    """The kilobits a second for new frames: `share` times those of the file, or the next legal ones above.

    LAME codes MPEG 2.5 up to 64 kbit/s only.
    """
    most = 64 if stream.first.version == 0 else 1000
    legal = [kilobits for kilobits in _BITRATES[stream.first.version][1:] if kilobits <= most]
    return next((kilobits for kilobits in legal if kilobits >= share * stream.kilobits), legal[-1])

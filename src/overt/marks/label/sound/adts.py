"""The frames of an AAC stream (ADTS), and other frames put among them.

Source: ISO/IEC 13818-7 6.2 and 14496-3 1.A.2. Frames that were there stay byte for byte, and so do tags around them.
Each frame overlaps with the one before: where a label lies in the midst, that one is there once more behind it.
It does AAC-LC with one block a frame, its channels told by the header; it decodes and encodes nothing.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from overt.errors import BudgetError, FormatError, UnsupportedError
from overt.formats import aac
from overt.formats.splice import Buffer, Piece, Splice
from overt.language import Text
from overt.marks.label.sound.mpeg import MAX_JUNK, after_front_tags, before_back_tags

MAX_FRAMES = 8_000_000
"""Frames of one file: two days at 44.1 kHz."""
MAX_LENGTH = 0x1FFF
"""What the 13 bits of a frame's length can say."""
_LC = 1
_CHANNELS = (0, 1, 2, 3, 4, 5, 6, 8)
TO_LC = Text(
    zh="先转换为 M4A（AAC-LC）：ffmpeg -i IN -c:a aac OUT.m4a",
    en="Convert it to M4A (AAC-LC) first: ffmpeg -i IN -c:a aac OUT.m4a",
)


@dataclass(frozen=True, slots=True)
class Stream:
    """An AAC stream taken apart: `places` are where its frames begin, `stop` where the last whole one ends."""

    first: aac.Header
    places: array[int]
    stop: int

    @property
    def frames(self) -> int:
        """How many frames there are."""
        return len(self.places)

    @property
    def channels(self) -> int:
        """The channels that the header tells of."""
        return _CHANNELS[self.first.layout]

    @property
    def kilobits(self) -> int:
        """The mean bit rate."""
        return round((self.stop - self.places[0]) * self.first.rate / (128 * self.frames * 1000))


def parse(data: Buffer) -> Stream:
    """Find the frames. Raises `MediaError`."""
    at, end = after_front_tags(data), before_back_tags(data)
    limit = min(end, at + MAX_JUNK)
    while at < limit and not _begins(data, at, end):
        at += 1
    first = aac.header(bytes(data[at : at + 7])) if at < limit else None
    if first is None:
        raise FormatError("no AAC frame was found", "未找到 AAC 音频帧")
    if first.profile != _LC or not first.layout:
        raise UnsupportedError(
            "an AAC stream that is not LC, or tells its channels elsewhere", "非 LC 的 AAC，或声道另行说明", hint=TO_LC
        )
    places = array("Q")
    stop = at
    while at < end:
        found = aac.header(bytes(data[at : at + 7]))
        if found is None or found.fixed | 1 << 12 != first.fixed | 1 << 12 or at + found.length > end:
            break
        if found.blocks != 1:
            raise UnsupportedError("AAC frames of several blocks", "含多个数据块的 AAC 帧", hint=TO_LC)
        if len(places) == MAX_FRAMES:
            raise BudgetError(f"more than {MAX_FRAMES} AAC frames", f"AAC 音频帧超过 {MAX_FRAMES} 个")
        places.append(at)
        at = stop = at + found.length
    if not places:
        raise FormatError("the AAC file has no whole frame", "AAC 文件中没有完整的音频帧")
    if end - stop > MAX_LENGTH:
        raise FormatError(f"the AAC frames end at byte {stop}", f"AAC 音频帧在字节 {stop} 处中断")
    return Stream(first, places, stop)


def _begins(data: Buffer, at: int, end: int) -> bool:
    found = aac.header(bytes(data[at : at + 7]))
    if found is None:
        return False
    following = aac.header(bytes(data[at + found.length : at + found.length + 7]))
    return at + found.length == end or (following is not None and following.fixed == found.fixed)


def join(data: Buffer, stream: Stream, label: list[bytes], places: Sequence[int]) -> Splice:
    """The file with raw blocks of AAC, in frames of their own, before each of these frames."""
    frames = b"".join(_framed(stream.first, block) for block in label)
    starts = [*stream.places, stream.stop]
    pieces: list[Piece] = [range(stream.places[0])]
    begin = 0
    for place in places:
        pieces += [range(starts[begin], starts[place]), frames]
        if 0 < place < stream.frames:
            pieces.append(range(starts[place - 1], starts[place]))
        begin = place
    return Splice([*pieces, range(starts[begin], len(data))])


def replaced(data: Buffer, stream: Stream, blocks: Sequence[bytes]) -> Splice:
    """The file with these raw blocks of AAC in the place of its own."""
    frames = b"".join(_framed(stream.first, block) for block in blocks)
    return Splice([range(stream.places[0]), frames, range(stream.stop, len(data))])


def _framed(like: aac.Header, block: bytes) -> bytes:
    """A block with a header like this one, without a checksum; its buffer fullness says "varying bit rate"."""
    length = len(block) + 7
    if length > MAX_LENGTH:
        raise UnsupportedError(f"an AAC frame of {length} bytes", f"AAC 帧长达 {length} 字节", hint=TO_LC)
    return ((like.fixed | 1 << 12) << 28 | length << 13 | 0x7FF << 2).to_bytes(7, "big") + block

"""AAC without a container (ADTS): notes as an ID3v2 `TXXX` frame before the sound [ours].

Source: ISO/IEC 13818-7 6.2 and 14496-3 1.A.2 (the header of a frame); ID3v2 as in `overt.formats.mp3`.
No standard gives the stream a place for metadata, and no guide of TC260 names it. Programs for sound accept a tag
before it, simple players do not: wrapping the stream as M4A (`ffmpeg -i IN.aac -c copy OUT.m4a`) is preferable.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from overt.errors import FormatError
from overt.formats import id3
from overt.formats.mp3 import MAX_JUNK, TaggedStream
from overt.formats.splice import Buffer

RATES: Final = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
"""Sampling rates by their index in the header."""


@dataclass(frozen=True, slots=True)
class Header:
    """The header of one frame: `profile` is 1 for LC, `layout` the channel configuration (0: told elsewhere)."""

    fixed: int
    """The 28 bits that are the same in all frames of a stream."""
    profile: int
    rate: int
    layout: int
    start: int
    """Bytes before the sound."""
    length: int
    """Bytes of the whole frame."""
    blocks: int
    """Raw data blocks in the frame, each of 1,024 samples."""


def header(head: bytes) -> Header | None:
    """The header in these bytes (7 are enough), if there is one."""
    if len(head) < 7 or head[0] != 0xFF or head[1] & 0xF6 != 0xF0 or head[2] >> 2 & 15 >= len(RATES):
        return None
    word = int.from_bytes(head[:7], "big")
    start = 7 if head[1] & 1 else 9
    length = word >> 13 & 0x1FFF
    if length < start:
        return None
    return Header(word >> 28, head[2] >> 6, RATES[head[2] >> 2 & 15], word >> 30 & 7, start, length, (word & 3) + 1)


class _Aac(TaggedStream):
    name = "aac"
    media_type = "audio/aac"
    suffixes = (".aac", ".adts")

    def sniff(self, head: bytes) -> int:
        """By frames that lead from one to the next, behind a tag if there is one."""
        start = id3.extent(head, 0) or 0
        if start and start + 7 > len(head):
            return 70  # As sure as MP3 is: the file's name decides.
        return 95 if _leads_on(head, start) else 0

    def require_sound(self, data: Buffer, start: int) -> None:
        """At least one frame."""
        window = bytes(data[start : start + MAX_JUNK])
        at = window.find(b"\xff")
        while at >= 0:
            if _leads_on(window, at):
                return
            at = window.find(b"\xff", at + 1)
        raise FormatError("no AAC frame was found", "未找到 AAC 音频帧")


CONTAINER = _Aac()


def _leads_on(data: bytes, at: int) -> bool:
    """Whether two frames of one stream follow each other from `at`; the end of the data counts for one."""
    first = header(data[at : at + 7])
    if first is None:
        return False
    following = header(data[at + first.length : at + first.length + 7])
    return at + first.length == len(data) or (following is not None and following.fixed == first.fixed)

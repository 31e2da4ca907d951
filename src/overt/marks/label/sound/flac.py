"""The metadata blocks of a FLAC file, and those of the same file with a label before or after its sound.

Source: RFC 9639, sections 8 (blocks) and 8.7 (cue sheet).
The frames themselves are coded anew elsewhere, without loss. Every block is kept but the seek table, whose byte
positions no longer hold, and STREAMINFO, which describes the new frames; positions in a cue sheet move with the sound.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from overt.errors import BudgetError, FormatError
from overt.formats.cursor import Cursor
from overt.formats.splice import Buffer

MAX_BLOCKS = 4096
"""Blocks of one file. Files have a handful; a hundred pictures are unusual."""
CD_FRAME = 588
"""A cue sheet of a compact disc counts in these samples (RFC 9639, 8.7.1): labels are whole multiples of it."""

Place = Literal["start", "end"] | Sequence[int]

_STREAMINFO, _SEEKTABLE, _CUESHEET = 0, 3, 5


@dataclass(frozen=True, slots=True)
class Flac:
    """A FLAC file's blocks (type, and where the body lies), and what STREAMINFO says."""

    mark: int
    """Where `fLaC` is: behind an ID3v2 tag, if there is one."""
    blocks: tuple[tuple[int, range], ...]
    frames: int
    """Where the frames begin."""
    rate: int
    channels: int
    bits: int
    samples: int
    """Samples of each channel; 0 is "not known"."""


def parse(data: Buffer) -> Flac:
    """Read the blocks. Raises `FormatError` or `BudgetError`."""
    cursor = Cursor(data)
    head = cursor.peek(10)
    if head[:3] == b"ID3" and len(head) == 10:
        cursor.skip(10 + (head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]) + (10 if head[5] & 0x10 else 0))
    mark = cursor.position
    if cursor.take(4) != b"fLaC":
        raise FormatError("this is no FLAC file", "这不是 FLAC 文件")
    blocks: list[tuple[int, range]] = []
    last = False
    while not last:
        if len(blocks) == MAX_BLOCKS:
            raise BudgetError(f"more than {MAX_BLOCKS} FLAC metadata blocks", f"FLAC 元数据块超过 {MAX_BLOCKS} 个")
        head = cursor.take(4)
        last = bool(head[0] & 0x80)
        start = cursor.skip(int.from_bytes(head[1:], "big"))
        blocks.append((head[0] & 0x7F, range(start, cursor.position)))
    if blocks[0][0] != _STREAMINFO or len(blocks[0][1]) < 34:
        raise FormatError("FLAC metadata that does not begin with STREAMINFO", "FLAC 元数据未以 STREAMINFO 开头")
    packed = int.from_bytes(data[blocks[0][1].start + 10 : blocks[0][1].start + 18], "big")
    rate, samples = packed >> 44, packed & (1 << 36) - 1
    if not rate:
        raise FormatError("a FLAC file of 0 Hz", "FLAC 采样率为 0")
    return Flac(mark, tuple(blocks), cursor.position, rate, (packed >> 41 & 7) + 1, (packed >> 36 & 31) + 1, samples)


def head(data: Buffer, flac: Flac, streaminfo: bytes, added: int, at: Place) -> bytes:
    """Everything before the frames of the labelled file. `added` is the label's samples of each channel.

    Labels in the midst are before these samples.
    """
    pieces = [(_STREAMINFO, streaminfo)]
    for kind, place in flac.blocks[1:]:
        body = bytes(data[place.start : place.stop])
        if kind == _CUESHEET:
            body = _moved(body, added, at)
        if kind not in (_STREAMINFO, _SEEKTABLE):
            pieces.append((kind, body))
    result = bytearray(data[: flac.mark + 4])
    for index, (kind, body) in enumerate(pieces):
        flag = 0x80 if index == len(pieces) - 1 else 0
        result += bytes([kind | flag]) + len(body).to_bytes(3, "big") + body
    return bytes(result)


def tail(data: Buffer) -> bytes:
    """A tag behind the frames (ID3v1), which some programs write there."""
    end = bytes(data[-128:])
    return end if len(end) == 128 and end[:3] == b"TAG" else b""


def _moved(sheet: bytes, added: int, at: Place) -> bytes:
    new, cursor = bytearray(sheet), Cursor(sheet)
    cursor.skip(128 + 8 + 1 + 258)
    tracks = cursor.uint(1)
    for track in range(tracks):
        place = cursor.skip(8)
        cursor.skip(1 + 12 + 1 + 13)
        cursor.skip(12 * cursor.uint(1))
        offset = int.from_bytes(sheet[place : place + 8], "big")
        last = track == tracks - 1  # The lead-out: where the sound ends.
        if at == "start" or last:
            before = len(at) if last and not isinstance(at, str) else 1
        else:
            before = 0 if at == "end" else bisect_right(at, offset)
        if before:
            offset += before * added
            new[place : place + 8] = min(offset, (1 << 64) - 1).to_bytes(8, "big")
    return bytes(new)

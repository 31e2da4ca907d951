"""The pictures of a film as its file holds them, whatever the container: what an exchange of pictures needs to know.

`seam` says where a film can go on with its old pictures after new ones. Films in Matroska, WebM, FLV and AVI are alike
in this: new pictures are decoded in the order in which they are shown, one for each old one.
Source: ITU-T H.264 7.4.1.2.4; RFC 6386 9.1 (VP8 frame header); VP9 Bitstream Specification 6.2; AV1 Bitstream and
Decoding Process Specification 5.3 and 5.9.2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from overt.errors import BudgetError, FormatError, UnsupportedError
from overt.formats.bmff import Box
from overt.formats.mp4_seam import refers_to_nothing
from overt.formats.splice import Buffer
from overt.language import Text

MAX_ENCODED: Final = 2 << 30
"""Bytes of the new pictures, which are held in memory."""
MAX_BLOCKS: Final = 8_000_000
"""Pictures and pieces of sound of one film: 18 hours at 120 pictures a second."""

_SEQUENCE_HEADER, _DELIMITER = 1, 2
"""Types of AV1's units: without a sequence header, a key picture does not stand alone."""
_LOOKED_AT: Final = 64
"""Bytes of a picture in which its sequence header must begin."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One encoded picture: where it is in the file, when it is shown, whether decoding can begin with it."""

    start: int
    stop: int
    time: int
    key: bool


F = TypeVar("F", bound=Frame)


def seam(frames: Sequence[F], least: int, stands_alone: Callable[[F], bool]) -> int:
    """How many pictures, at least `least`, must be encoded anew before the film can go on with its old ones.

    All of them where there is no such place.
    """
    if least >= len(frames):
        return len(frames)
    lowest = [0] * len(frames)
    low = frames[-1].time
    for index in range(len(frames) - 1, -1, -1):
        low = min(low, frames[index].time)
        lowest[index] = low
    highest = max(frame.time for frame in frames[: max(least, 1)])
    for index in range(max(least, 1), len(frames)):
        if frames[index].key and lowest[index] > highest and stands_alone(frames[index]):
            return index
        highest = max(highest, frames[index].time)
    return len(frames)


def is_idr(data: Buffer, frame: Frame) -> bool:
    """H.264, NAL units with a length of four bytes each."""
    return refers_to_nothing(data, frame.start, frame.stop - frame.start)


def is_key_vp8(data: Buffer, frame: Frame) -> bool:
    """VP8."""
    return frame.start < frame.stop and not data[frame.start] & 1


def is_shown_vp8(data: Buffer, frame: Frame) -> bool:
    """Whether a VP8 picture is shown; others only serve for prediction."""
    return frame.start < frame.stop and bool(data[frame.start] & 0x10)


def is_key_vp9(data: Buffer, frame: Frame) -> bool:
    """VP9: the marker, no repetition of an earlier picture, and a key picture."""
    if frame.start >= frame.stop:
        return False
    head = data[frame.start]
    if head >> 6 != 2:
        return False
    reserved = head & 0x30 == 0x30  # Profile 3 has one bit more.
    return head >> (2 if reserved else 3) & 1 == 0 and head >> (1 if reserved else 2) & 1 == 0


def is_key_av1(data: Buffer, frame: Frame) -> bool:
    """AV1: a sequence header before any picture."""
    head = bytes(data[frame.start : min(frame.start + _LOOKED_AT, frame.stop)])
    at = 0
    while at + 2 < len(head):
        kind = head[at] >> 3 & 15
        if kind == _SEQUENCE_HEADER:
            return True
        if kind != _DELIMITER or not head[at] & 2:  # Nothing else may come before it.
            return False
        extended = head[at] >> 2 & 1
        at += 2 + extended + head[at + 1 + extended]
    return False


def fits(old: int, new: int, expected: int) -> None:
    """Raises `FormatError` where the pictures of the index are not those that could be decoded."""
    if new != expected:
        raise FormatError(
            f"the index has {old} pictures, {new} could be decoded", f"影片索引中有 {old} 帧，只解码出 {new} 帧"
        )


def affordable(count: int) -> None:
    """Raises `BudgetError` for a film of more pieces than are handled."""
    if count > MAX_BLOCKS:
        raise BudgetError(f"a film of {count} pieces", f"影片含 {count} 个数据块")


def record(data: bytes) -> Box:
    """A decoder configuration record that is all of `data`, as a box."""
    return Box(b"avcC", 0, 0, len(data), len(data))


def refused(en: str, zh: str, command: str) -> UnsupportedError:
    """The refusal of a kind of film, with the command that converts it."""
    return UnsupportedError(
        f"{en} cannot be labelled",
        f"无法为{zh}添加显式标识",
        hint=Text(zh=f"先转换：{command}", en=f"Convert it first: {command}"),
    )

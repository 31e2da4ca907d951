"""The segments of a JPEG file: markers and payloads before, between and after the compressed picture.

Source: ITU-T T.81, annex B. What the payloads mean is not known here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from overt.errors import BudgetError, FormatError, TruncatedError
from overt.formats.container import Fault
from overt.formats.splice import Buffer
from overt.language import Text

MAX_BODY = 0xFFFF - 2
"""Bytes of payload that one segment can hold."""

_MAX_SEGMENTS = 20_000
"""Real files have a few hundred at most; one with more is a bomb."""

APP0, APP1, APP2, APP11, APP14 = 0xE0, 0xE1, 0xE2, 0xEB, 0xEE
COM = 0xFE
_SOS, _EOI = 0xDA, 0xD9
_APPS = range(APP0, APP0 + 16)
_STANDALONE = {0x01, *range(0xD0, 0xDA)}
_FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_COMMON = {0xC0, 0xC1, 0xC2, 0xC9, 0xCA}  # Baseline, extended, progressive; with arithmetic coding.

_FILL = re.compile(rb"\xff+")
# Inside compressed data 0xFF is followed by 0x00 or a restart marker; anything else ends the scan.
_NEXT = re.compile(rb"\xff[\xc0-\xcf\xd8-\xfe]")


class Segment(NamedTuple):
    """One marker with its payload: bytes `start` to `stop` of the file, the payload from `body` on.

    Fill bytes before the marker belong to it.
    """

    marker: int
    start: int
    body: int
    stop: int

    @property
    def is_metadata(self) -> bool:
        """Whether it describes the picture and is not part of it: APPn or COM."""
        return self.marker in _APPS or self.marker == COM

    def begins(self, data: Buffer, marker: int, signature: bytes) -> bool:
        """Whether it has this marker, and a payload that begins so."""
        return self.marker == marker and bytes(data[self.body : self.body + len(signature)]) == signature


@dataclass
class Layout:
    """The segments of a file, where its first picture ends, and what is wrong with it."""

    segments: list[Segment] = field(default_factory=list)
    stop: int | None = None
    faults: list[Fault] = field(default_factory=list)


def layout(data: Buffer) -> Layout:
    """Walk the markers to the end of the first picture. Tolerant: what is wrong is in `faults`."""
    if bytes(data[:2]) != b"\xff\xd8":
        raise FormatError("not a JPEG: it does not begin with FF D8", "不是 JPEG：文件不以 FF D8 开头")
    found, position = Layout(), 2
    while found.stop is None:
        if len(found.segments) + len(found.faults) > _MAX_SEGMENTS:
            raise BudgetError(f"a JPEG with more than {_MAX_SEGMENTS} segments", f"JPEG 段数超过 {_MAX_SEGMENTS}")
        mark = _FILL.match(data, position)
        if mark is None or mark.end() == len(data) or not _is_marker(data[mark.end()]):
            following = _NEXT.search(data, position)
            if following is None:
                found.faults.append(
                    Fault("JPEG", Text(zh="文件在图像结束之前中断", en="the file ends before the end of the picture"))
                )
                break
            found.faults.append(
                Fault("JPEG", Text(zh=f"字节 {position} 处没有标记", en=f"no marker at byte {position}"))
            )
            position = following.start()
            continue
        segment = _segment(data, position, mark.end())
        if segment is None:
            found.faults.append(
                Fault(
                    "JPEG",
                    Text(
                        zh=f"字节 {position} 处的段超出文件末尾",
                        en=f"the segment at byte {position} is longer than the file",
                    ),
                )
            )
            break
        found.segments.append(segment)
        position = segment.stop
        if segment.marker == _EOI:
            found.stop = position
        elif segment.marker == _SOS:
            following = _NEXT.search(data, position)
            position = following.start() if following else len(data)
    return found


def sound(data: Buffer) -> tuple[list[Segment], int]:
    """The segments, and where the picture ends, of a file without faults; raises on any other."""
    found = layout(data)
    if found.faults:
        reason = found.faults[0].reason
        family = FormatError if found.stop is not None else TruncatedError
        raise family(f"broken JPEG: {reason.en}", f"JPEG 文件损坏：{reason.zh}")
    components(data, found.segments)
    return found.segments, found.stop or len(data)


def components(data: Buffer, segments: list[Segment]) -> int:
    """How many colour components the picture has."""
    for segment in segments:
        if segment.marker in _FRAMES and segment.stop - segment.body >= 6:
            return data[segment.body + 5]
    raise FormatError("a JPEG without a frame", "JPEG 中没有图像帧")


def uncommon(data: Buffer, segments: list[Segment]) -> Text | None:
    """What of a picture's coding few programs can decode (T.81, table B.1); None where nothing is."""
    for segment in segments:
        if segment.marker in _FRAMES and segment.stop > segment.body:
            if segment.marker not in _COMMON:
                return Text(zh="无损或分层编码", en="lossless or hierarchical coding")
            if (bits := data[segment.body]) != 8:
                return Text(zh=f"每样本 {bits} 位", en=f"samples of {bits} bits")
            return None
    return None


def segment(marker: int, body: bytes) -> bytes:
    """A segment with its marker and length."""
    if len(body) > MAX_BODY:
        raise FormatError(f"{len(body)} bytes do not fit in one JPEG segment", f"单个 JPEG 段容不下 {len(body)} 字节")
    return bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2, "big") + body


def _is_marker(code: int) -> bool:
    return code >= 0xC0 or code == 0x01


def _segment(data: Buffer, start: int, code: int) -> Segment | None:
    marker = data[code]
    if marker in _STANDALONE:
        return Segment(marker, start, code + 1, code + 1)
    length = int.from_bytes(data[code + 1 : code + 3], "big")
    stop = code + 1 + length
    if length < 2 or stop > len(data):
        return None
    return Segment(marker, start, code + 3, stop)

"""JPEG files: segments before, between and after the compressed picture.

Source: ITU-T T.81 annex B (markers and segments); the note goes into the XMP packet of an APP1 segment
(XMP Specification Part 3, 1.1.3), as TC260-PG-20259A clause 6 says.
It does not decode the picture, and does not read the further pictures of a multi-picture file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from overt.errors import BudgetError, FormatError, TruncatedError
from overt.formats import mpf
from overt.formats.container import Fault
from overt.formats.splice import Buffer

_MAX_SEGMENTS = 20_000
"""Real files have a few hundred at most; one with more is a bomb."""

_SOS, _EOI, _COM = 0xDA, 0xD9, 0xFE
_APPS = range(0xE0, 0xF0)
_STANDALONE = {0x01, *range(0xD0, 0xD9)}
_FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}

_FILL = re.compile(rb"\xff+")
# Inside compressed data 0xFF is followed by 0x00 or a restart marker; anything else ends the scan.
_NEXT = re.compile(rb"\xff[\xc0-\xcf\xd8-\xfe]")

_ICC = b"ICC_PROFILE\x00"
_ADOBE = b"Adobe"


class Segment(NamedTuple):
    """One marker with its payload: bytes `start` to `stop` of the file, the payload from `body` on."""

    marker: int
    start: int
    body: int
    stop: int


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
        mark = _FILL.match(data, position)
        if mark is None or mark.end() == len(data) or not _is_marker(data[mark.end()]):
            following = _NEXT.search(data, position)
            if following is None:
                found.faults.append(Fault("JPEG", "the file ends before the end of the picture"))
                break
            found.faults.append(Fault("JPEG", f"no marker at byte {position}"))
            position = following.start()
            continue
        segment = _segment(data, position, mark.end())
        if segment is None:
            found.faults.append(Fault("JPEG", f"the segment at byte {position} is longer than the file"))
            break
        found.segments.append(segment)
        position = segment.stop
        if segment.marker == _EOI:
            found.stop = position
        elif segment.marker == _SOS:
            following = _NEXT.search(data, position)
            position = following.start() if following else len(data)
        if len(found.segments) > _MAX_SEGMENTS:
            raise BudgetError(
                f"a JPEG with more than {_MAX_SEGMENTS} segments", f"JPEG 段数超过 {_MAX_SEGMENTS}"
            )
    return found


def _is_marker(code: int) -> bool:
    return code >= 0xC0 or code == 0x01


def _segment(data: Buffer, start: int, code: int) -> Segment | None:
    marker = data[code]
    if marker in _STANDALONE or marker == _EOI:
        return Segment(marker, start, code + 1, code + 1)
    length = int.from_bytes(data[code + 1 : code + 3], "big")
    stop = code + 1 + length
    if length < 2 or stop > len(data):
        return None
    return Segment(marker, start, code + 3, stop)


def sound(data: Buffer) -> tuple[list[Segment], int]:
    """The segments, and where the picture ends, of a file without faults; raises on any other."""
    found = layout(data)
    if found.faults:
        reason = found.faults[0].reason
        raise FormatError(f"broken JPEG: {reason}", f"JPEG 文件损坏：{reason}")
    if found.stop is None:
        raise TruncatedError("the JPEG ends before its picture", "JPEG 文件不完整")
    return found.segments, found.stop


def transplant(original: Buffer, encoded: Buffer) -> bytes:
    """The metadata of `original` around the compressed picture of `encoded`.

    All APPn and COM segments come from the original, also its credential (which its new surroundings make
    invalid, but which is not ours to strip) and the pictures after its first one. Two things describe the
    compression and come from `encoded`: its Adobe segment, and its profile where the number of colour
    components differs. Thumbnails inside the metadata stay as they were.
    """
    old, old_stop = sound(original)
    new, new_stop = sound(encoded)
    same = _components(original, old) == _components(encoded, new)
    parts: list[bytes] = [b"\xff\xd8"]
    index: list[tuple[int, Segment]] = []
    for segment in old:
        if segment.marker not in _APPS and segment.marker != _COM:
            continue
        if _is_adobe(original, segment) or (_begins(original, segment, 0xE2, _ICC) and not same):
            continue
        if _begins(original, segment, 0xE2, mpf.SIGNATURE):
            index.append((len(parts), segment))
        parts.append(bytes(original[segment.start : segment.stop]))
    position = 2
    for segment in new:
        if segment.marker in _APPS or segment.marker == _COM:
            keep = _is_adobe(encoded, segment) or (_begins(encoded, segment, 0xE2, _ICC) and not same)
            parts.append(bytes(encoded[position : segment.stop if keep else segment.start]))
            position = segment.stop
    parts.append(bytes(encoded[position:new_stop]))
    growth = sum(map(len, parts)) - old_stop
    for place, segment in index:
        shift = sum(map(len, parts[:place])) - segment.start
        head = bytes(original[segment.start : segment.body])
        parts[place] = head + mpf.moved(bytes(original[segment.body : segment.stop]), growth, shift)
    return b"".join([*parts, original[old_stop:]])


def _components(data: Buffer, segments: list[Segment]) -> int:
    for segment in segments:
        if segment.marker in _FRAMES and segment.stop - segment.body >= 6:
            return data[segment.body + 5]
    raise FormatError("a JPEG without a frame", "JPEG 中没有图像帧")


def _begins(data: Buffer, segment: Segment, marker: int, signature: bytes) -> bool:
    found = bytes(data[segment.body : min(segment.stop, segment.body + len(signature))])
    return segment.marker == marker and found == signature


def _is_adobe(data: Buffer, segment: Segment) -> bool:
    return _begins(data, segment, 0xEE, _ADOBE)

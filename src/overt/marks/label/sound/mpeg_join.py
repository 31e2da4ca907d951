"""Other frames put among those of an MP3 file, and the frame that describes them all.

Sources: as `overt.marks.label.sound.mpeg`. Frames that were there stay byte for byte. Where a label lies in the midst,
the first frame behind it needs bytes of those before (the bit reservoir): a silent frame brings them along.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Literal

from overt.errors import FormatError
from overt.formats.splice import Buffer, Piece, Splice
from overt.marks.label.sound.mpeg import Header, Stream, delays, header


def as_dual(frame: bytes) -> bytes:
    """A stereo frame called dual channel."""
    return frame[:3] + bytes([frame[3] & 0x0F | 0x80]) + frame[4:]


def join(
    data: Buffer,
    stream: Stream,
    label: list[bytes],
    delay: int,
    padding: int,
    at: Literal["start", "end"] | Sequence[int],
) -> Splice:
    """The file with other frames of the same kind at an end of its own or before each of some, described anew.

    `delay` and `padding` are the samples that the label's encoder put before and after it.
    """
    if header(label[0], 0) is None or not header(label[0], 0).matches(stream.first):  # type: ignore[union-attr]
        raise FormatError("the label's frames are of another kind than the file's", "标识的帧与文件的帧类型不同")
    own_delay, own_padding = delays(stream.lame)
    places = [0 if at == "start" else stream.frames] if isinstance(at, str) else list(at)
    starts = [*stream.places, stream.stop]
    sizes: list[int] = []
    body: list[Piece] = []
    begin = 0
    fresh = label
    for place in places:
        body += [range(starts[begin], starts[place]), *(fresh := [*label, *_carrier(data, stream, place)])]
        sizes += [b - a for a, b in pairwise(starts[begin : place + 1])] + [len(frame) for frame in fresh]
        begin = place
    body.append(range(starts[begin], stream.stop))
    sizes += [b - a for a, b in pairwise(starts[begin:])]
    edges = (delay if places[0] == 0 else own_delay, padding if places[-1] == stream.frames else own_padding)
    lame = _lame(stream, edges, sum(sizes), "start" if places[0] == 0 else "end")
    rates = {frame.kilobits for frame in (header(f, 0) for f in fresh) if frame is not None}
    constant = stream.constant and rates == {stream.first.kilobits}
    # What describes the old frames goes; what else lies before them (tags, rubbish) stays.
    front = (
        [range(stream.described.start), range(stream.described.stop, stream.start)]
        if stream.described
        else [range(stream.start)]
    )
    return Splice([*front, _describe(stream.first, sizes, constant, lame), *body, range(stream.stop, len(data))])


def replaced(data: Buffer, stream: Stream, frames: list[bytes], delay: int, padding: int) -> Splice:
    """The file with these frames in the place of its own, described anew."""
    return join(data, replace(stream, places=array("Q")), frames, delay, padding, "start")


def _carrier(data: Buffer, stream: Stream, place: int) -> list[bytes]:
    """A silent frame with the bytes that a frame in the midst has in those before it (the bit reservoir, 2.4.2.7).

    Without it the first frame behind a label would be decoded from the label's bytes.
    """
    if place in (0, stream.frames):
        return []
    at = stream.places[place]
    side = at + 4 + _checksum_bytes(data, at)
    needed = data[side] << 1 | data[side + 1] >> 7 if stream.first.version == 3 else data[side]
    if not needed:
        return []
    tail = b""
    for before in reversed(stream.places[max(0, place - 64) : place]):
        found = header(data, before)
        if found is None or len(tail) >= needed:
            break
        start = before + 4 + _checksum_bytes(data, before) + found.side_bytes
        tail = bytes(data[start : before + found.size]) + tail
    tail = tail[-needed:]
    head = 4 + stream.first.side_bytes
    like = next(each for each in _headers_of_all_sizes(stream.first) if each.size >= head + len(tail))
    frame = like.word.to_bytes(4, "big").ljust(like.size - len(tail), b"\0") + tail
    return [frame]


def _checksum_bytes(data: Buffer, at: int) -> int:
    return 0 if data[at + 1] & 1 else 2


def _lame(stream: Stream, edges: tuple[int, int], length: int, at: str) -> bytes | None:
    """The LAME tag, for players that leave out an encoder's delay and padding.

    A file without one gets none for a label at its end: what its encoder put before the sound is not known.
    """
    if stream.lame is None and at == "end":
        return None
    tag = bytearray(stream.lame or b"LAME3.100".ljust(36, b"\0"))
    tag[21:24] = (min(edges[0], 0xFFF) << 12 | min(edges[1], 0xFFF)).to_bytes(3, "big")
    tag[28:32] = min(length, 0xFFFF_FFFF).to_bytes(4, "big")
    tag[32:34] = b"\0\0"  # The checksum of the sound: "not given"; nobody recomputes it for sound that was joined.
    return bytes(tag)


def _describe(like: Header, sizes: list[int], constant: bool, lame: bytes | None) -> bytes:
    """The Xing ("Info" for a constant bit rate) frame: counts, and where each hundredth of the sound begins."""
    length = 4 + like.side_bytes + 120 + (36 if lame else 0)
    head = next(h for h in _headers_of_all_sizes(like) if h.size >= length)
    total = sum(sizes) + head.size
    starts, position = [], head.size
    for size in sizes:
        starts.append(position)
        position += size
    table = bytes(min(255, starts[index * len(sizes) // 100] * 256 // total) for index in range(100))
    frame = bytearray(head.word.to_bytes(4, "big").ljust(head.size, b"\0"))
    place = 4 + like.side_bytes
    body = (b"Info" if constant else b"Xing") + struct.pack(">III", 15, len(sizes), min(total, 0xFFFF_FFFF))
    body += table + bytes(4)  # the encoder's quality: not known
    frame[place : place + len(body)] = body
    if lame:
        place += len(body)
        frame[place : place + 36] = lame
        frame[place + 34 : place + 36] = _checksum(bytes(frame[: place + 34])).to_bytes(2, "big")
    return bytes(frame)


def _headers_of_all_sizes(like: Header) -> list[Header]:
    """This header at its own bit rate, then at each higher one; without padding or joint coding."""
    own = like.word >> 12 & 15
    plain = like.word & ~0xF230
    return [Header(plain | index << 12) for index in range(max(own, 1), 15)]


def _checksum(data: bytes) -> int:
    """CRC-16 of the LAME tag: polynomial 0x8005, reflected, from 0."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc

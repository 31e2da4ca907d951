"""The samples of an AIFF or AIFC file: where they are, how they are coded, and new ones put among them.

Sources: Audio Interchange File Format 1.3 (Apple, 1989), AIFF-C draft (1991); compression types that QuickTime added.
The samples that were there stay byte for byte; markers (`MARK`) move with them, and `COMM` counts the new ones.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from overt.errors import FormatError, TruncatedError, UnsupportedError
from overt.formats.aiff import MAX_SIZE, Chunk, read
from overt.formats.cursor import Cursor
from overt.formats.splice import Buffer, Splice
from overt.language import Text
from overt.marks.label.sound.pcm import Coding, SampleFormat
from overt.marks.label.sound.wave import MAX_CHANNELS, MAX_RATE
from overt.media.sound import Excerpt, Samples, afford

_TO_WAV = Text(
    zh="先转换：ffmpeg -i IN -c:a pcm_s24le OUT.wav", en="Convert it first: ffmpeg -i IN -c:a pcm_s24le OUT.wav"
)
_CODINGS: dict[bytes, tuple[Coding, int, bool]] = {
    # Coding, bits (0: those of COMM), and whether the least byte comes first.
    b"NONE": ("int", 0, False),
    b"twos": ("int", 0, False),
    b"in24": ("int", 24, False),
    b"in32": ("int", 32, False),
    b"sowt": ("int", 0, True),
    b"23ni": ("int", 32, True),
    b"fl32": ("float", 32, False),
    b"FL32": ("float", 32, False),
    b"fl64": ("float", 64, False),
    b"FL64": ("float", 64, False),
    b"alaw": ("alaw", 8, False),
    b"ALAW": ("alaw", 8, False),
    b"ulaw": ("mulaw", 8, False),
    b"ULAW": ("mulaw", 8, False),
}


@dataclass(frozen=True, slots=True)
class Aiff:
    """What has to be known of a file to read its samples and to add some. `start:stop` are whole frames."""

    samples: SampleFormat
    swapped: bool
    channels: int
    rate: int
    start: int
    stop: int
    declared: int
    """Frames that the file says it has."""
    chunks: tuple[Chunk, ...]
    form_stop: int

    @property
    def frame_bytes(self) -> int:
        """Bytes of one sample of every channel."""
        return self.samples.width * self.channels

    @property
    def frames(self) -> int:
        """Whole frames in the file."""
        return (self.stop - self.start) // self.frame_bytes

    @property
    def truncated(self) -> bool:
        """Whether samples that were promised are missing."""
        return self.frames < self.declared


def parse(data: Buffer) -> Aiff:
    """Find the format and the samples. Raises `FormatError` or `UnsupportedError`."""
    form = read(data)
    common = next((each for each in form.chunks if each.code == b"COMM"), None)
    sound = next((each for each in form.chunks if each.code == b"SSND"), None)
    if common is None or (sound is None and form.fault is not None):
        raise form.fault or FormatError("an AIFF file without a COMM chunk", "AIFF 文件缺少 COMM 块")
    cursor = Cursor(data, common.start, common.stop)
    channels, declared, bits = cursor.uint(2), cursor.uint(4), cursor.uint(2)
    rate = _rate(cursor.take(10))
    kind = cursor.take(4) if form.kind == b"AIFC" else b"NONE"
    if kind not in _CODINGS:
        name = kind.decode("latin-1")
        raise UnsupportedError(f"AIFC samples coded as {name!r}", f"AIFC 编码 {name!r}", hint=_TO_WAV)
    coding, fixed, least_first = _CODINGS[kind]
    width = fixed or bits + -bits % 8
    if not 0 < channels <= MAX_CHANNELS or not 0 < rate <= MAX_RATE:
        raise UnsupportedError(f"{channels} channels at {rate} Hz", f"{channels} 声道，{rate} Hz")
    if width not in (8, 16, 24, 32, 64) or (coding == "int" and width == 64):
        raise UnsupportedError(f"AIFF samples of {bits} bits", f"{bits} 位 AIFF 样本", hint=_TO_WAV)
    valid = bits if coding == "int" and 0 < bits <= width else width
    samples = SampleFormat(coding, width, valid)
    start = stop = len(data)
    if sound is not None:
        head = Cursor(data, sound.start, sound.stop)
        offset, _ = head.uint(4), head.uint(4)
        start = head.position + min(offset, head.left)
        size = min((sound.stop - start) // (samples.width * channels), declared) * samples.width * channels
        stop = start + size
    elif declared:
        raise FormatError("an AIFF file without its samples (SSND)", "AIFF 文件缺少样本（SSND）")
    return Aiff(samples, not least_first, channels, rate, start, stop, declared, form.chunks, form.stop)


def _rate(raw: bytes) -> int:
    """A sampling rate, as a number of 80 bits (IEEE 754 extended)."""
    exponent, mantissa = int.from_bytes(raw[:2], "big"), int.from_bytes(raw[2:], "big")
    if exponent & 0x7FFF > 16383 + 62:
        raise FormatError("an AIFF file of an impossible sampling rate", "AIFF 采样率有误")
    return round(math.ldexp(mantissa, (exponent & 0x7FFF) - 16383 - 63))


def excerpt(data: Buffer, form: Aiff, first: int, count: int) -> Excerpt:
    """The samples of `count` frames from frame `first`, as many as there are."""
    first = min(max(first, 0), form.frames)
    start = form.start + first * form.frame_bytes
    stop = min(start + count * form.frame_bytes, form.start + form.frames * form.frame_bytes)
    afford((stop - start) // form.frame_bytes, form.channels)
    return Excerpt(
        form.samples.decode(_turned(bytes(data[start:stop]), form), form.channels), form.rate, first / form.rate
    )


def encode(form: Aiff, samples: Samples) -> bytes:
    """The bytes of new samples."""
    return _turned(form.samples.encode(samples), form)


def _turned(raw: bytes, form: Aiff) -> bytes:
    """Between the order and signs of WAV and those of this file."""
    width = form.samples.width
    if width == 1:
        # WAV counts samples of eight bits from 0, AIFF has signs.
        return raw.translate(_SIGNED) if form.samples.coding == "int" else raw
    if not form.swapped:
        return raw
    whole = len(raw) // width * width
    return np.frombuffer(raw[:whole], np.uint8).reshape(-1, width)[:, ::-1].tobytes()


_SIGNED = bytes(byte ^ 0x80 for byte in range(256))


def insert(data: Buffer, form: Aiff, label: bytes, places: Sequence[int]) -> Splice:
    """The file with new samples before each of these frames."""
    if form.truncated:
        raise TruncatedError("the AIFF file ends before its samples do", "AIFF 文件不完整，样本数据缺失")
    if form.stop == form.start == len(data):
        raise UnsupportedError("an AIFF file without samples", "AIFF 文件没有样本", hint=_TO_WAV)
    frames = len(label) // form.frame_bytes
    body = Splice()
    for each in form.chunks:
        if each.code == b"SSND":
            length = each.stop - each.start + len(label) * len(places)
            body.add(b"SSND" + _size(length))
            at = each.start
            for place in places:
                cut = form.start + place * form.frame_bytes
                body.add(range(at, cut))
                body.add(label)
                at = cut
            body.add(range(at, each.stop))
            body.add(b"\0" * (length % 2))
            continue
        raw: bytes | range = range(each.start, each.stop)
        if each.code == b"COMM":
            total = form.declared + frames * len(places)
            raw = bytes(data[each.start : each.start + 2]) + _size(total) + bytes(data[each.start + 6 : each.stop])
        elif each.code == b"MARK":
            raw = _moved(bytes(data[each.start : each.stop]), frames, places, form.frames)
        body.add(range(each.header, each.start))
        body.add(raw)
        body.add(b"\0" * ((each.stop - each.start) % 2))
    end = max(form.form_stop, min(form.chunks[-1].end, len(data)))
    return Splice([range(4), _size(len(body) + 4), range(8, 12), *body.pieces, range(end, len(data))])


def _size(length: int) -> bytes:
    if length > MAX_SIZE:
        raise UnsupportedError(
            "the labelled AIFF file would be larger than 4 GB", "加标识后的 AIFF 文件将超过 4 GB", hint=_TO_WAV
        )
    return length.to_bytes(4, "big")


def _moved(markers: bytes, frames: int, places: Sequence[int], total: int) -> bytes:
    """Markers, each a number, a position and a name of even length with its count."""
    new, cursor = bytearray(markers), Cursor(markers)
    for _ in range(cursor.uint(2)):
        cursor.skip(2)
        at = cursor.skip(4)
        position = int.from_bytes(markers[at : at + 4], "big")
        position += frames * sum(place <= position and (place < total or not total) for place in places)
        new[at : at + 4] = min(position, MAX_SIZE).to_bytes(4, "big")
        length = cursor.uint(1)
        cursor.skip(min(length + (length + 1) % 2, cursor.left))
    return bytes(new)

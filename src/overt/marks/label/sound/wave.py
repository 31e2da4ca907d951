"""The samples of a WAV file: where they are, how they are coded, and new ones put before or after them.

Sources: Multimedia Programming Interface and Data Specifications 1.0 (IBM and Microsoft, 1991), chapter 3;
Multiple Channel Audio Data and WAVE Files (Microsoft, 2007); EBU Tech 3285 (bext); EBU Tech 3306 (RF64).
The samples that were there stay byte for byte. Positions in `cue `, `smpl` and `PEAK` move with them, `bext`'s time
reference moves back, `fact` counts the new samples. A file with 64-bit sizes (RF64, BW64) keeps them; another one
becomes no longer than 4 GB.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from overt.errors import FormatError, TruncatedError, UnsupportedError
from overt.formats import riff
from overt.formats.cursor import Cursor
from overt.formats.splice import Buffer, Piece, Splice
from overt.language import Text
from overt.marks.label.sound.pcm import Coding, SampleFormat
from overt.media.sound import Excerpt, afford

MAX_CHANNELS = 64
"""More is no layout that anybody listens to, and would only multiply memory."""
MAX_RATE = 768_000
"""The highest sampling rate that converters are sold for."""

UNKNOWN = 0x7FFF_0000
"""From here up, a size that reaches beyond the file is what programs that write to a pipe put for "not known"."""

_CODINGS: dict[int, Coding] = {1: "int", 3: "float", 6: "alaw", 7: "mulaw"}
_EXTENSIBLE = 0xFFFE
_GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")
_BITS: dict[Coding, tuple[int, ...]] = {"int": (8, 16, 24, 32), "float": (32, 64), "alaw": (8,), "mulaw": (8,)}
_DECODED_ELSEWHERE = Text(
    zh="先将文件转换为 PCM 编码的 WAV、MP3 或 FLAC。",
    en="Convert it to a WAV with PCM samples, to MP3 or to FLAC first.",
)


@dataclass(frozen=True, slots=True)
class Wave:
    """What has to be known of a WAV file to read its samples and to add some."""

    samples: SampleFormat
    channels: int
    rate: int
    mask: int
    data: riff.Chunk
    chunks: tuple[riff.Chunk, ...]
    wide: bool
    """Whether it is an RF64 or BW64."""

    @property
    def frame_bytes(self) -> int:
        """Bytes of one sample of every channel."""
        return self.samples.width * self.channels

    @property
    def frames(self) -> int:
        """Whole frames in the file."""
        return (self.data.stop - self.data.start) // self.frame_bytes

    @property
    def seconds(self) -> float:
        """How long it plays."""
        return self.frames / self.rate

    @property
    def truncated(self) -> bool:
        """Whether samples that were promised are missing. "Not known when this was written" is no promise."""
        return self.data.truncated and self.data.declared < UNKNOWN


def parse(data: Buffer) -> Wave:
    """Find the format and the samples. Raises `FormatError` or `UnsupportedError`."""
    form = riff.form(data)
    if form.kind != b"WAVE":
        raise FormatError("this is no WAV file", "这不是 WAV 文件")
    if form.magic not in (b"RIFF", b"RF64", b"BW64"):
        raise UnsupportedError("a big-endian WAV (RIFX)", "大端序 WAV（RIFX）", hint=_DECODED_ELSEWHERE)
    wide = form.magic != b"RIFF"
    # The size of the form is often wrong where that of the chunks is right: recorders write it first, or never.
    stop = len(data) if wide or form.declared + riff.HEADER >= riff.MAX_SIZE - 1 else form.stop
    chunks = tuple(_chunks(data, form, stop, wide))
    body = next((c for c in chunks if c.fourcc == b"data"), None)
    described = next((c for c in chunks if c.fourcc == b"fmt "), None)
    if described is None or body is None:
        if any(c.fourcc == b"LIST" and bytes(data[c.start : c.start + 4]) == b"wavl" for c in chunks):
            raise UnsupportedError("samples in a wave list (wavl)", "样本存放于 wavl 列表", hint=_DECODED_ELSEWHERE)
        missing = "fmt" if described is None else "data"
        raise FormatError(f"a WAV file without a {missing} chunk", f"WAV 文件缺少 {missing} 块")
    samples, channels, rate, mask = _format(data, described)
    return Wave(samples, channels, rate, mask, body, chunks, wide)


def _chunks(data: Buffer, form: riff.Form, stop: int, wide: bool) -> Iterator[riff.Chunk]:
    sizes: dict[bytes, int] = {}
    found_data = False
    try:
        for chunk in riff.walk(data, form.start, stop, sizes):
            if wide and chunk.fourcc == b"ds64" and not sizes:
                cursor = Cursor(data, chunk.start, chunk.stop)
                cursor.skip(8)
                sizes[b"data"] = cursor.uint(8, "little")
            found_data |= chunk.fourcc == b"data"
            if chunk.fourcc == b"data" and not chunk.declared and form.declared in (0, riff.MAX_SIZE):
                # An unfinished recording: its sizes were to be filled in at the end.
                yield replace(chunk, stop=stop)
                return
            yield chunk
    except TruncatedError:
        if not found_data:
            raise  # Rubbish behind the samples is no reason to give up on them.


def _format(data: Buffer, chunk: riff.Chunk) -> tuple[SampleFormat, int, int, int]:
    cursor = Cursor(data, chunk.start, chunk.stop)
    tag, channels, rate = (cursor.uint(2, "little"), cursor.uint(2, "little"), cursor.uint(4, "little"))
    cursor.skip(4)
    align, bits = cursor.uint(2, "little"), cursor.uint(2, "little")
    valid, mask = bits, 0
    if tag == _EXTENSIBLE:
        cursor.skip(2)
        valid, mask = cursor.uint(2, "little") or bits, cursor.uint(4, "little")
        tag = cursor.uint(2, "little")
        if cursor.take(14) != _GUID_TAIL:
            tag = 0
    coding = _CODINGS.get(tag)
    if coding is None:
        raise UnsupportedError(f"WAV samples coded as 0x{tag:04X}", f"WAV 编码 0x{tag:04X}", hint=_DECODED_ELSEWHERE)
    bits, valid = (8, 8) if coding in ("alaw", "mulaw") else (bits, valid)
    if coding == "int" and bits % 8:  # 12 or 20 bits are stored left-aligned in whole bytes.
        bits, valid = bits + -bits % 8, bits
    if bits not in _BITS[coding] or not 0 < valid <= bits:
        raise UnsupportedError(f"{coding} samples of {bits} bits", f"{bits} 位 {coding} 样本", hint=_DECODED_ELSEWHERE)
    if not 0 < channels <= MAX_CHANNELS or not 0 < rate <= MAX_RATE:
        raise UnsupportedError(f"{channels} channels at {rate} Hz", f"{channels} 声道，{rate} Hz")
    if align != channels * bits // 8:
        raise FormatError(
            f"frames of {align} bytes for {channels} channels of {bits} bits",
            f"fmt 块自相矛盾：{channels} 声道、{bits} 位，每帧却为 {align} 字节",
        )
    return SampleFormat(coding, bits, bits if coding == "float" else valid), channels, rate, mask


def excerpt(data: Buffer, wave: Wave, first: int, count: int) -> Excerpt:
    """The samples of `count` frames from frame `first`, as many as there are."""
    first = min(max(first, 0), wave.frames)
    start = wave.data.start + first * wave.frame_bytes
    stop = min(start + count * wave.frame_bytes, wave.data.start + wave.frames * wave.frame_bytes)
    afford((stop - start) // wave.frame_bytes, wave.channels)
    samples = wave.samples.decode(bytes(data[start:stop]), wave.channels)
    return Excerpt(samples, wave.rate, first / wave.rate)


def insert(data: Buffer, wave: Wave, label: bytes, at: Literal["start", "end"] | Sequence[int]) -> Splice:
    """The file with new samples, whole frames already coded, at an end of the old ones or before each of some."""
    if wave.truncated:
        raise TruncatedError("the WAV file ends before its samples do", "WAV 文件不完整，样本数据缺失")
    places = [0 if at == "start" else wave.frames] if isinstance(at, str) else list(at)
    frames = len(label) // wave.frame_bytes

    def shift(position: int) -> int:
        return 0 if at == "end" else frames * bisect_right(places, position)

    body = Splice()
    for chunk in wave.chunks[1:] if wave.wide else wave.chunks:
        if chunk is wave.data:
            _add_sound(data, wave, label, places, body)
        else:
            body.add(range(chunk.header, chunk.start))
            body.add(
                _moved(chunk.fourcc, bytes(data[chunk.start : chunk.stop]), frames * len(places), shift)
                if chunk.fourcc in _MOVED
                else range(chunk.start, chunk.stop)
            )
            body.add(b"\0" * ((chunk.stop - chunk.start) % 2))
    head = [b"RIFF" + _size(len(body) + 4) + b"WAVE"] if not wave.wide else _wide(data, wave, body, label, len(places))
    return Splice([*head, *body.pieces, range(wave.chunks[-1].end, len(data))])


def _add_sound(data: Buffer, wave: Wave, label: bytes, places: Sequence[int], body: Splice) -> None:
    """The chunk of samples, with the label before each of these frames."""
    length = wave.data.stop - wave.data.start + len(label) * len(places)
    stated = bytes(data[wave.data.header + 4 : wave.data.start])
    body.add(wave.data.fourcc + (stated if wave.wide and stated == _ELSEWHERE else _size(length)))
    begin = wave.data.start
    for place in places:
        cut = wave.data.start + place * wave.frame_bytes
        body.add(range(begin, cut))
        body.add(label)
        begin = cut
    body.add(range(begin, wave.data.stop))
    body.add(b"\0" * (length % 2))


def _wide(data: Buffer, wave: Wave, body: Splice, label: bytes, times: int) -> list[Piece]:
    """What stands before the other chunks of a file with 64-bit sizes: they are in its first chunk (EBU Tech 3306)."""
    ds64 = wave.chunks[0]
    if ds64.fourcc != b"ds64" or ds64.stop - ds64.start < 24:
        raise FormatError("a 64-bit WAV file without its ds64 chunk", "64 位 WAV 文件缺少 ds64 数据块")
    if bytes(data[4:8]) != _ELSEWHERE:
        raise UnsupportedError(
            "a 64-bit WAV whose form has a 32-bit size", "64 位 WAV 的总长度仍为 32 位", hint=_DECODED_ELSEWHERE
        )
    counted = int.from_bytes(data[ds64.start + 16 : ds64.start + 24], "little")
    sizes = struct.pack(
        "<QQQ",
        4 + ds64.end - ds64.header + len(body),
        wave.data.stop - wave.data.start + len(label) * times,
        counted + len(label) // wave.frame_bytes * times if counted else 0,
    )
    return [range(8), b"WAVE", range(ds64.header, ds64.start), sizes, range(ds64.start + 24, ds64.end)]


_ELSEWHERE = b"\xff\xff\xff\xff"


def _size(length: int) -> bytes:
    if length >= riff.MAX_SIZE:
        raise UnsupportedError(
            "the labelled WAV file would be larger than 4 GB",
            "加标识后的 WAV 文件将超过 4 GB",
            hint=Text(
                zh="先将文件转换为 FLAC，或 RF64：ffmpeg -i IN -c copy -rf64 always OUT.wav",
                en="Convert the file to FLAC first, or to RF64: ffmpeg -i IN -c copy -rf64 always OUT.wav",
            ),
        )
    return struct.pack("<I", length)


_MOVED = (b"fact", b"cue ", b"smpl", b"bext", b"PEAK")


def _moved(fourcc: bytes, body: bytes, frames: int, shift: Callable[[int], int]) -> bytes:
    """A chunk that counts samples, after `frames` were added; `shift` is how many of them lie before a position."""
    new = bytearray(body)
    if fourcc == b"fact":
        _add(new, [0], lambda _: frames)
    elif fourcc == b"cue ":
        entries = range(4, len(new) - 23, 24)
        _add(
            new,
            [at for entry in entries for at in (entry + 4, entry + 20) if body[entry + 8 : entry + 12] == b"data"],
            shift,
        )
    elif fourcc == b"smpl":
        _add(new, [at for loop in range(36, len(new) - 23, 24) for at in (loop + 8, loop + 12)], shift)
    elif fourcc == b"PEAK":
        _add(new, list(range(12, len(new) - 3, 8)), shift)
    elif (lead := shift(0)) and len(new) >= 346:
        # The first sample now lies earlier on the day's clock; a clock cannot begin before midnight.
        reference = int.from_bytes(new[338:346], "little")
        new[338:346] = (reference - lead if reference >= lead else reference).to_bytes(8, "little")
    return bytes(new)


def _add(body: bytearray, places: list[int], amount: Callable[[int], int]) -> None:
    for place in places:
        if place + 4 <= len(body):
            value = int.from_bytes(body[place : place + 4], "little")
            value += amount(value)
            body[place : place + 4] = min(value, 0xFFFF_FFFF).to_bytes(4, "little")

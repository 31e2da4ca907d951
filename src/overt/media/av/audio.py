"""Sound decoded and encoded with PyAV: the ends of a recording, its levels, FLAC without loss.

The file's format is the caller's word, never guessed, so that no playlist or network address can pose as sound.
What FFmpeg says of a broken file becomes a `FormatError`; the length is held to the budget while decoding, whatever
the file declares. It knows nothing of labels.
"""

from __future__ import annotations

import errno
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import av
import numpy as np
from numpy.typing import NDArray

from overt.errors import BudgetError, FormatError, TruncatedError, UnsupportedError
from overt.media.budget import INSPECTION, Budget, applying
from overt.media.sound import Excerpt, Samples, afford

SEEK_SECONDS = 120.0
"""From this length on the middle is skipped; shorter files are decoded through, which gives exact times."""
MAX_CHANNELS = 64
_END = object()

_SCALES = {
    "u8": (128.0, 128.0),
    "s16": (0.0, 32768.0),
    "s32": (0.0, 2147483648.0),
    "flt": (0.0, 1.0),
    "dbl": (0.0, 1.0),
}
_DEMUXERS = {"m4a": "mov", "opus": "ogg"}
"""What FFmpeg calls a container, where it is not our name."""


class _File:
    """A file for FFmpeg whose seeking fails with a number: PyAV prints what is raised there."""

    def __init__(self, file: BinaryIO) -> None:
        self.read, self.tell = file.read, file.tell
        self._file = file

    def seek(self, offset: int, whence: int = 0) -> int:
        """The new position, or a negative error number as FFmpeg wants it."""
        try:
            return self._file.seek(offset, whence)
        except (OSError, ValueError, OverflowError):
            return -errno.EINVAL


@contextmanager
def _opened(source: Path, container: str) -> Iterator[tuple[Any, Any]]:
    """A file and its stream of sound. FFmpeg's errors inside the block leave it as `FormatError`."""
    try:
        with (
            source.open("rb") as file,
            av.open(_File(file), format=_DEMUXERS.get(container, container), metadata_errors="replace") as opened,
        ):
            if not opened.streams.audio:
                raise FormatError("the file has no sound", "文件中没有音频")
            stream = opened.streams.audio[0]
            yield opened, stream
    except av.FFmpegError as error:
        raise FormatError(f"the sound could not be decoded: {error}", f"音频无法解码：{error}") from error
    except (EOFError, ValueError, OverflowError) as error:
        raise FormatError(f"the sound could not be decoded: {error}", f"音频无法解码：{error}") from error
    except MemoryError as error:
        raise BudgetError("the sound needs more memory than allowed", "音频所需内存超出限额") from error


def _decoded(opened: Any, stream: Any) -> Iterator[Any]:
    """Every frame; None for each packet that could not be decoded."""
    for packet in opened.demux(stream):
        try:
            yield from packet.decode()
        except av.EOFError:
            return
        except av.InvalidDataError:
            yield None


def _array(frame: Any) -> Samples:
    """One frame as numbers, (samples, channels)."""
    name = frame.format.name
    scale = _SCALES.get(name.removesuffix("p"))
    if scale is None:
        raise UnsupportedError(f"samples of the form {name}", f"采样格式 {name}")
    raw = frame.to_ndarray()
    shaped = raw.T if frame.format.is_planar else raw.reshape(-1, frame.layout.nb_channels)
    values: Samples = (shaped.astype(np.float64) - scale[0]) / scale[1]
    return np.nan_to_num(values, posinf=1.0, neginf=-1.0)


def ends(source: Path, container: str, seconds: float, budget: Budget = INSPECTION) -> tuple[Excerpt, ...]:
    """The first and the last `seconds` of a recording; one excerpt where they meet.

    Raises `MediaError`. A file of which nothing can be decoded raises `FormatError`.
    """
    with _opened(source, container) as (opened, stream):
        rate, channels = stream.codec_context.sample_rate, stream.codec_context.channels
        if not rate or not channels:
            raise FormatError("the file has no sound", "文件中没有音频")
        if channels > MAX_CHANNELS:
            raise UnsupportedError(f"{channels} channels at {rate} Hz", f"{channels} 声道，{rate} Hz")
        afford(round(seconds * rate), channels)
        total = float(stream.duration * stream.time_base) if stream.duration else 0.0
        if total > max(SEEK_SECONDS, 3 * seconds):
            head = _head(_decoded(opened, stream), rate, channels, seconds)
            opened.seek(int((total - seconds) * av.time_base))
            tail = _through(_decoded(opened, stream), rate, channels, seconds, budget)[-1]
            if len(tail.samples):
                start = max(total - len(tail.samples) / rate, head.start + len(head.samples) / rate)
                return head, Excerpt(tail.samples, rate, start, tail.losses)
            opened.seek(0)  # It declares more than it holds.
        parts = _through(_decoded(opened, stream), rate, channels, seconds, budget)
    if not any(len(part.samples) for part in parts):
        raise FormatError("no sound could be decoded", "没有可解码的音频")
    return parts


def _fits(frame: Any, rate: int, channels: int) -> bool:
    return frame is not None and frame.sample_rate == rate and frame.layout.nb_channels == channels


def _joined(pieces: list[Samples], channels: int) -> Samples:
    return np.concatenate(pieces) if pieces else np.zeros((0, channels))


def _head(frames: Iterator[Any], rate: int, channels: int, seconds: float) -> Excerpt:
    pieces: list[Samples] = []
    count = losses = 0
    for frame in frames:
        if not _fits(frame, rate, channels):
            losses += 1
            continue
        pieces.append(_array(frame))
        count += len(pieces[-1])
        if count >= seconds * rate:
            break
    return Excerpt(_joined(pieces, channels), rate, 0.0, losses)


def _through(frames: Iterator[Any], rate: int, channels: int, seconds: float, budget: Budget) -> tuple[Excerpt, ...]:
    """Decode to the end; the first and the last stretch, or all if the middle is empty."""
    budget = applying(budget)
    wanted, most = round(seconds * rate), budget.max_duration_s * rate
    first: list[Samples] = []
    last: deque[Samples] = deque()
    head = held = count = losses = 0
    for frame in frames:
        if not _fits(frame, rate, channels):
            losses += 1
            continue
        piece = _array(frame)
        count += len(piece)
        if count > most:
            raise BudgetError(
                f"the sound is longer than {budget.max_duration_s:.0f} s",
                f"音频时长超过 {budget.max_duration_s:.0f} 秒",
            )
        if head < wanted:
            first.append(piece)
            head += len(piece)
            continue
        last.append(piece)
        held += len(piece)
        while held - len(last[0]) >= wanted:
            held -= len(last.popleft())
    if head + held == count:
        return (Excerpt(_joined([*first, *last], channels), rate, 0.0, losses),)
    tail = Excerpt(_joined(list(last), channels), rate, (count - held) / rate, losses)
    return Excerpt(_joined(first, channels), rate, 0.0, losses), tail


def levels(source: Path, container: str, hop: float, budget: Budget = INSPECTION) -> NDArray[np.float64]:
    """The mean square of each `hop` seconds of a recording, its channels summed. Raises `MediaError`."""
    budget = applying(budget)
    result: list[NDArray[np.float64]] = []
    with _opened(source, container) as (opened, stream):
        rate, channels = stream.codec_context.sample_rate, stream.codec_context.channels
        step, most = max(1, round(hop * rate)), budget.max_duration_s * rate
        left = np.zeros((0, channels))
        count = 0
        for frame in _decoded(opened, stream):
            if not _fits(frame, rate, channels):
                continue
            left = np.concatenate([left, _array(frame)])
            count += frame.samples
            if count > most:
                raise BudgetError(
                    f"the sound is longer than {budget.max_duration_s:.0f} s",
                    f"音频时长超过 {budget.max_duration_s:.0f} 秒",
                )
            if whole := len(left) // step * step:
                result.append((left[:whole] ** 2).sum(axis=1).reshape(-1, step).mean(axis=1))
                left = left[whole:]
    return np.concatenate(result) if result else np.zeros(0)


def spans(source: Path, container: str, wanted: Iterable[tuple[float, float]]) -> Iterator[Excerpt]:
    """Stretches of a recording, from second to second, in order of their beginnings; decoded through, to be exact."""
    with _opened(source, container) as (opened, stream):
        rate, channels = stream.codec_context.sample_rate, stream.codec_context.channels
        frames = _decoded(opened, stream)
        held: deque[Samples] = deque()
        at = end = losses = 0  # where `held` begins and ends
        for begin, stop in wanted:
            first, last = round(begin * rate), round(stop * rate)
            afford(last - first, channels)
            while end < last and (frame := next(frames, _END)) is not _END:
                if not _fits(frame, rate, channels):
                    losses += 1
                    continue
                held.append(_array(frame))
                end += len(held[-1])
                while held and at + len(held[0]) <= first:
                    at += len(held.popleft())
            while held and at + len(held[0]) <= first:
                at += len(held.popleft())
            drop = min(max(0, first - at), end - at)
            yield Excerpt(_joined(list(held), channels)[drop : max(drop, last - at)], rate, (at + drop) / rate, losses)
            losses = 0


def extend_flac(
    source: Path,
    target: BinaryIO,
    bits: int,
    before: Samples,
    behind: Samples,
    budget: Budget = INSPECTION,
    *,
    inside: Samples | None = None,
    places: Sequence[int] = (),
) -> None:
    """Write a FLAC of the same rate, channels and bits: `before`, the source's samples unchanged, `behind`.

    `inside` is put before each of these samples of the source.
    """
    form = "s16" if bits == 16 else "s32"
    with _opened(source, "flac") as (opened, stream), av.open(target, "w", format="flac") as output:
        layout, rate = stream.codec_context.layout.name, stream.codec_context.sample_rate
        writer = _FlacWriter(output, rate, layout, bits, applying(budget))
        told = 0
        coming = deque(places)
        writer.label(before)
        for frame in _decoded(opened, stream):
            if frame is None:
                raise FormatError("a FLAC frame is damaged", "FLAC 音频帧已损坏")
            if frame.format.name != form or frame.sample_rate != rate or frame.layout.name != layout:
                raise UnsupportedError("a FLAC file whose form changes on the way", "FLAC 中途改变采样格式")
            for part in _cut(frame, [place - told for place in coming if place - told < frame.samples]):
                if part is not None:
                    writer.frame(part)
                elif inside is not None:
                    writer.label(inside)
                    coming.popleft()
            told += frame.samples
        if stream.duration and told < float(stream.duration * stream.time_base) * rate - 1:
            raise TruncatedError("the FLAC file ends before its sound does", "FLAC 文件不完整，音频缺失")
        writer.label(behind)
        writer.close()


class _FlacWriter:
    """Takes frames, and samples of its own, to a FLAC."""

    def __init__(self, output: Any, rate: int, layout: str, bits: int, budget: Budget) -> None:
        self._output, self._rate, self._layout, self._bits = output, rate, layout, bits
        self._most = budget.max_duration_s
        self._encoder: Any = output.add_stream("flac", rate=rate)
        self._encoder.format, self._encoder.layout = ("s16" if bits == 16 else "s32"), layout
        self._written = 0

    def frame(self, frame: Any) -> None:
        """A decoded frame, as it is."""
        frame.pts, frame.time_base = self._written, Fraction(1, self._rate)
        self._written += frame.samples
        if self._written > self._most * self._rate:
            raise BudgetError(f"the sound is longer than {self._most:.0f} s", f"音频时长超过 {self._most:.0f} 秒")
        self._output.mux(self._encoder.encode(frame))

    def label(self, samples: Samples) -> None:
        """New samples."""
        if not len(samples):
            return
        top = 1 << (self._bits - 1)
        integers = np.clip(np.rint(samples * top), -top, top - 1).astype(np.int32)
        packed = integers.astype(np.int16) if self._bits == 16 else integers << (32 - self._bits)
        form = "s16" if self._bits == 16 else "s32"
        frame: Any = av.AudioFrame.from_ndarray(packed.reshape(1, -1), form, self._layout)
        frame.sample_rate = self._rate
        self.frame(frame)

    def close(self) -> None:
        """What the encoder still holds."""
        self._output.mux(self._encoder.encode(None))


def _cut(frame: Any, places: list[int]) -> Iterator[Any]:
    """A frame in parts, and None at each of these places in it."""
    if not places:
        yield frame
        return
    packed = frame.to_ndarray()
    channels, at = frame.layout.nb_channels, 0
    for place in [*places, frame.samples]:
        if place > at:
            part: Any = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(packed[:, at * channels : place * channels]), frame.format.name, frame.layout.name
            )
            part.sample_rate = frame.sample_rate
            yield part
        if place < frame.samples:
            yield None
        at = place

"""Sound decoded and encoded with PyAV: the ends of a recording, MP3 frames, FLAC without loss.

The file's format is the caller's word, never guessed, so that no playlist or network address can pose as sound.
What FFmpeg says of a broken file becomes a `FormatError`; the length is held to the budget while decoding, whatever
the file declares. It knows nothing of labels.
"""

from __future__ import annotations

import errno
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import av
import numpy as np

from overt.errors import BudgetError, FormatError, TruncatedError, UnsupportedError
from overt.media.budget import INSPECTION, Budget, applying
from overt.media.sound import Excerpt, Samples, afford

SEEK_SECONDS = 120.0
"""From this length on the middle is skipped; shorter files are decoded through, which gives exact times."""
MAX_CHANNELS = 64
MP3_DELAY = 576
"""Samples that LAME puts before the sound (`lame_get_encoder_delay`); its tag states them."""
DECODER_DELAY = 529
"""Samples that every layer III decoder adds; players know it and the tag leaves it out."""

_SCALES = {
    "u8": (128.0, 128.0),
    "s16": (0.0, 32768.0),
    "s32": (0.0, 2147483648.0),
    "flt": (0.0, 1.0),
    "dbl": (0.0, 1.0),
}


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
        with source.open("rb") as file, av.open(_File(file), format=container, metadata_errors="replace") as opened:
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


def encode_mp3(samples: Samples, rate: int, kilobits: int, *, joint: bool) -> tuple[list[bytes], int, int]:
    """MPEG frames of layer III that stand alone (no bit reservoir), with the delay and padding around the sound."""
    channels = samples.shape[1]
    try:
        encoder: Any = av.CodecContext.create("libmp3lame", "w")
        encoder.sample_rate, encoder.format, encoder.bit_rate = rate, "fltp", kilobits * 1000
        encoder.layout = "mono" if channels == 1 else "stereo"
        encoder.time_base = Fraction(1, rate)
        encoder.options = {"reservoir": "0", "joint_stereo": str(int(joint))}
        encoder.open()
        step, frames = encoder.frame_size, []
        for at in range(0, len(samples), step):
            piece = np.zeros((step, channels), np.float32)
            piece[: len(samples[at : at + step])] = samples[at : at + step]
            frame: Any = av.AudioFrame.from_ndarray(np.ascontiguousarray(piece.T), "fltp", encoder.layout.name)
            frame.sample_rate, frame.pts = rate, at
            frames += [bytes(packet) for packet in encoder.encode(frame)]
        frames += [bytes(packet) for packet in encoder.encode(None)]
    except (av.FFmpegError, ValueError) as error:
        raise UnsupportedError(
            f"LAME cannot encode {rate} Hz at {kilobits} kbit/s: {error}",
            f"LAME 无法按 {rate} Hz、{kilobits} kbit/s 编码：{error}",
        ) from error
    return frames, MP3_DELAY, max(0, len(frames) * step - len(samples) - MP3_DELAY)


def extend_flac(
    source: Path, target: BinaryIO, bits: int, before: Samples, behind: Samples, budget: Budget = INSPECTION
) -> None:
    """Write a FLAC of the same rate, channels and bits: `before`, the source's samples unchanged, `behind`."""
    budget = applying(budget)
    form = "s16" if bits == 16 else "s32"
    with _opened(source, "flac") as (opened, stream), av.open(target, "w", format="flac") as output:
        layout, rate = stream.codec_context.layout.name, stream.codec_context.sample_rate
        encoder: Any = output.add_stream("flac", rate=rate)
        encoder.format, encoder.layout = form, layout
        written = 0

        def write(frame: Any) -> None:
            nonlocal written
            frame.pts, frame.time_base = written, Fraction(1, rate)
            written += frame.samples
            if written > budget.max_duration_s * rate:
                raise BudgetError(
                    f"the sound is longer than {budget.max_duration_s:.0f} s",
                    f"音频时长超过 {budget.max_duration_s:.0f} 秒",
                )
            output.mux(encoder.encode(frame))

        def write_label(samples: Samples) -> None:
            if len(samples):
                top = 1 << (bits - 1)
                integers = np.clip(np.rint(samples * top), -top, top - 1).astype(np.int32)
                packed = integers.astype(np.int16) if bits == 16 else integers << (32 - bits)
                frame: Any = av.AudioFrame.from_ndarray(packed.reshape(1, -1), form, layout)
                frame.sample_rate = rate
                write(frame)

        write_label(before)
        for frame in _decoded(opened, stream):
            if frame is None:
                raise FormatError("a FLAC frame is damaged", "FLAC 音频帧已损坏")
            if frame.format.name != form or frame.sample_rate != rate or frame.layout.name != layout:
                raise UnsupportedError("a FLAC file whose form changes on the way", "FLAC 中途改变采样格式")
            write(frame)
        if stream.duration and written - len(before) < float(stream.duration * stream.time_base) * rate - 1:
            raise TruncatedError("the FLAC file ends before its sound does", "FLAC 文件不完整，音频缺失")
        write_label(behind)
        output.mux(encoder.encode(None))

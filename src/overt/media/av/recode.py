"""A whole sound encoded anew, piece by piece, in the codec that its file has.

FFmpeg through PyAV, with its own encoders, LAME and libopus. It knows nothing of files or marks: packets
come out, and what their decoder needs to know. (`overt.media.av.coders` makes packets that stand among others.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, BinaryIO

import av
import numpy as np
from numpy.typing import NDArray

from overt.errors import UnsupportedError
from overt.media.av.coders import MP3_DELAY
from overt.media.sound import Samples

Pieces = Iterable[Samples]
"""Stretches of a sound, one behind the other: samples x channels, full scale is 1."""

LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "4.0", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
"""Channels in the order of WAV, FLAC and AAC as decoders give them."""
_PAIRED = {**LAYOUTS, 4: "quad"}  # Opus has four channels at the corners.
_STEP = 4096  # Samples of a frame for encoders that take any number.


@dataclass(frozen=True, slots=True)
class Coded:
    """Packets, each with the samples that it adds, and the encoder's own header."""

    packets: list[bytes]
    durations: list[int]
    header: bytes
    step: int
    samples: int
    """How many samples of each channel went in."""


def mp3(pieces: Pieces, rate: int, channels: int, kilobits: int, *, joint: bool) -> tuple[list[bytes], int, int]:
    """Frames of layer III, and the samples that lie before and behind the sound in them."""
    options = {"joint_stereo": str(int(joint))}
    made = coded("libmp3lame", pieces, rate, LAYOUTS[channels], kilobits, options)
    return made.packets, MP3_DELAY, max(0, len(made.packets) * made.step - made.samples - MP3_DELAY)


def aac(pieces: Pieces, rate: int, channels: int, kilobits: int) -> list[bytes]:
    """Raw blocks of AAC-LC, of which the first decodes to the first 1,024 samples but for what it overlaps with."""
    # FFmpeg's encoder puts one block before the sound; noise substitution is not in the AAC of MPEG-2.
    return coded("aac", pieces, rate, LAYOUTS[channels], kilobits, {"aac_pns": "0"}).packets[1:]


def alac(pieces: Pieces, rate: int, channels: int, bits: int) -> Coded:
    """Packets of ALAC."""
    return coded("alac", pieces, rate, LAYOUTS[channels], 0, {}, "s16p" if bits == 16 else "s32p", bits)


def opus(pieces: Pieces, channels: int, kilobits: int) -> Coded:
    """Packets of Opus at 48 kHz; the header says how many samples lie before the sound."""
    return coded("libopus", pieces, 48_000, _PAIRED[channels], kilobits, {"application": "audio"}, "flt")


def flac(target: BinaryIO, pieces: Pieces, rate: int, layout: str, bits: int) -> None:
    """A FLAC file of 16 or 24 bits without tags."""
    with av.open(target, "w", format="flac") as output:
        stream: Any = output.add_stream("flac", rate=rate)
        stream.format, stream.layout = ("s16" if bits == 16 else "s32"), layout
        at = 0
        for piece in pieces:
            packed = _packed(piece, stream.format.name, bits)
            frame: Any = av.AudioFrame.from_ndarray(packed.reshape(1, -1), stream.format.name, layout)
            frame.sample_rate, frame.pts, frame.time_base = rate, at, Fraction(1, rate)
            at += len(piece)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))


def coded(
    codec: str,
    pieces: Pieces,
    rate: int,
    layout: str,
    kilobits: int,
    options: dict[str, str],
    form: str = "fltp",
    bits: int = 32,
) -> Coded:
    """The packets of a sound. Raises `UnsupportedError` for what the encoder does not take."""
    try:
        encoder: Any = av.CodecContext.create(codec, "w")
        encoder.sample_rate, encoder.format, encoder.layout = rate, form, layout
        if kilobits:
            encoder.bit_rate = kilobits * 1000
        encoder.time_base = Fraction(1, rate)
        encoder.options = options
        encoder.open()
        step = encoder.frame_size or _STEP
        whole = encoder.codec.capabilities & _SMALL_LAST_FRAME == 0
        packets: list[Any] = []
        at = 0
        for piece in _steps(pieces, step):
            frame = _frame(piece, step if whole else len(piece), form, layout, bits)
            frame.sample_rate, frame.pts, frame.time_base = rate, at, Fraction(1, rate)
            at += len(piece)
            packets += encoder.encode(frame)
        packets += encoder.encode(None)
    except (av.FFmpegError, ValueError, KeyError) as error:
        raise UnsupportedError(
            f"{codec} cannot encode {layout} sound at {rate} Hz, {kilobits} kbit/s: {error}",
            f"{codec} 无法编码 {layout}、{rate} Hz、{kilobits} kbit/s 的音频：{error}",
        ) from error
    header = bytes(encoder.extradata or b"")
    return Coded([bytes(each) for each in packets], [each.duration or 0 for each in packets], header, step, at)


_SMALL_LAST_FRAME = 1 << 6
"""FFmpeg's flag for encoders that take a last frame of any length (AV_CODEC_CAP_SMALL_LAST_FRAME)."""


def _steps(pieces: Pieces, step: int) -> Iterator[Samples]:
    """The same sound in stretches of `step` samples, the last as long as it is."""
    left: Samples | None = None
    for piece in pieces:
        whole = piece if left is None else np.concatenate([left, piece])
        cut = len(whole) // step * step
        yield from np.split(whole[:cut], range(step, cut, step)) if cut else ()
        left = whole[cut:]
    if left is not None and len(left):
        yield left


def _frame(piece: Samples, length: int, form: str, layout: str, bits: int) -> Any:
    if len(piece) < length:
        piece = np.concatenate([piece, np.zeros((length - len(piece), piece.shape[1]))])
    values = _packed(piece, form.removesuffix("p"), bits)
    shaped = values.T if form.endswith("p") else values.reshape(1, -1)
    return av.AudioFrame.from_ndarray(np.ascontiguousarray(shaped), form, layout)


def _packed(piece: Samples, form: str, bits: int) -> NDArray[Any]:
    """Samples in a form of FFmpeg: floating point, or integers in the upper bits of 16 or 32."""
    if form.startswith("flt"):
        return piece.astype(np.float32)
    top = 1 << (bits - 1)
    integers = np.clip(np.rint(piece * top), -top, top - 1).astype(np.int64)
    return integers.astype(np.int16) if form.startswith("s16") else (integers << (32 - bits)).astype(np.int32)

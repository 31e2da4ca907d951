"""New sound as packets of lossy codecs, to stand beside packets that are already in a file.

It knows nothing of files or labels; PyAV encodes.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from overt.errors import UnsupportedError
from overt.media.sound import Samples

MP3_DELAY = 576
"""Samples that LAME puts before the sound (`lame_get_encoder_delay`); its tag states them."""
DECODER_DELAY = 529
"""Samples that every layer III decoder adds; players know it and the tag leaves it out."""
AAC_FRAME = 1024
AAC_DELAY = 1024
"""Samples that FFmpeg's encoder puts before the sound."""

_LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "4.0", 5: "5.0", 6: "5.1", 8: "7.1"}
_OPUS_LAYOUTS = {**_LAYOUTS, 4: "quad", 5: "5.0", 7: "6.1"}


def encode_mp3(samples: Samples, rate: int, kilobits: int, *, joint: bool) -> tuple[list[bytes], int, int]:
    """MPEG frames of layer III that stand alone (no bit reservoir), with the delay and padding around the sound."""
    options = {"reservoir": "0", "joint_stereo": str(int(joint))}
    frames, step, _ = _encoded("libmp3lame", "LAME", samples, rate, kilobits, {1: "mono", 2: "stereo"}, options)
    return frames, MP3_DELAY, max(0, len(frames) * step - len(samples) - MP3_DELAY)


def encode_aac(samples: Samples, rate: int, kilobits: int) -> list[bytes]:
    """Raw blocks of AAC-LC, `AAC_FRAME` samples each; the sound lies `AAC_DELAY` samples late in them."""
    # Noise substitution is not in the AAC of MPEG-2, which a stream may say it is.
    return _encoded("aac", "FFmpeg", samples, rate, kilobits, _LAYOUTS, {"aac_pns": "0"})[0]


def encode_alac(samples: Samples, rate: int, bits: int) -> tuple[list[bytes], bytes]:
    """Packets of ALAC, 4,096 samples each, and the configuration they need."""
    top = 1 << (bits - 1)
    integers = np.clip(np.rint(samples * top), -top, top - 1).astype(np.int32)
    form = "s16p" if bits == 16 else "s32p"
    packed = integers.astype(np.int16) if bits == 16 else integers << (32 - bits)
    packets, _, extra = _encoded("alac", "FFmpeg", packed, rate, 0, {1: "mono", 2: "stereo"}, {}, form)
    return packets, extra


def encode_opus(samples: Samples, kilobits: int, *, speech: bool) -> tuple[list[bytes], bytes]:
    """Packets of Opus, 960 samples at 48 kHz each, and the header they need.

    `speech` codes with linear prediction (SILK), else with a transform (CELT).
    """
    options = {"application": "voip" if speech else "lowdelay", "frame_duration": "20", "vbr": "on"}
    if speech:
        options["cutoff"] = "8000"
    packets, _, extra = _encoded("libopus", "libopus", samples, 48_000, kilobits, _OPUS_LAYOUTS, options, "flt")
    return packets, extra


def _encoded(
    codec: str,
    maker: str,
    samples: NDArray[Any],
    rate: int,
    kilobits: int,
    layouts: dict[int, str],
    options: dict[str, str],
    form: str = "fltp",
) -> tuple[list[bytes], int, bytes]:
    """The packets, how many samples each has, and what their decoder needs to know."""
    channels = samples.shape[1]
    try:
        encoder: Any = av.CodecContext.create(codec, "w")
        encoder.sample_rate, encoder.format, encoder.layout = rate, form, layouts[channels]
        if kilobits:
            encoder.bit_rate = kilobits * 1000
        encoder.time_base = Fraction(1, rate)
        encoder.options = options
        encoder.open()
        step, packets = encoder.frame_size, []
        kind = np.float32 if form.startswith("flt") else samples.dtype
        for at in range(0, len(samples), step):
            piece = np.zeros((step, channels), kind)
            piece[: len(samples[at : at + step])] = samples[at : at + step]
            shaped = piece.T if form.endswith("p") else piece.reshape(1, -1)
            frame: Any = av.AudioFrame.from_ndarray(np.ascontiguousarray(shaped), form, layouts[channels])
            frame.sample_rate, frame.pts = rate, at
            packets += [bytes(packet) for packet in encoder.encode(frame)]
        packets += [bytes(packet) for packet in encoder.encode(None)]
    except (av.FFmpegError, ValueError, KeyError) as error:
        raise UnsupportedError(
            f"{maker} cannot encode {channels} channels at {rate} Hz, {kilobits} kbit/s: {error}",
            f"{maker} 无法按 {channels} 声道、{rate} Hz、{kilobits} kbit/s 编码：{error}",
        ) from error
    return packets, step, bytes(encoder.extradata or b"")

"""New recordings and films from samples and pictures: what a generator needs that has nothing but numbers.

FFmpeg through PyAV; MP3 by LAME, FLAC, and MP4 with H.264 (4:2:0, BT.709) and AAC.
Single-threaded and without encoder's dates, so that the same input gives the same bytes.
It knows nothing of labels.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from overt.errors import UnsupportedError

_SOUND = {
    ".mp3": ("libmp3lame", "s16p", {"b": "96000"}),
    ".flac": ("flac", "s16", {}),
}


def write_sound(samples: NDArray[np.int16], rate: int, target: Path) -> Path:
    """One channel of sound as MP3 or FLAC, by the target's ending."""
    if target.suffix not in _SOUND:
        raise UnsupportedError(f"sound cannot be written as {target.suffix}", f"无法写出 {target.suffix} 音频")
    codec, form, options = _SOUND[target.suffix]
    with av.open(str(target), "w") as file:
        stream: Any = file.add_stream(codec, rate=rate, layout="mono", format=form, options=options)
        _mux_sound(file, stream, samples, form)
    return target


def write_film(
    pictures: Iterable[NDArray[np.uint8]],
    pictures_per_second: int,
    samples: NDArray[np.int16],
    rate: int,
    target: Path,
) -> Path:
    """Pictures (rows, columns, red green blue; even sides) with one channel of sound, as MP4."""
    with av.open(str(target), "w", options={"movflags": "faststart"}) as file:
        film: Any = file.add_stream("libx264", rate=pictures_per_second)
        sound: Any = file.add_stream("aac", rate=rate, layout="mono")
        sound.bit_rate = 64_000
        film.pix_fmt = "yuv420p"
        film.thread_count = 1
        film.options = {"crf": "20", "preset": "medium"}
        film.codec_context.color_primaries = film.codec_context.color_trc = film.codec_context.colorspace = 1  # BT.709
        film.codec_context.color_range = 1
        for number, picture in enumerate(pictures):
            frame: Any = av.VideoFrame.from_ndarray(picture, format="rgb24")
            if number == 0:
                film.height, film.width = picture.shape[:2]
            frame = frame.reformat(format="yuv420p", dst_colorspace=1, dst_color_range=1)
            frame.pts, frame.time_base = number, Fraction(1, pictures_per_second)
            file.mux(film.encode(frame))
        file.mux(film.encode(None))
        _mux_sound(file, sound, samples, "fltp")
    return target


def _mux_sound(file: Any, stream: Any, samples: NDArray[np.int16], form: str) -> None:
    step, rate = 1024, stream.rate
    resampler = av.AudioResampler(format=form, layout="mono", rate=rate)
    for at in range(0, len(samples), step):
        frame: Any = av.AudioFrame.from_ndarray(samples[None, at : at + step].copy(), format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = rate, at, Fraction(1, rate)
        for piece in resampler.resample(frame):
            file.mux(stream.encode(piece))
    for piece in resampler.resample(None):
        file.mux(stream.encode(piece))
    file.mux(stream.encode(None))

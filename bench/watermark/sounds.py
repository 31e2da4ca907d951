"""26 attacks on sound: codecs, sampling rates and filters, noise and levels, and changes of time.

Sound is a pair: float32, samples x channels, and samples a second. Codecs and most filters are the ffmpeg program's.
"""

from __future__ import annotations

import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from bench.watermark.medium import Attack, Medium

Sound = tuple[NDArray[np.float32], int]
Random = np.random.Generator

OPUS_RATE = 48000  # Opus codes this rate and some below it, no other.


def ffmpeg(sound: Sound, *filters: str, rate: int = 0, suffix: str = "", codec: tuple[str, ...] = ()) -> Sound:
    """Through filters, through a codec and back where a suffix is given, and to another rate where one is given."""
    samples, given = sound
    rate = rate or given
    raw = ["-f", "f32le", "-ac", str(samples.shape[1])]
    source = [*raw, "-ar", str(given), "-i", "pipe:0", *(["-af", ",".join(filters)] if filters else [])]
    target = [*raw, "-ar", str(rate), "pipe:1"]
    data = np.ascontiguousarray(samples, np.float32).tobytes()
    if suffix:
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder, f"coded.{suffix}"))
            _run([*source, "-ar", str(OPUS_RATE if suffix == "ogg" else rate), *codec, path], data)
            out = _run(["-i", path, *target], b"")
    else:
        out = _run([*source, *target], data)
    return np.frombuffer(out, np.float32).reshape(-1, samples.shape[1]).copy(), rate


def _run(arguments: list[str], data: bytes) -> bytes:
    command = ["ffmpeg", "-v", "error", "-threads", "1", "-y", *arguments]
    return subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout


def coded(suffix: str, codec: str, rate: str) -> Attack:
    return lambda sound, _: ffmpeg(sound, suffix=suffix, codec=("-c:a", codec, "-b:a", rate))


def filtered(*filters: str) -> Attack:
    """Filters of ffmpeg; `{rate}` is the sound's."""
    return lambda sound, _: ffmpeg(sound, *(each.format(rate=sound[1]) for each in filters))


def resampled(rate: int) -> Attack:
    """Down and up again, where the sound has more."""
    return lambda sound, _: sound if rate >= sound[1] else ffmpeg(ffmpeg(sound, rate=rate), rate=sound[1])


def noisy(ratio: float) -> Attack:
    """White noise so many dB below the sound."""

    def attack(sound: Sound, random: Random) -> Sound:
        samples, rate = sound
        power = float(np.mean(samples**2)) + 1e-12
        noise = random.normal(0, (power / 10 ** (ratio / 10)) ** 0.5, samples.shape)
        return (samples + noise).astype(np.float32), rate

    return attack


def cut(seconds: float) -> Attack:
    """So many seconds from anywhere; of shorter sound, all but the beginning."""

    def attack(sound: Sound, random: Random) -> Sound:
        samples, rate = sound
        count = int(seconds * rate)
        if len(samples) <= count:
            return samples[int(0.137 * rate) :], rate
        begin = int(random.integers(0, len(samples) - count))
        return samples[begin : begin + count], rate

    return attack


def levelled(factor: float) -> Attack:
    return lambda sound, _: (np.clip(sound[0] * factor, -1, 1), sound[1])


def reverberant(sound: Sound, random: Random) -> Sound:
    """A room: a tail of noise that falls by 60 dB in half a second, 12 dB below the sound."""
    samples, rate = sound
    count = int(0.35 * rate)
    tail = random.normal(0, 1, count) * np.exp(-np.arange(count) / (0.07 * rate))
    tail[0] = 0
    tail *= 0.25 / np.sqrt(np.sum(tail**2))
    tail[0] = 1
    size = 1 << int(np.ceil(np.log2(len(samples) + count)))
    spectrum = np.fft.rfft(samples, size, axis=0) * np.fft.rfft(tail, size)[:, None]
    wet = np.fft.irfft(spectrum, size, axis=0)[: len(samples)]
    return (wet * 0.9).astype(np.float32), rate


def telephoned(sound: Sound, _: Random) -> Sound:
    """300 to 3400 Hz, 8 kHz, mu-law."""
    narrow = ffmpeg(sound, "highpass=f=300,lowpass=f=3400", rate=8000)
    return ffmpeg(ffmpeg(narrow, suffix="wav", codec=("-c:a", "pcm_mulaw")), rate=sound[1])


def to_16_bits(sound: Sound, _: Random) -> Sound:
    return (np.rint(np.clip(sound[0], -1, 1) * 32767) / 32767).astype(np.float32), sound[1]


EQUALIZED = tuple(f"equalizer=f={pitch}:t=q:w=1:g={gain}" for pitch, gain in ((400, 6), (2500, -6), (7000, 4)))
GROUPS: dict[str, dict[str, Attack]] = {
    "untouched": {"none": lambda sound, _: sound},
    "codec": {
        "mp3_128": coded("mp3", "libmp3lame", "128k"),
        "mp3_64": coded("mp3", "libmp3lame", "64k"),
        "aac_128": coded("m4a", "aac", "128k"),
        "aac_64": coded("m4a", "aac", "64k"),
        "opus_32": coded("ogg", "libopus", "32k"),
        "opus_24": coded("ogg", "libopus", "24k"),
    },
    "filter": {
        "resample16k": resampled(16000),
        "resample8k": resampled(8000),
        "lowpass4k": filtered("lowpass=f=4000", "lowpass=f=4000"),
        "highpass300": filtered("highpass=f=300", "highpass=f=300"),
        "eq": filtered(*EQUALIZED),
        "telephone": telephoned,
    },
    "noise": {
        "pcm16": to_16_bits,
        **{f"noise{ratio}": noisy(ratio) for ratio in (30, 20, 10)},
        "volume0.5": levelled(0.5),
        "volume1.5clip": levelled(1.5),
        "echo": filtered("aecho=0.9:0.6:120:0.35"),
        "reverb": reverberant,
    },
    "time": {
        **{f"speed{factor}": filtered(f"asetrate={{rate}}*{factor}", "aresample={rate}") for factor in (0.95, 1.05)},
        **{f"stretch{factor}": filtered(f"atempo={factor}") for factor in (0.95, 1.05)},
        "cut5s": cut(5),
    },
}


def read(path: Path, longest: int) -> Sound:
    """The sound, at most `longest` seconds of it (0: all)."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return samples[: longest * rate or None], rate


def quality(clean: Sound, marked: Sound) -> dict[str, float]:
    """Signal-to-noise ratio in dB and, where their packages are installed, PESQ wide-band and ViSQOL.

    PESQ (ITU-T P.862.2) is at most 4.64, ViSQOL at 48 kHz at most 4.73.
    """
    (one, rate), (other, _) = clean, marked
    noise = float(np.sum(np.square(one - other, dtype=np.float64))) + 1e-20
    monos = one.mean(axis=1), other.mean(axis=1)
    measured = {"snr": 10 * float(np.log10(np.sum(np.square(one, dtype=np.float64)) / noise))}
    with suppress(ImportError):
        from pesq import pesq  # noqa: PLC0415  # has no wheels, so it is not in the project's environment

        measured["pesq"] = float(pesq(16000, *(soxr.resample(mono, rate, 16000) for mono in monos), "wb"))
    with suppress(ImportError):
        from visqol import VisqolApi  # noqa: PLC0415  # needs libsvm, which has no wheels

        api = VisqolApi()
        api.create(mode="audio")
        wide = [soxr.resample(mono, rate, 48000).astype(np.float64) for mono in monos]
        measured["visqol"] = float(api.measure_from_arrays(*wide, sample_rate=48000).moslqo)
    return measured


def plain(sound: Sound) -> None:
    """A WAV file of 16 bits, written and read."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "plain.wav")
        soundfile.write(path, *sound, subtype="PCM_16")
        soundfile.read(path)


SOUNDS = Medium(
    kind="audio",
    folder="audio",
    unit="s",
    groups=GROUPS,
    read=read,
    quality=quality,
    plain=plain,
    units=lambda sound: len(sound[0]) / sound[1],
)

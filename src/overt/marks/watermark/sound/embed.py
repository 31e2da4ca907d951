"""Writing a mark into sound: the level of each cell swings by a few decibels.

All channels get the same change. Where the sound already swings as the mark wants it, it is changed less; where it
swings the other way, more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import fft

from overt.errors import UnsupportedError
from overt.language import Text
from overt.marks.watermark import code
from overt.marks.watermark.sound import lattice, levels, swing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from overt.marks.watermark.code import Bits
    from overt.marks.watermark.keys import Key

    Floats = NDArray[np.float32]

SHORTEST: dict[Bits, float] = {64: 8.0, 40: 3.0}
"""Seconds of sound from which an id of so many bits fits."""
STRENGTH = 1.8
"""Decibels of the swing in loud cells."""
BLOCK = 24.96
"""Seconds that are marked together: eight periods."""
RATES = (8000, 192000)
_BY_LEVEL = ([-40, -25, -15, -5, 5, 15, 25], [1.3, 1.5, 1.5, 1.3, 0.8, 0.45, 0.3])
_BY_OWN = ([-12, -7, -4, 0, 2, 4, 12], [0.0, 1.2, 2.5, 1.6, 0.6, 0.0, 0.0])
_FRAME = 0.032  # Seconds of the frames in which levels are changed, half overlapping.
_PER_DECIBEL = np.float32(np.log(10) / 20)


@dataclass(frozen=True, slots=True)
class SoundReport:
    """How a sound was marked: `snr` in dB, the mean `strength` in dB, and how many seconds."""

    bits: Bits
    snr: float
    strength: float
    seconds: float


def embed(samples: Floats, rate: float, value: int, bits: Bits, key: Key) -> tuple[Floats, SoundReport]:
    """Sound that carries an id.

    Args:
        samples: float32, samples x channels, -1 to 1.
        rate: samples a second.
        value: the id.
        bits: its length.
        key: the operator's key.

    Raises:
        UnsupportedError: The sound is too short for so long an id, silent, or of a rate that carries none.
    """
    _check(samples, rate, bits)
    symbols = lattice.filled(code.symbols(value, bits, lattice.room(), key.secret), key.presence)
    marked = np.empty_like(samples)
    change = whole = strength = 0.0
    per_block = round(BLOCK * rate)
    blocks = range(0, len(samples), per_block)
    for begin in blocks:
        end = min(begin + per_block, len(samples))
        gains, first = _gains(samples, rate, begin, end, symbols)
        delta = _changed(samples, rate, begin, end, gains, first)
        marked[begin:end] = samples[begin:end] + delta
        change += float(np.sum(np.square(delta, dtype=np.float64)))
        whole += float(np.sum(np.square(samples[begin:end], dtype=np.float64)))
        strength += float(np.mean(np.abs(gains))) / len(blocks)
    np.clip(marked, -1, 1, out=marked)
    snr = 10 * np.log10(whole / change) if change else np.inf
    return marked, SoundReport(bits, float(snr), strength, len(samples) / rate)


def _check(samples: Floats, rate: float, bits: Bits) -> None:
    seconds = len(samples) / rate
    if not RATES[0] <= rate <= RATES[1]:
        raise UnsupportedError(
            f"sound of {rate:g} samples a second carries no watermark",
            f"采样率为 {rate:g} Hz 的音频无法承载水印",
            hint=Text(zh="请转换为 16 至 48 kHz。", en="Convert it to 16 to 48 kHz."),
        )
    if seconds < SHORTEST[bits]:
        raise UnsupportedError(
            f"{seconds:.1f} s of sound are too short for a watermark of {bits} bits ({SHORTEST[bits]:g} s)",
            f"{seconds:.1f} 秒的音频过短，无法承载 {bits} 位水印（至少 {SHORTEST[bits]:g} 秒）",
            hint=Text(
                zh="3 秒起可用 40 位水印；更短的音频请使用其他标识。",
                en="From 3 s an id of 40 bits fits; shorter sound gets the other marks.",
            ),
        )
    if not np.any(np.abs(samples) > 1e-4):
        raise UnsupportedError(
            "silence carries no watermark",
            "静音无法承载水印",
            hint=Text(zh="请使用其他标识。", en="Use the other marks."),
        )


def _gains(samples: Floats, rate: float, begin: int, end: int, symbols: Floats) -> tuple[Floats, int]:
    """The swing of each cell in dB, signed, from the column in which `begin` lies; and that column."""
    first = int(begin / rate / lattice.CELL)
    last = int(np.ceil(end / rate / lattice.CELL)) + 1
    first_frame = 4 * first
    power = levels.banded(levels.spectrum(samples, rate, first_frame, 4 * (last - first) + 1), rate)
    found, mean, column = swing.raw(power, first_frame, swing.Timing())
    columns = last - first
    wanted = symbols[np.arange(first, last) % lattice.COLUMNS]
    own = np.zeros_like(wanted)
    loud = np.full_like(wanted, -99)
    there = slice(column - first, column - first + len(found))
    level = 10 * np.log10(mean + levels.FAINTEST)
    own[there] = swing.against_neighbours(found)[: columns - there.start]
    loud[there] = (level - 10 * np.log10(np.mean(mean) + levels.FAINTEST))[: columns - there.start]
    base = STRENGTH * np.interp(loud, *_BY_LEVEL)
    push = np.interp(own * wanted, *_BY_OWN)
    return (wanted * base * push).astype(np.float32), first


def _changed(samples: Floats, rate: float, begin: int, end: int, gains: Floats, first: int) -> Floats:
    """What is to be added to samples `begin` to `end`."""
    half = round(_FRAME * rate / 2)
    size = 2 * half
    frame_first = begin // half - 1
    count = end // half - frame_first + 2
    starts = frame_first * half
    stop = starts + (count + 1) * half
    inside = samples[max(starts, 0) : min(stop, len(samples))]
    padded = np.pad(inside, ((max(-starts, 0), max(stop - len(samples), 0)), (0, 0)))
    middles = (frame_first + 1 + np.arange(count)) * half / rate
    turns = middles / lattice.CELL
    columns = np.floor(turns).astype(np.int64)
    row = gains[np.clip(columns - first, 0, len(gains) - 1)] * np.sin(2 * np.pi * (turns - columns))[:, None]
    bins = np.arange(half + 1) * rate / size
    place = np.clip((bins - lattice.LOWEST) / lattice.WIDTH - 0.5, -1, lattice.BANDS)
    used = slice(int(np.searchsorted(place, -1, "right")), int(np.searchsorted(place, lattice.BANDS)))
    low = np.floor(place[used]).astype(np.int64) + 1
    share = (place[used] + 1 - low).astype(np.float32)
    row = np.pad(row.astype(np.float32) * _PER_DECIBEL, ((0, 0), (1, 1)))
    factor = np.expm1(row[:, low] * (1 - share) + row[:, low + 1] * share)
    window = np.sin(np.pi * (np.arange(size) + 0.5) / size).astype(np.float32)
    added = np.zeros((count + 1, half, samples.shape[1]), np.float32)
    for channel in range(samples.shape[1]):
        views = np.lib.stride_tricks.sliding_window_view(padded[:, channel], size)[::half][:count]
        spectrum = fft.rfft(views * window, axis=1)
        changed = np.zeros_like(spectrum)
        changed[:, used] = spectrum[:, used] * factor
        waves = fft.irfft(changed, size, axis=1).astype(np.float32) * window
        added[:-1, :, channel] += waves[:, :half]
        added[1:, :, channel] += waves[:, half:]
    delta: Floats = added.reshape(-1, samples.shape[1])[begin - starts : end - starts]
    return delta

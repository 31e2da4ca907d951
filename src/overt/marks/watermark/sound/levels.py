"""The level of sound in bands of pitch, every few milliseconds: what the mark is written into and read from.

Only the mean of a sound's channels is looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import fft

from overt.marks.watermark.sound import lattice

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from overt.marks.watermark.sound.excerpt import Excerpt

    Floats = NDArray[np.float32]
    Doubles = NDArray[np.float64]

STEP = lattice.CELL / 4
"""Seconds from one frame to the next."""
WINDOW = 0.036
"""Seconds that a frame sees, under a Hann window."""
FAINTEST = 1e-10
"""Power below which there is nothing: about -100 dB of full scale in a band. It keeps silence finite."""
_REACH = 1.13  # The highest frequency kept, in multiples of the top band's: as far as a change of pitch is looked for.


def frames(count: int, rate: float) -> int:
    """How many frames there are over `count` samples."""
    return int(count / rate / STEP) + 1


def summed(sound: Excerpt, first: int, count: int) -> Doubles:
    """The power spectra of frames `first` to `first + count`, summed up from the lowest frequency: frames x borders.

    Frame k has its middle at `k * STEP` seconds. Border k lies half a bin below bin k.
    """
    length, size = _length(sound.rate), _size(sound.rate)
    starts = np.rint(np.arange(first, first + count) * STEP * sound.rate).astype(np.int64) - length // 2
    inside = sound.between(int(starts[0]), int(starts[-1]) + length)
    views = np.lib.stride_tricks.sliding_window_view(mono(inside), length)[starts - starts[0]]
    window = np.hanning(length + 1)[:length].astype(np.float32)
    window *= np.float32(1 / np.sqrt(np.sum(window**2) * size))
    found = fft.rfft(views * window, size, axis=1)[:, : _bins(sound.rate)]
    borders = np.zeros((count, found.shape[1] + 1), np.float64)
    np.cumsum(np.square(found.real) + np.square(found.imag), axis=1, out=borders[:, 1:])
    return borders


def banded(summed_up: Doubles, rate: float, pitch: float = 1.0) -> Floats:
    """The power in each band, all bands moved up by the factor `pitch`: frames x `lattice.BANDS`.

    Bands above half the sampling rate are empty.
    """
    last = summed_up.shape[1] - 1
    places = np.clip(lattice.edges() * pitch * _size(rate) / rate + 0.5, 0, last)
    low = np.minimum(places.astype(np.int64), last - 1)
    share = places - low
    at_edges = summed_up[:, low] * (1 - share) + summed_up[:, low + 1] * share
    power: Floats = np.diff(at_edges, axis=1).astype(np.float32)
    return power


def mono(samples: Floats) -> Floats:
    """The mean of all channels."""
    share = np.full(samples.shape[1], 1 / samples.shape[1], np.float32)
    mean: Floats = samples @ share
    return mean


def decibels(power: Floats) -> Floats:
    """Levels in dB."""
    level: Floats = np.float32(10) * np.log10(power + np.float32(FAINTEST))
    return level


def _length(rate: float) -> int:
    return round(WINDOW * rate)


def _size(rate: float) -> int:
    return int(fft.next_fast_len(_length(rate), real=True))


def _bins(rate: float) -> int:
    top = lattice.edges()[-1] * _REACH
    return min(_size(rate) // 2 + 1, int(top * _size(rate) / rate) + 2)

"""The level of sound in bands of pitch, every few milliseconds: what the mark is written into and read from.

Sound is float32, samples x channels, of any rate. Only the mean of its channels is looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import fft

from overt.marks.watermark.sound import lattice

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

STEP = lattice.CELL / 4
"""Seconds from one frame to the next."""
WINDOW = 0.04
"""Seconds that a frame sees, under a Hann window."""
FAINTEST = 1e-10
"""Power below which there is nothing: about -100 dB of full scale in a band. It keeps silence finite."""
_REACH = 1.13  # The highest frequency kept, in multiples of the top band's: as far as a change of pitch is looked for.


def frames(count: int, rate: float) -> int:
    """How many frames there are over `count` samples."""
    return int(count / rate / STEP) + 1


def spectrum(samples: Floats, rate: float, first: int, count: int) -> Floats:
    """The power spectra of frames `first` to `first + count`: frames x bins, bin k at `k / (size(rate) / rate)` Hz.

    Frame k has its middle at `k * STEP` seconds. Outside the sound there is silence.
    """
    length = _length(rate)
    starts = np.rint(np.arange(first, first + count) * STEP * rate).astype(np.int64) - length // 2
    begin, end = int(starts[0]), int(starts[-1]) + length
    inside = samples[max(begin, 0) : max(end, 0)]
    mono = inside.mean(axis=1) if inside.shape[1] > 1 else inside[:, 0]
    mono = np.pad(mono, (max(-begin, 0), max(end - begin - max(-begin, 0) - len(mono), 0)))
    views = np.lib.stride_tricks.sliding_window_view(mono, length)[starts - begin]
    window = np.hanning(length + 1)[:length].astype(np.float32)
    window *= np.float32(1 / np.sqrt(np.sum(window**2) * size(rate)))
    found = fft.rfft(views * window, size(rate), axis=1)[:, : _bins(rate)]
    power: Floats = np.square(found.real) + np.square(found.imag)
    return power


def banded(power: Floats, rate: float, pitch: float = 1.0) -> Floats:
    """The power in each band, all bands moved up by the factor `pitch`: frames x `lattice.BANDS`.

    Bands above half the sampling rate are empty.
    """
    summed = np.zeros((len(power), power.shape[1] + 1), np.float64)
    np.cumsum(power, axis=1, out=summed[:, 1:])
    places = np.clip(lattice.edges() * pitch * size(rate) / rate + 0.5, 0, power.shape[1])
    low = np.minimum(places.astype(np.int64), power.shape[1] - 1)
    share = places - low
    at_edges = summed[:, low] * (1 - share) + summed[:, low + 1] * share
    return np.diff(at_edges, axis=1).astype(np.float32)


def size(rate: float) -> int:
    """The length of the Fourier transform at a sampling rate."""
    return int(fft.next_fast_len(_length(rate), real=True))


def _length(rate: float) -> int:
    return round(WINDOW * rate)


def _bins(rate: float) -> int:
    top = lattice.edges()[-1] * _REACH
    return min(size(rate) // 2 + 1, int(top * size(rate) / rate) + 2)

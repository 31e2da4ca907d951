"""Sound as numbers: sampling rate, loudness, the ends of a recording.

The loudness is a gated mean square in the manner of ITU-R BS.1770-5, annex 1, without its frequency weighting:
it serves to set a label as loud as its content, not to state a loudness in LUFS.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overt.errors import BudgetError

Samples = NDArray[np.float64]
"""Full scale is 1.0. One dimension is one channel; two are (frames, channels)."""

MAX_VALUES = 48_000_000
"""Samples of all channels in one excerpt: half a minute of 7.1 at 192 kHz."""
BLOCK_SECONDS = 0.4
ABSOLUTE_GATE = 1e-7
"""Mean square of -70 dB: below it there is silence."""
RELATIVE_GATE = 0.1
"""Blocks 10 dB below the mean are pauses."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A stretch of a recording: all its channels, the rate, and where it begins.

    `losses` counts the pieces of the stretch that could not be decoded.
    """

    samples: Samples
    rate: int
    start: float
    losses: int = 0

    @property
    def mono(self) -> Samples:
        """The mean of the channels that are not silent all through.

        Leaving the silent ones out keeps a voice in the centre of a surround mix as loud as it is.
        """
        if not len(self.samples):
            return np.zeros(0)
        loud = np.einsum("ij,ij->j", self.samples, self.samples) / len(self.samples) > ABSOLUTE_GATE / 100
        weights = loud / loud.sum() if loud.any() else np.full(len(loud), 1 / len(loud))
        return np.asarray(self.samples @ weights)


def afford(frames: int, channels: int) -> None:
    """Raise `BudgetError` for more samples than one excerpt may hold; asked before they are decoded."""
    if frames * channels > MAX_VALUES:
        raise BudgetError(
            f"{frames} samples of {channels} channels are more than is decoded at once",
            f"{channels} 声道共 {frames} 个采样，超过一次解码的限额",
        )


def resample(samples: Samples, source: int, target: int) -> Samples:
    """One channel at another rate, by cutting or widening its spectrum; the length is rounded to the nearest sample."""
    if source == target or not len(samples):
        return samples
    common = math.gcd(source, target)
    step = source // common
    length = -(-len(samples) // step) * step
    spectrum = np.fft.rfft(samples, length)
    wanted = length // step * (target // common)
    bins = min(len(spectrum), wanted // 2 + 1)
    changed = np.fft.irfft(spectrum[:bins], wanted) * (target / source)
    return np.asarray(changed[: round(len(samples) * target / source)])


def power(samples: Samples, rate: int) -> float:
    """The mean square of the loud parts, summed over the channels; 0 for silence."""
    if samples.ndim == 1:
        samples = samples[:, None]
    block = max(1, round(BLOCK_SECONDS * rate))
    squares = np.sum(np.nan_to_num(samples, posinf=0.0, neginf=0.0) ** 2, axis=1)
    whole = len(squares) // block * block
    if whole:
        means = squares[:whole].reshape(-1, block).mean(axis=1)
    else:
        means = np.array([squares.mean()]) if len(squares) else np.zeros(1)
    means = means[means > ABSOLUTE_GATE]
    if not len(means):
        return 0.0
    return float(means[means >= means.mean() * RELATIVE_GATE].mean())


def decibels(mean_square: float) -> float:
    """A mean square as decibels below full scale."""
    return 10 * math.log10(max(mean_square, 1e-20))


FRONT = 0b111
"""Front left, front right, front centre in a channel mask."""
USUAL_MASKS = {1: 0x4, 2: 0x3, 3: 0x7, 4: 0x33, 5: 0x37, 6: 0x3F, 7: 0x13F, 8: 0x63F}
"""Masks of a channel count that comes without one (KSAUDIO_SPEAKER_*, and the order of FLAC, RFC 9639 9.1.3)."""


def spread(label: Samples, channels: int, mask: int = 0) -> Samples:
    """A label on the front channels of a layout, the other channels silent, with the power of the one channel."""
    if not mask or mask.bit_count() != channels:
        mask = USUAL_MASKS.get(channels, 0)
    speakers = [bit for bit in range(32) if mask >> bit & 1]
    front = [index for index, bit in enumerate(speakers) if FRONT >> bit & 1] or list(range(channels))
    result = np.zeros((len(label), channels))
    result[:, front] = (label / math.sqrt(len(front)))[:, None]
    return result

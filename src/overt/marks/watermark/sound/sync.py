"""Where the lattice lies: the keyed pilot is looked for over time, speed and pitch.

The swing of all cells is a line at one frequency of the levels: a turn in each `CELL` seconds. Levels are therefore
turned into complex numbers, whose size is how much a band swings at that rate and whose angle is when. The pilot is
correlated with them by Fourier transforms, for each scale of time and each pitch of a grid; what repeats with the
period is added up, with scales between those of the grid; the angle of the sum says where between two frames it lies.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy import fft, ndimage

from overt.marks.watermark.sound import lattice, levels
from overt.marks.watermark.sound.swing import NEIGHBOURS, Timing, above_floor

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Doubles = NDArray[np.float64]
    Complexes = NDArray[np.complex64]

SCALES = 1 + 0.005 * np.arange(-21, 22)
"""Scales of time that are looked at: 0.895 to 1.105. Between two of them the pilot still holds together."""
PITCHES = 1 + 0.01 * np.arange(-10, 11)
_BANDS = slice(0, 48)  # Those below 4 kHz: enough to find the lattice with.
_BLOCK = 1024  # Frames of a Fourier transform.
_FRAMES_OF_PERIOD = 4 * lattice.COLUMNS
_LONGEST = int(_FRAMES_OF_PERIOD * SCALES[-1]) + 2
_SURE = 9.0  # A pilot's score from which no other geometry is looked at.


@dataclass(frozen=True, slots=True)
class Sighting:
    """A place where the pilot may lie. Its score exceeds c by chance with a probability of about exp(-c * c / 2)."""

    timing: Timing
    score: float


def sightings(power: Floats, rate: float, presence: bytes, first_frame: int, count: int) -> tuple[list[Sighting], int]:
    """The likeliest places of the pilot in power spectra, best first, and how many places were looked at."""
    found: list[Sighting] = []
    tries = 0
    for pitch, scales in _grid():
        turned = _turned(levels.banded(power, rate, pitch)[:, _BANDS])
        norm = float(np.sqrt(np.sum(np.square(np.abs(turned))) / (8 * lattice.PILOT_SHARE)))
        if not norm:
            return [], tries
        lags = _Lags(turned, presence)
        for scale in scales:
            sums, fine = _folded(lags.of(scale), len(power), scale)
            tries += sums.size
            best = np.unravel_index(np.argmax(np.abs(sums)), sums.shape)
            total = complex(sums[best])
            between = -(np.angle(total) + np.pi / 2) * 2 / np.pi
            between = (between + 2) % 4 - 2
            start = (first_frame + float(best[1]) + between) * levels.STEP
            timing = Timing(start, float(fine[best[0]]), pitch)
            found.append(Sighting(timing, abs(total) / norm))
        found.sort(key=lambda each: -each.score)
        if found[0].score > _SURE:
            break
    return [replace(each) for each in _apart(found)[:count]], tries


def _grid() -> Iterator[tuple[float, Sequence[float]]]:
    """Pitches, and the scales of time that are looked at with each: unchanged, stretched, faster or slower, shifted."""
    yield 1.0, (1.0,)
    yield 1.0, [float(scale) for scale in SCALES if scale != 1]
    for pitch in sorted(PITCHES, key=lambda each: abs(each - 1)):
        if pitch != 1:
            near = [float(scale) for scale in SCALES if abs(scale * pitch - 1) < 0.006]
            yield float(pitch), sorted({1.0, *near})


def _apart(found: list[Sighting]) -> list[Sighting]:
    kept: list[Sighting] = []
    for each in found:
        if all(
            abs(each.timing.start - other.timing.start) > lattice.CELL
            or abs(each.timing.scale - other.timing.scale) > 0.001
            for other in kept
        ):
            kept.append(each)
    return kept


def _turned(power: Floats) -> Complexes:
    """The swing at one turn a cell, beginning at each frame: its size in deviations, weighted by level."""
    level = 10 * np.log10(power + levels.FAINTEST)
    level = np.pad(level, ((0, 4), (0, 0)), mode="edge")
    turned = np.empty(power.shape, np.complex64)
    turned.real = (level[:-4] + level[4:]) / 2 - level[2:-2]
    turned.imag = level[3:-1] - level[1:-3]
    for part in (turned.real, turned.imag):
        part -= ndimage.uniform_filter1d(part, NEIGHBOURS, axis=1, mode="nearest")
    size = np.abs(turned)
    spread = ndimage.uniform_filter(size, (41, 9), mode="nearest") + 0.5
    weight = np.clip((above_floor(power) - 1) / 8, 0, 1)
    turned *= weight * np.minimum(1 / spread, 2 / np.maximum(size, 1e-6))
    return turned


class _Lags:
    """The correlation of the pilot with what turns, for all lags from `-_LONGEST` on."""

    def __init__(self, turned: Complexes, presence: bytes) -> None:
        self._presence = presence
        self._frames = len(turned)
        self._taken = _BLOCK - _LONGEST
        self._blocks = [
            fft.fft(turned[begin : begin + self._taken], _BLOCK, axis=0)
            for begin in range(0, self._frames, self._taken)
        ]

    def of(self, scale: float) -> Complexes:
        pilot = _pilot(self._presence, scale)
        lags = np.zeros(len(self._blocks) * self._taken + _LONGEST, np.complex64)
        for index, block in enumerate(self._blocks):
            part = fft.ifft(np.einsum("fb,fb->f", block, pilot))
            lags[index * self._taken : index * self._taken + _BLOCK] += np.roll(part, _LONGEST)
        return lags


@lru_cache(maxsize=2 * len(SCALES))
def _pilot(presence: bytes, scale: float) -> Complexes:
    """The transform of the pilot at a scale of time, conjugated."""
    starts = 4 * scale * np.arange(lattice.COLUMNS)
    frames = np.rint(starts).astype(np.int64)
    drawn = np.zeros((_BLOCK, _BANDS.stop), np.complex64)
    symbols = lattice.pilot(presence)[:, _BANDS]
    np.add.at(drawn, frames, symbols * np.exp(-0.5j * np.pi * (starts - frames))[:, None])
    found: Complexes = fft.fft(drawn, axis=0).conj()
    return found


def _folded(lags: Complexes, frames: int, scale: float) -> tuple[Complexes, Doubles]:
    """What repeats with the period, added up: fine scales x starts in frames; and those scales."""
    periods = int(np.ceil((frames + _LONGEST) / (_FRAMES_OF_PERIOD * scale)))
    step = 0.7 / (periods * _FRAMES_OF_PERIOD)
    most = max(1, int(np.ceil(0.0025 / step))) if periods > 1 else 0
    fine = scale + step * np.arange(-most, most + 1)
    starts = np.arange(int(_FRAMES_OF_PERIOD * scale))
    sums = np.zeros((len(fine), len(starts)), np.complex64)
    for index in range(-1, periods):
        exact = starts + (index * _FRAMES_OF_PERIOD * fine)[:, None]
        near = np.rint(exact).astype(np.int64)
        turn = np.exp(0.5j * np.pi * (exact - near)[:, :1])
        place = np.clip(near + _LONGEST, 0, len(lags) - 1)
        inside = (near >= -_LONGEST) & (near + _LONGEST < len(lags))
        sums += lags[place] * inside * turn
    return sums, fine

"""Where the lattice lies: the keyed pilot is looked for over time, speed and pitch.

The swing of all cells is a line at one frequency of the levels: a turn in each `CELL` seconds. Levels are therefore
turned into complex numbers, whose size is how much a band swings at that rate and whose angle is when. The pilot is
correlated with them by Fourier transforms. What repeats with the period is added up, with scales of time between those
of the grid; the angle of the sum says where between two frames it lies.

First the sound is taken as it is. Where that shows no pilot, a grid of speeds and pitches is tried on the loudest
twelve seconds, roughly; its best places are then looked at closely in all of the sound.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy import fft

from overt.marks.watermark.sound import lattice, levels
from overt.marks.watermark.sound.swing import NEIGHBOURS, TYPICAL, Timing, above_floor, smoothed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Doubles = NDArray[np.float64]
    Complexes = NDArray[np.complex64]

_SCALE_STEP, _PITCH_STEP = 0.00625, 1 / 60
SCALES = 1 + _SCALE_STEP * np.arange(-16, 17)
"""Scales of time that are looked at: 0.9 to 1.1. Between two of them the pilot still holds together."""
PITCHES = 1 + _PITCH_STEP * np.arange(-6, 7)
"""Pitches that are looked at. Half a step moves the highest band of the pilot by a third of its width."""
_BANDS = slice(0, 38)  # Those below 4 kHz: enough to find the lattice with.
_BLOCK = 1024  # Frames of a Fourier transform.
_IN_PERIOD = 4 * lattice.COLUMNS  # Frames of a period.
_LONGEST = int(_IN_PERIOD * (SCALES[-1] + _SCALE_STEP)) + 2
_EXCERPT = _BLOCK - _LONGEST
_SURE = 9.0  # A pilot's score from which no other geometry is looked at.
_CLOSELY = 4  # Places of the grid that are looked at closely.
_BETWEEN = 8  # Places between two frames that are told apart.
_FINEST = 0.7  # Frames by which a fine scale of time may move the end of the sound against its neighbour's.


@dataclass(frozen=True, slots=True)
class Sighting:
    """A place where the pilot may lie. Its score exceeds c by chance with a probability of about exp(-c * c / 2)."""

    timing: Timing
    score: float


@dataclass(frozen=True, slots=True)
class Sightings:
    """The likeliest places of the pilot, best first, and how many places were looked at."""

    best: tuple[Sighting, ...]
    places: int


def sightings(summed: Doubles, rate: float, presence: bytes, first_frame: int, count: int) -> Sightings:
    """The `count` likeliest places of the pilot in summed power spectra whose first frame is `first_frame`.

    Where the pilot of sound that was not cut lies, is among them: much sound is not, and then noise must be far louder
    before the id is lost than before its place is.
    """
    search = _Search(summed, rate, presence, first_frame)
    found = search.closely(1.0, 1.0)
    if not found:
        return Sightings((), 0)
    if found[0].score < _SURE:
        for pitch, scale in search.roughly():
            found.extend(search.closely(pitch, scale))
    found.sort(key=lambda each: -each.score)
    kept: list[Sighting] = []
    for each in found:
        if not any(_same(each.timing, other.timing) for other in kept):
            kept.append(each)
    uncut = search.uncut()
    if not any(_same(uncut.timing, other.timing) for other in kept[:count]):
        kept[count - 1 :] = [uncut]
    return Sightings(tuple(kept[:count]), search.places)


def _same(one: Timing, other: Timing) -> bool:
    period = lattice.PERIOD * one.scale
    apart = abs((one.start - other.start + period / 2) % period - period / 2)
    return apart < lattice.CELL and abs(one.scale - other.scale) < _SCALE_STEP


class _Search:
    """The search in one block of sound for one presence key."""

    def __init__(self, summed: Doubles, rate: float, presence: bytes, first_frame: int) -> None:
        self._summed, self._rate, self._presence, self._first_frame = summed, rate, presence, first_frame
        self._lags: dict[float, _Lags] = {}
        self.places = 0

    def closely(self, pitch: float, scale: float) -> list[Sighting]:
        """The two best places at a pitch and near a scale of time, in all of the block; none in silence."""
        if pitch not in self._lags:
            self._lags[pitch] = _Lags(_turned(levels.banded(self._summed, self._rate, pitch)[:, _BANDS]))
        lags = self._lags[pitch]
        if not lags.norm:
            return []
        sums, fine = _folded(lags.of(self._presence, scale), len(self._summed), scale)
        self.places += sums.size * _BETWEEN
        size = np.abs(sums)
        found = []
        for _ in range(2):
            row, start = (int(each) for each in np.unravel_index(np.argmax(size), size.shape))
            found.append(self._sighting(complex(sums[row, start]), start, Timing(0, float(fine[row]), pitch)))
            near = np.abs((np.arange(size.shape[1]) - start + _IN_PERIOD // 2) % _IN_PERIOD - _IN_PERIOD // 2) <= 4
            size[:, near] = 0
        return found

    def uncut(self) -> Sighting:
        """The place where the pilot lies if nothing was cut, stretched or shifted."""
        sums, fine = _folded(self._lags[1.0].of(self._presence, 1.0), len(self._summed), 1.0)
        start = -self._first_frame % _IN_PERIOD
        return self._sighting(complex(sums[len(fine) // 2, start]), start, Timing())

    def _sighting(self, total: complex, start: int, timing: Timing) -> Sighting:
        """The place that a sum over the pilot, begun at a frame, tells of: its angle says where between two frames."""
        between = (1 - np.angle(total) * 2 / np.pi) % 4 - 2
        began = (self._first_frame + start + round(float(between) * _BETWEEN) / _BETWEEN) * levels.STEP
        return Sighting(replace(timing, start=began), abs(total) / self._lags[timing.pitch].norm)

    def roughly(self) -> list[tuple[float, float]]:
        """Pitches and scales of time where the pilot is likeliest, by the loudest part of the block."""
        loudness = np.sqrt(self._summed[:, -1])
        heard = np.convolve(loudness, np.ones(min(_EXCERPT, len(loudness))), "valid")
        excerpt = self._summed[int(np.argmax(heard)) :][:_EXCERPT]
        found: list[tuple[float, float, float]] = []
        for pitch, scales in _grid():
            lags = _Lags(_turned(levels.banded(excerpt, self._rate, pitch)[:, _BANDS]))
            if not lags.norm:
                return []
            for scale in scales:
                size = (np.abs(lags.of(self._presence, scale)) / lags.norm).astype(np.float32)
                found.append((_repeating(np.square(size), len(excerpt), scale), pitch, scale))
                self.places += _IN_PERIOD * _BETWEEN * int(_SCALE_STEP * len(self._summed) / _FINEST + 1)
        found.sort(reverse=True)
        return [(pitch, scale) for _, pitch, scale in found[:_CLOSELY]]


def _grid() -> Iterator[tuple[float, list[float]]]:
    """Pitches, and the scales of time that are looked at with each: stretched, then faster, slower or shifted."""
    for pitch in PITCHES:
        unchanged = abs(pitch - 1) < _PITCH_STEP / 2
        yield (
            float(pitch),
            [
                float(scale)
                for scale in SCALES
                if unchanged or abs(scale - 1) < _SCALE_STEP / 2 or abs(scale * pitch - 1) < 0.6 * _PITCH_STEP
            ],
        )


def _turned(power: Floats) -> Complexes:
    """The swing at one turn a cell, beginning at each frame: bounded as in `swing`, weighted by level."""
    level = np.pad(levels.decibels(power), ((0, 4), (0, 0)), mode="edge")
    turned = np.empty(power.shape, np.complex64)
    turned.real = (level[:-4] + level[4:]) / 2 - level[2:-2]
    turned.imag = level[3:-1] - level[1:-3]
    turned -= smoothed(turned.view(np.float32).reshape(*turned.shape, 2), 1, NEIGHBOURS).view(np.complex64)[..., 0]
    size = np.abs(turned)
    usual = smoothed(size, 41, 9) + np.float32(0.5)
    cell = np.roll(smoothed(power, 5, 1), -2, axis=0)
    weight = np.clip((above_floor(cell) - 2) / 5, 0, 1)
    turned *= weight / (usual * (1 + np.square(size / usual / TYPICAL)))
    return turned


class _Lags:
    """What the pilot is correlated with; `norm` is by how much the correlation goes up and down by chance."""

    def __init__(self, turned: Complexes) -> None:
        self.norm = float(np.sqrt(np.sum(np.square(np.abs(turned))) / (8 * lattice.PILOT_SHARE)))
        self._blocks = [
            fft.fft(turned[begin : begin + _EXCERPT], _BLOCK, axis=0) for begin in range(0, len(turned), _EXCERPT)
        ]

    def of(self, presence: bytes, scale: float) -> Complexes:
        """The correlation at a scale of time, for all starts from `-_LONGEST` frames on; then nothing."""
        pilot = _pilot(presence, scale)
        lags = np.zeros(len(self._blocks) * _EXCERPT + _LONGEST + 3 * _IN_PERIOD, np.complex64)
        for index, block in enumerate(self._blocks):
            part = fft.ifft(np.einsum("fb,fb->f", block, pilot))
            lags[index * _EXCERPT : index * _EXCERPT + _BLOCK] += np.roll(part, _LONGEST)
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


def _repeating(power: Floats, frames: int, scale: float) -> float:
    """How much the strongest place of a period stands out, added up without regard to angles."""
    periods = int(np.ceil((frames + _LONGEST) / (_IN_PERIOD * scale)))
    best = 0.0
    for fine in (scale - _SCALE_STEP / 4, scale + _SCALE_STEP / 4):
        begins = _LONGEST + np.rint(_IN_PERIOD * fine * np.arange(-1, periods)).astype(np.int64)
        rows = power[begins[:, None] + np.arange(int(_IN_PERIOD * scale))]
        best = max(best, float(rows.sum(axis=0).max()))
    return best


def _folded(lags: Complexes, frames: int, scale: float) -> tuple[Complexes, Doubles]:
    """What repeats with the period, added up: fine scales x starts in frames; and those scales."""
    periods = int(np.ceil((frames + _LONGEST) / (_IN_PERIOD * scale)))
    step = _FINEST / (periods * _IN_PERIOD)
    most = int(np.ceil(_SCALE_STEP / 2 / step)) if periods > 1 else 0
    fine = np.linspace(scale - step * most, scale + step * most, 2 * most + 1)
    starts = np.arange(int(_IN_PERIOD * scale))
    sums = np.zeros((len(fine), len(starts)), np.complex64)
    for index in range(-1, periods):
        exact = index * _IN_PERIOD * fine
        near = np.rint(exact).astype(np.int64)
        turn = np.exp(0.5j * np.pi * (exact - near)).astype(np.complex64)
        sums += lags[near[:, None] + (starts + _LONGEST)] * turn[:, None]
    return sums, fine

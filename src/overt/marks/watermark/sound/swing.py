"""How the level swings in each cell: the statistic that embedding moves and reading measures.

A *timing* says where the lattice lies: its first cell begins at `start` seconds, and it goes `scale` times as slowly as
it was written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from overt.marks.watermark.sound import lattice, levels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Ints = NDArray[np.int64]

NEIGHBOURS = 9  # Bands over which what all share (an onset, a click) is taken out.
TYPICAL = 1.5  # In mean deviations: a swing beyond this counts less and less, since it is the sound's own.
_SURROUNDINGS = (9, 9)  # Cells of time and bands whose swings are a cell's measure.
_ENOUGH = 300  # Levels that say well enough where the quietest tenth ends.
_LEAST = 0.3  # dB of swing: what is more even than this is silence.
_LARGEST = 20.0  # dB of swing: what is beyond is an onset or an end.


@dataclass(frozen=True, slots=True)
class Timing:
    """Where the lattice lies in time, see above, and by which factor the pitch is higher than it was."""

    start: float = 0.0
    scale: float = 1.0
    pitch: float = 1.0


@dataclass(frozen=True, slots=True)
class Swings:
    """What was measured: cells of time x bands.

    `swing` is the swing in deviations of its surroundings, `level` the level above the band's floor in dB; `first` is
    the number of the first column, counted from the timing's start.
    """

    swing: Floats
    level: Floats
    first: int

    @property
    def columns(self) -> Ints:
        """The column of the period that each row is."""
        return (self.first + np.arange(len(self.swing))) % lattice.COLUMNS


def raw(power: Floats, first_frame: int, timing: Timing) -> tuple[Floats, Floats, int]:
    """The swing of each whole cell in dB, its mean power, and the number of the first column."""
    times = (first_frame + np.arange(len(power))) * levels.STEP
    turns = (times - timing.start) / (lattice.CELL * timing.scale)
    columns = np.floor(turns).astype(np.int64)
    kernel = np.sin(2 * np.pi * (turns - columns)).astype(np.float32)
    bounds = np.flatnonzero(np.diff(columns, prepend=columns[0] - 1))
    level = levels.decibels(power)
    counts = np.diff(np.append(bounds, len(columns)))
    means = (np.add.reduceat(kernel, bounds) / counts).astype(np.float32)
    kernel -= np.repeat(means, counts)
    energy = np.maximum(np.add.reduceat(np.square(kernel), bounds), 1e-3)
    found = np.add.reduceat(level * kernel[:, None], bounds, axis=0) / energy[:, None]
    mean = np.add.reduceat(power, bounds, axis=0) / counts[:, None]
    whole = counts >= counts.max() - 1  # The first and the last may be cut.
    rows = slice(int(not whole[0]), len(counts) - int(not whole[-1]))
    return found[rows].astype(np.float32), mean[rows].astype(np.float32), int(columns[bounds[rows.start]])


def smoothed(values: Floats, down: int, across: int) -> Floats:
    """The mean over so many rows and columns around each value, edges continued."""
    mean = cv2.blur(values, (across, down), borderType=cv2.BORDER_REPLICATE)
    return mean.astype(np.float32, copy=False)


def against_neighbours(swing: Floats) -> Floats:
    """Swings without what neighbouring bands share."""
    bounded = np.clip(swing, -_LARGEST, _LARGEST).astype(np.float32)
    return bounded - smoothed(bounded, 1, NEIGHBOURS)


def above_floor(mean: Floats) -> Floats:
    """Levels in dB above each band's floor, which is where its quietest tenth ends."""
    level = levels.decibels(mean)
    floor = np.percentile(level[:: 1 + len(level) // _ENOUGH], 10, axis=0)
    above: Floats = np.where(mean > levels.FAINTEST, level - floor, -99).astype(np.float32)
    return above


def measure(power: Floats, first_frame: int, timing: Timing) -> Swings:
    """The swings in levels of frames x bands, evened out."""
    swing, mean, first = raw(power, first_frame, timing)
    swing = against_neighbours(swing)
    usual = smoothed(np.abs(swing), *_SURROUNDINGS) + np.float32(_LEAST)
    even = swing / usual
    bounded: Floats = (even / (1 + np.square(even / TYPICAL))).astype(np.float32)
    return Swings(bounded, above_floor(mean), first)

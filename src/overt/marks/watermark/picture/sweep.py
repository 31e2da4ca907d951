"""The sweep: the pilot at many sizes and turns at once, where no lattice stands out.

A busy picture drowns the lines of the lattice one by one; the pilot adds them up in step. The residual's spectrum, seen
from the picture's middle, is smooth enough to be looked up between its bins, so that a size and a turn cost some
hundred looks and one small inverse transform, which gives all shifts. With a `reach` of fewer periods per tile than the
mark has, only its coarser waves are used: they forgive a size or turn that is a little wrong, and fewer must be tried.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import fft

from overt.marks.watermark.picture import pilot, tile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Doubles = NDArray[np.float64]
    Complexes = NDArray[np.complex64]

_PADDING = 2.0  # Times the picture: the finer the bins, the less is lost between them.
_SLACK = 0.3  # Periods of the finest wave by which the edges of the picture may be off.
_BATCH = 64  # Hypotheses at a time.


class Seen(NamedTuple):
    """A pilot at tiles of `side` pixels turned by `degrees` about the picture's middle."""

    score: float
    side: float
    degrees: float


class Spectrum:
    """A residual's spectrum, to be looked up anywhere."""

    def __init__(self, residual: Floats) -> None:
        self.shape = residual.shape
        height, width = residual.shape
        size = [fft.next_fast_len(int(_PADDING * each), real=True) for each in residual.shape]
        padded = np.zeros(size, np.float32)
        padded[:height, :width] = residual
        # The middle of the picture becomes the first pixel: there all phases are 0.
        padded = np.roll(padded, (-(height // 2), -(width // 2)), (0, 1))
        self._size = padded.shape
        self._bins: Complexes = fft.rfft2(padded).astype(np.complex64)

    def at(self, down: Doubles, across: Doubles) -> Complexes:
        """The waves of so many periods per pixel (between -0.5 and 0.5; 0 beyond), by their four nearest bins."""
        flip = across < 0
        down, across = np.where(flip, -down, down), np.where(flip, -across, across)
        beyond = (across >= 0.49) | (np.abs(down) >= 0.49)
        y, x = down % 1 * self._size[0], np.where(beyond, 0, across) * self._size[1]
        row, column = np.floor(y).astype(np.int64), np.floor(x).astype(np.int64)
        v, u = (y - row).astype(np.float32), (x - column).astype(np.float32)
        flat, wide = self._bins.ravel(), self._bins.shape[1]
        first, second = row % self._size[0] * wide + column, (row + 1) % self._size[0] * wide + column
        upper = flat[first] * (1 - u) + flat[first + 1] * u
        lower = flat[second] * (1 - u) + flat[second + 1] * u
        found = upper * (1 - v) + lower * v
        found[beyond] = 0
        return np.asarray(np.where(flip, found.conj(), found), np.complex64)


def steps(shape: tuple[int, ...], sides: tuple[float, float], reach: float) -> list[float]:
    """The sizes of tiles that must be tried to miss none between two."""
    longer = max(shape)
    side, found = sides[1], []
    while side >= sides[0]:
        found.append(side)
        side /= 1 + _step(longer, side, reach)
    return found


def turns(shape: tuple[int, ...], side: float, widest: float, reach: float) -> list[float]:
    """The turns (degrees, to `widest` either way) that must be tried to miss none for tiles of one size."""
    step = float(np.degrees(_step(max(shape), side, reach)))
    return [step * count for count in range(-int(widest / step), int(widest / step) + 1)]


def _step(longer: float, side: float, reach: float) -> float:
    """The part of its size by which a tile may be off, or the turn in radians."""
    return float(2 * _SLACK / (reach * max(1.0, longer / side)))


def swept(
    spectrum: Spectrum, presence: bytes, tried: list[tuple[float, float]], positions: tuple[int, ...], reach: float
) -> list[Seen]:
    """The surest of the (side, degrees) that are tried, surest first."""
    found = []
    for start in range(0, len(tried), _BATCH):
        batch = np.array(tried[start : start + _BATCH], np.float64)
        best = np.max([_scores(spectrum, presence, batch, position, reach) for position in positions], 0)
        found += [Seen(float(score), *map(float, one)) for score, one in zip(best, batch, strict=True)]
    return sorted(found, reverse=True)


@cache
def _seen(presence: bytes, position: int, reach: float) -> tuple[NDArray[np.int64], Complexes]:
    """The pilot's harmonics within reach, as a seen tile of a position has them, and their waves."""
    pattern, at = pilot.pattern(presence, position), tile.harmonics()
    used = (pattern != 0) & (np.hypot(at[:, 0], at[:, 1]) <= reach)
    return at[used], pattern[used]


def _scores(spectrum: Spectrum, presence: bytes, tried: Doubles, position: int, reach: float) -> Floats:
    """The pilot's best score over all shifts for each (side, degrees)."""
    at, pattern = _seen(presence, position, reach)
    shifts = 2 * fft.next_fast_len(int(1.05 * reach) + 1)
    turn = np.radians(tried[:, 1:])
    i, j = at[:, 0] / tried[:, :1], at[:, 1] / tried[:, :1]
    waves = spectrum.at(i * np.cos(turn) + j * np.sin(turn), j * np.cos(turn) - i * np.sin(turn))
    size = np.abs(waves)
    # A wave counts by its phase more than by its size: strong ones are lines of the content.
    waves /= size + size.mean(1, keepdims=True) + 1e-30
    product = waves * pattern.conj()
    grid = np.zeros((len(tried), shifts, shifts // 2 + 1), np.complex64)
    grid[:, at[:, 0] % shifts, at[:, 1]] = product
    middle = at[:, 1] == 0
    grid[:, -at[middle, 0] % shifts, 0] = product[:, middle].conj()
    norm = np.sqrt(np.sum(np.abs(waves) ** 2, 1)) + 1e-30
    best: Floats = fft.irfft2(grid, (shifts, shifts)).max((1, 2)) * np.float32(shifts**2 / 2) / norm
    return best

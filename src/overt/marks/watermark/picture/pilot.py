"""The pilot: keyed waves by which the place of a tile is found, in eight positions (four turns, mirrored or not).

The *score* of the pilot is `sum(measured * sign) / norm(measured)` over its real and imaginary parts. The signs are
keyed: in a picture without the mark it exceeds `c` with probability at most `exp(-c**2 / 2)` at each place looked at
(Hoeffding 1963).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import fft

from overt.marks.watermark.picture import tile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Complexes = NDArray[np.complex64]
    Matrix = NDArray[np.float64]

STEPS = 64  # Places along a tile at which the pilot is looked for.
_APART = 3  # Steps between two peaks of one map.
_LEAST = 5.0  # There is no second peak beside one with a lower score.
POSITIONS: tuple[tuple[tuple[int, int], tuple[int, int]], ...] = (
    ((1, 0), (0, 1)), ((0, -1), (1, 0)), ((-1, 0), (0, -1)), ((0, 1), (-1, 0)),
    ((-1, 0), (0, 1)), ((0, 1), (1, 0)), ((1, 0), (0, -1)), ((0, -1), (-1, 0)),
)  # fmt: skip
"""Matrices that take the marked tile's (x, y) to the seen tile's: quarter turns, then those of its mirror image."""


class Peak(NamedTuple):
    """The surest place of a pilot: its score, the position, and the shift (x, y) of the tile, 0 to 1."""

    score: float
    position: int
    shift: tuple[float, float]


@cache
def seen_waves(position: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Where the waves of the marked tile are in the seen tile, and which of them are there as their conjugates."""
    (a, b), (c, d) = POSITIONS[position]
    at = tile.harmonics()
    down, across = c * at[:, 1] + d * at[:, 0], a * at[:, 1] + b * at[:, 0]
    flip = (across < 0) | ((across == 0) & (down < 0))
    down, across = np.where(flip, -down, down), np.where(flip, -across, across)
    index = {(int(i), int(j)): k for k, (i, j) in enumerate(at)}
    return np.array([index[int(i), int(j)] for i, j in zip(down, across, strict=True)]), flip


def upright(waves: Complexes, position: int, shift: tuple[float, float]) -> Complexes:
    """The waves of a seen tile (last axis), as the marked tile has them."""
    place, flip = seen_waves(position)
    back = (waves * _shifted(shift))[..., place]
    return np.where(flip, back.conj(), back).astype(np.complex64)


@cache
def pattern(presence: bytes, position: int) -> Complexes:
    """The pilot's waves in a seen tile of a position; 0 where there is data."""
    drawn = tile.waves(np.zeros(tile.room(), np.float32), presence)
    place, flip = seen_waves(position)
    seen = np.zeros_like(drawn)
    seen[place] = np.where(flip, drawn.conj(), drawn)
    return seen


@cache
def _bins() -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    at = tile.harmonics()
    return at[:, 0] % STEPS, at[:, 1], at[:, 1] == 0


def maps(waves: Complexes, presence: bytes, position: int) -> Floats:
    """The pilot's scores (... x STEPS x STEPS) at all shifts (y, x) of tiles with waves (... x harmonics)."""
    wanted = pattern(presence, position)
    of_pilot = np.nonzero(wanted)[0]
    down, across, middle = (each[of_pilot] for each in _bins())
    product = waves[..., of_pilot] * wanted[of_pilot].conj()
    grid = np.zeros((*waves.shape[:-1], STEPS, STEPS // 2 + 1), np.complex64)
    grid[..., down, across] = product
    grid[..., (STEPS - down[middle]) % STEPS, 0] = product[..., middle].conj()
    norm = np.sqrt(np.sum(np.abs(waves[..., of_pilot]) ** 2, -1, dtype=np.float64)) + 1e-30
    # The inverse transform counts each harmonic twice, once as its conjugate, and divides by all bins.
    scores: Floats = fft.irfft2(grid, (STEPS, STEPS), axes=(-2, -1))
    scores *= (STEPS**2 / 2 / norm)[..., None, None].astype(np.float32)
    return scores


def peaks(waves: Complexes, presence: bytes, count: int) -> list[Peak]:
    """The surest places of the pilot in the waves of one tile, surest first, of each position at most half of them."""
    found = []
    for position in range(len(POSITIONS)):
        scores = maps(waves, presence, position)
        for _ in range(max(1, count // 2)):
            row, column = divmod(int(np.argmax(scores)), STEPS)
            found.append(Peak(float(scores[row, column]), position, (column / STEPS, row / STEPS)))
            if found[-1].score < _LEAST:
                break
            around = np.arange(-_APART, _APART + 1)
            scores[np.ix_((row + around) % STEPS, (column + around) % STEPS)] = 0
    return sorted(found, reverse=True)[:count]


def score(waves: Complexes, presence: bytes, weights: Floats | None = None) -> float:
    """The pilot's score in the waves of an upright tile; weights of harmonics must not depend on its signs."""
    of_pilot = tile.pilots()
    drawn = pattern(presence, 0)[of_pilot]
    seen = waves[of_pilot] if weights is None else waves[of_pilot] * weights[of_pilot]
    norm = float(np.sqrt(np.sum(np.abs(seen) ** 2)))
    return float(np.sum((seen * drawn.conj()).real)) / norm if norm > 0 else 0.0


def agreement(waves: Complexes, presence: bytes) -> Floats:
    """How much of the pilot is in each harmonic of upright tiles (... x harmonics): 0 where there is data."""
    return np.asarray((waves * pattern(presence, 0).conj()).real / 2, np.float32)


def _shifted(shift: tuple[float, float]) -> Complexes:
    at = tile.harmonics()
    return np.exp(2j * np.pi * (at[:, 1] * shift[0] + at[:, 0] * shift[1])).astype(np.complex64)


def placed(geometry: Matrix, position: int, shift: tuple[float, float]) -> Matrix:
    """The geometry of the marked tile, from that of the seen one and where the pilot was in it."""
    whole = np.eye(3)
    whole[:2, :2] = POSITIONS[position]
    whole[:2, 2] = shift
    return np.asarray(geometry @ whole, np.float64)

"""The tile: which waves carry a mark, and how they are drawn into a picture and measured in it.

A tile is a square, repeated over all of the picture: `TILES` of them lie along its longer side, `FEW_TILES` if it is
small. Its waves are harmonics (i, j): i periods down and j across a tile. Each carries two symbols, in its cosine
and in its sine, all of the same size, so that the lattice looks the same for every id. Some are the pilot.

A *geometry* is a 3 x 3 matrix that takes tile coordinates (x, y, 1; one tile is one unit) to the pixels of a picture;
pixel (0, 0) covers the square from (0, 0) to (1, 1), its middle is (0.5, 0.5).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from overt.marks.watermark import keys

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Complexes = NDArray[np.complex64]
    Bools = NDArray[np.bool_]
    Ints = NDArray[np.int64]

RADII = (4.0, 24.0)
"""The harmonics used lie in this ring."""
REACH = 24  # The largest index of a harmonic.
PILOT_SHARE = 4  # One harmonic in four is the pilot's.


TILES, FEW_TILES, SMALL = 8, 4, 400
"""Tiles along the longer side of a picture; the number for one whose longer side has fewer pixels than `SMALL`, which
carries an id of 40 bits, too."""


def tiles_for(longer: int) -> int:
    """How many tiles lie along the longer side of a picture when it is marked."""
    return TILES if longer >= SMALL else FEW_TILES


@cache
def harmonics() -> Ints:
    """The harmonics (i, j) that are used, one of each pair (i, j) and (-i, -j): n x 2."""
    down, across = np.meshgrid(np.arange(-REACH, REACH + 1), np.arange(0, REACH + 1), indexing="ij")
    radius = np.hypot(down, across)
    used = (radius >= RADII[0]) & (radius <= RADII[1]) & ((across > 0) | (down > 0))
    return np.stack([down[used], across[used]], 1)


@cache
def pilots() -> Bools:
    """Which harmonics are the pilot's. Which they are is no secret; their signs are keyed."""
    where = np.zeros(len(harmonics()), np.bool_)
    where[keys.order(b"overt/watermark/tile", "pilot", where.size)[: where.size // PILOT_SHARE]] = True
    return where


def room() -> int:
    """How many data symbols a tile carries."""
    return 2 * int(np.count_nonzero(~pilots()))


def waves(data: Floats, presence: bytes) -> Complexes:
    """The complex size of each harmonic, for `room()` data symbols and a presence key."""
    of_pilot = keys.signs(presence, "pilot", 2 * int(np.count_nonzero(pilots())))
    filled = np.empty(len(pilots()), np.complex64)
    filled[pilots()] = of_pilot[0::2] + 1j * of_pilot[1::2]
    filled[~pilots()] = data[0::2] + 1j * data[1::2]
    return filled


def soft(measured: Complexes) -> Floats:
    """The data symbols in measured waves, in the order of `waves`."""
    of_data = measured[~pilots()]
    return np.stack([of_data.real, of_data.imag], 1).ravel().astype(np.float32)


def draw(sizes: Complexes, shape: tuple[int, int], side: float, origin: tuple[float, float] = (0.0, 0.0)) -> Floats:
    """The waves over a picture of `shape` (height, width), upright, with tiles of `side` pixels.

    `origin` is the corner (y, x) of a tile, in pixels.
    """
    down, across = _phases(shape, side, origin)
    rows = down @ _square(sizes)
    drawn: Floats = np.hstack([rows.real, -rows.imag]) @ np.hstack([across.real, across.imag]).T
    return drawn


def measure(picture: Floats, side: float, origin: tuple[float, float] = (0.0, 0.0)) -> Complexes:
    """The sizes of the waves in an upright picture: what `draw` was given, times half the number of pixels."""
    down, across = _phases(picture.shape, side, origin)
    real, imaginary = np.hsplit(picture @ np.hstack([across.real, -across.imag]), 2)
    found = down.conj().T @ (real + 1j * imaginary)
    at = harmonics()
    return found[at[:, 0] + REACH, at[:, 1]]


def _square(sizes: Complexes) -> Complexes:
    square = np.zeros((2 * REACH + 1, REACH + 1), np.complex64)
    at = harmonics()
    square[at[:, 0] + REACH, at[:, 1]] = sizes
    return square


def _phases(shape: tuple[int, ...], side: float, origin: tuple[float, float]) -> tuple[Complexes, Complexes]:
    middles = [(np.arange(count) + 0.5 - start) / side for count, start in zip(shape, origin, strict=True)]
    down = np.exp(2j * np.pi * np.outer(middles[0], np.arange(-REACH, REACH + 1)))
    across = np.exp(2j * np.pi * np.outer(middles[1], np.arange(REACH + 1)))
    return down.astype(np.complex64), across.astype(np.complex64)

"""A picture laid flat: its residual on the raster of a tile, and the waves of every single tile.

A geometry (see `tile`) says where the tiles lie in a picture. Along it the residual is drawn onto a raster of `SIDE`
pixels per tile, upright. There the waves of the tile are bins of the Fourier transform of each tile's square.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from scipy import fft

from overt.marks.watermark.picture import tile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Complexes = NDArray[np.complex64]
    Matrix = NDArray[np.float64]

SIDE = 64  # Pixels per tile on the raster: the finest wave (24 periods) has 2.7 pixels per period.
_COARSE = 8  # Pixels per tile of the raster on which it is seen how much of a tile the picture covers.
_LEAST = 0.04  # A tile of which less is covered is left out.
_AROUND = 5  # Harmonics: the side of a neighbourhood in which strengths are compared.
_WHITE = 0.75  # How much of a neighbourhood's strength is taken away: all would lift what is nearly lost too far.
_CLIP = 1.5  # How often the strength of its neighbourhood a wave in one tile counts at most.
_MOST_TILES = 40  # In each direction. A picture has eight on its longer side; a collage of small ones has more.


@dataclass(frozen=True)
class Sheet:
    """The tiles that a picture covers under one geometry.

    `places` are the tiles' corners (x, y) in tile coordinates, n x 2; `cover` is the part of each that lies in the
    picture; `waves` is what was measured, tiles x harmonics.
    """

    geometry: Matrix
    places: NDArray[np.int64]
    cover: Floats
    waves: Complexes

    def total(self, weights: Floats | None = None) -> Complexes:
        """The waves of all tiles together."""
        if weights is None:
            return np.asarray(self.waves.sum(0), np.complex64)
        return np.asarray(weights @ self.waves, np.complex64)


def moved(x: float, y: float) -> Matrix:
    """The matrix of a shift."""
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], np.float64)


def sized(x: float, y: float) -> Matrix:
    """The matrix of a change of size."""
    return np.diag([x, y, 1.0])


def turned(degrees: float) -> Matrix:
    """The matrix of a turn."""
    turn = np.radians(degrees)
    return np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]], np.float64)


def applied(matrix: NDArray[Any], points: NDArray[Any]) -> Matrix:
    """Points (n x 2) through a matrix."""
    whole = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    return np.asarray(whole[:, :2] / whole[:, 2:], np.float64)


def corners(shape: tuple[int, ...]) -> Matrix:
    """The corners (x, y) of a picture."""
    height, width = shape[:2]
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)


def tile_side(geometry: Matrix, shape: tuple[int, ...]) -> float:
    """How many pixels a tile's side has in the middle of a picture."""
    near = np.array([shape[1] / 2, shape[0] / 2]) + np.array([[0, 0], [1, 0], [0, 1]])
    at = applied(np.linalg.inv(geometry), near)
    area = abs(np.linalg.det(at[1:] - at[0]))
    return float(1 / np.sqrt(max(area, 1e-12)))


class Raster:
    """A residual, at hand in the sizes that are needed to lay it flat without aliasing."""

    def __init__(self, residual: Floats) -> None:
        self.residual = residual
        self.shape = residual.shape
        self._smaller: dict[int, Floats] = {}

    def flat(self, geometry: Matrix) -> Sheet | None:
        """The sheet under a geometry; None where the geometry makes no sense of this picture."""
        seen = applied(np.linalg.inv(geometry), corners(self.shape))
        low, high = np.floor(seen.min(0)).astype(int), np.ceil(seen.max(0)).astype(int)
        across, down = (int(each) for each in high - low)
        if not (0 < across <= _MOST_TILES and 0 < down <= _MOST_TILES):
            return None
        source, factor = self._source(SIDE / tile_side(geometry, self.shape))
        to_source = sized(*factor) @ geometry @ moved(float(low[0]), float(low[1]))
        laid = _drawn(source, to_source, SIDE, (across, down))
        spectra = fft.rfft2(_squares(laid, SIDE), axes=(1, 2))
        at = tile.harmonics()
        half = np.exp(-1j * np.pi / SIDE * at.sum(1))  # The first pixel's middle lies half a pixel into the tile.
        waves = spectra[:, at[:, 0] % SIDE, at[:, 1]] * half.astype(np.complex64)
        inside = _drawn(
            np.ones(self._thumb, np.float32), self._to_thumb() @ geometry @ moved(*low), _COARSE, (across, down)
        )
        cover = _squares(inside, _COARSE).mean((1, 2))
        places = np.stack(np.meshgrid(np.arange(low[0], high[0]), np.arange(low[1], high[1])), -1).reshape(-1, 2)
        kept = cover > _LEAST
        if not kept.any():
            return None
        return Sheet(geometry, places[kept], cover[kept].astype(np.float32), _limited(waves[kept]))

    def _source(self, factor: float) -> tuple[Floats, tuple[float, float]]:
        """The residual at about `factor` of its size (never enlarged), and its exact factors (x, y)."""
        step = round(np.log(factor) / np.log(1.1)) if factor < 0.91 else 0
        if step not in self._smaller:
            size = [max(1, round(each * 1.1**step)) for each in (self.shape[1], self.shape[0])]
            smaller = cv2.resize(self.residual, size, interpolation=cv2.INTER_AREA) if step else self.residual
            self._smaller[step] = np.asarray(smaller, np.float32)
        source = self._smaller[step]
        return source, (source.shape[1] / self.shape[1], source.shape[0] / self.shape[0])

    @property
    def _thumb(self) -> tuple[int, int]:
        return max(1, self.shape[0] // 8), max(1, self.shape[1] // 8)

    def _to_thumb(self) -> Matrix:
        return sized(self._thumb[1] / self.shape[1], self._thumb[0] / self.shape[0])


def _drawn(source: Floats, geometry: Matrix, side: int, tiles: tuple[int, int]) -> Floats:
    """`tiles` (across, down) tiles of `side` pixels, looked up in a source; 0 outside of it."""
    lookup = moved(-0.5, -0.5) @ geometry @ sized(1 / side, 1 / side) @ moved(0.5, 0.5)
    size = (tiles[0] * side, tiles[1] * side)
    drawn = cv2.warpPerspective(source, lookup, size, flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP)
    return np.asarray(drawn, np.float32)


def _squares(laid: Floats, side: int) -> Floats:
    down, across = laid.shape[0] // side, laid.shape[1] // side
    return laid.reshape(down, side, across, side).swapaxes(1, 2).reshape(-1, side, side)


@cache
def rings() -> tuple[NDArray[np.int64], int]:
    """The ring of each harmonic, by its radius, and how many rings there are."""
    at = tile.harmonics()
    ring = (np.hypot(at[:, 0], at[:, 1]) / 2).astype(np.int64)
    ring -= ring.min()
    return ring, int(ring.max()) + 1


def evened(waves: Complexes) -> Complexes:
    """Waves with the same strength everywhere: what is strong for its direction and pitch is content, not mark.

    `waves` are those of one tile, or of several (n x harmonics) that are evened by the same factors.
    """
    power = np.asarray(np.mean(np.abs(np.atleast_2d(waves)) ** 2, 0), np.float64)
    local = 1 / (_around(power) + 1e-30) ** (_WHITE / 2)
    ring, count = rings()
    left = np.bincount(ring, power * local**2, count) / np.bincount(ring, None, count)
    return np.asarray(waves * (local / np.sqrt(left + 1e-30)[ring]), np.complex64)


def _limited(waves: Complexes) -> Complexes:
    """The waves of tiles, none much stronger than it is in the other tiles and than its neighbours are."""
    size = np.abs(waves)
    most = _CLIP * np.sqrt(_around(np.asarray(np.mean(size**2, 0), np.float64)))
    return np.asarray(waves / np.maximum(1, size / (most + 1e-30)), np.complex64)


@cache
def _grid() -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Rows and columns of the harmonics in a square of all waves, and how many of a harmonic's neighbours are used."""
    at = tile.harmonics() + tile.REACH
    used = np.zeros((2 * tile.REACH + 1, 2 * tile.REACH + 1), np.float32)
    used[at[:, 0], at[:, 1]] = used[2 * tile.REACH - at[:, 0], 2 * tile.REACH - at[:, 1]] = 1
    return at[:, 0], at[:, 1], _blurred(used)[at[:, 0], at[:, 1]]


def _around(power: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean power in the neighbourhood of each harmonic."""
    rows, columns, count = _grid()
    square = np.zeros((2 * tile.REACH + 1, 2 * tile.REACH + 1), np.float32)
    scale = float(power.max()) + 1e-30
    square[rows, columns] = square[2 * tile.REACH - rows, 2 * tile.REACH - columns] = power / scale
    return np.asarray(_blurred(square)[rows, columns] / count * scale, np.float64)


def _blurred(square: Floats) -> Floats:
    return np.asarray(cv2.blur(square, (_AROUND, _AROUND), borderType=cv2.BORDER_CONSTANT), np.float32)

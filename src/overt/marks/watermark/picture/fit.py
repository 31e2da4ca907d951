"""The fit: a geometry bent until the pilot lies right in every part of a picture.

Each neighbourhood of a few tiles shows, by its own peak of the pilot, how far the mark lies from where the geometry has
it. A plane through these displacements corrects size, turn and aspect, and its two quadratic terms a camera's tilt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from overt.marks.watermark.picture import pilot, sheet

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from overt.marks.watermark.picture.sheet import Raster, Sheet

    Floats = NDArray[np.float32]
    Complexes = NDArray[np.complex64]
    Matrix = NDArray[np.float64]

_WINDOW = 3  # Tiles: the neighbourhood that is looked at together.
_REACH = 0.2  # Tiles: how far a neighbourhood's pilot is looked for.
_SURE = 4.5  # Neighbourhoods with a lower score say nothing.
_STIFF = 0.02  # Tiles: a displacement that must be explained rather than put down to chance.


class Displacements(NamedTuple):
    """Where neighbourhoods lie (tile coordinates), how far the pilot is from there, and how surely (its score)."""

    places: Matrix
    shifts: Matrix
    scores: Floats


def fitted(raster: Raster, laid: Sheet, presence: bytes, rounds: int = 3) -> Sheet:
    """The sheet under the geometry that fits best, from one that is nearly right: upright, and shifted less than a tile."""
    score = pilot.score(sheet.evened(laid.total()), presence)
    for _ in range(rounds):
        seen = displacements(laid, presence)
        bend = bent(seen)
        if bend is None:
            break
        again = raster.flat(laid.geometry @ bend)
        if again is None:
            break
        better = pilot.score(sheet.evened(again.total()), presence)
        if better <= score:
            break
        gain, laid, score = better / score, again, better
        if gain < 1.01:
            break
    return laid


def displacements(laid: Sheet, presence: bytes) -> Displacements:
    """How far each neighbourhood's pilot is from where the geometry has it."""
    places, waves = _neighbourhoods(laid)
    scores = pilot.maps(_evened(waves), presence, 0)
    reach = int(_REACH * pilot.STEPS)
    near = np.roll(scores, (reach, reach), (1, 2))[:, : 2 * reach + 1, : 2 * reach + 1]
    flat = near.reshape(len(near), -1).argmax(1)
    rows, columns = np.unravel_index(flat, near.shape[1:])
    peaks = near[np.arange(len(near)), rows, columns]
    shifts = np.column_stack([_between(near, rows, columns, 2), _between(near, rows, columns, 1)])
    return Displacements(places, (shifts - reach) / pilot.STEPS, peaks)


def bent(seen: Displacements) -> Matrix | None:
    """The matrix (marked tiles to those of the geometry) that explains the displacements; None where nothing is sure."""
    sure = seen.scores >= _SURE
    if not sure.any():
        return None
    places, shifts = seen.places[sure], seen.shifts[sure]
    middle = np.average(places, axis=0, weights=seen.scores[sure])
    span = max(1.0, float(np.abs(places - middle).max()))
    x, y = ((places - middle) / span).T
    one, none = np.ones_like(x), np.zeros_like(x)
    # dx = a + b x + c y + g x x + h x y and dy = d + e x + f y + g x y + h y y: a homography's terms near identity.
    rows = np.concatenate(
        [
            np.stack([one, x, y, none, none, none, x * x, x * y], 1),
            np.stack([none, none, none, one, x, y, x * y, y * y], 1),
        ]
    )
    aims, weights = shifts.T.ravel(), np.tile(seen.scores[sure] ** 2, 2)
    # The more is bent, the surer it must be.
    stiff = np.array([0.01, 1, 1, 0.01, 1, 1, 4, 4]) * 10
    error = np.zeros_like(aims)
    for _ in range(4):
        robust = weights / (1 + (error / _STIFF) ** 2)
        solved = np.linalg.solve(rows.T @ (rows * robust[:, None]) + np.diag(stiff), rows.T @ (robust * aims))
        error = np.tile(np.hypot(*np.split(aims - rows @ solved, 2)), 2)
    a, b, c, d, e, f, g, h = solved
    bend = np.array([[1 + b / span, c / span, a], [e / span, 1 + f / span, d], [-g / span**2, -h / span**2, 1]])
    return np.asarray(sheet.moved(*middle) @ bend @ sheet.moved(*-middle), np.float64)


def _neighbourhoods(laid: Sheet) -> tuple[Matrix, Complexes]:
    """The middles of all squares of tiles, and the sums of their waves."""
    low = laid.places.min(0)
    across, down = laid.places.max(0) - low + 1
    rows, columns = laid.places[:, 1] - low[1], laid.places[:, 0] - low[0]
    wide, high = min(_WINDOW, across), min(_WINDOW, down)
    whole = np.zeros((down + 1, across + 1, laid.waves.shape[1]), np.complex64)
    whole[rows + 1, columns + 1] = laid.waves
    cover = np.zeros((down + 1, across + 1, 3))
    middle = laid.places + 0.5
    cover[rows + 1, columns + 1] = laid.cover[:, None] * np.column_stack([np.ones(len(rows)), middle])
    waves, weights = (_boxes(each, high, wide) for each in (whole, cover))
    held = weights[:, 0] >= 0.3 * wide * high
    if not held.any():
        held[:] = weights[:, 0] >= weights[:, 0].max()
    return weights[held, 1:] / weights[held, :1], waves[held]


def _boxes(grid: NDArray[np.generic], high: int, wide: int) -> NDArray[np.generic]:
    """The sums of all boxes of a grid, whose first row and column are empty."""
    summed = grid.cumsum(0).cumsum(1)
    boxes = summed[high:, wide:] - summed[:-high, wide:] - summed[high:, :-wide] + summed[:-high, :-wide]
    return boxes.reshape(-1, grid.shape[2])


def _evened(waves: Complexes) -> Complexes:
    """All neighbourhoods' waves with every ring at the same strength, the same factors for all."""
    ring, count = sheet.rings()
    power = np.bincount(ring, np.mean(np.abs(waves) ** 2, 0), count) / np.bincount(ring, None, count)
    return np.asarray(waves / np.sqrt(power + 1e-30)[ring], np.complex64)


def _between(near: Floats, rows: NDArray[np.int64], columns: NDArray[np.int64], axis: int) -> Matrix:
    """The place of peaks between the steps along one axis, by a parabola through three."""
    index = [np.arange(len(near)), rows, columns]
    at = index[axis]
    inner = np.clip(at, 1, near.shape[axis] - 2)
    values = []
    for step in (-1, 0, 1):
        index[axis] = inner + step
        values.append(near[tuple(index)].astype(np.float64))
    before, here, after = values
    curve = before - 2 * here + after
    offset = np.where(curve < 0, 0.5 * (before - after) / np.where(curve < 0, curve, -1), 0)
    return np.where(at == inner, inner + np.clip(offset, -0.5, 0.5), at).astype(np.float64)

"""The fit: a geometry bent until the pilot lies right in every part of a picture.

Each neighbourhood of a few tiles has its own map of the pilot: its score at every shift. Where the geometry is right,
all of them peak at no shift. Where it is nearly right, the peaks are displaced by a smooth field, that of a homography
near identity: eight numbers, the displacements of four corners. They are looked for in two ways: one that finds them
where no single peak is sure, as their sum is (differential evolution, Storn and Price 1997), and one that places them
exactly (least squares through the peaks).
"""

from __future__ import annotations

from math import log10
from typing import TYPE_CHECKING, Any, NamedTuple

import cv2
import numpy as np

from overt.marks.watermark.picture import pilot, sheet

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from overt.marks.watermark.picture.sheet import Raster, Sheet

    Floats = NDArray[np.float32]
    Complexes = NDArray[np.complex64]
    Matrix = NDArray[np.float64]

_WINDOW = 2  # Tiles: the side of a neighbourhood.
_STAGES = ((1.0, 1), (0.8, 1), (0.6, 2), (0.4, 2))
"""How far peaks are looked for, against the farthest, and the side of the neighbourhoods, stage after stage."""
FARTHEST = 0.25
"""Tiles by which corners may be off at most."""
_NEAR = 0.08  # Tiles: how far from where it is expected a peak is taken.
_SURE = 3.5  # The score from which a neighbourhood's peak is taken.
_CHANCE = 0.02  # Tiles: how far a right peak is off.
_CORNERS = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float64)
_PEOPLE, _GENERATIONS = 160, 60  # Of the evolution.
_ROUNDS = 5  # Of least squares at most.
_HOPELESS = 3.0  # The pilot's score in the whole under which nothing is fitted.
_CHANCE_SCORE = 5.3  # The score that a round of fitting must lead to: chance alone reaches nearly as much.
_ENOUGH = 1.02  # A round of the fit that gains less is the last.
LOG10_FITTED = 8 * log10(2 * _NEAR * _ROUNDS * pilot.STEPS)
LOG10_STRAIGHTENED = 8 * log10(2 * (FARTHEST * sum(part for part, _ in _STAGES) + _NEAR * _ROUNDS) * pilot.STEPS)
"""How many places (logarithm) the two fits choose from: eight displacements, a step of the maps apart."""


class Maps(NamedTuple):
    """The pilot in neighbourhoods: their middles (tile coordinates), and their scores at shifts of +-`reach` tiles."""

    places: Matrix
    scores: Floats
    reach: float


def maps(laid: Sheet, presence: bytes, reach: float, window: int = _WINDOW) -> Maps:
    """The maps of all neighbourhoods of an upright sheet."""
    places, waves = _neighbourhoods(laid, window)
    scores = pilot.maps(sheet.evened(waves), presence, 0)
    wide = int(reach * pilot.STEPS)
    near = np.roll(scores, (wide, wide), (1, 2))[:, : 2 * wide + 1, : 2 * wide + 1]
    return Maps(places, near, wide / pilot.STEPS)


def straightened(raster: Raster, geometry: Matrix, presence: bytes, off: float = FARTHEST) -> Sheet | None:
    """The sheet under the geometry that fits best, from one whose corners may be off by a part of a tile."""
    for part, window in _STAGES:
        laid = raster.flat(geometry)
        if laid is None:
            return None
        geometry = geometry @ evolved(maps(laid, presence, part * off, window))
    laid = raster.flat(geometry)
    return fitted(raster, laid, presence) if laid is not None else None


def fitted(raster: Raster, laid: Sheet, presence: bytes, rounds: int = _ROUNDS) -> Sheet:
    """The sheet under the geometry that fits best, from one that is right but for a part of the finest wave."""
    score = pilot.score(sheet.evened(laid.total()), presence)
    for _ in range(rounds):
        if score < _HOPELESS:
            break
        bend = placed(maps(laid, presence, _NEAR))
        again = raster.flat(laid.geometry @ bend) if bend is not None else None
        better = pilot.score(sheet.evened(again.total()), presence) if again is not None else 0.0
        if again is None or better <= score:
            break
        gain, laid, score = better / score, again, better
        if gain < _ENOUGH or score < _CHANCE_SCORE:
            break
    return laid


def evolved(seen: Maps) -> Matrix:
    """The bend (marked tiles to those of the geometry) under which the maps' sum is greatest, within their reach."""
    seen = seen._replace(scores=np.stack([cv2.dilate(each, np.ones((3, 3))) for each in seen.scores]).clip(0) ** 2)
    terms, middle, span = _terms(seen.places)
    to_terms = np.linalg.inv(_field(_CORNERS))
    field = terms @ to_terms  # From the corners' displacements to those of the neighbourhoods.
    chance = np.random.default_rng(0)
    people = chance.uniform(-seen.reach, seen.reach, (_PEOPLE, 8)) * np.linspace(0, 1, _PEOPLE)[:, None]
    worth = _worth(seen, people @ field.T)
    for _ in range(_GENERATIONS):
        best = people[np.argmax(worth)]
        first, second = (people[chance.permutation(_PEOPLE)] for _ in range(2))
        mixed = people + 0.6 * (best - people) * chance.random((_PEOPLE, 1)) + 0.6 * (first - second)
        child = np.where(chance.random(people.shape) < 0.8, mixed, people)
        gained = _worth(seen, child @ field.T)
        kept = gained > worth
        people[kept], worth[kept] = child[kept], gained[kept]
    return _bend(to_terms @ people[np.argmax(worth)], middle, span)


def placed(seen: Maps) -> Matrix | None:
    """The bend through the maps' peaks; None where no peak is sure."""
    size = seen.scores.shape[1]
    rows, columns = np.unravel_index(seen.scores.reshape(len(seen.scores), -1).argmax(1), (size, size))
    peaks = seen.scores[np.arange(len(seen.scores)), rows, columns]
    sure = peaks >= _SURE
    if not sure.any():
        return None
    shifts = np.column_stack([_between(seen.scores, rows, columns, axis) for axis in (2, 1)])
    aims = ((shifts - size // 2) / pilot.STEPS)[sure].T.ravel()
    terms, middle, span = _terms(seen.places[sure], seen.places)
    weights = np.tile(peaks[sure].astype(np.float64) ** 2, 2)
    stiff = np.diag(np.array([1, 10, 10, 1, 10, 10, 40, 40]) / 10)  # The more is bent, the surer it must be.
    solved, error = np.zeros(8), np.zeros_like(aims)
    for _ in range(4):
        robust = weights / (1 + (error / _CHANCE) ** 2)
        solved = np.linalg.solve(terms.T @ (terms * robust[:, None]) + stiff, terms.T @ (robust * aims))
        error = np.tile(np.hypot(*np.split(aims - terms @ solved, 2)), 2)
    return _bend(solved, middle, span)


def _terms(places: Matrix, every: Matrix | None = None) -> tuple[Matrix, Matrix, float]:
    """The field's terms at places (about their middle, in units of their span), the middle and the span."""
    whole = places if every is None else every
    middle = (whole.min(0) + whole.max(0)) / 2
    span = float(max(1.0, np.abs(whole - middle).max()))
    return _field((places - middle) / span), middle, span


def _field(places: Matrix) -> Matrix:
    """Displacements (all of x, then all of y) from eight numbers: the terms of a homography near identity.

    dx = a + b x + c y + g x x + h x y; dy = d + e x + f y + g x y + h y y.
    """
    x, y = places.T
    one, none = np.ones_like(x), np.zeros_like(x)
    across = np.stack([one, x, y, none, none, none, x * x, x * y], 1)
    down = np.stack([none, none, none, one, x, y, x * y, y * y], 1)
    return np.concatenate([across, down])


def _bend(terms: Matrix, middle: Matrix, span: float) -> Matrix:
    a, b, c, d, e, f, g, h = terms
    bend = np.array([[1 + b / span, c / span, a], [e / span, 1 + f / span, d], [-g / span**2, -h / span**2, 1]])
    # The terms are per unit of span, the displacements in tiles.
    return np.asarray(sheet.moved(*middle) @ bend @ sheet.moved(*-middle), np.float64)


def _worth(seen: Maps, displacements: Matrix) -> Matrix:
    """The sum of the maps at displacements (people x 2 n); what lies beyond their reach counts nothing."""
    size = seen.scores.shape[1]
    steps = np.rint((displacements + seen.reach) * pilot.STEPS).astype(np.int64)
    columns, rows = np.split(steps, 2, 1)
    inside = (columns >= 0) & (columns < size) & (rows >= 0) & (rows < size)
    index = np.arange(len(seen.places)) * size**2 + np.where(inside, rows * size + columns, 0)
    return np.asarray((seen.scores.ravel()[index] * inside).sum(1), np.float64)


def _neighbourhoods(laid: Sheet, window: int) -> tuple[Matrix, Complexes]:
    """The middles of all squares of tiles of which enough is covered, and the sums of their waves."""
    low = laid.places.min(0)
    across, down = (int(each) for each in laid.places.max(0) - low + 1)
    rows, columns = laid.places[:, 1] - low[1], laid.places[:, 0] - low[0]
    wide, high = min(window, across), min(window, down)
    waves = np.zeros((down + 1, across + 1, laid.waves.shape[1]), np.complex64)
    waves[rows + 1, columns + 1] = laid.waves
    cover = np.zeros((down + 1, across + 1, 3))
    cover[rows + 1, columns + 1] = laid.cover[:, None] * np.column_stack([np.ones(len(rows)), laid.places + 0.5])
    sums, parts = _boxes(waves, high, wide), _boxes(cover, high, wide)
    held = parts[:, 0] >= min(0.4 * wide * high, float(parts[:, 0].max()))
    return parts[held, 1:] / parts[held, :1], sums[held]


def _boxes(grid: Any, high: int, wide: int) -> Any:
    """The sums of all boxes of a grid, whose first row and column are empty."""
    summed = grid.cumsum(0).cumsum(1)
    boxes = summed[high:, wide:] - summed[:-high, wide:] - summed[high:, :-wide] + summed[:-high, :-wide]
    return boxes.reshape(-1, grid.shape[2])


def _between(scores: Floats, rows: NDArray[np.int64], columns: NDArray[np.int64], axis: int) -> Matrix:
    """The place of peaks between the steps along one axis, by a parabola through three."""
    index = [np.arange(len(scores)), rows, columns]
    at = index[axis]
    inner = np.clip(at, 1, scores.shape[axis] - 2)
    values = []
    for step in (-1, 0, 1):
        index[axis] = inner + step
        values.append(scores[tuple(index)].astype(np.float64))
    before, here, after = values
    curve = before - 2 * here + after
    offset = np.where(curve < 0, 0.5 * (before - after) / np.where(curve < 0, curve, -1), 0)
    return np.asarray(np.where(at == inner, inner + np.clip(offset, -0.5, 0.5), at), np.float64)

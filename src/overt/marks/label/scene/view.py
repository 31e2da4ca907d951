"""How a scene is seen when it opens, and where a plate must stand to be read there.

Source: GB 45438-2025, 5.5 through the rulebook: on the starting picture. What that picture is, no clause says.
Ours is the weakest of the usual viewers' (model-viewer, three.js examples): a square picture, an eye in front (+Z) and
15 degrees above, 30 degrees of view, so far away that the sphere around the scene's box fits with a twentieth to
spare. A viewer that comes nearer shows the label larger. Where the scene brings a camera, it is read there, too.
Pure geometry; a length without a unit is one of the scene's.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

ELEVATION = math.radians(15)
FIELD = math.radians(30)
SPARE = 1.05
MARGIN = 0.2
"""What the label is larger than the rule asks: viewers differ, and so do the shapes of their windows."""
LIFT = 0.004
"""How far before the box the plate stands, in radii: nearer, and the two surfaces flicker."""
_LEAST_COSINE = 0.5
"""A plate that is turned further away than 60 degrees counts as not read."""
_ROUNDS = 12
_GROWTH = 0.12
_RIM = 0.92
"""How far from its middle the part of a camera's picture goes that window and player leave free."""


@dataclass(frozen=True, slots=True)
class Box:
    """What a scene spans, from its least to its greatest corner."""

    low: Vector
    high: Vector

    @classmethod
    def around(cls, points: Vector) -> Box:
        """The least box that holds all points (rows)."""
        return cls(points.min(axis=0), points.max(axis=0))

    def __or__(self, other: Box) -> Box:
        return Box(np.minimum(self.low, other.low), np.maximum(self.high, other.high))

    @property
    def centre(self) -> Vector:
        """The middle."""
        return (self.low + self.high) / 2

    @property
    def radius(self) -> float:
        """Of the sphere through its corners."""
        return float(np.linalg.norm(self.high - self.low)) / 2

    @property
    def corners(self) -> Vector:
        """The eight corners."""
        picks = np.array([[(number >> axis) & 1 for axis in range(3)] for number in range(8)])
        return np.where(picks == 1, self.high, self.low)


@dataclass(frozen=True, slots=True)
class View:
    """An eye: where it is, its axes (rows: right, up, backwards), and the half of the picture's shorter side.

    `half` is a tangent; for a parallel projection a length. Nothing nearer than `near` is seen.
    """

    eye: Vector
    axes: Matrix
    half: float
    near: float
    parallel: bool = False

    def seen(self, points: Vector) -> tuple[Vector, Vector]:
        """Where points (rows) are in the picture, in halves of its shorter side from its middle; and how far away."""
        local = (points - self.eye) @ self.axes.T
        depth = -local[:, 2]
        scale = self.half if self.parallel else np.maximum(depth, 1e-12) * self.half
        return local[:, :2] / np.reshape(scale, (-1, 1)), depth


@dataclass(frozen=True, slots=True)
class Sheet:
    """A plate in the scene: its middle, and the vectors of its whole width and height.

    `glyph` is what share of its height the reference glyph has.
    """

    middle: Vector
    across: Vector
    up: Vector
    glyph: float

    @property
    def corners(self) -> Vector:
        """The four corners."""
        return np.array([self.middle + x * self.across + y * self.up for x in (-0.5, 0.5) for y in (-0.5, 0.5)])

    def ratio(self, view: View) -> float:
        """The reference glyph's height of the picture's shorter side; 0 where the plate is not seen, or not whole."""
        places, depth = view.seen(self.corners)
        if depth.min() <= view.near or np.abs(places).max() > 1:
            return 0.0
        normal = np.cross(self.across, self.up)
        towards = view.axes[2] if view.parallel else view.eye - self.middle
        cosine = float(normal @ towards) / max(float(np.linalg.norm(normal) * np.linalg.norm(towards)), 1e-300)
        if cosine < _LEAST_COSINE:
            return 0.0
        ends, _ = view.seen(np.array([self.middle - self.up / 2, self.middle + self.up / 2]))
        return float(np.linalg.norm(ends[1] - ends[0])) / 2 * self.glyph


def opening(box: Box) -> View:
    """The view from which a scene without a camera is shown."""
    backwards = np.array([0.0, math.sin(ELEVATION), math.cos(ELEVATION)])
    right = np.array([1.0, 0.0, 0.0])
    distance = SPARE * box.radius / math.sin(FIELD / 2)
    axes = np.array([right, np.cross(backwards, right), backwards])
    return View(box.centre + distance * backwards, axes, math.tan(FIELD / 2), 0.0)


@dataclass(frozen=True, slots=True)
class Shape:
    """A drawn plate's proportions: width over height, and what share of its height the reference glyph has."""

    aspect: float
    glyph: float


def in_front(box: Box, shapes: Iterable[Shape], ratio: float) -> tuple[int, Sheet]:
    """Which of the shapes suits the box best, and where it goes: at the foot of the front, facing +Z.

    Best is the first that lets the box, and so what viewers frame, grow by little; else the one that does so least.
    """
    best: tuple[float, int, Sheet] | None = None
    for number, shape in enumerate(shapes):
        sheet = _foot(box, shape, ratio)
        growth = (box | Box.around(sheet.corners)).radius / box.radius
        if best is None or growth < best[0]:
            best = growth, number, sheet
        if growth <= 1 + _GROWTH:
            break
    assert best is not None  # noqa: S101 - there is always a shape
    return best[1], best[2]


def _foot(box: Box, shape: Shape, ratio: float) -> Sheet:
    """Grow or shrink until the glyph has its share of a picture that shows the plate as well."""
    height = 2 * box.radius * ratio / shape.glyph
    sheet = _standing(box, shape, height)
    for _ in range(_ROUNDS):
        found = sheet.ratio(opening(box | Box.around(sheet.corners)))
        if found <= 0:
            break
        height *= ratio / found
        sheet = _standing(box, shape, height)
    return sheet


def _standing(box: Box, shape: Shape, height: float) -> Sheet:
    middle = np.array([box.centre[0], box.low[1] + height / 2, box.high[2] + LIFT * box.radius])
    return Sheet(middle, np.array([height * shape.aspect, 0.0, 0.0]), np.array([0.0, height, 0.0]), shape.glyph)


def before_eye(view: View, box: Box, shapes: Iterable[Shape], ratio: float) -> tuple[int, Sheet]:
    """The same for the eye of a camera: at the foot of its picture, nearer than anything in the box."""
    places, depths = view.seen(box.corners)
    nearest = float(depths.min()) * 0.98
    outside = nearest > 1.05 * max(view.near, 0.0) and nearest > 0
    depth = nearest if outside else 1.5 * max(view.near, 1e-3 * box.radius)
    half = view.half if view.parallel else view.half * depth
    candidates = list(shapes)
    # The first that leaves room at the sides; if none does, the narrowest.
    fitting = (number for number, shape in enumerate(candidates) if ratio / shape.glyph * shape.aspect <= 0.9)
    number = next(fitting, min(range(len(candidates)), key=lambda each: candidates[each].aspect))
    shape = candidates[number]
    height = 2 * half * ratio / shape.glyph
    across = height * shape.aspect
    # On what the camera shows of the scene, so that the plate widens its box little; else at the picture's foot.
    x, y = ((places[:, 0].min() + places[:, 0].max()) / 2, places[:, 1].min()) if outside else (0.0, -_RIM)
    right, up, backwards = view.axes
    middle = view.eye - depth * backwards + _within(x * half, across, half) * right
    middle = middle + _within(y * half + height / 2, height, half) * up
    return number, Sheet(middle, right * across, up * height, shape.glyph)


def _within(middle: float, length: float, half: float) -> float:
    """The place nearest to `middle` at which something of this length is in the picture."""
    room = max(_RIM * half - length / 2, 0.0)
    return min(max(middle, -room), room)

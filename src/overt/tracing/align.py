"""Lays a copy on what is kept of a content, by the geometry that its watermark gives, and compares the two.

A crop, a turned or a heavily edited copy is another picture to a fingerprint of the whole. But whoever read the
watermark knows how large its tiles are in the copy, how they are turned, and where they begin: each part of the copy
then lay in the marked picture at a place that is known but for a shift by whole tiles, of which there are some dozens.
At each of these the copy is compared with the small picture that was kept: normalised correlation of what is left when
local brightness and contrast are evened out, tile by tile, so that a caption or a border spoils its own tiles alone.

A mark that was copied into another picture brings its geometry along, but not the picture: nothing agrees anywhere.

Pure: pixels in, numbers out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from overt.marks.watermark.picture.tile import tiles_for

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Matrix = NDArray[np.float64]

SIDE = 24
"""Pixels of a tile on the raster on which both are laid: finer than what JPEG and blur leave, coarser than noise."""
LEAST_TILES = 3.0
"""So much of the content, in tiles, must be covered by the copy, or nothing can be told."""
_SMOOTH = 6.0  # Pixels of the raster: brightness and contrast are evened out over so much.
_FLAT = 2.0  # Steps of 8 bits: where there is less than that to see, there is nothing to compare.
_LEAST_COVER = 0.5  # Of a tile, to be compared.
_LEAST_SHARE = 0.6  # Of the smaller of copy and content.
_MOST_TILES = 24  # Of the copy, in each direction; a collage of small pictures has more.


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike a copy and a content are where the copy lies in it.

    `score` is a correlation, -1 to 1: the median over the tiles that were compared; `tiles` counts them, `places` the
    shifts that were tried; `share` is how much of the content the copy covers; `box` where that is, as shares of the
    content's sides (left, top, right, bottom).
    """

    score: float
    tiles: float
    places: int
    share: float
    box: tuple[float, float, float, float]


def likeness(copy: NDArray[Any], geometry: Matrix, kept: Floats, size: tuple[int, int]) -> Likeness | None:
    """The best place of a grey copy in a kept grey picture; None where too little of both can be compared.

    Args:
        copy: grey, 0 to 255.
        geometry: the matrix from the coordinates of tiles to pixels of the copy (`Place.geometry`).
        kept: the small picture of the content, grey.
        size: width and height of the content when it was marked.
    """
    laid = _laid(copy, geometry)
    if laid is None:
        return None
    ours, cover, inside = laid
    tile = max(kept.shape) / tiles_for(max(size))
    wide, high = (max(1, round(each * SIDE / tile)) for each in (kept.shape[1], kept.shape[0]))
    whole = cv2.resize(kept, (wide, high), interpolation=cv2.INTER_AREA)
    theirs, told = _evened(whole, np.ones_like(whole))
    # The copy is a part of the content, or has the content as its part: the smaller of both lies within the other.
    least = _LEAST_SHARE * min(float(inside.sum()), float(whole.size))
    best: Likeness | None = None
    places = 0
    for down in range(-(ours.shape[0] // SIDE), -(-high // SIDE) + 1):
        for across in range(-(ours.shape[1] // SIDE), -(-wide // SIDE) + 1):
            found = _at((ours, cover, inside), (theirs, told), (down * SIDE, across * SIDE), least)
            if found is None:
                continue
            places += 1
            if best is None or found.score > best.score:
                best = found
    if best is None:
        return None
    return Likeness(best.score, best.tiles, places, best.share, best.box)


def _laid(copy: NDArray[Any], geometry: Matrix) -> tuple[Floats, Floats, Floats] | None:
    """The copy on the raster, upright, evened out; where it tells something; where it lies."""
    height, width = copy.shape
    corners = np.array([[0, 0, 1], [width, 0, 1], [width, height, 1], [0, height, 1]], np.float64)
    try:
        there = corners @ np.linalg.inv(geometry).T
    except np.linalg.LinAlgError:
        return None
    if not np.all(np.isfinite(there)) or np.any(there[:, 2] <= 0):
        return None
    there = there[:, :2] / there[:, 2:]
    first = np.floor(there.min(0)).astype(int)
    extent = np.ceil(there.max(0)).astype(int) - first
    if extent.min() < 1 or extent.max() > _MOST_TILES:
        return None
    # Pixels are averaged before they are drawn smaller.
    pixels = np.sqrt(width * height / max(_area(there), 1e-9)) / SIDE
    if pixels > 1:
        small = (max(1, round(width / pixels)), max(1, round(height / pixels)))
        copy = cv2.resize(copy, small, interpolation=cv2.INTER_AREA)
        geometry = np.diag([small[0] / width, small[1] / height, 1.0]) @ geometry
    to_tiles = np.array([[1 / SIDE, 0, first[0]], [0, 1 / SIDE, first[1]], [0, 0, 1]], np.float64)
    to_tiles[:2, 2] += 0.5 / SIDE
    half = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1]], np.float64)
    way = half @ geometry @ to_tiles
    shape = (int(extent[0]) * SIDE, int(extent[1]) * SIDE)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    drawn = cv2.warpPerspective(copy, way, shape, flags=flags)
    inside = cv2.warpPerspective(np.ones_like(copy), way, shape, flags=flags)
    whole = (inside > 0.99).astype(np.float32)
    evened, told = _evened(drawn, whole)
    return evened, told, whole


def _area(corners: Matrix) -> float:
    x, y = corners[:, 0], corners[:, 1]
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)


def _evened(picture: NDArray[Any], inside: NDArray[Any]) -> tuple[Floats, Floats]:
    """What stands out from its surroundings, in units of the contrast there; and where there is something to see."""
    weight = cv2.GaussianBlur(inside, (0, 0), _SMOOTH) + 1e-6
    mean = cv2.GaussianBlur(picture * inside, (0, 0), _SMOOTH) / weight
    rest = (picture - mean) * inside
    contrast = np.sqrt(cv2.GaussianBlur(rest * rest, (0, 0), _SMOOTH) / weight)
    told = inside * (contrast > _FLAT)
    return (rest / np.maximum(contrast, _FLAT)).astype(np.float32), told.astype(np.float32)


def _at(
    copy: tuple[Floats, Floats, Floats], kept: tuple[Floats, Floats], shift: tuple[int, int], least: float
) -> Likeness | None:
    """The likeness with the copy's raster moved by whole tiles; None where less than `least` pixels of it lie in it."""
    (ours, cover, inside), (theirs, told) = copy, kept
    rows = slice(max(0, shift[0]), min(theirs.shape[0], shift[0] + ours.shape[0]))
    columns = slice(max(0, shift[1]), min(theirs.shape[1], shift[1] + ours.shape[1]))
    if rows.stop - rows.start < SIDE // 2 or columns.stop - columns.start < SIDE // 2:
        return None
    there = (
        slice(rows.start - shift[0], rows.stop - shift[0]),
        slice(columns.start - shift[1], columns.stop - shift[1]),
    )
    if float(inside[there].sum()) < least:
        return None
    both = cover[there] * told[rows, columns]
    one, other = ours[there], theirs[rows, columns]
    shared = _by_tiles(both)
    product = _by_tiles(one * other * both)
    power = _by_tiles(one * one * both) * _by_tiles(other * other * both)
    counted = shared >= _LEAST_COVER * SIDE * SIDE
    tiles = float(shared[counted].sum()) / SIDE**2
    if tiles < LEAST_TILES:
        return None
    score = float(np.median(product[counted] / np.sqrt(np.maximum(power[counted], 1e-12))))
    high, wide = theirs.shape
    lines, files = (np.flatnonzero(inside[there].any(axis)) for axis in (1, 0))
    left, top = columns.start + int(files[0]), rows.start + int(lines[0])
    right, bottom = columns.start + int(files[-1]) + 1, rows.start + int(lines[-1]) + 1
    box = (left / wide, top / high, right / wide, bottom / high)
    share = float(inside[there].sum()) / (high * wide)
    return Likeness(score, tiles, 0, share, box)


def _by_tiles(values: Floats) -> Floats:
    """Sums over squares of a tile; what does not fill one at the end is a smaller one."""
    rows = np.add.reduceat(values, np.arange(0, values.shape[0], SIDE), 0)
    summed: Floats = np.add.reduceat(rows, np.arange(0, values.shape[1], SIDE), 1)
    return summed

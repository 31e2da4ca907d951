"""Points of a picture that stand out: they know a crop, a turn or a collage again, where PDQ does not.

SIFT (Lowe, IJCV 2004) finds points with a size and a direction of their own and describes what is around each, so that
they are found again at another size and angle. Of the 128 numbers that describe one, 256 bits are kept: which lie above
their median, and which above their upper quartile. Two are as far apart as the bits in which they differ.

Single points are alike by chance; many at *one* place, size and angle are not. `compare` counts in how many cells of a
picture there are such points: a logo or a label that two pictures share, dense with points in one corner, says little.

There are up to 240 values for a picture. They are meant for comparing with what something else points to: a watermark's
id, a near PDQ hash. A collection of some hundred thousand pictures may also look up their `anchors` in an index.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from overt.fingerprints.model import Comparison, Fingerprint, Span, chance, hamming

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Picture = NDArray[np.uint8]

SIDE = 512
"""Pixels along the longer side of the picture in which points are looked for."""
MOST = 240
"""Points that are kept of a picture, the clearest."""
ANCHORS = 48
"""Points of a picture that an index takes in."""
NEAR = 60
"""Descriptions are alike up to this distance (bits of 256)."""

_CELLS = 12  # Along each side, for counting places and not points.
_OFF = 0.04  # How far a point may lie from where the others say, in longer sides of the query.
_TURN, _SIZE = math.radians(20), math.log(1.5)  # By how much the angle and the size of two matches may differ.
_ODDS = 2e-4  # That a chance match agrees with another: the product of the three above.
_UNIT = 1 << 14  # Places are numbers of this part of the longer side.


def fingerprint(picture: Picture) -> Fingerprint:
    """The fingerprint to be kept, of a picture (uint8, h x w x 3 RGB or h x w)."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) if picture.ndim == 3 else picture
    scale = SIDE / max(grey.shape)
    if scale != 1:
        shape = [max(1, round(side * scale)) for side in grey.shape]
        grey = cv2.resize(grey, shape[::-1], interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    finder = cv2.SIFT.create(nfeatures=MOST, contrastThreshold=0.02)
    keys, described = finder.detectAndCompute(grey, None)
    keys = keys[:MOST]
    if not keys:
        return Fingerprint("points", np.zeros((0, 32), np.uint8), np.zeros(0, np.int64), np.zeros(0, np.uint8), _UNIT)
    places = np.array([_place(key) for key in keys], np.int64)
    quality = np.array([min(100, round(1000 * key.response)) for key in keys], np.uint8)
    return Fingerprint("points", _bits(described[:MOST]), places, quality, _UNIT)


def queries(picture: Picture) -> tuple[Fingerprint, Fingerprint]:
    """The fingerprints to be compared with kept ones: of the picture as it is, and mirrored."""
    return fingerprint(picture), fingerprint(np.ascontiguousarray(picture[:, ::-1]))


def anchors(kept: Fingerprint) -> Fingerprint:
    """The clearest points, few enough for an index. One of them within 31 bits of a query's makes a candidate."""
    clearest = np.sort(np.argsort(-kept.quality.astype(np.int64), kind="stable")[:ANCHORS])
    return Fingerprint("points", kept.values[clearest], kept.places[clearest], kept.quality[clearest], kept.extent)


def compare(query: Sequence[Fingerprint], reference: Fingerprint) -> Comparison:
    """The query (see `queries`) beside the reference.

    Unit of the distance: the logarithm (base 10) of how likely so many points agree by chance, as in
    `overt.fingerprints.sound.compare`. `matched` counts cells of the picture, `changed` the turn (degrees,
    anticlockwise), the size of the copy against the source, and whether it was mirrored.
    """
    found = [_agreeing(each, reference) for each in query]
    number = min(range(len(found)), key=lambda index: found[index].log10_chance)
    best = found[number]
    changed = {"turned": best.turned, "scaled": best.scaled} | ({"mirrored": 1.0} if number else {})
    distance = min(0.0, best.log10_chance + math.log10(len(query)))
    spans = (Span((0, 1), (0, 1)),) if best.cells else ()
    of_query, of_reference = (_cells(_points(each).at) for each in (query[number], reference))
    return Comparison("points", distance, best.cells, of_query, of_reference, spans, changed if best.cells else {})


@dataclass(frozen=True, slots=True)
class _Points:
    """Where points lie (n x 2, x and y in longer sides), how large they are (logarithm) and how they are turned."""

    at: Floats
    size: Floats
    angle: Floats


@dataclass(frozen=True, slots=True)
class _Agreement:
    log10_chance: float = 0.0
    cells: int = 0
    turned: float = 0.0
    scaled: float = 1.0


def _agreeing(query: Fingerprint, reference: Fingerprint) -> _Agreement:
    """The largest set of pairs of points that one similarity (turn, size, shift) explains."""
    if not len(query) or not len(reference):
        return _Agreement()
    apart = hamming(query.values, reference.values)
    nearest = apart.argmin(1)
    mine = np.nonzero((apart.argmin(0)[nearest] == np.arange(len(query))) & (apart.min(1) <= NEAR))[0]
    if mine.size < 2:
        return _Agreement()
    here, there = _points(query, mine), _points(reference, nearest[mine])
    size, angle = here.size - there.size, here.angle - there.angle
    # Each pair alone says where every other point of the reference should lie in the query.
    turn = np.exp(1j * angle) * np.exp(size)
    spot, source = (each.at[:, 0] + 1j * each.at[:, 1] for each in (here, there))
    expected = spot[:, None] + turn[:, None] * (source[None] - source[:, None])
    agree = np.abs(expected - spot[None]) <= _OFF
    agree &= np.abs(size[:, None] - size[None]) <= _SIZE
    agree &= np.abs((angle[:, None] - angle[None] + np.pi) % (2 * np.pi) - np.pi) <= _TURN
    best = int(agree.sum(1).argmax())
    together = agree[best]
    cells = min(_cells(here.at[together]), _cells(there.at[together]))
    # The pair that others agree with is none of those that agree; any pair could have been it.
    log10_chance = chance(cells - 1, mine.size * _ODDS) + math.log10(mine.size)
    turned = -math.degrees(float(np.angle(np.exp(1j * angle[together]).sum())))
    return _Agreement(min(0.0, log10_chance), cells, turned, float(np.exp(np.median(size[together]))))


def _bits(described: NDArray[Any]) -> NDArray[np.uint8]:
    middle, upper = np.percentile(described, (50, 75), axis=1, keepdims=True)
    return np.packbits(np.hstack([described > middle, described > upper]), axis=1)


def _place(key: cv2.KeyPoint) -> int:
    """Where (x, y), how large and how turned: 16 bits each."""
    x, y = (min(_UNIT, max(0, round(each / SIDE * _UNIT))) for each in key.pt)
    size = min(65535, round(key.size / SIDE * _UNIT))
    return x << 48 | y << 32 | size << 16 | round(key.angle / 360 * 65535)


def _points(kept: Fingerprint, chosen: Ints | slice = slice(None)) -> _Points:
    places = kept.places[chosen].view(np.uint64)
    x, y, size, angle = ((places >> np.uint64(shift) & np.uint64(0xFFFF)).astype(float) for shift in (48, 32, 16, 0))
    return _Points(np.stack([x, y], 1) / _UNIT, np.log(np.maximum(size, 1)), angle / 65535 * 2 * np.pi)


def _cells(at: Floats) -> int:
    """In how many cells of the picture there are points."""
    return len(np.unique((at * _CELLS).astype(np.int64) @ np.array([_CELLS + 1, 1])))

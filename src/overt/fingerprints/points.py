"""Points of a picture that stand out: they know a crop, a turn or a collage again, where PDQ does not.

SIFT (Lowe, IJCV 2004) finds points with a size and a direction of their own and describes what is around each, so that
they are found again at another size and angle. Of the 128 numbers that describe one, 256 bits are kept: which lie above
their median, and which above their upper quartile. Two are as far apart as the bits in which they differ.

Single points are alike by chance; many at *one* place, size and angle are not. `compare` counts in how many cells of a
picture there are such points, and few in one row of cells: a logo or a line of text that two pictures share says
little, however dense with points it is.

There are up to 240 values for a picture. They are meant for comparing with what something else points to: a watermark's
id, a near PDQ hash. A collection of some hundred thousand pictures may also look up their `anchors` in an index.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from overt.fingerprints.model import VECTOR_BYTES, Comparison, Fingerprint, Span, chance, hamming

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

_CELLS = 16  # Along each side, for counting places and not points.
_OFF = 0.04  # How far a point may lie from where the others say, in longer sides of the query.
_TURN, _SIZE = math.radians(20), math.log(1.5)  # By how much the angle and the size of two matches may differ.
_ODDS = 2e-4  # That a chance match agrees with another: the product of the three above.
_FIELDS = (20, 12, 12, 10, 9)  # Bits of a place: tenths of a second, x, y and size in longer sides, the angle.


def prepared(picture: Picture) -> Picture:
    """The picture (uint8, h x w x 3 RGB or h x w), grey, at the size in which points are looked for."""
    grey: NDArray[Any] = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) if picture.ndim == 3 else picture
    scale = SIDE / max(grey.shape)
    if scale == 1:
        return grey.copy()
    wide, high = (max(1, round(side * scale)) for side in grey.shape[::-1])
    small = cv2.resize(grey, (wide, high), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    return small.astype(np.uint8, copy=False)


def fingerprint(picture: Picture, moment: float = 0.0) -> Fingerprint:
    """The fingerprint to be kept, of a picture or of a film's frame that is shown at a moment (seconds)."""
    finder = cv2.SIFT.create(nfeatures=MOST, contrastThreshold=0.02)
    keys, described = finder.detectAndCompute(prepared(picture), None)
    if not keys:
        return joined([])
    tenths = min((1 << _FIELDS[0]) - 1, round(10 * moment))
    places = np.array([_place(tenths, key) for key in keys[:MOST]], np.int64)
    quality = np.array([min(100, round(1000 * key.response)) for key in keys[:MOST]], np.uint8)
    return Fingerprint("points", _bits(described[:MOST]), places, quality)


def queries(picture: Picture, moment: float = 0.0) -> tuple[Fingerprint, Fingerprint]:
    """The fingerprints to be compared with kept ones: of the picture as it is, and mirrored."""
    return fingerprint(picture, moment), fingerprint(np.ascontiguousarray(picture[:, ::-1]), moment)


def joined(frames: Sequence[Fingerprint]) -> Fingerprint:
    """One fingerprint of several frames of a film."""
    return Fingerprint(
        "points",
        np.concatenate([np.zeros((0, VECTOR_BYTES), np.uint8), *(each.values for each in frames)]),
        np.concatenate([np.zeros(0, np.int64), *(each.places for each in frames)]),
        np.concatenate([np.zeros(0, np.uint8), *(each.quality for each in frames)]),
    )


def anchors(kept: Fingerprint) -> Fingerprint:
    """The clearest points, few enough for an index. One of them within 31 bits of a query's makes a candidate."""
    clearest = np.sort(np.argsort(-kept.quality.astype(np.int64), kind="stable")[:ANCHORS])
    return Fingerprint("points", kept.values[clearest], kept.places[clearest], kept.quality[clearest])


def compare(query: Sequence[Fingerprint], reference: Fingerprint) -> Comparison:
    """The query (see `queries`) beside the reference; of films, the two frames that agree most.

    Unit of the distance: the logarithm (base 10) of how likely so many points agree by chance, as in
    `overt.fingerprints.sound.compare`. `matched` counts cells of the picture; the span says when the frames are shown,
    in tenths of a second; `changed` has the turn (degrees, anticlockwise), the size of the copy against the source, and
    whether it was mirrored.
    """
    kept = _frames(reference)
    tries = [
        (_agreeing(one, other), number, one, other)
        for number, each in enumerate(query)
        for one in _frames(each)
        for other in kept
    ]
    if not tries:
        return Comparison("points", 0.0, 0, 0, 0)
    best, number, one, other = min(tries, key=lambda each: each[0].log10_chance)
    of_query, of_reference = _cells(_points(one).at), _cells(_points(other).at)
    if not best.cells:
        return Comparison("points", 0.0, 0, of_query, of_reference)
    changed = {"turned": best.turned, "scaled": best.scaled} | ({"mirrored": 1.0} if number else {})
    distance = min(0.0, best.log10_chance + math.log10(len(tries)))
    here, there = (int(each.places[0] >> sum(_FIELDS[1:])) for each in (one, other))
    span = Span((here, here + 1), (there, there + 1))
    return Comparison("points", distance, best.cells, of_query, of_reference, (span,), changed)


@dataclass(frozen=True, slots=True)
class _Points:
    """Where points lie (n x 2, x and y in longer sides), how large they are (logarithm) and how they are turned."""

    at: Floats
    size: Floats
    angle: Floats


@dataclass(frozen=True, slots=True)
class _Agreement:
    """What two pictures agree on, before the number of tries is counted in."""

    log10_chance: float = 0.0
    cells: int = 0
    turned: float = 0.0
    scaled: float = 1.0


def _frames(kept: Fingerprint) -> list[Fingerprint]:
    """The fingerprints of which one was joined."""
    moments = kept.places >> sum(_FIELDS[1:])
    parts = [np.nonzero(moments == moment)[0] for moment in np.unique(moments)]
    return [Fingerprint("points", kept.values[part], kept.places[part], kept.quality[part]) for part in parts]


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


def _place(tenths: int, key: cv2.KeyPoint) -> int:
    """When, where (x, y), how large and how turned."""
    x, y, size = (each / SIDE for each in (*key.pt, key.size))
    place = tenths
    for width, share in zip(_FIELDS[1:], (x, y, size, key.angle / 360), strict=True):
        place = place << width | min((1 << width) - 1, max(0, int(share * (1 << width))))
    return place


def _points(kept: Fingerprint, chosen: Ints | slice = slice(None)) -> _Points:
    left = kept.places[chosen]
    shares = []
    for width in reversed(_FIELDS[1:]):
        shares.append(((left & ((1 << width) - 1)) + 0.5) / (1 << width))
        left = left >> width
    angle, size, y, x = shares
    return _Points(np.stack([x, y], 1), np.log(size), angle * 2 * np.pi)


def _cells(at: Floats) -> int:
    """In how many cells of the picture there are points; in one row or column of cells, no more than three count."""
    cells = np.unique((at * _CELLS).astype(np.int64), axis=0)
    narrow = min(np.unique(cells[:, 0]).size, np.unique(cells[:, 1]).size)
    return min(len(cells), 3 * narrow)

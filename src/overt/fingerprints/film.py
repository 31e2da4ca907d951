"""Film known again by the PDQ hashes of its frames, as vPDQ does (ThreatExchange), and by when they are shown.

Frames are looked at on a clock, not by their number, so that another frame rate changes nothing: `Sampler` says of each
frame that a decoder shows whether it is wanted. Neighbours that look the same are kept once, plain ones not at all.

Two films are laid beside each other at the shift in time at which most frames are near. There, each frame of the query
is held against what is on screen in the reference. A film that was sped up is not found beyond its first seconds.
A cropped film is another one to PDQ, as a cropped picture is: for those there are the points of some frames.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from overt.fingerprints import pdq, points
from overt.fingerprints.model import VECTOR_BYTES, Comparison, Fingerprint, Span, hamming

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

SIDE = 256
"""Frames need no more pixels than this along their shorter side: a decoder may scale them down first."""
EVERY = 0.25
"""Seconds from one look to the next, in a film that is to be kept."""
ASKED_EVERY = 0.125
"""The same in a film that is looked up: twice as often, so that a look falls close to each one that was kept."""
NEAR = 56
"""Two frames are alike up to this distance (bits of 256). One such pair means little; several at one shift do."""

_SAME = 8  # Bits: a frame this near to the last one kept is not kept ...
_AT_LEAST_EVERY = 2000  # ... but one is in so many milliseconds, however little happens.
_LOOSE = 250  # Milliseconds by which frames may be off and still be at one shift.
_SCENES = 32  # Frames whose points are kept.
_SCENE_EVERY = 1.5  # Seconds between two of them, at first.
_GAP = 3000  # Milliseconds without a frame that is alike, after which a span ends.
_NEVER = 8 * VECTOR_BYTES + 1
_BLOCK = 512  # Frames of the query that are compared at once.


@dataclass(slots=True)
class Sampler:
    """Takes a film frame after frame and gathers its fingerprint.

    `wants(seconds)` first, so that a frame that is not looked at need not be converted; then `add`.
    """

    every: float = EVERY
    _next: float = 0.0
    _last: float = 0.0
    _kept: list[Fingerprint] = field(default_factory=list)
    _places: list[int] = field(default_factory=list)
    _scene_every: float = _SCENE_EVERY
    _scenes: list[tuple[float, NDArray[np.uint8]]] = field(default_factory=list)

    def wants(self, seconds: float) -> bool:
        """Whether the frame shown from this moment on is to be added."""
        return seconds >= self._next

    def add(self, seconds: float, frame: NDArray[np.uint8]) -> None:
        """A frame (uint8, h x w x 3 RGB or h x w) and the moment from which it is shown."""
        self._next = max(self._next + self.every, seconds + self.every / 2)
        self._last = max(self._last, seconds)
        one = pdq.queries(frame)
        place = round(1000 * seconds)
        if one.quality[0] < pdq.MIN_QUALITY:
            return
        self._scene(seconds, frame)
        if self._kept and place - self._places[-1] < _AT_LEAST_EVERY:
            last = self._kept[-1]
            if int(hamming(last.values[:1], one.values[:1])[0, 0]) <= _SAME:
                return
        self._kept.append(one)
        self._places.append(place)

    def fingerprint(self) -> Fingerprint:
        """What was gathered, to be kept. A frame with plain edges has two values at one place (see `pdq.inside`)."""
        return self._way(0)

    def queries(self) -> tuple[Fingerprint, ...]:
        """What was gathered, to be looked up: one for each of `pdq.WAYS`."""
        return tuple(self._way(number) for number in range(len(pdq.WAYS)))

    def points(self) -> tuple[Fingerprint, Fingerprint]:
        """The points of some frames, spread over the film: as it is (to be kept), and mirrored (to be asked, too)."""
        pairs = [points.queries(frame, seconds) for seconds, frame in self._scenes]
        return points.joined([pair[0] for pair in pairs]), points.joined([pair[1] for pair in pairs])

    def _scene(self, seconds: float, frame: NDArray[np.uint8]) -> None:
        if self._scenes and seconds < self._scenes[-1][0] + self._scene_every:
            return
        if len(self._scenes) == _SCENES:
            # However long the film, they are spread over all of it: every second one goes.
            self._scenes = self._scenes[::2]
            self._scene_every *= 2
        self._scenes.append((seconds, points.prepared(frame)))

    def _way(self, number: int) -> Fingerprint:
        values = [each.values[number :: len(pdq.WAYS)] for each in self._kept]
        places = np.repeat(np.array(self._places, np.int64), [len(each) for each in values])
        quality = [each.quality[number :: len(pdq.WAYS)] for each in self._kept]
        return Fingerprint(
            "film",
            np.concatenate([np.zeros((0, VECTOR_BYTES), np.uint8), *values]),
            places,
            np.concatenate([np.zeros(0, np.uint8), *quality]),
            round(1000 * (self._last + self.every)) if self._places else 0,
        )


def compare(query: Sequence[Fingerprint], reference: Fingerprint) -> Comparison:
    """The way of the query (see `Sampler.queries`) that is most like the reference.

    Unit of the distance: bits of 256, the mean of the nearer half of the frames in the longest span that is alike;
    where there is none, the distance of the nearest two frames. `matched` counts the query's frames that are near
    one of the reference.
    """
    found = [_beside(each, reference) for each in query]
    number = min(range(len(found)), key=lambda index: (-found[index].matched, found[index].distance))
    return replace(found[number], changed={pdq.WAYS[number]: 1.0} if number else {})


def _beside(query: Fingerprint, reference: Fingerprint) -> Comparison:
    asked, kept = np.unique(query.places), np.unique(reference.places)
    if not asked.size or not kept.size:
        return Comparison("film", float(8 * VECTOR_BYTES), 0, asked.size, kept.size)
    far = _frames(query, reference)
    shift = _shift(far, asked, kept)
    # What is on screen in the reference at that moment, give or take: a frame is on screen until the next one.
    first = np.maximum(np.searchsorted(kept, asked + shift - _LOOSE, "right") - 1, 0)
    last = np.searchsorted(kept, asked + shift + _LOOSE, "right")
    beside = (asked + shift >= -_LOOSE) & (asked + shift <= reference.extent + _LOOSE) & (last > first)
    apart = np.array([far[row, first[row] : last[row]].min() if beside[row] else _NEVER for row in range(asked.size)])
    near = np.nonzero(apart <= NEAR)[0]
    if not near.size:
        return Comparison("film", float(far.min()), 0, asked.size, kept.size)
    spans = []
    for run in np.split(near, np.nonzero(np.diff(asked[near]) > _GAP)[0] + 1):
        begin, end = int(asked[run[0]]), int(asked[run[-1]]) + 1
        spans.append(Span((begin, end), (begin + shift, end + shift)))
    longest = max(spans, key=lambda span: span.query[1] - span.query[0])
    within = (asked >= longest.query[0]) & (asked < longest.query[1]) & beside
    spans.sort(key=lambda span: span.query[0] - span.query[1])
    nearer = np.sort(apart[within])[: (np.count_nonzero(within) + 1) // 2]
    return Comparison("film", float(nearer.mean()), near.size, asked.size, kept.size, tuple(spans))


def _frames(query: Fingerprint, reference: Fingerprint) -> Ints:
    """How far each frame of the query is from each of the reference; of two values at one place the nearer counts."""
    rows = np.unique(query.places, return_index=True)[1]
    columns = np.unique(reference.places, return_index=True)[1]
    blocks = [
        np.minimum.reduceat(hamming(query.values[start : start + _BLOCK], reference.values), columns, axis=1)
        for start in range(0, len(query), _BLOCK)
    ]
    nearest: Ints = np.minimum.reduceat(np.concatenate(blocks), rows, axis=0)
    return nearest


def _shift(far: Ints, asked: Ints, kept: Ints) -> int:
    """The shift in time, in milliseconds, at which most frames are near; where none are, that of the nearest two."""
    row, column = np.nonzero(far <= max(NEAR, int(far.min())))
    shifts = kept[column] - asked[row]
    # The nearer, the more it counts: where little moves, frames are near at many shifts.
    worth = 1 + NEAR - np.minimum(far[row, column], NEAR)
    lowest = int(shifts.min())
    votes = np.bincount((shifts - lowest) // _LOOSE, worth)
    best = int(np.convolve(votes, (1, 1), "full").argmax())
    inside = np.isin((shifts - lowest) // _LOOSE, (best - 1, best))
    return int(np.average(shifts[inside], weights=worth[inside]))

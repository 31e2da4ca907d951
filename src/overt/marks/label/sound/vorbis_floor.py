"""The floor of a Vorbis packet: a curve through points that the stream's codebooks can say.

Source: Vorbis I specification 7.2 (floor 1), 9.2.4 to 9.2.6 (points and lines), 10.1 (what the steps are worth).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from overt.errors import UnsupportedError
from overt.language import Text
from overt.marks.label.sound.vorbis_setup import Floor, FloorClass, Setup

Floats = NDArray[np.float64]

ANOTHER: Final = Text(
    zh="先转换：ffmpeg -i IN -c:a libopus OUT.opus", en="Convert it first: ffmpeg -i IN -c:a libopus OUT.opus"
)
"""The way out for streams whose codebooks do not suffice."""

_STEP_DB = 140 / 256
"""What one step of the 256 of a floor is worth; the highest is 0 dB (10.1)."""


def number(value: int, width: int) -> str:
    """The bits of a number, the lowest first."""
    return f"{value:0{width}b}"[::-1] if width else ""


def envelope(spectrum: Floats) -> Floats:
    """The level around each line in decibels: a tenth of its frequency to both sides, at least four lines."""
    count = len(spectrum)
    sums = np.concatenate([[0.0], np.cumsum(spectrum**2)])
    lines = np.arange(count)
    reach = np.maximum(4, lines // 10)
    low, high = np.maximum(0, lines - reach), np.minimum(count, lines + reach + 1)
    return np.asarray(10 * np.log10((sums[high] - sums[low]) / (high - low) + 1e-20))


@dataclass(frozen=True, slots=True)
class Line:
    """A coded floor: its bits, and the curve that a decoder makes of it."""

    bits: str
    curve: Floats


def code(setup: Setup, floor: Floor, level: Floats) -> Line:
    """The floor nearest to a level in decibels that the stream's codebooks can say."""
    count = len(level)
    # Between two points the curve is a line: a peak there must lift both of them.
    order = sorted(min(place, count - 1) for place in floor.places)
    around = {place: (low, high) for low, place, high in zip([0, *order], order, [*order[1:], count - 1], strict=False)}
    bounds = [around[min(place, count - 1)] for place in floor.places]
    highest = np.array([level[low : high + 1].max() for low, high in bounds])
    wanted = np.clip(np.rint((255 + highest / _STEP_DB) / floor.multiplier), 0, floor.range - 1).astype(int).tolist()
    width = (floor.range - 1).bit_length()
    bits = "1" + number(wanted[0], width) + number(wanted[1], width)
    heights = wanted[:2]
    used = [True, True]
    for partition in floor.partitions:
        kind = floor.classes[partition]
        values: list[int] = []
        for _ in range(kind.dimensions):
            value, height, low, high = _point(setup, floor, kind, heights, wanted[len(heights)])
            values.append(value)
            heights.append(height)
            used.append(bool(value))
            if value:
                used[low] = used[high] = True
        bits += _partition(setup, kind, values)
    return Line(bits, _curve(floor, heights, used, count))


def _neighbours(places: Sequence[int], index: int) -> tuple[int, int]:
    """The nearest points before and behind one, of those that come earlier in the list (9.2.4, 9.2.5)."""
    low = max((each for each in range(index) if places[each] < places[index]), key=lambda each: places[each])
    high = min((each for each in range(index) if places[each] > places[index]), key=lambda each: places[each])
    return low, high


def _between(places: Sequence[int], heights: Sequence[int], low: int, high: int, place: int) -> int:
    """The height of a line at a place (9.2.6)."""
    rise = heights[high] - heights[low]
    offset = abs(rise) * (place - places[low]) // (places[high] - places[low])
    return heights[low] + (offset if rise >= 0 else -offset)


def _point(
    setup: Setup, floor: Floor, kind: FloorClass, heights: Sequence[int], wanted: int
) -> tuple[int, int, int, int]:
    """What is coded for a point, the height that a decoder gets, and the two points that it is told from (7.2.4)."""
    index = len(heights)
    low, high = _neighbours(floor.places, index)
    expected = _between(floor.places, heights, low, high, floor.places[index])
    best, value, height = 1 << 30, 0, expected
    for each in _values(setup, kind):
        got = _height(each, expected, floor.range)
        if 0 <= got < floor.range and abs(got - wanted) < best:
            best, value, height = abs(got - wanted), each, got
    return value, height, low, high


@cache
def _all_values(books: tuple[tuple[str, ...], ...]) -> tuple[int, ...]:
    return tuple(sorted({each for words in books for each, word in enumerate(words) if word}))


def _values(setup: Setup, kind: FloorClass) -> tuple[int, ...]:
    """The numbers that the books of a class can say."""
    words = tuple(setup.books[book].words if book >= 0 else ("-",) for book in kind.books)
    return _all_values(words)


def _height(value: int, expected: int, top: int) -> int:
    above, below = top - expected, expected
    if value >= 2 * min(above, below):
        return value - below + expected if above > below else expected - value + above - 1
    return expected - (value + 1) // 2 if value % 2 else expected + value // 2


def _partition(setup: Setup, kind: FloorClass, values: Sequence[int]) -> str:
    """The words of some points: which books, then the numbers."""
    choice, bits = 0, ""
    for number, value in enumerate(values):
        for sub, book in enumerate(kind.books):
            words = setup.books[book].words if book >= 0 else ("",)
            if value < len(words) and (words[value] or (book < 0 and not value)):
                choice |= sub << (kind.bits * number)
                bits += words[value]
                break
    if not kind.bits:
        return bits
    words = setup.books[kind.master].words
    if choice >= len(words) or not words[choice]:
        raise UnsupportedError("a Vorbis floor that cannot say this", "Vorbis 底线码本不足", hint=ANOTHER)
    return words[choice] + bits


def _curve(floor: Floor, heights: Sequence[int], used: Sequence[bool], count: int) -> Floats:
    """The curve between the points that count, as factors."""
    order = sorted((place, index) for index, place in enumerate(floor.places) if used[index])
    steps = np.zeros(max(count, order[-1][0]) + 1)
    for (left, low), (right, high) in pairwise(order):
        first, last = heights[low] * floor.multiplier, heights[high] * floor.multiplier
        offset = abs(last - first) * np.arange(right - left) // (right - left)
        steps[left:right] = first + (offset if last >= first else -offset)
    steps[order[-1][0] :] = heights[order[-1][1]] * floor.multiplier
    return np.asarray(10 ** ((np.minimum(steps[:count], 255) - 255) * _STEP_DB / 20))

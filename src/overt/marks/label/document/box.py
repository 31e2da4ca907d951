"""Where the label of a slide or a sheet goes, and how large it is there: boxes alone, no file format.

Source: GB 45438-2025 clauses 5.1 and 5.2 through the rulebook. The first slide is looked at as a picture is, so that
its label has a picture's size; on every other slide it has that of a page of a document (`pdf_page`).
A label covers what lies there least; what its viewer's fonts really draw is not known here, so that sizes are
reckoned by the ink of Noto Sans CJK with a reserve.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from overt.language import Language
from overt.marks.label.document.pdf_font import typeface
from overt.marks.label.model import Position

FILL, INK = "FFF6D6", "14161A"
"""The label's ground and its letters: 15 : 1 by WCAG."""
SECOND = 0.62
"""The second language's type, in em of the first."""
_RESERVE = 1.06
"""More than the clause asks for: other faces draw the same glyph a little smaller."""
_PAD_X, _PAD_Y, _LINE = 0.6, 0.3, 1.25  # In em of the label's type.
_LATIN = 0.56  # The mean advance of a Latin letter, in em.
_MARGIN = 0.03  # Of the shorter side.
_PLACES: dict[Position, tuple[float, float, float]] = {
    # Where the box lies between left and right, between top and bottom; and the handicap of the place.
    "bottom-right": (1, 1, 0.0),
    "bottom-left": (0, 1, 0.02),
    "top-right": (1, 0, 0.04),
    "top-left": (0, 0, 0.06),
    "bottom": (0.5, 1, 0.08),
    "top": (0.5, 0, 0.10),
}


class Box(NamedTuple):
    """Left, top, width and height in whatever unit the document counts."""

    left: float
    top: float
    width: float
    height: float

    def shared(self, other: Box) -> float:
        """The area that two boxes have in common."""
        wide = min(self.left + self.width, other.left + other.width) - max(self.left, other.left)
        high = min(self.top + self.height, other.top + other.height) - max(self.top, other.top)
        return max(0.0, wide) * max(0.0, high)


def em_for(ratio: float, shorter: float, glyph: str) -> float:
    """The size of type whose reference glyph has this part of the shorter side."""
    return ratio * _RESERVE * shorter / ink_of(glyph)


def ink_of(glyph: str) -> float:
    """The ink height of a glyph, in em."""
    low, high = typeface(glyph).ink[glyph]
    return (high - low) / 1000


def extent(sentences: list[tuple[Language, str]], em: float) -> tuple[float, float]:
    """Width and height of a box with one line for each language."""
    widths = [_width(text) * (1 if number == 0 else SECOND) for number, (_, text) in enumerate(sentences)]
    lines = 1 + SECOND * (len(sentences) - 1)
    return (max(widths) + 2 * _PAD_X) * em, (lines * _LINE + 2 * _PAD_Y) * em


def _width(text: str) -> float:
    return sum(_LATIN if letter < "\u2e80" else 1.0 for letter in text)


def spot(
    page: tuple[float, float], size: tuple[float, float], occupied: Iterable[Box], position: Position
) -> tuple[Position, Box]:
    """The edge or corner where a box of this size covers least of what is there."""
    (width, height), (wide, high) = page, size
    margin = _MARGIN * min(page)
    boxes = list(occupied)
    best: tuple[float, Position, Box] | None = None
    for name, (across, down, handicap) in _PLACES.items():
        if position not in ("auto", name):
            continue
        left = margin + across * (width - 2 * margin - wide)
        top = margin + down * (height - 2 * margin - high)
        box = Box(max(0.0, left), max(0.0, top), wide, high)
        cost = sum(box.shared(each) for each in boxes) / (wide * high) + handicap
        if best is None or cost < best[0]:
            best = cost, name, box
    if best is None:
        raise ValueError(position)
    return best[1], best[2]

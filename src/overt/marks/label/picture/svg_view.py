"""What of an SVG is displayed, and how large: the root's width, height and viewBox.

Source: SVG 1.1, 7.2 to 7.8 (viewport, viewBox, preserveAspectRatio); CSS Values 4, 5.2 (absolute lengths).
Where a side is not an absolute length the drawing is shown at any size, and counts in the units of its viewBox.
Style sheets that set the size of the root are not read.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from overt.errors import UnsupportedError
from overt.language import Text

_UNITS = {
    "": 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4, "q": 96 / 101.6,
    "em": 16.0, "rem": 16.0, "ex": 8.0, "ch": 8.0,
}  # fmt: skip
"""Pixels of CSS; letters at the size that browsers start with."""
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?"
_LENGTH = re.compile(rf"\s*({_NUMBER})\s*([A-Za-z]{{0,3}}|%)\s*")
_ALIGN = re.compile(r"\s*(?:defer\s+)?(none|x(?:Min|Mid|Max)Y(?:Min|Mid|Max))(?:\s+(meet|slice))?\s*")
_SHARE = {"Min": 0.0, "Mid": 0.5, "Max": 1.0}
_LEAST, _MOST = 1e-6, 1e9
"""Sides of a drawing. Beyond these, numbers lose what a label needs."""


@dataclass(frozen=True, slots=True)
class View:
    """A displayed drawing of `width` × `height`, and its pixels in the units of the drawing.

    A pixel at (x, y) is at (`left` + x / `across`, `top` + y / `down`). `is_sized` says that the pixels are those of a
    screen, because the drawing says how large it is.
    """

    width: float
    height: float
    left: float
    top: float
    across: float
    down: float
    is_sized: bool

    def units(self, x: float, y: float) -> tuple[float, float]:
        """A pixel in the drawing's units."""
        return self.left + x / self.across, self.top + y / self.down

    def pixels(self, x: float, y: float) -> tuple[float, float]:
        """A point of the drawing in pixels."""
        return (x - self.left) * self.across, (y - self.top) * self.down


def view(attributes: Mapping[str, str]) -> View:
    """What the root's attributes say. Raises `UnsupportedError` for a drawing that says nothing of its size."""
    width, height = _length(attributes.get("width")), _length(attributes.get("height"))
    box = _box(attributes.get("viewBox"))
    if box is None:
        if width is None or height is None:
            raise _refusal()
        return View(width, height, 0.0, 0.0, 1.0, 1.0, is_sized=True)
    x, y, wide, high = box
    sized = width is not None or height is not None
    shown_width = width if width is not None else height * wide / high if height is not None else wide
    shown_height = height if height is not None else shown_width * high / wide
    if not (_LEAST <= shown_width <= _MOST and _LEAST <= shown_height <= _MOST):
        raise _refusal()
    across, down = shown_width / wide, shown_height / high
    found = _ALIGN.fullmatch(attributes.get("preserveAspectRatio", ""))
    align, fit = (found[1], found[2]) if found else ("xMidYMid", "meet")
    if align == "none":
        return View(shown_width, shown_height, x, y, across, down, sized)
    scale = max(across, down) if fit == "slice" else min(across, down)
    left = x - (shown_width / scale - wide) * _SHARE[align[1:4]]
    top = y - (shown_height / scale - high) * _SHARE[align[5:8]]
    return View(shown_width, shown_height, left, top, scale, scale, sized)


def _length(text: str | None) -> float | None:
    """An absolute length in pixels; None for a share of the window, and for what is none."""
    found = _LENGTH.fullmatch(text or "")
    factor = _UNITS.get(found[2].lower()) if found else None
    if found is None or factor is None:
        return None
    value = float(found[1]) * factor
    if not _LEAST <= value <= _MOST:
        raise _refusal()
    return value


def _box(text: str | None) -> tuple[float, float, float, float] | None:
    numbers = [float(part) for part in re.findall(_NUMBER, text or "")]
    if len(numbers) != 4 or not all(math.isfinite(number) and abs(number) <= _MOST for number in numbers):
        return None
    x, y, wide, high = numbers
    return (x, y, wide, high) if min(wide, high) >= _LEAST else None


def _refusal() -> UnsupportedError:
    return UnsupportedError(
        "the drawing does not say how large it is",
        "图形没有说明其尺寸",
        hint=Text(
            zh="请在根元素 <svg> 上写明 viewBox，或以像素写明 width 和 height。",
            en="Give its root element <svg> a viewBox, or a width and height in pixels.",
        ),
    )

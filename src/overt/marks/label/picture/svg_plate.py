"""The label of an SVG as markup: a plate and the wording's glyphs as paths, and the same words as text.

Source: GB 45438-2025 clause 5.2 through the rulebook; SVG 1.1, 8 (paths) and 5.4 (title); WAI-ARIA for SVG.
Glyphs are paths, so that the label looks the same where the typeface is missing, and each carries its look in its own
`style`, every declaration `!important`, so that the drawing's style sheets neither hide nor recolour it.
The proportions are those of `overt.marks.label.glyphs`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from types import MappingProxyType

import numpy as np

from overt.errors import UnsupportedError
from overt.language import Text
from overt.marks.label import glyphs, placement
from overt.marks.label.document import pdf_font
from overt.marks.label.model import Position
from overt.marks.label.picture.svg_view import View
from overt.rulebook import LabelRules

OWN = "data-overt-label"
"""The attribute by which the parts of our own label are known: group, plate and glyph."""
_ALWAYS = (
    "display:inline!important;visibility:visible!important;opacity:1!important;filter:none!important;mask:none!important;"
    "clip-path:none!important;transform:none!important;animation:none!important;mix-blend-mode:normal!important"
)
_INK = f"{_ALWAYS};fill:#fff!important;fill-opacity:1!important;fill-rule:nonzero!important;stroke:none!important"
STYLES: Mapping[str, str] = MappingProxyType({
    "group": _ALWAYS,
    "plate": f"{_ALWAYS};fill:#111317!important;fill-opacity:.92!important;stroke:none!important",
    "glyph": _INK,
    "second": _INK,
})  # fmt: skip
"""The look of each part. A part that looks otherwise is not ours any more."""

MARGIN = 0.04
"""Extra height: renderers round, and a display is rarely of the size that a drawing says."""
_EM = 1000.0  # Noto CJK counts 1,000 units to the em.

# Proportions, in units of the type size.
_TRACKING = 0.05
_PAD_X = 0.56
_PAD_Y = 0.40
_LEADING = 1.16
_RADIUS = 0.34
_SECOND = 0.56
_SECOND_GAP = 0.30
_DISTANCE = 0.55

_GROUND, _OPACITY = np.array([17, 19, 23]), 0.92


@dataclass(frozen=True, slots=True)
class Glyph:
    """An outline of the typeface, in thousandths of the em, y upwards: segments of points, and its ink."""

    segments: tuple[tuple[str, tuple[tuple[float, float], ...]], ...]
    advance: float
    ink: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Plate:
    """A label for a view, in its pixels: how it is broken, its type size, and the box of the plate."""

    lines: tuple[str, ...]
    second: str | None
    em: float
    width: float
    height: float


def contrast() -> float:
    """The contrast of the label on white, the worst that can be below it (WCAG 2.2, 1.4.3)."""
    ground = _GROUND * _OPACITY + 255 * (1 - _OPACITY)
    light = glyphs.luminance(np.array([[ground.round(), [255] * 3]]).astype(np.uint8))
    return glyphs.contrast(float(light[0, 0]), float(light[0, 1]))


def fit(view: View, rules: LabelRules, wording: str, second: str | None) -> Plate:
    """The label on one line if it fits, else on more. Raises `UnsupportedError` where there is no room."""
    needed = rules.glyph_height_ratio.value * min(view.width, view.height) * (1 + MARGIN)
    # Pixels of a screen must be enough of them for Han glyphs; a drawing without a size has none to count.
    heights = dict.fromkeys((max(needed, glyphs.LEGIBLE_PX), needed) if view.is_sized else (needed,))
    low, high = _outline(_reference(wording, rules)).ink
    for height in heights:
        for beneath in dict.fromkeys((second, None)):
            for lines in placement.breaks(wording, rules):
                made = _plate(tuple(lines.split("\n")), beneath, height / (high - low) * _EM)
                area = made.width * made.height
                fits = made.width <= view.width and made.height <= view.height
                if fits and area <= placement.MOST_COVERED * view.width * view.height:
                    return made
    raise UnsupportedError(
        f"the drawing has no room for the label “{wording}”",
        f"图形放不下标识“{wording}”",
        hint=Text(zh="请先加大图形的画布再添加标识。", en="Enlarge the drawing's canvas first, then label it."),
    )


def markup(view: View, plate: Plate, place: tuple[float, float], prefix: str) -> str:
    """The label's group; `prefix` is that of SVG in the drawing, with its colon."""
    unit = plate.em / _EM
    digits = max(0, min(15, math.ceil(3 - math.log10(plate.em / max(view.across, view.down)))))
    left, top = place

    def point(x: float, y: float) -> str:
        return " ".join(_number(value, digits) for value in view.units(x, y))

    def path(part: str, data: str) -> str:
        return f'<{prefix}path {OWN}="{part}" fill="{_FILL[part]}" d="{data}" style="{STYLES[part]}"/>'

    parts = [path("plate", _rounded(point, left, top, plate, _RADIUS * plate.em))]
    base = top + _PAD_Y * plate.em + _ascent(plate.lines) * unit
    for number, line in enumerate(plate.lines):
        x = left + (plate.width - _width(line) * plate.em) / 2
        for letter in line:
            data = _drawn(letter, x, base + number * _LEADING * plate.em, unit, point)
            parts.append(path("glyph", data))
            x += (_outline(letter).advance / _EM + _TRACKING) * plate.em
    if plate.second:
        x = left + (plate.width - _plain_width(plate.second) * _SECOND * plate.em) / 2
        below = top + plate.height - _PAD_Y * plate.em
        for letter in plate.second:
            if not letter.isspace():
                parts.append(path("second", _drawn(letter, x, below, unit * _SECOND, point)))
            x += _outline(letter).advance / _EM * _SECOND * plate.em
    words = "".join(plate.lines) + (f" {plate.second}" if plate.second else "")
    return (
        f'<{prefix}g {OWN}="group" role="img" aria-label="{escape(words)}" style="{STYLES["group"]}">'
        f"<{prefix}title>{escape(words)}</{prefix}title>{''.join(parts)}</{prefix}g>"
    )


def spot(view: View, plate: Plate, position: Position) -> tuple[str, tuple[float, float]]:
    """Where the plate goes: the name of the place, and its left and top. Nothing looks at what is drawn there."""
    name = "bottom-right" if position == "auto" else position
    free_x, free_y = view.width - plate.width, view.height - plate.height
    margin = max(0.0, min(_DISTANCE * plate.em, free_x / 2, free_y / 2))
    x = margin if name.endswith("left") else free_x - margin if name.endswith("right") else free_x / 2
    return name, (x, margin if name.startswith("top") else free_y - margin)


_FILL = {"plate": "#111317", "glyph": "#fff", "second": "#fff"}
_Point = Callable[[float, float], str]


def _reference(wording: str, rules: LabelRules) -> str:
    """The glyph whose ink stands for the height; the tallest where the rulebook's is not in the wording."""
    if rules.reference_glyph.value in wording:
        return rules.reference_glyph.value
    return max(wording, key=lambda letter: _outline(letter).ink[1] - _outline(letter).ink[0])


def reference_index(wording: str, rules: LabelRules) -> int:
    """Which of the wording's glyphs stands for the height."""
    return wording.index(_reference(wording, rules))


def _plate(lines: tuple[str, ...], second: str | None, em: float) -> Plate:
    width = max(_width(line) for line in lines)
    descent = min(_outline(letter).ink[0] for line in lines for letter in line)
    height = (_ascent(lines) - descent) / _EM + _LEADING * (len(lines) - 1) + 2 * _PAD_Y
    if second:
        width = max(width, _plain_width(second) * _SECOND)
        height += _SECOND_GAP + max(_outline(letter).ink[1] for letter in second) / _EM * _SECOND
    return Plate(lines, second, em, (width + 2 * _PAD_X) * em, height * em)


def _ascent(lines: tuple[str, ...]) -> float:
    return max(_outline(letter).ink[1] for line in lines for letter in line)


def _width(line: str) -> float:
    return _plain_width(line) + _TRACKING * (len(line) - 1)


def _plain_width(line: str) -> float:
    return sum(_outline(letter).advance for letter in line) / _EM


@lru_cache(maxsize=256)
def _outline(letter: str) -> Glyph:
    return _outlines(letter)[letter]


@lru_cache(maxsize=16)
def _outlines(letters: str) -> dict[str, Glyph]:
    from fontTools.pens.boundsPen import BoundsPen  # noqa: PLC0415 - only who labels a drawing needs the font
    from fontTools.pens.recordingPen import RecordingPen  # noqa: PLC0415

    made = {}
    with pdf_font.opened(letters) as font:
        cmap, outlines = font.getBestCmap(), font.getGlyphSet()
        for letter in letters:
            pen, bounds = RecordingPen(), BoundsPen(outlines)
            outlines[cmap[ord(letter)]].draw(pen)
            outlines[cmap[ord(letter)]].draw(bounds)
            box = bounds.bounds or (0, 0, 0, 0)
            made[letter] = Glyph(tuple(pen.value), float(font["hmtx"][cmap[ord(letter)]][0]), (box[1], box[3]))
    return made


def _drawn(letter: str, x: float, base: float, unit: float, point: _Point) -> str:
    """A glyph's outline as the data of a path."""
    commands = {"moveTo": "M", "lineTo": "L", "curveTo": "C", "qCurveTo": "Q"}
    parts = []
    for name, points in _outline(letter).segments:
        if name in commands:
            parts.append(commands[name] + " ".join(point(x + a * unit, base - b * unit) for a, b in points))
        else:
            parts.append("Z")
    return "".join(parts)


def _rounded(point: _Point, left: float, top: float, plate: Plate, radius: float) -> str:
    right, bottom, bend = left + plate.width, top + plate.height, radius * 0.4477
    corners = (
        ((left + radius, top), (right - radius, top), (right - bend, top), (right, top + bend), (right, top + radius)),
        ((right, bottom - radius), (right, bottom - bend), (right - bend, bottom), (right - radius, bottom)),
        ((left + radius, bottom), (left + bend, bottom), (left, bottom - bend), (left, bottom - radius)),
        ((left, top + radius), (left, top + bend), (left + bend, top), (left + radius, top)),
    )
    first, *others = corners
    data = f"M{point(*first[0])}L{point(*first[1])}C{' '.join(point(*one) for one in first[2:])}"
    return data + "".join(f"L{point(*c[0])}C{' '.join(point(*one) for one in c[1:])}" for c in others) + "Z"


def _number(value: float, digits: int) -> str:
    text = f"{value:.{digits}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"

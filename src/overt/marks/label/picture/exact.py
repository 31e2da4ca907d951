"""A label that was put on without loss: measured, and found again, pixel by pixel.

`find` looks at a small copy of a picture, whose small type has lost its contrast. Where nothing was
lost, the same label can be drawn once more and laid on the place.
"""

from __future__ import annotations

from itertools import product

from PIL import Image

from overt.errors import ReadBackError
from overt.marks.label import glyphs, placement
from overt.marks.label.model import LabelPlace, LabelReport, LabelStyle
from overt.marks.label.picture import burn, find, raster
from overt.marks.label.wording import LANGUAGES
from overt.rulebook import LabelRules

_REACH = 2
"""Pixels by which the place that was found in a small copy may be off."""


def report(
    inks: list[glyphs.Ink],
    size: tuple[int, int],
    drawn: glyphs.Plate,
    spot: placement.Spot,
    text: str,
    rules: LabelRules,
    aspect: float,
) -> LabelReport:
    """What was measured of a plate at its spot: the least of several measurements."""
    height = min(ink.height for ink in inks)
    side = glyphs.required_px(*size, rules, aspect) / rules.glyph_height_ratio.value
    measures = {
        "glyph_height_px": float(height),
        "shortest_side_px": side,
        "glyph_height_ratio": height / side,
        "contrast": min(ink.contrast for ink in inks),
    }
    return LabelReport("image", text, (LabelPlace(spot.where, (spot.left, spot.top, *drawn.size)),), measures)


def again(image: Image.Image, rules: LabelRules, aspect: float) -> LabelReport | None:
    """The label on a picture as it is shown, where it makes another one needless; else None."""
    found = find.report_on(find.prepared(image), image.size, rules)
    if found is None or (near := found.places[0].box) is None:
        return None
    shown = raster.pixels(image, over=128)
    best: LabelReport | None = None
    for second in (None, *LANGUAGES):
        text, beside = burn.wording(rules, LabelStyle(second_language=second))
        drawn = placement.fit(*image.size, rules, text, beside, aspect)
        for left, top in product(
            range(near[0] - _REACH, near[0] + _REACH + 1), range(near[1] - _REACH, near[1] + _REACH + 1)
        ):
            if left < 0 or top < 0:
                continue
            spot = placement.Spot(found.places[0].where, left, top)
            measured = report([glyphs.measure(shown, drawn, left, top)], image.size, drawn, spot, text, rules, aspect)
            # Where the drawing lies on the label exactly, ink and ground differ most.
            if best is None or measured.measures["contrast"] > best.measures["contrast"]:
                best = measured
    try:
        burn.check(best or found, rules)
    except ReadBackError:
        return None
    return best

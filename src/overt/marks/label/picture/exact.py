"""A label that was put on without loss: measured, and found again, pixel by pixel.

`find` looks at a small copy of a picture, whose small type has lost its contrast. Where nothing was
lost, the same label can be drawn once more and laid on the place.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
from PIL import Image

from overt.errors import ReadBackError
from overt.marks.label import glyphs, placement
from overt.marks.label.model import LabelPlace, LabelReport, LabelStyle
from overt.marks.label.picture import burn, find, raster
from overt.marks.label.wording import LANGUAGES
from overt.media.budget import INSPECTION, Budget
from overt.rulebook import LabelRules

_REACH = 2
"""Pixels by which the place that was found in a small copy may be off."""
_OFF = 0.04
"""Share by which the size of its type may be; a label of another size is another one."""


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


def already(path: Path, container: str, rules: LabelRules, budget: Budget = INSPECTION) -> LabelReport | None:
    """The label that a picture file carries on all its frames, where it makes another one needless; else None."""
    small, size, still = find.small(path, container, budget)
    found = find.search(small, rules)
    if found is None:
        return None
    if still and (enough := find.sufficient(found, small, size, rules)):
        return enough
    picture = raster.decode(path.read_bytes(), container, budget, to_draw=False)
    return _drawn(picture.frames, find.report(found, small, size, rules), rules, picture.pixel_aspect)


def sufficient(image: Image.Image, rules: LabelRules) -> LabelReport | None:
    """As `already`, for a picture that is decoded."""
    small = find.prepared(image)
    found = find.search(small, rules)
    if found is None:
        return None
    enough = find.sufficient(found, small, image.size, rules)
    return enough or _drawn([image], find.report(found, small, image.size, rules), rules, 1.0)


def again(image: Image.Image, rules: LabelRules, aspect: float) -> LabelReport | None:
    """The label on a picture as it is shown, where it makes another one needless; else None."""
    found = find.report_on(find.prepared(image), image.size, rules)
    return None if found is None else _drawn([image], found, rules, aspect)


def _drawn(frames: list[Image.Image], found: LabelReport, rules: LabelRules, aspect: float) -> LabelReport | None:
    """The label that was found on the first frame, measured by drawing it once more, on all of them."""
    size, near = frames[0].size, found.places[0].box
    if near is None:
        return None
    shown = raster.pixels(frames[0], over=128)
    best: tuple[float, str, glyphs.Plate, placement.Spot] | None = None
    em = found.measures["glyph_height_px"] / glyphs.ink_share(rules.reference_glyph.value)
    for second in (None, *LANGUAGES):
        text, beside = burn.wording(rules, LabelStyle(second_language=second))
        drawn = placement.fit(*size, rules, text, beside, aspect)
        if abs(drawn.em - em) > max(1.0, _OFF * em):
            continue
        for left, top in product(
            range(near[0] - _REACH, near[0] + _REACH + 1), range(near[1] - _REACH, near[1] + _REACH + 1)
        ):
            if left < 0 or top < 0:
                continue
            like = _likeness(shown, drawn, left, top)
            if best is None or like > best[0]:
                best = like, text, drawn, placement.Spot(found.places[0].where, left, top)
    if best is None:
        return None
    _, text, drawn, spot = best
    inks = [glyphs.measure(raster.pixels(frame, over=128), drawn, spot.left, spot.top) for frame in frames]
    measured = report(inks, size, drawn, spot, text, rules, aspect)
    try:
        burn.check(measured, rules)
    except ReadBackError:
        return None
    return measured


def _likeness(shown: glyphs.Pixels, drawn: glyphs.Plate, left: int, top: int) -> float:
    """How well the drawn wording lies on what is shown: their correlation, at most 1."""
    x, y, width, height = drawn.wording
    ink = drawn.coverage[y : y + height, x : x + width].astype(np.float64)
    seen = shown[top + y : top + y + height, left + x : left + x + width].astype(np.float64)
    seen = seen.mean(axis=2) if seen.ndim == 3 else seen
    if seen.shape != ink.shape or seen.std() == 0:
        return 0.0
    return abs(float(np.corrcoef(seen.ravel(), ink.ravel())[0, 1]))

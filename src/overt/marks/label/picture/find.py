"""Recognising a visible label of our own kind in a picture: our wording, in our type, on a plate.

Method: normalised cross-correlation (Lewis 1995) with the drawn wording, first coarsely over the picture at many
sizes and in four turns, then finely around the best place. Every glyph must be there, not only most of them.
It survives re-encoding, resizing, a naive save that loses the orientation, and crops that keep the label whole.

It is no character recognition. Labels of other makers, other wordings or other typefaces are not found, so "not
found" says nothing about them. Of an animation the first picture is looked at.

Measured on the 49 photos, drawings and renderings of the project's test media, as they are and after ten changes (half,
0.7, 1.5 and 2 times the size, JPEG of quality 40 and 60, quarter and half turns, crops to 3/4 and 1/2 of each side):
all labels were found, the worst with a score of 0.64 and its worst glyph at 0.47 (240 pixels, halved, quality 60);
without a label nothing was found; the best score was 0.37 (0.41 in the coarse search), the worst glyph then at 0.19
(looked up as they are, at double size, and halved with quality 60).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from overt.errors import UnsupportedError
from overt.marks.label.glyphs import LEAST_CONTRAST, Box, contrast, ink_share, luminance, plate
from overt.marks.label.model import LabelPlace, LabelReport, LabelStyle
from overt.marks.label.picture import raster
from overt.marks.label.picture.burn import wording
from overt.marks.label.placement import breaks
from overt.media.budget import INSPECTION, Budget
from overt.rulebook import LabelRules

LEAST_SCORE = 0.55
"""Correlation over the whole wording: above the best of unlabelled, below the worst of labelled pictures."""
LEAST_GLYPH = 0.35
"""Correlation of the worst glyph. It tells our wording from others: 0.28 at most with 合成 for 生成 or 障 for 能.
Glyphs that look alike (牛 for 生) pass."""

_BASE = 600  # Shortest side at which a picture is looked at: a label of 5 % has 30 pixels of ink there.
_COARSE_PX, _FINE_PX = 12, 20  # Ink height at which the picture and the drawn wording are compared.
_COARSE_STEP, _FINE_STEP = 1.06, 1.004
_COARSE_SCORE = 0.42  # Worth a finer look. Unlabelled pictures come near to it, labelled ones lie well above.
_LEAST_RATIO, _MOST_RATIO = 0.045, 0.13  # Ink to shortest side: from 5 % with some loss, to a crop to 40 %.
_SMALL_PX = 26  # Small pictures have labels of at least LEGIBLE_PX, and may have been doubled in size.
_BROKEN = 220  # Smaller pictures can have their wording on several lines (looked for upright only).
_MOST_ENLARGED = 2.0
_PAD = 0.22  # How much of the plate around the wording takes part, in units of the ink height.
_LONG = 4  # Of pictures longer than three parts of this many shortest sides, three parts are looked at.

Grey = NDArray[np.float32]
Spectrum = NDArray[np.complexfloating]


@dataclass(frozen=True, slots=True)
class Found:
    """A label that was recognised: its box in the picture, the ink height of its glyphs, and how sure.

    `score` is the correlation over the whole wording, `glyph` that of its worst glyph; both at most 1.
    `contrast` is the WCAG ratio at the size of comparison, where thin strokes have lost some of theirs.
    `turn` counts the quarters to the left after which it would be upright.
    """

    box: Box
    glyph_px: float
    score: float
    glyph: float
    contrast: float
    turn: int


class _Template(NamedTuple):
    """The drawn wording: ink 0 to 1, and where the whole plate is around it (all in pixels of the drawing)."""

    ink: Grey
    plate: Box
    em: int


class _Candidate(NamedTuple):
    """A place that is worth a finer look; type size and centre as shares of the shortest side and of the sides."""

    score: float
    lines: str
    turn: int
    em: float
    centre: tuple[float, float]


def find(path: Path, container: str, rules: LabelRules, budget: Budget = INSPECTION) -> LabelReport | None:
    """The label of our own kind in a picture file; None where none of our kind was found.

    Raises only the family of `MediaError`.
    """
    image, size, _ = small(path, container, budget)
    return report_on(image, size, rules)


def sufficient(found: Found, image: Image.Image, size: tuple[int, int], rules: LabelRules) -> LabelReport | None:
    """As `report`; None for a label that is too low or too faint in this picture."""
    if found.contrast < LEAST_CONTRAST:
        return None
    told = report(found, image, size, rules)
    return told if told.measures["glyph_height_ratio"] >= rules.glyph_height_ratio.value else None


def report_on(image: Image.Image, size: tuple[int, int], rules: LabelRules) -> LabelReport | None:
    """The label in a picture made by `prepared` from one of this size, however it is turned; None where none is."""
    found = search(image, rules, turns=(0, 1, 2, 3))
    return None if found is None else report(found, image, size, rules)


def report(found: Found, image: Image.Image, size: tuple[int, int], rules: LabelRules) -> LabelReport:
    """What was measured of a label in a picture made by `prepared` from one of this size."""
    scale = min(size) / min(image.size)
    left, top, width, height = (round(value * scale) for value in found.box)
    side = float(min(size))
    text, _ = wording(rules, LabelStyle())
    measures = {
        "glyph_height_px": found.glyph_px * scale,
        "shortest_side_px": side,
        "glyph_height_ratio": found.glyph_px * scale / side,
        "score": found.score,
    }
    where = _where((left + width / 2) / size[0], (top + height / 2) / size[1])
    return LabelReport("image", text, (LabelPlace(where, (left, top, width, height)),), measures)


def search(image: Image.Image, rules: LabelRules, turns: tuple[int, ...] = (0,)) -> Found | None:
    """The label of our own kind in a grey picture (mode L), upright or turned by quarters to the left."""
    text, _ = wording(rules, LabelStyle())
    reference = rules.reference_glyph.value
    layouts = tuple(breaks(text, rules)) if min(image.size) < _BROKEN else (text,)
    for candidate in sorted(_coarse(image, layouts, reference, turns), reverse=True)[:3]:
        found = _fine(image, candidate, reference)
        if found.score >= LEAST_SCORE and found.glyph >= LEAST_GLYPH:
            return found
    return None


def small(path: Path, container: str, budget: Budget) -> tuple[Image.Image, tuple[int, int], bool]:
    """The picture upright, grey and no larger than needed; its full size as displayed; whether it is a still."""
    if container not in raster.FORMATS:
        raise UnsupportedError(f"no picture format “{container}”", f"不支持的图片格式：{container}")
    with raster.opened(path, container) as image:
        raster.within(image.size, 1, budget)
        full, still = image.size, container == "jpeg" or getattr(image, "n_frames", 1) == 1
        image.draft("L", (_BASE, _BASE))
        image.load()
        if raster.orientation(image) >= 5:
            full = full[::-1]
        flat = prepared(image)
    return flat, full, still


def prepared(image: Image.Image) -> Image.Image:
    """A decoded picture upright, grey, and no larger than is needed to look for a label in it."""
    flat = Image.fromarray(raster.pixels(raster.plain(image), over=128)).convert("L")
    flat.info = image.info
    flat = raster.upright(flat)
    scale = _BASE / min(flat.size)
    return _scaled(flat, scale, scale) if scale < 1 else flat


def _scaled(image: Image.Image, across: float, down: float) -> Image.Image:
    size = (max(1, round(image.width * across)), max(1, round(image.height * down)))
    return image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)


@lru_cache(maxsize=32)
def _template(lines: str, glyph_px: int, reference: str) -> _Template:
    drawn = plate(lines, glyph_px, reference=reference)
    x, y, width, height = drawn.wording
    pad = round(_PAD * glyph_px)
    ink: Grey = (drawn.coverage[y - pad : y + height + pad, x - pad : x + width + pad] / 255).astype(np.float32)
    return _Template(ink, (pad - x, pad - y, *drawn.size), drawn.em)


@lru_cache(maxsize=256)  # All sizes of the wording, level and on end, for some shapes of picture: 50 MB.
def _spectrum(lines: str, reference: str, turn: int, shape: tuple[int, int]) -> Spectrum:
    """What `_Field.best` wants of the turned wording, the same for every picture of a shape."""
    return _transformed(np.rot90(_template(lines, _COARSE_PX, reference).ink, -turn), shape)


def _transformed(ink: Grey, shape: tuple[int, int]) -> Spectrum:
    """The conjugate of the transform of a drawing less its mean."""
    spectrum: Spectrum = np.conj(np.fft.rfft2(ink - ink.mean(), shape))
    return spectrum


def _coarse(
    image: Image.Image, layouts: tuple[str, ...], reference: str, turns: tuple[int, ...]
) -> Iterator[_Candidate]:
    """The best place for every size, layout and turn, where it is worth a finer look."""
    side = min(image.size)
    most = min(0.55, max(_MOST_RATIO, _SMALL_PX / side))
    ratio = max(_LEAST_RATIO, _COARSE_PX / (side * _MOST_ENLARGED))
    while ratio <= most:
        scale = _COARSE_PX / (ratio * side)
        small = _scaled(image, scale, scale)
        for offset, window in _windows(np.asarray(small, np.float32)):
            field = _Field(window)
            for lines in layouts:
                template = _template(lines, _COARSE_PX, reference)
                for turn in turns if lines == layouts[0] else (0,):
                    turned = np.rot90(template.ink, -(turn % 2))
                    spectrum = _spectrum(lines, reference, turn % 2, field.shape)
                    score, left, top = field.best(turned, spectrum, upside_down=turn >= 2)
                    if score >= _COARSE_SCORE:
                        x = (offset[0] + left + turned.shape[1] / 2) / small.width
                        y = (offset[1] + top + turned.shape[0] / 2) / small.height
                        yield _Candidate(score, lines, turn, template.em / (scale * side), (x, y))
        ratio *= _COARSE_STEP


def _windows(picture: Grey) -> Iterator[tuple[tuple[int, int], Grey]]:
    """The picture; of a very long one its ends and its middle, where labels are put."""
    height, width = picture.shape
    longest, part = max(height, width), _LONG * min(height, width)
    if longest <= 3 * part:
        part = longest
    for left in _starts(width, part):
        for top in _starts(height, part):
            yield (left, top), picture[top : top + part, left : left + part]


def _starts(length: int, part: int) -> tuple[int, ...]:
    return (0,) if length <= part else (0, (length - part) // 2, length - part)


class _Field:
    """A grey picture, prepared for looking for several templates in it."""

    def __init__(self, picture: Grey) -> None:
        self.picture = picture - picture.mean()
        self.shape = (_smooth(picture.shape[0]), _smooth(picture.shape[1]))
        self.spectrum = np.fft.rfft2(self.picture, self.shape)
        self.sums = _integral(self.picture)
        self.squares = _integral(np.square(self.picture))
        self.evenness: dict[tuple[int, int], Grey] = {}

    def best(self, ink: Grey, spectrum: Spectrum | None = None, *, upside_down: bool = False) -> tuple[float, int, int]:
        """The highest correlation, light on dark or dark on light, and its left and top.

        `spectrum` is the ink's (see `_transformed`), where it is known already. `upside_down` looks for the ink
        turned by a half: to convolve with a drawing is to correlate with it turned so.
        """
        height, width = ink.shape
        rows, columns = self.picture.shape[0] - height + 1, self.picture.shape[1] - width + 1
        if rows < 1 or columns < 1:
            return 0.0, 0, 0
        if spectrum is None:
            spectrum = _transformed(ink, self.shape)
        cross = np.fft.irfft2(self.spectrum * (np.conj(spectrum) if upside_down else spectrum), self.shape)
        cross = cross[height - 1 :, width - 1 :] if upside_down else cross
        score = np.abs(cross[:rows, :columns]) * self._evenness(height, width)
        top, left = divmod(int(score.argmax()), columns)
        return float(score[top, left]) / float(np.linalg.norm(ink - ink.mean())), left, top

    def _evenness(self, height: int, width: int) -> Grey:
        """One over the deviation of every window of a size, times the root of its area; opposite turns share it."""
        if (height, width) not in self.evenness:
            total = _box_sums(self.sums, height, width)
            spread = _box_sums(self.squares, height, width)
            spread -= np.square(total, out=total) / (height * width)
            # Noise on an even ground is no match: at least two grey levels of deviation.
            np.maximum(spread, 4.0 * height * width, out=spread)
            self.evenness[height, width] = (1 / np.sqrt(spread, out=spread)).astype(np.float32)
        return self.evenness[height, width]


def _integral(values: Grey) -> NDArray[np.float64]:
    sums = np.zeros((values.shape[0] + 1, values.shape[1] + 1))
    inner = sums[1:, 1:]
    np.cumsum(values, 0, out=inner, dtype=np.float64)
    np.cumsum(inner, 1, out=inner)
    return sums


def _box_sums(integral: NDArray[np.float64], height: int, width: int) -> NDArray[np.float64]:
    wide: NDArray[np.float64] = integral[:, width:] - integral[:, :-width]
    return wide[height:] - wide[:-height]


def _smooth(length: int) -> int:
    """The next length whose Fourier transform is fast."""
    while True:
        rest = length
        for prime in (2, 3, 5):
            while rest % prime == 0:
                rest //= prime
        if rest == 1:
            return length
        length += 1


def _fine(image: Image.Image, candidate: _Candidate, reference: str) -> Found:
    """The best fit around a candidate: first the nearby sizes, then those nearest to the best of them."""
    template = _template(candidate.lines, _FINE_PX, reference)
    em = candidate.em * min(image.size)
    fits = {step: _fit(image, candidate, template, em * _FINE_STEP**step) for step in range(-18, 19, 3)}
    best = max(fits, key=lambda step: fits[step].score)
    for step in (best - 2, best - 1, best + 1, best + 2):
        fits[step] = _fit(image, candidate, template, em * _FINE_STEP**step)
    found = max(fits.values(), key=lambda fit: fit.score)
    return replace(found, glyph_px=found.glyph_px * ink_share(reference))


def _fit(image: Image.Image, candidate: _Candidate, template: _Template, em: float) -> Found:
    """How well the wording fits near a candidate if its type has this size (here still given as `glyph_px`)."""
    height, width = np.rot90(template.ink, candidate.turn).shape
    scale = template.em / em
    x, y = candidate.centre[0] * image.width, candidate.centre[1] * image.height
    reach_x, reach_y = (width / 2 + _FINE_PX) / scale, (height / 2 + _FINE_PX) / scale
    left, top = max(0.0, x - reach_x), max(0.0, y - reach_y)
    right, bottom = min(image.width, x + reach_x), min(image.height, y + reach_y)
    size = (max(1, int((right - left) * scale)), max(1, int((bottom - top) * scale)))
    box = (left, top, min(right, left + size[0] / scale), min(bottom, top + size[1] / scale))
    piece = image.resize(size, Image.Resampling.BILINEAR, box=box, reducing_gap=2.0)
    crop = np.ascontiguousarray(np.rot90(np.asarray(piece, np.float32), candidate.turn))
    score, at_x, at_y = _Field(crop).best(template.ink)
    inside = crop[at_y : at_y + template.ink.shape[0], at_x : at_x + template.ink.shape[1]]
    glyph = _worst_glyph(inside, template.ink) if score > 0 else 0.0
    plate_box = (at_x + template.plate[0], at_y + template.plate[1], *template.plate[2:])
    x, y, wide, high = _turned_back(plate_box, size, candidate.turn)
    place = (round(left + x / scale), round(top + y / scale), round(wide / scale), round(high / scale))
    return Found(place, em, score, glyph, _contrast(inside, template.ink) if score > 0 else 1.0, candidate.turn)


def _turned_back(box: Box, size: tuple[int, int], turn: int) -> Box:
    """A box of a picture that was turned to the left by quarters, in the picture of `size` as it was."""
    left, top, width, height = box
    for quarter in range(turn, 0, -1):
        # The width of the picture before this quarter turn.
        before = size[0] if quarter % 2 else size[1]
        left, top, width, height = before - top - height, left, height, width
    return left, top, width, height


def _worst_glyph(picture: Grey, ink: Grey) -> float:
    """The lowest correlation of any glyph's square, signed by the whole: another wording fails here."""
    pad, cell = round(_PAD * _FINE_PX), round(1.12 * _FINE_PX)
    picture, ink = picture[pad:-pad, pad:-pad], ink[pad:-pad, pad:-pad]
    rows, columns = max(1, round(ink.shape[0] / cell)), max(1, round(ink.shape[1] / cell))
    sign = 1.0 if np.sum((picture - picture.mean()) * ink) >= 0 else -1.0
    worst = 1.0
    for seen, drawn in zip(_cells(picture, rows, columns), _cells(ink, rows, columns), strict=True):
        if drawn.max() < 0.5:  # A short line leaves squares empty.
            continue
        a, b = seen - seen.mean(), drawn - drawn.mean()
        worst = min(worst, sign * float(np.sum(a * b) / np.sqrt(max(np.sum(a * a), 1.0) * np.sum(b * b))))
    return worst


def _contrast(picture: Grey, ink: Grey) -> float:
    """The WCAG ratio of the ink's median against the tones of the plate that come nearest to it, 1 in 20 left out."""
    light = luminance(picture.clip(0, 255).astype(np.uint8))
    core, ground = light[ink >= 0.8 * ink.max()], light[ink <= 0.02]
    middle = float(np.median(core))
    return contrast(middle, float(np.percentile(ground, 95 if middle > np.median(ground) else 5)))


def _cells(values: Grey, rows: int, columns: int) -> Iterator[Grey]:
    for row in np.array_split(values, rows, axis=0):
        yield from np.array_split(row, columns, axis=1)


def _where(x: float, y: float) -> str:
    """The place in the words of `Position`, from the label's centre (0 to 1)."""
    row = "top" if y < 0.5 else "bottom"
    column = "-left" if x < 1 / 3 else "-right" if x > 2 / 3 else ""
    return row + column

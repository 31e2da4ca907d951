"""The look of a visible label: its glyphs, its plate, and how large and legible both really are.

Source: GB 45438-2025 clauses 5.2 and 5.4 through the rulebook (text height, legible typeface); the contrast
ratio is WCAG 2.2, success criterion 1.4.3.
A label is a rounded, half-opaque plate with the wording on it, so that it reads on any background.
"Text height" is taken as the ink of one full-height Han glyph, which is smaller than the em it is set in:
`plate` sets the type by ink, and `measure` looks at decoded pixels, never at what was intended.

It does not open files and does not decide where a label goes.
The typeface is Noto Sans CJK SC, which comes with the installation (OFL-1.1).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import count

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from overt.errors import SetupError
from overt.rulebook import LabelRules

FACE = "Noto Sans CJK SC"
"""The face with the mainland forms of the glyphs. The collection holds the other regions' forms as well."""
LEGIBLE_PX = 12
"""Ink below this many pixels turns dense Han glyphs into blots, whatever 5 % of a small picture says."""
LEAST_CONTRAST = 4.5
"""WCAG 2.2, 1.4.3, level AA for text of any size."""

_INK = 0.5  # A pixel row belongs to the glyph where a pixel is covered at least this far.
_SURE_INK = 0.65  # When drawing, rows that might be measured as half covered do not count.
_MARGIN = 0.03  # Extra height: re-encoding softens edges, and a platform's resize rounds.

_LARGE = 500  # A type size at which the share of the ink in it is known to a fifth of a percent.

# Proportions, in units of the type size.
_TRACKING = 0.05
_PAD_X = 0.56
_PAD_Y = 0.40
_LEADING = 1.16
_RADIUS = 0.34
_SECOND = 0.56
_SECOND_GAP = 0.30
_HALO = 0.09

_NIGHT = (17, 19, 23)
_WHITE = (255, 255, 255)
_PAPER = (250, 250, 248)

Pixels = NDArray[np.uint8]
Box = tuple[int, int, int, int]
"""Left, top, width, height in pixels."""


@dataclass(frozen=True, slots=True)
class Plate:
    """A drawn label, ready to be put over a picture.

    `image` is RGBA; `coverage` says for each of its pixels how far the ink of the wording covers it (0 to
    255); `cell` is the box of the reference glyph with nothing of its neighbours in it;
    `wording` is the box of the whole wording's ink; `em` is the type size.
    """

    image: Image.Image
    coverage: Pixels
    cell: Box
    wording: Box
    em: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.image.size


@dataclass(frozen=True, slots=True)
class Ink:
    """What was measured on decoded pixels: the reference glyph's ink height, and the WCAG contrast."""

    height: int
    contrast: float


@lru_cache(maxsize=1)
def _face() -> tuple[str, int]:
    import noto_cjk_sans_otc  # noqa: PLC0415 - only who draws needs the package

    path = str(noto_cjk_sans_otc.FONT_PATH)
    for index in count():
        try:
            name = ImageFont.truetype(path, 16, index=index).getname()[0]
        except OSError as error:
            raise SetupError(
                f"the font {FACE} is not in {noto_cjk_sans_otc.FONT_FILE}",
                f"{noto_cjk_sans_otc.FONT_FILE} 中没有字体 {FACE}",
            ) from error
        if name == FACE:
            break
    return path, index


@lru_cache(maxsize=64)
def font(size: int) -> ImageFont.FreeTypeFont:
    """The label's typeface at an em size in pixels."""
    path, index = _face()
    return ImageFont.truetype(path, size, index=index, layout_engine=ImageFont.Layout.BASIC)


def ink_rows(coverage: Pixels, share: float = _INK) -> tuple[int, int]:
    """First and one past the last pixel row that ink covers at least by this share; (0, 0) where there is none."""
    rows = np.flatnonzero(coverage.max(axis=1, initial=0) >= share * 255)
    return (int(rows[0]), int(rows[-1]) + 1) if rows.size else (0, 0)


@lru_cache(maxsize=256)
def ink_height(glyph: str, size: int) -> int:
    """Height in pixel rows of a glyph's ink, drawn at an em size: the rows that are surely ink."""
    top, bottom = ink_rows(np.asarray(_text(glyph, size)), _SURE_INK)
    return bottom - top


def ink_share(glyph: str) -> float:
    """Height of a glyph's ink over its type size, as its outline has it."""
    return ink_height(glyph, _LARGE) / _LARGE


def needed_glyph_px(width: int, height: int, rules: LabelRules, pixel_aspect: float = 1.0) -> int:
    """The ink height to draw on a displayed picture so that it still suffices after re-encoding.

    `pixel_aspect` is a pixel's width over its height. Many viewers ignore it, so both readings must hold.
    """
    return max(LEGIBLE_PX, math.ceil(required_px(width, height, rules, pixel_aspect) * (1 + _MARGIN)) + 1)


def required_px(width: int, height: int, rules: LabelRules, pixel_aspect: float = 1.0) -> float:
    """The least ink height that the rulebook allows on a displayed picture, in its pixel rows."""
    return rules.glyph_height_ratio.value * max(min(width, height), min(width * pixel_aspect, height))


def plate(
    wording: str, glyph_px: int, second: str | None = None, *, dark: bool = True, reference: str | None = None
) -> Plate:
    """Draw a label whose reference glyph has an ink height of at least `glyph_px`.

    Line breaks in `wording` are kept, so that it can be set in a narrow place.
    `second` is the wording in another language: smaller, beneath.
    `dark` draws light ink on a dark plate, the other way round without it.
    Where `reference` is not in the wording, its tallest glyph stands in.
    """
    lines = wording.split("\n")
    glyphs = "".join(lines)
    candidates = reference if reference and reference in glyphs else glyphs
    size = _size_for(candidates, glyph_px)
    chosen = max(candidates, key=lambda glyph: ink_height(glyph, size))
    coverage, cell, words = _set(lines, chosen, size, second)
    return Plate(_paint(coverage, size, dark=dark), coverage, cell, words, size)


def measure(picture: Pixels, drawn: Plate, left: int, top: int) -> Ink:
    """Measure a label on the decoded pixels of a displayed picture (height × width × RGB, or grey).

    `left` and `top` say where the plate was put.
    Ink rows are those of the reference glyph's cell that reach half way from the plate's tone to the ink's.
    The contrast is that of the median of the ink against the plate's pixels nearest to it, 1 in 20 left out.
    """
    x, y, width, height = drawn.cell
    cell = picture[top + y : top + y + height, left + x : left + x + width]
    mask = drawn.coverage[y : y + height, x : x + width]
    if cell.shape[:2] != mask.shape:
        return Ink(0, 1.0)
    tone = cell.astype(np.float64) @ _LUMA if cell.ndim == 3 else cell.astype(np.float64)
    core, ground = mask >= 0.95 * 255, mask <= 0.02 * 255
    if not core.any():  # Very small type has no pixel that is wholly ink.
        core = mask >= mask.max()
    ink, bare = float(np.median(tone[core])), float(np.median(tone[ground]))
    if abs(ink - bare) < 1:
        return Ink(0, 1.0)
    top_row, bottom_row = ink_rows(np.clip((tone - bare) / (ink - bare) * 255, 0, 255).astype(np.uint8))
    light = luminance(cell)
    nearest = float(np.percentile(light[ground], 95 if ink > bare else 5))
    return Ink(bottom_row - top_row, contrast(float(np.median(light[core])), nearest))


_LUMA = np.array([0.299, 0.587, 0.114])
_LINEAR = np.array([0.2126, 0.7152, 0.0722])


def luminance(pixels: Pixels) -> NDArray[np.float64]:
    """Relative luminance of sRGB or grey pixels, 0 to 1 (WCAG 2.2)."""
    value = pixels.astype(np.float64) / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return linear @ _LINEAR if pixels.ndim == 3 else linear


def contrast(one: float, other: float) -> float:
    """The contrast ratio of two relative luminances, 1 to 21 (WCAG 2.2)."""
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


def _text(text: str, size: int) -> Image.Image:
    """Text as coverage, on a field that holds it whole."""
    face = font(size)
    field = Image.new("L", (math.ceil(face.getlength(text)) + size, 2 * size))
    ImageDraw.Draw(field).text((size // 2, size // 4), text, fill=255, font=face)
    return field


def _size_for(candidates: str, glyph_px: int) -> int:
    """The smallest type size at which the ink of the highest candidate is high enough."""
    share = max(ink_share(glyph) for glyph in candidates)
    sizes = count(max(4, int((glyph_px - 2) / share)))  # Small type is up to 2 pixels higher than its outline.
    return next(size for size in sizes if max(ink_height(glyph, size) for glyph in candidates) >= glyph_px)


def _set(lines: list[str], chosen: str, size: int, second: str | None) -> tuple[Pixels, Box, Box]:
    """Set the type: the coverage of the whole plate, the reference glyph's cell, the box of the wording."""
    advance = _advance(lines, size)
    width = max(len(line) for line in lines) * advance - round(_TRACKING * size)
    leading = round(_LEADING * size)
    # The ink of every line hangs below its pen by the same bearing; the padding is measured from the ink.
    bearing, bottom = ink_rows(np.asarray(_text("".join(lines), size)))
    line_ink = bottom - bearing
    under = _text(second, max(8, round(_SECOND * size))) if second else None
    under_box = under.getbbox() if under else None
    inner = max(width, under_box[2] - under_box[0] if under_box else 0)
    left, top = round(_PAD_X * size), round(_PAD_Y * size)
    words_height = leading * (len(lines) - 1) + line_ink
    total = top + words_height + top
    if under_box:
        total += round(_SECOND_GAP * size) + under_box[3] - under_box[1]
    field = Image.new("L", (left + inner + left, total))
    draw = ImageDraw.Draw(field)
    cell: Box | None = None
    for row, line in enumerate(lines):
        y = top + row * leading
        x = left + (inner - (len(line) * advance - round(_TRACKING * size))) // 2
        for glyph in line:
            draw.text((x, y - bearing + size // 4), glyph, fill=255, font=font(size))
            if cell is None and glyph == chosen:
                cell = (x, y - round(0.1 * size), advance, line_ink + 2 * round(0.1 * size))
            x += advance
    if under and under_box:
        piece = under.crop(under_box)
        field.paste(piece, (left + (inner - piece.width) // 2, total - top - piece.height))
    assert cell is not None  # noqa: S101 - `chosen` is one of the glyphs
    return np.asarray(field), cell, (left + (inner - width) // 2, top, width, words_height)


def _advance(lines: list[str], size: int) -> int:
    widest = max(font(size).getlength(glyph) for glyph in "".join(lines))
    return round(widest + _TRACKING * size)


def _paint(coverage: Pixels, size: int, *, dark: bool) -> Image.Image:
    """Plate, soft halo under the ink, hairline, ink."""
    ground, ink, hair = ((17, 19, 23), (255, 255, 255), 0.24) if dark else ((250, 250, 248), (20, 22, 26), 0.16)
    height, width = coverage.shape
    radius = min(round(_RADIUS * size), height // 2)
    shape = _rounded(width, height, radius, inset=0)
    inner = _rounded(width, height, radius, inset=max(1, round(size / 40)))
    covered = coverage.astype(np.float64) / 255
    halo = Image.fromarray(coverage).filter(ImageFilter.GaussianBlur(max(0.8, _HALO * size)))
    opacity = np.minimum((0.78 if dark else 0.84) + 0.25 * np.asarray(halo, dtype=np.float64) / 255, 0.96)
    # A hairline at the rim lifts the plate off a background of its own tone.
    over = np.maximum(covered, (shape - inner).clip(0) * hair)[..., None]
    body = np.empty((height, width, 4))
    body[..., :3] = np.array(ground) + (np.array(ink) - np.array(ground)) * over
    body[..., 3] = np.maximum(opacity * shape, covered) * 255
    return Image.fromarray(body.round().astype(np.uint8))


def _rounded(width: int, height: int, radius: int, inset: int) -> NDArray[np.float64]:
    """A rounded rectangle with smooth edges, 0 to 1."""
    times = 4
    big = Image.new("L", (width * times, height * times))
    box = (inset * times, inset * times, (width - inset) * times - 1, (height - inset) * times - 1)
    ImageDraw.Draw(big).rounded_rectangle(box, max(0, radius - inset) * times, fill=255)
    return np.asarray(big.resize((width, height), Image.Resampling.BOX), dtype=np.float64) / 255

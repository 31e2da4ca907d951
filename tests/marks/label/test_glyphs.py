from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from overt import rulebook
from overt.marks.label import glyphs

RULES = rulebook.load("cn").label
WORDING = RULES.wording.value.zh
REFERENCE = RULES.reference_glyph.value


def over(tone: tuple[int, int, int] | Image.Image, plate: glyphs.Plate) -> np.ndarray:
    ground = tone if isinstance(tone, Image.Image) else Image.new("RGB", plate.size, tone)
    ground.paste(plate.image, (0, 0), plate.image)
    return np.asarray(ground)


def test_the_face_has_the_mainland_forms() -> None:
    assert glyphs.font(20).getname()[0] == "Noto Sans CJK SC"


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1024, 1024), 51.2),  # the example of the marks dossier
        ((1080, 1920), 54),
        ((1920, 1080), 54),
        ((4000, 3000), 150),
    ],
)
def test_more_is_drawn_than_the_rule_needs(size: tuple[int, int], expected: float) -> None:
    assert glyphs.required_px(*size, RULES) == pytest.approx(expected)
    assert expected < glyphs.needed_glyph_px(*size, RULES) <= 1.05 * expected + 2


def test_small_pictures_get_legible_glyphs() -> None:
    assert glyphs.needed_glyph_px(60, 90, RULES) == glyphs.LEGIBLE_PX


def test_non_square_pixels_are_measured_both_ways() -> None:
    # Displayed with pixels twice as wide as high, the short side is the height; a viewer that ignores it sees 400.
    assert glyphs.required_px(400, 600, RULES, pixel_aspect=2) == pytest.approx(0.05 * 600)
    assert glyphs.required_px(400, 600, RULES, pixel_aspect=0.5) == pytest.approx(0.05 * 400)


@given(st.integers(10, 120))
@settings(max_examples=40, deadline=None)
def test_ink_is_as_high_as_asked(glyph_px: int) -> None:
    plate = glyphs.plate(WORDING, glyph_px, reference=REFERENCE)
    left, top, width, height = plate.cell
    ink = np.flatnonzero((plate.coverage[top : top + height, left : left + width] > 127).any(axis=1))
    assert glyph_px <= ink[-1] - ink[0] + 1 <= glyph_px + 2


@pytest.mark.parametrize("side", [240, 289, 512, 700, 1024, 2160])
def test_the_outline_without_hinting_is_high_enough_too(side: int) -> None:
    plate = glyphs.plate(WORDING, glyphs.needed_glyph_px(side, side, RULES), reference=REFERENCE)
    assert plate.em * glyphs.ink_share(REFERENCE) >= glyphs.required_px(side, side, RULES)


@pytest.mark.parametrize("dark", [True, False], ids=["dark", "light"])
@pytest.mark.parametrize("glyph_px", [12, 20, 54, 150])
@pytest.mark.parametrize(
    "ground",
    [(255, 255, 255), (0, 0, 0), (128, 128, 128), (255, 230, 0), (200, 0, 30)],
    ids=["white", "black", "grey", "yellow", "red"],
)
def test_it_is_legible_on_any_ground(ground: tuple[int, int, int], glyph_px: int, dark: bool) -> None:
    plate = glyphs.plate(WORDING, glyph_px, dark=dark, reference=REFERENCE)
    ink = glyphs.measure(over(ground, plate), plate, 0, 0)
    assert ink.height >= glyph_px
    assert ink.contrast >= glyphs.LEAST_CONTRAST


def test_it_is_legible_on_a_checkerboard() -> None:
    plate = glyphs.plate(WORDING, 24, reference=REFERENCE)
    board = (np.indices(plate.size[::-1]).sum(0) // 3 % 2 * 255).astype(np.uint8)
    ink = glyphs.measure(over(Image.fromarray(board).convert("RGB"), plate), plate, 0, 0)
    assert ink.height >= 24
    assert ink.contrast >= glyphs.LEAST_CONTRAST


@pytest.mark.parametrize(
    ("reason", "spoil"),
    [
        ("nothing there", lambda pixels: np.full_like(pixels, 90)),
        ("upper half painted over", lambda pixels: np.vstack([np.full_like(pixels[:35], 20), pixels[35:]])),
        ("shrunk", lambda pixels: np.kron(pixels[::2, ::2], np.ones((1, 1, 1), np.uint8))),
        ("washed out", lambda pixels: (pixels // 8 + 120).astype(np.uint8)),
    ],
)
def test_measuring_sees_what_is_there_and_not_what_was_drawn(reason: str, spoil: object) -> None:
    plate = glyphs.plate(WORDING, 40, reference=REFERENCE)
    ink = glyphs.measure(spoil(over((60, 60, 60), plate)), plate, 0, 0)  # type: ignore[operator]
    assert ink.height < 40 or ink.contrast < glyphs.LEAST_CONTRAST, reason


def test_contrast_is_that_of_wcag() -> None:
    black, white = glyphs.luminance(np.array([[[0, 0, 0], [255, 255, 255]]], np.uint8))[0]
    assert glyphs.contrast(black, white) == pytest.approx(21)
    grey = glyphs.luminance(np.array([[0x77]], np.uint8))[0, 0]
    assert glyphs.contrast(grey, white) == pytest.approx(4.48, abs=0.01)  # known value of #777 on white


def test_second_language_and_line_breaks_make_room() -> None:
    alone = glyphs.plate(WORDING, 30, reference=REFERENCE)
    both = glyphs.plate(WORDING, 30, "AI-generated", reference=REFERENCE)
    broken = glyphs.plate("人工智能\n生成", 30, reference=REFERENCE)
    assert both.size[0] == alone.size[0]
    assert both.size[1] > alone.size[1]
    assert broken.size[0] < alone.size[0]
    assert broken.size[1] > alone.size[1]


def test_a_wording_without_the_reference_glyph_is_measured_by_its_tallest() -> None:
    plate = glyphs.plate("AI", 30, reference=REFERENCE)
    assert glyphs.measure(over((90, 90, 90), plate), plate, 0, 0).height >= 30

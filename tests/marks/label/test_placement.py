from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overt import rulebook
from overt.errors import UnsupportedError
from overt.marks.label import glyphs, placement
from overt.marks.label.model import Position

RULES = rulebook.load("cn").label
WORDING = RULES.wording.value.zh
POSITIONS: tuple[Position, ...] = ("top-left", "top", "top-right", "bottom-left", "bottom", "bottom-right")


def fitted(width: int, height: int) -> glyphs.Plate:
    return placement.fit(width, height, RULES, WORDING)


def flat(width: int = 300, height: int = 200) -> np.ndarray:
    return np.full((height, width), 100, np.float32)


def busy(where: tuple[slice, slice], width: int = 300, height: int = 200) -> np.ndarray:
    picture = flat(width, height)
    noise = np.random.default_rng(5).integers(0, 255, (height, width)).astype(np.float32)
    picture[where] = noise[where]
    return picture


def test_an_even_picture_is_labelled_bottom_right() -> None:
    assert placement.place(flat(), (900, 600), fitted(900, 600), "auto").where == "bottom-right"


@pytest.mark.parametrize(
    ("reason", "where", "expected"),
    [
        ("lower half busy", (slice(100, 200), slice(0, 300)), "top-right"),
        ("right half busy", (slice(0, 200), slice(150, 300)), "bottom-left"),
        ("all but the upper left busy", (slice(40, 200), slice(0, 300)), "top-right"),
        ("centre busy", (slice(60, 140), slice(90, 210)), "bottom-right"),
    ],
)
def test_busy_places_are_left_free(reason: str, where: tuple[slice, slice], expected: str) -> None:
    assert placement.place(busy(where), (900, 600), fitted(900, 600), "auto").where == expected, reason


@pytest.mark.parametrize("position", POSITIONS)
def test_a_fixed_position_is_kept(position: Position) -> None:
    plate = fitted(900, 600)
    where, left, top = placement.place(busy((slice(0, 200), slice(0, 300))), (900, 600), plate, position)
    assert where == position
    assert (top < 300) == position.startswith("top")
    middle = left + plate.size[0] / 2
    assert (middle < 300) == position.endswith("left")
    assert (middle > 600) == position.endswith("right")


@given(st.integers(64, 3000), st.integers(64, 3000), st.sampled_from((*POSITIONS, "auto")))
@settings(max_examples=40, deadline=None)
def test_the_label_is_whole_at_an_edge_and_leaves_a_picture(width: int, height: int, position: Position) -> None:
    plate = fitted(width, height)
    spot = placement.place(flat(30, 20), (width, height), plate, position)
    right, bottom = width - spot.left - plate.size[0], height - spot.top - plate.size[1]
    assert min(spot.left, spot.top, right, bottom) >= 0
    assert min(spot.top, bottom) <= 0.1 * height + 2
    assert plate.size[0] * plate.size[1] <= placement.MOST_COVERED * width * height
    ink = glyphs.ink_height(RULES.reference_glyph.value, plate.em)
    assert ink >= glyphs.required_px(width, height, RULES)


@pytest.mark.parametrize(
    ("size", "rows"),
    [((1000, 1000), 1), ((10_000, 40), 1), ((80, 80), 2), ((64, 64), 3), ((24, 400), 6)],
    ids=str,
)
def test_narrow_pictures_break_the_wording(size: tuple[int, int], rows: int) -> None:
    plate = fitted(*size)
    assert plate.wording[3] > (rows - 1) * plate.em
    assert plate.wording[3] < (rows + 0.5) * 1.2 * plate.em


def test_the_second_language_goes_first_where_there_is_no_room() -> None:
    assert placement.fit(400, 24, RULES, WORDING, "AI-generated").size == fitted(400, 24).size
    assert placement.fit(600, 400, RULES, WORDING, "AI-generated").size != fitted(600, 400).size


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (20, 20), (40, 40)], ids=str)
def test_a_picture_without_room_is_refused_with_a_way_out(size: tuple[int, int]) -> None:
    with pytest.raises(UnsupportedError, match="too small") as caught:
        fitted(*size)
    assert "64" in caught.value.diagnostics().zh
    assert "64" in caught.value.diagnostics().en


def test_latin_wording_is_not_broken() -> None:
    assert list(placement.breaks("AI-generated", RULES)) == ["AI-generated"]
    assert list(placement.breaks(WORDING, RULES))[1] == "人工智能\n生成"

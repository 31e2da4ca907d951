"""Small pictures for the terminal."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from overt.demo.generate import Product
from overt.demo.thumbnails import HEIGHT, WIDTH, shown, thumbnail


def test_each_cell_shows_two_pixels_of_the_picture(tmp_path: Path):
    halves = np.zeros((60, 100, 3), np.uint8)
    halves[:30], halves[30:] = (200, 30, 30), (30, 30, 200)
    path = tmp_path / "halves.png"
    Image.fromarray(halves).save(path)
    cells = thumbnail(path)
    lines = cells.plain.split("\n")
    styles = [span.style for span in cells.spans]

    assert len(lines) == HEIGHT // 2
    assert {len(line) for line in lines} == {WIDTH}
    assert tuple(styles[0].color.triplet) == (200, 30, 30)
    assert tuple(styles[-1].bgcolor.triplet) == (30, 30, 200)


@pytest.mark.parametrize("name", ["film.mp4", "voice-mandarin.wav", "voice-english.mp3", "strings.flac"])
def test_film_and_sound_are_shown(name: str, products: dict[str, Product]):
    assert len(thumbnail(products[name].path).plain) >= WIDTH / 2


def test_what_cannot_be_shown_is_left_out(tmp_path: Path):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff\xe0 and no more")

    assert thumbnail(broken).plain == ""
    assert thumbnail(tmp_path / "text.txt").plain == ""


@pytest.mark.parametrize(("colours", "terminal", "answer"), [("truecolor", True, True), (None, True, False)])
def test_only_colour_terminals_get_them(colours: str | None, terminal: bool, answer: bool):
    console = Console(file=io.StringIO(), force_terminal=terminal, color_system=colours, no_color=False)

    assert shown(console) is answer

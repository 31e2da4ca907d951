"""Copies laid on what was kept, by a geometry that is known but for whole tiles."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from overt.tracing.agreement import ALIKE, OTHER, error_rate
from overt.tracing.align import likeness

SIZE = (768, 512)
TILE = SIZE[0] / 8


def grey(media: Path, name: str) -> np.ndarray:
    with Image.open(media / "images" / name) as picture:
        return np.asarray(picture.convert("L").resize(SIZE), np.float32)


@pytest.fixture(scope="module")
def parrots(media: Path) -> np.ndarray:
    return grey(media, "kodim23.png")


@pytest.fixture(scope="module")
def kept(parrots: np.ndarray) -> np.ndarray:
    return cv2.resize(parrots, (640, 427), interpolation=cv2.INTER_AREA)


UPRIGHT = np.diag([TILE, TILE, 1.0])


def moved(x: float, y: float) -> np.ndarray:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], np.float64)


def test_a_crop_is_laid_where_it_was(parrots: np.ndarray, kept: np.ndarray):
    # The mark tells where tiles begin, not which ones: the geometry is off by three tiles across and one down.
    found = likeness(parrots[130:430, 200:600], moved(-200 + 3 * TILE, -130 + TILE) @ UPRIGHT, kept, SIZE)

    assert found is not None
    assert found.score > 0.95
    assert found.box == pytest.approx((200 / 768, 130 / 512, 600 / 768, 430 / 512), abs=0.02)
    assert found.share == pytest.approx(400 * 300 / (768 * 512), abs=0.03)
    assert error_rate(found) < 1e-5


def test_a_turned_and_mirrored_copy_of_half_the_size_is_laid_too(parrots: np.ndarray, kept: np.ndarray):
    turn = np.vstack([cv2.getRotationMatrix2D((384, 256), 12, 0.5), [0, 0, 1]])
    mirror = np.array([[-1, 0, 768], [0, 1, 0], [0, 0, 1]], np.float64)
    copy = cv2.warpPerspective(parrots, mirror @ turn, SIZE, flags=cv2.INTER_AREA)
    found = likeness(copy, mirror @ turn @ UPRIGHT, kept, SIZE)

    assert found is not None
    assert found.score > ALIKE


def test_another_picture_with_the_same_geometry_is_not_like_it(media: Path, kept: np.ndarray):
    for name in ("kodim04.png", "kodim01.png", "kodim08.png"):
        found = likeness(grey(media, name), UPRIGHT, kept, SIZE)
        assert found is not None
        assert found.score < OTHER


def test_flat_pictures_and_senseless_geometries_tell_nothing(parrots: np.ndarray, kept: np.ndarray):
    assert likeness(np.full((512, 768), 90, np.float32), UPRIGHT, kept, SIZE) is None
    assert likeness(parrots, np.zeros((3, 3)), kept, SIZE) is None
    assert likeness(parrots, np.diag([1.0, 1.0, 1.0]), kept, SIZE) is None
    assert likeness(parrots, np.array([[90, 0, 0], [0, 90, 0], [0.2, 0, -1.0]]), kept, SIZE) is None
    assert likeness(parrots[:40, :40], UPRIGHT, kept, SIZE) is None

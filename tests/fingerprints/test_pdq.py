"""PDQ against the hashes of the reference implementation, which `pdq_reference.json` keeps (package pdqhash 0.2.8)."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from overt.fingerprints import pdq
from overt.fingerprints.model import hamming

REFERENCE = json.loads((Path(__file__).parent / "pdq_reference.json").read_text())
DRAWN = ("ramp", "bumps", "tiny", "square64")
PHOTOS = [name for name in REFERENCE if name not in DRAWN]


def drawn(name: str) -> np.ndarray:
    """Small pictures without a file: nearly flat ones, a tiny one, one of 64 x 64 pixels."""
    y, x = np.mgrid[:97, :131]
    if name == "tiny":
        return np.arange(6 * 7 * 3, dtype=np.uint8).reshape(6, 7, 3) * 2
    luma = {
        "ramp": (x + y).astype(np.uint8),
        "bumps": np.clip(128 + 30 * np.sin(x / 9) * np.cos(y / 13), 0, 255).astype(np.uint8),
        "square64": ((x * x + 3 * y * y) % 251).astype(np.uint8)[:64, :64],
    }[name]
    return np.repeat(luma[..., None], 3, 2)


def photo(media: Path, name: str) -> np.ndarray:
    return np.asarray(Image.open(media / "images" / name).convert("RGB"))


def reference(name: str) -> np.ndarray:
    return np.array([list(bytes.fromhex(each)) for each in REFERENCE[name]["hashes"]], np.uint8)


@pytest.mark.parametrize("name", PHOTOS[::3])
def test_hashes_of_photos_are_those_of_the_reference(media: Path, name: str) -> None:
    picture = photo(media, name)
    hashes, quality = pdq.dihedral(picture)
    differing = hamming(hashes, reference(name)).diagonal()
    # Sums are rounded in another order, which can swap the two frequencies beside the median.
    assert max(differing) <= (0 if picture.shape[0] * picture.shape[1] <= 1 << 20 else 4)
    assert quality == REFERENCE[name]["quality"]


@pytest.mark.parametrize("name", DRAWN)
def test_quality_of_plain_pictures_is_that_of_the_reference(name: str) -> None:
    hashes, quality = pdq.dihedral(drawn(name))
    assert quality == REFERENCE[name]["quality"]
    if name == "square64":  # In the others many frequencies are zero, and rounding decides their bits.
        assert max(hamming(hashes, reference(name)).diagonal()) <= 2


def test_each_way_is_the_hash_of_the_picture_so_changed(media: Path) -> None:
    picture = photo(media, "kodim04.png")
    changed = {
        "turned_90": np.rot90(picture),
        "turned_180": np.rot90(picture, 2),
        "turned_270": np.rot90(picture, 3),
        "upside_down": picture[::-1],
        "mirrored": picture[:, ::-1],
        "transposed": picture.transpose(1, 0, 2),
        "anti_transposed": np.rot90(picture, 2).transpose(1, 0, 2),
    }
    kept = pdq.fingerprint(picture)
    for way, copy in changed.items():
        found = pdq.compare(pdq.queries(np.ascontiguousarray(copy)), kept)
        assert found.distance <= 16
        undone = {"turned_90": "turned_270", "turned_270": "turned_90"}.get(way, way)
        assert found.changed == {undone: 1.0}


def test_a_smaller_copy_is_near_and_another_picture_far(media: Path) -> None:
    picture, other = photo(media, "kodim04.png"), photo(media, "kodim08.png")
    kept = pdq.fingerprint(picture)
    small = cv2.resize(picture, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA)
    assert pdq.compare(pdq.fingerprint(small), kept).distance <= 12
    assert pdq.compare(pdq.queries(other), kept).distance >= 90


def test_grey_is_as_good_as_rgb(media: Path) -> None:
    grey = cv2.cvtColor(photo(media, "kodim04.png"), cv2.COLOR_RGB2GRAY)
    one, other = pdq.fingerprint(grey), pdq.fingerprint(np.repeat(grey[..., None], 3, 2))
    assert pdq.compare(one, other).distance <= 2


def test_a_picture_of_one_colour_has_no_quality() -> None:
    assert pdq.fingerprint(np.full((100, 100, 3), 77, np.uint8)).quality.tolist() == [0]


def test_a_picture_of_few_pixels_has_no_hash() -> None:
    kept = pdq.fingerprint(np.zeros((4, 100, 3), np.uint8))
    assert kept.quality.tolist() == [0]
    assert not kept.values.any()


def test_it_is_spelled_as_exchanges_write_it(media: Path) -> None:
    kept = pdq.fingerprint(photo(media, "kodim08.png"))
    assert pdq.spelled(kept.values[0]) == REFERENCE["kodim08.png"]["hashes"][0]

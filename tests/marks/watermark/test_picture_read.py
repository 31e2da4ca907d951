"""The blind reader: real pictures, marked, edited, and read back without a word about the edit."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from overt.marks.watermark import code
from overt.marks.watermark.keys import PUBLIC_PRESENCE, Key, signs
from overt.marks.watermark.model import Readout
from overt.marks.watermark.picture import pilot, sheet, tile
from overt.marks.watermark.picture.embed import embed
from overt.marks.watermark.picture.read import read
from overt.marks.watermark.picture.residual import luma, residual

HOUSE, OTHER = Key("house", b"h" * 32), Key("other", b"o" * 32)
FIRST, SECOND = 0x0123456789ABCDEF, 0xFEDCBA9876543210
PICTURES = ("da2_demo01.jpg", "sam_truck.jpg")


@cache
def picture(path: Path, longer: int = 640) -> np.ndarray:
    whole = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    share = longer / max(whole.shape)
    return cv2.resize(whole, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)


def put_on(plain: np.ndarray, value: int = FIRST, bits: code.Bits = 64, key: Key = HOUSE) -> np.ndarray:
    delta = embed(plain, value, bits, key).delta
    return np.clip(np.rint(plain + delta[..., None]), 0, 255).astype(np.uint8)


@cache
def marked(path: Path) -> np.ndarray:
    return put_on(picture(path))


def jpeg(seen: np.ndarray, quality: int) -> np.ndarray:
    return cv2.imdecode(cv2.imencode(".jpg", seen, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)


def resized(seen: np.ndarray, across: float, down: float | None = None) -> np.ndarray:
    return cv2.resize(seen, None, fx=across, fy=down or across, interpolation=cv2.INTER_AREA)


def turned(seen: np.ndarray, degrees: float) -> np.ndarray:
    height, width = seen.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    return cv2.warpAffine(seen, matrix, (width, height), flags=cv2.INTER_CUBIC)


def cropped(seen: np.ndarray, left: float, top: float, share: float) -> np.ndarray:
    height, width = seen.shape[:2]
    y, x = int(height * top), int(width * left)
    return np.ascontiguousarray(seen[y : y + int(height * share), x : x + int(width * share)])


def in_perspective(seen: np.ndarray) -> np.ndarray:
    height, width = seen.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moves = np.array([[0.02, -0.02], [-0.02, 0.015], [0.01, 0.02], [0.018, -0.02]], np.float32) * (width, height)
    matrix = cv2.getPerspectiveTransform(corners, (corners + moves).astype(np.float32))
    bent = cv2.warpPerspective(seen, matrix, (width, height), flags=cv2.INTER_CUBIC, borderValue=(255,) * 3)
    noisy = cv2.GaussianBlur(bent, (0, 0), 0.7) + np.random.default_rng(1).normal(0, 3, bent.shape)
    return jpeg(np.clip(np.rint(noisy), 0, 255).astype(np.uint8), 80)


def in_collage(seen: np.ndarray) -> np.ndarray:
    small = resized(seen, 0.8)
    height, width = small.shape[:2]
    canvas = cv2.GaussianBlur(seen[::-1, ::-1], (0, 0), 3)
    canvas = cv2.resize(canvas, (int(width * 1.6), int(height * 1.5)))
    canvas[37 : 37 + height, 91 : 91 + width] = small
    return canvas


def captioned(seen: np.ndarray) -> np.ndarray:
    seen = seen.copy()
    height, width = seen.shape[:2]
    seen[height * 4 // 5 :] //= 4
    cv2.circle(seen, (width * 4 // 5, height // 4), height // 6, (220, 30, 40), -1)
    return seen


EDITS = {
    "nothing": np.copy,
    "grey": luma,
    "jpeg 40": lambda seen: jpeg(seen, 40),
    "half the size": lambda seen: resized(seen, 0.5),
    "one and a half of the size": lambda seen: cv2.resize(seen, None, fx=1.5, fy=1.5, interpolation=cv2.INTER_CUBIC),
    "wider": lambda seen: resized(seen, 1, 0.97),
    "a crop": lambda seen: cropped(seen, 0.21, 0.17, 0.6),
    "a crop brought back to size": lambda seen: cv2.resize(cropped(seen, 0.1, 0.13, 0.8), seen.shape[1::-1]),
    "a screenshot": lambda seen: cropped(jpeg(resized(seen, 0.75), 75), 0.05, 0.03, 0.93),
    "one degree": lambda seen: turned(seen, 1),
    "seventeen degrees": lambda seen: turned(seen, -17),
    "a quarter turn": np.rot90,
    "mirrored": lambda seen: seen[:, ::-1],
    "print and scan": in_perspective,
    "a collage": in_collage,
    "a caption": captioned,
}


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("edit", EDITS)
def test_an_id_comes_back_whatever_was_done(media: Path, name: str, edit: str) -> None:
    readout = read(EDITS[edit](marked(media / "images" / name)), [OTHER, HOUSE])
    assert [(found.value, found.bits, found.key) for found in readout.ids] == [(FIRST, 64, "house")]
    assert readout.ids[0].log10_p <= code.LOG10_P


def test_a_small_picture_carries_an_id_of_40_bits(media: Path) -> None:
    small = put_on(picture(media / "images" / PICTURES[0], 256), 0xABCDEF0123, 40)
    for seen in (small, jpeg(small, 85), cropped(small, 0.1, 0.1, 0.85)):
        assert [(found.value, found.bits) for found in read(seen, [HOUSE]).ids] == [(0xABCDEF0123, 40)]


@pytest.mark.parametrize("key", [HOUSE, OTHER])
def test_a_picture_that_was_marked_twice_gives_both_ids(media: Path, key: Key) -> None:
    once = marked(media / "images" / PICTURES[0])
    for between in (np.copy, lambda seen: cropped(seen, 0.1, 0.1, 0.8)):
        twice = jpeg(put_on(between(once), SECOND, key=key), 85)
        assert {(found.value, found.key) for found in read(twice, [HOUSE, OTHER]).ids} == {
            (FIRST, "house"),
            (SECOND, key.name),
        }


def test_two_pictures_in_one_give_two_ids_and_their_outlines(media: Path) -> None:
    left, right = marked(media / "images" / PICTURES[0]), put_on(picture(media / "images" / PICTURES[1]), SECOND)
    both = np.full((max(len(left), len(right)), left.shape[1] + right.shape[1] + 30, 3), 128, np.uint8)
    both[: len(left), : left.shape[1]] = left
    both[: len(right), left.shape[1] + 30 :] = right
    found = {each.value: np.mean(each.place.outline, 0)[0] for each in read(both, [HOUSE], effort="thorough").ids}
    assert found.keys() == {FIRST, SECOND}
    assert found[FIRST] < left.shape[1] < found[SECOND]


def test_under_another_key_there_is_a_mark_and_no_id(media: Path) -> None:
    readout = read(marked(media / "images" / PICTURES[0]), [OTHER])
    assert readout.state == "mark"
    assert readout.presence is not None
    assert readout.presence.log10_p < -20


def test_a_presence_key_of_ones_own_hides_the_mark(media: Path) -> None:
    private = Key("private", b"p" * 32, b"q" * 32)
    seen = put_on(picture(media / "images" / PICTURES[0]), key=private)
    assert read(seen, [HOUSE]) == Readout()
    assert [found.value for found in read(seen, [HOUSE, private]).ids] == [FIRST]


def test_nothing_is_found_in_unmarked_pictures(media: Path) -> None:
    for name in (*PICTURES, "mdn_larch.jpg"):
        assert read(picture(media / "images" / name), [HOUSE]).state == "none"


def test_where_a_mark_lies(media: Path) -> None:
    seen = marked(media / "images" / PICTURES[0])
    height, width = seen.shape[:2]
    upright = read(seen, [HOUSE]).ids[0].place
    assert (round(upright.turn or 0), upright.mirrored) == (0, False)
    outline = np.array(upright.outline)
    assert outline.min() >= 0
    assert np.ptp(outline, 0) == pytest.approx([width, height], rel=0.2)
    assert read(turned(seen, -17), [HOUSE]).ids[0].place.turn == pytest.approx(17, abs=0.3)
    assert read(np.rot90(seen), [HOUSE]).ids[0].place.turn == pytest.approx(-90, abs=0.3)
    mirrored = read(seen[:, ::-1], [HOUSE]).ids[0].place
    assert (round(mirrored.turn or 0), mirrored.mirrored) == (0, True)


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(shape[0]).integers(0, 256, shape).astype(np.uint8)


ODD = {
    "black": np.zeros((300, 400, 3), np.uint8),
    "white and grey": np.full((300, 400), 255, np.uint8),
    "noise": noise(300, 400, 3),
    "a gradient": np.indices((256, 256)).sum(0).astype(np.uint8),
    "a lattice": np.tile(np.eye(8, dtype=np.uint8) * 255, (40, 40)),
    "one pixel": np.zeros((1, 1, 3), np.uint8),
    "a line": np.zeros((3, 5000), np.uint8),
    "wide": noise(17, 3000, 3),
    "high": noise(2500, 20),
    "tiny": noise(16, 16, 3),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_pictures_say_nothing(name: str) -> None:
    for effort in ("quick", "thorough") if ODD[name].size < 10_000 else ("quick",):
        assert read(ODD[name], [HOUSE], effort=effort) == Readout()


def test_without_keys_nothing_is_read(media: Path) -> None:
    assert read(picture(media / "images" / PICTURES[0]), []) == Readout()


def test_the_pilot_stays_within_its_bound(media: Path) -> None:
    """Of a real picture, under thousands of presence keys: how often a score is exceeded, against the stated bound."""
    plain = picture(media / "images" / PICTURES[0])
    laid = sheet.Raster(residual(luma(plain))).flat(sheet.sized(80, 80))
    assert laid is not None
    waves = sheet.evened(laid.total())[tile.pilots()]
    waves = np.stack([waves.real, waves.imag], 1).ravel()
    count = 20_000
    drawn = signs(PUBLIC_PRESENCE, "bound", count * waves.size).reshape(count, -1)
    scores = drawn @ waves / np.linalg.norm(waves)
    for score in (1.0, 2.0, 3.0, 3.5):
        assert np.mean(scores >= score) <= 10 ** code.log10_bound(score, 0, 1)
    best = [float(pilot.maps(sheet.evened(laid.total()), bytes([key]) * 32, 0).max()) for key in range(60)]
    bounds = np.array([code.log10_bound(score, 0, pilot.STEPS**2) for score in best])
    assert np.mean(bounds < -0.5) <= 10**-0.5
    assert bounds.min() > -3

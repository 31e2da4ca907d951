from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from overt.errors import UnsupportedError
from overt.marks.watermark import code
from overt.marks.watermark.keys import Key
from overt.marks.watermark.picture import embed as marker
from overt.marks.watermark.picture import mask, quality, tile, weights
from overt.marks.watermark.picture.embed import embed
from overt.marks.watermark.picture.residual import luma, residual

KEY = Key("test", b"k" * 32)
ID = 0x0123456789ABCDEF
PHOTOS = ["kodim04.png", "kodim13.png", "skimage_coffee.png", "da2_demo09.jpg"]
"""People, plain leaves and water, a still life, and a painting."""


def photo(media: Path, name: str, longest: int = 640) -> np.ndarray:
    picture = Image.open(media / "images" / name).convert("RGB")
    picture.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    return np.asarray(picture)


def marked(picture: np.ndarray, delta: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(picture + delta[..., None]), 0, 255).astype(np.uint8)


def as_jpeg(picture: np.ndarray, grade: int) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=grade)
    return np.asarray(Image.open(file).convert("RGB"))


def decoded(picture: np.ndarray, side: float, key: Key = KEY, bits: code.Bits = 64) -> code.Decoded | None:
    """What a reader finds who knows the geometry."""
    soft = weights.believed(tile.measure(residual(luma(picture)), side), key.presence)
    return code.decode(soft, key.secret, bits)


def side_of(picture: np.ndarray) -> float:
    longer = max(picture.shape[:2])
    return longer / tile.tiles_for(longer)


@pytest.mark.parametrize("name", PHOTOS)
def test_the_quality_is_the_wanted_one(media: Path, name: str) -> None:
    picture = photo(media, name)
    mark = embed(picture, ID, 64, KEY)
    error = float(np.mean((picture.astype(np.float64) - marked(picture, mark.delta)) ** 2))
    psnr = 10 * np.log10(255**2 / error)
    assert 41.3 < psnr < 47.5
    assert psnr == pytest.approx(mark.report.psnr, abs=0.2)
    assert marker.TARGET - 0.1 < mark.report.score < 90  # Higher where the limit of power says so.


@pytest.mark.parametrize("name", PHOTOS[:2])
def test_the_estimate_is_near_the_real_metric(media: Path, name: str, tmp_path: Path) -> None:
    ssimulacra2 = pytest.importorskip("ssimulacra2")
    picture = photo(media, name)
    mark = embed(picture, ID, 64, KEY)
    Image.fromarray(picture).save(tmp_path / "clean.png")
    Image.fromarray(marked(picture, mark.delta)).save(tmp_path / "marked.png")
    real = ssimulacra2.compute_ssimulacra2(str(tmp_path / "clean.png"), str(tmp_path / "marked.png"))
    assert mark.report.score == pytest.approx(real, abs=1.2)


@pytest.mark.parametrize("name", PHOTOS)
@pytest.mark.parametrize("grade", [90, 50, 30])
def test_the_id_survives_jpeg(media: Path, name: str, grade: int) -> None:
    picture = photo(media, name)
    found = decoded(as_jpeg(marked(picture, embed(picture, ID, 64, KEY).delta), grade), side_of(picture))
    assert found is not None
    assert found.value == ID


@pytest.mark.parametrize("name", PHOTOS)
def test_the_id_survives_half_the_size(media: Path, name: str) -> None:
    picture = photo(media, name)
    whole = marked(picture, embed(picture, ID, 64, KEY).delta)
    half = cv2.resize(whole, (picture.shape[1] // 2, picture.shape[0] // 2), interpolation=cv2.INTER_AREA)
    found = decoded(half, side_of(picture) / 2)
    assert found is not None
    assert found.value == ID


@pytest.mark.parametrize("upright", [False, True])
def test_a_narrow_panorama_holds_the_id(media: Path, upright: bool) -> None:
    picture = np.asarray(Image.open(media / "images" / "tmjs_canyon.jpg").convert("RGB"))[300:556]
    picture = np.ascontiguousarray(np.rot90(picture)) if upright else picture
    mark = embed(picture, ID, 64, KEY)
    assert mark.report.psnr > 43
    found = decoded(as_jpeg(marked(picture, mark.delta), 75), side_of(picture))
    assert found is not None
    assert found.value == ID


def test_another_key_reads_nothing(media: Path) -> None:
    picture = photo(media, PHOTOS[0])
    whole = marked(picture, embed(picture, ID, 64, KEY).delta)
    assert decoded(whole, side_of(picture), Key("other", b"o" * 32)) is None
    assert decoded(picture, side_of(picture)) is None


def test_plain_places_get_less_than_texture() -> None:
    noise = np.random.default_rng(1).normal(0, 20, (256, 512))
    noise[:, :256] = 0
    picture = np.repeat(np.clip(128 + noise, 0, 255).astype(np.uint8)[..., None], 3, 2)
    delta = embed(picture, ID, 64, KEY).delta
    plain, texture = delta[:, 16:224].std(), delta[:, 288:496].std()
    assert plain < 1.5
    assert texture > 3 * plain


def test_an_edge_between_plain_places_gets_little() -> None:
    edge = np.full((256, 256), 90, np.float32)
    edge[:, 128:] = 170
    texture = 130 + np.random.default_rng(1).normal(0, 20, edge.shape).astype(np.float32)
    plain = np.full_like(edge, 130)
    beside = mask.gain(edge)[:, 112:144].mean()
    assert beside < mask.gain(plain).mean() * 2.5
    assert mask.gain(texture).mean() > mask.gain(plain).mean() * 2


def test_a_sky_is_spared(media: Path) -> None:
    """The upper right of this picture is a bright sky."""
    picture = photo(media, "kodim20.png")
    delta = embed(picture, ID, 64, KEY).delta
    sky = delta[8:140, 240:]
    assert sky.std() < 0.8
    assert np.abs(sky).max() < 3
    assert delta.std() > 1.5 * sky.std()


def test_the_same_input_gives_the_same_mark(media: Path) -> None:
    picture = photo(media, PHOTOS[0], 400)
    assert np.array_equal(embed(picture, ID, 64, KEY).delta, embed(picture, ID, 64, KEY).delta)


def test_more_bits_per_sample_give_the_same_mark(media: Path) -> None:
    picture = photo(media, PHOTOS[0], 400)
    assert np.array_equal(embed(picture.astype(np.float32), ID, 64, KEY).delta, embed(picture, ID, 64, KEY).delta)
    finer = picture.astype(np.float32) + np.float32(0.2)
    assert np.abs(embed(finer, ID, 64, KEY).delta - embed(picture, ID, 64, KEY).delta).max() < 0.5


def test_grey_pictures_are_marked(media: Path) -> None:
    grey = np.asarray(Image.fromarray(photo(media, PHOTOS[0])).convert("L"))
    delta = embed(grey, ID, 64, KEY).delta
    whole = np.clip(np.rint(grey + delta), 0, 255).astype(np.uint8)
    found = decoded(whole, side_of(grey))
    assert found is not None
    assert found.value == ID


def test_small_pictures_carry_40_bits(media: Path) -> None:
    picture = photo(media, "da2_demo01_s256.png")
    assert tile.tiles_for(max(picture.shape)) == tile.FEW_TILES
    whole = marked(picture, embed(picture, ID >> 24, 40, KEY).delta)
    found = decoded(as_jpeg(whole, 75), side_of(picture), bits=40)
    assert found is not None
    assert found.value == ID >> 24


def test_large_pictures_are_marked_through_a_smaller_one(media: Path) -> None:
    picture = photo(media, "da2_demo09.jpg", 2048)
    assert picture.shape[0] * picture.shape[1] > 2 * marker.WORKING_AREA
    mark = embed(picture, ID, 64, KEY)
    assert mark.delta.shape == picture.shape[:2]
    shared = cv2.resize(marked(picture, mark.delta), (768, 511), interpolation=cv2.INTER_AREA)
    found = decoded(as_jpeg(shared, 60), 768 / tile.TILES)
    assert found is not None
    assert found.value == ID


@pytest.mark.parametrize("value", [0, 255])
def test_pictures_without_anything_in_them_do_not_break_it(value: int) -> None:
    mark = embed(np.full((256, 384, 3), value, np.uint8), ID, 64, KEY)
    assert np.isfinite(mark.delta).all()
    assert mark.report.psnr > 41


@pytest.mark.parametrize("shape", [(127, 127, 3), (8, 64, 3), (1, 1, 3)])
def test_tiny_pictures_are_refused(shape: tuple[int, int, int]) -> None:
    with pytest.raises(UnsupportedError) as refused:
        embed(np.zeros(shape, np.uint8), ID, 40, KEY)
    assert str(marker.SMALLEST) in refused.value.hint.en
    assert str(marker.SMALLEST) in refused.value.hint.zh


def test_the_estimate_falls_with_the_strength(media: Path) -> None:
    grey = luma(photo(media, PHOTOS[0]))
    delta = mask.gain(grey) * np.random.default_rng(1).normal(0, 1, grey.shape).astype(np.float32)
    quarter = cv2.resize(grey, (-(-grey.shape[1] // 4), -(-grey.shape[0] // 4)), interpolation=cv2.INTER_AREA)
    seen = quality.visibility(quarter, np.ascontiguousarray(grey[::4, ::4]), delta)
    scores = [seen.score(strength) for strength in (0, 0.5, 1, 2, 4)]
    assert scores[0] == 100
    assert scores == sorted(scores, reverse=True)
    assert seen.score(seen.strength(88)) == pytest.approx(88, abs=0.01)

"""Watermarks in picture files: put on, read back, and everything else kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pillow_heif
import pylibjxl
import pytest
from PIL import Image, ImageDraw

from overt.errors import ReadBackError, UnsupportedError
from overt.marks.watermark.carriers import carrier, carries
from overt.marks.watermark.keys import Key
from overt.marks.watermark.model import Found, shortened

KEY = Key("test", bytes(range(32)))
OTHER = Key("other", bytes(32))
CONTENT = "12345678-1234-4234-8234-123456789abc"
CONTAINERS = {"jpg": "jpeg", "tif": "tiff"}


def _see_through(photo: Image.Image) -> Image.Image:
    alpha = Image.new("L", photo.size, 0)
    alpha.paste(255, (60, 40, photo.width - 60, photo.height - 40))
    picture = photo.convert("RGBA")
    picture.putalpha(alpha)
    return picture


def _drawing(size: tuple[int, int] = (600, 400)) -> Image.Image:
    drawing = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(drawing)
    pen.ellipse((80, 60, 520, 340), fill="#3377cc", outline="black", width=6)
    pen.rectangle((200, 150, 400, 250), fill="#ffcc33")
    return drawing


def _deep(photo: Image.Image) -> Image.Image:
    return Image.fromarray(np.asarray(photo.convert("L")).astype(np.uint16) * 257)


def _moving(photo: Image.Image, path: Path, **options: object) -> None:
    frames = [photo.resize((420, 280)).rotate(turn) for turn in (0, 2, 4)]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=[80, 120, 160], loop=3, **options)


MAKERS: dict[str, Callable[[Image.Image, Path], object]] = {
    "plain.jpg": lambda photo, path: photo.save(path, quality=92),
    "coarse.jpg": lambda photo, path: photo.save(path, quality=50),
    "inks.jpg": lambda photo, path: photo.convert("CMYK").save(path, quality=92),
    "turned.jpg": lambda photo, path: photo.save(path, quality=92, exif=_turned()),
    "plain.png": lambda photo, path: photo.save(path),
    "palette.png": lambda photo, path: photo.quantize(100).save(path),
    "deep.png": lambda photo, path: _deep(photo).save(path),
    "clear.png": lambda photo, path: _see_through(photo).save(path),
    "moving.png": _moving,
    "lossless.webp": lambda photo, path: photo.save(path, lossless=True),
    "lossy.webp": lambda photo, path: photo.save(path, quality=75),
    "moving.webp": lambda photo, path: _moving(photo, path, quality=80),
    "plain.avif": lambda photo, path: photo.save(path, quality=70),
    "plain.jxl": lambda photo, path: path.write_bytes(pylibjxl.encode(np.asarray(photo), effort=3)),
    "plain.heic": lambda photo, path: pillow_heif.from_pillow(photo).save(path, quality=70),
    "photo.gif": lambda photo, path: photo.save(path),
    "drawing.gif": lambda _, path: _drawing().save(path),
    "moving.gif": _moving,
    "lzw.tif": lambda photo, path: photo.save(path, compression="tiff_lzw"),
    "jpeg.tif": lambda photo, path: photo.save(path, compression="jpeg", quality=80),
    "turned.tif": lambda photo, path: photo.save(path, tiffinfo={274: 6}),
}


def _turned() -> Image.Exif:
    exif = Image.Exif()
    exif[274] = 6
    return exif


@pytest.fixture(scope="module")
def photo(media: Path) -> Image.Image:
    with Image.open(media / "images" / "kodim23.png") as picture:
        return picture.convert("RGB").resize((480, 320), Image.Resampling.LANCZOS)


def _container(path: Path) -> str:
    ending = path.suffix[1:]
    return CONTAINERS.get(ending, ending)


def _ids(path: Path, *keys: Key) -> list[str]:
    return [found.spelled for found in carrier(_container(path)).read(path, _container(path), keys).ids]


@pytest.mark.parametrize("name", MAKERS)
def test_an_id_is_put_on_and_read_back(name: str, photo: Image.Image, tmp_path: Path):
    source, target = tmp_path / name, tmp_path / f"marked-{name}"
    MAKERS[name](photo, source)

    report = carrier(_container(source)).put(source, target, _container(source), CONTENT, KEY)

    assert report.modality == "image"
    assert report.found.value == shortened(CONTENT, 64)
    assert report.found.log10_p < -60
    assert report.measures["psnr"] > 36
    assert _ids(target, KEY) == [Found(shortened(CONTENT), 64, "", 0, 0).spelled]


def test_no_id_is_read_under_another_key_or_where_none_was_put_on(photo: Image.Image, tmp_path: Path):
    source, target = tmp_path / "a.png", tmp_path / "b.png"
    photo.save(source)
    carrier("png").put(source, target, "png", CONTENT, KEY)

    assert _ids(target, OTHER) == []
    assert _ids(source, KEY) == []


@pytest.mark.parametrize("name", ["plain.png", "lossless.webp", "deep.png", "lzw.tif", "clear.png"])
def test_form_and_depth_stay(name: str, photo: Image.Image, tmp_path: Path):
    source, target = tmp_path / name, tmp_path / f"marked-{name}"
    MAKERS[name](photo, source)
    carrier(_container(source)).put(source, target, _container(source), CONTENT, KEY)

    with Image.open(source) as before, Image.open(target) as after:
        assert (after.format, after.mode, after.size) == (before.format, before.mode, before.size)
        one, two = np.asarray(before).astype(int), np.asarray(after).astype(int)
    assert 0 < np.abs(one - two).max() <= (12 if one.max() < 256 else 12 * 257)
    if name == "clear.png":
        assert np.array_equal(one[..., 3], two[..., 3])
        assert np.array_equal(one[one[..., 3] == 0], two[one[..., 3] == 0])


@pytest.mark.parametrize("name", ["moving.png", "moving.webp", "moving.gif"])
def test_every_frame_of_an_animation_is_marked_and_keeps_its_time(name: str, photo: Image.Image, tmp_path: Path):
    source, target = tmp_path / name, tmp_path / f"marked-{name}"
    MAKERS[name](photo, source)
    report = carrier(_container(source)).put(source, target, _container(source), CONTENT, KEY)

    assert report.measures["frames"] == 3
    with Image.open(source) as before, Image.open(target) as after:
        assert after.info["loop"] == before.info["loop"]
        for number in range(3):
            before.seek(number)
            after.seek(number)
            after.load()
            before.load()
            assert after.info["duration"] == before.info["duration"]
            still = tmp_path / f"{number}.png"
            after.convert("RGB").save(still)
            assert len(_ids(still, KEY)) == 1


def test_what_describes_a_picture_stays(photo: Image.Image, tmp_path: Path):
    source, target = tmp_path / "described.jpg", tmp_path / "marked.jpg"
    exif = _turned()
    exif[270] = "a larch"
    photo.save(source, quality=90, exif=exif, icc_profile=b"profile" * 20, comment=b"hello", dpi=(300, 300))
    carrier("jpeg").put(source, target, "jpeg", CONTENT, KEY)

    with Image.open(source) as before, Image.open(target) as after:
        assert after.info["exif"] == before.info["exif"]
        assert after.info["icc_profile"] == before.info["icc_profile"]
        assert (after.info["comment"], after.info["dpi"]) == (b"hello", (300, 300))


def test_a_small_picture_gets_the_short_id(photo: Image.Image, tmp_path: Path):
    source, target = tmp_path / "small.png", tmp_path / "marked.png"
    photo.resize((256, 171)).save(source)
    report = carrier("png").put(source, target, "png", CONTENT, KEY)

    assert (report.found.bits, report.found.value) == (40, shortened(CONTENT, 40))


def test_a_second_mark_goes_on_beside_the_first(photo: Image.Image, tmp_path: Path):
    source, first, second = tmp_path / "a.png", tmp_path / "b.png", tmp_path / "c.png"
    other = "87654321-1234-4234-8234-123456789abc"
    photo.resize((960, 640)).save(source)
    carrier("png").put(source, first, "png", CONTENT, KEY)
    carrier("png").put(first, second, "png", other, KEY)
    found = carrier("png").read(second, "png", (KEY,)).ids

    assert {each.value for each in found} == {shortened(CONTENT), shortened(other)}


def test_too_small_too_plain_and_of_too_few_tones_are_refused(photo: Image.Image, tmp_path: Path):
    tiny, bits, target = tmp_path / "tiny.png", tmp_path / "bits.tif", tmp_path / "out"
    photo.resize((60, 40)).save(tiny)
    photo.convert("1").save(bits)

    with pytest.raises(UnsupportedError, match="too small"):
        carrier("png").put(tiny, target, "png", CONTENT, KEY)
    with pytest.raises((UnsupportedError, ReadBackError), match="no watermark"):
        carrier("tiff").put(bits, target, "tiff", CONTENT, KEY)
    assert not target.exists()


@pytest.mark.parametrize("container", ["text", "markdown", "html", "pdf", "docx", "svg", "glb", "epub"])
def test_formats_that_carry_none_say_why(container: str):
    assert not carries(container)
    with pytest.raises(UnsupportedError, match="carry no watermark") as refused:
        carrier(container)
    assert refused.value.hint.zh
    assert refused.value.hint.en

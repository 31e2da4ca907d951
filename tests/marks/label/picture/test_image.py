from __future__ import annotations

import json
import shutil
import struct
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from overt import rulebook
from overt.errors import BudgetError, FormatError, MediaError, UnsupportedError
from overt.marks.label.model import Labeller, LabelReport, LabelStyle
from overt.marks.label.picture import raster
from overt.marks.label.picture.burn import burn
from overt.marks.label.picture.image import ImageLabeller
from overt.media.budget import Budget

RULES = rulebook.load("cn").label
PLAIN = LabelStyle()
SUFFIX = {"jpeg": ".jpg", "png": ".png", "webp": ".webp"}
Put = Callable[..., tuple[LabelReport, Path, Path]]


def scene(width: int = 480, height: int = 320) -> Image.Image:
    """Sky over something busy, the same every time."""
    y, x = np.mgrid[0:height, 0:width]
    noise = np.random.default_rng(3).integers(0, 120, (height, width))
    tone = np.where(y > height * 0.4, 60 + noise, 180 + 40 * y / height)
    red = tone * (0.6 + 0.4 * x / width)
    return Image.fromarray(np.stack([red, tone, 255 - tone / 2], axis=2).astype(np.uint8))


@pytest.fixture
def put(tmp_path: Path) -> Put:
    def act(image: Image.Image, container: str, style: LabelStyle = PLAIN, **save: Any) -> Any:
        source, target = tmp_path / f"in{SUFFIX[container]}", tmp_path / f"out{SUFFIX[container]}"
        image.save(source, **save)
        return burn(source, target, container, RULES, style), source, target

    return act


def shown(path: Path) -> Image.Image:
    """The picture as a viewer shows it, read by Pillow alone."""
    with Image.open(path) as image:
        return ImageOps.exif_transpose(image)


def ink_rows(path: Path, report: LabelReport) -> int:
    """Height of the fourth of the six glyphs (能) by counting bright rows: not by the code under test."""
    (place,) = report.places
    assert place.box is not None
    left, top, width, height = place.box
    grey = np.asarray(shown(path).convert("L"), np.float64)[top : top + height, left : left + width]
    bright = grey > (np.percentile(grey, 40) + grey.max()) / 2
    bright[: round(0.08 * height)] = bright[-round(0.08 * height) :] = False  # the hairline at the rim
    bright[:, : round(0.03 * width)] = bright[:, -round(0.03 * width) :] = False
    columns = np.flatnonzero(bright.any(axis=0))
    step = (columns[-1] + 1 - columns[0]) / 6
    glyph = bright[:, round(columns[0] + 3 * step) : round(columns[0] + 4 * step)]
    rows = np.flatnonzero(glyph.any(axis=1))
    return int(rows[-1] - rows[0] + 1)


@pytest.mark.parametrize("container", ["jpeg", "png", "webp"])
@pytest.mark.parametrize("size", [(240, 240), (480, 320), (320, 480), (1000, 333), (200, 900)], ids=str)
def test_the_glyphs_are_high_enough(put: Put, container: str, size: tuple[int, int]) -> None:
    report, _, target = put(scene(*size), container)
    seen = ink_rows(target, report)
    assert seen >= RULES.glyph_height_ratio.value * min(size)
    assert abs(seen - report.measures["glyph_height_px"]) <= 1
    assert report.measures["shortest_side_px"] == min(size)
    assert report.measures["glyph_height_ratio"] >= RULES.glyph_height_ratio.value
    assert report.measures["contrast"] >= 4.5


@pytest.mark.parametrize("container", ["jpeg", "png", "webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_label_is_upright_as_the_picture_is_shown(put: Put, container: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    report, source, target = put(scene(500, 300), container, exif=exif)
    with Image.open(target) as image:
        assert image.size == (500, 300)
        assert image.getexif()[0x0112] == orientation
    assert shown(target).size == shown(source).size == ((500, 300) if orientation < 5 else (300, 500))
    assert ink_rows(target, report) >= 15
    assert ImageLabeller().read(target, container, RULES) is not None


def test_the_label_is_at_the_place_that_was_asked_for(put: Put) -> None:
    for position in ("top-left", "top", "top-right", "bottom-left", "bottom", "bottom-right"):
        report, source, target = put(scene(), "png", LabelStyle(position=position))
        changed = np.argwhere((np.asarray(shown(source)) != np.asarray(shown(target))).any(axis=2))
        (place,) = report.places
        assert place.where == position
        assert place.box is not None
        left, top, width, height = place.box
        assert changed.min(axis=0).tolist() >= [top, left]
        assert (changed.max(axis=0) < [top + height, left + width]).all()


MODES: dict[str, tuple[str, Callable[[], Image.Image], dict[str, Any], str]] = {
    "grey": ("png", lambda: scene().convert("L"), {}, "L"),
    "grey and alpha": ("png", lambda: faded("LA"), {}, "LA"),
    "colour and alpha": ("png", lambda: faded("RGBA"), {}, "RGBA"),
    "wholly transparent": ("png", lambda: Image.new("RGBA", (480, 320)), {}, "RGBA"),
    "one bit": ("png", lambda: scene().convert("1"), {}, "L"),
    "one bit, colour key": ("png", lambda: scene().convert("1"), {"transparency": 0}, "LA"),
    "palette": ("png", lambda: scene().quantize(32), {}, "RGB"),
    "palette, transparent entry": ("png", lambda: scene().quantize(32), {"transparency": 3}, "RGBA"),
    "colour key": ("png", scene, {"transparency": (1, 2, 3)}, "RGBA"),
    "lossless": ("webp", scene, {"lossless": True}, "RGB"),
    "lossless, alpha": ("webp", lambda: faded("RGBA"), {"lossless": True, "exact": True}, "RGBA"),
}


def faded(mode: str) -> Image.Image:
    image = scene().convert(mode)
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    return image


def deep() -> Image.Image:
    grey = np.asarray(scene().convert("L")).astype(np.uint16)
    return Image.fromarray(grey * 256 + np.arange(grey.size, dtype=np.uint16).reshape(grey.shape) % 251)


MODES["grey of 16 bits"] = ("png", deep, {}, "I;16")


@pytest.mark.parametrize("name", MODES)
def test_lossless_formats_change_nothing_outside_the_label(put: Put, name: str) -> None:
    container, make, save, mode = MODES[name]
    report, source, target = put(make(), container, **save)
    with Image.open(source) as before, Image.open(target) as after:
        assert after.mode == mode
        kind = mode if mode == "I;16" else "RGBA"
        old, new = np.asarray(before.convert(kind)).copy(), np.asarray(after.convert(kind)).copy()
    (place,) = report.places
    assert place.box is not None
    left, top, width, height = place.box
    inside = (slice(top, top + height), slice(left, left + width))
    assert (old[inside] != new[inside]).any()
    old[inside] = new[inside] = 0
    assert (old == new).all()


JPEGS: dict[str, tuple[Callable[[], Image.Image], dict[str, Any]]] = {
    "grey": (lambda: scene().convert("L"), {"quality": 80}),
    "4:2:0": (scene, {"quality": 75, "subsampling": 2}),
    "4:2:2": (scene, {"quality": 88, "subsampling": 1}),
    "4:4:4": (scene, {"quality": 95, "subsampling": 0}),
    "progressive": (scene, {"quality": 60, "progressive": True}),
    "RGB": (scene, {"quality": 90, "keep_rgb": True}),
    "CMYK": (lambda: scene().convert("CMYK"), {"quality": 85}),
}


@pytest.mark.parametrize("name", JPEGS)
def test_a_jpeg_keeps_its_compression(put: Put, name: str) -> None:
    make, save = JPEGS[name]
    report, source, target = put(make(), "jpeg", **save)
    with Image.open(source) as before, Image.open(target) as after:
        assert after.mode == before.mode
        assert after.quantization == before.quantization
        assert after.layer == before.layer
        assert ("progressive" in after.info) == ("progressive" in before.info)
        assert after.info.get("adobe_transform") == before.info.get("adobe_transform")
        old, new = np.asarray(before).astype(int), np.asarray(after).astype(int)
    (place,) = report.places
    assert place.box is not None
    # The same tables on the same pixels: even noise hardly moves outside the label (photos: 0.001 to 0.3).
    left, top, width, height = place.box
    beside = np.ones(old.shape[:2], bool)
    beside[max(0, top - 16) : top + height + 16, max(0, left - 16) : left + width + 16] = False
    assert np.abs(old - new)[beside].mean() < 1.2


@pytest.mark.parametrize("quality", [1, 10, 20])
def test_a_coarse_jpeg_is_compressed_more_finely_until_its_label_is_legible(put: Put, quality: int) -> None:
    report, source, target = put(scene(240, 160), "jpeg", quality=quality)
    assert report.measures["contrast"] >= 4.5
    assert ink_rows(target, report) >= 8
    with Image.open(source) as before, Image.open(target) as after:
        assert (np.array(after.quantization[0]) <= np.array(before.quantization[0])).all()


@pytest.mark.parametrize(("across", "down", "side"), [(72, 72, 480), (72, 144, 640), (144, 72, 480)])
def test_pixel_density_counts(put: Put, across: int, down: int, side: int) -> None:
    report, _, _ = put(scene(480, 640), "jpeg", dpi=(across, down))
    # Seen with pixels twice as wide as high it is 960 × 640; a viewer that ignores the density shows 480 × 640.
    assert report.measures["shortest_side_px"] == side
    assert report.measures["glyph_height_ratio"] >= 0.05


def frames() -> list[Image.Image]:
    return [Image.fromarray(np.roll(np.asarray(scene(240, 240)), 30 * i, axis=1)) for i in range(4)]


@pytest.mark.parametrize(
    ("container", "save"),
    [
        ("png", {}),
        ("png", {"default_image": True}),
        ("webp", {"lossless": True}),
        ("webp", {"quality": 85}),
    ],
    ids=["apng", "apng with a still", "webp lossless", "webp lossy"],
)
def test_every_frame_of_an_animation_is_labelled(put: Put, container: str, save: dict[str, Any]) -> None:
    first, *rest = frames()
    durations = [100, 250, 300, 450][: 3 if save.get("default_image") else 4]
    more = {"save_all": True, "append_images": rest, "duration": durations, "loop": 3}
    report, source, target = put(first, container, **more, **save)
    with Image.open(source) as before, Image.open(target) as after:
        assert after.n_frames == before.n_frames
        assert after.info.get("loop") == 3
        for index in range(before.n_frames):
            before.seek(index)
            after.seek(index)
            before.load()
            after.load()
            assert after.info.get("duration") == before.info.get("duration")
            after.convert("RGB").save(target.with_suffix(".frame.png"))
            assert ink_rows(target.with_suffix(".frame.png"), report) >= 12


def test_an_animated_webp_keeps_its_background(put: Put) -> None:
    first, *rest = frames()
    _, _, target = put(first, "webp", save_all=True, append_images=rest, background=(22, 7, 8, 255))
    with Image.open(target) as after:
        assert after.info["background"] == (22, 7, 8, 255)


@pytest.mark.parametrize("animated", [False, True])
def test_metadata_that_names_the_lossy_codec_leaves_a_webp_lossless(put: Put, animated: bool) -> None:
    first, *rest = frames()
    more = {"save_all": True, "append_images": rest} if animated else {}
    report, source, target = put(first, "webp", lossless=True, xmp=b"<x>VP8 VP8L</x>", **more)
    (place,) = report.places
    assert place.box is not None
    left, top, width, height = place.box
    before, after = (np.array(Image.open(path).convert("RGB"), np.int16) for path in (source, target))
    before[top : top + height, left : left + width] = after[top : top + height, left : left + width] = 0
    assert np.array_equal(before, after)


@pytest.mark.parametrize("second", [None, "en"])
def test_the_second_language_is_beneath(put: Put, second: Any) -> None:
    report, _, _ = put(scene(), "png", LabelStyle(second_language=second))
    assert RULES.has_elements(report.wording)
    (place,) = report.places
    assert place.box is not None
    assert (place.box[3] > 40) == (second is not None)


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="needs exiftool")
@pytest.mark.parametrize("name", ["c2pa_adobe_I.jpg", "thumbor_giunchedi.jpg", "mdn_larch.jpg"])
def test_all_metadata_of_real_pictures_stay(media: Path, tmp_path: Path, name: str) -> None:
    source, target = media / "images" / name, tmp_path / name
    burn(source, target, "png" if target.suffix == ".png" else "jpeg", RULES, PLAIN)

    def tags(path: Path) -> dict[str, Any]:
        out = subprocess.run(["exiftool", "-j", "-G1", "-a", "-u", str(path)], capture_output=True, check=True)
        (found,) = json.loads(out.stdout)
        # The Adobe segment says how the compressed colours are coded, which the new compression says itself.
        about_the_file = ("SourceFile", "System:", "ExifTool:", "Composite:", "Adobe:APP14", "Adobe:DCT", "Adobe:Color")
        return {k: v for k, v in found.items() if not k.startswith(about_the_file) and "Offset" not in k}

    # Where a directory lies in the file may move; what it says may not.
    before, after = tags(source), tags(target)
    assert len(before) > 5
    assert after == before


def test_real_pictures_are_labelled_where_little_happens(media: Path, tmp_path: Path) -> None:
    for name in ("kodim04.png", "kodim23.png", "sam_groceries.jpg", "wam_sea.jpg"):
        source, target = media / "images" / name, tmp_path / name
        container = "png" if target.suffix == ".png" else "jpeg"
        report = ImageLabeller().put(source, target, container, RULES, PLAIN)
        assert ink_rows(target, report) >= 0.05 * report.measures["shortest_side_px"]
        (place,) = report.places
        assert place.box is not None
        left, top, width, height = place.box
        grey = np.asarray(shown(source).convert("L"), np.float64)
        detail = np.abs(np.diff(grey, axis=0))
        assert detail[top : top + height, left : left + width].mean() <= detail.mean()


def test_it_is_a_labeller() -> None:
    labeller: Labeller = ImageLabeller()
    assert {"jpeg", "png", "webp", "avif", "jxl"} <= set(labeller.containers)


def damaged(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "damaged"
    path.write_bytes(data)
    return path


def encoded(tmp_path: Path, container: str, image: Image.Image | None = None) -> bytes:
    path = tmp_path / f"sound{SUFFIX[container]}"
    (image or scene(160, 120)).save(path)
    return path.read_bytes()


@pytest.mark.parametrize("container", ["jpeg", "png", "webp"])
@pytest.mark.parametrize("share", [0.0, 0.02, 0.3, 0.95])
def test_a_truncated_picture_is_the_files_fault(tmp_path: Path, container: str, share: float) -> None:
    data = encoded(tmp_path, container)
    path = damaged(tmp_path, data[: int(len(data) * share)])
    with pytest.raises(FormatError):
        burn(path, tmp_path / "out", container, RULES, PLAIN)
    with pytest.raises(FormatError):
        ImageLabeller().read(path, container, RULES)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("container", ["jpeg", "png", "webp"])
@given(data=st.data())
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged_pictures_raise_nothing_else(tmp_path: Path, container: str, data: st.DataObject) -> None:
    body = bytearray(encoded(tmp_path, container, scene(64, 64)))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at] = data.draw(st.integers(0, 255))
    path = damaged(tmp_path, bytes(body))
    for act in (
        lambda: burn(path, tmp_path / "out", container, RULES, PLAIN),
        lambda: ImageLabeller().read(path, container, RULES),
    ):
        try:
            act()
        except MediaError:
            continue


@pytest.mark.parametrize(
    ("coding", "common", "uncommon"),
    [
        ("lossless", b"\xff\xc0", b"\xff\xc3"),
        ("12 bits", b"\xff\xc0\0\x11\x08", b"\xff\xc0\0\x11\x0c"),
    ],
)
def test_a_jpeg_of_uncommon_coding_is_not_called_broken(
    tmp_path: Path, coding: str, common: bytes, uncommon: bytes
) -> None:
    source = tmp_path / "in.jpg"
    scene(200, 150).save(source)
    source.write_bytes(source.read_bytes().replace(common, uncommon, 1))
    with pytest.raises(UnsupportedError, match=coding):
        burn(source, tmp_path / "out.jpg", "jpeg", RULES, PLAIN)
    with pytest.raises(UnsupportedError, match=coding):
        ImageLabeller().read(source, "jpeg", RULES)


@pytest.mark.skipif(shutil.which("jpegtran") is None, reason="needs libjpeg's jpegtran")
def test_a_jpeg_of_arithmetic_coding_is_labelled_and_read(tmp_path: Path) -> None:
    source, coded, target = tmp_path / "in.jpg", tmp_path / "coded.jpg", tmp_path / "out.jpg"
    scene(800, 600).save(source, quality=95)
    subprocess.run(["jpegtran", "-arithmetic", "-outfile", coded, source], check=True, timeout=60)
    assert coded.stat().st_size > 1 << 16  # More than one block of Pillow's reading.
    assert np.array_equal(
        raster.decode(coded.read_bytes(), "jpeg").frames[0], raster.decode(source.read_bytes(), "jpeg").frames[0]
    )
    burn(coded, target, "jpeg", RULES, PLAIN)
    assert ImageLabeller().read(target, "jpeg", RULES) is not None
    assert ImageLabeller().read(coded, "jpeg", RULES) is None


def test_another_format_than_it_was_said_is_refused(tmp_path: Path) -> None:
    path = damaged(tmp_path, encoded(tmp_path, "png"))
    with pytest.raises(FormatError):
        burn(path, tmp_path / "out", "jpeg", RULES, PLAIN)
    with pytest.raises(UnsupportedError):
        burn(path, tmp_path / "out", "bmp", RULES, PLAIN)


def test_pixels_are_counted_before_they_are_decoded(tmp_path: Path) -> None:
    data = encoded(tmp_path, "png")
    with pytest.raises(BudgetError):
        raster.decode(data, "png", Budget(max_pixels=160 * 120 - 1))
    head = b"IHDR" + struct.pack(">IIBBBBB", 40_000, 40_000, 1, 0, 0, 0, 0)
    (tmp_path / "bomb.png").write_bytes(data[:12] + head + struct.pack(">I", zlib.crc32(head)) + data[33:])
    for act in (
        lambda: ImageLabeller().read(tmp_path / "bomb.png", "png", RULES),
        lambda: burn(tmp_path / "bomb.png", tmp_path / "out.png", "png", RULES, PLAIN),
    ):
        with pytest.raises(BudgetError):
            act()


def test_a_missing_file_is_not_the_pictures_fault(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        ImageLabeller().read(tmp_path / "nowhere.png", "png", RULES)

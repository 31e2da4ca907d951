from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jpeglib
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from overt.formats import jpeg
from overt.formats.container import Note
from overt.marks import label
from overt.marks.label.picture import jpeg_blocks, raster
from overt.marks.label.picture.image import LABELLER
from overt.rulebook import load

RULES = load("cn").label
PLAIN = label.LabelStyle()


def scene(size: tuple[int, int] = (483, 331)) -> Image.Image:
    noise = np.random.default_rng(7).normal(128, 40, (size[1] // 9 + 1, size[0] // 9 + 1, 3)).clip(0, 255)
    return Image.fromarray(noise.astype(np.uint8)).resize(size, Image.Resampling.BICUBIC)


def turned(orientation: int) -> Image.Exif:
    made = Image.Exif()
    made[0x0112] = orientation
    made[0x010E] = "kept"
    return made


KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "4:2:0": ("RGB", {"subsampling": "4:2:0"}),
    "4:2:2": ("RGB", {"subsampling": "4:2:2"}),
    "4:4:4": ("RGB", {"subsampling": "4:4:4", "quality": 95}),
    "grey": ("L", {"quality": 60}),
    "coarse": ("RGB", {"quality": 30}),
    "restart intervals": ("RGB", {"restart_marker_rows": 1}),
    **{f"turned, {number}": ("RGB", {"exif": turned(number)}) for number in range(2, 9)},
}
OTHERWISE: dict[str, tuple[str, dict[str, Any]]] = {
    "progressive": ("RGB", {"progressive": True}),
    "RGB": ("RGB", {"keep_rgb": True}),
    "CMYK": ("CMYK", {}),
}


def saved(path: Path, kind: str) -> Path:
    mode, options = (KINDS | OTHERWISE)[kind]
    scene().convert(mode).save(path, "JPEG", **options)
    return path


def planes(path: Path) -> Iterator[tuple[NDArray[np.int16], int, int]]:
    """Each component's blocks, and how many of its blocks a coded unit has down and across."""
    read = jpeglib.read_dct(str(path))
    for name, (down, across) in zip(("Y", "Cb", "Cr"), read.samp_factor, strict=False):
        yield getattr(read, name), int(down), int(across)


def changed_units(before: Path, after: Path) -> NDArray[np.bool_]:
    """Which coded units of two pictures differ in any coefficient of any component."""
    found = None
    for (old, down, across), (new, *_) in zip(planes(before), planes(after), strict=True):
        assert old.shape == new.shape
        differing = (old != new).any(axis=(2, 3))
        rows, columns = -(-differing.shape[0] // down), -(-differing.shape[1] // across)
        whole = np.zeros((rows * down, columns * across), bool)
        whole[: differing.shape[0], : differing.shape[1]] = differing
        units = whole.reshape(rows, down, columns, across).any(axis=(1, 3))
        found = units if found is None else found | units
    assert found is not None
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_no_coefficient_outside_the_label_changes(kind: str, tmp_path: Path) -> None:
    source, target = saved(tmp_path / "a.jpg", kind), tmp_path / "b.jpg"
    report = LABELLER.put(source, target, "jpeg", RULES, PLAIN)
    assert LABELLER.read(target, "jpeg", RULES) is not None

    (place,) = report.places
    assert place.box is not None
    left, top, width, height = place.box
    picture = raster.decode(source.read_bytes(), "jpeg")
    _, box = raster.stored(picture, (left, top, left + width, top + height))
    units = changed_units(source, target)
    stored = scene().size
    across, down = (8 * round(side / units.shape[1 - axis] / 8) for axis, side in enumerate(stored))
    inside = np.zeros_like(units)
    inside[box[1] // down : -(-box[3] // down), box[0] // across : -(-box[2] // across)] = True
    assert units.any()
    assert not units[~inside].any()

    old, new = jpeglib.read_dct(str(source)), jpeglib.read_dct(str(target))
    for number in range(old.num_components):
        assert np.array_equal(old.get_component_qt(number), new.get_component_qt(number))
    with Image.open(source) as before, Image.open(target) as after:
        assert after.layer == before.layer
        assert after.info.get("exif") == before.info.get("exif")
    assert target.stat().st_size < 1.2 * source.stat().st_size


@pytest.mark.parametrize("kind", OTHERWISE)
def test_other_codings_take_the_way_over_pixels(kind: str, tmp_path: Path) -> None:
    source, target = saved(tmp_path / "a.jpg", kind), tmp_path / "b.jpg"
    picture = raster.decode(source.read_bytes(), "jpeg")
    box = (8, 8, 90, 60)
    assert jpeg_blocks.patched(source.read_bytes(), *raster.stored(picture, box), picture.settings) is None
    LABELLER.put(source, target, "jpeg", RULES, PLAIN)
    assert LABELLER.read(target, "jpeg", RULES) is not None


def test_without_the_extra_the_way_over_pixels_remains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, target = saved(tmp_path / "a.jpg", "4:2:0"), tmp_path / "b.jpg"
    monkeypatch.setattr(jpeg_blocks, "find_spec", lambda _: None)
    LABELLER.put(source, target, "jpeg", RULES, PLAIN)
    assert LABELLER.read(target, "jpeg", RULES) is not None
    assert changed_units(source, target).mean() > 0.5


def test_metadata_and_further_pictures_are_kept(tmp_path: Path) -> None:
    out = io.BytesIO()
    scene().save(out, "JPEG", exif=turned(1), icc_profile=b"acsp" * 40, comment=b"mine")
    note = Note("Other", "x", "urn:mine", "mine")
    data = jpeg.CONTAINER.put(out.getvalue(), note, lambda _: False).apply(out.getvalue()) + b"behind the picture"
    (tmp_path / "a.jpg").write_bytes(data)
    LABELLER.put(tmp_path / "a.jpg", tmp_path / "b.jpg", "jpeg", RULES, PLAIN)
    new = (tmp_path / "b.jpg").read_bytes()
    assert jpeg.CONTAINER.survey(new).fields == jpeg.CONTAINER.survey(data).fields
    assert new.endswith(b"behind the picture")
    with Image.open(io.BytesIO(new)) as after:
        assert after.info["icc_profile"] == b"acsp" * 40


def test_real_photos(media: Path, tmp_path: Path) -> None:
    for name in ("thumbor_giunchedi.jpg", "mdn_larch.jpg", "ai_tm_ufo.jpg"):
        source, target = media / "images" / name, tmp_path / name
        report = LABELLER.put(source, target, "jpeg", RULES, PLAIN)
        assert LABELLER.read(target, "jpeg", RULES) is not None
        (place,) = report.places
        assert place.box is not None
        area = (place.box[2] + 32) * (place.box[3] + 32) / np.prod(raster.decode(source.read_bytes(), "jpeg").size)
        assert changed_units(source, target).mean() <= area

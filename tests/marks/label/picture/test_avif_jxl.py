from __future__ import annotations

import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pylibjxl
import pytest
from PIL import Image, ImageOps, ImageSequence

from overt.errors import MediaError, SetupError, UnsupportedError
from overt.formats import heif_pictures, identify, jxl, xmp
from overt.formats.bmff import build
from overt.formats.container import Note
from overt.marks import label
from overt.marks.label.model import LabelReport
from overt.marks.label.picture import avif_jxl, raster
from overt.marks.label.picture.image import LABELLER
from overt.rulebook import load

RULES = load("cn").label
PACKET = xmp.set_property(None, Note("Other", "x", "urn:mine", "mine"), lambda _: False)
PROFILE = Path("/usr/share/color/icc/ghostscript/a98.icc")


def scene(mode: str = "RGB", size: tuple[int, int] = (300, 210)) -> Image.Image:
    noise = np.random.default_rng(7).normal(128, 40, (size[1] // 12, size[0] // 12, 3)).clip(0, 255)
    picture = Image.fromarray(noise.astype(np.uint8)).resize(size, Image.Resampling.BICUBIC)
    if mode.endswith("A"):
        picture.putalpha(Image.linear_gradient("L").resize(size))
    return picture.convert(mode)


def exif(orientation: int = 1) -> bytes:
    made = Image.Exif()
    made[0x010E] = "kept"
    if orientation > 1:
        made[0x0112] = orientation
    return made.tobytes()


def avif(path: Path, mode: str = "RGB", **options: Any) -> Path:
    scene(mode).save(path, "AVIF", speed=9, **options)
    return path


def cjxl(path: Path, picture: Image.Image, *options: str, suffix: str = ".png", **save: Any) -> Path:
    source = path.with_suffix(suffix)
    picture.save(source, **save)
    subprocess.run(["cjxl", source, path, *options], check=True, capture_output=True)
    return path


def labelled(source: Path, container: str) -> tuple[Path, LabelReport]:
    target = source.with_stem("labelled")
    report = LABELLER.put(source, target, container, RULES, label.LabelStyle())
    assert identify(target.read_bytes()).name == container
    found = LABELLER.read(target, container, RULES)
    assert found is not None
    assert found.places[0].where == report.places[0].where
    return target, report


def texts(path: Path) -> list[tuple[str, str, str]]:
    data = path.read_bytes()
    survey = identify(data).survey(data)
    return [(found.place, found.key, found.text) for found in survey.fields]


def outside(report: LabelReport, size: tuple[int, int]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """The pixels that are not under the label, with room for what a lossy coding spreads."""
    (place,) = report.places
    assert place.box is not None
    left, top, width, height = place.box
    beside = np.ones((size[1], size[0]), bool)
    beside[max(0, top - 16) : top + height + 16, max(0, left - 16) : left + width + 16] = False
    return beside


@pytest.mark.parametrize(("mode", "quality"), [("RGB", 30), ("RGBA", 90), ("L", 75)])
def test_an_avif_keeps_its_quality_sampling_and_transparency(mode, quality, tmp_path):
    source = avif(tmp_path / "a.avif", mode, quality=quality)
    target, report = labelled(source, "avif")
    old, new = source.read_bytes(), target.read_bytes()
    assert heif_pictures.shape(new) == heif_pictures.shape(old)
    assert len(new) < 1.5 * len(old) + 3000
    with Image.open(source) as before, Image.open(target) as after:
        assert after.mode == before.mode
        difference = np.abs(np.asarray(before).astype(int) - np.asarray(after))
        assert difference[outside(report, before.size)].mean() < (4 if quality == 30 else 1.5)


def test_an_avif_keeps_what_it_says(tmp_path):
    source = avif(tmp_path / "a.avif", exif=exif(), xmp=PACKET)
    data = source.read_bytes() + build(b"uuid", bytes(range(16)), b"a credential, perhaps")
    source.write_bytes(data)
    target, _ = labelled(source, "avif")
    assert texts(target) == texts(source) != []
    assert b"a credential, perhaps" in target.read_bytes()
    told = subprocess.run(["heif-info", target], check=True, capture_output=True, text=True)
    assert "XMP" in told.stdout
    assert not told.stderr


def test_an_avif_keeps_its_colours(tmp_path):
    source = avif(tmp_path / "a.avif")
    data = bytearray(source.read_bytes())
    place = data.index(b"nclx") + 4
    data[place : place + 4] = b"\0\x0c\0\x0d"  # Display P3.
    source.write_bytes(data)
    target, _ = labelled(source, "avif")
    new = target.read_bytes()
    assert new[new.index(b"nclx") + 4 :][:4] == b"\0\x0c\0\x0d"


@pytest.mark.skipif(not PROFILE.exists(), reason="no colour profile is here")
@pytest.mark.parametrize("container", ["avif", "jxl"])
def test_a_profile_is_kept(container, tmp_path):
    profile = PROFILE.read_bytes()
    if container == "avif":
        source = avif(tmp_path / "a.avif", icc_profile=profile)
    else:
        source = cjxl(tmp_path / "a.jxl", scene(), "-d", "0", icc_profile=profile)
    target, _ = labelled(source, container)
    with raster.opened(target, container) as picture:
        picture.load()
        assert picture.info["icc_profile"] == profile


@pytest.mark.parametrize("orientation", [3, 5, 6])
def test_a_turned_avif_is_labelled_upright(orientation, tmp_path):
    source = avif(tmp_path / "a.avif", exif=exif(orientation))
    target, report = labelled(source, "avif")
    # libheif turns what it decodes: an independent witness of how the picture is displayed.
    subprocess.run(["heif-convert", target, tmp_path / "shown.png"], check=True, capture_output=True)
    with Image.open(tmp_path / "shown.png") as shown, Image.open(source) as before:
        upright = ImageOps.exif_transpose(before)
        assert shown.size == upright.size
        difference = np.abs(np.asarray(upright).astype(int) - np.asarray(shown.convert("RGB")))
        assert difference[outside(report, shown.size)].mean() < 4
        assert difference[~outside(report, shown.size)].mean() > 20


def test_a_moving_avif_keeps_its_frames(tmp_path):
    frames = [scene(), scene().rotate(90), scene().rotate(180)]
    source = tmp_path / "a.avif"
    frames[0].save(source, save_all=True, append_images=frames[1:], duration=[40, 80, 120], speed=10, xmp=PACKET)
    target, report = labelled(source, "avif")
    assert texts(target) == texts(source)
    with Image.open(source) as before, Image.open(target) as after:
        assert after.n_frames == before.n_frames == 3
        beside = outside(report, before.size)
        for old, new in zip(ImageSequence.Iterator(before), ImageSequence.Iterator(after), strict=True):
            difference = np.abs(np.asarray(old).astype(int) - np.asarray(new))
            assert new.info["duration"] == old.info["duration"]
            assert difference[beside].mean() < 4 < 20 < difference[~beside].mean()


JXL: dict[str, tuple[str, tuple[str, ...], dict[str, Any]]] = {
    "lossy": ("RGB", ("-d", "1"), {}),
    "lossless": ("RGB", ("-d", "0"), {}),
    "transparent": ("RGBA", ("-d", "1"), {}),
    "grey": ("L", ("-d", "1"), {}),
    "grey and transparent": ("LA", ("-d", "0"), {}),
    "a JPEG with compressed metadata": ("RGB", (), {"suffix": ".jpg", "exif": exif(), "xmp": PACKET}),
    "a turned JPEG": ("RGB", (), {"suffix": ".jpg", "exif": exif(6)}),
}


@pytest.mark.parametrize("kind", JXL)
def test_a_jpeg_xl_keeps_every_sample_outside_the_label(kind, tmp_path):
    mode, options, save = JXL[kind]
    source = cjxl(tmp_path / "a.jxl", scene(mode), *options, **save)
    target, report = labelled(source, "jxl")
    samples = []
    for path in (source, target):
        subprocess.run(["djxl", path, tmp_path / "shown.png"], check=True, capture_output=True)
        with Image.open(tmp_path / "shown.png") as shown:
            samples.append(np.asarray(shown.convert("RGBA")).astype(int))
    beside = outside(report, samples[0].shape[1::-1])
    # Two decoders of different ages may round a lossy sample differently.
    assert np.abs(samples[0] - samples[1])[beside].max() <= (0 if "-d 0" in " ".join(options) else 2)
    assert np.abs(samples[0] - samples[1])[~beside].mean() > 15
    if "metadata" in kind:
        assert jxl.CONTAINER.survey(source.read_bytes()).faults
        assert ("EXIF ImageDescription", "ImageDescription", "kept") in texts(target)
        assert ("XMP", "Other", "x") in texts(target)


def refused(tmp_path: Path) -> dict[str, tuple[Path, str]]:
    deep, moving = Image.new("I;16", (300, 200), 9000), [scene(), scene().rotate(180)]
    return {
        "an AVIF of 10 bits": (tmp_path / "deep.avif", "10 bits"),
        "a JPEG XL of 16 bits": (cjxl(tmp_path / "deep.jxl", deep), "16 bits"),
        "a JPEG XL that moves": (
            cjxl(tmp_path / "m.jxl", moving[0], save_all=True, append_images=moving[1:], duration=90), "several frames",
        ),
    }  # fmt: skip


def test_what_would_lose_something_is_refused_with_a_way_out(tmp_path):
    source = ("-f", "lavfi", "-i", "testsrc=s=320x240", "-frames:v", "1", "-pix_fmt", "yuv420p10le")
    coder = ("-c:v", "libaom-av1", "-still-picture", "1", "-cpu-used", "8")
    subprocess.run(["ffmpeg", "-v", "error", *source, *coder, tmp_path / "deep.avif"], check=True)
    for reason, (path, words) in refused(tmp_path).items():
        with pytest.raises(UnsupportedError, match=words) as caught:
            labelled(path, path.suffix[1:])
        assert "--only metadata" in caught.value.hint.en, reason
    # The labels of others can still be looked for.
    assert LABELLER.read(tmp_path / "deep.avif", "avif", RULES) is None


def test_a_picture_with_others_beside_it_is_refused(tmp_path):
    scene().save(tmp_path / "a.png")
    command = ["heif-enc", "-A", tmp_path / "a.png", tmp_path / "a.png", "-o", tmp_path / "two.avif"]
    subprocess.run(command, check=True, capture_output=True)
    data = (tmp_path / "two.avif").read_bytes()
    assert heif_pictures.shape(data).further == "av01"
    with pytest.raises(UnsupportedError, match="further pictures"):
        raster.decode(data, "avif")


def test_a_coarse_avif_is_coded_better_until_its_label_is_legible():
    settings = {"quality": 5}
    steps = 0
    while avif_jxl.finer_avif(settings):
        steps += 1
    assert (settings["quality"], steps) == (90, 6)


def test_without_the_extra_a_jpeg_xl_asks_for_it(tmp_path, monkeypatch):
    monkeypatch.setattr(avif_jxl, "find_spec", lambda _: None)
    monkeypatch.delitem(Image.OPEN, "JXL", raising=False)
    source = tmp_path / "a.jxl"
    source.write_bytes(pylibjxl.encode(np.asarray(scene())))
    with pytest.raises(SetupError, match="pylibjxl"):
        LABELLER.read(source, "jxl", RULES)


@pytest.mark.parametrize("container", ["avif", "jxl"])
def test_broken_pictures_raise_only_our_errors(container, tmp_path):
    data = avif(tmp_path / "a.avif").read_bytes() if container == "avif" else pylibjxl.encode(np.asarray(scene()))
    path = tmp_path / "broken"
    for stop in (0, 2, 12, 40, len(data) // 2, len(data) - 5):
        path.write_bytes(data[:stop])
        with pytest.raises(MediaError):
            LABELLER.read(path, container, RULES)
        with pytest.raises(MediaError):
            LABELLER.put(path, tmp_path / "new", container, RULES, label.LabelStyle())
    noise = bytearray(data)
    noise[len(data) // 3 :: 7] = bytes(len(noise[len(data) // 3 :: 7]))
    path.write_bytes(noise)
    with suppress(MediaError):
        LABELLER.read(path, container, RULES)

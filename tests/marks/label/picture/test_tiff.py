from __future__ import annotations

import io
import json
import shutil
import struct
import subprocess
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from overt import rulebook
from overt.errors import MediaError, UnsupportedError
from overt.formats import tiff_directories
from overt.marks.label import labeller
from overt.marks.label.model import LabelReport, LabelStyle
from overt.marks.label.picture.tiff import LABELLER

RULES = rulebook.load("cn").label
PLAIN = LabelStyle()


@cache
def scene(width: int = 240, height: int = 160) -> Image.Image:
    """Sky over something busy, the same every time."""
    y, x = np.mgrid[0:height, 0:width]
    noise = np.random.default_rng(3).integers(0, 120, (height, width))
    tone = np.where(y > height * 0.4, 60 + noise, 180 + 40 * y / height)
    red = tone * (0.6 + 0.4 * x / width)
    return Image.fromarray(np.stack([red, tone, 255 - tone / 2], axis=2).astype(np.uint8))


def saved(picture: Image.Image, **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, "TIFF", **options)
    return out.getvalue()


def clear() -> Image.Image:
    picture = scene().copy()
    picture.putalpha(Image.radial_gradient("L").resize(picture.size))
    return picture


def deep() -> Image.Image:
    return Image.fromarray(np.asarray(scene().convert("L")).astype(np.uint16) * 257)


MADE = {
    "plain": lambda: saved(scene()),
    "LZW": lambda: saved(scene(), compression="tiff_lzw"),
    "Deflate with differences": lambda: saved(scene(), compression="tiff_adobe_deflate", tiffinfo={317: 2}),
    "PackBits": lambda: saved(scene(), compression="packbits"),
    "Zstandard": lambda: saved(scene(), compression="zstd"),
    "JPEG": lambda: saved(scene(), compression="jpeg", quality=90),
    "grey JPEG": lambda: saved(scene().convert("L"), compression="jpeg"),
    "fax of group 4": lambda: saved(scene().convert("1"), compression="group4"),
    "fax of group 3": lambda: saved(scene().convert("1"), compression="group3"),
    "bits": lambda: saved(scene().convert("1")),
    "white is nought": lambda: saved(scene().convert("L"), tiffinfo={262: 0}),
    "grey of 16 bits": lambda: saved(deep(), compression="tiff_lzw"),
    "inks": lambda: saved(scene().convert("CMYK"), compression="tiff_lzw"),
    "a palette with room": lambda: saved(scene().quantize(100)),
    "a full palette": lambda: saved(scene().quantize(256), compression="tiff_lzw"),
    "alpha": lambda: saved(clear(), compression="tiff_lzw"),
    "BigTIFF": lambda: saved(scene(), big_tiff=True, compression="tiff_lzw"),
    **{f"turned by {way}": lambda way=way: saved(scene(), tiffinfo={274: way}) for way in range(2, 9)},
}  # fmt: skip
COPIED = {
    "tiles": "-t -w 64 -l 48 -c lzw:2",
    "planes": "-p separate -c lzw",
    "planes of tiles": "-p separate -t -w 64 -l 48 -c zip",
    "big-endian": "-B -c none -r 16",
    "tiles in JPEG": "-t -w 64 -l 64 -c jpeg:80",
    "strips in JPEG": "-r 16 -c jpeg:80",
}
"""What libtiff's own tool makes of it."""


@cache
def made(kind: str, folder: Path) -> bytes:
    if kind in MADE:
        return MADE[kind]()
    (folder / "a.tif").write_bytes(saved(scene()))
    subprocess.run(["tiffcp", *COPIED[kind].split(), folder / "a.tif", folder / "b.tif"], check=True)
    return (folder / "b.tif").read_bytes()


def label(data: bytes, folder: Path, style: LabelStyle = PLAIN) -> tuple[LabelReport, bytes]:
    (folder / "in.tif").write_bytes(data)
    (folder / "out.tif").unlink(missing_ok=True)
    report = LABELLER.put(folder / "in.tif", folder / "out.tif", "tiff", RULES, style)
    return report, (folder / "out.tif").read_bytes()


def shown(data: bytes, page: int = 0) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as image:
        image.seek(page)
        image.load()
        return np.asarray(image) // 257 if image.mode.startswith("I") else np.asarray(image.convert("RGB")).astype(int)


def tags(data: bytes, folder: Path) -> dict[str, object]:
    (folder / "tags.tif").write_bytes(data)
    run = subprocess.run(
        ["exiftool", "-j", "-a", "-G1", "-s", "-n", folder / "tags.tif"], capture_output=True, check=True
    )
    moved = ("StripOffsets", "StripByteCounts", "TileOffsets", "TileByteCounts", "ColorMap")
    told = json.loads(run.stdout)[0].items()
    hidden = ("System", "SourceFile", "IFD0:Preview", "ExifTool:Warning")
    return {k: v for k, v in told if not k.startswith(hidden) and not k.endswith(moved)}


@pytest.mark.parametrize("kind", [*MADE, *COPIED])
def test_the_label_is_there_and_all_else_stays(kind, tmp_path):
    if kind in COPIED and shutil.which("tiffcp") is None:
        pytest.skip("tiffcp is not installed")
    data = made(kind, tmp_path)
    report, after = label(data, tmp_path)
    assert report.measures["glyph_height_ratio"] >= RULES.glyph_height_ratio.value
    assert report.measures["contrast"] >= 4.5
    (place,) = report.places
    assert place.box is not None
    left, top, width, height = place.box
    one, two = shown(data), shown(after)
    inner = two[top + 3 : top + height - 3, left + 3 : left + width - 3]
    assert np.ptp(inner) > 200
    difference = np.abs(one - two)
    difference[top : top + height, left : left + width] = 0
    lossy = "JPEG" in kind or kind == "a full palette"
    assert difference.max() == 0 or (lossy and difference.mean() < 0.5 and difference.max() < 90)
    assert tags(after, tmp_path) == tags(data, tmp_path)
    assert label(after, tmp_path)[1] == after
    assert subprocess.run(["tiffinfo", tmp_path / "out.tif"], capture_output=True, check=True).stderr == b""
    found = LABELLER.read(tmp_path / "out.tif", "tiff", RULES)
    assert found is not None
    assert found.wording == report.wording


def test_16_bits_stay_16(tmp_path):
    data = saved(deep())
    report, after = label(data, tmp_path)
    with Image.open(io.BytesIO(after)) as image:
        assert image.mode.startswith("I;16")
        new = np.asarray(image)
    old = np.asarray(deep())
    left, top, width, height = report.places[0].box
    new = new.copy()
    new[top : top + height, left : left + width] = old[top : top + height, left : left + width]
    assert (new == old).all()


def test_every_page_has_its_own_label(tmp_path):
    pages = [scene(160, 240), scene(300, 200).convert("L"), scene().convert("1")]
    data = saved(scene(), save_all=True, append_images=pages)
    report, after = label(data, tmp_path, LabelStyle(position="top-right"))
    assert len(report.places) == 4
    for number, place in enumerate(report.places):
        left, top, width, height = place.box
        assert np.ptp(shown(after, number)[top + 3 : top + height - 3, left + 3 : left + width - 3]) > 200
    assert report.measures["glyph_height_ratio"] >= RULES.glyph_height_ratio.value
    assert label(after, tmp_path)[1] == after


def test_the_directory_of_a_credential_is_no_page(tmp_path):
    _, labelled = label(saved(scene(), save_all=True, append_images=[scene(300, 200)]), tmp_path)
    *_, last = tiff_directories.walk(labelled, tiff_directories.form(labelled))
    assert isinstance(last, tiff_directories.Directory)
    link = last.next_at
    credential = struct.pack("<HHHII", 1, 0xCD41, 7, 4, 0) + bytes(4)
    signed = labelled[:link] + struct.pack("<I", len(labelled)) + labelled[link + 4 :] + credential
    (tmp_path / "signed.tiff").write_bytes(signed)

    assert LABELLER.read(tmp_path / "signed.tiff", "tiff", RULES) is not None
    report, again = label(signed, tmp_path)
    assert len(report.places) == 2
    assert again == signed


def test_strips_beside_the_label_stay_byte_for_byte_and_those_below_are_gone(tmp_path):
    picture = scene()
    rows = np.asarray(picture)
    data = saved(picture, compression="tiff_adobe_deflate", strip_size=240 * 3 * 8)
    report, after = label(data, tmp_path, LabelStyle(position="bottom"))
    shape = tiff_directories.form(data)
    directory = next(iter(tiff_directories.walk(data, shape)))
    offsets = tiff_directories.numbers(data, shape, directory.get(0x0111))
    counts = tiff_directories.numbers(data, shape, directory.get(0x0117))
    first = report.places[0].box[1] // 8
    for number, (offset, count) in enumerate(zip(offsets, counts, strict=True)):
        strip = data[offset : offset + count]
        inside = first <= number <= (report.places[0].box[1] + report.places[0].box[3] - 1) // 8
        assert (strip in after) == (not inside)
    assert rows.shape == (160, 240, 3)


def test_equal_tiles_that_are_stored_once_are_told_apart(tmp_path):
    if shutil.which("tiffcp") is None:
        pytest.skip("tiffcp is not installed")
    data = bytearray(made("tiles", tmp_path))
    shape = tiff_directories.form(data)
    directory = next(iter(tiff_directories.walk(bytes(data), shape)))
    for tag in (0x0144, 0x0145):
        entry = directory.get(tag)
        size = tiff_directories.SIZES[entry.kind]
        # Every tile is the first one.
        data[entry.start : entry.stop] = data[entry.start : entry.start + size] * entry.count
    report, after = label(bytes(data), tmp_path, LabelStyle(position="bottom-right"))
    old, new = shown(bytes(data)), shown(after)
    left, top, width, height = report.places[0].box
    difference = np.abs(old - new)
    assert difference[top : top + height, left : left + width].max() > 50
    difference[top : top + height, left : left + width] = 0
    assert difference.max() == 0


REFUSED = {
    "floating point": lambda: saved(Image.fromarray(np.zeros((160, 240), np.float32))),
    "32 bits": lambda: saved(Image.fromarray(np.zeros((160, 240), np.int32))),
    "a raw picture": lambda: saved(scene(), tiffinfo={0xC612: b"\1\4\0\0"}),
    "a colour space of its own": lambda: saved(scene().convert("LAB")),
    "luma and chroma": lambda: saved(scene().convert("YCbCr")),
    "too small": lambda: saved(scene(20, 20)),
    "cut off": lambda: saved(scene())[:-1],
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_cannot_be_labelled_is_refused(reason, tmp_path):
    with pytest.raises(MediaError) as caught:
        label(REFUSED[reason](), tmp_path)
    assert not (tmp_path / "out.tif").exists()
    if isinstance(caught.value, UnsupportedError):
        assert caught.value.hint.en


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(["plain", "LZW", "Deflate with differences", "fax of group 4", "JPEG", "a palette with room"]),
    edits=st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), min_size=1, max_size=5),
)
def test_damaged_files_raise_only_media_errors(kind, edits, tmp_path):
    data = bytearray(MADE[kind]())
    for place, value in edits:
        # Directories matter more than samples: they are at the beginning or the end.
        data[(place % 300) if place % 3 == 0 else -1 - place % 300] = value
    with suppress(MediaError):
        label(bytes(data), tmp_path)


def test_the_registry_knows_it():
    assert labeller("tiff") is LABELLER

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pillow_heif
import pytest
from PIL import Image

from overt.errors import MediaError, UnsupportedError
from overt.formats import heif, heif_items, heif_tiles, xmp
from overt.formats.bmff import build, walk
from overt.formats.container import Note
from overt.formats.heif_write import Rewrite
from overt.marks import label
from overt.marks.label.model import LabelReport
from overt.marks.label.picture.heic import LABELLER
from overt.media.av import still
from overt.rulebook import load

RULES = load("cn").label
PACKET = xmp.set_property(None, Note("Other", "x", "urn:mine", "mine"), lambda _: False)
TILE = 128


def scene(size: tuple[int, int] = (320, 224)) -> Image.Image:
    noise = np.random.default_rng(7).normal(128, 40, (size[1] // 12, size[0] // 12, 3)).clip(0, 255)
    return Image.fromarray(noise.astype(np.uint8)).resize(size, Image.Resampling.BICUBIC)


def by_libheif(**options: Any) -> bytes:
    out = io.BytesIO()
    pillow_heif.from_pillow(scene()).save(out, **options)
    return out.getvalue()


def by_heif_enc(folder: Path, *options: str, bits: int = 8) -> bytes:
    path = folder / "in.png"
    if bits == 8:
        scene().save(path)
    else:
        cv2.imwrite(str(path), np.asarray(scene()).astype(np.uint16)[..., ::-1] * 257)
    command = ["heif-enc", *options, path, "-o", folder / "made.heic"]
    subprocess.run(command, check=True, capture_output=True)
    return (folder / "made.heic").read_bytes()


def with_properties(data: bytes, *raw: bytes) -> bytes:
    """The file with further essential properties of its primary picture."""
    rewrite = Rewrite(data, list(walk(data, 0, len(data))), heif.items_of(data))
    for each in raw:
        rewrite.add_property(each, essential=True)
    return rewrite.splice().apply(data)


def of_tiles(rows: int = 2, columns: int = 3, cut: int = 10) -> bytes:
    """A picture made of tiles, as telephones write them, of which the last ones are only shown in part."""
    width, height = columns * TILE, rows * TILE
    out = io.BytesIO()
    pillow_heif.from_pillow(scene((width, height))).save(out, chroma=420)
    mosaic = heif_tiles.read(out.getvalue())
    (like,) = still.decode(mosaic.configurations, mosaic.samples)
    cells = []
    for row in range(rows):
        for column in range(columns):
            sizes = [TILE * plane.shape[0] // height for plane in like.planes]
            cells.append(
                tuple(
                    plane[row * size : (row + 1) * size, column * size : (column + 1) * size]
                    for plane, size in zip(like.planes, sizes, strict=True)
                )
            )
    film, samples = still.encode(cells, like, 20)
    numbers = range(2, 2 + len(cells))
    grid = bytes([0, 0, rows - 1, columns - 1]) + (width - cut).to_bytes(2, "big") + (height - cut).to_bytes(2, "big")

    def infe(number: int, kind: bytes) -> bytes:
        hidden = number > 1
        return build(b"infe", bytes([2, 0, 0, hidden]) + number.to_bytes(2, "big") + b"\0\0" + kind + b"\0")

    def entry(number: int, method: int, start: int, length: int) -> bytes:
        head = number.to_bytes(2, "big") + method.to_bytes(2, "big") + b"\0\0\0\1"
        return head + start.to_bytes(4, "big") + length.to_bytes(4, "big")

    def ispe(across: int, down: int) -> bytes:
        return build(b"ispe", bytes(4), across.to_bytes(4, "big"), down.to_bytes(4, "big"))

    def meta(start: int) -> bytes:
        infos = infe(1, b"grid") + b"".join(infe(number, b"hvc1") for number in numbers)
        places, at = entry(1, 1, 0, len(grid)), start
        for number, sample in zip(numbers, samples, strict=True):
            places += entry(number, 0, at, len(sample))
            at += len(sample)
        count = (1 + len(cells)).to_bytes(2, "big")
        properties = build(b"hvcC", heif_tiles.configuration(film)) + ispe(TILE, TILE) + ispe(width - cut, height - cut)
        full = build(b"colr", b"nclx\0\1\0\x0d\0\6\x80")
        links = b"\0\1\2\3\4" + b"".join(number.to_bytes(2, "big") + b"\2\x81\2" for number in numbers)
        dimg = b"\0\1" + len(cells).to_bytes(2, "big") + b"".join(number.to_bytes(2, "big") for number in numbers)
        return build(
            b"meta",
            bytes(4),
            build(b"hdlr", bytes(8), b"pict", bytes(13)),
            build(b"pitm", b"\0\0\0\0\0\1"),
            build(b"iinf", bytes(4), count, infos),
            build(b"iloc", b"\1\0\0\0\x44\0", count, places),
            build(b"idat", grid),
            build(b"iprp", build(b"ipco", properties, full), build(b"ipma", bytes(4), b"\0\0", count, links)),
            build(b"iref", bytes(4), build(b"dimg", dimg)),
        )

    ftyp = build(b"ftyp", b"heic", bytes(4), b"mif1heic")
    return ftyp + meta(len(ftyp) + len(meta(0)) + 8) + build(b"mdat", *samples)


def irot(quarters: int) -> bytes:
    return build(b"irot", bytes([quarters]))


def imir(axis: int) -> bytes:
    return build(b"imir", bytes([axis]))


MADE: dict[str, Callable[[Path], bytes]] = {
    "one picture": lambda _: by_libheif(),
    "with a thumbnail": lambda folder: by_heif_enc(folder, "-t", "96"),
    "coarse": lambda _: by_libheif(quality=20),
    "fine": lambda _: by_libheif(quality=95),
    "10 bits": lambda folder: by_heif_enc(folder, "-b", "10", bits=16),
    "tiles": lambda _: of_tiles(),
    "turned": lambda _: with_properties(by_libheif(), irot(1)),
    "mirrored": lambda _: with_properties(by_libheif(), imir(0)),
    "turned and mirrored": lambda _: with_properties(by_libheif(), irot(3), imir(1)),
    "tiles, turned": lambda _: with_properties(of_tiles(), irot(1)),
}


def labelled(data: bytes, folder: Path) -> tuple[bytes, LabelReport]:
    source, target = folder / "source.heic", folder / "target.heic"
    source.write_bytes(data)
    return_ = LABELLER.put(source, target, "heic", RULES, label.LabelStyle())
    return target.read_bytes(), return_


def shown(data: bytes, folder: Path) -> np.ndarray[Any, np.dtype[np.int64]]:
    """As libheif shows it."""
    (folder / "shown.heic").write_bytes(data)
    command = ["heif-convert", folder / "shown.heic", folder / "shown.png"]
    subprocess.run(command, check=True, capture_output=True)
    with Image.open(folder / "shown.png") as picture:
        return np.asarray(picture.convert("RGB")).astype(int)


@pytest.mark.parametrize("name", MADE)
def test_the_label_is_where_it_is_said_to_be_and_the_rest_as_it_was(name, tmp_path):
    data = MADE[name](tmp_path)
    new, report = labelled(data, tmp_path)
    found = LABELLER.read(tmp_path / "target.heic", "heic", RULES)
    assert found is not None
    assert found.places[0].where == report.places[0].where
    (place,) = report.places
    assert place.box is not None
    left, top, width, height = place.box
    before, after = shown(data, tmp_path), shown(new, tmp_path)
    assert before.shape == after.shape
    beside = np.ones(before.shape[:2], bool)
    beside[max(0, top - 20) : top + height + 20, max(0, left - 20) : left + width + 20] = False
    difference = np.abs(before - after)
    assert difference[top : top + height, left : left + width].mean() > 20
    assert difference[beside].mean() < (4 if name == "coarse" else 2)
    assert len(new) < 1.6 * len(data) + 4000
    told = subprocess.run(["heif-info", tmp_path / "target.heic"], check=True, capture_output=True)
    assert not told.stderr


def test_a_label_that_is_there_is_left_alone(tmp_path):
    out = io.BytesIO()
    pillow_heif.from_pillow(scene((768, 512))).save(out)
    once, _ = labelled(out.getvalue(), tmp_path)
    twice, _ = labelled(once, tmp_path)
    assert twice == once


def test_what_the_file_says_is_kept(tmp_path):
    made = Image.Exif()
    made[0x010E] = "kept"
    data = by_libheif(exif=made.tobytes(), xmp=PACKET)
    new, _ = labelled(data, tmp_path)
    before, after = (heif.CONTAINERS[0].survey(each).fields for each in (data, new))
    assert [(found.place, found.text) for found in after] == [(found.place, found.text) for found in before] != []
    items, old = heif.items_of(new), heif.items_of(data)
    assert [item.kind for item in items.items] == [item.kind for item in old.items]


def test_a_thumbnail_is_not_touched(tmp_path):
    data = by_heif_enc(tmp_path, "-t", "96")
    new, _ = labelled(data, tmp_path)
    thumbnails = []
    for each in (data, new):
        items = heif.items_of(each)
        (number,) = (ref.source for ref in items.references if ref.kind == b"thmb")
        thumbnails.append(b"".join(each[part.start : part.stop] for part in items.ranges(each, number)))
    assert thumbnails[0] == thumbnails[1]


REFUSED: dict[str, tuple[Callable[[Path], bytes], str]] = {
    "4:4:4": (lambda folder: by_heif_enc(folder, "-p", "chroma=444"), "yuv444p"),
    "cropped": (lambda _: with_properties(by_libheif(), build(b"clap", b"\0\0\0\1" * 8)), "cropped"),
    "a sequence": (lambda _: by_libheif() + build(b"moov"), "film beside"),
    "coded by AV1": (lambda folder: by_heif_enc(folder, "-A"), "av01"),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_cannot_be_labelled_soundly_is_refused(reason, tmp_path):
    make, words = REFUSED[reason]
    with pytest.raises(UnsupportedError, match=words):
        labelled(make(tmp_path), tmp_path)
    assert not (tmp_path / "target.heic").exists()


def test_broken_pictures_raise_only_our_errors(tmp_path):
    path = tmp_path / "broken.heic"
    for data in (by_libheif(), of_tiles()):
        media = data.index(b"mdat") + 4
        broken = bytearray(data)
        broken[media + 20 :: 5] = bytes(len(broken[media + 20 :: 5]))
        for each in (data[:media], data[: media + 40], data[: len(data) // 3], bytes(broken), b"", data[:12]):
            path.write_bytes(each)
            with suppress(MediaError):
                LABELLER.read(path, "heic", RULES)
            with suppress(MediaError):
                labelled(each, tmp_path)
        for wrong in (b"hvcC", b"hvc1", b"pitm"):
            path.write_bytes(data.replace(wrong, b"xxxx"))
            with pytest.raises(MediaError):
                LABELLER.read(path, "heic", RULES)


def test_a_grid_that_lies_is_no_picture(tmp_path):
    data = of_tiles()
    path = tmp_path / "lying.heic"
    place = data.index(b"idat") + 6
    for rows, columns in ((0, 0), (255, 255)):
        path.write_bytes(data[:place] + bytes([rows, columns]) + data[place + 2 :])
        with pytest.raises(MediaError):
            LABELLER.read(path, "heic", RULES)
    path.write_bytes(data[: place + 2] + b"\xff\xff\xff\xff" + data[place + 6 :])
    with pytest.raises(MediaError):
        LABELLER.read(path, "heic", RULES)
    assert heif_items.MAX_ITEMS > heif_tiles.MAX_TILES

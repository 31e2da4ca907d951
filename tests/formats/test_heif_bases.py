"""Items keep their places in the form that can be moved."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from PIL import Image

import credentials
from overt.formats import Note
from overt.formats.bmff import first, walk
from overt.formats.heif_bases import movable
from overt.formats.heif_items import IN_IDAT, Items, read
from overt.marking import steps

NOTE = Note(key="AIGC", text='{"Label":"1"}', namespace="http://www.tc260.org.cn/ns/AIGC/1.0/", prefix="TC260")


def items(data: bytes) -> Items:
    meta = first(walk(data, 0, len(data)), b"meta")
    assert meta is not None
    return read(data, meta)


def contents(data: bytes) -> dict[int, bytes]:
    found = items(data)
    return {each.number: found.content(data, each) for each in found.items}


@pytest.mark.parametrize("suffix", ["heic", "avif"])
def test_every_item_is_where_it_was(suffix: str, media: Path, tmp_path: Path):
    source, noted = credentials.make(suffix, media, tmp_path), tmp_path / f"noted.{suffix}"
    steps.put_metadata(source, noted, suffix, NOTE, noted.name)
    for data in (source.read_bytes(), noted.read_bytes()):
        splice = movable(data)
        changed = splice.apply(data) if splice else data
        assert len(changed) == len(data)
        assert contents(changed) == contents(data)
        assert movable(changed) is None


@pytest.fixture
def odd(media: Path, tmp_path: Path) -> Path:
    """Odd sizes make heif-enc cut a picture down by a grid, which lies in idat; so do the pictures of telephones."""
    with Image.open(media / "images" / "kodim23.png") as picture:
        picture.resize((301, 199)).save(tmp_path / "odd.png")
    subprocess.run(
        ["heif-enc", tmp_path / "odd.png", "-o", tmp_path / "odd.heic"], check=True, capture_output=True, timeout=60
    )
    return tmp_path / "odd.heic"


def test_items_in_idat_stay_there(odd: Path):
    data = odd.read_bytes()
    splice = movable(data)
    assert splice is not None
    changed = splice.apply(data)
    assert IN_IDAT in {each.construction for each in items(changed).iloc.locations}
    assert contents(changed) == contents(data)
    assert len(changed) == len(data)
    assert movable(changed) is None


def test_what_has_no_items_is_left_alone():
    assert movable(b"\0\0\0\x08free") is None

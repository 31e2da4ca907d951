"""Items keep their places when they get bases."""

from __future__ import annotations

from pathlib import Path

import pytest

import credentials
from overt.formats import Note
from overt.formats.bmff import first, walk
from overt.formats.heif_bases import with_bases
from overt.formats.heif_items import IN_FILE, Iloc, Location, read
from overt.marking import steps

NOTE = Note(key="AIGC", text='{"Label":"1"}', namespace="http://www.tc260.org.cn/ns/AIGC/1.0/", prefix="TC260")


def iloc(data: bytes) -> Iloc:
    meta = first(walk(data, 0, len(data)), b"meta")
    assert meta is not None
    return read(data, meta).iloc


def places(data: bytes) -> dict[int, list[tuple[int, int]]]:
    return {
        each.number: [(each.base + offset, length) for _, offset, length in each.extents]
        for each in iloc(data).locations
        if each.construction == IN_FILE
    }


def in_file_without_base(each: Location) -> bool:
    return each.construction == IN_FILE and not each.base and any(offset for _, offset, _ in each.extents)


@pytest.mark.parametrize("suffix", ["heic", "avif"])
def test_no_place_changes_and_every_item_has_a_base(suffix: str, media: Path, tmp_path: Path):
    source, noted = credentials.make(suffix, media, tmp_path), tmp_path / f"noted.{suffix}"
    steps.put_metadata(source, noted, suffix, NOTE, noted.name)
    data = noted.read_bytes()
    splice = with_bases(data)
    changed = splice.apply(data) if splice else data

    assert len(changed) == len(data)
    assert places(changed) == places(data)
    if iloc(data).sizes.base:
        assert not any(map(in_file_without_base, iloc(changed).locations))
    assert with_bases(changed) is None


def test_what_has_no_items_is_left_alone():
    assert with_bases(b"\0\0\0\x08free") is None

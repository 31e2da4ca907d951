"""Every defect that a reader can name has its clause and both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import overt.formats
from overt.marks.metadata import aigc, reading
from overt.marks.metadata.defects import defect, names
from overt.marks.metadata.security import data

NO_DEFECTS = {
    "utf-8", "latin-1", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "utf-32-le", "utf-32-be", "us-ascii",
    "iso-8859-1", "euc-kr", "x-gbk", "mach-o", "http-equiv", "content-type",
    "extended-properties", "custom-properties", "core-properties", "mac-roman", "media-type", "full-path", "flat-odf",
}  # fmt: skip
"""Names of encodings, formats, attributes and relationships that are written the same way."""


def _words(path: Path) -> set[str]:
    return set(re.findall(r'"([a-z0-9]+(?:-[a-z0-9]+)+)"', path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", sorted(Path(overt.formats.__file__).parent.glob("*.py")), ids=lambda path: path.stem)
def test_every_defect_of_a_format_is_in_the_catalogue(path: Path):
    assert _words(path) - NO_DEFECTS <= set(names())


@pytest.mark.parametrize("module", [aigc, reading, data])
def test_every_defect_of_the_label_is_in_the_catalogue(module):
    assert _words(Path(module.__file__)) <= set(names())


def test_a_defect_of_a_strangers_format_is_told_as_its_structures():
    assert defect("frobnicated").name == "frobnicated"
    assert "frobnicated" in defect("frobnicated").text.zh

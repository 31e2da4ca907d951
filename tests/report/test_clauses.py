"""The page of the conformance report: what it shows, and what it never lets through."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import html
from PIL import Image

from overt.inspection import Inspector
from overt.inspection.conformance import assess, medium_of
from overt.marking.pipeline import Released
from overt.media.budget import INSPECTION
from overt.report import clauses
from overt.report.clauses import Examined
from overt.report.preview import Picture, Preview, preview
from overt.rulebook import available, load

OVERT = str(Path(sys.executable).with_name("overt"))
KINDS = {"png": "frame", "wav": "wave", "mp4": "strip", "md": "sheet", "docx": "tile"}


def _examined(path: Path, inspector: Inspector) -> Examined:
    answer = inspector.inspect(path)
    findings = tuple(finding for name in available() for finding in assess(answer, load(name)))
    medium = medium_of(answer.examination.media_type)
    assert medium
    assert answer.examination.container
    shown = inspector.guard.call(preview, path, answer.examination.container, medium, INSPECTION)
    return Examined(answer, findings, shown)


@pytest.mark.parametrize("suffix", KINDS)
def test_the_content_stands_beside_its_clauses(suffix: str, released: dict[str, Released], own: Inspector):
    each = _examined(released[suffix].path, own)
    page = html.fromstring(clauses.write([each], "1", "today"))

    assert page.find_class(KINDS[suffix])
    rows = page.xpath("//table[contains(@class,'clauses')]/tbody/tr")
    assert len(rows) == len(each.findings)
    for row, finding in zip(rows, each.findings, strict=True):
        shown = row.text_content()
        assert finding.clause.clause in shown
        assert finding.outcome.measured.zh in shown
        assert clauses.STATES[finding.outcome.state].en in shown


def test_the_labels_box_is_drawn_over_the_picture(released: dict[str, Released], own: Inspector):
    page = html.fromstring(clauses.write([_examined(released["png"].path, own)], "1", "today"))
    (box,) = page.xpath("//*[contains(@class,'frame')]//*[@class='box']")

    assert float(box.get("x")) > 384 / 2
    assert float(box.get("y")) > 256 / 2


def test_every_word_stands_there_in_both_languages(released: dict[str, Released], own: Inspector):
    page = html.fromstring(clauses.write([_examined(released["png"].path, own)], "1", "today"))

    assert len(page.find_class("zh")) == len(page.find_class("en"))
    assert all(each.text_content().strip() for each in page.find_class("zh") + page.find_class("en"))


def test_a_hostile_name_and_a_hostile_picture_stay_text(released: dict[str, Released], own: Inspector):
    each = _examined(released["png"].path, own)
    hostile = '"><script>alert(1)</script>'
    each = replace(
        each,
        inspection=replace(each.inspection, file=hostile),
        preview=Preview(pictures=(Picture(hostile, 10, 10),)),
    )
    page = html.fromstring(clauses.write([each], "1", "today"))

    assert not page.xpath("//script")
    assert hostile in page.find_class("card")[0].text_content()
    assert page.xpath("//*[contains(@class,'frame')]/img/@src") == ["data:image/jpeg;base64,"]


def test_what_cannot_be_shown_is_no_fault(stranger: Inspector, tmp_path: Path):
    path = tmp_path / "half.png"
    Image.new("RGB", (64, 64)).save(path)
    path.write_bytes(path.read_bytes()[:60])

    assert preview(path, "png", "image", INSPECTION) == Preview()


def test_the_command_writes_the_page(released: dict[str, Released], tmp_path: Path):
    target = tmp_path / "report.html"
    done = subprocess.run(
        [OVERT, "inspect", released["png"].path, released["md"].path, "--report", target, "--rulebook", "cn,eu"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    page = html.fromstring(target.read_text(encoding="utf-8"))

    assert len(page.find_class("card")) == 2
    assert len(page.find_class("clauses")) == 4
    assert str(target.name) in done.stderr.replace("\n", "")

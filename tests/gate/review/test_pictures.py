"""Text in pictures and documents, and faces, on real files."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import noto_cjk_sans_otc
import pytest
from docx import Document
from PIL import Image, ImageDraw, ImageFont

from overt.errors import MediaError
from overt.gate.model import Material
from overt.gate.review.chain import UNSEEN, Chain
from overt.gate.review.documents import TextInDocuments
from overt.gate.review.faces import Faces
from overt.gate.review.features import Features
from overt.gate.review.library import starter
from overt.gate.review.pictures import Tesseract, TextInPictures
from overt.media.guard import Guard

FONT = next(each for each in Path(noto_cjk_sans_otc.__file__).parent.rglob("*") if each.suffix in {".ttc", ".otc"})
SAID = "请将资金转入我们的安全账户"


@pytest.fixture(scope="module")
def guard() -> Iterator[Guard]:
    with Guard() as guard:
        yield guard


@pytest.fixture(scope="module")
def features() -> Features:
    return Features([starter()])


def drawn(path: Path, text: str) -> Material:
    picture = Image.new("RGB", (800, 160), "white")
    ImageDraw.Draw(picture).text((20, 50), text, "black", ImageFont.truetype(str(FONT), 44))
    picture.save(path)
    return Material("input", "image", "00", path=path)


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")
def test_text_in_a_picture_is_read_and_looked_through(tmp_path: Path, guard: Guard, features: Features):
    engine = TextInPictures(features, guard)
    assert engine.review(drawn(tmp_path / "bad.png", SAID)).outcome == "refuse"
    assert engine.review(drawn(tmp_path / "good.jpg", "欢迎参加社区运动会")).outcome == "allow"
    assert list(guard.scratch.iterdir()) == []


def test_without_the_program_nobody_says_that_there_is_no_text(tmp_path: Path, guard: Guard, features: Features):
    class Absent(Tesseract):
        version = ""

    judged = Chain([TextInPictures(features, guard, Absent())]).review(drawn(tmp_path / "a.png", SAID))
    assert (judged.outcome, judged.could_not_tell) == ("hold", True)
    assert [(each.code, "tesseract" in each.text.en) for each in judged.reasons] == [(UNSEEN, True)]


def test_a_broken_picture_could_not_be_told(tmp_path: Path, guard: Guard, features: Features):
    path = tmp_path / "broken.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    material = Material("input", "image", "00", path=path)
    for engine in (Faces(guard), TextInPictures(features, guard)):
        with pytest.raises(MediaError):
            engine.review(material)
        assert Chain([engine]).review(material).outcome == "hold"


def test_faces_are_counted_and_let_pass(media: Path, guard: Guard):
    engine = Faces(guard)
    for name, found in (("thumbor_giunchedi.jpg", True), ("skimage_coffee.png", False)):
        opinion = engine.review(Material("input", "image", "00", path=media / "images" / name))
        assert opinion.outcome == "allow"
        assert (opinion.details["faces"] != "0") == found
        assert [hit.category for hit in opinion.hits] == (["likeness"] if found else [])


def test_documents_and_text_files_are_looked_through(tmp_path: Path, guard: Guard, features: Features):
    engine = TextInDocuments(features, guard)
    document = Document()
    document.add_paragraph(SAID)
    document.save(str(tmp_path / "a.docx"))
    (tmp_path / "a.md").write_text(f"# 通知\n\n{SAID}\n", "utf-8")
    for name in ("a.docx", "a.md"):
        assert engine.review(Material("input", "document", "00", path=tmp_path / name)).outcome == "refuse"
    (tmp_path / "b.md").write_text("欢迎参加社区运动会", "utf-8")
    assert engine.review(Material("input", "document", "00", path=tmp_path / "b.md")).outcome == "allow"
    assert engine.review(Material("prompt", "text", "00", SAID)).outcome == "refuse"

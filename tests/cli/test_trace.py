"""`overt trace` as a contract: what it prints, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from commands import overt_here as overt


@pytest.fixture(scope="module")
def home(media: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    assert overt("init", "--producer", "Example Studio", "--yes", folder=folder).returncode == 0
    with Image.open(media / "images" / "kodim23.png") as picture:
        picture.convert("RGB").resize((576, 384)).save(folder / "parrots.png")
    with Image.open(media / "images" / "kodim04.png") as picture:
        picture.convert("RGB").resize((256, 384)).save(folder / "portrait.png")
    done = overt("mark", "parrots.png", "-o", "out.png", "-t", "image_generation", "--json", folder=folder)
    assert done.returncode == 0, done.stderr
    (folder / "released.json").write_text(done.stdout)
    with Image.open(folder / "out.png") as picture:
        picture.convert("RGB").crop((100, 60, 460, 320)).save(folder / "copy.jpg", quality=80)
    return folder


def test_a_copy_leads_to_its_record_with_the_evidence(home: Path):
    done = overt("trace", "copy.jpg", "--json", "--report", "page.html", folder=home)
    told = json.loads(done.stdout)
    released = json.loads((home / "released.json").read_text())

    assert (done.returncode, told["outcome"]) == (0, "found")
    first = told["candidates"][0]
    assert first["content_id"] == released["content_id"]
    assert (first["release"]["producer"], first["release"]["techniques"]) == ("Example-Studio", ["image_generation"])
    assert first["ledger"] == {"index": 0, "proved": True}
    assert first["marks"] == {"found": ["watermark"], "lost": ["label", "metadata", "credential"], "unread": []}
    mark = first["watermarks"][0]
    assert (mark["agreement"], mark["log10_p"] < -10) == ("agrees", True)
    assert mark["laid_on"]["correlation"] > 0.9
    assert mark["laid_on"]["error_rate"] < 1e-5
    page = (home / "page.html").read_text(encoding="utf-8")
    assert released["content_id"] in page
    assert page.count("data:image/") >= 2
    assert "<script" not in page


def test_the_answer_for_people_is_in_both_languages(home: Path):
    english, chinese = (overt("trace", "copy.jpg", folder=home, language=name) for name in ("en", "zh"))

    for expected in ("record found", "Example-Studio", "marks lost", "the content is what was released under this id"):
        assert expected in english.stdout
    for expected in ("已找到记录", "账本条目", "丢失的标识", "内容与该编号下发布的内容相符"):
        assert expected in chinese.stdout


def test_what_is_not_ours_and_what_cannot_be_told_have_their_exit_codes(home: Path):
    (home / "cut.png").write_bytes((home / "portrait.png").read_bytes()[:60])

    assert overt("trace", "portrait.png", folder=home).returncode == 1
    assert overt("trace", "cut.png", folder=home).returncode == 3
    assert overt("trace", "copy.jpg", "portrait.png", folder=home).returncode == 1
    assert overt("trace", "missing.png", folder=home).returncode == 2


def test_a_stranger_without_a_set_up_is_told_so(home: Path, tmp_path: Path):
    done = overt("trace", home / "copy.jpg", folder=tmp_path)

    assert (done.returncode, "overt init" in done.stderr) == (2, True)


def test_a_reported_file_is_remembered_and_forgotten(home: Path):
    assert overt("trace", "--remember", "portrait.png", folder=home).returncode == 2  # Why?
    done = overt("trace", "--remember", "--reason", "shown without consent", "portrait.png", "--json", folder=home)
    number = json.loads(done.stdout)["report_id"]
    found = json.loads(overt("trace", "portrait.png", "--json", folder=home).stdout)

    assert found["outcome"] == "found"
    assert (found["candidates"][0]["origin"], found["candidates"][0]["report"]["report_id"]) == ("reported", number)
    assert overt("trace", "--forget", number, folder=home).returncode == 0
    assert overt("trace", "portrait.png", folder=home).returncode == 1
    assert overt("trace", "--forget", number, folder=home).returncode == 2


def test_the_inspection_of_a_stripped_copy_is_confirmed_by_our_record(home: Path):
    answer = json.loads(overt("inspect", "copy.jpg", "--json", folder=home).stdout)
    readings = {reading["mark"]: reading for reading in answer["readings"]}

    assert answer["verdict"] == "confirmed"
    assert readings["watermark"]["values"]["registry"] == "agrees"
    assert "fingerprint" in readings

"""The command line as a contract: names, output and exit codes that others build on (design, section 7)."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

OVERT = str(Path(sys.executable).with_name("overt"))


def overt(*arguments: str | Path, folder: Path, language: str = "en", **more) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("OVERT_", "LC_", "LANG"))}
    return subprocess.run(
        [OVERT, *map(str, arguments)],
        cwd=folder,
        env=clean | {"OVERT_LANG": language, "COLUMNS": "200"},
        capture_output=True,
        text="input" not in more,
        check=False,
        timeout=120,
        **more,
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    made = overt("init", "--producer", "Example Studio", "--yes", folder=folder)
    assert made.returncode == 0, made.stderr
    return folder


@pytest.fixture(scope="module")
def marked(home: Path, samples: dict[str, Path]) -> dict:
    done = overt("mark", samples["png"], "-o", "out.png", "--technique", "image_generation", "--json", folder=home)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_init_asks_nothing_with_yes_and_makes_what_it_says(home: Path):
    assert (home / "overt.toml").is_file()
    assert (home / "overt-data").is_dir()
    assert {path.name[:9] for path in (home / "keys").iterdir()} == {"TEST-ONLY"}


def test_init_asks_when_it_may(tmp_path: Path):
    done = overt("init", folder=tmp_path, input="明示公司\nExample\n".encode())

    assert done.returncode == 0
    assert 'producer = "Example"' in (tmp_path / "overt.toml").read_text(encoding="utf-8")
    assert b"cannot stand in a metadata label" in done.stdout


def test_init_in_a_folder_that_it_makes(tmp_path: Path):
    assert overt("init", "new/place", "--yes", folder=tmp_path).returncode == 0
    assert (tmp_path / "new" / "place" / "overt.toml").is_file()


def test_init_overwrites_nothing(home: Path):
    done = overt("init", "--yes", folder=home)

    assert done.returncode == 2
    assert "What to do next" in done.stderr


def test_mark_prints_what_is_where(marked: dict, home: Path):
    assert {mark["mark"] for mark in marked["marks"]} == {"label", "metadata"}
    label = next(mark for mark in marked["marks"] if mark["mark"] == "label")
    assert label["values"]["measures"]["glyph_height_ratio"] >= 0.05
    assert (home / "out.png").is_file()


def test_inspect_prints_the_agreed_object(marked: dict, home: Path):
    done = overt("inspect", "out.png", "--json", folder=home)
    answer = json.loads(done.stdout)

    assert done.returncode == 0
    assert " ".join(answer) == ("file sha256 media_type verdict reasons contradictions aigc readings notice write_back")
    assert answer["verdict"] == "confirmed"
    assert answer["aigc"]["ProduceID"] == marked["content_id"]
    assert set(answer["notice"]) == {"zh", "en"}
    assert {reading["state"] for reading in answer["readings"]} == {"found"}
    assert {"mark", "state", "carrier", "values", "defects"} <= set(answer["readings"][0])


def test_inspect_needs_no_set_up_and_reads_standard_input(marked: dict, home: Path, tmp_path: Path):
    done = overt("inspect", "-", "--json", folder=tmp_path, input=(home / "out.png").read_bytes())
    answer = json.loads(done.stdout)

    assert done.returncode == 0
    assert (answer["file"], answer["verdict"], answer["write_back"]) == ("-", "confirmed", None)


def test_inspect_reads_all_files_of_a_folder(samples: dict[str, Path], tmp_path: Path):
    done = overt("inspect", samples["png"].parent, "--only", "metadata", "--json", folder=tmp_path)
    answers = [json.loads(line) for line in done.stdout.splitlines()]

    assert done.returncode == 0
    assert len(answers) == len(samples)
    assert {answer["verdict"] for answer in answers} == {"none"}


def test_could_not_tell_is_exit_code_3(samples: dict[str, Path], tmp_path: Path):
    (tmp_path / "cut.png").write_bytes(samples["png"].read_bytes()[:20])
    done = overt("inspect", "cut.png", samples["jpg"], "--json", folder=tmp_path)

    assert done.returncode == 3
    assert [json.loads(line)["verdict"] for line in done.stdout.splitlines()] == ["unreadable", "none"]


@pytest.mark.parametrize(
    ("reason", "arguments", "code"),
    [
        ("no such file", ("inspect", "nothing.png"), 2),
        ("no file at all", ("inspect",), 2),
        ("no technique", ("mark", "a.png", "-o", "b.png"), 2),
        ("unknown technique", ("mark", "sample.png", "-o", "b.png", "--technique", "magic"), 2),
        ("no output", ("mark", "sample.png", "--technique", "other"), 2),
        ("two outputs", ("mark", "sample.png", "-o", "b.png", "--out-dir", "d", "--technique", "other"), 2),
        ("unknown mark", ("mark", "sample.png", "-o", "b.png", "--technique", "other", "--only", "glitter"), 2),
        ("unknown command", ("destroy",), 2),
        ("bad code", ("init", "elsewhere", "--producer", "0" * 27, "--yes"), 2),
    ],
)
def test_wrong_use_is_exit_code_2_and_says_so(
    reason: str, arguments: tuple[str, ...], code: int, home: Path, samples: dict[str, Path]
):
    (home / "sample.png").write_bytes(samples["png"].read_bytes())
    done = overt(*arguments, folder=home)

    assert done.returncode == code
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr


def test_mark_without_a_set_up_says_what_to_do(samples: dict[str, Path], tmp_path: Path):
    done = overt("mark", samples["png"], "-o", "out.png", "--technique", "other", folder=tmp_path)

    assert done.returncode == 2
    assert "overt init" in done.stderr
    assert not (tmp_path / "out.png").exists()


def test_one_bad_file_does_not_stop_the_others(home: Path, samples: dict[str, Path], tmp_path: Path):
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"\x89PNG\r\n\x1a\n")
    done = overt("mark", bad, samples["txt"], "--out-dir", "both", "-t", "other", "--json", folder=home)
    lines = [json.loads(line) for line in done.stdout.splitlines()]

    assert done.returncode == 3
    assert "error" in lines[0]
    assert lines[1]["content_id"]
    assert not (home / "both" / "bad.png").exists()


def test_both_languages_are_spoken(home: Path, tmp_path: Path):
    for command in ([], ["init"], ["mark"], ["inspect"], ["doctor"], ["demo"]):
        zh = overt(*command, "--help", folder=tmp_path, language="zh").stdout
        en = overt(*command, "--help", folder=tmp_path, language="en").stdout
        assert re.search(r"[\u4e00-\u9fff]", zh), command
        assert not re.search(r"[\u4e00-\u9fff]", en), command
    assert "下一步" in overt("mark", "x.png", "-o", "y.png", "-t", "other", folder=home, language="zh").stderr


def test_the_doctor_says_what_is_missing(home: Path, tmp_path: Path):
    assert overt("doctor", folder=home).returncode == 0
    without = overt("doctor", "--json", folder=tmp_path)

    assert without.returncode == 1
    assert any(json.loads(line)["state"] == "missing" for line in without.stdout.splitlines())


def test_a_closed_pipe_is_no_error(home: Path):
    done = subprocess.run(
        f"{OVERT} inspect out.png out.png out.png --json | head -c 10",
        shell=True,
        cwd=home,
        capture_output=True,
        check=False,
    )

    assert b"Traceback" not in done.stderr


def test_names_with_markup_are_shown_as_they_are(samples: dict[str, Path], tmp_path: Path):
    strange = tmp_path / "[bold]x[ red ]\u202e.png"
    strange.write_bytes(samples["png"].read_bytes())
    done = overt("inspect", strange.name, folder=tmp_path)

    assert done.returncode == 0
    assert "[bold]x[ red ]" in done.stdout


def test_names_that_are_no_text_are_files_all_the_same(marked: dict, home: Path):
    name = os.fsdecode(b"\xff\xfe.png")
    (home / name).write_bytes((home / "out.png").read_bytes())
    inspected = overt("inspect", name, "--json", folder=home)
    again = overt("mark", name, "-o", os.fsdecode(b"out\xfe.png"), "-t", "other", "--json", folder=home)

    assert json.loads(inspected.stdout)["verdict"] == "confirmed"
    assert again.returncode == 0
    assert (home / os.fsdecode(b"out\xfe.png")).is_file()

"""`overt bundle`, `overt retention`, `overt person`: what they print, and their exit codes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

import overt.cli
import overt_verify
from evidence import BYTES, CONTENT, PERSON, filled
from overt import api, settings
from overt.setup.initialise import initialise

Run = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    initialise(folder, "Example-Studio")
    with closing(api.records(settings.load(folder / "overt.toml"))) as store:
        filled(store)
    (folder / "out.txt").write_bytes(BYTES)
    return folder


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(home)
    monkeypatch.setenv("OVERT_LANG", "en")

    def ran(*words: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["overt", *words])
        with pytest.raises(SystemExit) as ended:
            overt.cli.main()
        told = capsys.readouterr()
        return int(ended.value.code or 0), told.out + told.err

    return ran


def test_a_bundle_with_its_file_and_what_is_read_out_of_it(run: Run, home: Path):
    code, told = run("bundle", CONTENT, "-o", "one.json", "--with-content", "out.txt", "--json")

    assert code == 0, told
    assert json.loads(told)["entries"] == 2
    report = overt_verify.verify((home / "one.json").read_bytes())
    assert report.holds
    assert [each["kind"] for each in report.told["documents"]] == ["inspection"]
    assert run("bundle", CONTENT, "-o", "one.json")[0] == 2  # It is there already.
    assert "cannot be written to" in run("bundle", CONTENT, "-o", "nowhere/one.json")[1]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ([], 2, "either an id or a --period"),
        ([CONTENT, "--period", "2026-01-01..2027-01-01"], 2, "either an id or a --period"),
        (["--period", "soon"], 2, "no period"),
        ([CONTENT, "--personal"], 2, "on what ground"),
        ([CONTENT, "--personal", "--for", PERSON, "--ground", "g"], 2, "either --personal or --for"),
        (["nothing"], 1, "no entry about"),
        ([CONTENT, "--with-content", "nowhere"], 2, "cannot be read"),
    ],
)
def test_what_makes_no_bundle(run: Run, home: Path, words: list[str], code: int, said: str):
    assert (answer := run("bundle", *words, "-o", "none.json"))[0] == code
    assert said in answer[1]
    assert not (home / "none.json").exists()


def test_holds_are_placed_shown_and_released(run: Run):
    why = ("--reason", "r", "--authority", "a")
    code, told = run("retention", "hold", CONTENT, *why, "--until", "2999-01-01", "--json")
    placed = json.loads(told)
    assert (code, placed["ids"], placed["until"]) == (0, [CONTENT], "2999-01-01T00:00:00.000Z")

    assert placed["id"] in run("retention", "holds")[1]
    assert json.loads(run("retention", "release", placed["id"], "--reason", "over", "--json")[1])["released"]
    assert run("retention", "release", placed["id"], "--reason", "over")[0] == 2
    assert run("retention", "hold", *why)[0] == 2
    assert run("retention", "hold", CONTENT, *why, "--until", "soon")[0] == 2


def test_what_is_kept_and_for_how_long(run: Run):
    code, told = run("retention", "show", "--json")
    log = next(
        each for each in map(json.loads, told.splitlines()) if (each["source"], each["record"]) == ("openings", "log")
    )

    assert code == 0
    assert log["limits"]["least"]["value"] == 6
    assert "CSL-23c" in log["limits"]["least_by"]
    assert json.loads(run("retention", "run", "--json")[1]) == {"deleted": [], "erased": []}


def test_a_person_is_given_what_is_kept_and_told_what_has_to_be(run: Run, home: Path):
    assert run("person", "export", PERSON, "-o", "theirs.json")[0] == 0
    assert json.loads((home / "theirs.json").read_text("utf-8"))["entries"][0]["event"]["whose"] == PERSON
    assert (home / "theirs.json").stat().st_mode & 0o077 == 0

    code, told = run("person", "erase", PERSON, "--yes", "--json")
    answer = json.loads(told)
    assert (code, answer["destroyed"]) == (1, False)
    assert answer["must_keep"][0]["record"] == "log"
    assert "stored and secured only" in run("person", "erase", PERSON, "--yes")[1]
    assert run("person", "erase", PERSON, "--ground", "whim", "--yes")[0] == 2
    assert run("person", "erase", "nobody", "--yes")[0] == 2

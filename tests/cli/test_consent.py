"""`overt consent`: what it prints, what it writes, its exit codes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import overt.cli
from overt import api, settings
from overt.setup.initialise import initialise
from overt.store.consent_rows import Answer, Upload
from overt.store.refusals import Joining

Run = Callable[..., tuple[int, str]]
ASK = (
    "consent", "ask", "--name", "Li Ming", "--contact", "li@example.com", "--asker", "Wang", "--made", "A greeting",
    "--shown", "At home", "-t", "face_replacement", "-p", "art", "--json",
)  # fmt: skip


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    initialise(tmp_path, "Example-Studio")
    config = tmp_path / "overt.toml"
    config.write_text(config.read_text().replace("# reach =", "reach =").replace("# address =", "address ="))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OVERT_LANG", "en")

    def ran(*words: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["overt", *words])
        with pytest.raises(SystemExit) as ended:
            overt.cli.main()
        told = capsys.readouterr()
        return int(ended.value.code or 0), told.out + told.err

    return ran


def test_from_asking_to_withdrawing(run: Run, tmp_path: Path) -> None:
    code, told = run(*ASK, "-l", "face", "--qr", "link.svg")
    assert code == 0
    asked = json.loads(told)
    assert asked["link"].startswith("https://consent.example.com/consent/")
    assert "<svg" in (tmp_path / "link.svg").read_text()
    token = asked["link"].rpartition("/")[2]
    with api.consents(settings.load(tmp_path / "overt.toml")) as desk:
        page = desk.consents.open(token, "en", guarded=False)
        assert page.challenge is not None
        answer = Answer(("face",), ("face_replacement",), ("art",), page.notice, page.challenge.id)
        desk.consents.give(token, answer, Upload(b"a film", "video/webm"))
    code, told = run("consent", "list", "--waiting", "--json")
    assert json.loads(told)["consents"][0]["proof"] == "waiting"
    code, told = run("consent", "show", asked["consent"], "--recording", "me.webm", "--json")
    assert (tmp_path / "me.webm").read_bytes() == b"a film"
    assert (tmp_path / "me.webm").stat().st_mode & 0o777 == 0o600
    assert json.loads(told)["asked_to"] == page.challenge.text.both()
    assert run("consent", "confirm", asked["consent"], "--by", "staff-1")[0] == 0
    assert json.loads(run("consent", "list", "--waiting", "--json")[1]) == {"consents": []}
    code, told = run("consent", "withdraw", asked["consent"], "--by", "staff-1", "--json")
    assert json.loads(told) == {"consent": asked["consent"], "recalled": [], "cases": []}
    assert json.loads(run("consent", "list", "--json")[1])["consents"][0]["state"] == "withdrawn"


def test_what_makes_no_sense_is_said_with_a_way_out(run: Run) -> None:
    for words in (
        (*ASK, "-l", "soul"),
        (*ASK, "-l", "face", "-p", "world-domination"),
        (*ASK, "-l", "face", "--preview", "missing.png"),
        ("consent", "show", "nothing"),
        ("consent", "confirm", "nothing", "--by", "staff-1"),
        ("consent", "refusal", "verify", "nothing", "--by", "staff-1"),
    ):
        code, told = run(*words)
        assert code == 2
        assert "What to do next" in told


def test_people_who_refuse_are_verified(run: Run, tmp_path: Path) -> None:
    with api.consents(settings.load(tmp_path / "overt.toml")) as desk:
        refusal_id, token = desk.refusals.join(Joining(("Li Ming",), "li@example.com"))
        code, told = run("consent", "refusal", "code", refusal_id, "--json")
        assert desk.refusals.enter_code(token, json.loads(told)["code"])
    code, told = run("consent", "refusal", "list", "--json")
    assert (code, json.loads(told)["refusals"][0]["state"]) == (0, "verified")

"""`overt ledger` as a contract: what it prints, and how it ends."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

import overt.cli
from overt.ledger.checkpoint import opened, spelled_key
from overt.ledger.events.content import ContentForgotten
from overt.setup.initialise import initialise
from overt.store.records import Store


@dataclass
class Done:
    """What a command printed, and how it ended."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in the set-up's folder."""
    monkeypatch.chdir(home)
    monkeypatch.setenv("COLUMNS", "200")

    def ended(*arguments: str, language: str = "en") -> Done:
        monkeypatch.setenv("OVERT_LANG", language)
        monkeypatch.setattr(sys, "argv", ["overt", "ledger", *arguments])
        capfd.readouterr()
        with pytest.raises(SystemExit) as end:
            overt.cli.main()
        return Done(int(end.value.code or 0), *capfd.readouterr())

    return ended


@pytest.fixture
def home(tmp_path: Path) -> Path:
    initialise(tmp_path, "Example-Studio")
    store = Store.open(tmp_path / "overt-data")
    with store.acting() as act:
        for number in range(300):
            act.record(ContentForgotten(f"id-{number}"))
    store.close()
    return tmp_path


def test_the_ledger_is_published_proved_and_checked(home: Path, run: Run):
    assert run("verify").returncode == 3
    assert run("checkpoint").returncode == 3
    published = json.loads(run("publish", "--json").stdout)
    key = spelled_key(run("key").stdout.strip())
    shown = run("checkpoint").stdout

    assert (published["size"], published["new"], published["missing"]) == (300, True, [])
    assert shown == published["note"] == (home / "overt-data" / "ledger" / "checkpoint").read_text()
    assert opened(shown.encode(), [key])[0].origin == "Example-Studio/overt"
    (home / "kept").write_text(shown)
    (found,) = map(json.loads, run("entries", "id-7", "--json").stdout.splitlines())
    assert (found["index"], found["tag"], found["number"]) == (7, "trace:content:forget", 8)
    assert len(json.loads(run("proof", "7", "--json").stdout)["proof"]) == 9
    assert run("receipt", "7").stdout.split() == ["entry-7.cose", "entry-7.json"]
    assert json.loads(run("consistency", "kept", "--json").stdout)["holds"] is True
    checked = run("verify")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "Everything agrees" in checked.stdout
    assert "全部与已签署的检查点一致" in run("verify", language="zh").stdout


def test_what_does_not_hold_is_told(home: Path, run: Run):
    assert run("publish").returncode == 0
    (home / "kept").write_text(run("checkpoint").stdout.replace("\n300\n", "\n299\n"))
    other = run("consistency", "kept")
    assert (other.returncode, "another history" in other.stderr) == (1, True)
    engine = create_engine(f"sqlite:///{home / 'overt-data' / 'overt.db'}")
    with engine.begin() as connection:
        connection.execute(text('UPDATE ledger_entries SET number = 9 WHERE "index" = 3'))
    engine.dispose()
    checked = run("verify", "--json")
    assert checked.returncode == 1
    assert [each["place"] for each in json.loads(checked.stdout)["problems"]] == ["entry 3"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("proof", "300"), 2), (("receipt", "300"), 2), (("consistency", "no-file"), 2), (("entries", "x"), 1),
        (("stamp",), 2),
    ],
)  # fmt: skip
def test_what_is_not_there_is_told(run: Run, arguments: tuple[str, ...], code: int):
    done = run(*arguments)
    assert done.returncode == code
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr

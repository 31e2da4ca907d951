"""`overt gate` as a contract: what it prints, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from overt import api, settings
from overt.cli.app import run
from overt.setup.initialise import initialise
from overt.store.accounts import Accounts

Overt = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    initialise(folder, "Example")
    return folder


@pytest.fixture(scope="module")
def who(home: Path) -> str:
    with closing(api.records(settings.load(home / "overt.toml"))) as store:
        account = Accounts(store).open()
        Accounts(store).attest(account, "id", "provider", "reference")
    return account


@pytest.fixture
def overt(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Overt:
    monkeypatch.chdir(home)
    monkeypatch.setenv("OVERT_LANG", "en")

    def call(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["overt", *arguments])
        code = run()
        told = capsys.readouterr()
        return code, told.out + told.err

    return call


def asked(who: str, *more: str) -> list[str]:
    return ["gate", "ask", "--account", who, "-t", "image_generation", *more]


def test_allow_hold_and_refuse_end_differently(overt: Overt, who: str) -> None:
    assert overt(*asked(who, "--purpose", "art", "--prompt", "a calm sea"))[0] == 0
    code, told = overt(*asked(who, "--purpose", "satire", "--shows", "face:official"))
    assert (code, "a person looks first" in told, "DS-10a" in told) == (3, True, True)
    code, told = overt(*asked(who, "--purpose", "advertising", "--shows", "face:none", "--shows", "voice:none"))
    assert code == 1
    assert "Ask them first" in told
    assert "without their consent" in told


def test_a_decision_file_is_verified(overt: Overt, who: str, home: Path) -> None:
    (home / "request.json").write_text(
        json.dumps({"account": who, "purpose": "art", "techniques": ["image_generation"], "prompt": "海"}), "utf-8"
    )
    code, told = overt("gate", "ask", "request.json", "-o", "decision.json", "--json")
    decision = json.loads(told)
    assert (code, decision["outcome"]) == (0, "allow")
    assert "海" not in told
    assert overt("gate", "verify", "decision.json")[0] == 0
    assert overt("gate", "verify", "decision.json", "--key", "00" * 32)[0] == 1
    (home / "forged.json").write_text((home / "decision.json").read_text("utf-8").replace('"art"', '"film"'), "utf-8")
    assert overt("gate", "verify", "forged.json")[0] == 1
    code, told = overt("gate", "show", decision["id"], "--json")
    assert json.loads(told)["free"] == decision["content_ids"]


def test_wrong_requests_are_told(overt: Overt, who: str, home: Path) -> None:
    (home / "wrong.json").write_text('{"account": "a", "purpose": "art", "techniques": [], "more": 1}', "utf-8")
    code, told = overt("gate", "ask", "wrong.json")
    assert (code, "techniques" in told, "more" in told) == (2, True, True)
    code, told = overt(*asked(who, "--purpose", "art", "--shows", "ghost:none"))
    assert (code, "LIKENESS:WHO" in told) == (2, True)
    assert overt("gate", "show", "nothing")[0] == 2


def test_the_duty_to_label_is_shown_before_it_is_recorded(overt: Overt, who: str) -> None:
    code, told = overt("gate", "agree", who)
    assert (code, "implicit label" in told) == (3, True)
    assert overt("gate", "agree", who, "--yes")[0] == 0
    code, told = overt(*asked(who, "--purpose", "film", "--channel", "circle", "--recipient", "Studio"))
    assert (code, "may be left out" in told) == (0, True)


def test_a_policy_is_checked(overt: Overt, home: Path) -> None:
    (home / "mine.cedar").write_text('@id("x") forbid (principal, action, resource);', "utf-8")
    code, told = overt("gate", "policy", "check", "mine.cedar", "--quick")
    assert (code, "mine.cedar, line 1" in told) == (2, True)
    assert "satire" in overt("gate", "policy", "purposes")[1]

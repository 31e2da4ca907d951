"""`overt duties`, `state`, `determine`, `account`, `agreement`, `switch`: called as a person would, in this process."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from overt import api, settings
from overt.cli.app import run
from overt.rulebook import load
from overt.setup.initialise import initialise

Call = Callable[..., tuple[int, str]]
UNTIL = "2099-01-01"


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A set-up whose database is there, to be copied."""
    folder = tmp_path_factory.mktemp("fresh")
    initialise(folder, "Example Studio")
    api.records(settings.load(folder / "overt.toml")).close()
    return folder


@pytest.fixture
def overt(fresh: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Calls the command line in a fresh set-up: its exit code, and what it wrote to both streams."""
    shutil.copytree(fresh, tmp_path / "home")
    monkeypatch.chdir(tmp_path / "home")
    monkeypatch.setenv("OVERT_LANG", "en")
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["overt", *arguments])
        code = run()
        told = capsys.readouterr()
        return code, told.out + told.err

    return call


def answered(overt: Call, *arguments: str) -> Any:
    code, said = overt(*arguments)
    assert code == 0, said
    return json.loads(said)


def test_the_contract_of_duties(overt: Call) -> None:
    told = answered(overt, "duties", "--json")
    assert {"rulebook", "digest", "overridden", "determined", "counts", "duties"} <= told.keys()
    wanted = {
        "id", "instrument", "article", "text", "actors", "force", "mark", "state", "stated_only", "reason", "controls",
        "evidence", "numbers", "clocks", "valid_from",
    }  # fmt: skip
    assert all(wanted <= each.keys() for each in told["duties"])
    assert told["determined"]["public_opinion"]["value"] is None
    assert answered(overt, "duties", "--rulebook", "eu", "--json")["rulebook"] == "eu"


def test_duties_without_a_set_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, overt: Call) -> None:
    monkeypatch.chdir(tmp_path)
    code, said = overt("duties")
    assert code == 2
    assert "overt init" in said


def test_people_answer_and_the_states_follow(overt: Call, tmp_path: Path) -> None:
    post = ("--owner", "Counsel")
    code, said = overt("determine", "public_opinion", "--no", "--reason", "no feed", *post, "--review-by", UNTIL)
    assert code == 0, said
    code, said = overt("duties", "show", "AR-24a")
    assert "not applicable" in said
    made = answered(
        overt, "state", "DS-07a", "--topic", "ethics_review", "--text", "A board", *post, "--until", UNTIL, "--json"
    )
    assert f"Signed statement by “Counsel” ({made['id']})" in overt("duties", "show", "DS-07a")[1]
    assert overt("state", "--withdraw", made["id"], "--text", "it was dissolved", *post)[0] == 0
    assert "was withdrawn on" in overt("duties", "show", "DS-07a")[1]
    code, said = overt("duties", "--state", "gap", "--html", str(tmp_path / "page.html"))
    assert code == 0, said
    assert "withdrawn on" in (tmp_path / "page.html").read_text("utf-8")


def test_many_facts_are_determined_by_one_file(overt: Call, tmp_path: Path) -> None:
    code, blank = overt("determine", "--blank")
    assert (code, blank.count('value = "?"')) == (0, len(load("cn").facts))
    filled = blank.replace('owner = ""', 'owner = "Counsel"', 1)
    for name, value in (("live", "no"), ("minors", "yes")):
        filled = filled.replace(
            f'{name} = {{ value = "?", reason = ""', f'{name} = {{ value = "{value}", reason = "so"'
        )
    (file := tmp_path / "facts.toml").write_text(filled.replace('reason = "so"', 'reason = " "', 1), "utf-8")
    code, said = overt("determine", "--file", str(file))
    assert (code, "live has no reason" in said) == (2, True)
    file.write_text(filled, "utf-8")
    made = answered(overt, "determine", "--file", str(file), "--json")["determined"]
    assert {each["fact"] for each in made} == {"live", "minors"}
    facts = answered(overt, "duties", "--json")["determined"]
    assert (facts["live"]["value"], facts["minors"]["value"], facts["news"]["value"]) == (False, True, None)
    assert "live =" not in overt("determine", "--blank")[1]


def test_the_operators_own_numbers_are_shown(overt: Call, tmp_path: Path) -> None:
    duty, number = next((duty, number) for duty in load("cn").duties for number in duty.numbers if not number.parameter)
    (tmp_path / "home" / "own.toml").write_text(
        f'[[override]]\nduty = "{duty.id}"\nname = "{number.name}"\nvalue = 4321\n'
        'reason = { zh = "更严格", en = "stricter" }\nby = "Counsel"\non = 2026-11-01\n',
        "utf-8",
    )
    config = tmp_path / "home" / "overt.toml"
    config.write_text('overrides = "own.toml"\n' + config.read_text("utf-8"), "utf-8")
    assert answered(overt, "duties", "--json")["overridden"][0]["value"] == 4321
    assert "4,321" in overt("duties")[1]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("state", "DS-16a", "--text", "x", "--owner", "y", "--until", UNTIL), "would not count"),
        (("state", "DS-07a", "--text", "x", "--owner", "y", "--until", UNTIL), "would not count"),
        (("state", "DS-07a", "--topic", "ethix", "--text", "x", "--owner", "y", "--until", UNTIL), "--topic ethix"),
        (("state", "DS-16zz", "--text", "x", "--owner", "y", "--until", UNTIL), "no duty"),
        (("state", "DS-07a", "--text", "x", "--owner", "y"), "--until"),
        (("determine", "nonsense", "--yes", "--owner", "y", "--reason", "x", "--review-by", UNTIL), "no fact"),
        (("determine", "--file", "nowhere.toml"), "cannot be read"),
        (("determine", "--file", "x.toml", "--yes"), "go with names"),
        (("determine",), "--file"),
        (("determine", "public_opinion", "--owner", "y", "--reason", "x", "--review-by", UNTIL), "--yes or --no"),
        (("duties", "--state", "perfect"), "no state"),
        (("duties", "show", "DS-16zz"), "no duty"),
        (("account", "show", "nobody"), "no account"),
        (("account", "attest", "nobody", "--method", "blood", "--provider", "p", "--reference", "r"), "blood"),
    ],
)
def test_wrong_use_says_what_is_right(overt: Call, arguments: tuple[str, ...], says: str) -> None:
    code, said = overt(*arguments)
    assert code == 2
    assert says in said


def test_an_account_and_what_happens_to_it(overt: Call) -> None:
    account = answered(overt, "account", "add", "--json")["account"]
    attest = ("account", "attest", account, "--method", "phone", "--provider", "Example Telecom", "--reference")
    code, said = overt(*attest, "13800138000")
    assert (code, "looks like a mobile number" in said, "13800138000" in said) == (2, True, False)
    assert overt(*attest, "TX-1")[0] == 0
    answered(
        overt, "account", "sanction", account, "restrict", "--reason", "fraud", "--function", "images",
        "--until", UNTIL, "--appeal", "https://platform.example/appeal", "--json",
    )  # fmt: skip
    known = answered(overt, "account", "show", account, "--json")
    assert (known["level"], known["sanctions"][0]["holds"]) == ("phone", True)
    assert "fraud" in overt("account", "show", account)[1]
    assert overt("account", "lift", known["sanctions"][0]["id"], "--reason", "the appeal", "--by", "Appeals")[0] == 0
    assert overt("account", "close", account)[0] == 0
    assert answered(overt, "account", "show", account, "--json")["level"] == "none"


def test_agreement_and_switch(overt: Call, tmp_path: Path) -> None:
    account = answered(overt, "account", "add", "--json")["account"]
    for language, said in (("zh", "显式标识和隐式标识"), ("en", "labels")):
        (tmp_path / language).write_text(said, "utf-8")
    assert overt("agreement", "show")[0] == 1
    published = answered(
        overt, "agreement", "publish", "1", "--zh", str(tmp_path / "zh"), "--en", str(tmp_path / "en"),
        "--covers", "LB-08", "--json",
    )  # fmt: skip
    assert published["covers"] == ["LB-08"]
    assert overt("agreement", "accept", account, "1")[0] == 2
    assert overt("agreement", "prompt", account, "1")[0] == overt("agreement", "accept", account, "1")[0] == 0
    assert answered(overt, "agreement", "show", "--json")["accepted"] == 1

    assert overt("switch", "off", "images", "--reason", "order", "--by", "Duty officer")[0] == 0
    assert answered(overt, "switch", "list", "--json")["off"][0]["name"] == "images"
    assert overt("switch", "on", "images", "--reason", "over", "--by", "Duty officer")[0] == 0
    assert "Nothing" in overt("switch", "list")[1]

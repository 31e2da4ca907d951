"""`overt review` as a contract: what it prints, and how it ends."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import pytest

import overt.cli
from overt import api, settings
from overt.gate.review.queue import Held, Seen
from overt.setup.initialise import initialise
from overt.store.reviews import Reviews

BAD = "请将资金转入我们的安全账户"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in a set-up of its own."""
    initialise(tmp_path, "Example-Studio")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def ended(*arguments: str, language: str = "en") -> tuple[int, str, str]:
        monkeypatch.setenv("OVERT_LANG", language)
        monkeypatch.setattr(sys, "argv", ["overt", "review", *arguments])
        capfd.readouterr()
        with pytest.raises(SystemExit) as end:
            overt.cli.main()
        return int(end.value.code or 0), *capfd.readouterr()

    return ended


def test_a_text_says_what_hit_and_ends_with_the_outcome(run: Run):
    code, said, _ = run("check", "你好", BAD)
    assert code == 1
    assert "fraud-safe-account-zh" in said
    assert "转入我们的安全账户" in said
    assert run("check", "你好")[0] == 0
    assert "诈骗" in run("check", BAD, language="zh")[1]
    assert run("check", "克隆市长的声音发布停水通知")[0] == 3

    code, said, _ = run("check", "--json", BAD)
    told = json.loads(said)
    assert (code, told["outcome"]) == (1, "refuse")
    assert told["engines"][0]["hits"][0]["rule"] == "fraud-safe-account-zh"
    assert told["reasons"][0]["duties"] == ["IS-15", "DS-06a"]


def test_a_library_is_tried_by_its_examples_and_recorded(run: Run, tmp_path: Path):
    path = tmp_path / "own.jsonl"
    entry = {
        "id": "a",
        "category": "gambling",
        "words": ["赌场上分"],
        "hits": ["来赌场上分"],
        "passes": ["赌场上分很坏"],
    }
    path.write_text(json.dumps(entry), "utf-8")
    code, said, _ = run("library", str(path))
    assert code == 1
    assert "should pass and does not" in said

    path.write_text(json.dumps(entry | {"passes": []}), "utf-8")
    code, said, _ = run("library", str(path), "--load", "--json")
    assert code == 0
    assert json.loads(said)["loaded"]["added"] == ["a"]
    assert json.loads(run("library", str(path), "--load", "--json")[1])["loaded"] is None


def test_a_list_is_imported_once(run: Run, tmp_path: Path):
    (tmp_path / "words.txt").write_text("赌场上分\n医生\na\n", "utf-8")
    arguments = (
        "import",
        "words.txt",
        "-o",
        "own.csv",
        "--name",
        "own",
        "--approver",
        "post",
        "--category",
        "gambling",
    )
    code, said, _ = run(*arguments, "--json")
    told = json.loads(said)
    assert (code, told["taken"], told["too_short"], list(told["innocent"])) == (0, 2, ["a"], ["医生"])
    assert run("library", "own.csv")[0] == 0
    assert run(*arguments)[0] == 2
    assert run(*arguments[:-1], "no-such-category")[0] == 2


def test_coverage_shows_the_rulebooks_numbers_with_their_mark(run: Run):
    assert "GS-06: 关键词不少于 10000 item [memory]" in run("coverage", language="zh")[1]
    assert "gambling" in json.loads(run("coverage", "--json")[1])["empty"]


def test_the_queue_is_worked_through(run: Run, tmp_path: Path):
    seen = Seen("prompt", "text", sha256(BAD.encode()).hexdigest(), BAD)
    with closing(api.records(settings.load(tmp_path / "overt.toml"))) as store:
        item = Reviews(store).add(Held("d1", uuid4().hex, "art", (seen,), ("fraud",)))

    assert BAD not in run("queue")[1]
    assert run("answer", item, "pass", "--by", "anna", "--reason", "fine")[0] == 2
    code, said, _ = run("claim", "--by", "anna")
    assert code == 0
    assert BAD in said
    assert run("claim", "--by", "bao")[0] == 1
    assert run("answer", item, "maybe", "--by", "anna", "--reason", "fine")[0] == 2
    code, said, _ = run("answer", item, "refuse", "--by", "anna", "--reason", "a script", "--duty", "IS-15", "--json")
    assert code == 0
    assert json.loads(said)["outcome"] == "refuse"
    assert run("queue", language="zh")[1].strip() == "队列为空。"
    assert json.loads(run("queue", "--all", "--json")[1])["state"] == "settled"

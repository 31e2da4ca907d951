"""`overt disseminate` as a contract: names, output and exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commands import overt_here as overt

KEYS = (
    "file out sidecar sha256 case why written aigc changes superseded credential notice remaining contradictions "
    "ledger_index"
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    assert overt("init", "--producer", "Example Platform", "--yes", folder=folder).returncode == 0
    return folder


def test_the_agreed_object(home: Path, samples: dict[str, Path]):
    done = overt("disseminate", samples["png"], "-o", "out.png", "--declared", "--json", folder=home)

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert " ".join(told) == KEYS
    assert (told["case"], told["written"], told["aigc"]["Label"]) == ("possible", True, "2")
    assert set(told["notice"]) == {"zh", "en"}
    assert (home / "out.png").is_file()


def test_a_person_reads_what_to_tell_the_public(home: Path, samples: dict[str, Path]):
    done = overt("disseminate", samples["jpg"], "--out-dir", "o", "--declared", folder=home, language="zh")

    assert "该内容可能为人工智能生成合成内容" in done.stdout
    assert "ContentPropagator Example-Platform" in done.stdout


def test_one_file_that_cannot_be_told_leaves_the_others(home: Path, samples: dict[str, Path], tmp_path: Path):
    cut = tmp_path / "cut.png"
    cut.write_bytes(samples["png"].read_bytes()[:2000])

    done = overt("disseminate", cut, samples["jpg"], "--out-dir", "two", "--json", folder=home)

    assert done.returncode == 3
    assert [json.loads(line)["case"] for line in done.stdout.splitlines()] == ["unreadable", "none"]
    assert [path.name for path in (home / "two").iterdir()] == [samples["jpg"].name]


def test_wrong_use(home: Path, samples: dict[str, Path]):
    assert overt("disseminate", samples["png"], folder=home).returncode == 2
    assert overt("disseminate", "none.png", "-o", "x.png", folder=home).returncode == 2

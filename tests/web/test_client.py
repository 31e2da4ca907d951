"""The client and the command line against a served set-up, with real files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gating import account
from overt import api
from overt.cli.app import run
from overt.client import Client
from overt.errors import RefusedError, SetupError, UsageError
from overt.store.api_keys import ApiKeys
from overt_verify import main as verify
from sites import Site

SCOPES = (
    "contents:read", "contents:mark", "contents:inspect", "contents:remember", "decisions:ask", "decisions:read",
    "duties:read", "ledger:read", "evidence:export",
)  # fmt: skip


@pytest.fixture(scope="module")
def key(site: Site) -> str:
    return ApiKeys(site.store).make("client", SCOPES, by=None)[1]


@pytest.fixture
def client(site: Site, key: str) -> Any:
    with Client(site.address, key) as ready:
        yield ready


@pytest.fixture
def overt(
    site: Site, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Any:
    """Runs `overt --server …` away from any set-up."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "api.key").write_text(key + "\n")

    def command(*arguments: str) -> tuple[int, str]:
        told = ["overt", "--server", site.address, "--key-file", "api.key", *arguments]
        monkeypatch.setattr("sys.argv", told)
        capsys.readouterr()
        code = run()
        return code, capsys.readouterr().out

    return command


def asked(site: Site) -> dict[str, Any]:
    """A request that the gate allows."""
    return {
        "account": account(site.store),
        "purpose": "education",
        "techniques": ["image_generation"],
        "prompt": "春天的山水画",
    }


def test_a_file_is_marked_and_read_back_as_locally(
    site: Site, overt: Any, client: Client, media: Path, tmp_path: Path
) -> None:
    (tmp_path / "ask.json").write_text(json.dumps(asked(site)), "utf-8")
    code, told = overt("gate", "ask", "ask.json", "--json")
    decision = json.loads(told)
    assert code == 0, told
    assert decision["outcome"] == "allow"
    source = next((media / "images").glob("*.jp*g"), None) or next(media.rglob("*.jpg"))
    code, told = overt(
        "mark", str(source), "-o", "out/marked.jpg", "-t", "image_generation", "--decision", decision["id"], "--json"
    )
    assert code == 0, told
    released = json.loads(told)
    assert released["content_id"] == decision["content_ids"][0]
    assert Path(released["out"]).is_file()

    code, told = overt("inspect", "out/marked.jpg", "--json")
    there, here = json.loads(told), api.inspect("out/marked.jpg", setup=site.setup).as_json()
    assert (code, there) == (0, here)
    assert client.inspect("out/marked.jpg").aigc == here["aigc"]

    code, told = overt("trace", "out/marked.jpg", "--json")
    assert (code, json.loads(told)["candidates"][0]["content_id"]) == (0, released["content_id"])
    code, told = overt("bundle", released["content_id"], "-o", "bundle.json", "--json")
    assert code == 0, told
    assert verify(["bundle.json"]) == 0
    assert [each["id"] for each in client.contents(q=released["content_id"])] == [released["content_id"]]
    assert client.content(released["content_id"])["content"]["sha256"] == released["sha256"]

    code, told = overt("disseminate", "out/marked.jpg", "-o", "out/distributed.jpg", "--json")
    assert (code, json.loads(told)["case"]) == (0, "confirmed")
    assert Path("out/distributed.jpg").is_file()


def test_duties_are_told_and_exported(overt: Any) -> None:
    code, told = overt("duties", "--json")
    register = json.loads(told)
    assert code == 0
    assert len(register["items"]) == sum(register["counts"].values()) > 200
    code, told = overt("duties", "--state", "gap")
    assert code == 0
    assert "DS-" in told
    code, told = overt("duties", "export", "--format", "json", "--json")
    assert code == 0
    assert Path(json.loads(told)["file"]).is_file()


def test_errors_are_the_same_family_in_both_languages(site: Site, client: Client, overt: Any, tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("plain words\n")
    with pytest.raises(RefusedError):  # The gate is on, and there is no decision.
        client.mark(tmp_path / "text.txt", tmp_path / "out.txt", technique="passage_generation")
    with pytest.raises(UsageError) as wrong:
        client.content("00000000-0000-4000-8000-000000000000")
    assert wrong.value.message.zh != wrong.value.message.en
    with Client(site.address, "overt_wrong") as nobody, pytest.raises(SetupError, match="API key"):
        nobody.duties()
    with Client("http://127.0.0.1:9") as nowhere, pytest.raises(SetupError, match="cannot be reached"):
        nowhere.duties()
    with pytest.raises(UsageError):
        Client("overt.example")
    assert overt("doctor")[0] == 2
    assert overt("inspect", "text.txt", "--clauses")[0] == 2
    assert not (tmp_path / "out.txt").exists()

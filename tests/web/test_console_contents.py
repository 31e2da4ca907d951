"""Contents in the browser and over the API: a file is marked, found again, its life told, and the ledger audited."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from gating import account
from overt import api
from overt.store.tables.content import contents
from overt.store.tables.ledger import ledger_about, ledger_entries
from samples import make
from sites import Site, barriers, visit

NASTY = '"><img src=x onerror=alert(1)>\u202egpj.png'


@pytest.fixture(scope="module")
def picture(media: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make("png", media, tmp_path_factory.mktemp("picture"))


@pytest.fixture
def note(tmp_path: Path) -> Path:
    path = tmp_path / "note.txt"
    path.write_text("A lighthouse stood on the rock, and nobody had lit it for a hundred years.\n" * 4)
    return path


@pytest.fixture(scope="module")
def marked(site: Site, picture: Path) -> dict[str, Any]:
    """A picture that was marked over the API under a decision of the gate: the job, with the file's bytes."""
    with site.client("operator") as client:
        wanted = {"account": account(site.store), "techniques": ["image_generation"], "purpose": "art"}
        decision = client.post("/v1/decisions", json=wanted).json()
        assert decision["outcome"] == "allow", decision
        job = post(client, picture, decision=decision["id"])
        assert job.status_code == 201, job.text
        told: dict[str, Any] = job.json()
        assert job.headers["location"] == f"/v1/contents/{told['result']['content_id']}"
        file = client.get(told["file"])
    assert file.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in file.headers["content-security-policy"]
    with api.ledger(site.setup, site.store) as ledger:
        ledger.publish()
    return told | {"bytes": file.content, "decision": decision["id"]}


def post(client: Any, picture: Path, at: str = "/v1/contents", name: str = NASTY, **fields: Any) -> Any:
    files = {"file": (name, picture.read_bytes(), "image/png")}
    return client.post(at, files=files, data={"technique": "image_generation"} | fields, params={"wait": 30})


def test_what_the_gate_does_not_allow_is_refused_with_all_reasons(site: Site, note: Path) -> None:
    with site.client("operator") as client:
        refused = post(client, note, name="note.txt", decision="nothing-of-the-kind")
        assert (refused.status_code, refused.headers["content-type"]) == (403, "application/problem+json")
        assert refused.json()["message"]["zh"] != refused.json()["message"]["en"]
        assert post(client, note, name="note.txt").status_code == 403  # No decision at all.
        assert post(client, note, name="note.txt", technique="no_such").status_code == 400
        assert client.post("/v1/contents", files={"file": ("a.png", b"")}).status_code == 400
    with site.client("reviewer") as client:
        assert post(client, note, name="note.txt").status_code == 403
    with site.with_key("contents:read") as client:
        assert post(client, note, name="note.txt").status_code == 403
        assert client.get("/v1/contents").status_code == 200


def test_a_life_names_its_decision_and_every_step_is_proved(site: Site, marked: dict[str, Any]) -> None:
    content_id = marked["result"]["content_id"]
    with site.client("operator") as client:
        life = client.get(f"/v1/contents/{content_id}").json()
        assert {"gate:decision:sign", "gate:decision:use", "marking:content:release"} <= {
            each["tag"] for each in life["steps"]
        }
        assert {each["proof"] for each in life["steps"]} == {"proved"}
        assert life["decisions"] == [marked["decision"]]
        assert client.get(life["preview"]["pictures"][0]).headers["content-type"] == "image/webp"
        for known in (life["watermark_ids"][1], life["content"]["sha256"], marked["decision"], life["manifest"]):
            found = client.get("/v1/contents", params={"q": known}).json()["items"]
            assert [each["id"] for each in found] == [content_id], known
        with site.client("administrator") as other:
            seen = other.get(f"/v1/contents/{content_id}").json()
            assert seen["decisions"] == []
            assert all(not each["facts"] for each in seen["steps"] if each["tag"].startswith("gate:"))
            assert other.get(marked["file"]).status_code == 404  # Somebody else's job.


def test_a_life_says_so_where_the_database_was_changed_behind_our_back(site: Site, marked: dict[str, Any]) -> None:
    number = marked["result"]["content_id"]
    this = contents.c.content_id == number
    with site.client("compliance") as client:
        whole = client.get(f"/v1/contents/{number}").json()
        assert whole["differs"] == []
        entry = whole["content"]["ledger_index"]
        about = (ledger_about.c.index == entry) & (ledger_about.c.id == number)
        leaf = ledger_entries.c.index == entry
        with site.store.engine.begin() as connection:
            written = connection.execute(select(ledger_entries.c.entry).where(leaf)).scalar_one()
        forged = bytes(written).replace(b"2026-", b"2025-")
        for change, back, differs, proof, word in (
            ({contents.c.producer: "Somebody-Else"}, this, ["producer"], "proved", "生成者"),
            ({contents.c.techniques: "[]"}, this, ["techniques"], "proved", "技术"),
            ({ledger_about.c.id: "gone"}, about, ["entry"], None, "不见了"),
            ({ledger_entries.c.entry: forged}, leaf, [], "broken", "与检查点不符"),
            ({ledger_entries.c.entry: b"{}"}, leaf, ["entry"], "broken", "与检查点不符"),
        ):
            ((column, value),) = change.items()
            with site.store.engine.begin() as connection:
                held = connection.execute(select(column).where(back)).scalar()
                connection.execute(update(column.table).where(back).values({column: value}))
            try:
                got, page = (client.get(f"{at}/contents/{number}") for at in ("/v1", "/console"))
                proofs = {each["index"]: each["proof"] for each in got.json()["steps"]}
                assert (got.json()["differs"], proofs.get(entry)) == (differs, proof)
                assert word in page.text
            finally:
                there = (column == value) & (leaf if column.table is ledger_entries else True)
                with site.store.engine.begin() as connection:
                    connection.execute(update(column.table).where(there).values({column: held}))


def test_a_copy_leads_to_the_record(site: Site, marked: dict[str, Any], tmp_path: Path) -> None:
    copy = tmp_path / "copy.png"
    copy.write_bytes(marked["bytes"])
    with site.client("reviewer") as client:
        found = post(client, copy, "/v1/contents/searches").json()["result"]
        assert (found["outcome"], found["candidates"][0]["content_id"]) == ("found", marked["result"]["content_id"])
        assert str(site.setup.home) not in json.dumps(found)
        assert all(each["error_rate"] < 0.01 for each in found["candidates"][0]["fingerprints"])
        remembered = post(client, copy, "/v1/contents/reported", reason="<b>it is not me</b>").json()["result"]
        report = remembered["report_id"]
        assert client.get("/v1/contents", params={"kind": "reported"}).json()["items"][0]["reason"].startswith("<b>")
        same = client.get(f"/v1/contents/{report}").json()["same_bytes"]
        assert [each["id"] for each in same] == [marked["result"]["content_id"]]
        assert client.delete(f"/v1/contents/reported/{report}").status_code == 204
        assert client.delete(f"/v1/contents/reported/{report}").status_code == 404


def test_the_ledger_is_read_and_audited_and_evidence_leaves(site: Site, marked: dict[str, Any], tmp_path: Path) -> None:
    content_id = marked["result"]["content_id"]
    with site.client("security") as client:
        now = client.get("/v1/ledger").json()
        assert now["latest"]["holds"] is True
        assert now["trouble"] == []
        entry = client.get(f"/v1/ledger/entries/{marked['result']['ledger_index']}").json()
        assert (entry["proof"], entry["opens"]) == ("proved", True)
        assert client.get("/v1/ledger/entries/0/receipt").headers["content-type"] == "application/cose"
        assert client.get("/v1/ledger/entries/999999/receipt").status_code == 404
        events = client.get("/v1/events", params={"tag": "marking:content", "from": 0}).json()["items"]
        assert content_id in [each for event in events for each in event["about"]]
        audited = client.post("/v1/ledger/audits", params={"wait": 30}).json()["result"]
        assert (audited["count"], audited["unsigned"]) == (0, False)
        job = client.post("/v1/bundles", json={"about": content_id}, params={"wait": 30}).json()
        bundle = tmp_path / "bundle.json"
        bundle.write_bytes(client.get(job["file"]).content)
        checked = subprocess.run([sys.executable, "-m", "overt_verify", bundle], capture_output=True, check=False)
        assert checked.returncode == 0, checked.stdout
        given = client.get("/v1/bundles").json()["items"][0]
        assert (given["subject"], given["personal"]) == (content_id, "none")
        assert client.post("/v1/bundles", json={"about": content_id, "personal": "all"}).status_code == 400
        pages = [client.get("/v1/ledger/entries", params={"most": 2}).json()]
        while pages[-1]["next"] and len(pages) < 100:
            pages.append(client.get("/v1/ledger/entries", params={"most": 2, "after": pages[-1]["next"]}).json())
        seen = [each["index"] for page in pages for each in page["items"]]
        assert seen == sorted(seen, reverse=True) == list(range(seen[0], -1, -1))
    with site.client("operator") as client:
        assert client.post("/v1/bundles", json={"about": content_id}).status_code == 403


def test_a_text_is_distributed_with_our_data(site: Site, note: Path) -> None:
    with site.client("operator") as client:
        job = post(client, note, "/v1/disseminations", name="note.txt", declared="yes").json()
        assert job["result"]["notice"]["zh"]
        assert str(site.setup.home) not in json.dumps(job)
        assert client.get(job["file"]).headers["content-disposition"] == 'attachment; filename="note.txt"'


@pytest.mark.slow
def test_a_file_is_marked_in_the_browser_and_its_life_read(chromium: Any, site: Site, picture: Path) -> None:
    who = account(site.store)
    with visit(chromium, site, "operator", language="en", width=360, scripts=False) as page:
        page.goto("/console/contents/new")
        page.set_input_files("#f-file", {"name": NASTY, "mimeType": "image/png", "buffer": picture.read_bytes()})
        page.get_by_role("button", name="Mark and release").click()
        page.get_by_text("choose at least one technique").wait_for()
        page.set_input_files("#f-file", {"name": NASTY, "mimeType": "image/png", "buffer": picture.read_bytes()})
        page.get_by_label("Image generation").focus()
        page.keyboard.press("Space")
        page.get_by_label("For which account").fill(who)
        page.get_by_label("Purpose").select_option("art")
        page.get_by_role("button", name="Mark and release").click()
        page.get_by_role("heading", name="Marked and released").wait_for()
        assert page.locator(".over svg .box").count() >= 1
        with page.expect_download() as download:
            page.get_by_role("link", name="Download the marked file").click()
        assert Path(download.value.path()).read_bytes()[:4] == b"\x89PNG"
        page.get_by_role("link", name="See its whole life").click()
        page.get_by_text("Marked, read back and released").wait_for()
        page.get_by_text("The gate decided").wait_for()


@pytest.mark.slow
@pytest.mark.parametrize(("language", "width"), [("zh", 1280), ("en", 360)])
def test_the_pages_shut_nobody_out(
    chromium: Any, site: Site, marked: dict[str, Any], language: str, width: int
) -> None:
    told = []
    with visit(chromium, site, "reviewer", language=language, width=width) as page:
        for at in (
            "/console/contents?technique=image_generation&since=nonsense",
            f"/console/contents/{marked['result']['content_id']}",
            f"/console/ledger/entries/{marked['result']['ledger_index']}",
        ):
            page.goto(at)
            told += [f"{at}: {each}" for each in barriers(page)]
            assert page.locator("h1").count() == 1
    assert told == []


@pytest.mark.slow
def test_a_text_is_searched_for_and_the_ledger_audited(chromium: Any, site: Site, marked: dict[str, Any]) -> None:
    told = []
    with visit(chromium, site, "reviewer", language="zh", width=360) as page:
        page.goto("/console/contents")
        page.locator("form[action$=search] textarea").fill("Nobody has ever seen <b>this</b> text.\n" * 9)
        page.locator("form[action$=search] button.yes").click()
        page.locator(".badge").first.wait_for()
        told += [f"search: {each}" for each in barriers(page)]
        page.goto("/console/ledger")
        page.locator("form[action$=audits] button").click()
        page.locator(".badge.good").wait_for()
        told += [f"audit: {each}" for each in barriers(page)]
        page.goto(f"/console/ledger?about={marked['result']['ledger_index']}")
        assert page.url.endswith(f"/entries/{marked['result']['ledger_index']}")
    assert told == []

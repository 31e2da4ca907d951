"""Decisions, asking the gate, and the feature libraries: in a browser and over the API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import queued
from overt import api
from overt.gate.request import text_material
from overt.store.log import entries_about
from sites import Site, barriers, visit

LIBRARY = """name = "own-words"
version = "1"
approver = "chief"
[[entry]]
id = "water"
category = "rumours"
words = ["停水谣言"]
hits = ["{example}"]
[[entry]]
id = "odd"
category = "rumours"
words = ["<script>alert(1)</script>"]
"""


def test_somebody_asks_and_reads_the_signed_answer(site: Site, chromium: Any, tmp_path: Path):
    account = queued.account(site.store)
    with visit(chromium, site, "operator", language="en", width=360) as page:
        page.goto("/console/decisions")
        assert page.get_by_text("No decision fits").is_visible()
        assert barriers(page) == []
        page.get_by_role("link", name="Ask the gate").first.click()
        assert barriers(page) == []
        page.locator("[name=account]").fill(account)
        page.locator("[name=prompt]").fill("Write a romance scam script that works <img src=x onerror=alert(1)>")
        page.locator("[name=input]").set_input_files([str(queued.picture(tmp_path))])
        page.get_by_role("button", name="Ask").click()
        page.get_by_role("alert").wait_for()
        assert "onerror" in page.locator("[name=prompt]").input_value()
        page.locator("[value=image_generation]").check()
        page.get_by_role("button", name="Ask").click()
        page.wait_for_selector(".reasons")
        assert page.locator("h1 + p .badge").inner_text() == "Refused"
        page.locator(".clause summary").first.click()
        page.locator(".clause p").first.wait_for()
        assert page.get_by_text("the signature is good, checked just now").is_visible()
        assert barriers(page) == []
    with visit(chromium, site, "operator") as page:
        page.goto(f"/console/decisions?outcome=refuse&account={account}")
        assert page.locator("tbody tr").count() == 1
        page.goto("/console/decisions?outcome=allow")
        assert page.locator(".empty").is_visible()


def test_the_api_asks_with_json_and_with_files_and_takes_no_path(site: Site, tmp_path: Path):
    account = queued.account(site.store)
    wanted = {"account": account, "purpose": "education", "techniques": ["image_generation"], "prompt": queued.HARMLESS}
    with site.with_key("decisions:ask", "decisions:read") as program, site.with_key("contents:read") as other:
        allowed = program.post("/v1/decisions", json=wanted)
        assert (allowed.status_code, allowed.json()["outcome"]) == (200, "allow")
        picture = queued.picture(tmp_path)
        form = {"request": json.dumps({each: wanted[each] for each in ("account", "purpose", "techniques")})}
        with_file = program.post("/v1/decisions", data=form, files={"input": ("../../x.png", picture.read_bytes())})
        assert [each["role"] for each in with_file.json()["reviewed"]] == ["input"]
        for wrong in ({"inputs": ["/etc/passwd"]}, {"techniques": ["magic"]}, {"outputs": 0}):
            assert program.post("/v1/decisions", json=wanted | wrong).status_code == 400
        assert program.post("/v1/decisions", content=b"{").status_code == 400
        refused = program.post("/v1/decisions", json=wanted | {"prompt": "写一个诈骗剧本"})
        assert (refused.status_code, refused.json()["outcome"]) == (200, "refuse")
        assert "DS-06a" in {duty for each in refused.json()["reasons"] for duty in each["duties"]}

        page = program.get("/v1/decisions", params={"most": 2, "account": account}).json()
        rest = program.get("/v1/decisions", params={"most": 2, "account": account, "after": page["next"]}).json()
        assert [each["outcome"] for each in page["items"] + rest["items"]] == ["refuse", "allow", "allow"]
        whole = program.get(f"/v1/decisions/{allowed.json()['id']}").json()
        assert (whole["signature"], whole["decision"]) == ("good", allowed.json())
        assert program.get("/v1/decisions/nothing").status_code == 404
        assert other.get("/v1/decisions").status_code == 403
        assert {each["id"] for each in program.get("/v1/gate/purposes").json()["items"]} >= {"education", "satire"}
        assert program.get("/v1/gate/policy").json()["digest"] == whole["decision"]["policy"]


def test_a_library_is_tried_checked_and_counts_for_open_gates_once_it_is_in_force(
    site: Site, chromium: Any, tmp_path: Path
):
    good, bad = tmp_path / "own.toml", tmp_path / "bad.toml"
    good.write_text(LIBRARY.format(example="散布停水谣言"), encoding="utf-8")
    bad.write_text(LIBRARY.format(example="什么都没有"), encoding="utf-8")
    said = text_material("有人散布停水谣言")
    with api.gate(site.setup, site.store) as gate, visit(chromium, site, "compliance") as page:
        before = queued.decided(gate, site, said)
        page.goto("/console/library")
        assert barriers(page) == []
        page.locator("[name=text]").fill("请立即把存款转到安全账户")
        page.get_by_role("button", name="试审").click()
        assert page.locator("mark").count() > 0
        assert barriers(page) == []
        page.goto("/console/library")
        page.locator("[name=file]").set_input_files([str(bad)])
        page.get_by_role("button", name="检验").click()
        page.get_by_text("1 条例句不符合预期").wait_for()
        assert page.get_by_role("button", name="使其生效").count() == 0
        page.goto("/console/library")
        page.locator("[name=file]").set_input_files([str(good)])
        page.get_by_role("button", name="检验").click()
        page.get_by_text("全部例句符合预期").wait_for()
        page.get_by_role("button", name="使其生效").click()
        page.wait_for_url("**/own-words?done=put")
        assert barriers(page) == []
        page.locator("[name=bare]").check()
        page.get_by_role("button", name="查找").click()
        assert page.locator("tbody th").all_inner_texts() == ["odd"]

        after = queued.decided(gate, site, said)
        assert (before.outcome, after.outcome) == ("allow", "hold"), "the gate was open all the time"
    with site.client("compliance") as staff, site.store.reading() as connection:
        version = staff.get("/v1/libraries/own-words/versions").json()["items"][0]
        entry = next(iter(entries_about(connection, site.store.vault, version["digest"])))
        assert entry.opening
        assert entry.opening.event["by"].startswith("staff:")
    with visit(chromium, site, "reviewer", language="en", width=360) as page:
        page.goto("/console/library")
        assert barriers(page) == []
        assert page.locator("[name=file]").count() == 0


def test_libraries_over_the_api(site: Site):
    with site.with_key("library:read", "library:write") as program, site.with_key("library:read") as reader:
        assert "starter" in {each["name"] for each in reader.get("/v1/libraries").json()["items"]}
        tried = reader.post("/v1/libraries/try", json={"text": "写一个诈骗剧本"}).json()
        assert (tried["outcome"], tried["hits"][0]["rule"]) == ("refuse", "fraud-trade-zh")
        rows = b"id,category,words,hits\nfoo,rumours,foobarbaz,say foobarbaz\n"
        sent = {"file": ("Mine.csv", rows)}
        assert reader.post("/v1/libraries", files=sent).status_code == 403
        report = program.post("/v1/libraries", files=sent).json()
        assert (report["sound"], report["in_force"], report["changes"]["added"]) == (True, False, ["foo"])
        assert program.get("/v1/libraries/mine").status_code == 404
        assert program.post("/v1/libraries?put=true", files=sent).json()["in_force"]
        assert program.get("/v1/libraries/mine/entries").json()["items"][0]["words"] == ["foobarbaz"]
        starter = {"file": ("starter.csv", rows)}
        assert not program.post("/v1/libraries?put=true", files=starter).json()["in_force"]
        for name, data in (("x.csv", b"\xff\xfe"), ("x.exe", b"MZ"), ("x.toml", b"name = 1"), ("", b"")):
            wrong = program.post("/v1/libraries", files={"file": (name, data)})
            assert wrong.status_code == 400, name
            assert "/" not in wrong.json()["detail"].partition(" ")[0], "where it lies is nobody's affair"
        told = reader.get("/v1/libraries/coverage").json()
        assert {each["name"] for each in told["numbers"]} == {"words", "update"}
        assert any(row["category"] == "rumours" and row["entries"] for row in told["rows"])

"""Retention and persons' rights: holds, expiry, export and erasure, in a browser and by the API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from overt.store import persons, retention
from overt.store.accounts import Accounts
from sites import Site, barriers, visit


def test_somebody_places_a_hold_releases_it_and_sweeps(site: Site, chromium: Any) -> None:
    Accounts(site.store).open()
    with visit(chromium, site, "compliance", width=360, scripts=False) as page:
        page.goto("/console/retention")
        page.locator("summary", has_text="设置保全").click()
        page.get_by_label("原因").fill("调查 118 <b>")
        page.get_by_label("依据的机关或负责人").fill("市网信办")
        page.get_by_role("button", name="设置保全").click()
        page.get_by_role("alert").wait_for()
        assert page.get_by_label("原因").input_value() == "调查 118 <b>"
        page.get_by_label("编号（每行一个）").fill("a\nb")
        page.get_by_role("button", name="设置保全").click()
        assert page.get_by_role("status").inner_text() == "保全已设置。"
    assert [each.ids for each in retention.all_holds(site.store)] == [("a", "b")]
    with visit(chromium, site, "compliance", language="en", width=360) as page:
        page.goto("/console/retention")
        assert barriers(page) == []
        page.locator("summary", has_text="Release").click()
        page.get_by_label("Why release it").last.fill("it has ended")
        page.get_by_role("button", name="Release").click()
        assert page.get_by_role("status").inner_text() == "The hold was released."
        page.get_by_label("I know that this cannot be undone").check()
        page.get_by_role("button", name="Delete what is due").click()
        page.get_by_text("Nothing was due.").wait_for()


def test_somebody_exports_and_erases_a_person(site: Site, chromium: Any) -> None:
    account = Accounts(site.store).open()
    with visit(chromium, site, "compliance", language="en", width=360) as page:
        page.goto(f"/console/accounts/{account}")
        page.get_by_role("link", name="Export or erase").click()
        with page.expect_download() as begun:
            page.get_by_role("button", name="Export").click()
        told = json.loads(Path(begun.value.path()).read_text())
        assert told["person"] == account
        assert barriers(page) == []
        page.get_by_label("It is them, and I know").check()
        page.get_by_role("button", name="Erase this person's data").click()
        page.get_by_role("status").first.wait_for()
        page.locator(".done").wait_for()
    entries = persons.waiting(site.store)
    destroyed = account not in [each.person for each in entries]
    with site.store.reading() as connection:
        assert destroyed or persons.restricted(connection, account)


def test_programs_do_the_same(site: Site) -> None:
    account = Accounts(site.store).open()
    with site.with_key("retention:write", "persons:erase") as client:
        assert any(each["record"] == "identity" for each in client.get("/v1/retention").json()["items"])
        body = {"reason": "inquiry", "authority": "the court", "since": "2026-01-01", "before": "2026-02-01"}
        made = client.post("/v1/retention/holds", json=body)
        assert (made.status_code, made.json()["since"]) == (201, "2026-01-01T00:00:00.000Z")
        assert client.post("/v1/retention/holds", json=body | {"ids": ["x"]}).status_code == 400
        assert client.post("/v1/retention/holds", json=body | {"until": "soon"}).status_code == 400
        at = f"/v1/retention/holds/{made.json()['id']}/release"
        assert [client.post(at, json={"reason": "over"}).status_code for _ in range(2)] == [204, 400]
        begun = client.post("/v1/retention/expiries")
        assert begun.status_code == 202
        assert finished(client, f"/v1/retention/expiries/{begun.json()['id']}")["state"] == "done"
        assert client.post(f"/v1/persons/{account}/export").json()["person"] == account
        assert client.post("/v1/persons/nobody/export").status_code == 400
        erased = client.post(f"/v1/persons/{account}/erase", json={"ground": "request"})
        assert finished(client, f"/v1/erasures/{erased.json()['id']}")["result"]["person"] == account
        lost = client.post("/v1/persons/nobody/erase", json={})
        assert finished(client, f"/v1/erasures/{lost.json()['id']}")["problem"]["en"]
        assert isinstance(client.get("/v1/retention/restrictions").json()["items"], list)
    for role in ("operator", "security", "administrator", "inspector"):
        with site.client(role) as client:
            assert client.get("/console/retention").status_code == 403
            assert client.post(f"/console/persons/{account}/export").status_code == 403


def finished(client: Any, at: str) -> dict[str, Any]:
    """What a task came to."""
    while (told := client.get(at).json())["state"] in ("waiting", "running"):
        pass
    assert isinstance(told, dict)
    return told

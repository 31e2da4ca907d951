"""Inspectors: a warrant bounds what they see, every look is in the ledger first, requests go both ways."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

import warranted
from overt.access.warrant import Scope
from overt.marks.kept import Kept, Remembered, View
from overt.marks.model import Release
from overt.store.public_reports import PublicReports
from overt.store.report_rows import Hit, Promise, Said
from overt.store.sessions import Sessions
from overt.store.warrants import Warrants
from overt.web.access import COOKIE
from sites import Site, barriers, visit


def days(number: int) -> str:
    """A day from now, as a form has it."""
    return (datetime.now(UTC) + timedelta(days=number)).date().isoformat()


def admitted(site: Site, scope: Scope, name: str) -> tuple[httpx.Client, str]:
    """An officer's client under a warrant of this scope, and the warrant's id."""
    held = warranted.warrant(site.store, scope)
    token = Sessions(site.store).begin(warranted.officer(site.store, held.id, f"{name}@example.cn"), "test")
    headers = {"Origin": site.address}
    return httpx.Client(base_url=site.address, cookies={COOKIE: token}, headers=headers, timeout=60), held.id


def test_a_warrant_is_entered_officers_come_in_and_it_ends(site: Site, chromium: Any) -> None:
    with visit(chromium, site, "compliance", language="en") as page:
        page.goto("/console/inspections")
        assert barriers(page) == []
        page.goto("/console/inspections/new")
        page.get_by_label("Authority").fill("Provincial Cyberspace Administration")
        page.get_by_label("Warrant number").fill("2026-77")
        page.get_by_label("Last day").fill("2020-01-01")
        page.get_by_label("Duties", exact=True).check()
        paper = {"name": "n.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"}
        page.get_by_label("paper").set_input_files(paper)
        assert barriers(page) == []
        page.get_by_role("button", name="Enter it").click()
        page.get_by_role("alert").wait_for()  # It is over already; nothing typed is lost.
        assert page.get_by_label("Warrant number").input_value() == "2026-77"
        page.get_by_label("Last day").fill(days(9))
        page.get_by_label("paper").set_input_files(paper)
        page.get_by_role("button", name="Enter it").click()
        page.get_by_text("It is entered.").wait_for()
        here = page.url.partition("?")[0]
        page.get_by_label("Name", exact=True).fill("Officer Li")
        page.get_by_label("Sign-in name").fill("li@gov.example")
        page.get_by_role("button", name="Open the account").click()
        link = page.locator("#link").inner_text()
        assert "/welcome/" in link
        assert barriers(page) == []
        page.goto(here)
        assert barriers(page) == []
        page.get_by_text("End it now").first.click()
        page.locator("#f-end").fill("withdrawn by the authority")
        page.get_by_role("button", name="End it now").click()
        page.get_by_text("It has ended").wait_for()


def test_the_desk_shows_what_may_be_seen_and_takes_requests(site: Site, chromium: Any) -> None:
    with visit(chromium, site, "inspector", width=360) as page:
        page.goto("/console")  # Which is where a sign-in leads: inspectors are led to their desk.
        page.get_by_text("还有 6 天").wait_for()
        assert barriers(page) == []
        page.get_by_label("需要什么材料").fill("训练数据来源说明")
        page.get_by_label("期限").last.fill(days(3))
        page.get_by_role("button", name="提出调取").press("Enter")
        page.get_by_text("已生成签名回执").wait_for()
        assert barriers(page) == []
        at = page.url.partition("?")[0].replace("/console/desk", "/console/inspections")
    with visit(chromium, site, "compliance") as page:
        page.goto("/console")
        page.get_by_text("检查人员的调取待答复").first.wait_for()
        page.goto(at)
        page.locator("#t-answer").fill("见附件")
        page.locator("#x-answer").set_input_files(
            {"name": "<b>说明.html", "mimeType": "text/html", "buffer": b"<script>1</script>"}
        )
        page.locator("form", has=page.locator("#t-answer")).locator("button").click()
        page.get_by_text("已生成签名回执").wait_for()
        assert barriers(page) == []
    inspector = site.client("inspector")
    shown = inspector.get(at.replace("/console/inspections", "/console/desk"))
    assert "&lt;b&gt;说明" in shown.text
    found = re.search(r'href="([^"]+/files/[0-9a-f]{64})"', shown.text)
    assert found
    file = inspector.get(found[1])
    assert file.content == b"<script>1</script>"
    assert file.headers["content-disposition"].startswith("attachment")
    assert file.headers["content-type"] == "application/octet-stream"


def test_what_lies_out_of_the_warrant_is_refused_and_recorded(site: Site) -> None:
    client, number = admitted(site, Scope(frozenset({"duties"}), personal=False), "duties")
    for path in ("/console/keys", "/console/uncover?person=x"):
        answer = client.get(path)
        assert answer.status_code == 403
    assert "/console/desk" in client.get("/console/duties").text
    assert "/console/keys" not in client.get("/console/duties").text
    looks = Warrants(site.store).looks(number, 10)
    assert [(each.subject, each.granted) for each in looks] == [
        ("duties", True),
        ("duties", True),
        ("persons", False),
        ("keys", False),
    ]


def test_a_warrant_that_is_over_or_not_begun_shows_nothing(site: Site) -> None:
    later = warranted.warrant(site.store, begun=timedelta(days=-2))
    token = Sessions(site.store).begin(warranted.officer(site.store, later.id, "early@example.cn"), "test")
    client = httpx.Client(base_url=site.address, cookies={COOKIE: token}, timeout=60)
    assert client.get("/console/desk").status_code == 403
    Warrants(site.store).end(later.id, "不再需要", by="staff:compliance")
    assert client.get("/console/desk", follow_redirects=False).status_code in (303, 401)


def test_a_look_that_cannot_be_recorded_shows_nothing(site: Site) -> None:
    client, number = admitted(site, Scope(), "unlucky")
    assert client.get("/console/desk").status_code == 200
    before = len(Warrants(site.store).looks(number, 10))
    database = Path(site.setup.data) / "overt.db"
    with sqlite3.connect(database, isolation_level=None) as connection:
        connection.execute(
            "CREATE TRIGGER no_more BEFORE INSERT ON inspector_reads BEGIN SELECT RAISE(ABORT, 'disk'); END"
        )
        try:
            answer = client.get("/console/desk")
        finally:
            connection.execute("DROP TRIGGER no_more")
    assert answer.status_code == 500
    assert "网检" not in answer.text
    assert len(Warrants(site.store).looks(number, 10)) == before


def test_looks_are_proved_by_the_one_file_verifier(site: Site, tmp_path: Path) -> None:
    client, number = admitted(site, Scope(), "proved")
    client.get("/console/duties")
    found = site.client("compliance").get(f"/console/inspections/warrants/{number}/evidence")
    assert found.status_code == 200
    with zipfile.ZipFile(BytesIO(found.content)) as archive:
        archive.extractall(tmp_path)
    said = (tmp_path / "README.en.txt").read_text("utf-8")
    key = said.partition("--key ")[2].split()[0]
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "overt_verify.py", "evidence.json", "--key", key, "--json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout
    assert "inspections:duties:read" in (tmp_path / "evidence.json").read_text("utf-8")


def test_personal_data_are_uncovered_with_a_reason_alone(site: Site, chromium: Any) -> None:
    at = "/console/uncover?person=person-1&what=name&back=/console/duties"
    with visit(chromium, site, "inspector", language="en") as page:
        page.goto(at)
        assert barriers(page) == []
        page.get_by_label("Why you need it").fill("no")
        page.get_by_role("button", name="Record and uncover").click()
        page.get_by_role("alert").wait_for()
        page.get_by_label("Why you need it").fill("case 12: compare the name with the report")
        page.get_by_role("button", name="Record and uncover").press("Enter")
        page.wait_for_url("**/console/duties")
    operator = site.client("operator")
    assert operator.post("/console/uncover", data={"person": "p", "reason": "curious about it"}).status_code == 403
    away = site.client("inspector").post(
        "/console/uncover", data={"person": "p", "reason": "case 12 again", "back": "//evil.example/x"}
    )
    assert away.headers["location"] == "/console"


def test_records_out_of_the_warrant_are_refused_by_id_by_list_and_in_bundles(site: Site) -> None:
    old, new, other = (site.store.new_content_id() for _ in range(3))
    for number, time, technique in (
        (old, "2026-01-02T10:00:00+00:00", "image_generation"),
        (new, "2026-11-02T10:00:00+00:00", "image_generation"),
        (other, "2026-01-02T10:00:00+00:00", "text_to_speech"),
    ):
        hashes = number.replace("-", "") * 2, "b" * 64
        site.store.release(Release(number, *hashes, "image/png", "Example-Studio", (technique,), ("label",), time))
    limits = {"before": "2026-06-01T00:00:00.000Z", "techniques": frozenset({"image_generation"})}
    client, number = admitted(site, Scope(frozenset({"contents"}), **limits), "past")
    assert [each["id"] for each in client.get("/v1/contents").json()["items"]] == [old]
    listed = client.get("/console/contents").text
    assert (old in listed, new in listed, other in listed) == (True, False, False)
    for path in ("/v1/contents/{}", "/console/contents/{}", "/console/desk/bundles/{}"):
        answers = [client.get(path.format(each)).status_code for each in (old, new, other)]
        assert answers == [200, 403, 403], path
    assert client.get("/console/desk/bundles/2019-01-01..2021-01-01").status_code == 403, "the ledger is not in it"
    refused = [each.ids for each in Warrants(site.store).looks(number, 50) if not each.granted]
    assert (new,) in refused
    assert ("2019-01-01..2021-01-01",) in refused


def test_reports_and_bundles_lie_within_the_warrant_too(site: Site) -> None:
    inside, outside = (site.store.new_content_id() for _ in range(2))
    for number, technique in ((inside, "image_generation"), (outside, "text_to_speech")):
        hashes = number.replace("-", "") * 2, "b" * 64
        time = "2026-03-02T10:00:00+00:00"
        site.store.release(Release(number, *hashes, "image/png", "Example-Studio", (technique,), ("label",), time))
    reports, due = PublicReports(site.store), Promise("nobody")
    numbers = []
    for content in (inside, outside):
        report, _ = reports.file("face", Said(("https://example.com/p/1",)), due, language="zh")
        reports.looked_at(report.id, "found", [Hit(content, "released", ("bytes",), 0.0)])
        numbers.append(report.id)
    limits = {"techniques": frozenset({"image_generation"})}
    client, _ = admitted(site, Scope(frozenset({"reports", "consents"}), **limits), "reports")
    assert [each["id"] for each in client.get("/v1/reports").json()["items"]] == numbers[:1]
    assert [each in client.get("/console/reports").text for each in numbers] == [True, False]
    for path in ("/v1/reports/{}", "/console/reports/{}"):
        assert [client.get(path.format(each)).status_code for each in numbers] == [200, 403], path
    ledger, _ = admitted(site, Scope(frozenset({"consents"})), "bundles")
    assert ledger.post("/v1/bundles", json={"about": inside}).status_code == 403, "contents are not in the warrant"
    whole, _ = admitted(site, Scope(), "whole")
    asked = {"about": inside, "personal": "all", "ground": "核查案件"}
    assert whole.post("/v1/bundles", json=asked).status_code == 403, "personal data are given by request alone"


def test_pictures_of_what_was_reported_stay_covered_until_a_reason_is_given(site: Site) -> None:
    number = str(uuid4())
    picture = Kept(views=(View(8, 8, b"RIFF....WEBP"),))
    site.store.remember(Remembered(number, "c" * 64, "image/png", "冒用他人肖像", "2026-11-02T10:00:00+00:00"), picture)
    with site.client("reviewer") as staff:
        assert staff.get(f"/v1/contents/{number}/preview").status_code == 200
    client, _ = admitted(site, Scope(), "likeness")
    shown = (f"/v1/contents/{number}/preview", f"/console/contents/{number}/preview/0")
    assert [client.get(each).status_code for each in shown] == [403, 403]
    assert client.get(f"/v1/contents/{number}").json()["preview"]["pictures"] == []
    page = client.get(f"/console/contents/{number}").text
    assert "/preview/" not in page
    assert "/console/uncover?" in page
    assert f"{number}/preview" not in client.get("/console/contents?kind=reported").text
    reason = {"person": number, "what": "likeness", "reason": "核查举报 12 号"}
    assert client.post("/v1/uncoverings", json=reason).status_code == 201
    assert [client.get(each).status_code for each in shown] == [200, 200]


def test_a_search_keeps_why_it_was_reported_and_every_look_at_its_job_is_recorded(site: Site) -> None:
    reported = {"file": ("a.txt", "她说自己急需用钱，请大家转账。".encode() * 20)}
    with site.with_key("contents:remember") as client:
        made = client.post("/v1/contents/reported", data={"reason": "冒用张三"}, files=reported)
        assert made.status_code == 201, made.text
    told = {}
    for scope in ("contents:read", "reports:read"):
        with site.with_key("contents:read", scope) as client:
            job = client.post("/v1/contents/searches", files=reported).json()
            told[scope] = client.get(f"/v1/jobs/{job['id']}").json()["result"]["candidates"][0]["report"]["reason"]
    assert told == {"contents:read": "", "reports:read": "冒用张三"}
    client, number = admitted(site, Scope(frozenset({"contents"})), "searcher")
    job = client.post("/v1/contents/searches", files=reported).json()
    assert "冒用" not in client.get(f"/v1/jobs/{job['id']}").text
    assert client.get(f"/v1/jobs/{job['id']}/file").status_code == 404
    looks = [each.what for each in Warrants(site.store).looks(number, 10)]
    assert {"GET /v1/jobs/{job_id}", "GET /v1/jobs/{job_id}/file", "POST /v1/contents/searches"} <= set(looks)

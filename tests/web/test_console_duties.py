"""Duties in the console and in the API: the register, two presses from a clause to its proof, answers, papers."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from evidence import release
from overt.duties.board import boards
from overt.ledger.merkle import verify_inclusion
from overt.rulebook import load
from overt.store.log import entry_at
from overt.web import attention
from overt.web.words.duties import WORDS
from sites import Site, barriers, visit

DUTIES = "/console/duties"
NEXT_YEAR = (datetime.now(UTC).date() + timedelta(days=365)).isoformat()
EVIL = "<script>alert(1)</script>"


@pytest.fixture(scope="module", autouse=True)
def one_release(site: Site) -> None:
    """Evidence in the ledger."""
    site.store.release(release())


@pytest.fixture(autouse=True)
def anew(site: Site) -> None:
    """No test sees the board of another, nor one that is still being drawn."""
    boards(site.store).forget()
    boards(site.store).drawn(site.setup, site.store, "cn")


@pytest.mark.parametrize(("language", "width"), [("zh", 1280), ("en", 360)])
def test_two_presses_lead_from_a_clause_to_its_verified_proof(
    chromium: Any, site: Site, language: Any, width: int
) -> None:
    with visit(chromium, site, "compliance", language=language, width=width) as page:
        page.goto(DUTIES)
        assert barriers(page) == []
        clause = load("cn").duty("DS-16a").text.in_(language)
        page.get_by_role("link", name=clause).click()
        assert barriers(page) == []
        page.locator(".pieces li", has_text="marking:content:release").get_by_role("link").first.click()
        assert barriers(page) == []
        shown = page.locator("main").inner_text()
        assert WORDS["held"].in_(language).split("{")[0] in shown
        assert WORDS["opened_fits"].in_(language) in shown
        assert "marking:content:release" in shown


def test_filters_keep_their_place_and_need_no_script(chromium: Any, site: Site) -> None:
    with visit(chromium, site, "compliance", language="en", scripts=False) as page:
        page.goto(DUTIES)
        page.get_by_label("State").select_option("no_evidence")
        page.get_by_label("Instrument").select_option("DS")
        page.get_by_label("Id or words").fill("rumour")
        page.get_by_label("Id or words").press("Enter")
        rows = page.locator(".register tbody tr")
        assert 0 < rows.count() < 5
        rows.first.get_by_role("link").click()
        page.get_by_role("link", name="Back to the duties").click()
        assert page.get_by_label("Id or words").input_value() == "rumour"
        page.goto(f"{DUTIES}?words=no-such-words")
        assert page.get_by_text("No duty fits").is_visible()
        page.goto(f"{DUTIES}?mark=memory&by=state")
        assert page.locator(".register .check").count() == sum(each.mark == "memory" for each in load("cn").duties)


def test_facts_are_determined_several_at_once_by_keyboard(chromium: Any, site: Site) -> None:
    with visit(chromium, site, "compliance", language="zh", width=360) as page:
        page.goto(f"{DUTIES}/facts")
        assert barriers(page) == []
        page.get_by_label("负责的岗位").fill("产品负责人")
        for fact, value in (("live", "no"), ("minors", "yes")):
            radio = page.locator(f"input[name='value-{fact}'][value='{value}']")
            radio.focus()
            radio.press("Space")
        page.locator("#f-reason-live").fill(EVIL)
        page.get_by_role("button", name="签名并认定").press("Enter")
        # One reason is missing: nothing is lost, and nothing was determined.
        assert page.get_by_text("请写明理由").is_visible()
        assert page.locator("#f-reason-live").input_value() == EVIL
        assert barriers(page) == []
        page.locator("#f-reason-minors").fill("没有年龄限制")
        page.get_by_role("button", name="签名并认定").press("Enter")
        assert page.get_by_text("已认定 2 项事实").is_visible()
    told = {each["name"]: each for each in site.client("compliance").get("/v1/determinations").json()["items"]}
    assert (told["live"]["value"], told["minors"]["value"], told["sells"]["value"]) == (False, True, None)
    assert told["live"]["reasons"] == EVIL
    assert site.client("compliance").get(f"{DUTIES}?state=not_applicable").text.count(EVIL) == 0


def test_a_statement_is_made_proved_and_withdrawn(chromium: Any, site: Site) -> None:
    with visit(chromium, site, "compliance", language="en") as page:
        page.goto(f"{DUTIES}/DS-15a")
        page.get_by_role("link", name="State it").click()
        assert barriers(page) == []
        assert page.locator("input[value='DS-15a']").is_checked()
        page.get_by_label("What is stated").fill("Rules, review and ethics procedures are in force")
        page.get_by_label("The post that answers for it").fill("Head of compliance")
        page.get_by_role("button", name="Sign and state").click()
        page.get_by_text("The statement is signed").wait_for()
        assert barriers(page) == []
        page.get_by_role("link", name="DS-15a").click()
        page.get_by_text("on people's word alone").first.wait_for()
        page.locator(".pieces a").first.click()
        page.get_by_text("Verified: it is over everything that is said").wait_for()
        page.goto(f"{DUTIES}/statements")
        page.get_by_role("link", name="Withdraw").click()
        assert barriers(page) == []
        page.get_by_label("Reason").fill("The procedures are being rewritten")
        page.get_by_label("The post that answers for it").fill("Head of compliance")
        page.get_by_role("button", name="Withdraw").click()
        page.get_by_text("The statement is withdrawn").wait_for()
    client = site.client("compliance")
    assert client.get("/v1/duties/DS-15a").json()["state"] == "gap"


def test_a_paper_is_made_and_fetched(chromium: Any, site: Site) -> None:
    with visit(chromium, site, "security", language="zh", width=360) as page:
        page.goto(f"{DUTIES}/papers")
        assert barriers(page) == []
        page.get_by_label("签名记录（JSON），供核对").check()
        page.get_by_role("button", name="制作文件").click()
        page.get_by_text("文件已备好").wait_for()
        assert barriers(page) == []
        with page.expect_download() as fetched:
            page.get_by_role("link", name="下载").click()
        assert fetched.value.suggested_filename.startswith("overt-duties-cn-")
    someone = site.client("compliance")
    assert someone.get(f"{DUTIES}/papers/{'x' * 32}").status_code == 404


def test_the_api_tells_what_the_pages_show(site: Site) -> None:
    client = site.with_key("duties:read")
    first = client.get("/v1/duties", params={"most": 200}).json()
    rest = client.get("/v1/duties", params={"most": 200, "after": first["next"]}).json()
    ids = [each["id"] for each in first["items"] + rest["items"]]
    assert ids == [each.id for each in load("cn").duties]
    assert sum(first["counts"].values()) == len(ids)
    duty = client.get("/v1/duties/DS-16a").json()
    piece = next(each for each in duty["evidence"] if each["kind"] == "ledger")
    proved = client.get(f"/v1/duties/DS-16a/proofs/{piece['key']}").json()
    entry = proved["entry"]
    path = [bytes.fromhex(each) for each in entry["path"]]
    leaf, root = bytes.fromhex(entry["leaf"]), bytes.fromhex(entry["root"])
    assert verify_inclusion(leaf, entry["index"], entry["tree_size"], path, root)
    assert client.get("/v1/duties/XX-1").status_code == client.get("/v1/duties/DS-16a/proofs/none").status_code == 404
    assert client.get("/v1/duties?rulebook=nowhere").status_code == 400
    assert client.get("/v1/rulebooks").json()["items"][0]["id"]
    refused = client.post(
        "/v1/statements", json={"duties": ["DS-15a"], "text": "x", "owner": "y", "expires": NEXT_YEAR}
    )
    assert refused.status_code == 403
    paper = client.post("/v1/duties/exports", json={"form": "json", "languages": "en"})
    assert paper.status_code == 200
    assert int(paper.headers["Overt-Ledger-Entry"]) > 0


def test_answers_by_the_api_say_who_entered_them(site: Site) -> None:
    client = site.with_key("duties:read", "duties:state")
    said = {"duties": ["AR-14"], "text": "No such practices", "owner": "Head of product", "expires": NEXT_YEAR}
    made = client.post("/v1/statements", json=said)
    assert made.status_code == 201, made.text
    wrong = client.post("/v1/statements", json=said | {"duties": ["DS-16a"]})
    assert wrong.status_code == 400  # The system shows it: a statement would not count.
    determined = [{"fact": "news", "value": False, "reasons": "No news", "owner": "Counsel", "review_by": NEXT_YEAR}]
    entry = client.post("/v1/determinations", json=determined).json()["determined"][0]["entry"]
    with site.store.reading() as connection:
        logged = entry_at(connection, site.store.vault, entry + 1)
    assert logged.opening is not None
    assert re.fullmatch(r"key:[0-9a-f]{32}", logged.opening.event["by"])


def test_today_tells_of_gaps_and_open_facts(site: Site) -> None:
    page = site.client("compliance").get("/console/duties?state=gap").text
    assert 'class="badge bad"' in page
    assert any(each.needs == ("duties:read",) for each in attention.every())


def test_whoever_may_not_does_not(site: Site) -> None:
    assert site.client("reviewer").get(DUTIES).status_code == 403
    assert site.client("operator").get(f"{DUTIES}/statements/new").status_code == 403
    assert site.client("operator").post(f"{DUTIES}/facts", data={"owner": "x"}).status_code == 403
    assert site.client().get(DUTIES, follow_redirects=False).status_code == 303

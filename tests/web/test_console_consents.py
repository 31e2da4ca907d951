"""Consents in the console and by the API: asking, checking a recording, withdrawing for somebody, and who sees whom."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image

from overt import api
from overt.gate.consent.model import Scope, Told
from overt.store.consent_rows import Answer, Link, Upload
from sites import Site, barriers, serving, visit

EVIL = '<script>alert("x")</script>'
TOLD = Told(f"李明{EVIL}", "li@example.cn", f"王芳{EVIL}", "一段生日祝福", "只在家人群里")
SCOPE = Scope(("face",), ("face_replacement", "image_generation"), ("art", "satire"), uses=3)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A served set-up that can be reached by those whom it asks."""
    with serving(Site(tmp_path_factory.mktemp("site"), gate=True, contact="privacy@example.cn")) as ready:
        yield ready


def given(site: Site, grey: int = 90) -> Link:
    """Somebody was asked, and said yes with a recording that waits to be checked."""
    drawn = io.BytesIO()
    Image.new("L", (64, 64), grey).save(drawn, "PNG")
    with api.consents(site.setup) as desk:
        link = desk.consents.ask(TOLD, SCOPE)
        asked = desk.consents.open(link.token, "zh", guarded=False)
        assert asked.challenge is not None
        answer = Answer(("face",), ("face_replacement",), ("art",), asked.notice, asked.challenge.id)
        desk.consents.give(link.token, answer, Upload(drawn.getvalue(), "image/png"))
    return link


def test_somebody_asks_by_keyboard_and_gets_a_link(site: Site, chromium: Any) -> None:
    with visit(chromium, site, "operator", width=360, scripts=False) as page:
        page.goto("/console/consents")
        page.get_by_role("link", name="征求同意").first.click()
        page.get_by_role("textbox", name="姓名").fill("李明")
        page.get_by_role("button", name="生成链接").focus()
        page.keyboard.press("Enter")  # What is missing is asked for, and nothing typed is lost.
        assert page.get_by_role("textbox", name="姓名").input_value() == "李明"
        for label, text in (
            ("联系方式", "li@example.cn"),
            ("谁想使用", "王芳"),
            ("制作什么", "生日祝福"),
            ("在哪里出现", "家人群"),
        ):
            page.get_by_label(label, exact=False).first.fill(text)
        page.get_by_role("button", name="生成链接").click()
        page.get_by_role("alert").wait_for()  # Nothing was ticked.
        assert page.get_by_label("谁想使用").input_value() == "王芳"
        for label in ("您的声音", "用您的声音说别人说的话"):
            page.get_by_label(label, exact=True).check()
        page.get_by_label("艺术创作（美术、摄影、装置、文学）").check()
        page.get_by_role("button", name="生成链接").click()
        link = page.get_by_label("链接", exact=True).input_value()
        assert link.startswith(f"{site.address}/consent/")
        assert link in page.get_by_label("可直接发送的文字").input_value()
        assert page.get_by_role("img", name="链接的二维码").is_visible()
        page.goto(link)
        assert "王芳" in page.get_by_role("main").inner_text()


def test_a_reviewer_checks_a_recording_and_another_person_withdraws(site: Site, chromium: Any) -> None:
    link = given(site)
    with visit(chromium, site, "reviewer", language="en", width=360) as page:
        page.goto("/console/consents?which=to-check")
        page.get_by_role("main").get_by_role("link", name="UTC").first.click()
        picture = page.get_by_role("img", name="Recording of")
        assert picture.evaluate("each => each.naturalWidth") == 64
        assert "blur" in picture.evaluate("each => getComputedStyle(each).filter")
        page.get_by_label("Show it clearly").check()
        assert picture.evaluate("each => getComputedStyle(each).filter") == "none"
        assert barriers(page) == []
        page.get_by_label("What tells you so").fill("face and gesture match")
        page.get_by_role("button", name="Yes, it is them").click()
        assert page.get_by_role("status").inner_text() == "Confirmed: it is them."
        page.get_by_label("How they asked for it").fill("by telephone")
        page.get_by_role("button", name="Withdraw and recall").click()
        assert page.get_by_role("status").inner_text() == "Withdrawn."
        assert page.get_by_text("by telephone").is_visible()
        assert EVIL in page.get_by_role("main").inner_text()
    with api.consents(site.setup) as desk:
        standing = desk.consents.standing(link.consent_id)
    assert standing is not None
    assert (standing.written, standing.proof) == ("withdrawn", "confirmed")


def test_who_is_asked_is_covered_for_those_who_need_not_know(site: Site, chromium: Any) -> None:
    link = given(site, 40)
    for role, sees in (("operator", True), ("reviewer", True), ("inspector", False)):
        with site.client(role) as client:
            for at in ("/console/consents", f"/console/consents/{link.consent_id}", f"/v1/consents/{link.consent_id}"):
                answer = client.get(at)
                assert answer.status_code == 200
                assert ("李明" in answer.text) is sees, (role, at)
    with visit(chromium, site, "inspector") as page:
        page.goto(f"/console/consents/{link.consent_id}")
        assert page.get_by_text("已遮盖").first.is_visible()
        assert barriers(page) == []
    with site.client("administrator") as client:
        assert client.get("/console/consents").status_code == 403
    with site.client("operator") as client:
        listed = client.get(f"/v1/consents/{link.consent_id}").json()["recordings"]
        number = listed[0]["id"]
        assert client.get(f"/console/consents/{link.consent_id}/recordings/{number}").status_code == 403
        answer = client.post(f"/console/consents/{link.consent_id}/withdraw", data={"reason": "because"})
        assert answer.status_code == 403


def test_programs_ask_list_check_and_withdraw(site: Site) -> None:
    body = {
        "told": {"name": "李明", "contact": "li@example.cn", "asker": "王芳", "made": "祝福", "shown": "家人群"},
        "scope": {"likeness": ["voice"], "techniques": ["voice_conversion"], "purposes": ["art"], "uses": 2},
    }
    with site.with_key("consents:read", "consents:ask", "consents:check") as client:
        made = client.post("/v1/consents", json=body)
        assert made.status_code == 201
        assert made.json()["link"] in made.json()["message"]
        again = client.post("/v1/consents", json=body | {"scope": body["scope"] | {"techniques": ["magic"]}})
        assert (again.status_code, again.headers["content-type"]) == (400, "application/problem+json")
        first = client.get("/v1/consents", params={"most": 1}).json()
        assert first["items"][0]["id"] == made.json()["id"]
        second = client.get("/v1/consents", params={"most": 1, "after": first["next"]}).json()
        assert second["items"][0]["id"] != first["items"][0]["id"]
        assert client.get("/v1/consents", params={"after": "?"}).status_code == 400
        number = made.json()["id"]
        assert client.post(f"/v1/consents/{number}/withdraw", json={"reason": "by letter"}).status_code == 409
        assert client.get("/v1/consents/none").status_code == 404
        waiting = given(site, 140).consent_id
        recording = client.get(f"/v1/consents/{waiting}").json()["recordings"][0]["id"]
        data = client.get(f"/v1/consents/{waiting}/recordings/{recording}", headers={"Range": "bytes=0-3"})
        assert (data.status_code, data.content) == (206, b"\x89PNG")
        assert data.headers["cache-control"] == "no-store"
        checked = client.post(f"/v1/consents/{waiting}/check", json={"outcome": "refused", "reason": "somebody else"})
        assert checked.json()["proof"] == "refused"
        assert client.get(f"/v1/consents/{waiting}/receipt").json()["receipt"]["consent"]["signature"]
        ended = client.post(f"/v1/consents/{waiting}/withdraw", json={"reason": "by letter"})
        assert ended.json() == {"id": waiting, "recalled": []}

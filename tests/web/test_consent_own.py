"""A person's own page: allowing less, and coming back by passkey; and what a limit does to decisions under way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from overt import api
from overt.gate.consent.model import Scope, Told
from overt.store.consent_rows import Answer, Link
from sites import Site, barriers, serving, visit

TOLD = Told("李明", "li@example.cn", "王芳", "一段生日祝福", "只在家人群里")
SCOPE = Scope(("name",), ("passage_generation", "text_style_conversion"), ("art", "satire"), uses=5)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A served set-up that can be reached by those whom it asks."""
    with serving(Site(tmp_path_factory.mktemp("site"), gate=True, contact="privacy@example.cn")) as ready:
        yield ready


def given(site: Site) -> Link:
    """Somebody said yes to everything that was asked; no recording is needed for a name."""
    with api.consents(site.setup) as desk:
        link = desk.consents.ask(TOLD, SCOPE)
        asked = desk.consents.open(link.token, "zh", guarded=False)
        desk.consents.give(link.token, Answer(("name",), SCOPE.techniques, SCOPE.purposes, asked.notice))
    return link


def test_a_person_allows_less_on_a_phone_without_scripts(site: Site, chromium: Any) -> None:
    link = given(site)
    with visit(chromium, site, width=360, scripts=False) as page:
        page.goto(f"/consent/{link.token}")
        assert page.get_by_role("button", name="添加通行密钥").count() == 0
        page.locator("summary", has_text="缩小范围").click()
        page.get_by_role("button", name="只允许这些").click()
        assert "没有改动" in page.get_by_role("alert").inner_text()
        page.locator("summary", has_text="缩小范围").focus()
        page.keyboard.press("Enter")
        page.get_by_label("用您的名义写文字").uncheck()
        page.get_by_label("最多几份").fill("2")
        page.get_by_role("button", name="只允许这些").click()
        assert "已缩小范围" in page.get_by_role("status").inner_text()
        assert page.get_by_text("/ 2").or_(page.get_by_text("2 份")).first.is_visible()
        page.get_by_role("link", name="查看凭据").click()
        page.get_by_role("link", name="返回").click()
        page.wait_for_url(f"**/consent/{link.token}**")
    with visit(chromium, site, language="en", width=360) as page:
        page.goto(f"/consent/{link.token}?lang=en")
        assert barriers(page) == []
    with api.consents(site.setup) as desk:
        standing = desk.consents.standing(link.consent_id)
    assert standing is not None
    assert standing.consent is not None
    assert (standing.consent.techniques, standing.consent.uses) == (("text_style_conversion",), 2)


def test_nobody_widens_a_consent_or_touches_another_persons(site: Site) -> None:
    link, other = given(site), given(site)
    with site.client() as client:
        at = f"/consent/{link.token}/limit"

        def tried(**form: Any) -> int:
            fields = {"consent": link.consent_id, "techniques": "passage_generation", "purposes": "art", "uses": "2"}
            files = [(name, (None, value)) for name, value in (fields | form).items()]
            return client.post(at, files=files).status_code

        assert tried(techniques="face_replacement") == 422
        assert tried(uses="6") == 422
        assert tried(uses="0") == 422
        assert tried(purposes="") == 422
        assert tried(consent="another") == 404
        assert tried() == 303
        assert tried(techniques="text_style_conversion") == 422
        evil = client.post(at, headers={"Origin": "https://evil.example"}, files={"uses": (None, "1")})
        assert evil.status_code == 403
        assert client.post("/consent/mine/withdraw", files={"consent": (None, other.consent_id)}).status_code == 404


def test_a_person_comes_back_by_passkey(site: Site, chromium: Any) -> None:
    link = given(site)
    local = site.address.replace("127.0.0.1", "localhost")
    with visit(chromium, site, width=360) as page:
        device = page.context.new_cdp_session(page)
        device.send("WebAuthn.enable")
        options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
        options |= {"isUserVerified": True, "automaticPresenceSimulation": True}
        device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        page.goto(f"{local}/consent/{link.token}")
        page.get_by_role("button", name="添加通行密钥").click()
        page.get_by_text("已添加通行密钥。").wait_for()
        assert barriers(page) == []
        page.goto(f"{local}/consent/mine?lang=en")
        assert barriers(page) == []
        page.get_by_role("button", name="Open with a passkey").click()
        page.get_by_role("heading", name=TOLD.made).first.wait_for()
        page.get_by_role("link", name=TOLD.made).first.click()  # The receipt.
        page.get_by_role("link", name="Back").click()
        page.get_by_role("button", name=f"Withdraw: {TOLD.made}").first.click()
        page.get_by_role("status").wait_for()
        page.get_by_role("button", name="Leave").click()
        page.get_by_role("button", name="Open with a passkey").wait_for()
    with site.client() as client:
        assert TOLD.made not in client.get("/consent/mine").text

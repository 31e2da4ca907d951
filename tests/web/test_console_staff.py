"""Staff and programs in the console, as an administrator uses them."""

from __future__ import annotations

import re
from typing import Any

from overt.store.api_keys import ApiKeys
from overt.store.sessions import Sessions
from overt.store.staff import Staff
from sites import Site, barriers, visit


def test_an_administrator_invites_changes_and_takes_out(site: Site, chromium: Any) -> None:
    with visit(chromium, site, "administrator", language="en", width=360) as page:
        page.goto("/console/staff")
        assert barriers(page) == []
        page.get_by_role("link", name="Invite somebody").click()
        assert barriers(page) == []
        page.get_by_label("Sign-in name").fill("chen@example.cn")
        page.get_by_label("Name", exact=True).fill("<b>陈晨</b>")
        page.get_by_role("button", name="Invite").press("Enter")
        page.get_by_role("alert").wait_for()
        assert page.get_by_label("Sign-in name").input_value() == "chen@example.cn", "nothing typed is lost"
        page.get_by_role("checkbox", name=re.compile("^Reviewer")).press("Space")
        page.get_by_role("button", name="Invite").press("Enter")
        link = page.locator(".once code").inner_text()
        assert re.fullmatch(rf"{site.address}/welcome/[\w-]{{43}}", link)
        assert page.locator("h1").inner_text() == "<b>陈晨</b>"
        assert barriers(page) == []
        page.reload()
        assert page.locator(".once").count() == 0, "the link is shown once"

        page.get_by_role("checkbox", name=re.compile("^Operator")).press("Space")
        page.get_by_role("button", name="Save").press("Enter")
        page.get_by_text("The roles were changed").wait_for()
        person = Staff(site.store).by_login("chen@example.cn")
        assert person.roles == ("operator", "reviewer")

        token = Sessions(site.store).begin(person.id, "test")
        page.get_by_role("button", name="Take this person out").press("Enter")
        page.get_by_text("Tick that you are sure").wait_for()
        page.get_by_role("checkbox", name="I am sure").press("Space")
        page.get_by_role("button", name="Take this person out").press("Enter")
        page.get_by_text("This person was taken out").wait_for()
        assert Sessions(site.store).who(token) is None


def test_a_key_is_shown_once_and_withdrawn(site: Site, chromium: Any) -> None:
    with visit(chromium, site, "administrator", width=360) as page:
        page.goto("/console/programs/new")
        assert barriers(page) == []
        page.get_by_label("名称").fill("上传检查")
        page.get_by_role("checkbox", name=re.compile("contents:inspect")).press("Space")
        page.get_by_role("button", name="制作密钥").press("Enter")
        secret = page.locator(".once code").inner_text()
        assert ApiKeys(site.store).program(secret).permissions == {"contents:inspect"}
        assert barriers(page) == []
        page.reload()
        assert secret not in page.content()
        page.get_by_role("button", name="撤销 上传检查").press("Enter")
        page.get_by_text("密钥已撤销").wait_for()
        assert ApiKeys(site.store).program(secret) is None


def test_the_last_administrator_stays(site: Site) -> None:
    client = site.client("administrator")
    (me,) = [each for each in Staff(site.store).every() if each.roles == ("administrator",)]
    for act, said in (("leave", {"sure": "yes"}), ("roles", {"roles": "reviewer"})):
        answer = client.post(f"/console/staff/{me.id}/{act}", data=said)
        assert answer.status_code == 422
        assert "最后一位管理员" in answer.text
    assert client.get("/console/staff").status_code == 200

"""Switches in a browser and by the API: off at once with a reason, on again, and who may."""

from __future__ import annotations

from typing import Any

import pytest

from overt.store.switches import SwitchBoard
from sites import Site, barriers, visit


def test_somebody_switches_a_function_off_and_on_again(site: Site, chromium: Any) -> None:
    """On a phone in Chinese, the way on again in English by keyboard."""
    with visit(chromium, site, "security", width=360) as page:
        page.goto("/console/switches")
        assert page.get_by_text("没有停用任何功能、模型或账号").count() == 1
        page.get_by_label("名称").fill("images.generate")
        page.get_by_label("理由（记入账本）").fill("输出未通过抽检 <b>&")
        page.get_by_role("button", name="停用", exact=True).click()
        page.get_by_text("对下一个请求即生效").wait_for()
        assert page.get_by_text("输出未通过抽检 <b>&").first.is_visible()
        assert barriers(page) == []
    assert [(each.name, each.by.partition(":")[0]) for each in SwitchBoard(site.store).off()] == [
        ("images.generate", "staff")
    ]
    with visit(chromium, site, "compliance", language="en") as page:
        page.goto("/console/switches")
        page.get_by_label("Switch images.generate on again").first.focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.type("checked again")
        page.keyboard.press("Enter")
        page.get_by_text("It runs again.").wait_for()
        assert barriers(page) == []
    assert not SwitchBoard(site.store).off()
    turns = SwitchBoard(site.store).turns()
    assert [(each.off, each.reason) for each in turns] == [(False, "checked again"), (True, "输出未通过抽检 <b>&")]


def test_a_form_that_says_too_little_comes_back_as_it_was(site: Site) -> None:
    with site.client("security") as client:
        answer = client.post("/console/switches/off", data={"kind": "model", "name": "sdxl", "reason": ""})
        assert answer.status_code == 422
        assert 'value="sdxl"' in answer.text
        assert 'role="alert"' in answer.text


@pytest.mark.parametrize("role", ["operator", "reviewer", "administrator", "inspector"])
def test_who_may_not_turn_a_switch(site: Site, role: Any) -> None:
    with site.client(role) as client:
        data = {"kind": "function", "name": "*", "reason": "x"}
        assert client.post("/console/switches/off", data=data).status_code == 403
        assert client.post("/v1/switches/off", json=data).status_code == 403


def test_a_program_turns_switches(site: Site) -> None:
    with site.with_key("switches:turn", "duties:read") as client:
        body = {"kind": "model", "name": "sdxl", "reason": "recalled by its maker"}
        made = client.post("/v1/switches/off", json=body)
        assert (made.status_code, made.json()["by"].partition(":")[0]) == (201, "key")
        assert client.post("/v1/switches/off", json=body).status_code == 409
        assert [each["name"] for each in client.get("/v1/switches").json()["items"]] == ["sdxl"]
        assert client.post("/v1/switches/on", json=body | {"reason": "mended"}).status_code == 204
        assert client.get("/v1/switches/turns").json()["items"][0]["off"] is False

"""Rules and notices: published by staff in both languages, read by everybody, every version for good."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from overt.web import prose
from sites import Site, barriers, visit


def test_staff_publish_and_everybody_reads_each_version(site: Site, chromium: Any) -> None:
    with visit(chromium, site, "compliance", language="en") as page:
        page.goto("/console/notices")
        assert barriers(page) == []
        page.get_by_label("Write a version: How our algorithms work").click()
        page.get_by_label("Chinese").fill("# 原理\n<b>扩散</b>模型 https://example.cn/a\n- 一")
        page.get_by_label("English").fill("# Principle\n<b>Diffusion</b> https://example.cn/a\n- one")
        page.get_by_role("button", name="Preview").click()
        page.get_by_text("<b>Diffusion</b>").first.wait_for()
        assert barriers(page) == []
        page.locator("input[name=covers]").check()
        page.get_by_label("Applies from").fill("2020-01-01")
        page.get_by_role("button", name="Publish").evaluate("each => { each.form.noValidate = true }")
        page.get_by_role("button", name="Publish").click()
        page.get_by_role("alert").wait_for()
        assert page.get_by_label("English").input_value().startswith("# Principle")
        page.get_by_label("Applies from").fill("")
        page.get_by_role("button", name="Publish").focus()
        page.keyboard.press("Enter")
        page.get_by_text("is published, and in the ledger").wait_for()
        page.get_by_label("Write a version: How our algorithms work").click()
        page.get_by_label("English").fill("# Principle\nRead back\n- one")
        page.get_by_role("button", name="Publish").click()
        page.get_by_text("is published, and in the ledger").wait_for()
    with visit(chromium, site, language="en", width=360, scripts=False) as page:
        page.goto("/rules")
        page.get_by_text("Version 2, in force since").wait_for()
        page.get_by_label("All versions: How our algorithms work").click()
        page.get_by_role("link", name="1", exact=True).click()
        assert page.url.endswith("/rules/algorithm/1")
        page.get_by_text("This is an older version.").wait_for()
        page.get_by_text("<b>Diffusion</b>").wait_for()
        assert (
            page.get_by_role("link", name="https://example.cn/a").get_attribute("rel") == "noopener noreferrer nofollow"
        )
        page.goto("/rules/algorithm/2/changes")
        page.get_by_text("Read back").wait_for()
        assert page.locator("del").count() == 1
    with visit(chromium, site, width=360) as page:
        for at in ("/rules", "/rules/algorithm", "/rules/algorithm/2/changes"):
            page.goto(at)
            assert barriers(page) == []
        page.goto("/rules")
        assert page.get_by_text("尚未发布").count() == 1
        label = page.locator("figure img")
        label.scroll_into_view_if_needed()
        assert "人工智能" in label.get_attribute("alt")


def test_the_example_carries_the_label_that_is_configured(site: Site) -> None:
    answer = site.client().get("/rules/label.png")
    assert answer.headers["content-type"] == "image/png"
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert picture.size == (960, 540)
        assert len(picture.convert("RGB").getcolors(1 << 24)) > 300


def test_programs_publish_what_staff_publishes(site: Site) -> None:
    program = site.with_key("texts:publish", "duties:read")
    said = {"zh": "适用于成年人", "en": "For adults", "covers": ["GA-10a"]}
    made = program.post("/v1/notices/uses", json=said)
    assert made.status_code == 201
    stranger = site.client()
    assert stranger.get("/v1/notices/uses").json()["items"] == [made.json()]
    assert stranger.get("/v1/notices/uses/1").json() == made.json()
    assert stranger.get("/v1/notices/uses/2").status_code == 404
    assert "uses" in [each["kind"] for each in stranger.get("/v1/notices").json()["items"]]
    rules = program.post("/v1/notices/rules", json=said | {"covers": [], "version": "2026-11"})
    assert rules.json()["version"] == "2026-11"
    assert program.post("/v1/notices/rules", json=said | {"covers": [], "version": "2026-11"}).status_code == 422
    assert program.post("/v1/notices/uses", json=said | {"covers": ["DS-12"]}).status_code == 422
    for broken in (
        {"valid_from": "0001-01-01T00:00:00+14:00"},
        {"zh": "\0"},
        {"valid_from": "9999-12-31T23:59:59-14:00"},
    ):
        assert program.post("/v1/notices/uses", json=said | broken).status_code == 422
    assert program.post("/v1/notices/nothing", json=said).status_code in (400, 404)
    assert stranger.post("/v1/notices/uses", json=said).status_code == 401
    visible = {each["kind"]: each for each in program.get("/v1/visible").json()["items"]}
    assert visible["uses"]["missing"] == []
    assert visible["filing"]["missing"]
    assert stranger.get("/v1/visible").status_code == 401
    figures = stranger.get("/v1/figures/2026").json()
    assert figures["reports"] == 0
    for at in ("/rules/nothing", "/rules/uses/9", "/rules/uses/9/changes", "/rules/../uses"):
        assert stranger.get(at).status_code == 404
    assert "适用于成年人" in stranger.get("/rules/uses/1?lang=zh").text


def test_texts_become_parts_and_never_markup() -> None:
    found = prose.blocks("# T\none\ntwo https://a.cn/x). \n\n- a\n- b\nafter\n#\n<script>")
    assert [(each.kind, len(each.lines)) for each in found] == [
        ("heading", 1), ("paragraph", 2), ("list", 2), ("paragraph", 1), ("paragraph", 1),
    ]  # fmt: skip
    assert [each.at for each in found[1].lines[1]] == ["", "https://a.cn/x", ""]
    assert prose.spans("javascript:alert(1)")[0].at == ""
    assert prose.spans("见https://a.cn，谢谢")[1].at == "https://a.cn"
    assert prose.blocks("") == ()


pytestmark = pytest.mark.slow

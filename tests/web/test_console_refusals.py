"""The register of people who refuse, from a person's entry to the verified one."""

from __future__ import annotations

from typing import Any

from sites import Site, barriers, visit


def test_somebody_joins_and_is_verified_by_code(site: Site, chromium: Any) -> None:
    with visit(chromium, site, width=360, scripts=False) as page:
        page.goto("/refusal")
        page.get_by_label("姓名").fill("赵六 <i>")
        page.get_by_label("手机号或邮箱").fill("zhao@example.cn")
        page.get_by_role("button", name="登记").click()
        own = page.url
    with visit(chromium, site, "reviewer", language="en", width=360) as page:
        page.goto("/console/refusals?state=waiting")
        assert barriers(page) == []
        page.get_by_role("button", name="Make a code for 赵六 <i>").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/code/*")
        digits = page.locator("dd.challenge").inner_text()
        assert page.get_by_text("zhao@example.cn").is_visible()
        assert digits not in page.url
    with visit(chromium, site, width=360, scripts=False) as page:
        page.goto(own)
        page.get_by_label("验证码").fill(digits)
        page.get_by_role("button", name="确认").click()
        assert "您已登记" in page.get_by_role("status").inner_text()
    with visit(chromium, site, "compliance") as page:
        page.goto("/console/refusals")
        assert page.get_by_text("已核实").first.is_visible()
        assert barriers(page) == []


def test_programs_send_codes_and_others_see_nobody(site: Site) -> None:
    with site.client() as client:
        form = {"names": "孙七", "contact": "sun@example.cn"}
        files = {name: (None, value) for name, value in form.items()}
        assert client.post("/refusal", files=files).status_code == 303
    with site.with_key("consents:check") as client:
        first = client.get("/v1/refusals", params={"state": "waiting", "most": 1}).json()["items"][0]
        assert (first["names"], first["contact"]) == (["孙七"], "sun@example.cn")
        made = client.post(f"/v1/refusals/{first['id']}/code")
        assert (made.status_code, made.json()["contact"]) == (201, "sun@example.cn")
        assert client.post(f"/v1/refusals/{first['id']}/verify").status_code == 204
        assert client.post(f"/v1/refusals/{first['id']}/verify").status_code == 404
    for role in ("operator", "inspector", "administrator", "security"):
        with site.client(role) as client:
            assert client.get("/console/refusals").status_code == 403
            assert client.get("/v1/refusals").status_code == 403

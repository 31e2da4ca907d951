"""Users' accounts in the console and by the API: checks of identity, sanctions with a way to appeal, closing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from gating import account as opened
from overt.language import Text
from overt.store.accounts import Accounts
from overt.store.agreements import Agreements
from overt.store.sanctions import SanctionBook
from sites import Site, barriers, visit


def test_somebody_attests_sanctions_lifts_and_closes(site: Site, chromium: Any) -> None:
    account = Accounts(site.store).open()
    with visit(chromium, site, "compliance", width=360, scripts=False) as page:
        page.goto("/console/accounts")
        page.get_by_label("账号编号").fill(account)
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/{account}")
        page.locator("summary", has_text="登记一次核验").click()
        page.get_by_label("移动电话号码").check()
        page.get_by_label("核验服务方").fill("核验所")
        page.get_by_label("服务方的核验流水号").fill("13812345678")
        page.get_by_role("button", name="登记").click()
        page.get_by_role("alert").wait_for()
        page.get_by_label("服务方的核验流水号").fill("chk_8f3a")
        page.get_by_role("button", name="登记").click()
        assert page.get_by_role("status").inner_text() == "核验已登记。"
        assert page.get_by_text("移动电话号码认证").first.is_visible()
    with visit(chromium, site, "security", language="en", width=360) as page:
        page.goto(f"/console/accounts/{account}")
        page.locator("summary", has_text="Impose a sanction").focus()
        page.keyboard.press("Enter")
        page.get_by_label("suspension").check()
        page.get_by_label("Why (the user is told)").fill("fake notices <b>")
        page.get_by_label("How to appeal").fill("appeal@example.cn")
        page.get_by_label("Duty").fill("XX-1")
        page.get_by_role("button", name="Impose").click()
        assert "no duty" in page.get_by_role("alert").inner_text()
        assert page.get_by_label("Why (the user is told)").input_value() == "fake notices <b>"
        page.get_by_label("Duty").fill("DS-10e")
        page.get_by_role("button", name="Impose").click()
        assert page.get_by_role("status").inner_text() == "The sanction holds."
        assert barriers(page) == []
        page.locator("summary", has_text="Lift").click()
        page.get_by_label("Why lift it (suspension)").last.fill("the appeal was right")
        page.get_by_role("button", name="Lift").click()
        assert page.get_by_role("status").inner_text() == "The sanction was lifted."
        page.get_by_label("The user asked for it").check()
        page.get_by_role("button", name="Close").click()
        assert page.get_by_role("status").inner_text() == "The account is closed."
        page.goto("/console/accounts")
        assert barriers(page) == []
    known = Accounts(site.store).known(account)
    assert known is not None
    assert known.closed
    assert [each.reason for each in SanctionBook(site.store).of(account)] == ["fake notices <b>"]


def test_programs_do_the_same(site: Site) -> None:
    with site.with_key("accounts:read", "accounts:write") as client:
        account = client.post("/v1/accounts").json()["id"]
        other = client.post("/v1/accounts").json()["id"]
        at = f"/v1/accounts/{account}"
        body = {"method": "id", "provider": "verify.example", "reference": "chk_1"}
        assert client.post(f"{at}/attestations", json=body).json()["passed"] is True
        order = {"kind": "restrict", "reason": "again", "functions": ["images"], "appeal": "https://example.com"}
        made = client.post(f"{at}/sanctions", json=order | {"until": "2999-01-01"})
        assert (made.status_code, made.json()["until"]) == (201, "2999-01-01T16:00:00.000Z")
        assert client.post(f"{at}/sanctions", json=order | {"appeal": " "}).status_code == 400
        assert client.post(f"{at}/sanctions", json=order | {"until": "tomorrow"}).status_code == 400
        lifting = {"reason": "mended"}
        number = made.json()["id"]
        wrong = client.post(f"/v1/accounts/{other}/sanctions/{number}/lift", json=lifting)
        assert wrong.status_code == 400
        assert client.post(f"{at}/sanctions/{number}/lift", json=lifting).status_code == 204
        told = client.get(at).json()
        assert (told["level"], told["sanctions"][0]["duty"]) == ("id", "DS-10e")
        assert client.post(f"{at}/close").status_code == 204
        listed = client.get("/v1/accounts", params={"state": "closed"}).json()["items"]
        assert account in [each["id"] for each in listed]
        assert client.get("/v1/accounts/none").status_code == 404
    with site.client("operator") as client:
        assert client.get(f"/console/accounts/{account}").status_code == 200
        assert client.post(f"/console/accounts/{other}/close", data={"sure": "yes"}).status_code == 403
    with site.client("reviewer") as client:
        assert client.get("/console/accounts").status_code == 403


def test_two_who_decide_the_same_decide_it_once(site: Site) -> None:
    """The second is told; nothing is done twice."""
    number = opened(site.store)
    text = {"zh": "# 原理\n扩散模型。", "en": "# Principle\nA diffusion model."}
    hold = {"reason": "诉讼保全", "authority": "某法院", "ids": [number]}
    warning = {"kind": "warn", "reason": "重复违规", "duty": "DS-10b", "appeal": "客服"}
    with site.client("compliance") as one, site.client("security") as other, site.client("reviewer") as third:
        report = one.post("/v1/reports", json={"kind": "face", "links": ["https://example.com/p/1"]}).json()["report"][
            "id"
        ]
        for at, said, second in (
            (f"/v1/accounts/{number}/sanctions", warning, other),
            ("/v1/notices/algorithm", text, one),
            ("/v1/retention/holds", hold, one),
            (f"/v1/reports/{report}/take", None, third),
        ):
            with ThreadPoolExecutor(2) as both:
                answers = [each.result() for each in [both.submit(who.post, at, json=said) for who in (one, second)]]
            codes = sorted(each.status_code for each in answers)
            assert codes[0] < 300 <= 400 <= codes[1] < 500, (at, codes)
            told = max(answers, key=lambda each: each.status_code).json()
            assert told["message"]["zh"]
            assert told["message"]["en"]
    kinds = [each.kind for each in SanctionBook(site.store).of(number)]
    assert kinds == ["warn"]


def test_versions_of_the_agreement_are_counted(site: Site) -> None:
    agreements = Agreements(site.store)
    agreements.publish("agreement", "2026-11", Text(zh="协议正文", en="The agreement"))
    for accepts in (True, False):
        number = Accounts(site.store).open()
        agreements.prompt(number, "2026-11")
        if accepts:
            agreements.accept(number, "2026-11")
    with site.client("security") as client, site.client("reviewer") as other:
        told = client.get("/v1/agreements").json()["items"][0]
        assert other.get("/v1/agreements").status_code == 403
    assert (told["version"], told["prompted"], told["accepted"]) == ("2026-11", 2, 1)

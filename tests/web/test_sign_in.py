"""Coming in: the first administrator's link, invitations, passwords with one-time codes, passkeys, the company."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pyotp
import pytest

import identity_provider
from overt.setup.initialise import initialise
from overt.store.accounts import Accounts
from overt.store.credentials import Credentials
from overt.store.sanctions import SanctionBook
from overt.store.sessions import Sessions
from overt.store.staff import Staff
from overt.store.staff_links import StaffLinks
from overt.web.access import COOKIE
from sites import Site, barriers, serving, visit

PASSWORD = "correct horse battery staple"


def sign_out(page: Any, name: str) -> None:
    menu = page.locator(".menu > summary")
    if menu.is_visible():  # On a phone it is in the folded navigation.
        menu.press("Enter")
    page.get_by_role("button", name=name).press("Enter")


def typed(text: str) -> str:
    """The secret of a page, as somebody types it into an app."""
    return re.search(r'class="secret">([A-Z2-7 ]+)<', text)[1].replace(" ", "")


def unused(app: pyotp.TOTP) -> str:
    """A code that counts although the one of now was used."""
    return app.at(datetime.now(UTC) + timedelta(seconds=30))


def enrol(site: Site, token: str, **fields: str) -> tuple[httpx.Client, pyotp.TOTP]:
    """A client that came in by a link with a password and codes."""
    client = site.client()
    page = client.get(f"/welcome/{token}")
    assert page.status_code == 200
    app = pyotp.TOTP(typed(page.text))
    answer = client.post(
        f"/welcome/{token}", data={"password": PASSWORD, "repeat": PASSWORD, "code": app.now(), **fields}
    )
    assert (answer.status_code, answer.headers.get("location")) == (303, "/account/recovery"), answer.text
    return client, app


def test_the_first_link_makes_an_administrator_who_signs_in_again(site: Site):
    token = StaffLinks(site.store).first()
    assert not Staff(site.store).has_administrator()
    client, app = enrol(site, token, name="王芳", login="wang@example.cn")
    assert Staff(site.store).has_administrator()

    codes = re.findall(r"<code>([a-z2-7-]+)</code>", client.get("/account/recovery").text)
    assert len(codes) == 8
    assert client.post("/account/recovery").headers["location"] == "/account?done=kept"
    assert client.get("/account/recovery").headers["location"] == "/account", "they are shown once"
    assert "王芳" in client.get("/account").text
    assert client.get(f"/welcome/{token}").status_code == 422, "the link works once"

    again, now = site.client(), unused(app)
    said = {"login": "WANG@example.cn ", "password": PASSWORD, "code": now, "next": "/account?x=1"}
    answer = again.post("/sign-in", data=said)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account?x=1")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert site.client().post("/sign-in", data=said).status_code == 422, "each code counts once"

    for expected in (303, 422):
        answer = site.client().post("/sign-in", data=said | {"code": codes[0].upper()})
        assert answer.status_code == expected, "a recovery code counts once"
    assert Credentials(site.store).of(Staff(site.store).by_login("wang@example.cn").id)[0].left == 7


def test_a_weak_password_or_a_wrong_code_uses_nothing_up(site: Site):
    person, token = StaffLinks(site.store).invite("李强", "li.qiang@example.cn", ["reviewer"], by=None)
    client = site.client()
    app = pyotp.TOTP(typed(client.get(f"/welcome/{token}").text))
    for password, repeat, code in (
        ("short", "short", app.now()),
        ("li.qiang@example.cn", "li.qiang@example.cn", app.now()),
        ("password123456", "password123456", app.now()),
        (PASSWORD, PASSWORD + "!", app.now()),
        (PASSWORD, PASSWORD, "000000" if app.now() != "000000" else "000001"),
    ):
        answer = client.post(f"/welcome/{token}", data={"password": password, "repeat": repeat, "code": code})
        assert answer.status_code == 422
        assert typed(answer.text) == app.secret, "the app need not be set up again"
    assert Staff(site.store).get(person.id).state == "invited"
    enrol(site, token)
    assert Staff(site.store).get(person.id).state == "active"


def test_a_reset_replaces_every_way_and_ends_every_session(site: Site):
    links = StaffLinks(site.store)
    person, token = links.invite("赵敏", "zhao@example.cn", ["compliance"], by=None)
    before, app = enrol(site, token)
    older, newer = links.again(person.id, by=None), links.again(person.id, by=None)
    assert site.client().get(f"/welcome/{older}").status_code == 422, "a new link ends the one before"
    after, _ = enrol(site, newer)
    assert before.get("/account").headers["location"].startswith("/sign-in")
    assert after.get("/account").status_code == 200
    said = {"login": "zhao@example.cn", "password": PASSWORD, "code": unused(app)}
    assert site.client().post("/sign-in", data=said).status_code == 422, "the app from before counts no more"


def test_others_are_ended_and_the_last_way_stays(site: Site):
    person, token = StaffLinks(site.store).invite("孙丽", "sun@example.cn", ["operator"], by=None)
    client, _ = enrol(site, token)
    other = Sessions(site.store).begin(person.id, "test", device="Firefox · Linux")
    assert "Firefox · Linux" in client.get("/account").text
    assert client.post("/account/others").headers["location"] == "/account?done=others"
    assert Sessions(site.store).who(other) is None
    assert client.get("/account").status_code == 200
    (way,) = Credentials(site.store).of(person.id)
    assert client.post(f"/account/ways/{way.id}/remove").status_code == 422
    assert client.post("/sign-out").headers["location"] == "/sign-in?done=out"
    assert client.get("/account").status_code == 303


def test_acts_that_weigh_ask_for_a_fresh_sign_in(site: Site):
    person = Staff(site.store).add("周杰", "zhou@example.cn", ["operator"], by="test")
    token = Sessions(site.store).begin(person.id, "test", datetime.now(UTC) - timedelta(minutes=16))
    client = httpx.Client(base_url=site.address, cookies={COOKIE: token}, headers={"Origin": site.address})
    assert client.get("/account").status_code == 200
    assert client.get("/account/password").headers["location"] == "/sign-in?again=yes&next=/account/password"
    assert client.get("/sign-in?again=yes&next=/account/password").status_code == 200, "whoever is in is asked again"
    assert client.get("/sign-in").status_code == 303


def test_what_was_typed_waits_for_the_fresh_sign_in(site: Site):
    person = Staff(site.store).add("吴", "wu@example.cn", ["security"], by="test")
    old = Sessions(site.store).begin(person.id, "test", datetime.now(UTC) - timedelta(minutes=16))
    new = Sessions(site.store).begin(person.id, "test")

    def ask(token: str, at: str, form: dict[str, str] | None = None) -> httpx.Response:
        cookies = {"Cookie": f"{COOKIE}={token}", "Origin": site.address}
        return httpx.request("POST" if form else "GET", site.address + at, data=form, headers=cookies)

    account = Accounts(site.store).open()
    action = f"/console/accounts/{account}/impose"
    order = {"kind": "warn", "reason": '出错\n<b>"x"</b>', "appeal": "appeal@example.cn", "duty": "DS-10e"}
    away = ask(old, action, order).headers["location"]
    assert away.startswith("/sign-in?again=yes&next=/account/typed/")
    at = away.partition("next=")[2]
    page = ask(new, at)
    assert page.status_code == 200
    assert f'action="{action}"' in page.text
    assert "出错\n&lt;b&gt;&#34;x&#34;&lt;/b&gt;" in page.text
    assert not SanctionBook(site.store).of(account), "nothing is done before somebody presses"
    assert site.client("administrator").get(at).status_code == 404, "it is theirs alone"
    secret = ask(old, "/account/password", {"password": "p", "repeat": "p", "code": "1"})
    assert "typed" not in secret.headers["location"]


def with_authenticator(page: Any) -> tuple[Any, str]:
    """Gives a window an authenticator that knows its user, as a phone or a laptop has one."""
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return device, made["authenticatorId"]


def test_a_passkey_opens_the_console_and_a_copied_one_does_not(site: Site, chromium: Any):
    here = site.address.replace("127.0.0.1", "localhost")
    _, token = StaffLinks(site.store).invite("林", "lin@example.cn", ["operator"], by=None)
    with visit(chromium, site, language="en", width=360) as page:
        device, authenticator = with_authenticator(page)
        page.goto(f"{here}/welcome/{token}")
        assert barriers(page) == []
        page.get_by_role("button", name="Make a passkey").press("Enter")
        page.wait_for_url(f"{here}/account?done=kept")
        assert barriers(page) == []
        sign_out(page, "Sign out")
        page.wait_for_url(f"{here}/sign-in?done=out")
        assert barriers(page) == []

        copied = device.send("WebAuthn.getCredentials", {"authenticatorId": authenticator})["credentials"]
        page.goto(f"{here}/sign-in?next=/account")
        page.get_by_role("button", name="Sign in with a passkey").press("Enter")
        page.wait_for_url(f"{here}/account")
        page.get_by_label("Its name").fill("Work laptop")
        page.get_by_role("button", name="Make a passkey").press("Enter")
        page.get_by_text("could not be made").wait_for()  # This authenticator has one of us already.

        sign_out(page, "Sign out")
        page.wait_for_url(f"{here}/sign-in?done=out")
        device.send("WebAuthn.clearCredentials", {"authenticatorId": authenticator})
        device.send("WebAuthn.addCredential", {"authenticatorId": authenticator, "credential": copied[0]})
        page.get_by_role("button", name="Sign in with a passkey").press("Enter")
        page.get_by_text("was not accepted").wait_for()  # Its counter stood still: there are two of it.


def test_sign_in_and_links_work_without_scripts(site: Site, chromium: Any):
    _, token = StaffLinks(site.store).invite("高", "gao@example.cn", ["operator"], by=None)
    with visit(chromium, site, language="zh", width=360, scripts=False) as page:
        page.goto(f"/welcome/{token}")
        app = pyotp.TOTP(page.locator(".secret").inner_text().replace(" ", ""))
        page.get_by_label("密码", exact=True).fill(PASSWORD)
        page.get_by_label("再输入一次密码").fill(PASSWORD)
        page.get_by_label("应用显示的动态口令").fill(app.now())
        page.get_by_label("应用显示的动态口令").press("Enter")
        page.get_by_role("button", name="我已保存").wait_for()
        assert page.locator(".codes li").count() == 8
        page.get_by_role("button", name="我已保存").press("Enter")
        sign_out(page, "退出登录")
        page.goto("/sign-in?next=/account")
        for code in ("123", unused(app)):
            page.get_by_label("登录名").fill("gao@example.cn")
            page.get_by_label("密码", exact=True).fill(PASSWORD)
            page.get_by_label("动态口令").fill(code)
            page.get_by_label("动态口令").press("Enter")
            if code == "123":
                page.get_by_role("alert").wait_for()
                assert page.get_by_label("登录名").input_value() == "gao@example.cn"
        assert page.url.endswith("/account")


@pytest.fixture
def company(tmp_path: Path) -> Iterator[tuple[Site, Any]]:
    """A set-up whose staff sign in at their company's provider."""
    with identity_provider.running() as provider:
        initialise(tmp_path, "Example-Studio")
        (tmp_path / "oidc.secret").write_text(identity_provider.SECRET, "utf-8")
        config = tmp_path / "overt.toml"
        told = f'\n[web.oidc]\nissuer = "{provider.address}"\nclient_id = "{identity_provider.CLIENT_ID}"\n'
        told += 'secret = "oidc.secret"\nname = "公司账号"\n'
        config.write_text(config.read_text("utf-8") + told, "utf-8")
        with serving(Site.of(config)) as site:
            yield site, provider


def came_back(client: httpx.Client, at: str = "/sign-in/company?next=/account") -> httpx.Response:
    """To the provider and back, as a browser goes."""
    return client.get(httpx.get(client.get(at).headers["location"]).headers["location"])


def test_the_company_lets_in_whom_somebody_invited(company: tuple[Site, Any]):
    site, provider = company
    provider.claims = {"email": "Qian@example.cn", "email_verified": True}
    with site.client() as client:
        assert "公司账号" in client.get("/sign-in").text
        assert came_back(client).status_code == 403, "nobody invited them"
    invited, _ = StaffLinks(site.store).invite("钱", "qian@example.cn", ["operator"], by=None)
    with site.client() as client:
        provider.claims["email_verified"] = False
        assert came_back(client).status_code == 403, "anybody can claim an e-mail"
        provider.claims["email_verified"] = True
        arrived = came_back(client)
        assert arrived.status_code == 200
        assert 'content="0;url=/account"' in arrived.text
        assert "钱" in client.get("/account").text
    provider.claims = {}
    with site.client() as client:
        came_back(client)
        assert client.get("/account").status_code == 200, "the subject is enough from now on"
        provider.subject = "somebody else"
        provider.claims = {"email": "qian@example.cn", "email_verified": True}
    with site.client() as client:
        assert came_back(client).status_code == 403, "an e-mail opens no account that is in use"
    assert [each.way for each in Credentials(site.store).of(invited.id)] == ["company"]


def test_the_company_s_answer_counts_in_the_browser_that_asked_and_once(company: tuple[Site, Any]):
    site, provider = company
    provider.claims = {"email": "qian@example.cn", "email_verified": True}
    StaffLinks(site.store).invite("钱", "qian@example.cn", ["operator"], by=None)
    with site.client() as client, site.client() as other:
        back = httpx.get(client.get("/sign-in/company").headers["location"]).headers["location"]
        assert other.get(back).status_code == 422
        assert client.get(back).status_code == 200
        assert client.get(back).status_code == 422
        again = "/sign-in/company?again=yes"
        assert came_back(client, again).status_code == 422, "the provider does not say when they signed in"
        provider.claims["auth_time"] = int(time.time()) - 3600
        assert came_back(client, again).status_code == 422, "that is too long ago"
        provider.claims["auth_time"] = int(time.time())
        assert came_back(client, again).status_code == 200

"""Attacks on access: across roles and set-ups; forged forms; stolen and ended sessions; links, guesses, bodies."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute, iter_route_contexts

import warranted
from overt.access.model import ROLES, granted
from overt.access.passkeys import Passkey
from overt.errors import UsageError
from overt.store.api_keys import ApiKeys
from overt.store.credentials import NamedPasskey
from overt.store.sessions import FRESH, IDLE, LONGEST, Sessions
from overt.store.staff import Staff
from overt.store.staff_links import StaffLinks
from overt.web import access
from overt.web.access import COOKIE, own_path
from overt.web.app import application
from sites import Site, serving

PUBLIC = re.compile(
    # Pages for everybody, and the ways in. Whoever adds to this says why it is nobody's secret.
    r"/|/verify.*|/report.*|/refusal.*|/rules.*|/consent.*|/mine.*|/notices.*|/sign-in.*|/sign-out|/welcome/.*|/setup/first"
    # What programs of strangers may ask: the C2PA resolution, recalls, and what visitors do without an account.
    r"|(/v1)?/(matches|manifests|services)/.*|(/v1)?/recalls.*|/v1/(verify|inspections|public|reports/status|rules|notices|figures).*"
    r"|/openapi\.json"
)
_NAMED = re.compile(r"\{[^}]+\}")


def routes(site: Site) -> list[tuple[str, str, Any]]:
    """Each route of the application: method, path, what it depends on."""
    found = iter_route_contexts(application(site.setup).routes)
    return [
        (method, each.path or "", each.original_route.dependant)
        for each in found
        if isinstance(each.original_route, APIRoute)
        for method in sorted(each.methods or ())
    ]


def needed(dependant: Any) -> set[str] | None:
    """The permissions that a route asks for; None for one that asks for nothing, not even for a sign-in."""
    asked: set[str] | None = None
    for each in dependant.dependencies:
        call, below = each.call, needed(each)
        if call is access.signed_in or below is not None:
            asked = (asked or set()) | (below or set())
        if getattr(call, "__qualname__", "") == "needs.<locals>.check":
            asked = (asked or set()) | set(call.__closure__[0].cell_contents)
    return asked


def test_every_route_is_public_by_name_or_asks_for_a_permission(site: Site):
    open_to_all = {(method, path) for method, path, on in routes(site) if needed(on) is None}
    assert sorted(each for each in open_to_all if not PUBLIC.fullmatch(each[1])) == []
    own_account = {path for _, path, on in routes(site) if needed(on) == set()}
    # One's own alone, whoever one is: jobs are their owner's.
    assert sorted(each for each in own_account if not each.startswith(("/account", "/v1/jobs/"))) in (
        ["/console", "/v1/api-keys/current"],
        ["/v1/api-keys/current"],
    )


def test_no_route_lets_anybody_in_who_may_not(site: Site):
    """Every guarded route, without a session and with that of a role that lacks what it needs, another each time."""
    told = []
    clients = {role: site.client(role) for role in ROLES}
    stranger = site.client()
    for method, path, on in routes(site):
        asked = needed(on)
        if asked is None:
            continue
        at = _NAMED.sub("0" * 32, path)
        answer = stranger.request(method, at)
        led = answer.status_code == 303 and answer.headers["location"].startswith("/sign-in")
        if answer.status_code != 401 and not led:
            told.append(f"nobody {method} {path}: {answer.status_code}")
        lacking = [role for role in ROLES if not asked <= granted((role,))]
        if lacking:
            role = lacking[len(path) % len(lacking)]
            status = clients[role].request(method, at).status_code
            told += [f"{role} {method} {path}: {status}"] if status != 403 else []
    for client in (stranger, *clients.values()):
        client.close()
    assert told == []


def test_forms_of_other_sites_do_nothing(site: Site):
    person = Staff(site.store).add("吴", "wu@example.cn", ("administrator",), by="test")
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {},
        {"Origin": site.address, "Sec-Fetch-Site": "cross-site"},
        {"Origin": site.address, "Sec-Fetch-Site": "same-site"},
        {"Origin": f"{site.address}.evil.example"},
    ):
        token = Sessions(site.store).begin(person.id, "test")
        with httpx.Client(base_url=site.address, cookies={COOKIE: token}, headers=headers) as client:
            for path in ("/console/staff/new", "/sign-out", "/account/others", "/sign-in", "/v1/staff"):
                answer = client.post(path, data={"name": "x", "login": "x", "roles": "operator"})
                assert answer.status_code == 403, (headers, path)
        assert Sessions(site.store).who(token)
    assert Staff(site.store).by_login("x") is None


def test_a_session_that_somebody_planted_is_never_the_one_that_is_used(site: Site):
    person = Staff(site.store).add("郑", "zheng@example.cn", ("operator",), by="test")
    planted = "A" * 43
    before = Sessions(site.store).begin(person.id, "test", instead=planted)
    after = Sessions(site.store).begin(person.id, "test", instead=before)
    assert before != after
    assert Sessions(site.store).who(planted) is None
    assert Sessions(site.store).who(before) is None, "the browser's session before is over"


def test_sessions_end_by_time_and_with_their_person(site: Site):
    staff, sessions, now = Staff(site.store), Sessions(site.store), datetime.now(UTC)
    person = staff.add("冯", "feng@example.cn", ("operator",), by="test")
    idle, busy = sessions.begin(person.id, "test", now), sessions.begin(person.id, "test", now)
    assert sessions.who(idle, now + IDLE - timedelta(seconds=1))
    at = now
    while at < now + LONGEST - IDLE:
        at += IDLE - timedelta(minutes=2)
        assert sessions.who(busy, at), "it is used"
    assert sessions.who(idle, now + 3 * IDLE) is None
    assert sessions.who(busy, now + LONGEST) is None, "however much it is used"

    token = sessions.begin(person.id, "test")
    staff.grant(person.id, ("reviewer",), by=None)
    assert sessions.who(token) is None, "whoever has other roles signs in anew"
    token = sessions.begin(person.id, "test")
    staff.leave(person.id, by="test")
    with site.client() as client:
        client.cookies.set(COOKIE, token)
        assert client.get("/account").status_code == 303
        assert client.get("/v1/api-keys/current").status_code == 401


def test_an_inspector_is_out_when_the_warrant_ends(site: Site):
    person = warranted.officer(site.store, warranted.warrant(site.store).id, "another@example.cn")
    token = Sessions(site.store).begin(person, "test")
    until = Staff(site.store).get(person).until
    assert until, "a warrant ends"
    ends = datetime.fromisoformat(until)
    assert Sessions(site.store).who(token)
    assert Sessions(site.store).who(token, ends) is None
    with pytest.raises(Exception, match="ended"):
        Sessions(site.store).begin(person, "test", ends)


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Another set-up: another tenant."""
    with serving(Site(tmp_path_factory.mktemp("other"))) as ready:
        yield ready


def test_nothing_of_one_set_up_opens_another(site: Site, other: Site):
    _, secret = ApiKeys(site.store).make("a", ("ledger:read",), by=None)
    link = StaffLinks(site.store).first()
    with other.client() as client:
        client.cookies.set(COOKIE, site.token("administrator"))
        assert client.get("/console/staff").status_code == 303
        assert client.get("/v1/staff").status_code == 401
        assert client.get("/v1/staff", headers={"Authorization": f"Bearer {secret}"}).status_code == 401
        assert client.get(f"/welcome/{link}").status_code == 422
    with site.client() as client:
        assert client.get(f"/welcome/{link}").status_code == 200


def test_a_link_lets_one_in_however_many_open_it_at_the_same_time(site: Site):
    _, token = StaffLinks(site.store).invite("陈", "chen@example.cn", ["operator"], by=None)

    def enrol(number: int) -> bool:
        proof = NamedPasskey(Passkey(bytes([number]) * 16, b"key"), "test")
        try:
            StaffLinks(site.store).enrol(token, proof)
        except UsageError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(enrol, range(4))) == 1


def test_a_key_does_what_its_scopes_say_while_it_works(site: Site):
    keys = ApiKeys(site.store)
    with site.with_key("staff:read") as client:
        assert client.get("/v1/staff").status_code == 200
        client.cookies.set(COOKIE, site.token("administrator"))
        said = {"name": "x", "login": "x", "roles": ["operator"]}
        assert client.post("/v1/staff", json=said).status_code == 403, "no cookie counts beside a key"
        assert set(client.get("/v1/api-keys/current").json()["permissions"]) == {"staff:read"}
    for kind in ("withdrawn", "over"):
        ends = datetime.now(UTC) + timedelta(days=1) if kind == "over" else None
        key, secret = keys.make("x", ("staff:read",), by=None, ends=ends)
        assert keys.program(secret)
        if kind == "withdrawn":
            keys.withdraw(key.id, by="test")
        assert keys.program(secret, ends) is None
    for wrong in ("Basic eDp4", "Bearer", "Bearer overt_", f"Bearer {site.token('administrator')}", "Bearer overt_é"):
        raw = {b"Authorization": wrong.encode()}
        assert httpx.get(f"{site.address}/v1/staff", headers=raw).status_code == 401, wrong


def test_a_key_gives_no_more_than_it_has(site: Site):
    with site.with_key("programs:write", "staff:write", "staff:read") as client:
        wanted = {"name": "x", "scopes": ["persons:uncover"]}
        assert client.post("/v1/api-keys", json=wanted).status_code == 400
        made = client.post("/v1/api-keys", json=wanted | {"scopes": ["staff:read"]})
        assert made.status_code == 201
        assert client.delete(f"/v1/api-keys/{made.json()['key']['id']}").status_code == 204
        invited = {"name": "x", "login": "escalated", "roles": ["administrator"]}
        assert client.post("/v1/staff", json=invited).status_code == 400
        (person,) = [each for each in Staff(site.store).every() if each.login == "administrator@example.cn"][:1] or [
            None
        ]
        if person:
            assert client.post(f"/v1/staff/{person.id}/link").status_code == 400, "a reset would let it become them"
    assert Staff(site.store).by_login("escalated") is None


def test_acts_that_weigh_need_a_fresh_session_in_the_api_too(site: Site):
    person = Staff(site.store).add("何", "he@example.cn", ("administrator",), by="test")
    token = Sessions(site.store).begin(person.id, "test", datetime.now(UTC) - FRESH - timedelta(seconds=1))
    with site.client() as client:
        client.cookies.set(COOKIE, token)
        assert client.get("/v1/staff").status_code == 200
        answer = client.post("/v1/api-keys", json={"name": "x", "scopes": ["staff:read"]})
        assert (answer.status_code, answer.json()["detail"]) == (401, "sign in once more for this")


@pytest.mark.parametrize(
    "asked",
    [
        *("https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)"),
        *("/\t/evil", "/x\r\nSet-Cookie: a=b", "///evil.example", "/sign-out", "/%0d%0a" + "x" * 3000, "account"),
        *("http:/evil", ""),
    ],
)
def test_nobody_is_led_away(site: Site, asked: str):
    assert own_path(asked) == "/console"
    with site.client("operator") as client:
        answer = client.get("/sign-in", params={"next": asked})
        assert answer.headers["location"] == "/console"
        assert "a=b" not in str(answer.headers)


def test_our_own_paths_are_kept():
    assert own_path("/console/contents?after=x&most=2") == "/console/contents?after=x&most=2"


def test_headers_cannot_be_put_in(site: Site):
    with site.client() as client:
        answer = client.get("/account?x=%0d%0aSet-Cookie:%20a=b")
        assert answer.status_code == 303
        assert "a=b" not in answer.headers.get("set-cookie", "")
        assert "\n" not in answer.headers["location"]
        assert client.get("/sign-in?lang=en%0d%0aX:y").status_code == 200


def test_guesses_wait_longer_and_longer_for_known_and_unknown_names_alike(tmp_path: Path):
    with serving(Site(tmp_path)) as site, site.client() as client:
        StaffLinks(site.store).invite("许", "xu@example.cn", ["operator"], by=None)
        for login in ("xu@example.cn", "nobody@example.cn"):
            seen = []
            for _ in range(7):
                answer = client.post("/sign-in", data={"login": login, "password": "wrong", "code": "000000"})
                seen.append(answer.status_code)
            assert seen[:5] == [422] * 5
            assert 429 in seen[5:]
            assert int(answer.headers["Retry-After"]) >= 1


def test_forms_are_small_and_files_are_not_taken_where_none_belong(site: Site):
    with site.client() as client:
        answer = client.post("/sign-in", data={"login": "x" * 300_000})
        assert answer.status_code == 413
        assert answer.headers["connection"] == "close"
        assert client.post("/sign-in", files={"login": b"x" * 300_000}).status_code == 413
        json = client.post(
            "/sign-in/passkey", content=b'{"x":"' + b"x" * 5_000_000, headers={"Content-Type": "application/json"}
        )
        assert json.status_code == 413


def test_a_body_that_drips_is_let_go(tmp_path: Path):
    Site(tmp_path).store.close()
    config = tmp_path / "overt.toml"
    config.write_text(config.read_text("utf-8") + "\n[web]\npatience = 0.2\n", "utf-8")
    site = Site.of(config)
    with serving(site):
        host, port = site.address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as sender:
            sender.sendall(
                b"POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                b"Content-Length: 1000\r\n\r\nlogin=x"
            )
            answer = b""
            while piece := sender.recv(65536):  # Until it is closed.
                answer += piece
        assert answer.startswith(b"HTTP/1.1 408")
        assert b"connection: close" in answer.lower()


def test_the_address_behind_our_proxies_counts_and_no_forged_one():
    from overt.web.limits import caller  # noqa: PLC0415

    assert caller("203.0.113.7", "1.1.1.1", 0) == "203.0.113.7"
    assert caller("10.0.0.1", "6.6.6.6, 198.51.100.9", 1) == "198.51.100.9"
    assert caller("10.0.0.1", "6.6.6.6, 198.51.100.9, 10.0.0.2", 2) == "198.51.100.9"
    assert caller("10.0.0.1", "", 1) == "10.0.0.1"
    assert caller("10.0.0.1", "evil", 1) == "10.0.0.1"
    assert caller("2001:db8:1:2:3::4", "", 0) == caller("2001:db8:1:2:9::9", "", 0) == "2001:db8:1:2::/64"
    assert caller("::ffff:203.0.113.7", "", 0) == "203.0.113.7"


def test_over_https_cookies_and_transport_are_strict(tmp_path: Path):
    from fastapi.testclient import TestClient  # noqa: PLC0415

    Site(tmp_path).store.close()
    config = tmp_path / "overt.toml"
    config.write_text(config.read_text("utf-8") + '\n[web]\naddress = "https://overt.example"\n', "utf-8")
    from overt import settings  # noqa: PLC0415

    with TestClient(application(settings.load(config)), base_url="https://overt.example") as client:
        answer = client.post("/sign-in/passkey/options", headers={"Origin": "https://overt.example"})
        assert answer.json()["rpId"] == "overt.example"
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-overt-ceremony=")
        assert all(each in cookie for each in ("Secure", "HttpOnly", "Path=/"))
        assert client.post("/sign-in/passkey/options", headers={"Origin": "https://evil.example"}).status_code == 403

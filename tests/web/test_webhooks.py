"""Webhooks against a real receiver, checked by another reader of Standard Webhooks; repeated requests."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from apart import apart
from evidence import release
from overt import settings
from overt.store import webhooks as kept
from overt.store.answered import Answered, Name
from overt.store.api_keys import ApiKeys
from overt.store.records import Store
from overt.store.webhooks import Webhooks
from overt.web import telling
from sites import Site, barriers, serving, visit

RELEASE = "marking:content:release"


class Receiver:
    """A program that listens, and answers what it is told to."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.status = 204
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(outer.status)
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A set-up whose operator lets webhooks reach loopback. Its own sweeper is slow: the tests sweep themselves."""
    ready = Site(tmp_path_factory.mktemp("hooks"))
    toml = ready.setup.home / "overt.toml"
    toml.write_text(f'{toml.read_text("utf-8")}\n[web]\nreachable = ["127.0.0.0/8"]\n', "utf-8")
    ready.setup = settings.load(toml)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(telling, "EVERY", 3600.0)
        with serving(ready) as served:
            yield served


def test_an_event_arrives_signed_and_names_no_person(site: Site, receiver: Receiver) -> None:
    reader = pytest.importorskip("standardwebhooks")
    with site.with_key("programs:write") as client:
        made = client.post("/v1/webhooks", json={"address": receiver.address, "tags": [RELEASE]})
        assert made.status_code == 201, made.text
        number, secret = made.json()["webhook"]["id"], made.json()["secret"]
        site.store.release(release("0b7ad0c8-1111-4222-8333-000000000001"))
        assert apart(telling.sweep, site.setup, site.store) == 1
        assert apart(telling.sweep, site.setup, site.store) == 0
        headers, body = receiver.got[0]
        told = reader.Webhook(secret).verify(body, headers)
        assert (told["type"], told["data"]["about"]) == (RELEASE, ["0b7ad0c8-1111-4222-8333-000000000001"])
        with pytest.raises(reader.WebhookVerificationError):
            reader.Webhook(secret).verify(body + b" ", headers)
        sent = client.get(f"/v1/webhooks/{number}/deliveries").json()["items"]
        assert [(each["state"], each["attempts"]) for each in sent] == [("done", 1)]
        assert secret not in client.get("/v1/webhooks").text
        assert client.delete(f"/v1/webhooks/{number}").status_code == 204
        assert client.get(f"/v1/webhooks/{number}").status_code == 404


def test_what_is_not_taken_comes_again_later_until_it_is_given_up(site: Site, receiver: Receiver) -> None:
    hooks = Webhooks(site.store)
    held, _ = hooks.add(receiver.address, [RELEASE], by="test")
    receiver.status = 500
    site.store.release(release("0b7ad0c8-1111-4222-8333-000000000002", b"two"))
    apart(telling.sweep, site.setup, site.store)
    (waiting,) = hooks.deliveries(held.id, 10)
    assert (waiting.state, waiting.attempts, waiting.told) == ("waiting", 1, "HTTP 500")
    assert hooks.take(10) == []
    at = datetime.now(UTC)
    while waiting.state == "waiting":
        at = datetime.fromisoformat(waiting.due)
        ((delivery, _, _),) = hooks.take(10, at)
        hooks.failed(delivery, "HTTP 500", at)
        (waiting,) = hooks.deliveries(held.id, 10)
    assert (waiting.state, waiting.attempts) == ("dead", kept.MOST_ATTEMPTS)
    assert hooks.get(held.id).state == "on"
    # It goes on failing, so it is off after five days, and says why.
    hooks.failed(waiting, "HTTP 500", at + kept.DAYS)
    assert (hooks.get(held.id).state, hooks.get(held.id).why) == ("off", "HTTP 500")
    receiver.status = 200
    hooks.turn(held.id, on=True, by="test")
    hooks.resend(held.id, waiting.id)
    assert apart(telling.sweep, site.setup, site.store) == 1
    assert [headers["webhook-id"] for headers, _ in receiver.got] == [waiting.id] * 2
    assert hooks.deliveries(held.id, 10)[0].state == "done"
    hooks.remove(held.id, by="test")


def test_nothing_is_left_out_when_a_service_ends(site: Site, receiver: Receiver) -> None:
    hooks = Webhooks(site.store)
    held, _ = hooks.add(receiver.address, ["marking:"], by="test")
    site.store.release(release("0b7ad0c8-1111-4222-8333-000000000003", b"three"))
    hooks.follow()
    ((taken, _, _),) = hooks.take(10)  # Whoever took it is killed: its lease runs out.
    again = Store.connect(str(site.store.engine.url), site.store.data, site.store.vault)
    try:
        ((same, _, _),) = Webhooks(again).take(10, datetime.now(UTC) + kept.LEASE)
    finally:
        again.close()
    assert same.id == taken.id
    hooks.remove(held.id, by="test")


def test_a_private_address_is_not_reached(site: Site, receiver: Receiver) -> None:
    inside = site.setup.model_copy(
        update={
            "settings": site.setup.settings.model_copy(
                update={"web": site.setup.settings.web.model_copy(update={"reachable": ()})}
            )
        }
    )
    hooks = Webhooks(site.store)
    held, _ = hooks.add(receiver.address, [RELEASE], by="test")
    site.store.release(release("0b7ad0c8-1111-4222-8333-000000000004", b"four"))
    apart(telling.sweep, inside, site.store)
    assert not receiver.got
    assert "public" in hooks.deliveries(held.id, 1)[0].told
    hooks.remove(held.id, by="test")


def test_an_address_that_no_request_can_have_holds_up_no_other(site: Site, receiver: Receiver) -> None:
    hooks = Webhooks(site.store)
    wrong, _ = hooks.add(receiver.address.replace("127.0.0.1", "127.0.0.１"), [RELEASE], by="test")
    other, _ = hooks.add(f"{receiver.address}/\x7f", [RELEASE], by="test")
    right, _ = hooks.add(receiver.address, [RELEASE], by="test")
    site.store.release(release("0b7ad0c8-1111-4222-8333-000000000005", b"five"))
    assert apart(telling.sweep, site.setup, site.store) == 3
    states = [hooks.deliveries(each.id, 1)[0].state for each in (wrong, other, right)]
    assert states == ["waiting", "waiting", "done"]
    for each in (wrong, other, right):
        hooks.remove(each.id, by="test")


@pytest.mark.parametrize(("language", "width"), [("zh", 360), ("en", 1280)])
def test_a_webhook_is_made_in_the_console(
    chromium: Any, site: Site, receiver: Receiver, language: Any, width: int
) -> None:
    said = {
        "zh": ("新建回调", "接收地址", "全部事件", "删除"),
        "en": ("New webhook", "Address", "Everything that happens", "Delete"),
    }
    make, address, everything, delete = said[language]
    with visit(chromium, site, "administrator", language=language, width=width) as page:
        page.goto("/console/webhooks")
        assert barriers(page) == []
        page.get_by_role("link", name=make).first.click()
        assert barriers(page) == []
        page.get_by_label(address).fill("ftp://nowhere")
        page.get_by_label(everything).check()
        page.get_by_role("button", name=make).click()
        page.get_by_role("alert").wait_for()
        page.get_by_label(address).fill(receiver.address)
        page.get_by_role("button", name=make).click()
        assert page.locator(".once code").inner_text().startswith("whsec_")
        assert barriers(page) == []
        page.reload()
        assert page.locator(".once").count() == 0
        page.get_by_role("link", name=receiver.address).click()
        site.store.release(release(f"0b7ad0c8-1111-4222-8333-0000000{width:05d}", language.encode()))
        apart(telling.sweep, site.setup, site.store)
        page.reload()
        assert barriers(page) == []
        assert RELEASE in {json.loads(body)["type"] for _, body in receiver.got}
        page.get_by_role("button", name=delete).click()


# Requests that are repeated


def test_a_repeated_request_gets_its_first_answer_and_acts_once(site: Site) -> None:
    wanted = {"name": "once", "scopes": ["contents:inspect"]}
    head = {"Idempotency-Key": "a-1"}
    with site.with_key("programs:write", "contents:inspect") as client, site.with_key("programs:write") as other:
        first = client.post("/v1/api-keys", json=wanted, headers=head)
        assert first.status_code == 201, first.text
        again = client.post("/v1/api-keys", json=wanted, headers=head)
        assert (again.status_code, again.content) == (201, first.content)
        assert again.headers["Idempotency-Replayed"] == "true"
        assert sum(each["name"] == "once" for each in client.get("/v1/api-keys").json()["items"]) == 1
        # Another body, another caller, another address: each its own.
        assert client.post("/v1/api-keys", json=wanted | {"name": "x"}, headers=head).status_code == 422
        assert other.post("/v1/api-keys", json=wanted, headers=head).status_code != 201
        # Secrets lie in no table.
        with site.store.reading() as connection:
            rows = connection.exec_driver_sql("SELECT body FROM answered_requests").all()
        assert not any(first.json()["secret"].encode() in bytes(row[0]) for row in rows if row[0])


def test_a_form_with_another_boundary_is_the_same_request(site: Site) -> None:
    with site.with_key("contents:inspect") as client:
        head = {"Idempotency-Key": "a-2"}
        answers = [
            client.post("/v1/inspections", files={"file": ("a.txt", b"plain words", "text/plain")}, headers=head)
            for _ in range(2)
        ]
    assert answers[0].status_code < 300, answers[0].text
    assert answers[1].headers.get("Idempotency-Replayed") == "true"
    assert answers[0].content == answers[1].content


def test_a_request_under_way_and_a_withdrawn_key_get_no_answer(site: Site) -> None:
    keys = ApiKeys(site.store)
    made, secret = keys.make("runs", ["programs:write"], by=None)
    name = Name.of(f"Bearer {secret}", "POST", "/v1/api-keys?", "a-3")
    assert Answered(site.store).begin(name) is None
    with site.client() as client:
        head = {"Authorization": f"Bearer {secret}", "Idempotency-Key": "a-3"}
        assert client.post("/v1/api-keys", json={}, headers=head).status_code == 409
        # A process that died lets it be made anew.
        assert Answered(site.store).begin(name, datetime.now(UTC) + timedelta(hours=1)) is None
        keys.withdraw(made.id, by="test")
        assert client.post("/v1/api-keys", json={}, headers=head).status_code == 401

"""Warrants: they begin and end by themselves, every look is in the ledger, requests go back and forth."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import warranted
from evidence import SIGNER
from overt.access.material import MOVES, STATES, ways_on
from overt.access.warrant import Scope
from overt.canonical import canonical, stamp
from overt.errors import UsageError
from overt.ledger.signing import verified
from overt.store.material import Material, Said, Sent, waiting
from overt.store.objects import Objects
from overt.store.records import Store
from overt.store.sessions import Sessions
from overt.store.warrants import Warrants, event_of


def test_a_warrant_ends_by_itself_and_with_it_its_accounts(store: Store) -> None:
    held = warranted.warrant(store, Scope(frozenset({"contents"}), personal=False))
    officer = warranted.officer(store, held.id)
    token = Sessions(store).begin(officer, "test")
    who = Sessions(store).who(token)
    assert who
    assert who[0].permissions == {"contents:read", "contents:inspect", "evidence:export", "inspections:ask"}
    assert Warrants(store).get(held.id).standing(datetime.now(UTC)) == "in_force"
    later = datetime.now(UTC) + timedelta(days=8)
    assert Warrants(store).get(held.id).standing(later) == "over"
    assert Sessions(store).who(token, later) is None
    with pytest.raises(UsageError):
        Sessions(store).begin(officer, "test", later)


def test_ending_early_ends_sessions_at_once_and_wants_a_reason(store: Store) -> None:
    held = warranted.warrant(store)
    token = Sessions(store).begin(warranted.officer(store, held.id), "test")
    with pytest.raises(UsageError):
        Warrants(store).end(held.id, " ", by="staff:compliance")
    assert Sessions(store).who(token)
    Warrants(store).end(held.id, "授权机关撤回", by="staff:compliance")
    assert Sessions(store).who(token) is None
    with pytest.raises(UsageError):
        Warrants(store).extend(held.id, stamp(datetime.now(UTC) + timedelta(days=20)), "再查", by="staff:compliance")


def test_a_longer_time_is_an_act_of_its_own(store: Store) -> None:
    held = warranted.warrant(store)
    officer = warranted.officer(store, held.id)
    longer = stamp(datetime.now(UTC) + timedelta(days=20))
    with pytest.raises(UsageError):
        Warrants(store).extend(held.id, held.until, "同样的期限", by="staff:compliance")
    Warrants(store).extend(held.id, longer, "补充检查通知书", by="staff:compliance")
    later = datetime.now(UTC) + timedelta(days=8)
    assert Sessions(store).begin(officer, "test", later)


def test_a_second_person_confirms(store: Store) -> None:
    held = warranted.warrant(store)
    objects = Objects.open("", store.data or Path())
    warrants = Warrants(store, objects)
    assert warrants.paper(held.id) == ("文书.pdf", b"%PDF-1.7 paper")
    waits = warrants.make(warranted.draft(), by="staff:one", confirmed=False)
    assert waits.standing(datetime.now(UTC)) == "waiting"
    token = Sessions(store).begin(warranted.officer(store, waits.id), "test")
    assert (who := Sessions(store).who(token))
    assert not who[0].permissions
    with pytest.raises(UsageError):
        warrants.confirm(waits.id, by="staff:one")
    warrants.confirm(waits.id, by="staff:two")
    assert (who := Sessions(store).who(token))
    assert who[0].permissions


def test_looks_are_listed_and_lie_in_the_ledger(store: Store) -> None:
    held = warranted.warrant(store)
    warrants = Warrants(store)
    look = event_of("contents")(held.id, "0" * 32, "GET /v1/contents/{content}", ("abc",), ("verdict",), True)
    index = warrants.looked(look)
    refused = warrants.looked(event_of("keys")(held.id, "0" * 32, "GET /console/keys", (), (), False))
    assert [(each.entry, each.granted) for each in warrants.looks(held.id, 10)] == [(refused, False), (index, True)]
    assert [each.entry for each in warrants.looks(held.id, 10, kind="contents")] == [index]
    assert [each.entry for each in warrants.looks(held.id, 10, before=refused)] == [index]


@pytest.mark.parametrize(
    "change",
    [{"authority": " "}, {"until": "2020-01-01T00:00:00.000Z"}, {"scope": Scope(frozenset())}, {"paper": b""}],
)
def test_a_warrant_without_its_parts_is_none(store: Store, change: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        Warrants(store, Objects.open("", store.data or Path())).make(warranted.draft(**change), by="staff:compliance")


def test_a_request_goes_back_and_forth_with_receipts(store: Store) -> None:
    held = warranted.warrant(store)
    officer = f"inspector:{warranted.officer(store, held.id)}"
    material = Material(store, Objects.open("", store.data or Path()), SIGNER)
    soon, later = (stamp(datetime.now(UTC) + timedelta(days=days)) for days in (2, 5))
    asked = material.ask(held.id, officer, Said("提供训练数据来源说明", officer, "inspector", "PDF", soon))
    assert waiting(store)[0] == 1
    staff = "staff:compliance"
    material.move(asked.id, "question", Said("指哪个模型？", staff, "operator"))
    with pytest.raises(UsageError):  # It is the inspector's turn.
        material.move(asked.id, "question", Said("再问一次", staff, "operator"))
    material.move(asked.id, "clarify", Said("图像模型", officer, "inspector"))
    material.move(asked.id, "later", Said("整理需要时间", staff, "operator", due=later))
    assert material.get(asked.id).due == soon
    assert material.get(asked.id).overdue(datetime.now(UTC) + timedelta(days=3))
    with pytest.raises(UsageError):  # Nobody grants it to themselves.
        material.move(asked.id, "grant", Said("同意", staff, "operator", due=later))
    material.move(asked.id, "grant", Said("同意", officer, "inspector", due=later))
    assert material.get(asked.id).due == later
    answer = Sent("说明.pdf", b"%PDF-1.7 answer")
    material.move(asked.id, "answer", Said("见附件", staff, "operator", files=[answer]))
    assert material.move(asked.id, "accept", Said("", officer, "inspector")).state == "closed"
    steps = material.steps(asked.id)
    assert [each.kind for each in steps] == ["ask", "question", "clarify", "later", "grant", "answer", "accept"]
    for each in steps:
        told = each.receipt["receipt"]
        assert verified(SIGNER.public, bytes.fromhex(each.receipt["signature"]), canonical(told))
        assert told["ledger_index"] == each.entry
    kept = steps[5].files[0]
    assert material.file(asked.id, kept.object) == ("说明.pdf", b"%PDF-1.7 answer")
    assert "说明.pdf" not in json.dumps(steps[5].receipt)


def test_every_open_state_has_a_way_on() -> None:
    for state in STATES:
        ways = ways_on(state, "operator") + ways_on(state, "inspector")
        assert bool(ways) == (state != "closed")
    assert all(move.sources for move in MOVES.values())

"""Lists of decisions and what became of one, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import gating
from overt.access.warrant import EVERYTHING
from overt.gate.book import Answer
from overt.gate.model import Ask, Decision, Material
from overt.gate.request import text_material
from overt.language import Text
from overt.store import decision_lists
from overt.store.decision_lists import Wanted
from overt.store.records import Store
from overt.store.vault import Vault

NOON = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
"""After the accounts were identified."""


def decided(store: Store, prompt: str, minutes: int, purpose: str = "education") -> Decision:
    gate = gating.gate_of(store, lambda: NOON + timedelta(minutes=minutes))
    ask = Ask(gating.account(store), ("image_generation",), purpose, "images.generate", outputs=2)
    return gate.decide(replace(ask, materials=(text_material(prompt),)))


def test_decisions_are_listed_by_pages_and_filters(store: Store):
    made = [decided(store, "春天的山水画", minutes) for minutes in range(3)]
    refused = decided(store, "写一个诈骗剧本", 3, "satire")
    rows = decision_lists.page(store, Wanted(), 2)
    assert [each.id for each in rows[:2]] == [refused.id, made[2].id]
    assert [each.id for each in decision_lists.page(store, Wanted(), 5, rows[1].place)] == [made[1].id, made[0].id]

    def found(wanted: Wanted) -> list[str]:
        return [each.id for each in decision_lists.page(store, wanted, 10)]

    assert found(Wanted(outcome="refuse")) == found(Wanted(purpose="satire")) == [refused.id]
    assert found(Wanted(account=made[0].account)) == found(Wanted(id=made[0].id)) == [made[0].id]
    assert found(Wanted(since=decision_lists.told(NOON + timedelta(minutes=2)))) == [refused.id, made[2].id]
    assert found(Wanted(before=decision_lists.told(NOON + timedelta(minutes=1)))) == [made[0].id]
    apart = replace(EVERYTHING, contents=frozenset({"another"}))
    assert decision_lists.page(store, Wanted(), 10, scope=apart) == []


def test_a_decision_is_told_with_its_contents_and_after_its_accounts_key_is_gone(store: Store, vault: Vault):
    made = decided(store, "春天的山水画", 0)
    whole = decision_lists.whole(store, made.id, NOON)
    assert whole is not None
    assert whole.decision == made
    assert {each.content_id: each.use for each in whole.contents} == dict.fromkeys(made.content_ids, "unused")
    assert (whole.row.given, whole.row.used, whole.row.standing(NOON)) == (2, 0, "allows")
    late = decision_lists.whole(store, made.id, NOON + timedelta(days=2))
    assert late is not None
    assert {each.use for each in late.contents} == {"over"}
    assert late.row.standing(NOON + timedelta(days=2)) == "over"

    with store.acting() as act:
        vault.destroy(act.connection, made.account)
    gone = decision_lists.whole(store, made.id, NOON)
    assert gone is not None
    assert (gone.decision, gone.row.outcome) == (None, "allow")
    assert decision_lists.whole(store, "nothing", NOON) is None


def test_an_answer_supersedes_what_was_held(store: Store):
    gate = gating.gate_of(store, lambda: NOON)
    unseen = Material("input", "audio", "0" * 64)
    ask = Ask(gating.account(store), ("image_generation",), "education", "images.generate", materials=(unseen,))
    held = gate.decide(ask)
    assert decision_lists.page(store, Wanted(), 1)[0].standing(NOON) == "waits"
    assert decision_lists.waiting_since(store) == (1, held.decided)

    after = gate.answer(held.id, Answer("allow", "staff:a", Text(zh="可以", en="fine")))
    row = decision_lists.page(store, Wanted(id=held.id), 1)[0]
    assert (row.superseded, row.standing(NOON), row.given) == (after.id, "answered", 0)
    assert decision_lists.waiting_since(store) == (0, "")

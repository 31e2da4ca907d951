"""Pages of the people's queue, and leases that are lengthened, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import uuid4

import pytest

from overt.gate.review.library import Library, starter
from overt.gate.review.queue import LEASE, Held, Seen
from overt.store import review_lists
from overt.store.log import entries_about
from overt.store.records import Store
from overt.store.reviews import Reviews

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def held(decision: str, **changes: object) -> Held:
    seen = Seen("prompt", "text", sha256(decision.encode()).hexdigest(), decision)
    base = {"decision": decision, "person": uuid4().hex, "purpose": "satire", "materials": (seen,)}
    return Held(**(base | changes))  # type: ignore[arg-type]


@pytest.fixture
def reviews(store: Store) -> Reviews:
    return Reviews(store)


def test_pages_go_through_the_queue_in_the_order_in_which_it_is_given_out(reviews: Reviews):
    for number, priority in enumerate((0, 5, 0, 5, 1)):
        reviews.add(held(f"d{number}", priority=priority))
    found, after = [], None
    while True:
        rows = review_lists.page(reviews.store, "waiting", 2, after)
        found += rows[:2]
        if len(rows) <= 2:
            break
        after = rows[1].place
    assert [each.decision for each in found] == ["d1", "d3", "d4", "d0", "d2"]
    assert [each.id for each in found] == [each.id for each in reviews.waiting(NOON)]


def test_what_was_settled_is_listed_the_latest_first_with_the_duties_it_rests_on(reviews: Reviews):
    for number in range(3):
        item = reviews.add(held(f"d{number}"))
        reviews.claim("anna", NOON)
        reviews.answer(
            item, "anna", "refuse", "why", ["DS-10a", "IS-15"][: number % 2 + 1], NOON + timedelta(seconds=number)
        )
    rows = review_lists.page(reviews.store, "settled", 2)
    assert [each.decision for each in rows] == ["d2", "d1", "d0"]
    assert [each.decision for each in review_lists.page(reviews.store, "settled", 2, rows[1].place)] == ["d0"]
    assert review_lists.duties_chosen(reviews.store) == ["DS-10a", "IS-15"]
    assert review_lists.waiting(reviews.store, NOON).unfollowed == 3


def test_a_lease_is_lengthened_while_it_runs_and_taken_again_only_while_nobody_else_has_it(reviews: Reviews):
    item = reviews.add(held("d1"))
    reviews.claim("anna", NOON)
    assert reviews.renew(item, "bao", NOON) is None
    assert reviews.renew(item, "anna", NOON + timedelta(minutes=10)) == "2026-11-23T12:25:00.000Z"
    assert [each.id for each in review_lists.held_by(reviews.store, "anna", NOON + timedelta(minutes=20))] == [item]

    late = NOON + timedelta(minutes=30)
    assert reviews.renew(item, "anna", late) is None
    assert review_lists.waiting(reviews.store, late).free == 1
    assert reviews.renew(item, "anna", late, again=True)
    with reviews.store.reading() as connection:
        told = [
            each.opening.event["tag"] for each in entries_about(connection, reviews.store.vault, item) if each.opening
        ]
    assert told.count("review:item:claim") == 2

    later = late + LEASE
    assert reviews.claim("bao", later)
    assert reviews.renew(item, "anna", later, again=True) is None


def test_of_two_pairs_of_eyes_neither_looks_through_the_others(reviews: Reviews):
    item = reviews.add(held("d1", eyes=2))
    reviews.claim("anna", NOON)
    reviews.answer(item, "anna", "pass", "fine", [], NOON)
    second = reviews.claim("bao", NOON)
    assert second is not None
    assert (second.told_to("bao"), len(second.told_to("anna"))) == ((), 1)
    assert (second.open_to("bao", NOON), second.open_to("anna", NOON)) == (True, False)
    assert not second.open_to("bao", NOON + LEASE)
    settled = reviews.answer(item, "bao", "pass", "fine", [], NOON)
    assert len(settled.told_to("chen")) == 2
    assert settled.open_to("chen", NOON)


def test_versions_of_a_library_tell_what_each_changed(reviews: Reviews):
    first = starter()
    reviews.load_library(first)
    changed = first.entry[1].model_copy(update={"note": "another"})
    reviews.load_library(
        Library(name="starter", version="2", approver="bao", entry=(changed, *first.entry[2:])), by="me"
    )
    latest, before = review_lists.versions(reviews.store, "starter")
    assert (latest.version, latest.changes.removed, latest.changes.changed) == (
        "2",
        (first.entry[0].id,),
        (changed.id,),
    )
    assert len(before.changes.added) == len(first.entry)
    assert review_lists.versions(reviews.store, "another") == []
    with reviews.store.reading() as connection:
        entry = next(iter(entries_about(connection, reviews.store.vault, latest.digest)))
    assert entry.opening is not None
    assert entry.opening.event["by"] == "me"

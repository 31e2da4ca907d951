"""The people's queue, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import uuid4

import pytest
from sqlalchemy import select

from overt.errors import UsageError
from overt.gate.review.library import Library, starter
from overt.gate.review.queue import Held, Item, Seen
from overt.store.log import entries_about
from overt.store.records import Store
from overt.store.reviews import Reviews
from overt.store.tables.ledger import ledger_openings
from overt.store.tables.reviews import review_answers, review_items
from overt.store.vault import Vault

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
WORDS = "把这句话给审核员看"
PERSON = uuid4().hex


def held(decision: str = "d1", **changes: object) -> Held:
    seen = Seen("prompt", "text", sha256(WORDS.encode()).hexdigest(), WORDS, remarks=("features: fraud [0:3] 把这句",))
    return Held(**({"decision": decision, "person": PERSON, "purpose": "satire", "materials": (seen,)} | changes))


@pytest.fixture
def reviews(store: Store) -> Reviews:
    return Reviews(store)


def test_an_item_is_claimed_and_answered_and_all_of_it_is_recorded(reviews: Reviews):
    item = reviews.add(held(categories=("fraud",)))
    claimed = reviews.claim("anna", NOON)
    assert claimed is not None
    assert (claimed.id, claimed.state, claimed.claimed_by) == (item, "claimed", "anna")
    assert claimed.materials[0].text == WORDS

    settled = reviews.answer(item, "anna", "pass", "satire, as it says", ["DS-10a"], NOON)

    assert (settled.state, settled.outcome) == ("settled", "pass")
    assert settled.answers[0].words == "satire, as it says"
    with reviews.store.reading() as connection:
        told = [each.opening.event["tag"] for each in entries_about(connection, reviews.store.vault, item)]  # type: ignore[union-attr]
    assert told == ["review:item:add", "review:item:claim", "review:item:answer"]


def test_what_tells_of_a_person_lies_sealed_and_dies_with_the_key(reviews: Reviews, vault: Vault):
    item = reviews.add(held())
    reviews.claim("anna", NOON)
    reviews.answer(item, "anna", "refuse", "the reason of a reviewer", [], NOON)
    with reviews.store.reading() as connection:
        rows = [*connection.execute(select(review_items)), *connection.execute(select(review_answers))]
        rows += connection.execute(select(ledger_openings.c.data)).all()
    kept = repr(rows).encode() + b"".join(bytes(each) for row in rows for each in row if isinstance(each, bytes))
    assert WORDS.encode() not in kept
    assert b"the reason of a reviewer" not in kept
    assert sha256(WORDS.encode()).hexdigest().encode() not in kept

    with reviews.store.acting() as act:
        vault.destroy(act.connection, PERSON)

    assert reviews.get(item).materials == ()
    assert reviews.get(item).answers[0].words == ""
    assert reviews.get(item).outcome == "refuse"


def test_two_reviewers_never_have_the_same_item(reviews: Reviews):
    items = {reviews.add(held(f"d{number}")) for number in range(12)}

    def work(reviewer: str) -> list[str]:
        mine = []
        while (item := reviews.claim(reviewer, NOON)) is not None:
            mine.append(item.id)
        return mine

    with ThreadPoolExecutor(4) as threads:
        taken = [each for mine in threads.map(work, ("anna", "bao", "chen", "dora")) for each in mine]
    assert sorted(taken) == sorted(items)


def test_a_lease_that_is_over_gives_the_item_back(reviews: Reviews):
    item = reviews.add(held())
    reviews.claim("anna", NOON, lease=timedelta(minutes=5))
    assert reviews.claim("bao", NOON + timedelta(minutes=4)) is None

    later = NOON + timedelta(minutes=5)
    second = reviews.claim("bao", later)
    assert second is not None
    assert second.claimed_by == "bao"
    with pytest.raises(UsageError, match="not claimed"):
        reviews.answer(item, "anna", "pass", "too late", [], later)
    with pytest.raises(UsageError, match="not claimed"):
        reviews.answer(item, "bao", "pass", "too late as well", [], later + timedelta(hours=1))


def test_two_pairs_of_eyes_are_two_people_who_agree(reviews: Reviews):
    item = reviews.add(held(eyes=2))
    reviews.claim("anna", NOON)
    assert reviews.answer(item, "anna", "pass", "fine", [], NOON).state == "waiting"

    assert reviews.claim("anna", NOON) is None
    reviews.claim("bao", NOON)
    assert reviews.answer(item, "bao", "pass", "fine", [], NOON).outcome == "pass"


def test_who_disagrees_and_who_escalates_leaves_it_to_a_senior(reviews: Reviews):
    disputed, escalated = reviews.add(held("d1", eyes=2, priority=9)), reviews.add(held("d2"))
    for reviewer, answer in (("anna", "pass"), ("bao", "refuse")):
        item = reviews.claim(reviewer, NOON)
        assert item is not None
        assert item.id == disputed
        reviews.answer(disputed, reviewer, answer, "why", [], NOON)  # type: ignore[arg-type]
    taken = reviews.claim("chen", NOON)
    assert taken is not None
    reviews.answer(escalated, "chen", "escalate", "not mine to say", [], NOON)

    assert reviews.claim("dora", NOON) is None
    for _ in range(2):
        item = reviews.claim("dora", NOON, senior=True)
        assert item is not None
        assert reviews.answer(item.id, "dora", "refuse", "seen by a senior", ["IS-15"], NOON).outcome == "refuse"


def test_the_most_urgent_comes_first_then_the_oldest(reviews: Reviews):
    first, urgent = reviews.add(held("d1")), reviews.add(held("d2", priority=5))
    assert [each.id for each in reviews.waiting(NOON)] == [urgent, first]
    assert reviews.claim("anna", NOON).id == urgent  # type: ignore[union-attr]


def test_a_released_hold_leads_to_one_new_decision_even_after_a_crash(reviews: Reviews):
    item = reviews.add(held())
    reviews.claim("anna", NOON)
    reviews.answer(item, "anna", "pass", "fine", [], NOON)  # Nobody is told: as if the process ended here.
    assert reviews.unfollowed() == [item]

    made: list[Item] = []

    class Gate:
        def settled(self, settled: Item) -> str:
            made.append(settled)
            return "d2"

    again = Reviews(reviews.store, Gate())
    assert [again.follow_up(each) for each in again.unfollowed()] == ["d2"]
    assert again.follow_up(item) == "d2"
    assert [each.outcome for each in made] == ["pass"]
    assert reviews.unfollowed() == []


def test_what_people_passed_counts_for_the_same_person_and_purpose_alone(reviews: Reviews):
    digest = sha256(WORDS.encode()).hexdigest()
    item = reviews.add(held())
    assert reviews.passed(PERSON, "satire", digest) is None
    reviews.claim("anna", NOON)
    reviews.answer(item, "anna", "pass", "fine", [], NOON)

    assert reviews.passed(PERSON, "satire", digest) == "pass"
    assert reviews.passed(PERSON, "advertising", digest) is None
    assert reviews.passed(uuid4().hex, "satire", digest) is None


def test_an_answer_needs_a_reason(reviews: Reviews):
    item = reviews.add(held())
    reviews.claim("anna", NOON)
    with pytest.raises(UsageError, match="reason"):
        reviews.answer(item, "anna", "pass", "  ", [], NOON)
    assert reviews.release(item, "anna")
    assert not reviews.release(item, "anna")


def test_a_library_is_recorded_with_what_changed(reviews: Reviews):
    library = starter()
    first = reviews.load_library(library)
    assert first is not None
    assert len(first.added) == len(library.entry)
    assert reviews.load_library(library) is None

    changed = library.entry[1].model_copy(update={"action": "note"})
    second = Library(name="starter", version="2", approver="bao", entry=(changed, *library.entry[2:]))
    told = reviews.load_library(second)
    assert told is not None
    assert (told.added, told.removed, told.changed) == ((), (library.entry[0].id,), (changed.id,))
    assert [each["version"] for each in reviews.libraries()] == ["1", "2"]
    with reviews.store.reading() as connection:
        entry = next(iter(entries_about(connection, reviews.store.vault, second.digest)))
    assert entry.opening is not None
    assert entry.opening.event["removed"] == [library.entry[0].id]

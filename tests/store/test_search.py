"""Contents are found by everything that is known of them; a life is told in order, proved, and names nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gating import SIGNER, account, ask, gate_of
from overt.access.warrant import Scope
from overt.dissemination.model import Dissemination
from overt.errors import UsageError
from overt.ledger import merkle
from overt.ledger.checkpoint import Checkpoint
from overt.ledger.signing import Signer
from overt.marks.kept import Kept, Remembered
from overt.marks.model import Release
from overt.marks.watermark.model import shortened, spelled
from overt.store import retention, search, standing
from overt.store.daily import daily, generating
from overt.store.life import for_reader, life
from overt.store.publishing import Ledger, Voice
from overt.store.records import Store
from overt.store.search import Wanted

IDS = [str(UUID(int=number + 7)) for number in range(6)]


def release(number: int, **changes: object) -> Release:
    made = Release(
        content_id=IDS[number],
        sha256=f"{number:02x}" * 32,
        source_sha256=f"f{number:x}" * 32,
        media_type="image/png" if number % 2 else "audio/wav",
        producer="Example-Studio" if number else "Another",
        techniques=("image_generation",) if number % 2 else ("voice_conversion", "other"),
        marks=("label", "metadata"),
        released=f"2026-03-0{number + 1}T08:00:00+00:00",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.fixture
def filled(store: Store) -> Store:
    for number in range(4):
        store.release(release(number))
    others = Dissemination(
        "P-1", "dd" * 32, "ee" * 32, "image/png", "Example-Studio", "3", "yes", "{}", "[]", "2026-03-05T08:00:00+00:00"
    )
    store.disseminate(others)
    store.remember(Remembered(IDS[5], "ab" * 32, "image/png", "a fake of me", "2026-03-06T08:00:00+00:00"), Kept())
    return store


def ids(store: Store, **wanted: object) -> list[str]:
    return [row.id for row in search.find(store, Wanted(**wanted), 50)]  # type: ignore[arg-type]


def test_contents_are_found_by_whatever_is_known(filled: Store) -> None:
    everything = [IDS[5], "P-1", IDS[3], IDS[2], IDS[1], IDS[0]]
    assert ids(filled) == everything
    for known in (
        IDS[2],
        IDS[2].upper(),
        f"urn:c2pa:{IDS[2]}",
        "02" * 32,
        "f2" * 32,
        spelled(shortened(IDS[2], 64), 64),
        spelled(shortened(IDS[2], 40), 40),
    ):
        assert ids(filled, typed=known) == [IDS[2]], known
    assert ids(filled, typed="ee" * 32) == ids(filled, typed="P-1") == ["P-1"]
    assert ids(filled, typed="ab" * 32) == ids(filled, typed=IDS[5]) == [IDS[5]]
    assert ids(filled, typed="%") == ids(filled, typed="' OR 1=1 --") == []
    assert ids(filled, kind="released", media="image") == [IDS[3], IDS[1]]
    assert ids(filled, media="image/png") == [IDS[5], "P-1", IDS[3], IDS[1]]
    assert ids(filled, media="imag") == ids(filled, media="%") == []
    assert ids(filled, technique="voice_conversion", producer="Example-Studio") == [IDS[2]]
    assert ids(filled, technique="voice") == []
    assert ids(filled, attribute="3") == ["P-1"]
    assert search.producers(filled) == ("Another", "Example-Studio")
    some = Wanted(kind="released").within("2026-03-02", "2026-03-04T08:00:00Z")
    assert [row.id for row in search.find(filled, some, 50)] == [IDS[2], IDS[1]]
    with pytest.raises(UsageError, match="no day"):
        Wanted().within("yesterday", "")


def test_pages_neither_skip_nor_repeat(filled: Store) -> None:
    seen: list[str] = []
    before = None
    while rows := search.find(filled, Wanted(), 2, before):
        seen += [row.id for row in rows]
        before = rows[-1].ledger_index
        filled.release(release(4)) if len(seen) == 2 else None
    assert seen == [IDS[5], "P-1", IDS[3], IDS[2], IDS[1], IDS[0]]


def test_a_warrant_shows_what_it_is_about(filled: Store) -> None:
    scope = Scope(contents=frozenset({IDS[1], IDS[2]}), techniques=frozenset({"image_generation"}))
    assert [row.id for row in search.find(filled, Wanted(), 50, scope=scope)] == [IDS[1]]
    assert life(filled, IDS[2], None, scope) is None
    assert {each.about for each in standing.entries(filled, 50, scope=scope)} == {(IDS[1],)}


def test_a_life_is_told_in_order_and_proved(store: Store, tmp_path: Path) -> None:
    gate = gate_of(store)
    decision = gate.decide(ask(account(store)))
    assert decision.outcome == "allow"
    content_id = decision.content_ids[0]
    store.release(release(1, content_id=content_id, released="2026-03-02T08:00:00+00:00"), decision_id=decision.id)
    retention.place(store, "a case", "a court", ids=[content_id])
    view = store.tree.view()
    told = life(store, content_id, Checkpoint("log", view.size - 1, view.root_at(view.size - 1)))
    assert told is not None
    tags = [step.entry.tag for step in told.steps]
    assert tags == ["gate:decision:sign", "gate:decision:use", "marking:content:release", "retention:hold:place"]
    assert [step.proof for step in told.steps] == ["proved", "proved", "proved", "waits"]
    assert all(step.opens for step in told.steps)
    assert told.decisions == (decision.id,)
    assert [hold.reason for hold in told.holds] == ["a case"]
    assert told.steps[0].facts["outcome"] == "allow"
    assert decision.account not in repr(told.steps)
    reader = for_reader(told.steps, lambda need: need == "contents:read")
    assert [bool(step.facts) for step in reader] == [False, False, True, False]
    forged = life(store, content_id, Checkpoint("log", view.size, merkle.leaf_hash(b"another history")))
    assert forged is not None
    assert {step.proof for step in forged.steps} == {"broken"}
    assert life(store, IDS[5], None) is None


def test_days_are_counted(filled: Store) -> None:
    gate = gate_of(filled)
    gate.decide(ask(account(filled)))
    counts = daily(filled, date(2026, 3, 2))
    assert counts.contents == {"2026-03-02": 1, "2026-03-03": 1, "2026-03-04": 1}
    assert counts.decisions == {"allow": {datetime.now(UTC).date().isoformat(): 1}}
    assert generating(filled) == (0, "")


def test_the_ledger_says_how_it_stands(filled: Store) -> None:
    ledger = Ledger(filled, Voice("log", SIGNER))
    now = standing.standing(filled, ledger)
    assert (now.latest, now.waiting) == (None, now.size)
    late = datetime.fromisoformat(now.since).replace(year=2099)
    told = f"{now.size} entries are under no checkpoint, the oldest for over 5 minutes"
    assert [each.en for each in now.trouble(late, 60)] == [told]
    assert now.trouble(late, 0) == ()
    assert "No key" in standing.standing(filled, None).trouble(late, 60)[0].en
    assert standing.entries(filled, 1, tag="marking:content:release")[0].about == (IDS[3],)
    assert len(standing.entries(filled, 50, tag="marking:")) == 4
    assert len(standing.entries(filled, 50, tag="marking:content")) == 4
    assert [each.index for each in standing.entries(filled, 2, after=2)] == [3, 4]
    if filled.data is None:
        return
    ledger.publish()
    after = standing.standing(filled, ledger)
    assert after.latest is not None
    assert (after.latest.holds, after.waiting, after.trouble(late, 60)) == (True, 0, ())
    stranger = Ledger(filled, Voice("log", Signer(Ed25519PrivateKey.generate())))
    assert "not signed by" in standing.standing(filled, stranger).trouble(late, 60)[0].en

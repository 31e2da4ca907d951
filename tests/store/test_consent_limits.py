"""Consents that their persons limit: signed anew, and decisions under way that they cover no more."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select

import gating
from overt.gate.consent.model import Consent, Scope, Told
from overt.gate.model import Decision, Depicted
from overt.ledger.signing import verified
from overt.store.consent_limits import Limits, limit
from overt.store.consent_rows import Answer, AnswerError, Upload, ended
from overt.store.consents import Consents
from overt.store.records import Store
from overt.store.tables.consents import consent_former

BOTH = ("film", "art")


@pytest.fixture
def consents(store: Store, tmp_path: Path) -> Consents:
    return gating.desk(store, tmp_path / "objects")


def given(consents: Consents) -> Consent:
    """A consent to two techniques and two purposes, given and checked."""
    told = Told("Somebody", f"{uuid4().hex}@example.com", "a studio", "a dubbed film", "cinemas")
    scope = Scope(("voice",), ("voice_conversion", "voice_editing"), BOTH, uses=4)
    link = consents.ask(told, scope, language="en")
    asked = consents.open(link.token, "en", guarded=False)
    assert asked.challenge is not None
    answer = Answer(scope.likeness, scope.techniques, scope.purposes, asked.notice, asked.challenge.id)
    consents.give(link.token, answer, Upload(secrets.token_bytes(32), "audio/webm"))
    consents.check(link.consent_id, confirmed=True, by="staff")
    standing = consents.standing(link.consent_id)
    assert standing is not None
    assert standing.consent is not None
    return standing.consent


def decided(store: Store, consent: Consent, technique: str, purpose: str) -> Decision:
    depicted = (Depicted("voice", consent.id),)
    asked = gating.ask(gating.account(store), techniques=(technique,), purpose=purpose, depicted=depicted)
    decision = gating.gate_of(store).decide(asked)
    assert decision.outcome == "allow", decision.reasons
    return decision


def test_decisions_that_a_limited_consent_covers_no_more_are_worthless(consents: Consents, store: Store) -> None:
    consent = given(consents)
    film = decided(store, consent, "voice_conversion", "film")
    other = decided(store, consent, "voice_editing", "film")
    art = decided(store, consent, "voice_conversion", "art")
    narrowed = limit(store, consents.signer, consent.id, Limits(("voice_conversion",), ("film",), 3))
    assert (narrowed.techniques, narrowed.purposes, narrowed.uses) == (("voice_conversion",), ("film",), 3)
    assert verified(consents.signer.public, bytes.fromhex(narrowed.signature), narrowed.signed_bytes())
    codes = {}
    with store.reading() as connection:
        for each in (film, other, art):
            codes[each.id] = [reason.code for reason in ended(connection, each.id, datetime.now(UTC))]
        former = connection.execute(select(consent_former)).mappings().one()
    assert codes == {film.id: [], other.id: ["consent:limited"], art.id: ["consent:limited"]}
    assert sha256(former["body"]).hexdigest() == sha256(consent.signed_bytes()).hexdigest()
    asked = consents.find(consent.id)
    assert asked is not None
    receipt = consents.receipt(asked)
    assert receipt is not None
    assert "limited" in {each["event_type"] for each in receipt["receipt"]["events"]}


WIDER = [
    Limits(("voice_conversion", "voice_editing"), BOTH, 4),
    Limits(("voice_conversion", "voice_editing"), BOTH, 5),
    Limits(("voice_conversion", "face_replacement"), BOTH, 4),
    Limits((), BOTH, 4),
    Limits(("voice_conversion",), ("advertising",), 4),
    Limits(("voice_conversion",), ("film",), 0),
]


def test_a_limit_only_narrows(consents: Consents, store: Store) -> None:
    consent = given(consents)
    for limits in WIDER:
        with pytest.raises(AnswerError):
            limit(store, consents.signer, consent.id, limits)
    standing = consents.standing(consent.id)
    assert standing is not None
    assert standing.consent == consent

"""What a consent covers: one row for each way in which it may not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from overt.gate.consent import rules
from overt.gate.consent.model import Consent, Guardian, Standing, consent_from
from overt.gate.consent.steps import ConsentStep
from overt.gate.model import Ask, Depicted

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
CONSENT = Consent(
    id="c1",
    person="p1",
    likeness=("face",),
    techniques=("face_replacement", "image_generation"),
    purposes=("satire",),
    uses=3,
    account="",
    controller="Example-Studio",
    language="zh",
    notice="00" * 32,
    shown=AT.isoformat(),
    given=AT.isoformat(),
    expires=(AT + timedelta(days=30)).isoformat(),
)
GIVEN = Standing("c1", "given", "confirmed", (AT + timedelta(days=1)).isoformat(), CONSENT, used=1)
ASK = Ask("a1", ("face_replacement",), "satire", "images.edit", depicted=(Depicted("face", "c1"),), outputs=2)


def changed(**fields: Any) -> Standing:
    return replace(GIVEN, consent=replace(CONSENT, **fields))


@pytest.mark.parametrize(
    ("code", "outcome", "standing", "ask"),
    [
        ("", "allow", GIVEN, ASK),
        ("", "allow", changed(account="a1"), ASK),
        ("", "allow", replace(GIVEN, proof="none"), ASK),
        ("consent:unknown", "refuse", None, ASK),
        ("consent:not-given", "refuse", Standing("c1", "asked", "none", GIVEN.link_expires), ASK),
        ("consent:not-given", "refuse", Standing("c1", "opened", "none", GIVEN.link_expires), ASK),
        ("consent:lapsed", "refuse", Standing("c1", "opened", "none", AT.isoformat()), ASK),
        ("consent:declined", "refuse", replace(GIVEN, written="declined"), ASK),
        ("consent:withdrawn", "refuse", replace(GIVEN, written="withdrawn"), ASK),
        ("consent:expired", "refuse", changed(expires=AT.isoformat()), ASK),
        ("consent:used-up", "refuse", replace(GIVEN, used=3), ASK),
        ("consent:used-up", "refuse", replace(GIVEN, used=2), ASK),
        ("consent:unchecked", "hold", replace(GIVEN, proof="waiting"), ASK),
        ("consent:not-the-person", "refuse", replace(GIVEN, proof="refused"), ASK),
        ("consent:controller", "refuse", changed(controller="Another-Studio"), ASK),
        ("consent:account", "refuse", changed(account="a2"), ASK),
        ("consent:technique", "refuse", changed(techniques=("image_generation",)), ASK),
        ("consent:technique", "refuse", GIVEN, replace(ASK, techniques=("face_replacement", "video_generation"))),
        ("consent:purpose", "refuse", GIVEN, replace(ASK, purpose="advertising")),
        ("consent:likeness", "refuse", changed(likeness=("name",)), ASK),
    ],
)
def test_what_is_lacking(code: str, outcome: str, standing: Standing | None, ask: Ask) -> None:
    lacking = rules.covers(standing, ask, ["face"], AT, controller="Example-Studio")
    assert [each.code for each in lacking] == ([code] if code else [])
    assert rules.outcome(lacking) == outcome


def test_a_withdrawal_shows_even_where_the_consent_has_expired() -> None:
    late = datetime.fromisoformat(CONSENT.expires) + timedelta(days=1)
    assert replace(GIVEN, written="withdrawn").state(late) == "withdrawn"
    assert GIVEN.state(late) == "expired"


def test_an_unchecked_recording_holds_only_where_nothing_else_is_lacking() -> None:
    both = rules.covers(
        replace(GIVEN, proof="waiting"), replace(ASK, purpose="art"), ["face"], AT, controller="Example-Studio"
    )
    assert {each.code for each in both} == {"consent:unchecked", "consent:purpose"}
    assert rules.outcome(both) == "refuse"


def test_every_reason_cites_a_duty_and_says_what_it_means_in_both_languages() -> None:
    for reason in (rules.UNSAID, rules.MISSING, rules.FICTIONAL, rules.PROMPTED):
        assert reason.duties
        assert reason.text.zh != reason.text.en


class Book:
    def __init__(self, *standings: Standing) -> None:
        self.kept = {each.id: each for each in standings}

    def standing(self, consent_id: str) -> Standing | None:
        return self.kept.get(consent_id)


STEP = ConsentStep(Book(GIVEN), "Example-Studio")


@pytest.mark.parametrize(
    ("techniques", "depicted", "found"),
    [
        (("passage_generation",), (), []),
        (("face_replacement",), (), [("refuse", "consent:unsaid")]),
        (("face_replacement",), (Depicted("face"),), [("refuse", "consent:missing")]),
        (("image_generation",), (Depicted("name", described="Li Ming"),), [("refuse", "consent:missing")]),
        (("face_replacement",), (Depicted("face", fictional=True),), [("allow", "consent:fictional")]),
        (("face_replacement",), (Depicted("face", "c1"),), [("allow", "consent:prompted")]),
        (("face_replacement",), (Depicted("face", "c9"),), [("refuse", "consent:unknown")]),
        # A voice that is said to be covered does not stand for a face that nobody speaks of.
        (("face_replacement",), (Depicted("voice", fictional=True),), [("refuse", "consent:unsaid"), ("allow", "")]),
        # One person consented; the other did not.
        (
            ("face_replacement",),
            (Depicted("face", "c1"), Depicted("face")),
            [("refuse", "consent:missing"), ("allow", "consent:prompted")],
        ),
    ],
)
def test_the_step(techniques: tuple[str, ...], depicted: tuple[Depicted, ...], found: list[tuple[str, str]]) -> None:
    ask = Ask("a1", techniques, "satire", "images.edit", depicted=depicted)
    told = STEP.look(ask, AT)
    assert [each.outcome for each in told] == [outcome for outcome, _ in found]
    for finding, (_, code) in zip(told, found, strict=True):
        assert not code or [each.code for each in finding.reasons] == [code]
        assert all(each.duties for each in finding.reasons)


def test_the_prompt_of_the_provisions_is_recorded_for_who_is_fictional() -> None:
    ask = Ask("a1", ("face_replacement",), "art", "images.edit", depicted=(Depicted("face", fictional=True),))
    (finding,) = STEP.look(ask, AT)
    assert finding.details == {"prompt": "DS-14b"}
    assert finding.reasons[0].duties == ("DS-14b",)


def test_a_signed_consent_comes_back_as_it_was() -> None:
    for guardian in (None, Guardian("parent")):
        consent = replace(CONSENT, guardian=guardian, signer="ab", signature="cd")
        assert consent_from(consent.signed_bytes(), "cd") == consent

"""The rules from readings to a verdict (Labeling Measures, art. 6)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.inspection.verdict import Own, judge
from overt.language import Text
from overt.marks.metadata.aigc import Aigc
from overt.marks.metadata.security import digest
from overt.marks.model import Reading, Release

SHA = "ab" * 32
BARE = Aigc("1", "P", "id-0", "", "P", "id-0")
OURS = replace(BARE, reserved_code1=digest(BARE))
RELEASE = Release("id-0", SHA, "cd" * 32, "image/png", "P", ("other",), ("metadata",), "2026-01-01T00:00:00+00:00")
OWN = Own("P", None, (RELEASE,))


def found(aigc: Aigc = OURS) -> Reading:
    return Reading("metadata", "found", "XMP", values=aigc.values())


ABSENT = Reading("metadata", "absent", "XMP")
UNREADABLE = Reading("metadata", "unreadable", "XMP", reason=Text(zh="截断", en="cut off"))
SEEN = Reading("label", "found", "bottom-right", values={"wording": "人工智能生成", "places": [], "measures": {}})
UNSEEN = Reading("label", "absent")
UNSURE = Reading("label", "unreadable", reason=Text(zh="打不开", en="cannot be decoded"))

TABLE = {
    "metadata says is": ((found(),), "confirmed"),
    "metadata says may be": ((found(replace(OURS, label="2")),), "possible"),
    "metadata says suspected": ((found(replace(OURS, label="3")),), "suspected"),
    "metadata says something unknown": ((found(replace(OURS, label="9")),), "suspected"),
    "a label that people see, and nothing else": ((ABSENT, SEEN), "suspected"),
    "a label that people see, and metadata that cannot be read": ((UNREADABLE, SEEN), "suspected"),
    "metadata says is, label not readable": ((found(), UNSURE), "confirmed"),
    "nothing found by readers that could tell": ((ABSENT, UNSEEN), "none"),
    "metadata not readable": ((UNREADABLE, UNSEEN), "unreadable"),
    "label not readable": ((ABSENT, UNSURE), "unreadable"),
    "the strongest of two labels": ((found(replace(OURS, label="3")), found()), "confirmed"),
}


@pytest.mark.parametrize(("readings", "kind"), TABLE.values(), ids=TABLE)
def test_verdicts(readings: tuple[Reading, ...], kind: str):
    verdict = judge(readings, SHA)

    assert verdict.kind == kind
    assert verdict.reasons


readings_of_any_kind = st.lists(st.sampled_from([ABSENT, UNREADABLE, UNSEEN, UNSURE, SEEN, found()]), min_size=1)


@given(readings_of_any_kind)
def test_could_not_tell_is_never_shown_as_none(readings: list[Reading]):
    verdict = judge(tuple(readings), SHA)

    if any(reading.state == "unreadable" for reading in readings):
        assert verdict.kind != "none"
        told = " ".join(reason.text.en for reason in verdict.reasons)
        assert "could not be read" in told


@given(readings_of_any_kind, st.sampled_from([found(), SEEN]))
def test_another_sign_never_weakens_a_verdict(readings: list[Reading], sign: Reading):
    order = ["confirmed", "possible", "suspected", "unreadable", "none"]
    before, after = judge(tuple(readings), SHA).kind, judge((*readings, sign), SHA).kind

    assert order.index(after) <= order.index(before)


def test_our_own_bytes_confirm_without_any_mark():
    verdict = judge((ABSENT, UNSEEN), SHA, Own("P", RELEASE))

    assert verdict.kind == "confirmed"
    assert "id-0" in verdict.reasons[0].text.en


CONTRADICTIONS = {
    "bytes-differ": ((found(),), "00" * 32, OWN),
    "label-digest": ((found(replace(OURS, produce_id="id-1")),), SHA, OWN),
    "id-not-released": ((found(),), SHA, Own("P")),
    "labels-disagree": ((found(), found(replace(OURS, content_producer="Q"))), SHA, OWN),
}


@pytest.mark.parametrize(("name", "case"), CONTRADICTIONS.items(), ids=CONTRADICTIONS)
def test_contradictions_are_told_and_change_no_verdict(name: str, case: tuple):
    verdict = judge(*case)

    assert name in [contradiction.name for contradiction in verdict.contradictions]
    assert verdict.kind == "confirmed"


def test_an_untouched_release_has_no_contradiction():
    assert judge((found(),), SHA, OWN).contradictions == ()


def test_a_strangers_label_contradicts_nothing_of_ours():
    foreign = Aigc("1", "Q", "z", "ff" * 32)

    assert judge((found(foreign),), SHA, OWN).contradictions == ()

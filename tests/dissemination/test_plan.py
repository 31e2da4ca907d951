"""The rules from an inspection to what is written and told (Labeling Measures art. 6; formats/marks.md 2.9)."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.dissemination.plan import Plan, percent_spelt, plan
from overt.inspection import Inspection
from overt.inspection.verdict import judge
from overt.language import Text
from overt.marks.examine import Examination
from overt.marks.metadata.aigc import Aigc, parse
from overt.marks.metadata.security import DigestSeal, digest
from overt.marks.model import Reading, Release
from overt.rulebook import load

SHA = "ab" * 32
NOTICES = load("cn").notices
US = "Example-Platform"
SEEN = Reading("label", "found", "picture", values={"wording": "人工智能生成", "measures": {}, "places": []})
TRACE = Reading(
    "trace", "found", "XMP", values={"name": "x", "strength": "generator", "key": "k", "value": "v", "system": "S"}
)
ABSENT = Reading("metadata", "absent", "XMP")
CUT = Reading("metadata", "unreadable", "PNG", reason=Text(zh="中断", en="it ends early"))
RELEASE = Release("id-9", SHA, "cd" * 32, "image/png", US, ("other",), ("metadata",), "2026-01-01T00:00:00+00:00")


def found(label: str = "1", producer: str = "P", content: str = "x", code: str = "", propagator: str = "Q") -> Reading:
    values = Aigc(label, producer, content, code, propagator, "y").values()
    return Reading("metadata", "found", "XMP", values=dict(values))


def decide(*readings: Reading, declared: bool = False, known: bool = False, released: Release | None = None) -> Plan:
    examination = Examination(SHA, 1, "png", "image/png", True, readings)
    verdict = judge(readings, SHA)
    answer = Inspection("f.png", examination, verdict, getattr(NOTICES, verdict.kind).text, None, released)
    return plan(answer, US, DigestSeal(), NOTICES, declared=declared, known=known)


CASES = {
    "says 1": ((found("1"),), False, "confirmed", ("1", "P")),
    "says 2": ((found("2"),), False, "possible", ("2", "P")),
    "says 3": ((found("3"),), False, "suspected", ("3", "P")),
    "says what nobody understands": ((found("7"),), False, "suspected", ("3", "P")),
    "says 1, and the user declares": ((found("1"),), True, "confirmed", ("1", "P")),
    "says 3, and the user declares": ((found("3"),), True, "suspected", ("3", "P")),
    "declared alone": ((ABSENT,), True, "possible", ("2", "")),
    "declared, and a label is seen": ((ABSENT, SEEN), True, "possible", ("2", "")),
    "a label is seen": ((ABSENT, SEEN), False, "suspected", ("3", "")),
    "a trace": ((ABSENT, TRACE), False, "suspected", ("3", "")),
    "nothing": ((ABSENT,), False, "none", None),
    "could not tell": ((CUT,), False, "unreadable", None),
    "could not tell, and declared": ((CUT,), True, "unreadable", None),
    "could not tell, and a label is seen": ((CUT, SEEN), False, "unreadable", None),
}


@pytest.mark.parametrize(("readings", "declared", "case", "written"), CASES.values(), ids=CASES)
def test_each_case(readings: tuple[Reading, ...], declared: bool, case: str, written: tuple[str, str] | None):
    decided = decide(*readings, declared=declared)

    assert decided.case == case
    assert (decided.label and (decided.label.label, decided.label.content_producer)) == written
    assert decided.remaining
    if decided.label:
        assert (decided.label.content_propagator, len(decided.label.propagate_id)) == (US, 36)


def test_an_unreadable_place_beside_a_label_changes_nothing():
    assert decide(found(), CUT).case == "confirmed"


def test_our_release_without_its_label_gets_the_fields_of_the_record():
    decided = decide(ABSENT, released=RELEASE)
    assert (decided.label.label, decided.label.content_producer, decided.label.produce_id) == ("1", US, "id-9")


def test_what_we_wrote_is_left_as_it_is_and_only_that():
    assert decide(found(propagator=US), known=True).kept
    assert not decide(found(propagator=US)).kept
    assert not decide(found(), known=True).kept


def test_the_producers_proof_still_fits():
    bare = Aigc("1", "P", "x")
    decided = decide(found(code=digest(bare)))
    assert decided.label.reserved_code1 == digest(bare)
    assert decided.changes == ()


texts = st.text(max_size=40)


@given(st.builds(found, texts, texts, texts, texts, texts))
def test_whatever_was_found_the_strict_writer_takes_what_is_planned(reading: Reading):
    decided = decide(reading)

    again = parse(decided.label.to_json()).aigc
    assert again == decided.label
    changed = {change.field for change in decided.changes}
    kept = {"Label", "ContentProducer", "ProduceID", "ReservedCode1"} - changed
    assert {key: again.values()[key] for key in kept} == {key: reading.values[key] for key in kept}


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_percent_signs_can_be_read_back(value: str):
    assert unquote(percent_spelt(value)) == value

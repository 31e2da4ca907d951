"""The controls on what must be public: each of their answers, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from duty_views import view
from overt.duties.model import Found
from overt.duties.promises import promise
from overt.duties.registry import controls
from overt.duties.visible import VISIBLE, duties_of, standing
from overt.language import Text
from overt.rulebook import load
from overt.rulebook.overrides import Override, apply
from overt.settings import Setup
from overt.store.notices import KINDS, Notices
from overt.store.public_reports import PublicReports
from overt.store.records import Store
from overt.store.report_rows import Promise, Said

NOW = datetime.now(UTC)
TEXT = Text(zh="文字", en="Words")


def look(name: str, setup: Setup, store: Store, now: datetime = NOW) -> Found:
    return next(each for each in controls() if each.id == f"publicity.{name}").look(view(setup, store, now=now))


@pytest.mark.parametrize(
    ("name", "kind", "duty"),
    [
        ("algorithm_ar_16b", "algorithm", "AR-16b"),
        ("filing_gf_03", "filing", "GF-03"),
        ("minors_mn_42", "minors", "MN-42"),
    ],
)
def test_a_notice_is_met_when_it_is_public_and_states_the_duty(
    house: Setup, store: Store, name: str, kind: str, duty: str
) -> None:
    assert look(name, house, store).state == "gap"
    texts = Notices(store)
    texts.publish(kind, TEXT, "staff:1")
    assert duty in look(name, house, store, datetime.now(UTC)).reason.en
    texts.publish(kind, TEXT, "staff:1", covers=(duty,))
    found = look(name, house, store, datetime.now(UTC))
    assert found.state == "met"
    assert found.evidence[0].entry == 1
    later = look(name, house, store, datetime.now(UTC) + timedelta(days=400))
    assert later.state == ("gap" if kind == "minors" else "met")


def test_reports_are_taken_and_none_is_late(house: Setup, store: Store) -> None:
    assert look("reports_answered", house, store).state == "no_evidence"
    reports = PublicReports(store)
    reports.file("face", Said(line="…"), Promise("law", 2, "hour", "XM-IN3", due="2020-01-01T00:00:00.000Z"))
    late = look("reports_answered", house, store)
    assert late.state == "gap"
    assert "1 reports" in late.reason.en
    reports.answer(reports.every()[0].id, "acted", "done", ["DS-12"], "staff:1")
    assert look("reports_answered", house, store).state == "met"


def test_whose_number_a_promise_is(house: Setup, store: Store) -> None:
    assert look("limit_set", house, store).state == "gap"
    book, day = load("cn"), NOW
    assert promise(book, "intimate", day) == Promise("nobody")
    own = Override(
        duty="AR-22", name="answer", value=5, reason=Text(zh="承诺", en="promised"), by="compliance", on=day.date()
    )
    made = promise(apply(book, (own,)), "face", day)
    assert (made.whose, made.value, made.unit, made.duty, made.due) == ("operator", 5, "working_day", "AR-22", "")
    american = promise(load("us"), "intimate", datetime(2026, 11, 23, tzinfo=UTC))
    assert (american.whose, american.value, american.due) == ("law", 48, "2026-11-25T00:00:00.000Z")
    assert american.clause is not None
    assert "TAKE IT DOWN" in american.clause.en
    indian = promise(load("in"), "face", datetime(2026, 11, 23, tzinfo=UTC))
    assert (indian.value, indian.unit, indian.mark) == (2, "hour", "read2")
    assert promise(load("in"), "other", datetime(2026, 11, 23, tzinfo=UTC)).value == 7
    assert Promise.unpacked(american.packed()) == american


def test_what_must_be_visible_is_duties_of_the_rulebook_and_has_a_text_or_a_place(store: Store) -> None:
    known = {duty.id for duty in load("cn").duties}
    for row in VISIBLE:
        assert set(row.duties) <= known
        assert (row.kind in KINDS) != (row.shown is not None)
    Notices(store).publish("filing", TEXT, "staff:1", covers=("AR-26", "GF-03"))
    rows = {each.row.kind: each for each in standing(load("cn"), Notices(store), datetime.now(UTC))}
    assert [each.id for each in rows["filing"].missing] == ["DS-19c", "IS-07"]
    assert [each.id for each in rows["uses"].missing] == list(duties_of("uses"))

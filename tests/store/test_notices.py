"""Notices in versions, and figures that give nobody away; on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from overt.errors import UsageError
from overt.language import Text
from overt.store.figures import covered, figures, years
from overt.store.notices import Notices, compared, publish
from overt.store.public_reports import PublicReports
from overt.store.records import Store
from overt.store.report_rows import Promise, Said


def test_every_version_stays_and_the_latest_that_has_come_applies(store: Store) -> None:
    texts, now = Notices(store), datetime.now(UTC)
    assert texts.current("algorithm") is None
    first = texts.publish("algorithm", Text(zh="一\n二", en="one\ntwo"), "staff:1", covers=("AR-16b", "AR-16b"))
    later = texts.publish("algorithm", Text(zh="三", en="three"), "staff:1", valid_from=now + timedelta(days=2))
    assert (first.version, later.version, first.covers) == ("1", "2", ("AR-16b",))
    assert texts.current("algorithm") == first
    assert texts.current("algorithm", now + timedelta(days=3)) == later
    assert texts.version("algorithm", "1") == first
    assert texts.version("algorithm", "9") is None
    assert texts.before(later) == first
    assert texts.before(first) is None
    changes = [(each.change, each.text) for each in compared(first.text, Text(zh="一\n三", en="x"), "zh")]
    assert changes == [("same", "一"), ("removed", "二"), ("added", "三")]
    assert store.ledger_root()[0] == 2
    named = publish(store, "rules", Text(zh="规则", en="Rules"), "staff:1", version="2026-11")
    assert (named.kind, named.version) == ("rules", "2026-11")
    assert texts.current("rules") == named
    for kind, text, version in (("rules", "x", "a/b"), ("nothing", "x", ""), ("help", " ", "")):
        with pytest.raises(UsageError):
            publish(store, kind, Text(zh=text, en=text), "staff:1", version=version)


def test_small_counts_are_not_told_and_cannot_be_worked_out() -> None:
    assert covered({}) == {}
    assert covered({"a": 9, "b": 7}) == {"a": 9, "b": 7}
    assert covered({"a": 9, "b": 7, "c": 2}) == {"a": 9, "b": None, "c": None}
    assert covered({"a": 9, "b": 1, "c": 2}) == {"a": 9, "b": None, "c": None}
    assert covered({"a": 9, "b": 0}) == {"a": 9, "b": 0}


def test_figures_count_reports_and_how_they_ended(store: Store) -> None:
    reports, year = PublicReports(store), datetime.now(UTC).year
    empty = figures(store, year)
    assert (empty.released, empty.reports, empty.hours) == (0, 0, None)
    for at in range(6):
        report, _ = reports.file("face", Said(line=str(at)), Promise("nobody"))
        reports.answer(report.id, "acted", "done", ["DS-12"], "staff:1")
    reports.file("voice", Said(line="v"), Promise("nobody"))
    told = figures(store, year)
    assert (told.reports, told.kinds) == (7, {"face": None, "voice": None})
    assert told.outcomes == {"acted": 6}
    assert told.hours is not None
    assert told.hours < 1
    assert years(store) == (year,)
    assert figures(store, year - 1).reports == 0

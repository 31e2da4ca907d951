"""Reports of the public: their states, what is sealed, what is destroyed, what is remembered; on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import select, text

from overt.errors import UsageError
from overt.fingerprints.model import Fingerprint
from overt.marks.kept import Print
from overt.store.objects import Objects
from overt.store.public_reports import PublicReports
from overt.store.records import Store
from overt.store.report_rows import Fingerprints, Hit, Promise, Said, read_code
from overt.store.retention import place
from overt.store.tables.public_reports import public_report_steps, public_reports

SAID = Said(("https://example.com/secret",), "a line of mine", "reach@example.cn")
NOBODY = Promise("nobody")


def prints() -> Fingerprints:
    """What a picture is known by."""
    values = np.arange(32, dtype=np.uint8)[None]
    one = Print.of(Fingerprint("pdq", values, np.zeros(1, np.int64), np.full(1, 100, np.uint8)))
    return Fingerprints((one,), (one,), "ab" * 32, "image/png")


@pytest.fixture
def reports(store: Store) -> PublicReports:
    assert store.data
    return PublicReports(store, Objects.open("", store.data))


def everything(store: Store) -> bytes:
    """All that the database holds, as bytes."""
    found = []
    with store.reading() as connection:
        for name in ("public_reports", "public_report_steps", "ledger_entries", "ledger_openings", "reports"):
            found += [repr(tuple(row)) for row in connection.execute(text(f"SELECT * FROM {name}"))]
    return "\n".join(found).encode()


def test_a_report_goes_all_the_way_and_nothing_that_was_said_lies_open(reports: PublicReports) -> None:
    report, code = reports.file("face", SAID, NOBODY, prints=prints())
    assert report.state == "received"
    assert read_code(code.lower().replace("-", " ")) == code
    found = reports.by_code(code.lower())
    assert found is not None
    assert found.id == report.id
    reports.looked_at(report.id, "found", [Hit("content", "released", ("fingerprint",), 1e-6)])
    reports.take(report.id, "staff:1")
    reports.ask(report.id, "where exactly?", "staff:1")
    assert reports.get(report.id).state == "asked"
    reports.add(report.id, "on the second page")
    assert reports.get(report.id).state == "working"
    number = reports.confirm(report.id, "staff:1")
    assert reports.confirm(report.id, "staff:2") == number
    kept = reports.store.kept.rows_of(number)
    assert [(each.origin, each.kind) for each in kept] == [("reported", "pdq")]
    reports.answer(report.id, "acted", "taken down", ["DS-12", " DS-12", ""], "staff:1")
    reports.add(report.id, "it is there again")
    assert reports.get(report.id).state == "working"
    reports.close(report.id, "sent twice", "staff:1")
    history = reports.history(report.id, words=True)
    steps = ["receive", "look", "take", "ask", "add", "confirm", "answer", "add", "close"]
    assert [each.step for each in history] == steps
    assert history[6].clauses == ("DS-12",)
    assert history[6].text == "taken down"
    assert {each.text for each in reports.history(report.id, words=False)} == {""}
    assert reports.said(report.id) == SAID
    held = everything(reports.store)
    for secret in ("secret", "a line of mine", "reach@example", "second page", "where exactly", code, "taken down"):
        assert secret.encode() not in held, secret
    with pytest.raises(UsageError, match="over"):
        reports.answer(report.id, "acted", "more", ["DS-12"], "staff:1")


def test_what_is_taken_back_is_destroyed_unless_a_hold_covers_it(reports: PublicReports) -> None:
    report, code = reports.file("intimate", SAID, NOBODY, file_follows=True)
    reports.looked_at(report.id, "not-found", prints=prints(), data=b"the file", views=[b"RIFF view"])
    kept = reports.get(report.id)
    assert kept.has_file
    assert kept.has_views
    assert reports.views(report.id, "staff:1") == (b"RIFF view",)
    reports.ask(report.id, "?", "staff:1")
    other, _ = reports.file("voice", SAID, NOBODY)
    place(reports.store, "a case", "a court", ids=[other.id])
    assert reports.withdraw(report.id)
    assert not reports.withdraw(other.id)
    assert reports.said(other.id) == SAID
    assert reports.said(report.id) is None
    assert reports.prints(report.id) is None
    assert reports.views(report.id, "staff:1") == ()
    assert {each.text for each in reports.history(report.id, words=True)} == {""}
    with reports.store.reading() as connection:
        row = connection.execute(select(public_reports).where(public_reports.c.report_id == report.id)).mappings().one()
        sealed = connection.execute(
            select(public_report_steps.c.sealed).where(public_report_steps.c.report_id == report.id)
        ).scalars()
        assert (row["sealed"], row["prints"], row["views"], row["object"]) == (b"", None, None, None)
        assert set(sealed) == {None}
    reports.looked_at(report.id, "found", data=b"late")
    assert reports.get(report.id).looked == "not-found"
    assert reports.by_code(code) is not None


def test_a_file_that_shows_a_child_is_never_kept(reports: PublicReports) -> None:
    report, _ = reports.file("child", Said(line="…"), NOBODY, file_follows=True)
    reports.looked_at(report.id, "not-found", prints=prints(), data=b"the file", views=[b"view"])
    kept = reports.get(report.id)
    assert (kept.has_prints, kept.has_file, kept.has_views) == (True, False, False)
    number = reports.confirm(report.id, "staff:1")
    assert reports.store.kept.report(number) is not None


def test_nothing_comes_of_nothing(reports: PublicReports) -> None:
    with pytest.raises(UsageError, match="where it is"):
        reports.file("other", Said(contact="a@example.cn"), NOBODY)
    report, _ = reports.file("other", Said(line="this"), NOBODY)
    with pytest.raises(UsageError, match="no fingerprint"):
        reports.confirm(report.id, "staff:1")
    with pytest.raises(UsageError, match="clause"):
        reports.answer(report.id, "acted", "why", [" "], "staff:1")
    with pytest.raises(UsageError, match="write something"):
        reports.add(report.id, " ")
    with pytest.raises(UsageError, match="no such report"):
        reports.take("nothing", "staff:1")
    assert reports.by_code("ABCD") is None
    assert reports.by_code("OOOO-IIII-SSSS-ZZZZ") is None


def test_lists_go_by_age_and_go_on_where_they_ended(reports: PublicReports) -> None:
    due = (datetime.now(UTC) + timedelta(hours=2)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    made = [reports.file("face", Said(line=str(at)), NOBODY)[0].id for at in range(5)]
    voice, _ = reports.file("voice", Said(line="v"), Promise("law", 2, "hour", "XM-IN3", due=due))
    reports.close(made[1], "sent twice", "staff:1")
    first = reports.every(states=("received",), most=3)
    rest = reports.every(states=("received",), most=9, after=(first[-1].received, first[-1].id))
    assert {each.id for each in (*first, *rest)} == {*made, voice.id} - {made[1]}
    assert [each.received for each in (*first, *rest)] == sorted(each.received for each in (*first, *rest))
    assert [each.id for each in reports.every(kind="voice")] == [voice.id]
    count, since, soonest = reports.waiting()
    assert (count, since, soonest) == (5, first[0].received, due)

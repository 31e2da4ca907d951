"""Records are kept as long as their class says: not longer, not shorter, not against a hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest
from sqlalchemy import Column, String, Table, func, insert, select

from evidence import CONTENT, OTHER, SIGNER, Law, bundle_of, release
from overt.canonical import stamp
from overt.errors import UsageError
from overt.ledger.bundle import Period
from overt.ledger.event import Event
from overt.rulebook.duty import Span
from overt.store import retention
from overt.store.bundles import Order
from overt.store.log import entries_about, entry_at
from overt.store.records import Store
from overt.store.tables import ledger_entries, ledger_openings, metadata
from overt.store.tables.retention import kept
from overt_verify import verify

NOW = datetime.now(UTC)
YEARS = NOW + timedelta(days=3 * 366)


@dataclass(frozen=True, slots=True)
class Noted(Event):
    """Something that is kept for a while."""

    tag: ClassVar[str] = "test:note:make"
    keeping: ClassVar[str] = "short"

    content: str

    @property
    def about(self) -> tuple[str, ...]:
        """The content."""
        return (self.content,)


@dataclass(frozen=True, slots=True)
class Logged(Noted):
    """Something that is kept for long."""

    tag: ClassVar[str] = "test:log:make"
    keeping: ClassVar[str] = "long"


LAW = Law(short=(30, 60), long=(1096, None))


def note(store: Store, *events: Event) -> list[int]:
    indexes = []
    for event in events:
        with store.acting() as act:
            indexes.append(act.record(event))
    return indexes


def opened(store: Store, index: int) -> bool:
    with store.reading() as connection:
        return entry_at(connection, store.vault, index).opening is not None


def test_what_is_over_is_deleted_and_what_is_not_stays(store: Store):
    short, long = note(store, Noted(CONTENT), Logged(CONTENT))

    assert retention.expire(store, LAW, NOW + timedelta(days=59)) == {}
    assert retention.expire(store, LAW, NOW + timedelta(days=61)) == {("openings", "short"): 1}
    assert not opened(store, short)
    assert opened(store, long)
    assert retention.expire(store, LAW, YEARS) == {}


def test_the_least_wins_over_a_shorter_most(store: Store):
    note(store, Noted(CONTENT))
    law = Law(short=(30, 10))

    assert retention.expire(store, law, NOW + timedelta(days=20)) == {}
    assert retention.expire(store, law, NOW + timedelta(days=31)) == {("openings", "short"): 1}


def test_every_proof_holds_afterwards_and_the_bundle_tells(store: Store):
    note(store, Noted(CONTENT), Noted(OTHER), Noted(CONTENT))
    retention.expire(store, LAW, YEARS)

    report = verify(bundle_of(store, Order(CONTENT)), SIGNER.public)

    assert report.holds
    states = {each.name: each for each in report.checks}
    assert states["closed"].state == "holds"
    assert "expired 2" in states["closed"].en
    assert [each["event"] is None for each in report.entries] == [True, True, False]


def test_each_batch_says_what_it_deleted(store: Store):
    indexes = note(store, *(Noted(CONTENT) for _ in range(5)), Logged(CONTENT), Noted(CONTENT))

    assert retention.expire(store, LAW, YEARS, batch=2) == {("openings", "short"): 6}
    with store.reading() as connection:
        told = [entry_at(connection, None, index).opening for index in range(7, 10)]
    events = [each.event for each in told if each]
    assert [event["count"] for event in events] == [2, 2, 2]
    assert [event["entries"] for event in events] == [[[0, 1]], [[2, 3]], [[4, 4], [6, 6]]]
    assert indexes[-1] == 6


def test_a_sweep_that_was_cut_off_goes_on(store: Store, monkeypatch: pytest.MonkeyPatch):
    note(store, *(Noted(CONTENT) for _ in range(5)))
    write, count = retention.close, iter((True, False))

    def cut_off(*arguments: object) -> None:
        if not next(count):
            raise KeyboardInterrupt
        write(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(retention, "close", cut_off)
        with pytest.raises(KeyboardInterrupt):
            retention.expire(store, LAW, YEARS, batch=2)
    with store.reading() as connection:
        openings = connection.execute(select(func.count()).select_from(ledger_openings)).scalar()
        entries = connection.execute(select(func.count()).select_from(ledger_entries)).scalar()
    assert (openings, entries) == (4, 6)  # Two deleted, and the entry that says so: no half batch.
    assert retention.expire(store, LAW, YEARS, batch=2) == {("openings", "short"): 3}


def test_a_hold_on_an_id_keeps_what_is_about_it(store: Store):
    held, free = note(store, Noted(CONTENT), Noted(OTHER))
    hold = retention.place(store, "a court asks", "Court 1", ids=[CONTENT])

    assert retention.expire(store, LAW, YEARS) == {("openings", "short"): 1}
    assert opened(store, held)
    assert not opened(store, free)
    retention.release(store, hold.id, "the case is over")
    assert retention.expire(store, LAW, YEARS) == {("openings", "short"): 1}


def test_a_hold_on_a_period_keeps_what_was_recorded_in_it(store: Store):
    note(store, Noted(CONTENT))
    retention.place(store, "an inspection", "CAC", period=Period("2026-01-01", "2999-01-01"))
    later = retention.place(store, "another", "CAC", period=Period("2998-01-01", "2999-01-01"))

    assert retention.expire(store, LAW, YEARS) == {}
    holds = retention.all_holds(store)
    assert {each.id for each in holds} >= {later.id}
    assert holds[0].period == Period("2026-01-01", "2999-01-01")


def test_a_hold_ends_with_its_time(store: Store):
    note(store, Noted(CONTENT))
    until = stamp(NOW + timedelta(days=100))
    retention.place(store, "a court asks", "Court 1", ids=[CONTENT], until=until)

    assert retention.expire(store, LAW, NOW + timedelta(days=99)) == {}
    assert retention.expire(store, LAW, NOW + timedelta(days=101)) == {("openings", "short"): 1}


def test_holds_are_in_the_ledger(store: Store):
    hold = retention.place(store, "a court asks", "Court 1", ids=[CONTENT, OTHER])
    retention.release(store, hold.id, "over")

    with store.reading() as connection:
        told = [each.opening.event["tag"] for each in entries_about(connection, None, hold.id) if each.opening]
    assert told == ["retention:hold:place", "retention:hold:release"]
    assert retention.all_holds(store)[0].released


@pytest.mark.parametrize(
    "wrong",
    [
        {"reason": "r", "authority": "a"},
        {"reason": "r", "authority": "a", "ids": ["x"], "period": Period("2026", "2027")},
        {"reason": " ", "authority": "a", "ids": ["x"]},
        {"reason": "r", "authority": "", "ids": ["x"]},
    ],
)
def test_a_hold_says_what_why_and_who(store: Store, wrong: dict[str, object]):
    with pytest.raises(UsageError):
        retention.place(store, **wrong)  # type: ignore[arg-type]


def test_what_is_not_held_cannot_be_released(store: Store):
    hold = retention.place(store, "r", "a", ids=["x"])
    retention.release(store, hold.id, "over")

    for each in (hold.id, "none"):
        with pytest.raises(UsageError):
            retention.release(store, each, "over")


@pytest.fixture
def shelf(store: Store) -> Iterator[Table]:
    """A table of another room that says how long its rows are kept."""
    table = Table(
        "test_rows",
        metadata,
        Column("row", String(8), primary_key=True),
        Column("made", String(32)),
        Column("content", String(64)),
        info=kept("short", since="made", about="content"),
    )
    table.create(store.engine)
    yield table
    metadata.remove(table)


def test_rows_of_other_tables_expire_with_their_class(store: Store, shelf: Table):
    rows = [
        {"row": "old", "made": "2020-01-01T00:00:00+00:00", "content": OTHER},
        {"row": "held", "made": "2020-01-01T00:00:00.000Z", "content": CONTENT},
        {"row": "new", "made": stamp(NOW), "content": OTHER},
        {"row": "open", "made": None, "content": OTHER},
    ]
    with store.acting() as act:
        act.connection.execute(insert(shelf), rows)
    retention.place(store, "a court asks", "Court 1", ids=[CONTENT])

    told = {each.name: each for each in retention.sources(store, LAW, NOW) if each.record == "short"}
    assert (told["test_rows"].count, told["test_rows"].due, told["test_rows"].held) == (3, 1, 1)
    assert retention.expire(store, LAW, NOW) == {("test_rows", "short"): 1}
    with store.reading() as connection:
        assert set(connection.execute(select(shelf.c.row)).scalars()) == {"held", "new", "open"}


@pytest.mark.parametrize(
    ("at", "span", "sign", "expected"),
    [
        ((2026, 8, 31), Span(value=6, unit="month"), 1, (2027, 2, 28)),
        ((2024, 2, 29), Span(value=1, unit="year"), 1, (2025, 2, 28)),
        ((2024, 2, 29), Span(value=3, unit="year"), -1, (2021, 2, 28)),
        ((2026, 1, 31), Span(value=1, unit="month"), -1, (2025, 12, 31)),
        ((2026, 3, 1), Span(value=60, unit="day"), -1, (2025, 12, 31)),
    ],
)
def test_periods_run_by_the_calendar(at, span, sign, expected):
    assert retention.shifted(datetime(*at, tzinfo=UTC), span, sign) == datetime(*expected, tzinfo=UTC)


def test_ranges_have_no_gaps():
    assert retention.ranges([5, 1, 2, 3, 7, 6]) == ((1, 3), (5, 7))
    assert retention.ranges([]) == ()


SERVICE = {"switches", "gateway_keys", "review_libraries", "texts", "statements", "determinations"} | {
    "webhooks",
    "answered_requests",  # Gone by themselves after a day.
}
LEDGER = {"ledger_entries", "ledger_openings", "ledger_about", "ledger_closed", "ledger_checkpoints", "person_keys"}
OWN = {"holds", "hold_ids", "restrictions"}
WITH_ITEMS = {"review_materials", "review_files", "review_answers"}


def test_every_table_says_how_long_its_rows_are_kept():
    told = {table.name for table, _ in retention.kept_tables()}

    assert set(metadata.tables) - told <= SERVICE | LEDGER | OWN | WITH_ITEMS


def test_what_does_not_expire_is_shown_as_such(store: Store):
    store.release(release())

    (found,) = (each for each in retention.sources(store, Law(log=(1, 1)), YEARS) if each.name == "contents")

    assert (found.record, found.count, found.due, found.expire) == ("log", 1, 0, False)

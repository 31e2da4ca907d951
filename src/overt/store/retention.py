"""How long records are kept: holds, what is due, and the sweep that deletes it.

A class of record is kept at least and at most as long as the rulebook says (with the operator's overrides). The sweep
deletes what is older than its `most`: openings of ledger entries, and rows of tables that declare their class
(`tables.retention.kept`). It never deletes what is younger than its `least`, nor what a hold covers. A class without a
`most` does not expire here: it ends with its purpose. Entries of the ledger stay, so that every proof holds; each
batch is one transaction with an entry that says what was deleted, so that a sweep that was cut off goes on.

```
open ──(most is over, no hold)──► deleted, entry retention:records:expire
held ──(hold released, or its time over)──► open
```

Entries of the ledger's first version have no time: they do not expire.
"""

from __future__ import annotations

import calendar
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Protocol

from sqlalchemy import ColumnElement, Table, and_, delete, exists, func, insert, or_, select, tuple_, update
from sqlalchemy.engine import Connection

from overt.canonical import stamp
from overt.errors import ConflictError, UsageError
from overt.language import Text
from overt.ledger.bundle import Period
from overt.ledger.entry import now as clock
from overt.ledger.events.retention import HoldPlaced, HoldReleased, Ranges, RecordsExpired
from overt.rulebook.duty import Kept, Span
from overt.store.log import Act
from overt.store.records import Store
from overt.store.tables import ledger_about, ledger_entries, ledger_openings, metadata
from overt.store.tables.retention import KEPT, hold_ids, holds, ledger_closed
from overt.store.tables.retention import Kept as Rows

OPENINGS: Final = "openings"
_BATCH: Final = 500  # An event with the ranges of so many entries stays small.


class Law(Protocol):
    """What says how long records of a class are kept: a rulebook, with the operator's overrides."""

    def retention_of(self, record: str, on: date | None = None) -> Kept:
        """The limits that are in force on this day."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Nothing that it covers is deleted: certain ids, or what was recorded in a period."""

    id: str
    reason: str
    authority: str
    ids: tuple[str, ...]
    period: Period | None
    placed: str
    until: str = ""
    released: str = ""

    def told(self) -> dict[str, Any]:
        """As JSON output has it."""
        period = {"from": self.period.since, "before": self.period.before} if self.period else None
        names = ("id", "reason", "authority", "ids", "placed", "until", "released")
        return {**{name: getattr(self, name) for name in names}, "period": period}


@dataclass(frozen=True, slots=True)
class Source:
    """Where records of one class lie, how many there are, and how many the next sweep deletes.

    Those that do not `expire` end with what they serve: a content that may still have to be traced, a consent that may
    still have to be shown, an account; a person's erasure ends those that are theirs.
    """

    name: str
    record: str
    count: int
    due: int
    held: int
    kept: Kept
    expire: bool = True


def place(
    store: Store,
    reason: str,
    authority: str,
    *,
    ids: Sequence[str] = (),
    period: Period | None = None,
    until: str = "",
) -> Hold:
    """Places a hold on ids or on a period, for good or until a time. Raises `UsageError` where it covers nothing."""
    if bool(ids) == (period is not None):
        raise UsageError("a hold covers either ids or a period", "保全须针对编号或期间之一")
    if not (reason.strip() and authority.strip()):
        raise UsageError("a hold says why, and on whose authority", "保全须写明原因和依据的机关或负责人")
    hold = Hold(secrets.token_hex(8), reason, authority, tuple(dict.fromkeys(ids)), period, clock(), until)
    since, before = (period.since, period.before) if period else ("", "")
    with store.acting() as act:
        act.record(HoldPlaced(hold.id, reason, authority, hold.ids, since, before, until))
        _must_be_new(act.connection, hold)
        act.connection.execute(
            insert(holds).values(
                hold=hold.id,
                reason=reason,
                authority=authority,
                since=since or None,
                before=before or None,
                placed=hold.placed,
                until=until or None,
            )
        )
        if hold.ids:
            act.connection.execute(insert(hold_ids), [{"hold": hold.id, "id": each} for each in hold.ids])
    return hold


def _must_be_new(connection: Connection, hold: Hold) -> None:
    """Two of staff who place the same hold at the same time place it once."""
    period = (hold.period.since, hold.period.before) if hold.period else (None, None)
    told = {"reason": hold.reason, "authority": hold.authority, "released": None, "until": hold.until or None}
    same = select(holds.c.hold).filter_by(**told, since=period[0], before=period[1])
    for (number,) in connection.execute(same).all():
        held = connection.execute(select(hold_ids.c.id).where(hold_ids.c.hold == number)).scalars()
        if sorted(held) == sorted(hold.ids):
            raise ConflictError("this hold is placed already", "相同的保全已经设置")


def release(store: Store, hold: str, reason: str) -> None:
    """Ends a hold. Raises `UsageError` where there is none, or it has ended."""
    if not reason.strip():
        raise UsageError("say why the hold ends", "须写明解除保全的原因")
    with store.acting() as act:
        ended = update(holds).where(holds.c.hold == hold, holds.c.released.is_(None)).values(released=clock())
        if not act.connection.execute(ended).rowcount:
            raise UsageError(
                f"there is no hold {hold!r} to release",
                f"没有可解除的保全“{hold}”",
                hint=Text(zh="运行 overt retention holds 查看。", en="Run `overt retention holds`."),
            )
        act.record(HoldReleased(hold, reason))


def all_holds(store: Store) -> list[Hold]:
    """Every hold, also those that ended, by the time they were placed."""
    with store.reading() as connection:
        covered: dict[str, list[str]] = {}
        for name, each in connection.execute(select(hold_ids.c.hold, hold_ids.c.id).order_by(hold_ids.c.id)):
            covered.setdefault(name, []).append(each)
        rows = connection.execute(select(holds).order_by(holds.c.placed)).mappings().all()
    return [
        Hold(
            row["hold"],
            row["reason"],
            row["authority"],
            tuple(covered.get(row["hold"], ())),
            Period(row["since"], row["before"]) if row["since"] else None,
            row["placed"],
            row["until"] or "",
            row["released"] or "",
        )
        for row in rows
    ]


def sources(store: Store, law: Law, now: datetime) -> list[Source]:
    """Each class of record in each place, with what is due now."""
    found = []
    with store.reading() as connection:
        for shelf in _shelves(connection):
            limits = law.retention_of(shelf.record, now.date())
            cutoff = _cutoff(limits, now)
            old = and_(shelf.mine, shelf.time != "", shelf.time < cutoff) if cutoff else None
            count = _count(connection, shelf, shelf.mine)
            due = _count(connection, shelf, and_(old, ~shelf.held(stamp(now)))) if old is not None else 0
            held = _count(connection, shelf, and_(shelf.mine, shelf.held(stamp(now))))
            found.append(Source(shelf.name, shelf.record, count, due, held, limits))
        for table, rows in kept_tables():
            if rows.since is None:
                count = int(connection.execute(select(func.count()).select_from(table)).scalar() or 0)
                limits = law.retention_of(rows.record, now.date())
                found.append(Source(table.name, rows.record, count, 0, 0, limits, expire=False))
    return found


def expire(store: Store, law: Law, now: datetime, *, batch: int = _BATCH) -> dict[tuple[str, str], int]:
    """Deletes what is due, in batches. Returns the number deleted for each source and class.

    `now` is the time in UTC. Persons whose erasure waits are `persons.finish`'s part.
    """
    deleted: dict[tuple[str, str], int] = {}
    with store.reading() as connection:
        shelves = list(_shelves(connection))
    with scrubbed(store):
        for shelf in shelves:
            if (cutoff := _cutoff(law.retention_of(shelf.record, now.date()), now)) is None:
                continue
            while count := _sweep(store, shelf, cutoff, stamp(now), batch):
                deleted[shelf.name, shelf.record] = deleted.get((shelf.name, shelf.record), 0) + count
    return deleted


def _sweep(store: Store, shelf: _Shelf, cutoff: str, now: str, batch: int) -> int:
    with store.acting() as act:
        due = (
            select(*shelf.key)
            .select_from(shelf.tables)
            .where(shelf.mine, shelf.time != "", shelf.time < cutoff, ~shelf.held(now))
            .order_by(*shelf.key)
            .limit(batch)
        )
        keys = [tuple(row) for row in act.connection.execute(due)]
        if not keys:
            return 0
        act.connection.execute(delete(shelf.table).where(tuple_(*shelf.key).in_(keys)))
        entries = ranges(key[0] for key in keys) if shelf.table is ledger_openings else ()
        index = act.record(RecordsExpired(shelf.record, shelf.name, cutoff, len(keys), entries))
        close(act, entries, "expired", index)
    return len(keys)


@dataclass(frozen=True, slots=True)
class _Shelf:
    """Records of one class in one table, and how to tell their age and whether they are held."""

    name: str
    record: str
    table: Table
    tables: Any
    key: tuple[ColumnElement[Any], ...]
    mine: ColumnElement[bool]
    time: ColumnElement[str]
    about: ColumnElement[bool] | None

    def held(self, now: str) -> ColumnElement[bool]:
        """Whether a hold covers the row."""
        return held(self.time, self.about, now)


def held(time: ColumnElement[str], about: ColumnElement[bool] | None, now: str) -> ColumnElement[bool]:
    """Whether an active hold covers what was recorded at `time`, or what `about` (a condition on `hold_ids`) names."""
    active = and_(holds.c.released.is_(None), or_(holds.c.until.is_(None), holds.c.until > now))
    in_period = exists().where(active, holds.c.since.is_not(None), holds.c.since <= time, time < holds.c.before)
    if about is None:
        return in_period
    return or_(in_period, exists().where(active, holds.c.hold == hold_ids.c.hold, about))


def entry_named() -> ColumnElement[bool]:
    """The condition of `held` for openings: an id of the hold is one that the entry is about."""
    return and_(ledger_about.c.index == ledger_openings.c.index, ledger_about.c.id == hold_ids.c.id)


def _shelves(connection: Connection) -> Iterator[_Shelf]:
    joined = ledger_openings.join(ledger_entries, ledger_entries.c.index == ledger_openings.c.index)
    classes = select(ledger_openings.c.keeping).distinct().order_by(ledger_openings.c.keeping)
    for record in connection.execute(classes).scalars().all():
        yield _Shelf(
            OPENINGS,
            record,
            ledger_openings,
            joined,
            (ledger_openings.c.index,),
            ledger_openings.c.keeping == record,
            ledger_entries.c.time,
            entry_named(),
        )
    for table, kept in kept_tables():
        if kept.since is None:
            continue
        about = hold_ids.c.id == table.c[kept.about] if kept.about else None
        since = table.c[kept.since]
        yield _Shelf(table.name, kept.record, table, table, tuple(table.primary_key), since.is_not(None), since, about)


def kept_tables() -> Iterator[tuple[Table, Rows]]:
    """The tables that say how long their rows are kept."""
    for table in metadata.sorted_tables[::-1]:  # What refers to others goes before them.
        if kept := table.info.get(KEPT):
            yield table, kept


def _count(connection: Connection, shelf: _Shelf, condition: ColumnElement[bool]) -> int:
    counted = select(func.count()).select_from(shelf.tables).where(condition)
    return int(connection.execute(counted).scalar() or 0)


def _cutoff(limits: Kept, now: datetime) -> str | None:
    """What was recorded before this time is due; None where nothing is. The law's least wins over its most."""
    if limits.most is None:
        return None
    return stamp(min(shifted(now, limits.most, -1), shifted(now, limits.least, -1) if limits.least else now))


def shifted(at: datetime, span: Span, sign: int = 1) -> datetime:
    """A time and a span later, or earlier with `sign` -1, by the calendar: 31 August and 6 months is 28 February."""
    if span.unit == "day":
        return at + sign * timedelta(days=span.value)
    months = sign * round(span.value * (12 if span.unit == "year" else 1))
    year, month = divmod(at.year * 12 + at.month - 1 + months, 12)
    return at.replace(year=year, month=month + 1, day=min(at.day, calendar.monthrange(year, month + 1)[1]))


def ranges(indexes: Iterable[int]) -> Ranges:
    """Entries as ranges: from the first to the last of each run without a gap."""
    found: list[tuple[int, int]] = []
    for index in sorted(indexes):
        if found and found[-1][1] == index - 1:
            found[-1] = (found[-1][0], index)
        else:
            found.append((index, index))
    return tuple(found)


def close(act: Act, entries: Ranges, why: str, index: int) -> None:
    """Writes down that these entries can be opened no more, and which entry says so."""
    if entries:
        rows = [{"first": first, "last": last, "why": why, "index": index} for first, last in entries]
        act.connection.execute(insert(ledger_closed), rows)


@contextmanager
def scrubbed(store: Store) -> Iterator[None]:
    """What is deleted inside is overwritten in SQLite's file, and does not stay in its write-ahead log.

    PostgreSQL lets deleted rows lie until VACUUM, which it runs by itself; backups are the operator's part.
    """
    yield
    if store.engine.dialect.name == "sqlite":
        with store.engine.connect() as connection:
            connection.rollback()
            raw = connection.connection.driver_connection
            if raw is not None:
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")

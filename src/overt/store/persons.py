"""What is kept of a person: given to them, and deleted.

Personal Information Protection Law, art. 45 (access and copy) and 47 (delete; where a law wants it kept longer, or
deleting is not possible, only store it and keep it safe).

Whoever asks to be forgotten takes back their consents: that comes first, in the same transaction, so that contents
already issued are recalled while it is known which they are. Where only the purpose or the service has ended, nothing
is recalled. Either way no consent of theirs counts from then on (`consent_rows`).

```
kept ──erase──► destroyed                 nothing of theirs has to be kept: their key goes at once
     └─erase──► restricted ──finish──► destroyed   some has to: the rest is deleted now, the key goes when it may
```

Destroying the key makes everything sealed under it unreadable for good. Entries of the ledger stay as they are, so that
every proof holds; the entry of the erasure says which of them open no more.
Not here: whether the person is who they say, and contents that show them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.engine import Connection

from overt.canonical import stamp
from overt.errors import SetupError, UsageError
from overt.ledger.entry import now as clock
from overt.ledger.events.retention import Ground, PersonErased, PersonExported
from overt.store.log import Act, Logged, entry_at
from overt.store.recalls import withdraw_all
from overt.store.records import Store
from overt.store.retention import Law, close, entry_named, held, kept_tables, ranges, scrubbed, shifted
from overt.store.tables import ledger_entries, ledger_openings, person_keys
from overt.store.tables.retention import restrictions
from overt.store.vault import Vault

HELD: Final = "9999-12-31T23:59:59.999Z"
"""Stands for the time when a hold is released, which nobody knows."""
TAKES_BACK: Final[frozenset[Ground]] = frozenset({"request", "withdrawal", "unlawful"})
"""Grounds on which the person's consents end as if withdrawn."""
_BATCH: Final = 1000  # Databases take some ten thousand values in one statement.


@dataclass(frozen=True, slots=True)
class Must:
    """Records that the law, or a hold, wants kept for now: their class, how many, the duties, until when."""

    record: str
    count: int
    duties: tuple[str, ...]
    until: str
    held: bool


@dataclass(frozen=True, slots=True)
class Erasure:
    """What came of it: the key is gone, or what has to be kept, and until when (empty: until a hold is released)."""

    person: str
    destroyed: bool
    entries: int
    due: str
    must: tuple[Must, ...]
    consents: tuple[str, ...] = ()
    """Consents that were taken back with it."""
    recalled: tuple[str, ...] = ()
    """Contents that are recalled since."""

    def told(self) -> dict[str, Any]:
        """As JSON output has it."""
        must = [{name: getattr(each, name) for name in Must.__dataclass_fields__} for each in self.must]
        names = ("person", "destroyed", "due", "entries", "consents", "recalled")
        return {name: getattr(self, name) for name in names} | {"must_keep": must}


def erase(store: Store, law: Law, person: str, ground: Ground, now: datetime) -> Erasure:
    """Deletes what is kept of a person as far as it may be deleted now, and the rest when it may.

    `now` is the time in UTC. Raises `UsageError` where nothing is kept under this id.
    """
    with scrubbed(store), store.acting() as act:
        _known(act.connection, person)
        ended = withdraw_all(act, person, "erasure", now) if ground in TAKES_BACK else {}
        recalled = dict.fromkeys(each.content_id for reached in ended.values() for each in reached)
        return replace(_erased(act, law, person, ground, now), consents=tuple(ended), recalled=tuple(recalled))


def finish(store: Store, law: Law, now: datetime) -> list[Erasure]:
    """Destroys the keys of those whose records no longer have to be kept.

    Returns what came of each whose time is over, or who waited for the release of a hold.
    """
    with store.reading() as connection:
        over = or_(restrictions.c.due <= stamp(now), restrictions.c.due == HELD)
        due = select(restrictions).where(over).order_by(restrictions.c.asked)
        waiting = [(row["person"], row["ground"]) for row in connection.execute(due).mappings()]
    found = []
    for person, ground in waiting:
        with scrubbed(store), store.acting() as act:
            found.append(_erased(act, law, person, ground, now))
    return found


@dataclass(frozen=True, slots=True)
class Restriction:
    """A person whose erasure waits. `due` is `HELD` where it waits for the release of a hold."""

    person: str
    ground: Ground
    asked: str
    due: str


def waiting(store: Store) -> tuple[Restriction, ...]:
    """Persons whose records may only be stored and secured, whoever may go first before."""
    query = select(restrictions).order_by(restrictions.c.due, restrictions.c.person)
    with store.reading() as connection:
        return tuple(Restriction(**row) for row in connection.execute(query).mappings())


def restricted(connection: Connection, person: str) -> bool:
    """Whether what is kept of this person may only be stored and secured."""
    return connection.execute(select(restrictions.c.due).where(restrictions.c.person == person)).first() is not None


def export(store: Store, person: str) -> dict[str, Any]:
    """What is kept of a person, for them: their entries of the ledger and their rows, opened. Recorded as an event."""
    with store.acting() as act:
        _known(act.connection, person)
        entries = [_entry(act.connection, act.vault, index) for index in _indexes(act.connection, person)]
        rows = {table: found for table, found in _rows(act.connection, act.vault, person).items() if found}
        act.record(PersonExported(person, len(entries) + sum(map(len, rows.values()))))
    return {"person": person, "made": clock(), "entries": entries, "records": rows}


def _erased(act: Act, law: Law, person: str, ground: Ground, now: datetime) -> Erasure:
    first = not restricted(act.connection, person)
    kept, free = _sorted(act.connection, law, person, now)
    must = _must(law, kept, now)
    until = [each.until for each in must]
    due = "" if "" in until else max(until, default="")
    if not must:
        free = _indexes(act.connection, person)
        if act.vault is None:
            raise SetupError("this set-up has no vault key", "当前配置没有保险库密钥")
        act.vault.destroy(act.connection, person)
        _forget(act.connection, person)
        act.connection.execute(delete(restrictions).where(restrictions.c.person == person))
    else:
        _restrict(act.connection, person, ground, due or HELD)
    for at in range(0, len(free), _BATCH):
        batch = free[at : at + _BATCH]
        act.connection.execute(delete(ledger_openings).where(ledger_openings.c.index.in_(batch)))
    if free or not must or first:
        entries = ranges(free)
        close(act, entries, "destroyed", act.record(PersonErased(person, ground, not must, entries, due)))
    return Erasure(person, not must, len(free), due, must)


@dataclass(frozen=True, slots=True)
class _Kept:
    record: str
    time: str
    held: bool


def _sorted(connection: Connection, law: Law, person: str, now: datetime) -> tuple[list[_Kept], list[int]]:
    """What has to be kept for now, and the entries whose openings need not be."""
    kept, free = [], []
    covered = held(ledger_entries.c.time, entry_named(), stamp(now)).label("held")
    query = (
        select(ledger_openings.c.index, ledger_openings.c.keeping, ledger_entries.c.time, covered)
        .join(ledger_entries, ledger_entries.c.index == ledger_openings.c.index)
        .where(ledger_openings.c.person == person)
        .order_by(ledger_openings.c.index)
    )
    for index, record, time, is_held in connection.execute(query):
        if is_held or _until(law, record, time, now) > stamp(now):
            kept.append(_Kept(record, time, bool(is_held)))
        else:
            free.append(index)
    for table, rows in kept_tables():
        if rows.person is None or rows.since is None:
            continue
        found = connection.execute(select(table.c[rows.since]).where(table.c[rows.person] == person)).scalars()
        kept += [
            _Kept(rows.record, time, False)
            for time in found
            if time and _until(law, rows.record, time, now) > stamp(now)
        ]
    return kept, free


def _until(law: Law, record: str, time: str, now: datetime) -> str:
    """Until when the law wants a record of this class that was made at this time."""
    least = law.retention_of(record, now.date()).least
    return stamp(shifted(datetime.fromisoformat(time), least)) if least and time else ""


def _must(law: Law, kept: Sequence[_Kept], now: datetime) -> tuple[Must, ...]:
    found = []
    for record, is_held in sorted({(each.record, each.held) for each in kept}):
        times = [each.time for each in kept if (each.record, each.held) == (record, is_held)]
        until = "" if is_held else max(_until(law, record, time, now) for time in times)
        duties = () if is_held else law.retention_of(record, now.date()).least_by
        found.append(Must(record, len(times), duties, until, is_held))
    return tuple(found)


def _forget(connection: Connection, person: str) -> None:
    """Deletes what could still lead to the person without their key."""
    for table, rows in kept_tables():
        if rows.person is None or not rows.forget:
            continue
        mine = table.c[rows.person] == person
        if rows.forget == "row":
            connection.execute(delete(table).where(mine))
        else:
            connection.execute(update(table).where(mine).values(dict.fromkeys(rows.forget, "")))


def _restrict(connection: Connection, person: str, ground: Ground, due: str) -> None:
    asked = connection.execute(select(restrictions.c.asked).where(restrictions.c.person == person)).scalar()
    connection.execute(delete(restrictions).where(restrictions.c.person == person))
    connection.execute(insert(restrictions).values(person=person, ground=ground, asked=asked or clock(), due=due))


def _known(connection: Connection, person: str) -> None:
    row = connection.execute(select(person_keys.c.destroyed).where(person_keys.c.person == person)).first()
    if row is None:
        raise UsageError(f"nothing is kept under {person!r}", f"没有以“{person}”为编号的个人数据")
    if row[0] is not None:
        raise UsageError(f"the key of {person!r} was destroyed at {row[0]}", f"“{person}”的密钥已于 {row[0]} 销毁")


def _indexes(connection: Connection, person: str) -> list[int]:
    mine = select(ledger_openings.c.index).where(ledger_openings.c.person == person).order_by(ledger_openings.c.index)
    return list(connection.execute(mine).scalars())


def _entry(connection: Connection, vault: Vault | None, index: int) -> dict[str, Any]:
    logged: Logged = entry_at(connection, vault, index)
    event = logged.opening.event if logged.opening else None
    return {"index": index, "entry": logged.entry.decode("latin-1"), "keeping": logged.keeping, "event": event}


def _rows(connection: Connection, vault: Vault | None, person: str) -> dict[str, list[dict[str, Any]]]:
    """Rows of the tables that say whose their rows are, with what is sealed in them opened."""
    found: dict[str, list[dict[str, Any]]] = {}
    for table, rows in kept_tables():
        if rows.person is None:
            continue
        for row in connection.execute(select(table).where(table.c[rows.person] == person)).mappings():
            told = dict(row)
            for name, form in rows.sealed.items():
                about = form.format_map(row).encode()
                told[name] = vault.open(connection, person, row[name], about) if vault and row[name] else None
            found.setdefault(table.name, []).append({name: _readable(value) for name, value in told.items()})
    return found


def _readable(value: object) -> object:
    if not isinstance(value, bytes):
        return value
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return {"hex": value.hex()}
    try:
        return json.loads(text)
    except ValueError:
        return text

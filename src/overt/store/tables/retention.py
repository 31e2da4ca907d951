"""Tables of retention: holds, what opens no more and why, persons who asked to be forgotten.

A table whose rows expire says so where it stands, and needs no other line:

```python
reviews = Table("reviews", metadata, …, info=kept("log", since="made", about="decision"))
```
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Index, Integer, String, Table, Text

from overt.store.tables.base import metadata

KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Kept:
    """How long a table's rows are kept, and whose they are."""

    record: str
    since: str
    about: str | None = None
    person: str | None = None
    sealed: tuple[str, ...] = ()


def kept(
    record: str, *, since: str, about: str | None = None, person: str | None = None, sealed: tuple[str, ...] = ()
) -> dict[str, Any]:
    """What a table's `info` says about how long its rows are kept.

    Args:
        record: the class of record (the rulebook's `retention`).
        since: the column of the time (UTC, ISO 8601) from which the periods run.
        about: the column of the id under which a hold finds the row.
        person: the column of the person whose row it is: theirs to be given, and to be deleted.
        sealed: columns that are sealed under the person's key and bound to the bytes of the id in `about`.
    """
    return {KEPT: Kept(record, since, about, person, sealed)}


holds = Table(
    "holds",
    metadata,
    Column("hold", String(32), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("authority", Text, nullable=False),
    Column("since", String(32), nullable=True),
    Column("before", String(32), nullable=True),
    Column("placed", String(32), nullable=False),
    Column("until", String(32), nullable=True),
    Column("released", String(32), nullable=True),
    comment="Legal holds: nothing is deleted that they cover, a period (since, before) or the ids of hold_ids.",
)

hold_ids = Table(
    "hold_ids",
    metadata,
    Column("hold", String(32), primary_key=True),
    Column("id", String(128), primary_key=True),
    Index("hold_ids_by_id", "id"),
    comment="The ids (contents, decisions, consents, cases) that a hold covers.",
)

ledger_closed = Table(
    "ledger_closed",
    metadata,
    Column("first", Integer, primary_key=True, autoincrement=False),
    Column("last", Integer, nullable=False),
    Column("why", String(16), nullable=False),
    Column("index", Integer, nullable=False),
    comment="Entries that can be opened no more (first to last): expired or destroyed, and the entry that says so.",
)

restrictions = Table(
    "restrictions",
    metadata,
    Column("person", String(64), primary_key=True),
    Column("ground", String(32), nullable=False),
    Column("asked", String(32), nullable=False),
    Column("due", String(32), nullable=False),
    comment="Persons whose records the law still wants: stored and secured only (PIPL, art. 47).",
)

"""Tables of retention: holds, what opens no more and why, persons who asked to be forgotten.

A table whose rows expire says so where it stands, and needs no other line:

```python
reviews = Table("reviews", metadata, …, info=kept("log", since="made", about="decision"))
```
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import Column, Index, Integer, String, Table, Text

from overt.store.tables.base import metadata

KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Kept:
    """How long a table's rows are kept, and whose they are; see `kept`."""

    record: str
    since: str | None = None
    about: str | None = None
    person: str | None = None
    sealed: Mapping[str, str] = field(default_factory=dict)
    forget: Literal["row"] | tuple[str, ...] = ()


def kept(
    record: str,
    *,
    since: str | None = None,
    about: str | None = None,
    person: str | None = None,
    sealed: Mapping[str, str] | None = None,
    forget: Literal["row"] | tuple[str, ...] = (),
) -> dict[str, Any]:
    """What a table's `info` says about how long its rows are kept, and whose they are.

    Args:
        record: the class of record (the rulebook's `retention`).
        since: the column of the time (UTC, ISO 8601) from which the periods run; without it rows do not expire.
        about: the column of the id under which a hold finds the row.
        person: the column of the person whose row it is: theirs to be given, and to be deleted.
        sealed: the columns under the person's key, each with what its bytes are bound to ("{id}:notice").
        forget: what is deleted when the person's key is destroyed: columns that could still lead to the person, such
            as keyed hashes (they are emptied), or the "row".
    """
    return {KEPT: Kept(record, since, about, person, sealed or {}, forget)}


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

"""How often something happened, and when: counts over the ledger's entries, which need no opening."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from overt.store.tables.ledger import ledger_entries


@dataclass(frozen=True, slots=True)
class Tally:
    """Entries of one tag: how many, the index and the time of the last (UTC, ISO 8601; empty where there is none).

    Entries of the first version have no time.
    """

    tag: str
    count: int
    last: int | None
    time: str


def tally(connection: Connection, tag: str, since: str = "") -> Tally:
    """The entries of a tag, from `since` (ISO 8601, UTC) on."""
    # The stream has an index, the tag has none; the first version's entries have no stream.
    streams = ledger_entries.c.stream.in_([tag.rpartition(":")[0], ""])
    wanted = streams & (ledger_entries.c.tag == tag)
    if since:
        wanted &= ledger_entries.c.time >= since
    count, last = connection.execute(select(func.count(), func.max(ledger_entries.c.index)).where(wanted)).one()
    if last is None:
        return Tally(tag, 0, None, "")
    time = connection.execute(select(ledger_entries.c.time).where(ledger_entries.c.index == last)).scalar()
    return Tally(tag, count, last, time or "")

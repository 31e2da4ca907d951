"""What goes on, in numbers: decisions and releases of each day (UTC), and what generators are still at work on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from overt.store.records import Store
from overt.store.tables.content import contents
from overt.store.tables.decisions import decisions
from overt.store.tables.gateway import gateway_jobs

_DAY = len("2026-11-01")


@dataclass(frozen=True, slots=True)
class Daily:
    """Counts by day: of decisions for each outcome, and of released contents."""

    decisions: dict[str, dict[str, int]]
    contents: dict[str, int]


def daily(store: Store, since: date) -> Daily:
    """The counts of the days from `since` on."""
    decided, released = func.substr(decisions.c.decided, 1, _DAY), func.substr(contents.c.released, 1, _DAY)
    outcomes = select(decisions.c.outcome, decided, func.count()).where(decisions.c.decided >= since.isoformat())
    made = select(released, func.count()).where(contents.c.released >= since.isoformat())
    found: dict[str, dict[str, int]] = {}
    with store.reading() as connection:
        for outcome, day, count in connection.execute(outcomes.group_by(decisions.c.outcome, decided)):
            found.setdefault(outcome, {})[day] = count
        return Daily(found, {day: count for day, count in connection.execute(made.group_by(released))})  # noqa: C416


def generating(store: Store) -> tuple[int, str]:
    """How many jobs the generators behind the gateway have not finished, and since when the oldest of them waits."""
    query = select(func.count(), func.min(gateway_jobs.c.made)).where(gateway_jobs.c.file == "")
    with store.reading() as connection:
        count, oldest = connection.execute(query).one()
    return int(count), oldest or ""

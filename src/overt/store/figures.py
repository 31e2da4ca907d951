"""Figures for everybody: how much was made with which technique, what was refused, how reports ended.

Counts of one calendar year (UTC), over what the record holds. Nothing here leads to a person: a count below `SMALL` is
not told, and where one alone would be left out, the next smallest is left out with it, since the total would tell it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Final

from sqlalchemy import Column, ColumnElement, func, select
from sqlalchemy.engine import Connection

from overt.store.records import Store
from overt.store.tables.content import contents
from overt.store.tables.decisions import decisions
from overt.store.tables.public_reports import public_reports

SMALL: Final = 5
"""Counts below are not told [ours]."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a year. None stands for a count that is too small to be told; `since` and `until` are days.

    `hours` is the median time from a report to its answer, told for `SMALL` answers or more.
    """

    year: int
    released: int | None
    techniques: Mapping[str, int | None]
    decisions: Mapping[str, int | None]
    reports: int | None
    kinds: Mapping[str, int | None]
    outcomes: Mapping[str, int | None]
    hours: float | None


def figures(store: Store, year: int) -> Figures:
    """The figures of a calendar year."""
    with store.reading() as connection:
        made = _grouped(connection, contents.c.techniques, contents.c.released, year)
        techniques: Counter[str] = Counter()
        for told, count in made.items():
            for each in json.loads(told):
                techniques[each] += count
        asked = _grouped(connection, decisions.c.outcome, decisions.c.decided, year)
        kinds = _grouped(connection, public_reports.c.kind, public_reports.c.received, year)
        outcomes = _grouped(connection, public_reports.c.outcome, public_reports.c.answered, year)
        within = _within(public_reports.c.answered, year)
        spans = connection.execute(select(public_reports.c.received, public_reports.c.answered).where(within)).all()
    hours = [(_at(answered) - _at(received)).total_seconds() / 3600 for received, answered in spans]
    return Figures(
        year=year,
        released=_told(sum(made.values())),
        techniques=covered(techniques),
        decisions=covered(asked),
        reports=_told(sum(kinds.values())),
        kinds=covered(kinds),
        outcomes=covered(outcomes),
        hours=median(hours) if len(hours) >= SMALL else None,
    )


def years(store: Store, now: datetime | None = None) -> tuple[int, ...]:
    """The years for which there are figures, the present one first."""
    this = (now or datetime.now(UTC)).year
    columns = (contents.c.released, decisions.c.decided, public_reports.c.received)
    with store.reading() as connection:
        first = [connection.execute(select(func.min(each))).scalar() for each in columns]
    begun = min((int(each[:4]) for each in first if each), default=this)
    return tuple(range(this, min(begun, this) - 1, -1))


def covered(counts: Mapping[str, int]) -> dict[str, int | None]:
    """Counts without those that are too small, the largest first."""
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    shown: dict[str, int | None] = {name: _told(count) for name, count in ordered}
    if list(shown.values()).count(None) == 1 and len(shown) > 1:
        shown[ordered[-2][0]] = None
    return shown


def _told(count: int) -> int | None:
    return count if count >= SMALL or not count else None


def _grouped(connection: Connection, what: Column[str], when: Column[str], year: int) -> dict[str, int]:
    rows = connection.execute(select(what, func.count()).where(_within(when, year)).group_by(what)).all()
    return {name: int(count) for name, count in rows}


def _within(when: Column[str], year: int) -> ColumnElement[bool]:
    return (when >= f"{year}-") & (when < f"{year + 1}-")


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)

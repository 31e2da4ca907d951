"""Lists over the people's queue, for screens: what waits, what was settled, which duties answers rest on.

Nothing here opens what is sealed: a list shows neither what is reviewed nor whoever asked for it.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.engine import RowMapping

from overt.canonical import stamp
from overt.gate.review.library import Difference, difference
from overt.store.records import Store
from overt.store.tables.reviews import review_answers, review_items, review_libraries

Which = Literal["waiting", "settled"]
Place = tuple[int, int, str, str]
"""Where a page of the queue ended: level, priority, time, id. Of settled items the first two are 0."""
_RECENT: Final = 2000  # Answers that are counted for what is chosen most.
_COLUMNS: Final = (
    "id", "decision", "purpose", "priority", "eyes", "level", "state", "added", "claimed_by", "lease", "settled",
    "outcome", "followed",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Listed:
    """An item as lists show it. `answers` counts the reviewers who have answered."""

    id: str
    decision: str
    purpose: str
    categories: tuple[str, ...]
    priority: int
    eyes: int
    level: int
    state: str
    added: str
    claimed_by: str
    lease: str
    settled: str
    outcome: str
    followed: str
    answers: int

    @property
    def place(self) -> Place:
        """Where it stands in its list."""
        return (0, 0, self.settled, self.id) if self.settled else (self.level, self.priority, self.added, self.id)

    def standing(self, at: datetime) -> str:
        """`waiting`, `claimed` or `settled`: a claim whose lease is over counts no more."""
        return "waiting" if self.state == "claimed" and self.lease <= stamp(at) else self.state


@dataclass(frozen=True, slots=True)
class Waiting:
    """How the queue stands. `oldest` is since when the longest has waited; `unfollowed` answers led to nothing yet."""

    free: int
    senior: int
    claimed: int
    oldest: str
    unfollowed: int
    unfollowed_since: str


def page(store: Store, which: Which, most: int, after: Place | None = None) -> list[Listed]:
    """Items in the order in which they are given out, or were settled (the latest first); one more than `most`."""
    items = review_items.c
    counted = select(func.count()).where(review_answers.c.item == items.id).correlate(review_items).scalar_subquery()
    query = select(review_items, counted.label("answers")).limit(most + 1)
    if which == "settled":
        query = query.where(items.state == "settled").order_by(items.settled.desc(), items.id.desc())
    else:
        order = (items.level.desc(), items.priority.desc(), items.added, items.id)
        query = query.where(items.state != "settled").order_by(*order)
    if after is not None:
        query = query.where(_behind(which, after))
    with store.reading() as connection:
        return [_listed(row) for row in connection.execute(query).mappings()]


def waiting(store: Store, at: datetime) -> Waiting:
    """How the queue stands at this moment."""
    items, now = review_items.c, stamp(at)
    free = or_(items.state == "waiting", and_(items.state == "claimed", items.lease <= now))
    undone = and_(items.state == "settled", items.followed.is_(None))
    with store.reading() as connection:
        count, oldest = connection.execute(select(func.count(), func.min(items.added)).where(free)).one()
        senior = connection.execute(select(func.count()).where(free, items.level > 0)).scalar_one()
        claimed = select(func.count()).where(items.state == "claimed", items.lease > now)
        left, since = connection.execute(select(func.count(), func.min(items.settled)).where(undone)).one()
        return Waiting(count, senior, connection.execute(claimed).scalar_one(), oldest or "", left, since or "")


def held_by(store: Store, reviewer: str, at: datetime) -> list[Listed]:
    """What a reviewer has claimed and not answered yet, the lease that ends first before."""
    items = review_items.c
    query = select(review_items).where(items.state == "claimed", items.claimed_by == reviewer, items.lease > stamp(at))
    with store.reading() as connection:
        return [_listed(row) for row in connection.execute(query.order_by(items.lease, items.id)).mappings()]


def duties_chosen(store: Store) -> list[str]:
    """The duties that recent answers rest on, the most chosen first."""
    answers = review_answers.c
    query = select(answers.duties).order_by(answers.answered.desc()).limit(_RECENT)
    with store.reading() as connection:
        counted = Counter(each for told in connection.execute(query).scalars() for each in json.loads(told))
    return [duty for duty, _ in sorted(counted.items(), key=lambda each: (-each[1], each[0]))]


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a feature library that was put into force, and what it changed."""

    name: str
    version: str
    digest: str
    approver: str
    loaded: str
    entries: int
    changes: Difference


def versions(store: Store, name: str = "") -> list[Version]:
    """The versions of libraries, or of one, that were put into force; the latest first."""
    libraries = review_libraries.c
    query = select(review_libraries).order_by(libraries.number)
    if name:
        query = query.where(libraries.name == name)
    last: dict[str, dict[str, str]] = {}
    found = []
    with store.reading() as connection:
        for row in connection.execute(query).mappings():
            entries = json.loads(row["entries"])
            changes = difference(last.get(row["name"], {}), entries)
            last[row["name"]] = entries
            head = (row["name"], row["version"], row["digest"], row["approver"], row["loaded"])
            found.append(Version(*head, len(entries), changes))
    return found[::-1]


def _behind(which: Which, after: Place) -> ColumnElement[bool]:
    items = review_items.c
    level, priority, time, item = after
    if which == "settled":
        return or_(items.settled < time, and_(items.settled == time, items.id < item))
    later = or_(items.added > time, and_(items.added == time, items.id > item))
    less = or_(items.priority < priority, and_(items.priority == priority, later))
    return or_(items.level < level, and_(items.level == level, less))


def _listed(row: RowMapping) -> Listed:
    values: dict[str, Any] = {name: row[name] if row[name] is not None else "" for name in _COLUMNS}
    return Listed(**values, categories=tuple(json.loads(row["categories"])), answers=row.get("answers", 0))

"""Decisions as lists and as whole records: which there are, and what became of one.

```
page     rows alone, the newest first, without what is sealed
whole    one decision with its content ids, what superseded it, what the review of its outputs found
```

A decision whose account's key was destroyed, or whose time of keeping is over, still has its row: `whole` then has no
`decision`, and says so by that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

from sqlalchemy import and_, func, or_, select
from sqlalchemy.engine import Connection, RowMapping

from overt.access.warrant import EVERYTHING, Scope
from overt.canonical import stamp
from overt.errors import RefusedError
from overt.gate.model import Decision, Outcome, Reason
from overt.store import consent_rows, decision_rows
from overt.store.records import Store
from overt.store.tables.content import contents
from overt.store.tables.decisions import decision_contents, decisions, output_reviews
from overt.store.tables.reviews import review_items
from overt.store.within import decisions_within

Place = tuple[str, str]
"""Where a page ended: time and id."""
Use = Literal["unused", "used", "over"]
_COLUMNS: Final = (
    "id",
    "outcome",
    "account",
    "purpose",
    "function",
    "decided",
    "expires",
    "supersedes",
    "ledger_index",
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which decisions. What is empty is not asked for; `since` and `before` are times or days (UTC)."""

    outcome: Outcome | Literal[""] = ""
    purpose: str = ""
    account: str = ""
    id: str = ""
    since: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """A decision as lists show it, and how many of its content ids are used."""

    id: str
    outcome: Outcome
    account: str
    purpose: str
    function: str
    decided: str
    expires: str
    supersedes: str
    ledger_index: int
    superseded: str
    given: int
    used: int

    @property
    def place(self) -> Place:
        """Where it stands in the list."""
        return self.decided, self.id

    def standing(self, at: datetime) -> str:
        """`waits`, `answered`, `refused`, `allows`, `used` (nothing is left of it) or `over` (its hours are)."""
        if self.outcome == "refuse":
            return "refused"
        if self.outcome == "hold":
            return "answered" if self.superseded else "waits"
        if self.given and self.used == self.given:
            return "used"
        return "over" if self.expires <= stamp(at) else "allows"


@dataclass(frozen=True, slots=True)
class Given:
    """A content id that a decision gave: not used yet, used by a release, or over with the decision's hours."""

    content_id: str
    use: Use
    used: str = ""
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class Output:
    """What the review found in an output."""

    sha256: str
    outcome: Outcome
    reasons: tuple[Reason, ...]
    reviewed: str


@dataclass(frozen=True, slots=True)
class Whole:
    """One decision and what became of it: items of the people's queue; why its consents do not stand (`lapsed`)."""

    row: Listed
    decision: Decision | None
    contents: tuple[Given, ...]
    outputs: tuple[Output, ...]
    items: tuple[str, ...]
    lapsed: tuple[Reason, ...]


def page(
    store: Store, wanted: Wanted, most: int, after: Place | None = None, scope: Scope = EVERYTHING
) -> list[Listed]:
    """Decisions of a warrant's scope, the newest first; one more than `most`."""
    columns = decisions.c
    query = _listing().where(*decisions_within(scope)).order_by(columns.decided.desc(), columns.id.desc())
    for name in ("outcome", "purpose", "account", "id"):
        if value := getattr(wanted, name):
            query = query.where(columns[name] == value)
    if wanted.since:
        query = query.where(columns.decided >= wanted.since)
    if wanted.before:
        query = query.where(columns.decided < wanted.before)
    if after is not None:
        time, number = after
        query = query.where(or_(columns.decided < time, and_(columns.decided == time, columns.id < number)))
    with store.reading() as connection:
        return [_listed(row) for row in connection.execute(query.limit(most + 1)).mappings()]


def whole(store: Store, decision_id: str, at: datetime) -> Whole | None:
    """One decision; None where there is none of this id."""
    with store.reading() as connection:
        row = connection.execute(_listing().where(decisions.c.id == decision_id)).mappings().first()
        if row is None:
            return None
        listed = _listed(row)
        try:
            decision = decision_rows.opened(connection, store.vault, row)
        except RefusedError:
            decision = None
        items = select(review_items.c.id).where(review_items.c.decision == decision_id).order_by(review_items.c.added)
        return Whole(
            listed,
            decision,
            _contents(connection, listed, at),
            _outputs(connection, decision_id),
            tuple(connection.execute(items).scalars()),
            consent_rows.ended(connection, decision_id, at),
        )


def waiting_since(store: Store) -> tuple[int, str]:
    """How many decisions wait for a person, and since when the oldest does."""
    after = decisions.alias("after")
    left = decisions.outerjoin(after, after.c.supersedes == decisions.c.id)
    query = select(func.count(), func.min(decisions.c.decided)).select_from(left)
    query = query.where(decisions.c.outcome == "hold", after.c.id.is_(None))
    with store.reading() as connection:
        count, oldest = connection.execute(query).one()
    return count, oldest or ""


def _listing() -> Any:
    after = decisions.alias("after")
    mine = decision_contents.c.decision == decisions.c.id
    given = select(func.count()).where(mine).correlate(decisions).scalar_subquery()
    used = select(func.count()).where(mine, decision_contents.c.used.is_not(None)).correlate(decisions)
    superseded = select(after.c.id).where(after.c.supersedes == decisions.c.id).correlate(decisions).scalar_subquery()
    columns = (superseded.label("superseded"), given.label("given"), used.scalar_subquery().label("used"))
    return select(decisions, *columns)


def _listed(row: RowMapping) -> Listed:
    values: dict[str, Any] = {name: row[name] if row[name] is not None else "" for name in _COLUMNS}
    return Listed(**values, superseded=row["superseded"] or "", given=row["given"], used=row["used"])


def _contents(connection: Connection, listed: Listed, at: datetime) -> tuple[Given, ...]:
    joined = decision_contents.outerjoin(contents, contents.c.content_id == decision_contents.c.content_id)
    query = select(decision_contents.c.content_id, decision_contents.c.used, contents.c.media_type)
    query = query.select_from(joined).where(decision_contents.c.decision == listed.id)
    rows = connection.execute(query.order_by(decision_contents.c.content_id)).all()
    over: Use = "over" if listed.expires <= stamp(at) else "unused"
    return tuple(Given(each, "used" if used else over, used or "", kind or "") for each, used, kind in rows)


def _outputs(connection: Connection, decision_id: str) -> tuple[Output, ...]:
    columns = (output_reviews.c.sha256, output_reviews.c.reviewed)
    mine = select(*columns).where(output_reviews.c.decision == decision_id).order_by(output_reviews.c.ledger_index)
    latest = {row[0]: row[1] for row in connection.execute(mine)}
    found = []
    for each, reviewed in latest.items():
        told = decision_rows.review_of(connection, decision_id, each)
        if told is not None:
            found.append(Output(each, told[0], told[1], reviewed))
    return tuple(found)


def told(at: datetime | None) -> str:
    """A time as rows have it; empty for none. One without a zone is UTC."""
    return stamp(at if at.tzinfo else at.replace(tzinfo=UTC)) if at else ""

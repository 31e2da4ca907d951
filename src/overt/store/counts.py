"""What the records of a set-up come to: counts that show whether acts went together as they should.

Read alone, and over whole tables with an index each: no opening is opened, no person is named.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.engine import Connection

from overt.store.tables.consents import consent_contents, consents, recalls
from overt.store.tables.content import contents, disseminations
from overt.store.tables.decisions import decision_contents, label_agreements, output_reviews, recipients
from overt.store.tables.ledger import ledger_entries, person_keys
from overt.store.tables.retention import restrictions


@dataclass(frozen=True, slots=True)
class Released:
    """Contents of one media type that were released with the same marks, and the ledger entry of the last.

    `delivered` of them went to a recipient on record (Labeling Measures, art. 9).
    """

    media_type: str
    marks: frozenset[str]
    count: int
    last: int
    delivered: int


def released(connection: Connection) -> tuple[Released, ...]:
    """All releases, by media type and marks."""
    column = contents.c
    grouped = (column.media_type, column.marks)
    counted = (func.count(), func.max(column.ledger_index), func.count(recipients.c.content_id))
    joined = contents.outerjoin(recipients, column.content_id == recipients.c.content_id)
    rows = connection.execute(select(*grouped, *counted).select_from(joined).group_by(*grouped).order_by(*grouped))
    return tuple(Released(media, frozenset(json.loads(marks)), *numbers) for media, marks, *numbers in rows)


@dataclass(frozen=True, slots=True)
class Unlabelled:
    """Contents released without explicit label: of these, delivered to a named recipient; of those, after agreeing."""

    released: int
    delivered: int
    agreed: int


def unlabelled(connection: Connection) -> Unlabelled:
    """What went out without explicit label, and whether art. 9 of the Labeling Measures was kept."""
    bare = contents.c.marks.not_like('%"label"%') & contents.c.marks.not_like('%"label_beside"%')
    given = contents.c.content_id == recipients.c.content_id
    agreed = select(label_agreements.c.account).where(
        label_agreements.c.account == recipients.c.account, label_agreements.c.agreed <= recipients.c.delivered
    )
    joined = select(func.count()).select_from(contents.join(recipients, given)).where(bare)
    return Unlabelled(
        released=_count(connection, select(func.count()).select_from(contents).where(bare)),
        delivered=_count(connection, joined),
        agreed=_count(connection, joined.where(agreed.exists())),
    )


@dataclass(frozen=True, slots=True)
class Decided:
    """Releases in all; of these, under a decision; of those, with an output that was reviewed before."""

    released: int
    decided: int
    reviewed: int


def decided(connection: Connection, since: str = "") -> Decided:
    """Whether what was released since then (ISO 8601, UTC) was decided and reviewed.

    Args:
        connection: the database.
        since: from when on; records of decisions expire, so that older releases may have none any more.
    """
    recent = contents.c.released >= since
    used = and_(contents.c.content_id == decision_contents.c.content_id, decision_contents.c.used.is_not(None))
    under = select(func.count()).select_from(contents.join(decision_contents, used)).where(recent)
    looked = select(output_reviews.c.decision).where(
        output_reviews.c.decision == decision_contents.c.decision, output_reviews.c.sha256 == contents.c.source_sha256
    )
    return Decided(
        released=_count(connection, select(func.count()).select_from(contents).where(recent)),
        decided=_count(connection, under),
        reviewed=_count(connection, under.where(looked.exists())),
    )


@dataclass(frozen=True, slots=True)
class Consented:
    """Consents that were given at some time; of these, with a notice that was shown; withdrawn; by a guardian.

    `pending` are released contents that rest on a withdrawn consent and are not recalled.
    """

    given: int
    noticed: int
    withdrawn: int
    guarded: int
    pending: int


def consented(connection: Connection) -> Consented:
    """What became of consents."""
    column = consents.c
    given = column.body.is_not(None)
    resting = consent_contents.join(consents, column.consent_id == consent_contents.c.consent_id).join(
        contents, contents.c.content_id == consent_contents.c.content_id
    )
    recalled = select(recalls.c.content_id).where(recalls.c.content_id == consent_contents.c.content_id)
    pending = select(func.count()).select_from(resting).where(column.state == "withdrawn", ~recalled.exists())

    def counted(condition: ColumnElement[bool]) -> int:
        return _count(connection, select(func.count()).select_from(consents).where(condition))

    return Consented(
        given=counted(given),
        noticed=counted(and_(given, column.notice.is_not(None))),
        withdrawn=counted(column.state == "withdrawn"),
        guarded=counted(and_(given, column.guarded != 0)),
        pending=_count(connection, pending),
    )


def write_backs(connection: Connection) -> dict[str, int]:
    """Labels written back into what others made, by their attribute (1 is, 2 may be, 3 is suspected)."""
    column = disseminations.c.attribute
    rows = connection.execute(select(column, func.count()).group_by(column).order_by(column))
    return {attribute: count for attribute, count in rows}  # noqa: C416  # rows are no pairs to the type checker


@dataclass(frozen=True, slots=True)
class Persons:
    """Persons whose records are under a key of their own; whose key was destroyed; whose deletion is overdue."""

    kept: int
    destroyed: int
    overdue: int


def persons(connection: Connection, now: str) -> Persons:
    """Whose records there are, and whose are still there though their time is over (ISO 8601, UTC)."""
    keys = select(func.count()).select_from(person_keys)
    late = select(func.count()).select_from(restrictions).where(restrictions.c.due != "", restrictions.c.due < now)
    return Persons(
        kept=_count(connection, keys.where(person_keys.c.destroyed.is_(None))),
        destroyed=_count(connection, keys.where(person_keys.c.destroyed.is_not(None))),
        overdue=_count(connection, late),
    )


def entries_of(connection: Connection, tag: str) -> list[tuple[int, str]]:
    """The ledger entries of a tag, each with its time."""
    column = ledger_entries.c
    wanted = and_(column.stream == tag.rpartition(":")[0], column.tag == tag)
    rows = connection.execute(select(column.index, column.time).where(wanted).order_by(column.index))
    return [(index, time) for index, time in rows]  # Rows are no pairs to the type checker.


def span(connection: Connection) -> tuple[int, str]:
    """How many entries the ledger has, and the time of the first that has one."""
    column = ledger_entries.c
    size = _count(connection, select(func.count()).select_from(ledger_entries))
    first = connection.execute(select(column.time).where(column.time != "").order_by(column.index).limit(1)).scalar()
    return size, first or ""


def _count(connection: Connection, query: object) -> int:
    return int(connection.execute(query).scalar() or 0)  # type: ignore[call-overload]

"""Consents for staff: lists by pages, and all that rests on one of them. Reads; nothing here changes a consent.

What is sealed is opened only for whom the caller names (`vault`): a list for somebody who may not see persons is read
without their keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, and_, func, or_, select

from overt.access.warrant import EVERYTHING, Scope
from overt.gate.consent.challenge import Challenge
from overt.language import Text
from overt.ledger.entry import decode
from overt.store.consent_rows import Asked, Upload, challenge_from, opened
from overt.store.log import entries_about
from overt.store.objects import Objects
from overt.store.recalls import Case
from overt.store.records import Store
from overt.store.sealed import SealedObjects
from overt.store.tables.consents import consent_contents, consent_recordings, consents, recalls, recipient_cases
from overt.store.tables.content import contents
from overt.store.within import consents_within

Which = Literal["", "to-check", "asked", "given", "declined", "lapsed", "withdrawn"]
WHICH: Final[dict[Which, Text]] = {
    "": Text(zh="全部", en="All"),
    "to-check": Text(zh="录制待核对", en="Recordings to check"),
    "asked": Text(zh="等待答复", en="Waiting for an answer"),
    "given": Text(zh="已同意", en="Given"),
    "declined": Text(zh="不同意", en="Declined"),
    "lapsed": Text(zh="未答复", en="Not answered"),
    "withdrawn": Text(zh="已撤回", en="Withdrawn"),
}
"""What a list may be narrowed to. `given` holds those that were used up or have expired, too: their page says so."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording of a person who answered; the bytes are fetched by themselves."""

    id: str
    consent_id: str
    person: str
    media_type: str
    size: int
    received: str
    outcome: str
    by: str
    challenge: Challenge | None


@dataclass(frozen=True, slots=True)
class Made:
    """A content that a decision allows with a consent: whether it was released, and recalled."""

    content_id: str
    decision_id: str
    spent: str
    released: bool
    recalled: str


@dataclass(frozen=True, slots=True)
class Happened:
    """An entry of the ledger about a consent. `event` is empty where it opens no more."""

    index: int
    tag: str
    time: str
    event: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Resting:
    """All that rests on one consent."""

    life: tuple[Happened, ...]
    recordings: tuple[Recording, ...]
    made: tuple[Made, ...]
    cases: tuple[Case, ...]


def listed(
    store: Store,
    which: Which = "",
    *,
    person: str = "",
    most: int = 50,
    after: tuple[str, str] | None = None,
    within: Scope = EVERYTHING,
    unsealed: bool = False,
    now: datetime | None = None,
) -> list[Asked]:
    """Consents, the latest asked first, one more than `most`; `after` is the (asked, id) of the last one seen."""
    column = consents.c
    query = select(consents).where(_condition(which, now or datetime.now(UTC)), *consents_within(within))
    if person:
        query = query.where(column.person == person)
    if after is not None:
        query = query.where(or_(column.asked < after[0], and_(column.asked == after[0], column.consent_id > after[1])))
    query = query.order_by(column.asked.desc(), column.consent_id).limit(most + 1)
    with store.reading() as connection:
        rows = connection.execute(query).mappings().all()
        return [opened(connection, store.vault if unsealed else None, row) for row in rows]


def place(asked: Asked) -> tuple[str, str]:
    """Where a consent stands in the list."""
    return asked.asked, asked.id


def found(store: Store, consent_id: str, *, unsealed: bool = False) -> Asked | None:
    """One consent."""
    with store.reading() as connection:
        row = connection.execute(select(consents).where(consents.c.consent_id == consent_id)).mappings().first()
        return opened(connection, store.vault if unsealed else None, row) if row else None


def waiting(store: Store) -> tuple[int, str]:
    """How many recordings wait for somebody, and since when the oldest does."""
    query = select(func.count(), func.min(consents.c.answered)).where(_condition("to-check", datetime.now(UTC)))
    with store.reading() as connection:
        count, since = connection.execute(query).one()
    return int(count), since or ""


def resting(store: Store, consent_id: str) -> Resting:
    """What a consent's page shows beneath it."""
    with store.view():
        life, recordings = _life(store, consent_id), _recordings(store, consent_id)
        return Resting(life, recordings, _made(store, consent_id), _cases(store, consent_id))


def recording(store: Store, objects: Objects, recording_id: str) -> tuple[Recording, Upload] | None:
    """A recording with its bytes; None where there is none, or its person's key is gone."""
    mine = consent_recordings.c.recording_id == recording_id
    with store.reading() as connection:
        row = connection.execute(select(consent_recordings).where(mine)).mappings().first()
        if row is None:
            return None
        about = f"recordings/{recording_id}"
        data = SealedObjects(objects).get(connection, store.vault, row["person"], about, row["object"])
    return (_recording(row), Upload(data, row["media_type"])) if data is not None else None


def _condition(which: Which, now: datetime) -> ColumnElement[bool]:
    column, moment = consents.c, now.isoformat()
    open_ = column.state.in_(("asked", "opened"))
    match which:
        case "":
            return column.consent_id != ""
        case "to-check":
            return (column.proof == "waiting") & (column.state == "given")
        case "asked":
            return open_ & (column.link_expires > moment)
        case "lapsed":
            return open_ & (column.link_expires <= moment)
        case _:
            return column.state == which


def _life(store: Store, consent_id: str) -> tuple[Happened, ...]:
    with store.reading() as connection:
        found = []
        for each in entries_about(connection, store.vault, consent_id):
            entry = decode(each.entry)
            found.append(Happened(each.index, entry.tag, entry.time, each.opening.event if each.opening else {}))
    return tuple(found)


def _recordings(store: Store, consent_id: str) -> tuple[Recording, ...]:
    query = select(consent_recordings).where(consent_recordings.c.consent_id == consent_id)
    with store.reading() as connection:
        rows = connection.execute(query.order_by(consent_recordings.c.received.desc())).mappings().all()
    return tuple(_recording(row) for row in rows)


def _recording(row: Any) -> Recording:
    names = ("consent_id", "person", "media_type", "size", "received", "outcome", "by")
    told = {name: row[name] for name in names}
    return Recording(id=row["recording_id"], **told, challenge=challenge_from(row["challenge"]))


def _made(store: Store, consent_id: str) -> tuple[Made, ...]:
    spent = consent_contents.c
    joined = consent_contents.outerjoin(contents, contents.c.content_id == spent.content_id).outerjoin(
        recalls, recalls.c.content_id == spent.content_id
    )
    query = (
        select(spent.content_id, spent.decision_id, spent.spent, contents.c.ledger_index, recalls.c.recalled)
        .select_from(joined)
        .where(spent.consent_id == consent_id)
        .order_by(spent.spent.desc(), spent.content_id)
    )
    with store.reading() as connection:
        rows = connection.execute(query).all()
    return tuple(Made(row[0], row[1], row[2], row[3] is not None, row[4] or "") for row in rows)


def _cases(store: Store, consent_id: str) -> tuple[Case, ...]:
    query = select(recipient_cases).where(recipient_cases.c.consent_id == consent_id)
    with store.reading() as connection:
        rows = connection.execute(query.order_by(recipient_cases.c.opened.desc(), recipient_cases.c.case_id))
        return tuple(Case(**row) for row in rows.mappings().all())

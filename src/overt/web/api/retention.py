"""Retention and persons' rights for programs: what is kept how long, holds, expiry; export and erasure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from fastapi import Path as InPath
from pydantic import BaseModel, Field

from overt.ledger.events.retention import Ground
from overt.store import persons as rights
from overt.store import retention
from overt.store.retention import Hold as Row
from overt.web import deleting
from overt.web.access import Who, needs
from overt.web.api.model import Page, Said
from overt.web.api.problems import problems
from overt.web.errors import StatusError
from overt.web.house import House
from overt.web.work import Task

router = APIRouter(prefix="/v1", tags=["retention"])
_HOLDS = [needs("retention:write")]
_RIGHTS = [needs("persons:erase")]
_Id = Annotated[str, InPath(alias="id", max_length=64)]
_State = Literal["waiting", "running", "done", "failed"]


class Limit(BaseModel):
    """A span of time, and the duties that ask for it."""

    value: float
    unit: str
    duties: list[str]


class Source(BaseModel):
    """Records of one class in one place. Those that do not `expire` end with what they serve."""

    record: str
    where: str
    count: int
    due: int
    held: int
    expire: bool
    least: Limit | None
    most: Limit | None


class Hold(BaseModel):
    """Nothing that it covers is deleted: ids, or a period."""

    id: str
    reason: str
    authority: str
    ids: list[str]
    since: str
    before: str
    placed: str
    until: str
    released: str


class Holding(BaseModel):
    """A hold on ids, or on a period of days (UTC, `before` not included); until a day, or for good."""

    reason: str = Field(min_length=1, max_length=4000, examples=["inquiry 2026-118"])
    authority: str = Field(min_length=1, max_length=1000, examples=["the cyberspace administration of the city"])
    ids: list[Annotated[str, Field(max_length=128)]] = Field(default=[], max_length=500)
    since: str = Field(default="", max_length=40, examples=["2026-11-01"])
    before: str = Field(default="", max_length=40, examples=["2026-12-01"])
    until: str = Field(default="", max_length=40)


class Releasing(BaseModel):
    """Why a hold ends."""

    reason: str = Field(min_length=1, max_length=4000, examples=["the inquiry has ended"])


class Deleted(BaseModel):
    """How many records of a class went from one place."""

    where: str
    record: str
    count: int


class Expiry(BaseModel):
    """A sweep: ask again until it is done."""

    id: str
    state: _State
    deleted: list[Deleted]
    erased: list[str]


class Restriction(BaseModel):
    """A person whose erasure waits; `due` is in the year 9999 where it waits for the release of a hold."""

    person: str
    ground: Ground
    asked: str
    due: str


class Erasing(BaseModel):
    """Why a person's data go (PIPL, art. 47)."""

    ground: Ground = "request"


class Erasure(BaseModel):
    """What came of an erasure, as `overt person erase --json` tells it; ask again until it is done."""

    id: str
    state: _State
    result: dict[str, Any] | None
    problem: Said | None


@router.get("/retention", operation_id="listRetention", dependencies=_HOLDS, responses=problems())
def sources(house: House) -> Page[Source]:
    """Each class of record in each place, with what is due now."""
    found = retention.sources(house.store, house.rulebook, datetime.now(UTC))
    return Page(
        items=[
            Source(
                record=each.record,
                where=each.name,
                count=each.count,
                due=each.due,
                held=each.held,
                expire=each.expire,
                least=_limit(each.kept.least, each.kept.least_by),
                most=_limit(each.kept.most, each.kept.most_by),
            )
            for each in found
        ]
    )


@router.get("/retention/holds", operation_id="listHolds", dependencies=_HOLDS, responses=problems())
def holds(house: House) -> Page[Hold]:
    """Every hold, also those that ended, by the time they were placed."""
    return Page(items=[_hold(each) for each in retention.all_holds(house.store)])


@router.post("/retention/holds", operation_id="placeHold", status_code=201, dependencies=_HOLDS, responses=problems())
def place(house: House, said: Holding) -> Hold:
    """Places a hold."""
    period = (said.since, said.before)
    return _hold(deleting.place(house, said.reason, said.authority, tuple(said.ids), period, said.until))


@router.post(
    "/retention/holds/{id}/release",
    operation_id="releaseHold",
    status_code=204,
    dependencies=_HOLDS,
    responses=problems(),
)
def release(house: House, hold: _Id, said: Releasing) -> None:
    """Ends a hold."""
    retention.release(house.store, hold, said.reason)


@router.post(
    "/retention/expiries",
    operation_id="expireRecords",
    status_code=202,
    dependencies=_HOLDS,
    responses=problems(503),
)
def expire(house: House, who: Who) -> Expiry:
    """Deletes what is due. It cannot be undone."""
    return _expiry(deleting.expire(house, who))


@router.get("/retention/expiries/{id}", operation_id="getExpiry", dependencies=_HOLDS, responses=problems(404))
def expiry(house: House, who: Who, number: _Id) -> Expiry:
    """How far a sweep is, and what it deleted."""
    return _expiry(_task(house.work.find(number, deleting.EXPIRY, owner=who.post)))


@router.get("/retention/restrictions", operation_id="listRestrictions", dependencies=_HOLDS, responses=problems())
def restrictions(house: House) -> Page[Restriction]:
    """Persons whose records may only be stored and secured."""
    found = rights.waiting(house.store)
    return Page(items=[Restriction.model_validate(each, from_attributes=True) for each in found])


@router.post(
    "/persons/{id}/export", operation_id="exportPerson", tags=["persons"], dependencies=_RIGHTS, responses=problems()
)
def export(house: House, person: _Id) -> dict[str, Any]:
    """What is kept of a person, for them. Recorded each time."""
    return rights.export(house.store, person)


@router.post(
    "/persons/{id}/erase",
    operation_id="erasePerson",
    tags=["persons"],
    status_code=202,
    dependencies=_RIGHTS,
    responses=problems(503),
)
def erase(house: House, who: Who, person: _Id, said: Erasing) -> Erasure:
    """Erases what may go now, and the rest when it may. It cannot be undone."""
    return _erasure(deleting.erase(house, who, person, said.ground))


@router.get(
    "/erasures/{id}",
    operation_id="getErasure",
    tags=["persons"],
    dependencies=[needs("persons:erase")],
    responses=problems(404),
)
def erasure(house: House, who: Who, number: _Id) -> Erasure:
    """What came of an erasure. It is kept for some minutes; the ledger keeps its entry."""
    return _erasure(_task(house.work.find(number, deleting.ERASURE, owner=who.post)))


def _limit(span: Any, duties: tuple[str, ...]) -> Limit | None:
    return Limit(value=span.value, unit=span.unit, duties=list(duties)) if span else None


def _hold(each: Row) -> Hold:
    names = ("id", "reason", "authority", "placed", "until", "released")
    period = {"since": each.period.since, "before": each.period.before} if each.period else {"since": "", "before": ""}
    return Hold(ids=list(each.ids), **period, **{name: getattr(each, name) for name in names})


def _task(found: Task | None) -> Task:
    if found is None:
        raise StatusError(404, "this result is no longer kept", "结果已不再保留")
    return found


def _expiry(task: Task) -> Expiry:
    swept = task.result if task.state == "done" else deleting.Swept((), ())
    deleted = [Deleted(where=where, record=record, count=count) for where, record, count in swept.deleted]
    return Expiry(id=task.id, state=task.state, deleted=deleted, erased=list(swept.erased))


def _erasure(task: Task) -> Erasure:
    told = task.result.told() if task.state == "done" else None
    return Erasure(
        id=task.id, state=task.state, result=told, problem=Said.of(task.error.message) if task.error else None
    )

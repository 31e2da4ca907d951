"""Retention: what is kept how long and by which clauses, holds, and the deletion of what is due.

```
GET   /console/retention                       classes, holds, persons whose erasure waits
POST  /console/retention/holds                 places one;   /holds/{hold}/release ends one
POST  /console/retention/run                   deletes what is due: work that tells how far it is
GET   /console/retention/run/{task}            what it came to
```
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from overt.access.model import Principal
from overt.canonical import stamp
from overt.errors import OvertError, UsageError
from overt.language import Text
from overt.store import persons, retention
from overt.web import deleting
from overt.web.access import Who, needs
from overt.web.attention import Attention, Item
from overt.web.errors import StatusError
from overt.web.forms import Fields, Form
from overt.web.house import House, Site
from overt.web.navigation import Entry
from overt.web.rendering import PEOPLE, PageRoute, show
from overt.web.words.retention import GROUNDS, UNITS, WORDS

ENTRY: Final = Entry(WORDS["title"], "/console/retention", "law", ("retention:write",), 60, "ledger")
router = APIRouter(
    prefix="/console/retention", route_class=PageRoute, include_in_schema=False, dependencies=[needs("retention:write")]
)
_MOST_IDS: Final = 500


@router.get("")
def every(request: Request, house: House, done: str = "") -> Response:
    """What is kept, and what is due."""
    return _page(request, house, done=done)


@router.post("/holds")
def place(request: Request, house: House, fields: Fields) -> Response:
    """Places a hold."""
    ids = tuple(filter(None, (each.strip()[:128] for each in fields.get("ids", 70_000).splitlines())))[:_MOST_IDS]
    since, before, until = (fields.get(name, 40) for name in ("since", "before", "until"))
    try:
        deleting.place(house, fields.get("reason", 4000), fields.get("authority", 1000), ids, (since, before), until)
    except OvertError as error:
        return _page(request, house, error=error, typed=fields)
    return RedirectResponse("/console/retention?done=placed", 303)


@router.post("/holds/{hold}/release")
def release(request: Request, house: House, hold: str, fields: Fields) -> Response:
    """Ends a hold."""
    try:
        retention.release(house.store, hold, fields.get("reason", 4000))
    except OvertError as error:
        return _page(request, house, error=error)
    return RedirectResponse("/console/retention?done=released", 303)


@router.post("/run")
def run(request: Request, house: House, who: Who, fields: Fields) -> Response:
    """Deletes what is due."""
    if fields.get("sure") != "yes":
        error = UsageError("say that you know what it does", "请确认您明白删除后不能恢复")
        return _page(request, house, error=error)
    return RedirectResponse(f"/console/retention/run/{deleting.expire(house, who).id}", 303)


@router.get("/run/{task}")
def ran(request: Request, house: House, who: Who, task: str) -> Response:
    """How far it is, or what it came to."""
    found = house.work.find(task, deleting.EXPIRY, owner=who.post)
    if found is None:
        raise StatusError(404, WORDS["gone"].en, WORDS["gone"].zh, hint=WORDS["gone_hint"])
    return show(request, "retention/ran", task=found)


def _page(
    request: Request, house: Site, *, done: str = "", error: OvertError | None = None, typed: Form | None = None
) -> Response:
    if error is not None and not isinstance(error, PEOPLE):
        raise error
    now = datetime.now(UTC)
    rows = [each for each in retention.sources(house.store, house.rulebook, now) if each.count]
    holds = retention.all_holds(house.store)[::-1]
    return show(
        request,
        "retention/every",
        422 if error else 200,
        rows=rows,
        due=sum(each.due for each in rows),
        holds=[(each, not each.released and not (each.until and each.until <= stamp(now))) for each in holds],
        waiting=persons.waiting(house.store),
        held=persons.HELD,
        grounds=GROUNDS,
        units=UNITS,
        done=done if done in ("placed", "released") else "",
        error=error,
        typed=typed or Form({}),
    )


def _attention(house: Site, _: Principal) -> list[Item]:
    now = stamp(datetime.now(UTC))
    over = [each for each in persons.waiting(house.store) if each.due <= now]
    if not over:
        return []
    title = Text(zh="可以删除的个人数据", en="Persons whose data may go now")
    return [Item(title, "/console/retention", len(over), since=over[0].asked, due=over[0].due, clause="PIPL 47")]


ATTENTION: Final = Attention(WORDS["title"], ("retention:write",), _attention)

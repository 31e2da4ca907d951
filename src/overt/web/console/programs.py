"""Programs and their API keys.

```
GET   /console/programs                  all keys
GET   /console/programs/new, POST        a new key, shown once
POST  /console/programs/{id}/withdraw    a key ends at once
```
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Request, Response
from starlette.responses import RedirectResponse

from overt.access.model import PERMISSIONS
from overt.errors import OvertError, UsageError
from overt.store.api_keys import ApiKeys
from overt.web import proving
from overt.web.access import Who, needs
from overt.web.api.model import cursor, place_of
from overt.web.entrance import entrance_of
from overt.web.house import House
from overt.web.navigation import Entry
from overt.web.rendering import PageRoute, language_of, show
from overt.web.words.programs import WORDS

ENTRY: Final = Entry(WORDS["title"], "/console/programs", "house", ("programs:write",), 20, "programs")
DAYS: Final = ("90", "365", "30", "")
"""How long a key may work; empty: until it is withdrawn."""
router = APIRouter(prefix="/console/programs", route_class=PageRoute, include_in_schema=False)
_READ: Final = [needs("programs:write")]
_WRITE: Final = [needs("programs:write")]
_PAGE: Final = 50


@router.get("", dependencies=_READ)
def every(request: Request, house: House, done: str = "", after: str = "") -> Response:
    """All keys, the newest first."""
    place, now = place_of(after, str, str), datetime.now(UTC)
    rows = ApiKeys(house.store).every(_PAGE + 1, (place[0], place[1]) if place else None)
    values: dict[str, Any] = {
        "rows": [(each, each.works(now)) for each in rows[:_PAGE]],
        "names": PERMISSIONS,
        "next_at": f"?after={cursor((rows[_PAGE - 1].made, rows[_PAGE - 1].id))}" if len(rows) > _PAGE else "",
        "first_at": "/console/programs" if after else "",
        "secret": entrance_of(request).pending.take("api key", proving.here(request)),
        "done": done if done in ("made", "withdrawn") else "",
    }
    return show(request, "programs/every", **values)


@router.get("/new", dependencies=_WRITE)
def new(request: Request) -> Response:
    """The form of a key."""
    return _new(request)


@router.post("/new", dependencies=_WRITE)
def make(  # the fields of a form
    request: Request,
    house: House,
    who: Who,
    name: Annotated[str, Form(max_length=4000)] = "",
    scopes: Annotated[tuple[str, ...], Form(max_length=100)] = (),
    days: Annotated[str, Form(max_length=8)] = "",
) -> Response:
    """Makes a key."""
    ends = datetime.now(UTC) + timedelta(days=int(days)) if days in DAYS and days else None
    try:
        _, secret = ApiKeys(house.store).make(name, scopes, by=who, ends=ends)
    except UsageError as error:
        return _new(request, name, scopes, days, error)
    entrance_of(request).pending.keep("api key", proving.here(request), secret)
    return RedirectResponse("/console/programs?done=made", 303)


@router.post("/{key}/withdraw", dependencies=_WRITE)
def withdraw(house: House, who: Who, key: str) -> Response:
    """Ends a key."""
    ApiKeys(house.store).withdraw(key, by=who.post)
    return RedirectResponse("/console/programs?done=withdrawn", 303)


def _new(
    request: Request,
    name: str = "",
    scopes: tuple[str, ...] = (),
    days: str = DAYS[0],
    error: OvertError | None = None,
) -> Response:
    language = language_of(request)
    values: dict[str, Any] = {
        "typed": (name, scopes, days),
        "scopes": PERMISSIONS,
        "days": DAYS,
        "alert": (error.message.in_(language), error.hint.in_(language)) if error else None,
    }
    return show(request, "programs/new", 422 if error else 200, **values)

"""The inspector's own desk: the warrant, what may be seen until when, requests for material, evidence, their looks.

```
GET   /console/desk                           everything of theirs on one page
POST  /console/desk/requests                  asks for material
GET   /console/desk/requests/{request}        POST one step on; …/files/{name}, …/receipts/{entry}
GET   /console/desk/looks                     all looks under the warrant, as the operator sees them
GET   /console/desk/bundles?about=…           leads to /console/desk/bundles/{about}: evidence with its verifier
```
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Form, Request, Response
from starlette.responses import RedirectResponse

from overt.access.material import STATES
from overt.access.model import Principal
from overt.errors import OvertError, UsageError
from overt.language import Text
from overt.store.material import Said
from overt.web import clock, inspections
from overt.web.access import Who, needs
from overt.web.console.inspectors import (
    file_of,
    in_words,
    receipt_of,
    request_page,
    stepped,
    told_of,
)
from overt.web.house import House, Site
from overt.web.inspecting import Within
from overt.web.inspections import day, material, own_request, own_warrant, warrants
from overt.web.material import attachment
from overt.web.navigation import Entry
from overt.web.rendering import PageRoute, show

ENTRY: Final = Entry(
    Text(zh="我的检查", en="My inspection"), "/console/desk", "work", ("inspections:ask",), 1, "inspector"
)
router = APIRouter(prefix="/console/desk", route_class=PageRoute, include_in_schema=False)
_FEW: Final = 10
_SHOWN: Final = 50
_ASK = [needs("inspections:ask")]
_Said = Annotated[str, Form(max_length=8000)]


@router.get("", dependencies=_ASK)
def desk(request: Request, house: House, who: Who, done: str = "") -> Response:
    """The desk."""
    return _desk(request, house, who, done=done)


@router.post("/requests", dependencies=_ASK)
def ask(request: Request, house: House, who: Who, text: _Said = "", form: _Said = "", due: _Said = "") -> Response:
    """Asks for material."""
    warrant = own_warrant(house, who)
    try:
        said = Said(text, who.post, "inspector", form, day(due, end=True))
        made = material(house).ask(warrant.id, who.id, said)
    except UsageError as error:
        return _desk(request, house, who, error=error, typed=(text, form, due))
    return RedirectResponse(f"/console/desk/requests/{made.id}?done=moved", 303)


@router.get("/requests/{number}", dependencies=_ASK)
def asked(request: Request, house: House, who: Who, number: str, done: str = "") -> Response:
    """One request of theirs."""
    own_request(house, who, number)
    return request_page(request, house, number, "inspector", done=done)


@router.post("/requests/{number}", dependencies=_ASK)
async def step(request: Request, house: House, who: Who, number: str) -> Response:
    """One step on."""
    await asyncio.to_thread(own_request, house, who, number)
    return await stepped(request, house, who, number, "inspector")


@router.get("/requests/{number}/files/{name}", dependencies=_ASK)
def file(house: House, who: Who, number: str, name: str) -> Response:
    """A file of theirs."""
    own_request(house, who, number)
    return file_of(house, number, name)


@router.get("/requests/{number}/receipts/{entry}", dependencies=_ASK)
def receipt(house: House, who: Who, number: str, entry: int) -> Response:
    """A signed receipt."""
    own_request(house, who, number)
    return receipt_of(house, number, entry)


@router.get("/looks", dependencies=_ASK)
def looks(request: Request, house: House, who: Who, before: int = -1) -> Response:
    """Every look under the warrant."""
    warrant = own_warrant(house, who)
    held = warrants(house)
    rows = held.looks(warrant.id, _SHOWN + 1, before if before >= 0 else None)
    return show(
        request,
        "inspections/looks",
        looks=[(each, in_words(each)) for each in rows[:_SHOWN]],
        names={each.id: each.name for each in held.officers(warrant.id)},
        older=rows[_SHOWN - 1].entry if len(rows) > _SHOWN else None,
        first=before >= 0,
    )


@router.get("/bundles", dependencies=[needs("inspections:ask")])
def lead(about: str = "") -> Response:
    """Leads to the bundle, so that what it is about stands in the entry of the look."""
    return RedirectResponse(f"/console/desk/bundles/{quote(about.strip()[:128], safe='')}", 303)


@router.get("/bundles/{about}", dependencies=[needs("evidence:export")])
def bundle(request: Request, house: House, who: Who, about: str, within: Within) -> Response:
    """Evidence about an id or a period, with its verifier."""
    warrant = own_warrant(house, who)
    inspections.check_takes(request, house, who, within, about)
    name = f"overt-evidence-{about[:24]}.zip"
    return attachment(inspections.taken(house, about, f"{warrant.authority} {warrant.number}"), name)


def _desk(
    request: Request,
    house: Site,
    who: Principal,
    *,
    done: str = "",
    error: OvertError | None = None,
    typed: tuple[str, str, str] = ("", "", ""),
) -> Response:
    warrant, now = own_warrant(house, who), inspections.now()
    held = warrants(house)
    return show(
        request,
        "inspections/desk",
        422 if error else 200,
        **told_of(house, warrant),
        standing=warrant.standing(now),
        requests=[(each, each.overdue(now)) for each in material(house).some(_SHOWN, warrant=warrant.id)],
        states=STATES,
        looks=[(each, in_words(each)) for each in held.looks(warrant.id, _FEW)],
        names={each.id: each.name for each in held.officers(warrant.id)},
        takes=who.may("evidence:export"),
        done=done,
        error=error,
        typed=typed,
        today=clock.today().isoformat(),
    )

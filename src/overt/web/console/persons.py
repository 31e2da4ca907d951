"""Rights of persons: what is kept of somebody, given to them or erased (PIPL, art. 45 and 47).

```
GET   /console/persons                       find a person by their opaque id
GET   /console/persons/{person}              export and erase
POST  /console/persons/{person}/export       the file, given out once more each time
POST  /console/persons/{person}/erase        work that cannot be undone
GET   /console/persons/erased/{task}         what came of it
```
"""

from __future__ import annotations

import json
from typing import Final

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from overt.errors import OvertError, UsageError
from overt.store import persons
from overt.web import deleting
from overt.web.access import Who, needs
from overt.web.errors import StatusError
from overt.web.forms import Fields
from overt.web.house import House
from overt.web.navigation import Entry
from overt.web.rendering import PEOPLE, PageRoute, show
from overt.web.words.retention import GROUNDS, WORDS

ENTRY: Final = Entry(WORDS["persons_title"], "/console/persons", "people", ("persons:erase",), 40, "accounts")
router = APIRouter(
    prefix="/console/persons", route_class=PageRoute, include_in_schema=False, dependencies=[needs("persons:erase")]
)


@router.get("")
def find(request: Request, person: str = "") -> Response:
    """Whose data it is about."""
    if person.strip().isalnum():
        return RedirectResponse(f"/console/persons/{person.strip()[:64]}", 303)
    return show(request, "retention/persons", person="", grounds=GROUNDS, error=None)


@router.get("/{person}")
def one(request: Request, person: str) -> Response:
    """The two rights."""
    return show(request, "retention/persons", person=person[:64], grounds=GROUNDS, error=None)


@router.post("/{person}/export")
def export(request: Request, house: House, person: str) -> Response:
    """What is kept of the person, as a file for them."""
    try:
        told = persons.export(house.store, person)
    except UsageError as error:
        return _again(request, person, error)
    name = f'attachment; filename="person-{person[:8]}.json"'
    body = json.dumps(told, ensure_ascii=False, indent=2)
    return Response(body, media_type="application/json", headers={"Content-Disposition": name})


@router.post("/{person}/erase")
def erase(request: Request, house: House, who: Who, person: str, fields: Fields) -> Response:
    """Erases what may go now."""
    if fields.get("sure") != "yes":
        return _again(request, person, UsageError("make sure that it is them", "请先核实是本人并确认"))
    try:
        task = deleting.erase(house, who, person, fields.get("ground"))
    except UsageError as error:
        return _again(request, person, error)
    return RedirectResponse(f"/console/persons/erased/{task.id}", 303)


@router.get("/erased/{task}")
def erased(request: Request, house: House, who: Who, task: str) -> Response:
    """What came of it."""
    found = house.work.find(task, deleting.ERASURE, owner=who.post)
    if found is None:
        raise StatusError(404, WORDS["gone"].en, WORDS["gone"].zh, hint=WORDS["gone_hint"])
    return show(request, "retention/erased", task=found)


def _again(request: Request, person: str, error: OvertError) -> Response:
    if not isinstance(error, PEOPLE):
        raise error
    return show(request, "retention/persons", 422, person=person[:64], grounds=GROUNDS, error=error)

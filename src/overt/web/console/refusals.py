"""The register of people who refuse: who waits to be verified, codes to send, and who is on it.

```
GET   /console/refusals                 the list
POST  /console/refusals/{id}/code       a fresh contact code, for somebody to send
GET   /console/refusals/code/{task}     the code, shown for some minutes
POST  /console/refusals/{id}/verify     a person of staff has made sure that it is them
```
"""

from __future__ import annotations

from typing import Final, cast

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from overt.access.model import Principal
from overt.gate.consent.register import State
from overt.store.refusals import Entry as Refusal
from overt.web import asking
from overt.web.access import Who, needs
from overt.web.api.model import cursor, place_of
from overt.web.attention import Attention, Item
from overt.web.errors import StatusError
from overt.web.house import House, Site
from overt.web.navigation import Entry
from overt.web.rendering import PageRoute, show
from overt.web.words.refusals import BADGES, STATES, WORDS

ENTRY: Final = Entry(WORDS["title"], "/console/refusals", "people", ("consents:check",), 20, "covered")
router = APIRouter(
    prefix="/console/refusals", route_class=PageRoute, include_in_schema=False, dependencies=[needs("consents:check")]
)
MOST: Final = 50
_CODE: Final = "refusal-code"


@router.get("")
def every(request: Request, house: House, state: State | None = None, after: str = "", done: str = "") -> Response:
    """The list."""
    place = cast("tuple[str, str] | None", place_of(after, str, str))
    found = asking.desk_of(house).refusals.listed(state, most=MOST, after=place, unsealed=True)
    more = found[MOST:]
    return show(
        request,
        "refusals/every",
        rows=found[:MOST],
        chosen=state or "",
        states=STATES,
        badges=BADGES,
        next=cursor(place_in_list(found[MOST - 1])) if more else "",
        after=after,
        done=done == "verified",
    )


@router.post("/{refusal}/code")
def new_code(house: House, who: Who, refusal: str) -> Response:
    """Makes a code, which is shown once."""
    made = asking.desk_of(house).refusals.new_code(refusal)
    task = house.work.start(_CODE, lambda *_: made, owner=who.post)
    task.finished.wait(5)
    return RedirectResponse(f"/console/refusals/code/{task.id}", 303)


@router.get("/code/{task}")
def code(request: Request, house: House, who: Who, task: str) -> Response:
    """The code to send, and to whom."""
    found = house.work.find(task, _CODE, owner=who.post)
    if found is None or found.state != "done":
        raise StatusError(404, WORDS["gone"].en, WORDS["gone"].zh, hint=WORDS["gone_hint"])
    contact, digits = found.result
    return show(request, "refusals/code", contact=contact, digits=digits)


@router.post("/{refusal}/verify")
def verify(house: House, who: Who, refusal: str) -> Response:
    """Somebody has made sure that it is them."""
    asking.desk_of(house).refusals.verify(refusal, who.post)
    return RedirectResponse("/console/refusals?done=verified", 303)


def place_in_list(entry: Refusal) -> tuple[str, str]:
    """Where an entry stands in the list."""
    return entry.joined, entry.refusal_id


def _attention(house: Site, _: Principal) -> list[Item]:
    count, since = asking.desk_of(house).refusals.waiting()
    return [Item(STATES["waiting"], "/console/refusals?state=waiting", count, since=since)] if count else []


ATTENTION: Final = Attention(WORDS["title"], ("consents:check",), _attention)

"""Webhooks in the console: made, turned, deleted; what was sent to each, and what was given up.

```
GET, POST  /console/webhooks, /new
GET        /console/webhooks/{id}                       its deliveries
POST       /console/webhooks/{id}/turn, /delete
POST       /console/webhooks/{id}/deliveries/{delivery}/resend
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from overt.errors import UsageError
from overt.language import Text
from overt.ledger import events
from overt.store.webhooks import Webhooks
from overt.web import proving, rendering
from overt.web.access import Who, needs
from overt.web.api.model import cursor, place_of
from overt.web.attention import Attention, Item
from overt.web.entrance import entrance_of
from overt.web.errors import StatusError
from overt.web.fetching import taken_apart
from overt.web.forms import Fields, Form
from overt.web.house import House
from overt.web.navigation import Entry
from overt.web.rendering import PageRoute
from overt.web.words.events import title

if TYPE_CHECKING:
    from overt.access.model import Principal
    from overt.web.house import Site

ENTRY: Final = Entry(Text(zh="回调", en="Webhooks"), "/console/webhooks", "house", ("programs:write",), 22, "programs")
LOOKS: Final = {"waiting": "calm", "done": "good", "dead": "bad"}
_PAGE: Final = 50
_READ: Final = [needs("programs:write")]
_WRITE: Final = [needs("programs:write")]
_SECRET: Final = "webhook secret"  # noqa: S105  (a purpose, no secret)

router = APIRouter(prefix="/console/webhooks", route_class=PageRoute, include_in_schema=False)


@router.get("", dependencies=_READ)
def every(request: Request, house: House, done: str = "") -> Response:
    """All webhooks."""
    rows = Webhooks(house.store).every()
    secret = entrance_of(request).pending.take(_SECRET, proving.here(request))
    return rendering.show(request, "webhooks/every", rows=rows, secret=secret, done=done, title_of=title)


@router.get("/new", dependencies=_WRITE)
def new(request: Request) -> Response:
    """The form."""
    return _new(request, Form({}))


@router.post("/new", dependencies=_WRITE)
def make(request: Request, house: House, who: Who, fields: Fields) -> Response:
    """Makes a webhook."""
    try:
        taken_apart(fields.get("address"))
        _, secret = Webhooks(house.store).add(fields.get("address"), fields.all("tags"), by=who.post)
    except UsageError as error:
        return _new(request, fields, error)
    entrance_of(request).pending.keep(_SECRET, proving.here(request), secret)
    return RedirectResponse("/console/webhooks?done=made", 303)


@router.get("/{number}", dependencies=_READ)
def one(request: Request, house: House, number: str, state: str = "", after: str = "", done: str = "") -> Response:
    """One webhook with its deliveries."""
    kept, place = Webhooks(house.store), place_of(after, int, str)
    try:
        held = kept.get(number)
    except UsageError as error:
        raise StatusError(404, error.message.en, error.message.zh) from error
    rows = kept.deliveries(number, _PAGE + 1, state=state, before=(place[0], place[1]) if place else None)
    last = rows[_PAGE - 1] if len(rows) > _PAGE else None
    values: dict[str, Any] = {
        "held": held,
        "rows": rows[:_PAGE],
        "looks": LOOKS,
        "state": state,
        "title_of": title,
        "done": done,
        "next_at": f"?state={state}&after={cursor((last.entry, last.id))}" if last else "",
        "first_at": f"/console/webhooks/{number}?state={state}" if after else "",
    }
    return rendering.show(request, "webhooks/one", **values)


@router.post("/{number}/turn", dependencies=_WRITE)
def turn(house: House, who: Who, number: str, fields: Fields) -> Response:
    """Turns it on or off."""
    Webhooks(house.store).turn(number, on=fields.get("to") == "on", by=who.post)
    return RedirectResponse(f"/console/webhooks/{number}?done=turned", 303)


@router.post("/{number}/delete", dependencies=_WRITE)
def delete(house: House, who: Who, number: str) -> Response:
    """Deletes it."""
    Webhooks(house.store).remove(number, by=who.post)
    return RedirectResponse("/console/webhooks?done=deleted", 303)


@router.post("/{number}/deliveries/{delivery}/resend", dependencies=_READ)
def resend(house: House, number: str, delivery: str) -> Response:
    """Sends a delivery once more."""
    Webhooks(house.store).resend(number, delivery)
    return RedirectResponse(f"/console/webhooks/{number}?done=resent", 303)


def needs_attention(house: Site, _: Principal) -> list[Item]:
    """Webhooks that were turned off for failing, and deliveries that were given up."""
    kept, items = Webhooks(house.store), []
    if off := [each for each in kept.every() if each.state == "off" and each.why]:
        said = Text(zh="因持续无法送达而停用的回调", en="Webhooks that are off, since they failed for days")
        items.append(Item(said, "/console/webhooks", len(off), failed=True))
    if dead := kept.dead():
        said = Text(zh="已放弃的回调投递", en="Deliveries to webhooks that were given up")
        items.append(Item(said, "/console/webhooks", dead, failed=True))
    return items


ATTENTION = Attention(Text(zh="回调", en="Webhooks"), ("programs:write",), needs_attention)


def _new(request: Request, typed: Form, error: UsageError | None = None) -> Response:
    tags = [(tag, title(tag)) for tag in events.every()]
    return rendering.show(request, "webhooks/new", 422 if error else 200, typed=typed, tags=tags, error=error)

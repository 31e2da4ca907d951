"""People of staff: who is there, what they may do, how they come in and leave.

```
GET   /console/staff                everybody
GET   /console/staff/new, POST      an invitation; its link is shown once
GET   /console/staff/{id}           one person
POST  /console/staff/{id}/roles     other roles
POST  /console/staff/{id}/link      a new link
POST  /console/staff/{id}/leave     taken out
```
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final, cast

from fastapi import APIRouter, Form, Request, Response
from starlette.responses import RedirectResponse

from overt.access.model import GRANTED, PERMISSIONS, ROLES, Role
from overt.errors import OvertError, UsageError
from overt.language import Text
from overt.store.staff import Staff
from overt.store.staff_links import LIVES, StaffLinks
from overt.web import proving
from overt.web.access import Who, needs
from overt.web.entrance import entrance_of
from overt.web.errors import StatusError
from overt.web.house import House, Site
from overt.web.navigation import Entry
from overt.web.rendering import PageRoute, language_of, show
from overt.web.words.staff import WORDS

ENTRY: Final = Entry(WORDS["title"], "/console/staff", "house", ("staff:read",), 10, "staff")
GIVEN: Final[tuple[Role, ...]] = tuple(each for each in ROLES if each != "inspector")
"""The roles that are given here. Inspectors come with a warrant."""
router = APIRouter(prefix="/console/staff", route_class=PageRoute, include_in_schema=False)
_WRITE: Final = [needs("staff:write")]
_Field = Annotated[str, Form(max_length=4000)]
_Roles = Annotated[tuple[str, ...], Form(max_length=20)]


@router.get("", dependencies=[needs("staff:read")])
def every(request: Request, house: House, who: Who) -> Response:
    """Everybody, those who are there first."""
    now = datetime.now(UTC)
    people = sorted(Staff(house.store).every(), key=lambda each: each.standing(now) == "left")
    rows = [(each, each.standing(now)) for each in people]
    values: dict[str, Any] = {
        "rows": rows,
        "roles": ROLES,
        "me": who.id,
        "alone": sum(state != "left" for _, state in rows) <= 1,
        "writes": who.may("staff:write"),
    }
    return show(request, "staff/every", **values)


@router.get("/new", dependencies=_WRITE)
def new(request: Request) -> Response:
    """The form of an invitation."""
    return _new(request)


@router.post("/new", dependencies=_WRITE)
def invite(  # the fields of a form
    request: Request, house: House, who: Who, name: _Field = "", login: _Field = "", roles: _Roles = ()
) -> Response:
    """Invites somebody."""
    try:
        person, token = StaffLinks(house.store).invite(name, login, cast("tuple[Role, ...]", roles), by=who)
    except UsageError as error:
        return _new(request, name, login, roles, error)
    return _with_link(request, person.id, token, "invited")


@router.get("/{person}", dependencies=[needs("staff:read")])
def one(request: Request, house: House, who: Who, person: str, done: str = "") -> Response:
    """One person."""
    return _one(request, house, who, person, done=done)


@router.post("/{person}/roles", dependencies=_WRITE)
def grant(request: Request, house: House, who: Who, person: str, roles: _Roles = ()) -> Response:
    """Gives other roles."""
    try:
        Staff(house.store).grant(person, cast("tuple[Role, ...]", roles), by=who)
    except UsageError as error:
        return _one(request, house, who, person, error=error)
    return RedirectResponse(f"/console/staff/{person}?done=roles", 303)


@router.post("/{person}/link", dependencies=_WRITE)
def link(request: Request, house: House, who: Who, person: str) -> Response:
    """Makes a new link."""
    try:
        token = StaffLinks(house.store).again(person, by=who)
    except UsageError as error:
        return _one(request, house, who, person, error=error)
    return _with_link(request, person, token, "link")


@router.post("/{person}/leave", dependencies=_WRITE)
def leave(request: Request, house: House, who: Who, person: str, sure: _Field = "") -> Response:
    """Takes somebody out."""
    if not sure:
        error = UsageError(WORDS["not_sure"].en, WORDS["not_sure"].zh, hint=WORDS["not_sure_hint"])
        return _one(request, house, who, person, error=error)
    try:
        Staff(house.store).leave(person, by=who.post)
    except UsageError as error:
        return _one(request, house, who, person, error=error)
    return RedirectResponse(f"/console/staff/{person}?done=left", 303)


def _with_link(request: Request, person: str, token: str, done: str) -> Response:
    """To the person's page, which shows the link this once, in this session."""
    entrance_of(request).pending.keep(f"link {person}", proving.here(request), token)
    return RedirectResponse(f"/console/staff/{person}?done={done}", 303)


def _new(
    request: Request, name: str = "", login: str = "", roles: tuple[str, ...] = (), error: OvertError | None = None
) -> Response:
    values: dict[str, Any] = {
        "typed": (name, login, roles),
        "choices": _choices(),
        "alert": _alert(request, error),
    }
    return show(request, "staff/new", 422 if error else 200, **values)


def _one(  # one page, several outcomes
    request: Request, house: Site, who: Who, person: str, *, done: str = "", error: OvertError | None = None
) -> Response:
    found = Staff(house.store).get(person)
    if found is None:
        raise StatusError(404, "there is no such account", "没有这个账号")
    token = entrance_of(request).pending.take(f"link {person}", proving.here(request))
    state = found.standing(datetime.now(UTC))
    values: dict[str, Any] = {
        "person": found,
        "state": state,
        "roles": ROLES,
        "choices": _choices(),
        "me": who.id,
        "writes": who.may("staff:write") and state != "left",
        "link": f"{house.address(request)}/welcome/{token}" if token else "",
        "days": LIVES["invitation" if found.state == "invited" else "reset"].days,
        "done": done if done in ("invited", "roles", "link", "left") else "",
        "alert": _alert(request, error),
    }
    return show(request, "staff/one", 422 if error else 200, **values)


def _choices() -> list[tuple[Role, Text, list[Text]]]:
    """The roles that are given here, each with what it may do."""
    return [
        (each, ROLES[each], [text for name, text in PERMISSIONS.items() if name in GRANTED[each]]) for each in GIVEN
    ]


def _alert(request: Request, error: OvertError | None) -> tuple[str, str] | None:
    language = language_of(request)
    return (error.message.in_(language), error.hint.in_(language)) if error else None

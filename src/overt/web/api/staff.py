"""People of staff for programs: who is there, invitations, roles, new links, leaving.

A program gives no more than it holds itself. Links are returned once; whoever opens one chooses how they sign in.
"""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from overt.access.model import Role
from overt.store.staff import Person, Staff
from overt.store.staff_links import StaffLinks
from overt.web.access import Who, needs
from overt.web.api.model import After, Most, Page, page_of, place_of
from overt.web.api.problems import problems
from overt.web.errors import StatusError
from overt.web.house import House, Site

router = APIRouter(prefix="/v1/staff", tags=["staff"])
_READ = [needs("staff:read")]
_WRITE = [needs("staff:write")]


class Colleague(BaseModel):
    """One person of staff, or an inspector. `name` and `login` are empty where they were erased."""

    id: str = Field(examples=["5d41402abc4b2a76b9719d911017c592"])
    name: str
    login: str
    roles: list[Role]
    state: str = Field(description="`invited`, `active` or `left`")
    added: str
    until: str = Field(description="when the account ends, or ended; empty where it does not")

    @classmethod
    def of(cls, person: Person) -> Colleague:
        """From a person."""
        told = {name: getattr(person, name) for name in ("id", "name", "login", "added", "until")}
        return cls(**told, roles=list(person.roles), state=person.standing(datetime.now(UTC)))


class Invitation(BaseModel):
    """Who is to come in."""

    name: str = Field(min_length=1, max_length=100, examples=["王芳"])
    login: str = Field(min_length=1, max_length=100, examples=["wang.fang@example.cn"])
    roles: list[Role] = Field(min_length=1, max_length=6, examples=[["reviewer"]])


class Roles(BaseModel):
    """The roles that somebody has from now on, and no others."""

    roles: list[Role] = Field(min_length=1, max_length=6, examples=[["reviewer", "compliance"]])


class LinkMade(BaseModel):
    """A link that works once. It is not shown again."""

    staff: str
    link: str = Field(examples=["https://overt.example/welcome/…"])


@router.get("", operation_id="listStaff", dependencies=_READ, responses=problems())
def every(house: House, most: Most = 50, after: After = "") -> Page[Colleague]:
    """Everybody, whoever came first before."""
    place = place_of(after, str, str)
    rows = Staff(house.store).every(most + 1, (place[0], place[1]) if place else None)
    return page_of(rows, most, Colleague.of, lambda each: (each.added, each.id))


@router.post("", operation_id="inviteStaff", status_code=201, dependencies=_WRITE, responses=problems())
def invite(house: House, who: Who, invitation: Invitation, request: Request) -> LinkMade:
    """Adds somebody, and makes the link by which they come in."""
    links = StaffLinks(house.store)
    person, token = links.invite(invitation.name, invitation.login, invitation.roles, by=who)
    return LinkMade(staff=person.id, link=f"{house.address(request)}/welcome/{token}")


@router.get("/{person}", operation_id="getStaff", dependencies=_READ, responses=problems(404))
def one(house: House, person: str) -> Colleague:
    """One person."""
    return Colleague.of(_found(house, person))


@router.put("/{person}/roles", operation_id="grantRoles", dependencies=_WRITE, responses=problems(404))
def grant(house: House, who: Who, person: str, roles: Roles) -> Colleague:
    """Gives other roles, and signs the person out everywhere. The last administrator stays one."""
    _found(house, person)
    return Colleague.of(Staff(house.store).grant(person, roles.roles, by=who))


@router.post("/{person}/link", operation_id="linkStaff", status_code=201, dependencies=_WRITE, responses=problems(404))
def link(house: House, who: Who, person: str, request: Request) -> LinkMade:
    """Makes a new link: an invitation, or one that replaces all ways to sign in of whoever signed in before."""
    _found(house, person)
    return LinkMade(
        staff=person, link=f"{house.address(request)}/welcome/{StaffLinks(house.store).again(person, by=who)}"
    )


@router.delete("/{person}", operation_id="removeStaff", status_code=204, dependencies=_WRITE, responses=problems(404))
def leave(house: House, who: Who, person: str) -> None:
    """Takes somebody out for good; the last administrator stays."""
    _found(house, person)
    Staff(house.store).leave(person, by=who.post)


def _found(house: Site, person: str) -> Person:
    found = Staff(house.store).get(person)
    if found is None:
        raise StatusError(404, "there is no such account", "没有这个账号")
    return found

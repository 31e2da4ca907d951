"""The register of people who refuse, for programs that send the codes."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter
from fastapi import Path as InPath
from pydantic import BaseModel

from overt.gate.consent.register import State
from overt.store.refusals import Entry
from overt.web import asking
from overt.web.access import Who, needs
from overt.web.api.model import After, Most, Page, page_of, place_of
from overt.web.api.problems import problems
from overt.web.errors import StatusError
from overt.web.house import House, Site

router = APIRouter(prefix="/v1/refusals", tags=["consents"], dependencies=[needs("consents:check")])
_Id = Annotated[str, InPath(alias="id", max_length=64)]


class Refusal(BaseModel):
    """Somebody who does not want to be synthesised. Names and contact are empty once they have left."""

    id: str
    person: str
    state: State
    joined: str
    verified: str
    names: list[str]
    contact: str
    has_photo: bool
    has_voice: bool


class Code(BaseModel):
    """A contact code, and where to send it. Codes before it are no longer good."""

    contact: str
    code: str


@router.get("", operation_id="listRefusals", responses=problems())
def every(house: House, state: State | None = None, most: Most = 50, after: After = "") -> Page[Refusal]:
    """The register, the latest entry first."""
    place = cast("tuple[str, str] | None", place_of(after, str, str))
    rows = asking.desk_of(house).refusals.listed(state, most=most, after=place, unsealed=True)
    return page_of(rows, most, _refusal, lambda each: (each.joined, each.refusal_id))


@router.post("/{id}/code", operation_id="makeRefusalCode", status_code=201, responses=problems(404))
def code(house: House, refusal: _Id) -> Code:
    """Makes a fresh code for the operator to send."""
    _waiting(house, refusal)
    contact, digits = asking.desk_of(house).refusals.new_code(refusal)
    return Code(contact=contact, code=digits)


@router.post("/{id}/verify", operation_id="verifyRefusal", status_code=204, responses=problems(404))
def verify(house: House, who: Who, refusal: _Id) -> None:
    """Somebody has made sure that it is them: the entry counts from now on."""
    _waiting(house, refusal)
    asking.desk_of(house).refusals.verify(refusal, who.post)


def _waiting(house: Site, refusal: str) -> None:
    found = asking.desk_of(house).refusals.find(refusal)
    if found is None or found.state != "waiting":
        raise StatusError(404, "no such entry waits to be verified", "没有待核实的此项登记")


def _refusal(entry: Entry) -> Refusal:
    told = {name: getattr(entry, name) for name in Refusal.model_fields if name not in ("id", "names")}
    return Refusal(id=entry.refusal_id, names=list(entry.names), **told)

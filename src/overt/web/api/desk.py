"""The inspector's own side: the warrant, requests for material, what was answered, the looks that were recorded.

It answers inspectors with their session; nobody else has a warrant of their own. Their bundles are `POST /v1/bundles`,
within the warrant.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Response
from fastapi import Path as InPath
from pydantic import AwareDatetime, BaseModel, Field

from overt.access.material import Kind
from overt.canonical import stamp
from overt.store.material import Said, Sent
from overt.web.access import Who, needs
from overt.web.api.model import After, Most, Page, page_of, place_of
from overt.web.api.problems import problems
from overt.web.api.warrants import FileSent, LookShown, RequestShown, StepShown, WarrantShown, look_shown
from overt.web.errors import StatusError
from overt.web.house import House
from overt.web.inspections import material, own_request, own_warrant, warrants
from overt.web.material import attachment

router = APIRouter(prefix="/v1/desk", tags=["inspections"])
_ASK = [needs("inspections:ask")]
_Id = Annotated[str, InPath(max_length=64)]
_FILE: dict[int | str, dict[str, Any]] = {200: {"description": "the file", "content": {"application/octet-stream": {}}}}


class Wished(BaseModel):
    """What material is asked for, in which form, until when."""

    text: str = Field(min_length=1, max_length=8000)
    form: str = Field("", max_length=200)
    due: AwareDatetime


class OwnStep(BaseModel):
    """One step of the inspector: a clarification, more time, what is missing, the end."""

    kind: Kind
    text: str = Field("", max_length=8000)
    due: AwareDatetime | None = None
    files: list[FileSent] = Field([], max_length=20)


@router.get("", operation_id="getOwnWarrant", dependencies=_ASK, responses=problems())
def desk(house: House, who: Who) -> WarrantShown:
    """The warrant under which you read."""
    return WarrantShown.of(own_warrant(house, who))


@router.get("/looks", operation_id="listOwnLooks", dependencies=_ASK, responses=problems())
def looks(house: House, who: Who, most: Most = 50, after: After = "") -> Page[LookShown]:
    """Every look under your warrant, the newest first, as the operator sees it."""
    place = place_of(after, int)
    rows = warrants(house).looks(own_warrant(house, who).id, most + 1, place[0] if place else None)
    return page_of(rows, most, look_shown, lambda row: (row.entry,))


@router.get("/requests", operation_id="listOwnRequests", dependencies=_ASK, responses=problems())
def requests(house: House, who: Who, most: Most = 50, after: After = "") -> Page[RequestShown]:
    """What was asked for under your warrant, the newest first."""
    place = place_of(after, str, str)
    warrant = own_warrant(house, who).id
    rows = material(house).some(most + 1, (place[0], place[1]) if place else None, warrant=warrant)
    return page_of(rows, most, RequestShown.of, lambda row: (row.asked, row.id))


@router.post("/requests", operation_id="askForMaterial", status_code=201, dependencies=_ASK, responses=problems())
def ask(house: House, who: Who, wished: Wished) -> RequestShown:
    """Asks for material. The ledger keeps it; each step brings a signed receipt."""
    said = Said(wished.text, who.post, "inspector", wished.form, stamp(wished.due))
    return RequestShown.of(material(house).ask(own_warrant(house, who).id, who.id, said))


@router.get("/requests/{request}", operation_id="getOwnRequest", dependencies=_ASK, responses=problems(404))
def steps(house: House, who: Who, request: _Id) -> list[StepShown]:
    """Everything that was said about a request, with signed receipts."""
    own_request(house, who, request)
    return [StepShown.of(each) for each in material(house).steps(request)]


@router.post(
    "/requests/{request}",
    operation_id="moveOwnRequest",
    status_code=201,
    dependencies=_ASK,
    responses=problems(404),
)
def move(house: House, who: Who, request: _Id, step: OwnStep) -> RequestShown:
    """One step on."""
    own_request(house, who, request)
    sent = [Sent(each.name, each.data) for each in step.files]
    said = Said(step.text, who.post, "inspector", due=stamp(step.due) if step.due else "", files=sent)
    return RequestShown.of(material(house).move(request, step.kind, said))


@router.get(
    "/requests/{request}/files/{name}",
    operation_id="getOwnRequestFile",
    dependencies=_ASK,
    response_class=Response,
    responses=_FILE | problems(404),
)
def file(house: House, who: Who, request: _Id, name: _Id) -> Response:
    """A file that was sent with a step, by its `object`."""
    own_request(house, who, request)
    found = material(house).file(request, name)
    if found is None:
        raise StatusError(404, "there is no such file", "没有这个文件")
    return attachment(found[1], found[0])

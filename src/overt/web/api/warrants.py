"""Inspections for programs: warrants and their officers, looks, requests for material, uncovering personal data.

This is the operator's side; the inspector's own is `/v1/desk` (`overt.web.api.desk`).
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, Base64Bytes, BaseModel, Field

from overt.access.material import Kind, State
from overt.access.warrant import Scope, Standing, Subject
from overt.canonical import stamp
from overt.errors import UsageError
from overt.store.material import Request, Said, Sent, Step
from overt.store.uncovering import uncover
from overt.store.warrants import Draft, Look, Paper, Warrant
from overt.web import inspections
from overt.web.access import Who, needs
from overt.web.api.model import After, Most, Page, page_of, place_of
from overt.web.api.problems import problems
from overt.web.covering import WHAT, SessionOf
from overt.web.errors import StatusError
from overt.web.house import House
from overt.web.inspections import material, warrants
from overt.web.material import attachment

router = APIRouter(prefix="/v1", tags=["inspections"])
_READ = [needs("inspections:read")]
_WRITE = [needs("inspections:write")]


class ScopeModel(BaseModel):
    """What may be seen. Empty limits do not limit."""

    subjects: list[Subject] = Field(min_length=1, examples=[["contents", "duties"]])
    since: AwareDatetime | None = None
    before: AwareDatetime | None = None
    contents: list[str] = Field(default=[], max_length=1000)
    techniques: list[str] = Field(default=[], max_length=50)
    instruments: list[str] = Field(default=[], max_length=100)
    personal: bool = False


class WarrantEntered(BaseModel):
    """A warrant as it is entered. `paper` is Base64."""

    authority: str = Field(min_length=1, max_length=200, examples=["某市网信办"])
    number: str = Field(min_length=1, max_length=200, examples=["网检〔2026〕12号"])
    basis: str = Field(max_length=20, examples=["DS-21a"])
    scope: ScopeModel
    since: AwareDatetime
    until: AwareDatetime
    paper_name: str = Field(min_length=1, max_length=120, examples=["notice.pdf"])
    paper: Base64Bytes


class WarrantShown(BaseModel):
    """A warrant, where it stands."""

    id: str
    authority: str
    number: str
    basis: str
    standing: Standing
    since: str
    until: str
    subjects: list[Subject]
    records_since: str
    records_before: str
    contents: list[str]
    techniques: list[str]
    instruments: list[str]
    personal: bool
    made: str
    made_by: str
    confirmed: str
    ended: str
    end_reason: str
    ledger_index: int

    @classmethod
    def of(cls, found: Warrant) -> WarrantShown:
        """From the record."""
        scope = found.scope
        same = ("id", "authority", "number", "basis", "since", "until", "made", "made_by", "confirmed", "ended")
        told: dict[str, Any] = {each: getattr(found, each) for each in (*same, "end_reason")}
        for each in ("subjects", "contents", "techniques", "instruments"):
            told[each] = sorted(getattr(scope, each))
        told |= {"records_since": scope.since, "records_before": scope.before, "personal": scope.personal}
        return cls(**told, standing=found.standing(inspections.now()), ledger_index=found.entry)


class OfficerNamed(BaseModel):
    """Somebody who inspects."""

    name: str = Field(min_length=1, max_length=100)
    login: str = Field(min_length=1, max_length=100, examples=["officer@gov.example"])


class OfficerAdmitted(BaseModel):
    """An officer's account, and the path of the link by which they come in: shown this once."""

    id: str
    until: str
    link: str


class LookShown(BaseModel):
    """One look of an inspector; officers by their opaque ids."""

    ledger_index: int
    officer: str
    subject: str
    what: str
    ids: list[str]
    granted: bool
    time: str


class Reasoned(BaseModel):
    """Why."""

    reason: str = Field(min_length=1, max_length=4000)


class Longer(Reasoned):
    """Until when, and why."""

    until: AwareDatetime


class RequestShown(BaseModel):
    """A request for material, where it stands."""

    id: str
    warrant: str
    officer: str
    state: State
    asked: str
    due: str
    overdue: bool

    @classmethod
    def of(cls, found: Request) -> RequestShown:
        """From the record."""
        told = {each: getattr(found, each) for each in ("id", "warrant", "officer", "state", "asked", "due")}
        return cls(**told, overdue=found.overdue(inspections.now()))


class FileSent(BaseModel):
    """A file, Base64."""

    name: str = Field(min_length=1, max_length=120)
    data: Base64Bytes


class StepTaken(BaseModel):
    """One step of the operator: a question, a wish for more time, an answer."""

    kind: Kind = Field(examples=["answer"])
    text: str = Field(max_length=8000)
    due: AwareDatetime | None = None
    files: list[FileSent] = Field(default=[], max_length=20)


class StepShown(BaseModel):
    """A step, with its signed receipt."""

    ledger_index: int
    kind: Kind
    time: str
    by: str
    text: str
    form: str
    due: str
    files: list[dict[str, Any]] = Field(description="name, size, SHA-256 of each; `object` names it in its address")
    receipt: dict[str, Any]

    @classmethod
    def of(cls, found: Step) -> StepShown:
        """From the record."""
        told: dict[str, Any] = {each: getattr(found, each) for each in ("kind", "time", "by", "text", "form", "due")}
        files = [asdict(each) for each in found.files]
        return cls(**told, ledger_index=found.entry, files=files, receipt=found.receipt)


class Uncovering(BaseModel):
    """Whose personal data, what kind, and why."""

    person: str = Field(min_length=1, max_length=64)
    what: str = Field(default="all", examples=["name"])
    reason: str = Field(min_length=4, max_length=2000, examples=["case 12: compare the name with the report"])
    duty: str = Field(default="", max_length=20)


class Uncovered(BaseModel):
    """Until when they are seen, in this session or with this key."""

    until: str


@router.get("/warrants", operation_id="listWarrants", dependencies=_READ, responses=problems())
def every(house: House, most: Most = 50, after: After = "") -> Page[WarrantShown]:
    """Warrants of authorities, the newest first."""
    place = place_of(after, str, str)
    rows = warrants(house).some(most + 1, (place[0], place[1]) if place else None)
    return page_of(rows, most, WarrantShown.of, lambda row: (row.made, row.id))


@router.post("/warrants", operation_id="enterWarrant", status_code=201, dependencies=_WRITE, responses=problems())
def enter(house: House, who: Who, entered: WarrantEntered) -> WarrantShown:
    """Enters a warrant. With `[web] four_eyes` a second person has to confirm it."""
    house.rulebook.duty(entered.basis)
    asked = entered.scope
    scope = Scope(
        frozenset(asked.subjects),
        stamp(asked.since) if asked.since else "",
        stamp(asked.before) if asked.before else "",
        contents=frozenset(asked.contents),
        techniques=frozenset(asked.techniques),
        instruments=frozenset(asked.instruments),
        personal=asked.personal,
    )
    period, paper = (stamp(entered.since), stamp(entered.until)), Paper(entered.paper_name, entered.paper)
    draft = Draft(entered.authority, entered.number, entered.basis, scope, *period, paper)
    confirmed = not house.setup.settings.web.four_eyes
    return WarrantShown.of(warrants(house).make(draft, by=who.post, confirmed=confirmed))


@router.get("/warrants/{warrant}", operation_id="getWarrant", dependencies=_READ, responses=problems(404))
def one(house: House, warrant: str) -> WarrantShown:
    """One warrant."""
    return WarrantShown.of(inspections.known_warrant(house, warrant))


@router.post("/warrants/{warrant}/confirm", operation_id="confirmWarrant", dependencies=_WRITE, responses=problems(404))
def confirm(house: House, who: Who, warrant: str) -> WarrantShown:
    """Confirms it, as a second person."""
    warrants(house).confirm(warrant, by=who.post)
    return one(house, warrant)


@router.post("/warrants/{warrant}/extend", operation_id="extendWarrant", dependencies=_WRITE, responses=problems(404))
def extend(house: House, who: Who, warrant: str, longer: Longer) -> WarrantShown:
    """Lets it and its accounts end later."""
    warrants(house).extend(warrant, stamp(longer.until), longer.reason, by=who.post)
    return one(house, warrant)


@router.post("/warrants/{warrant}/end", operation_id="endWarrant", dependencies=_WRITE, responses=problems(404))
def end(house: House, who: Who, warrant: str, reasoned: Reasoned) -> WarrantShown:
    """Ends it now, with its accounts and their sessions."""
    warrants(house).end(warrant, reasoned.reason, by=who.post)
    return one(house, warrant)


@router.post(
    "/warrants/{warrant}/officers",
    operation_id="admitOfficer",
    status_code=201,
    dependencies=_WRITE,
    responses=problems(404),
)
def admit(house: House, who: Who, warrant: str, named: OfficerNamed) -> OfficerAdmitted:
    """Opens an account for an officer."""
    officer, token = warrants(house).admit(warrant, named.name, named.login, by=who)
    return OfficerAdmitted(id=officer.id, until=officer.until, link=f"/welcome/{token}")


@router.get("/warrants/{warrant}/looks", operation_id="listLooks", dependencies=_READ, responses=problems(404))
def looks(
    house: House,
    warrant: str,
    most: Most = 50,
    after: After = "",
    subject: Annotated[str, Query(max_length=16, description="of this subject alone")] = "",
) -> Page[LookShown]:
    """Every look under it, refused ones too, the newest first."""
    inspections.known_warrant(house, warrant)
    place = place_of(after, int)
    rows = warrants(house).looks(warrant, most + 1, place[0] if place else None, kind=subject)
    return page_of(rows, most, look_shown, lambda row: (row.entry,))


@router.get("/material-requests", operation_id="listMaterialRequests", dependencies=_READ, responses=problems())
def requests(house: House, most: Most = 50, after: After = "") -> Page[RequestShown]:
    """What inspectors asked for, the newest first."""
    place = place_of(after, str, str)
    rows = material(house).some(most + 1, (place[0], place[1]) if place else None)
    return page_of(rows, most, RequestShown.of, lambda row: (row.asked, row.id))


@router.get(
    "/material-requests/{request}",
    operation_id="getMaterialRequest",
    dependencies=_READ,
    responses=problems(404),
)
def steps(house: House, request: str) -> list[StepShown]:
    """Everything that was said about a request, with signed receipts."""
    inspections.known_request(house, request)
    return [StepShown.of(each) for each in material(house).steps(request)]


@router.post(
    "/material-requests/{request}",
    operation_id="moveMaterialRequest",
    status_code=201,
    dependencies=_WRITE,
    responses=problems(404),
)
def move(house: House, who: Who, request: str, taken: StepTaken) -> RequestShown:
    """One step of the operator."""
    sent = [Sent(each.name, each.data) for each in taken.files]
    said = Said(taken.text, who.post, "operator", due=stamp(taken.due) if taken.due else "", files=sent)
    return RequestShown.of(material(house).move(request, taken.kind, said))


@router.get(
    "/material-requests/{request}/files/{name}",
    operation_id="getMaterialRequestFile",
    dependencies=_READ,
    response_class=Response,
    responses={200: {"description": "the file", "content": {"application/octet-stream": {}}}, **problems(404)},
)
def file(house: House, request: str, name: str) -> Response:
    """A file that was sent with a step, by its `object`."""
    inspections.known_request(house, request)
    found = material(house).file(request, name)
    if found is None:
        raise StatusError(404, "there is no such file", "没有这个文件")
    return attachment(found[1], found[0])


@router.post(
    "/uncoverings",
    operation_id="uncoverPerson",
    status_code=201,
    dependencies=[needs("persons:uncover")],
    responses=problems(),
)
def uncovering(house: House, who: Who, asked: Uncovering, session: SessionOf) -> Uncovered:
    """Uncovers a person's data for 15 minutes. The reason goes into the ledger."""
    if asked.what not in WHAT:
        raise UsageError(f"`what` is one of {', '.join(WHAT)}", f"what 须为：{'、'.join(WHAT)}")
    if asked.duty:
        house.rulebook.duty(asked.duty)
    until = uncover(house.store, who, session, asked.person, asked.what, asked.reason, asked.duty)
    return Uncovered(until=until)


def look_shown(found: Look) -> LookShown:
    """A look as the API tells it."""
    told = {each: getattr(found, each) for each in ("officer", "subject", "what", "granted", "time")}
    return LookShown(**told, ids=list(found.ids), ledger_index=found.entry)

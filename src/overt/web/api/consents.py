"""Consents for programs: asking people, where each stands, checks of recordings, withdrawals on a person's behalf.

What is said to a person and of them (`told`) is `null` for whom it is covered.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, cast

from fastapi import APIRouter, Request, Response
from fastapi import Path as InPath
from pydantic import BaseModel, Field

from overt.gate.consent import model
from overt.gate.consent.model import LIKENESSES, Proof, State
from overt.gate.model import Likeness
from overt.language import Language
from overt.store import consent_lists
from overt.store.consent_lists import Which
from overt.store.consent_rows import Asked
from overt.web import asking
from overt.web.access import Who, needs
from overt.web.api.model import After, Most, Page, page_of, place_of
from overt.web.api.problems import problems
from overt.web.covering import Cover
from overt.web.errors import StatusError
from overt.web.house import House, Site
from overt.web.inspecting import Within
from overt.web.ranges import ranged

router = APIRouter(prefix="/v1/consents", tags=["consents"])
_READ = [needs("consents:read")]
_ASK = [needs("consents:ask")]
_CHECK = [needs("consents:read", "consents:check")]
_Id = Annotated[str, InPath(alias="id", max_length=64)]
_Line = Annotated[str, Field(min_length=1, max_length=400)]


class Scope(BaseModel):
    """What may be made: of which likeness, how, what for, how many contents, for how many days."""

    likeness: list[Likeness] = Field(min_length=1, max_length=4, examples=[["voice"]])
    techniques: list[str] = Field(min_length=1, max_length=40, examples=[["voice_conversion"]])
    purposes: list[str] = Field(min_length=1, max_length=40, examples=[["entertainment"]])
    uses: int = Field(default=1, ge=1, le=1_000_000)
    days: int = Field(default=30, ge=1, le=3650)
    account: str = Field(default="", max_length=64, description="the one account that may use it; empty: any")


class Told(BaseModel):
    """What is said to the person and of them. Kept sealed under their key."""

    name: _Line = Field(examples=["李明"])
    contact: _Line = Field(examples=["li@example.cn"])
    asker: _Line = Field(description="who wants it", examples=["王芳（短视频作者）"])
    made: _Line = Field(description="what will be made", examples=["一段 30 秒的生日祝福"])
    shown: _Line = Field(description="where it may be shown", examples=["只在家人群里"])


class Asking(BaseModel):
    """A request to a person."""

    told: Told
    scope: Scope
    language: Language = "zh"
    answer_days: int = Field(default=14, ge=1, le=365)


class Link(BaseModel):
    """What to send to the person. The link is told this once."""

    id: str
    person: str
    link: str
    message: str


class Consent(BaseModel):
    """Where a consent stands. `told` is null where it is covered, or was erased."""

    id: str
    person: str
    state: State
    proof: Proof
    asked: str
    opened: str
    answered: str
    withdrawn: str
    answer_until: str
    expires: str
    used: int
    scope: Scope
    controller: str
    guarded: bool
    told: Told | None


class Recording(BaseModel):
    """One recording; its bytes are at `recordings/{number}`."""

    id: str
    media_type: str
    size: int
    received: str
    outcome: str
    by: str


class Made(BaseModel):
    """A content that a decision allows with the consent."""

    content_id: str
    decision_id: str
    spent: str
    released: bool
    recalled: str


class Case(BaseModel):
    """A recipient who is to be asked to stop using a recalled content."""

    case_id: str
    content_id: str
    recipient: str
    opened: str
    state: str


class Whole(BaseModel):
    """A consent, and all that rests on it."""

    consent: Consent
    recordings: list[Recording]
    contents: list[Made]
    cases: list[Case]


class Check(BaseModel):
    """Whether the recording shows who was asked, doing what was asked for."""

    outcome: Literal["confirmed", "refused"]
    reason: str = Field(min_length=1, max_length=1000, examples=["face and sentence match"])


class Withdrawal(BaseModel):
    """How the person asked for it."""

    reason: str = Field(min_length=1, max_length=1000, examples=["by telephone on 3 May"])


class Withdrawn(BaseModel):
    """What a withdrawal reached."""

    id: str
    recalled: list[str]


@router.post("", operation_id="askConsent", status_code=201, dependencies=_ASK, responses=problems(409, 422))
def ask(request: Request, house: House, asked: Asking) -> Link:
    """Asks a person: makes the link that is sent to them."""
    chosen = asked.scope.model_dump() | {
        "likeness": tuple(each for each in LIKENESSES if each in asked.scope.likeness),
        "techniques": tuple(dict.fromkeys(asked.scope.techniques)),
        "purposes": tuple(dict.fromkeys(asked.scope.purposes)),
    }
    told, scope = model.Told(**asked.told.model_dump()), model.Scope(**chosen)
    link = asking.ask(house, asking.base(house, request), told, scope, asked.language, asked.answer_days)
    return Link(id=link.consent_id, person=link.person, link=link.address, message=link.message)


@router.get("", operation_id="listConsents", dependencies=_READ, responses=problems())
def every(
    house: House, who: Who, within: Within, which: Which = "", person: str = "", most: Most = 50, after: After = ""
) -> Page[Consent]:
    """Consents, the latest asked first."""
    place = cast("tuple[str, str] | None", place_of(after, str, str))
    knows, now = asking.may_know(who), datetime.now(UTC)
    rows = consent_lists.listed(
        house.store, which, person=person, most=most, after=place, within=within, unsealed=knows, now=now
    )
    return page_of(rows, most, lambda each: _consent(each, now), consent_lists.place)


@router.get("/{id}", operation_id="getConsent", dependencies=_READ, responses=problems(404))
def one(house: House, who: Who, cover: Cover, consent: _Id) -> Whole:
    """One consent, with recordings, contents made with it, and recipients to be asked."""
    known = _found(house, consent)
    if cover.may_see(known.person, needed=asking.may_know(who)):
        known = _found(house, consent, unsealed=True)
    rests = consent_lists.resting(house.store, consent)

    def of(kind: type[BaseModel], rows: Any) -> list[Any]:
        return [kind.model_validate(each, from_attributes=True) for each in rows]

    return Whole(
        consent=_consent(known, datetime.now(UTC)),
        recordings=of(Recording, rests.recordings),
        contents=of(Made, rests.made),
        cases=of(Case, rests.cases),
    )


@router.get("/{id}/receipt", operation_id="getConsentReceipt", dependencies=_READ, responses=problems(404))
def receipt(house: House, consent: _Id) -> dict[str, Any]:
    """What the person agreed to (ISO/IEC TS 27560), signed. Nobody is named in it."""
    told = asking.desk_of(house).consents.receipt(_found(house, consent))
    if told is None:
        raise StatusError(404, "nothing was agreed to yet", "尚未同意，没有凭据")
    return told


@router.get(
    "/{id}/recordings/{number}",
    operation_id="getRecording",
    dependencies=_CHECK,
    response_class=Response,
    responses=problems(404),
)
def recording(request: Request, house: House, consent: _Id, number: Annotated[str, InPath(max_length=64)]) -> Response:
    """The bytes of a recording, for whoever checks it."""
    found = consent_lists.recording(house.store, asking.objects_of(house), number)
    if found is None or found[0].consent_id != consent:
        raise StatusError(404, "there is no such recording", "没有这段录制")
    return ranged(request, found[1].data, found[1].media_type)


@router.post("/{id}/check", operation_id="checkRecording", dependencies=_CHECK, responses=problems(404, 422))
def check(house: House, who: Who, consent: _Id, said: Check) -> Consent:
    """A person of staff says whether the recording shows who was asked."""
    _found(house, consent)
    asking.desk_of(house).consents.check(
        consent, confirmed=said.outcome == "confirmed", by=who.post, reason=asking.reasoned(said.reason)
    )
    return _consent(_found(house, consent), datetime.now(UTC))


@router.post("/{id}/withdraw", operation_id="withdrawConsent", dependencies=_CHECK, responses=problems(404, 409))
def withdraw(house: House, who: Who, consent: _Id, said: Withdrawal) -> Withdrawn:
    """Takes a consent back for the person, and recalls what was released with it. Once is enough."""
    known = _found(house, consent)
    if known.standing.written not in ("given", "withdrawn"):
        raise StatusError(409, "there is no consent to withdraw yet", "尚未同意，无需撤回")
    reached = asking.desk_of(house).recalls.withdraw(consent, by=who.post, reason=asking.reasoned(said.reason))
    return Withdrawn(id=consent, recalled=[each.content_id for each in reached])


def _consent(asked: Asked, now: datetime) -> Consent:
    held = asked.standing.consent
    stands: Any = held or asked.scope
    said = {name: getattr(stands, name) for name in ("likeness", "techniques", "purposes", "uses")}
    return Consent(
        id=asked.id,
        person=asked.person,
        state=asked.standing.state(now),
        proof=asked.standing.proof,
        asked=asked.asked,
        opened=asked.opened,
        answered=asked.answered,
        withdrawn=asked.standing.withdrawn,
        answer_until=asked.standing.link_expires,
        expires=held.expires if held else "",
        used=asked.standing.used,
        scope=Scope.model_validate(said | {"days": asked.scope.days, "account": asked.scope.account}),
        controller=asked.controller,
        guarded=asked.guarded,
        told=Told.model_validate(asked.told, from_attributes=True) if asked.told else None,
    )


def _found(house: Site, consent: str, *, unsealed: bool = False) -> Asked:
    found = consent_lists.found(house.store, consent, unsealed=unsealed)
    if found is None:
        raise StatusError(404, "there is no such consent", "没有这份同意")
    return found

"""Inspections from the operator's side: warrants and their officers, every look, requests for material.

```
GET   /console/inspections                          warrants, open requests
GET   /console/inspections/new                      POST /console/inspections enters one
GET   /console/inspections/warrants/{warrant}       POST …/confirm, …/extend, …/end, …/officers
GET   /console/inspections/warrants/{warrant}/paper
GET   /console/inspections/warrants/{warrant}/evidence      its looks as a bundle, with the verifier
GET   /console/inspections/requests/{request}       POST one step on; …/files/{name}, …/receipts/{entry}
```
"""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Final

from fastapi import APIRouter, Form, Request, Response
from starlette.datastructures import FormData, UploadFile
from starlette.responses import RedirectResponse

from overt.access.material import KINDS, STATES, Kind, Side, ways_on
from overt.access.model import Principal
from overt.access.warrant import STANDINGS, SUBJECTS, Scope, subject_of
from overt.errors import OvertError, UsageError
from overt.language import Text
from overt.store.material import Said, Sent, Step, waiting
from overt.store.warrants import Draft, Look, Paper, Warrant
from overt.web import clock, inspections, uploads
from overt.web.access import Who, needs
from overt.web.attention import Attention, Item
from overt.web.house import House, Site
from overt.web.inspections import day, material, warrants
from overt.web.material import attachment, plain_name
from overt.web.navigation import Entry
from overt.web.rendering import PageRoute, show

_TITLE: Final = Text(zh="检查", en="Inspections")
ENTRY: Final = Entry(_TITLE, "/console/inspections", "law", ("inspections:read",), 60, "inspector")
router = APIRouter(prefix="/console/inspections", route_class=PageRoute, include_in_schema=False)
_SHOWN: Final = 50
_DONE: Final = ("made", "confirmed", "extended", "ended", "moved")
_READ = [needs("inspections:read")]
_WRITE = [needs("inspections:write")]
_Short = Annotated[str, Form(max_length=200)]
_Long = Annotated[str, Form(max_length=8000)]


@router.get("", dependencies=_READ)
def every(request: Request, house: House, who: Who) -> Response:
    """Warrants, and what inspectors asked for."""
    now = inspections.now()
    found = [(each, each.standing(now)) for each in warrants(house).some(_SHOWN)]
    asked = [(each, each.overdue(now)) for each in material(house).some(_SHOWN)]
    return show(
        request,
        "inspections/every",
        warrants=found,
        requests=asked,
        standings=STANDINGS,
        states=STATES,
        writes=who.may("inspections:write"),
    )


@router.get("/new", dependencies=_WRITE)
def new(request: Request, house: House) -> Response:
    """The form for a warrant."""
    return _form(request, house, {})  # Nothing is ticked beforehand: the warrant says what may be seen.


@router.post("", dependencies=_WRITE)
async def enter(request: Request, house: House, who: Who) -> Response:
    """Enters a warrant."""
    async with uploads.form(request) as fields:
        paper = Paper(_name(fields, "paper"), await uploads.data(fields, "paper"))
        typed = {each: uploads.several(fields, each) for each in fields}
    return await asyncio.to_thread(_entered, request, house, who, typed, paper)


def _entered(
    request: Request, house: Site, who: Principal, typed: dict[str, tuple[str, ...]], paper: Paper
) -> Response:
    def one(name: str) -> str:
        return (typed.get(name) or ("",))[0].strip()

    try:
        house.rulebook.duty(one("basis"))
        scope = Scope(
            inspections.chosen(typed.get("subject", ())),
            day(one("records_since")),
            day(one("records_until"), end=True),
            contents=frozenset(one("contents").split()),
            techniques=frozenset(typed.get("technique", ())) & frozenset(house.rulebook.techniques),
            instruments=frozenset(typed.get("instrument", ())) & frozenset(house.rulebook.instruments),
            personal=one("personal") == "yes",
        )
        period = day(one("since")), day(one("until"), end=True)
        draft = Draft(one("authority"), one("number"), one("basis"), scope, *period, paper)
        four_eyes = house.setup.settings.web.four_eyes
        made = warrants(house).make(draft, by=who.post, confirmed=not four_eyes)
    except UsageError as error:
        return _form(request, house, typed, error)
    return RedirectResponse(f"/console/inspections/warrants/{made.id}?done=made", 303)


def _form(
    request: Request, house: Site, typed: dict[str, tuple[str, ...]], error: UsageError | None = None
) -> Response:
    return show(
        request,
        "inspections/new",
        422 if error else 200,
        typed=typed,
        error=error,
        subjects=SUBJECTS,
        bases=inspections.bases(house),
        techniques=house.rulebook.techniques,
        instruments=house.rulebook.instruments,
        today=clock.today().isoformat(),
    )


@router.get("/warrants/{warrant}", dependencies=_READ)
def one(request: Request, house: House, who: Who, warrant: str, done: str = "", before: int = -1) -> Response:
    """One warrant, its officers, its looks."""
    return _warrant(request, house, who, warrant, done=done, before=before)


@router.get("/warrants/{warrant}/paper", dependencies=_READ)
def paper(house: House, warrant: str) -> Response:
    """The paper that shows the authority."""
    inspections.known_warrant(house, warrant)
    found = warrants(house).paper(warrant)
    if found is None:
        raise UsageError("the paper is gone", "文书已删除")
    return attachment(found[1], found[0] or "paper")


@router.get("/warrants/{warrant}/evidence", dependencies=[needs("inspections:read", "evidence:export")])
def evidence(house: House, who: Who, warrant: str) -> Response:
    """What happened under a warrant, looks and all, as a bundle with its verifier."""
    found = inspections.known_warrant(house, warrant)
    return attachment(inspections.taken(house, found.id, who.post), f"overt-inspection-{found.id[:8]}.zip")


@router.post("/warrants/{warrant}/confirm", dependencies=_WRITE)
def confirm(request: Request, house: House, who: Who, warrant: str) -> Response:
    """A second person confirms."""
    try:
        warrants(house).confirm(warrant, by=who.post)
    except UsageError as error:
        return _warrant(request, house, who, warrant, error=error)
    return RedirectResponse(f"/console/inspections/warrants/{warrant}?done=confirmed", 303)


@router.post("/warrants/{warrant}/extend", dependencies=_WRITE)
def extend(request: Request, house: House, who: Who, warrant: str, until: _Short = "", reason: _Long = "") -> Response:
    """Lets it run longer."""
    try:
        warrants(house).extend(warrant, day(until, end=True), reason, by=who.post)
    except UsageError as error:
        return _warrant(request, house, who, warrant, error=error)
    return RedirectResponse(f"/console/inspections/warrants/{warrant}?done=extended", 303)


@router.post("/warrants/{warrant}/end", dependencies=_WRITE)
def end(request: Request, house: House, who: Who, warrant: str, reason: _Long = "") -> Response:
    """Ends it now."""
    try:
        warrants(house).end(warrant, reason, by=who.post)
    except UsageError as error:
        return _warrant(request, house, who, warrant, error=error)
    return RedirectResponse(f"/console/inspections/warrants/{warrant}?done=ended", 303)


@router.post("/warrants/{warrant}/officers", dependencies=_WRITE)
def admit(request: Request, house: House, who: Who, warrant: str, name: _Short = "", login: _Short = "") -> Response:
    """Opens an account for an officer. The link is shown this once, so it stands in no address."""
    try:
        officer, token = warrants(house).admit(warrant, name, login, by=who)
    except UsageError as error:
        return _warrant(request, house, who, warrant, error=error)
    link = f"{house.address(request)}/welcome/{token}"
    return show(request, "inspections/link", 201, warrant=warrant, officer=officer, link=link)


@router.get("/requests/{number}", dependencies=_READ)
def asked(request: Request, house: House, who: Who, number: str, done: str = "") -> Response:
    """One request for material."""
    return request_page(request, house, number, "operator", done=done, writes=who.may("inspections:write"))


@router.post("/requests/{number}", dependencies=_WRITE)
async def step(request: Request, house: House, who: Who, number: str) -> Response:
    """One step on."""
    return await stepped(request, house, who, number, "operator")


@router.get("/requests/{number}/files/{name}", dependencies=_READ)
def file(house: House, number: str, name: str) -> Response:
    """A file of a request."""
    return file_of(house, number, name)


@router.get("/requests/{number}/receipts/{entry}", dependencies=_READ)
def receipt(house: House, number: str, entry: int) -> Response:
    """The signed receipt of one step."""
    return receipt_of(house, number, entry)


def _warrant(
    request: Request,
    house: Site,
    who: Principal,
    number: str,
    *,
    done: str = "",
    error: UsageError | None = None,
    before: int = -1,
) -> Response:
    held = warrants(house)
    found, now = inspections.known_warrant(house, number), inspections.now()
    officers = held.officers(number)
    rows = held.looks(number, _SHOWN + 1, before if before >= 0 else None)
    return show(
        request,
        "inspections/warrant",
        422 if error else 200,
        **told_of(house, found),
        standing=found.standing(now),
        officers=[(each, each.standing(now)) for each in officers],
        looks=[(each, in_words(each)) for each in rows[:_SHOWN]],
        names={each.id: each.name for each in officers},
        older=rows[_SHOWN - 1].entry if len(rows) > _SHOWN else None,
        first=before >= 0,
        own=found.made_by == who.post,
        writes=who.may("inspections:write"),
        exports=who.may("evidence:export"),
        done=done if done in _DONE else "",
        error=error,
    )


# What both sides of the desk share -----------------------------------------------------------------------------------


def told_of(house: Site, found: Warrant) -> dict[str, object]:
    """What a page tells of a warrant."""
    rulebook, scope = house.rulebook, found.scope
    return {
        "warrant": found,
        "standings": STANDINGS,
        "subjects": [SUBJECTS[each] for each in SUBJECTS if each in scope.subjects],
        "techniques": [rulebook.techniques[each] for each in rulebook.techniques if each in scope.techniques],
        "instruments": [rulebook.instruments[each] for each in rulebook.instruments if each in scope.instruments],
        "duty": next((each for each in rulebook.duties if each.id == found.basis), None),
        "remaining": inspections.left(found.until, inspections.now()),
    }


_LOOKED: Final[dict[str, Text]] = {
    "evidence": Text(zh="下载证据包", en="Evidence taken"),
    "persons": Text(zh="个人信息", en="Personal data"),
    "desk": Text(zh="我的检查、调取事项", en="Own desk and requests"),
    "else": Text(zh="授权之外", en="Outside of any warrant"),
}


def in_words(look: Look) -> tuple[Text, str]:
    """What a look was about: the subject, and the record where it was one."""
    known = subject_of(look.subject)
    subject = SUBJECTS[known] if known else _LOOKED.get(look.subject, _LOOKED["else"])
    return subject, ", ".join(look.ids)


def request_page(
    request: Request,
    house: Site,
    number: str,
    side: Side,
    *,
    done: str = "",
    error: OvertError | None = None,
    typed: dict[str, str] | None = None,
    writes: bool = True,
) -> Response:
    """The page of a request, for one side."""
    held, found = material(house), inspections.known_request(house, number)
    now = inspections.now()
    base = "/console/inspections" if side == "operator" else "/console/desk"
    return show(
        request,
        "inspections/request",
        422 if error else 200,
        asked=found,
        overdue=found.overdue(now),
        remaining=inspections.left(found.due, now),
        steps=held.steps(number),
        states=STATES,
        kinds=KINDS,
        ways=ways_on(found.state, side) if writes else (),
        side=side,
        base=base,
        done=done if done in _DONE else "",
        error=error,
        typed=typed or {"kind": "", "text": ""},
    )


async def stepped(request: Request, house: Site, who: Principal, number: str, side: Side) -> Response:
    """Takes a step of a form, and leads back to the request."""
    async with uploads.form(request) as fields:
        kind = uploads.field(fields, "kind", 20)
        typed = {each: uploads.field(fields, each, 8000) for each in ("text", "due", "kind")}
        sent = await files_of(fields)

    def act() -> Response:
        try:
            due = day(typed["due"], end=True)
            material(house).move(number, _kind(kind), Said(typed["text"], who.post, side, due=due, files=sent))
        except UsageError as error:
            return request_page(request, house, number, side, error=error, typed=typed)
        base = "/console/inspections" if side == "operator" else "/console/desk"
        return RedirectResponse(f"{base}/requests/{number}?done=moved", 303)

    return await asyncio.to_thread(act)


async def files_of(fields: FormData) -> tuple[Sent, ...]:
    """The files of a form that were chosen."""
    chosen = [each for each in fields.getlist("files") if isinstance(each, UploadFile) and each.filename]
    return tuple([Sent(plain_name(each.filename), await each.read()) for each in chosen])


def file_of(house: Site, number: str, name: str) -> Response:
    """A file of a request, to be saved and never shown."""
    inspections.known_request(house, number)
    found = material(house).file(number, name)
    if found is None:
        raise UsageError("there is no such file", "没有这个文件")
    return attachment(found[1], found[0])


def receipt_of(house: Site, number: str, entry: int) -> Response:
    """The signed receipt of a step, as a file."""
    inspections.known_request(house, number)
    found = next((each for each in material(house).steps(number) if each.entry == entry), None)
    if found is None:
        raise UsageError("there is no such receipt", "没有这份回执")
    return attachment(receipt_bytes(found), f"receipt-{entry}.json")


def receipt_bytes(step: Step) -> bytes:
    """A receipt as a file."""
    return json.dumps(step.receipt, ensure_ascii=False, indent=2).encode()


def _name(fields: FormData, field: str) -> str:
    value = fields.get(field)
    return plain_name(value.filename) if isinstance(value, UploadFile) else ""


def _kind(value: str) -> Kind:
    found = next((each for each in KINDS if each == value), None)
    if found is None:
        raise UsageError("this is not a step", "没有这种操作")
    return found


def _attention(house: Site, _: Principal) -> list[Item]:
    found = []
    count, since, due = waiting(house.store)
    if count:
        title = Text(zh="检查人员的调取待答复", en="Inspectors wait for material")
        found.append(Item(title, "/console/inspections", count, since=since, due=due))
    now = inspections.now()
    unconfirmed = [each for each in warrants(house).some(_SHOWN) if each.standing(now) == "waiting"]
    if unconfirmed:
        title = Text(zh="检查授权待第二人确认", en="Warrants wait for a second person")
        found.append(Item(title, "/console/inspections", len(unconfirmed), since=unconfirmed[-1].made))
    return found


ATTENTION: Final = Attention(_TITLE, ("inspections:write",), _attention)

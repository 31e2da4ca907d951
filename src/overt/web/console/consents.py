"""Consents of people: whom was asked, what they allow, recordings to check, withdrawals on their behalf.

```
GET        /console/consents                          the list: state, age, scope, uses, expiry
GET, POST  /console/consents/ask                      asks somebody
GET        /console/consents/asked/{task}             the link to send, shown for some minutes
GET        /console/consents/{id}                     one consent, its life, and all that rests on it
GET        /console/consents/{id}/receipt.json        the signed receipt
GET        /console/consents/{id}/recordings/{number} the bytes of a recording, kept nowhere else
POST       /console/consents/{id}/check               a person of staff says whether it is them
POST       /console/consents/{id}/withdraw            on the person's behalf
```
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final, cast

from fastapi import APIRouter, Request, Response
from starlette.responses import JSONResponse, RedirectResponse

from overt.access.model import Principal
from overt.errors import OvertError
from overt.gate.consent.model import LIKENESSES, Scope, Told
from overt.language import Text
from overt.store import consent_lists
from overt.store.consent_lists import WHICH, Which
from overt.store.consent_rows import Asked
from overt.web import asking
from overt.web.access import Who, needs
from overt.web.api.model import cursor, place_of
from overt.web.attention import Attention, Item
from overt.web.covering import Cover, Covering
from overt.web.errors import StatusError
from overt.web.forms import Fields, Form
from overt.web.house import House, Site
from overt.web.inspecting import Within
from overt.web.navigation import Entry
from overt.web.ranges import ranged
from overt.web.rendering import PEOPLE, PageRoute, show
from overt.web.words.consents import EVENTS, WORDS
from overt.web.words.contents import VALUES

ENTRY: Final = Entry(WORDS["title"], "/console/consents", "people", ("consents:read",), 10, "consents")
router = APIRouter(
    prefix="/console/consents", route_class=PageRoute, include_in_schema=False, dependencies=[needs("consents:read")]
)
MOST: Final = 50
_LINK: Final = "consent-link"
_ASKING: Final = [needs("consents:ask")]
_CHECKING: Final = [needs("consents:check")]


@router.get("")
def every(
    request: Request, house: House, who: Who, within: Within, which: Which = "", person: str = "", after: str = ""
) -> Response:
    """The list."""
    place = place_of(after, str, str)
    knows = asking.may_know(who)
    found = consent_lists.listed(
        house.store,
        which,
        person=person,
        most=MOST,
        after=cast("tuple[str, str]", place),
        within=within,
        unsealed=knows,
    )
    now, more = datetime.now(UTC), found[MOST:]
    return show(
        request,
        "consents/every",
        rows=[(each, each.standing.state(now)) for each in found[:MOST]],
        likenesses=VALUES,
        techniques=house.rulebook.techniques,
        which=which,
        person=person,
        filters=WHICH,
        states=asking.STATES,
        badges=asking.BADGES,
        proofs=asking.PROOFS,
        may_ask=who.may("consents:ask"),
        knows=knows,
        next=cursor(consent_lists.place(found[MOST - 1])) if more else "",
        after=after,
    )


@router.get("/ask", dependencies=_ASKING)
def form(request: Request, house: House, account: str = "") -> Response:
    """The form by which somebody is asked."""
    return _form(request, house, Form({"account": [account]}))


@router.post("/ask", dependencies=_ASKING)
def ask(request: Request, house: House, who: Who, fields: Fields) -> Response:
    """Asks somebody."""
    try:
        told = Told(*(fields.get(name, 400) for name in ("name", "contact", "asker", "made", "shown")))
        scope = Scope(
            tuple(each for each in LIKENESSES if each in fields.all("likeness")),
            fields.all("techniques"),
            fields.all("purposes"),
            _number(fields.get("uses"), 1),
            _number(fields.get("days"), 30),
            fields.get("account", 64),
        )
        base, days = asking.base(house, request), _number(fields.get("answer_days"), 14)
        link = asking.ask(house, base, told, scope, "en" if fields.get("language") == "en" else "zh", days)
    except OvertError as error:
        if not isinstance(error, PEOPLE):
            raise
        return _form(request, house, fields, error)
    task = house.work.start(_LINK, lambda *_: link, owner=who.post)
    task.finished.wait(5)  # Nothing is done but put aside: the link is shown from memory, and kept nowhere.
    return RedirectResponse(f"/console/consents/asked/{task.id}", 303)


@router.get("/asked/{task}", dependencies=_ASKING)
def asked(request: Request, house: House, who: Who, task: str) -> Response:
    """The link to send."""
    found = house.work.find(task, _LINK, owner=who.post)
    if found is None or found.state != "done":
        raise StatusError(404, WORDS["link_gone"].en, WORDS["link_gone"].zh, hint=WORDS["link_gone_hint"])
    return show(request, "consents/asked", link=found.result)


@router.get("/{consent}")
def one(request: Request, house: House, who: Who, cover: Cover, consent: str, done: str = "") -> Response:
    """One consent."""
    return _one(request, house, who, cover, consent, done=done)


@router.get("/{consent}/receipt.json")
def receipt(house: House, consent: str) -> Response:
    """What the person agreed to, signed. Nobody is named in it."""
    told = asking.desk_of(house).consents.receipt(_found(house, consent))
    if told is None:
        raise _nothing()
    return JSONResponse(told, headers={"Content-Disposition": f'attachment; filename="consent-{consent}.json"'})


@router.get("/{consent}/recordings/{number}", dependencies=_CHECKING)
def recording(request: Request, house: House, consent: str, number: str) -> Response:
    """The bytes of a recording, for whoever checks it."""
    found = consent_lists.recording(house.store, asking.objects_of(house), number)
    if found is None or found[0].consent_id != consent:
        raise _nothing()
    return ranged(request, found[1].data, found[1].media_type)


@router.post("/{consent}/check", dependencies=_CHECKING)
def check(request: Request, house: House, who: Who, cover: Cover, consent: str, fields: Fields) -> Response:
    """Somebody says whether the recording shows the person."""
    confirmed = fields.get("outcome") == "confirmed"
    try:
        reason = asking.reasoned(fields.get("reason", 1000))
        asking.desk_of(house).consents.check(consent, confirmed=confirmed, by=who.post, reason=reason)
    except OvertError as error:
        return _one(request, house, who, cover, consent, error=error)
    return RedirectResponse(f"/console/consents/{consent}?done={'confirmed' if confirmed else 'refused'}", 303)


@router.post("/{consent}/withdraw", dependencies=_CHECKING)
def withdraw(request: Request, house: House, who: Who, cover: Cover, consent: str, fields: Fields) -> Response:
    """Takes a consent back for the person."""
    try:
        reason = asking.reasoned(fields.get("reason", 1000))
        asking.desk_of(house).recalls.withdraw(consent, by=who.post, reason=reason)
    except OvertError as error:
        return _one(request, house, who, cover, consent, error=error)
    return RedirectResponse(f"/console/consents/{consent}?done=withdrawn", 303)


def _one(
    request: Request,
    house: Site,
    who: Principal,
    cover: Covering,
    consent: str,
    *,
    done: str = "",
    error: OvertError | None = None,
) -> Response:
    if error is not None and not isinstance(error, PEOPLE):
        raise error
    known = _found(house, consent)
    needed = asking.may_know(who)
    sees = cover.may_see(known.person, needed=needed)
    if sees:
        known = _found(house, consent, unsealed=True)
    told = known.told
    personal = {
        name: cover.show(known.person, what, getattr(told, name) if told else WORDS["gone"].zh, needed=needed)
        for name, what in (("name", "name"), ("contact", "contact"), ("asker", "statement"), ("made", "statement"))
    }
    rests = consent_lists.resting(house.store, consent)
    state = known.standing.state(datetime.now(UTC))
    return show(
        request,
        "consents/one",
        422 if error else 200,
        asked=known,
        told=told,
        sees=sees,
        personal=personal,
        state=state,
        words_of=_words(house, known),
        rests=rests,
        events=EVENTS,
        states=asking.STATES,
        badges=asking.BADGES,
        proofs=asking.PROOFS,
        checks=who.may("consents:check"),
        done=done if done in ("confirmed", "refused", "withdrawn") else "",
        error=error,
    )


def _words(house: Site, known: Asked) -> dict[str, list[Text]]:
    """What the consent says, in words: as it stands where it was given, else as it was asked for."""
    words = asking.desk_of(house).consents.words(known.scope)
    held: Any = known.standing.consent or known.scope
    return {
        name: [getattr(words, name)[each] for each in getattr(held, name)]
        for name in ("likeness", "techniques", "purposes")
    }


def _form(request: Request, house: Site, typed: Form, error: OvertError | None = None) -> Response:
    return show(request, "consents/ask", 422 if error else 200, typed=typed, error=error, offered=asking.offered(house))


def _found(house: Site, consent: str, *, unsealed: bool = False) -> Asked:
    found = consent_lists.found(house.store, consent, unsealed=unsealed)
    if found is None:
        raise _nothing()
    return found


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else otherwise if not text else 0


def _nothing() -> StatusError:
    return StatusError(
        404, "there is no such consent", "没有这份同意", hint=Text(zh="从列表中打开。", en="Open it from the list.")
    )


def _attention(house: Site, _: Principal) -> list[Item]:
    count, since = consent_lists.waiting(house.store)
    title = Text(zh="录制待核对", en="Recordings to check")
    return [Item(title, "/console/consents?which=to-check", count, since=since)] if count else []


ATTENTION: Final = Attention(WORDS["title"], ("consents:check",), _attention)

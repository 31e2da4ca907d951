"""A person's own page: all their consents, behind their link or their passkey.

```
GET   /consent/mine                      asks for the passkey, or shows the page to whoever has just shown it
POST  /consent/mine/options, /passkey    the passkey is shown; a cookie of minutes says so
POST  /consent/mine/withdraw, /limit     as behind the link
GET   /consent/mine/receipt[.json]
POST  /consent/mine/leave                forgets the cookie
POST  /consent/{token}/passkey/options, /consent/{token}/passkey    a passkey is added
```

A passkey is added only where it is certain whose page it is. Who came by passkey is remembered for minutes, in memory.
Without scripts everything can be done by the link.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Request, Response
from fastapi.routing import APIRoute
from starlette.datastructures import FormData
from starlette.responses import JSONResponse, RedirectResponse

from overt.access import passkeys
from overt.consenting import Desk
from overt.errors import OvertError, RefusedError
from overt.gate.consent.model import Consent
from overt.language import Language, Text
from overt.store import consent_limits, consent_passkeys
from overt.store.consent_limits import Limits
from overt.store.consent_rows import AnswerError, Asked
from overt.web import uploads
from overt.web.entrance import LIVES, entrance_of
from overt.web.errors import StatusError
from overt.web.house import house_of
from overt.web.proving import browser, lapsed, remember
from overt.web.public.desk import DeskService
from overt.web.public.facts import facts
from overt.web.rendering import PageRoute, language_of, page, same_origin
from overt.web.words.consent import STATES, WORDS

pages = APIRouter(route_class=PageRoute)
BASE: Final = "/consent/mine"
_COOKIE: Final = "overt-own"
_MOST_USES: Final = 1_000_000
_DONE: Final = ("given", "withdrawn", "limited", "passkey")


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose page it is, and where it is. `asked` is the consent of the link; by passkey there is none."""

    base: str
    person: str
    asked: Asked | None = None
    certain: bool = True


async def shown(
    request: Request, whose: Whose, language: Language, done: str = "", error: OvertError | None = None
) -> Response:
    """The page."""
    now = datetime.now(UTC)

    def look(desk: Desk) -> list[tuple[Asked, int, Any]]:
        every = desk.consents.of_person(whose.person) if whose.certain else (whose.asked,)
        return [(each, desk.recalls.count(each.id), desk.consents.words(each.scope)) for each in every if each]

    rows = [(each, each.standing.state(now), count, words) for each, count, words in await desk_of(request).quick(look)]
    return page(
        "consent/own",
        language,
        422 if error else 200,
        base=whose.base,
        by_passkey=whose.asked is None,
        may_add=whose.asked is not None and whose.certain,
        rows=rows,
        states=STATES,
        done=done if done in _DONE else "",
        error=error,
    )


async def limit(request: Request, consent_id: str, wanted: Limits) -> Consent:
    """Narrows a consent. Raises `AnswerError`."""
    return await desk_of(request).quick(
        lambda desk: consent_limits.limit(desk.store, desk.consents.signer, consent_id, wanted)
    )


def limits(fields: FormData) -> Limits:
    """What a form allows from now on."""
    uses = uploads.field(fields, "uses", 8)
    count = int(uses) if uses.isascii() and uses.isdecimal() else 0
    return Limits(uploads.several(fields, "techniques"), uploads.several(fields, "purposes"), count)


async def receipt(request: Request, base: str, theirs: Asked, language: Language) -> Response:
    """What was agreed, to be read or printed."""
    told = await desk_of(request).quick(lambda desk: desk.consents.receipt(theirs))
    if told is None:
        raise _nothing()
    words = await desk_of(request).quick(lambda desk: desk.consents.words(theirs.scope))
    rows = facts(theirs, told, words, theirs.standing.state(datetime.now(UTC)))
    return page("consent/receipt", language, base=base, asked=theirs, facts=rows)


async def receipt_json(request: Request, theirs: Asked) -> Response:
    """The same for other programs, signed."""
    told = await desk_of(request).quick(lambda desk: desk.consents.receipt(theirs))
    if told is None:
        raise _nothing()
    name = f'attachment; filename="consent-{theirs.id}.json"'
    return JSONResponse(told, headers={"Content-Disposition": name})


# By passkey -----------------------------------------------------------------------------------------------------------


@pages.get("/mine")
async def mine(request: Request, done: str = "") -> Response:
    """The page, or how to get to it."""
    person = _person(request)
    if person is None:
        return page("consent/mine", language_of(request))
    return await shown(request, Whose(BASE, person), language_of(request), done)


@pages.post("/mine/withdraw")
async def withdraw(request: Request) -> Response:
    """The person takes a consent back."""
    ours(request)
    async with uploads.form(request) as fields:
        theirs = await _theirs(request, uploads.field(fields, "consent"))
    await desk_of(request).quick(lambda desk: desk.recalls.withdraw(theirs.id))
    return RedirectResponse(f"{BASE}?done=withdrawn", 303)


@pages.post("/mine/limit")
async def limit_mine(request: Request) -> Response:
    """The person allows less."""
    ours(request)
    async with uploads.form(request) as fields:
        theirs = await _theirs(request, uploads.field(fields, "consent"))
        wanted = limits(fields)
    try:
        await limit(request, theirs.id, wanted)
    except AnswerError as error:
        return await shown(request, Whose(BASE, theirs.person), language_of(request), error=error)
    return RedirectResponse(f"{BASE}?done=limited", 303)


@pages.get("/mine/receipt")
async def receipt_mine(request: Request, of: str = "") -> Response:
    """What was agreed."""
    return await receipt(request, BASE, await _theirs(request, of), language_of(request))


@pages.get("/mine/receipt.json")
async def receipt_json_mine(request: Request, of: str = "") -> Response:
    """The same, signed."""
    return await receipt_json(request, await _theirs(request, of))


@pages.post("/mine/leave")
def leave(request: Request) -> Response:
    """Forgets who it was."""
    ours(request)
    entrance_of(request).pending.take("own", request.cookies.get(_COOKIE, ""))
    response = RedirectResponse(BASE, 303)
    response.delete_cookie(_COOKIE, path=BASE, httponly=True, samesite="strict")
    return response


Credential = Annotated[dict[str, Any], Body(embed=True)]
scripts = APIRouter(route_class=APIRoute)
"""What our script asks for: errors are problem details, not pages."""


@scripts.post("/mine/options")
def options(request: Request) -> Response:
    """What the browser needs to ask for a passkey."""
    ours(request)
    told, challenge = passkeys.asking(_site(request))
    entrance_of(request).pending.keep("own-assertion", browser(request), challenge)
    return remember(request, JSONResponse(told))


@scripts.post("/mine/passkey")
def by_passkey(request: Request, credential: Credential) -> Response:
    """Whoever shows a passkey of a person gets to that person's page."""
    ours(request)
    entrance, store = entrance_of(request), house_of(request).store
    if entrance.addresses.attempt(request.scope["client"][0]):
        raise StatusError(429, "too many tries", "尝试次数过多", hint=_LATER)
    challenge = entrance.pending.take("own-assertion", browser(request))
    found = consent_passkeys.find(store, passkeys.named(credential))
    if challenge is None:
        raise lapsed()
    if found is None:
        raise RefusedError("this passkey is not known here", "此处没有这把通行密钥", hint=WORDS["mine_link"])
    person, passkey = found
    count = passkeys.asserted(_site(request), challenge, credential, passkey, person.encode())
    if not consent_passkeys.used(store, passkey, count):
        raise lapsed()
    token = secrets.token_urlsafe(32)
    entrance.pending.keep("own", token, person)
    response = JSONResponse({"at": BASE})
    secure = house_of(request).secure(request)
    response.set_cookie(_COOKIE, token, max_age=int(LIVES), path=BASE, secure=secure, httponly=True, samesite="strict")
    return response


@scripts.post("/{token}/passkey/options")
async def new_options(request: Request, token: str) -> Response:
    """What the browser needs to make a passkey for whoever's page this is."""
    asked = await _certain(request, token)
    store = house_of(request).store
    name = asked.told.name if asked.told else WORDS["mine"].both()["en"]
    told, challenge = passkeys.registering(
        _site(request), asked.person.encode(), name, name, consent_passkeys.every(store, asked.person)
    )
    entrance_of(request).pending.keep("own-registration", token, challenge)
    return JSONResponse(told)


@scripts.post("/{token}/passkey")
async def new_passkey(request: Request, token: str, credential: Credential) -> Response:
    """Keeps the passkey that was made."""
    asked = await _certain(request, token)
    challenge = entrance_of(request).pending.take("own-registration", token)
    if challenge is None:
        raise lapsed()
    made = passkeys.registered(_site(request), challenge, credential)
    await desk_of(request).quick(lambda desk: consent_passkeys.add(desk.store, asked.person, made))
    return JSONResponse({"at": f"/consent/{token}?done=passkey"})


pages.include_router(scripts)


async def _certain(request: Request, token: str) -> Asked:
    """Whose page it is, where that is certain and something was given. Raises `StatusError`."""
    ours(request)
    asked = await desk_of(request).quick(lambda desk: desk.consents.by_token(token))
    if asked is None or asked.told is None or asked.standing.proof not in ("none", "confirmed"):
        raise _nothing()
    if asked.standing.written not in ("given", "withdrawn"):
        raise _nothing()
    return asked


async def _theirs(request: Request, consent_id: str) -> Asked:
    person = _person(request)
    found = await desk_of(request).quick(lambda desk: desk.consents.find(consent_id)) if person else None
    if found is None or found.person != person:
        raise _nothing()
    return found


def _person(request: Request) -> str | None:
    found: str | None = entrance_of(request).pending.look("own", request.cookies.get(_COOKIE, ""))
    return found


def _site(request: Request) -> passkeys.Site:
    """For whom passkeys are made: the address at which people open their links."""
    house = house_of(request)
    address = house.setup.settings.consent.address or house.address(request)
    return passkeys.Site.at(address, f"Overt {house.setup.settings.producer}")


def ours(request: Request) -> None:
    """Raises `StatusError` for a form that another site sent."""
    same_origin(request, desk_of(request).setup.settings.consent.address)


def desk_of(request: Request) -> DeskService:
    """The desk of this application."""
    service: DeskService = request.app.state.desk
    return service


def _nothing() -> StatusError:
    return StatusError(404, "there is nothing at this address", "没有这个地址")


_LATER: Final = Text(zh="请稍后再试，或打开您收到的链接。", en="Try again later, or open the link that you received.")

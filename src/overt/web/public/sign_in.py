"""Signing in and out.

```
GET   /sign-in                     passkey, company, or password with a one-time code; `next` is where to go then
POST  /sign-in                     sign-in name, password, code
POST  /sign-in/passkey[/options]   the ceremony of a passkey, for our script
GET   /sign-in/company             to the company's sign-in, and
GET   /sign-in/back                back from it
POST  /sign-out
```

Each sign-in opens a new session under a new token, in place of the browser's session before. Guesses are counted for
the sign-in name and for the address, and wait longer and longer; a name that nobody has waits like any other.
"""

from __future__ import annotations

from hashlib import sha256
from math import ceil
from typing import Annotated, Final

from fastapi import APIRouter, Form, Request, Response
from starlette.responses import JSONResponse, RedirectResponse

from overt.access import passkeys
from overt.errors import RefusedError
from overt.gate.account.oidc import Begun
from overt.language import Text
from overt.store.credentials import Credentials
from overt.store.sessions import FRESH, Sessions
from overt.web import errors, proving
from overt.web.access import Visitor, let_in, let_out, own_path, token_of
from overt.web.entrance import entrance_of
from overt.web.errors import StatusError
from overt.web.house import House, Site
from overt.web.rendering import PageRoute, language_of, show
from overt.web.words.sign_in import WORDS

router = APIRouter(route_class=PageRoute, include_in_schema=False)
scripts = APIRouter(include_in_schema=False)  # Their errors are problem details, not pages.
_Field = Annotated[str, Form(max_length=4000)]
_Alert = tuple[Text, Text]
_WRONG: Final = (WORDS["wrong"], WORDS["wrong_hint"])


@router.get("/sign-in")
def form(request: Request, visitor: Visitor, next: str = "", again: str = "", done: str = "") -> Response:  # noqa: A002
    """The ways in. Whoever is in already goes on, unless they are asked once more."""
    if visitor and not again:
        return RedirectResponse(own_path(next), 303)
    return _form(request, next=next, again=bool(again), done=done)


@router.post("/sign-in")
def with_password(
    request: Request,
    login: _Field = "",
    password: _Field = "",
    code: _Field = "",
    next: _Field = "",  # noqa: A002
    again: _Field = "",
) -> Response:
    """Signs in with a password and a one-time code."""
    house, entrance = proving.ours(request), entrance_of(request)
    account, address = _account(login), request.scope["client"][0]
    seconds = max(entrance.addresses.attempt(address), entrance.accounts.attempt(account))
    if seconds:
        answer = _form(request, 429, next=next, again=bool(again), login=login, alert=_wait(seconds))
        answer.headers["Retry-After"] = str(ceil(seconds))
        return answer
    person = Credentials(house.store).check(login, password, code)
    if person is None:
        return _form(request, 422, next=next, again=bool(again), login=login, alert=_WRONG)
    entrance.accounts.succeeded(account)
    return _enter(request, house, person.id, "password", RedirectResponse(own_path(next), 303))


@scripts.post("/sign-in/passkey/options")
def passkey_options(request: Request) -> Response:
    """What the browser needs to ask for a passkey."""
    proving.ours(request)
    options, challenge = passkeys.asking(proving.site(request))
    entrance_of(request).pending.keep("assertion", proving.browser(request), challenge)
    return proving.remember(request, JSONResponse(options))


@scripts.post("/sign-in/passkey")
def with_passkey(request: Request, said: proving.Said) -> Response:
    """Signs in with a passkey; the answer says where to go."""
    house, entrance = proving.ours(request), entrance_of(request)
    seconds = entrance.addresses.attempt(request.scope["client"][0])
    if seconds:
        title, hint = _wait(seconds)
        return errors.told(429, title, hint, {"Retry-After": str(ceil(seconds))})
    challenge, answer = entrance.pending.take("assertion", proving.browser(request)), said.credential
    if challenge is None or answer is None:
        raise proving.lapsed()
    kept = Credentials(house.store)
    found = kept.passkey(passkeys.named(answer))
    if found is None:
        raise RefusedError("this passkey is not known here", "此处没有这把通行密钥", hint=WORDS["lost_hint"])
    person, passkey = found
    count = passkeys.asserted(proving.site(request), challenge, answer, passkey, person.id.encode())
    if not kept.passkey_used(passkey, count):
        raise proving.lapsed()
    return _enter(request, house, person.id, "passkey", JSONResponse({"at": own_path(said.next)}))


@router.get("/sign-in/company")
def to_company(request: Request, house: House, next: str = "", again: str = "") -> Response:  # noqa: A002
    """Leads to the company's sign-in."""
    entrance = entrance_of(request)
    if not entrance.company_name:
        raise StatusError(404, "there is no company sign-in", "没有企业登录")
    within = int(FRESH.total_seconds()) if again else None
    begun = entrance.company(house.address(request)).begin(within=within)
    entrance.pending.keep("company", proving.browser(request), (begun, own_path(next)))
    return proving.remember(request, RedirectResponse(begun.url, 303))


@router.get("/sign-in/back")
def from_company(request: Request, house: House) -> Response:
    """Who comes back from the company's sign-in is let in, if somebody invited them."""
    entrance = entrance_of(request)
    under_way: tuple[Begun, str] | None = entrance.pending.take("company", proving.browser(request))
    if under_way is None or not entrance.company_name:
        raise proving.lapsed()
    begun, after = under_way
    who = entrance.company(house.address(request)).finish(begun, str(request.url))
    email = who.claims.get("email") if who.claims.get("email_verified") is True else ""
    person = Credentials(house.store).company(who.issuer, who.subject, email if isinstance(email, str) else "")
    if person is None:
        return _form(request, 403, alert=(WORDS["unknown_company"], WORDS["unknown_company_hint"]))
    # A page of ours, not a redirect: the cookie would not be sent along from the company's site (`SameSite=Strict`).
    return _enter(request, house, person.id, "company", show(request, "sign_in/arrived", next=after))


@router.post("/sign-out")
def out(request: Request) -> Response:
    """Ends this session."""
    house = proving.ours(request)
    Sessions(house.store).end(token_of(request))
    answer = RedirectResponse("/sign-in?done=out", 303)
    let_out(request, answer)
    return answer


def _enter(request: Request, house: Site, person: str, method: str, answer: Response) -> Response:
    device, before = proving.device(request), token_of(request)
    let_in(request, answer, Sessions(house.store).begin(person, method, device=device, instead=before))
    return answer


def _form(
    request: Request,
    status: int = 200,
    *,
    next: str = "",  # noqa: A002
    again: bool = False,
    login: str = "",
    done: str = "",
    alert: _Alert | None = None,
) -> Response:
    language = language_of(request)
    values = {
        "next": own_path(next),
        "again": again,
        "login": login[:100],
        "done": done,
        "alert": tuple(each.in_(language) for each in alert) if alert else None,
        "company": entrance_of(request).company_name,
    }
    return show(request, "sign_in/sign_in", status, **values)


def _account(login: str) -> str:
    """The name under which guesses are counted: nobody's name is held in memory for it."""
    return sha256(login.strip().casefold().encode()).hexdigest()


def _wait(seconds: float) -> _Alert:
    hint = WORDS["wait_hint"]
    left = ceil(seconds)
    return WORDS["wait"], Text(zh=hint.zh.format(seconds=left), en=hint.en.format(seconds=left))


router.include_router(scripts)

"""One's own account: how one signs in, and where one is signed in.

```
GET   /account                              ways to sign in, sessions
POST  /account/others                       ends the other sessions
GET   /account/password, POST               a password with one-time codes, set anew
GET   /account/recovery, POST               recovery codes that were just made, until they are put away
POST  /account/passkey[/options]            another passkey, for our script
POST  /account/ways/{id}/remove             takes a way away, never the last one
GET   /account/typed/{id}                   a form that asked for another sign-in, as it was typed
```

Changing how one signs in asks for a fresh sign-in, and ends the other sessions. Nobody else's account is reached here.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from starlette.responses import JSONResponse, RedirectResponse

from overt.access.model import ROLES, Principal
from overt.errors import OvertError, UsageError
from overt.language import Text
from overt.store.credentials import WAYS, Credentials, NamedPasskey
from overt.store.sessions import Session, Sessions
from overt.store.staff import Person, Staff
from overt.web import proving, typed
from overt.web.access import Who, fresh, token_of
from overt.web.entrance import entrance_of
from overt.web.errors import StatusError
from overt.web.house import House, Site
from overt.web.rendering import PageRoute, language_of, show


def _of_person(who: Who) -> None:
    """A program has no account of its own."""
    if who.kind == "key":
        raise StatusError(
            403,
            "a program has no account",
            "程序没有账号",
            hint=Text(zh="请在浏览器中登录。", en="Sign in with a browser."),
        )


router = APIRouter(
    prefix="/account", route_class=PageRoute, include_in_schema=False, dependencies=[Depends(_of_person)]
)
scripts = APIRouter(include_in_schema=False)  # Their errors are problem details, not pages.
_Field = Annotated[str, Form(max_length=4000)]


@router.get("")
def own(request: Request, house: House, who: Who, done: str = "") -> Response:
    """The account at a glance."""
    session: Session = request.state.session
    values: dict[str, Any] = {
        "person": _person(house, who),
        "roles": [ROLES[each] for each in who.roles],
        "ways": [(each, WAYS[each.way]) for each in Credentials(house.store).of(who.id)],
        "sessions": Sessions(house.store).of(who.id),
        "mine": session.id,
        "done": done if done in ("others", "passkey", "removed", "kept") else "",
    }
    return show(request, "account/own", **values)


@router.post("/others")
def end_others(request: Request, house: House, who: Who) -> Response:
    """Signs out everywhere but here."""
    Sessions(house.store).end_others(who.id, token_of(request), by=who.post)
    return RedirectResponse("/account?done=others", 303)


@router.get("/typed/{number}")
def typed_before(request: Request, _: Who, number: str) -> Response:
    """What somebody typed before they had to sign in once more: nothing is done until they press."""
    form = typed.look(request, number)
    return show(request, "account/typed", 200 if form else 404, form=form)


@router.get("/password", dependencies=[fresh()])
def password_form(request: Request, house: House, who: Who) -> Response:
    """The form for a password with one-time codes."""
    return _password(request, _person(house, who))


@router.post("/password", dependencies=[fresh()])
def set_password(  # the fields of a form
    request: Request, house: House, who: Who, password: _Field = "", repeat: _Field = "", code: _Field = ""
) -> Response:
    """Sets a password with one-time codes, in place of the ones before."""
    person, key = _person(house, who), proving.here(request)
    try:
        proof = proving.chosen(request, key, password, repeat, code, person.name, person.login)
    except proving.ProofError as error:
        return _password(request, person, error)
    entrance_of(request).pending.take("secret", key)
    recovery = Credentials(house.store).add(who.id, proof, by=who.post, but=token_of(request))
    entrance_of(request).pending.keep("recovery", who.id, recovery)
    return RedirectResponse("/account/recovery", 303)


@router.get("/recovery")
def recovery(request: Request, who: Who) -> Response:
    """Recovery codes that were just made."""
    codes = entrance_of(request).pending.look("recovery", who.id)
    return show(request, "account/recovery", codes=codes) if codes else RedirectResponse("/account", 303)


@router.post("/recovery")
def recovery_kept(request: Request, who: Who) -> Response:
    """They were put away: they are not shown again."""
    entrance_of(request).pending.take("recovery", who.id)
    return RedirectResponse("/account?done=kept", 303)


@router.post("/ways/{credential}/remove", dependencies=[fresh()])
def remove(request: Request, house: House, who: Who, credential: str) -> Response:
    """Takes a way to sign in away."""
    Credentials(house.store).remove(who.id, credential, by=who.post, but=token_of(request))
    return RedirectResponse("/account?done=removed", 303)


@scripts.post("/passkey/options", dependencies=[fresh()])
def passkey_options(request: Request, house: House, who: Who) -> Response:
    """What the browser needs to make another passkey."""
    person, known = _person(house, who), Credentials(house.store).passkeys(who.id)
    return JSONResponse(proving.begin_passkey(request, proving.here(request), who.id, person.login, person.name, known))


@scripts.post("/passkey", dependencies=[fresh()])
def add_passkey(request: Request, house: House, who: Who, said: proving.Said) -> Response:
    """Adds a passkey; the answer says where to go."""
    passkey, user = proving.made_passkey(request, proving.here(request), said.credential)
    if user != who.id:
        raise proving.lapsed()
    proof = NamedPasskey(passkey, said.name.strip() or proving.device(request))
    Credentials(house.store).add(who.id, proof, by=who.post, but=token_of(request))
    return JSONResponse({"at": "/account?done=passkey"})


def _person(house: Site, who: Principal) -> Person:
    found = Staff(house.store).get(who.id)
    if found is None:
        raise UsageError("there is no such account", "没有这个账号")
    return found


def _password(request: Request, person: Person, error: OvertError | None = None) -> Response:
    language = language_of(request)
    values: dict[str, Any] = {
        "login": person.login,
        "alert": (error.message.in_(language), error.hint.in_(language)) if error else None,
        **proving.code_form(request, proving.here(request), person.login),
    }
    return show(request, "account/password", 422 if error else 200, **values)


router.include_router(scripts)

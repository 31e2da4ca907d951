"""Links by which people of staff come in: the first administrator's, invitations, and resets.

```
GET   /welcome/{token}                     what it is for, and the ways to sign in; looking at it uses nothing up
POST  /welcome/{token}                     a password with one-time codes
POST  /welcome/{token}/passkey[/options]   a passkey, for our script
```

The link is used up in the act that makes the credential (`overt.store.staff_links`).
"""

from __future__ import annotations

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Form, Request, Response
from starlette.responses import JSONResponse, RedirectResponse

from overt.errors import OvertError, UsageError
from overt.store.credentials import NamedPasskey
from overt.store.staff_links import Enrolled, Link, StaffLinks, over
from overt.web import proving
from overt.web.access import let_in
from overt.web.entrance import entrance_of
from overt.web.house import House, Site
from overt.web.rendering import PageRoute, Words, language_of, show

router = APIRouter(prefix="/welcome", route_class=PageRoute, include_in_schema=False)
scripts = APIRouter(include_in_schema=False)  # Their errors are problem details, not pages.
_Field = Annotated[str, Form(max_length=4000)]


@router.get("/{token}")
def look(request: Request, house: House, token: str) -> Response:
    """What this link is for."""
    return _form(request, token, _link(house, token))


@router.post("/{token}")
def with_password(
    request: Request,
    token: str,
    name: _Field = "",
    login: _Field = "",
    password: _Field = "",
    repeat: _Field = "",
    code: _Field = "",
) -> Response:
    """Sets a password with one-time codes, and signs in."""
    house = proving.ours(request)
    link = _link(house, token)
    if link.person:
        name, login = link.person.name, link.person.login
    try:
        proof = proving.chosen(request, proving.browser(request), password, repeat, code, name, login)
        enrolled = StaffLinks(house.store).enrol(token, proof, name=name, login=login, device=proving.device(request))
    except (proving.ProofError, UsageError) as error:
        _link(house, token)
        return _form(request, token, link, name=name, login=login, error=error)
    entrance_of(request).pending.take("secret", proving.browser(request))
    return _entered(request, enrolled, RedirectResponse("/account/recovery", 303))


@scripts.post("/{token}/passkey/options")
def passkey_options(request: Request, token: str, said: proving.Said) -> Response:
    """What the browser needs to make a passkey."""
    link = _link(proving.ours(request), token)
    user = link.person.id if link.person else uuid4().hex
    name, login = (link.person.name, link.person.login) if link.person else (said.name, said.login)
    options = proving.begin_passkey(request, proving.browser(request), user, login, name, [])
    return proving.remember(request, JSONResponse(options))


@scripts.post("/{token}/passkey")
def with_passkey(request: Request, token: str, said: proving.Said) -> Response:
    """Makes a passkey, and signs in; the answer says where to go."""
    house = proving.ours(request)
    link = _link(house, token)
    passkey, user = proving.made_passkey(request, proving.browser(request), said.credential)
    if link.person and link.person.id != user:
        raise over()
    device = proving.device(request)
    proof = NamedPasskey(passkey, device)
    enrolled = StaffLinks(house.store).enrol(token, proof, name=said.name, login=said.login, device=device, new_id=user)
    return _entered(request, enrolled, JSONResponse({"at": "/account?done=kept"}))


def _entered(request: Request, enrolled: Enrolled, answer: Response) -> Response:
    if enrolled.recovery:
        entrance_of(request).pending.keep("recovery", enrolled.person.id, enrolled.recovery)
    let_in(request, answer, enrolled.token)
    return answer


def _link(house: Site, token: str) -> Link:
    link = StaffLinks(house.store).look(token)
    if link is None:
        raise over()
    return link


def _form(
    request: Request, token: str, link: Link, *, name: str = "", login: str = "", error: OvertError | None = None
) -> Response:
    language = language_of(request)
    words = Words(language, "sign_in")
    person = link.person
    told_ = {"name": person.name, "login": person.login} if person else {"name": name, "login": login}
    values = {
        "token": token,
        "link": link,
        "title": words(f"welcome_{link.kind}", **told_),
        "lead": words(f"welcome_{link.kind}_lead", **told_),
        "alert": (words.of(error.message), words.of(error.hint)) if error else None,
        "typed_name": told_["name"],
        "login": told_["login"],
        **proving.code_form(request, proving.browser(request), told_["login"]),
    }
    return proving.remember(request, show(request, "sign_in/welcome", 422 if error else 200, **values))


router.include_router(scripts)

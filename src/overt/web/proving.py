"""How somebody in front of a browser shows that it is them: what the pages for sign-in, links and one's account share.

What is under way is remembered for one browser, by a cookie that says nothing and opens nothing (`LAX`: who comes back
from the company's sign-in comes from another site).
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import segno
from pydantic import BaseModel, Field

from overt.access import codes, passwords
from overt.access.passkeys import Passkey, Site, registered, registering
from overt.errors import OvertError
from overt.language import Text
from overt.store.credentials import PasswordAndCode
from overt.web.entrance import entrance_of
from overt.web.errors import StatusError
from overt.web.house import Site as House
from overt.web.house import house_of
from overt.web.rendering import same_origin
from overt.web.words.sign_in import WORDS

if TYPE_CHECKING:
    from fastapi import Request, Response

    from overt.store.sessions import Session

COOKIE: Final = "overt-ceremony"
_KEY: Final = 43  # Characters of `secrets.token_urlsafe(32)`.
_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrom", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS: Final = (
    *(("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS")),
    *(("HarmonyOS", "HarmonyOS"), ("OpenHarmony", "HarmonyOS"), ("Linux", "Linux")),
)


class Said(BaseModel):
    """What our script says: the fields of the form, and the browser's answer."""

    name: str = Field(default="", max_length=200)
    login: str = Field(default="", max_length=200)
    next: str = Field(default="", max_length=4000)
    credential: dict[str, Any] | None = None


class ProofError(OvertError):
    """What somebody typed to show, or to set, how they sign in is not right. Told in their form."""


def ours(request: Request) -> House:
    """The house, for a form of ours: raises `StatusError` for one that another site sent."""
    house = house_of(request)
    same_origin(request, house.setup.settings.web.address)
    return house


def browser(request: Request) -> str:
    """The key under which this browser's sign-in is remembered; a fresh one where it has none."""
    if not hasattr(request.state, "browser"):
        held = request.cookies.get(_cookie(request), "")
        request.state.browser = held if len(held) == _KEY else secrets.token_urlsafe(32)
    found: str = request.state.browser
    return found


def remember(request: Request, response: Response) -> Response:
    """Puts this browser's key onto an answer."""
    if request.cookies.get(_cookie(request)) != browser(request):
        secure = house_of(request).secure(request)
        response.set_cookie(
            _cookie(request), browser(request), max_age=900, path="/", secure=secure, httponly=True, samesite="lax"
        )
    return response


def here(request: Request) -> str:
    """The key under which something is kept for whoever is signed in, in this session alone."""
    session: Session | None = getattr(request.state, "session", None)
    return session.id if session else request.state.principal.id


def device(request: Request) -> str:
    """What kind of browser asks, coarse enough to say nothing more: "Firefox · Linux"."""
    said = request.headers.get("user-agent", "")[:500]
    found = (next((name for part, name in each if part in said), "") for each in (_BROWSERS, _SYSTEMS))
    return " · ".join(filter(None, found))


# A password with one-time codes ---------------------------------------------------------------------------------------


def code_form(request: Request, key: str, login: str) -> dict[str, Any]:
    """The secret for the app, the same until it is used, as a picture and in words."""
    pending = entrance_of(request).pending
    secret = pending.look("secret", key) or codes.secret()
    pending.keep("secret", key, secret)
    told = codes.address(secret, login or "overt", f"Overt {house_of(request).setup.settings.producer}"[:60])
    picture = segno.make(told, error="m").svg_data_uri(scale=4, border=3, dark="#111", light="#fff")
    return {"qr": picture, "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))}


def chosen(request: Request, key: str, password: str, repeat: str, code: str, *names: str) -> PasswordAndCode:
    """The password that was chosen, with an app that was seen to work. Raises `ProofError`."""
    secret = entrance_of(request).pending.look("secret", key)
    if secret is None:
        raise _not("took_long", "type_again")
    weak = passwords.weakness(password, names)
    if weak is not None:
        raise ProofError(weak.en, weak.zh, hint=WORDS["type_again"])
    if passwords.normal(password) != passwords.normal(repeat):
        raise _not("not_same", "type_again")
    step = codes.step(secret, code, datetime.now(UTC))
    if step is None:
        raise _not("not_code", "not_code_hint")
    return PasswordAndCode(passwords.hashed(password), secret, step)


# Passkeys -------------------------------------------------------------------------------------------------------------


def site(request: Request) -> Site:
    """For whom passkeys are made."""
    house = house_of(request)
    return Site.at(house.address(request), f"Overt {house.setup.settings.producer}")


def begin_passkey(request: Request, key: str, user: str, login: str, name: str, known: list[bytes]) -> dict[str, Any]:
    """What the browser needs to make a passkey for somebody. The challenge is remembered with whom it is for."""
    options, challenge = registering(site(request), user.encode(), login, name, known)
    entrance_of(request).pending.keep("registration", key, (challenge, user))
    return options


def made_passkey(request: Request, key: str, answer: dict[str, Any] | None) -> tuple[Passkey, str]:
    """The passkey that was made, and for whom. Raises `RefusedError` or `StatusError`."""
    challenge, user = entrance_of(request).pending.take("registration", key) or (None, "")
    if challenge is None or answer is None:
        raise lapsed()
    return registered(site(request), challenge, answer), user


def lapsed() -> StatusError:
    """For an answer to what is not under way, or not any more."""
    return StatusError(422, "that took too long", "时间过长", hint=Text(zh="请再试一次。", en="Try once more."))


def _not(message: str, hint: str) -> ProofError:
    return ProofError(WORDS[message].en, WORDS[message].zh, hint=WORDS[hint])


def _cookie(request: Request) -> str:
    return f"__Host-{COOKIE}" if house_of(request).secure(request) else COOKIE

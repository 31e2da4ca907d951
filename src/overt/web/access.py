"""Who is asking: a person's session cookie or a program's key, and what it lets them do.

```python
@router.get("", dependencies=[needs("contents:read")])
def every(house: House, who: Who) -> …
```

A route without `needs` is open to everybody; a test lists those that are. Forms and calls with a cookie count only from
our own pages: browsers send `Origin` with them, and the cookie is `SameSite=Strict`. Programs send
`Authorization: Bearer overt_…` and no cookie counts beside it. Acts that weigh (`overt.access.model.WEIGHTY`) ask
people for a sign-in of the last minutes besides; pages about one's own ways to sign in say `fresh()`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final
from urllib.parse import quote, urlsplit

from fastapi import Depends, Request, Response
from fastapi.security import HTTPBearer

from overt.access.model import PERMISSIONS, WEIGHTY, Principal
from overt.language import Text
from overt.store.api_keys import PREFIX, ApiKeys
from overt.store.sessions import Session, Sessions
from overt.web import inspecting
from overt.web.errors import AgainError, StatusError
from overt.web.house import House, house_of
from overt.web.rendering import same_origin

COOKIE: Final = "overt-session"
SECURE_COOKIE: Final = "__Host-overt-session"
"""Over HTTPS: browsers take it from this host alone, for all paths, and never send it in the clear."""
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_LONGEST_PATH: Final = 2000
_ANOTHER: Final = Text(
    zh="请管理员调整您的角色，或换一个账号登录。", en="Ask an administrator for the role, or sign in as somebody else."
)
_BEARER: Final = HTTPBearer(auto_error=False, description="an API key (`overt_…`)")


class SignInError(StatusError):
    """Nobody is signed in, or no key was sent. A page leads to the sign-in."""

    def __init__(self, back: str) -> None:
        super().__init__(401, "sign in, or send an API key", "请登录，或提供接口密钥")
        self.hint = Text(zh="登录页：/sign-in。", en="Sign in at /sign-in.")
        self.at = f"/sign-in?next={quote(back)}"


def visitor(request: Request, house: House, _: Annotated[object, Depends(_BEARER)] = None) -> Principal | None:
    """Who is asking; None for the public. Looked up once for each request."""
    if hasattr(request.state, "principal"):
        found: Principal | None = request.state.principal
        return found
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    session: Session | None = None
    if scheme:
        sound = scheme.lower() == "bearer" and secret.startswith(PREFIX)
        found = ApiKeys(house.store).program(secret) if sound else None
        if found is None:
            raise StatusError(401, "this API key does not work", "接口密钥无效")
    else:
        token = request.cookies.get(cookie_name(request), "")
        found, session = (Sessions(house.store).who(token) if token else None) or (None, None)
        if found and request.method not in SAFE:
            same_origin(request, house.setup.settings.web.address)
    request.state.principal, request.state.session = found, session
    return found


Visitor = Annotated[Principal | None, Depends(visitor)]


def signed_in(request: Request, found: Visitor) -> Principal:
    """Who is signed in. Raises `SignInError`."""
    if found is None:
        raise SignInError(_page_of(request))
    return found


Who = Annotated[Principal, Depends(signed_in)]


def needs(*permissions: str) -> Any:
    """What a route asks for: all of these permissions. A permission that does not exist is a `KeyError` at import."""
    for each in permissions:
        PERMISSIONS[each]
    weighs = not WEIGHTY.isdisjoint(permissions)

    def check(request: Request, house: House, who: Who) -> None:
        missing = [each for each in permissions if not who.may(each)]
        if weighs and not missing and request.method not in SAFE:
            _check_fresh(request, who)
        inspecting.admit(request, house, who, permissions)
        if missing:
            zh = "、".join(PERMISSIONS[each].zh for each in missing)
            en = ", ".join(PERMISSIONS[each].en for each in missing)
            raise StatusError(403, f"your account may not do this: {en}", f"您的账号无权：{zh}", hint=_ANOTHER)

    return Depends(check)


def _check_fresh(request: Request, who: Who) -> None:
    session: Session | None = request.state.session
    if who.kind != "key" and not (session and session.is_fresh(datetime.now(UTC))):
        raise AgainError(_page_of(request))


def fresh() -> Any:
    """A sign-in of the last minutes, where no weighty permission asks for it. A program's scope is enough."""
    return Depends(_check_fresh)


def own_path(asked: str, otherwise: str = "/console") -> str:
    """Where to go after the sign-in: a path of ours, whatever was asked."""
    parts = urlsplit(asked) if asked.isprintable() and len(asked) <= _LONGEST_PATH else None
    ours = parts is not None and not parts.scheme and not parts.netloc and parts.path.startswith("/")
    # Browsers read a backslash as a slash, and two slashes as another host.
    safe = ours and not asked.startswith("//") and "\\" not in asked and not asked.startswith("/sign-")
    return asked if safe else otherwise


def token_of(request: Request) -> str:
    """The token of the session's cookie; empty where there is none."""
    return request.cookies.get(cookie_name(request), "")


def let_in(request: Request, response: Response, token: str) -> None:
    """Puts the session's cookie onto an answer. It ends with the browser; how long it holds, the session says."""
    response.set_cookie(
        cookie_name(request),
        token,
        path="/",
        secure=house_of(request).secure(request),
        httponly=True,
        samesite="strict",
    )


def let_out(request: Request, response: Response) -> None:
    """Takes the session's cookie away."""
    secure = house_of(request).secure(request)
    response.delete_cookie(cookie_name(request), path="/", secure=secure, httponly=True, samesite="strict")


def _page_of(request: Request) -> str:
    """The page on which somebody pressed: where they come back to after signing in."""
    if request.method in SAFE:
        return request.url.path + (f"?{request.url.query}" if request.url.query else "")
    parts = urlsplit(request.headers.get("referer", ""))
    if parts.netloc != request.headers.get("host"):
        return "/console"
    return own_path(parts.path + (f"?{parts.query}" if parts.query else ""))


def cookie_name(request: Request) -> str:
    """The name of the session's cookie, which differs over HTTPS."""
    return SECURE_COOKIE if house_of(request).secure(request) else COOKIE

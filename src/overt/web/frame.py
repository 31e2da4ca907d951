"""The frame around every answer: who counts as one caller, how often and how much at once, headers, slow bodies.

```
caller ──► preflight? ──► bucket, requests at once ──► body: so large, so fast ──► route ──► headers, language
```

Forms and JSON that are parsed before a route runs are bounded here; files are bounded where they are taken in
(`overt.web.uploads`). Connections that say nothing are let go by the server itself (`overt.web.serving`).
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from math import ceil
from typing import TYPE_CHECKING, Final

from fastapi import FastAPI, Request, Response
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from overt.language import Text
from overt.media.budget import KIB, MIB
from overt.store.api_keys import PREFIX
from overt.web import clock, errors, rendering
from overt.web.limits import Allowance, Buckets, caller

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from overt.settings import Setup

MOST_FORM: Final = 256 * KIB
MOST_JSON: Final = 4 * MIB
SLOWEST: Final = 4 * KIB
"""Bytes a second of any body, after the grace of `[web] patience`."""
_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_SHARED: Final = {
    # Manifests and recalls are public and nobody is logged in: tools that run in a browser may ask, too.
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
_PREFLIGHT: Final = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Content-Type",
    "Access-Control-Max-Age": "600",
}
_ENCRYPTED: Final = {"Strict-Transport-Security": "max-age=31536000"}
"""A year over HTTPS alone (RFC 6797); not for subdomains, which are not ours to speak for."""
_PUBLIC: Final = ("/matches", "/manifests", "/services", "/recalls", "/v1/matches", "/v1/manifests", "/v1/services")
_Next = Callable[[Request], Awaitable[Response]]


def guard(app: FastAPI, setup: Setup, asking: Allowance, uploading: Allowance) -> None:
    """Puts the frame around an application whose routes are all there."""
    web = setup.settings.web
    encrypted = (web.address or setup.settings.consent.address).startswith("https://")
    looks, files, under_way = Buckets(asking), Buckets(uploading), Counter[str]()
    zone = clock.zone_of(setup.settings)
    app.add_middleware(Patience, bodies=_parsed(app), grace=web.patience)

    @app.middleware("http")
    async def framed(request: Request, answer: _Next) -> Response:
        clock.live_in(zone)
        path, for_people = request.url.path, rendering.is_page(request.url.path)
        headers = rendering.HEADERS if for_people else _HEADERS | (_SHARED if path.startswith(_PUBLIC) else {})
        if request.method == "OPTIONS" and path.startswith(_PUBLIC):
            return Response(status_code=204, headers=headers | _PREFLIGHT)
        peer = request.client.host if request.client else ""
        who = caller(peer, ",".join(request.headers.getlist("x-forwarded-for")), web.proxies)
        request.scope["client"] = (who, 0)
        seconds = 0.0
        if not path.startswith("/assets/"):
            seconds = (files if _uploads(request) else looks).wait(who)
        if under_way[who] >= asking.at_once:
            seconds = max(seconds, 1.0)
        under_way[who] += 1
        try:
            response = await answer(request) if not seconds else _too_often(request, seconds, for_people=for_people)
        except Exception as error:  # noqa: BLE001  (the answer to it carries the headers, too)
            response = await errors.of_nobody(request, error)
            if for_people:
                response = rendering.failure(request, error)
        finally:
            under_way[who] -= 1
            if not under_way[who]:
                del under_way[who]
        _finish(request, response, headers | (_ENCRYPTED if encrypted else {}))
        return response


def _finish(request: Request, response: Response, headers: dict[str, str]) -> None:
    for name, value in headers.items():
        response.headers.setdefault(name, value)
    if request.url.path.startswith("/assets/"):
        response.headers["Cache-Control"] = "public, max-age=3600"
    if response.status_code in _CLOSING:
        response.headers["Connection"] = "close"
    rendering.keep_language(request, response)


MOST_DROPPED: Final = 4 * MIB
"""Of a body that is too large, so much is still read before the answer."""
_DROPPING: Final = 2.0  # Seconds.
_CLOSING: Final = (408, 413)
"""Statuses after which the rest of the body is not waited for."""


class _Body:
    """A request's body, and whether all of it has arrived.

    A client that is still sending when the connection is closed sees a reset in place of our answer. What is too large
    is therefore read on for a little while and dropped, before the answer goes out.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._whole = False

    async def receive(self) -> Message:
        """The next piece."""
        message = await self._receive()
        self._whole = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    async def read_on(self) -> None:
        """Drops what still comes, up to a limit in bytes and seconds."""
        left = MOST_DROPPED
        with suppress(TimeoutError):
            async with asyncio.timeout(_DROPPING):
                while not self._whole and left > 0:
                    left -= len((await self.receive()).get("body", b""))


class Patience:
    """Bounds all bodies by their pace, and those that are parsed before their route runs by their size, too."""

    def __init__(self, app: ASGIApp, *, bodies: Callable[[Scope], bool], grace: float) -> None:
        self._app = app
        self._bodies = bodies
        self._grace = grace

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hands the request on, with a body that ends in 408 or 413 where it is too slow or too large."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers, body = dict(scope["headers"]), _Body(receive)

        async def answered(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 413 and b"expect" not in headers:
                await body.read_on()
            await send(message)

        await self._app(scope, self._bounded(headers, body.receive, parsed=self._bodies(scope)), answered)

    def _bounded(self, headers: dict[bytes, bytes], receive: Receive, *, parsed: bool) -> Receive:
        most = MOST_JSON if b"json" in headers.get(b"content-type", b"") else MOST_FORM
        most = most if parsed else sys.maxsize
        declared = headers.get(b"content-length", b"")
        total, waited, whole = 0, 0.0, False
        now = asyncio.get_running_loop().time

        async def bounded() -> Message:
            nonlocal total, waited, whole
            if whole:
                return await receive()
            if declared.isdigit() and int(declared) > most:
                raise HTTPException(413)
            began = now()
            try:
                message = await asyncio.wait_for(receive(), max(0.1, self._grace + total / SLOWEST - waited))
            except TimeoutError:
                raise HTTPException(408) from None
            waited += now() - began
            total += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            if total > most:
                raise HTTPException(413)
            return message

        return bounded


def _parsed(app: FastAPI) -> Callable[[Scope], bool]:
    """Whether the route of a request has its body parsed before it runs."""
    found = [each for each in iter_route_contexts(app.routes) if isinstance(each.original_route, APIRoute)]
    routes = [
        (frozenset(each.methods or ()), compile_path(each.path)[0])
        for each in found
        if each.path and getattr(each.original_route, "body_field", None) is not None
    ]

    def parsed(scope: Scope) -> bool:
        method, path = scope["method"], scope["path"]
        return method not in ("GET", "HEAD") and any(method in methods and at.match(path) for methods, at in routes)

    return parsed


def _uploads(request: Request) -> bool:
    """Whether a file may come with this request, which costs seconds of work."""
    multipart = request.headers.get("content-type", "").startswith("multipart/form-data")
    path = request.url.path
    if request.headers.get("authorization", "").startswith(f"Bearer {PREFIX}"):
        return False  # A program is bounded by what it may do; a wrong key gets no further than a look-up.
    return request.method == "POST" and (
        path.endswith(("/matches/byContent", "/give"))
        or path in ("/verify", "/v1/inspections")
        or (multipart and path.startswith(("/refusal", "/report", "/verify", "/v1")))
    )


def _too_often(request: Request, seconds: float, *, for_people: bool) -> Response:
    if for_people:
        return rendering.often(request, seconds)
    return errors.told(
        429,
        Text(zh="请求过于频繁", en="too many requests"),
        Text(zh=f"请在 {ceil(seconds)} 秒后再试。", en=f"Try again in {ceil(seconds)} seconds."),
        {"Retry-After": str(ceil(seconds))},
    )

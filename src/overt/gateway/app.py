"""The gateway as an application: which address is which route, and what holds for all of them.

```
POST  /v1/chat/completions      overt.gateway.chat
POST  /v1/responses             overt.gateway.responses
POST  /v1/images/…, /v1/audio/speech, and what adapters name      overt.gateway.files
*     /v1/videos…               overt.gateway.videos
GET   what [gateway] passed names                                 as it is
GET   /overt/health             whether it is up
GET   /overt/files/{name}       marked files behind links in answers
```

Everything else is refused: an address that the gateway does not know could be a generator that nobody gates. Where
`passed` has an entry `POST /v1/embeddings`, that goes through as it is, too; it never comes before a route.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from fnmatch import fnmatchcase
from functools import partial
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route as Address

from overt import __version__, api
from overt.errors import OvertError, SetupError
from overt.gateway import bodies, chat, files, flow, protocol, responses, route, videos
from overt.gateway.asks import Asked
from overt.gateway.front import AsItIsError, Front
from overt.gateway.house import Gates, House
from overt.gateway.protocol import GatewayError
from overt.gateway.upstream import Upstream, returned
from overt.gateway.workers import BusyError
from overt.language import Text
from overt.media.budget import MIB
from overt.rulebook import load

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from overt.settings import Setup
    from overt.store.gateway import GatewayKey

_log = logging.getLogger(__name__)

Handler = Callable[[Front, Asked], Coroutine[None, None, Response]]
_FILM: Final = r"/v1/videos/[\w.-]+"
_OWN: Final[tuple[tuple[str, str, Handler], ...]] = (
    ("POST", "/v1/chat/completions", chat.complete),
    ("POST", "/v1/responses", responses.respond),
    ("POST", "/v1/videos", videos.create),
    ("POST", f"{_FILM}/remix", videos.remix),
    ("GET", f"{_FILM}/content", videos.content),
    ("GET", _FILM, videos.passed),
    ("DELETE", _FILM, videos.passed),
)
_ODD: Final = re.compile(r"//|\\|%25|%2e|%2f|%5c|/\.{1,2}(?:[/;]|$)", re.IGNORECASE)
"""What some servers read as another address than it seems to be."""
_HEADERS: Final = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


def application(setup: Setup, gates: Gates = api.gate) -> ASGIApp:
    """The application. It opens the set-up when it starts, and closes it when it ends. Raises `SetupError`."""
    applies = setup.settings.gateway
    upstream = Upstream(setup)
    gateway = _Gateway(setup, House(setup, gates), upstream)

    @asynccontextmanager
    async def opened(_: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as kept:
            await kept.enter_async_context(upstream)
            await kept.enter_async_context(gateway.house)
            yield

    every = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    app = Starlette(
        lifespan=opened,
        routes=[
            Address("/overt/health", gateway.health),
            Address("/overt/files/{name}", gateway.file),
            Address("/{rest:path}", gateway.serve, methods=every),
        ],
    )
    return _Turns(app, applies.at_once)


class _Gateway:
    """What answers."""

    def __init__(self, setup: Setup, house: House, upstream: Upstream) -> None:
        applies = setup.settings.gateway
        self.house = house
        self._front = Front(house, upstream, applies)
        self._most = applies.most_asked * MIB
        self._passed = tuple(_entry(each) for each in applies.passed)
        adapters = [each for path in applies.adapters for each in route.load(setup.home / path, _techniques(setup))]
        self._routes = (*adapters, *route.shipped())

    async def health(self, _: Request) -> Response:
        """Says that it is up."""
        return JSONResponse({"status": "ok", "version": __version__})

    async def file(self, request: Request) -> Response:
        """A marked file behind a link in an answer."""
        found = self.house.links.find(request.path_params["name"])
        if found is None:
            return _unknown("GET", "/overt/files").response()
        return FileResponse(found[0], media_type=found[1], headers=_HEADERS)

    async def serve(self, request: Request) -> Response:
        """Everything else: who asks, for what, and the route of it."""
        started = time.monotonic()
        try:
            response = await self._answer(request)
        except AsItIsError as error:
            response = error.response
        except ClientDisconnect:
            response = Response(status_code=499)
        except OvertError as error:
            response = protocol.of_error(error).response()
        except Exception as error:  # noqa: BLE001  (every client gets an answer in its protocol)
            response = protocol.unexpected(error).response()
        response.headers.update(_HEADERS)
        told = (request.scope["request_id"], request.method, request.url.path, response.status_code)
        _log.info("%s %s %s: %d after %.3f s", *told, time.monotonic() - started)
        return response

    async def _answer(self, request: Request) -> Response:
        path = request.scope.get("raw_path", request.url.path.encode()).decode("ascii", "replace")
        key = await self._key(request)
        handler = self._handler(request.method, path)
        if handler is None:
            raise _unknown(request.method, path)
        body = await bodies.read(request, self._most)
        document = await bodies.document(request, body)
        base = f"{request.url.scheme}://{request.url.netloc}"
        query = request.scope["query_string"].decode("ascii", "replace")
        headers = {name.lower(): value for name, value in request.headers.items()}
        asked = Asked(key, request.method, path, query, headers, body, document, base)
        return await _unless_gone(request, handler(self._front, asked))

    async def _key(self, request: Request) -> GatewayKey:
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        secret = request.headers.get("overt-key") or (bearer.strip() if scheme.lower() == "bearer" else "")
        key = await self.house.key(secret) if secret else None
        if key is None:
            raise GatewayError(
                401,
                "invalid_api_key",
                Text(zh="缺少网关密钥，或密钥无效", en="there is no key to the gateway, or it does not hold"),
                hint=Text(
                    zh="由网关的运营者运行 overt gateway key add NAME；客户端将所得密钥作为 api_key。",
                    en="The gateway's operator runs `overt gateway key add NAME`; that key is the client's `api_key`.",
                ),
            )
        return key

    def _handler(self, method: str, path: str) -> Handler | None:
        if _ODD.search(path):
            return None
        for own, pattern, handler in _OWN:
            if method == own and re.fullmatch(pattern, path, re.ASCII):
                return handler
        for each in self._routes:
            if each.meets(method, path):
                return partial(_generate, each)
        if any(method == own and fnmatchcase(path, pattern) for own, pattern in self._passed):
            return _passed
        return None


async def _unless_gone(request: Request, work: Coroutine[None, None, Response]) -> Response:
    """The answer. Where the client goes away first, the generator is not kept busy for nobody."""
    answering, gone = asyncio.create_task(work), asyncio.create_task(flow.gone(request.receive))
    try:
        await asyncio.wait((answering, gone), return_when=asyncio.FIRST_COMPLETED)
        if not answering.done():
            raise ClientDisconnect
        return answering.result()
    finally:
        answering.cancel()
        gone.cancel()
        await asyncio.gather(answering, gone, return_exceptions=True)


async def _generate(chosen: route.Route, front: Front, asked: Asked) -> Response:
    return await files.generate(front, asked, chosen)


async def _passed(front: Front, asked: Asked) -> Response:
    async with front.sent(asked) as response:
        return Response(await front.upstream.read(response), response.status_code, returned(response))


def _entry(text: str) -> tuple[str, str]:
    """An entry of [gateway] passed: an address, or a method and an address."""
    method, _, path = text.rpartition(" ")
    if not path.startswith("/") or method not in ("", "GET", "POST"):
        raise SetupError(
            f"[gateway] passed: {text!r} is no address", f"[gateway] passed：{text!r} 不是地址",
            hint=Text(zh="如 /v1/models 或 POST /v1/embeddings。", en="Such as /v1/models, or POST /v1/embeddings."),
        )  # fmt: skip
    return method or "GET", path


def _techniques(setup: Setup) -> tuple[str, ...]:
    return tuple(load(setup.settings.rulebook).techniques)


def _unknown(method: str, path: str) -> GatewayError:
    return GatewayError(
        404,
        "unknown_url",
        Text(
            zh=f"网关不转发此地址：{method} {path[:200]}",
            en=f"the gateway does not pass this address on: {method} {path[:200]}",
        ),
        hint=Text(
            zh="会生成内容的地址须用适配文件描述；其他地址可由运营者列入 [gateway] passed。",
            en="An address that generates needs an adapter; others the operator can name in [gateway] passed.",
        ),
    )


class _Turns:
    """Counts requests until their answers were written, refuses those that are too many, and numbers all of them."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._most = most
        self._now = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        number = scope["request_id"] = f"req_{uuid4().hex}"

        async def numbered(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["x-request-id"] = number
            await send(message)

        if self._now >= self._most and not scope["path"].startswith("/overt/"):
            await protocol.of_error(BusyError()).response()(scope, receive, numbered)
            return
        self._now += 1
        try:
            await self._app(scope, receive, numbered)
        finally:
            self._now -= 1

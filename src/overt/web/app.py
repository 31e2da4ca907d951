"""The HTTP application of a set-up.

```
GET, POST  /matches/byBinding            soft binding → manifests          overt.web.softbinding
POST       /matches/byContent            file → manifests
GET        /manifests/{manifestId}       a manifest store
GET        /services/supportedAlgorithms
GET        /openapi.json                 what all this takes and gives
```

The same under `/v1`. Answers are for programs: JSON, or the bytes of a manifest store.

```
GET, POST  /consent/{token}…             a person is asked, answers, withdraws       overt.web.consent
GET, POST  /refusal…                     the register of people who refuse           overt.web.refusal
GET        /recalls…                     contents whose consent was withdrawn        overt.web.recalls
GET        /pages/style.css
```

Pages are for people: without scripts, in both languages, never shown inside another site, and never from its forms.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from math import ceil
from typing import TYPE_CHECKING, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from overt import __version__, api
from overt.errors import OvertError
from overt.language import Text
from overt.media.budget import MIB
from overt.web import consent, errors, recalls, refusal, rendering, softbinding
from overt.web.desk import DeskService
from overt.web.limits import Allowance, Buckets
from overt.web.service import BusyError, Service

if TYPE_CHECKING:
    from overt.settings import Setup

MOST_BYTES: Final = 256 * MIB
"""The largest file that is taken: about ten minutes of film."""
ASKING: Final = Allowance(at_once=60, a_minute=300)
"""Look-ups of one address."""
UPLOADING: Final = Allowance(at_once=6, a_minute=20)
"""Files of one address: each costs seconds of work."""

_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    # Manifests are public and nobody is logged in: tools that run in a browser may ask, too.
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
_PREFLIGHT: Final = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Content-Type",
    "Access-Control-Max-Age": "600",
}
_Next = Callable[[Request], Awaitable[Response]]
_log = logging.getLogger(__name__)


def application(
    setup: Setup, *, most_bytes: int = MOST_BYTES, asking: Allowance = ASKING, uploading: Allowance = UPLOADING
) -> FastAPI:
    """The application. It opens the set-up's records when it starts, and closes them when it ends."""

    @asynccontextmanager
    async def open_records(app: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(_catch_up, setup)
        async with Service(setup) as service, DeskService(setup) as desk:
            app.state.service, app.state.desk = service, desk
            yield

    app = FastAPI(
        title="Overt",
        version=__version__,
        summary="C2PA Soft Binding Resolution API 1.1",
        lifespan=open_records,
        docs_url=None,  # Their scripts would come from elsewhere.
        redoc_url=None,
    )
    app.state.most_bytes = most_bytes
    for kind, handler in (
        (RequestValidationError, errors.of_parameters),
        (BusyError, _busy),
        (OvertError, errors.of_ours),
        (HTTPException, errors.of_http),
    ):
        app.add_exception_handler(kind, handler)
    app.include_router(softbinding.router)
    app.include_router(softbinding.router, prefix="/v1", include_in_schema=False)
    app.include_router(recalls.router)
    app.include_router(consent.router)
    app.include_router(refusal.router)
    app.add_api_route("/pages/style.css", _style, include_in_schema=False)
    _guard(app, Buckets(asking), Buckets(uploading))
    return app


def _catch_up(setup: Setup) -> None:
    try:
        api.catch_up(setup)
    except OvertError as error:  # Whatever is wrong with the gate: people must be able to withdraw.
        _log.warning("answers in the people's queue wait: %s", error)


def _guard(app: FastAPI, asking: Buckets, uploading: Buckets) -> None:
    """Limits how often one address may ask, and puts the headers on every answer."""

    @app.middleware("http")
    async def limited(request: Request, answer: _Next) -> Response:
        for_people = rendering.is_page(request.url.path)
        if request.method == "OPTIONS" and not for_people:
            return Response(status_code=204, headers=_HEADERS | _PREFLIGHT)
        caller = request.client.host if request.client else ""
        bucket = uploading if _uploads(request) else asking
        seconds = bucket.wait(caller)
        try:
            if not seconds:
                response = await answer(request)
            else:
                response = rendering.often(request, seconds) if for_people else _too_often(seconds)
        except Exception as error:  # noqa: BLE001  (the answer to it carries the headers, too)
            response = await errors.of_nobody(request, error)
            if for_people:
                response = rendering.failure(request, error)
        response.headers.update(rendering.HEADERS if for_people else _HEADERS)
        return response


def _uploads(request: Request) -> bool:
    """Whether a file may come with this request, which costs seconds of work."""
    return request.method == "POST" and request.url.path.endswith(("/matches/byContent", "/give", "/refusal"))


async def _style() -> Response:
    return Response(rendering.style(), media_type="text/css")


def _too_often(seconds: float) -> Response:
    return errors.told(
        429,
        Text(zh="请求过于频繁", en="too many requests"),
        Text(zh=f"请在 {ceil(seconds)} 秒后再试。", en=f"Try again in {ceil(seconds)} seconds."),
        {"Retry-After": str(ceil(seconds))},
    )


async def _busy(_: Request, error: Exception) -> Response:
    assert isinstance(error, BusyError)  # noqa: S101  (registered for these alone)
    return errors.told(503, error.message, error.hint, {"Retry-After": "10"})

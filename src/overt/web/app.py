"""The HTTP application of a set-up: public pages, console, API.

```
web/public/    pages for everybody: verify, report, consent, refusal, rules      no account, no scripts needed
web/console/   pages for staff and inspectors, under /console                    a session
web/api/       /v1 for programs, the recall list, the C2PA resolution            a key, a session, or public
web/assets/    style, icons, scripts
```

Each module of these folders brings its `router`; around all of them is the frame (`overt.web.frame`). Pages are in one
language at a time and never shown inside another site; the API answers JSON, and problem details where something is
wrong (`overt.web.errors`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from overt import __version__, api
from overt.errors import OvertError
from overt.media.budget import MIB
from overt.web import errors, frame, navigation, rendering
from overt.web.api.service import Service
from overt.web.description import Described
from overt.web.entrance import Entrance
from overt.web.heads import Heads
from overt.web.house import Site
from overt.web.idempotency import Idempotency
from overt.web.limits import Allowance
from overt.web.public.desk import DeskService
from overt.web.shelf import Shelf
from overt.web.telling import telling
from overt.web.work import Work

if TYPE_CHECKING:
    from overt.settings import Setup

MOST_BYTES: Final = 256 * MIB
"""The largest file that is taken: about ten minutes of film."""
ASKING: Final = Allowance(at_once=60, a_minute=300)
"""Look-ups of one address."""
UPLOADING: Final = Allowance(at_once=6, a_minute=20)
"""Files of one address: each costs seconds of work."""

_log = logging.getLogger(__name__)


def application(
    setup: Setup, *, most_bytes: int = MOST_BYTES, asking: Allowance = ASKING, uploading: Allowance = UPLOADING
) -> FastAPI:
    """The application. It opens the set-up's records when it starts, and closes them when it ends."""

    @asynccontextmanager
    async def open_records(app: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(_catch_up, setup)
        with (
            closing(await asyncio.to_thread(api.records, setup)) as store,
            Shelf(setup.settings.web.uploads) as shelf,
            Work(setup, setup.settings.web.workers) as work,
            telling(setup, store),
        ):
            app.state.house = Site(setup, store, work, most_bytes, shelf)
            app.state.entrance = Entrance(setup)
            async with Service(setup) as service, DeskService(setup) as desk:
                app.state.service, app.state.desk = service, desk
                yield

    app = Described(
        title="Overt",
        version=__version__,
        summary="The API of an Overt set-up, with the C2PA Soft Binding Resolution API 1.1",
        lifespan=open_records,
        docs_url=None,  # Their scripts would come from elsewhere.
        redoc_url=None,
    )
    app.state.most_bytes = most_bytes
    for kind, handler in (
        (RequestValidationError, errors.of_parameters),
        (OvertError, errors.of_ours),
        (HTTPException, _nothing_there),
        (UnicodeEncodeError, _unstorable),
        (DataError, _unstorable),
    ):
        app.add_exception_handler(kind, handler)
    for folder in ("api", "public", "console"):
        for router in navigation.routers(folder):
            app.router.routes.extend(router.routes)  # Not `include_router`, which makes all of them anew: two seconds.
    app.mount("/assets", StaticFiles(packages=[("overt.web", "assets")]))
    app.add_middleware(Idempotency)
    app.add_middleware(Heads)
    frame.guard(app, setup, asking, uploading)
    return app


async def _nothing_there(request: Request, error: Exception) -> Response:
    """An address that no route knows: a page for people, a problem for programs."""
    if rendering.is_page(request.url.path):
        return rendering.failure(request, error)
    return await errors.of_http(request, error)


async def _unstorable(request: Request, error: Exception) -> Response:
    if rendering.is_page(request.url.path):
        return rendering.failure(request, HTTPException(400))
    return await errors.of_unstorable(request, error)


def _catch_up(setup: Setup) -> None:
    try:
        api.catch_up(setup)
    except OvertError as error:  # Whatever is wrong with the gate: people must be able to withdraw.
        _log.warning("answers in the people's queue wait: %s", error)

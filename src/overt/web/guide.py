"""The guide to a first set-up in the browser, served where there is no `overt.toml` yet; then the application itself.

```
/set-up/{token}              leads to the first step that is open
/set-up/{token}/provider     who provides the service, how people reach it, which law applies
/set-up/{token}/keys         a test certificate, or one's own
/set-up/{token}/generator    what is behind the gateway; `try` sends one real request; may be left for later
/set-up/{token}/gate         what the gate does; writes the set-up, and leads to the first administrator's page
```

The token is printed at the machine, once, and ends with the guide. Answers are kept in this process: whoever closes the
browser goes on where they were. Nothing is written before the last step, and nothing is ever overwritten. Then the same
process opens the application, on the same socket.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter, FastAPI, Request, Response
from starlette.datastructures import FormData, UploadFile
from starlette.responses import JSONResponse, RedirectResponse
from starlette.staticfiles import StaticFiles

from overt import api, settings
from overt.errors import OvertError, SetupError, UsageError
from overt.language import Text
from overt.marks.metadata.provider import looks_like_code, producer_name
from overt.publisher import publishing
from overt.rulebook import available, load
from overt.setup.generator import generator_at, tried
from overt.setup.initialise import Generator, initialise
from overt.setup.own_keys import MOST_BYTES, OwnKeys, own_keys
from overt.store.staff_links import StaffLinks
from overt.web import rendering
from overt.web.app import application
from overt.web.errors import StatusError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

STEPS: Final = ("provider", "keys", "generator", "gate")
_MOST: Final = 4 * MOST_BYTES  # Of a form: two PEM files and a few fields.


@dataclass(slots=True)
class Answers:
    """What was answered so far. `at` is how many steps are done."""

    producer: str = ""
    contact: str = ""
    rulebook: str = "cn"
    own: OwnKeys | None = None
    generator: Generator | None = None
    gate: bool = False
    at: int = 0

    def done(self, step: str) -> None:
        """A step is done; going back to one takes nothing away."""
        self.at = max(self.at, STEPS.index(step) + 1)


class Guided:
    """An ASGI application: the guide, and after its last step the set-up's own application."""

    def __init__(self, folder: Path, token: str, most_bytes: int) -> None:
        self.folder = folder
        self._most_bytes = most_bytes
        self._made = asyncio.Event()
        self._opened = asyncio.Event()
        self._trouble: Exception | None = None
        self._setup: settings.Setup | None = None
        self._inner: ASGIApp = _guide(self, token)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers, by whichever of the two it is now."""
        await (self._live(receive, send) if scope["type"] == "lifespan" else self._inner(scope, receive, send))

    async def make(self, answers: Answers) -> str:
        """Writes the set-up and opens its application. Returns where the first administrator comes in.

        Raises `OvertError`. Whoever presses twice makes it once.
        """
        if self._setup is None:
            await asyncio.to_thread(_written, self.folder, answers)
            self._setup = await asyncio.to_thread(settings.load, self.folder / settings.FILE_NAME)
            self._made.set()
        await self._opened.wait()
        if self._trouble:
            raise SetupError(
                f"the application did not start: {self._trouble}", f"应用未能启动：{self._trouble}"
            ) from self._trouble
        return await asyncio.to_thread(_first_link, self._setup)

    async def _live(self, receive: Receive, send: Send) -> None:
        """Opens and closes the application in one task, since what it holds belongs to the task that opened it."""
        await receive()
        await send({"type": "lifespan.startup.complete"})
        ended = asyncio.ensure_future(receive())
        made = asyncio.ensure_future(self._made.wait())
        await asyncio.wait({ended, made}, return_when=asyncio.FIRST_COMPLETED)
        made.cancel()
        async with AsyncExitStack() as stack:
            if self._setup is not None:
                try:
                    app = application(self._setup, most_bytes=self._most_bytes)
                    await stack.enter_async_context(app.router.lifespan_context(app))
                    stack.enter_context(publishing(self._setup))
                    self._inner = app
                except Exception as error:  # noqa: BLE001  (told on the page that waits for it)
                    self._trouble = error
                self._opened.set()
            await ended
        await send({"type": "lifespan.shutdown.complete"})


def _written(folder: Path, answers: Answers) -> None:
    initialise(
        folder,
        answers.producer,
        answers.rulebook,
        gate=answers.gate,
        contact=answers.contact,
        own=answers.own,
        generator=answers.generator,
    )


def _first_link(setup: settings.Setup) -> str:
    with closing(api.records(setup)) as store:
        return f"/welcome/{StaffLinks(store).first()}"


def _guide(guided: Guided, token: str) -> FastAPI:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.state.guided, app.state.answers, app.state.token = guided, Answers(), token
    app.middleware("http")(_guarded)
    app.include_router(router)
    app.mount("/assets", StaticFiles(packages=[("overt.web", "assets")]))
    return app


router = APIRouter(prefix="/set-up/{token}", include_in_schema=False)


@router.get("")
async def lead(request: Request, token: str) -> Response:
    """Leads to the first step that is open."""
    step = STEPS[min(_answers(request).at, len(STEPS) - 1)]
    return RedirectResponse(f"/set-up/{token}/{step}", 303)


@router.get("/check")
async def check(request: Request, producer: str = "") -> Response:
    """Whether a name or code would do, for our script: while it is typed."""
    try:
        said, good = _understood(producer_name(producer)), True
    except UsageError as error:
        said, good = error.message, False
    return JSONResponse({"good": good, "said": said.in_(rendering.language_of(request))})


@router.get("/{step}")
async def look(request: Request, token: str, step: str) -> Response:
    """One step."""
    if step not in STEPS:
        raise StatusError(404, "there is nothing here", "没有这个页面", hint=_LOOK)
    if STEPS.index(step) > _answers(request).at:
        return RedirectResponse(f"/set-up/{token}", 303)
    return _page(request, step)


@router.post("/{step}")
async def take(request: Request, token: str, step: str) -> Response:
    """Takes what was answered, and leads on."""
    base, answers = f"/set-up/{token}", _answers(request)
    if step not in STEPS or STEPS.index(step) > answers.at:
        return RedirectResponse(base, 303)
    async with request.form(max_files=2, max_fields=20, max_part_size=MOST_BYTES) as fields:
        sent = {each: await _text(fields, each) for each in fields}
    try:
        said = await asyncio.to_thread(_TAKES[step], answers, sent)
        if said is not None:
            return _page(request, step, said=said)
        answers.done(step)
        if step == STEPS[-1]:
            return RedirectResponse(await request.app.state.guided.make(answers), 303)
    except (UsageError, SetupError) as error:
        return _page(request, step, error=error, typed=sent)
    return RedirectResponse(f"{base}/{STEPS[STEPS.index(step) + 1]}", 303)


async def _guarded(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
    try:
        _allowed(request, request.app.state.token)
        response = await answer(request)
    except OvertError as error:
        response = rendering.failure(request, error)
    for name, value in rendering.HEADERS.items():
        response.headers.setdefault(name, value)
    rendering.keep_language(request, response)
    return response


def _answers(request: Request) -> Answers:
    found: Answers = request.app.state.answers
    return found


def _allowed(request: Request, token: str) -> None:
    """Only whoever has the link, from our own pages, with a small form. Raises `StatusError`."""
    path = request.url.path
    if path.startswith("/assets/"):
        return
    given = path.removeprefix("/set-up/").partition("/")[0]
    if not path.startswith("/set-up/") or not hmac.compare_digest(given.encode(), token.encode()):
        raise StatusError(404, "this service is being set up", "服务正在配置中", hint=_LOOK)
    if request.method == "POST":
        rendering.same_origin(request, "")
        length = request.headers.get("content-length", "")
        if not length.isdecimal() or int(length) > _MOST:
            raise StatusError(413, "this is too large", "内容过大", hint=_LOOK)


_LOOK: Final = Text(
    zh="请打开运行 overt serve 的终端里显示的链接。", en="Open the link that `overt serve` shows in its terminal."
)


async def _text(fields: FormData, name: str) -> str:
    value = fields.get(name)
    if isinstance(value, UploadFile):
        return (await value.read(MOST_BYTES)).decode("ascii", "replace")
    return (value or "").strip()


def _provider(answers: Answers, sent: dict[str, str]) -> Text | None:
    name = producer_name(sent.get("producer", ""))
    rulebook = sent.get("rulebook", "")
    load(rulebook)
    contact = sent.get("contact", "")[:200]
    if not contact.isprintable():
        raise UsageError("the contact is one line", "联系方式应为一行文字", hint=_ONE_LINE)
    answers.producer, answers.contact, answers.rulebook = name, contact, rulebook
    return None


def _keys(answers: Answers, sent: dict[str, str]) -> Text | None:
    own, sent_any = sent.get("keys") == "own", bool(sent.get("chain") or sent.get("key"))
    if own and answers.own and not sent_any:  # Those that are here already.
        return None
    answers.own = own_keys(sent.get("chain", "").encode(), sent.get("key", "").encode()) if own else None
    return None


def _generator(answers: Answers, sent: dict[str, str]) -> Text | None:
    if sent.get("act") == "later":
        answers.generator = None
        return None
    held = answers.generator.credential if answers.generator else ""
    answers.generator = generator_at(sent.get("upstream", ""), sent.get("credential", "") or held)
    return tried(answers.generator) if sent.get("act") == "try" else None


def _gate(answers: Answers, sent: dict[str, str]) -> Text | None:
    answers.gate = sent.get("gate") == "on"
    return None


_ONE_LINE: Final = Text(
    zh="请填写一个邮箱、电话或网址。", en="Give one e-mail address, telephone number or web address."
)
_TAKES: Final[dict[str, Callable[[Answers, dict[str, str]], Text | None]]] = {
    "provider": _provider,
    "keys": _keys,
    "generator": _generator,
    "gate": _gate,
}


def _understood(name: str) -> Text:
    if looks_like_code(name):
        return Text(zh="服务提供者编码，校验码相符。", en="A provider code; its check character fits.")
    return Text(zh="英文名称，可以使用；指南推荐 27 位编码。", en="A name; it will do. The guide recommends the code.")


def _page(
    request: Request,
    step: str,
    *,
    error: OvertError | None = None,
    said: Text | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    answers = _answers(request)
    held = {
        "producer": answers.producer,
        "contact": answers.contact,
        "rulebook": answers.rulebook,
        "upstream": answers.generator.upstream if answers.generator else "",
        "keys": "own" if answers.own else "test",
        "gate": "on" if answers.gate else "off",
    }
    shown = held | {name: value for name, value in (typed or {}).items() if name in held}
    return rendering.show(
        request,
        "guide/step",
        422 if error else 200,
        base=f"/set-up/{request.app.state.token}",
        step=step,
        steps=STEPS,
        number=STEPS.index(step) + 1,
        answers=answers,
        typed=shown,
        rulebooks=[(each, load(each).jurisdiction) for each in available()],
        error=error,
        said=said,
    )

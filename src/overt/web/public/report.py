"""Reporting a fake, without an account: the form, the receipt code, the page that tells how the report stands.

```
GET   /report                     the form
POST  /report                     takes it; leads to the report's page
GET   /report/status              where a receipt code is entered
POST  /report/status
GET   /report/{code}              state, history, what comes next
POST  /report/{code}/add          a line or a link more
POST  /report/{code}/withdraw     takes it back
```

The code is the only key: who has it sees how the report stands, and nobody sees again what was written. Asking for
codes, and reporting, has an allowance for each address.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from overt.duties.promises import promise
from overt.errors import MediaError, OvertError, UsageError
from overt.language import Text
from overt.rulebook.duty import UNITS
from overt.store.notices import Notices
from overt.store.report_rows import KINDS, LOOKED, OUTCOMES, STATES, Promise, Report, Said, read_code
from overt.web import prose, reporting, uploads
from overt.web.errors import BusyError, StatusError
from overt.web.forms import Fields
from overt.web.house import House, Site
from overt.web.limits import Allowance, Buckets
from overt.web.rendering import PageRoute, language_of, often, same_origin, show
from overt.web.words.report import MARKS, WORDS

router = APIRouter(prefix="/report", route_class=PageRoute, include_in_schema=False)

REPORTING: Final = Allowance(at_once=20, a_minute=10)
LOOKING: Final = Allowance(at_once=90, a_minute=60)
MOST_LINKS: Final = 20
_LONGEST_LINK: Final = 1000
_lock = threading.Lock()


class OftenError(StatusError):
    """One address asks too often."""

    def __init__(self, seconds: float) -> None:
        super().__init__(429, "too many requests", "请求过于频繁", hint=Text(zh="请稍后再试。", en="Try again later."))
        self.seconds = seconds


def allowed(request: Request, what: str, allowance: Allowance) -> None:
    """Takes one of this address's turns. Raises `StatusError`."""
    caller = request.client.host if request.client else ""
    with _lock:
        buckets: dict[str, Buckets] = request.app.state.__dict__.setdefault("report_buckets", {})
        seconds = buckets.setdefault(what, Buckets(allowance)).wait(caller)
    if seconds:
        raise OftenError(seconds)


def mine(request: Request, house: House, code: str) -> Report:
    """The report behind a receipt code. Raises `StatusError`."""
    allowed(request, "look", LOOKING)
    found = reporting.book(house).by_code(code)
    if found is None:
        raise StatusError(404, "there is no report with this code", "没有这个回执码对应的举报", hint=_CODE)
    return found


Mine = Annotated[Report, Depends(mine)]


@router.get("")
def ask(request: Request, house: House, kind: str = "") -> Response:
    """The form."""
    return _form(request, house, {"kind": kind} if kind in KINDS else {})


@router.post("")
async def take(request: Request, house: House) -> Response:
    """Takes a report."""
    same_origin(request, house.setup.settings.web.address)
    allowed(request, "file", REPORTING)
    async with uploads.received(request, most_field=64 * 1024) as upload:
        fields = {name: value.strip() for name, value in upload.fields.items()}
        try:
            _, code = await run_in_threadpool(_filed, request, house, fields, upload)
        except (UsageError, MediaError, BusyError) as error:
            return await run_in_threadpool(_form, request, house, fields, error)
    return RedirectResponse(f"/report/{code}?done=received", 303)


@router.get("/status")
def enter(request: Request) -> Response:
    """Where a receipt code is entered."""
    return show(request, "report/enter", error=None, typed="")


@router.post("/status")
def entered(request: Request, house: House, fields: Fields) -> Response:
    """To the report's page."""
    same_origin(request, house.setup.settings.web.address)
    typed = fields.get("code", 60)
    try:
        mine(request, house, typed)
    except OftenError as error:
        return often(request, error.seconds)
    except StatusError as error:
        return show(request, "report/enter", 422, error=error, typed=typed)
    return RedirectResponse(f"/report/{read_code(typed)}", 303)


@router.get("/{code}")
def status(request: Request, house: House, code: str, report: Mine, done: str = "") -> Response:
    """How a report stands."""
    return _page(request, house, code, report, done)


@router.post("/{code}/add")
def add(request: Request, house: House, code: str, report: Mine, fields: Fields) -> Response:
    """The reporter adds something."""
    same_origin(request, house.setup.settings.web.address)
    try:
        reporting.book(house).add(report.id, fields.get("text"))
    except UsageError as error:
        return _page(request, house, code, report, "", error)
    return RedirectResponse(f"/report/{code}?done=added", 303)


@router.post("/{code}/withdraw")
def withdraw(request: Request, house: House, code: str, report: Mine) -> Response:
    """The reporter takes it back."""
    same_origin(request, house.setup.settings.web.address)
    destroyed = reporting.book(house).withdraw(report.id)
    return RedirectResponse(f"/report/{code}?done={'withdrawn' if destroyed else 'held'}", 303)


def promised(made: Promise) -> Text:
    """By when there is an answer, and whose number it is, in a sentence."""
    if made.whose == "nobody":
        return WORDS["promise_none"]
    unit = UNITS[made.unit]  # type: ignore[index]
    zh = "立即" if made.unit == "immediately" else f"{made.value:g} {unit.zh}内"
    en = "at once" if made.unit == "immediately" else f"within {made.value:g} {unit.en}"
    if made.value == 1:
        en = en.removesuffix("s")
    clause = made.clause or Text(zh=made.duty, en=made.duty)
    if made.whose == "operator":
        return Text(
            zh=f"{zh}答复。这是本服务自己公布的时限。",
            en=f"You get an answer {en}. This is our own published time limit.",
        )
    mark = MARKS[made.mark]
    return Text(
        zh=f"{zh}处理。这是法定时限：{clause.zh}（{made.duty}，核实程度：{mark.zh}）。",
        en=f"It is acted upon {en}. This is the law's time limit: {clause.en} ({made.duty}, {mark.en}).",
    )


def _filed(request: Request, house: Site, fields: dict[str, str], upload: uploads.Received) -> tuple[Report, str]:
    kind = next((each for each in KINDS if each == fields.get("kind")), None)
    if kind is None:
        raise UsageError("say what it is", "请选择内容的类型", hint=WORDS["kind_hint"])
    lines = (line.strip()[:_LONGEST_LINK] for line in fields.get("links", "").splitlines())
    links = tuple(dict.fromkeys(line for line in lines if line))[:MOST_LINKS]
    how = fields.get("how", "")
    said = Said(links, fields.get("line", "")[:500], fields.get("contact", "")[:200], fields.get("have") == "yes")
    prints = fields.get("prints", "") if how == "device" else ""
    # Whoever chose that the file stays with them is taken at their word, whatever their browser sent.
    sent = None if how == "device" else upload
    filing = reporting.Filing(kind, said, prints, how == "keep", language_of(request))
    return reporting.file(house, filing, sent)


def _form(request: Request, house: Site, typed: dict[str, str], error: OvertError | None = None) -> Response:
    rulebook = house.rulebook
    limits: dict[Text, list[Text]] = {}
    for kind, title in KINDS.items():
        limits.setdefault(promised(promise(rulebook, kind)), []).append(title)
    texts = Notices(house.store)
    values: dict[str, Any] = {
        "kinds": KINDS,
        "typed": dict.fromkeys(_TYPED, "") | typed,
        "error": error,
        "limits": limits,
        "helps": _prose(request, texts, "help"),
        "process": texts.current("complaints"),
        "most": house.most_bytes // (1024 * 1024),
    }
    return show(request, "report/ask", 422 if error else 200, **values)


def _page(
    request: Request, house: Site, code: str, report: Report, done: str, error: OvertError | None = None
) -> Response:
    reports, texts = reporting.book(house), Notices(house.store)
    history = reports.history(report.id, words=True)
    values: dict[str, Any] = {
        "code": read_code(code),
        "report": report,
        "kind": KINDS[report.kind],
        "state": STATES[report.state],
        "outcome": OUTCOMES.get(report.outcome),
        "looked": LOOKED[reporting.looked(report)],
        "waits": reporting.looked(report) == "waiting",
        "promise": promised(report.promise),
        "over": bool(report.promise.due) and datetime.fromisoformat(report.promise.due) < datetime.now(UTC),
        "history": history,
        "question": next((each for each in reversed(history) if each.step == "ask"), None),
        "answer": next((each for each in reversed(history) if each.step == "answer"), None),
        "done": done if done in ("received", "added", "withdrawn", "held") else "",
        "error": error,
        "helps": _prose(request, texts, "help"),
        "process": texts.current("complaints"),
    }
    return show(request, "report/status", 422 if error else 200, **values)


def _prose(request: Request, texts: Notices, kind: str) -> tuple[prose.Block, ...]:
    found = texts.current(kind)
    return prose.blocks(found.text.in_(language_of(request))) if found else ()


_TYPED: Final = ("kind", "links", "have", "line", "contact")
_CODE: Final = Text(
    zh="回执码由 16 个字母组成，请核对后重新输入。",
    en="A receipt code has 16 letters. Check them, and enter it once more.",
)

"""The feature libraries: which are in force, how far they reach, a text tried, a new version put into force.

```
GET  /console/library                     in force, coverage by category and language, the rulebook's numbers
GET  /console/library/{name}              one library: its entries, its versions and what each changed
POST /console/library/try                 a text, reviewed as the gate would; leads to /trials/{task}
POST /console/library/upload              a new version; leads to /checks/{task}, the report
POST /console/library/uploads/{number}    puts it into force
```
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from overt.access.model import Principal
from overt.errors import OvertError, UsageError
from overt.gate.review import categories
from overt.gate.review.coverage import DUTY
from overt.gate.review.coverage import LANGUAGES as SPOKEN
from overt.gate.review.library import Entry as Feature
from overt.language import Text
from overt.rulebook.duty import UNITS
from overt.store import review_lists
from overt.web import attention, libraries, rendering, reviewing, uploads
from overt.web.access import Who, needs
from overt.web.attention import Attention
from overt.web.house import House, Site
from overt.web.navigation import Entry
from overt.web.rendering import PageRoute
from overt.web.words.library import ACTIONS, LANGUAGES, MARKS, OUTCOMES

ENTRY: Final = Entry(
    Text(zh="特征库", en="Feature libraries"),
    "/console/library",
    "contents",
    ("library:read",),
    order=60,
    icon="library",
)
router = APIRouter(prefix=ENTRY.at, route_class=PageRoute, include_in_schema=False)
_READ, _WRITE = needs("library:read"), needs("library:write")
SHOWN: Final = 100
"""Entries on one page."""
MOST_TEXT: Final = 16_000
_HEAT: Final = (0, 1, 5, 20)
_DAYS: Final = {"day": 1, "week": 7, "month": 30}


@router.get("", dependencies=[_READ])
def every(request: Request, house: House, done: str = "") -> Response:
    """What is in force."""
    return _every(request, house, done=done)


@router.post("/try", dependencies=[_READ])
def attempt(house: House, who: Who, text: Annotated[str, Form(max_length=MOST_TEXT)] = "") -> Response:
    """Reviews a text; nothing is recorded."""
    if not text.strip():
        return RedirectResponse(ENTRY.at, 303)
    task = libraries.begin_trial(house, who, text)
    task.finished.wait(2.0)
    return RedirectResponse(f"{ENTRY.at}/trials/{task.id}", 303)


@router.get("/trials/{number}", dependencies=[_READ])
def trial(request: Request, house: House, who: Who, number: str) -> Response:
    """What the engines say of a text."""
    task = house.work.find(number, libraries.TRY, owner=who.post)
    if task is None:
        return RedirectResponse(ENTRY.at, 303)
    if task.error is not None:
        raise task.error
    if task.state != "done":
        return rendering.show(request, "library/waiting", title="trying")
    hits = [hit for opinion in task.result.opinions for hit in opinion.hits]
    values = {
        "judged": task.result,
        "hits": [(each, categories.get(each.category).name) for each in hits],
        "parts": reviewing.stretches(house, task.result.material.text),
        "outcomes": OUTCOMES,
    }
    return rendering.show(request, "library/trial", **values)


@router.post("/upload", dependencies=[_WRITE])
async def upload(request: Request, house: House, who: Who) -> Response:
    """Takes a new version and begins to check it."""
    try:
        async with uploads.received(request, most=libraries.MOST_BYTES) as sent:
            data = sent.path.read_bytes() if sent.size else b""
            number = await run_in_threadpool(libraries.keep, house, sent.name, data)
    except UsageError as error:
        return await run_in_threadpool(_every, request, house, error)
    task = libraries.begin_check(house, who, number)
    await run_in_threadpool(task.finished.wait, 2.0)
    return RedirectResponse(f"{ENTRY.at}/checks/{task.id}", 303)


@router.get("/checks/{number}", dependencies=[_WRITE])
def check(request: Request, house: House, who: Who, number: str) -> Response:
    """What the check of an upload found."""
    task = house.work.find(number, libraries.CHECK, owner=who.post)
    if task is None:
        return RedirectResponse(ENTRY.at, 303)
    if isinstance(task.error, UsageError):
        return _every(request, house, task.error)
    if task.error is not None:
        raise task.error
    if task.state != "done":
        return rendering.show(request, "library/waiting", title="checking")
    return rendering.show(request, "library/report", report=task.result)


@router.post("/uploads/{number}", dependencies=[_WRITE])
def put(house: House, who: Who, number: str) -> Response:
    """Puts an upload into force."""
    found = libraries.put(house, who, number)
    return RedirectResponse(f"{ENTRY.at}/{found.name}?done=put", 303)


@router.get("/{name}", dependencies=[_READ])
def one(
    request: Request,
    house: House,
    name: str,
    q: Annotated[str, Query(max_length=100)] = "",
    bare: str = "",
    category: str = "",
    done: str = "",
) -> Response:
    """One library."""
    found = libraries.one(house, name)
    chosen = [each for each in found.entry if _fits(each, q, category, bare=bool(bare))]
    values: dict[str, Any] = {
        "library": found,
        "entries": [(each, categories.get(each.category).name) for each in chosen[:SHOWN]],
        "more": max(0, len(chosen) - SHOWN),
        "typed": {"q": q, "bare": bare, "category": category},
        "categories": {each: categories.get(each).name for each in sorted({one.category for one in found.entry})},
        "versions": review_lists.versions(house.store, name),
        "actions": ACTIONS,
        "done": done,
    }
    return rendering.show(request, "library/one", **values)


def _every(request: Request, house: Site, error: OvertError | None = None, done: str = "") -> Response:
    today = datetime.now(UTC).date()
    found = libraries.coverage(house)
    rows = {(each.category, each.language): each for each in found.rows}
    heat = [
        (
            each,
            categories.get(each).name,
            [(rows[each, language], _heat(rows[each, language].entries)) for language in SPOKEN],
        )
        for each in categories.all_categories()
    ]
    values: dict[str, Any] = {
        "libraries": libraries.in_force(house),
        "found": found,
        "heat": heat,
        "spoken": [LANGUAGES[each] for each in SPOKEN],
        "numbers": [
            (Text(**each["meaning"]), each, MARKS[each["mark"]], UNITS[each["unit"]]) for each in found.numbers
        ],
        "duty": DUTY,
        "age": lambda day: (today - day).days if day else None,
        "error": error,
        "done": done,
    }
    return rendering.show(request, "library/every", 422 if error else 200, **values)


def _heat(entries: int) -> int:
    return sum(entries > step for step in _HEAT)


def _fits(entry: Feature, typed: str, category: str, *, bare: bool) -> bool:
    if (bare and entry.hits) or (category and entry.category != category):
        return False
    told = (entry.id, entry.note, entry.source, *entry.words, *(term for group in entry.all for term in group))
    return not typed or any(typed.casefold() in each.casefold() for each in told)


def _attention(house: Site, _: Principal) -> list[attention.Item]:
    clock, updated = libraries.period(house), libraries.coverage(house).updated
    if clock is None or clock.value is None or updated is None or clock.unit not in _DAYS:
        return []
    due = updated + timedelta(days=clock.value * _DAYS[clock.unit])
    if due >= datetime.now(UTC).date():
        return []
    title = Text(zh="特征库应当更新", en="The feature libraries are due for an update")
    return [attention.Item(title, ENTRY.at, 1, updated.isoformat(), due.isoformat(), DUTY)]


ATTENTION: Final = Attention(Text(zh="特征库", en="Feature libraries"), ("library:write",), _attention)

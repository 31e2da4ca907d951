"""Decisions of the gate, and a form to ask it.

```
GET  /console/decisions                    the newest first, by outcome, purpose, account, time and id
GET  /console/decisions/{id}[.json]        one, with reasons, clauses, signature, content ids and proof
GET, POST /console/decisions/ask           a request, as `overt gate ask` and POST /v1/decisions take it
GET  /console/decisions/asking/{task}      until it is decided
POST /console/decisions/{id}/marked/{item}/{n}   mark a held output that people passed; GET fetches it
```
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Final, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, JSONResponse, RedirectResponse

from overt.errors import OvertError, UsageError
from overt.gate.decision import decision_json
from overt.gate.model import Likeness, Outcome
from overt.gate.request import Wanted, wrong
from overt.language import Text
from overt.store import decision_lists
from overt.store.decision_lists import Whole
from overt.web import gating, held, rendering, reviewing, uploads
from overt.web.access import Who, needs
from overt.web.api.model import cursor, place_of
from overt.web.errors import StatusError
from overt.web.house import House, Site
from overt.web.inspecting import Within
from overt.web.material import SANDBOXED
from overt.web.navigation import Entry
from overt.web.rendering import PageRoute
from overt.web.words.decisions import (
    CHANNELS,
    KINDS,
    LEVELS,
    LIKENESSES,
    OUTCOMES,
    PROOFS,
    SIGNATURES,
    STANDINGS,
    USES,
    WHO,
)
from overt.web.words.review import ROLES

ENTRY: Final = Entry(
    Text(zh="决定", en="Decisions"), "/console/decisions", "contents", ("decisions:read",), order=20, icon="decisions"
)
router = APIRouter(prefix=ENTRY.at, route_class=PageRoute, include_in_schema=False)
_READ, _ASK, _MARK = needs("decisions:read"), needs("decisions:ask"), needs("contents:mark")
MOST: Final = 50
_MOST_PROMPT: Final = 16_000
_ROWS: Final = 2  # Of persons in the form.
_Typed = Annotated[str, Query(max_length=64)]


@router.get("", dependencies=[_READ])
def every(  # noqa: PLR0913, PLR0917  (filters of a list)
    request: Request,
    house: House,
    within: Within,
    outcome: _Typed = "",
    purpose: _Typed = "",
    account: _Typed = "",
    id: _Typed = "",  # noqa: A002  (the field's name)
    since: _Typed = "",
    until: _Typed = "",
    after: str = "",
) -> Response:
    """Decisions, the newest first."""
    chosen: Any = outcome if outcome in get_args(Outcome) else ""
    typed = {"outcome": chosen, "purpose": purpose, "account": account.strip(), "id": id.strip()}
    wanted = decision_lists.Wanted(**typed, since=_day(since), before=_day(until, 1))
    rows = decision_lists.page(house.store, wanted, MOST, place_of(after, str, str), within)
    now = datetime.now(UTC)
    query = urlencode({name: value for name, value in {**typed, "since": since, "until": until}.items() if value})
    values: dict[str, Any] = {
        "rows": [(each, each.standing(now)) for each in rows[:MOST]],
        "typed": {**typed, "since": since, "until": until},
        "purposes": {each.id: each.name for each in gating.purposes(house).purposes.values()},
        "next_at": f"?{query}&after={cursor(rows[MOST - 1].place)}" if len(rows) > MOST else "",
        "first_at": f"?{query}" if after else "",
        **_NAMES,
    }
    return rendering.show(request, "decisions/every", **values)


@router.get("/ask", dependencies=[_ASK])
def form(request: Request, house: House) -> Response:
    """A request that is not written yet."""
    return _form(request, house, {"outputs": "1", "channel": "public", "function": "content.generate"})


@router.post("/ask", dependencies=[_ASK])
async def ask(request: Request, house: House, who: Who) -> Response:
    """Asks the gate; what was typed comes back with whatever is wrong."""
    async with uploads.form(request) as fields:
        typed = {name: uploads.field(fields, name, _MOST_PROMPT) for name in _FIELDS}
        techniques = uploads.several(fields, "techniques")
        try:
            wanted = _wanted(typed, techniques)
            task = gating.ask(house, who.post, wanted, await gating.taken(house, fields))
        except UsageError as error:
            return _form(request, house, {**typed, "techniques": techniques}, error)
    await run_in_threadpool(task.finished.wait, 2.0)
    return RedirectResponse(f"{ENTRY.at}/asking/{task.id}", 303)


@router.get("/asking/{number}", dependencies=[_ASK])
def asking(request: Request, house: House, who: Who, number: str) -> Response:
    """Until the gate has decided; then its decision."""
    task = house.work.find(number, gating.ASK, owner=who.post)
    if task is None:
        return RedirectResponse(ENTRY.at, 303)
    if task.error is not None:
        raise task.error
    if task.state == "done":
        return RedirectResponse(f"{ENTRY.at}/{task.result.id}", 303)
    return rendering.show(request, "decisions/asking", task=task, ahead=house.work.ahead(task))


@router.get("/{decision}.json", dependencies=[_READ])
def signed(house: House, decision: str) -> Response:
    """The signed decision as it travels."""
    found = gating.whole(house, decision)
    if found.decision is None:
        raise StatusError(404, "this decision can be read no more", "该决定已无法读取", hint=None)
    name = {"Content-Disposition": f'attachment; filename="decision-{found.row.id}.json"'}
    return JSONResponse(decision_json(found.decision), headers=name)


@router.get("/{decision}", dependencies=[_READ])
def one(request: Request, house: House, who: Who, decision: str) -> Response:
    """One decision, and what became of it."""
    found = gating.whole(house, decision)
    named = [duty for each in found.decision.reasons for duty in each.duties] if found.decision else []
    named += [duty for output in found.outputs for each in output.reasons for duty in each.duties]
    book, policy = house.rulebook, gating.purposes(house).purposes
    releases = _releases(house, found) if who.may("contents:mark") else []
    values: dict[str, Any] = {
        "found": found,
        "row": found.row,
        "decision": found.decision,
        "standing": found.row.standing(datetime.now(UTC)),
        "purpose": policy[found.row.purpose].name if found.row.purpose in policy else None,
        "techniques": book.techniques,
        "levels": LEVELS,
        "duties": {each.id: each for each in gating.clauses(house, named)},
        "instruments": book.instruments,
        "signature": gating.signature(house, found.decision) if found.decision else None,
        "step": gating.entry(house, found.row.ledger_index),
        "releases": releases,
        "marking": any(each["marking"] for each in releases),
        **_NAMES,
    }
    return rendering.show(request, "decisions/one", **values)


@router.post("/{decision}/marked/{item}/{material}", dependencies=[_READ, _MARK])
def mark(house: House, who: Who, decision: str, item: str, material: int) -> Response:
    """Begins to mark an output that people passed."""
    _belongs(house, decision, item)
    task = held.prepare(house, who, item, material)
    if task is not None:
        task.finished.wait(1.0)
        if task.error is not None:
            raise task.error
    return RedirectResponse(f"{ENTRY.at}/{decision}", 303)


@router.get("/{decision}/marked/{item}/{material}", dependencies=[_READ, _MARK])
def marked(house: House, decision: str, item: str, material: int) -> Response:
    """The marked file."""
    _belongs(house, decision, item)
    found = held.ready(house, item, material)
    if found is None:
        raise StatusError(404, "this file is not there any more", "该文件已不在", hint=None)
    return FileResponse(found.path, media_type=found.media_type, filename=found.path.name, headers=SANDBOXED)


_FIELDS: Final = (
    "account", "purpose", "prompt", "function", "model", "outputs", "channel", "recipient",
    *(f"{name}_{row}" for row in range(_ROWS) for name in ("likeness", "who", "consent")),
)  # fmt: skip
_NAMES: Final = {
    "outcomes": OUTCOMES,
    "kinds": KINDS,
    "standings": STANDINGS,
    "uses": USES,
    "signatures": SIGNATURES,
    "proofs": PROOFS,
    "roles": ROLES,
}


def _form(request: Request, house: Site, typed: dict[str, Any], error: OvertError | None = None) -> Response:
    blank: dict[str, Any] = dict.fromkeys(_FIELDS, "") | {"techniques": ()}
    values = {
        "typed": blank | typed,
        "error": error,
        "techniques": house.rulebook.techniques,
        "purposes": gating.purposes(house).purposes,
        "channels": CHANNELS,
        "likenesses": LIKENESSES,
        "whos": WHO,
        "rows": range(_ROWS),
        "most": gating.MOST_FILES,
    }
    return rendering.show(request, "decisions/ask", 422 if error else 200, **values)


def _wanted(typed: dict[str, str], techniques: tuple[str, ...]) -> Wanted:
    depicted = []
    for row in range(_ROWS):
        likeness, who = typed[f"likeness_{row}"], typed[f"who_{row}"]
        if likeness in get_args(Likeness):
            consent = typed[f"consent_{row}"].strip() if who == "consent" else None
            depicted.append(
                {
                    "likeness": likeness,
                    "consent": consent or None,
                    "official": who == "official",
                    "fictional": who == "fictional",
                }
            )
    told = {
        **{name: typed[name].strip() for name in ("account", "purpose", "function", "model", "recipient")},
        "prompt": typed["prompt"],
        "techniques": techniques,
        "depicted": depicted,
        "outputs": typed["outputs"].strip() or "1",
        "channel": typed["channel"],
        "unlabelled": bool(typed["recipient"].strip()),
    }
    try:
        return Wanted.model_validate(told)
    except ValidationError as error:
        raise wrong(error, "overt gate ask") from error


def _releases(house: Site, found: Whole) -> list[dict[str, Any]]:
    """Held outputs that people passed: what can be marked, is being marked, or can be fetched."""
    releases = []
    for number in found.items:
        item = reviewing.item(house, number)
        for material in held.outputs(item) if held.can(item) else []:
            ready = held.ready(house, number, material) is not None
            at = f"{ENTRY.at}/{found.row.id}/marked/{number}/{material}"
            marking = held.under_way(house, number, material)
            releases.append({"at": at, "ready": ready, "marking": marking, "sha256": item.materials[material].sha256})
    return releases


def _belongs(house: Site, decision: str, item: str) -> None:
    if item not in gating.whole(house, decision).items:
        raise StatusError(404, "this decision has no such item", "该决定没有此条目", hint=None)


def _day(typed: str, more: int = 0) -> str:
    """The begin of a day (UTC), or of one that is later; empty for what is none."""
    try:
        day = date.fromisoformat(typed) + timedelta(days=more)
    except (ValueError, OverflowError):
        return ""
    return day.isoformat()

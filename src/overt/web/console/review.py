"""The review queue: what waits, one item at a time, its answer, and what followed.

```
GET  /console/review                          what waits, or was settled; without materials
POST /console/review/next                     take the next item, or go on with the one that is taken
GET  /console/review/{item}                   its materials while it is yours, or once it is settled
POST /console/review/{item}/answer            pass, refuse, escalate
POST /console/review/{item}/renew, /back      15 minutes more (also after it lapsed, if nobody has it); put it back
POST /console/review/{item}/follow            make what should have followed
GET  /console/review/{item}/materials/{n}[/glimpse]   the file, never run by the browser; a small picture drawn anew
POST, GET /console/review/{item}/materials/{n}/marked  mark a held output that was passed; fetch the marked file
GET, POST /console/review/comfort             blur, grey, sizes, keys, rests
```
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Request, Response
from starlette.responses import FileResponse, RedirectResponse

from overt.access.model import Principal
from overt.errors import OvertError, UsageError
from overt.gate import policy
from overt.gate.model import Decision, Reason
from overt.gate.review import categories
from overt.gate.review.queue import Item, Seen
from overt.language import Text
from overt.report.glimpse import Glimpse
from overt.store import review_lists
from overt.store.review_lists import Place, Which
from overt.web import attention, comfort, held, rendering, reviewing
from overt.web.access import Who, needs
from overt.web.api.model import cursor, place_of
from overt.web.attention import Attention
from overt.web.comfort import Comfort
from overt.web.errors import StatusError
from overt.web.house import House, Site
from overt.web.material import SANDBOXED, streamed
from overt.web.navigation import Entry
from overt.web.rendering import PageRoute, language_of
from overt.web.words.review import ANSWERS, KINDS, MEDIA, ROLES, STATES

ENTRY: Final = Entry(
    Text(zh="审核队列", en="Review queue"), "/console/review", "work", ("reviews:read",), order=20, icon="review"
)
router = APIRouter(prefix=ENTRY.at, route_class=PageRoute, include_in_schema=False)
_READ, _ANSWER = needs("reviews:read"), needs("reviews:answer")
MOST: Final = 50
_Said = Annotated[str, Form(max_length=8000)]


@router.get("", dependencies=[_READ])
def every(
    request: Request, house: House, who: Who, show: Which = "waiting", after: str = "", done: str = ""
) -> Response:
    """What waits, or what was settled."""
    now = datetime.now(UTC)
    rows = review_lists.page(house.store, show, MOST, _place(after))
    more = len(rows) > MOST
    values: dict[str, Any] = {
        "show": show,
        "rows": [(each, _about(house, each.categories, each.purpose), each.standing(now)) for each in rows[:MOST]],
        "next_at": f"?show={show}&after={cursor(rows[MOST - 1].place)}" if more else "",
        "first_at": f"?show={show}" if after else "",
        "stand": review_lists.waiting(house.store, now),
        "mine": review_lists.held_by(house.store, who.post, now),
        "age": lambda since: _age(since, now),
        "done": done,
        **_NAMES,
    }
    return rendering.show(request, "review/queue", **values)


@router.post("/next", dependencies=[_ANSWER])
def take(house: House, who: Who) -> Response:
    """The next item, now this reviewer's."""
    found = reviewing.take(house, who)
    return RedirectResponse(f"{ENTRY.at}/{found.id}" if found else f"{ENTRY.at}?done=none", 303)


@router.get("/comfort", dependencies=[_READ])
def comforts(request: Request, done: str = "") -> Response:
    """How this reviewer wants to see things."""
    return rendering.show(request, "review/comfort", chosen=_comfort(request), rests=comfort.RESTS, done=done)


@router.post("/comfort", dependencies=[_READ])
def set_comfort(
    house: House,
    request: Request,
    blur: _Said = "",
    grey: _Said = "",
    size: _Said = "",
    keys: _Said = "",
    rest: _Said = "",
) -> Response:
    """Keeps the choices in this browser."""
    told = f"blur={blur[:8]}&grey={int(bool(grey))}&size={size[:8]}&keys={int(bool(keys))}&rest={rest[:4]}"
    answer = RedirectResponse(f"{ENTRY.at}/comfort?done=1", 303)
    _keep(house, request, answer, comfort.COOKIE, comfort.chosen(told).cookie)
    return answer


@router.get("/{number}", dependencies=[_READ])
def one(request: Request, house: House, who: Who, number: str, done: str = "") -> Response:
    """One item: to be answered, or as it was answered."""
    return _page(request, house, who, reviewing.item(house, number), done=done)


@router.post("/{number}/answer", dependencies=[_ANSWER])
def answer(
    request: Request,
    house: House,
    who: Who,
    number: str,
    verdict: _Said = "",
    words: _Said = "",
    duty: Annotated[list[str] | None, Form()] = None,
    other: _Said = "",
) -> Response:
    """Takes the answer; what was typed comes back with whatever is wrong."""
    duties = [*(duty or ()), *other.replace(",", " ").replace("，", " ").replace("、", " ").split()]
    typed = {"verdict": verdict, "words": words, "duties": duties}
    try:
        reviewing.answer(house, who, number, verdict, words, duties, language_of(request))
    except (UsageError, StatusError) as error:
        if isinstance(error, StatusError) and error.status != 409:
            raise
        return _page(request, house, who, reviewing.item(house, number), error=error, typed=typed)
    return RedirectResponse(f"{ENTRY.at}/{number}?done=answered", 303)


@router.post("/{number}/renew", dependencies=[_ANSWER])
def renew(request: Request, house: House, who: Who, number: str, verdict: _Said = "", words: _Said = "") -> Response:
    """15 minutes more; after a lapse, too, if nobody has it. What was typed stays."""
    kept = reviewing.queue(house).renew(number, who.post, datetime.now(UTC), again=True)
    found = reviewing.item(house, number)
    if kept and not words and not verdict:
        return RedirectResponse(f"{ENTRY.at}/{number}?done=renewed", 303)
    typed = {"verdict": verdict, "words": words, "duties": []}
    return _page(
        request, house, who, found, error=None if kept else reviewing.lost(), typed=typed, done="renewed" * bool(kept)
    )


@router.post("/{number}/back", dependencies=[_ANSWER])
def back(house: House, who: Who, number: str) -> Response:
    """Puts it back unanswered."""
    reviewing.queue(house).release(number, who.post)
    return RedirectResponse(f"{ENTRY.at}?done=back", 303)


@router.post("/{number}/follow", dependencies=[_ANSWER])
def follow(house: House, number: str) -> Response:
    """Makes what should have followed from a settled item."""
    task = reviewing.follow(house, reviewing.item(house, number).id)
    task.finished.wait(reviewing.PATIENCE)
    if task.error is not None:
        raise task.error
    return RedirectResponse(f"{ENTRY.at}/{number}?done=answered", 303)


@router.get("/{number}/materials/{material}", dependencies=[_READ])
def material(request: Request, house: House, who: Who, number: str, material: int) -> Response:
    """The file: sounds and films to be played, everything else to be saved."""
    return streamed(request, house, who, number, material)


@router.get("/{number}/materials/{material}/glimpse", dependencies=[_READ])
def glimpse(house: House, who: Who, number: str, material: int) -> Response:
    """A small picture, drawn anew in the guarded process."""
    seen, data = reviewing.file(house, who, number, material)
    found = reviewing.glimpse(house, seen, data)
    if not found.picture:
        raise StatusError(404, "there is no picture of it", "没有可显示的图片", hint=None)
    return Response(found.drawn, media_type=found.picture_type, headers=SANDBOXED)


@router.post("/{number}/materials/{material}/marked", dependencies=[_ANSWER])
def mark(house: House, who: Who, number: str, material: int) -> Response:
    """Begins to mark an output that was passed."""
    task = held.prepare(house, who, number, material)
    if task is not None:
        task.finished.wait(1.0)
        if task.error is not None:
            raise task.error
    return RedirectResponse(f"{ENTRY.at}/{number}", 303)


@router.get("/{number}/materials/{material}/marked", dependencies=[_ANSWER])
def marked(house: House, number: str, material: int) -> Response:
    """The marked file."""
    found = held.ready(house, number, material)
    if found is None:
        raise StatusError(404, "this file is not there any more", "该文件已不在", hint=None)
    return FileResponse(found.path, media_type=found.media_type, filename=found.path.name, headers=SANDBOXED)


@dataclass(slots=True)
class _Shown:
    """One material as the page shows it."""

    number: int
    seen: Seen
    remarks: list[Reason]
    engines: tuple[str, ...]
    stretches: list[reviewing.Stretch] = field(default_factory=list)
    glimpse: Glimpse | None = None
    why: Text | None = None
    marked: bool = False
    marking: bool = False


def _page(
    request: Request,
    house: Site,
    who: Principal,
    found: Item,
    *,
    error: OvertError | None = None,
    typed: dict[str, Any] | None = None,
    done: str = "",
) -> Response:
    now = datetime.now(UTC)
    decision = reviewing.decision_of(house, found)
    seen = _materials(house, who, found, decision) if found.open_to(who.post, now) else []
    reasons = [reason for each in seen for reason in each.remarks] or list(decision.reasons if decision else ())
    mine = found.held_by(who.post, now)
    stint = comfort.stint(request.cookies.get(comfort.WORKING, ""), time.time())
    chosen = _comfort(request)
    book = house.rulebook
    values: dict[str, Any] = {
        "item": found,
        "decision": decision,
        "seen": seen,
        "mine": mine,
        "lapsed": found.state == "claimed" and found.claimed_by == who.post and not mine,
        "answers": found.told_to(who.post),
        "blind": len(found.told_to(who.post)) < len(found.answers),
        "about": _about(house, found.categories, found.purpose),
        "techniques": [book.techniques[each] for each in decision.techniques if each in book.techniques]
        if decision
        else [],
        "duties": {each.id: each.text for each in book.duties},
        "offered": reviewing.suggested(house, reasons) if mine or error else [],
        "typed": typed or {"verdict": "", "words": "", "duties": []},
        "error": error,
        "done": done,
        "comfort": chosen,
        "resting": stint.minutes if chosen.rest and stint.minutes >= chosen.rest and mine else 0,
        "fresh": bool(found.settled)
        and (now - datetime.fromisoformat(found.settled)).total_seconds() < reviewing.PATIENCE * 3,
        "hours": held.HOURS,
        "can": held.can(found),
        **_NAMES,
    }
    status = 200 if error is None else error.status if isinstance(error, StatusError) else 422
    shown = rendering.show(request, "review/item", status, **values)
    if mine:
        _keep(house, request, shown, comfort.WORKING, stint.cookie)
    return shown


def _materials(house: Site, who: Principal, found: Item, decision: Decision | None) -> list[_Shown]:
    engines = {each.sha256: each.engines for each in decision.reviewed} if decision else {}
    shown = []
    for number, each in enumerate(found.materials):
        row = _Shown(number, each, reviewing.remarks(house, decision, found, each), engines.get(each.sha256, ()))
        if each.text:
            row.stretches = reviewing.stretches(house, each.text)
        if each.role == "output":
            row.marked = held.ready(house, found.id, number) is not None
            row.marking = held.under_way(house, found.id, number)
        if each.object and each.medium != "scene":
            try:
                row.glimpse = reviewing.glimpse(house, *reviewing.file(house, who, found.id, number))
                row.why = row.glimpse.why
            except OvertError as error:
                row.why = error.message
        shown.append(row)
    return shown


def _about(house: Site, named: tuple[str, ...], purpose: str) -> tuple[list[Text], Text | str]:
    """Categories and purpose in words."""
    path = house.setup.settings.gate.policy
    known = policy.load(house.setup.home / path if path else None).purposes
    return [categories.get(each).name for each in named], known[purpose].name if purpose in known else purpose


def _age(since: str, now: datetime) -> Text:
    minutes = max(0, int((now - datetime.fromisoformat(since)).total_seconds() // 60))
    if minutes < 60:
        return Text(zh=f"{minutes} 分钟", en=f"{minutes} min")
    hours = minutes // 60
    return (
        Text(zh=f"{hours} 小时", en=f"{hours} h")
        if hours < 48
        else Text(zh=f"{hours // 24} 天", en=f"{hours // 24} days")
    )


def _place(after: str) -> Place | None:
    return place_of(after, int, int, str, str)


def _comfort(request: Request) -> Comfort:
    return comfort.chosen(request.cookies.get(comfort.COOKIE, ""))


def _keep(house: Site, request: Request, answer: Response, name: str, value: str) -> None:
    answer.set_cookie(
        name, value, max_age=365 * 86400, path=ENTRY.at, samesite="strict", httponly=True, secure=house.secure(request)
    )


_NAMES: Final = {"media": MEDIA, "roles": ROLES, "states": STATES, "verdicts": ANSWERS, "kinds": KINDS}


def _attention(house: Site, who: Principal) -> list[attention.Item]:
    now = datetime.now(UTC)
    stand = review_lists.waiting(house.store, now)
    found = []
    if stand.free and (who.may("reviews:senior") or stand.free > stand.senior):
        detail = (
            Text(zh=f"其中 {stand.senior} 个待复核", en=f"{stand.senior} of them for a senior")
            if stand.senior
            else None
        )
        title = Text(zh="待人工审核的条目", en="Items for a person to review")
        found.append(attention.Item(title, ENTRY.at, stand.free, stand.oldest, detail=detail))
    for each in review_lists.held_by(house.store, who.post, now):
        title = Text(zh="您领取的条目尚未答复", en="An item that you have taken waits for your answer")
        found.append(attention.Item(title, f"{ENTRY.at}/{each.id}", 1, each.added, each.lease))
    if stand.unfollowed:
        title = Text(zh="答复尚未产生后续决定", en="Answers that led to nothing yet")
        at = f"{ENTRY.at}?show=settled"
        found.append(attention.Item(title, at, stand.unfollowed, stand.unfollowed_since, failed=True))
    return found


ATTENTION: Final = Attention(Text(zh="审核", en="Review"), ("reviews:read",), _attention)

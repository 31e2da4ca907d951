"""Reports of the public, for staff: what waits, by age; one page for each; every act an event.

```
GET   /console/reports                        the list: open, answered, closed, all; by kind
GET   /console/reports/{id}                   what was said, what our records know, what happened
POST  /console/reports/{id}/take, /ask, /confirm, /answer, /close
GET   /console/reports/{id}/picture/{n}       a small picture of what was sent; that it was seen is recorded
```
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from overt.access.model import Principal
from overt.errors import UsageError
from overt.language import Text
from overt.store.public_reports import PublicReports
from overt.store.report_rows import GRAVE, KINDS, LOOKED, OPEN, OUTCOMES, STATES, Report, State
from overt.tracing.model import POINTERS
from overt.web import prose, reporting
from overt.web.access import Who, needs
from overt.web.api.model import cursor, place_of
from overt.web.attention import Attention, Item
from overt.web.covering import Cover, Covering
from overt.web.errors import StatusError
from overt.web.forms import Fields, Form
from overt.web.house import House, Site
from overt.web.inspecting import Within
from overt.web.navigation import Entry
from overt.web.public.report import promised
from overt.web.rendering import PageRoute, show

_TITLE: Final = Text(zh="公众举报", en="Reports")
ENTRY: Final = Entry(_TITLE, "/console/reports", "work", ("reports:read",), 30, "reports")
router = APIRouter(prefix="/console/reports", route_class=PageRoute, include_in_schema=False)
MOST: Final = 40
GROUPS: Final[dict[str, tuple[State, ...]]] = {
    "open": OPEN,
    "answered": ("answered",),
    "closed": ("closed", "withdrawn"),
    "all": (),
}
_READ: Final = [needs("reports:read")]
_HANDLE: Final = [needs("reports:handle")]


@router.get("", dependencies=_READ)
def every(
    request: Request, house: House, within: Within, group: str = "open", kind: str = "", after: str = ""
) -> Response:
    """The list."""
    group = group if group in GROUPS else "open"
    chosen = next((each for each in KINDS if each == kind), None)
    place = place_of(after, str, str)
    rows = reporting.book(house).every(states=GROUPS[group], kind=chosen, after=place, most=MOST + 1, scope=within)
    last = rows[MOST - 1] if len(rows) > MOST else None
    values: dict[str, Any] = {
        "rows": [(each, promised(each.promise), LOOKED[reporting.looked(each)]) for each in rows[:MOST]],
        "group": group,
        "kind": chosen or "",
        "kinds": KINDS,
        "states": STATES,
        "next": cursor((last.received, last.id)) if last else "",
        "after": after,
    }
    return show(request, "reports/every", **values)


@router.get("/{report_id}", dependencies=_READ)
def one(request: Request, house: House, who: Who, cover: Cover, report_id: str, done: str = "") -> Response:
    """One report."""
    return _page(request, house, who, cover, report_id, done=done)


@router.post("/{report_id}/{act}", dependencies=_HANDLE)
def act(request: Request, house: House, who: Who, cover: Cover, report_id: str, act: str, fields: Fields) -> Response:
    """What somebody does with it."""
    reports = reporting.book(house)
    do = _ACTS.get(act)
    if do is None:
        raise StatusError(404, "there is nothing at this address", "没有这个地址")
    _known(reports, report_id)
    if act == "confirm" and not who.may("contents:remember"):
        raise StatusError(403, "your account may not do this", "您的账号无权执行此操作")
    try:
        do(reports, report_id, fields, who.post)
    except UsageError as error:
        typed = {name: fields.get(name) for name in _TYPED}
        return _page(request, house, who, cover, report_id, error=error, typed=typed)
    return RedirectResponse(f"/console/reports/{report_id}?done={act}", 303)


@router.get("/{report_id}/picture/{number}", dependencies=_HANDLE)
def picture(house: House, who: Who, cover: Cover, report_id: str, number: int) -> Response:
    """A small picture of what was sent."""
    reports = reporting.book(house)
    report = _known(reports, report_id)
    if not cover.may_see(report.person, needed=who.may("reports:handle")):
        raise StatusError(403, "this is covered", "该内容已遮盖")
    views = reports.views(report_id, who.post)
    if not 0 <= number < len(views):
        raise StatusError(404, "there is no such picture", "没有这张图片")
    return Response(views[number], media_type="image/webp")


_ACTS: Final[dict[str, Callable[[PublicReports, str, Form, str], object]]] = {
    "take": lambda reports, number, _, by: reports.take(number, by),
    "ask": lambda reports, number, fields, by: reports.ask(number, fields.get("question"), by),
    "confirm": lambda reports, number, _, by: reports.confirm(number, by),
    "answer": lambda reports, number, fields, by: reports.answer(
        number,
        next((each for each in OUTCOMES if each == fields.get("outcome")), ""),
        fields.get("reason"),
        fields.get("clauses").replace("，", ",").replace("、", ",").split(","),
        by,
    ),
    "close": lambda reports, number, fields, by: reports.close(number, fields.get("why"), by),
}
_TYPED: Final = ("question", "outcome", "reason", "clauses", "why")


def _page(
    request: Request,
    house: Site,
    who: Principal,
    cover: Covering,
    report_id: str,
    *,
    done: str = "",
    error: UsageError | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    reports = reporting.book(house)
    report = _known(reports, report_id)
    sees = cover.may_see(report.person, needed=who.may("reports:handle"))
    said = reports.said(report_id) if sees else None
    values: dict[str, Any] = {
        "report": report,
        "kind": KINDS[report.kind],
        "grave": report.kind in GRAVE,
        "state": STATES[report.state],
        "outcome": OUTCOMES.get(report.outcome),
        "looked": LOOKED[reporting.looked(report)],
        "waits": reporting.looked(report) == "waiting",
        "promise": promised(report.promise),
        "sees": sees,
        "uncover_at": "" if sees else cover.at(report.person, "statement"),
        "said": said,
        "links": [prose.spans(each) for each in said.links] if said else [],
        "history": reports.history(report_id, words=sees),
        "pointers": POINTERS,
        "outcomes": OUTCOMES,
        "suggested": [(duty.id, duty.text) for duty in house.rulebook.duties if duty.id in _SUGGESTED],
        "handles": who.may("reports:handle"),
        "remembers": who.may("contents:remember"),
        "reads_contents": who.may("contents:read"),
        "done": done if done in _ACTS else "",
        "error": error,
        "typed": dict.fromkeys(_TYPED, "") | (typed or {}),
    }
    return show(request, "reports/one", 422 if error else 200, **values)


_SUGGESTED: Final = ("DS-12", "AR-22", "GA-15", "DS-10b", "DS-14b", "PI-47", "XM-US1", "XM-UK3", "XM-IN3")
"""Duties on which answers often rest, for the field's suggestions."""


def _known(reports: PublicReports, report_id: str) -> Report:
    try:
        return reports.get(report_id)
    except UsageError as error:
        raise StatusError(404, "there is no such report", "没有这份举报") from error


def _attention(house: Site, _: Principal) -> list[Item]:
    count, since, due = PublicReports(house.store).waiting()
    if not count:
        return []
    title = Text(zh="待处理的公众举报", en="Reports of the public that wait")
    return [Item(title, "/console/reports", count, since=since, due=due)]


ATTENTION: Final = Attention(_TITLE, ("reports:handle",), _attention)

"""People's answers to the law: facts determined on one page, statements made and withdrawn. Part of `/console/duties`.

```
GET, POST  /facts                          the whole questionnaire; some at once, or all
GET        /statements                     all statements, those that end first
GET, POST  /statements/new                 a statement on one duty or several
GET, POST  /statements/{id}/withdraw
```
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from overt.duties import answering
from overt.duties.board import boards
from overt.duties.factfile import Answer
from overt.duties.view import View
from overt.errors import UsageError
from overt.store.statements import Stated, Statements
from overt.web import rendering
from overt.web.access import Who, needs
from overt.web.errors import StatusError
from overt.web.forms import Fields, Form
from overt.web.house import House
from overt.web.rendering import PageRoute

if TYPE_CHECKING:
    from overt.web.house import Site

A_YEAR: Final = timedelta(days=365)

routes = APIRouter(route_class=PageRoute, include_in_schema=False)


@routes.get("/facts", dependencies=[needs("duties:read")])
def facts(request: Request, house: House, who: Who, done: int = 0) -> Response:
    """The facts of the rulebook, with the duties that each switches."""
    return _facts(request, house, who.may("duties:state"), done=done)


@routes.post("/facts", dependencies=[needs("duties:state")])
def determine(request: Request, house: House, who: Who, fields: Fields) -> Response:
    """Determines what was chosen."""
    view = View.on(house.setup, house.store)
    chosen = [name for name in view.rulebook.facts if fields.get(f"value-{name}") in ("yes", "no")]
    wrong = {name for name in chosen if not fields.get(f"reason-{name}")}
    review_by = _day(fields.get("review_by"))
    missing = {
        "post": not fields.get("owner"),
        "date": review_by is None,
        "nothing": not chosen,
    }
    if wrong or review_by is None or any(missing.values()):
        return _facts(request, house, True, typed=fields, wrong=wrong, missing=missing, status=422)
    answers = [
        Answer(
            name, fields.get(f"value-{name}") == "yes", fields.get(f"reason-{name}"), fields.get("owner"), review_by, ""
        )
        for name in chosen
    ]
    try:
        answering.determine(view, answers, by=who.post)
    except UsageError as error:
        return _facts(request, house, True, typed=fields, error=error, status=422)
    boards(house.store).forget()
    return RedirectResponse(f"/console/duties/facts?done={len(answers)}", 303)


@routes.get("/statements", dependencies=[needs("duties:read")])
def statements(request: Request, house: House, who: Who, done: str = "", entry: int = 0) -> Response:
    """All statements."""
    view = View.on(house.setup, house.store)
    return rendering.show(
        request,
        "duties/statements",
        statements=[(each, _standing(each, view)) for each in view.statements],
        ending=[(each, _names(each.said)) for each in answering.ending(view)],
        waiting=len(answering.open_duties(view)),
        may_state=who.may("duties:state"),
        done=done,
        entry=entry,
    )


@routes.get("/statements/new", dependencies=[needs("duties:state")])
def new(request: Request, house: House, duty: str = "", of: str = "") -> Response:
    """The form; `of` fills it from a statement that is made anew."""
    view = View.on(house.setup, house.store)
    earlier = next((each.statement for each in view.statements if each.statement.id == of), None)
    typed = Form(
        {
            "duty": list(earlier.duties) if earlier else [duty],
            "text": [earlier.text if earlier else ""],
            "owner": [earlier.owner if earlier else ""],
            "topic": [earlier.topic if earlier else ""],
        }
    )
    return _new(request, view, typed)


@routes.post("/statements/new", dependencies=[needs("duties:state")])
def state(request: Request, house: House, who: Who, fields: Fields) -> Response:
    """Signs and keeps a statement."""
    view = View.on(house.setup, house.store)
    until = _day(fields.get("until"))
    if until is None:
        return _new(request, view, fields, date_wrong=True)
    try:
        made = answering.state(
            view,
            [each for each in fields.all("duty") if each],
            fields.get("text"),
            fields.get("owner"),
            until,
            topic=fields.get("topic"),
            document=fields.get("document"),
            by=who.post,
        )
    except UsageError as error:
        return _new(request, view, fields, error=error)
    boards(house.store).forget()
    return RedirectResponse(f"/console/duties/statements?done=stated&entry={made.entry}", 303)


@routes.get("/statements/{number}/withdraw", dependencies=[needs("duties:state")])
def ask_withdraw(request: Request, house: House, number: str) -> Response:
    """Asks for the reason."""
    return _withdraw(request, house, number)


@routes.post("/statements/{number}/withdraw", dependencies=[needs("duties:state")])
def withdraw(request: Request, house: House, who: Who, number: str, fields: Fields) -> Response:
    """Takes a statement back."""
    try:
        Statements(house.store).withdraw(number, fields.get("reason"), fields.get("owner"), by=who.post)
    except UsageError as error:
        return _withdraw(request, house, number, error=error, typed=fields)
    boards(house.store).forget()
    return RedirectResponse("/console/duties/statements?done=withdrawn", 303)


def _facts(request: Request, house: Site, may_state: bool, *, status: int = 200, **more: Any) -> Response:
    view = View.on(house.setup, house.store)
    touched = answering.touched(view)
    rows = [
        (name, title, view.determined.get(name), view.fact(name), touched[name])
        for name, title in view.rulebook.facts.items()
    ]
    # What switches most stands first: whoever stops half-way has said the most.
    rows.sort(key=lambda row: (row[2] is not None, -len(row[4])))
    shell: dict[str, Any] = {
        "typed": Form({}),
        "wrong": set(),
        "missing": dict.fromkeys(("post", "date", "nothing"), False),
        "error": None,
        "done": 0,
    }
    return rendering.show(
        request,
        "duties/facts",
        status,
        **(shell | more),
        rows=rows,
        book=view.rulebook,
        may_state=may_state,
        today=view.today.isoformat(),
        next_year=(view.today + A_YEAR).isoformat(),
    )


def _new(
    request: Request, view: View, typed: Form, *, error: UsageError | None = None, date_wrong: bool = False
) -> Response:
    waiting = answering.open_duties(view)
    chosen = [each for each in typed.all("duty") if each]
    known = {each.id: each for each in view.rulebook.duties}
    others = [known[each] for each in chosen if each in known and known[each] not in waiting]
    sections = [(name, list(rows)) for name, rows in groupby(waiting, key=lambda each: each.instrument)]
    return rendering.show(
        request,
        "duties/state",
        422 if error or date_wrong else 200,
        book=view.rulebook,
        sections=sections,
        others=others,
        chosen=set(chosen),
        typed=typed,
        error=error,
        date_wrong=date_wrong,
        today=view.today.isoformat(),
        next_year=(view.today + A_YEAR).isoformat(),
    )


def _withdraw(
    request: Request, house: Site, number: str, *, error: UsageError | None = None, typed: Form | None = None
) -> Response:
    held = next((each for each in Statements(house.store).stated() if each.statement.id == number), None)
    if held is None:
        raise StatusError(404, "there is no such statement", "没有这项声明")
    status = 422 if error else 200
    return rendering.show(request, "duties/withdraw", status, held=held, error=error, typed=typed or Form({}))


def _standing(each: Stated, view: View) -> tuple[str, str]:
    """How a statement stands: the look of its badge, and the name of its word."""
    if not each.sound:
        return "bad", "unsound"
    if each.withdrawn:
        return "na", "was_withdrawn"
    if each.statement.expires < view.today.isoformat():
        return "bad", "has_ended"
    if each.statement.expires <= (view.today + answering.SOON).isoformat():
        return "warn", "ends_soon"
    return "good", "counts_now"


def _names(said: Any) -> tuple[str, str, str]:
    """What an answer is about, where it is made anew, and who answers for it."""
    if isinstance(said, Stated):
        return (
            ", ".join(said.statement.duties),
            f"/console/duties/statements/new?of={said.statement.id}",
            said.statement.owner,
        )
    fact = said.determination.fact
    return fact, f"/console/duties/facts#fact-{fact}", said.determination.owner


def _day(text: str) -> date | None:
    """A day from today on; None for anything else."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day >= datetime.now(UTC).date() else None

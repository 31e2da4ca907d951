"""Where each duty stands: the register, one duty, and the proof of each piece of its evidence.

```
GET   /console/duties                        all duties, by instrument or by state, filtered
POST  /console/duties/again                  looks at everything anew
GET   /console/duties/{duty}                 step 1: the clause, what was found, the evidence
GET   /console/duties/{duty}/proof/{key}     step 2: the proof, checked on the spot
```

Facts and statements are in `answers.py`, papers in `duty_papers.py`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from starlette.responses import RedirectResponse

from overt.duties import answering, words
from overt.duties.board import boards
from overt.duties.choice import By, Choice, grouped, within
from overt.duties.drawing import bar
from overt.duties.model import STATES, Standing, State
from overt.duties.proofs import pieces, proof
from overt.duties.told import counts
from overt.duties.view import View
from overt.errors import UsageError
from overt.language import Text
from overt.rulebook import ACTORS, available, load
from overt.web import rendering
from overt.web.access import Who, needs
from overt.web.attention import Attention, Item, NotYetError
from overt.web.board import seen
from overt.web.console import answers, duty_papers
from overt.web.errors import StatusError
from overt.web.forms import Fields
from overt.web.house import House
from overt.web.inspecting import Within
from overt.web.navigation import Entry
from overt.web.rendering import PageRoute

if TYPE_CHECKING:
    from overt.access.model import Principal
    from overt.rulebook import Rulebook
    from overt.web.house import Site

ENTRY = Entry(Text(zh="义务", en="Duties"), "/console/duties", "law", ("duties:read",), 10, "duties")
LOOKS: Final[dict[State, str]] = {"met": "good", "gap": "bad", "no_evidence": "unreadable", "not_applicable": "na"}
"""Which colours and icon a state takes; the word always stands beside them."""
_FILTERS: Final = ("state", "instrument", "actor", "fact", "mark", "words")

Chosen = Annotated[Choice, Depends(Choice)]

router = APIRouter(prefix="/console/duties", route_class=PageRoute, include_in_schema=False)
router.include_router(answers.routes)
router.include_router(duty_papers.routes)


@router.get("", dependencies=[needs("duties:read")])
def every(
    request: Request,
    house: House,
    who: Who,
    scope: Within,
    choice: Chosen,
    rulebook: str = "",
    by: By = "instrument",
) -> Response:
    """The register."""
    board, holds = seen(house, rulebook)
    if board is None:
        return rendering.show(request, "duties/looking")
    seen_by = within(board.standings, scope.instruments)
    shown = choice.of(seen_by)
    view = board.view
    language = rendering.language_of(request)
    told = counts(seen_by)
    return rendering.show(
        request,
        "duties/every",
        **_said(board.view.rulebook),
        board=board,
        holds=holds,
        choice=choice,
        by=by,
        shown=shown,
        sections=[(name, rows, counts(rows)) for name, rows in grouped(shown, by)],
        counts=told,
        bar=bar(told, language),
        rulebooks=[(name, load(name).jurisdiction) for name in available()],
        facts=_facts_used(view.rulebook),
        owners={each.duty.id: _owner(each, view) for each in shown},
        waiting=sum(view.fact(name) is None for name in view.rulebook.facts),
        at=_link(rulebook, by, choice),
        without=lambda **changed: "/console/duties" + _link(rulebook, by, choice, **changed),
        total=len(seen_by),
        overridden=view.rulebook.overridden,
        may_state=who.may("duties:state"),
    )


@router.post("/again", dependencies=[needs("duties:read")])
def again(house: House, fields: Fields) -> Response:
    """Forgets what was seen, and looks anew."""
    boards(house.store).forget()
    rulebook = fields.get("rulebook", 32)
    return RedirectResponse("/console/duties" + (f"?{urlencode({'rulebook': rulebook})}" if rulebook else ""), 303)


@router.get("/{duty}", dependencies=[needs("duties:read")])
def one(request: Request, house: House, who: Who, duty: str, rulebook: str = "") -> Response:
    """One duty."""
    found, view = _standing(house, duty, rulebook)
    if found is None or view is None:
        return rendering.show(request, "duties/looking")
    said = found.duty
    return rendering.show(
        request,
        "duties/one",
        **_said(view.rulebook),
        each=found,
        duty=said,
        findings=_findings(found),
        beside=[piece for piece in pieces(found) if piece.control is None],
        facts=[(name, view.rulebook.facts[name], view.fact(name)) for name in said.when],
        numbers=words.in_words(said),
        overridden=[each for each in view.rulebook.overridden if each.duty == said.id],
        back=_back(request),
        statable=answering.may_be_stated(said) and who.may("duties:state") and rulebook in ("", _own(house)),
        may_state=who.may("duties:state"),
        rulebook=rulebook,
    )


@router.get("/{duty}/proof/{key}", dependencies=[needs("duties:read")])
def evidence(request: Request, house: House, duty: str, key: str, rulebook: str = "") -> Response:
    """The proof of one piece of evidence."""
    found, view = _standing(house, duty, rulebook)
    if found is None or view is None:
        return rendering.show(request, "duties/looking")
    shown = proof(found, key, fresh := View.on(house.setup, house.store, rulebook))
    if shown is None:
        raise StatusError(404, "there is no such evidence", "没有这项证据", hint=_LOOK)
    return rendering.show(
        request,
        "duties/proof",
        **_said(fresh.rulebook),
        each=found,
        proof=shown,
        event=json.dumps(shown.entry.event, ensure_ascii=False, indent=2) if shown.entry and shown.entry.event else "",
        at=fresh.now,
        back=_back(request),
    )


def needs_attention(house: Site, who: Principal) -> list[Item]:
    """Gaps, answers that end, facts that nobody determined."""
    board, _ = seen(house)
    if board is None:
        raise NotYetError
    told, view, items = counts(board.standings), board.view, []
    if told["gap"]:
        items.append(Item(Text(zh="有缺口的义务", en="Duties with a gap"), "/console/duties?state=gap", told["gap"]))
    if not who.may("duties:state"):
        return items
    for each in answering.ending(view)[:1]:
        number = len(answering.ending(view))
        title = Text(zh="到期或即将到期的声明和认定", en="Statements and determinations that end or have ended")
        items.append(Item(title, "/console/duties/statements", number, due=each.ends))
    if waiting := sum(view.fact(name) is None for name in view.rulebook.facts):
        title = Text(zh="尚未认定的事实", en="Facts that nobody has determined")
        items.append(Item(title, "/console/duties/facts", waiting))
    return items


ATTENTION = Attention(Text(zh="义务", en="Duties"), ("duties:read",), needs_attention)


def _standing(house: Site, duty: str, rulebook: str) -> tuple[Standing | None, View | None]:
    board, _ = seen(house, rulebook)
    if board is None:
        return None, None
    try:
        return board.of(duty), board.view
    except UsageError as error:
        raise StatusError(404, error.message.en, error.message.zh, hint=_LOOK) from error


def _findings(found: Standing) -> list[tuple[Any, list[Any]]]:
    keyed = pieces(found)
    return [(each, [piece for piece in keyed if piece.control is each.control]) for each in found.findings]


def _said(book: Rulebook) -> dict[str, Any]:
    """What all these pages say states, marks and actors by."""
    return {
        "book": book,
        "looks": LOOKS,
        "states": words.STATES,
        "all_states": STATES,
        "marks": words.MARKS,
        "actors": ACTORS,
        "changed": words.changed,
    }


def _facts_used(book: Rulebook) -> list[tuple[str, Text]]:
    used = {name for duty in book.duties for name in duty.when}
    return [(name, title) for name, title in book.facts.items() if name in used]


def _owner(each: Standing, view: View) -> str:
    stated = view.stated(each.duty.id)
    return stated.statement.owner if stated and not stated.withdrawn else ""


def _link(rulebook: str, by: str, choice: Choice, **changed: str) -> str:
    told = {"rulebook": rulebook, "by": by if by != "instrument" else ""}
    told |= {name: getattr(choice, name) for name in _FILTERS} | changed
    kept = {name: value for name, value in told.items() if value}
    return f"?{urlencode(kept)}" if kept else ""


def _back(request: Request) -> str:
    """The filters with which somebody came, to lead back to the same place."""
    kept = {name: request.query_params.get(name, "") for name in ("rulebook", "by", *_FILTERS)}
    told = urlencode({name: value for name, value in kept.items() if value})
    return f"?{told}" if told else ""


def _own(house: Site) -> str:
    return house.setup.settings.rulebook


_LOOK: Final = Text(zh="请从义务清单重新打开：/console/duties。", en="Open it again from the duties: /console/duties.")

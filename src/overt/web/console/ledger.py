"""The ledger: how it stands, its checkpoints and witnesses, any entry with its proof, an audit of all of it.

```
GET  /console/ledger                      how it stands, and its entries
GET  /console/ledger/entries/{index}      one entry; …/receipt its receipt
POST /console/ledger/audits               starts an audit
GET  /console/ledger/tasks/{id}           how far an audit is, and what it found
```
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import RedirectResponse

from overt.access.model import Principal
from overt.language import Text
from overt.store import standing as standings
from overt.web import acts, standing
from overt.web.access import Who, needs
from overt.web.acts import Outcome
from overt.web.api import jobs
from overt.web.api import ledger as api
from overt.web.api.model import cursor, place_of
from overt.web.attention import Attention, Item
from overt.web.errors import StatusError
from overt.web.house import House, Site
from overt.web.inspecting import Within
from overt.web.navigation import Entry
from overt.web.rendering import PageRoute, show
from overt.web.words.contents import PROOF_BADGES, PROOFS
from overt.web.words.events import title

_TITLE: Final = Text(zh="账本", en="Ledger")
ENTRY: Final = Entry(_TITLE, "/console/ledger", "contents", ("ledger:read",), 60, "ledger")
AT: Final = ENTRY.at
router = APIRouter(prefix=AT, route_class=PageRoute, include_in_schema=False)
_READ: Final = [needs("ledger:read")]
_ROWS: Final = 30
_CHECKPOINTS: Final = 8


def needs_attention(house: Site, _: Principal) -> list[Item]:
    """What is wrong with the publishing of the ledger."""
    now = standing.standing(house)
    trouble = now.trouble(datetime.now(UTC), house.setup.settings.ledger.interval)
    return [Item(text, AT, failed=True, since=now.since if now.waiting else "") for text in trouble]


ATTENTION: Final = Attention(_TITLE, ("ledger:read",), needs_attention)


@router.get("", dependencies=_READ)
def stands(
    request: Request,
    house: House,
    within: Within,
    after: Annotated[str, Query(max_length=500)] = "",
    about: Annotated[str, Query(max_length=128)] = "",
) -> Response:
    """How it stands, and its entries; a number that somebody looks up leads to its entry."""
    about = about.strip()
    if about.isdecimal() and len(about) < len("2147483648"):
        return RedirectResponse(f"{AT}/entries/{int(about)}", 303)
    now = standing.standing(house)
    place = place_of(after, int)
    below = place[0] if place else None
    rows = standings.entries(house.store, _ROWS + 1, below=below, about=about, scope=within)
    more, rows = len(rows) > _ROWS, rows[:_ROWS]
    asked = {"about": about} if about else {}
    return show(
        request,
        "ledger/ledger",
        now=now,
        trouble=now.trouble(datetime.now(UTC), house.setup.settings.ledger.interval),
        checkpoints=standing.checkpoints(house, _CHECKPOINTS),
        rows=rows,
        about=about,
        next_at=f"?{urlencode(asked | {'after': cursor((rows[-1].index,))})}" if more else "",
        first_at=f"?{urlencode(asked)}" if after else "",
        title_of=title,
    )


@router.get("/entries/{index}", dependencies=_READ)
def entry(request: Request, house: House, index: api.Index) -> Response:
    """One entry and its proof."""
    found = api.proved(house, index)
    return show(request, "ledger/entry", entry=found, what=title(found.tag), proofs=PROOFS, badges=PROOF_BADGES)


@router.get("/entries/{index}/receipt", dependencies=_READ)
def receipt(house: House, index: api.Index) -> Response:
    """The receipt of an entry."""
    return api.receipt(house, index)


@router.post("/audits", dependencies=_READ)
def audit(house: House, who: Who) -> Response:
    """Starts an audit."""
    return RedirectResponse(f"{AT}/tasks/{acts.audit(house, who).id}", 303)


@router.get("/tasks/{task_id}", dependencies=_READ)
def task(request: Request, house: House, who: Who, task_id: str) -> Response:
    """How far an audit is, and what it found."""
    found = jobs.find(house, who.post, task_id)
    if found.kind != "audit":
        raise StatusError(404, "there is no such audit", "没有此核验任务")
    result: Any = found.result.value if isinstance(found.result, Outcome) else None
    return show(
        request, "ledger/audit", 422 if found.error else 200, task=found, audit=result, ahead=house.work.ahead(found)
    )

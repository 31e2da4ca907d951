"""Keys and certificates: what the set-up holds, until when, and what the doctor finds.

```
GET   /console/keys                    everything, with its end on a line of time
POST  /console/keys/doctor             the whole set-up is examined, which takes some seconds
GET   /console/keys/doctor/{task}      how far it is; what was found
```
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from overt.access.model import Principal
from overt.language import Text
from overt.report import validity
from overt.setup.holding import KINDS, Holding
from overt.setup.holdings import ends_soon, holdings
from overt.web.access import Who, needs
from overt.web.attention import Attention, Item
from overt.web.errors import StatusError
from overt.web.examination import DOCTOR, examine
from overt.web.house import House, Site
from overt.web.navigation import Entry
from overt.web.rendering import PageRoute, show

_TITLE: Final = Text(zh="密钥与证书", en="Keys and certificates")
ENTRY: Final = Entry(_TITLE, "/console/keys", "house", ("keys:read",), 30, "keys")
router = APIRouter(
    prefix="/console/keys", route_class=PageRoute, include_in_schema=False, dependencies=[needs("keys:read")]
)
BADGES: Final = {"ok": "good", "note": "calm", "missing": "bad"}


@router.get("")
def every(request: Request, house: House) -> Response:
    """All keys and certificates, those that want somebody first within their kind."""
    now = datetime.now(UTC)
    found = holdings(house.setup, house.store, now)
    rows = [(each, _bar(each, now), _days(each, now)) for each in found]
    groups = [(text, [row for row in rows if row[0].kind == kind]) for kind, text in KINDS.items()]
    bad = sum(each.state == "missing" for each in found)
    return show(request, "keys/every", held=[group for group in groups if group[1]], bad=bad, badges=BADGES)


@router.post("/doctor")
def begin(house: House, who: Who) -> Response:
    """Puts the examination into the line."""
    return RedirectResponse(f"/console/keys/doctor/{examine(house, who).id}", 303)


@router.get("/doctor/{task}")
def examined(request: Request, house: House, who: Who, task: str) -> Response:
    """How far the examination is, or what it found."""
    found = house.work.find(task, DOCTOR, owner=who.post)
    if found is None:
        raise StatusError(404, "this examination is no longer kept", "该检查结果已不再保留", hint=_AGAIN)
    return show(request, "keys/doctor", task=found, badges=BADGES)


def _bar(each: Holding, now: datetime) -> str:
    if not each.until:
        return ""
    look = "over" if each.state == "missing" else "soon" if ends_soon(each, now) else "fine"
    return validity.bar(each.since, each.until, now, look)


def _days(each: Holding, now: datetime) -> int:
    return (datetime.fromisoformat(each.until) - now).days if each.until else 0


def _attention(house: Site, _: Principal) -> list[Item]:
    now = datetime.now(UTC)
    title = Text(zh="即将到期：", en="Ends soon: ")
    return [
        Item(
            Text(zh=title.zh + each.name.zh, en=title.en + each.name.en),
            "/console/keys",
            due=each.until,
            detail=each.found,
        )
        for each in holdings(house.setup, house.store, now)
        if ends_soon(each, now)
    ]


ATTENTION: Final = Attention(_TITLE, ("keys:read",), _attention)
_AGAIN: Final = Text(zh="请重新开始检查。", en="Begin it again.")

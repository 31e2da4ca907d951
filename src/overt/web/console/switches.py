"""The switches: what is off now, why and by whom; off at once, and on again.

```
GET   /console/switches        everything at a glance, and the latest turns
POST  /console/switches/off    kind, name, reason
POST  /console/switches/on     kind, name, reason
```
"""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Form, Request, Response
from starlette.responses import RedirectResponse

from overt.access.model import Principal
from overt.errors import UsageError
from overt.gate.account.model import Switch, SwitchKind, covers
from overt.language import Text
from overt.store.switches import SwitchBoard
from overt.web.access import Who, needs
from overt.web.attention import Attention, Item
from overt.web.house import House, Site
from overt.web.navigation import Entry
from overt.web.rendering import PageRoute, show
from overt.web.words.switches import FUNCTIONS, KINDS

_TITLE: Final = Text(zh="停用开关", en="Switches")
ENTRY: Final = Entry(_TITLE, "/console/switches", "house", ("duties:read",), 40, "switch")
router = APIRouter(prefix="/console/switches", route_class=PageRoute, include_in_schema=False)
_Said = Annotated[str, Form(max_length=4000)]


@router.get("", dependencies=[needs("duties:read")])
def every(request: Request, house: House, who: Who, done: str = "") -> Response:
    """All switches."""
    return _page(request, house, who, done=done)


@router.post("/off", dependencies=[needs("switches:turn")])
def off(
    request: Request, house: House, who: Who, kind: Annotated[SwitchKind, Form()], name: _Said = "", reason: _Said = ""
) -> Response:
    """Switches something off at once."""
    try:
        SwitchBoard(house.store).turn_off(kind, name, reason, who.post)
    except UsageError as error:
        return _page(request, house, who, error=error, typed=(kind, name, reason))
    return RedirectResponse("/console/switches?done=off", 303)


@router.post("/on", dependencies=[needs("switches:turn")])
def on(
    request: Request, house: House, who: Who, kind: Annotated[SwitchKind, Form()], name: _Said = "", reason: _Said = ""
) -> Response:
    """Lets something run again."""
    try:
        SwitchBoard(house.store).turn_on(kind, name, reason, who.post)
    except UsageError as error:
        return _page(request, house, who, error=error)
    return RedirectResponse("/console/switches?done=on", 303)


def _page(
    request: Request,
    house: Site,
    who: Principal,
    *,
    done: str = "",
    error: UsageError | None = None,
    typed: tuple[str, str, str] = ("function", "", ""),
) -> Response:
    board = SwitchBoard(house.store)
    with house.store.view():
        now_off, turns, names = board.off(), board.turns(), board.functions()
    return show(
        request,
        "switches/every",
        422 if error else 200,
        off=now_off,
        turns=turns,
        functions=[(name, _over(name, now_off)) for name in names],
        kinds=KINDS,
        called=FUNCTIONS,
        turns_them=who.may("switches:turn"),
        done=done if done in ("off", "on") else "",
        error=error,
        typed=typed,
    )


def _over(name: str, off: tuple[Switch, ...]) -> Switch | None:
    """The switch by which a function is off."""
    return next((each for each in off if each.kind == "function" and covers(each.name, name)), None)


def _attention(house: Site, _: Principal) -> list[Item]:
    off = SwitchBoard(house.store).off()
    if not off:
        return []
    title = Text(zh="已停用的功能、模型、账号", en="Functions, models and accounts that are switched off")
    return [Item(title, "/console/switches", len(off), since=off[0].at)]


ATTENTION: Final = Attention(_TITLE, ("switches:turn",), _attention)

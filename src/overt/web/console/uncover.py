"""Uncovering personal data: what is asked for, why, and then back to the page, for 15 minutes."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Form, Request, Response
from starlette.responses import RedirectResponse

from overt.errors import UsageError
from overt.store.uncovering import uncover
from overt.web import inspections
from overt.web.access import Who, fresh, needs
from overt.web.covering import WHAT, session_of
from overt.web.house import House, Site
from overt.web.rendering import PageRoute, show

router = APIRouter(prefix="/console/uncover", route_class=PageRoute, include_in_schema=False)
_NEEDS = [needs("persons:uncover")]
_Short = Annotated[str, Form(max_length=200)]
_FOLDER: Final = "/console/"


@router.get("", dependencies=[*_NEEDS, fresh()])
def ask(request: Request, house: House, person: str = "", what: str = "all", back: str = "") -> Response:
    """Asks for the reason; for the sign-in first, so that no reason is typed in vain."""
    return _page(request, house, person, what, back)


@router.post("", dependencies=_NEEDS)
def give(
    request: Request,
    house: House,
    who: Who,
    person: _Short = "",
    what: _Short = "all",
    back: Annotated[str, Form(max_length=2000)] = "",
    reason: Annotated[str, Form(max_length=2000)] = "",
    duty: _Short = "",
) -> Response:
    """Records the reason, and leads back."""
    try:
        if duty:
            house.rulebook.duty(duty)
        uncover(house.store, who, session_of(request, who), person, what if what in WHAT else "all", reason, duty)
    except UsageError as error:
        return _page(request, house, person, what, back, error, reason)
    return RedirectResponse(_local(back), 303)


def _page(
    request: Request,
    house: Site,
    person: str,
    what: str,
    back: str,
    error: UsageError | None = None,
    reason: str = "",
) -> Response:
    return show(
        request,
        "inspections/uncover",
        422 if error else 200,
        person=person[:200],
        what=what if what in WHAT else "all",
        names=WHAT,
        back=_local(back),
        duties=inspections.bases(house),
        instruments=house.rulebook.instruments,
        error=error,
        reason=reason,
    )


def _local(back: str) -> str:
    """An address of the console; never one elsewhere."""
    sound = back.startswith(_FOLDER) and "\\" not in back and back.isprintable() and "//" not in back.partition("?")[0]
    return back if sound else "/console"

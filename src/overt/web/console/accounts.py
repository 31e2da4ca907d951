"""Users' accounts: how far each is identified, what it agreed to, what was decided against it.

```
GET   /console/accounts                    the list; POST opens one
GET   /console/accounts/{account}          one account
POST  /console/accounts/{account}/attest   keeps the result of a check of an identity
POST  /console/accounts/{account}/impose   a sanction;   /lift ends one
POST  /console/accounts/{account}/close    for good, as its user asked
```
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, cast

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from overt.access.model import Principal
from overt.errors import OvertError, UsageError
from overt.gate.account.model import LEVEL_NAMES, METHODS, SANCTION_NAMES
from overt.language import Text
from overt.store.accounts import Account, Accounts
from overt.store.agreements import Agreements
from overt.store.sanctions import SanctionBook
from overt.store.switches import SwitchBoard
from overt.web import judging
from overt.web.access import Who, needs
from overt.web.api.model import cursor, place_of
from overt.web.errors import StatusError
from overt.web.forms import Fields, Form
from overt.web.house import House, Site
from overt.web.navigation import Entry
from overt.web.rendering import PEOPLE, PageRoute, show
from overt.web.words.accounts import WORDS

ENTRY: Final = Entry(WORDS["title"], "/console/accounts", "people", ("accounts:read",), 30, "accounts")
router = APIRouter(
    prefix="/console/accounts", route_class=PageRoute, include_in_schema=False, dependencies=[needs("accounts:read")]
)
MOST: Final = 50
_WRITING: Final = [needs("accounts:write")]
_DONE: Final = ("opened", "attested", "imposed", "lifted", "closed")


@router.get("")
def every(request: Request, house: House, who: Who, account: str = "", after: str = "") -> Response:
    """The list, or the one that is asked for."""
    if account and Accounts(house.store).known(account.strip()):
        return RedirectResponse(f"/console/accounts/{account.strip()}", 303)
    place = cast("tuple[str, str] | None", place_of(after, str, str))
    with house.store.view():
        found = Accounts(house.store).listed(most=MOST, after=place)
        off = {each.name for each in SwitchBoard(house.store).off() if each.kind == "account"}
        rows = [(each, *judging.standing(house.store, each, off)) for each in found[:MOST]]
    return show(
        request,
        "accounts/every",
        rows=rows,
        levels=LEVEL_NAMES,
        asked=account,
        writes=who.may("accounts:write"),
        next=cursor((found[MOST - 1].opened, found[MOST - 1].id)) if found[MOST:] else "",
        after=after,
    )


@router.post("", dependencies=_WRITING)
def open_one(house: House) -> Response:
    """Opens an account."""
    return _back(Accounts(house.store).open(), "opened")


@router.get("/{account}")
def one(request: Request, house: House, who: Who, account: str, done: str = "") -> Response:
    """One account."""
    return _one(request, house, who, account, done=done)


@router.post("/{account}/attest", dependencies=_WRITING)
def attest(request: Request, house: House, who: Who, account: str, fields: Fields) -> Response:
    """Keeps the result of a check."""
    try:
        method = fields.get("method")
        if method not in METHODS:
            raise UsageError("choose how it was checked", "请选择核验方式")
        Accounts(house.store).attest(
            account, method, fields.get("provider", 128), fields.get("reference", 256), passed=_passed(fields)
        )
    except OvertError as error:
        return _one(request, house, who, account, error=error, typed=fields)
    return _back(account, "attested")


@router.post("/{account}/impose", dependencies=_WRITING)
def impose(request: Request, house: House, who: Who, account: str, fields: Fields) -> Response:
    """Decides something against a user."""
    try:
        functions = tuple(filter(None, (each.strip() for each in fields.get("functions", 2000).split(","))))
        order = judging.Order(
            fields.get("kind"),
            fields.get("why", 4000),
            fields.get("duty", 32),
            functions,
            fields.get("until", 40),
            fields.get("appeal", 1001),
        )
        judging.impose(house, who, account, order)
    except OvertError as error:
        return _one(request, house, who, account, error=error, typed=fields)
    return _back(account, "imposed")


@router.post("/{account}/lift", dependencies=_WRITING)
def lift(request: Request, house: House, who: Who, account: str, fields: Fields) -> Response:
    """Ends a sanction."""
    try:
        judging.lift(house, who, account, fields.get("sanction", 64), fields.get("reason", 4000))
    except OvertError as error:
        return _one(request, house, who, account, error=error)
    return _back(account, "lifted")


@router.post("/{account}/close", dependencies=_WRITING)
def close(request: Request, house: House, who: Who, account: str, fields: Fields) -> Response:
    """Closes an account for good."""
    try:
        if fields.get("sure") != "yes":
            raise UsageError("say that the user asked for it", "请确认用户已要求注销")
        Accounts(house.store).close(account, who.post)
    except OvertError as error:
        return _one(request, house, who, account, error=error)
    return _back(account, "closed")


def _one(
    request: Request,
    house: Site,
    who: Principal,
    account: str,
    *,
    done: str = "",
    error: OvertError | None = None,
    typed: Form | None = None,
) -> Response:
    if error is not None and not isinstance(error, PEOPLE):
        raise error
    now = datetime.now(UTC)
    with house.store.view():
        known = _found(house, account)
        off = {each.name for each in SwitchBoard(house.store).off() if each.kind == "account"}
        badge, word, identified = judging.standing(house.store, known, off)
        agreements = Agreements(house.store)
        values = {
            "attested": Accounts(house.store).attested(account),
            "read": agreements.read_by(account),
            "current": agreements.current("agreement", now),
            "sanctions": [(each, each.holds(now)) for each in SanctionBook(house.store).of(account)],
        }
    return show(
        request,
        "accounts/one",
        422 if error else 200,
        account=known,
        badge=badge,
        standing=word,
        identified=identified,
        levels=LEVEL_NAMES,
        methods=METHODS,
        kinds=SANCTION_NAMES,
        writes=who.may("accounts:write"),
        erases=who.may("persons:erase"),
        done=done if done in _DONE else "",
        error=error,
        typed=typed or Form({}),
        **values,
    )


def _found(house: Site, account: str) -> Account:
    found = Accounts(house.store).known(account)
    if found is None:
        raise StatusError(404, "there is no such account", "没有这个账号", hint=_LIST)
    return found


def _passed(fields: Form) -> bool:
    return fields.get("passed") == "yes"


def _back(account: str, done: str) -> Response:
    return RedirectResponse(f"/console/accounts/{account}?done={done}", 303)


_LIST: Final = Text(zh="从列表中打开。", en="Open it from the list.")

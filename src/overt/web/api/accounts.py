"""Users' accounts for programs: opening, checks of identity, what was agreed to, sanctions, closing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Literal, TypeVar, cast

from fastapi import APIRouter
from fastapi import Path as InPath
from pydantic import BaseModel, Field

from overt.gate.account.model import Method, SanctionKind, TextKind
from overt.gate.model import IdentityLevel
from overt.store.accounts import Account as Row
from overt.store.accounts import Accounts
from overt.store.agreements import Agreements
from overt.store.sanctions import SanctionBook
from overt.web import judging
from overt.web.access import Who, needs
from overt.web.api.model import After, Most, Page, page_of, place_of
from overt.web.api.problems import problems
from overt.web.errors import StatusError
from overt.web.house import House, Site

router = APIRouter(prefix="/v1/accounts", tags=["accounts"])
_READ = [needs("accounts:read")]
_WRITE = [needs("accounts:write")]
_Id = Annotated[str, InPath(alias="id", max_length=64)]
_OTHER = InPath(max_length=64)
M = TypeVar("M", bound=BaseModel)


class Account(BaseModel):
    """An account: an opaque id. `closed` is empty while it is open."""

    id: str
    opened: str
    closed: str


class Attested(BaseModel):
    """A check of a real identity. Neither number nor reference is told."""

    id: str
    method: Method
    passed: bool
    checked: str
    expires: str
    provider: str


class Read(BaseModel):
    """A version of a text that the account was asked to read."""

    kind: TextKind
    version: str
    prompted: str
    accepted: str


class Sanction(BaseModel):
    """What was decided against the user."""

    id: str
    kind: SanctionKind
    functions: list[str]
    reason: str
    duty: str
    imposed: str
    until: str
    appeal: str
    lifted: str


class Whole(BaseModel):
    """An account with all that is known of it. `level` is how far it is identified now, `level_until` until when."""

    account: Account
    level: IdentityLevel
    level_until: str
    attestations: list[Attested]
    texts: list[Read]
    sanctions: list[Sanction]


class Attesting(BaseModel):
    """The operator's word on a check. Of the reference only a keyed hash is kept; never a personal number."""

    method: Method
    provider: str = Field(min_length=1, max_length=128, examples=["verify.example"])
    reference: str = Field(min_length=1, max_length=256, examples=["chk_8f3a"])
    passed: bool = True


class Imposing(BaseModel):
    """A sanction. A restriction names its functions; `until` is a day or a time, empty where it does not end."""

    kind: SanctionKind
    reason: str = Field(min_length=1, max_length=4000, examples=["repeated requests for fake notices of authorities"])
    duty: str = Field(default="DS-10e", max_length=32)
    functions: list[str] = Field(default=[], max_length=50)
    until: str = Field(default="", max_length=40, examples=["2027-01-31"])
    appeal: str = Field(min_length=1, max_length=1000, examples=["https://example.com/appeal"])


class Lifting(BaseModel):
    """Why a sanction ends."""

    reason: str = Field(min_length=1, max_length=4000, examples=["the appeal was right"])


@router.get("", operation_id="listAccounts", dependencies=_READ, responses=problems())
def every(house: House, state: Literal["", "open", "closed"] = "", most: Most = 50, after: After = "") -> Page[Account]:
    """Accounts, the latest opened first."""
    place = cast("tuple[str, str] | None", place_of(after, str, str))
    rows = Accounts(house.store).listed(state, most=most, after=place)
    return page_of(rows, most, _of(Account), lambda each: (each.opened, each.id))


@router.post("", operation_id="openAccount", status_code=201, dependencies=_WRITE, responses=problems())
def open_one(house: House) -> Account:
    """Opens an account."""
    return _of(Account)(_found(house, Accounts(house.store).open()))


@router.get("/{id}", operation_id="getAccount", dependencies=_READ, responses=problems(404))
def one(house: House, account: _Id) -> Whole:
    """One account."""
    with house.store.view():
        known = _found(house, account)
        identified = Accounts(house.store).identified(account, datetime.now(UTC))
        return Whole(
            account=_of(Account)(known),
            level=identified.level,
            level_until=identified.expires,
            attestations=[_of(Attested)(each) for each in Accounts(house.store).attested(account)],
            texts=[_of(Read)(each) for each in Agreements(house.store).read_by(account)],
            sanctions=[_of(Sanction)(each) for each in SanctionBook(house.store).of(account)],
        )


@router.post("/{id}/attestations", operation_id="attest", status_code=201, dependencies=_WRITE, responses=problems(404))
def attest(house: House, account: _Id, said: Attesting) -> Attested:
    """Keeps the method, result and time of a check of a real identity."""
    _found(house, account)
    made = Accounts(house.store).attest(account, said.method, said.provider, said.reference, passed=said.passed)
    return _of(Attested)(made)


@router.post(
    "/{id}/sanctions", operation_id="imposeSanction", status_code=201, dependencies=_WRITE, responses=problems(404)
)
def impose(house: House, who: Who, account: _Id, said: Imposing) -> Sanction:
    """Decides something against the user."""
    _found(house, account)
    order = judging.Order(said.kind, said.reason, said.duty, tuple(said.functions), said.until, said.appeal)
    return _of(Sanction)(judging.impose(house, who, account, order))


@router.post(
    "/{id}/sanctions/{sanction}/lift",
    operation_id="liftSanction",
    status_code=204,
    dependencies=_WRITE,
    responses=problems(404),
)
def lift(house: House, who: Who, account: _Id, sanction: Annotated[str, _OTHER], said: Lifting) -> None:
    """Ends a sanction."""
    _found(house, account)
    judging.lift(house, who, account, sanction, said.reason)


@router.post("/{id}/close", operation_id="closeAccount", status_code=204, dependencies=_WRITE, responses=problems(404))
def close(house: House, who: Who, account: _Id) -> None:
    """Closes an account for good, as its user asked."""
    _found(house, account)
    Accounts(house.store).close(account, who.post)


def _of(kind: type[M]) -> Callable[[object], M]:
    def shown(row: object) -> M:
        return kind.model_validate(row, from_attributes=True)

    return shown


def _found(house: Site, account: str) -> Row:
    found = Accounts(house.store).known(account)
    if found is None:
        raise StatusError(404, "there is no such account", "没有这个账号")
    return found

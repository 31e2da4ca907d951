"""What is decided against users, as console and API do it: how an account stands, sanctions with all that they need."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, get_args

from overt.access.model import Principal
from overt.errors import UsageError
from overt.gate.account.model import Identified, Sanction, SanctionKind
from overt.language import Text
from overt.store.accounts import Account, Accounts
from overt.store.records import Store
from overt.store.sanctions import SanctionBook
from overt.web import clock
from overt.web.house import Site

_LONGEST_APPEAL: Final = 1000


def standing(store: Store, account: Account, off: Collection[str] = ()) -> tuple[str, str, Identified]:
    """How an account stands: a badge, its word (`words/accounts.py`), and how far it is identified."""
    now = datetime.now(UTC)
    identified = Accounts(store).identified(account.id, now)
    if account.closed:
        return "calm", "closed", identified
    if account.id in off:
        return "bad", "off", identified
    kinds = {each.kind for each in SanctionBook(store).holding(account.id, now)}
    if kinds - {"warn"}:
        return "bad", "held", identified
    return ("warn", "warned", identified) if kinds else ("good", "open", identified)


@dataclass(frozen=True, slots=True)
class Order:
    """A sanction as it is asked for. `until` is a day, the last one where people live, or a time."""

    kind: str
    reason: str
    duty: str
    functions: Sequence[str] = ()
    until: str = ""
    appeal: str = ""


def impose(house: Site, who: Principal, account: str, order: Order) -> Sanction:
    """Decides something against a user. Raises `UsageError`, also for a duty that the rulebook does not have."""
    kind = _kind(order.kind)
    house.rulebook.duty(order.duty)
    if not order.appeal.strip() or len(order.appeal) > _LONGEST_APPEAL:
        raise UsageError("say how the user can appeal", "须写明用户如何申诉", hint=_APPEAL)
    return SanctionBook(house.store).impose(
        account,
        kind,
        order.reason,
        order.duty,
        functions=order.functions,
        until=_end(order.until),
        appeal=order.appeal,
        by=who.post,
    )


def lift(house: Site, who: Principal, account: str, sanction: str, reason: str) -> None:
    """Ends a sanction of this account. Raises `UsageError` where none of it holds."""
    if sanction not in {each.id for each in SanctionBook(house.store).of(account)}:
        raise UsageError("this account has no such sanction", "该账号没有这项处置")
    SanctionBook(house.store).lift(sanction, reason, who.post)


def _kind(kind: str) -> SanctionKind:
    for each in get_args(SanctionKind):
        if each == kind:
            chosen: SanctionKind = each
            return chosen
    raise UsageError("choose a sanction", "请选择处置措施")


def _end(until: str) -> datetime | None:
    if not until:
        return None
    try:
        found = datetime.fromisoformat(until)
        if len(until) == len("2026-01-01"):
            return clock.begins(found.date() + timedelta(days=1)).astimezone(UTC)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UsageError("the last day is no date", "截止日期无效", hint=_DATE) from error


_APPEAL: Final = Text(
    zh="填写网址、邮箱或电话（DS-10e、GA-14b）。", en="Give an address, an e-mail or a phone number (DS-10e, GA-14b)."
)
_DATE: Final = Text(zh="写作 2026-12-31。", en="Write it as 2026-12-31.")

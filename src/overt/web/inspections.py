"""What pages and API of inspections stand on: the warrants and requests of a set-up, and what officers take away."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from overt import api
from overt.access.model import Principal
from overt.access.warrant import SUBJECTS, Scope, Subject
from overt.bundling import bundle
from overt.canonical import stamp
from overt.errors import UsageError
from overt.language import Text
from overt.ledger.bundle import Period
from overt.store.bundles import Order
from overt.store.material import Material, Request
from overt.store.objects import Objects
from overt.store.warrants import Warrant, Warrants
from overt.store.within import lies_within
from overt.web import clock, inspecting
from overt.web.errors import StatusError
from overt.web.parcel import parcel

if TYPE_CHECKING:
    from fastapi import Request as HTTPRequest

    from overt.rulebook.duty import Duty
    from overt.web.house import Site

_PERIOD: Final = re.compile(r"[0-9TZ:.\-+]{4,40}\.\.[0-9TZ:.\-+]{4,40}", re.ASCII)
OUT: Final = Text(
    zh="没有这项记录，或它不在检查授权范围内", en="there is no such record, or it lies out of the warrant"
)
_INSPECTS: Final = ("检查", "inspect")


def warrants(house: Site) -> Warrants:
    """The warrants, with their papers."""
    return Warrants(house.store, _objects(house))


def material(house: Site) -> Material:
    """The requests for material, with what signs their receipts."""
    with api.ledger(house.setup, house.store) as ledger:
        return Material(house.store, _objects(house), ledger.voice.signer)


def known_warrant(house: Site, number: str) -> Warrant:
    """A warrant. Raises `StatusError` (404)."""
    found = Warrants(house.store).find(number)
    if found is None:
        raise StatusError(404, "there is no such warrant", "没有这份检查授权")
    return found


def known_request(house: Site, number: str) -> Request:
    """A request for material. Raises `StatusError` (404)."""
    try:
        return material(house).get(number)
    except UsageError:
        raise StatusError(404, "there is no such request", "没有这项调取") from None


def own_warrant(house: Site, who: Principal) -> Warrant:
    """The warrant under which somebody reads. Raises `StatusError` for others."""
    found = Warrants(house.store).find(who.warrant) if who.kind == "inspector" else None
    if found is None:
        raise StatusError(
            403,
            "this desk is for inspectors with a warrant",
            "此页面仅供持有检查授权的检查人员使用",
            hint=Text(zh="运营方请使用“检查”页面。", en="Staff use the page of inspections."),
        )
    return found


def own_request(house: Site, who: Principal, number: str) -> Request:
    """A request under somebody's own warrant. Raises `StatusError` (404) for any other."""
    warrant, found = own_warrant(house, who), known_request(house, number)
    if found.warrant != warrant.id:
        raise StatusError(404, "there is no such request", "没有这项调取")
    return found


def day(value: str, *, end: bool = False) -> str:
    """A day of a form as a time of records: its beginning, or its end. Empty stays empty. Raises `UsageError`."""
    if not value:
        return ""
    try:
        found = date.fromisoformat(value)
    except ValueError:
        raise UsageError(f"{value[:40]!r} is no day", f"“{value[:40]}”不是日期") from None
    try:
        return stamp(clock.begins(found + timedelta(days=1) if end else found))
    except OverflowError:
        raise UsageError(f"{value} is out of range", f"日期超出范围：{value}") from None


def left(until: str, now: datetime) -> Text:
    """How long it still is, in words."""
    minutes = int((datetime.fromisoformat(until) - now).total_seconds() // 60)
    if minutes < 0:
        return Text(zh="已到期", en="over")
    days, hours = minutes // 1440, minutes % 1440 // 60
    if days:
        return Text(zh=f"还有 {days} 天 {hours} 小时", en=f"{_count(days, 'day')} and {_count(hours, 'hour')} left")
    if hours:
        rest = _count(minutes % 60, "minute")
        return Text(zh=f"还有 {hours} 小时 {minutes % 60} 分钟", en=f"{_count(hours, 'hour')} and {rest} left")
    return Text(zh=f"还有 {minutes} 分钟", en=f"{_count(minutes, 'minute')} left")


def bases(house: Site) -> list[Duty]:
    """The duties of the rulebook by which a warrant may be given: those about inspections first."""
    told = sorted(house.rulebook.duties, key=lambda duty: _INSPECTS[0] not in duty.text.zh)
    return [each for each in told if each.article]


def takes(house: Site, scope: Scope, about: str) -> bool:
    """Whether a bundle about an id, or a period, lies within a scope.

    A bundle about a content brings its decision and the consents under it, since it would prove little without them;
    what is sealed for persons stays closed in it.
    """
    if _PERIOD.fullmatch(about):
        period = Period.read(about)
        whole = "ledger" in scope.subjects and not scope.contents and not scope.techniques
        return whole and period.since >= scope.since and (not scope.before or period.before <= scope.before)
    kinds: tuple[Subject, ...] = ("contents", "decisions", "consents")
    with house.store.reading() as connection:
        return any(lies_within(connection, scope, each, about) for each in kinds if each in scope.subjects)


def check_takes(request: HTTPRequest, house: Site, who: Principal, scope: Scope, about: str) -> None:
    """Raises `StatusError` (403), and records it, where an inspector's bundle would reach out of the warrant."""
    if who.kind == "inspector" and not takes(house, scope, about):
        inspecting.refuse(request, house, who, ("evidence:export",), OUT)


def taken(house: Site, about: str, recipient: str) -> bytes:
    """The bundle with its verifier. Personal data stay closed in it; the ledger says who was given it."""
    order = Order(Period.read(about) if _PERIOD.fullmatch(about) else about, recipient=recipient)
    made = bundle(house.setup, order)
    with api.ledger(house.setup, house.store) as ledger:
        return parcel(made.data, ledger.voice.signer.public.hex())


def chosen(values: tuple[str, ...]) -> frozenset[Subject]:
    """The subjects that were ticked."""
    return frozenset(each for each in SUBJECTS if each in values)


def now() -> datetime:
    """The time, UTC."""
    return datetime.now(UTC)


def _objects(house: Site) -> Objects:
    return Objects.open(house.setup.settings.store.objects, house.setup.data)


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'}"

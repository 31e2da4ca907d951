"""What deletes for good, as work that takes its time: records that are due, and what is kept of a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, get_args

from overt.access.model import Principal
from overt.errors import UsageError
from overt.language import Text
from overt.ledger.bundle import Period, moment
from overt.ledger.events.retention import Ground
from overt.store import persons, retention
from overt.store.retention import Hold
from overt.web.house import Site
from overt.web.work import Rooms, Task

EXPIRY: Final = "expiry"
ERASURE: Final = "erasure"
_SWEEPING: Final = Text(zh="删除到期记录", en="Deleting what is due")
_ENDING: Final = Text(zh="销毁等待期已满的密钥", en="Destroying the keys of those who waited")


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep deleted: (source, class, count), and the persons whose keys it destroyed."""

    deleted: tuple[tuple[str, str, int], ...]
    erased: tuple[str, ...]


def expire(house: Site, who: Principal) -> Task:
    """Deletes what is due."""

    def do(_: Rooms, task: Task) -> Swept:
        law, now = house.rulebook, datetime.now(UTC)
        task.tell(_SWEEPING, (0, 2))
        gone = retention.expire(house.store, law, now)
        task.tell(_ENDING, (1, 2))
        ended = persons.finish(house.store, law, now)
        deleted = tuple((source, record, count) for (source, record), count in gone.items())
        return Swept(deleted, tuple(each.person for each in ended if each.destroyed))

    return house.work.start(EXPIRY, do, owner=who.post)


def erase(house: Site, who: Principal, person: str, ground: str) -> Task:
    """Erases what is kept of a person. Raises `UsageError` for a ground that the law does not know."""
    chosen = _ground(ground)

    def do(_: Rooms, __: Task) -> persons.Erasure:
        return persons.erase(house.store, house.rulebook, person, chosen, datetime.now(UTC))

    return house.work.start(ERASURE, do, owner=who.post)


def place(house: Site, reason: str, authority: str, ids: tuple[str, ...], period: tuple[str, str], until: str) -> Hold:
    """Places a hold on ids or on a period of days, until a day or for good. Raises `UsageError`."""
    if until and not moment(until):
        raise UsageError(f"{until[:40]!r} is no date", f"“{until[:40]}”不是日期")
    covered = Period.read("..".join(period)) if any(period) else None
    return retention.place(house.store, reason, authority, ids=ids, period=covered, until=moment(until))


def _ground(ground: str) -> Ground:
    for each in get_args(Ground):
        if each == ground:
            chosen: Ground = each
            return chosen
    raise UsageError("choose a ground", "请选择删除的原因")

"""Times as people read them: in the one zone of a set-up (`[web] timezone`), with their offset. Records keep UTC.

Pages take them from here alone, by the filters `clock`, `day` and `exact`; the API tells UTC. The zone of a request is
put into its context by the frame (`overt.web.frame`), so that neither pages nor words carry it about.
"""

from __future__ import annotations

from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from overt.settings import Settings

CHINA: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
"""The same all year since 1992; a fixed offset needs no database of zones."""
_ZONE: Final[ContextVar[tzinfo]] = ContextVar("zone", default=UTC)
_DAY: Final = len("2026-11-23")


def zone_of(settings: Settings) -> tzinfo:
    """The zone that people of this set-up live in: their setting, or that of the law that applies."""
    if settings.web.timezone:
        return ZoneInfo(settings.web.timezone)
    return CHINA if settings.rulebook == "cn" else UTC


def live_in(zone: tzinfo) -> None:
    """Tells times in this zone until the request ends."""
    _ZONE.set(zone)


def clock(value: str | datetime) -> str:
    """A moment to the minute, with its offset: `2026-11-23 22:31 UTC+8`. A day without a time stays a day."""
    if isinstance(value, str) and len(value) <= _DAY:
        return value
    return f"{(there := _there(value)):%Y-%m-%d %H:%M} {_offset(there)}"


def minute(value: str | datetime) -> str:
    """The time of the day of a moment, with its offset."""
    return f"{(there := _there(value)):%H:%M} {_offset(there)}"


def day(value: str | datetime) -> str:
    """The day on which a moment falls where people live."""
    return value if isinstance(value, str) and len(value) <= _DAY else f"{_there(value):%Y-%m-%d}"


def exact(value: str | datetime) -> str:
    """A moment to the second, in UTC."""
    if isinstance(value, str) and len(value) <= _DAY:
        return value
    return f"{_there(value).astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def begins(found: date) -> datetime:
    """The moment at which a day begins where people live: what a day in a form means."""
    return datetime.combine(found, time(), _ZONE.get())


def today() -> date:
    """The day that it is where people live."""
    return datetime.now(_ZONE.get()).date()


FILTERS: Final = {each.__name__: each for each in (clock, minute, day, exact)}


def _there(value: str | datetime) -> datetime:
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(_ZONE.get())


def _offset(value: datetime) -> str:
    seconds = int((value.utcoffset() or timedelta()).total_seconds())
    hours, minutes = divmod(abs(seconds) // 60, 60)
    return f"UTC{'-' if seconds < 0 else '+'}{hours}{f':{minutes:02}' if minutes else ''}" if seconds else "UTC"

"""By when a report of the public is answered: the strictest time limit that the rulebook sets for its kind.

A limit of the law comes with its clause. Where the law leaves it to the operator (AR-22, DS-12, GA-15), it is the
operator's own number, if one was set; otherwise nobody's, and the page says so. A limit in working days has no moment
here, since that needs the calendar of holidays.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from overt.canonical import stamp
from overt.language import Text
from overt.store.report_rows import Kind, Promise

if TYPE_CHECKING:
    from overt.rulebook import Duty, Rulebook

_ANY: Final = (("AR-22", "answer"), ("DS-12", "answer"), ("GA-15", "answer"), ("XM-IN3", "solve"))
_OF_KIND: Final[dict[Kind, tuple[tuple[str, str], ...]]] = {
    "intimate": (("XM-IN3", "intimate"), ("XM-US1", "remove"), ("XM-UK3", "remove")),
    "face": (("XM-IN3", "intimate"),),
    "voice": (("XM-IN3", "intimate"),),
    "fraud": (("XM-IN3", "intimate"),),
}
"""Which clocks run for a report of a kind, by duty and name. Impersonation runs on the clock of intimate images."""
_HOURS: Final[dict[str, float]] = {"immediately": 0, "minute": 1 / 60, "hour": 1, "day": 24, "week": 168}
_LENGTH: Final = _HOURS | {"working_day": 24 * 1.4}  # To tell the strictest alone.


def promise(rulebook: Rulebook, kind: Kind, at: datetime | None = None) -> Promise:
    """What is promised to somebody who reports now."""
    at = at or datetime.now(UTC)
    known = {duty.id: duty for duty in rulebook.duties if duty.applies_on(at.date())}
    found = [
        each
        for duty_id, name in (*_OF_KIND.get(kind, ()), *_ANY)
        if (each := _promised(rulebook, known, duty_id, name))
    ]
    if not found:
        return Promise("nobody")
    best = min(found, key=lambda each: each.value * _LENGTH[each.unit])
    hours = _HOURS.get(best.unit)
    if hours is None:
        return best
    due = stamp(at + timedelta(hours=hours * best.value))
    return Promise(best.whose, best.value, best.unit, best.duty, best.clause, best.mark, due)


def _promised(rulebook: Rulebook, known: dict[str, Duty], duty_id: str, name: str) -> Promise | None:
    duty = known.get(duty_id)
    clock = next((each for each in duty.clocks if each.name == name), None) if duty else None
    if duty is None or clock is None or clock.value is None or clock.unit not in _LENGTH:
        return None
    own = any((each.duty, each.name) == (duty_id, name) for each in rulebook.overridden)
    instrument = rulebook.instruments[duty.instrument]
    article = Text(
        zh=f"{instrument.zh}{f'第{duty.article}条' if duty.article else ''}",
        en=f"{instrument.en}{f', art. {duty.article}' if duty.article else ''}",
    )
    whose = "operator" if own or clock.set_by == "operator" else "law"
    return Promise(whose, clock.value, clock.unit, duty_id, article, clock.mark or duty.mark)  # type: ignore[arg-type]

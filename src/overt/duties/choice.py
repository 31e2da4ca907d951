"""Which duties of a register are wanted, and in which order: what pages, the API and papers filter by."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from overt.duties.model import STATES, Standing

By = Literal["instrument", "state"]


@dataclass(frozen=True, slots=True)
class Choice:
    """Filters, each empty where everything is wanted. `words` is looked for in ids, clauses, duties and reasons."""

    state: str = ""
    instrument: str = ""
    actor: str = ""
    fact: str = ""
    mark: str = ""
    words: str = ""

    @property
    def all(self) -> bool:
        """Whether nothing is left out."""
        return self == Choice()

    def of(self, standings: Iterable[Standing]) -> tuple[Standing, ...]:
        """Those that are wanted."""
        return tuple(each for each in standings if self._fits(each))

    def _fits(self, each: Standing) -> bool:
        duty = each.duty
        return (
            self.state in ("", each.state)
            and self.instrument in ("", duty.instrument)
            and (not self.actor or self.actor in duty.actors)
            and (not self.fact or self.fact in duty.when)
            and self.mark in ("", duty.mark)
            and self._said(each)
        )

    def _said(self, each: Standing) -> bool:
        if not (wanted := self.words.strip().casefold()):
            return True
        duty, reason = each.duty, each.reason
        told = (duty.id, f"{duty.instrument} {duty.article}", duty.text.zh, duty.text.en, reason.zh, reason.en)
        return any(wanted in text.casefold() for text in told)


def within(standings: Sequence[Standing], instruments: Collection[str]) -> tuple[Standing, ...]:
    """The duties of these instruments alone; all where none are named. An inspector's warrant may name some."""
    return tuple(each for each in standings if not instruments or each.duty.instrument in instruments)


def grouped(standings: Sequence[Standing], by: By) -> list[tuple[str, list[Standing]]]:
    """The duties by instrument or by state, in the order of the rulebook, or of the states that want somebody most."""
    if by == "instrument":
        return [(name, list(group)) for name, group in groupby(standings, key=lambda each: each.duty.instrument)]
    order = ("gap", *(state for state in STATES if state != "gap"))
    groups = ((state, [each for each in standings if each.state == state]) for state in order)
    return [(state, group) for state, group in groups if group]

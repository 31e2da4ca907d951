"""What a clause asks, and what was measured against it.

`met` and `not-met` are said only of what was measured; everything else is `could-not-tell`, with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from overt.language import Text
from overt.marks.model import Reading, ReadingKind, Release
from overt.rulebook import Clause, MarkRules, Medium

State = Literal["met", "not-met", "could-not-tell"]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one file: the ground that every check stands on.

    `container` is the format's short name; `own` our record of a release of exactly these bytes.
    """

    medium: Medium
    container: str
    readings: tuple[Reading, ...]
    own: Release | None = None

    def found(self, mark: ReadingKind) -> tuple[Reading, ...]:
        """The readings of one kind of mark that found something."""
        return tuple(reading for reading in self.readings if reading.mark == mark and reading.state == "found")

    def unread(self, mark: ReadingKind) -> Text | None:
        """Why a kind of mark could not be told, or None where every reader of it could tell."""
        if not any(reading.mark == mark for reading in self.readings):
            return Text(zh="未读取这类标识", en="this kind of mark was not looked for")
        for reading in self.readings:
            if reading.mark == mark and reading.state == "unreadable":
                return reading.reason or Text(zh="原因不明", en="for an unknown reason")
        return None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one check measured, and where."""

    state: State
    measured: Text
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One clause and its outcome for one file."""

    rulebook: MarkRules
    clause: Clause
    outcome: Outcome

    def as_json(self) -> dict[str, Any]:
        """The form of `overt inspect --json --clauses`."""
        clause = self.clause
        return {
            "rulebook": self.rulebook.id,
            "id": clause.id,
            "clause": clause.clause,
            "duty": clause.duty,
            "force": clause.force,
            "source": clause.mark,
            "asks": clause.text.both(),
            "state": self.outcome.state,
            "measured": self.outcome.measured.both(),
            "evidence": list(self.outcome.evidence),
        }


def at(reading: Reading) -> str:
    """Where a reading was made, for the evidence."""
    place = reading.carrier or reading.mark
    return place if reading.offset is None else f"{place} @ {reading.offset}"

"""What is known of a duty: evidence, what a control found, and where the duty stands.

A state is computed and never typed in. It says what the running system shows, not what the law makes of it:

- `met`: every control that answers for the duty found what the duty asks for;
- `gap`: something that the duty asks for is not there, or a fact on which the duty depends is to be determined again;
- `not_applicable`: the duty does not bind this service; the reason says why;
- `no_evidence`: nothing in the system shows it, one way or the other, or nobody determined whether the duty applies. It
  is never shown as `met`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from overt.language import Text
from overt.rulebook import Duty

if TYPE_CHECKING:
    from overt.duties.view import View

State = Literal["met", "gap", "not_applicable", "no_evidence"]
STATES: tuple[State, ...] = ("met", "gap", "no_evidence", "not_applicable")
Kind = Literal["ledger", "count", "file", "setting", "statement", "time"]
"""Where evidence lies: an entry of the ledger, a number of records, a file, a setting, a signed statement, a time."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that can be looked up. `shows` says what it shows; `value` is what stands there.

    `entry` is the index of a ledger entry, by which anybody can ask for its proof; `at` when it came about (UTC).
    """

    kind: Kind
    shows: Text
    value: str
    entry: int | None = None
    at: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What one control found. Made by `met`, `gap`, `not_applicable` and `no_evidence`."""

    state: State
    reason: Text
    evidence: tuple[Evidence, ...] = ()


def met(reason: Text, *evidence: Evidence) -> Found:
    """What the duty asks for is there; `evidence` shows it. Without any evidence there is nothing that is met."""
    if not evidence:
        raise ValueError("nothing is met without evidence")
    return Found("met", reason, evidence)


def gap(reason: Text, *evidence: Evidence) -> Found:
    """Something that the duty asks for is not there. The reason names the way out."""
    return Found("gap", reason, evidence)


def not_applicable(reason: Text, *evidence: Evidence) -> Found:
    """The duty does not bind this service, and why."""
    return Found("not_applicable", reason, evidence)


def no_evidence(reason: Text, *evidence: Evidence) -> Found:
    """Nothing shows it yet: no such act happened so far, or the control could not look."""
    return Found("no_evidence", reason, evidence)


@dataclass(frozen=True, slots=True)
class Control:
    """Code that shows, from the running system, whether duties are met.

    `statements` says that it counts signed statements of people, so that one may be made for its duties.
    """

    id: str
    duties: tuple[str, ...]
    name: Text
    look: Callable[[View], Found]
    statements: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """What a control found, with the control."""

    control: Control
    found: Found


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one duty stands."""

    duty: Duty
    state: State
    reason: Text
    findings: tuple[Finding, ...] = ()
    evidence: tuple[Evidence, ...] = field(default=())
    """What the state rests on beside the controls: determinations of facts, statements of people."""

    @property
    def stated_only(self) -> bool:
        """Whether it is met by the word of people alone: nothing that the running system shows stands beside it."""
        shown = [each for finding in self.findings for each in finding.found.evidence]
        return self.state == "met" and all(each.kind == "statement" for each in shown)

    @property
    def all_evidence(self) -> tuple[Evidence, ...]:
        """Everything that the state rests on."""
        return self.evidence + tuple(each for finding in self.findings for each in finding.found.evidence)


def strongest(states: tuple[State, ...]) -> State:
    """What several findings on one duty come to: a gap wins over no evidence, and that over met.

    A control that does not apply says nothing, unless none does.
    """
    if states and set(states) == {"not_applicable"}:
        return "not_applicable"
    order: tuple[State, ...] = ("gap", "no_evidence", "met")
    return next((state for state in order if state in states), "no_evidence")

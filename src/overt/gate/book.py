"""What the gate needs of the record of decisions, and the values that go between the two."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from overt.gate.model import Ask, Decision, Finding, Outcome, Reason
from overt.gate.review.queue import Held
from overt.language import Text


class UsedUp(Exception):  # noqa: N818  (a state of affairs, not a fault)
    """A consent of the request has no use left, or stands no more, since the steps looked: why."""

    def __init__(self, reasons: tuple[Reason, ...]) -> None:
        super().__init__()
        self.reasons = reasons


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person answered to a decision that was held: who (opaque id), which way, and why."""

    outcome: Outcome
    by: str
    reason: Text


@dataclass(frozen=True, slots=True)
class Known:
    """A recorded decision as it stands: the content ids that are free, and what supersedes it."""

    decision: Decision
    free: tuple[str, ...]
    superseded: str = ""


@dataclass(frozen=True, slots=True)
class Permit:
    """What marking gets: the decision, and the content id that the content shall have."""

    decision: Decision
    content_id: str


class Book(Protocol):
    """Where decisions are recorded. The store implements it."""

    def sign(self, draft: Decision, ask: Ask, sign: Callable[[Decision], Decision], held: Held | None) -> Decision:
        """Gives content ids, counts uses of consents, signs, records and puts into the people's queue, all or nothing.

        A refusal gets no content ids; a decision that supersedes another takes over the other's. Raises `UsedUp`, and
        `RefusedError` where the other was superseded meanwhile.
        """

    def view(self) -> AbstractContextManager[None]:
        """Within it, all steps see the record as it is at one moment."""

    def known(self, decision_id: str) -> Known | None:
        """A recorded decision."""

    def lapsed(self, decision_id: str, at: datetime) -> tuple[Reason, ...]:
        """Why the consents of a decision that allows do not stand any more; nothing where all do."""

    def agreed(self, account: str) -> bool:
        """Whether the account took on the duty to label, in its present wording (Labeling Measures, art. 9)."""

    def review(self, decision: Decision, sha256: str, finding: Finding, held: Held | None = None) -> None:
        """Records what the review of an output found, and puts into the people's queue what waits for them."""

    def review_of(self, decision_id: str, sha256: str) -> tuple[Outcome, tuple[Reason, ...]] | None:
        """What the latest review of this output found; None where there was none."""

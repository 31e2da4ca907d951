"""What the gate decided, reviewed and let out; who took on the duty to label.

Each is sealed under the key of the account that asked. None holds a prompt, a name or a contact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from overt.gate.model import Decision
from overt.ledger.event import Event


@dataclass(frozen=True, slots=True)
class DecisionSigned(Event):
    """The gate answered a request."""

    tag: ClassVar[str] = "gate:decision:sign"
    shown: ClassVar[bool] = True
    keeping: ClassVar[str] = "decision"

    decision: Decision

    @property
    def about(self) -> tuple[str, ...]:
        """The decision, its content ids, its consents, and the decision that it supersedes."""
        before = (self.decision.supersedes,) if self.decision.supersedes else ()
        return (self.decision.id, *self.decision.content_ids, *self.decision.consents, *before)

    @property
    def person(self) -> str | None:
        """The account that asked."""
        return self.decision.account


@dataclass(frozen=True, slots=True)
class DecisionUsed(Event):
    """A content was marked and released under a decision. `source_sha256` is of what came out of the generator."""

    tag: ClassVar[str] = "gate:decision:use"
    keeping: ClassVar[str] = "decision"

    decision_id: str
    content_id: str
    source_sha256: str
    sha256: str

    @property
    def about(self) -> tuple[str, ...]:
        """The decision and the content."""
        return (self.decision_id, self.content_id)


@dataclass(frozen=True, slots=True)
class OutputReviewed(Event):
    """Something that came out was reviewed before it was marked. `reasons` are codes, never words."""

    tag: ClassVar[str] = "gate:output:review"
    shown: ClassVar[bool] = True
    keeping: ClassVar[str] = "decision"

    decision_id: str
    account: str
    sha256: str
    outcome: str
    could_not_tell: bool
    engines: str
    reasons: tuple[str, ...]

    @property
    def about(self) -> tuple[str, ...]:
        """The decision."""
        return (self.decision_id,)

    @property
    def person(self) -> str | None:
        """The account that asked."""
        return self.account


@dataclass(frozen=True, slots=True)
class LabelDutyAgreed(Event):
    """An account took on the duty to label, and liability for it (Labeling Measures, art. 9), in this wording."""

    tag: ClassVar[str] = "gate:label-duty:agree"
    keeping: ClassVar[str] = "agreement"

    account: str
    version: str
    text_sha256: str
    language: str

    @property
    def person(self) -> str | None:
        """The account."""
        return self.account


@dataclass(frozen=True, slots=True)
class UnlabelledDelivered(Event):
    """A content went out without explicit label; its implicit marks are in it. The recipient lies sealed beside it."""

    tag: ClassVar[str] = "gate:content:deliver-unlabelled"
    keeping: ClassVar[str] = "recipient_log"

    decision_id: str
    content_id: str
    account: str
    recipient_sha256: str

    @property
    def about(self) -> tuple[str, ...]:
        """The content and the decision."""
        return (self.content_id, self.decision_id)

    @property
    def person(self) -> str | None:
        """The account that asked."""
        return self.account

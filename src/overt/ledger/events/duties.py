"""What people answer to the law: statements on duties, determinations of facts about the service.

Both are dated and signed with the set-up's key (Ed25519 over the canonical JSON of all other fields). `owner` is the
post that answers for it ("Head of content safety"), never a person's name: nothing here is personal data.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from overt.canonical import canonical
from overt.ledger.event import Event
from overt.ledger.signing import verified


@dataclass(frozen=True, slots=True)
class Statement:
    """A person's word that a duty is met that no software can meet: staff, licences, management systems.

    `topic` tells statements on parts of one duty apart (`ethics_review`). `made` is UTC (ISO 8601), `expires` the last
    day on which it counts. `document` is the SHA-256 of a document that lies elsewhere, or empty.
    """

    id: str
    duties: tuple[str, ...]
    topic: str
    text: str
    owner: str
    made: str
    expires: str
    document: str = ""
    public_key: str = ""
    signature: str = ""

    @property
    def genuine(self) -> bool:
        """Whether the signature is over exactly this."""
        return genuine(self)


@dataclass(frozen=True, slots=True)
class Determination:
    """A reasoned, dated answer to a fact of the rulebook (`public_opinion`), which switches duties on and off.

    `review_by` is the last day on which it counts: then the fact is to be determined again.
    """

    id: str
    rulebook: str
    fact: str
    value: bool
    reasons: str
    owner: str
    made: str
    review_by: str
    document: str = ""
    public_key: str = ""
    signature: str = ""

    @property
    def genuine(self) -> bool:
        """Whether the signature is over exactly this."""
        return genuine(self)


def to_be_signed(said: Statement | Determination) -> bytes:
    """Everything but the signature, as canonical JSON (RFC 8785), with what kind of answer it is."""
    told: dict[str, Any] = {"kind": type(said).__name__.lower(), **asdict(said)}
    del told["signature"]
    return canonical(told)


def genuine(said: Statement | Determination) -> bool:
    """Whether the signature is over exactly this, by the key that it names."""
    try:
        public, signature = bytes.fromhex(said.public_key), bytes.fromhex(said.signature)
    except ValueError:
        return False
    return verified(public, signature, to_be_signed(said))


@dataclass(frozen=True, slots=True)
class StatementMade(Event):
    """Somebody stated, under the set-up's signature, how a duty is met."""

    tag: ClassVar[str] = "duties:statement:make"
    keeping: ClassVar[str] = "determination"

    statement: Statement

    @property
    def about(self) -> tuple[str, ...]:
        """The statement's id."""
        return (self.statement.id,)


@dataclass(frozen=True, slots=True)
class StatementWithdrawn(Event):
    """A statement does not hold any more."""

    tag: ClassVar[str] = "duties:statement:withdraw"
    keeping: ClassVar[str] = "determination"

    statement_id: str
    reason: str
    owner: str

    @property
    def about(self) -> tuple[str, ...]:
        """The statement's id."""
        return (self.statement_id,)


@dataclass(frozen=True, slots=True)
class FactDetermined(Event):
    """A fact about the service was determined, which switches duties on or off."""

    tag: ClassVar[str] = "duties:fact:determine"
    keeping: ClassVar[str] = "determination"

    determination: Determination

    @property
    def about(self) -> tuple[str, ...]:
        """The determination's id."""
        return (self.determination.id,)


@dataclass(frozen=True, slots=True)
class AnswersEntered(Event):
    """Somebody signed in made, or took back, statements or determinations. Who answers for them stands in each."""

    tag: ClassVar[str] = "duties:answer:enter"
    keeping: ClassVar[str] = "determination"

    answers: tuple[str, ...]
    by: str

    @property
    def about(self) -> tuple[str, ...]:
        """The ids of the statements or determinations."""
        return self.answers


@dataclass(frozen=True, slots=True)
class RegisterExported(Event):
    """Where all duties stood was written into a paper to hand in."""

    tag: ClassVar[str] = "duties:register:export"
    keeping: ClassVar[str] = "determination"

    export_id: str
    form: str
    rulebook: str
    rulebook_digest: str
    record: str
    """SHA-256 of the signed record that the paper tells."""
    sha256: str
    """SHA-256 of the paper."""
    by: str

    @property
    def about(self) -> tuple[str, ...]:
        """The export's id."""
        return (self.export_id,)

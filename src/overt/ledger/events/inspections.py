"""What inspectors were let into, what they read, what they asked for and got; and who uncovered personal data.

Officers stand here by their opaque ids. What a warrant says of an authority is no personal data; what was asked and
answered lies in the store, and its hash is here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from overt.ledger.event import Event


@dataclass(frozen=True, slots=True)
class _UnderWarrant(Event):
    """An event under one warrant."""

    warrant: str

    @property
    def about(self) -> tuple[str, ...]:
        """The warrant's id."""
        return (self.warrant,)


@dataclass(frozen=True, slots=True)
class WarrantMade(_UnderWarrant):
    """An authority's warrant was entered: by what law, about what, from when until when, and the hash of its paper."""

    tag: ClassVar[str] = "inspections:warrant:make"

    authority: str
    number: str
    basis: str
    scope: str
    since: str
    until: str
    paper: str
    by: str


@dataclass(frozen=True, slots=True)
class WarrantConfirmed(_UnderWarrant):
    """A second person confirmed it."""

    tag: ClassVar[str] = "inspections:warrant:confirm"

    by: str


@dataclass(frozen=True, slots=True)
class WarrantExtended(_UnderWarrant):
    """It ends later than it said, and why."""

    tag: ClassVar[str] = "inspections:warrant:extend"

    until: str
    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class WarrantEnded(_UnderWarrant):
    """It ended before its time, and why; all its accounts ended with it."""

    tag: ClassVar[str] = "inspections:warrant:end"

    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class Looked(_UnderWarrant):
    """An inspector asked to see something, and whether that was granted.

    `what` is the address without values, `ids` the opaque ids in it, `asked` the names of the values that came along:
    a value that was searched for could name a person. It is found under the warrant, not under what was looked at: a
    bundle about a content does not tell who inspected it.
    """

    officer: str
    what: str
    ids: tuple[str, ...]
    asked: tuple[str, ...]
    granted: bool


@dataclass(frozen=True, slots=True)
class ContentsRead(Looked):
    """An inspector looked at contents."""

    tag: ClassVar[str] = "inspections:contents:read"


@dataclass(frozen=True, slots=True)
class DecisionsRead(Looked):
    """An inspector looked at decisions."""

    tag: ClassVar[str] = "inspections:decisions:read"


@dataclass(frozen=True, slots=True)
class ConsentsRead(Looked):
    """An inspector looked at consents."""

    tag: ClassVar[str] = "inspections:consents:read"


@dataclass(frozen=True, slots=True)
class ReportsRead(Looked):
    """An inspector looked at reports."""

    tag: ClassVar[str] = "inspections:reports:read"


@dataclass(frozen=True, slots=True)
class DutiesRead(Looked):
    """An inspector looked at duties."""

    tag: ClassVar[str] = "inspections:duties:read"


@dataclass(frozen=True, slots=True)
class LedgerRead(Looked):
    """An inspector looked at the ledger."""

    tag: ClassVar[str] = "inspections:ledger:read"


@dataclass(frozen=True, slots=True)
class LibraryRead(Looked):
    """An inspector looked at the feature libraries."""

    tag: ClassVar[str] = "inspections:library:read"


@dataclass(frozen=True, slots=True)
class KeysRead(Looked):
    """An inspector looked at keys and certificates."""

    tag: ClassVar[str] = "inspections:keys:read"


@dataclass(frozen=True, slots=True)
class EvidenceRead(Looked):
    """An inspector took a bundle of evidence."""

    tag: ClassVar[str] = "inspections:evidence:read"


@dataclass(frozen=True, slots=True)
class PersonsRead(Looked):
    """An inspector asked to see personal data."""

    tag: ClassVar[str] = "inspections:persons:read"


@dataclass(frozen=True, slots=True)
class DeskRead(Looked):
    """An inspector looked at their own warrant, requests or answers."""

    tag: ClassVar[str] = "inspections:desk:read"


@dataclass(frozen=True, slots=True)
class ElseRead(Looked):
    """An inspector asked for something that no warrant opens."""

    tag: ClassVar[str] = "inspections:else:read"


@dataclass(frozen=True, slots=True)
class RequestMoved(_UnderWarrant):
    """A request for material was made, asked about, put off, answered or closed. `sha256` is of what was said."""

    tag: ClassVar[str] = "inspections:request:move"

    request: str
    kind: str
    due: str
    sha256: str
    by: str

    @property
    def about(self) -> tuple[str, ...]:
        """The warrant and the request."""
        return self.warrant, self.request


@dataclass(frozen=True, slots=True)
class PersonUncovered(Event):
    """Somebody uncovered personal data: whose, what kind, why, by what duty, until when. Sealed for the person."""

    tag: ClassVar[str] = "persons:data:uncover"

    of: str
    what: str
    reason: str
    duty: str
    until: str
    warrant: str
    by: str

    @property
    def about(self) -> tuple[str, ...]:
        """The warrant, where there is one."""
        return (self.warrant,) if self.warrant else ()

    @property
    def person(self) -> str:
        """Whose data they are."""
        return self.of

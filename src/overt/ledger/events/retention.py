"""What is deleted, what is held back from deletion, what persons asked for, and evidence that was given out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from overt.ledger.event import Event

Ranges = tuple[tuple[int, int], ...]
"""Entries of the ledger, from the first to the last of each range."""
Ground = Literal["request", "withdrawal", "purpose-ended", "service-stopped", "unlawful"]
"""Why personal information is deleted (PIPL, art. 47): the person asks for it or withdraws the consent, what it was for
is reached or cannot be reached, the service or the term has ended, or the handling broke the law or the agreement."""


@dataclass(frozen=True, slots=True)
class RecordsExpired(Event):
    """Records were kept as long as their class is kept, and deleted.

    `source` is "openings" or the name of a table; of openings, `entries` tells whose. What was recorded `before` this
    time was due.
    """

    tag: ClassVar[str] = "retention:records:expire"
    keeping: ClassVar[str] = "retention"

    record: str
    source: str
    before: str
    count: int
    entries: Ranges = ()


@dataclass(frozen=True, slots=True)
class HoldPlaced(Event):
    """Somebody ordered that nothing of these ids, or of this period, is deleted."""

    tag: ClassVar[str] = "retention:hold:place"
    keeping: ClassVar[str] = "retention"

    hold: str
    reason: str
    authority: str
    ids: tuple[str, ...] = ()
    since: str = ""
    before: str = ""
    until: str = ""

    @property
    def about(self) -> tuple[str, ...]:
        """The hold, and what it covers."""
        return (self.hold, *self.ids)


@dataclass(frozen=True, slots=True)
class HoldReleased(Event):
    """A hold ended before its time; what it covered expires again."""

    tag: ClassVar[str] = "retention:hold:release"
    keeping: ClassVar[str] = "retention"

    hold: str
    reason: str

    @property
    def about(self) -> tuple[str, ...]:
        """The hold."""
        return (self.hold,)


@dataclass(frozen=True, slots=True)
class PersonErased(Event):
    """What was kept of a person was deleted: all of it with their key, or what the law does not want kept any longer.

    `entries` can be opened no more from here on. Where `destroyed` is false, the rest is stored and secured only
    (PIPL, art. 47), until `due`. The id of the person is random, and leads to nothing once the key is gone.
    """

    tag: ClassVar[str] = "retention:person:erase"
    keeping: ClassVar[str] = "retention"

    subject: str
    ground: Ground
    destroyed: bool
    entries: Ranges
    due: str = ""


@dataclass(frozen=True, slots=True)
class PersonExported(Event):
    """A person was given what is kept of them (PIPL, art. 45)."""

    tag: ClassVar[str] = "retention:person:export"
    keeping: ClassVar[str] = "personal"

    subject: str
    count: int

    @property
    def person(self) -> str | None:
        """The person, under whose key it is kept."""
        return self.subject


@dataclass(frozen=True, slots=True)
class BundleMade(Event):
    """Evidence was given out. `sha256` is the bundle's; `opened` are the entries with personal data that it opens."""

    tag: ClassVar[str] = "evidence:bundle:make"
    keeping: ClassVar[str] = "retention"

    subject: str
    sha256: str
    entries: int
    personal: Literal["none", "all", "one"]
    opened: Ranges
    ground: str
    recipient: str

    @property
    def about(self) -> tuple[str, ...]:
        """The id that the bundle is about; nothing for a period."""
        return () if ".." in self.subject else (self.subject,)

"""What people and lists did in the review: libraries put into force, items added, claimed, answered, followed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from overt.ledger.event import Event


@dataclass(frozen=True, slots=True)
class LibraryLoaded(Event):
    """A version of a feature library was put into force: its digest, who approved it, what differs from the last.

    `by` is who did it in the console or over the API; empty where a file was found to have changed.
    """

    tag: ClassVar[str] = "review:library:load"

    name: str
    version: str
    digest: str
    approver: str
    entries: int
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    by: str = ""

    @property
    def about(self) -> tuple[str, ...]:
        """The library's digest."""
        return (self.digest,)


@dataclass(frozen=True, slots=True)
class _OfItem(Event):
    """Something that happened to an item of the queue. `asked_by` is the person who asked for what is reviewed."""

    item: str
    decision: str
    asked_by: str

    @property
    def about(self) -> tuple[str, ...]:
        """The item and the decision that held it."""
        return (self.item, self.decision)

    @property
    def person(self) -> str | None:
        """Whoever asked."""
        return self.asked_by


@dataclass(frozen=True, slots=True)
class ItemAdded(_OfItem):
    """Something was held for a person to look at. Materials by their hashes."""

    tag: ClassVar[str] = "review:item:add"

    materials: tuple[str, ...]
    categories: tuple[str, ...]
    priority: int
    eyes: int


@dataclass(frozen=True, slots=True)
class ItemClaimed(_OfItem):
    """A reviewer took an item. `lapsed` is the reviewer whose lease was over, if it was somebody's."""

    tag: ClassVar[str] = "review:item:claim"

    reviewer: str
    lease: str
    lapsed: str = ""


@dataclass(frozen=True, slots=True)
class ItemAnswered(_OfItem):
    """A reviewer answered. `outcome` is what the item was settled by, or empty where it waits on."""

    tag: ClassVar[str] = "review:item:answer"

    reviewer: str
    answer: str
    duties: tuple[str, ...]
    words: str
    outcome: str


@dataclass(frozen=True, slots=True)
class ItemFollowed(_OfItem):
    """A new decision followed from a settled item."""

    tag: ClassVar[str] = "review:item:follow"

    outcome: str
    new_decision: str

    @property
    def about(self) -> tuple[str, ...]:
        """The item, the decision that held it, and the one that followed."""
        return (self.item, self.decision, self.new_decision)

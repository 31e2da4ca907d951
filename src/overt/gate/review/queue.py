"""People in the middle: what waits for a person, who has it, what they answered, and what follows.

```
                       lease over
             ┌───────────────────────────┐
             ▼                           │
  add ──► waiting ──── claim ──────► claimed ──── answer: pass, refuse ────► settled ──► followed
             ▲                        │    │      (the second pair of eyes agrees, or none is asked for)
             │    another pair of     │    │
             └──── eyes is due ◄──────┘    └──── answer: escalate; or two pairs of eyes disagree
             ▲                                        │
             └──── level + 1: for senior reviewers ◄──┘
```

Two reviewers never have the same item at once, and nobody looks twice at an item that asks for two pairs of eyes. An
item that is settled by "pass" leads to a new decision which supersedes the first; `followed` says that it was made, so
that none is forgotten when a process ends in between. There is no clock here that the law sets.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, Protocol

from overt.canonical import stamp
from overt.gate.model import Material, Role

Answer = Literal["pass", "refuse", "escalate"]
ANSWERS: Final[tuple[Answer, ...]] = ("pass", "refuse", "escalate")
State = Literal["waiting", "claimed", "settled"]
LEASE: Final = timedelta(minutes=15)
"""How long an item stays with whoever claimed it."""
TOP_LEVEL: Final = 1
"""The level of senior reviewers. What they escalate waits for another of them."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a reviewer sees of a material: the text itself, or the file; and what the engines saw in it."""

    role: Role
    medium: str
    sha256: str
    text: str = ""
    path: str = ""
    """Where a file lay when it was reviewed."""
    object: str = ""
    """The name of the sealed object that keeps it; empty where it is not kept."""
    remarks: tuple[str, ...] = ()
    held: bool = True
    """Whether this is what waits; what lies beside it is there to be understood, and no answer counts for it."""

    @classmethod
    def of(cls, material: Material, remarks: tuple[str, ...] = (), *, held: bool = True) -> Seen:
        """A material as it is told to the queue."""
        where = str(material.path) if material.path else ""
        text = material.text or ""
        return cls(material.role, material.medium, material.sha256, text, where, remarks=remarks, held=held)


@dataclass(frozen=True, slots=True)
class Held:
    """What is to be put into the queue. `person` is whoever asked; everything that tells of them is sealed."""

    decision: str
    person: str
    purpose: str
    materials: tuple[Seen, ...]
    categories: tuple[str, ...] = ()
    priority: int = 0
    """Higher comes first."""
    eyes: int = 1
    """How many reviewers must agree: 1 or 2."""


@dataclass(frozen=True, slots=True)
class Given:
    """One reviewer's answer."""

    reviewer: str
    answer: Answer
    duties: tuple[str, ...]
    answered: str
    words: str = ""
    """Why, in the reviewer's words; empty where the person's key was destroyed."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that waits, or waited. `materials` is empty where the person's key was destroyed."""

    id: str
    decision: str
    person: str
    purpose: str
    categories: tuple[str, ...]
    priority: int
    eyes: int
    level: int
    state: State
    added: str
    claimed_by: str = ""
    lease: str = ""
    settled: str = ""
    outcome: str = ""
    followed: str = ""
    materials: tuple[Seen, ...] = ()
    answers: tuple[Given, ...] = ()

    def open_to(self, reviewer: str, at: datetime) -> bool:
        """Whether this reviewer sees what is reviewed: while they have it, and everybody once it is settled."""
        return self.state == "settled" or self.held_by(reviewer, at)

    def held_by(self, reviewer: str, at: datetime) -> bool:
        """Whether this reviewer has claimed it, and the lease still runs."""
        return self.state == "claimed" and self.claimed_by == reviewer and self.lease > stamp(at)

    def told_to(self, reviewer: str) -> tuple[Given, ...]:
        """The answers that this reviewer may know: of two pairs of eyes, neither looks through the other's."""
        blind = self.eyes > 1 and not self.level and self.state != "settled"
        return tuple(each for each in self.answers if not blind or each.reviewer == reviewer)


class Queue(Protocol):
    """The people's queue. The store keeps it."""

    def add(self, held: Held) -> str:
        """Puts something into the queue. Returns the item's id."""

    def claim(self, reviewer: str, at: datetime, *, senior: bool = False, lease: timedelta = LEASE) -> Item | None:
        """The next item that this reviewer may have, now theirs until the lease is over; None where there is none."""

    def answer(
        self, item: str, reviewer: str, answer: Answer, words: str, duties: tuple[str, ...], at: datetime
    ) -> Item:
        """Takes the answer of whoever has claimed the item. Raises `UsageError` for anybody else."""

    def passed(self, person: str, purpose: str, sha256: str) -> Answer | None:
        """What people last said of this material, asked by the same person for the same purpose."""


class OnSettled(Protocol):
    """What is told when an item is settled: the gate makes the new decision."""

    def settled(self, item: Item) -> str:
        """Makes what follows. Returns the new decision's id, or an empty string where nothing follows."""

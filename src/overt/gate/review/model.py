"""What an engine is, what it says, and where it saw it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

from overt.gate.model import Material, Medium, Outcome
from overt.language import Text

Depth = Literal["standard", "deep", "human"]
"""How far a review goes: the quick engines; the thorough ones too; and a person in any case."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that an engine saw.

    `score` is 0 to 100 in the engine's own measure. `start` and `stop` are places in the text as it was given, or both
    0. `said` is what stands there and is for reviewers alone: it can be personal, and it would teach how to get around.
    `way` says how it was written, where it was not written plainly ("sound", "split"). `rule` is the id of an entry of
    a library or the engine's own name for it, `standard` the clause or rule by which the entry was made.
    """

    category: str
    outcome: Outcome
    score: int = 100
    start: int = 0
    stop: int = 0
    said: str = ""
    way: str = "plain"
    rule: str = ""
    standard: str = ""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one engine says of one material. `could_not_tell` is never an `allow`: a chain makes it a hold at least."""

    engine: str
    version: str
    outcome: Outcome
    hits: tuple[Hit, ...] = ()
    could_not_tell: bool = False
    absent: bool = False
    """It could not tell because what it needs is not installed: nobody has looked, whatever is shown to it."""
    why: Text | None = None
    """Why it could not tell, or what to say beside the categories."""
    details: dict[str, str] = field(default_factory=dict)

    @property
    def by(self) -> str:
        """Engine and version, as the record names them."""
        return f"{self.engine} {self.version}"


class Engine(Protocol):
    """Something that looks at materials of some media. Raises any `OvertError` where it could not look."""

    @property
    def name(self) -> str:
        """What it is called, for good."""

    @property
    def version(self) -> str:
        """What would make it answer otherwise: of its program, its model, its list."""

    @property
    def media(self) -> frozenset[Medium]:
        """What it takes."""

    @property
    def thorough(self) -> bool:
        """Whether it is only asked where a review goes deep: because it is slow, or costs money."""

    def review(self, material: Material) -> Opinion:
        """What it sees."""


def unknown(engine: str, version: str, why: Text, *, absent: bool = False) -> Opinion:
    """The opinion of an engine that could not tell; `absent` where what it needs is not installed."""
    return Opinion(engine, version, "hold", could_not_tell=True, absent=absent, why=why)

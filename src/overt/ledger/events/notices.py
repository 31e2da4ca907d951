"""What an operator publishes for everybody to read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from overt.ledger.event import Event


@dataclass(frozen=True, slots=True)
class NoticePublished(Event):
    """A version of a notice was published, with the hash of its text in both languages. `covers` are duties."""

    tag: ClassVar[str] = "notices:notice:publish"

    kind: str
    version: int
    sha256: str
    valid_from: str
    covers: tuple[str, ...]
    by: str

    @property
    def about(self) -> tuple[str, ...]:
        """The version: `notice:algorithm:3`."""
        return (f"notice:{self.kind}:{self.version}",)

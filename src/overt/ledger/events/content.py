"""Contents that were released, distributed, remembered and forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from overt.dissemination.model import Dissemination
from overt.ledger.event import Event
from overt.marks.kept import Remembered
from overt.marks.model import Release


@dataclass(frozen=True, slots=True)
class ContentReleased(Event):
    """A content got its marks, they were read back, and it was let out."""

    tag: ClassVar[str] = "marking:content:release"

    release: Release

    @property
    def about(self) -> tuple[str, ...]:
        """The content's id."""
        return (self.release.content_id,)


@dataclass(frozen=True, slots=True)
class ContentDisseminated(Event):
    """A content that others made got our propagation data, they were read back, and it was let out."""

    tag: ClassVar[str] = "dissemination:content:write-back"

    dissemination: Dissemination

    @property
    def about(self) -> tuple[str, ...]:
        """The content's id."""
        return (self.dissemination.propagate_id,)


@dataclass(frozen=True, slots=True)
class ContentRemembered(Event):
    """A content was reported; its fingerprints are kept, so that it is known when it comes again."""

    tag: ClassVar[str] = "trace:content:remember"

    remembered: Remembered

    @property
    def about(self) -> tuple[str, ...]:
        """The content's id."""
        return (self.remembered.report_id,)


@dataclass(frozen=True, slots=True)
class ContentForgotten(Event):
    """What was kept of a reported content was deleted; the entry of its report stays."""

    tag: ClassVar[str] = "trace:content:forget"

    report_id: str

    @property
    def about(self) -> tuple[str, ...]:
        """The content's id."""
        return (self.report_id,)

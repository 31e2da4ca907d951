"""What happened to reports of the public. Nothing here says who reported, whom it is about, or what was written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from overt.ledger.event import Event


@dataclass(frozen=True, slots=True)
class _OfReport(Event):
    """An event of one report."""

    keeping: ClassVar[str] = "case"

    report: str

    @property
    def about(self) -> tuple[str, ...]:
        """The report's id."""
        return (self.report,)


@dataclass(frozen=True, slots=True)
class ReportReceived(_OfReport):
    """Somebody reported something: of which kind, what they gave (links, fingerprint, file, …), what was promised."""

    tag: ClassVar[str] = "reports:report:receive"

    kind: str
    gave: tuple[str, ...]
    due: str
    clause: str


@dataclass(frozen=True, slots=True)
class ReportLooked(_OfReport):
    """Our records were searched for what was reported; the ids of the contents that it led to."""

    tag: ClassVar[str] = "reports:report:look"

    outcome: str
    contents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReportAdded(_OfReport):
    """The reporter added something."""

    tag: ClassVar[str] = "reports:report:add"


@dataclass(frozen=True, slots=True)
class ReportWithdrawn(_OfReport):
    """The reporter took the report back. `destroyed` is whether what they had given was destroyed with it."""

    tag: ClassVar[str] = "reports:report:withdraw"

    destroyed: bool


@dataclass(frozen=True, slots=True)
class ReportTaken(_OfReport):
    """A person of staff works on it."""

    tag: ClassVar[str] = "reports:report:take"

    by: str


@dataclass(frozen=True, slots=True)
class ReportAsked(_OfReport):
    """The reporter was asked something."""

    tag: ClassVar[str] = "reports:report:ask"

    by: str


@dataclass(frozen=True, slots=True)
class ReportConfirmed(_OfReport):
    """The fingerprint was remembered, under this number, so that the content is known when it comes again."""

    tag: ClassVar[str] = "reports:report:confirm"

    remembered: str
    by: str


@dataclass(frozen=True, slots=True)
class ReportAnswered(_OfReport):
    """The reporter got an answer: how it ended, and under which duties or clauses."""

    tag: ClassVar[str] = "reports:report:answer"

    outcome: str
    clauses: tuple[str, ...]
    by: str


@dataclass(frozen=True, slots=True)
class ReportClosed(_OfReport):
    """Nothing more happens with it."""

    tag: ClassVar[str] = "reports:report:close"

    by: str


@dataclass(frozen=True, slots=True)
class ReportSeen(_OfReport):
    """A picture that came with it was looked at."""

    tag: ClassVar[str] = "reports:report:see"

    by: str

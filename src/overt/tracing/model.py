"""What a trace says: the records that a copy leads to, each with the evidence that led there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from overt.language import Text

if TYPE_CHECKING:
    from overt.inspection import Inspection
    from overt.inspection.verdict import Contradiction
    from overt.marks.kept import Gap, Remembered
    from overt.marks.model import Release
    from overt.store.previews import Preview
    from overt.tracing.agreement import Agreement
    from overt.tracing.align import Likeness
    from overt.tracing.match import Match

Outcome = Literal["found", "not-found", "could-not-tell"]
Pointer = Literal["bytes", "watermark", "fingerprint", "metadata", "credential"]
"""What led from a copy to a record."""

POINTERS: dict[Pointer, Text] = {
    "bytes": Text(zh="文件字节完全一致", en="the very bytes"),
    "watermark": Text(zh="水印编号", en="watermark id"),
    "fingerprint": Text(zh="指纹", en="fingerprint"),
    "metadata": Text(zh="元数据标识", en="metadata label"),
    "credential": Text(zh="内容凭证", en="content credential"),
}


@dataclass(frozen=True, slots=True)
class Mark:
    """A watermark whose id leads to this record: the reading's values, and whether the content agrees."""

    values: dict[str, Any]
    agreement: Agreement
    likeness: Likeness | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One record that a copy leads to.

    `release` is the record of a released content, `report` that of a reported one; one of them is there. `proved` is
    whether the ledger's entry commits to the release and lies under the present root. `kept_marks` are those of its
    marks that the copy still has, `lost` those that it has no more, `unread` those that nobody could look for.
    """

    content_id: str
    release: Release | None
    report: Remembered | None
    led_by: tuple[Pointer, ...]
    ledger_index: int | None = None
    proved: bool | None = None
    marks: tuple[Mark, ...] = ()
    matches: tuple[Match, ...] = ()
    preview: Preview | None = None
    kept_marks: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether the content itself, not only what is written beside it, leads here."""
        agrees = any(mark.agreement == "agrees" for mark in self.marks)
        return "bytes" in self.led_by or agrees or bool(self.matches)


@dataclass(frozen=True, slots=True)
class Trace:
    """What leads from one file to our records, surest first.

    `gaps` are the fingerprints that could not be taken of the copy, `compared` whether there was any; `unknown` are the
    watermark ids of our keys that no record knows.
    """

    file: str
    inspection: Inspection
    candidates: tuple[Candidate, ...] = ()
    gaps: tuple[Gap, ...] = ()
    compared: bool = False
    unknown: tuple[dict[str, Any], ...] = ()
    contradictions: tuple[Contradiction, ...] = field(default=())

    @property
    def outcome(self) -> Outcome:
        """Found, if the content leads to a record; could not tell, if something of ours was seen or not looked at."""
        if any(candidate.holds for candidate in self.candidates):
            return "found"
        unread = any(reading.state == "unreadable" for reading in self.inspection.examination.readings)
        missing = any(gap.failed for gap in self.gaps) or not self.compared
        return "could-not-tell" if self.candidates or unread or missing else "not-found"

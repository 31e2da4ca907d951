"""From a copy to the record: inspects a file, looks it up, and puts together what is known of where it leads.

Contents that others reported are remembered here, too, so that they are known when they are uploaded again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from overt.errors import InternalError, UnsupportedError, UsageError
from overt.inspection.verdict import Contradiction
from overt.language import Text
from overt.marks.kept import Remembered
from overt.tracing.model import Candidate, Trace

if TYPE_CHECKING:
    from overt.inspection import Inspection, Inspector
    from overt.marks.model import Release
    from overt.tracing.finder import Evidence, Finder

LONGEST_REASON = 500
"""Characters of the reason for which a content is remembered."""


class Tracer:
    """Traces files, one after another.

    The inspector is one that asks `finder` (`overt.inspection.inspect.Copies`): its verdict knows what is found.
    """

    def __init__(self, inspector: Inspector, finder: Finder, *, previews: bool = True) -> None:
        self.inspector = inspector
        self.finder = finder
        self.previews = previews

    def trace(self, path: Path) -> Trace:
        """What leads from the file to our records. Raises `UsageError` where there is no file to open."""
        inspection = self.inspector.inspect(path)
        found = self.finder.find(path.absolute(), inspection.examination)
        candidates = tuple(self._candidate(each, inspection) for each in found.evidence)
        contradictions = (*inspection.verdict.contradictions, *_between(candidates))
        return Trace(
            inspection.file, inspection, candidates, found.gaps, bool(found.asked), found.unknown, contradictions
        )

    def remember(self, path: Path, reason: str) -> Remembered:
        """Keeps the fingerprints of a reported content and records why. Raises an `OvertError`.

        The content itself is not kept.
        """
        if not reason.strip() or len(reason) > LONGEST_REASON:
            raise UsageError(
                f"a reason of 1 to {LONGEST_REASON} characters is needed", f"须说明原因（1 到 {LONGEST_REASON} 字）"
            )
        examination = self.inspector.inspect(path).examination
        if examination.container is None or examination.media_type is None or examination.sha256 is None:
            raise UnsupportedError("the file's format is not known", "无法识别文件格式")
        if known := self.finder.store.kept.reported(examination.sha256):
            return known
        taken = self.finder.take(path.absolute(), examination.container, examination.media_type, views=self.previews)
        kept = replace(taken, manifest=b"")
        if not kept.prints:
            why = kept.gaps[0].reason if kept.gaps else Text(zh="原因不明", en="for an unknown reason")
            raise UnsupportedError(
                f"nothing of it can be known again: {why.en}", f"无法提取任何指纹，以后无从辨认：{why.zh}"
            )
        now = datetime.now(UTC).isoformat(timespec="seconds")
        remembered = Remembered(str(uuid4()), examination.sha256, examination.media_type, reason.strip(), now)
        self.finder.store.remember(remembered, kept)
        return remembered

    def forget(self, report_id: str) -> None:
        """Deletes what is kept of a reported content. Raises `UsageError` where there is none under this number."""
        if self.finder.store.forget(report_id) is None:
            raise UsageError(f"no reported content {report_id}", f"没有编号为 {report_id} 的被举报内容")

    def _candidate(self, about: Evidence, inspection: Inspection) -> Candidate:
        store = self.finder.store
        release = store.by_content_id(about.content_id)
        report = None if release else store.kept.report(about.content_id)
        if release is None and report is None:
            raise InternalError("fingerprints without a record", "指纹没有对应的记录")
        kept_marks, lost, unread = _left(release, about, inspection) if release else ((), (), ())
        return Candidate(
            content_id=about.content_id,
            release=release,
            report=report,
            led_by=tuple(about.led_by),
            ledger_index=store.ledger_index(about.content_id) if release else None,
            proved=store.proved(release) if release else None,
            marks=tuple(about.marks),
            matches=tuple(sorted(about.matches, key=lambda each: each.error_rate)),
            preview=store.previews.get(about.content_id) if store.previews else None,
            kept_marks=kept_marks,
            lost=lost,
            unread=unread,
        )


_Names = tuple[str, ...]


def _left(release: Release, about: Evidence, inspection: Inspection) -> tuple[_Names, _Names, _Names]:
    """Which of a release's marks the copy still has, which it lost, and which could not be looked for."""
    kept, lost, unread = [], [], []
    readings = inspection.examination.readings
    for mark in release.marks:
        if mark == "label_beside":  # It never was in what went out, so that a copy cannot have lost it.
            continue
        of_kind = [reading for reading in readings if reading.mark == mark]
        if mark == "watermark":
            is_there = bool(about.marks)
        elif mark == "metadata":
            is_there = any(each.values.get("ProduceID") == about.content_id for each in of_kind)
        elif mark == "credential":
            is_there = any(each.values.get("content_id") == about.content_id for each in of_kind)
        else:
            is_there = any(each.state == "found" for each in of_kind)
        if is_there:
            kept.append(mark)
        elif not of_kind or any(each.state == "unreadable" for each in of_kind):
            unread.append(mark)
        else:
            lost.append(mark)
    return tuple(kept), tuple(lost), tuple(unread)


def _between(candidates: tuple[Candidate, ...]) -> Iterator[Contradiction]:
    """What the records say against each other."""
    for each in candidates:
        if not any(mark.agreement == "differs" for mark in each.marks):
            continue
        other = next((one for one in candidates if one is not each and one.matches), None)
        if other is not None:
            text = Text(
                zh=f"水印指向 {each.content_id}，而内容与 {other.content_id} 相符",
                en=f"the watermark leads to {each.content_id}, while the content is like {other.content_id}",
            )
            yield Contradiction("watermark-of-another-content", text)

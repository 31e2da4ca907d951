"""Taking a report of the public: what was said is kept at once; what was given is looked up while the visitor waits.

The search of our own records is work in line. What a file is known by is taken in the guarded process; the file goes
from the shelf when the search is over, and is kept, sealed, only where the reporter chose so. A search that could not
be made, or was lost with the process, is told as "could not be looked up", never as "not found".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from overt.duties.promises import promise
from overt.errors import OvertError
from overt.language import Language
from overt.store.objects import Objects
from overt.store.public_reports import PublicReports
from overt.store.report_rows import Fingerprints, Hit, Kind, Looked, Report, Said
from overt.tracing import offered
from overt.web.errors import BusyError
from overt.web.house import Site

if TYPE_CHECKING:
    from overt.marks.kept import Kept
    from overt.tracing.finder import Found
    from overt.tracing.model import Trace
    from overt.web.uploads import Received
    from overt.web.work import Rooms, Task

WORK: Final = "report"
_PATIENCE: Final = timedelta(minutes=15)
_MOST_HITS: Final = 10


@dataclass(frozen=True, slots=True)
class Filing:
    """What somebody reports. `prints` is what their own device made, `keep` whether a file of theirs may be kept."""

    kind: Kind
    said: Said
    prints: str = ""
    keep: bool = False
    language: Language = "zh"


def book(house: Site) -> PublicReports:
    """The reports of this set-up."""
    return PublicReports(house.store, Objects.open(house.setup.settings.store.objects, house.setup.data))


def file(house: Site, filing: Filing, upload: Received | None = None) -> tuple[Report, str]:
    """Takes a report, and puts the search into the line. Returns it with its receipt code. Raises an `OvertError`."""
    reports, made = book(house), offered.read(filing.prints) if filing.prints else None
    prints = Fingerprints(made.asked, made.kept, made.sha256, made.media_type) if made else None
    sent = upload if upload and upload.size and prints is None else None
    promised = promise(house.rulebook, filing.kind)
    report, code = reports.file(
        filing.kind, filing.said, promised, prints=prints, file_follows=sent is not None, language=filing.language
    )
    try:
        if prints:
            house.work.start(WORK, lambda rooms, _: _by_prints(rooms, reports, report.id, prints), public=True)
        elif sent:
            path, keep = sent.path, filing.keep

            def look(rooms: Rooms, _: Task) -> None:
                _by_file(rooms, reports, report.id, path, keep=keep)

            house.work.start(WORK, look, public=True, after=sent.keep())
    except BusyError:  # The report counts all the same.
        reports.looked_at(report.id, "could-not-tell")
    return report, code


def looked(report: Report, now: datetime | None = None) -> Looked:
    """What the search came to. One that never ended could not be made."""
    begun = datetime.fromisoformat(report.received)
    if report.looked == "waiting" and (now or datetime.now(UTC)) - begun > _PATIENCE:
        return "could-not-tell"
    return report.looked


def _by_prints(rooms: Rooms, reports: PublicReports, report_id: str, prints: Fingerprints) -> None:
    try:
        found = rooms.tracer.finder.find_prints(prints.asked, prints.sha256)
    except OvertError:
        reports.looked_at(report_id, "could-not-tell")
        return
    hits = _hits(found)
    # Without a fingerprint that tells enough, only these very bytes were looked for.
    nothing: Looked = "not-found" if found.asked else "could-not-tell"
    reports.looked_at(report_id, "found" if hits else nothing, hits)


def _by_file(rooms: Rooms, reports: PublicReports, report_id: str, path: Path, *, keep: bool) -> None:
    try:
        trace = rooms.tracer.trace(path)
        seen = trace.inspection.examination
        if seen.container is None or seen.media_type is None:
            reports.looked_at(report_id, "could-not-tell")
            return
        taken = rooms.tracer.finder.take(path, seen.container, seen.media_type, views=keep)
        prints = Fingerprints((), taken.prints, seen.sha256 or "", seen.media_type)
        data = path.read_bytes() if keep else b""
    except (OvertError, OSError):
        reports.looked_at(report_id, "could-not-tell")
        return
    outcome: Looked = {"found": "found", "not-found": "not-found"}.get(trace.outcome, "could-not-tell")  # type: ignore[assignment]
    reports.looked_at(report_id, outcome, _traced(trace), prints=prints, data=data, views=_views(taken))


def _hits(found: Found) -> tuple[Hit, ...]:
    sure = [each for each in found.evidence if each.matches or "bytes" in each.led_by]
    return tuple(
        Hit(each.content_id, each.origin, tuple(each.led_by), 0.0 if "bytes" in each.led_by else each.surest)
        for each in sure[:_MOST_HITS]
    )


def _traced(trace: Trace) -> tuple[Hit, ...]:
    return tuple(
        Hit(
            each.content_id,
            "released" if each.release else "reported",
            each.led_by,
            0.0 if "bytes" in each.led_by else min((one.error_rate for one in each.matches), default=1.0),
        )
        for each in trace.candidates
        if each.holds
    )[:_MOST_HITS]


def _views(taken: Kept) -> tuple[bytes, ...]:
    return tuple(each.webp for each in taken.views)

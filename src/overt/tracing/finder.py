"""Looks a file up in the record by what it shows and sounds like, and by the ids that its watermarks carry.

```
 ask        the file's fingerprints, in the guarded process
 find       candidates: by the indexes; by ids of watermarks, labels and credentials; by the very bytes
 compare    each candidate's fingerprints with the file's; the picture laid on what is kept, by the mark's geometry
 judge      matches (`match`), agreement of each watermark's id with the content (`agreement`)
```
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from overt.errors import MediaError
from overt.fingerprints.model import INDEXED, Comparison, Fingerprint, Kind
from overt.marks import keep
from overt.marks.kept import Gap, Kept, Print
from overt.marks.model import Reading
from overt.media.budget import INSPECTION, Budget
from overt.media.guard import Guard
from overt.tracing.agreement import Agreement, agreement
from overt.tracing.catalogue import Catalogue, Choice, makers
from overt.tracing.lay import laid
from overt.tracing.match import Match, compared, match
from overt.tracing.model import Mark, Pointer

if TYPE_CHECKING:
    from overt.marks.examine import Examination
    from overt.store.kept import Row
    from overt.store.records import Store
    from overt.tracing.align import Likeness

MOST_TOLD = 5
"""Contents that an inspection names by fingerprint, the surest."""


@dataclass(slots=True)
class Evidence:
    """What leads from a file to one content."""

    content_id: str
    origin: str = "released"
    led_by: list[Pointer] = field(default_factory=list)
    comparisons: list[Comparison] = field(default_factory=list)
    matches: list[Match] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)

    @property
    def surest(self) -> float:
        """The lowest error rate of its matches; 1 without any."""
        return min((each.error_rate for each in self.matches), default=1.0)

    @property
    def rank(self) -> tuple[int, float, str]:
        """Its place among others: what the content itself shows, before what is only written beside it."""
        agrees = any(mark.agreement == "agrees" for mark in self.marks)
        differs = any(mark.agreement == "differs" for mark in self.marks)
        order = 0 if "bytes" in self.led_by else 1 if agrees else 2 if self.matches else 4 if differs else 3
        return order, self.surest, self.content_id


@dataclass(frozen=True, slots=True)
class Found:
    """Everything that a file leads to, surest first; `unknown` are watermark ids that no record knows."""

    evidence: tuple[Evidence, ...] = ()
    gaps: tuple[Gap, ...] = ()
    unknown: tuple[dict[str, Any], ...] = ()
    asked: tuple[Kind, ...] = ()


class Finder:
    """Finds the records of copies, one file after another. Use it as a context manager."""

    def __init__(self, store: Store, data: Path, budget: Budget = INSPECTION, *, index: Choice = "bands") -> None:
        self.store = store
        self.catalogue = Catalogue(data, store.kept, makers(index))
        self.budget = budget
        self._guard = Guard(budget, warm=("overt.marks.keep",))
        self._last: tuple[tuple[Path, str | None, int], Found] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._guard.close()

    def compared(self, path: Path, examination: Examination) -> Examination:
        """The examination with what the record knows: see `overt.inspection.inspect.Copies`."""
        found = self.find(path, examination)
        agreed = {
            (mark.values["id"], mark.values["key"]): (mark.agreement, each.content_id)
            for each in found.evidence
            for mark in each.marks
        }
        readings = tuple(_told(reading, agreed) for reading in examination.readings)
        return replace(examination, readings=(*readings, *_fingerprint_readings(found)))

    def find(self, path: Path, examination: Examination) -> Found:
        """Everything that the file at `path` leads to."""
        key = (path, examination.sha256, self.store.kept.entries())
        if self._last is None or self._last[0] != key or examination.sha256 is None:
            self._last = (key, self._find(path, examination))
        return self._last[1]

    def take(self, path: Path, container: str, media_type: str, *, views: bool) -> Kept:
        """What is kept of a file: see `overt.marks.keep`. Raises `MediaError` where it brings its reader down."""
        return self._guard.call(keep.take, path, container, media_type, self.budget, views, ())

    def _find(self, path: Path, examination: Examination) -> Found:
        if examination.container is None or examination.media_type is None:
            return Found()
        queries, gaps = self._ask(path, examination.container, examination.media_type)
        evidence: dict[str, Evidence] = {}

        def about(content_id: str, pointer: Pointer) -> Evidence:
            each = evidence.setdefault(content_id, Evidence(content_id))
            if pointer not in each.led_by:
                each.led_by.append(pointer)
            return each

        for content_id, pointer in self._named(examination):
            about(content_id, pointer)
        marks, unknown = self._watermarks(examination)
        for content_id in marks:
            about(content_id, "watermark")
        self._search(queries, evidence)
        self._agree(path, examination.container, evidence, marks)
        kept = [each for each in evidence.values() if each.led_by]
        return Found(tuple(sorted(kept, key=lambda each: each.rank)), gaps, unknown, tuple(queries))

    def find_prints(self, prints: Iterable[Print], sha256: str = "") -> Found:
        """Everything that fingerprints lead to which were taken elsewhere, such as on a visitor's own device.

        They are those with which a copy is looked up (`overt.marks.keep.ask`), perhaps with the hash of the very bytes.
        Raises `MediaError` for what is no fingerprint.
        """
        queries: dict[Kind, list[Fingerprint]] = defaultdict(list)
        for each in prints:
            queries[each.kind].append(each.opened())
        evidence: dict[str, Evidence] = {}
        for content_id in self._of_bytes(sha256):
            evidence[content_id] = Evidence(content_id, led_by=["bytes"])
        self._search(queries, evidence)
        kept = [each for each in evidence.values() if each.led_by]
        return Found(tuple(sorted(kept, key=lambda each: each.rank)), asked=tuple(queries))

    def _search(self, queries: dict[Kind, list[Fingerprint]], evidence: dict[str, Evidence]) -> None:
        """Adds the contents that the indexes propose, and compares all of them with the queries."""
        named = frozenset(evidence)
        tries: dict[Kind, int] = defaultdict(int)
        for kind in INDEXED:
            asked = kind if kind in queries else _FRAME_OF.get(kind)
            if asked not in queries:
                continue
            # Contents of one kind, of which there are no more than entries; and each frame of each film.
            tries[asked] += self.store.kept.entries() if asked == kind else len(self.catalogue.index(kind))
            for row in self.catalogue.candidates(kind, queries[asked]):
                evidence.setdefault(row.content_id, Evidence(row.content_id))
        for each in evidence.values():
            self._compare(each, queries, {} if each.content_id in named else tries, len(evidence))

    def _ask(
        self, path: Path, container: str, media_type: str
    ) -> tuple[dict[Kind, list[Fingerprint]], tuple[Gap, ...]]:
        """The file's fingerprints by kind, and those that could not be taken."""
        queries: dict[Kind, list[Fingerprint]] = defaultdict(list)
        try:
            asked = self._guard.call(keep.ask, path, container, media_type, self.budget)
        except MediaError as error:
            return queries, (Gap("", error.message, failed=True),)
        for each in asked.prints:
            with suppress(MediaError):
                queries[each.kind].append(each.opened())
        return queries, asked.gaps

    def _named(self, examination: Examination) -> Iterator[tuple[str, Pointer]]:
        """Contents that are named in or by the file, if the record knows them."""
        for content_id in self._of_bytes(examination.sha256 or ""):
            yield content_id, "bytes"
        for reading in examination.readings:
            if reading.state != "found":
                continue
            field_of: dict[str, tuple[str, Pointer]] = {
                "metadata": ("ProduceID", "metadata"),
                "credential": ("content_id", "credential"),
            }
            name, pointer = field_of.get(reading.mark, ("", "metadata"))
            named = reading.values.get(name) if name else None
            if isinstance(named, str) and self.store.by_content_id(named):
                yield named, pointer

    def _of_bytes(self, sha256: str) -> Iterator[str]:
        """Contents of exactly these bytes."""
        if not sha256:
            return
        if release := self.store.by_sha256(sha256):
            yield release.content_id
        if report := self.store.kept.reported(sha256):
            yield report.report_id

    def _watermarks(
        self, examination: Examination
    ) -> tuple[dict[str, list[dict[str, Any]]], tuple[dict[str, Any], ...]]:
        """The watermarks whose ids are in the record, by content; and those whose are not."""
        known: dict[str, list[dict[str, Any]]] = defaultdict(list)
        unknown = []
        for reading in examination.readings:
            if reading.mark != "watermark" or reading.state != "found" or not reading.values.get("id"):
                continue
            content_id = self.store.kept.by_watermark(reading.values["id"])
            if content_id:
                known[content_id].append(reading.values)
            else:
                unknown.append(reading.values)
        return known, tuple(unknown)

    def _compare(
        self, about: Evidence, queries: dict[Kind, list[Fingerprint]], tries: dict[Kind, int], candidates: int
    ) -> None:
        """What the fingerprints of one content say.

        `tries` are the entries that were searched to come to it, by kind; what was not searched by was compared with so
        many candidates.
        """
        for row in self.store.kept.rows_of(about.content_id):
            about.origin = row.origin
            comparison = _compared(row, queries)
            if comparison is None:
                continue
            about.comparisons.append(comparison)
            found = match(comparison, tries.get(comparison.kind, candidates) if tries else 1)
            if found:
                about.matches.append(found)
        if about.matches and "fingerprint" not in about.led_by:
            about.led_by.append("fingerprint")

    def _agree(
        self, path: Path, container: str, evidence: dict[str, Evidence], marks: dict[str, list[dict[str, Any]]]
    ) -> None:
        for content_id, found in marks.items():
            about = evidence[content_id]
            # A report may be of a copy of this very release: that it is like the file says nothing against the id.
            others = any(
                other.matches for other in evidence.values() if other is not about and other.origin == "released"
            )
            for values in found:
                likeness = self._likeness(path, container, content_id, values)
                judged = agreement(likeness, about.matches, about.comparisons, like_another=others)
                about.marks.append(Mark(values, judged, likeness))

    def _likeness(self, path: Path, container: str, content_id: str, values: dict[str, Any]) -> Likeness | None:
        """The file laid on what is kept of a content; None where that cannot be done."""
        previews = self.store.previews
        shown = previews.get(content_id).pictures if previews else ()
        places = [place["geometry"] for place in values.get("places", ()) if place.get("geometry")]
        if not places or len(shown) != 1 or shown[0].time is not None:
            return None
        rows = tuple((float(a), float(b), float(c)) for a, b, c in places[0])
        kept = shown[0]
        try:
            return self._guard.call(laid, path, container, rows, kept.path, (kept.width, kept.height), self.budget)
        except MediaError:
            return None


def _compared(row: Row, queries: dict[Kind, list[Fingerprint]]) -> Comparison | None:
    """A row beside the file's fingerprints of the same kind; a picture's is also held against the frames of a film."""
    if not isinstance(row.taken, Print):
        return None
    kind = row.taken.kind if row.taken.kind in queries else _FRAME_OF.get(row.taken.kind)
    return compared(queries[kind], row.taken.opened()) if kind in queries else None


_FRAME_OF: dict[Kind, Kind] = {"film": "pdq"}
"""What is asked of an index of another kind: a picture may be a frame of a film."""


def _told(reading: Reading, agreed: dict[tuple[str, str], tuple[Agreement, str]]) -> Reading:
    """A watermark's reading with what the record says of its id."""
    if reading.mark != "watermark" or reading.state != "found" or not reading.values.get("id"):
        return reading
    judged, content_id = agreed.get((reading.values["id"], reading.values["key"]), ("unknown", ""))
    told = {"registry": judged if judged in ("agrees", "differs") else "unknown", "content_id": content_id or None}
    return replace(reading, values=reading.values | told)


def _fingerprint_readings(found: Found) -> tuple[Reading, ...]:
    """One reading for each content that the file is like; none at all where nothing could be looked up."""
    like = [each for each in found.evidence if each.matches][:MOST_TOLD]
    if like:
        return tuple(
            Reading("fingerprint", "found", each.matches[0].kind, values=reading_values(each)) for each in like
        )
    failed = [gap for gap in found.gaps if gap.failed]
    if failed:
        return (Reading("fingerprint", "unreadable", reason=failed[0].reason),)
    return (Reading("fingerprint", "absent"),) if found.asked else ()


def reading_values(about: Evidence) -> dict[str, Any]:
    """A content that a file is like, as a reading carries it."""
    return {
        "content_id": about.content_id,
        "origin": about.origin,
        "matches": [match_values(each) for each in sorted(about.matches, key=lambda each: each.error_rate)],
    }


def match_values(each: Match) -> dict[str, Any]:
    """One match as values: kind, distance, error rate, how much of both is alike, and where."""
    comparison = each.comparison
    return {
        "kind": each.kind,
        "distance": round(comparison.distance, 2),
        "error_rate": float(f"{each.error_rate:.2g}"),
        "matched": comparison.matched,
        "of_copy": round(comparison.share_of_query, 3),
        "of_content": round(comparison.share_of_reference, 3),
        "spans": [{"copy": list(span.query), "content": list(span.reference)} for span in comparison.spans[:8]],
        "changed": {name: round(value, 3) for name, value in comparison.changed.items()},
    }

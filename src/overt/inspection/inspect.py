"""A stranger's question, answered: is this generated or synthesised, and how do we know?"""

from __future__ import annotations

import logging
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import file_digest
from pathlib import Path
from typing import Any, Protocol, Self
from uuid import NAMESPACE_URL, uuid5

from overt.errors import MediaError, UsageError
from overt.inspection.verdict import Own, Verdict, judge
from overt.language import Text, printable
from overt.marks.credential.model import Trust
from overt.marks.examine import KINDS, Examination, examine, unknown
from overt.marks.metadata import security
from overt.marks.metadata.reading import aigc_in
from overt.marks.metadata.security import PublicKey
from overt.marks.model import Defect, Reading, ReadingKind, Release
from overt.marks.proof import Proof
from overt.marks.watermark.keys import Key
from overt.media.budget import INSPECTION, Budget
from overt.media.guard import Guard, GuardPool
from overt.rulebook import mark_rules

_log = logging.getLogger(__name__)

MANY = 16
"""Files from which on more than one guarded process is worth its start."""
MOST_WORKERS = 8
"""Guarded processes at most: each may take as much memory as the budget allows."""
WARM = ("overt.marks.examine",)
SPARING: frozenset[ReadingKind] = frozenset({"metadata", "trace"})
"""Kinds of marks that are read from a small part of a file."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """The answer for one file. `released` is our own record of exactly these bytes."""

    file: str
    examination: Examination
    verdict: Verdict
    notice: Text
    write_back: dict[str, str] | None
    released: Release | None = None

    @property
    def aigc(self) -> dict[str, str] | None:
        """The seven values of the first metadata label, or None."""
        return next((r.values for r in self.examination.readings if r.mark == "metadata" and r.state == "found"), None)

    def as_json(self) -> dict[str, Any]:
        """The form of `overt inspect --json`; a contract (design, section 7)."""
        return {
            "file": self.file,
            "sha256": self.examination.sha256,
            "media_type": self.examination.media_type,
            "verdict": self.verdict.kind,
            "reasons": [{**reason.text.both(), "duty": reason.duty} for reason in self.verdict.reasons],
            "contradictions": [{"name": c.name, **c.text.both()} for c in self.verdict.contradictions],
            "aigc": self.aigc,
            "readings": [reading_json(reading) for reading in self.examination.readings],
            "notice": self.notice.both(),
            "write_back": self.write_back,
        }


def reading_json(reading: Reading) -> dict[str, Any]:
    """A reading as JSON output carries it."""
    return {
        "mark": reading.mark,
        "state": reading.state,
        "carrier": reading.carrier,
        "offset": reading.offset,
        "values": reading.values,
        "defects": [defect_json(defect) for defect in reading.defects],
        "reason": reading.reason.both() if reading.reason else None,
        "proofs": [proof_json(proof) for proof in reading.proofs],
    }


def proof_json(proof: Proof) -> dict[str, str]:
    """A proof as JSON output carries it."""
    return {**asdict(proof), **proof.outcome.text.both()}


def defect_json(defect: Defect) -> dict[str, str]:
    """A defect as JSON output carries it."""
    return {"name": defect.name, "clause": defect.clause, **defect.text.both()}


def propagate_id(propagator: str, sha256: str) -> str:
    """The number under which a propagator distributes these bytes: the same one again for the same bytes."""
    return str(uuid5(NAMESPACE_URL, f"{propagator}/{sha256}"))


class Registry(Protocol):
    """Where our own releases are known."""

    def by_content_id(self, content_id: str) -> Release | None:
        """The content released under this id."""

    def by_sha256(self, sha256: str) -> Release | None:
        """The content whose released file has this hash."""

    def recalled(self, content_ids: Collection[str]) -> Mapping[str, str]:
        """Those of these contents that rest on a consent which was withdrawn, and since when."""


class Copies(Protocol):
    """Where contents are known by what they show and sound like."""

    def compared(self, path: Path, examination: Examination) -> Examination:
        """The examination with what the record knows.

        Each watermark whose id was read gets `registry` among its values: `agrees`, `differs` or `unknown`. A reading
        of the kind `fingerprint` is added for each content that the file is like; `absent` where it is like none,
        `unreadable` where it could not be decoded, none at all where there is no fingerprint for such a content.
        """


def _led_to(examination: Examination, named: Collection[str], same_bytes: Release | None) -> set[str]:
    """The contents that a file leads to: named in its labels, by its bytes, its watermark, its fingerprint."""
    known = {each.values.get("content_id") for each in examination.readings if each.state == "found"}
    own = {same_bytes.content_id} if same_bytes else set()
    return {each for each in (*named, *known, *own) if isinstance(each, str) and each}


class Inspector:
    """Inspects files, one after another, in one guarded process. Use it as a context manager.

    `producer` is who asks: whose releases `registry` knows, and whom a write-back would name as propagator.
    Both may be missing: a stranger inspects without them. `pinned` are the keys whose holders the caller knows,
    `trust` the authorities whose content credentials it trusts, `keys` those of the watermarks whose ids it reads,
    `copies` knows contents by their fingerprints.
    Where metadata alone is asked for, the file is opened only where its metadata is: no hash is taken, and the record
    is asked by content id alone, so that the time does not depend on the size.
    """

    def __init__(  # noqa: PLR0913  (a set-up's values, all by name)
        self,
        rulebook: str = "cn",
        *,
        producer: str | None = None,
        registry: Registry | None = None,
        kinds: tuple[ReadingKind, ...] = KINDS,
        budget: Budget = INSPECTION,
        pinned: tuple[PublicKey, ...] = (),
        trust: Trust | None = None,
        keys: tuple[Key, ...] = (),
        copies: Copies | None = None,
    ) -> None:
        if unread := [kind for kind in kinds if kind not in KINDS]:
            raise UsageError(
                f"there is no reader for: {', '.join(unread)}; there are: {', '.join(KINDS)}",
                f"没有以下标识的读取器：{'、'.join(unread)}；现有：{'、'.join(KINDS)}",
            )
        self.kinds = kinds
        self.hashed = not set(kinds) <= SPARING
        self.producer = producer
        self.registry = registry
        self.pinned = pinned
        self.trust = trust or Trust()
        self.keys = keys
        self.copies = copies
        self.rulebook = mark_rules(rulebook)
        self.budget = budget
        self.guard = Guard(budget, warm=WARM)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.guard.close()

    def inspect(self, path: Path, shown_as: str | None = None) -> Inspection:
        """Inspects one file. Raises `UsageError` where there is no file to open."""
        if not path.is_file():
            raise UsageError(f"there is no file {path}", f"文件 {path} 不存在")
        if not os.access(path, os.R_OK):
            raise UsageError(f"{path} may not be read", f"无权读取 {path}")
        examination = self._known(path, self._examine(path.absolute(), shown_as or printable(path.name)))
        return self._answer(shown_as or printable(path), examination)

    def inspect_all(self, paths: Sequence[Path]) -> Iterator[Inspection]:
        """Inspects files in order, many of them in as many guarded processes as there are processors."""
        if len(paths) < MANY:
            yield from map(self.inspect, paths)
            return
        told = (self.kinds, self.rulebook.id, self.budget, self.hashed, self.trust, self.keys)
        calls = ((path.absolute(), printable(path.name), *told) for path in paths)
        with GuardPool(min(os.cpu_count() or 1, MOST_WORKERS), self.budget, warm=WARM) as pool:
            for path, result in zip(paths, pool.map(examine, calls), strict=True):
                whole = path.absolute()
                if isinstance(result, MediaError):
                    result = self._one_by_one(whole, printable(path.name), result)  # noqa: PLW2901
                yield self._answer(printable(path), self._known(path, result))

    def _known(self, path: Path, examination: Examination) -> Examination:
        return self.copies.compared(path.absolute(), examination) if self.copies else examination

    def _examine(self, path: Path, name: str) -> Examination:
        try:
            return self.guard.call(
                examine, path, name, self.kinds, self.rulebook.id, self.budget, self.hashed, self.trust, self.keys
            )
        except MediaError as error:
            # A reader was brought down, by the file as far as we can know. What the others say still counts.
            return self._one_by_one(path, name, error)

    def _one_by_one(self, path: Path, name: str, error: MediaError) -> Examination:
        """Each kind of mark by itself, after reading all at once failed with `error`."""
        try:
            with path.open("rb") as file:
                sha256 = file_digest(file, "sha256").hexdigest() if self.hashed else None
                size = file.seek(0, os.SEEK_END)
        except OSError as refused:  # Gone meanwhile, or not ours to read: no fault of the file's.
            raise UsageError(f"{path} cannot be read: {refused}", f"无法读取 {path}：{refused}") from refused
        whole = Examination(sha256, size, None, None, None, ())
        others_went_well = True
        for kind in self.kinds:
            try:
                # The last is to blame where the others went well without it: it need not spend the budget again.
                if size > self.budget.max_bytes or (kind == self.kinds[-1] and others_went_well):
                    raise error
                part = self.guard.call(
                    examine, path, name, (kind,), self.rulebook.id, self.budget, False, self.trust, self.keys
                )
            except MediaError as own:
                others_went_well = False
                part = replace(whole, readings=unknown(own.message, (kind,)))
            known = replace(part, sha256=sha256) if part.container else whole
            whole = replace(known, readings=whole.readings + part.readings)
        return whole

    def _answer(self, shown_as: str, examination: Examination) -> Inspection:
        examination = self._pinned(examination)
        own = self._own(examination)
        verdict = judge(examination.readings, examination.sha256, own)
        _log.info("%s: %s", shown_as, verdict.kind)
        notice = getattr(self.rulebook.notices, verdict.kind).text
        write_back = self._write_back(examination, verdict)
        return Inspection(shown_as, examination, verdict, notice, write_back, own.same_bytes)

    def _pinned(self, examination: Examination) -> Examination:
        """What the keys that we know make of the proofs."""
        if not self.pinned:
            return examination
        readings = [
            replace(each, proofs=security.pin(each.proofs, aigc_in(each), self.pinned)) if each.proofs else each
            for each in examination.readings
        ]
        return replace(examination, readings=tuple(readings))

    def _own(self, examination: Examination) -> Own:
        if self.registry is None:
            return Own()
        ids = {r.values["ProduceID"] for r in examination.readings if r.mark == "metadata" and r.state == "found"}
        releases = [self.registry.by_content_id(content_id) for content_id in sorted(ids)]
        same_bytes = self.registry.by_sha256(examination.sha256) if examination.sha256 else None
        return Own(
            producer=self.producer,
            same_bytes=same_bytes,
            by_content_id=tuple(release for release in releases if release),
            recalled=self.registry.recalled(_led_to(examination, ids, same_bytes)),
        )

    def _write_back(self, examination: Examination, verdict: Verdict) -> dict[str, str] | None:
        """What a platform writes into the label when it distributes the file (Labeling Measures, art. 6)."""
        attribute = {"confirmed": "1", "possible": "2", "suspected": "3"}.get(verdict.kind)
        if attribute is None or self.producer is None or examination.sha256 is None:
            return None
        return {
            "Label": attribute,
            "ContentPropagator": self.producer,
            # The same file gets the same number again, so that a second look changes nothing.
            "PropagateID": propagate_id(self.producer, examination.sha256),
        }

"""Writes the propagation data into a file that others made, reads it back, records it.

The steps are those of marking: every step on the bytes runs in the guarded process, the keys stay here, the source is
never changed, and the result gets its name in one step. A file with a content credential is signed anew with the
received file as its parent where there is somebody to sign; elsewhere the set-up says which of both gives way.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, Protocol, Self

from overt.dissemination.model import Dissemination
from overt.dissemination.plan import Plan, Remaining, plan
from overt.errors import ReadBackError, SetupError, UsageError
from overt.formats.text import sidecar_name
from overt.inspection import Inspection, Inspector
from overt.language import Text, printable
from overt.marking import steps
from overt.marking.scratch import scratch
from overt.marks.credential.issuer import Issuer
from overt.marks.examine import Examination, examine
from overt.marks.metadata.aigc import Aigc, parse
from overt.marks.metadata.reading import note_of
from overt.marks.metadata.security import DigestSeal, Seal
from overt.media.budget import MARKING, Budget
from overt.media.guard import Guard
from overt.rulebook import load

_log = logging.getLogger(__name__)

CredentialState = Literal["none", "signed-anew", "broken", "kept"]
"""What became of a content credential. `broken`: the label was updated, and the credential no longer fits the bytes.
`kept`: the label was left as it was for its sake."""


@dataclass(frozen=True, slots=True)
class Disseminated:
    """What was done with one file.

    `path` is where the file to distribute lies, None where nothing could be told; `written` whether its label is new.
    `notice` is what the public is to be told, None where there is nothing to tell.
    """

    source: Path
    path: Path | None
    sidecar: Path | None
    sha256: str | None
    plan: Plan
    notice: Text | None
    written: bool
    credential: CredentialState
    ledger_index: int | None
    inspection: Inspection

    def as_json(self) -> dict[str, Any]:
        """The form of `overt disseminate --json`."""
        return {
            "file": printable(self.source),
            "out": printable(self.path) if self.path else None,
            "sidecar": printable(self.sidecar) if self.sidecar else None,
            "sha256": self.sha256,
            "case": self.plan.case,
            "why": self.plan.why.both(),
            "written": self.written,
            "aigc": self.plan.label.values() if self.plan.label else None,
            "changes": [
                {"field": each.field, "before": each.before, "after": each.after, **each.text.both()}
                for each in self.plan.changes
            ],
            "superseded": [each.values() for each in self.plan.superseded],
            "credential": self.credential,
            "notice": self.notice.both() if self.notice else None,
            "remaining": [{"duty": each.duty, **each.text.both()} for each in self.plan.remaining],
            "contradictions": [{"name": c.name, **c.text.both()} for c in self.inspection.verdict.contradictions],
            "ledger_index": self.ledger_index,
        }


class Registry(Protocol):
    """Where write-backs are recorded."""

    def disseminate(self, record: Dissemination) -> int:
        """Records a write-back and its ledger entry, both or neither; the earlier entry's index for the same bytes."""

    def dissemination(self, propagate_id: str) -> Dissemination | None:
        """The latest write-back under this number."""

    def disseminated(self, sha256: str) -> Dissemination | None:
        """The write-back whose written file has this hash."""


class Disseminator:
    """Writes back, one file after another. Use it as a context manager; the inspector is the caller's."""

    def __init__(
        self,
        inspector: Inspector,
        *,
        propagator: str,
        folder: Path,
        registry: Registry,
        seal: Seal | None = None,
        issuer: Issuer | None = None,
        credential: Literal["update", "keep"] = "update",
        budget: Budget = MARKING,
    ) -> None:
        """Nothing is started yet.

        Args:
            inspector: who reads; its rulebook is the law that applies.
            propagator: who distributes: a provider code or an ASCII name.
            folder: where the files to distribute go.
            registry: where write-backs are recorded.
            seal: what makes `ReservedCode2`; a digest where none is given.
            issuer: who signs credentials anew.
            credential: what wins where nobody can: `update` the label, or `keep` the credential.
            budget: what one file may cost.
        """
        self.inspector = inspector
        self.propagator = propagator
        self.folder = folder.absolute()
        self.registry = registry
        self.seal = seal or DigestSeal()
        self.issuer = issuer
        self.credential = credential
        self.budget = budget
        self.rulebook = load(inspector.rulebook.id)
        self._open = ExitStack()

    def __enter__(self) -> Self:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._scratch = self._open.enter_context(scratch(self.folder))
        except OSError as error:
            raise UsageError(f"{self.folder} cannot be written: {error}", f"无法写入 {self.folder}：{error}") from error
        self._guard = self._open.enter_context(Guard(self.budget, writable=[self._scratch]))
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def disseminate(self, source: Path, target: Path, *, declared: bool = False) -> Disseminated:
        """Prepares `source` for distribution as `target`. `declared` is the uploader's word that it is synthetic.

        Raises an `OvertError`; then `target` is as it was.
        """
        if not source.is_file():
            raise UsageError(f"there is no file {source}", f"文件 {source} 不存在")
        if target.exists() and target.samefile(source):
            raise UsageError("the output must have another name than its source", "输出文件不能与源文件相同")
        before = _state(source)
        answer = self.inspector.inspect(source)
        known = self.registry.disseminated(answer.examination.sha256 or "") is not None
        decided = plan(answer, self.propagator, self.seal, self.rulebook.notices, declared=declared, known=known)
        if decided.case == "unreadable":
            return self._result(answer, decided, source, None)
        try:
            with TemporaryDirectory(dir=self._scratch) as folder:
                return self._act(answer, decided, source.absolute(), target.absolute(), Path(folder), before)
        except OSError as error:  # A full disk, a folder that went away, a missing right.
            raise SetupError(
                f"nothing was written: {error}",
                f"未写入文件：{error}",
                hint=Text(
                    zh="检查磁盘空间和目录权限。", en="Look at the disk space, and at the rights of both folders."
                ),
            ) from error

    def _act(
        self,
        answer: Inspection,
        decided: Plan,
        source: Path,
        target: Path,
        folder: Path,
        before: tuple[int, int, int],
    ) -> Disseminated:
        container = self._guard.call(steps.recognise, source, printable(source.name), printable(target.name))
        has_credential = any(r.mark == "credential" and r.state != "absent" for r in answer.examination.readings)
        if decided.label is None or decided.kept or (has_credential and not self.issuer and self.credential == "keep"):
            return self._copied(answer, decided, source, target, folder, has_credential=has_credential)
        decided, label = self._as_before(decided, decided.label)
        noted = folder / f"metadata{target.suffix}"
        note = note_of(label, self.rulebook.metadata)
        beside = self._guard.call(steps.put_metadata, source, noted, container, note, printable(target.name))
        current, state = noted, _credential_state(has_credential, self.issuer)
        if has_credential and self.issuer:
            current = folder / f"credential{target.suffix}"
            self.issuer.resign(
                self._guard, source, noted, current, container, label.values(), actions=("c2pa.published",)
            )
            if beside:
                beside = Path(shutil.move(beside, current.with_name(sidecar_name(current.name))))
        written = self._guard.call(
            examine, current, printable(source.name), ("metadata",), self.rulebook.id, self.budget
        )
        _read_back(written, label)
        if _state(source) != before:
            raise UsageError(f"{source} changed while it was being read", f"{source} 在处理过程中被修改")
        with current.open("rb+") as file:
            os.fsync(file.fileno())
        index = self.registry.disseminate(self._record(answer, decided, label, written))
        sidecar = target.with_name(sidecar_name(target.name)) if beside else None
        if beside and sidecar:
            shutil.move(beside, sidecar)
        shutil.move(current, target)
        _log.info("disseminating %s as %s, ledger entry %d", label.propagate_id, target, index)
        return self._result(
            answer, decided, source, target, sidecar=sidecar, sha256=written.sha256, state=state, index=index
        )

    def _as_before(self, decided: Plan, label: Aigc) -> tuple[Plan, Aigc]:
        """The very label that these bytes got before, if there was one: some signatures differ each time."""
        earlier = self.registry.dissemination(label.propagate_id)
        if earlier is None:
            return decided, label
        before = parse(earlier.label).aigc
        if before.reserved_code2 and replace(before, reserved_code2=label.reserved_code2) == label:
            return replace(decided, label=before), before
        return decided, label

    def _copied(
        self, answer: Inspection, decided: Plan, source: Path, target: Path, folder: Path, *, has_credential: bool
    ) -> Disseminated:
        """The file as it came."""
        copy = folder / f"copy{target.suffix}"
        shutil.copyfile(source, copy)
        beside = source.with_name(sidecar_name(source.name))
        sidecar = None
        if decided.kept and beside.is_file():
            sidecar = target.with_name(sidecar_name(target.name))
            shutil.copyfile(beside, sidecar)
        shutil.move(copy, target)
        held_back = has_credential and decided.label is not None and not decided.kept
        if held_back:
            text = Text(
                zh="为保留内容凭证，标识未更新：传播信息尚未写入文件",
                en="the label was left as it is to keep the content credential: "
                "the propagation data are not in the file",
            )
            decided = replace(decided, label=None, remaining=(*decided.remaining, Remaining("LB-06e", text)))
        state: CredentialState = "kept" if has_credential else "none"
        return self._result(answer, decided, source, target, sidecar, answer.examination.sha256, state=state)

    def _record(self, answer: Inspection, decided: Plan, label: Aigc, written: Examination) -> Dissemination:
        found = [r.values for r in answer.examination.readings if r.mark == "metadata" and r.state == "found"]
        return Dissemination(
            propagate_id=label.propagate_id,
            sha256=written.sha256 or "",
            source_sha256=answer.examination.sha256 or "",
            media_type=written.media_type or "application/octet-stream",
            propagator=self.propagator,
            attribute=label.label,
            declared="yes" if decided.case == "possible" and not found else "no",
            label=label.to_json(),
            superseded=json.dumps(found, ensure_ascii=False),
            written=datetime.now(UTC).isoformat(timespec="seconds"),
        )

    def _result(
        self,
        answer: Inspection,
        decided: Plan,
        source: Path,
        target: Path | None,
        sidecar: Path | None = None,
        sha256: str | None = None,
        state: CredentialState = "none",
        index: int | None = None,
    ) -> Disseminated:
        if state == "broken":
            text = Text(
                zh="更新标识后，内容凭证与文件不再相符；配置签名密钥即可重新签名",
                en="with the label updated, the content credential no longer fits the file; "
                "with a key it is signed anew",
            )
            decided = replace(decided, remaining=(*decided.remaining, Remaining("LB-06e", text)))
        notice = None if decided.case == "none" else getattr(self.rulebook.notices, decided.case).text
        return Disseminated(source, target, sidecar, sha256, decided, notice, index is not None, state, index, answer)


def _credential_state(has_credential: bool, issuer: Issuer | None) -> CredentialState:
    if not has_credential:
        return "none"
    return "signed-anew" if issuer else "broken"


def _state(path: Path) -> tuple[int, int, int]:
    """What is another once somebody has written to the file, or put another in its place."""
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


def _read_back(written: Examination, label: Aigc) -> None:
    """Raises `ReadBackError` unless a stranger's reader finds this label alone, where it belongs."""
    found = [reading for reading in written.readings if reading.mark == "metadata"]
    place = {"several-labels", "other-carrier", "envelope", "character-set", "sidecar-of-other-bytes"}
    one = len(found) == 1 and found[0].values == label.values()
    if one and not place & {defect.name for defect in found[0].defects}:
        return
    raise ReadBackError("the written-back label could not be read back", "写回的标识未能读回")

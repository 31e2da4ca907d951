"""Marks a content, reads the marks back, and releases it.

```
 1. recognise   the container, from the bytes
 2. watermark   the content id, shortened, in the samples themselves, where format and set-up allow
 3. label       what people perceive; measured on the result            GB 45438-2025, 5
 4. metadata    the AIGC object, one in the file                        GB 45438-2025, 6
 5. credential  a signed statement over all of it (C2PA), where format and set-up allow
 6. read back   the readers find all of them as they were meant in the final bytes, or nothing is released
 7. record      the release, its ledger entry and its fingerprints, all or nothing
 8. release     the file gets its name, in one step
```

The order is fixed: each mark leaves those before it whole. The label was read back when it was measured, on the decoded
result of step 3, and is looked for again where signing writes the file anew. An older watermark stays: both are read.
Every step on the bytes runs in the guarded process; the source is never changed.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from hashlib import file_digest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Self

from overt.errors import (
    InternalError,
    MediaError,
    ReadBackError,
    SetupError,
    UnsupportedError,
    UsageError,
)
from overt.formats import named
from overt.formats.text import sidecar_name
from overt.gate.model import Decision
from overt.language import Text, printable
from overt.marking import read_back, steps
from overt.marking.admission import Admission, Permits, admit
from overt.marking.scratch import scratch
from overt.marking.work import STALE, Registry, Released, Work, no_certificate, no_key, state, without
from overt.marks import keep, label
from overt.marks.credential import sources
from overt.marks.credential.issuer import Issuer
from overt.marks.credential.model import Trust, Watermark
from overt.marks.credential.sign import signable
from overt.marks.examine import Examination, examine, label_reading
from overt.marks.kept import Gap, Kept
from overt.marks.metadata.reading import aigc_of, note_of
from overt.marks.metadata.security import Seal
from overt.marks.model import Declaration, MarkKind, ReadingKind, Release
from overt.marks.watermark import reading as watermark_reading
from overt.marks.watermark.keys import Key
from overt.media.budget import MARKING, Budget
from overt.media.guard import Guard
from overt.rulebook import mark_rules

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MARKS", "Marker", "Registry", "Released", "checked_marks"]

_log = logging.getLogger(__name__)

MARKS: tuple[MarkKind, ...] = ("watermark", "label", "metadata", "credential")
"""The marks that can be put on, in the order in which they are."""


class Marker:
    """Marks contents, one after another, in one guarded process. Use it as a context manager."""

    def __init__(  # noqa: PLR0913  (a set-up's values, all by name)
        self,
        *,
        producer: str,
        folder: Path,
        registry: Registry,
        rulebook: str = "cn",
        system: str = "",
        style: str = "standard",
        marks: tuple[MarkKind, ...] = MARKS,
        budget: Budget = MARKING,
        seal: Seal | None = None,
        issuer: Issuer | None = None,
        key: Key | None = None,
        asked: bool = True,
        previews: bool = True,
        gate: Permits | None = None,
    ) -> None:
        """Nothing is started yet.

        Args:
            producer: a provider code or an ASCII name.
            folder: where released files go; the work is done in a hidden folder there, so that a release is a rename.
            registry: where releases are recorded.
            rulebook: id of the law that applies.
            system: name and version of what synthesises, for the record.
            style: name of a label style.
            marks: what is put on. Without a gate, leaving the label out is the caller's responsibility: the person who
                asked for that must have agreed to the duty (Labeling Measures, art. 9).
            budget: what one file may cost.
            seal: what makes the label's security data; a digest where none is given. Its key stays in this process.
            issuer: what signs credentials. Its key stays in this process.
            key: what watermarks are put on with; it goes to the guarded process, where the samples are.
            asked: whether somebody asked for each of `marks`. If not, a watermark or a credential that cannot be, a
                watermark that is not read back under the other marks, or a credential that would make the file much
                larger, is left out with a remark.
            previews: whether small pictures of what is released are kept, beside its fingerprints.
            gate: without whose decision nothing is marked.
        """
        self.producer = producer
        self.folder = folder.absolute()
        self.registry = registry
        self.rulebook = mark_rules(rulebook)
        self.system = system
        self.style = label.style(style)
        self.marks = marks
        self.budget = budget
        self.seal = seal
        self.issuer = issuer
        self.key = key
        self.asked = asked
        self.previews = previews
        self.gate = gate
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

    def mark(
        self,
        source: Path,
        target: Path,
        techniques: Sequence[str],
        progress: Callable[[Text], None] = lambda _: None,
        *,
        decision: Decision | str | None = None,
        content_id: str = "",
    ) -> Released:
        """Marks `source` and releases it as `target`. Raises an `OvertError`; then `target` is as it was.

        `decision` is what the gate answered, or its id; `content_id` which of its content ids this content gets, the
        first free one where it is empty. Raises `RefusedError` where there is a gate and it does not allow this.
        """
        try:
            self._check(source, target, techniques)
            source, target = source.absolute(), target.absolute()
            before = state(source)
            container = self._guard.call(steps.recognise, source, printable(source.name), printable(target.name))
            admitted = admit(
                self.gate,
                decision,
                source,
                named(container).media_type,
                techniques,
                self.marks,
                asked=self.asked,
                content_id=content_id,
            )
            with TemporaryDirectory(dir=self._scratch) as folder:
                declaration = self._declaration(tuple(techniques), admitted)
                aigc = aigc_of(declaration, self.seal)
                work = Work(source, target, container, declaration, aigc, Path(folder), source, self.marks, self.style)
                if admitted is not None:
                    work.marks, work.decision_id = admitted.marks, admitted.decision_id
                    work.style = label.style(admitted.style) if admitted.style else self.style
                return self._mark(work, before, progress)
        except OSError as error:  # A full disk, a folder that went away, a missing right.
            raise SetupError(
                f"nothing was released: {error}",
                f"文件未发布：{error}",
                hint=Text(
                    zh="检查磁盘空间，以及源文件和输出目录的权限。",
                    en="Look at the disk space, and at the rights of the source and of the folder for the output.",
                ),
            ) from error

    def _check(self, source: Path, target: Path, techniques: Sequence[str]) -> None:
        if not source.is_file():
            raise UsageError(f"there is no file {source}", f"文件 {source} 不存在")
        if target.exists() and target.samefile(source):
            raise UsageError("the marked file must have another name than its source", "输出文件不能与源文件相同")
        for each in (target, target.parent / sidecar_name(target.name)):
            if each.exists() and not each.is_file():
                raise UsageError(f"{each} exists and is no file", f"{each} 已存在，且不是文件")
        known = self.rulebook.techniques
        if not techniques or (wrong := [name for name in techniques if name not in known]):
            told = ", ".join(wrong) if techniques else "none was given"
            raise UsageError(
                f"unknown technique: {told}. There are: {', '.join(known)}",
                f"未知的技术类型：{told}。可选：{'、'.join(known)}",
            )

    def _declaration(self, techniques: tuple[str, ...], admitted: Admission | None) -> Declaration:
        return Declaration(
            content_id=admitted.content_id if admitted else self.registry.new_content_id(),
            producer=self.producer,
            techniques=techniques,
            created=datetime.now(UTC),
            system=self.system,
        )

    def _mark(self, work: Work, before: tuple[int, int, int], progress: Callable[[Text], None]) -> Released:
        source = work.source
        try:
            examination = self._put(work, progress)
        except read_back.WatermarkError as error:
            if self.asked:
                raise
            work = work.again(without(Text(zh="水印", en="watermark"), error))
            examination = self._put(work, progress)
        progress(Text(zh="登记并发布", en="recording and releasing"))
        with source.open("rb") as file:
            source_sha256 = file_digest(file, "sha256").hexdigest()
        if state(source) != before:
            raise UsageError(f"{source} changed while it was being marked", f"{source} 在标识过程中被修改")
        return self._release(work, source_sha256, examination)

    def _put(self, work: Work, progress: Callable[[Text], None]) -> Examination:
        """Puts the marks on, and reads them back. Raises `ReadBackError`."""
        for mark, (told, step) in self._steps().items():
            if mark in work.marks:
                progress(told)
                step(work)
        progress(Text(zh="读回核验", en="reading back"))
        return self._read_back(work)

    def _steps(self) -> dict[MarkKind, tuple[Text, Callable[[Work], None]]]:
        """The marks in the order in which they are put on."""
        return {
            "watermark": (Text(zh="添加水印", en="putting the watermark on"), self._put_watermark),
            "label": (Text(zh="添加显式标识", en="putting the label on"), self._put_label),
            "metadata": (Text(zh="写入元数据标识", en="putting the metadata label on"), self._put_metadata),
            "credential": (Text(zh="签署内容凭证", en="signing the content credential"), self._put_credential),
        }

    def _put_watermark(self, work: Work) -> None:
        watermarked = work.file("watermark")
        try:
            if self.key is None:
                raise no_key()
            content_id = work.declaration.content_id
            work.watermark = self._guard.call(
                steps.put_watermark, work.current, watermarked, work.container, content_id, self.key, self.budget
            )
            work.current = watermarked
        except (MediaError, ReadBackError, SetupError) as error:
            if self.asked or (self.key and isinstance(error, SetupError)):
                raise
            work.remarks.append(without(Text(zh="水印", en="watermark"), error))

    def _put_label(self, work: Work) -> None:
        labelled = work.file("label")
        report = self._guard.call(
            steps.put_label, work.current, labelled, work.container, self.rulebook.id, work.style, self.budget
        )
        work.put.append(label_reading(report))
        work.current = labelled

    def _put_metadata(self, work: Work) -> None:
        noted, note = work.file("metadata"), note_of(work.aigc, self.rulebook.metadata)
        name = printable(work.target.name)
        work.beside = self._guard.call(steps.put_metadata, work.current, noted, work.container, note, name)
        work.current = noted

    def _put_credential(self, work: Work) -> None:
        signed = work.file("credential")
        try:
            self._sign(work, signed)
            work.current = signed
            work.signed = True
        except (MediaError, SetupError) as error:
            if self.asked or (self.issuer and isinstance(error, SetupError)):
                raise
            work.remarks.append(without(Text(zh="内容凭证", en="content credential"), error))

    def _sign(self, work: Work, signed: Path) -> None:
        way = signable(work.container)
        if self.issuer is None:
            raise no_certificate()
        if way.stored and not self.asked:
            raise UnsupportedError(
                f"a content credential would make this {work.container.upper()} file several times as large",
                f"内容凭证会使该 {work.container.upper()} 文件增大数倍",
                hint=Text(
                    zh="确需凭证时，请用 --only label,metadata,credential。",
                    en="Ask for it by --only label,metadata,credential.",
                ),
            )
        edits = sources.origin(work.declaration.techniques) == "edited"
        parent = work.source if edits or self._guard.call(steps.holds_credential, work.source) else None
        values = work.aigc.values() if "metadata" in work.marks else None
        bound = Watermark(watermark_reading.ALGORITHM, work.watermark.found.spelled) if work.watermark else None
        self.issuer.mark(
            self._guard,
            work.current,
            signed,
            work.container,
            work.declaration,
            values,
            parent=parent,
            watermark=bound,
        )

    def _read_back(self, work: Work) -> Examination:
        """What is read from the final bytes. Raises `ReadBackError` where a mark is not as it was meant.

        The label was measured on the decoded result when it was put on, and the steps after it leave it whole: it is
        looked for again only where signing has written the file anew.
        """
        rewritten = work.signed and signable(work.container).rewritten and "label" in work.marks
        asked: dict[ReadingKind, bool] = {
            "metadata": "metadata" in work.marks,
            "credential": "credential" in work.marks,
            "watermark": work.watermark is not None,
            "label": rewritten,
        }
        wanted = tuple(kind for kind, is_wanted in asked.items() if is_wanted)
        trust = self.issuer.trust if self.issuer else Trust()
        name, keys = printable(work.source.name), (self.key,) if self.key else ()
        examination = self._guard.call(
            examine, work.current, name, wanted, self.rulebook.id, self.budget, True, trust, keys
        )
        if rewritten:
            read_back.label(examination)
        if work.watermark:
            work.put.insert(0, read_back.watermark(examination, work.watermark))
        if "metadata" in work.marks:
            work.put.append(read_back.metadata(examination, work.aigc))
        if work.signed and self.issuer:
            meant = work.aigc if "metadata" in work.marks else None
            work.put.append(read_back.credential(examination, meant, stamped=self.issuer.stamper is not None))
        elif any(each.values.get("binding") == "mismatch" for each in examination.readings):
            work.remarks.append(STALE)
        return examination

    def _release(self, work: Work, source_sha256: str, examination: Examination) -> Released:
        with work.current.open("rb+") as file:
            os.fsync(file.fileno())
        declaration, target = work.declaration, work.target
        media_type = examination.media_type or "application/octet-stream"
        sha256 = examination.sha256
        if sha256 is None:
            raise InternalError("the marked file was not hashed", "未计算标识后文件的哈希值")
        kept = self._kept(work, media_type)
        index = self.registry.release(
            Release(
                content_id=declaration.content_id,
                sha256=sha256,
                source_sha256=source_sha256,
                media_type=media_type,
                marks=tuple(reading.mark for reading in work.put),
                techniques=declaration.techniques,
                producer=declaration.producer,
                system=declaration.system,
                released=declaration.created.isoformat(timespec="seconds"),
            ),
            kept,
            work.decision_id,
        )
        _log.info("releasing %s as %s, ledger entry %d", declaration.content_id, target, index)
        sidecar = target.with_name(sidecar_name(target.name)) if work.beside else None
        if work.beside and sidecar:
            shutil.move(work.beside, sidecar)
        shutil.move(work.current, target)
        return Released(
            declaration.content_id,
            work.source,
            target,
            sidecar,
            sha256,
            media_type,
            declaration.techniques,
            tuple(work.put),
            index,
            tuple(work.remarks),
        )

    def _kept(self, work: Work, media_type: str) -> Kept:
        """What leads from a copy back to the record; where it cannot be taken, the record says why."""
        label = next((each for each in work.put if each.mark == "label"), None)
        spoken = tuple(tuple(place["seconds"]) for place in label.values["places"] if place["seconds"]) if label else ()
        try:
            return self._guard.call(
                keep.take, work.current, work.container, media_type, self.budget, self.previews, spoken
            )
        except MediaError as error:
            return Kept(gaps=(Gap("", error.message, failed=True),))


def checked_marks(names: Sequence[str]) -> tuple[MarkKind, ...]:
    """Names of marks as somebody gave them, in the order of marking. Raises `UsageError`."""
    if not names or (unknown := set(names) - set(MARKS)):
        told = ", ".join(sorted(unknown)) if names else "none"
        raise UsageError(f"unknown mark: {told}", f"未知的标识种类：{told}")
    return tuple(mark for mark in MARKS if mark in names)

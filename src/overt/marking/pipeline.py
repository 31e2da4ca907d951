"""Marks a content, reads the marks back, and releases it.

```
 1. recognise   the container, from the bytes
 2. label       what people perceive; measured on the result            GB 45438-2025, 5
 3. metadata    the AIGC object, one in the file                        GB 45438-2025, 6
 4. credential  a signed statement over all of it (C2PA), where format and set-up allow
 5. read back   a stranger's readers find metadata label and credential as they were meant, or nothing is released
 6. record      the release and its ledger entry, both or neither
 7. release     the file gets its name, in one step
```

The order is fixed: each mark leaves those before it whole. The label was read back when it was measured, on the decoded
result of step 2, and is looked for again where signing writes the file anew. Not here: watermark.
Every step on the bytes runs in the guarded process; the source is never changed.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import file_digest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Protocol, Self
from uuid import uuid4

from overt.errors import InternalError, MediaError, OvertError, SetupError, UnsupportedError, UsageError
from overt.formats.text import sidecar_name
from overt.language import Text, printable
from overt.marking import read_back, steps
from overt.marking.scratch import scratch
from overt.marks import label
from overt.marks.credential import sources
from overt.marks.credential.issuer import Issuer
from overt.marks.credential.model import Trust
from overt.marks.credential.sign import signable
from overt.marks.examine import Examination, examine, label_reading
from overt.marks.metadata.aigc import Aigc
from overt.marks.metadata.reading import aigc_of, note_of
from overt.marks.metadata.security import Seal
from overt.marks.model import Declaration, MarkKind, Reading, ReadingKind, Release
from overt.media.budget import MARKING, Budget
from overt.media.guard import Guard
from overt.rulebook import load

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger(__name__)

MARKS: tuple[MarkKind, ...] = ("label", "metadata", "credential")
"""The marks that can be put on, in the order in which they are."""


@dataclass(frozen=True, slots=True)
class Released:
    """A released content: where it is, under which id, and what was read back from it."""

    content_id: str
    source: Path
    path: Path
    sidecar: Path | None
    sha256: str
    media_type: str
    techniques: tuple[str, ...]
    marks: tuple[Reading, ...]
    ledger_index: int
    remarks: tuple[Text, ...] = ()
    """Marks that are put on where it is possible, and why that was not possible here."""


class Registry(Protocol):
    """Where releases are recorded."""

    def release(self, release: Release) -> int:
        """Records a release and its ledger entry, both or neither. Returns the entry's index."""


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
        asked: bool = True,
    ) -> None:
        """Nothing is started yet.

        Args:
            producer: a provider code or an ASCII name.
            folder: where released files go; the work is done in a hidden folder there, so that a release is a rename.
            registry: where releases are recorded.
            rulebook: id of the law that applies.
            system: name and version of what synthesises, for the record.
            style: name of a label style.
            marks: what is put on. Without the label, the person who asked for that must have agreed to the duty
                (Labeling Measures, art. 9); keeping that agreement is the caller's part here.
            budget: what one file may cost.
            seal: what makes the label's security data; a digest where none is given. Its key stays in this process.
            issuer: what signs credentials. Its key stays in this process.
            asked: whether somebody asked for each of `marks`. If not, a credential that cannot be, or that would make
                the file much larger, is left out with a remark.
        """
        self.producer = producer
        self.folder = folder.absolute()
        self.registry = registry
        self.rulebook = load(rulebook)
        self.system = system
        self.style = label.style(style)
        self.marks = marks
        self.budget = budget
        self.seal = seal
        self.issuer = issuer
        self.asked = asked
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
    ) -> Released:
        """Marks `source` and releases it as `target`. Raises an `OvertError`; then `target` is as it was."""
        try:
            self._check(source, target, techniques)
            with TemporaryDirectory(dir=self._scratch) as folder:
                return self._mark(source.absolute(), target.absolute(), tuple(techniques), Path(folder), progress)
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

    def _mark(
        self, source: Path, target: Path, techniques: tuple[str, ...], scratch: Path, progress: Callable[[Text], None]
    ) -> Released:
        before = _state(source)
        container = self._guard.call(steps.recognise, source, printable(source.name), printable(target.name))
        declaration = Declaration(
            content_id=str(uuid4()),
            producer=self.producer,
            techniques=techniques,
            created=datetime.now(UTC),
            system=self.system,
        )
        aigc = aigc_of(declaration, self.seal)
        current = source
        put: list[Reading] = []
        if "label" in self.marks:
            progress(Text(zh="添加显式标识", en="putting the label on"))
            labelled = scratch / f"label{target.suffix}"
            report = self._guard.call(
                steps.put_label, current, labelled, container, self.rulebook.id, self.style, self.budget
            )
            put.append(label_reading(report))
            current = labelled
        beside = None
        if "metadata" in self.marks:
            progress(Text(zh="写入元数据标识", en="putting the metadata label on"))
            noted = scratch / f"metadata{target.suffix}"
            note = note_of(aigc, self.rulebook.metadata)
            beside = self._guard.call(steps.put_metadata, current, noted, container, note, printable(target.name))
            current = noted
        signed = scratch / f"credential{target.suffix}"
        remarks: list[Text] = []
        if "credential" in self.marks:
            progress(Text(zh="签署内容凭证", en="signing the content credential"))
            try:
                self._sign(source, current, signed, container, declaration, aigc)
                current = signed
            except (MediaError, SetupError) as error:
                if self.asked or (self.issuer and isinstance(error, SetupError)):
                    raise
                remarks.append(_without(error))
        progress(Text(zh="读回核验", en="reading back"))
        examination = self._examine(current, source, rewritten=current == signed and signable(container).rewritten)
        if "metadata" in self.marks:
            put.append(read_back.metadata(examination, aigc))
        if current == signed and self.issuer:
            meant = aigc if "metadata" in self.marks else None
            put.append(read_back.credential(examination, meant, stamped=self.issuer.stamper is not None))
        elif any(each.values.get("binding") == "mismatch" for each in examination.readings):
            remarks.append(_STALE)
        progress(Text(zh="登记并发布", en="recording and releasing"))
        with source.open("rb") as file:
            source_sha256 = file_digest(file, "sha256").hexdigest()
        if _state(source) != before:
            raise UsageError(f"{source} changed while it was being marked", f"{source} 在标识过程中被修改")
        released = self._release(declaration, source, source_sha256, current, target, beside, examination, tuple(put))
        return replace(released, remarks=tuple(remarks))

    def _sign(
        self, source: Path, current: Path, signed: Path, container: str, declaration: Declaration, aigc: Aigc
    ) -> None:
        way = signable(container)
        if self.issuer is None:
            raise SetupError(
                "this set-up has no key for content credentials",
                "当前配置没有签署内容凭证的密钥",
                hint=Text(
                    zh="在 overt.toml 的 [credential] 填写 certificates 和 key；overt doctor 会说明缺什么。",
                    en="Name certificates and key in [credential] of overt.toml; `overt doctor` says what is missing.",
                ),
            )
        if way.stored and not self.asked:
            raise UnsupportedError(
                f"a content credential would make this {container.upper()} file several times as large",
                f"内容凭证会使该 {container.upper()} 文件增大数倍",
                hint=Text(
                    zh="确需凭证时，请用 --only label,metadata,credential。",
                    en="Ask for it by --only label,metadata,credential.",
                ),
            )
        edits = sources.origin(declaration.techniques) == "edited"
        parent = source if edits or self._guard.call(steps.holds_credential, source) else None
        values = aigc.values() if "metadata" in self.marks else None
        self.issuer.mark(self._guard, current, signed, container, declaration, values, parent=parent)

    def _examine(self, current: Path, source: Path, *, rewritten: bool) -> Examination:
        """The marks that are read back.

        The label was measured on the decoded result when it was put on, and the steps after it leave it whole: it is
        looked for again only where signing has written the file anew.
        """
        wanted: list[ReadingKind] = ["metadata"] if "metadata" in self.marks else []
        if "credential" in self.marks:
            wanted.append("credential")
        if rewritten and "label" in self.marks:
            wanted.append("label")
        trust = self.issuer.trust if self.issuer else Trust()
        examination = self._guard.call(
            examine, current, printable(source.name), tuple(wanted), self.rulebook.id, self.budget, True, trust
        )
        if "label" in wanted:
            read_back.label(examination)
        return examination

    def _release(
        self,
        declaration: Declaration,
        source: Path,
        source_sha256: str,
        marked: Path,
        target: Path,
        beside: Path | None,
        examination: Examination,
        marks: tuple[Reading, ...],
    ) -> Released:
        with marked.open("rb+") as file:
            os.fsync(file.fileno())
        media_type = examination.media_type or "application/octet-stream"
        sha256 = examination.sha256
        if sha256 is None:
            raise InternalError("the marked file was not hashed", "未计算标识后文件的哈希值")
        index = self.registry.release(
            Release(
                content_id=declaration.content_id,
                sha256=sha256,
                source_sha256=source_sha256,
                media_type=media_type,
                marks=tuple(reading.mark for reading in marks),
                techniques=declaration.techniques,
                producer=declaration.producer,
                system=declaration.system,
                released=declaration.created.isoformat(timespec="seconds"),
            )
        )
        _log.info("releasing %s as %s, ledger entry %d", declaration.content_id, target, index)
        sidecar = target.with_name(sidecar_name(target.name)) if beside else None
        if beside and sidecar:
            shutil.move(beside, sidecar)
        shutil.move(marked, target)
        return Released(
            declaration.content_id,
            source,
            target,
            sidecar,
            sha256,
            media_type,
            declaration.techniques,
            marks,
            index,
        )


_STALE = Text(
    zh="文件原有的内容凭证不再与其相符：标识改变了文件，而新的凭证未能添加",
    en="the content credential that the file already had no longer fits: marking changed the file, and signed nothing",
)


def _without(error: OvertError) -> Text:
    """A remark on a credential that was left out."""
    return Text(zh=f"未添加内容凭证：{error.message.zh}", en=f"no content credential: {error.message.en}")


def _state(path: Path) -> tuple[int, int, int]:
    """What is another once somebody has written to the file, or put another in its place."""
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


def checked_marks(names: Sequence[str]) -> tuple[MarkKind, ...]:
    """Names of marks as somebody gave them, in the order of marking. Raises `UsageError`."""
    if "watermark" in names:
        raise UsageError(
            "this version puts no watermark on",
            "当前版本尚不能添加水印",
            hint=Text(zh="可用 --only label,metadata,credential。", en="Use --only label,metadata,credential."),
        )
    if not names or (unknown := set(names) - set(MARKS)):
        told = ", ".join(sorted(unknown)) if names else "none"
        raise UsageError(f"unknown mark: {told}", f"未知的标识种类：{told}")
    return tuple(mark for mark in MARKS if mark in names)

"""One content on its way through marking, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from overt.errors import OvertError, SetupError
from overt.language import Text
from overt.marks.kept import Kept
from overt.marks.label import LabelStyle
from overt.marks.metadata.aigc import Aigc
from overt.marks.model import Declaration, MarkKind, Reading, Release
from overt.marks.watermark.model import WatermarkReport


class Registry(Protocol):
    """Where releases are recorded."""

    def new_content_id(self) -> str:
        """A content id whose watermark ids no other content has."""

    def release(self, release: Release, kept: Kept, decision_id: str = "") -> int:
        """Records a release, its ledger entry and what is kept of it, all or nothing. Returns the entry's index.

        With a decision, its content id is used up in the same act. Raises `RefusedError` where it cannot be.
        """


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


@dataclass(slots=True)
class Work:
    """One content on its way: what it is, which marks it gets, where it is now, and what was put on.

    `decision_id` is the decision that it is released under, where there is a gate.
    """

    source: Path
    target: Path
    container: str
    declaration: Declaration
    aigc: Aigc
    scratch: Path
    current: Path
    marks: tuple[MarkKind, ...]
    style: LabelStyle
    decision_id: str = ""
    beside: Path | None = None
    watermark: WatermarkReport | None = None
    signed: bool = False
    put: list[Reading] = field(default_factory=list)
    remarks: list[Text] = field(default_factory=list)

    def again(self, remark: Text) -> Work:
        """The same work from its beginning, without a watermark, and with the remark why."""
        marks = tuple(mark for mark in self.marks if mark != "watermark")
        return replace(
            self,
            current=self.source,
            marks=marks,
            beside=None,
            watermark=None,
            signed=False,
            put=[],
            remarks=[remark],
        )

    def file(self, name: str) -> Path:
        """Where a step writes its result."""
        return self.scratch / f"{name}{self.target.suffix}"


STALE = Text(
    zh="文件原有的内容凭证不再与其相符：标识改变了文件，而新的凭证未能添加",
    en="the content credential that the file already had no longer fits: marking changed the file, and signed nothing",
)


def no_key() -> SetupError:
    """No watermark key is set up."""
    return SetupError(
        "this set-up has no watermark key",
        "当前配置没有水印密钥",
        hint=Text(
            zh="在 overt.toml 的 [watermark] 填写 key；overt init 会在新目录生成密钥。",
            en="Name a key in [watermark] of overt.toml; `overt init` makes one in a new folder.",
        ),
    )


def no_certificate() -> SetupError:
    """Nothing that signs credentials is set up."""
    return SetupError(
        "this set-up has no key for content credentials",
        "当前配置没有签署内容凭证的密钥",
        hint=Text(
            zh="在 overt.toml 的 [credential] 填写 certificates 和 key；overt doctor 会说明缺什么。",
            en="Name certificates and key in [credential] of overt.toml; `overt doctor` says what is missing.",
        ),
    )


def without(mark: Text, error: OvertError) -> Text:
    """A remark on a mark that was left out."""
    return Text(zh=f"未添加{mark.zh}：{error.message.zh}", en=f"no {mark.en}: {error.message.en}")


def state(path: Path) -> tuple[int, int, int]:
    """What is another once somebody has written to the file, or put another in its place."""
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns

"""One content on its way through marking, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from overt.errors import OvertError, SetupError
from overt.language import Text
from overt.marks.metadata.aigc import Aigc
from overt.marks.model import Declaration, Reading
from overt.marks.watermark.model import WatermarkReport


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
    """One content on its way: what it is, where it is now, and what was put on."""

    source: Path
    target: Path
    container: str
    declaration: Declaration
    aigc: Aigc
    scratch: Path
    current: Path
    beside: Path | None = None
    watermark: WatermarkReport | None = None
    signed: bool = False
    put: list[Reading] = field(default_factory=list)
    remarks: list[Text] = field(default_factory=list)

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

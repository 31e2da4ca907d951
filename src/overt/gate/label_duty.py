"""What a user takes on who wants contents without explicit label: the duty to label, and liability for it.

Labeling Measures, art. 9: a provider may leave the explicit label out at a user's request, once the agreement has made
the user's labelling duty and liability clear; the implicit label stays. Art. 10: whoever publishes declares and labels.
The wording is versioned; another one has to be agreed to anew. Not here: who agreed, which the record knows.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from overt.errors import SetupError
from overt.language import Text


@dataclass(frozen=True, slots=True)
class LabelDuty:
    """The wording, and its version."""

    version: str
    text: Text

    @property
    def sha256(self) -> str:
        """What stands for the wording in the record: the hash of both languages."""
        return sha256(json.dumps(self.text.both(), ensure_ascii=False, sort_keys=True).encode()).hexdigest()


SHIPPED: Final = LabelDuty(
    "2026-1",
    Text(
        zh="我申请获取不含显式标识的生成合成内容（《人工智能生成合成内容标识办法》第九条）。我知悉并同意："
        "一、该内容仍带有隐式标识，我不删除、篡改、伪造或者隐匿该标识；"
        "二、我向公众发布或者向他人提供该内容时，主动声明并使用显式标识（第十条）；"
        "三、因我未尽标识义务造成的后果，由我承担责任；"
        "四、服务提供者依法留存我的请求、本确认和接收方信息，期限不少于六个月。",
        en="I ask for synthetic content without an explicit label (Measures for Labeling AI-Generated Synthetic "
        "Content, art. 9). I know and agree: (1) the content still carries its implicit label, which I do not remove, "
        "alter, forge or hide; (2) where I publish it or hand it to others, I declare that it is synthetic and label "
        "it explicitly (art. 10); (3) I answer for what follows from my not doing so; (4) the provider keeps my "
        "request, this confirmation and who received the content, as the law demands, for six months at least.",
    ),
)


def load(path: Path | None = None) -> LabelDuty:
    """The shipped wording, or an operator's own: a TOML file with `version`, `zh` and `en`. Raises `SetupError`."""
    if path is None:
        return SHIPPED
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
        version, zh, en = (told[name] for name in ("version", "zh", "en"))
        return LabelDuty(str(version), Text(zh=str(zh), en=str(en)))
    except KeyError as error:
        raise SetupError(f"{path}: {error} is missing", f"{path}：缺少 {error}") from error
    except (OSError, ValueError) as error:  # ValueError: TOML, UTF-8, an empty text.
        raise SetupError(f"{path}: {error}", f"{path} 有误：{error}") from error

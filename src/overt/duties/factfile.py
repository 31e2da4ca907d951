"""Many facts of a service determined in one file: what `overt determine --blank` prints and `--file` reads.

```toml
owner = "Head of product"
review_by = 2027-11-30

[facts]
live = { value = "no", reason = "A studio tool without broadcasts" }
minors = { value = "yes", reason = "No age limit", owner = "Counsel", review_by = 2027-05-31, document = "study.pdf" }
news = { value = "?", reason = "" }
```

`owner` and `review_by` of a fact stand before those of the file; "?" leaves a fact open. A document's path is relative
to the file. The file is read whole before anything is kept: one that is wrong determines nothing.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from overt.errors import UsageError
from overt.language import Text

_HINT = Text(
    zh="以 overt determine --blank 输出一份可填写的文件。", en="`overt determine --blank` prints one to fill in."
)


@dataclass(frozen=True, slots=True)
class Answer:
    """One fact as a file answers it, with the SHA-256 of its document or "" for none."""

    fact: str
    value: bool
    reason: str
    owner: str
    review_by: date
    document: str


class _Fact(BaseModel):
    model_config = ConfigDict(extra="forbid")

    value: Literal["yes", "no", "?"]
    reason: str = ""
    owner: str = ""
    review_by: date | None = None
    document: str = ""


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    owner: str = ""
    review_by: date | None = None
    facts: dict[str, _Fact] = Field(min_length=1)


def read(path: Path, known: Iterable[str]) -> tuple[Answer, ...]:
    """What a file answers, in its order. Raises `UsageError` for what is wrong or unknown, and where all is open."""
    try:
        said = _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise _wrong(path, f"cannot be read: {error}", f"无法读取：{error}") from error
    except tomllib.TOMLDecodeError as error:
        raise _wrong(path, f"not valid TOML: {error}", f"不是有效的 TOML：{error}") from error
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise _wrong(path, told, told) from error
    if unknown := sorted(set(said.facts) - set(known)):
        raise _wrong(path, f"there is no fact {unknown[0]!r}", f"没有事实 {unknown[0]!r}")
    answers = tuple(_answer(path, name, each, said) for name, each in said.facts.items() if each.value != "?")
    if not answers:
        raise _wrong(path, "every fact is still open", "所有事实均未填写")
    return answers


def _answer(path: Path, name: str, said: _Fact, whole: _File) -> Answer:
    owner, review_by = said.owner or whole.owner, said.review_by or whole.review_by
    for what, there in (("reason", said.reason.strip()), ("owner", owner.strip()), ("review_by", review_by)):
        if not there:
            raise _wrong(path, f"{name} has no {what}", f"{name} 没有 {what}")
    if review_by is None:
        raise ValueError("checked above")
    try:
        hashed = sha256((path.parent / said.document).read_bytes()).hexdigest() if said.document else ""
    except OSError as error:
        raise _wrong(
            path, f"{name}: its document cannot be read: {error}", f"{name}：无法读取其文件：{error}"
        ) from error
    return Answer(name, said.value == "yes", said.reason, owner, review_by, hashed)


def blank(facts: Mapping[str, Text], review_by: date) -> str:
    """A file to fill in, with every one of these facts still open."""
    lines = [
        "# 逐项填写 yes 或 no 和理由；? 表示暂不认定。Answer yes or no with a reason; ? leaves a fact open.",
        "# 填写完毕后运行 Then run: overt determine --file FILE",
        'owner = ""  # 负责的岗位，不写人名 The post that answers for it; no person\'s name',
        f"review_by = {review_by}  # 最迟何时复核 By when to determine them again",
        "",
        "[facts]",
    ]
    for name, title in facts.items():
        lines += [f"# {title.zh}", f"# {title.en}", f'{name} = {{ value = "?", reason = "" }}']
    return "\n".join(lines) + "\n"


def _wrong(path: Path, en: str, zh: str) -> UsageError:
    return UsageError(f"{path}: {en}", f"{path}：{zh}", hint=_HINT)

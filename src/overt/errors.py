"""Everything that can go wrong, by whose fault it is.

```
OvertError
├── UsageError          the caller asked for something that makes no sense
│   └── ConflictError       it would, but for what is there now: somebody did it already
├── SetupError          the operator's set-up is missing or wrong
├── MediaError          the file
│   ├── FormatError         its structure breaks its format's rules
│   │   └── TruncatedError      it ends before its structure does
│   ├── UnsupportedError    a format, or a feature of it, that we cannot handle
│   └── BudgetError         it asked for more memory, time, pixels or nesting than allowed
├── RefusedError        the gate, or what it decided, does not allow it; it says why
├── ReadBackError       a mark that was put on could not be read back: nothing was released
└── InternalError       our own fault
```

`str(error)` is the technical text for the log (English).
`error.diagnostics()` is for people: what happened and what to do next, in both languages.
"It is bad" and "we could not tell" are different: the inspection turns every `MediaError` of a reader into
the reading state `unreadable`, never into `absent`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from overt.language import Text


class Because(Protocol):
    """One reason of a refusal: what to say, and the duties (`DS-14b`) that ask for it."""

    @property
    def text(self) -> Text:
        """What to say."""

    @property
    def duties(self) -> tuple[str, ...]:
        """Ids of duties."""


class OvertError(Exception):
    """The base of all errors that Overt raises on purpose."""

    exit_code = 1
    whose = Text(zh="原因", en="What happened")
    hint = Text(zh="请查看文档，或运行 overt doctor。", en="See the documentation, or run `overt doctor`.")
    reasons: tuple[Because, ...] = ()
    """Of a refusal alone."""

    def __init__(self, en: str, zh: str, *, hint: Text | None = None) -> None:
        super().__init__(en)
        self.message = Text(zh=zh, en=en)
        if hint is not None:
            self.hint = hint

    def diagnostics(self) -> Text:
        """What happened, whose fault it is, and what to do next."""
        # What a file's name or a library says in several lines must not pass for ours.
        zh, en = (each.replace("\n", "\n    ") for each in (self.message.zh, self.message.en))
        return Text(
            zh=f"{self.whose.zh}：{zh}\n下一步：{self.hint.zh}",
            en=f"{self.whose.en}: {en}\nWhat to do next: {self.hint.en}",
        )


class UsageError(OvertError):
    """The caller asked for something that makes no sense."""

    exit_code = 2
    whose = Text(zh="用法有误", en="Wrong use")
    hint = Text(zh="请更正后再试一次。", en="Correct that, and try again.")


class ConflictError(UsageError):
    """What was asked for does not fit what is there now: it is done already, or a name is taken."""

    whose = Text(zh="与现状冲突", en="In conflict with what is there")
    hint = Text(zh="请查看当前状态，或许已无需再做。", en="Look at how it stands now: perhaps nothing is left to do.")


class SetupError(OvertError):
    """The operator's set-up is missing or wrong."""

    exit_code = 2
    whose = Text(zh="配置问题", en="Set-up problem")
    hint = Text(zh="运行 overt doctor 查看缺少什么。", en="Run `overt doctor` to see what is missing.")


class MediaError(OvertError):
    """The file cannot be handled as it is. In an inspection it becomes `unreadable`."""

    exit_code = 3
    whose = Text(zh="文件问题", en="Problem with the file")
    hint = Text(
        zh="用其他程序打开该文件核对；若它确实完好，请提交问题报告。",
        en="Open the file with another program; if it is sound there, please report this.",
    )


class FormatError(MediaError):
    """The file's structure breaks its format's rules. The only error family that parsers may raise."""


class TruncatedError(FormatError):
    """The file ends before its structure does."""


class UnsupportedError(MediaError):
    """A format, or a feature of one, that Overt cannot handle. Says which, and the way out."""

    whose = Text(zh="暂不支持", en="Not supported")


class BudgetError(MediaError):
    """The file asked for more memory, time, pixels or nesting than the budget allows."""

    whose = Text(zh="超出资源限额", en="Over budget")
    hint = Text(
        zh="若信任该文件，可提高 overt.toml 中 [budget] 所列的限额；其他限额是固定的，请将内容拆分为较小的文件。",
        en="If you trust the file, raise the limit if [budget] of overt.toml has it; others are fixed: "
        "split the content into smaller files.",
    )


class ReadBackError(OvertError):
    """A mark that was put on could not be read back. The file was not released."""

    whose = Text(zh="标识未能读回，文件未发布", en="A mark could not be read back; nothing was released")


class RefusedError(OvertError):
    """The gate does not allow it, or what it decided does not cover it.

    The message gives every reason; `head` is the message without them, for where `reasons` are shown as a list.
    """

    whose = Text(zh="不予许可", en="Refused")
    hint = Text(
        zh="按所列理由补正后重新申请：overt gate ask；overt gate show 可查看决定。",
        en="Mend what the reasons name and ask again: `overt gate ask`; `overt gate show` shows a decision.",
    )

    def __init__(self, en: str, zh: str, *, hint: Text | None = None, reasons: Sequence[Because] = ()) -> None:
        self.head = Text(zh=zh, en=en)
        self.reasons = tuple(reasons)
        if self.reasons:
            zh += "：" + "；".join(each.text.zh + _named(each, "（", "、", "）") for each in self.reasons)
            en += ": " + "; ".join(each.text.en + _named(each, " (", ", ", ")") for each in self.reasons)
        super().__init__(en, zh, hint=hint)


def _named(because: Because, begins: str, between: str, ends: str) -> str:
    return begins + between.join(because.duties) + ends if because.duties else ""


class InternalError(OvertError):
    """Our own fault."""

    whose = Text(zh="Overt 自身的错误", en="A fault in Overt itself")
    hint = Text(zh="请附上日志提交问题报告。", en="Please report it, with the log.")

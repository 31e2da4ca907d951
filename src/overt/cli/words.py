"""The option parser's own words in both languages: Typer speaks English alone.

Its help texts are replaced where they stand, and its complaints about a command line become our `UsageError`.
"""

from __future__ import annotations

import re
from typing import Any

from overt.errors import UsageError
from overt.language import Text

_HELPS = {
    "install_completion": Text(zh="为当前 shell 安装补全。", en="Install completion for the current shell."),
    "show_completion": Text(
        zh="显示当前 shell 的补全脚本，以便复制或修改。",
        en="Show completion for the current shell, to copy it or to change it.",
    ),
    "help": Text(zh="显示本帮助。", en="Show this help."),
}

_COMPLAINTS = (
    (r"Missing argument '(.+)'\.?", "缺少参数 {0}"),
    (r"Missing option '(.+)'\.?", "缺少选项 {0}"),
    (r"Missing (?:command|parameter).*", "缺少命令"),
    (r"No such command '(.+)'\.?.*", "没有命令 {0}"),
    (r"No such option: (\S+).*", "没有选项 {0}"),
    (r"Option '(.+)' requires an argument\.?", "选项 {0} 需要一个值"),
    (r"Option '(.+)' does not take a value\.?", "选项 {0} 不带值"),
    (r"Got unexpected extra arguments?(?:\(s\))? \((.+)\)", "多余的参数：{0}"),
    (r"Invalid value for '?(.+?)'?: (.+)", "{0} 的值无效：{1}"),
)


def speak(command: Any, parent: Any = None) -> None:
    """Gives a Typer command and all below it the words of this run's language."""
    # Below its parent: what names the help has is inherited, and the help option is made once.
    context = command.make_context(command.name or "overt", [], parent, resilient_parsing=True)
    for parameter in [*command.params, command.get_help_option(context)]:
        if parameter is not None and parameter.name in _HELPS:
            parameter.help = str(_HELPS[parameter.name])
    for each in getattr(command, "commands", {}).values():
        speak(each, context)


def wrong_use(error: Any) -> UsageError:
    """What the option parser says of a command line, as an error with both languages."""
    said = str(error.format_message()).rstrip(".")
    chinese = next(
        (told.format(*found.groups()) for form, told in _COMPLAINTS if (found := re.fullmatch(form, said))),
        f"命令行有误（{said}）",
    )
    where = getattr(error.ctx, "command_path", None) or "overt"
    return UsageError(said, chinese, hint=Text(zh=f"运行 {where} --help 查看用法。", en=f"Run `{where} --help`."))

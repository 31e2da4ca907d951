"""The commands and the one place where an error ends the program."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any

import typer
import typer.main

from overt import __version__
from overt.cli import (
    account,
    agreement,
    answer,
    bundle,
    consent,
    demo,
    disseminate,
    doctor,
    duties,
    gate,
    gateway,
    init,
    inspect,
    ledger,
    mark,
    person,
    remote,
    retention,
    review,
    serve,
    staff,
    switch,
    trace,
)
from overt.cli.words import speak, wrong_use
from overt.errors import InternalError, OvertError, SetupError
from overt.language import Text, current, visible

_HELP = Text(
    zh="明示：让合成内容表明身份。为生成内容添加标识，读取任何文件的标识并给出结论。",
    en="Overt makes synthetic media say so: it puts the marks on, and says what the marks of any file mean.",
)

_log = logging.getLogger(__name__)

_HELP_NAMES = {"help_option_names": ["-h", "--help"]}

app = typer.Typer(
    name="overt",
    help=str(_HELP),
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings=_HELP_NAMES,
)
_COMMANDS: dict[str, tuple[Callable[..., Any], Text]] = {
    "init": (init.command, init.HELP),
    "mark": (mark.command, mark.HELP),
    "inspect": (inspect.command, inspect.HELP),
    "trace": (trace.command, trace.HELP),
    "serve": (serve.command, serve.HELP),
    "disseminate": (disseminate.command, disseminate.HELP),
    "state": (answer.state, answer.STATE_HELP),
    "determine": (answer.determine, answer.DETERMINE_HELP),
    "bundle": (bundle.command, bundle.HELP),
    "demo": (demo.command, demo.HELP),
    "doctor": (doctor.command, doctor.HELP),
}
_GROUPS: dict[str, tuple[typer.Typer, Text]] = {
    "duties": (duties.app, duties.HELP),
    "account": (account.app, account.HELP),
    "staff": (staff.app, staff.HELP),
    "agreement": (agreement.app, agreement.HELP),
    "switch": (switch.app, switch.HELP),
    "ledger": (ledger.app, ledger.HELP),
    "gate": (gate.app, gate.HELP),
    "consent": (consent.app, consent.HELP),
    "gateway": (gateway.app, gateway.HELP),
    "retention": (retention.app, retention.HELP),
    "review": (review.app, review.HELP),
    "person": (person.app, person.HELP),
}
"""Commands that have commands of their own."""
_PANELS: tuple[tuple[Text, tuple[str, ...]], ...] = (
    (Text(zh="配置", en="Set-up"), ("init", "doctor", "demo", "serve", "staff")),
    (Text(zh="内容", en="Contents"), ("mark", "inspect", "trace", "disseminate")),
    (
        Text(zh="闸口", en="The gate"),
        ("gate", "gateway", "consent", "review", "account", "agreement", "switch"),
    ),
    (Text(zh="记录与证据", en="Records and evidence"), ("ledger", "bundle", "retention", "person")),
    (Text(zh="义务", en="Duties"), ("duties", "state", "determine")),
)
"""In this order the help shows them."""
_BY_SERVER = {"inspect", "mark", "trace", "disseminate", "gate", "duties", "bundle"}
"""Commands that a server carries out; of `gate` it is `ask`."""
for _panel, _names in _PANELS:
    for _name in _names:
        if _name in _GROUPS:
            _group, _help = _GROUPS[_name]
            _kept: dict[str, Any] = {"rich_help_panel": str(_panel), "context_settings": _HELP_NAMES}
            app.add_typer(_group, name=_name, help=str(_help), **_kept)
            continue
        _command, _help = _COMMANDS[_name]
        _epilog = mark.techniques() if _name == "mark" else None
        app.command(_name, help=str(_help), epilog=_epilog, rich_help_panel=str(_panel), context_settings=_HELP_NAMES)(
            _command
        )


def _version(asked: bool) -> None:
    if asked:
        print(f"overt {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help=str(Text(zh="把日志写到标准错误。", en="Write the log to stderr.")))
    ] = False,
    server: Annotated[
        str,
        typer.Option(
            metavar="URL",
            envvar=remote.SERVER,
            help=str(Text(zh="由此服务器执行。", en="Have it carried out by this server.")),
        ),
    ] = "",
    key_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            envvar=remote.KEY_FILE,
            help=str(Text(zh="接口密钥文件。", en="The file of the server's API key.")),
        ),
    ] = None,
    _version_asked: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help=str(Text(zh="显示版本。", en="Show the version."))
        ),
    ] = False,
) -> None:
    logging.basicConfig(stream=sys.stderr)
    logging.root.handlers[0].setFormatter(_Visible("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    # Ours alone: what libraries say of themselves helps nobody here.
    logging.getLogger("overt").setLevel(logging.DEBUG if verbose else logging.CRITICAL)
    remote.choose(server, key_file)
    if context.invoked_subcommand not in _BY_SERVER:
        remote.only_here(context.invoked_subcommand or "")


class _Visible(logging.Formatter):
    """Log lines that a terminal only shows, whatever a file is called."""

    def format(self, record: logging.LogRecord) -> str:
        return visible(super().format(record)).replace("\n", "\n    ")


def run() -> int:  # noqa: PLR0911  (each end of the program has its own)
    """Runs the command line and returns its exit code."""
    _settle_streams()
    command = typer.main.get_command(app)
    speak(command)
    try:
        code = command(prog_name="overt", standalone_mode=False)
    except OvertError as error:
        return _told(error)
    except typer.Abort:  # The end of the input where something was asked.
        raise KeyboardInterrupt from None
    except BrokenPipeError:  # `overt inspect … | head`
        _drop_output()
        return 0
    except OSError as error:
        _log.debug("the system refused", exc_info=error)
        _drop_output()  # It may be the full disk that the output goes to.
        return _told(SetupError(f"the system refused: {error}", f"系统拒绝了操作：{error}"))
    except Exception as error:  # noqa: BLE001  (told as ours)
        if type(error).__name__ == "NoArgsIsHelpError":  # The help has been printed.
            return 2
        if not hasattr(error, "format_message"):  # Not the option parser's.
            _log.debug("an error that nobody expected", exc_info=error)
            return _told(_our_fault(error))
        return _told(wrong_use(error))
    return code if isinstance(code, int) else 0


def _settle_streams() -> None:
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:  # It was closed: no database and no pipe shall get its number.
            os.open(os.devnull, os.O_RDWR)
    sys.stdout = sys.stdout or os.fdopen(1, "w")
    sys.stderr = sys.stderr or os.fdopen(2, "w")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # What the encoding of an old terminal lacks is written out.
            stream.reconfigure(errors="backslashreplace")


def _told(error: OvertError) -> int:
    print(visible(error.diagnostics().in_(current())), file=sys.stderr)
    return error.exit_code


def _our_fault(error: Exception) -> InternalError:
    told = f"{type(error).__name__}: {error}"
    hint = Text(
        zh="以 overt --verbose 重新运行，并附上输出提交问题报告。",
        en="Run it again with `overt --verbose`, and report it with what is printed.",
    )
    return InternalError(told, told, hint=hint)


def _drop_output() -> None:
    """What is still to be written goes nowhere, so that the interpreter does not try again when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

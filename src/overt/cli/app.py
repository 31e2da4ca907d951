"""The commands and the one place where an error ends the program."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from typing import Annotated, Any

import structlog
import typer

from overt import __version__
from overt.cli import demo, doctor, init, inspect, mark
from overt.errors import OvertError
from overt.language import Text, current

_HELP = Text(
    zh="明示：让合成内容表明身份。为生成内容添加标识，读取任何文件的标识并给出结论。",
    en="Overt makes synthetic media say so: it puts the marks on, and says what the marks of any file mean.",
)

app = typer.Typer(
    name="overt",
    help=str(_HELP),
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_COMMANDS: dict[str, tuple[Callable[..., Any], Text]] = {
    "init": (init.command, init.HELP),
    "mark": (mark.command, mark.HELP),
    "inspect": (inspect.command, inspect.HELP),
    "demo": (demo.command, demo.HELP),
    "doctor": (doctor.command, doctor.HELP),
}
for _name, (_command, _help) in _COMMANDS.items():
    app.command(_name, help=str(_help))(_command)


def _version(asked: bool) -> None:
    if asked:
        print(f"overt {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help=str(Text(zh="把日志写到标准错误。", en="Write the log to stderr.")))
    ] = False,
    _version_asked: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help=str(Text(zh="显示版本。", en="Show the version."))
        ),
    ] = False,
) -> None:
    level = logging.DEBUG if verbose else logging.CRITICAL
    logging.basicConfig(level=level, stream=sys.stderr, format="%(name)s: %(message)s")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(level))


def main() -> None:
    """Runs the command line and ends the process with its exit code."""
    try:
        code = app(standalone_mode=False)
    except OvertError as error:
        print(error.diagnostics().in_(current()), file=sys.stderr)
        sys.exit(error.exit_code)
    except typer.Abort:
        sys.exit(130)
    except BrokenPipeError:  # `overt inspect … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        if hasattr(error, "show") and hasattr(error, "exit_code"):  # a usage error found by the option parser
            error.show()
            sys.exit(2)
        raise
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()

"""The command line: a client of the library, never the place of a rule.

Exit codes: 0 done; 1 the answer is "no"; 2 wrong use; 3 could not tell; 130 stopped with Ctrl-C.
"""

from __future__ import annotations

import sys

from overt.language import Text

_STOPPED = 130


def main() -> None:
    """Runs the command line and ends the process with its exit code."""
    try:
        # Only here, because somebody may press Ctrl-C already while the modules are loaded.
        from overt.cli.app import run  # noqa: PLC0415

        code = run()
    except KeyboardInterrupt:
        code = _STOPPED
    if code == _STOPPED:
        print(Text(zh="已停止。", en="Stopped."), file=sys.stderr)
    sys.exit(code)


__all__ = ["main"]

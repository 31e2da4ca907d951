"""The command line: a client of the library, never the place of a rule.

Exit codes: 0 done; 1 the answer is "no"; 2 wrong use; 3 could not tell; 130 stopped with Ctrl-C.
"""

from __future__ import annotations

import os
import signal
import sys

from overt.language import Text

_STOPPED = 130


def main() -> None:
    """Runs the command line and ends the process with its exit code."""
    # While modules are loaded there is nothing to put in order, and an exception may come out of them as another.
    heeded = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # A background job ignores it.
    if heeded:
        signal.signal(signal.SIGINT, lambda *_: os._exit(_stopped()))
    from overt.cli.app import run  # noqa: PLC0415

    if heeded:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        code = run()
    except KeyboardInterrupt:
        code = _STOPPED
    sys.exit(_stopped() if code == _STOPPED else code)


def _stopped() -> int:
    print(Text(zh="已停止。", en="Stopped."), file=sys.stderr, flush=True)
    return _STOPPED


__all__ = ["main"]

"""The hidden folder in which files are made before they get their names.

It lies beside the released files, so that a release is a rename. Whoever works in one holds a lock on it (flock(2)),
which the kernel lets go when the process ends, however it ends: what a killed process left behind is removed by the
next one that works in the same folder, and what another process is working in is left alone.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

PREFIX = ".overt-"


@contextmanager
def scratch(folder: Path) -> Iterator[Path]:
    """A new hidden folder in `folder`, removed at the end. Raises `OSError`."""
    with _held(folder) as turn:
        # One at a time: nobody takes a new folder for an abandoned one before its lock is held.
        fcntl.flock(turn, fcntl.LOCK_EX)
        for old in folder.glob(f"{PREFIX}*"):
            _remove_abandoned(old)
        made = Path(mkdtemp(prefix=PREFIX, dir=folder))
        lock = os.open(made, os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
        os.close(lock)


def _remove_abandoned(folder: Path) -> None:
    with contextlib.suppress(OSError), _held(folder) as lock:  # Held, not ours, or gone already.
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _held(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        yield descriptor
    finally:
        os.close(descriptor)

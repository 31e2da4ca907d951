"""Where uploads lie while something looks at them: under a budget, with names of our own, and gone afterwards.

```
take      bytes are counted before they are written: beyond the budget, `BusyError`
place     a path in a folder that only we may enter; the name is random, never the sender's
drop      the file goes, its bytes are free again
close     the folder goes; so does, at the next start, that of a service which was killed
```

A running service holds a lock on its folder: by this the next one knows which folders nobody uses any more.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
import tempfile
import threading
from pathlib import Path
from typing import Final, Self

from overt.web.errors import BusyError

_PREFIX: Final = "overt-uploads-"


class Shelf:
    """The uploads of one service. For all threads. Use it as a context manager, or call `close`."""

    def __init__(self, most: int) -> None:
        """Room for `most` bytes, all uploads together."""
        self.most = most
        self._taken = 0
        self._lock = threading.Lock()
        _sweep()
        self._folder, self._held = _folder()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def taken(self) -> int:
        """Bytes that lie here, or are on their way."""
        with self._lock:
            return self._taken

    def place(self) -> Path:
        """Where a new file can go."""
        return self._folder / secrets.token_hex(16)

    def take(self, size: int) -> None:
        """Room for so many more bytes. Raises `BusyError` where there is none."""
        with self._lock:
            if self._taken + size > self.most:
                raise BusyError("too much is being uploaded at the moment", "正在上传的文件过多")
            self._taken += size

    def give_back(self, size: int) -> None:
        """So many bytes are free again."""
        with self._lock:
            self._taken -= size

    def close(self) -> None:
        """Everything goes."""
        shutil.rmtree(self._folder, ignore_errors=True)
        os.close(self._held)


class Stay:
    """One file on the shelf and what it takes, until it is dropped: by whoever works with it, once or more often."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._taken = 0
        self._gone = threading.Lock()
        self.path = shelf.place()

    def grow(self, size: int) -> None:
        """So many more bytes are about to be written. Raises `BusyError`."""
        self._shelf.take(size)
        self._taken += size

    def drop(self) -> None:
        """The file is not needed any more."""
        if self._gone.acquire(blocking=False):
            self.path.unlink(missing_ok=True)
            self._shelf.give_back(self._taken)


def _folder() -> tuple[Path, int]:
    """A new folder with our lock on it."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(held, fcntl.LOCK_EX)
        if folder.exists():  # Another service that starts at this moment may have taken it for a left one.
            return folder, held
        os.close(held)


def _sweep() -> None:
    """Removes what services left that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):  # Somebody else's, or gone meanwhile.
            held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(held)

"""Marked files that wait to be fetched: behind links in answers, and films that a generator finished.

A name holds 256 random bits: whoever has the link has the file, until its time is over. What was put on the shelf by
another process of the same set-up is found, too.
"""

from __future__ import annotations

import re
import secrets
import time
from pathlib import Path
from typing import Final

_NAME: Final = re.compile(r"[\w-]{43}\.[a-z0-9_.+-]{1,64}", re.ASCII)


class Shelf:
    """A folder of files under names that nobody guesses."""

    def __init__(self, folder: Path, seconds: float) -> None:
        self._folder = folder
        self._seconds = seconds
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def put(self, path: Path, media_type: str) -> str:
        """Moves a file here. Returns its name, which ends in its media type."""
        self._sweep()
        name = f"{secrets.token_urlsafe(32)}.{media_type.replace('/', '_')}"
        path.replace(self._folder / name)
        return name

    def find(self, name: str) -> tuple[Path, str] | None:
        """The file of this name and its media type; None where there is none, or its time is over."""
        if not _NAME.fullmatch(name):
            return None
        path = self._folder / name
        try:
            fresh = time.time() - path.stat().st_mtime < self._seconds
        except OSError:
            return None
        return (path, name[44:].replace("_", "/", 1)) if fresh else None

    def _sweep(self) -> None:
        over = time.time() - self._seconds
        for path in self._folder.iterdir():
            try:
                if path.stat().st_mtime < over:
                    path.unlink(missing_ok=True)
            except OSError:  # Another process was quicker.
                continue

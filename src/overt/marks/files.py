"""Files as buffers that are read only where they are touched."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from overt.formats import Buffer


@contextmanager
def mapped(path: Path) -> Iterator[Buffer]:
    """The file as a buffer that is read only where it is touched."""
    with path.open("rb") as file:
        if file.seek(0, 2) == 0:
            yield b""
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapping:
            view = memoryview(mapping)
            try:
                yield view
            finally:
                view.release()

"""A new file told as pieces of the old one: ranges that are kept, and bytes put between them.

Writers of container formats return a `Splice` instead of bytes.
What is kept is kept byte for byte by construction, a file of a gigabyte is never held in memory,
and the copy is done by the operating system.
The module does no input or output except in `write`, which works on open files that the caller owns.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import BinaryIO

Piece = bytes | range
"""Literal bytes, or `range(start, stop)` of the source."""

Buffer = bytes | memoryview
"""A whole file as something that can be sliced without copying; for a big file a memoryview over an mmap."""


class Splice:
    """An ordered list of pieces, neighbours merged, empty ones dropped."""

    __slots__ = ("pieces",)

    def __init__(self, pieces: Iterable[Piece] = ()) -> None:
        self.pieces: list[Piece] = []
        for piece in pieces:
            self.add(piece)

    def add(self, piece: Piece) -> None:
        """Append a piece."""
        if not len(piece):
            return
        last = self.pieces[-1] if self.pieces else None
        if isinstance(piece, range) and isinstance(last, range) and last.stop == piece.start:
            self.pieces[-1] = range(last.start, piece.stop)
        elif isinstance(piece, bytes) and isinstance(last, bytes):
            self.pieces[-1] = last + piece
        else:
            self.pieces.append(piece)

    def __len__(self) -> int:
        return sum(len(piece) for piece in self.pieces)

    def __repr__(self) -> str:
        return f"Splice({self.pieces!r})"

    def apply(self, source: Buffer) -> bytes:
        """The new file, in memory."""
        view = memoryview(source)
        return b"".join(view[piece.start : piece.stop] if isinstance(piece, range) else piece for piece in self.pieces)


def write(splice: Splice, source: BinaryIO, target: BinaryIO) -> None:
    """Write the new file to `target`, letting the operating system copy what is kept.

    Both are real files, `target` open for writing at its start and not the same file as `source`.
    """
    target.flush()
    for piece in splice.pieces:
        if isinstance(piece, bytes):
            target.write(piece)
            target.flush()
            continue
        position, left = piece.start, len(piece)
        while left:
            done = _copy(source, position, left, target)
            position, left = position + done, left - done


def _copy(source: BinaryIO, position: int, length: int, target: BinaryIO) -> int:
    chunk = min(length, 1 << 30)
    try:
        done = os.copy_file_range(source.fileno(), target.fileno(), chunk, position)
    except OSError:  # Not on this file system, or across two of them on an old kernel.
        done = os.sendfile(target.fileno(), source.fileno(), position, chunk)
    if done == 0:
        raise EOFError("the source became shorter while it was copied")
    return done

"""The tree over the ledger's entries: what the tiles hold out of the files, the rest out of the database.

The database holds the entries; an act and its entry are one transaction there. The tiles follow (`catch_up`), always by
whole tiles, so that a root or a proof takes some ten files and at most a few hundred rows, however long the log is.
Without a folder everything comes out of the database, in time that grows with it.

A tree refuses to answer where the database does not continue what the tiles hold: somebody has set it back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, func, select
from sqlalchemy.engine import Connection

from overt.errors import InternalError
from overt.ledger import merkle
from overt.ledger.merkle import SHA256, Hashing, Subtrees
from overt.ledger.tiles import WIDTH, subtrees_in
from overt.store.tables.ledger import ledger_entries
from overt.store.tiles import TileFiles, rolled_back
from overt.store.told import told

FOLDER: Final = "ledger"
_ROWS: Final = 4096  # fetched at once
Progress = Callable[[int, int], None]
"""Told how many entries are done, and of how many."""


@dataclass(frozen=True, slots=True)
class View:
    """The tree at one moment. Everything that it answers is about the same `size` entries."""

    size: int
    hashing: Hashing
    _written: Subtrees | None
    _reached: int
    _tail: list[bytes]

    @property
    def settled(self) -> bool:
        """Whether all whole tiles are written."""
        return self._reached == self.size // WIDTH * WIDTH

    @property
    def root(self) -> bytes:
        """The root."""
        return self.root_at(self.size)

    def root_at(self, size: int) -> bytes:
        """The root that the tree had when it was smaller."""
        if not 0 <= size <= self.size:
            raise IndexError(f"no tree of {size} entries in one of {self.size}")
        return merkle.root_over(self._subtree, 0, size, self.hashing)

    def leaf(self, index: int) -> bytes:
        """The hash of one entry."""
        if not 0 <= index < self.size:
            raise IndexError(f"no entry {index} in a ledger of {self.size}")
        return self._subtree(0, index)

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """The proof that an entry is in the tree of `size` entries, the whole one where none is named."""
        return merkle.prove_inclusion(self._subtree, index, self._within(size), self.hashing)

    def inclusions(self, indexes: Iterable[int], size: int) -> Iterator[list[bytes]]:
        """The proofs of many entries, in their order; what they have in common is hashed once."""
        subtree = cache(self._subtree)
        for index in indexes:
            yield merkle.prove_inclusion(subtree, index, self._within(size), self.hashing)

    def consistency(self, first: int, second: int | None = None) -> list[bytes]:
        """The proof that the tree of `second` entries begins with that of `first`."""
        return merkle.prove_consistency(self._subtree, first, self._within(second), self.hashing)

    def _within(self, size: int | None) -> int:
        if size is not None and not 0 <= size <= self.size:
            raise IndexError(f"no tree of {size} entries in one of {self.size}")
        return self.size if size is None else size

    def _subtree(self, level: int, index: int) -> bytes:
        start, end = index << level, (index + 1) << level
        if end <= self._reached and self._written:
            return self._written(level, index)
        if start >= self._reached:
            return self.hashing.root(self._tail[start - self._reached : end - self._reached])
        return self.hashing.node(self._subtree(level - 1, index * 2), self._subtree(level - 1, index * 2 + 1))


class Tree:
    """The tree over the entries of one database, with the folder of its tiles."""

    def __init__(self, engine: Engine, folder: Path | None, hashing: Hashing = SHA256, *, entries: bool = True) -> None:
        self.engine = engine
        self.hashing = hashing
        self.files = TileFiles(folder, hashing, entries=entries) if folder else None

    def view(self) -> View:
        """The tree as it is now. Lets the tiles follow first, if they are behind and nobody else is at it."""
        self.catch_up(wait=False)
        return self._look()

    def catch_up(self, *, wait: bool = True, progress: Progress | None = None) -> None:
        """Writes the tiles of the entries that have come since. Where they cannot be written, all stays as it is.

        Raises `SetupError` where the database does not continue the tiles.
        """
        if self.files is None or (not wait and self._whole() <= self.files.reached):
            return
        try:
            with self.files.writing(wait=wait) as ours:
                if ours:
                    self.follow(progress)
        except OSError:  # A folder that is only read, a full disk: the rows still give every answer.
            if wait:
                raise

    def follow(self, progress: Progress | None = None) -> None:
        """What `catch_up` does, for whoever holds the lock."""
        if self.files is None:
            return
        start, end = self.files.reached, self._whole()
        self._continues(start)
        if start < end:
            for done in self.files.grow(self.entries(start, end), start, end):
                if progress:
                    progress(done, end)

    def entries(self, start: int, end: int) -> Iterator[bytes]:
        """The entries in this range, in their order. Raises `SetupError` where one is missing."""
        column = ledger_entries.c
        for first in range(start, end, _ROWS):
            last = min(end, first + _ROWS)
            query = select(column.index, column.entry).where(column.index >= first, column.index < last)
            with self._reading() as connection:
                rows = connection.execute(query.order_by(column.index)).all()
            if [row[0] for row in rows] != list(range(first, last)):
                raise rolled_back(f"entries are missing after {first}", f"第 {first} 条之后有条目缺失")
            yield from (bytes(row[1]) for row in rows)

    def settled(self, progress: Progress | None = None) -> View:
        """The tree as it is, with all its whole tiles written; for whoever holds the lock."""
        while True:
            self.follow(progress)
            view = self._look()
            if view.settled:  # Else so many entries have come in between.
                return view

    def _look(self) -> View:
        reached = self.files.reached if self.files else 0
        before = max(reached - 1, 0)
        column = ledger_entries.c
        told_hash = column.leaf_hash if self.hashing is SHA256 else column.entry
        with self._reading() as connection:
            query = select(column.index, told_hash).where(column.index >= before).order_by(column.index)
            rows = connection.execute(query).all()
        hashes = [bytes(row[1]) if self.hashing is SHA256 else self.hashing.leaf(bytes(row[1])) for row in rows]
        if [row[0] for row in rows] != list(range(before, before + len(rows))) or before + len(rows) < reached:
            raise rolled_back(f"it had {reached} entries", f"此前有 {reached} 个条目")
        if reached and self.files:
            self._same(hashes[0], reached)
            hashes = hashes[1:]
        return View(reached + len(hashes), self.hashing, self._subtrees(reached) if reached else None, reached, hashes)

    def _subtrees(self, reached: int) -> Subtrees:
        """The complete subtrees that the tiles hold; each tile is read once."""
        if self.files is None:
            raise InternalError("there are no tiles", "没有分块文件")
        return subtrees_in(cache(self.files.hashes), reached, self.hashing)

    def _continues(self, reached: int) -> None:
        if not reached:
            return
        column = ledger_entries.c
        with self._reading() as connection:
            entry = connection.execute(select(column.entry).where(column.index == reached - 1)).scalar()
        if entry is None:
            raise rolled_back(f"it had {reached} entries", f"此前有 {reached} 个条目")
        self._same(self.hashing.leaf(bytes(entry)), reached)

    def _same(self, leaf: bytes, reached: int) -> None:
        """Whether the last entry that the tiles hold is still the database's: entries are salted, none comes twice."""
        if self._subtrees(reached)(0, reached - 1) != leaf:
            raise rolled_back(f"entry {reached - 1} is another", f"第 {reached - 1} 条已不同")

    def _whole(self) -> int:
        with self._reading() as connection:
            last = connection.execute(select(func.max(ledger_entries.c.index))).scalar()
        return 0 if last is None else (int(last) + 1) // WIDTH * WIDTH

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with told(), self.engine.connect() as connection:
            yield connection

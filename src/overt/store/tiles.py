"""The tiles of one tree in a folder: read, and written so that a kill at any moment leaves what the next run completes.

```
 ledger/tile/…          tiles and bundles as C2SP tlog-tiles lays them out (`ledger/tiles.py`)
 ledger/checkpoint      the newest signed checkpoint
 ledger/caught-up       how many entries the tiles hold: a multiple of 256
 ledger/lock            held by whoever writes
```

Every file is written beside its place, forced to the disk and moved into it; `caught-up` is moved last. What is above
it does not count, and is written again with the same bytes. A full tile never changes: other bytes for it mean that
the database is no longer the one that was published, and are refused.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from overt.errors import FormatError, SetupError
from overt.language import Text
from overt.ledger.merkle import SHA256, Hashing
from overt.ledger.tiles import ENTRIES, HEIGHT, WIDTH, Tile, bundled, hashes_in, unbundled

_STATE: Final = "caught-up"
_BATCH: Final = 16 * WIDTH
_ROLLED_BACK = Text(
    zh="数据库可能被恢复到了较早的备份。请恢复与已发布检查点一致的数据库；切勿删除 ledger 目录后重新签名，"
    "否则两份历史都会留下签名，而这正是日志要防止的。",
    en="The database may have been set back to an older backup. Restore the one that the published checkpoints are of. "
    "Do not delete the folder `ledger` to sign anew: two histories would be signed, which is what a log must never do.",
)


def rolled_back(en: str, zh: str) -> SetupError:
    """The database and what was published of it no longer agree."""
    return SetupError(
        f"the ledger does not continue what was published of it: {en}",
        f"账本与已发布的内容不衔接：{zh}",
        hint=_ROLLED_BACK,
    )


class TileFiles:
    """The files of one tree. Only one process writes at a time (`writing`); reading needs no lock."""

    def __init__(self, folder: Path, hashing: Hashing = SHA256, *, entries: bool = True) -> None:
        self.folder = folder
        self.hashing = hashing
        self._entries = entries
        self._touched: set[Path] = set()

    @property
    def reached(self) -> int:
        """How many entries the tiles hold."""
        try:
            return int((self.folder / _STATE).read_text("ascii"))
        except FileNotFoundError:
            return 0
        except ValueError as error:
            raise _damaged(self.folder / _STATE) from error

    @contextlib.contextmanager
    def writing(self, *, wait: bool) -> Iterator[bool]:
        """Holds the lock. Without `wait`, says False at once where another process has it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                yield False
                return
            yield True

    def hashes(self, tile: Tile) -> list[bytes]:
        """The hashes in a tile; for a partial one that is gone, the first of the full tile. Raises `SetupError`."""
        data, width = self._read(tile)
        try:
            return hashes_in(data, width)[: tile.width]
        except FormatError as error:
            raise _damaged(self.folder / tile.path) from error

    def entries(self, index: int, width: int = WIDTH) -> list[bytes]:
        """The entries in a bundle, in the same way."""
        tile = Tile(ENTRIES, index, width)
        data, held = self._read(tile)
        try:
            return unbundled(data, held)[:width]
        except FormatError as error:
            raise _damaged(self.folder / tile.path) from error

    def grow(self, rows: Iterable[bytes], start: int, end: int) -> Iterator[int]:
        """Writes the tiles of the entries from `start` to `end`, both multiples of 256. Says how far it is, by the way.

        `rows` are the entries' bytes from `start` on. Only for whoever holds the lock.
        """
        edges = {
            level: self.hashes(Tile(level, start >> HEIGHT * (level + 1), width))
            for level in range(1, 64)
            if (width := (start >> HEIGHT * level) % WIDTH)
        }
        grown: list[Tile] = []
        taken = iter(rows)
        for first in range(start, end, WIDTH):
            entries = list(islice(taken, WIDTH))
            if len(entries) < WIDTH:
                gone = first + len(entries)
                raise rolled_back(f"entry {gone} is gone", f"第 {gone} 条缺失")
            self._add(first >> HEIGHT, entries, edges, grown)
            done = first + WIDTH
            if done % _BATCH == 0 or done == end:
                self._settle(done, edges, grown)
                yield done

    def write_partial(self, entries: Sequence[bytes], size: int) -> None:
        """Writes the last tile of leaves and the last bundle for a tree of this size, which ends within them."""
        if width := size % WIDTH:
            index = size >> HEIGHT
            self._put_tile(Tile(0, index, width), [self.hashing.leaf(entry) for entry in entries])
            if self._entries:
                self._put(Tile(ENTRIES, index, width).path, bundled(entries))
            self._sync_folders()

    def put(self, name: str, data: bytes) -> None:
        """Writes a file of the folder, at once or not at all, and on the disk when this returns."""
        self._put(name, data)
        self._sync_folders()

    def get(self, name: str) -> bytes | None:
        """A file of the folder."""
        try:
            return (self.folder / name).read_bytes()
        except FileNotFoundError:
            return None

    def _add(self, index: int, entries: list[bytes], edges: dict[int, list[bytes]], grown: list[Tile]) -> None:
        if self._entries:
            self._put_full(Tile(ENTRIES, index), bundled(entries))
        hashes = [self.hashing.leaf(entry) for entry in entries]
        level = 0
        while True:
            self._put_full(Tile(level, index), b"".join(hashes))
            grown.append(Tile(level, index))
            level += 1
            edge = edges.setdefault(level, [])
            edge.append(self.hashing.root(hashes))
            if len(edge) < WIDTH:
                return
            hashes, index, edges[level] = edge, index >> HEIGHT, []

    def _settle(self, reached: int, edges: dict[int, list[bytes]], grown: list[Tile]) -> None:
        """Makes what was added count: first everything on the disk, then the mark, then away with what it replaces."""
        for level, edge in edges.items():
            if edge:
                self._put_tile(Tile(level, reached >> HEIGHT * (level + 1), len(edge)), edge)
        self._sync_folders()
        self.put(_STATE, str(reached).encode())
        for tile in grown:
            shutil.rmtree(self.folder / f"{tile.path}.p", ignore_errors=True)
            if tile.level == 0 and self._entries:
                shutil.rmtree(self.folder / f"{Tile(ENTRIES, tile.index).path}.p", ignore_errors=True)
        grown.clear()

    def _put_tile(self, tile: Tile, hashes: Sequence[bytes]) -> None:
        self._put(tile.path, b"".join(hashes))

    def _put_full(self, tile: Tile, data: bytes) -> None:
        there = self.get(tile.path)
        if there is None:
            self._put(tile.path, data)
        elif there != data:
            raise rolled_back(f"{tile.path} holds other entries", f"{tile.path} 中是另外的条目")

    def _read(self, tile: Tile) -> tuple[bytes, int]:
        """The bytes of a tile and its width, which is the full tile's where the partial one is gone."""
        if (data := self.get(tile.path)) is not None:
            return data, tile.width
        if tile.width < WIDTH and (data := self.get(tile.full.path)) is not None:
            return data, WIDTH
        raise _damaged(self.folder / tile.path)

    def _put(self, name: str, data: bytes) -> None:
        path = self.folder / name
        if not path.parent.is_dir():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._touched.update(path.parents[1 : 1 + name.count("/")])
        beside = path.with_name(f".{path.name}.new")
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        self._touched.add(path.parent)

    def _sync_folders(self) -> None:
        """Makes the names of new files last, too."""
        for folder in self._touched:
            number = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(number)
            finally:
                os.close(number)
        self._touched.clear()


def _damaged(path: Path) -> SetupError:
    return SetupError(
        f"a file of the ledger is missing or damaged: {path}",
        f"账本文件缺失或损坏：{path}",
        hint=Text(
            zh="请从备份恢复该文件；或将 ledger/tile 与 ledger/caught-up 移走，"
            "overt ledger publish 会由数据库重新生成，并与已签名的检查点核对。",
            en="Restore it from a backup; or move ledger/tile and ledger/caught-up away: `overt ledger publish` makes "
            "them anew out of the database, and compares with the checkpoints that were signed.",
        ),
    )

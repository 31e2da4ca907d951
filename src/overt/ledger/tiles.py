"""The tree as plain files: tiles of 256 hashes, and bundles of 256 entries.

Source: C2SP tlog-tiles (c2sp.org/tlog-tiles). Tile `n` of level `l` holds, left to right, the hashes of 256 complete
subtrees of 256**l leaves each. The last tile of a level may be partial; it is never hashed into the level above.

```
 tile/0/x001/x234/067          256 leaf hashes, 8,192 bytes
 tile/1/000.p/17               17 hashes, each over a full tile below
 tile/entries/x001/x234/067    256 entries, each after its length (two bytes, big-endian)
```

Pure: paths, bytes, and hashes out of tiles. Reading and writing files is `store/tree.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from overt.errors import FormatError
from overt.ledger.merkle import HASH_BYTES, SHA256, Hashing, Subtrees

HEIGHT: Final = 8
WIDTH: Final = 1 << HEIGHT
ENTRIES: Final = -1
"""The level of entry bundles."""
_MOST_LEVELS: Final = 64
_PATH = re.compile(r"tile/(entries|0|[1-9]\d?)/((?:x\d{3}/)*)(\d{3})(?:\.p/([1-9]\d{0,2}))?", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """Names one tile or bundle; a width below 256 makes it partial."""

    level: int
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Where it lies below the log's prefix."""
        digits = f"{self.index:03d}"
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        *front, last = (digits[at : at + 3] for at in range(0, len(digits), 3))
        number = "".join(f"x{each}/" for each in front) + last
        level = "entries" if self.level == ENTRIES else str(self.level)
        return f"tile/{level}/{number}" + (f".p/{self.width}" if self.width < WIDTH else "")

    @property
    def full(self) -> Tile:
        """The full tile that this one becomes."""
        return Tile(self.level, self.index)


def tile_at(path: str) -> Tile:
    """The tile with this path. Raises `FormatError` for a path that names none, or is not spelled as it must be."""
    if found := _PATH.fullmatch(path):
        level = ENTRIES if found[1] == "entries" else int(found[1])
        index = int(found[2].replace("x", "").replace("/", "") + found[3])
        tile = Tile(level, index, int(found[4]) if found[4] else WIDTH)
        if tile.path == path and level < _MOST_LEVELS:
            return tile
    raise FormatError("no tile has this path", "没有该路径的分块")


def grown(old: int, new: int) -> Iterator[Tile]:
    """The tiles and bundles that a tree of `new` leaves has and one of `old` leaves had not, lowest level first."""
    for level in range(ENTRIES, _MOST_LEVELS):
        below = HEIGHT * max(level, 0)
        had, has = old >> below, new >> below
        if not has and level > 0:
            return
        for index in range(had >> HEIGHT, -(-has // WIDTH)):
            width = min(WIDTH, has - index * WIDTH)
            if width > max(0, had - index * WIDTH):
                yield Tile(level, index, width)


def hashes_in(data: bytes, width: int) -> list[bytes]:
    """The hashes in a tile. Raises `FormatError` for a tile of another width."""
    if len(data) != width * HASH_BYTES:
        raise FormatError(
            f"a tile of {width} hashes has {width * HASH_BYTES} bytes, this one {len(data)}",
            f"{width} 个哈希的分块应为 {width * HASH_BYTES} 字节，实为 {len(data)} 字节",
        )
    return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]


def bundled(entries: Sequence[bytes]) -> bytes:
    """Entries as a bundle holds them."""
    return b"".join(len(entry).to_bytes(2) + entry for entry in entries)


def unbundled(data: bytes, width: int) -> list[bytes]:
    """The entries in a bundle. Raises `FormatError` where it does not hold exactly so many."""
    entries: list[bytes] = []
    at = 0
    while at < len(data) and len(entries) < width:
        end = at + 2 + int.from_bytes(data[at : at + 2])
        if at + 2 > len(data) or end > len(data):
            break
        entries.append(data[at + 2 : end])
        at = end
    if at != len(data) or len(entries) != width:
        raise FormatError(f"this is no bundle of {width} entries", f"这不是含 {width} 个条目的条目包")
    return entries


def subtrees_in(read: Callable[[Tile], Sequence[bytes]], size: int, hashing: Hashing = SHA256) -> Subtrees:
    """The complete subtrees of a tree of `size` leaves, out of its tiles: one tile for each."""

    def subtree(level: int, index: int) -> bytes:
        height = level % HEIGHT
        tile_level = level // HEIGHT
        first = index << height
        number, within = first >> HEIGHT, first % WIDTH
        width = min(WIDTH, (size >> HEIGHT * tile_level) - number * WIDTH)
        hashes = read(Tile(tile_level, number, width))
        return hashing.root(hashes[within : within + (1 << height)])

    return subtree

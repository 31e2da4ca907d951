"""Goes through the whole ledger: entries, openings, streams, tiles, and the checkpoint that was signed over them.

What it shows: that every entry in the database is the one under the signed root, that what opens an entry is what it
commits to, and that no stream has a gap. What it does not: that an act in the other tables is the one that was
recorded, and that nobody was shown another history; for that there are witnesses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import RowMapping, and_, func, or_, select
from sqlalchemy.engine import Connection

from overt.errors import FormatError, InternalError
from overt.language import Text
from overt.ledger import checkpoint as checkpoints
from overt.ledger.checkpoint import Checkpoint
from overt.ledger.entry import Entry, decode
from overt.ledger.event import SALT_BYTES, committed
from overt.ledger.merkle import SHA256
from overt.ledger.streams import Counters, Gap
from overt.ledger.tiles import ENTRIES, HEIGHT, WIDTH, Tile, bundled
from overt.store.publishing import NAME, Ledger
from overt.store.tables.ledger import ledger_entries, ledger_openings
from overt.store.tiles import TileFiles
from overt.store.tree import Progress
from overt.store.vault import Vault

_ROWS: Final = 4096
_MOST_TOLD: Final = 100


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that does not hold, and where: an entry, a file, a stream."""

    place: str
    said: Text


@dataclass(slots=True)
class Audit:
    """What was looked at, and what does not hold. Of many problems the first hundred are told; `count` has them all."""

    size: int = 0
    root: bytes = b""
    checkpoint: Checkpoint | None = None
    opened: int = 0
    """Entries whose opening is what they commit to."""
    closed: int = 0
    """Entries whose opening is gone (expired, or its person's key destroyed), or sealed while there is no vault key."""
    tiles: int = 0
    """Files of the tree that were compared."""
    unsigned: bool = False
    """No checkpoint has been signed: nothing shows that the entries are those of yesterday."""
    count: int = 0
    problems: list[Problem] = field(default_factory=list)

    def tell(self, place: str, zh: str, en: str) -> None:
        """Adds a problem."""
        self.count += 1
        if len(self.problems) < _MOST_TOLD:
            self.problems.append(Problem(place, Text(zh=zh, en=en)))


def verify(ledger: Ledger, progress: Progress | None = None) -> Audit:
    """Hashes the whole tree again and compares it with all that was said of it."""
    audit, files = Audit(), ledger.tree.files
    with ledger.store.reading() as connection:
        audit.checkpoint = _shown(ledger, audit)
        total = int(connection.execute(select(func.count()).select_from(ledger_entries)).scalar() or 0)
        walk = _Walk(audit, files, files.reached if files else 0)
        for rows in _chunks(connection):
            for row in rows:
                walk.take(row)
                _opening(connection, ledger.store.vault, row, audit)
            if progress:
                progress(audit.size, total)
    walk.end()
    return audit


def gaps(connection: Connection, start: int = 0, end: int | None = None) -> list[Gap]:
    """Where the numbers of a stream do not follow one another among the entries from `start` to `end`."""
    column = ledger_entries.c
    before = func.lag(column.number).over(partition_by=column.stream, order_by=column.index).label("before")
    inside = select(column.index, column.stream, column.number, before).where(
        column.index >= start, column.stream != ""
    )
    part = (inside if end is None else inside.where(column.index < end)).subquery()
    other = ledger_entries.alias()
    earlier = (
        select(func.coalesce(func.max(other.c.number), 0))
        .where(other.c.stream == part.c.stream, other.c.index < start)
        .scalar_subquery()
    )
    expected = (func.coalesce(part.c.before, earlier) + 1).label("expected")
    query = select(part.c.index, part.c.stream, expected, part.c.number).where(
        or_(
            and_(part.c.before.is_not(None), part.c.number != part.c.before + 1),
            and_(part.c.before.is_(None), part.c.number != earlier + 1),
        )
    )
    return [Gap(*row) for row in connection.execute(query.order_by(part.c.index))]


class _Walk:
    """Follows the entries, builds the tree again, and compares each tile when it is full."""

    def __init__(self, audit: Audit, files: TileFiles | None, reached: int) -> None:
        self._audit = audit
        self._files = files
        self._reached = reached
        self._counters = Counters()
        self._entries: list[bytes] = []
        self._edges: dict[int, list[bytes]] = {0: []}

    def take(self, row: RowMapping) -> None:
        audit, index, data = self._audit, row["index"], bytes(row["entry"])
        if index != audit.size:
            audit.tell(
                f"entry {audit.size}", f"第 {audit.size} 条至第 {index - 1} 条缺失", f"missing, up to {index - 1}"
            )
            audit.size = index
        if SHA256.leaf(data) != bytes(row["leaf_hash"]):
            audit.tell(f"entry {index}", "叶哈希与条目不符", "its leaf hash is another")
        entry = _entry(data)
        if entry is None or _columns(row) != (entry.tag, entry.stream, entry.number, entry.time):
            audit.tell(f"entry {index}", "条目与其各列不符", "its columns say something else")
        if entry and (gap := self._counters.follow(index, entry)):
            audit.tell(
                f"stream {gap.stream}",
                f"第 {index} 条的序号为 {gap.found}，应为 {gap.expected}",
                f"entry {index} has number {gap.found} where {gap.expected} comes next",
            )
        self._entries.append(data)
        audit.size += 1
        self._push(0, SHA256.leaf(data))
        if audit.checkpoint and audit.size == audit.checkpoint.size:
            self._compare(audit.checkpoint)

    def end(self) -> None:
        self._audit.root = self._root()
        head = self._audit.checkpoint
        if head and head.size > self._audit.size:
            self._audit.tell(
                NAME, f"已签署 {head.size} 条，现有 {self._audit.size} 条", f"it is over {head.size} entries"
            )
        if head and head.size == 0 == self._audit.size:
            self._compare(head)

    def _compare(self, head: Checkpoint) -> None:
        if self._root() != head.root:
            self._audit.tell(NAME, "重新计算的根与已签署的根不同", "the root that was signed is another")

    def _push(self, level: int, value: bytes) -> None:
        edge = self._edges.setdefault(level, [])
        edge.append(value)
        if len(edge) < WIDTH:
            return
        tile = Tile(level, (self._audit.size >> HEIGHT * (level + 1)) - 1)
        self._file(tile, b"".join(edge))
        if level == 0:
            self._file(Tile(ENTRIES, tile.index), bundled(self._entries))
            self._entries = []
        self._edges[level] = []
        self._push(level + 1, SHA256.root(edge))

    def _file(self, tile: Tile, data: bytes) -> None:
        if self._files is None or self._audit.size > self._reached:
            return
        self._audit.tiles += 1
        there = self._files.get(tile.path)
        if there is None:
            self._audit.tell(tile.path, "文件缺失", "the file is missing")
        elif there != data:
            self._audit.tell(tile.path, "文件内容与数据库不符", "the file holds something else than the database")

    def _root(self) -> bytes:
        """The root over what is on the edges: full tiles on the left of each level, the leaves last."""
        found: bytes | None = None
        for level in sorted(self._edges):
            edge = self._edges[level]
            hashes = [*edge, *([found] if found is not None else [])]
            found = _fold(hashes, len(edge), carried=found is not None) if hashes else found
        return SHA256.empty if found is None else found


def _fold(hashes: list[bytes], complete: int, *, carried: bool) -> bytes:
    """The root over complete subtrees of one size, and one smaller subtree at their right where it is carried in."""
    parts: list[bytes] = []
    start = 0
    while start < complete:
        width = 1 << ((complete - start).bit_length() - 1)
        parts.append(SHA256.root(hashes[start : start + width]))
        start += width
    if carried:
        parts.append(hashes[-1])
    found = parts.pop()
    while parts:
        found = SHA256.node(parts.pop(), found)
    return found


def _shown(ledger: Ledger, audit: Audit) -> Checkpoint | None:
    """The checkpoint in the folder, if it is signed by the set-up's key or a former one."""
    note = ledger.tree.files.get(NAME) if ledger.tree.files else None
    if note is None:
        audit.unsigned = True
        return None
    voice = ledger.voice
    keys = [checkpoints.ed25519_key(voice.origin, each) for each in (voice.signer.public, *voice.former)]
    try:
        return checkpoints.opened(note, keys)[0]
    except FormatError as error:
        audit.tell(NAME, error.message.zh, error.message.en)
        return None


def _chunks(connection: Connection) -> Iterator[list[RowMapping]]:
    column = ledger_entries.c
    opens = ledger_openings.c
    joined = ledger_entries.outerjoin(ledger_openings, column.index == opens.index)
    chosen = select(ledger_entries, opens.person, opens.data).select_from(joined).order_by(column.index).limit(_ROWS)
    last = -1
    while rows := list(connection.execute(chosen.where(column.index > last)).mappings()):
        yield rows
        last = rows[-1]["index"]


def _opening(connection: Connection, vault: Vault | None, row: RowMapping, audit: Audit) -> None:
    entry, index = _entry(bytes(row["entry"])), row["index"]
    if entry is None:
        return
    data = bytes(row["data"]) if row["data"] is not None else None
    if data is not None and row["person"] is not None:
        try:
            data = vault.open(connection, row["person"], data, entry.commitment) if vault else None
        except InternalError:
            audit.tell(f"entry {index}", "密封的内容无法打开", "what was sealed does not open with this vault key")
            return
    if data is None:
        audit.closed += 1
    elif committed(data[SALT_BYTES:], data[:SALT_BYTES]) == entry.commitment:
        audit.opened += 1
    else:
        audit.tell(f"entry {index}", "内容与承诺不符", "what opens it is not what it commits to")


def _entry(data: bytes) -> Entry | None:
    try:
        return decode(data)
    except FormatError:
        return None


def _columns(row: RowMapping) -> tuple[Any, ...]:
    return row["tag"], row["stream"], row["number"], row["time"]

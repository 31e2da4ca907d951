"""What an entry costs beside a plain insert, and how proofs and appends grow with the ledger.

`appends`: acts with one entry each, every one durable before the next, against SQLite's own module with the same
pragmas: a bare row, and an audit row with the same bytes and the indexes to find it by time and by id. Rounds of all
take turns; medians of rounds, and ratios within a round.

`growth`: one SQLite database that grows by tens. Times are of the processor. At each size: an append, a proof out of
tiles (with what a fresh `View` costs), the files and bytes that it read, a checkpoint after one more entry, and a proof
as RFC 9162 writes it down, over all leaves in memory, for comparison.

    python -m bench.ledger               appends, growth up to 100,000
    python -m bench.ledger 10000000      growth up to 10 million: some 6 GB of disk, some ten minutes
"""

from __future__ import annotations

import os
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import insert

from overt.ledger import merkle
from overt.ledger.events.content import ContentForgotten
from overt.ledger.signing import Signer
from overt.store.publishing import Ledger, Voice
from overt.store.records import Store
from overt.store.tables import isccs
from overt.store.tiles import TileFiles

ROUNDS, ACTS = 9, 300
TRIES = 100
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000", "wal_autocheckpoint=4000")
BODY = "y" * 230  # As long as an entry and its opening.


def plain(folder: Path, schema: str, row: Callable[[int], tuple[object, ...]]) -> Callable[[int], None]:
    """Inserts into a table of its own, one transaction each."""
    connection = sqlite3.connect(folder / f"{len(schema)}.db", isolation_level=None)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    connection.executescript(schema)
    insert_row = f"INSERT INTO a VALUES ({', '.join('?' * len(row(0)))})"

    def act(number: int) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(insert_row, row(number))
        connection.execute("COMMIT")

    return act


def appends() -> None:
    """Prints the costs of an act, in microseconds."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = Store.open(folder / "ours")

        def entry_alone(number: int) -> None:
            with store.acting() as act:
                act.record(ContentForgotten(f"{number}"))

        def row_and_entry(number: int) -> None:
            with store.acting() as act:
                act.connection.execute(insert(isccs).values(content_id=os.urandom(16).hex(), iscc=f"{number}"))
                act.record(ContentForgotten(f"{number}"))

        def ten_entries(number: int) -> None:
            with store.acting() as act:
                for _ in range(10):
                    act.record(ContentForgotten(f"{number}"))

        bare = plain(folder, "CREATE TABLE a (id TEXT PRIMARY KEY, body TEXT)", lambda _: (os.urandom(16).hex(), BODY))
        audit = plain(
            folder,
            "CREATE TABLE a (id TEXT PRIMARY KEY, time TEXT, about TEXT, entry TEXT, body TEXT);"
            "CREATE INDEX b ON a (time); CREATE INDEX c ON a (about);",
            lambda n: (os.urandom(16).hex(), str(time.time()), f"{n}", BODY, BODY),
        )
        ways = {
            "bare row": bare,
            "audit row": audit,
            "entry": entry_alone,
            "row and entry": row_and_entry,
            "ten entries": ten_entries,
        }
        taken: dict[str, list[float]] = {way: [] for way in ways}
        for round_ in range(-1, ROUNDS):  # The first warms up.
            for way, act in ways.items():
                count = ACTS // 10 if way == "ten entries" else ACTS
                started = time.perf_counter()
                for number in range(count):
                    act(round_ * ACTS + number)
                if round_ >= 0:
                    taken[way].append((time.perf_counter() - started) / count * 1e6)
        store.close()
    print(f"{'one durable act':<16}{'median µs':>11}{'× bare row':>12}{'× audit row':>13}")
    for way, times in taken.items():
        ratios = [statistics.median(a / b for a, b in zip(times, taken[peer], strict=True)) for peer in list(ways)[:2]]
        print(f"{way:<16}{statistics.median(times):>11.0f}{ratios[0]:>12.2f}{ratios[1]:>13.2f}")


def fill(store: Store, start: int, end: int) -> None:
    """Rows of entries that nobody acted for, as the ledger would have written them, many in a transaction."""
    connection = sqlite3.connect(str(store.engine.url.database), isolation_level=None)
    connection.execute("PRAGMA synchronous=OFF")
    tag, stream, at = "trace:content:forget", "trace:content", "2026-11-23T09:30:00.123Z"
    for first in range(start, end, 100_000):
        last = min(end, first + 100_000)
        entries, openings, about = [], [], []
        for index in range(first, last):
            opening = index.to_bytes(16) + BODY[:100].encode()
            data = (
                f'{{"commitment":"{sha256(opening).hexdigest()}","number":{index + 1},"stream":"{stream}",'
                f'"tag":"{tag}","time":"{at}","v":1}}'
            ).encode()
            entries.append((index, tag, stream, index + 1, at, data, merkle.leaf_hash(data)))
            openings.append((index, "log", None, opening))
            about.append((sha256(data).hexdigest()[:32], index))
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(
            'INSERT INTO ledger_entries ("index", tag, stream, number, time, entry, leaf_hash) VALUES (?,?,?,?,?,?,?)',
            entries,
        )
        connection.executemany(
            'INSERT INTO ledger_openings ("index", keeping, person, data) VALUES (?,?,?,?)', openings
        )
        connection.executemany('INSERT INTO ledger_about (id, "index") VALUES (?,?)', sorted(about))
        connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


class Counted(TileFiles):
    """Tiles that count what is read of them."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.sizes: list[int] = []

    def get(self, name: str) -> bytes | None:
        """A file of the folder."""
        if (data := super().get(name)) is not None:
            self.sizes.append(len(data))
        return data


def growth(most: int) -> None:
    """Prints how times grow with the number of entries."""
    print(
        f"{'entries':>10}{'append µs':>11}{'view µs':>9}{'proof µs':>10}{'hashes':>8}{'files':>7}{'KiB':>6}"
        f"{'checkpoint ms':>15}{'tiles µs/entry':>16}{'RFC 9162 over all leaves µs':>29}"
    )
    with tempfile.TemporaryDirectory(dir=os.environ.get("OVERT_BENCH_DIR")) as name:
        store = Store.open(Path(name))
        ledger = Ledger(store, Voice("example.com/bench", Signer(Ed25519PrivateKey.generate())))
        size = 0
        while (goal := max(1000, size // 1000 * 10_000)) <= most:
            fill(store, size, goal)
            tiles = _median(ledger.publish, tries=1) / (goal - size)
            print(
                f"{goal:>10}{measured(store, ledger, goal)}{tiles:>16.1f}{_over_all(ledger, goal):>29.0f}", flush=True
            )
            size = store.ledger_root()[0]
        store.close()


def measured(store: Store, ledger: Ledger, size: int) -> str:
    """One line of the table, up to its last columns."""
    draw, tree = random.Random(1), store.tree
    tree.files = files = Counted(ledger.folder)

    def checkpoint() -> None:
        _append(store)
        ledger.publish()

    append, view = _median(lambda: _append(store)), _median(tree.view)
    files.sizes.clear()
    proof = _median(lambda: tree.view().inclusion(draw.randrange(size)))
    opened, read = len(files.sizes) / TRIES, sum(files.sizes) / TRIES / 1024
    return (
        f"{append:>11.0f}{view:>9.0f}{proof:>10.0f}{len(tree.view().inclusion(size // 3)):>8}{opened:>7.1f}{read:>6.0f}"
        f"{_median(checkpoint, tries=20) / 1000:>15.1f}"
    )


def _append(store: Store) -> None:
    with store.acting() as act:
        act.record(ContentForgotten("x"))


def _over_all(ledger: Ledger, size: int) -> float:
    """The same proof without tiles; not for more leaves than fit into memory."""
    if size > 1_000_000:
        return float("nan")
    leaves = [merkle.leaf_hash(entry) for entry in ledger.tree.entries(0, size)]
    return _median(lambda: merkle.inclusion_proof(leaves, size // 3), tries=1)


def _median(work: Callable[[], object], tries: int = TRIES) -> float:
    """Microseconds of the processor: what else the machine does counts for little."""
    times = []
    for _ in range(tries):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return statistics.median(times) * 1e6


def main() -> None:
    """Both tables."""
    if len(sys.argv) > 1 and sys.argv[0].endswith("ledger.py"):
        growth(int(float(sys.argv[1])))
    else:
        appends()
        growth(100_000)


if __name__ == "__main__":
    main()

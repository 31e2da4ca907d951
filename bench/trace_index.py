"""Looking fingerprints up among 100,000 to 10 million: plain scan, bands, faiss.

Values of 256 bits, as PDQ's are: random ones, and beside them a tenth that crowd around one another, as the pictures
of a series do. A query is a stored value with 24 bits changed; every index must find it, within 31 bits. Landmarks are
numbers with their places, as those of sound are; a query is a stretch of 500 out of one recording, an eighth of it
changed.

Times are of the processor, for one query, on one core. `python -m bench.trace_index 1e5 1e6` for other sizes.
"""

from __future__ import annotations

import gc
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np

from overt.tracing.banded import BandedIndex, scanned
from overt.tracing.catalogue import NEAR
from overt.tracing.postings import PostingIndex

SIZES = (100_000, 1_000_000, 10_000_000)
DISTANCE = 31
QUERIES = 20
BATCH = 1_000_000
RECORDING = 2_000  # Landmarks of one: a minute and a half.


def values(count: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Rows and values, in batches."""
    rng = np.random.default_rng(1)
    bases = rng.integers(0, 1 << 64, (count // 1000, 4), np.uint64, endpoint=False)
    for start in range(0, count, BATCH):
        size = min(BATCH, count - start)
        made = rng.integers(0, 1 << 64, (size, 4), np.uint64, endpoint=False)
        crowd = size // 10
        # Each flips some 16 bits of its base: three random words together leave one bit in eight.
        flips = [rng.integers(0, 1 << 64, (crowd, 4), np.uint64, endpoint=False) for _ in range(4)]
        made[:crowd] = bases[rng.integers(0, len(bases), crowd)] ^ (flips[0] & flips[1] & flips[2] & flips[3])
        yield np.arange(start, start + size), made


def queries(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows to be found, and what is asked."""
    rng = np.random.default_rng(2)
    rows = np.sort(rng.integers(0, count, QUERIES))
    parts = [made[rows[(rows >= start[0]) & (rows <= start[-1])] - start[0]] for start, made in values(count)]
    bits = np.unpackbits(np.concatenate(parts).view(np.uint8), axis=1)
    for each in bits:
        each[rng.choice(256, 24, replace=False)] ^= 1
    return rows, np.packbits(bits, axis=1).view(np.uint64)


def cpu(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def resident() -> float:
    """Megabytes of this process that are in memory, mapped files among them."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def line(count: int, name: str, build: float, disk: float, seconds: list[float], found: int) -> None:
    middle, worst = np.median(seconds) * 1e3, max(seconds) * 1e3
    print(
        f"  {count:>10,}  {name:28} build {build:7.1f} s  {disk:8.0f} MB  "
        f"query {middle:8.2f} ms (worst {worst:8.2f})  found {found}/{QUERIES}"
    )


def size_of(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def ours(count: int, folder: Path) -> None:
    index = BandedIndex(folder)
    build = cpu(lambda: index.rebuild(values(count), "all"))
    rows, asked = queries(count)

    def one(distance: int) -> tuple[list[float], int]:
        times, found = [], 0
        for row, query in zip(rows, asked, strict=True):
            answer: set[int] = set()
            search = partial(index.search, query, distance)
            times.append(cpu(lambda search=search, answer=answer: answer.update(near.row for near in search())))
            found += int(row) in answer
        return times, found

    for name in ("bands, first time", "bands, again"):
        times, found = one(DISTANCE)
        line(count, name, build, size_of(folder), times, found)
    together = cpu(lambda: index.search(asked[:8], DISTANCE)) * 1e3
    print(f"  {'':>10}  eight at once, as for a turned or mirrored picture: {together:.2f} ms")
    rng = np.random.default_rng(3)
    more = rng.integers(0, 1 << 64, (10_000, 4), np.uint64, endpoint=False)
    grown = cpu(lambda: index.add(np.arange(count, count + 10_000), more, "more"))
    print(f"  {'':>10}  10,000 more, without rebuilding: {grown * 1e3:.0f} ms")

    times, found = one(NEAR)
    line(count, "bands, up to 64 bits", build, size_of(folder), times, found)
    stored = np.load(folder / "head-1" / "value.npy", mmap_mode="r")
    times = [cpu(lambda query=query: list(scanned(stored, query[None], DISTANCE))) for query in asked[:5]]
    line(count, "plain scan", 0, count * 32 / 1e6, times, QUERIES)
    print(f"  {'':>10}  resident: {resident():.0f} MB, the mapped files among them")


def faiss(count: int, kind: str, folder: Path) -> None:
    import faiss as library  # noqa: PLC0415  # extra `search`

    library.omp_set_num_threads(1)
    index = {
        "faiss flat": lambda: library.IndexBinaryFlat(256),
        "faiss multi-hash 16 x 16": lambda: library.IndexBinaryMultiHash(256, 16, 16),
    }[kind]()
    if kind != "faiss flat":
        index.nflip = 1
    build = 0.0
    for _, made in values(count):
        packed = made.view(np.uint8).reshape(-1, 32)
        build += cpu(lambda packed=packed: index.add(packed))
    rows, asked = queries(count)
    times, found = [], 0
    for row, query in zip(rows, asked, strict=True):
        answer: list[np.ndarray] = []
        bits = query.view(np.uint8)[None]
        times.append(cpu(lambda bits=bits, answer=answer: answer.append(index.range_search(bits, DISTANCE + 1)[2])))
        found += int(row) in answer[0]
    file = folder / "faiss"
    try:
        library.write_index_binary(index, str(file))
        disk = file.stat().st_size / 1e6
        file.unlink()
    except RuntimeError:
        disk = float("nan")
    line(count, kind, build, disk, times, found)


def landmarks(count: int, folder: Path) -> None:
    rng = np.random.default_rng(4)
    marks = rng.integers(0, 1 << 22, count, np.uint64)  # Some four million different ones, as in sound.
    rows = np.arange(count) // RECORDING
    places = np.arange(count) % RECORDING
    index = PostingIndex(folder)
    build = cpu(lambda: index.rebuild([(rows, marks, places)], "all"))
    times, found = [], 0
    for number in rng.integers(0, count // RECORDING, QUERIES):
        start = int(number) * RECORDING + 700
        asked = marks[start : start + 500].copy()
        asked[::8] = rng.integers(0, 1 << 22, len(asked[::8]), np.uint64)
        answer: list[int] = []

        def work(asked: np.ndarray = asked, answer: list[int] = answer) -> None:
            answer.extend(each.row for each in index.search(asked, np.arange(500), width=4, most=8))

        times.append(cpu(work))
        found += answer[0] == number
    line(count, "landmarks, 500 asked", build, size_of(folder), times, found)


def main(sizes: tuple[int, ...] = SIZES) -> None:
    for count in sizes:
        print(f"{count:,} entries")
        works: tuple[Callable[[Path], None], ...] = (
            lambda folder, count=count: ours(count, folder),
            lambda folder, count=count: faiss(count, "faiss flat", folder),
            lambda folder, count=count: faiss(count, "faiss multi-hash 16 x 16", folder),
            lambda folder, count=count: landmarks(count, folder),
        )
        for work in works:
            with tempfile.TemporaryDirectory() as name:
                work(Path(name))
            gc.collect()


if __name__ == "__main__":
    main(tuple(int(float(each)) for each in sys.argv[1:]) or SIZES)

"""The indexes of one record, kept up with the database, and which rows may be a copy's.

There is one index for each kind of fingerprint. Its bookmark names the ledger entry up to which it has read, with the
entry's hash: an index that belongs to another database, or to a state of it that was put back, begins anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from overt.fingerprints.model import INDEXED, SHAPES, Fingerprint, Kind
from overt.marks.kept import Print
from overt.tracing.banded import BandedIndex
from overt.tracing.index import WORDS, LandmarkIndex, NearIndex
from overt.tracing.postings import PostingIndex

if TYPE_CHECKING:
    from overt.store.kept import KeptRecords, Row
    from overt.tracing.index import Rows, Words

FOLDER = "index"
NEAR = 64
"""Bits: vectors that are farther apart are no candidates. At this distance strangers begin to be found
(`overt.fingerprints.calibration`)."""
LEAST_QUALITY = 50
"""Vectors of lower quality are like those of many pictures, and stay out of the index."""
MOST: dict[Kind, int] = {"pdq": 32, "film": 16, "sound": 8, "text": 32}
"""Candidates of one kind that are compared, those that share most first: fewer where comparing takes longer."""
MOST_ASKED, MOST_ASKED_OTHERWISE = 64, 16
"""Vectors of a copy that are looked up, spread over a film; of its turned and mirrored forms."""
_LEAST_SHARED: dict[Kind, int] = {"sound": 5, "text": 1}
"""Landmarks that a candidate shares with the query, at least. One long shingle is a find, a pair of peaks is chance."""
_WIDTH: dict[Kind, int] = {"sound": 4, "text": 0}
"""Ticks by which shifts may differ in sound; passages of a text may be moved at will."""

Makers = dict[str, Callable[[Path], NearIndex | LandmarkIndex]]
"""What makes the index for each shape of fingerprints; anything that fits the port will do."""
Choice = Literal["bands", "faiss"]
OWN: Makers = {"vectors": BandedIndex, "terms": PostingIndex}


def makers(choice: Choice = "bands") -> Makers:
    """The indexes that a set-up chose. Raises `SetupError` where one needs what is not installed."""
    if choice == "bands":
        return OWN
    from overt.tracing.faiss_index import FaissIndex  # noqa: PLC0415  # an extra

    return OWN | {"vectors": FaissIndex}


class Catalogue:
    """Finds candidates. The folder may be deleted at any time: it is made again from the record."""

    def __init__(self, data: Path, kept: KeptRecords, makers: Makers = OWN) -> None:
        self._kept = kept
        self._indexes = {kind: makers[SHAPES[kind]](data / FOLDER / kind) for kind in INDEXED}

    def index(self, kind: Kind) -> NearIndex | LandmarkIndex:
        """The index of a kind, up to date."""
        index = self._indexes[kind]
        index.refresh()
        size = self._kept.entries()
        known, _, digest = index.bookmark.partition(":")
        begun = int(known) if known.isdecimal() else 0
        goes_on = bool(begun) and begun <= size and self._digest(begun) == digest
        if goes_on and begun == size:
            return index
        bookmark = f"{size}:{self._digest(size)}"
        rows = self._kept.rows_since([kind], begun if goes_on else 0, size)
        if SHAPES[kind] == "vectors":
            _fill_near(index, rows, bookmark, anew=not goes_on)  # type: ignore[arg-type]
        else:
            _fill_landmarks(index, rows, bookmark, anew=not goes_on)  # type: ignore[arg-type]
        return index

    def candidates(self, kind: Kind, queries: Sequence[Fingerprint]) -> list[Row]:
        """The rows that may be the source of what these fingerprints were taken from, likeliest first."""
        index = self.index(kind)
        if not len(index):
            return []
        numbers = _near(index, queries) if SHAPES[kind] == "vectors" else _sharing(index, kind, queries)  # type: ignore[arg-type]
        numbers = numbers[: MOST[kind]]
        rows = self._kept.rows(numbers)
        if gone := [number for number in numbers if number not in rows]:
            index.remove(np.array(gone))  # Deleted since: the database is the truth.
        return [rows[number] for number in numbers if number in rows]

    def _digest(self, entries: int) -> str:
        leaf = self._kept.entry(entries - 1) if entries else None
        return leaf.hex() if leaf else ""


def _fill_near(index: NearIndex, batches: Iterator[list[Row]], bookmark: str, *, anew: bool) -> None:
    parts = (_vectors(rows) for rows in batches)
    if anew:
        index.rebuild(parts, bookmark)
        return
    rows, values = _joined(list(parts), np.empty((0, WORDS), np.uint64))
    index.add(rows, values, bookmark)


def _fill_landmarks(index: LandmarkIndex, batches: Iterator[list[Row]], bookmark: str, *, anew: bool) -> None:
    parts = (_terms(rows) for rows in batches)
    if anew:
        index.rebuild(parts, bookmark)
        return
    held = list(parts)
    rows = np.concatenate([np.empty(0, np.int64), *(part[0] for part in held)])
    marks = np.concatenate([np.empty(0, np.uint64), *(part[1] for part in held)])
    places = np.concatenate([np.empty(0, np.int64), *(part[2] for part in held)])
    index.add(rows, marks, places, bookmark)


def _joined(parts: list[tuple[Rows, Words]], empty: Words) -> tuple[Rows, Words]:
    rows = np.concatenate([np.empty(0, np.int64), *(part[0] for part in parts)])
    return rows, np.concatenate([empty, *(part[1] for part in parts)])


def _opened(rows: list[Row]) -> Iterator[tuple[int, Fingerprint]]:
    for row in rows:
        if isinstance(row.taken, Print):
            yield row.number, row.taken.opened()


def _vectors(rows: list[Row]) -> tuple[Rows, Words]:
    parts = [
        (np.full(int(good.sum()), number), np.ascontiguousarray(taken.values[good]).view("<u8"))
        for number, taken in _opened(rows)
        for good in [taken.quality >= LEAST_QUALITY]
    ]
    return _joined(parts, np.empty((0, WORDS), np.uint64))


def _terms(rows: list[Row]) -> tuple[Rows, Words, Rows]:
    parts = [(np.full(len(taken), number), taken.values, taken.places) for number, taken in _opened(rows)]
    columns = zip(*parts, strict=True) if parts else ((), (), ())
    numbers, marks, places = (list(column) for column in columns)
    return (
        np.concatenate([np.empty(0, np.int64), *numbers]),
        np.concatenate([np.empty(0, np.uint64), *(each.astype(np.uint64) for each in marks)]),
        np.concatenate([np.empty(0, np.int64), *places]),
    )


def _near(index: NearIndex, queries: Sequence[Fingerprint]) -> list[int]:
    """Rows with a vector near one of the query's; those with most of them first, then the nearest."""
    found: dict[int, list[int]] = {}
    for number, query in enumerate(queries):
        good = np.flatnonzero(query.quality >= LEAST_QUALITY)
        if not len(good):
            continue
        most = min(len(good), MOST_ASKED if number == 0 else MOST_ASKED_OTHERWISE)
        asked = query.values[good[np.linspace(0, len(good) - 1, most).astype(int)]]
        for near in index.search(np.ascontiguousarray(asked).view("<u8"), NEAR):
            found.setdefault(near.row, []).append(near.distance)
    return sorted(found, key=lambda row: (-len(found[row]), min(found[row]), row))


def _sharing(index: LandmarkIndex, kind: Kind, queries: Sequence[Fingerprint]) -> list[int]:
    """Rows that share landmarks with one of the forms of the query, those that share most first."""
    best: dict[int, int] = {}
    for query in queries:
        if not len(query):
            continue
        for shared in index.search(query.values.astype(np.uint64), query.places, width=_WIDTH[kind], most=MOST[kind]):
            if shared.count >= _LEAST_SHARED[kind]:
                best[shared.row] = max(best.get(shared.row, 0), shared.count)
    return sorted(best, key=lambda row: (-best[row], row))

"""The index of landmarks that comes with Overt: an inverted index in NumPy.

Landmarks in the order of their numbers, each with its place and its row: a search is a binary search for each landmark
of the query. What stands in very many rows (silence, a common phrase) says little and costs most; it is left out
while there are rarer ones. What was added last is looked through as it came.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from overt.tracing.index import Shared
from overt.tracing.segments import Array, Make, Segments, record

if TYPE_CHECKING:
    from overt.tracing.index import Rows, Words

COMMON = 2_000
"""A landmark that stands in more places than that is left out while rarer ones are found."""
MOST_HITS = 4_000_000
"""Places one search looks at, rarest landmarks first."""
_RECORD = np.dtype([("row", "<i8"), ("mark", "<u8"), ("place", "<i4")])


class PostingIndex:
    """Landmarks in one folder. Implements `overt.tracing.index.LandmarkIndex`."""

    def __init__(self, folder: Path) -> None:
        self._records = Segments(folder, _RECORD, _arrange)

    @property
    def bookmark(self) -> str:
        """What was told with the last change."""
        return self._records.bookmark

    def __len__(self) -> int:
        return len(self._records)

    def refresh(self) -> None:
        """Sees what other processes have written."""
        self._records.refresh()

    def add(self, rows: Rows, marks: Words, places: Rows, bookmark: str) -> None:
        """Takes in n landmarks."""
        self._records.add(record(_RECORD, row=rows, mark=marks, place=places), bookmark)

    def remove(self, rows: Rows) -> None:
        """Takes rows out."""
        self._records.remove(rows)

    def rebuild(self, batches: Iterable[tuple[Rows, Words, Rows]], bookmark: str) -> None:
        """Begins anew with these."""
        self._records.rebuild(
            (record(_RECORD, row=rows, mark=marks, place=places) for rows, marks, places in batches), bookmark
        )

    def search(self, marks: Words, places: Rows, *, width: int = 0, most: int = 64) -> list[Shared]:
        """The rows that share most landmarks; see the port."""
        known, first = np.unique(marks.astype(np.uint64), return_index=True)
        if width:  # Each place of the query counts where shifts are compared; else each landmark once.
            order = np.argsort(marks, kind="stable")
            known, where = marks.astype(np.uint64)[order], places[order]
        else:
            where = places[first]
        query, rows, at = self._hits(known)
        gone = self._records.gone
        if len(gone):
            kept = ~np.isin(rows, gone)
            query, rows, at = query[kept], rows[kept], at[kept]
        if not len(rows):
            return []
        if width:
            shift = (at - where[query]) // width
            counted = _most_at_one_shift(rows, shift)
        else:
            pairs = np.unique(np.stack([rows, query], 1), axis=0)
            counted = np.unique(pairs[:, 0], return_counts=True)
        best = np.lexsort((counted[0], -counted[1]))[:most]
        return [Shared(int(counted[0][each]), int(counted[1][each])) for each in best]

    def _hits(self, known: Words) -> tuple[Array, Array, Array]:
        """For each place where one of these landmarks stands: which one of them, its row, its place."""
        head, tail = self._records.head, self._records.tail
        parts = []
        if head:
            start = np.searchsorted(head["mark"], known, "left")
            size = np.searchsorted(head["mark"], known, "right") - start
            chosen = _worth(size)
            start, size = start[chosen], size[chosen]
            ends = np.cumsum(size)
            entries = np.repeat(start - (ends - size), size) + np.arange(ends[-1] if len(ends) else 0)
            parts.append((np.repeat(chosen, size), head["row"][entries], head["place"][entries]))
        if len(tail):
            start = np.searchsorted(known, tail["mark"], "left")
            size = np.searchsorted(known, tail["mark"], "right") - start
            ends = np.cumsum(size)
            query = np.repeat(start - (ends - size), size) + np.arange(ends[-1])
            parts.append((query, np.repeat(tail["row"], size), np.repeat(tail["place"], size)))
        if not parts:
            return (np.empty(0, np.int64),) * 3
        query, rows, at = (np.concatenate(column) for column in zip(*parts, strict=True))
        return query, rows, at.astype(np.int64)


def _arrange(columns: Mapping[str, Array], make: Make) -> None:  # noqa: ARG001  (nothing but the columns is needed)
    order = np.argsort(columns["mark"], kind="stable")
    for column in columns.values():
        column[:] = column[order]


def _worth(sizes: Array) -> Array:
    """Which landmarks to look at, by how often each stands in the index."""
    rarest = np.argsort(sizes, kind="stable")
    rarest = rarest[sizes[rarest] > 0]
    within = np.cumsum(sizes[rarest]) <= MOST_HITS
    rare = within & (sizes[rarest] <= COMMON)
    return rarest[rare if rare.any() else within]


def _most_at_one_shift(rows: Array, shift: Array) -> tuple[Array, Array]:
    """For each row, the largest number of hits in two neighbouring bins of shifts."""
    bins, counts = np.unique(np.stack([rows, shift], 1), axis=0, return_counts=True)
    follows = np.flatnonzero((bins[1:, 0] == bins[:-1, 0]) & (bins[1:, 1] == bins[:-1, 1] + 1))
    joined = counts.copy()
    joined[follows] += counts[follows + 1]
    named, place = np.unique(bins[:, 0], return_inverse=True)
    best = np.zeros(len(named), np.int64)
    np.maximum.at(best, place, joined)
    return named, best

"""The index of 256-bit values that comes with Overt: exact, in NumPy, for ten million entries.

Sixteen bands of 16 bits, each with its entries in the order of the band's value. Two values that differ in at most 31
bits differ in at most one bit in some band (31 = 16 x 2 - 1), so that 17 probes a band find every one of them: the
band's own value and the sixteen that are one bit away. Up to 15 bits, one probe a band does. Source: multi-index
hashing (Norouzi, Punjani, Fleet: Fast Search in Hamming Space with Multi-Index Hashing, CVPR 2012).

Farther apart, the same probes still find most: 99 of 100 at 40 bits, 93 at 50, 75 at 60, if bits differ at random.
Small indexes, and what was added last, are scanned, which finds all: XOR and a count of bits, in pieces that fit the
cache.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from overt.tracing.index import WORDS, Near
from overt.tracing.segments import Array, Make
from overt.tracing.values import StoredValues

if TYPE_CHECKING:
    from overt.tracing.index import Words

BANDS = 16
VALUES = 1 << 16  # Of one band.
SURE = 2 * BANDS - 1
"""Bits up to which the bands miss nothing."""
FEW, FEW_FAR = 1 << 14, 1 << 19
"""Up to so many entries are scanned: where that is quicker than the bands; where it finds more, for farther ones."""
_PIECE = 1 << 14  # Entries of a scan that are compared at once: half a megabyte.
_FLIPS = np.array([0, *(1 << bit for bit in range(16))], np.uint16)
_CANDIDATES = 1 << 20  # Compared at once: 32 MB.


class BandedIndex(StoredValues):
    """Values and rows in one folder. Implements `overt.tracing.index.NearIndex`."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, _arrange)

    def search(self, values: Words, distance: int) -> list[Near]:
        """Every row at most `distance` bits from one of the k x 4 words, nearest first; see the module for far ones."""
        values = np.ascontiguousarray(values.reshape(-1, WORDS))
        head, tail = self.records.head, self.records.tail
        found = []
        if head:
            if len(head["row"]) > (FEW if distance <= SURE else FEW_FAR):
                near = _banded(head, values, distance)
            else:
                near = scanned(head["value"], values, distance)
            found += [(query, head["row"][at], apart) for query, at, apart in near]
        found += [(query, tail["row"][at], apart) for query, at, apart in scanned(tail["value"], values, distance)]
        gone = self.records.gone
        result = {  # The same entry is met in several bands.
            Near(int(query), int(row), int(apart))
            for queries, rows, distances in found
            for query, row, apart in zip(queries, rows, distances, strict=True)
            if not len(gone) or row not in gone
        }
        return sorted(result, key=lambda near: (near.distance, near.query, near.row))


_Found = tuple[Array, Array, Array]
"""Queries, entries, distances."""


def _arrange(columns: Mapping[str, Array], make: Make) -> None:
    """For each band, its entries in the order of its value, and where each value starts among them."""
    count = len(columns["row"])
    bands = columns["value"].view("<u2") if count else np.empty((0, BANDS), np.uint16)
    order = make("order", np.uint32, (BANDS, count))
    starts = make("starts", np.uint32, (BANDS, VALUES + 1))
    for number in range(BANDS):
        band = np.ascontiguousarray(bands[:, number])
        order[number] = np.argsort(band, kind="stable")  # A radix sort, for 16 bits.
        starts[number, 0] = 0
        np.cumsum(np.bincount(band, minlength=VALUES), out=starts[number, 1:])


def _banded(head: Mapping[str, Array], values: Words, distance: int) -> Iterator[_Found]:
    order, starts, kept = head["order"], head["starts"], head["value"]
    probes = values.view("<u2")[:, :, None] ^ _FLIPS[: 17 if distance >= BANDS else 1]  # queries x bands x probes
    band = np.arange(BANDS)[None, :, None]
    first = starts[band, probes].astype(np.int64)
    lengths = (starts[band, probes.astype(np.int64) + 1] - first).ravel()
    first += band * order.shape[1]
    query = np.repeat(np.arange(len(values)), probes[0].size)
    flat = order.reshape(-1)
    for part in _pieces(lengths):
        size = lengths[part]
        ends = np.cumsum(size)
        places = np.repeat(first.ravel()[part] - (ends - size), size) + np.arange(ends[-1] if len(ends) else 0)
        entries, queries = flat[places], np.repeat(query[part], size)
        apart = _ones(kept[entries] ^ values[queries])
        near = np.flatnonzero(apart <= distance)
        yield queries[near], entries[near], apart[near]


def _pieces(lengths: Array) -> Iterator[slice]:
    """Runs of probes whose entries can be compared at once."""
    total = np.cumsum(lengths)
    start = 0
    while start < len(lengths):
        before = total[start - 1] if start else 0
        end = max(start + 1, int(np.searchsorted(total, before + _CANDIDATES, "right")))
        yield slice(start, end)
        start = end


def scanned(kept: Array, values: Words, distance: int) -> Iterator[_Found]:
    """Every entry near one of the values, by comparing them all."""
    for start in range(0, len(kept), _PIECE):
        piece = np.ascontiguousarray(kept[start : start + _PIECE])
        for query, value in enumerate(values):
            apart = _ones(piece ^ value)
            near = np.flatnonzero(apart <= distance)
            if len(near):
                yield np.full(len(near), query), near + start, apart[near]


def _ones(words: Words) -> Array:
    """How many bits of each row of four words are set.

    The four counts, a byte each, are added as one word of 32 bits: NumPy sums short rows five times as slowly.
    """
    counts = np.bitwise_count(words).view("<u4").ravel()
    pairs = (counts & 0x00FF00FF) + (counts >> 8 & 0x00FF00FF)
    return (pairs & 0xFFFF) + (pairs >> 16)

"""Fingerprints of texts: the passages that two texts have in common, and texts that were reworded.

Source: Schleimer, Wilkerson, Aiken 2003 (winnowing); Broder 1997 (shingles, resemblance); Indyk, Motwani 1998 (bands).

    text ─► words ─► shingles of 8 steps ─► winnowing ─────────► terms at their places   (copied passages)
               └───► shingles of 4 steps ─► 64 least hashes ───► 32 terms, places -1…-32 (reworded whole texts)

A **shingle** is the shortest run of words of so many steps (`overt.fingerprints.words`): eight Chinese characters, or
four words of a spaced script. Its hash is 64 bits of BLAKE2b without a key, so that anyone can compare.

**Winnowing** keeps the least hash of every window of four shingles: of any eight steps and three words that two texts
share, at least one common term is kept. The query is not winnowed (`queries`), so that a reworded copy only has to
keep the very shingle that the reference has, not the window around it. Shingles of words that repeat (a ruled
line, a row of noughts) are left out.

The **sketch** is for short texts in which no passage stayed whole: the least of the small shingles' hashes under
each of 64 orders; two of them make a band. A band is equal with the square of the resemblance of the two texts.

What it does not do: know a text again that was translated, or rewritten sentence by sentence.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from overt.fingerprints.model import Comparison, Fingerprint, Span
from overt.fingerprints.words import Reading, Word, weight

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Words64 = NDArray[np.uint64]
    Places = NDArray[np.int64]

SHINGLE = 8
"""Steps of a shingle: eight Chinese characters, four English words."""
WINDOW = 4
"""Shingles of which one is kept."""
SMALL_SHINGLE = 4
BANDS = 32
"""Terms of the sketch, of two hashes each."""
SKETCHED = 24
"""The fewest different small shingles of a text that has a sketch: with fewer, chance has too much say."""

_GAP = 64  # Steps between two terms of one passage: a sentence may have been put between them.
_DRIFT = 24  # Steps by which the distance of two neighbouring terms may differ in the two texts.
_OPEN = 24  # Passages that a term is tried on, the latest first.
_REPEATS = 4  # Places of the reference that one term is compared with: a refrain is followed, a table is not.
_ORDERS = np.array(
    [int.from_bytes(blake2b(b"overt/text/order/%d" % each, digest_size=8).digest()) for each in range(2 * BANDS)],
    np.uint64,
)


def fingerprint(reading: Reading) -> Fingerprint:
    """The fingerprint to be kept."""
    hashes, places = _shingles(reading.words, SHINGLE)
    kept = _winnowed(hashes)
    return _with_sketch(reading, hashes[kept], places[kept])


def queries(reading: Reading) -> Fingerprint:
    """The fingerprint to be looked up and compared: every shingle."""
    return _with_sketch(reading, *_shingles(reading.words, SHINGLE))


def compare(query: Fingerprint, reference: Fingerprint) -> Comparison:
    """Which passages of the query (best: its `queries`) stand in the reference, and how alike the whole texts are.

    The distance is 1 / n: the longest passage has n shingles' worth of words in common, or n bands of the sketches are
    equal, whichever is more; 2 where nothing is alike. `matched`, `of_query` and `of_reference` are steps.
    `changed["resemblance"]` is the share of small shingles in common (0 to 1), as the sketches estimate it.
    """
    passages = _passages(_pairs(query, reference))
    equal = len(np.intersect1d(query.values[query.places < 0], reference.values[reference.places < 0]))
    longest = max((_covered(there for _, there in passage) for passage in passages), default=0)
    spans = sorted((_span(passage) for passage in passages), key=_by_length, reverse=True)
    found = max(longest / SHINGLE, float(equal), 0.5)
    return Comparison(
        "text",
        1 / found,
        _covered(here for passage in passages for here, _ in passage),
        query.extent,
        reference.extent,
        tuple(spans),
        {"resemblance": round((equal / BANDS) ** 0.5, 2)} if equal else {},
    )


def _shingles(words: Sequence[Word], steps: int) -> tuple[Words64, Places]:
    """The hash and the place of the shingle that begins at each word, but for those whose words repeat."""
    ends = [0, *accumulate(weight(word.text) for word in words)]
    hashes, places, stop = [], [], 0
    for first, word in enumerate(words):
        while stop <= len(words) and ends[min(stop, len(words))] - word.step < steps:
            stop += 1
        if stop > len(words):
            break
        run = [each.text for each in words[first:stop]]
        if 2 * len(set(run)) > len(run):
            hashes.append(int.from_bytes(blake2b("\x1f".join(run).encode(), digest_size=8).digest()))
            places.append(word.step)
    return np.array(hashes, np.uint64), np.array(places, np.int64)


def _winnowed(hashes: Words64) -> Places:
    """The places of the least hash of each window, the last of equal ones."""
    if len(hashes) <= WINDOW:
        return np.array([len(hashes) - 1 - int(hashes[::-1].argmin())] if len(hashes) else [], np.int64)
    windows = np.lib.stride_tricks.sliding_window_view(hashes, WINDOW)[:, ::-1]
    last = np.arange(WINDOW - 1, len(hashes))
    return np.unique(last - windows.argmin(1))


def _with_sketch(reading: Reading, hashes: Words64, places: Places) -> Fingerprint:
    bands = _sketch(reading)
    values = np.concatenate([hashes, bands])
    where = np.concatenate([places, -1 - np.arange(len(bands), dtype=np.int64)])
    return Fingerprint("text", values, where, np.full(len(values), 100, np.uint8), reading.steps)


def _sketch(reading: Reading) -> Words64:
    """One term for each band, or none for a short text."""
    small = np.unique(_shingles(reading.words, SMALL_SHINGLE)[0])
    if len(small) < SKETCHED:
        return np.empty(0, np.uint64)
    least = np.array([_mixed(small ^ order).min() for order in _ORDERS], np.uint64)
    band: Words64 = np.arange(BANDS, dtype=np.uint64)
    return _mixed(_mixed(least[0::2]) + least[1::2] + band)


def _mixed(values: Words64) -> Words64:
    """The finaliser of SplitMix64 (Steele, Lea, Flood 2014): a permutation of 64 bits that looks random."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _pairs(query: Fingerprint, reference: Fingerprint) -> list[tuple[int, int]]:
    """Where the same shingle stands in both, in the order of the query."""
    there: dict[int, list[int]] = defaultdict(list)
    common = np.intersect1d(query.values, reference.values)
    inside = np.isin(reference.values, common) & (reference.places >= 0)
    for value, place in zip(reference.values[inside].tolist(), reference.places[inside].tolist(), strict=True):
        if len(there[value]) < _REPEATS:
            there[value].append(place)
    inside = np.isin(query.values, common) & (query.places >= 0)
    return sorted(
        (here, place)
        for value, here in zip(query.values[inside].tolist(), query.places[inside].tolist(), strict=True)
        for place in there.get(value, ())
    )


def _passages(pairs: Iterable[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """The pairs in chains that go on in both texts at about the same pace."""
    passages: list[list[tuple[int, int]]] = []
    for here, there in pairs:
        for passage in reversed(passages[-_OPEN:]):
            on, on_there = here - passage[-1][0], there - passage[-1][1]
            if 0 < on <= _GAP and 0 < on_there <= _GAP and abs(on - on_there) <= _DRIFT:
                passage.append((here, there))
                break
        else:
            passages.append([(here, there)])
    return passages


def _covered(places: Iterable[int]) -> int:
    """How many steps the shingles at these places cover together."""
    total, end = 0, 0
    for place in sorted(places):
        total += max(0, place + SHINGLE - max(place, end))
        end = max(end, place + SHINGLE)
    return total


def _span(passage: list[tuple[int, int]]) -> Span:
    (here, there), (here_last, there_last) = passage[0], passage[-1]
    return Span((here, here_last + SHINGLE), (there, there_last + SHINGLE))


def _by_length(span: Span) -> int:
    return span.query[1] - span.query[0]

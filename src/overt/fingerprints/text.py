"""Fingerprints of texts: the passages that two texts have in common, and texts that were reworded.

Source: Schleimer, Wilkerson, Aiken 2003 (winnowing); Broder 1997 (shingles, resemblance); Indyk, Motwani 1998 (bands).

    text ─► words ─► shingles of 8 steps ─► winnowing ─────────► terms at their places   (copied passages)
               └───► shingles of 4 steps ─► 64 least hashes ───► 32 terms, places -1…-32 (reworded whole texts)

A **shingle** is the shortest run of words of so many steps (`overt.fingerprints.words`): eight Chinese characters, or
four words of a spaced script. Its hash is 64 bits: the BLAKE2b of each word, mixed in their order. There is no key in
it, so that anyone can compare.

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
from collections.abc import Iterable
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from overt.fingerprints.model import Comparison, Fingerprint, Span
from overt.fingerprints.words import Reading

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Terms = NDArray[np.uint64]
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
    hashes, places = _shingles(reading, SHINGLE)
    kept = _winnowed(hashes)
    return _with_sketch(reading, hashes[kept], places[kept])


def queries(reading: Reading) -> Fingerprint:
    """The fingerprint to be looked up and compared: every shingle."""
    return _with_sketch(reading, *_shingles(reading, SHINGLE))


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


def _shingles(reading: Reading, steps: int) -> tuple[Terms, Places]:
    """The hash and the place of the shingle that begins at each word, but for those whose words repeat."""
    numbers: dict[str, int] = {}
    words = np.array([numbers.setdefault(word.text, len(numbers)) for word in reading.words], np.int32)
    digests = np.array([int.from_bytes(blake2b(each.encode(), digest_size=8).digest()) for each in numbers], np.uint64)
    starts = np.array([word.step for word in reading.words], np.int64)
    stops = np.searchsorted(np.append(starts, reading.steps), starts + steps)
    starts, lengths = starts[stops <= len(words)], (stops - np.arange(len(words)))[stops <= len(words)]
    hashes = np.zeros(len(starts), np.uint64)
    # Fillers, all different, behind the shorter shingles.
    inside = np.tile(-1 - np.arange(lengths.max(initial=0), dtype=np.int32), (len(starts), 1))
    for at in range(inside.shape[1]):
        rows = np.flatnonzero(lengths > at)
        inside[rows, at] = words[rows + at]
        hashes[rows] = _mixed(hashes[rows] + digests[words[rows + at]])
    repeated = (np.diff(np.sort(inside, 1), axis=1) == 0).sum(1)
    kept = 2 * repeated < lengths
    return hashes[kept], starts[kept]


def _winnowed(hashes: Terms) -> Places:
    """The places of the least hash of each window, the last of equal ones."""
    if len(hashes) <= WINDOW:
        return np.array([len(hashes) - 1 - int(hashes[::-1].argmin())] if len(hashes) else [], np.int64)
    windows = np.lib.stride_tricks.sliding_window_view(hashes, WINDOW)[:, ::-1]
    last = np.arange(WINDOW - 1, len(hashes))
    return np.unique(last - windows.argmin(1))


def _with_sketch(reading: Reading, hashes: Terms, places: Places) -> Fingerprint:
    bands = _sketch(reading)
    values = np.concatenate([hashes, bands])
    where = np.concatenate([places, -1 - np.arange(len(bands), dtype=np.int64)])
    return Fingerprint("text", values, where, np.full(len(values), 100, np.uint8), reading.steps)


def _sketch(reading: Reading) -> Terms:
    """One term for each band, or none for a short text."""
    small = np.unique(_shingles(reading, SMALL_SHINGLE)[0])
    if len(small) < SKETCHED:
        return np.empty(0, np.uint64)
    least = np.array([_mixed(small ^ order).min() for order in _ORDERS], np.uint64)
    band: Terms = np.arange(BANDS, dtype=np.uint64)
    return _mixed(_mixed(least[0::2]) + least[1::2] + band)


def _mixed(values: Terms) -> Terms:
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

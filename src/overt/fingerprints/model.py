"""What a fingerprint is, how each kind of it is looked up, and what comparing two of them says.

One content has at most one `Fingerprint` of a kind; it holds many values, each with its place. There are two shapes:

| shape | kinds | a value | two are alike | how an index finds candidates |
|---|---|---|---|---|
| vectors | `pdq`, `points`, `film` | 32 bytes (256 bits) | at a small Hamming distance | scan, or bands |
| terms | `sound`, `text` | a number (32 or 64 bits) | only where equal | inverted index: value to (content, place) |

An index only proposes candidates. What is reported comes from the kind's own `compare(query, reference)`, which sees
both fingerprints whole: `Comparison`, with a distance that `overt.fingerprints.calibration` turns into an error rate.

The query may be expanded (a mirrored picture, sound that was sped up): each kind's `queries(…)` gives the values to be
looked up, so that what is stored stays small.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vectors = NDArray[np.uint8]
    Terms = NDArray[np.uint32] | NDArray[np.uint64]
    Values = Vectors | Terms

Kind = Literal["pdq", "points", "film", "sound", "text"]
KINDS: tuple[Kind, ...] = ("pdq", "points", "film", "sound", "text")
INDEXED: tuple[Kind, ...] = ("pdq", "film", "sound", "text")
"""Kinds that an index looks up. `points` are many: they are compared with contents that something else points to."""
Shape = Literal["vectors", "terms"]
SHAPES: dict[Kind, Shape] = {
    "pdq": "vectors",
    "points": "vectors",
    "film": "vectors",
    "sound": "terms",
    "text": "terms",
}
VECTOR_BYTES = 32


@dataclass(frozen=True, slots=True, eq=False)
class Fingerprint:
    """All values of one kind of one content.

    Attributes:
        kind: which kind; it says the shape and the unit of the places.
        values: vectors: uint8, n x 32. Terms: uint32 (sound) or uint64 (text), n; equal ones may occur again.
        places: where each value is from: int64, n. `pdq`: the number of the region (0 is the whole picture);
            `points`: where, how large and how turned a point is, packed; `film`: milliseconds from the start;
            `sound`: ticks of `sound.TICK` seconds; `text`: steps of `words.Reading`, below 0 for
            the terms of the whole text.
        quality: how much each value can tell, 0 to 100: uint8, n. A picture of one colour has a PDQ hash, too; it is
            like that of every such picture. Values of low quality are kept out of the index.
        extent: how long the content is, in the unit of the places (`pdq`: 0).
        made_by: the version of the recipe. Fingerprints of different recipes are not compared.
    """

    kind: Kind
    values: Values
    places: NDArray[np.int64]
    quality: NDArray[np.uint8]
    extent: int = 0
    made_by: str = "1"

    def __post_init__(self) -> None:
        vectors = SHAPES[self.kind] == "vectors"
        if self.values.shape[1:] != ((VECTOR_BYTES,) if vectors else ()):
            raise ValueError(f"{self.kind} fingerprints have values of another shape")
        if not len(self.values) == len(self.places) == len(self.quality):
            raise ValueError("each value has one place and one quality")

    def __len__(self) -> int:
        return len(self.values)

    @property
    def shape(self) -> Shape:
        """Vectors or terms."""
        return SHAPES[self.kind]


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the query beside the part of the reference that it is like, in the unit of the places; ends excluded.

    For `pdq` these are numbers of regions: `(0, 1)` is the whole picture.
    """

    query: tuple[int, int]
    reference: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two fingerprints side by side. It is no verdict: how likely such a likeness is by chance says the calibration.

    Attributes:
        kind: which kind was compared.
        distance: the smaller, the closer. The kind's module says its unit; the calibration is asked with it.
        matched: how many values of the query found their like in the reference.
        of_query: how many values the query has that could have.
        of_reference: the same of the reference.
        spans: which parts are alike, the longest first.
        changed: what was done to the copy, as far as it shows: `{"turned": 90, "mirrored": 1}`, `{"speed": 1.05}`.
    """

    kind: Kind
    distance: float
    matched: int
    of_query: int
    of_reference: int
    spans: tuple[Span, ...] = ()
    changed: dict[str, float] = field(default_factory=dict)

    @property
    def share_of_query(self) -> float:
        """How much of the query was found in the reference, 0 to 1."""
        return self.matched / self.of_query if self.of_query else 0.0

    @property
    def share_of_reference(self) -> float:
        """How much of the reference was found in the query, 0 to 1."""
        return min(1.0, self.matched / self.of_reference) if self.of_reference else 0.0


def chance(count: int, mean: float) -> float:
    """Chernoff's bound of the chance that a Poisson number of this mean is `count` or more: its logarithm, base 10."""
    return (count * math.log(mean / count) + count - mean) / math.log(10) if count > mean > 0 else 0.0


def hamming(one: Values, other: Values) -> NDArray[np.int64]:
    """How many bits differ between each vector of `one` (n x 32) and each of `other` (m x 32): n x m."""
    words = np.ascontiguousarray(one).view(np.uint64)[:, None, :] ^ np.ascontiguousarray(other).view(np.uint64)[None]
    counted: NDArray[np.int64] = np.bitwise_count(words).sum(2, dtype=np.int64)
    return counted

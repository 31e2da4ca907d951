"""The port to the indexes: where a value near this one is kept, and where landmarks like these are.

An index gives the numbers of rows in the table of fingerprints, never an answer: what lies there is compared again by
the rules of its kind. It is a copy in the data folder: the database is the truth, and an index that lags behind, or is
gone, is read from there again (`overt.tracing.catalogue`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Words = NDArray[np.uint64]
    Rows = NDArray[np.int64]

WORDS = 4
"""Values of 256 bits, as four words of 64."""


@dataclass(frozen=True, slots=True)
class Near:
    """A row whose value is near that of query `query`: `distance` counts the bits that differ."""

    query: int
    row: int
    distance: int


@dataclass(frozen=True, slots=True)
class Shared:
    """A row that shares `count` landmarks with a query, at one shift between their places where that was asked for."""

    row: int
    count: int


class Copied(Protocol):
    """What every index is: a copy of rows, with a bookmark that says up to where."""

    @property
    def bookmark(self) -> str:
        """What `add` and `rebuild` were told last; empty in a new index."""

    def __len__(self) -> int:
        """How many entries there are."""

    def refresh(self) -> None:
        """Sees what other processes have written."""

    def remove(self, rows: Rows) -> None:
        """Takes rows out; those that are not there do no harm."""


class NearIndex(Copied, Protocol):
    """Values of 256 bits and their rows."""

    def add(self, rows: Rows, values: Words, bookmark: str) -> None:
        """Takes in n rows and n x 4 words."""

    def rebuild(self, batches: Iterable[tuple[Rows, Words]], bookmark: str) -> None:
        """Begins anew with these."""

    def search(self, values: Words, distance: int) -> list[Near]:
        """Every row at most `distance` bits from one of the k x 4 words, nearest first.

        Of those more than 31 bits apart, an index may miss some.
        """


class LandmarkIndex(Copied, Protocol):
    """Landmarks: a number that comes again in a copy, the place where it stands, and its row."""

    def add(self, rows: Rows, marks: Words, places: Rows, bookmark: str) -> None:
        """Takes in n landmarks."""

    def rebuild(self, batches: Iterable[tuple[Rows, Words, Rows]], bookmark: str) -> None:
        """Begins anew with these."""

    def search(self, marks: Words, places: Rows, *, width: int = 0, most: int = 64) -> list[Shared]:
        """The rows that share most landmarks, at most `most` of them.

        With a `width`, only landmarks at one shift count: their places differ by the same number, give or take so much.
        """

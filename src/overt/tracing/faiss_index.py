"""The index of 256-bit values by faiss (extra `search`): `IndexBinaryFlat`, a plain scan in vector instructions.

It finds every near value, however far, where the bands of `overt.tracing.banded` may miss some beyond 31 bits; at ten
million entries it takes twice their time, and half a second to open. What is on disk is the same as theirs.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from overt.errors import SetupError
from overt.language import Text
from overt.tracing.index import WORDS, Near
from overt.tracing.segments import unarranged
from overt.tracing.values import StoredValues

if TYPE_CHECKING:
    from overt.tracing.index import Rows, Words


class FaissIndex(StoredValues):
    """Values and rows in one folder. Implements `overt.tracing.index.NearIndex`."""

    def __init__(self, folder: Path) -> None:
        self._faiss = _library()
        super().__init__(folder, unarranged)
        self._head: Any = None
        self._of: object = None

    def search(self, values: Words, distance: int) -> list[Near]:
        """Every row at most `distance` bits from one of the k x 4 words, nearest first."""
        asked = _bytes(values.reshape(-1, WORDS))
        head, tail = self.records.head, self.records.tail
        found: set[Near] = set()
        if head and len(head["row"]):
            if self._of is not head:  # Another head was opened meanwhile.
                self._head, self._of = self._filled(head["value"]), head
            found |= self._near(self._head, head["row"], asked, distance)
        if len(tail):
            found |= self._near(self._filled(tail["value"]), tail["row"], asked, distance)
        return sorted(found, key=lambda near: (near.distance, near.query, near.row))

    def _filled(self, values: Words) -> Any:
        index = self._faiss.IndexBinaryFlat(WORDS * 64)
        index.add(_bytes(values))
        return index

    def _near(self, index: Any, rows: Rows, asked: Any, distance: int) -> set[Near]:
        limits, distances, places = index.range_search(asked, distance + 1)  # faiss gives what is nearer than that.
        query = np.repeat(np.arange(len(asked)), np.diff(limits.astype(np.int64)))
        gone = self.records.gone
        return {
            Near(int(number), int(row), int(apart))
            for number, row, apart in zip(query, rows[places], distances, strict=True)
            if not len(gone) or row not in gone
        }


def _bytes(values: Words) -> Any:
    return np.ascontiguousarray(values).view(np.uint8).reshape(-1, WORDS * 8)


def _library() -> Any:
    try:
        import faiss  # noqa: PLC0415  # an extra
    except ImportError as error:
        raise SetupError(
            "the index by faiss needs the extra `search`",
            "faiss 索引需要扩展 search",
            hint=Text(zh="pip install 'overt[search]'", en="pip install 'overt[search]'"),
        ) from error
    return faiss

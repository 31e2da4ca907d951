"""What both indexes of 256-bit values are beside their search: values and rows in one folder, and a bookmark."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from overt.tracing.index import WORDS
from overt.tracing.segments import Arrange, Segments, record

if TYPE_CHECKING:
    from overt.tracing.index import Rows, Words

_RECORD = np.dtype([("row", "<i8"), ("value", "<u8", (WORDS,))])


class StoredValues:
    """All of `overt.tracing.index.NearIndex` but `search`; `records` is what a search reads."""

    def __init__(self, folder: Path, arrange: Arrange) -> None:
        self.records = Segments(folder, _RECORD, arrange)

    @property
    def bookmark(self) -> str:
        """What was told with the last change."""
        return self.records.bookmark

    def __len__(self) -> int:
        return len(self.records)

    def refresh(self) -> None:
        """Sees what other processes have written."""
        self.records.refresh()

    def add(self, rows: Rows, values: Words, bookmark: str) -> None:
        """Takes in n rows and n x 4 words."""
        self.records.add(record(_RECORD, row=rows, value=values), bookmark)

    def remove(self, rows: Rows) -> None:
        """Takes rows out."""
        self.records.remove(rows)

    def rebuild(self, batches: Iterable[tuple[Rows, Words]], bookmark: str) -> None:
        """Begins anew with these."""
        self.records.rebuild((record(_RECORD, row=rows, value=values) for rows, values in batches), bookmark)

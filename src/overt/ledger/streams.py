"""Counters: each stream numbers its entries from 1, so that one that is missing, doubled or moved shows.

Pure. Entries of the first version have no stream and are not counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from overt.ledger.entry import Entry


@dataclass(frozen=True, slots=True)
class Gap:
    """At this index the stream went on with another number than the next."""

    index: int
    stream: str
    expected: int
    found: int


@dataclass(slots=True)
class Counters:
    """Follows the streams. Where `whole` is False, a stream may be joined in the middle."""

    whole: bool = True
    last: dict[str, int] = field(default_factory=dict)

    def follow(self, index: int, entry: Entry) -> Gap | None:
        """Takes the next entry, in the order of the log."""
        if not entry.stream:
            return None
        expected = self.last.get(entry.stream, 0 if self.whole else entry.number - 1) + 1
        self.last[entry.stream] = entry.number
        return None if entry.number == expected else Gap(index, entry.stream, expected, entry.number)


def gaps(entries: Iterable[tuple[int, Entry]], *, whole: bool = True) -> list[Gap]:
    """Where streams have gaps in these entries, given with their indexes. `whole`: they are the log from its start."""
    counters = Counters(whole)
    return [gap for index, entry in entries if (gap := counters.follow(index, entry))]

"""One entry of the ledger: what everybody may see of an event.

```json
{"commitment": "…64 hex digits…", "number": 12, "stream": "gate:decision", "tag": "gate:decision:sign",
 "time": "2026-11-23T09:30:00.123Z", "v": 1}
```

The bytes are canonical JSON (RFC 8785) and are the data of the tree's leaf. `number` counts the entries of a stream
from 1, so that one that is missing shows. Entries of the first version were the tag, a zero byte and the commitment;
they have no stream, no number and no time.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from overt.canonical import canonical, stamp
from overt.errors import FormatError

VERSION = 1
_DIGITS = 64  # of a SHA-256 in hexadecimal
MOST_BYTES = 1024  # A tag and a stream have some dozens; tiles carry entries of up to 65,535.


@dataclass(frozen=True, slots=True)
class Entry:
    """What the ledger shows of one event. `time` is UTC in milliseconds (ISO 8601), as the writer's clock had it."""

    tag: str
    stream: str
    number: int
    time: str
    commitment: bytes

    def encoded(self) -> bytes:
        """The leaf's data."""
        told = {
            "commitment": self.commitment.hex(),
            "number": self.number,
            "stream": self.stream,
            "tag": self.tag,
            "time": self.time,
            "v": VERSION,
        }
        return canonical(told)


def decode(data: bytes) -> Entry:
    """The entry in a leaf's data. Raises `FormatError` for what is none, or is not written canonically."""
    try:
        if (cut := data.find(b"\x00")) > 0 and len(data) == cut + 33:
            return Entry(data[:cut].decode("ascii"), "", 0, "", data[cut + 1 :])
        told = json.loads(data) if len(data) <= MOST_BYTES else None
        entry = _entry(told) if isinstance(told, dict) else None
    except (ValueError, RecursionError):
        entry = None
    if entry is None or entry.encoded() != data:
        raise FormatError("this is no ledger entry", "这不是账本条目")
    return entry


def _entry(told: dict[str, Any]) -> Entry | None:
    """The entry with these fields. What is missing, too much, or written otherwise shows when it is encoded again."""
    words = [
        word
        for name in ("tag", "stream", "time", "commitment")
        if isinstance(word := told.get(name), str) and word.isascii()
    ]
    number = told.get("number")
    if len(words) != 4 or type(number) is not int or number < 1:
        return None
    tag, stream, time, commitment = words
    return Entry(tag, stream, number, time, bytes.fromhex(commitment)) if len(commitment) == _DIGITS else None


def now() -> str:
    """The writer's time, as entries have it."""
    return stamp(datetime.now(UTC))

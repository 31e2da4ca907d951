"""One entry of the ledger: what everybody may see of an event.

```json
{"commitment": "…64 hex digits…", "number": 12, "stream": "gate:decision", "tag": "gate:decision:sign",
 "time": "2026-11-23T09:30:00.123Z", "v": 1}
```

The bytes are canonical JSON (RFC 8785) and are the data of the tree's leaf. `number` counts the entries of a stream from
1, so that one that is missing shows. Entries of the first version were the tag, a zero byte and the commitment.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from overt.errors import FormatError

VERSION = 1
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
        return json.dumps(told, sort_keys=True, separators=(",", ":")).encode()


def decode(data: bytes) -> Entry:
    """The entry in a leaf's data. Raises `FormatError` for what is none, or is not written canonically."""
    try:
        if (cut := data.find(b"\x00")) > 0 and len(data) == cut + 33:
            return Entry(data[:cut].decode("ascii"), "", 0, "", data[cut + 1 :])
        told = json.loads(data) if len(data) <= MOST_BYTES else None
        if not isinstance(told, dict) or told.get("v") != VERSION:
            raise ValueError("no entry of this version")
        entry = Entry(told["tag"], told["stream"], told["number"], told["time"], bytes.fromhex(told["commitment"]))
        if entry.encoded() != data:
            raise ValueError("not canonical")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise FormatError(f"this is no ledger entry: {error}", f"不是账本条目：{error}") from error
    return entry


def now() -> str:
    """The writer's time, as entries have it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

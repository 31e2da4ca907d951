"""Canonical JSON: the one way in which a value becomes the bytes that are hashed and signed; and how they tell a time.

Source: RFC 8785. Names are ASCII and numbers are whole, so that Python's own writer, which is ten times as fast as a
writer of the whole RFC, gives exactly what it asks for. Values with fractions get stable bytes, but their spelling is
Python's: nothing that others check holds any.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Final

_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def canonical(value: Any) -> bytes:
    """The value's bytes, UTF-8. Raises `ValueError` for what JSON cannot say."""
    return _ENCODER.encode(value).encode()


def stamp(at: datetime) -> str:
    """A moment as records have it: UTC in milliseconds (ISO 8601), so that the order of texts is that of times."""
    try:
        at = at.astimezone(UTC)
    except OverflowError:  # In UTC it lies before the first year, or after the last.
        at = datetime.min.replace(tzinfo=UTC) if at.year == 1 else datetime.max.replace(tzinfo=UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")

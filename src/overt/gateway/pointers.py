"""Places in JSON: pointers (RFC 6901), in which `*` stands for each element of an array.

`/data/*/b64_json` is that member of each object in `data`. A pointer that leads nowhere finds nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

EACH = "*"


def found(document: Any, pointer: str) -> Iterator[Any]:
    """The values at a place, in their order."""
    for holder, key in places(document, pointer):
        yield holder[key]


def first(document: Any, pointer: str) -> Any:
    """The first value at a place, or None."""
    return next(found(document, pointer), None) if pointer else None


def places(document: Any, pointer: str) -> Iterator[tuple[Any, Any]]:
    """The object or array, and the key or number in it, of each value at a place: `holder[key]` reads and writes it."""
    steps = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    yield from _below(document, steps) if steps else iter(())


def _below(document: Any, steps: list[str]) -> Iterator[tuple[Any, Any]]:
    for key in _keys(document, steps[0]):
        if len(steps) == 1:
            yield document, key
        else:
            yield from _below(document[key], steps[1:])


def _keys(document: Any, step: str) -> list[Any]:
    if isinstance(document, list):
        if step == EACH:
            return list(range(len(document)))
        return [int(step)] if step.isdecimal() and int(step) < len(document) else []
    return [step] if isinstance(document, dict) and step in document else []

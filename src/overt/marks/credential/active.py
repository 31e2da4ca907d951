"""The active manifest of a manifest store: its identifier, and a store with it alone. Pure.

Source: C2PA 2.4, 11.1.4 (a store is a JUMBF superbox with one superbox for each manifest) and 15.5 (the last of them is
the active one); ISO/IEC 19566-5, Annex A (the description box and its label).
A store with one manifest alone still names its ingredients, but does not hold their manifests any more.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from overt.errors import FormatError

_BOX: Final = 8
_LABEL: Final = _BOX + 16 + 1  # Behind the box's head, the type's UUID and the toggles.


def identifier(store: bytes) -> str:
    """The label of the active manifest, such as `urn:c2pa:…`. Raises `FormatError`."""
    *_, (start, _) = _boxes(store)
    description = store[start + _BOX :]
    label, ended, _ = description[_LABEL : _LABEL + 1024].partition(b"\0")
    if description[4:8] != b"jumd" or not ended:
        raise _broken()
    return label.decode("utf-8", "replace")


def alone(store: bytes) -> bytes:
    """A store that holds the active manifest and no other. Raises `FormatError`."""
    first, *manifests = _boxes(store)
    if not manifests:
        raise _broken()
    start, stop = manifests[-1]
    body = store[first[0] : first[1]] + store[start:stop]
    return (_BOX + len(body)).to_bytes(4, "big") + store[4:_BOX] + body


def _boxes(store: bytes) -> Iterator[tuple[int, int]]:
    """Where the boxes in the store begin and end: its description, then its manifests."""
    if int.from_bytes(store[:4], "big") != len(store) or store[4:8] != b"jumb":
        raise _broken()
    at = _BOX
    while at < len(store):
        length = int.from_bytes(store[at : at + 4], "big")
        if length < _BOX or at + length > len(store):
            raise _broken()
        yield at, at + length
        at += length
    if at == _BOX:
        raise _broken()


def _broken() -> FormatError:
    return FormatError("the manifest store's boxes do not add up", "内容凭证清单库的结构已损坏")

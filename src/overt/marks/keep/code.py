"""The ISCC of a file (ISO 24138): the form in which others know it, beside our own fingerprints.

A medium gives the unit of its content, where it has one; the units of the bytes are added here. The code is for
exchange alone: nothing is found by it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from overt.fingerprints import iscc

if TYPE_CHECKING:
    from overt.formats import Buffer

_PIECE = 1 << 20


def whole(content: str, data: Buffer) -> str:
    """The code of a file: its content's unit, if it has one, and those of its bytes."""
    return iscc.code([*filter(None, [content]), *iscc.data(_pieces(data))])


def _pieces(data: Buffer) -> Iterator[bytes]:
    for start in range(0, len(data), _PIECE):
        yield bytes(data[start : start + _PIECE])

"""The index of a multi-picture JPEG: sizes and offsets of the pictures that follow the first.

Source: CIPA DC-007-2009 (Multi-Picture Format), 5.2 "MP Index IFD"; gain maps of HDR photos use it too.
It only moves the numbers after the first picture has grown or shrunk; it does not read the other pictures.
"""

from __future__ import annotations

from typing import Literal

from overt.errors import FormatError
from overt.formats.cursor import Cursor

SIGNATURE = b"MPF\x00"
"""How the payload of the APP2 segment begins. Offsets count from the byte after it."""

_MP_ENTRY = 0xB002
_ENTRY_SIZE = 16
_ORDERS: dict[bytes, Literal["little", "big"]] = {b"II": "little", b"MM": "big"}


def moved(payload: bytes, growth: int, shift: int) -> bytes:
    """The payload of the APP2 segment after the first picture grew by `growth` bytes.

    `shift` is how far the payload itself has moved; both may be negative.
    An index that cannot be read points nowhere already and is returned as it is.
    """
    try:
        return _moved(payload, growth, shift)
    except FormatError:
        return payload


def _moved(payload: bytes, growth: int, shift: int) -> bytes:
    body = bytearray(payload)
    order = _ORDERS.get(payload[4:6])
    if order is None:
        raise FormatError("the multi-picture index has no byte order", "多图索引（MPF）没有字节序标记")
    base = len(SIGNATURE)
    start, length = _entries(payload, base, order)
    for at in range(start, start + length, _ENTRY_SIZE):
        size = int.from_bytes(body[at + 4 : at + 8], order)
        offset = int.from_bytes(body[at + 8 : at + 12], order)
        if at == start and offset == 0:  # The first picture: the file's start is written as 0.
            size += growth
        elif offset:
            offset += growth - shift
        if not (0 <= size < 1 << 32 and 0 <= offset < 1 << 32):
            raise FormatError("the multi-picture index points nowhere", "多图索引（MPF）指向文件之外")
        body[at + 4 : at + 8] = size.to_bytes(4, order)
        body[at + 8 : at + 12] = offset.to_bytes(4, order)
    return bytes(body)


def _entries(payload: bytes, base: int, order: str) -> tuple[int, int]:
    """Where the MP entries are: their start in the payload, and how many bytes they take."""
    cursor = Cursor(payload, base)
    cursor.skip(4)
    cursor = Cursor(payload, min(base + cursor.uint(4, order), len(payload)))
    for _ in range(cursor.uint(2, order)):
        tag, _kind = cursor.uint(2, order), cursor.uint(2, order)
        length, where = cursor.uint(4, order), cursor.uint(4, order)
        if tag == _MP_ENTRY:
            inside = Cursor(payload, min(base + where, len(payload)))
            return inside.skip(length - length % _ENTRY_SIZE), length - length % _ENTRY_SIZE
    return len(payload), 0

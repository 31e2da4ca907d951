"""EBML: elements with an id, a size and a body; the structure of Matroska and WebM.

Source: RFC 8794 (4 variable-size integers, 5 ids, 6 sizes and unknown sizes, 11.3 the global elements CRC-32 and Void).
The module finds the elements of one level and builds new ones. It never looks into a body, and what an id means, and
where an element of unknown size ends, is the caller's knowledge. No nesting in a file makes it recurse.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from overt.errors import BudgetError, FormatError, TruncatedError
from overt.formats.cursor import Cursor
from overt.formats.splice import Buffer

HEADER: Final = 0x1A45_DFA3
MAX_ID_LENGTH: Final = 0x42F2
MAX_SIZE_LENGTH: Final = 0x42F3
DOC_TYPE: Final = 0x4282
VOID: Final = 0xEC
CRC_32: Final = 0xBF

MAX_ELEMENTS: Final = 400_000
"""Elements on one level. A day of film in clusters of one second has 86,400; an index of it as many entries."""

_CRC_LENGTH: Final = 6
"""Bytes of a whole CRC-32 element."""
_LONGEST_ID: Final = 4
_LONGEST_SIZE: Final = 8


@dataclass(frozen=True, slots=True)
class Element:
    """Where one element is: its id and size at `header`, its body in `start:stop`.

    With an unknown size (`sized` is false) or a cut body (`truncated`), `stop` is that of what encloses it; such an
    element is always the last that `walk` gives.
    """

    id: int
    header: int
    start: int
    stop: int
    sized: bool = True
    truncated: bool = False

    def __len__(self) -> int:
        return self.stop - self.header

    @property
    def width(self) -> int:
        """Bytes of the size field."""
        return self.start - self.header - len(id_bytes(self.id))


def walk(data: Buffer, start: int, stop: int, most: int = MAX_ELEMENTS) -> Iterator[Element]:
    """The elements in `start:stop`, in order.

    Raises `FormatError` at the first id or size that is none, `TruncatedError` when what is left is too short for
    one, and `BudgetError` beyond `most`, each after the elements before it.
    """
    position = start
    for _ in range(most):
        if position >= stop:
            return
        found = element(data, position, stop)
        yield found
        if not found.sized or found.truncated:
            return
        position = found.stop
    if position < stop:
        raise BudgetError(f"more than {most} EBML elements on one level", f"同级 EBML 元素超过 {most} 个")


def element(data: Buffer, at: int, stop: int) -> Element:
    """The element that begins at `at`, in a place that ends at `stop`."""
    cursor = Cursor(data, at, stop)
    name = int.from_bytes(cursor.take(_length(cursor, _LONGEST_ID)), "big")
    length = _length(cursor, _LONGEST_SIZE)
    size = int.from_bytes(cursor.take(length), "big") & ((1 << 7 * length) - 1)
    start = cursor.position
    if size == (1 << 7 * length) - 1:
        return Element(name, at, start, stop, sized=False)
    return Element(name, at, start, min(start + size, stop), truncated=start + size > stop)


def _length(cursor: Cursor, longest: int) -> int:
    """Bytes of the variable-size integer here, from the zeros that it begins with."""
    head = cursor.peek(1)
    if not head:
        raise TruncatedError(
            f"byte {cursor.position} ends where an EBML element should begin",
            f"字节 {cursor.position} 处应为 EBML 元素，文件却已结束",
        )
    length = 9 - head[0].bit_length()
    if length > longest:
        raise FormatError(
            f"byte {cursor.position} is no EBML id or size", f"字节 {cursor.position} 处不是 EBML 元素的编号或长度"
        )
    return length


def children(data: Buffer, parent: Element) -> list[Element]:
    """The elements inside `parent`. One that is cut or has no size is an error here."""
    inside = list(walk(data, parent.start, parent.stop))
    if inside and (inside[-1].truncated or not inside[-1].sized):
        raise TruncatedError(
            f"the EBML element {inside[-1].id:X} at byte {inside[-1].header} is larger than the one around it",
            f"字节 {inside[-1].header} 处的 EBML 元素 {inside[-1].id:X} 超出其外层元素",
        )
    return inside


def number(data: Buffer, found: Element) -> int:
    """An unsigned integer."""
    if found.stop - found.start > _LONGEST_SIZE:
        raise FormatError(
            f"the number at byte {found.header} is longer than 8 bytes", f"字节 {found.header} 处的整数超过 8 字节"
        )
    return int.from_bytes(data[found.start : found.stop], "big")


def text(data: Buffer, found: Element) -> str:
    """A text in UTF-8; zeros end it (RFC 8794, 7.5)."""
    return bytes(data[found.start : found.stop]).split(b"\0", 1)[0].decode("utf-8", "replace")


def id_bytes(name: int) -> bytes:
    """An id as it is written."""
    return name.to_bytes((name.bit_length() + 7) // 8, "big")


def size_bytes(size: int, width: int = 1) -> bytes:
    """A size in `width` bytes, or in as many more as it needs."""
    while size >= (1 << 7 * width) - 1:
        width += 1
    if width > _LONGEST_SIZE:
        raise FormatError(f"{size} bytes are too many for an EBML element", f"EBML 元素容不下 {size} 字节")
    return (size | 1 << 7 * width).to_bytes(width, "big")


def build(name: int, *parts: bytes, width: int = 1) -> bytes:
    """An element."""
    body = b"".join(parts)
    return id_bytes(name) + size_bytes(len(body), width) + body


def build_number(name: int, value: int, length: int = 1) -> bytes:
    """An unsigned integer in `length` bytes, or in as many more as it needs."""
    return build(name, value.to_bytes(max(length, (value.bit_length() + 7) // 8), "big"))


def build_master(name: int, parts: Iterable[bytes], *, checked: bool, width: int = 1) -> bytes:
    """An element that holds others; `checked` puts a fresh CRC-32 of them first (11.3.1)."""
    body = b"".join(parts)
    return build(name, crc(body) + body if checked else body, width=width)


def crc(body: bytes) -> bytes:
    """The CRC-32 element of a master with this body behind it."""
    return build(CRC_32, zlib.crc32(body).to_bytes(4, "little"))


def void(length: int) -> bytes:
    """An element of exactly so many bytes, at least two, that means nothing (11.3.2)."""
    if length < 2:
        raise ValueError("a Void element has at least two bytes")
    for width in range(1, _LONGEST_SIZE + 1):
        body = length - 1 - width
        if body < (1 << 7 * width) - 1:
            return id_bytes(VOID) + size_bytes(body, width) + bytes(body)
    raise ValueError("a Void element cannot be this long")


def is_checked(inside: list[Element]) -> bool:
    """Whether a master with these elements carries a CRC-32."""
    return any(each.id == CRC_32 for each in inside)

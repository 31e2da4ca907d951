"""AMF0: the values of script data in FLV, with the place of each.

Source: Adobe, Action Message Format AMF 0; Adobe Flash Video File Format 10.1, annex E.4.4.
Values are found, not built: a document keeps every byte that nobody changes. References (0x07) point back and hold
nothing themselves; AMF3 values (0x11) are refused, since their length is not known without reading them.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from overt.errors import BudgetError, FormatError
from overt.formats.cursor import Cursor

MAX_DEPTH: Final = 32
"""Objects inside objects. Real metadata has two levels: the index of key pictures and its arrays."""
MAX_VALUES: Final = 2_000_000
"""Values of one document. The index of a day of film has two for each second, 172,800."""

NUMBER, BOOLEAN, STRING, OBJECT, CLIP, NULL, UNDEFINED = range(7)
REFERENCE, ECMA_ARRAY, END, STRICT_ARRAY, DATE, LONG_STRING, UNSUPPORTED, RECORDSET, XML, TYPED = range(7, 17)

_SIZES: Final = {NUMBER: 8, BOOLEAN: 1, NULL: 0, UNDEFINED: 0, REFERENCE: 2, DATE: 10, UNSUPPORTED: 0}
_LENGTHS: Final = {STRING: 2, LONG_STRING: 4, XML: 4}
"""Bytes that tell the length of a text."""


@dataclass(slots=True)
class Value:
    """A value: its marker at `start`, all of it in `start:stop`.

    `members` are those of an object or array, with their names (empty in a strict array); a member's `start` is
    that of its value, and `named` where its name begins. `closed` is false for an object that the document ends in.
    """

    kind: int
    start: int
    stop: int
    members: list[Member]
    closed: bool = True


@dataclass(slots=True)
class Member:
    """A member of an object or array."""

    name: str
    named: int
    value: Value


class Reader:
    """Reads the values of one document, in order."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.cursor = Cursor(data)
        self.left = MAX_VALUES

    def value(self, depth: int = 0) -> Value:
        """The next value."""
        if depth > MAX_DEPTH:
            raise BudgetError(
                f"more than {MAX_DEPTH} AMF objects inside each other", f"AMF 对象嵌套超过 {MAX_DEPTH} 层"
            )
        self.left -= 1
        if self.left < 0:
            raise BudgetError(f"more than {MAX_VALUES} AMF values", f"AMF 数值超过 {MAX_VALUES} 个")
        cursor = self.cursor
        start = cursor.position
        kind = cursor.uint(1)
        members: list[Member] = []
        closed = True
        if kind in _SIZES:
            cursor.skip(_SIZES[kind])
        elif kind in _LENGTHS:
            cursor.skip(cursor.uint(_LENGTHS[kind]))
        elif kind in (OBJECT, ECMA_ARRAY, TYPED):
            # How many members an array has is a hint; the end marker decides.
            cursor.skip({ECMA_ARRAY: 4, OBJECT: 0}[kind] if kind != TYPED else cursor.uint(2))
            closed = self._named(members, depth)
        elif kind == STRICT_ARRAY:
            for _ in range(cursor.uint(4)):
                at = cursor.position
                members.append(Member("", at, self.value(depth + 1)))
        else:
            raise FormatError(f"an AMF value of unknown kind {kind}", f"AMF 数值类型 {kind} 未知")
        return Value(kind, start, cursor.position, members, closed)

    def _named(self, members: list[Member], depth: int) -> bool:
        """Members up to the end marker; false where the document ends instead."""
        cursor = self.cursor
        while cursor.left:
            at = cursor.position
            name = cursor.take(cursor.uint(2))
            if not name and cursor.peek(1) == bytes((END,)):
                cursor.skip(1)
                return True
            members.append(Member(name.decode("utf-8", "replace"), at, self.value(depth + 1)))
        return False

    def text(self, value: Value) -> str | None:
        """The text of a string; nothing for another kind of value."""
        length = _LENGTHS.get(value.kind)
        return None if length is None else self.data[value.start + 1 + length : value.stop].decode("utf-8", "replace")

    def number(self, value: Value) -> float | None:
        """The number; nothing for another kind of value."""
        if value.kind != NUMBER:
            return None
        found: float = struct.unpack(">d", self.data[value.start + 1 : value.stop])[0]
        return found


def string(text: str) -> bytes:
    """A string value; a long one where it must be."""
    raw = text.encode("utf-8")
    if len(raw) < 1 << 16:
        return bytes((STRING,)) + len(raw).to_bytes(2, "big") + raw
    return bytes((LONG_STRING,)) + len(raw).to_bytes(4, "big") + raw


def name(text: str) -> bytes:
    """The name of a member."""
    raw = text.encode("utf-8")
    return len(raw).to_bytes(2, "big") + raw


def number(value: float) -> bytes:
    """The eight bytes of a number, without its marker."""
    return struct.pack(">d", value)

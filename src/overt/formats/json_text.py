"""JSON as a text that is edited in place: where each member and element of it stands.

Source: RFC 8259. What is not edited keeps its bytes: layout, the writing of numbers and strings, the order of members.
A name that stands twice in an object is told twice; RFC 8259, 4, leaves open which of them a reader takes.
It reads strict JSON only: no comments, no NaN, no byte order mark.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from overt.errors import BudgetError, FormatError

Edit = tuple[int, int, str]
"""`text[start:stop]` becomes the third value."""

_SPACE = re.compile(r"[ \t\r\n]*")


@dataclass(frozen=True, slots=True)
class Part:
    """One member of an object, or one element of an array, whose `key` is empty.

    `start` is where its name begins, `at` where its value does, `stop` where that ends; `value` is decoded.
    """

    key: str
    start: int
    at: int
    stop: int
    value: Any


@dataclass(frozen=True, slots=True)
class Parts:
    """What an object or array holds, and where: `start` is its opening bracket, `stop` one past the closing one."""

    start: int
    stop: int
    parts: tuple[Part, ...]

    def named(self, key: str) -> list[Part]:
        """The members of this name; more than one where the file says it twice."""
        return [part for part in self.parts if part.key == key]

    def one(self, key: str) -> Part | None:
        """The member of this name, or None. Raises `FormatError` where there are several."""
        found = self.named(key)
        if len(found) > 1:
            raise FormatError(
                f"the member {key!r} stands there {len(found)} times", f"成员 {key!r} 出现 {len(found)} 次"
            )
        return found[0] if found else None

    def appended(self, text: str, new: Collection[str]) -> Edit:
        """The edit that puts written-out parts behind the last, laid out as the first one is."""
        if not self.parts:
            return self.start + 1, self.stop - 1, ",".join(new)
        space = text[self.start + 1 : self.parts[0].start]
        last = self.parts[-1].stop
        return last, last, "".join(f",{space}{part}" for part in new)

    def without(self, doomed: Collection[Part]) -> list[Edit]:
        """The edits that take parts out, each with its comma."""
        edits: list[Edit] = []
        kept = False
        for number, part in enumerate(self.parts):
            if part not in doomed:
                kept = True
            elif kept:
                edits.append((self.parts[number - 1].stop, part.stop, ""))
            else:
                following = self.parts[number + 1].start if number + 1 < len(self.parts) else part.stop
                edits.append((part.start, following, ""))
        return edits


def written(value: object) -> str:
    """A value as compact JSON in ASCII."""
    return json.dumps(value, separators=(",", ":"))


def parts(text: str, at: int) -> Parts:
    """What the object or array that opens at `at` holds. Raises `FormatError` for anything else."""
    opening = text[at : at + 1]
    if opening not in ("{", "["):
        raise _broken(at)
    closing = "}" if opening == "{" else "]"
    found: list[Part] = []
    position = _skip(text, at + 1)
    while text[position : position + 1] != closing or found:
        start, key = position, ""
        if opening == "{":
            key, position = _decode(text, start)
            position = _skip(text, position)
            if not isinstance(key, str) or text[position : position + 1] != ":":
                raise _broken(start)
            position = _skip(text, position + 1)
        value, stop = _decode(text, position)
        found.append(Part(key, start, position, stop, value))
        position = _skip(text, stop)
        mark = text[position : position + 1]
        if mark == closing:
            break
        if mark != ",":
            raise _broken(position)
        position = _skip(text, position + 1)
    return Parts(at, position + 1, tuple(found))


def document(text: str) -> Parts:
    """The members of the object that the whole text is. Raises `FormatError`."""
    found = parts(text, _skip(text, 0))
    if _skip(text, found.stop) != len(text):
        raise _broken(found.stop)
    return found


def applied(text: str, edits: Collection[Edit]) -> str:
    """The text after the edits, which do not overlap."""
    result, at = [], 0
    for start, stop, new in sorted(edits):
        result += [text[at:start], new]
        at = stop
    return "".join([*result, text[at:]])


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse)


def _decode(text: str, at: int) -> tuple[Any, int]:
    try:
        return _DECODER.raw_decode(text, at)
    except RecursionError as error:
        raise BudgetError(f"at character {at}: JSON nested too deeply", f"字符 {at} 处的 JSON 嵌套过深") from error
    except ValueError as error:
        raise FormatError(f"this is no JSON: {error}", f"不是有效的 JSON：{error}") from error


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _broken(at: int) -> FormatError:
    return FormatError(f"this is no JSON: broken at character {at}", f"不是有效的 JSON：字符 {at} 处有误")

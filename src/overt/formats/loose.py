"""JSON objects lying in bytes of no known structure: vendors' own segments and chunks.

Source: files in the wild, where a label is a bare `AIGC{…}` beside the format's own header.
It finds where an object begins and ends; whether the text is valid JSON is for its reader to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from overt.errors import BudgetError
from overt.formats.container import Fault, Field, Superseded, Survey
from overt.language import Text

_NAMED = re.compile(rb"AIGC[\s:=\0\"']{0,16}\{", re.IGNORECASE)
_BARE = re.compile(rb"(?:[\x21-\x7e]{0,63}\0{1,4})?\s{0,16}\{\s{0,16}\"")
_TOKEN = re.compile(rb"[^\"{}]*([\"{}])")
_STRING = re.compile(rb"(?:[^\"\\]|\\.)*\"", re.DOTALL)
_TAIL = b"\0 \t\r\n"
_HEAD = 64
"""What stands before an object in a structure that is nothing but the object: an identifier."""


_MAX_OBJECTS = 1_000
"""In one structure. Real ones hold one."""
_MAX_PASSES = 8
"""In damaged bytes, an object that goes may lay bare another one."""


@dataclass(frozen=True, slots=True)
class _Object:
    """One object in `start:stop`, its name included; `alone` if the bytes hold nothing else of weight."""

    key: str
    text: str
    start: int
    stop: int
    alone: bool
    complete: bool

    def field(self, place: str, offset: int) -> Field:
        return Field(place, self.key, self.text, None, offset, () if self.complete else ("object-not-closed",))


def read(body: bytes, key: str, place: str, offset: int) -> Survey:
    """The object that the bytes begin with, and those in them that are named AIGC.

    The key is `AIGC` if that name stands before or in an object, else the `key` given.
    """
    found = tuple(item.field(place, offset) for item in islice(_objects(body, key), _MAX_OBJECTS))
    if len(found) < _MAX_OBJECTS:
        return Survey(found)
    return Survey(
        found, (Fault(place, Text(zh=f"对象达到或超过 {_MAX_OBJECTS} 个", en=f"{_MAX_OBJECTS} objects or more")),)
    )


def cleaned(body: bytes, key: str, place: str, superseded: Superseded) -> bytes | None:
    """The bytes with spaces where a superseded object was; None if it was all that they held."""
    for _ in range(_MAX_PASSES):
        objects = list(islice(_objects(body, key), _MAX_OBJECTS))
        old = [item for item in objects if superseded(item.field(place, 0))]
        if any(item.alone for item in old):
            return None
        if not old and len(objects) < _MAX_OBJECTS:
            return body
        new = bytearray(body)
        for item in old:
            new[item.start : item.stop] = b" " * (item.stop - item.start)
        body = bytes(new)
    raise BudgetError(f"{place}: too many objects to tidy", f"{place}：对象过多，无法清理")


def _objects(body: bytes, key: str) -> Iterator[_Object]:
    match = _BARE.match(body) or _NAMED.search(body)
    while match is not None:
        begin = body.index(b"{", match.start())
        end = _end(body, begin)
        stop = len(body.rstrip(_TAIL)) if end is None else end
        yield _Object(
            "AIGC" if b"AIGC" in body[match.start() : stop].upper() else key,
            body[begin:stop].decode("utf-8", "replace"),
            match.start(),
            stop,
            alone=match.start() <= _HEAD and not body[stop:].strip(_TAIL),
            complete=end is not None,
        )
        match = None if end is None else _NAMED.search(body, stop)


def _end(body: bytes, position: int) -> int | None:
    """Where the object that begins at `position` ends; None if it does not."""
    depth = 0
    while (token := _TOKEN.match(body, position)) is not None:
        position = token.end()
        if token[1] == b'"':
            string = _STRING.match(body, position)
            if string is None:
                return None
            position = string.end()
        else:
            depth += 1 if token[1] == b"{" else -1
            if depth == 0:
                return position
    return None

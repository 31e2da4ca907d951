"""JSON objects lying in bytes of no known structure: vendors' own segments and chunks.

Source: files in the wild, where a label is a bare `AIGC{…}` beside the format's own header.
It finds where an object begins and ends; whether the text is valid JSON is for its reader to say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_NAMED = re.compile(rb"AIGC[\s:=\0\"']{0,16}\{", re.IGNORECASE)
_BARE = re.compile(rb"(?:[\x21-\x7e]{0,63}\0{1,4})?\s{0,16}\{\s{0,16}\"")
_TOKEN = re.compile(rb"[^\"{}]*([\"{}])")
_STRING = re.compile(rb"(?:[^\"\\]|\\.)*\"", re.DOTALL)
_TAIL = b"\0 \t\r\n"
_HEAD = 64
"""What stands before an object in a structure that is nothing but the object: an identifier."""


@dataclass(frozen=True, slots=True)
class Loose:
    """One object in `start:stop`, its name included; `alone` if the bytes hold nothing else of weight."""

    key: str
    text: str
    start: int
    stop: int
    alone: bool
    complete: bool


def find(body: bytes, key: str) -> Loose | None:
    """The object that the bytes begin with, or else one in them that is named AIGC.

    Its key is `AIGC` if that name stands before or in it, else the `key` given.
    """
    match = _BARE.match(body) or _NAMED.search(body)
    if match is None:
        return None
    begin = body.index(b"{", match.start())
    stop = _end(body, begin)
    complete = stop is not None
    stop = len(body.rstrip(_TAIL)) if stop is None else stop
    found = body[match.start() : stop]
    return Loose(
        "AIGC" if b"AIGC" in found.upper() else key,
        body[begin:stop].decode("utf-8", "replace"),
        match.start(),
        stop,
        alone=match.start() <= _HEAD and not body[stop:].strip(_TAIL),
        complete=complete,
    )


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

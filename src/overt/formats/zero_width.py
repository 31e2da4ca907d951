"""Text that hides in characters without width: what some programs append to a text as its label.

Source: files of an Android app as others describe them (formats/marks.md 2.6): a sentinel U+200D, then bits, U+200B
for 0 and U+200C for 1, eight to a byte of UTF-8, the highest first [read; the order of bits is ours].
It is read, never written: any editor and any platform may drop such characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MAX_MESSAGES = 100
"""Messages that are told; a real text has one."""

_RUN = re.compile("\u200d?([\u200b\u200c]{64,})\u200d?")
"""Fewer than eight bytes is what joiners in Indic and Persian writing may come to."""


@dataclass(frozen=True, slots=True)
class Message:
    """One hidden text, and `text[start:stop]` that spells it."""

    text: str
    start: int
    stop: int


def messages(text: str) -> Iterator[Message]:
    """The hidden texts, in order; what spells no UTF-8 is none."""
    for number, run in enumerate(_RUN.finditer(text)):
        if number >= MAX_MESSAGES:
            return
        bits = run[1].translate({0x200B: "0", 0x200C: "1"})
        bits = bits[: len(bits) // 8 * 8]
        try:
            found = int(bits, 2).to_bytes(len(bits) // 8, "big").decode()
        except UnicodeDecodeError:
            continue
        if any(each.isalnum() for each in found):
            yield Message(found, run.start(), run.end())

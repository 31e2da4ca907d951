"""Texts that operators publish, as pages show them: paragraphs, headings, lists and links, and nothing else.

```
# A heading
A paragraph, over
one line or several, with an address: https://example.cn/filing
- an item
- another
```

It makes values for a template, never markup: whatever stands in a text is text. Only addresses of the web become links.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

_ADDRESS: Final = re.compile(r"https?://[^\s<>\"'“”‘’（）()，。；、！？《》【】]+", re.ASCII | re.IGNORECASE)
_TRAILING: Final = ".,;:!?"


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of text; `at` is the address that it leads to, if it is one."""

    text: str
    at: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, a paragraph or a list, with its lines."""

    kind: Literal["heading", "paragraph", "list"]
    lines: tuple[tuple[Span, ...], ...]


def blocks(text: str) -> tuple[Block, ...]:
    """The parts of a text."""
    return tuple(_blocks(text))


def spans(text: str) -> tuple[Span, ...]:
    """A line's pieces: text, and addresses."""
    found, at = [], 0
    for each in _ADDRESS.finditer(text):
        address = each[0].rstrip(_TRAILING)
        if each.start() > at:
            found.append(Span(text[at : each.start()]))
        found.append(Span(address, address))
        at = each.start() + len(address)
    if at < len(text):
        found.append(Span(text[at:]))
    return tuple(found)


def _blocks(text: str) -> Iterator[Block]:
    paragraph: list[str] = []
    items: list[str] = []

    def ended() -> Iterator[Block]:
        if paragraph:
            yield Block("paragraph", tuple(map(spans, paragraph)))
        if items:
            yield Block("list", tuple(map(spans, items)))
        paragraph.clear()
        items.clear()

    for line in map(str.strip, text.splitlines()):
        item, heading = line.startswith(("- ", "* ", "• ")), line.startswith("#")
        if not line or heading or (item and paragraph) or (items and not item):
            yield from ended()
        if heading and line.lstrip("#").strip():
            yield Block("heading", (spans(line.lstrip("#").strip()),))
        elif item:
            items.append(line[2:].strip())
        elif line and not heading:
            paragraph.append(line)
    yield from ended()

"""The tags of a Matroska file: their texts, and the same tags with a note among them.

Source: RFC 9559 (Matroska) 5.1.8. A tag says something of its targets (the film, a track, a chapter) in simple tags of
a name and a value, which may hold others. Values that are bytes (`TagBinary`) are kept and not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from overt.errors import BudgetError
from overt.formats import ebml
from overt.formats import matroska_segment as layout
from overt.formats.container import Field, Note, Superseded
from overt.formats.ebml import CRC_32, Element
from overt.formats.splice import Buffer

PLACE: Final = "Segment/Tags"

MAX_DEPTH: Final = 16
"""Tags inside tags, and chapters inside chapters. Real files nest two or three."""

_TAG, _TARGETS, _SIMPLE = 0x7373, 0x63C0, 0x67C8
_NAME, _STRING = 0x45A3, 0x4487
_UIDS: Final = frozenset((0x63C5, 0x63C9, 0x63C4, 0x63C6))
"""Targets that are less than the film: a track, an edition, a chapter, an attachment."""


def strict(data: Buffer, parent: Element) -> Iterator[Element]:
    """The elements inside, one by one, so that what comes before a broken one still counts."""
    for each in ebml.walk(data, parent.start, parent.stop):
        if each.truncated or not each.sized:
            ebml.children(data, parent)
        yield each


def tag_texts(data: Buffer, part: Element) -> Iterator[Field]:
    """The fields of a `Tags` element."""
    for tag in strict(data, part):
        if tag.id == _TAG:
            for simple in strict(data, tag):
                if simple.id == _SIMPLE:
                    yield from _tag_fields(data, simple)


def deeper(data: Buffer, parent: Element, depth: int) -> Iterator[Element]:
    """The elements inside an element that is `depth` levels down among its like."""
    if depth >= MAX_DEPTH:
        raise BudgetError(f"more than {MAX_DEPTH} elements inside each other", f"元素嵌套超过 {MAX_DEPTH} 层")
    return iter(strict(data, parent))


def _tag_fields(data: Buffer, simple: Element, depth: int = 0) -> Iterator[Field]:
    """The field of one simple tag, and those of the tags inside it."""
    name, value = "", None
    nested: list[Element] = []
    for each in deeper(data, simple, depth):
        if each.id == _NAME:
            name = ebml.text(data, each)
        elif each.id == _STRING:
            value = ebml.text(data, each)
        elif each.id == _SIMPLE:
            nested.append(each)
    if value is not None:
        yield Field(PLACE, name, value, offset=simple.header)
    for each in nested:
        yield from _tag_fields(data, each, depth + 1)


@dataclass(slots=True)
class TagWriter:
    """Makes tags anew, with the note where the first older version of it was."""

    data: Buffer
    note: Note
    superseded: Superseded
    home: Element | None = None
    """The simple tag that the note takes the place of."""

    @property
    def fresh(self) -> bytes:
        """The note as a simple tag."""
        return ebml.build(
            _SIMPLE,
            ebml.build(_NAME, self.note.key.encode()),
            ebml.build(_STRING, self.note.text.encode()),
        )

    def tags(self, part: Element, *, add: bool) -> bytes:
        """A `Tags` element without older versions, nothing if it said nothing else; `add` puts the note into it."""
        inside = ebml.children(self.data, part)
        parts = [self._tag(each) if each.id == _TAG else self._bytes(each) for each in inside if each.id != CRC_32]
        if add:
            parts.append(ebml.build(_TAG, ebml.build(_TARGETS), self.fresh))
        if inside and not any(parts):
            return b""
        return ebml.build_master(layout.TAGS, parts, checked=ebml.is_checked(inside), width=part.width)

    def new_tags(self) -> bytes:
        """A `Tags` element with nothing but the note."""
        return ebml.build(layout.TAGS, ebml.build(_TAG, ebml.build(_TARGETS), self.fresh))

    def _bytes(self, each: Element) -> bytes:
        return bytes(self.data[each.header : each.stop])

    def _tag(self, tag: Element) -> bytes:
        inside = ebml.children(self.data, tag)
        kept = [each for each in inside if each.id != CRC_32]
        parts = [self._simple(each) if each.id == _SIMPLE else self._bytes(each) for each in kept]
        if parts == [self._bytes(each) for each in kept]:
            return self._bytes(tag)
        if not any(part for each, part in zip(kept, parts, strict=True) if each.id == _SIMPLE):
            return b""  # Nothing is said of the target any more.
        return ebml.build_master(_TAG, parts, checked=ebml.is_checked(inside), width=tag.width)

    def _simple(self, simple: Element, depth: int = 0) -> bytes:
        if depth == 0 and self.home is not None and simple.header == self.home.header:
            return self.fresh
        inside = list(deeper(self.data, simple, depth))
        own = next(iter(_tag_fields(self.data, simple, depth)), None)
        if own is not None and own.offset == simple.header and self.superseded(own):
            return b""
        parts = [
            self._simple(each, depth + 1) if each.id == _SIMPLE else self._bytes(each)
            for each in inside
            if each.id != CRC_32
        ]
        if parts == [self._bytes(each) for each in inside if each.id != CRC_32]:
            return self._bytes(simple)
        return ebml.build(_SIMPLE, *parts, width=simple.width)


def said_of_all(data: Buffer, part: Element) -> Iterator[tuple[Element, Field]]:
    """Simple tags of a `Tags` element that speak of the whole film."""
    for tag in ebml.children(data, part):
        if tag.id != _TAG:
            continue
        inside = ebml.children(data, tag)
        targets = next((each for each in inside if each.id == _TARGETS), None)
        if targets is not None and any(
            each.id in _UIDS and ebml.number(data, each) for each in ebml.children(data, targets)
        ):
            continue
        for simple in inside:
            own = next(iter(_tag_fields(data, simple)), None) if simple.id == _SIMPLE else None
            if own is not None and own.offset == simple.header:
                yield simple, own

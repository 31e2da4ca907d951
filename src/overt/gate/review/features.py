"""The engine of the feature libraries: which entries a text hits, where, and what their context says of it.

An entry is hit by one of its words, or where one term of each of its groups stands within so many letters. A term of
`unless` near the hit softens it: news, lessons and warnings quote what they warn of. Who wants to hide behind such
words can: an entry whose `softened` is "hold" shows those texts to a person.

Distances count letters and characters, not what stands between them, so that spelling a text out hides nothing.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Final, Protocol

from overt.errors import UnsupportedError
from overt.gate.model import Material, Medium, Outcome
from overt.gate.review.chain import strictest
from overt.gate.review.folding import PLAIN, points_of
from overt.gate.review.library import LONGEST_TERM, Action, Entry, Library
from overt.gate.review.matching import Found, Matcher, Sought
from overt.gate.review.model import Hit, Opinion

MOST_HITS: Final = 100
"""Hits that are told of one text."""
_OUTCOMES: Final[dict[Action, Outcome]] = {"refuse": "refuse", "hold": "hold", "note": "allow"}
_WORDS, _UNLESS = -1, -2


@dataclass(frozen=True, slots=True)
class _Use:
    """Where a term is used: in which entry, as one of its words, as an exception, or in which group."""

    entry: int
    part: int


class Looks(Protocol):
    """Libraries that look through texts, whichever are in force."""

    @property
    def version(self) -> str:
        """What would make them see otherwise."""

    def look(self, text: str) -> list[Hit]:
        """All hits in a text, the strictest first, then in their order."""


class Features:
    """Some libraries, ready to look through texts."""

    name = "features"
    media: frozenset[Medium] = frozenset({"text"})
    thorough = False

    def __init__(self, libraries: Sequence[Library]) -> None:
        self.libraries = tuple(libraries)
        self.entries = tuple(entry for library in libraries for entry in library.entry)
        terms: dict[Sought, list[_Use]] = defaultdict(list)
        for number, entry in enumerate(self.entries):
            for part, sought in _terms(entry):
                terms[sought].append(_Use(number, part))
        self._uses = list(terms.values())
        self._matcher = Matcher(terms)

    @cached_property
    def version(self) -> str:
        """Twelve digits of a SHA-256 over the libraries' digests."""
        return sha256("".join(each.digest for each in self.libraries).encode()).hexdigest()[:12]

    def review(self, material: Material) -> Opinion:
        """What the libraries say of a text. Raises `UnsupportedError` for a material without text, `BudgetError`."""
        if material.text is None:
            raise UnsupportedError("this material brings no text", "该内容没有可审核的文本")
        hits = self.look(material.text)
        outcome = strictest([each.outcome for each in hits])
        return Opinion(self.name, self.version, outcome, tuple(hits))

    def look(self, text: str) -> list[Hit]:
        """All hits in a text, the strictest first, then in their order."""
        places: dict[int, dict[int, list[Found]]] = defaultdict(lambda: defaultdict(list))
        for found in self._matcher.find(text):
            for use in self._uses[found.term]:
                places[use.entry][use.part].append(found)
        if not places:
            return []
        letters = PLAIN.places(points_of(text)).tolist()
        hits = [hit for entry, parts in places.items() for hit in _of(self.entries[entry], parts, text, letters)]
        hits.sort(key=lambda hit: (-("allow", "hold", "refuse").index(hit.outcome), hit.start, hit.stop))
        return hits[:MOST_HITS]


def _of(entry: Entry, parts: dict[int, list[Found]], text: str, letters: list[int]) -> Iterator[Hit]:
    # Only plainly written words soften: nobody hides what warns.
    softening = sorted((each.start, each.stop) for each in parts.get(_UNLESS, ()) if each.way == "plain")
    told: set[tuple[int, int]] = set()
    for start, stop, way in (*_singles(parts.get(_WORDS, ())), *_together(entry, parts, letters)):
        if (start, stop) in told:
            continue
        told.add((start, stop))
        softened = _near(softening, letters, start, stop, entry.unless_within)
        outcome = _OUTCOMES[_milder(entry) if softened else entry.action]
        yield Hit(entry.category, outcome, 100, start, stop, text[start:stop], way, entry.id, entry.standard)


def _terms(entry: Entry) -> Iterator[tuple[int, Sought]]:
    for term in entry.words:
        yield _WORDS, Sought(term, entry.ways)
    for number, group in enumerate(entry.all):
        for term in group:
            yield number, Sought(term, entry.ways, together=True)
    for term in entry.unless:
        yield _UNLESS, Sought(term, ())


def _milder(entry: Entry) -> Action:
    return "note" if entry.action == "note" else entry.softened


def _singles(found: Iterable[Found]) -> Iterator[tuple[int, int, str]]:
    for each in sorted(found, key=lambda one: (one.start, -one.stop)):
        yield each.start, each.stop, each.way


def _together(entry: Entry, parts: dict[int, list[Found]], letters: list[int]) -> Iterator[tuple[int, int, str]]:
    """The shortest stretches that hold a term of each group, one after the other, none longer than `within`."""
    if not entry.all or any(number not in parts for number in range(len(entry.all))):
        return
    placed = sorted(
        ((each, number) for number in range(len(entry.all)) for each in parts[number]), key=lambda one: one[0].start
    )
    window: deque[tuple[Found, int]] = deque()
    inside: Counter[int] = Counter()
    for found, number in placed:
        window.append((found, number))
        inside[number] += 1
        while inside[window[0][1]] > 1:
            inside[window.popleft()[1]] -= 1
        if len(inside) == len(entry.all) and all(inside.values()):
            start, stop = window[0][0].start, max(each.stop for each, _ in window)
            if letters[stop] - letters[start] <= entry.within:
                ways = [each.way for each, _ in window if each.way != "plain"]
                yield start, stop, ways[0] if ways else "plain"
                window.clear()
                inside.clear()


def _near(places: list[tuple[int, int]], letters: list[int], start: int, stop: int, within: int) -> bool:
    """Whether one of these stretches, sorted, is at most so many letters away from another one."""
    first, last = letters[start] - within, letters[stop] + within
    at = bisect_left(places, first - LONGEST_TERM, key=lambda place: letters[place[0]])
    while at < len(places) and letters[places[at][0]] <= last:
        if letters[places[at][1]] >= first:
            return True
        at += 1
    return False

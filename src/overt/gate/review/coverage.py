"""How far the feature libraries reach: categories by language, with entries, age and examples.

The numbers that a library is measured against come from the rulebook (GS-06 names how many words and how often they
are updated, for generative services; its verification mark says how sure that is). Numbers are reported, never judged:
a category without entries may be covered by an engine, or not be a harm of this service.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from overt.gate.review.categories import all_categories
from overt.gate.review.library import Entry, Library, language_of
from overt.rulebook import Rulebook

DUTY: Final = "GS-06"
LANGUAGES: Final = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Row:
    """One category in one language. `updated` is the day of its newest entry; `unexampled` have no examples."""

    category: str
    language: str
    entries: int
    terms: int
    examples: int
    unexampled: int
    unapproved: int
    updated: date | None

    def age(self, day: date) -> int | None:
        """Days since its newest entry."""
        return (day - self.updated).days if self.updated else None


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the libraries have, together and by category, and what the rulebook says of it."""

    rows: tuple[Row, ...]
    terms: int
    updated: date | None
    numbers: tuple[dict[str, Any], ...]
    """Each number of the rulebook's duty: name, value, unit, meaning in both languages, verification mark."""

    @property
    def empty(self) -> tuple[str, ...]:
        """Categories in which there is no entry, in any language."""
        filled = {row.category for row in self.rows if row.entries}
        return tuple(each for each in all_categories() if each not in filled)


def measure(libraries: Sequence[Library], rulebook: Rulebook | None = None) -> Coverage:
    """Counts. Terms are counted once for each entry and group that they stand in."""
    entries = [entry for library in libraries for entry in library.entry]
    rows = [
        _row(category, language, [each for each in entries if each.category == category and language in each.spoken])
        for category in all_categories()
        for language in LANGUAGES
    ]
    days = [library.updated for library in libraries if library.updated]
    total = sum(_terms(entry, language) for entry in entries for language in LANGUAGES)
    return Coverage(tuple(rows), total, max(days, default=None), _numbers(rulebook))


def _row(category: str, language: str, entries: list[Entry]) -> Row:
    return Row(
        category,
        language,
        len(entries),
        sum(_terms(entry, language) for entry in entries),
        sum(len(entry.hits) + len(entry.passes) for entry in entries),
        sum(not entry.hits for entry in entries),
        sum(not (entry.approver and entry.standard) for entry in entries),
        max((entry.since for entry in entries if entry.since), default=None),
    )


def _terms(entry: Entry, language: str) -> int:
    terms = (*entry.words, *(term for group in entry.all for term in group))
    return sum(language_of(term) == language for term in terms)


def _numbers(rulebook: Rulebook | None) -> tuple[dict[str, Any], ...]:
    duty = next((each for each in rulebook.duties if each.id == DUTY), None) if rulebook else None
    if duty is None:
        return ()
    told: list[dict[str, Any]] = [
        {
            "name": each.name,
            "value": each.value,
            "unit": each.unit,
            "meaning": each.meaning.both(),
            "mark": each.mark or duty.mark,
        }
        for each in duty.numbers
    ]
    told += [
        {
            "name": each.name,
            "value": each.value,
            "unit": each.unit,
            "meaning": each.starts.both(),
            "mark": each.mark or duty.mark,
        }
        for each in duty.clocks
    ]
    return tuple(told)

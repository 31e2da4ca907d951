"""Brings word lists that an operator has into a feature library, and says what is wrong with them.

A list may be a text file with one term a line, a CSV or a JSONL file with the fields of `library.Entry`. What is told:
terms that are there twice (after folding), terms too short to be looked for by themselves, and terms that hit the
bundled texts of medicine, education, news and help, which must be let through. Nothing is left out silently: the report
names every term that was not taken.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Final

from overt.errors import SetupError
from overt.gate.review import library
from overt.gate.review.features import Features
from overt.gate.review.folding import PLAIN
from overt.gate.review.library import Action, Entry, Library

SHORTEST: Final = {"zh": 2, "en": 3}
"""Letters or characters of a term that can be looked for by itself."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a list that has only terms is told beside them."""

    name: str
    category: str
    approver: str
    standard: str
    source: str
    on: date
    action: Action = "hold"


@dataclass(slots=True)
class Report:
    """What became of each term."""

    taken: int = 0
    duplicates: list[str] = field(default_factory=list)
    too_short: list[str] = field(default_factory=list)
    innocent: dict[str, str] = field(default_factory=dict)
    """Terms that hit a text which must be let through, with the text. They are taken, and only noted."""


def take(path: Path, head: Head, known: Library | None = None) -> tuple[Library, Report]:
    """The library made of a list, without what `known` has already. Raises `SetupError` for a file that is none."""
    report = Report()
    taken_before = {PLAIN.of(term) for entry in known.entry for term in entry.words} if known else set()
    kept: list[Entry] = []
    seen = set(taken_before)
    for entry in _entries(path, head):
        words = tuple(_sifted(entry.words, seen, report))
        if words or entry.all:
            kept.append(entry.model_copy(update={"words": words}))
    kept = list(_milder(kept, report))
    report.taken = sum(len(entry.words) for entry in kept)
    digest = sha256(path.read_bytes()).hexdigest()[:12]
    change = library.Change(version=digest, date=head.on, approver=head.approver, text=f"Imported from {path.name}.")
    made = Library(name=head.name, version=digest, approver=head.approver, change=(change,), entry=tuple(kept))
    return made, report


def good_texts() -> list[str]:
    """The bundled texts that must be let through."""
    return _lines(files(__package__).joinpath("data", "good.txt").read_text(encoding="utf-8"))


def lines(path: Path) -> list[str]:
    """The lines of a text file, without empty ones and remarks. Raises `SetupError`."""
    try:
        return _lines(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(f"{path} cannot be read: {error}", f"无法读取 {path}：{error}") from error


def as_csv(made: Library) -> Iterator[list[str]]:
    """The library as rows of a CSV file that `library.load` reads."""
    yield ["id", "category", "action", "words", "all", "unless", "standard", "source", "approver", "version", "since"]
    for each in made.entry:
        groups = "&".join("|".join(group) for group in each.all)
        since = each.since.isoformat() if each.since else ""
        told = [each.id, each.category, each.action, "|".join(each.words), groups, "|".join(each.unless)]
        yield [*told, each.standard, each.source, each.approver, each.version, since]


def write(made: Library, path: Path) -> None:
    """Writes a library as CSV. Raises `OSError`; a file that is there is not overwritten."""
    with path.open("x", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(as_csv(made))


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


def _entries(path: Path, head: Head) -> Iterator[Entry]:
    told = {"standard": head.standard, "source": head.source, "approver": head.approver, "since": head.on}
    if path.suffix in {".csv", ".jsonl", ".toml"}:
        for entry in library.load(path).entry:
            yield entry.model_copy(update={key: value for key, value in told.items() if not getattr(entry, key)})
        return
    for number, term in enumerate(lines(path), 1):
        plain = Entry(id=f"{head.name}-{number}", category=head.category, action=head.action, words=(term[:100],))
        yield plain.model_copy(update=told)


def _sifted(words: tuple[str, ...], seen: set[str], report: Report) -> Iterator[str]:
    for word in words:
        plain = PLAIN.of(word)
        if len(plain) < SHORTEST[library.language_of(plain)]:
            report.too_short.append(word)
        elif plain in seen:
            report.duplicates.append(word)
        else:
            seen.add(plain)
            yield word


def _milder(entries: list[Entry], report: Report) -> Iterator[Entry]:
    """Entries that stop a text which must be let through are only noted, until a person has looked at them."""
    features = Features([Library(name="imported", version="0", approver="-", entry=tuple(entries))])
    innocent: set[str] = set()
    for text in good_texts():
        for hit in features.look(text):
            if hit.outcome != "allow":
                innocent.add(hit.rule)
                report.innocent.setdefault(hit.said, text)
    for entry in entries:
        yield entry.model_copy(update={"action": "note"}) if entry.id in innocent else entry

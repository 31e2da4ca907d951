"""The feature library (特征库): what an operator looks for, as a versioned file that somebody approved.

Source: Algorithm Recommendation Provisions, art. 9(1); Deep Synthesis Provisions, art. 10(2): entry standards, rules
and procedure. Each entry says by which standard it was made, from which source, who approved it, in which version.

```toml
name = "own-words"
version = "7"
approver = "chief-of-content-safety"

[[change]]
version = "7"
date = "2026-11-23"
approver = "chief-of-content-safety"
text = "Scripts of false customer service."

[[entry]]
id = "refund-script"
category = "fraud"
action = "hold"                          # refuse, hold, or note (recorded, and let through)
words = ["退款安全通道"]                  # each of them is a hit
all = [["客服", "售后"], ["转账", "汇款"]]  # so is one of each group, within so many letters of each other
within = 30
unless = ["防骗", "民警提醒"]             # near the hit: then it is only noted
standard = "IS-15"
source = "complaints of the third quarter"
version = "2"
hits = ["我是客服，请先转账"]             # examples that must hit, and must not; tried by `overt review check`
passes = ["民警提醒：自称客服要求转账的都是诈骗"]
```

A term may begin or end with `*`: a word goes on there. `ways` says which ways of writing are followed; without it,
those that are safe for a term's length (`matching`).
"""

from __future__ import annotations

import csv
import json
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator, model_validator

from overt.canonical import canonical
from overt.errors import SetupError
from overt.gate.review.categories import all_categories

Action = Literal["refuse", "hold", "note"]
Way = Literal["separated", "look-alike", "split", "sound", "tones", "initials", "reversed"]
LONGEST_TERM: Final = 100
"""Characters of a term."""
Term = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_TERM, strip_whitespace=True)]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,79}$")]

MOST_ENTRIES: Final = 200_000
STARTER: Final = "starter"
_LIST_MARK: Final = "|"
"""What parts the terms of one cell of a CSV file."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Change(_Strict):
    """One line of a library's change log."""

    version: str
    date: date
    approver: str
    text: str


class Entry(_Strict):
    """One thing to look for. See the module."""

    id: Id
    category: str
    action: Action = "hold"
    words: tuple[Term, ...] = ()
    all: tuple[tuple[Term, ...], ...] = ()
    within: int = Field(default=40, ge=1, le=2000)
    unless: tuple[Term, ...] = ()
    unless_within: int = Field(default=60, ge=1, le=5000)
    softened: Literal["hold", "note"] = "note"
    ways: tuple[Way, ...] | None = None
    languages: tuple[str, ...] = ()
    standard: str = ""
    source: str = ""
    approver: str = ""
    version: str = "1"
    since: date | None = None
    note: str = ""
    hits: tuple[str, ...] = ()
    passes: tuple[str, ...] = ()

    @field_validator("category")
    @classmethod
    def _known(cls, category: str) -> str:
        if category not in all_categories():
            raise ValueError(f"there is no category {category!r}; there are: {', '.join(all_categories())}")
        return category

    @model_validator(mode="after")
    def _looks_for_something(self) -> Entry:
        if not self.words and not self.all:
            raise ValueError(f"entry {self.id!r} has neither `words` nor `all`")
        if self.all and (len(self.all) < 2 or not all(self.all)):
            raise ValueError(f"entry {self.id!r}: `all` needs two groups or more, none of them empty")
        return self

    @property
    def spoken(self) -> tuple[str, ...]:
        """The languages that it is for: as it says, else by its letters."""
        if self.languages:
            return self.languages
        terms = [*self.words, *(term for group in self.all for term in group)]
        return tuple(sorted({language_of(term) for term in terms}))

    @property
    def digest(self) -> str:
        """SHA-256 of its canonical JSON."""
        return sha256(canonical(self.model_dump(mode="json"))).hexdigest()


class Library(_Strict):
    """One versioned list of entries."""

    name: Id
    version: str
    approver: str
    change: tuple[Change, ...] = ()
    entry: tuple[Entry, ...] = Field(default=(), max_length=MOST_ENTRIES)

    @model_validator(mode="after")
    def _ids_differ(self) -> Library:
        seen: set[str] = set()
        for entry in self.entry:
            if entry.id in seen:
                raise ValueError(f"two entries are called {entry.id!r}")
            seen.add(entry.id)
        return self

    @cached_property
    def digests(self) -> dict[str, str]:
        """The digest of each entry, by its id."""
        return {entry.id: entry.digest for entry in self.entry}

    @cached_property
    def digest(self) -> str:
        """SHA-256 over name, version and the entries' digests."""
        return sha256(canonical([self.name, self.version, self.digests])).hexdigest()

    @property
    def updated(self) -> date | None:
        """The day of the latest change that it tells of, in its log or at an entry."""
        days = [each.date for each in self.change] + [each.since for each in self.entry if each.since]
        return max(days, default=None)


class Difference(_Strict):
    """What became of the entries from one version to the next, by their ids."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


def language_of(text: str) -> str:
    """Chinese where there is a Chinese character, else English: the two languages of the libraries that we know."""
    return "zh" if any("\u4e00" <= each <= "\u9fff" for each in text) else "en"


def difference(before: Mapping[str, str], after: Mapping[str, str]) -> Difference:
    """What differs between the digests of two versions' entries."""
    return Difference(
        added=tuple(sorted(after.keys() - before.keys())),
        removed=tuple(sorted(before.keys() - after.keys())),
        changed=tuple(sorted(each for each in after.keys() & before.keys() if after[each] != before[each])),
    )


def starter() -> Library:
    """The small list that comes with Overt: harms that are the same everywhere. Operators bring their own beside it."""
    return _checked(_toml(files(__package__).joinpath("data", "starter.toml").read_bytes()), STARTER)


def load(path: Path) -> Library:
    """The library in a TOML, CSV or JSONL file. Raises `SetupError`, which says what is wrong and where.

    A CSV or JSONL file holds entries alone: its name is the library's, its version the first half of its SHA-256.
    """
    try:
        data = path.read_bytes()
        if path.suffix == ".toml":
            return _checked(_toml(data), path.name)
        rows = list(_csv(data) if path.suffix == ".csv" else _jsonl(data))
    except OSError as error:
        raise SetupError(f"{path} cannot be read: {error.strerror}", f"无法读取 {path}：{error.strerror}") from error
    except (ValueError, csv.Error) as error:
        raise SetupError(f"{path} is no feature library: {error}", f"{path} 不是有效的特征库：{error}") from error
    approvers = sorted({row["approver"] for row in rows if row.get("approver")})
    head = {
        "name": path.stem.lower(),
        "version": sha256(data).hexdigest()[:32],
        "approver": ", ".join(approvers) or "-",
    }
    return _checked({**head, "entry": rows}, path.name)


def _toml(data: bytes) -> dict[str, Any]:
    return tomllib.loads(data.decode("utf-8"))


def _checked(data: dict[str, Any], name: str) -> Library:
    try:
        return Library.model_validate(data)
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:5])
        raise SetupError(f"{name} is no feature library: {told}", f"{name} 不是有效的特征库：{told}") from error


def _csv(data: bytes) -> Iterable[dict[str, Any]]:
    """Rows with the fields of `Entry` as columns; lists are parted by `|`, groups of `all` by ` & `."""
    for row in csv.DictReader(data.decode("utf-8-sig").splitlines()):
        told: dict[str, Any] = {key: value.strip() for key, value in row.items() if key and value and value.strip()}
        for name in ("words", "unless", "ways", "languages", "hits", "passes"):
            if name in told:
                told[name] = _parted(told[name])
        if "all" in told:
            told["all"] = [_parted(each) for each in told["all"].split("&")]
        yield told


def _jsonl(data: bytes) -> Iterable[dict[str, Any]]:
    for number, line in enumerate(data.decode("utf-8").splitlines(), 1):
        if line.strip():
            row = json.loads(line)
            if not isinstance(row, dict):
                raise ValueError(f"line {number} is no object")
            yield row


def _parted(cell: str) -> list[str]:
    return [each.strip() for each in cell.split(_LIST_MARK) if each.strip()]

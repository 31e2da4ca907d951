"""What may be wrong with a content: the categories of the feature library, with the duties that ask for each.

Seeded from the lists of prohibited and undesirable content of the instruments that each category cites
(`data/categories.toml`). A category says which harm, never which words: the words are an operator's library.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from overt.language import Text


@dataclass(frozen=True, slots=True)
class Category:
    """One kind of harm. `undesirable` content need not be refused; `special` is assessed, and not forbidden."""

    id: str
    name: Text
    duties: tuple[str, ...]
    force: str = "prohibited"

    @property
    def told(self) -> Text:
        """What is said to whoever asked."""
        return Text(zh=f"内容可能涉及：{self.name.zh}", en=f"the content may concern: {self.name.en}")


@cache
def all_categories() -> dict[str, Category]:
    """All categories, in their order."""
    data = tomllib.loads(files(__package__).joinpath("data", "categories.toml").read_text(encoding="utf-8"))
    return {
        name: Category(name, Text(zh=row["zh"], en=row["en"]), tuple(row["duties"]), row.get("force", "prohibited"))
        for name, row in data.items()
    }


def get(name: str) -> Category:
    """The category of this id; an unknown one is taken for "other", so that a hit is never lost."""
    return all_categories().get(name) or all_categories()["other"]

"""Tries a library's own examples: each must hit its entry, or must not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from overt.gate.review.features import Features
from overt.gate.review.library import Library
from overt.gate.review.model import Hit
from overt.language import Text


@dataclass(frozen=True, slots=True)
class Failure:
    """An example that did not do what its entry says."""

    entry: str
    example: str
    expected: str
    found: tuple[Hit, ...] = ()

    @property
    def told(self) -> Text:
        """In words."""
        if self.expected == "hit":
            return Text(
                zh=f"{self.entry}：应当命中，却没有命中：{self.example}",
                en=f"{self.entry}: should hit and does not: {self.example}",
            )
        by = ", ".join(f"{hit.rule} ({hit.said})" for hit in self.found)
        return Text(
            zh=f"{self.entry}：不应拦截，却被拦截：{self.example}（{by}）",
            en=f"{self.entry}: should pass and does not: {self.example} ({by})",
        )


def check(library: Library) -> Iterator[Failure]:
    """The examples that fail. One of `hits` must hit its own entry with its action; one of `passes` must pass.

    An entry without examples is no failure here: the coverage meter counts it.
    """
    features = Features([library])
    for entry in library.entry:
        for example in entry.hits:
            if not any(_as_said(hit, entry.id, entry.action) for hit in features.look(example)):
                yield Failure(entry.id, example, "hit")
        for example in entry.passes:
            if stopped := tuple(hit for hit in features.look(example) if hit.outcome != "allow"):
                yield Failure(entry.id, example, "pass", stopped)


def _as_said(hit: Hit, entry: str, action: str) -> bool:
    return hit.rule == entry and action in {"note", hit.outcome}

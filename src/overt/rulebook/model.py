"""The typed shape of a rulebook: the law of one jurisdiction as data.

Every value is a `Sourced`: with the clause it comes from, the duty it serves and how far it is verified.
The code asks the rulebook and never holds a threshold, a wording or a clock itself.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, model_validator

from overt.language import Language, Text

T = TypeVar("T")
Mark = Literal["read", "read2", "memory", "ours"]
"""How far a fact is verified: read in a source, several second-hand sources, from memory, our own choice."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Sourced(_Strict, Generic[T]):
    """A value with its clause, duty and verification mark."""

    value: T
    unit: str = ""
    clause: str
    duty: str
    mark: Mark
    note: Text | None = None


class RhythmGaps(_Strict):
    """Lengths in units, a dot being one unit."""

    inside: int
    between: int
    dash: int


class LabelRules(_Strict):
    """What the explicit label must be."""

    ai_element: Sourced[list[str]]
    generation_element: Sourced[list[str]]
    wording: Sourced[Text]
    sentence: Sourced[Text]
    glyph_height_ratio: Sourced[float]
    reference_glyph: Sourced[str]
    video_seconds: Sourced[float]
    speech_rate: Sourced[tuple[float, float]]
    rhythm: Sourced[str]
    rhythm_gaps: Sourced[RhythmGaps]
    rhythm_unit_seconds: Sourced[float]
    rhythm_pitch: Sourced[float]

    def has_elements(self, text: str) -> bool:
        """Whether a text carries an AI element and a generation element (GB 45438-2025, 5).

        "AI" counts as a word of its own, so that "SAID 合成" does not.
        Full-width letters count; an English-only notice does not, since it has no 生成 or 合成.
        """
        folded = text.translate({0xFF21: "A", 0xFF29: "I"})
        return any(_present(e, folded) for e in self.ai_element.value) and any(
            e in folded for e in self.generation_element.value
        )


def _present(element: str, text: str) -> bool:
    if element.isascii():
        return re.search(rf"(?<![A-Za-z]){re.escape(element)}(?![A-Za-z])", text) is not None
    return element in text


class MetadataRules(_Strict):
    """What the metadata label must be."""

    key: Sourced[str]
    namespace: Sourced[str]
    prefix: Sourced[str]
    label_values: Sourced[dict[str, Literal["confirmed", "possible", "suspected"]]]
    forbidden_note: Sourced[str]


class Notice(_Strict):
    """What a platform tells its users about one verdict."""

    duty: str
    clause: str
    mark: Mark
    text: Text


class Notices(_Strict):
    """One notice for each verdict."""

    confirmed: Notice
    possible: Notice
    suspected: Notice
    none: Notice
    unreadable: Notice


Actor = Literal["SP", "TS", "U", "DP", "AS", "NO", "PIH", "DH", "ALL", "GOV"]
"""Who is bound: service provider, technical supporter, user, content distribution platform, app store, network operator,
personal information handler, data handler, anyone; or the authority, whose time limits are worth knowing."""
Unit = Literal[
    "immediately", "minute", "hour", "day", "working_day", "week", "month", "year",
    "person", "user", "time", "percent", "item", "CNY", "EUR", "USD", "KRW", "character", "",
]  # fmt: skip


class Number(_Strict):
    """One number of a duty, in `unit`: a threshold, a size, a fine. `name` is unique in its duty."""

    name: str
    value: float
    unit: Unit = ""
    meaning: Text
    mark: Mark | None = None
    """Where it is verified less, or better, than the duty."""


class Clock(_Strict):
    """A time limit that an event starts. `value` is 0 for "immediately", whose hours an operator sets and publishes."""

    name: str
    value: float
    unit: Unit
    starts: Text
    mark: Mark | None = None


class Span(_Strict):
    """A length of time."""

    value: float
    unit: Literal["day", "month", "year"]


class Retention(_Strict):
    """How long a class of records is kept: at least, at most. Without a `most` it is kept until its purpose ends."""

    record: str
    least: Span | None = None
    most: Span | None = None
    mark: Mark | None = None


class Duty(_Strict):
    """One obligation, in our words.

    `when` names the facts about the operator's service that switch it on (all of them; `facts` of the rulebook explains
    each); `people` says that no software can meet it, so that a signed statement answers for it. `force`: what is
    encouraged is "should"; "note" is what the operator should know and need not do (penalties, an authority's limits).
    """

    id: str
    instrument: str
    article: str
    actors: tuple[Actor, ...] = ()
    text: Text
    trigger: Text | None = None
    when: tuple[str, ...] = ()
    force: Literal["must", "should", "note"] = "must"
    people: bool = False
    numbers: tuple[Number, ...] = ()
    clocks: tuple[Clock, ...] = ()
    retention: tuple[Retention, ...] = ()
    evidence: Text | None = None
    mark: Mark
    note: Text | None = None
    valid_from: date | None = None
    valid_to: date | None = None

    def applies_on(self, day: date) -> bool:
        """Whether the duty is in force on this day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


class Overridden(_Strict):
    """A number that the operator set other than the rulebook: where, from what, to what, why, who answers for it."""

    duty: str
    name: str
    was: float
    value: float
    unit: Unit
    reason: Text
    by: str
    on: date


Medium = Literal["text", "document", "image", "audio", "video", "scene"]
MEDIA: tuple[Medium, ...] = ("text", "document", "image", "audio", "video", "scene")


class Clause(_Strict):
    """One thing that a clause asks of a file, and which check measures it (`overt.inspection.conformance`).

    What the check compares with is `value`, or the value that `parameter` names in this rulebook
    ("label.glyph_height_ratio"), so that a number stands in one place. `force` is "may" for what is encouraged.
    """

    id: str
    clause: str
    duty: str
    mark: Mark
    text: Text
    check: str
    media: tuple[Medium, ...] = MEDIA
    force: Literal["must", "may"] = "must"
    parameter: str | None = None
    value: Any = None
    note: Text | None = None


class Rulebook(_Strict):
    """The law of one jurisdiction."""

    id: str
    jurisdiction: Text
    language: Language
    valid_from: date
    instruments: dict[str, Text]
    techniques: dict[str, Text]
    label: LabelRules
    metadata: MetadataRules
    notices: Notices
    clauses: tuple[Clause, ...] = ()
    facts: dict[str, Text] = {}
    duties: tuple[Duty, ...]
    overridden: tuple[Overridden, ...] = ()

    @model_validator(mode="after")
    def _duties_are_known(self) -> Rulebook:
        known = {duty.id for duty in self.duties}
        named = {getattr(self.label, name).duty for name in LabelRules.model_fields} | {
            getattr(self.metadata, name).duty for name in MetadataRules.model_fields
        }
        named |= {getattr(self.notices, name).duty for name in Notices.model_fields}
        named |= {clause.duty for clause in self.clauses}
        if missing := sorted(named - known):
            raise ValueError(f"values cite duties that the rulebook does not list: {', '.join(missing)}")
        return self

    @model_validator(mode="after")
    def _parameters_are_there(self) -> Rulebook:
        for clause in self.clauses:
            try:
                self.parameter(clause)
            except AttributeError as error:
                raise ValueError(f"clause {clause.id}: there is no {clause.parameter}") from error
        return self

    def parameter(self, clause: Clause) -> Any:
        """What the clause's check compares with; None where it needs nothing."""
        if clause.parameter is None:
            return clause.value
        found: Any = self
        for name in clause.parameter.split("."):
            found = getattr(found, name)
        return found.value

    def duty(self, duty_id: str) -> Duty:
        """The duty of this id."""
        return next(duty for duty in self.duties if duty.id == duty_id)

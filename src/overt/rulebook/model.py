"""The typed shape of a rulebook: the law of one jurisdiction as data.

Every value is a `Sourced`: with the clause it comes from, the duty it serves and how far it is verified.
The code asks the rulebook and never holds a threshold, a wording or a clock itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from datetime import date
from functools import cached_property
from hashlib import sha256
from typing import Any, Generic, Literal, Self, TypeVar

from pydantic import Field, model_validator

from overt.canonical import canonical
from overt.errors import UsageError
from overt.language import Language
from overt.rulebook.duty import Duty, Kept, Mark, Said, Span, Strict, Unit

T = TypeVar("T")


class Sourced(Strict, Generic[T]):
    """A value with its clause, duty and verification mark."""

    value: T
    unit: str = ""
    clause: str
    duty: str
    mark: Mark
    note: Said | None = None


class RhythmGaps(Strict):
    """Lengths in units, a dot being one unit."""

    inside: int
    between: int
    dash: int


class LabelRules(Strict):
    """What the explicit label must be."""

    ai_element: Sourced[list[str]]
    generation_element: Sourced[list[str]]
    wording: Sourced[Said]
    sentence: Sourced[Said]
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


class MetadataRules(Strict):
    """What the metadata label must be."""

    key: Sourced[str]
    namespace: Sourced[str]
    prefix: Sourced[str]
    label_values: Sourced[dict[str, Literal["confirmed", "possible", "suspected"]]]
    forbidden_note: Sourced[str]


class Notice(Strict):
    """What a platform tells its users about one verdict."""

    duty: str
    clause: str
    mark: Mark
    text: Said


class Notices(Strict):
    """One notice for each verdict."""

    confirmed: Notice
    possible: Notice
    suspected: Notice
    none: Notice
    unreadable: Notice


Medium = Literal["text", "document", "image", "audio", "video", "scene"]
MEDIA: tuple[Medium, ...] = ("text", "document", "image", "audio", "video", "scene")


class Clause(Strict):
    """One thing that a clause asks of a file, and which check measures it (`overt.inspection.conformance`).

    What the check compares with is `value`, or the value that `parameter` names in this rulebook
    ("label.glyph_height_ratio"), so that a number stands in one place. `force` is "may" for what is encouraged.
    """

    id: str
    clause: str
    duty: str
    mark: Mark
    text: Said
    check: str
    media: tuple[Medium, ...] = MEDIA
    force: Literal["must", "may"] = "must"
    parameter: str | None = None
    value: Any = None
    note: Said | None = None


class Overridden(Strict):
    """A number that the operator set other than the rulebook: where, from what, to what, why, who answers for it.

    `was` is None where the law leaves the number to the operator.
    """

    duty: str
    name: str
    was: float | None
    was_unit: Unit
    value: float
    unit: Unit
    reason: Said
    by: str
    on: date


class MarkRules(Strict):
    """What marking and reading files needs of a rulebook. It is read without the duties, which are many."""

    id: str
    jurisdiction: Said
    language: Language
    valid_from: date
    instruments: dict[str, Said]
    like: str = ""
    """The rulebook whose label, metadata and notices this one takes, where its law prescribes no form of its own."""
    techniques: dict[str, Said]
    label: LabelRules
    metadata: MetadataRules
    notices: Notices
    clauses: tuple[Clause, ...] = ()

    @model_validator(mode="after")
    def _parameters_are_there(self) -> MarkRules:
        for clause in self.clauses:
            try:
                self.parameter(clause)
            except AttributeError as error:
                raise ValueError(f"clause {clause.id}: there is no {clause.parameter}") from error
        return self

    def parameter(self, clause: Clause) -> Any:
        """What the clause's check compares with; None where it needs nothing."""
        return clause.value if clause.parameter is None else self.value(clause.parameter)

    def value(self, name: str) -> Any:
        """A value by its place: "label.video_seconds"."""
        found: Any = self
        for part in name.split("."):
            found = getattr(found, part)
        return found.value


class Rulebook(MarkRules):
    """The law of one jurisdiction.

    `facts` are the closed list of what may be true of a service and switches duties on; `records` that of the classes
    of records. Both explain each.
    """

    facts: dict[str, Said] = Field(default_factory=dict)
    records: dict[str, Said] = Field(default_factory=dict)
    duties: tuple[Duty, ...]
    overridden: tuple[Overridden, ...] = ()

    @model_validator(mode="after")
    def _duties_are_known(self) -> Rulebook:
        named = {clause.duty for clause in self.clauses}
        if not self.like:
            for section in (self.label, self.metadata, self.notices):
                named |= {getattr(section, name).duty for name in type(section).model_fields}
        _closed("values cite duties that the rulebook does not list", named, self._by_id)
        return self

    @model_validator(mode="after")
    def _lists_are_closed(self) -> Rulebook:
        twice = sorted(name for name, times in Counter(duty.id for duty in self.duties).items() if times > 1)
        if twice:
            raise ValueError(f"duties are listed twice: {', '.join(twice)}")
        for duty in self.duties:
            _closed(f"duty {duty.id}: unknown instrument", {duty.instrument}, self.instruments)
            _closed(f"duty {duty.id}: unknown facts", set(duty.when), self.facts)
            _closed(f"duty {duty.id}: unknown records", {each.record for each in duty.retention}, self.records)
        return self

    @model_validator(mode="after")
    def _numbers_agree(self) -> Rulebook:
        for duty in self.duties:
            for number in duty.numbers:
                if number.parameter is not None and number.value not in self._values(duty, number.parameter):
                    raise ValueError(f"duty {duty.id}: {number.name} is not the value of {number.parameter}")
        return self

    def _values(self, duty: Duty, name: str) -> tuple[Any, ...]:
        try:
            value = self.value(name)
        except AttributeError as error:
            raise ValueError(f"duty {duty.id}: there is no {name}") from error
        return value if isinstance(value, tuple) else (value,)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A changed rulebook, without what the old one had computed of its content."""
        copied = super().model_copy(update=update, deep=deep)
        for name in ("_by_id", "_digest"):
            vars(copied).pop(name, None)
        return copied

    @cached_property
    def _by_id(self) -> dict[str, Duty]:
        return {duty.id: duty for duty in self.duties}

    def duty(self, duty_id: str) -> Duty:
        """The duty of this id. Raises `UsageError` for an unknown one."""
        if duty_id not in self._by_id:
            raise UsageError(
                f"the rulebook {self.id!r} has no duty {duty_id!r}", f"规则手册 {self.id!r} 没有义务 {duty_id!r}"
            )
        return self._by_id[duty_id]

    @cached_property
    def _digest(self) -> str:
        return sha256(canonical(self.model_dump(mode="json"))).hexdigest()

    def digest(self) -> str:
        """SHA-256 (hex) of the whole content with the operator's overrides: its version, as decisions name it."""
        return self._digest

    def retention_of(self, record: str, on: date | None = None) -> Kept:
        """How long records of this class are kept: the longest minimum and the shortest maximum of all duties.

        Args:
            record: the class; one that no duty names has no limits.
            on: only the duties in force on this day.
        """
        named = [
            (duty.id, each)
            for duty in self.duties
            if on is None or duty.applies_on(on)
            for each in duty.retention
            if each.record == record
        ]
        least = _strictest([(duty, each.least) for duty, each in named if each.least], longest=True)
        most = _strictest([(duty, each.most) for duty, each in named if each.most], longest=False)
        return Kept(
            record=record,
            least=least[0],
            most=most[0],
            least_by=least[1],
            most_by=most[1],
            named_by=tuple(duty for duty, each in named if not each.least and not each.most),
        )


def _closed(what: str, named: set[str], known: dict[str, Any]) -> None:
    if missing := sorted(named - known.keys()):
        raise ValueError(f"{what}: {', '.join(missing)}")


def _strictest(spans: list[tuple[str, Span]], *, longest: bool) -> tuple[Span | None, tuple[str, ...]]:
    if not spans:
        return None, ()
    limit = (max if longest else min)((span for _, span in spans), key=lambda span: span.days)
    return limit, tuple(duty for duty, span in spans if span.days == limit.days)

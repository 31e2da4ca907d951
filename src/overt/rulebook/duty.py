"""One obligation of a jurisdiction as data: who must do what, when, how fast, with which records.

Every number carries its unit and its meaning; what the law leaves open (an interval, a time limit for answers) is a
number without a value, so that the operator who sets it is seen to have set it (`overt.rulebook.overrides`).
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from overt.language import Text

Mark = Literal["read", "read2", "memory", "ours"]
"""How far a fact is verified: read in a source, several second-hand sources, from memory, our own choice."""

Actor = Literal["SP", "TS", "U", "DP", "AS", "NO", "PIH", "DH", "DE", "MK", "AU", "ALL", "GOV"]
ACTORS: dict[Actor, Text] = {
    "SP": Text(zh="服务提供者", en="service provider"),
    "TS": Text(zh="技术支持者", en="technical supporter"),
    "U": Text(zh="使用者", en="user"),
    "DP": Text(zh="网络信息内容传播服务提供者", en="content distribution platform"),
    "AS": Text(zh="应用程序分发平台", en="app store"),
    "NO": Text(zh="网络运营者", en="network operator"),
    "PIH": Text(zh="个人信息处理者", en="personal information handler"),
    "DH": Text(zh="数据处理者", en="data handler"),
    "DE": Text(zh="部署者", en="deployer"),
    "MK": Text(zh="拍摄设备制造者", en="maker of capture devices"),
    "AU": Text(zh="审计机构", en="auditor"),
    "ALL": Text(zh="任何组织和个人", en="anyone"),
    "GOV": Text(zh="主管部门", en="the authority"),
}
"""Who is bound. The authority's own time limits are worth knowing: they are notes."""

Unit = Literal[
    "immediately", "second", "minute", "hour", "day", "working_day", "week", "month", "year", "year_of_age",
    "person", "user", "view", "repost", "item", "time", "character", "character_per_minute", "percent", "level",
    "CNY", "EUR", "USD", "KRW", "",
]  # fmt: skip
UNITS: dict[Unit, Text] = {
    "immediately": Text(zh="立即", en="immediately"),
    "second": Text(zh="秒", en="seconds"),
    "minute": Text(zh="分钟", en="minutes"),
    "hour": Text(zh="小时", en="hours"),
    "day": Text(zh="日", en="days"),
    "working_day": Text(zh="个工作日", en="working days"),
    "week": Text(zh="周", en="weeks"),
    "month": Text(zh="个月", en="months"),
    "year": Text(zh="年", en="years"),
    "year_of_age": Text(zh="周岁", en="years of age"),
    "person": Text(zh="人", en="people"),
    "user": Text(zh="名用户", en="users"),
    "view": Text(zh="次浏览", en="views"),
    "repost": Text(zh="次转发", en="reposts"),
    "item": Text(zh="项", en="items"),
    "time": Text(zh="次", en="times"),
    "character": Text(zh="个字符", en="characters"),
    "character_per_minute": Text(zh="字每分钟", en="characters a minute"),
    "percent": Text(zh="%", en="%"),
    "level": Text(zh="级", en="levels"),
    "CNY": Text(zh="元人民币", en="CNY"),
    "EUR": Text(zh="欧元", en="EUR"),
    "USD": Text(zh="美元", en="USD"),
    "KRW": Text(zh="韩元", en="KRW"),
    "": Text(zh="（无单位）", en="(no unit)"),
}
"""The units as they follow a number; of one the English word loses its plural."""


class Strict(BaseModel):
    """The base of everything in a rulebook: unknown keys are refused, nothing changes after it was read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _two_languages(told: Any) -> Any:
    if isinstance(told, dict) and (others := sorted(set(told) - {"zh", "en"})):
        raise ValueError(f"a text has zh and en, and nothing else: {', '.join(others)}")
    return told


_FILLED = {"type": "string", "minLength": 1}
Said = Annotated[
    Text,
    BeforeValidator(_two_languages),
    WithJsonSchema(
        {
            "type": "object",
            "description": "the same in both languages",
            "properties": {"zh": _FILLED, "en": _FILLED},
            "required": ["zh", "en"],
            "additionalProperties": False,
        }
    ),
]
"""A text as a rulebook's file writes it: `{ zh = "…", en = "…" }`."""

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class Number(Strict):
    """One number of a duty, in `unit`: a threshold, a size, a fine. `name` is unique in its duty.

    `parameter` names the value of the same rulebook by which files are marked and which is this number
    ("label.video_seconds").
    """

    name: Name
    value: float
    unit: Unit = ""
    meaning: Said
    mark: Mark | None = None
    """Where it is verified less, or better, than the duty."""
    parameter: str | None = None


class Clock(Strict):
    """A time limit that an event starts; `before` where it ends with the event instead; `repeats` where it is a period.

    `value` is 0 with the unit "immediately". It is None where the law names none: then `set_by` says who does.
    """

    name: Name
    value: Annotated[float, Field(ge=0)] | None = None
    unit: Unit
    starts: Said
    before: bool = False
    repeats: bool = False
    set_by: Literal["law", "operator", "authority"] = "law"
    mark: Mark | None = None

    @model_validator(mode="after")
    def _somebody_sets_it(self) -> Clock:
        if self.value is None and self.set_by == "law":
            raise ValueError(f"clock {self.name}: either a value, or `set_by` operator or authority")
        return self


SpanUnit = Literal["day", "month", "year"]
_DAYS: dict[SpanUnit, float] = {"day": 1, "month": 30.4375, "year": 365.25}


class Span(Strict):
    """A length of time."""

    value: Annotated[float, Field(ge=0)]
    unit: SpanUnit

    @property
    def days(self) -> float:
        """Its mean length in days, to compare with others. Ends of periods are counted by the calendar."""
        return self.value * _DAYS[self.unit]


class Retention(Strict):
    """How long a class of records is kept: at least, at most. Without a `most` it is kept until its purpose ends."""

    record: Name
    least: Span | None = None
    most: Span | None = None
    mark: Mark | None = None


class Kept(Strict):
    """The strictest rules over all duties for one class of records, with the duties that ask for them.

    `least` is None where no duty names a shortest time: then nothing but the purpose asks to keep it.
    """

    record: str
    least: Span | None = None
    most: Span | None = None
    least_by: tuple[str, ...] = ()
    most_by: tuple[str, ...] = ()
    named_by: tuple[str, ...] = ()
    """The duties that speak of the class without a number ("the shortest time necessary")."""


class Duty(Strict):
    """One obligation, in our words.

    `when` names the facts about the operator's service that switch it on (all of them; `facts` of the rulebook explains
    each); `people` says that no software can show it, so that a signed statement answers for it. `force`: what is
    encouraged is "should"; "note" is what the operator should know and need not do (penalties, an authority's limits).
    """

    id: Annotated[str, Field(pattern=r"^[A-Z]{2,3}-[0-9A-Za-z]+$")]
    instrument: str
    article: str = ""
    actors: tuple[Actor, ...] = ()
    text: Said
    trigger: Said | None = None
    when: tuple[str, ...] = ()
    force: Literal["must", "should", "note"] = "must"
    people: bool = False
    numbers: tuple[Number, ...] = ()
    clocks: tuple[Clock, ...] = ()
    retention: tuple[Retention, ...] = ()
    evidence: Said | None = None
    mark: Mark
    note: Said | None = None
    valid_from: date | None = None
    valid_to: date | None = None

    @model_validator(mode="after")
    def _names_differ(self) -> Duty:
        names = [each.name for each in self.numbers] + [each.name for each in self.clocks]
        names += [each.record for each in self.retention]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"duty {self.id}: named twice: {', '.join(twice)}")
        return self

    def applies_on(self, day: date) -> bool:
        """Whether the duty is in force on this day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)

    def number(self, name: str) -> Number:
        """The number of this name."""
        return next(each for each in self.numbers if each.name == name)

    def clock(self, name: str) -> Clock:
        """The time limit of this name."""
        return next(each for each in self.clocks if each.name == name)

"""The words in which people read where duties stand: states, forces, how far a duty is verified, its numbers."""

from __future__ import annotations

from overt.duties.model import State
from overt.language import Text
from overt.rulebook.duty import UNITS, Clock, Duty, Mark, Number, Retention, Span, Unit
from overt.rulebook.model import Overridden

STATES: dict[State, Text] = {
    "met": Text(zh="已履行", en="met"),
    "gap": Text(zh="有缺口", en="gap"),
    "no_evidence": Text(zh="尚无证据", en="no evidence yet"),
    "not_applicable": Text(zh="不适用", en="not applicable"),
}
MARKS: dict[Mark, Text] = {
    "read": Text(zh="已读原文", en="read in a public source"),
    "read2": Text(zh="据二手来源", en="from second-hand sources"),
    "memory": Text(zh="凭记忆，使用前请核对", en="from memory: check before relying on it"),
    "ours": Text(zh="本项目的选择", en="a choice of this project"),
}
STATED = Text(zh="仅凭人员声明", en="on people's word alone")
_ONE: dict[Unit, str] = {
    "second": "second",
    "minute": "minute",
    "hour": "hour",
    "day": "day",
    "working_day": "working day",
    "week": "week",
    "month": "month",
    "year": "year",
    "year_of_age": "year of age",
    "person": "person",
    "user": "user",
    "view": "view",
    "repost": "repost",
    "item": "item",
    "time": "time",
    "character": "character",
    "level": "level",
}
"""The units of one thing, in English."""
WANTED = Text(zh="可作证据", en="What would show it")
ARTICLE = Text(zh="条款", en="art.")
SHOULD = Text(zh="鼓励", en="encouraged")
YES = Text(zh="是", en="yes")
NO = Text(zh="否", en="no")
FACT_OPEN = Text(zh="未认定", en="not determined")
UNSET = Text(zh="法律未定，由运营者设定", en="the law names none: the operator sets it")
BY_AUTHORITY = Text(zh="由主管部门确定", en="the authority sets it")


def number(value: float) -> str:
    """A number without a needless fraction."""
    return f"{value:,.0f}" if value == int(value) else f"{value:g}"


def amount_of(value: float, unit: Unit) -> Text:
    """A number with its unit: "1 hour", "6 months"."""
    if not unit:
        return Text(zh=number(value), en=number(value))
    if unit == "immediately":
        return UNITS[unit]
    english = UNITS[unit].en
    if value == 1:
        english = _ONE.get(unit, english)
    return Text(zh=f"{number(value)}{UNITS[unit].zh}", en=f"{number(value)} {english}")


def before(each: Overridden) -> Text:
    """What the rulebook says of a number that the operator set."""
    return Text(zh="—", en="—") if each.was is None else amount_of(each.was, each.was_unit)


def after(each: Overridden) -> Text:
    """What the operator set."""
    return amount_of(each.value, each.unit)


def changed(each: Overridden) -> Text:
    """What the rulebook says and what the operator set: "6 months → 12 months"."""
    old, new = before(each), after(each)
    return Text(zh=f"{old.zh} → {new.zh}", en=f"{old.en} → {new.en}")


def in_words(duty: Duty) -> list[Text]:
    """The numbers, clocks and periods of a duty."""
    return [
        *(_number(each) for each in duty.numbers),
        *(_clock(each) for each in duty.clocks),
        *(_retention(each) for each in duty.retention),
    ]


def _number(each: Number) -> Text:
    # Without a unit it is a ratio, or the number of a hotline: nothing to count in thousands.
    amount = amount_of(each.value, each.unit) if each.unit else Text(zh=f"{each.value:.10g}", en=f"{each.value:.10g}")
    return Text(zh=f"{each.meaning.zh}：{amount.zh}", en=f"{each.meaning.en}: {amount.en}")


def _clock(each: Clock) -> Text:
    starts = each.starts
    if each.value is None:
        amount = BY_AUTHORITY if each.set_by == "authority" else UNSET
        if each.repeats:
            return Text(zh=f"定期（自{starts.zh}起）：{amount.zh}", en=f"at intervals, from {starts.en}: {amount.en}")
    elif each.unit == "immediately":
        amount = UNITS["immediately"]
        if each.before:
            return Text(zh=f"须在{starts.zh}前", en=f"before {starts.en}")
    else:
        amount = amount_of(each.value, each.unit)
    if each.before:
        return Text(zh=f"{starts.zh}前：{amount.zh}", en=f"before {starts.en}: {amount.en}")
    if each.repeats:
        return Text(zh=f"每{amount.zh}（自{starts.zh}起）", en=f"every {amount.en}, from {starts.en}")
    return Text(zh=f"{starts.zh}起：{amount.zh}", en=f"from {starts.en}: {amount.en}")


def _retention(each: Retention) -> Text:
    zh, en = [], []
    if each.least:
        least = _span(each.least)
        zh, en = [f"至少 {least.zh}"], [f"at least {least.en}"]
    if each.most:
        most = _span(each.most)
        zh, en = [*zh, f"至多 {most.zh}"], [*en, f"at most {most.en}"]
    return Text(
        zh=f"保存记录（{each.record}）：{'，'.join(zh) or '必要的期限'}",
        en=f"records kept ({each.record}): {', '.join(en) or 'as long as needed'}",
    )


def _span(span: Span) -> Text:
    return amount_of(span.value, span.unit)

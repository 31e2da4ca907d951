"""The operator's own numbers: a file that sets limits and thresholds other than the rulebook, each with its reason.

The law's minimum can be lengthened (that is the usual reason) and shortened (that is the operator's answer to give):
either way `Rulebook.overridden` says what was, what is, why, and who answers for it, and every report shows it.
An interval or time limit that the law leaves open is set here too.

Names: of a number or a clock its own; of a retention the class of records with its bound: `log.least`, `log.most`.
"""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Any, get_args

from pydantic import Field, TypeAdapter, ValidationError

from overt.errors import SetupError
from overt.language import Text
from overt.rulebook.duty import Clock, Duty, Number, Retention, Said, Span, SpanUnit, Strict, Unit
from overt.rulebook.model import Overridden, Rulebook

_HINT = Text(
    zh="修改设置 overrides 所指的文件；格式见文档“改用自己的数值”。",
    en='Mend the file that the setting `overrides` names; its form is in the documents, "Override a number".',
)


class Override(Strict):
    """One number of the operator's own. Without `unit` the rulebook's stays."""

    duty: str
    name: str
    value: Annotated[float, Field(ge=0)]
    unit: Unit | None = None
    reason: Said
    by: Annotated[str, Field(min_length=1)]
    on: date


class Overrides(Strict):
    """The file: `[[override]]`, as many as there are."""

    override: tuple[Override, ...] = ()


def schema() -> dict[str, Any]:
    """JSON Schema of the file."""
    made = Overrides.model_json_schema()
    made["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return made


def read(path: Path) -> tuple[Override, ...]:
    """The overrides of a file. Raises `SetupError`."""
    try:
        return Overrides.model_validate(tomllib.loads(path.read_text(encoding="utf-8"))).override
    except (OSError, UnicodeDecodeError) as error:
        raise _wrong(f"{path} cannot be read: {error}", f"无法读取 {path}：{error}") from error
    except tomllib.TOMLDecodeError as error:
        raise _wrong(f"{path}: not valid TOML: {error}", f"{path}：不是有效的 TOML：{error}") from error
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise _wrong(f"{path}: {told}", f"{path} 有误：{told}") from error


def apply(rulebook: Rulebook, overrides: tuple[Override, ...]) -> Rulebook:
    """The rulebook with these numbers. Raises `SetupError` for a duty or a name that there is not, or one set twice."""
    duties = {duty.id: duty for duty in rulebook.duties}
    told: dict[tuple[str, str], Overridden] = {}
    for each in overrides:
        if each.duty not in duties:
            raise _wrong(
                f"override of {each.duty}: the rulebook {rulebook.id!r} has no such duty; it has {_few(tuple(duties))}",
                f"覆盖 {each.duty}：规则手册 {rulebook.id!r} 没有该义务；现有：{_few(tuple(duties), '、')}",
            )
        if (each.duty, each.name) in told:
            raise _wrong(f"{each.duty}, {each.name} is set twice", f"{each.duty} 的 {each.name} 设置了两次")
        duties[each.duty], told[each.duty, each.name] = _set(duties[each.duty], each)
    return rulebook.model_copy(update={"duties": tuple(duties.values()), "overridden": tuple(told.values())})


def _set(duty: Duty, new: Override) -> tuple[Duty, Overridden]:
    for kind in ("numbers", "clocks"):
        parts: tuple[Number, ...] | tuple[Clock, ...] = getattr(duty, kind)
        for part in parts:
            if part.name == new.name:
                if isinstance(part, Number) and part.parameter:
                    raise _wrong(
                        f"{duty.id}, {part.name}: files are marked by {part.parameter}; style the label instead",
                        f"{duty.id} 的 {part.name}：文件按 {part.parameter} 添加标识；请改用标签样式",
                    )
                unit = part.unit if new.unit is None else new.unit
                mended = part.model_copy(update={"value": new.value, "unit": unit})
                others = tuple(mended if each is part else each for each in parts)
                return duty.model_copy(update={kind: others}), _told(new, part.value, part.unit, unit)
    return _keep(duty, new)


def _keep(duty: Duty, new: Override) -> tuple[Duty, Overridden]:
    record, _, bound = new.name.partition(".")
    part = next((each for each in duty.retention if each.record == record), None)
    if part is None or bound not in ("least", "most"):
        names = _names(duty)
        raise _wrong(
            f"override of {duty.id}: it has no number {new.name!r}; it has {_few(names) or 'none'}",
            f"覆盖 {duty.id}：没有数值 {new.name!r}；现有：{_few(names, '、') or '无'}",
        )
    was: Span | None = getattr(part, bound)
    unit = new.unit or (was.unit if was else "")
    if unit not in get_args(SpanUnit):
        raise _wrong(
            f"override of {duty.id}, {new.name}: the unit is day, month or year",
            f"覆盖 {duty.id} 的 {new.name}：单位须为 day、month 或 year",
        )
    span = Span(value=new.value, unit=TypeAdapter(SpanUnit).validate_python(unit))
    mended = part.model_copy(update={bound: span})
    if mended.least and mended.most and mended.most.days < mended.least.days:
        raise _wrong(
            f"override of {duty.id}, {new.name}: the most would be shorter than the least",
            f"覆盖 {duty.id} 的 {new.name}：最长期限短于最短期限",
        )
    others: tuple[Retention, ...] = tuple(mended if each is part else each for each in duty.retention)
    changed = duty.model_copy(update={"retention": others})
    return changed, _told(new, was.value if was else None, was.unit if was else "", unit)


def _told(new: Override, was: float | None, was_unit: Unit, unit: Unit) -> Overridden:
    return Overridden(
        duty=new.duty, name=new.name, was=was, was_unit=was_unit, value=new.value, unit=unit,
        reason=new.reason, by=new.by, on=new.on,
    )  # fmt: skip


def _names(duty: Duty) -> tuple[str, ...]:
    kept = (f"{each.record}.{bound}" for each in duty.retention for bound in ("least", "most"))
    return (*(each.name for each in duty.numbers), *(each.name for each in duty.clocks), *kept)


def _few(names: tuple[str, ...], between: str = ", ") -> str:
    """The names, or the first of them where there are many."""
    return between.join(names[:12]) + (" …" if len(names) > 12 else "")


def _wrong(en: str, zh: str) -> SetupError:
    return SetupError(en, zh, hint=_HINT)

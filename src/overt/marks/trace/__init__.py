"""Traces of synthesis: what other conventions and generators' own habits leave in a file's metadata.

Source: IPTC Photo Metadata Standard (digital source type, the AI properties of 2025.1); formats/marks.md 3.1 and 3.5
for generators and vendors. The tables are data beside this module: `iptc.toml`, and `traces.toml` with one row for
each trace, its source and how far it is verified.
A trace is a reading, never an accusation: it says what stands there, how strongly that speaks, and no more.
A source type that states another origin (a camera, a person) is told as what it states.
Not here: the signed statements of a content credential, and any look at the content itself.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from overt.formats import Field, Survey
from overt.language import Text, whole
from overt.marks.metadata.defects import defect
from overt.marks.model import Reading

Strength = Literal["states-ai", "generator", "hint", "other"]
"""How a trace speaks: it states AI; a generator's own parameters or name; weakly; it states another origin."""

MAX_READINGS = 32
"""Traces that are told of one file. Real ones have a handful."""
_MAX_VALUE = 64 * 1024
"""Characters of a value that are looked at: a workflow has some hundred thousand, its kind shows early."""
_SHOWN = 200
"""Characters of a value that a reading repeats."""
_MAX_NODES = 10_000
"""Values of one JSON-LD text that are looked at."""

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_SIGNATURE = re.compile(r"Signature:\s*\S{16,}")
_SOURCE_TYPE = re.compile(r"digital_?-?source_?-?type(?:#.*)?", re.IGNORECASE)
_SCHEMA_SUFFIX = "DigitalSource"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of `traces.toml`, its expressions compiled."""

    name: str
    says: Strength
    system: str
    key: re.Pattern[str]
    place: re.Pattern[str] | None
    value: re.Pattern[str] | None
    source: str
    mark: str


@dataclass(frozen=True, slots=True)
class SourceType:
    """One code of IPTC's vocabulary."""

    code: str
    says: Strength
    text: Text
    camera: bool = False
    retired: bool = False


@cache
def table() -> tuple[Row, ...]:
    """The rows of `traces.toml`."""
    return tuple(
        Row(
            row["name"],
            row["says"],
            row["system"],
            re.compile(row["key"], re.IGNORECASE),
            re.compile(row["place"]) if "place" in row else None,
            re.compile(row["value"], re.DOTALL) if "value" in row else None,
            row["source"],
            row["mark"],
        )
        for row in _data("traces.toml")["trace"]
    )


@cache
def source_types() -> dict[str, SourceType]:
    """IPTC's codes, by their lower-case form."""
    return {
        code.lower(): SourceType(
            code, row["says"], Text(zh=row["zh"], en=row["en"]), row.get("camera", False), row.get("retired", False)
        )
        for code, row in _data("iptc.toml")["codes"].items()
    }


def _data(name: str) -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath(name).read_text(encoding="utf-8"))


def readings(survey: Survey, place: str) -> tuple[Reading, ...]:
    """The traces in a file's metadata; one reading that says absent or unreadable where there are none."""
    found: dict[tuple[object, ...], Reading] = {}
    for reading in _found(survey.fields):
        if len(found) < MAX_READINGS:
            found.setdefault((reading.values["name"], reading.values["value"]), reading)
    if found:
        return tuple(found.values())
    if survey.faults:
        fault = survey.faults[0]
        reason = Text(
            zh=f"元数据未能完整读取（{fault.place}：{fault.reason.zh}）",
            en=f"the metadata could not be read to its end ({fault.place}: {fault.reason.en})",
        )
        return (Reading("trace", "unreadable", fault.place, reason=reason),)
    return (Reading("trace", "absent", place),)


def _found(fields: tuple[Field, ...]) -> Iterator[Reading]:
    for field in fields:
        if (said := _source_type(field)) is not None:
            yield said
        if field.key == "application/ld+json":
            yield from _json_ld(field)
            continue
        value = field.text[:_MAX_VALUE].strip("\0 \t\r\n")
        if not value:
            continue
        for row in table():
            if row.key.fullmatch(field.key) and (row.place is None or row.place.search(field.place)):
                match = row.value.search(value) if row.value else True
                if match:
                    system = row.system or (value if row.value is None else match[0])  # type: ignore[index]
                    yield _reading(field, row.name, row.says, value, system=system, source=row.source, mark=row.mark)
    yield from _grok(fields)


def _source_type(field: Field) -> Reading | None:
    """IPTC's digital source type: XMP in any carrier, schema.org's spelling, with or without its address."""
    if not _SOURCE_TYPE.fullmatch(field.key.rpartition(":")[2]) or not field.text.strip():
        return None
    return _stated(field, field.text.strip())


def _stated(field: Field, value: str) -> Reading:
    code = re.split(r"[/#:]", value.rstrip("/"))[-1]
    known = source_types().get(code.lower()) or source_types().get(code.removesuffix(_SCHEMA_SUFFIX).lower())
    is_schema = "schema.org" in value or code.endswith(_SCHEMA_SUFFIX) or field.namespace is None
    defects = []
    if known is None:
        defects.append("source-type-unknown")
    elif known.retired:
        defects.append("source-type-retired")
    if "/" not in value and not is_schema:
        defects.append("source-type-bare")
    text = known.text if known else Text(zh="未知的来源类型", en="an unknown source type")
    return _reading(
        field,
        "iptc-digital-source-type",
        known.says if known else "hint",
        value,
        code=known.code if known else "",
        camera=bool(known and known.camera),
        text=text,
        defects=tuple(defects),
        source="IPTC NewsCodes, digital source type",
        mark="read",
    )


def _json_ld(field: Field) -> Iterator[Reading]:
    """schema.org's `digitalSourceType`, wherever it stands in a JSON-LD text."""
    try:
        waiting: list[Any] = [json.loads(field.text[: 16 * _MAX_VALUE])]
    except (ValueError, RecursionError):
        return
    for _ in range(_MAX_NODES):
        if not waiting:
            return
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            for key, value in node.items():
                if _SOURCE_TYPE.fullmatch(key.rpartition(":")[2].rpartition("/")[2]):
                    for each in value if isinstance(value, list) else [value]:
                        said = each.get("@id", "") if isinstance(each, dict) else each
                        if isinstance(said, str) and said.strip():
                            yield _stated(field, said.strip())
                else:
                    waiting.append(value)


def _grok(fields: tuple[Field, ...]) -> Iterator[Reading]:
    """The pair of EXIF notes of Grok: neither says anything alone."""
    notes = {field.key: field for field in fields if field.place.startswith("EXIF")}
    description, artist = notes.get("ImageDescription"), notes.get("Artist")
    if description and artist and _SIGNATURE.match(description.text) and _UUID.fullmatch(artist.text.strip()):
        yield _reading(
            description,
            "grok-signature",
            "generator",
            description.text,
            system="Grok",
            source="formats/marks.md 3.5",
            mark="read",
        )


def _reading(
    field: Field, name: str, strength: Strength, value: str, *, defects: tuple[str, ...] = (), **more: Any
) -> Reading:
    text: Text | None = more.pop("text", None)
    values = {"name": name, "strength": strength, "key": field.key, "value": whole(value[:_SHOWN]), **more}
    if text is not None:
        values["text"] = text.both()
    return Reading(
        "trace", "found", field.place, field.offset, values=values, defects=tuple(defect(each) for each in defects)
    )


def told(values: dict[str, Any]) -> Text:
    """What a found trace says, in a sentence. `values` are those of its reading."""
    if "text" in values:
        said = Text(zh=values["text"]["zh"], en=values["text"]["en"])
        return Text(
            zh=f"数字来源类型写明“{said.zh}”（{values['value']}）",
            en=f"the digital source type says “{said.en}” ({values['value']})",
        )
    system = values.get("system") or values["name"]
    if values["strength"] == "states-ai":
        return Text(
            zh=f"字段 {values['key']} 写明使用了人工智能（{values['value']}）",
            en=f"the field {values['key']} states that AI was used ({values['value']})",
        )
    if values["strength"] == "generator":
        return Text(
            zh=f"字段 {values['key']} 含有 {system} 的生成信息",
            en=f"the field {values['key']} holds what {system} leaves in what it generates",
        )
    return Text(
        zh=f"字段 {values['key']} 提到 {system}（仅为线索）",
        en=f"the field {values['key']} points to {system} (a hint only)",
    )

r"""The `AIGC` object: written to the letter, read with tolerance.

Source: GB 45438-2025, Annex E: seven keys, all values strings, written as compact JSON in a fixed order,
values in the prescribed characters (visible ASCII without backslash; a quotation mark stands as `\"`).
The reader accepts what real files hold and names each deviation as a defect.
Not here: where the object sits in a file (`overt.formats`), and what its security data proves (`security`).
"""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass, fields
from typing import Any

import yaml

from overt.errors import FormatError, UsageError
from overt.language import whole
from overt.marks.metadata.provider import code_holds

MAX_TEXT = 64 * 1024
"""Characters of a label that are looked at. Real ones have some hundred; the limit stops bombs."""

_KEYS = {
    "label": "Label",
    "content_producer": "ContentProducer",
    "produce_id": "ProduceID",
    "reserved_code1": "ReservedCode1",
    "content_propagator": "ContentPropagator",
    "propagate_id": "PropagateID",
    "reserved_code2": "ReservedCode2",
}
_OFFICIAL = {official.lower(): official for official in _KEYS.values()}
_MISSPELT = {
    "reservecode1": "ReservedCode1",
    "reservecode2": "ReservedCode2",
    "producer": "ContentProducer",
    "producerid": "ProduceID",
    "propagator": "ContentPropagator",
    "propatorid": "PropagateID",
    "propagatorid": "PropagateID",
}
_ALLOWED = re.compile(r"[\x21-\x5B\x5D-\x7E]*")


@dataclass(frozen=True, slots=True)
class Aigc:
    """The seven values of one metadata label, as they are: nothing is judged here."""

    label: str
    content_producer: str = ""
    produce_id: str = ""
    reserved_code1: str = ""
    content_propagator: str = ""
    propagate_id: str = ""
    reserved_code2: str = ""

    def values(self) -> dict[str, str]:
        """The seven values under the standard's keys, in the standard's order."""
        return {_KEYS[field.name]: getattr(self, field.name) for field in fields(self)}

    def to_json(self) -> str:
        """The bare object as written into files. Raises `UsageError` if it would break Annex E."""
        values = self.values()
        if self.label not in ("1", "2", "3"):
            raise UsageError(
                f"Label must be 1, 2 or 3, not {self.label!r}", f"Label 应为 1、2 或 3，而不是 {self.label!r}"
            )
        for key, value in values.items():
            if not _ALLOWED.fullmatch(value):
                raise UsageError(
                    f"{key} has characters that a metadata label may not hold: {value!r}",
                    f"{key} 含有元数据标识不允许的字符：{value!r}",
                )
        return json.dumps(values, ensure_ascii=True, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Parsed:
    """A label as read, with the names of its defects, and whether it was wrapped in `{"AIGC": …}`."""

    aigc: Aigc
    defects: tuple[str, ...]
    wrapped: bool


def parse(text: str) -> Parsed:
    """Reads a label out of a field's text, whatever shape it has.

    Raises `FormatError` where the text is no label at all, or is broken beyond reading.
    """
    if len(text) > MAX_TEXT:
        raise FormatError(
            f"a metadata label of {len(text)} characters; at most {MAX_TEXT} are read",
            f"元数据标识长达 {len(text)} 个字符，最多读取 {MAX_TEXT} 个",
        )
    defects: list[str] = []
    value = _decode(text, defects)
    wrapped = False
    for _ in range(3):  # A wrapper, inside it a string, inside that an object: more has not been seen.
        if isinstance(value, str):
            defects.append("double-encoded")
            value = _decode(value, defects)
        elif isinstance(value, dict) and [key.upper() for key in value] == ["AIGC"]:
            wrapped = True
            value = next(iter(value.values()))
    if not isinstance(value, dict):
        raise FormatError("the field AIGC holds no object", "AIGC 字段不是对象")
    aigc = _from_pairs(value, defects)
    return Parsed(aigc, tuple(dict.fromkeys(defects)), wrapped)


def mentions(text: str) -> bool:
    """Whether a text outside any AIGC field looks like a label all the same (a bare blob, an EXIF note)."""
    start = text[:MAX_TEXT]
    folded = start.lower()
    return ("aigc" in folded and "{" in start) or ('"label"' in folded and '"contentproducer"' in folded)


def _decode(text: str, defects: list[str]) -> Any:
    stripped = text.strip("\x00\ufeff \t\r\n")
    if "&quot;" in stripped and '"' not in stripped:
        defects.append("escaped")
        stripped = html.unescape(stripped)
    prefixed = re.match(r"AIGC\s*[:=]?\s*(?=[{\"])", stripped, re.IGNORECASE)
    if prefixed:
        defects.append("envelope")
        stripped = stripped[prefixed.end() :]

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({key for key, _ in items}) < len(items):
            defects.append("duplicate-key")
        # The first of two counts: an appended second one is the easier forgery.
        return dict(reversed(items))

    try:
        value, end = json.JSONDecoder(object_pairs_hook=pairs, strict=False).raw_decode(stripped)
    except (ValueError, RecursionError):
        return _decode_yaml(stripped, defects)
    if stripped[end:].strip():
        defects.append("trailing-bytes")
    if isinstance(value, dict) and re.search(r"[{,:]\s|\s[},:]", re.sub(r'"(?:[^"\\]|\\.)*"', '""', stripped[:end])):
        defects.append("spaces")
    return value


def _decode_yaml(text: str, defects: list[str]) -> Any:
    # Aliases are refused before loading: they are how YAML bombs are built. BaseLoader gives text alone.
    if ":" not in text or re.search(r"(?m)(^|[\s\[{,])[&*!]\w", text):
        raise FormatError("the text is neither JSON nor plain YAML", "文本既不是 JSON 也不是普通 YAML")
    try:
        value = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506  # BaseLoader builds nothing but text
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise FormatError("the label's JSON is broken", "标识的 JSON 已损坏") from error
    if not isinstance(value, dict):
        raise FormatError("the field AIGC holds no object", "AIGC 字段不是对象")
    defects.append("yaml-instead-of-json")
    return value


def _from_pairs(pairs: dict[str, Any], defects: list[str]) -> Aigc:
    found: dict[str, str] = {}
    for key, value in pairs.items():
        official = _official(key, defects)
        if official is None:
            continue
        if official in found:
            defects.append("duplicate-key")
            continue
        found[official] = _text(value, defects)
    if not found:
        raise FormatError("the object has none of the label's seven keys", "对象不含标识的七个要素")
    aigc = Aigc(**{name: found.get(official, "") for name, official in _KEYS.items()})
    defects.extend(_shortcomings(aigc, found))
    return aigc


def _official(key: str, defects: list[str]) -> str | None:
    if key in _OFFICIAL.values():
        return key
    folded = re.sub(r"[\s_-]", "", key).lower()
    if folded in _OFFICIAL:
        defects.append("key-case")
        return _OFFICIAL[folded]
    if folded in _MISSPELT:
        defects.append("misspelt-key")
        return _MISSPELT[folded]
    defects.append("extra-key")
    return None


def _text(value: Any, defects: list[str]) -> str:
    if isinstance(value, str):
        return whole(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        defects.append("numeric-value")
        return str(value)
    defects.append("value-not-text")
    return "" if value is None else whole(json.dumps(value, ensure_ascii=False))


def _shortcomings(aigc: Aigc, found: dict[str, str]) -> list[str]:
    missing = {official for official in _KEYS.values() if official not in found}
    checks = {
        "missing-label": not aigc.label,
        "unknown-label-value": bool(aigc.label) and aigc.label not in ("1", "2", "3"),
        "missing-producer": aigc.label == "1" and not aigc.content_producer,
        "missing-produce-id": aigc.label == "1" and not aigc.produce_id,
        "missing-key": bool(missing - {"Label", "ContentProducer", "ProduceID"}),
        "provider-code": not all(code_holds(value) for value in (aigc.content_producer, aigc.content_propagator)),
        "character-set": not all(_ALLOWED.fullmatch(value) for value in found.values()),
    }
    return [name for name, holds in checks.items() if holds]

"""A purposes' policy: text in Cedar that a lawyer can read, checked when it is loaded.

Cedar (https://docs.cedarpolicy.com) denies what nothing permits, and one `forbid` outweighs every `permit`. Each policy
carries annotations: `@id`; for a `forbid` also `@reason_zh`, `@reason_en` and, where a duty asks for it, `@duty`
(comma-separated). A `permit` of `synthesise` for one purpose is what makes that purpose, with its name and what it
covers: `@purpose_zh`, `@purpose_en`, `@about_zh`, `@about_en`. A `permit` of `with_small_label` names its `@style`.
cedarpy numbers policies by their position, so that annotations are looked up by it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import Any, Final

import cedarpy

from overt.errors import SetupError
from overt.language import Text
from overt.marks.label import styles

SHIPPED: Final = "purposes.cedar"
_PIECES = re.compile(r'//[^\n]*|"(?:\\.|[^"\\])*"|;', re.DOTALL)
_WAY_OUT = Text(
    zh="修改策略文件后运行 overt gate policy check 文件；或从 [gate] 中去掉 policy，使用随附策略。",
    en="Mend the file and run `overt gate policy check FILE`; or take `policy` out of [gate] to use the shipped one.",
)


@dataclass(frozen=True, slots=True)
class Purpose:
    """What synthesis may be declared to be for."""

    id: str
    name: Text
    about: Text


@dataclass(frozen=True, slots=True)
class Rule:
    """One policy of the file: what it answers, in words, and where it stands."""

    id: str
    effect: str
    line: int
    reason: Text | None
    duties: tuple[str, ...]
    style: str


@dataclass(frozen=True, slots=True)
class PolicyText:
    """A policy that was checked: its rules by cedarpy's names, its purposes, and the handle that answers.

    `digest` is the SHA-256 of the text.
    """

    source: str
    digest: str
    rules: dict[str, Rule]
    purposes: dict[str, Purpose]
    handle: cedarpy.PolicySet


def load(path: Path | None = None) -> PolicyText:
    """The policy in a file, or the shipped one. Raises `SetupError`, which names file and line."""
    if path is None:
        return _shipped()
    try:
        return parse(path.read_text(encoding="utf-8"), path.name)
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(f"{path} cannot be read: {error}", f"无法读取 {path}：{error}", hint=_WAY_OUT) from error


@cache
def _shipped() -> PolicyText:
    return parse(_resource(SHIPPED), SHIPPED)


def parse(text: str, source: str) -> PolicyText:
    """The policy in a text. Raises `SetupError`, which names `source` and the line."""
    lines = [line for line, _ in _statements(text)]
    try:
        handle = cedarpy.PolicySet.from_str(text)
    except ValueError as error:
        raise _wrong(source, _first_bad(text), str(error)) from error
    checked = cedarpy.validate_policies(text, _resource("schema.cedarschema"))
    for each in checked.errors:
        raise _wrong(source, _line_of(lines, each.policy_id), each.error)
    told: dict[str, Any] = json.loads(cedarpy.policies_to_json_str(text))
    if told["templates"] or len(told["staticPolicies"]) != len(lines):
        raise _wrong(source, 1, "templates have no place in a purposes' policy")
    rules = {name: _rule(source, _line_of(lines, name), each) for name, each in told["staticPolicies"].items()}
    _no_id_twice(source, rules)
    purposes = dict(_purposes(source, lines, told["staticPolicies"]))
    return PolicyText(source, sha256(text.encode()).hexdigest(), rules, purposes, handle)


def _rule(source: str, line: int, policy: dict[str, Any]) -> Rule:
    notes: dict[str, str] = policy.get("annotations") or {}
    if not notes.get("id"):
        raise _wrong(source, line, "a policy without @id")
    reason = _text(notes, "reason")
    if policy["effect"] == "forbid" and reason is None:
        raise _wrong(source, line, f"{notes['id']}: a forbid needs @reason_zh and @reason_en")
    small = policy["effect"] == "permit" and policy["action"].get("entity", {}).get("id") == "with_small_label"
    if small and notes.get("style") not in styles():
        raise _wrong(source, line, f"{notes['id']}: @style must be one of {', '.join(styles())}")
    duties = tuple(duty.strip() for duty in notes.get("duty", "").split(",") if duty.strip())
    return Rule(notes["id"], policy["effect"], line, reason, duties, notes.get("style", ""))


def _purposes(source: str, lines: list[int], policies: dict[str, Any]) -> Iterator[tuple[str, Purpose]]:
    for name, each in policies.items():
        made = each["resource"].get("entity", {})
        acts = each["action"].get("entity", {}).get("id")
        if each["effect"] != "permit" or acts != "synthesise":
            continue
        notes: dict[str, str] = each.get("annotations") or {}
        called, about = _text(notes, "purpose"), _text(notes, "about")
        if made.get("type") != "Purpose" or called is None or about is None:
            raise _wrong(
                source,
                _line_of(lines, name),
                "a permit of synthesise names one purpose (resource == Purpose::…), @purpose_zh/en and @about_zh/en",
            )
        yield made["id"], Purpose(made["id"], called, about)


def _text(notes: dict[str, str], name: str) -> Text | None:
    zh, en = notes.get(f"{name}_zh"), notes.get(f"{name}_en")
    return Text(zh=zh, en=en) if zh and en else None


def _no_id_twice(source: str, rules: dict[str, Rule]) -> None:
    seen: set[str] = set()
    for rule in rules.values():
        if rule.id in seen:
            raise _wrong(source, rule.line, f"@id({rule.id!r}) stands there twice")
        seen.add(rule.id)


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Each policy of a text with the line where it begins; its last part, too, where no semicolon ends it."""
    start, ends = 0, [found.end() for found in _PIECES.finditer(text) if found[0] == ";"]
    for end in (*ends, len(text)):
        part = text[start:end]
        bare = _PIECES.sub(lambda found: " " * len(found[0]) if found[0].startswith("//") else found[0], part)
        if bare.strip():
            leading = len(bare) - len(bare.lstrip())
            yield text.count("\n", 0, start + leading) + 1, part
        start = end


def _first_bad(text: str) -> int:
    """The line of the first policy that does not parse: cedarpy says what is wrong, and not where."""
    for line, part in _statements(text):
        try:
            cedarpy.PolicySet.from_str(part)
        except ValueError:
            return line
    return 1


def _line_of(lines: list[int], name: str) -> int:
    number = name.removeprefix("policy")
    return lines[int(number)] if number.isdigit() and int(number) < len(lines) else 1


def _wrong(source: str, line: int, told: str) -> SetupError:
    return SetupError(f"{source}, line {line}: {told}", f"{source} 第 {line} 行：{told}", hint=_WAY_OUT)


def _resource(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")

"""The JSON Schema that editors use: it takes what the loader takes, and refuses what a file can get wrong by itself."""

from __future__ import annotations

import copy
import json
import tomllib
from importlib import resources
from typing import Any

import jsonschema
import pytest

from overt.rulebook import overrides, schema


def _files() -> list[Any]:
    folder = resources.files("overt.rulebook")
    places = [entry for entry in folder.iterdir() if entry.name.endswith(".toml")]
    return sorted(places + [file for file in (folder / "cn").iterdir() if file.name.endswith(".toml")], key=str)


def _plain(text: str) -> Any:
    return json.loads(json.dumps(tomllib.loads(text), default=str))


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    made = schema()
    jsonschema.Draft202012Validator.check_schema(made)
    return jsonschema.Draft202012Validator(made)


@pytest.mark.parametrize("file", _files(), ids=lambda file: file.name)
def test_every_file_of_ours_fits(validator: jsonschema.Draft202012Validator, file: Any):
    assert [error.message for error in validator.iter_errors(_plain(file.read_text(encoding="utf-8")))] == []


DUTY: dict[str, Any] = {"id": "XX-1", "text": {"zh": "做某事", "en": "Do a thing"}}


@pytest.mark.parametrize(
    "change",
    [
        {"color": "red"},
        {"text": {"zh": "做某事"}},
        {"text": {"zh": "做某事", "en": ""}},
        {"text": {"zh": "做某事", "en": "Do", "fr": "faire"}},
        {"mark": "sure"},
        {"actors": ["XX"]},
        {"id": "no form"},
        {"clocks": [{"name": "file", "value": 1, "unit": "moon", "starts": {"zh": "某日", "en": "a day"}}]},
    ],
)
def test_what_a_file_gets_wrong_is_seen(validator: jsonschema.Draft202012Validator, change: dict[str, Any]):
    good = {"duties": [copy.deepcopy(DUTY)]}
    bad = {"duties": [{**DUTY, **change}]}

    assert validator.is_valid(good)
    assert not validator.is_valid(bad)


def test_the_schema_of_overrides_takes_one():
    told = """
[[override]]
duty = "CSL-23c"
name = "log.least"
value = 12
reason = { zh = "客户要求", en = "Our customers ask for it" }
by = "Data officer"
on = 2026-11-01
"""
    validator = jsonschema.Draft202012Validator(overrides.schema())

    assert validator.is_valid(_plain(told))
    assert not validator.is_valid(_plain(told.replace("by =", "who =")))

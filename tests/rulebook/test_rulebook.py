"""The law as data."""

from __future__ import annotations

import tomllib
from importlib import resources

import pytest
from pydantic import ValidationError

from overt.errors import UsageError
from overt.rulebook import Rulebook, available, load


@pytest.mark.parametrize("name", available())
def test_every_rulebook_loads(name: str):
    assert load(name).id == name


def test_an_unknown_rulebook_says_which_there_are():
    with pytest.raises(UsageError, match="cn"):
        load("atlantis")


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("人工智能生成", True),
        ("本内容由AI合成", True),
        ("ＡＩ生成", True),
        ("AI", False),
        ("AI-generated", False),
        ("生成", False),
        ("虚拟主播", False),
        ("SAID合成", False),
        ("人工智能", False),
    ],
)
def test_the_wording_needs_both_elements(text: str, fits: bool):
    assert load("cn").label.has_elements(text) is fits


def test_the_rulebooks_own_wordings_have_both_elements():
    rules = load("cn").label

    assert rules.has_elements(rules.wording.value.zh)
    assert rules.has_elements(rules.sentence.value.zh)


def _raw() -> dict:
    return tomllib.loads(resources.files("overt.rulebook").joinpath("cn/marks.toml").read_text(encoding="utf-8"))


def test_a_value_without_a_known_duty_is_refused():
    raw = _raw()
    raw["label"]["rhythm"]["duty"] = "LT-99"

    with pytest.raises(ValidationError, match="LT-99"):
        Rulebook.model_validate(raw)


@pytest.mark.parametrize("lost", ["clause", "mark", "value"])
def test_a_value_without_its_source_is_refused(lost: str):
    raw = _raw()
    del raw["label"]["rhythm"][lost]

    with pytest.raises(ValidationError):
        Rulebook.model_validate(raw)


def test_a_text_in_one_language_only_is_refused():
    raw = _raw()
    raw["notices"]["none"]["text"] = {"zh": "未发现", "en": ""}

    with pytest.raises(ValidationError):
        Rulebook.model_validate(raw)


def test_all_techniques_of_article_23_are_there():
    assert len(load("cn").techniques) == 21

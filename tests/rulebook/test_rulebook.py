"""The law as data."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from overt.errors import UsageError
from overt.language import Text
from overt.rulebook import Rulebook, available, files, load, mark_rules, read

HAN = re.compile(r"[\u4e00-\u9fff]")
QUOTED = re.compile(r"“[^”]*”")


@pytest.fixture(scope="module")
def raw() -> dict[str, Any]:
    """The rulebook of China as its files have it."""
    return files.content(resources.files("overt.rulebook") / "cn")


@pytest.mark.parametrize("name", available())
def test_every_rulebook_loads(name: str):
    assert load(name).id == name


@pytest.mark.parametrize("name", available())
def test_marking_reads_the_same_without_the_duties(name: str):
    whole = load(name).model_dump()

    assert {key: whole[key] for key in mark_rules(name).model_dump()} == mark_rules(name).model_dump()


def test_an_unknown_rulebook_says_which_there_are():
    with pytest.raises(UsageError, match="cn"):
        load("atlantis")


def test_an_unknown_duty_is_named():
    with pytest.raises(UsageError, match="DS-99"):
        load("cn").duty("DS-99")


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


def test_all_techniques_of_article_23_are_there():
    assert len(load("cn").techniques) == 21


def _texts(part: Any, where: str) -> Iterator[tuple[str, Text]]:
    if isinstance(part, Text):
        yield where, part
    elif isinstance(part, BaseModel):
        told = getattr(part, "id", None) or getattr(part, "name", "")
        for name in type(part).model_fields:
            yield from _texts(getattr(part, name), f"{where}.{told}.{name}")
    elif isinstance(part, dict):
        for name, each in part.items():
            yield from _texts(each, f"{where}.{name}")
    elif isinstance(part, tuple | list):
        for each in part:
            yield from _texts(each, where)


_NAMES = re.compile(r"instruments\.(AB853|AB2655)$")
"""Statutes that have a number and no name."""


@pytest.mark.parametrize("name", available())
def test_every_text_is_there_in_both_languages(name: str):
    wrong = [
        where
        for where, text in _texts(load(name), name)
        if not _NAMES.search(where)
        and (not HAN.search(text.zh) or HAN.search(QUOTED.sub("", text.en)) or text.zh == text.en or "  " in text.en)
    ]

    assert wrong == []


@pytest.mark.parametrize("name", available())
def test_every_fact_switches_something(name: str):
    rulebook = load(name)

    assert set(rulebook.facts) == {fact for duty in rulebook.duties for fact in duty.when}


@pytest.mark.parametrize("name", available())
def test_every_instrument_has_duties(name: str):
    rulebook = load(name)

    assert set(rulebook.instruments) == {duty.instrument for duty in rulebook.duties}


def test_duties_stand_in_the_order_of_the_instruments():
    rulebook = load("cn")
    order = list(rulebook.instruments)
    places = [order.index(duty.instrument) for duty in rulebook.duties]

    assert places == sorted(places)


def test_public_opinion_switches_filing_and_assessment():
    switched = {duty.id for duty in load("cn").duties if "public_opinion" in duty.when}

    assert {"AR-24a", "AR-27", "DS-19a", "DS-20", "GA-17", "SA-03a", "SA-07b"} <= switched
    assert not {"SA-02", "DS-15b", "DS-19b", "DS-14b"} & switched


@pytest.mark.parametrize(
    ("day", "applies"), [(date(2025, 8, 31), False), (date(2025, 9, 1), True), (date(2031, 1, 1), True)]
)
def test_a_duty_applies_from_its_day_on(day: date, applies: bool):
    assert load("cn").duty("LB-05a").applies_on(day) is applies


@pytest.mark.parametrize(
    ("record", "least", "by"),
    [
        ("log", (6, "month"), {"CSL-23c", "DS-10c", "DS-16b"}),
        ("recipient_log", (6, "month"), {"LB-09b"}),
        ("impact_assessment", (3, "year"), {"PI-55", "FR-09"}),
        ("sharing_record", (3, "year"), {"ND-12"}),
        ("personal", None, set()),
        ("consent", None, set()),
        ("decision", None, set()),
        ("case", None, set()),
        ("unheard_of", None, set()),
    ],
)
def test_the_longest_minimum_rules_a_class_of_records(record: str, least: tuple[int, str] | None, by: set[str]):
    kept = load("cn").retention_of(record)

    assert (kept.least and (kept.least.value, kept.least.unit)) == least
    assert set(kept.least_by) == by
    assert kept.most is None


def test_a_class_without_a_number_still_names_who_speaks_of_it():
    assert "PI-19" in load("cn").retention_of("personal").named_by


def test_a_minimum_counts_from_the_day_on_which_its_duty_does():
    before = load("cn").retention_of("recipient_log", date(2025, 8, 31))

    assert before.least is None


def test_a_rulebook_like_another_takes_its_label():
    assert load("kr").label == load("eu").label
    assert load("us").notices == load("us-ca").notices


def test_the_digest_is_of_the_content(raw: dict[str, Any]):
    changed = copy.deepcopy(raw)
    changed["duties"][0]["text"]["en"] += "."

    assert load("cn").digest() == Rulebook.model_validate(raw).digest()
    assert load("cn").digest() != Rulebook.model_validate(changed).digest()


# ── What the schema refuses ─────────────────────────────────────────────────────────────────────────


def _duty(raw: dict[str, Any], duty_id: str) -> dict[str, Any]:
    return next(duty for duty in raw["duties"] if duty["id"] == duty_id)


REFUSED: dict[str, tuple[Any, str]] = {
    "a value whose duty is not listed": (lambda r: r["label"]["rhythm"].update(duty="LT-99"), "LT-99"),
    "a clause whose duty is not listed": (lambda r: r["clauses"][0].update(duty="LB-99"), "LB-99"),
    "a clause without its parameter": (lambda r: r["clauses"][0].update(parameter="label.none"), "label.none"),
    "a value without its clause": (lambda r: r["label"]["rhythm"].pop("clause"), "clause"),
    "a value without its mark": (lambda r: r["label"]["rhythm"].pop("mark"), "mark"),
    "a value without itself": (lambda r: r["label"]["rhythm"].pop("value"), "value"),
    "a text in one language": (lambda r: r["duties"][0]["text"].update(en=""), "both languages"),
    "a text in a third language": (lambda r: r["duties"][0]["text"].update(fr="non"), "nothing else: fr"),
    "an unknown key": (lambda r: r["duties"][0].update(color="red"), "color"),
    "an unknown key of the rulebook": (lambda r: r.update(tax=1), "tax"),
    "a duty twice": (lambda r: r["duties"].append(r["duties"][0]), "listed twice: AR-02"),
    "an unknown fact": (lambda r: r["duties"][0].update(when=["rain"]), "unknown facts: rain"),
    "an unknown instrument": (lambda r: r["duties"][0].update(instrument="ZZ"), "unknown instrument: ZZ"),
    "an unknown class of records": (
        lambda r: r["duties"][0].update(retention=[{"record": "dreams"}]),
        "unknown records: dreams",
    ),
    "an unknown actor": (lambda r: r["duties"][0].update(actors=["XX"]), "actors"),
    "an unknown unit": (lambda r: _duty(r, "AR-24a")["clocks"][0].update(unit="moon"), "unit"),
    "a clock that nobody sets": (lambda r: _duty(r, "AR-24a")["clocks"][0].pop("value"), "set_by"),
    "a clock that runs backwards": (lambda r: _duty(r, "AR-24a")["clocks"][0].update(value=-1), "greater than"),
    "a name twice in a duty": (lambda r: _duty(r, "DS-19a")["clocks"][1].update(name="file"), "named twice: file"),
    "a number that is not its parameter": (
        lambda r: _duty(r, "LT-02")["numbers"][0].update(value=0.04),
        "not the value of label.glyph_height_ratio",
    ),
    "a number of an unknown parameter": (
        lambda r: _duty(r, "LT-02")["numbers"][0].update(parameter="label.size"),
        "no label.size",
    ),
    "an id of no form": (lambda r: r["duties"][0].update(id="art. 2"), "pattern"),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_the_schema_refuses(raw: dict[str, Any], reason: str):
    spoil, told = REFUSED[reason]
    changed = copy.deepcopy(raw)
    spoil(changed)

    with pytest.raises(ValidationError, match=re.escape(told)):
        Rulebook.model_validate(changed)


# ── A folder of files ───────────────────────────────────────────────────────────────────────────────

SMALL = """
id = "xx"
jurisdiction = { zh = "某地", en = "Somewhere" }
language = "en"
valid_from = 2026-01-01
like = "eu"
[instruments]
LAW = { zh = "某法", en = "A law" }
"""
DUTIES = """
[defaults]
instrument = "LAW"
mark = "read"
valid_from = 2026-02-01
[[duties]]
id = "XX-1"
text = { zh = "做某事", en = "Do a thing" }
[[duties]]
id = "XX-2"
mark = "memory"
text = { zh = "做另一事", en = "Do another" }
"""


def _folder(tmp_path: Path, **contents: str) -> Path:
    for name, told in contents.items():
        (tmp_path / f"{name}.toml").write_text(told, encoding="utf-8")
    return tmp_path


def test_a_folder_is_one_rulebook(tmp_path: Path):
    rulebook = read(_folder(tmp_path, marks=SMALL, duties=DUTIES))

    assert [(duty.id, duty.mark, str(duty.valid_from)) for duty in rulebook.duties] == [
        ("XX-1", "read", "2026-02-01"),
        ("XX-2", "memory", "2026-02-01"),
    ]
    assert rulebook.label == load("eu").label


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ('id = "yy"', "another file says id already"),
        ('[instruments]\nLAW = { zh = "别的法", en = "Another law" }', "another file says instruments.LAW already"),
        ("[defaults]\ncolor = 1", "color"),
        ("id =", r"more\.toml: not valid TOML"),
        ("[[duties]]\nid = 'XX-3'\ntext = { zh = '做', en = 'Do' }", "instrument"),
    ],
)
def test_what_does_not_fit_together_is_refused(tmp_path: Path, more: str, told: str):
    with pytest.raises(ValueError, match=told):
        read(_folder(tmp_path, marks=SMALL, duties=DUTIES, more=more))


def test_like_and_a_section_of_its_own_do_not_go_together(tmp_path: Path):
    with pytest.raises(ValueError, match="label"):
        read(_folder(tmp_path, marks=SMALL + "[label]\n", duties=DUTIES))

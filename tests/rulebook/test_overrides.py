"""The operator's own numbers: always shown, never silent."""

from __future__ import annotations

from pathlib import Path

import pytest

from overt.errors import SetupError
from overt.rulebook import load

ONE = """
[[override]]
duty = "{duty}"
name = "{name}"
value = {value}
{unit}
reason = {{ zh = "客户要求", en = "Our customers ask for it" }}
by = "Data officer"
on = 2026-11-01
"""


def _file(tmp_path: Path, *rows: tuple[str, str, float, str]) -> Path:
    path = tmp_path / "numbers.toml"
    told = [
        ONE.format(duty=duty, name=name, value=value, unit=f'unit = "{unit}"' if unit else "")
        for duty, name, value, unit in rows
    ]
    path.write_text("".join(told), encoding="utf-8")
    return path


def test_a_minimum_is_lengthened(tmp_path: Path):
    rulebook = load("cn", _file(tmp_path, ("CSL-23c", "log.least", 12, "")))
    kept = rulebook.retention_of("log")

    assert kept.least is not None
    assert (kept.least.value, kept.least.unit, kept.least_by) == (12, "month", ("CSL-23c",))


def test_a_minimum_that_is_shortened_stays_visible(tmp_path: Path):
    rulebook = load("cn", _file(tmp_path, ("LB-09b", "recipient_log.least", 30, "day")))
    (told,) = rulebook.overridden

    assert (told.duty, told.name, told.was, told.was_unit) == ("LB-09b", "recipient_log.least", 6, "month")
    assert (told.value, told.unit, told.by, str(told.on)) == (30, "day", "Data officer", "2026-11-01")
    assert (told.reason.zh, told.reason.en) == ("客户要求", "Our customers ask for it")


def test_a_limit_that_the_law_leaves_open_is_set(tmp_path: Path):
    assert load("cn").duty("AR-22").clock("answer").value is None

    rulebook = load("cn", _file(tmp_path, ("AR-22", "answer", 15, "")))

    assert rulebook.duty("AR-22").clock("answer").value == 15
    assert rulebook.overridden[0].was is None


def test_at_once_becomes_hours(tmp_path: Path):
    clock = load("cn", _file(tmp_path, ("AR-09c", "stop", 2, "hour"))).duty("AR-09c").clock("stop")

    assert (clock.value, clock.unit) == (2, "hour")


def test_a_number_is_set(tmp_path: Path):
    assert load("cn", _file(tmp_path, ("GS-06", "words", 20000, ""))).duty("GS-06").number("words").value == 20000


def test_a_most_is_set_where_there_was_none(tmp_path: Path):
    kept = load("cn", _file(tmp_path, ("PI-19", "personal.most", 90, "day"))).retention_of("personal")

    assert kept.most is not None
    assert (kept.most.value, kept.most_by) == (90, ("PI-19",))


def test_the_digest_says_that_a_number_is_other(tmp_path: Path):
    before = load("cn").digest()

    assert load("cn", _file(tmp_path, ("CSL-23c", "log.least", 12, ""))).digest() != before


def test_the_rulebook_itself_stays_as_it_is(tmp_path: Path):
    load("cn", _file(tmp_path, ("CSL-23c", "log.least", 12, "")))

    assert load("cn").overridden == ()
    assert load("cn").duty("CSL-23c").retention[0].least is not None
    assert load("cn").duty("CSL-23c").retention[0].least.value == 6


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([("CSL-99", "log.least", 12, "")], "no such duty; it has AR-02"),
        ([("CSL-23c", "logs.least", 12, "")], "it has log.least, log.most"),
        ([("CSL-23c", "log", 12, "")], "it has log.least, log.most"),
        ([("AR-24a", "fil", 5, "")], "it has file, filing.least"),
        ([("AR-04", "fine", 5, "")], "it has none"),
        ([("CSL-23c", "log.least", 12, "hour")], "day, month or year"),
        ([("PI-19", "personal.most", 90, "")], "day, month or year"),
        ([("CSL-23c", "log.most", 1, "month")], "shorter than the least"),
        ([("CSL-23c", "log.least", 12, ""), ("CSL-23c", "log.least", 13, "")], "set twice"),
        ([("LT-02", "glyph_height", 0.01, "")], "label.glyph_height_ratio"),
        ([("CSL-23c", "log.least", -1, "")], "greater than or equal"),
        ([("CSL-23c", "log.least", 1, "moon")], "unit"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, rows: list[tuple[str, str, float, str]], told: str):
    with pytest.raises(SetupError, match=told) as caught:
        load("cn", _file(tmp_path, *rows))

    assert "overrides" in caught.value.diagnostics().en


def test_a_file_that_is_no_toml_is_named(tmp_path: Path):
    path = tmp_path / "numbers.toml"
    path.write_text("[[override", encoding="utf-8")

    with pytest.raises(SetupError, match=r"numbers\.toml: not valid TOML"):
        load("cn", path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(SetupError, match="cannot be read"):
        load("cn", tmp_path / "none.toml")


def test_a_reason_is_needed(tmp_path: Path):
    path = _file(tmp_path, ("CSL-23c", "log.least", 12, ""))
    path.write_text("\n".join(row for row in path.read_text().splitlines() if "reason" not in row), encoding="utf-8")

    with pytest.raises(SetupError, match="reason"):
        load("cn", path)

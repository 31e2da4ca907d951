"""Every row of the register of duties is in the rulebooks, as the register has it.

The register lies beside the checkout; where it does not, there is nothing to compare with.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from overt.rulebook import Duty, available, load

REGISTER = Path(__file__).parents[3] / "shared" / "law" / "duties.md"
pytestmark = pytest.mark.skipif(not REGISTER.is_file(), reason="the register of duties is not beside the checkout")

_ROW = re.compile(
    r"^\| ((?:AR|DS|GA|LB|LT|SA|CSL|DSL|PI|ND|IR|CA|MN|FR|AN|IS|CC|CR|AF|CV|XB|ET|AC|EC|GF|GS|XM)-\w+) \|"
)
_LEFT_OUT = {"XM-DK1", "XM-JP"}
"""Not adopted when last seen; without any duty."""
_DENIED = {"GA-14a"}
"""Rows whose bold number is what the law does not say."""
_FACTORS = {"": 1, "million": 1e6, "trillion": 1e12, "billion": 1e9}
_NUMBER = re.compile(r"(\d[\d,]*)(?: (million|billion|trillion))?")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def _rows() -> dict[str, list[str]]:
    rows: dict[str, list[str]] = {}
    told = REGISTER.read_text(encoding="utf-8").partition("\n## 8.")[0] if REGISTER.is_file() else ""
    for line in told.splitlines():
        if (found := _ROW.match(line)) and found[1] not in _LEFT_OUT:
            rows[found[1]] = [cell.strip() for cell in line.strip("|").split("|")]
    return rows


ROWS = _rows()


@pytest.fixture(scope="module")
def duties() -> dict[str, Duty]:
    return {duty.id: duty for name in available() for duty in load(name).duties}


def test_the_rulebooks_have_the_registers_duties_and_no_others(duties: dict[str, Duty]):
    assert set(duties) == set(ROWS)


def test_the_marks_are_the_registers(duties: dict[str, Duty]):
    wrong = []
    for duty_id, row in ROWS.items():
        first, *others = re.findall(r"\[(read2?|memory)\]", row[-1])
        kept = duties[duty_id]
        # What is verified less says so where it stands, or in the note.
        told = not others or kept.note or {number.mark for number in kept.numbers} & set(others)
        if kept.mark != first or not told:
            wrong.append(duty_id)
    assert wrong == []


def test_the_articles_are_the_registers(duties: dict[str, Duty]):
    assert [each for each, row in ROWS.items() if duties[each].article not in " ".join(row[1:3])] == []


def _bold(duty_id: str) -> list[str]:
    return re.findall(r"\*\*(.+?)\*\*", " | ".join(ROWS[duty_id]))


def test_every_bold_number_is_data(duties: dict[str, Duty]):
    wrong = []
    for duty_id in sorted(ROWS.keys() - _DENIED):
        duty = duties[duty_id]
        held = {number.value for number in duty.numbers} | {clock.value for clock in duty.clocks}
        held |= {span.value for kept in duty.retention for span in (kept.least, kept.most) if span}
        held |= {100 * number.value for number in duty.numbers}  # The register writes 5 % for 0.05.
        for bold in _bold(duty_id):
            for digits, factor in _NUMBER.findall(_DAY.sub("", bold)):
                value = float(digits.replace(",", ""))
                # "100,000–1 million" and "50 million or 5 %": the word may belong to another number.
                if not held & {value * _FACTORS[factor], value, value * 1e6}:
                    wrong.append((duty_id, bold))
    assert wrong == []


def test_every_bold_day_is_data(duties: dict[str, Duty]):
    wrong = []
    for duty_id in ROWS:
        duty = duties[duty_id]
        note = duty.note.zh if duty.note else ""
        for year, month, day in re.findall(r"(\d{4})-(\d\d)-(\d\d)", " | ".join(_bold(duty_id))):
            written = f"{year} 年 {int(month)} 月 {int(day)} 日"
            if str(duty.valid_from) != f"{year}-{month}-{day}" and written not in note:
                wrong.append((duty_id, f"{year}-{month}-{day}"))
    assert wrong == []

from __future__ import annotations

import pytest
from pydantic import ValidationError

from overt.media.budget import GIB, INSPECTION, MARKING, MIB, Budget


def test_a_settings_file_may_speak_of_mebibytes():
    budget = Budget.model_validate({"memory": "512 MiB", "max_bytes": "2GB", "cpu_s": 5, "max_pixels": 1_000})

    assert (budget.memory, budget.max_bytes, budget.cpu_s) == (512 * MIB, 2 * 10**9, 5.0)
    assert budget.wall_s == INSPECTION.wall_s


@pytest.mark.parametrize(
    "table",
    [
        pytest.param({"memori": 1}, id="unknown name"),
        pytest.param({"memory": 0}, id="nothing at all"),
        pytest.param({"memory": "much"}, id="no size"),
        pytest.param({"memory": -1}, id="negative size"),
        pytest.param({"wall_s": float("inf")}, id="for ever"),
        pytest.param({"cpu_s": 0}, id="no time"),
        pytest.param({"max_pixels": -4}, id="negative count"),
    ],
)
def test_a_limit_that_makes_no_sense_is_refused(table):
    with pytest.raises(ValidationError):
        Budget.model_validate(table)


def test_a_budget_is_fixed():
    with pytest.raises(ValidationError):
        INSPECTION.memory = GIB  # type: ignore[misc]


def test_marking_may_cost_at_least_what_inspection_may():
    for name in Budget.model_fields:
        assert getattr(MARKING, name) >= getattr(INSPECTION, name), name


def test_every_limit_says_its_unit_and_its_reason():
    for name, field in Budget.model_fields.items():
        assert field.description, name
        assert field.description.startswith(("Bytes", "Seconds", "Pixels", "Levels", "Chunks")), name

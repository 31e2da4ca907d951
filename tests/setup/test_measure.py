from __future__ import annotations

import pytest

from overt.gate.policy.cases import Rate, cases
from overt.settings import Setup
from overt.setup.measure import measure, rows


def test_the_test_set_is_large_and_nothing_stands_in_it_twice() -> None:
    good, bad = cases("good"), cases("bad")
    assert (len(good) >= 120, len(bad) >= 120) == (True, True)
    assert len({(each.prompt, each.purpose) for each in good + bad}) == len(good + bad)


@pytest.mark.slow
def test_cases_go_through_the_real_gate(house: Setup) -> None:
    """A part of the set: what rests on consent, identity and purpose must not move; words are another matter."""
    good = measure(house, cases("good")[::8])
    assert [each for each in good if each.outcome == "refuse"] == []
    unasked = [each for each in cases("bad") if any(state not in ("given", "fictional") for _, state in each.shows)]
    bad = measure(house, unasked[::6])
    assert [each for each in bad if each.outcome == "allow"] == []
    told = rows(good + bad)
    assert told[-1].allowed.hits + told[-1].held.hits + told[-1].refused.hits == len(good + bad)


@pytest.mark.parametrize(
    ("rate", "low", "high"), [(Rate(0, 144), 0.0, 0.02598), (Rate(19, 120), 0.10377, 0.23409), (Rate(0, 0), 0.0, 1.0)]
)
def test_intervals_are_wilson_s(rate: Rate, low: float, high: float) -> None:
    assert rate.interval == pytest.approx((low, high), abs=1e-5)

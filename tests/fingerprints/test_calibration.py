"""What distances are worth: the table that was measured, and how it is asked."""

from __future__ import annotations

import pytest

from overt.fingerprints.calibration import FLOOR, Calibration, alike, calibrations, error_rate

TABLE = Calibration("bits", 31, 1000, 10, "counted", (10.0, 20.0, 30.0), (1e-12, 1e-3, 1e-1))


def test_between_two_distances_the_larger_rate_holds() -> None:
    assert TABLE.error_rate(20) == 1e-3
    assert TABLE.error_rate(20.5) == 1e-1


def test_nothing_is_surer_than_what_can_be_measured() -> None:
    assert TABLE.error_rate(0) == FLOOR


def test_beyond_the_table_nothing_is_known() -> None:
    assert TABLE.error_rate(31) == 1


def test_a_table_that_falls_is_refused() -> None:
    with pytest.raises(ValueError, match="rise"):
        Calibration("bits", 31, 1000, 10, "counted", (10.0, 20.0), (1e-1, 1e-3))


@pytest.mark.parametrize("kind", ["pdq", "points", "film", "sound"])
def test_what_was_measured_is_there(kind: str) -> None:
    measured = calibrations()[kind]
    assert measured.pairs >= 2500
    assert measured.error_rate(measured.alike) <= 1e-6
    assert error_rate(kind, measured.distances[-1]) > 1e-3
    assert alike(kind, measured.alike)
    assert not alike(kind, measured.alike + 0.1)

"""What nobody knows how to do cannot be allowed."""

from __future__ import annotations

from datetime import UTC, datetime

from gating import ask
from overt.gate.techniques import Techniques


def test_unknown_techniques_are_refused_and_the_known_ones_named() -> None:
    step = Techniques(("image_generation", "other"))
    at = datetime.now(UTC)
    assert [each.outcome for each in step.look(ask("somebody"), at)] == ["allow"]
    (found,) = step.look(ask("somebody", techniques=("image_generation", "magic")), at)
    assert found.outcome == "refuse"
    assert "magic" in found.reasons[0].text.zh
    assert "other" in found.reasons[0].text.zh

"""When two fingerprints count as alike, and how sure that is. Pure rules.

A match is a reading, never a verdict: it says that two things are alike, how far apart they are in the unit of their
kind, and how often things that have nothing to do with each other are as alike (`overt.fingerprints.calibration`,
measured). Where a copy was looked up among many contents, chance had as many tries: the error rate is multiplied
by them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from overt.fingerprints import calibration, film, pdq, points, sound, text
from overt.fingerprints.model import Comparison, Fingerprint, Kind

if TYPE_CHECKING:
    from collections.abc import Callable

LEAST_RATE = 0.01
"""Two things match where strangers are as alike at most so often, over all tries."""


@dataclass(frozen=True, slots=True)
class Match:
    """A content that is like a copy in one kind of fingerprint.

    `error_rate` is the chance of such a likeness over all `tries`, 0 to 1.
    """

    kind: Kind
    comparison: Comparison
    error_rate: float
    tries: int = 1


_ONE: dict[Kind, Callable[[Fingerprint, Fingerprint], Comparison]] = {"pdq": pdq.compare, "text": text.compare}
_SEVERAL: dict[Kind, Callable[[Sequence[Fingerprint], Fingerprint], Comparison]] = {
    "film": film.compare,
    "points": points.compare,
    "sound": sound.compare,
}


def compared(queries: Sequence[Fingerprint], reference: Fingerprint) -> Comparison | None:
    """A copy's fingerprints of one kind beside a content's; None where they cannot be compared."""
    if not queries or not len(reference) or queries[0].made_by != reference.made_by or not len(queries[0]):
        return None
    if several := _SEVERAL.get(queries[0].kind):
        return several(queries, reference)
    return _ONE[queries[0].kind](queries[0], reference)


def match(comparison: Comparison, tries: int = 1) -> Match | None:
    """The match, or None where chance may have made it."""
    if not calibration.alike(comparison.kind, comparison.distance):
        return None
    rate = min(1.0, calibration.error_rate(comparison.kind, comparison.distance) * max(1, tries))
    return Match(comparison.kind, comparison, rate, tries) if rate <= LEAST_RATE else None

"""What a distance is worth: how often two contents that have nothing to do with each other come as near as that.

The numbers are data (`calibration.toml`), measured by the benchmarks on pairs of different contents. For each kind
there is a table of distances and, for each, an upper bound of the share of pairs at that distance or nearer: that of
Clopper and Pearson (95 %) as far as pairs were seen, and beyond them a tail that falls exponentially with the slope of
what was seen, never below `FLOOR`. A bound is for *one* pair: who asks an index of n contents multiplies by n.
"""

from __future__ import annotations

import tomllib
from bisect import bisect_left
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from overt.fingerprints.model import Kind

FLOOR = 1e-9
"""No bound is lower, whatever the tail says: nobody measured it."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was measured for one kind.

    Attributes:
        unit: what the distances are.
        alike: the distance up to which a comparison is reported as a match.
        pairs: how many pairs of different contents were compared, of how many `sources`.
        how: the method, in a sentence.
        distances: ascending, from the nearest.
        rates: for each distance the upper bound of the share of pairs as near or nearer.
    """

    unit: str
    alike: float
    pairs: int
    sources: int
    how: str
    distances: tuple[float, ...]
    rates: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.distances) != len(self.rates) or not self.distances:
            raise ValueError("each distance has one rate")
        if list(self.distances) != sorted(self.distances) or list(self.rates) != sorted(self.rates):
            raise ValueError("distances and rates rise")

    def error_rate(self, distance: float) -> float:
        """The bound at the nearest distance of the table that is not smaller; 1 beyond its end."""
        place = bisect_left(self.distances, distance)
        return max(FLOOR, self.rates[place]) if place < len(self.rates) else 1.0


@cache
def calibrations() -> dict[str, Calibration]:
    """What was measured, by kind."""
    source = resources.files("overt.fingerprints").joinpath("calibration.toml").read_text("utf-8")
    return {
        kind: Calibration(**table | {name: tuple(map(float, table[name])) for name in ("distances", "rates")})
        for kind, table in tomllib.loads(source).items()
    }


def error_rate(kind: Kind, distance: float) -> float:
    """How likely two contents that have nothing to do with each other are at most this far apart, at most."""
    return calibrations()[kind].error_rate(distance)


def alike(kind: Kind, distance: float) -> bool:
    """Whether a comparison is near enough to be reported as a match."""
    return distance <= calibrations()[kind].alike

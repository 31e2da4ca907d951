"""How much one caller may ask for: a bucket of tokens for each address, and the size of a body."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Final

MOST_CALLERS: Final = 10_000
"""Addresses that are remembered; the one that was silent longest is forgotten first."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many requests at once, and so many a minute."""

    at_once: int
    a_minute: float


class Buckets:
    """A bucket for each caller, which fills again as time goes by. For one thread."""

    def __init__(self, allowance: Allowance, clock: Callable[[], float] = monotonic) -> None:
        self._allowance = allowance
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, caller: str) -> float:
        """Takes a token: 0, or the seconds until there is one."""
        now = self._clock()
        left, since = self._left.pop(caller, (float(self._allowance.at_once), now))
        a_second = self._allowance.a_minute / 60
        left = min(float(self._allowance.at_once), left + (now - since) * a_second)
        if left >= 1:
            self._remember(caller, left - 1, now)
            return 0.0
        self._remember(caller, left, now)
        return (1 - left) / a_second

    def _remember(self, caller: str, left: float, now: float) -> None:
        self._left[caller] = (left, now)
        if len(self._left) > MOST_CALLERS:
            self._left.popitem(last=False)

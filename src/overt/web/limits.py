"""How much one caller may ask for: who counts as one, a bucket of tokens for each, and growing waits for guesses.

All of it is kept in memory: a restart of the service forgets it, which no stranger can bring about.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from time import monotonic
from typing import Final

MOST_CALLERS: Final = 10_000
"""Addresses that are remembered; the one that was silent longest is forgotten first."""
_LONGEST_WAIT: Final = 15 * 60.0
_FORGET: Final = 24 * 3600.0
_MOST_FORWARDED: Final = 2000  # Characters of the header.


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


class Waits:
    """Growing waits for whoever guesses: `free` attempts, then one second, two, four, up to a quarter of an hour.

    An attempt is counted before it is looked at, so that many at the same time are counted, too. For several threads.
    """

    def __init__(self, free: int, clock: Callable[[], float] = monotonic) -> None:
        self._free = free
        self._clock = clock
        self._tried: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._lock = threading.Lock()

    def attempt(self, key: str) -> float:
        """Counts an attempt: 0, or the seconds until one is looked at again. One that has to wait is not counted."""
        with self._lock:
            now = self._clock()
            count, last = self._tried.get(key, (0, now))
            if now - last > _FORGET:
                count = 0
            left = last + self._pause(count) - now
            if left > 0:
                return left
            self._tried[key] = (count + 1, now)
            self._tried.move_to_end(key)
            if len(self._tried) > MOST_CALLERS:
                self._tried.popitem(last=False)
            return 0.0

    def succeeded(self, key: str) -> None:
        """Forgets the attempts: it was no guess."""
        with self._lock:
            self._tried.pop(key, None)

    def _pause(self, count: int) -> float:
        over = count - self._free
        return 0.0 if over < 0 else min(2.0 ** min(over, 30), _LONGEST_WAIT)


def caller(peer: str, forwarded: str, proxies: int) -> str:
    """Whose address counts: the one that the outermost of our `proxies` saw (`X-Forwarded-For`), else the peer's.

    Each proxy appends whom it saw, so that the entry which is that many from the right is ours to believe, and what
    stands left of it is anybody's word. Addresses of IPv6 count by their /64, which is one customer's.
    """
    said = [each.strip() for each in forwarded[-_MOST_FORWARDED:].split(",")] if proxies else []
    seen = said[-proxies] if 0 < proxies <= len(said) else peer
    try:
        address = ip_address(seen.strip("[]"))
    except ValueError:
        return peer
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return f"{IPv6Address(int(address) >> 64 << 64)}/64"
    return str(address)

"""What the benchmarks share: medians of runs that take turns, and a table."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

MEDIA = Path(__file__).resolve().parents[2] / "shared" / "media"
"""Real photos, sound and film beside the checkout; their SOURCES.md says where they are from."""


def seconds(work: Callable[[], object]) -> float:
    """How long one run takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def in_turns(works: dict[str, Callable[[], object]], runs: int) -> dict[str, float]:
    """The median seconds of each. They take turns, so that what else the machine does falls on all of them."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(runs):
        for name, work in works.items():
            times[name].append(seconds(work))
    return {name: statistics.median(each) for name, each in times.items()}


def table(title: str, medians: dict[str, float], peer: str, unit: str = "s") -> None:
    """Each line against the peer: above 1 is faster than it."""
    print(title)
    for name, median in medians.items():
        print(f"  {name:58} {median:9.3f} {unit}   {medians[peer] / median:7.2f} x the speed of {peer}")


def main() -> None:
    """Nothing of its own."""

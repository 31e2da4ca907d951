"""What a kind of media brings to the bench."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

Attack = Callable[[Any, np.random.Generator], Any]


@dataclass(frozen=True)
class Medium:
    """A kind of media: its attacks in groups, and how it is read, rated and counted.

    `read(path, limit)` takes the limit of size from the command line; `plain` is what any program does with the media,
    to compare times with; `units` counts what times are divided by.
    """

    kind: str
    folder: str
    unit: str
    groups: dict[str, dict[str, Attack]]
    read: Callable[[Path, int], Any]
    quality: Callable[[Any, Any], dict[str, float]]
    plain: Callable[[Any], object]
    units: Callable[[Any], float]

    @property
    def attacks(self) -> dict[str, Attack]:
        """All of them by name."""
        return {name: attack for group in self.groups.values() for name, attack in group.items()}


def generator(*names: str) -> np.random.Generator:
    """The random numbers that belong to these names, the same in every run."""
    return np.random.default_rng(zlib.crc32("/".join(names).encode()))

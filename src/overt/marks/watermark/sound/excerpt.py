"""A piece of sound that knows where in the whole it lies, and the queue in which hours of sound pass by in pieces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Sound, float32, samples x channels, of `rate` samples a second; its first sample is number `begin` of the whole.

    Outside of it there is silence.
    """

    samples: Floats
    rate: float
    begin: int = 0

    @property
    def end(self) -> int:
        """The number of the sample behind the last."""
        return self.begin + len(self.samples)

    def between(self, begin: int, end: int) -> Floats:
        """Samples `begin` to `end` of the whole."""
        inside = self.samples[max(begin - self.begin, 0) : max(end - self.begin, 0)]
        before = min(max(self.begin - begin, 0), end - begin)
        return np.pad(inside, ((before, end - begin - before - len(inside)), (0, 0)))


class Queue:
    """Sound that comes in pieces of any size and leaves in blocks of one size, each with what lies around it.

    A last block is up to half a block longer or shorter. However the sound came, the blocks are the same. Samples
    that are no numbers become silence.
    """

    def __init__(self, rate: float, block: float, margin: float) -> None:
        self._rate, self._seconds, self._margin = rate, block, int(margin * rate) + 1
        self._held: list[Floats] = []
        self._first = 0  # The number of the first sample held.
        self._count = 0  # How many are held.
        self._blocks = 0

    @property
    def length(self) -> int:
        """How many samples came."""
        return self._first + self._count

    def add(self, samples: Floats) -> Iterator[tuple[Excerpt, int, int]]:
        """Takes a piece, and gives the blocks that are ready: an excerpt, and the borders of the block in it."""
        if not np.isfinite(np.sum(samples)):
            samples = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
        self._held.append(samples)
        self._count += len(samples)
        while self.length >= self._border(self._blocks + 1.5) + self._margin:
            yield self._block(self._border(self._blocks + 1))
            self._blocks += 1
            self._drop(self._border(self._blocks) - self._margin)

    def rest(self) -> Iterator[tuple[Excerpt, int, int]]:
        """The last block, where anything is left."""
        if self.length > self._border(self._blocks):
            yield self._block(self.length)

    def _border(self, block: float) -> int:
        return round(block * self._seconds * self._rate)

    def _block(self, end: int) -> tuple[Excerpt, int, int]:
        if len(self._held) > 1:
            self._held = [np.concatenate(self._held)]
        held = self._held[0][: end + self._margin - self._first]
        return Excerpt(held, self._rate, self._first), self._border(self._blocks), end

    def _drop(self, before: int) -> None:
        gone = max(before - self._first, 0)
        self._held = [self._held[0][gone:]]
        self._first += gone
        self._count -= gone

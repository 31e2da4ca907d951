"""Reading a mark from sound: find the lattice, measure its cells, weigh them by the pilot, decode.

Nothing is known of what was done to the sound. It is read in blocks of half a minute. A block that gives no id by
itself is added up with the others, which is how long and noisy sound gives one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from overt.marks.watermark import code
from overt.marks.watermark.model import PRESENCE_LOG10_P, Found, Place, Presence, Readout
from overt.marks.watermark.sound import lattice, levels, swing, sync, weights
from overt.marks.watermark.sound.excerpt import Queue

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from overt.marks.watermark.code import Bits, Decoded
    from overt.marks.watermark.keys import Key
    from overt.marks.watermark.sound.excerpt import Excerpt

    Floats = NDArray[np.float32]

_BLOCK = 30.0  # Seconds.
_LOOKS = 3  # Places of the pilot that are decoded in a block.
_LEAST, _ANOTHER = 3.5, 5.5
"""A pilot's score below which nothing is decoded, and below which no second place is, once an id was read."""
_LAYERS = 3  # Ids that are looked for in one place, one under the other.
_SHORTEST = 16  # Columns of cells below which there is nothing to look for: a second.


def read(samples: Floats, rate: float, keys: Sequence[Key]) -> Readout:
    """What marks are in sound: float32, samples x channels, of `rate` samples a second, under any of some keys."""
    listening = Listening(rate, keys)
    listening.feed(samples)
    return listening.finish()


class Listening:
    """Reads marks from sound that comes in pieces, so that hours need no more memory than a minute."""

    def __init__(self, rate: float, keys: Sequence[Key]) -> None:
        self._queue = Queue(rate, _BLOCK, 2 * levels.WINDOW)
        self._ears = [
            _Ear(presence, [key for key in keys if key.presence == presence])
            for presence in sorted({key.presence for key in keys})
        ]

    def feed(self, samples: Floats) -> None:
        """Takes the next samples."""
        self._hear(self._queue.add(samples))

    def finish(self) -> Readout:
        """All that was found."""
        self._hear(self._queue.rest())
        ids = [found for ear in self._ears for found in ear.ids.values()]
        seen = [ear.presence for ear in self._ears if ear.presence]
        return Readout(
            tuple(sorted(ids, key=lambda each: each.log10_p)),
            min(seen, key=lambda each: each.log10_p, default=None),
        )

    def _hear(self, blocks: Iterable[tuple[Excerpt, int, int]]) -> None:
        for sound, begin, end in blocks:
            first = int(np.ceil(begin / sound.rate / levels.STEP))
            count = levels.frames(end, sound.rate) - first
            if count < 4 * _SHORTEST:
                continue
            summed = levels.summed(sound, first, count)
            for ear in self._ears:
                ear.hear(_Block(summed, sound.rate, first, begin / sound.rate, end / sound.rate))


@dataclass(frozen=True, slots=True)
class _Block:
    """Summed power spectra, the number of their first frame, and the seconds that they are of."""

    summed: NDArray[np.float64]
    rate: float
    first: int
    start: float
    end: float


@dataclass(slots=True)
class _Ear:
    """What is heard with one presence key."""

    pilot_key: bytes
    keys: list[Key]
    ids: dict[tuple[str, Bits, int], Found] = field(default_factory=dict)
    presence: Presence | None = None
    sums: Floats = field(default_factory=lambda: np.zeros(lattice.room(), np.float32))
    since: float | None = None
    places: int = 0
    looks: int = 0

    def hear(self, block: _Block) -> None:
        """Looks for marks in one block."""
        found = sync.sightings(block.summed, block.rate, self.pilot_key, block.first, _LOOKS)
        self.places += found.places
        least, unread = _LEAST, []
        for sighting in found.best:
            if sighting.score < least:
                continue
            timing = sighting.timing
            place = Place(start=block.start, end=block.end, speed=1 / timing.scale, pitch=timing.pitch)
            measured = swing.measure(levels.banded(block.summed, block.rate, timing.pitch), block.first, timing)
            score = weights.pilot_score(measured, self.pilot_key)
            self._note(code.log10_bound(score, 0, self.places), score, place)
            if self._layers(measured, score, place):
                least = _ANOTHER
            else:
                unread.append((measured, score, place))
        if unread and least == _LEAST:
            self._add(*unread[0])

    def _add(self, measured: swing.Swings, score: float, place: Place) -> None:
        """Adds a block that gave no id to those before it."""
        self.sums += _folded(weights.weights(measured, self.pilot_key) * measured.swing, measured)
        if self.since is None:
            self.since = place.start
        else:
            self._decoded(self.sums, score, replace(place, start=self.since))

    def _layers(self, measured: swing.Swings, score: float, place: Place) -> bool:
        """Whether an id was read; ids that lie under the first are read when that is taken away."""
        for layer in range(_LAYERS):
            weight = weights.weights(measured, self.pilot_key)
            found = self._decoded(_folded(weight * measured.swing, measured), score, place)
            if found is None:
                return layer > 0
            key, decoded = found
            symbols = code.symbols(decoded.value, decoded.bits, lattice.room(), key.secret)
            written = lattice.filled(symbols, self.pilot_key)[measured.columns]
            written[lattice.pilots()[measured.columns]] = 0
            heard = weight * written
            share = float(np.vdot(heard, measured.swing)) / float(np.vdot(heard, heard))
            measured = replace(measured, swing=(measured.swing - share * heard).astype(np.float32))
        return True

    def _decoded(self, soft: Floats, score: float, place: Place) -> tuple[Key, Decoded] | None:
        for key in self.keys:
            for bits in code.SIZES:
                self.looks += 1
                # The n-th look counts as n * (n + 1) tries: the bounds of any number of looks then add up to one.
                tries = self.looks * (self.looks + 1)
                decoded = code.decode(soft, key.secret, bits, tries, hasty=True)
                if decoded is not None:
                    self._keep(key, decoded, score, place)
                    return key, decoded
        return None

    def _keep(self, key: Key, decoded: Decoded, score: float, place: Place) -> None:
        name = (key.name, decoded.bits, decoded.value)
        new = Found(decoded.value, decoded.bits, key.name, decoded.score, decoded.log10_p, place)
        old = self.ids.get(name)
        if old is not None:
            better = new if new.log10_p < old.log10_p else old
            new = replace(better, place=replace(better.place, start=old.place.start, end=place.end))
        self.ids[name] = new
        self._note(decoded.log10_p, score, place)

    def _note(self, log10_p: float, score: float, place: Place) -> None:
        if log10_p <= PRESENCE_LOG10_P and (self.presence is None or log10_p < self.presence.log10_p):
            self.presence = Presence(log10_p, score, place)


def _folded(weighed: Floats, measured: swing.Swings) -> Floats:
    """The data symbols of a period, all periods added up."""
    period = np.zeros((lattice.COLUMNS, lattice.BANDS), np.float32)
    np.add.at(period, measured.columns, weighed)
    return period[~lattice.pilots()]

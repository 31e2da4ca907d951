"""Reading a mark from sound: find the lattice, measure its cells, weigh them by the pilot, decode.

Nothing is known of what was done to the sound. It is read in blocks of half a minute, whose symbols are added up, so
that hours need no more memory than minutes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from overt.marks.watermark import code
from overt.marks.watermark.model import PRESENCE_LOG10_P, Found, Place, Presence, Readout
from overt.marks.watermark.sound import lattice, levels, swing, sync, weights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from overt.marks.watermark.keys import Key

    Floats = NDArray[np.float32]

BLOCK = 30.0
"""Seconds that are looked at together."""
_LOOKS = 3  # Places of the pilot that are decoded, where it is not sure which is right.


@dataclass(frozen=True, slots=True)
class _Block:
    power: Floats
    rate: float
    first_frame: int

    def measured(self, timing: swing.Timing) -> swing.Swings:
        banded = levels.banded(self.power, self.rate, timing.pitch)
        return swing.measure(banded, self.first_frame, timing)


def read(samples: Floats, rate: float, keys: Sequence[Key]) -> Readout:
    """What marks are in sound: float32, samples x channels, of `rate` samples a second, under any of some keys."""
    ids: list[Found] = []
    presence: Presence | None = None
    for each in sorted({key.presence for key in keys}):
        sums = np.zeros((_LOOKS, lattice.room()))
        seen = _read_with(samples, rate, each, [key for key in keys if key.presence == each], sums)
        ids.extend(seen.ids)
        if seen.presence and (presence is None or seen.presence.log10_p < presence.log10_p):
            presence = seen.presence
    return Readout(tuple(sorted(ids, key=lambda found: found.log10_p)), presence)


def _read_with(samples: Floats, rate: float, presence: bytes, keys: Sequence[Key], sums: Floats) -> Readout:
    frames = levels.frames(len(samples), rate)
    per_block = int(BLOCK / levels.STEP)
    ids: dict[tuple[str, int, int], Found] = {}
    best: Presence | None = None
    for first in range(0, frames, per_block):
        count = min(per_block, frames - first)
        if count < lattice.COLUMNS:
            break
        block = _Block(levels.spectrum(samples, rate, first, count), rate, first)
        sighted, places = sync.sightings(block.power, rate, presence, first, _LOOKS)
        for look, sighting in enumerate(sighted):
            timing = sighting.timing
            bound = code.log10_bound(sighting.score, 0, places)
            span = Place(
                start=first * levels.STEP,
                end=(first + count) * levels.STEP,
                speed=1 / timing.scale,
                pitch=timing.pitch,
            )
            if bound <= PRESENCE_LOG10_P and (best is None or bound < best.log10_p):
                best = Presence(bound, sighting.score, span)
            measured = block.measured(timing)
            soft = weights.weighed(measured, presence)
            folded = np.zeros((lattice.COLUMNS, lattice.BANDS))
            np.add.at(folded, measured.columns, soft)
            sums[look] += folded[~lattice.pilots()]
            tries = _LOOKS * len(code.SIZES) * len(keys)
            for key in keys:
                for bits in code.SIZES:
                    decoded = code.decode(folded[~lattice.pilots()].astype(np.float32), key.secret, bits, tries)
                    if decoded is None:
                        continue
                    name = (key.name, bits, decoded.value)
                    if name not in ids or ids[name].log10_p > decoded.log10_p:
                        ids[name] = Found(decoded.value, bits, key.name, decoded.score, decoded.log10_p, span)
                        if best is None or decoded.log10_p < best.log10_p:
                            best = Presence(decoded.log10_p, sighting.score, span)
            if ids:
                break
    return Readout(tuple(ids.values()), best)

"""How much each cell counts: learned from the pilot, which lies in the same sound and met the same fate.

Cells near the noise say little, cells well above it say much, and bands that a codec or a telephone took away say
nothing. How much is measured where the symbols are known, by level above the floor and by band. The pilot is drawn from
the presence key, so that weights do not depend on the signs of an id key (see `watermark.code`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from overt.marks.watermark.sound import lattice

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from overt.marks.watermark.sound.swing import Swings

    Floats = NDArray[np.float32]

_LEVELS = np.array([0.5, 2, 4, 6, 9, 13, 20, 30])  # dB above the floor at which one class ends and the next begins.
_GROUP = 8  # Bands that are weighed together.
_TRUST = 60.0  # How many cells the expectation counts for against what was measured.


def weighed(measured: Swings, presence: bytes) -> Floats:
    """The swings, each times its weight."""
    signs = lattice.pilot(presence)[measured.columns]
    known = signs != 0
    agreement = measured.swing * signs
    expected = np.clip((measured.level + 1) / 8, 0.02, 1)
    overall = max(float(np.sum((agreement * expected)[known]) / (np.sum(np.square(expected)[known]) + 1)), 0.02)
    classes = np.digitize(measured.level, _LEVELS)
    by_level = expected * overall
    weight = np.zeros_like(measured.swing)
    for each in range(len(_LEVELS) + 1):
        there = classes == each
        of_pilot = there & known
        held = np.sum(agreement[of_pilot]) + _TRUST * (np.mean(by_level[there]) if there.any() else 0)
        weight[there] = max(held / (np.count_nonzero(of_pilot) + _TRUST), 0)
    for begin in range(0, lattice.BANDS, _GROUP):
        bands = slice(begin, begin + _GROUP)
        of_pilot, hoped = known[:, bands], weight[:, bands]
        held = np.sum((agreement[:, bands] * hoped)[of_pilot])
        hope = np.sum(np.square(hoped)[of_pilot]) + 1e-9
        trust = _TRUST * overall**2
        weight[:, bands] *= np.clip((held + trust) / (hope + trust), 0, 2)
    found: Floats = (weight * measured.swing).astype(np.float32)
    return found

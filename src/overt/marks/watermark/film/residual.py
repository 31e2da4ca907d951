"""What a reader looks at in a frame: its waves, evened out, where a codec has left some.

Every wave of every block (`lapped`) is divided by the power of its neighbours in place and pitch, so that content does
not drown the mark; below a floor nothing is lifted, for there a codec has left nothing but its own traces.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from overt.marks.watermark.film import lapped

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

FLOOR = 6.0  # The size of a wave (8-bit units, under the window) from which it counts.


def residual(grey: Floats) -> Floats:
    """The fine structure of a grey frame (0 to 255), evened out."""
    waves = lapped.analysed(lapped.fine(grey))
    waves[..., 0] = 0
    sets, down, across, count = waves.shape
    power = np.square(waves).reshape(sets, down, across, lapped.SIDE, lapped.SIDE)
    for axis in (1, 2, 3, 4):
        power = _neighbours(power, axis)
    waves /= power.reshape(sets, down, across, count) / 81 + np.float32(FLOOR**2)
    return lapped.synthesised(waves, (grey.shape[0], grey.shape[1]))


def _neighbours(values: Floats, axis: int) -> Floats:
    """Each value together with the one before and the one behind it."""
    total = values.copy()
    ahead = [slice(None)] * values.ndim
    behind = list(ahead)
    ahead[axis], behind[axis] = slice(1, None), slice(None, -1)
    total[tuple(ahead)] += values[tuple(behind)]
    total[tuple(behind)] += values[tuple(ahead)]
    return total

"""The lattice of cells that carry a mark in sound: bands of pitch by steps of time, repeated every few seconds.

A cell lasts `CELL` seconds and is `WIDTH` Hz wide. Its symbol is a swing of its level: up in the first half and down in
the second for +1, the other way round for -1, as one turn of a sine. The mean level of the cell stays, and what the
sound itself does slowly cancels in the difference of the halves. `COLUMNS` cells of time make a period.

One cell in `PILOT_SHARE` is the pilot's, the others are data. Which they are is no secret; the pilot's signs come from
the presence key.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from overt.marks.watermark import keys

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Doubles = NDArray[np.float64]
    Bools = NDArray[np.bool_]

CELL = 0.06
"""Seconds of a cell: its swing of 17 Hz is faster than speech changes, and slower than any codec's frame."""
COLUMNS = 52
PERIOD = CELL * COLUMNS
LOWEST, WIDTH, BANDS = 200.0, 100.0, 50
"""Hz, Hz and number of the bands. A telephone leaves 32 of them, sound of 8 kHz 38."""
PILOT_SHARE = 5


@cache
def edges() -> Doubles:
    """The borders of the bands in Hz: `BANDS` + 1."""
    return np.linspace(LOWEST, LOWEST + WIDTH * BANDS, BANDS + 1)


@cache
def pilots() -> Bools:
    """Which cells of a period are the pilot's: `COLUMNS` x `BANDS`."""
    count = COLUMNS * BANDS
    where = np.zeros(count, np.bool_)
    where[keys.order(b"overt/watermark/lattice", "pilot", count)[: count // PILOT_SHARE]] = True
    return where.reshape(COLUMNS, BANDS)


def room() -> int:
    """How many data symbols a period carries."""
    return int(np.count_nonzero(~pilots()))


@cache
def pilot(presence: bytes) -> Floats:
    """The pilot's symbols in a period, 0 where data are: `COLUMNS` x `BANDS`."""
    filled = np.zeros((COLUMNS, BANDS), np.float32)
    filled[pilots()] = keys.signs(presence, "pilot", int(np.count_nonzero(pilots())))
    return filled


def filled(data: Floats, presence: bytes) -> Floats:
    """All symbols of a period, for `room()` data symbols: `COLUMNS` x `BANDS`."""
    cells = pilot(presence).copy()
    cells[~pilots()] = data
    return cells

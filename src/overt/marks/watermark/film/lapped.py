"""A picture in lapped blocks of cosine waves, as video codecs see it.

A codec keeps of each small block those waves that are strong enough for its quantiser, and loses the others, with what
was hidden in them. So both the marker (where to hide) and the reader (where to look) work on such waves: the DCT-II of
8 x 8 blocks under a sine window, half overlapping in both directions (Malvar 1992), which gives the plane back when
windowed, turned back and added up.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

SIDE = 8  # Pixels of a block.
HALF = SIDE // 2
COARSE = 3.0  # Pixels (standard deviation): what is coarser is content, and would leak into all waves of a window.


def analysed(plane: Floats, *, windowed: bool = True) -> Floats:
    """The waves of a plane (height x width): 4 sets of overlapping blocks x rows x columns x 64.

    Within a block waves are in rows: those that only run across come first. The first is the block's mean.
    Without the window they are the waves of plain blocks, as a codec has them.
    """
    down, across = _blocks(plane.shape)
    padded = cv2.copyMakeBorder(
        plane,
        HALF,
        down * SIDE + HALF - plane.shape[0],
        HALF,
        across * SIDE + HALF - plane.shape[1],
        cv2.BORDER_REFLECT_101,
    )
    cells = np.empty((4, down, across, SIDE, SIDE), np.float32)
    for index, (y, x) in enumerate(_OFFSETS):
        part = padded[y : y + down * SIDE, x : x + across * SIDE]
        cells[index] = part.reshape(down, SIDE, across, SIDE).swapaxes(1, 2)
    waves: Floats = cells.reshape(-1, SIDE * SIDE) @ _transform(windowed=windowed).T
    return waves.reshape(4, down, across, SIDE * SIDE)


def synthesised(waves: Floats, shape: tuple[int, int]) -> Floats:
    """The plane of these waves: `synthesised(analysed(plane), plane.shape)` is the plane."""
    down, across = _blocks(shape)
    cells = (waves.reshape(-1, SIDE * SIDE) @ _transform(windowed=True)).reshape(4, down, across, SIDE, SIDE)
    padded = np.zeros((down * SIDE + SIDE, across * SIDE + SIDE), np.float32)
    for index, (y, x) in enumerate(_OFFSETS):
        part = padded[y : y + down * SIDE, x : x + across * SIDE]
        part += cells[index].swapaxes(1, 2).reshape(down * SIDE, across * SIDE)
    return padded[HALF : HALF + shape[0], HALF : HALF + shape[1]]


def fine(plane: Floats) -> Floats:
    """A plane without what is coarser than a block."""
    return np.asarray(plane - cv2.GaussianBlur(plane, (0, 0), COARSE), np.float32)


_OFFSETS = ((0, 0), (0, HALF), (HALF, 0), (HALF, HALF))


def _blocks(shape: tuple[int, ...]) -> tuple[int, int]:
    """How many blocks lie in each direction so that every pixel is in two of them."""
    return -(-(shape[0] + HALF) // SIDE), -(-(shape[1] + HALF) // SIDE)


@cache
def _transform(*, windowed: bool) -> Floats:
    """The DCT of a block as one matrix: 64 waves x 64 pixels."""
    at = np.arange(SIDE)
    waves = np.sqrt(2 / SIDE) * np.cos(np.pi * np.outer(at, at + 0.5) / SIDE)
    waves[0] /= np.sqrt(2)
    if windowed:
        waves *= np.sin(np.pi * (at + 0.5) / SIDE)
    return np.kron(waves, waves).astype(np.float32)

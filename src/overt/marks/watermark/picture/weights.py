"""How far each wave that was measured may be believed: from waves to the soft values that the code decodes.

A picture's content speaks loudest in slow waves and along its own directions; a codec or a blur leaves little of fast
waves. So each wave is divided by the strength around it (whitened), limited, and weighted by how much of the pilot is
left at its pitch: the best weight for a signal `a` in noise of variance `1 - a**2` is `a / (1 - a**2)`.

Strengths know no signs, and the pilot's signs come from the presence key: the soft values depend on the id key's signs
in no way, as the p-value of `code` asks.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

from overt.marks.watermark.picture import tile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Complexes = NDArray[np.complex64]

_AROUND = 1.2  # Harmonics (standard deviation) around one that tell its strength.
_PITCHES = 3.0  # Harmonics (standard deviation) of the radius that tell how much of the pilot is left.
_LIMIT = 1.3  # Standard deviations beyond which a wave says no more.
_LEAST = 0.06  # Of the pilot: no pitch is wholly disbelieved.
_MOST = 0.9  # Of the pilot: what is more counts as this much.


def believed(measured: Complexes, presence: bytes) -> Floats:
    """The soft data symbols in the measured waves of an upright tile, in the order of `tile.waves`."""
    whitened = measured / (strength(measured) + np.float32(1e-20))
    signal = np.clip(_pilot_left(whitened, presence) + _LEAST, _LEAST, _MOST)
    weight = (signal / (1 - signal**2))[~tile.pilots()]
    soft = np.clip(tile.soft(whitened), -_LIMIT, _LIMIT)
    return np.asarray(soft * np.repeat(weight, 2), np.float32)


def strength(measured: Complexes) -> Floats:
    """The strength around each wave: 1 for a symbol of deviation 1."""
    rows, columns = _places()
    power = np.square(np.abs(measured)) / 2
    plane = np.zeros(_PLANE, np.float32)
    plane[rows, columns] = np.concatenate([power, power])
    around = cv2.GaussianBlur(plane, (0, 0), _AROUND)[rows, columns][: power.size]
    return np.asarray(np.sqrt(around / _share()), np.float32)


def _pilot_left(whitened: Complexes, presence: bytes) -> Floats:
    """How much of the pilot is left at the pitch of each wave: 1 where all of it is there and nothing else."""
    agrees = (whitened * _pilot(presence).conj()).real[tile.pilots()] / 2
    return np.asarray(_pitches() @ agrees, np.float32)


_PLANE = (2 * tile.REACH + 1, 2 * tile.REACH + 1)


@cache
def _places() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the harmonics and their conjugates lie in the plane of all harmonics."""
    at = np.concatenate([tile.harmonics(), -tile.harmonics()])
    return at[:, 0] + tile.REACH, at[:, 1] + tile.REACH


@cache
def _share() -> Floats:
    """What part of the neighbourhood of each harmonic is used."""
    rows, columns = _places()
    plane = np.zeros(_PLANE, np.float32)
    plane[rows, columns] = 1
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), _AROUND)[rows, columns][: rows.size // 2], np.float32)


@cache
def _pitches() -> Floats:
    """For each harmonic, the weights of the pilot's harmonics by how near they are in radius."""
    radius = np.hypot(*tile.harmonics().T)
    near = np.exp(-0.5 * np.square((radius[:, None] - radius[None, tile.pilots()]) / _PITCHES))
    return np.asarray(near / near.sum(1, keepdims=True), np.float32)


@cache
def _pilot(presence: bytes) -> Complexes:
    return tile.waves(np.zeros(tile.room(), np.float32), presence)

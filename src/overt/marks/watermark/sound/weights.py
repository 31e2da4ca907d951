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

_AUDIBLE, _STEEPNESS = 4.8, 0.8
"""dB above the floor from which a cell is the sound's rather than the noise's, and how sharp the border is."""
_LEVELS = np.array([0.5, 2, 4, 6, 9, 13, 20, 30])
"""dB above the floor at which one class of levels ends and the next begins."""
_GROUP = 8  # Bands that are weighed together.
_TRUST_LEVELS, _TRUST_BANDS = 200.0, 150.0  # Cells that must speak before a class or a group is believed.


def weights(measured: Swings, presence: bytes) -> Floats:
    """The weight of each swing: how much of the mark is expected in it, against its energy."""
    signs = lattice.pilot(presence)[measured.columns]
    known = signs != 0
    agreement = np.where(known, measured.swing * signs, 0)
    energy = np.where(known, np.square(measured.swing), 0)
    gate = _gate(measured.level)
    loud = _fit(agreement, energy, gate)
    faint = min(_fit(agreement, energy, 1 - gate), 1.5 * loud)
    weight = faint + (loud - faint) * gate
    classes = np.digitize(measured.level, _LEVELS)
    for each in range(len(_LEVELS) + 1):
        there = classes == each
        weight[there] *= _believed(agreement[there], energy[there], weight[there], _TRUST_LEVELS * loud**2)
    for begin in range(0, lattice.BANDS, _GROUP):
        bands = np.s_[:, begin : begin + _GROUP]
        weight[bands] *= _believed(agreement[bands], energy[bands], weight[bands], _TRUST_BANDS * loud**2)
    found: Floats = weight.astype(np.float32)
    return found


def pilot_score(measured: Swings, presence: bytes) -> float:
    """How well the swings fit the pilot: a score as those of `watermark.code`, and with the same bound."""
    signs = lattice.pilot(presence)[measured.columns]
    heard = np.where(signs != 0, measured.swing * _gate(measured.level), 0)
    size = float(np.linalg.norm(heard))
    return float(np.vdot(heard, signs)) / size if size else 0.0


def _gate(level: Floats) -> Floats:
    """How much a cell is the sound's, 0 to 1."""
    gate: Floats = 1 / (1 + np.exp(np.clip((_AUDIBLE - level) / _STEEPNESS, -30, 30)))
    return gate


def _fit(agreement: Floats, energy: Floats, share: Floats) -> float:
    """The weight by which swings fit the pilot best, over cells that take part by their share."""
    return max(float(np.sum(agreement * share)), 0.0) / (float(np.sum(energy * share)) + 1)


def _believed(agreement: Floats, energy: Floats, weight: Floats, trust: float) -> float:
    """By which factor some cells fit the pilot better than their weights say, as far as there is evidence."""
    found = float(np.sum(agreement * weight)) + trust
    expected = float(np.sum(energy * np.square(weight))) + trust + 1e-9
    return min(max(found / expected, 0.0), 2.0)

"""Adding up: the waves of all tiles together, each by how much of the mark is in it.

How much of the pilot a tile and a ring of harmonics show tells how much of the data they carry: a caption, a black
corner, the rest of a collage, or the pitch that a codec threw away then do not count. The pilot is drawn from another
key than the data, so that these weights say nothing of the id. The noise is the same everywhere, as the residual is
evened out: the weights are those of the mark's size alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from overt.marks.watermark.picture import pilot, sheet, tile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from overt.marks.watermark.picture.sheet import Sheet

    Floats = NDArray[np.float32]
    Doubles = NDArray[np.float64]
    Complexes = NDArray[np.complex64]

_SHARED = 10  # Harmonics: a ring's own pilots are averaged with so many that are as strong as the whole.
_LEAST = 0.02  # A ring in which no pilot is seen still counts so much.


def added(laid: Sheet, presence: bytes) -> Complexes:
    """The waves of the marked tile (upright sheet), tiles and rings weighed on the pilot."""
    waves = sheet.evened(laid.total(tiles(laid, presence)))
    return np.asarray(waves * _rings(waves, presence), np.complex64)


def tiles(laid: Sheet, presence: bytes) -> Floats:
    """How strong the mark is in each tile, as far as the pilot tells; about 1 where it is everywhere the same."""
    ring, count = sheet.rings()
    total = laid.total()
    power = np.bincount(ring, np.abs(total) ** 2, count) / np.bincount(ring, None, count)
    whitened = laid.waves / np.sqrt(power + 1e-30)[ring].astype(np.float32)
    agreement = pilot.agreement(whitened, presence).sum(1, dtype=np.float64)
    noise = np.sum(np.abs(whitened[:, tile.pilots()]) ** 2, 1, dtype=np.float64) / 2
    cover = laid.cover.astype(np.float64)
    overall = agreement.sum() / cover.sum()
    if overall <= 0:
        return np.ones(len(cover), np.float32)
    # Neighbours are alike, and a tile's own pilot is too weak to go by alone.
    near = np.abs(laid.places[:, None] - laid.places[None]).max(-1) <= 1
    size = (near @ agreement) / (near @ cover)
    chance = (near @ noise) / (near @ cover) ** 2
    # What tiles differ by beyond chance is believed (James and Stein 1961).
    spread = max(float(np.average((size - overall) ** 2 - chance, weights=cover)), 0.0)
    believed = overall + spread / (spread + chance + 1e-30) * (size - overall)
    return np.asarray(np.maximum(believed, 0) / overall, np.float32)


def _rings(waves: Complexes, presence: bytes) -> Floats:
    """The weight of each harmonic: how strong the pilot is in its ring and those beside it."""
    ring, count = sheet.rings()
    kernel = np.array([0.5, 1, 0.5])
    agreement = pilot.agreement(waves, presence)
    seen = np.convolve(np.bincount(ring, agreement, count), kernel, "same")
    places = np.convolve(np.bincount(ring, tile.pilots(), count), kernel, "same")
    overall = agreement.sum() / np.count_nonzero(tile.pilots())
    weights = np.maximum((seen + _SHARED * overall) / (places + _SHARED), _LEAST)
    return weights[ring].astype(np.float32)

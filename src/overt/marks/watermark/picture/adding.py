"""Adding up: the waves of all tiles together, each by how much of the mark is in it.

How much of the pilot a tile shows tells how much of the data it carries: a caption, a black corner or the rest of a
collage then do not count. The pilot is drawn from another key than the data, so that these weights say nothing of the
id. The noise is the same everywhere, as the residual is evened out: the weights are those of the mark's size alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from overt.marks.watermark.picture import pilot, sheet, tile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from overt.marks.watermark.picture.sheet import Sheet

    Floats = NDArray[np.float32]


def tiles(laid: Sheet, presence: bytes) -> Floats:
    """How strong the mark is in each tile, as far as the pilot tells; about 1 where it is everywhere the same."""
    scale = np.abs(sheet.evened(laid.total())) / (np.abs(laid.total()) + 1e-30)
    evened = laid.waves * scale.astype(np.float32)
    agreement = pilot.agreement(evened, presence).sum(1, dtype=np.float64)
    noise = np.sum(np.abs(evened[:, tile.pilots()]) ** 2, 1, dtype=np.float64) / 2
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

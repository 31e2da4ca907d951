"""Decodes a copy and what is kept of a content, and lays one on the other (`overt.tracing.align`).

Opens untrusted bytes: call it through the guarded process.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from overt.marks.keep import picture
from overt.media.budget import Budget, in_force
from overt.tracing.align import Likeness, likeness

Rows = tuple[tuple[float, float, float], ...]


def laid(
    path: Path, container: str, geometry: Rows, kept: Path, size: tuple[int, int], budget: Budget
) -> Likeness | None:
    """The copy at `path` laid on the small picture at `kept` of a content of this size; None where nothing is told.

    Raises `MediaError` where the copy cannot be decoded, or what is kept is gone.
    """
    if len(geometry) != 3:
        return None
    with in_force(budget):
        copy = Image.fromarray(picture.shown(path, container, budget)).convert("L")
    grey = np.asarray(picture.shown(kept, "webp", budget))
    reference = np.asarray(Image.fromarray(grey).convert("L")).astype(np.float32)
    return likeness(np.asarray(copy).astype(np.float32), np.array(geometry, np.float64), reference, size)

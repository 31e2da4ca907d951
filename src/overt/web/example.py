"""A picture with the label as it is configured now: drawn by us, labelled by what labels the real contents.

Made once for each style and rulebook, in memory. It is no content of anybody, is not released, and is in no record.
"""

from __future__ import annotations

import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from overt.errors import OvertError
from overt.marks.label import FILE_ENDING, style
from overt.marks.label.picture.burn import burn, wording
from overt.rulebook import mark_rules
from overt.settings import Setup

_SIZE: Final = (960, 540)


def label_words(setup: Setup) -> str:
    """What the label says."""
    first, second = wording(mark_rules(setup.settings.rulebook).label, style(_style(setup)))
    return f"{first} {second}" if second else first


def example(setup: Setup) -> bytes | None:
    """The example as PNG; None where the label cannot be drawn."""
    try:
        return _drawn(_style(setup), setup.settings.rulebook)
    except OvertError:
        return None


def _style(setup: Setup) -> str:
    name = setup.settings.label.style
    return str(setup.home / name) if name.endswith(FILE_ENDING) else name


@lru_cache(maxsize=4)
def _drawn(named: str, rulebook: str) -> bytes:
    with tempfile.TemporaryDirectory(prefix="overt-example-") as folder:
        source, target = Path(folder) / "plain.png", Path(folder) / "labelled.png"
        _landscape().save(source, "PNG")
        burn(source, target, "png", mark_rules(rulebook).label, style(named))
        return target.read_bytes()


def _landscape() -> Image.Image:
    """Hills under an evening sky: calm, and nobody's."""
    width, height = _SIZE
    x, y = np.arange(width), np.arange(height)[:, None]
    sky = np.stack([70 + 140 * y / height, 110 + 70 * y / height, 160 - 20 * y / height], axis=-1)
    picture = np.broadcast_to(sky, (height, width, 3)).copy()
    for depth, colour in enumerate(((120, 105, 140), (80, 82, 116), (42, 52, 78))):
        ridge = height * (0.52 + 0.13 * depth) - 46 * np.sin(x / (150 - 24 * depth) + 2.1 * depth) - 14 * np.sin(x / 37)
        picture[y > ridge] = colour
    return Image.fromarray(picture.astype(np.uint8))

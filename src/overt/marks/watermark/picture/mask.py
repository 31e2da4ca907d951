"""How much each place of a picture hides: the gain of a mark, in grey levels.

What is seen of a weak pattern depends on the eye's response to its brightness, and on the variation around it: eyes see
in proportion to what is there (contrast masking), down to a floor in what is plain. Brightness is the cube root of
linear light behind the eye's own noise, as in the XYB colours of JPEG XL (ISO/IEC 18181-1), and variation is looked at
in a quarter of the size, where the eye is keenest for the waves that are used. Clean edges count for less than texture,
because the variation is averaged by its square root.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

SHRINK = 4  # Times that the variation is looked at smaller.
WINDOW = 1.5  # Pixels of the small picture (standard deviation) that count as a neighbourhood.
FLOOR = 0.03  # Variation of brightness below which a place counts as plain.
MASKING = 0.6  # The power with which variation hides.
_BIAS = 0.0037930732552754493  # The eye's own light.


def gain(luma: Floats) -> Floats:
    """How many grey levels each place of a picture (luma, 0 to 255, height x width) hides; about 1 if plain."""
    height, width = luma.shape
    levels = np.clip(luma, 0, 255).astype(np.uint8)
    bright: Floats = cv2.LUT(levels, _brightness()[0]).astype(np.float32)
    small = (max(2, width // SHRINK), max(2, height // SHRINK))
    coarse = cv2.resize(bright, small, interpolation=cv2.INTER_AREA)
    mean = cv2.GaussianBlur(coarse, (0, 0), WINDOW)
    square = cv2.GaussianBlur(coarse * coarse, (0, 0), WINDOW)
    variation = np.sqrt(np.maximum(square - mean * mean, 0) + FLOOR**2)
    variation = np.square(cv2.GaussianBlur(np.sqrt(variation), (0, 0), WINDOW))
    hidden = (variation / FLOOR) ** MASKING
    hides = cv2.resize(hidden, (width, height), interpolation=cv2.INTER_LINEAR)
    slope = cv2.LUT(cv2.blur(levels, (5, 5)), _brightness()[1])
    gains: Floats = hides / slope
    return gains


@cache
def _brightness() -> tuple[Floats, Floats]:
    """The brightness of each grey level, and how it grows with it, against level 128."""
    level = np.arange(256) / 255
    light = np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)
    bright = np.cbrt(light + _BIAS) - np.cbrt(_BIAS)
    slope = np.gradient(bright)
    return bright.astype(np.float32), (slope / slope[128]).astype(np.float32)

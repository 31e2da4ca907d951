"""How much each place of a picture hides: the gain of a mark.

What is seen of a weak, fine pattern depends on two things. The eye's response to light: brightness is the cube root of
linear light behind the eye's own noise, as in the XYB colours of JPEG XL (ISO/IEC 18181-1), so that one more grey level
is seen least where it is bright. And the fine texture around it, which masks what is like it (contrast masking).
Texture is averaged over a neighbourhood by a low power: a clean edge in a plain surface counts for little, so that
nothing rings around it; a sky, a cheek or a wall counts as plain.

The powers were found against butteraugli's maps and SSIMULACRA2's scores; nobody looked systematically.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

FINE = 1.0  # Pixels (standard deviation): what is finer than this is texture.
PLAIN = 0.002  # Variation of brightness below which a place counts as plain; white has a brightness of 0.85.
SHRINK = 4  # Times that the map of texture is smaller than the picture.
AROUND = 2.0  # Pixels of that map (standard deviation) that count as a neighbourhood.
AVERAGE = 0.5  # The power by which a neighbourhood is averaged.
MASKING = 0.4  # The power with which texture hides.
ADAPTATION = 0.8  # How far the gain follows the eye's response to light.
_ORDINARY = 0.01  # The variation of brightness at which the gain is about 1.
_OWN_LIGHT = 0.0037930732552754493  # The eye's own noise, in linear light.


def gain(luma: Floats) -> Floats:
    """How many grey levels a place hides beside others: luma from 0 to 255, height x width, about 1 on average."""
    height, width = luma.shape
    levels = np.clip(luma, 0, 255).astype(np.uint8)
    small = (max(2, width // SHRINK), max(2, height // SHRINK))
    bright = np.asarray(cv2.LUT(levels, brightness()), np.float32)
    fine = bright - cv2.GaussianBlur(bright, (0, 0), FINE)
    power = cv2.resize(fine * fine, small, interpolation=cv2.INTER_AREA) + np.float32(PLAIN**2)
    texture = cv2.GaussianBlur(power ** (AVERAGE / 2), (0, 0), AROUND) ** (1 / AVERAGE)
    hides = (texture / _ORDINARY) ** MASKING
    hides *= cv2.LUT(cv2.resize(levels, small, interpolation=cv2.INTER_AREA), _adaptation())
    return np.asarray(cv2.resize(hides, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


@cache
def brightness() -> Floats:
    """The brightness of each grey level."""
    level = np.arange(256) / 255
    light = np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)
    return np.asarray(np.cbrt(light + _OWN_LIGHT) - np.cbrt(_OWN_LIGHT), np.float32)


@cache
def _adaptation() -> Floats:
    """How much one grey level more is hidden at each grey level, against level 128.

    Near black and white half of each wave is cut off, and what is left looks like specks: less there.
    """
    slope = np.gradient(brightness())
    ends = np.interp(np.arange(256), [0, 12, 240, 255], [0.5, 1, 1, 0.5])
    return np.asarray((slope[128] / slope) ** ADAPTATION * ends, np.float32)

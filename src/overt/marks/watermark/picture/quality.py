"""How far a mark may go in one picture: a quick estimate of the SSIMULACRA2 score that it will get.

SSIMULACRA2 (Sneyers 2023, on the SSIM of Wang et al. 2004) sums what is lost over three colours and six sizes. For the
waves of this watermark, grey and fine, most of it is one term: the loss of structure of brightness in a quarter of the
size. That term is computed here as it is there; the other terms hardly depend on the picture and stand as powers of the
strength, fitted to the real metric. The estimate was within one point of it on the pictures of the bench.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from overt.marks.watermark.picture.mask import brightness

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

SIZE = 4  # Times that structure is looked at smaller.
_WINDOW = 1.5  # Pixels there (standard deviation).
_STABLE = 0.0009  # SSIMULACRA2's constant for structure.
_STRUCTURE = 290.0  # What the sum gains by the mean loss of structure: 225 in the metric, and the sizes beside it.
_SQUARE, _LINEAR, _CONSTANT = (
    0.065,
    0.060,
    0.020,
)  # What the other terms give: by strength squared, by strength, at all.
_GAMMA, _SCALES = 0.6276336467831387, (2.326765642916932, -0.020884521182843837, 6.248496625763138e-05)
_WHOLE = 0.9562382616834844


def loss(quarter: Floats, delta: Floats) -> float:
    """The mean loss of structure when `delta` is added, both grey and in a quarter of the size."""
    one, other = (_bright(each) for each in (quarter, quarter + delta))
    mean_one, mean_other = _blurred(one), _blurred(other)
    common = 2 * (_blurred(one * other) - mean_one * mean_other) + _STABLE
    each = _blurred(one * one) - mean_one**2 + _blurred(other * other) - mean_other**2 + _STABLE
    return float(np.mean(np.maximum(1 - (1 - (mean_one - mean_other) ** 2) * common / each, 0)))


def strength_for(score: float, structure: float) -> float:
    """The strength that gets a score, where strength 1 loses `structure`."""
    wanted, low, high = _sum(score), 0.0, 16.0
    while high - low > 1e-3:
        middle = (low + high) / 2
        low, high = (middle, high) if _losses(middle, structure) < wanted else (low, middle)
    return low


def score_of(strength: float, structure: float) -> float:
    """The estimated SSIMULACRA2 of a strength, where strength 1 loses `structure`."""
    lost = _losses(strength, structure) * _WHOLE
    scaled = sum(scale * lost ** (power + 1) for power, scale in enumerate(_SCALES))
    return 100 - 10 * float(scaled**_GAMMA)


def _losses(strength: float, structure: float) -> float:
    return (_STRUCTURE * structure + _SQUARE) * strength**2 + _LINEAR * strength + _CONSTANT


def _sum(score: float) -> float:
    """The sum of losses at a score."""
    low, high = 0.0, 50.0
    scaled = ((100 - score) / 10) ** (1 / _GAMMA)
    while high - low > 1e-6:
        middle = (low + high) / 2
        got = sum(scale * middle ** (power + 1) for power, scale in enumerate(_SCALES))
        low, high = (middle, high) if got < scaled else (low, middle)
    return low / _WHOLE


def _bright(grey: Floats) -> Floats:
    """Brightness between the grey levels, too."""
    within = np.clip(grey, 0, 254.99)
    below = within.astype(np.uint8)
    steps = np.diff(brightness(), append=np.float32(0))
    return np.asarray(cv2.LUT(below, brightness()) + cv2.LUT(below, steps) * (within - below), np.float32)


def _blurred(plane: Floats) -> Floats:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), _WINDOW), np.float32)

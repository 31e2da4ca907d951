"""How far a mark may go in one picture: a quick estimate of the SSIMULACRA2 score that it will get.

SSIMULACRA2 (Sneyers 2023, on the SSIM of Wang et al. 2004) adds up what is lost in three colours and six sizes. What
this watermark loses, being grey and fine, is nearly all in three terms of brightness, which are computed here as they
are there: the mean loss of structure in a quarter of the size, its highest values in full size, and the mean change in
full size. Their weights were fitted to the real metric on 26 pictures: the estimate was within 0.7 points of it there,
0.3 on average, and within 1.1 on six larger ones (1.4 and 2 megapixels).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from overt.marks.watermark.picture.mask import brightness

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

SIZE = 4  # Times that structure is looked at smaller; in full size every fourth pixel is looked at.
_STABLE = 0.0009  # SSIMULACRA2's constant for structure.
_WINDOW, _SAMPLED = 1.5, 0.8  # Pixels (standard deviation) of a neighbourhood, in a quarter and among every fourth.
_STRUCTURE, _PEAKS, _CHANGE = 287.4, 5.18, 32.9  # The weights of the three terms.
_WHOLE, _POWER = 0.9562382616834844, 0.6276336467831387
_SCALES = (2.326765642916932, -0.020884521182843837, 6.248496625763138e-05)


@dataclass(frozen=True, slots=True)
class Visibility:
    """What a mark of strength 1 loses: terms that grow with the strength's square, and with the strength."""

    square: float
    linear: float

    def score(self, strength: float) -> float:
        """The estimated SSIMULACRA2 of a strength."""
        return float(self._scores(np.array([strength]))[0])

    def strength(self, score: float) -> float:
        """The strength that gets a score."""
        strengths = np.linspace(0, 16, 8001)
        return float(np.interp(-score, -self._scores(strengths), strengths))

    def _scores(self, strengths: NDArray[np.float64]) -> NDArray[np.float64]:
        lost = _WHOLE * (self.square * strengths**2 + self.linear * strengths)
        scaled = sum(scale * lost ** (power + 1) for power, scale in enumerate(_SCALES))
        return np.asarray(100 - 10 * np.maximum(scaled, 0) ** _POWER, np.float64)


def visibility(quarter: Floats, sampled: Floats, delta: Floats) -> Visibility:
    """How far a mark is seen.

    Args:
        quarter: the grey picture (0 to 255), averaged to a quarter of its size.
        sampled: every `SIZE`th pixel of it.
        delta: the mark of strength 1, in full size.
    """
    height, width = quarter.shape
    coarse = np.asarray(cv2.resize(delta, (width, height), interpolation=cv2.INTER_AREA), np.float32)
    one = _bright(sampled)
    change = _bright(sampled + np.ascontiguousarray(delta[::SIZE, ::SIZE])) - one
    variation = np.maximum(_blurred(one * one, _SAMPLED) - _blurred(one, _SAMPLED) ** 2, 0)
    peaks = np.square(change) / (2 * variation + _STABLE)
    return Visibility(
        square=_STRUCTURE * _structure_lost(quarter, coarse) + _PEAKS * float(np.mean(np.float64(peaks) ** 4)) ** 0.25,
        linear=_CHANGE * float(np.sqrt(np.mean(np.square(change)))),
    )


def _structure_lost(grey: Floats, delta: Floats) -> float:
    """One minus the mean SSIM of brightness."""
    one, other = _bright(grey), _bright(grey + delta)
    mean_one, mean_other = _blurred(one), _blurred(other)
    common = 2 * (_blurred(one * other) - mean_one * mean_other) + _STABLE
    spread = _blurred(one * one) - mean_one**2 + _blurred(other * other) - mean_other**2 + _STABLE
    return float(np.mean(np.maximum(1 - (1 - (mean_one - mean_other) ** 2) * common / spread, 0)))


def _bright(grey: Floats) -> Floats:
    """Brightness between the grey levels, too."""
    within = np.clip(grey, 0, 254.99)
    below = within.astype(np.uint8)
    steps = np.diff(brightness(), append=np.float32(0))
    return np.asarray(cv2.LUT(below, brightness()) + cv2.LUT(below, steps) * (within - below), np.float32)


def _blurred(plane: Floats, deviation: float = _WINDOW) -> Floats:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), deviation), np.float32)

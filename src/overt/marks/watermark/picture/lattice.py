"""The lattice: size and turn of the tiles, from the lines that a repeating tile leaves in a picture's spectrum.

A tile that repeats leaves power only at the multiples of one over its side, on a square lattice. The residual's power
spectrum, each place divided by its own neighbourhood, is resampled to the logarithm of its radius and to its angle
(Reddy and Chatterji 1996); there a change of size and a turn are shifts, and one correlation with the lattice drawn in
the same way weighs all of them at once. No key is used: every harmonic counts, whatever it carries.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np
from scipy import fft, ndimage

from overt.marks.watermark.picture import tile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

ANGLES = 360  # Steps over a quarter turn; the lattice is the same after it.
STEP = np.pi / 2 / ANGLES  # The same step in the logarithm of the radius.
FINEST = 0.48  # Periods per pixel: the highest waves looked at.
_PADDING = 1.5  # A line that falls between two bins of the transform loses less when it is finer.
_NEIGHBOURHOOD = 31  # Bins: the square by whose mean a place in the spectrum is divided.
_CLIP = 2.0  # A place counts at most this often its neighbourhood, so that edges do not pass for a lattice.


class Lattice(NamedTuple):
    """Tiles of `side` pixels turned by `degrees` (0 to 90), and how far that stands out, in standard deviations."""

    score: float
    side: float
    degrees: float


def lattices(residual: Floats, count: int, sides: tuple[float, float]) -> list[Lattice]:
    """The likeliest lattices in a residual, likeliest first, with tiles of `sides` (least, most) pixels."""
    lowest = tile.RADII[0] / sides[1]
    polar = _polar(_evened_power(residual), lowest)
    scores = _scores(polar, int(np.log(sides[1] / sides[0]) / STEP) + 1)
    peaks = scores == ndimage.maximum_filter(scores, 7, mode=("nearest", "wrap"))
    rows, columns = np.nonzero(peaks)
    likeliest = np.argsort(-scores[rows, columns])[:count]
    return [
        Lattice(float(scores[row, column]), float(sides[1] * np.exp(-STEP * row)), float(np.degrees(STEP * column)))
        for row, column in zip(rows[likeliest], columns[likeliest], strict=True)
    ]


def _evened_power(residual: Floats) -> Floats:
    """The power spectrum (half of it: all waves down, waves across from 0), each place against its neighbourhood."""
    size = [fft.next_fast_len(int(_PADDING * each), real=True) for each in residual.shape]
    spectrum = fft.fftshift(fft.rfft2(residual, size), 0)
    power = spectrum.real**2 + spectrum.imag**2
    around = cv2.blur(power, (_NEIGHBOURHOOD, _NEIGHBOURHOOD), borderType=cv2.BORDER_REFLECT_101)
    return np.asarray(np.minimum(power / (around + 1e-12 * float(power.max()) + 1e-30), _CLIP), np.float32)


def _polar(power: Floats, lowest: float) -> Floats:
    """The spectrum at radii from `lowest` to FINEST (logarithmic) and angles of a quarter turn, less its mean.

    What lies a quarter turn further is added, as the lattice has it too.
    """
    count = int(np.log(FINEST / lowest) / STEP) + 1
    radius = lowest * np.exp(STEP * np.arange(count))[:, None]
    angle = STEP * np.arange(ANGLES)[None]
    along, up = radius * np.cos(angle), radius * np.sin(angle)
    high, wide = power.shape
    tall, broad = float(high), 2.0 * (wide - 1)
    both = [
        cv2.remap(power, (broad * x).astype(np.float32), (tall * y + high // 2).astype(np.float32), cv2.INTER_LINEAR)
        for x, y in ((along, up), (up, -along))
    ]
    polar = both[0] + both[1]
    polar -= polar.mean(1, keepdims=True)
    return np.asarray(polar / (polar.std(1, keepdims=True) + 1e-6), np.float32)


@cache
def _template() -> Floats:
    """The harmonics at their radii (logarithmic, from the smallest) and angles."""
    at = tile.harmonics().astype(np.float64)
    radius, angle = np.hypot(at[:, 0], at[:, 1]), np.arctan2(at[:, 0], at[:, 1]) % (np.pi / 2)
    rows = np.rint(np.log(radius / tile.RADII[0]) / STEP).astype(int)
    columns = np.rint(angle / STEP).astype(int) % ANGLES
    drawn = np.zeros((rows.max() + 1, ANGLES), np.float32)
    drawn[rows, columns] = 1
    return drawn


def _scores(polar: Floats, sizes: int) -> Floats:
    """How well the template fits at each size (rows, the largest tile first) and turn (columns)."""
    template = _template()
    rows = fft.next_fast_len(len(polar) + len(template), real=True)
    product = fft.rfft2(polar, (rows, ANGLES)) * fft.rfft2(template, (rows, ANGLES)).conj()
    scores = fft.irfft2(product, (rows, ANGLES))[:sizes]
    # Of a small tile the upper harmonics are beyond the finest waves: fewer places are added up.
    fitting = np.cumsum(template.sum(1))
    places = fitting[np.clip(len(polar) - 1 - np.arange(sizes), 0, len(template) - 1)]
    return np.asarray(scores / np.sqrt(places + 1)[:, None], np.float32)

"""Puts a watermark into a picture: which waves, where, how strong.

1. The waves of the tile (`tile`), the finer the stronger: what is fine is seen less, down to what a codec or half the
   size still keeps. Their crests are limited, since the highest are seen first.
2. Each place gets what it hides (`mask`).
3. The reader's front end (`residual`) measures the marked picture: symbols that the content speaks against are made
   stronger, at the cost of those for which it speaks. One round.
4. The strength is chosen so that the estimated quality (`quality`) is the wanted one, within limits.

Colours stay as they are: a mark in luma alone survives grey copies, and codecs keep luma best. Pictures larger than
`WORKING_AREA` are looked at in that size, and the mark is enlarged: its waves grow with the picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log10, sqrt
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from overt.errors import UnsupportedError
from overt.language import Text
from overt.marks.watermark import code
from overt.marks.watermark.picture import mask, quality, residual, tile, weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from overt.marks.watermark.code import Bits
    from overt.marks.watermark.keys import Key

    Picture = NDArray[np.integer[Any] | np.floating[Any]]
    Floats = NDArray[np.float32]
    Complexes = NDArray[np.complex64]

SMALLEST = 128
"""Pixels of the longer side below which a picture is not marked."""
TARGET = 88.6
"""The SSIMULACRA2 score that is aimed at: from 90 up nobody sees a difference in direct comparison."""
LEAST_ENERGY = 350_000.0
"""Squared grey levels, summed over the picture, that a mark has at least, whatever the estimate says: 48.5 dB at
768 x 512 pixels. The sum is what a reader has to go by, so that large pictures may be marked more weakly. A narrow
picture has fewer tiles to add up, and its waves are long, where content is strong: it needs more in proportion."""
NARROW = 3.0
"""How many times longer than wide a picture is before it counts as narrow."""
MOST_POWER = 4.6
"""Squared grey levels on average that a mark has at most: 41.5 dB."""
WORKING_AREA = 1_000_000  # Pixels: larger pictures are measured in this size.
CREST = 1.8  # Deviations to which the waves' sum is limited, softly.
SLANT = 2.0  # The power of its pitch with which a wave's size grows ...
FINEST, FALL = 4.5, 4.0  # ... up to about this length in pixels, from where it falls with this power.
USUAL = 1.6  # The strength at which the content is measured.
PULL = 0.4  # How far the round goes towards symbols of equal size.


@dataclass(frozen=True, slots=True)
class Report:
    """What was done.

    `strength`: deviation of the mark in grey levels where the picture hides an ordinary lot. `psnr`: dB, with the
    rounding to 8 bits. `score`: the estimate of SSIMULACRA2. `tiles`: along the longer side.
    """

    strength: float
    psnr: float
    score: float
    tiles: int


@dataclass(frozen=True, slots=True)
class Embedded:
    """A mark: `delta` is to be added to R, G and B alike (8-bit units, float32, height x width)."""

    delta: Floats
    report: Report


def embed(picture: Picture, value: int, bits: Bits, key: Key, *, target: float = TARGET) -> Embedded:
    """The mark that carries an id of `bits` bits in a picture.

    Measured (bench/watermark): the quality by three metrics, and what of the mark survives 46 edits. Not measured:
    whether people see it. A picture without any texture, or nearly white or black all over, may hold too little of it;
    read back what was written.

    Args:
        picture: RGB (height x width x 3) or grey, 0 to 255; more bits as fractions of these levels.
        value: the id.
        bits: 64, or 40 for small pictures (`tile.SMALL`).
        key: the operator's key.
        target: the SSIMULACRA2 score that is aimed at.

    Raises:
        UnsupportedError: the picture is too small.
    """
    height, width = picture.shape[:2]
    _refuse_small(height, width)
    tiles = tile.tiles_for(max(height, width))
    grey = residual.luma(_working(picture))
    wanted = tile.waves(code.symbols(value, bits, tile.room(), key.secret), key.presence)
    delta = _mark(grey, wanted, max(grey.shape) / tiles)
    if delta.shape != (height, width):
        delta = np.asarray(cv2.resize(delta, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
    seen = _visibility(picture, delta)
    power = float(np.mean(np.square(delta)))
    narrow = max(1.0, max(height, width) / min(height, width) / NARROW)
    weakest, strongest = sqrt(narrow * LEAST_ENERGY / (delta.size * power)), sqrt(MOST_POWER / power)
    strength = min(max(seen.strength(target), weakest), strongest)
    delta *= np.float32(strength)
    psnr = 10 * log10(255**2 / (power * strength**2 + 1 / 12))
    return Embedded(delta, Report(strength, psnr, seen.score(strength), tiles))


def pattern(sizes: Complexes, shape: tuple[int, int], side: float) -> Floats:
    """The waves over a picture, of deviation 1 and without their highest crests, for tiles of `side` pixels."""
    drawn = tile.draw(sizes, shape, side)
    drawn /= np.float32(CREST * drawn.std())
    return np.asarray(np.float32(CREST) * np.tanh(drawn), np.float32)


def slanted(side: float) -> Floats:
    """How strong each wave is drawn, for tiles of `side` pixels: mean square 1."""
    length = side / np.hypot(*tile.harmonics().T)
    sizes = length**-SLANT / (1 + (FINEST / length) ** FALL)
    return np.asarray(sizes / np.sqrt(np.mean(np.square(sizes))), np.float32)


def _mark(grey: Floats, wanted: Complexes, side: float) -> Floats:
    """The delta of strength 1 for a grey picture."""
    hides, slant = mask.gain(grey), slanted(side)
    delta = hides * pattern(np.asarray(wanted * slant, np.complex64), grey.shape, side)
    got = tile.measure(residual.residual(grey + np.float32(USUAL) * delta), side)
    got /= weights.strength(got)
    pushed = np.asarray(slant * (wanted + np.float32(PULL) * (wanted - got)), np.complex64)
    return np.asarray(hides * pattern(pushed, grey.shape, side), np.float32)


def _visibility(picture: Picture, delta: Floats) -> quality.Visibility:
    height, width = delta.shape
    small = (-(-width // quality.SIZE), -(-height // quality.SIZE))
    quarter = residual.luma(cv2.resize(picture, small, interpolation=cv2.INTER_AREA))
    return quality.visibility(quarter, residual.luma(picture[:: quality.SIZE, :: quality.SIZE]), delta)


def _working(picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    share = sqrt(WORKING_AREA / (height * width))
    if share >= 1:
        return picture
    return cv2.resize(picture, (round(width * share), round(height * share)), interpolation=cv2.INTER_AREA)


def _refuse_small(height: int, width: int) -> None:
    if max(height, width) < SMALLEST:
        raise UnsupportedError(
            f"a picture of {width} x {height} pixels is too small for a watermark",
            f"{width} × {height} 像素的图片太小，无法嵌入水印",
            hint=Text(
                zh=f"较长边至少需要 {SMALLEST} 像素；请改用元数据标识，或提供更大的图片。",
                en=f"The longer side needs {SMALLEST} pixels; rely on the metadata, or give a larger picture.",
            ),
        )

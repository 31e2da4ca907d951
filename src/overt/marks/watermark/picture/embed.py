"""Puts a watermark into a picture: how strong, where, and with which waves.

The waves of the tile (`tile`) are drawn over the picture, weighted by what each place hides (`mask`), and pushed in two
rounds: what the reader's front end (`residual`) measures in the marked picture tells which symbols the content speaks
against; those are strengthened at the cost of the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log10, sqrt
from typing import TYPE_CHECKING

import cv2
import numpy as np

from overt.errors import UnsupportedError
from overt.language import Text
from overt.marks.watermark import code
from overt.marks.watermark.picture import mask, residual, tile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from overt.marks.watermark.code import Bits
    from overt.marks.watermark.keys import Key

    Floats = NDArray[np.float32]
    Complexes = NDArray[np.complex64]

SMALLEST = 128
"""Pixels of the longer side below which a picture is not marked."""
WORKING_AREA = 1_000_000  # Pixels: bigger pictures are measured at this size.
STRENGTH = 1.0
ROUNDS = 2
PULL = 0.6  # How far a round goes to what it wants.
CREST = 2.2  # The pattern is limited to this many times its deviation.


@dataclass(frozen=True, slots=True)
class Report:
    """What was done: `strength` as it was chosen, `psnr` in dB of the 8-bit picture, `tiles` along the longer side."""

    strength: float
    psnr: float
    tiles: int


@dataclass(frozen=True, slots=True)
class Embedded:
    """A mark: `delta` is to be added to R, G and B alike (8-bit units, float32, height x width)."""

    delta: Floats
    report: Report


def embed(picture: NDArray[np.generic], value: int, bits: Bits, key: Key, *, strength: float = STRENGTH) -> Embedded:
    """The mark that carries an id of `bits` bits in a picture.

    Args:
        picture: RGB (height x width x 3) or grey, 0 to 255; more bits as fractions of these levels.
        value: the id.
        bits: 64, or 40 for small pictures (`tile.tiles_for`).
        key: the operator's key.
        strength: 1 for the quality that the bench measured.

    Raises:
        UnsupportedError: the picture is too small.
    """
    grey = residual.luma(picture)
    height, width = grey.shape
    if max(height, width) < SMALLEST:
        raise UnsupportedError(
            f"a picture of {width} x {height} pixels is too small for a watermark",
            f"{width} × {height} 像素的图片太小，无法嵌入水印",
            hint=Text(
                zh=f"较长边至少需要 {SMALLEST} 像素；请改用元数据标识，或提供更大的图片。",
                en=f"The longer side needs {SMALLEST} pixels; rely on the metadata, or give a larger picture.",
            ),
        )
    tiles = tile.tiles_for(max(height, width))
    data = code.symbols(value, bits, tile.room(), key.secret)
    small = _working(grey)
    delta = strength * _mark(small, tile.waves(data, key.presence), max(small.shape) / tiles)
    if delta.shape != grey.shape:
        delta = np.asarray(cv2.resize(delta, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
    error = float(np.mean(np.square(delta))) + 1 / 12
    return Embedded(delta, Report(strength, 10 * log10(255**2 / error), tiles))


def _working(grey: Floats) -> Floats:
    area = grey.size
    if area <= WORKING_AREA:
        return grey
    share = sqrt(WORKING_AREA / area)
    size = (round(grey.shape[1] * share), round(grey.shape[0] * share))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.float32)


def _mark(grey: Floats, wanted: Complexes, side: float) -> Floats:
    """The delta of strength 1 for a grey picture."""
    hides = mask.gain(grey)
    sizes = wanted
    delta = hides * _pattern(sizes, grey.shape, side)
    for _ in range(ROUNDS):
        got = tile.measure(residual.residual(grey + delta), side)
        got /= np.sqrt(np.mean(np.square(np.abs(got))))
        sizes = sizes + PULL * (wanted / np.sqrt(2) - got)
        delta = hides * _pattern(sizes, grey.shape, side)
    return delta


def _pattern(sizes: Complexes, shape: tuple[int, int], side: float) -> Floats:
    """The waves over a picture, of deviation 1, without their highest crests."""
    drawn = tile.draw(sizes, shape, side)
    drawn /= drawn.std()
    return np.asarray(CREST * np.tanh(drawn / CREST), np.float32)

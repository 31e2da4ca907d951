"""A generator of pictures: mountains in mist, in the manner of an ink wash.

Ridges are sums of value noise (Perlin's octaves in one dimension), the nearer the darker; mist gathers at their
feet; the paper has a grain.
The same seed gives the same picture.
It paints nothing that exists.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

PAPER = np.array([244, 238, 226], np.float64)
INK = np.array([38, 52, 66], np.float64)
SUN = np.array([196, 66, 44], np.float64)
RIDGES = 6


def paint(width: int = 960, height: int = 640, seed: int = 20260901) -> Image.Image:
    """One landscape."""
    rng = np.random.default_rng(seed)
    rows = np.arange(height)[:, None]
    sheet = np.broadcast_to(PAPER, (height, width, 3)).copy()
    sheet = _blend(sheet, SUN, 0.85 * _disc(width, height, (0.74, 0.25), 0.075))
    for depth in range(RIDGES):
        near = depth / (RIDGES - 1)
        crest = height * (0.36 + 0.46 * near) - height * (0.24 - 0.10 * near) * _ridge(rng, width, depth)
        # Dark at the crest, fading into the mist below, further ridges sooner. The mist lies level: it follows
        # the run of the ridge and not each of its teeth.
        down = np.clip(rows - _level(crest, width // 3)[None, :] + height * 0.05, 0, None)
        ink = (0.16 + 0.66 * near**1.3) * np.exp(-down / (height * (0.12 + 0.16 * near)))
        edge = np.clip((rows - crest[None, :]) / 1.5 + 0.5, 0, 1)
        sheet = _blend(sheet, PAPER, (0.74 + 0.24 * near) * edge)
        sheet = _blend(sheet, INK, ink * edge)
    sheet += rng.normal(0, 2.2, (height, width, 1)) + 1.6 * np.sin(rows / 2.7)[..., None]
    return Image.fromarray(np.clip(sheet, 0, 255).astype(np.uint8), "RGB")


def _ridge(rng: np.random.Generator, width: int, depth: int) -> NDArray[np.float64]:
    """Heights between 0 and about 1 along one ridge."""
    x = np.linspace(0, 1, width)
    total = np.zeros(width)
    size = 1.0
    for octave in range(7):
        knots = int((2 + depth * 0.5) * 2**octave) + 2
        total += size * np.interp(x, np.linspace(0, 1, knots), rng.uniform(0, 1, knots))
        size *= 0.46
    low, high = float(total.min()), float(total.max())
    return (total - low) / (high - low)


def _level(crest: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    """The run of a ridge without its teeth: a moving mean, twice."""
    window = np.ones(reach) / reach
    for _ in range(2):
        crest = np.convolve(np.pad(crest, reach, mode="edge"), window, mode="same")[reach:-reach]
    return crest


def _disc(width: int, height: int, at: tuple[float, float], radius: float) -> NDArray[np.float64]:
    rows, columns = np.mgrid[0:height, 0:width]
    away = np.hypot(columns - at[0] * width, rows - at[1] * height)
    return np.asarray(np.clip(radius * width - away, 0, 1), np.float64)


def _blend(sheet: NDArray[np.float64], colour: NDArray[np.float64], weight: NDArray[np.float64]) -> NDArray[np.float64]:
    share = weight[..., None]
    return np.asarray(sheet * (1 - share) + colour * share, np.float64)

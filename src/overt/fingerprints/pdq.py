"""PDQ: 256 bits of a picture that stay nearly the same when it is saved, scaled or retouched again.

After "PDQ & TMK + PDQF" (Facebook 2019), the hash that HMA, StopNCII and others exchange. The picture's luma is
smoothed with a tent and sampled at 64 x 64 places; of its cosine transform the 16 x 16 lowest frequencies, without the
mean, are compared with their median. Two hashes are as far apart as the number of bits in which they differ: 0 to 256.

Smoothing and sampling are linear and separable, so that one matrix per axis does both. The matrices are kept for
pictures of the same size.

A picture with plain edges is hashed twice: whole (place 0) and without them (place 1).

A mirrored or turned copy is found by asking with all eight hashes (`dihedral`), which follow from one transform. A crop
that leaves less than about nine tenths is another picture to PDQ: for those see `overt.fingerprints.points`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from overt.fingerprints.model import Comparison, Fingerprint, Span, hamming

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from overt.fingerprints.model import Vectors

    Floats = NDArray[np.float32]
    Picture = NDArray[np.uint8]

MIN_QUALITY = 50
"""A hash of lower quality tells too little to be looked up (the paper's recommendation)."""
SMALLEST = 5  # Pixels: below, there is no hash.

_GRID, _BAND = 64, 16
_LARGE = 1 << 20  # Pixels.
_COARSE = 256  # Pixels along the longer side, in which plain edges are looked for.
_PLAIN = 4.0  # A row is plain up to this standard deviation, in levels of grey.
_WHOLE, _HARDLY = (
    0.96,
    0.25,
)  # Shares: of the area, above which there are no edges; of a side, below which it is nothing.

WAYS = ("as_is", "turned_90", "turned_180", "turned_270", "upside_down", "mirrored", "transposed", "anti_transposed")
"""What was done to a picture whose hash is in this row of `dihedral`; turns are anticlockwise."""


def fingerprint(picture: Picture) -> Fingerprint:
    """The fingerprint to be kept (of uint8, h x w x 3 RGB or h x w): as it is, of the whole and of what is inside."""
    asked = queries(picture)
    kept = slice(None, None, len(WAYS))
    return Fingerprint("pdq", asked.values[kept], asked.places[kept], asked.quality[kept])


def queries(picture: Picture) -> Fingerprint:
    """The fingerprint to be looked up: for each place eight hashes, in the order of `WAYS`."""
    parts = [each for each in (picture, inside(picture)) if each is not None]
    hashes, quality = zip(*(dihedral(part) for part in parts), strict=True)
    places = np.repeat(np.arange(len(parts)), len(WAYS))
    return Fingerprint("pdq", np.concatenate(hashes), places, np.repeat(np.array(quality, np.uint8), len(WAYS)))


def inside(picture: Picture) -> Picture | None:
    """What is inside plain edges, such as those of a screenshot or of a film that was fitted into another shape.

    None where there are no such edges, or hardly anything else.
    """
    height, width = picture.shape[:2]
    scale = _COARSE / max(height, width)
    if scale >= 1:
        return None
    every = max(1, int(0.5 / scale))  # Pixels between are left out first: the edges of a large picture are no thinner.
    coarse = np.ascontiguousarray(picture[::every, ::every])
    wide, high = (max(1, round(side * scale)) for side in (width, height))
    small = cv2.resize(coarse, (wide, high), interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY) if small.ndim == 3 else small
    top, bottom = _busy(grey)
    left, right = _busy(grey[top:bottom].T) if bottom else (0, 0)
    shares = (bottom - top) / grey.shape[0], (right - left) / grey.shape[1]
    if shares[0] * shares[1] > _WHOLE or min(shares) < _HARDLY:
        return None
    # The first row that is not plain is edge in part: half of it, for all that is known.
    down, across = height / grey.shape[0], width / grey.shape[1]
    rows = slice(
        round((top + 0.5) * down) if top else 0, round((bottom - 0.5) * down) if bottom < grey.shape[0] else height
    )
    columns = slice(
        round((left + 0.5) * across) if left else 0, round((right - 0.5) * across) if right < grey.shape[1] else width
    )
    return np.ascontiguousarray(picture[rows, columns])


def _busy(grey: NDArray[Any]) -> tuple[int, int]:
    """The first row that is not plain, and the one after the last; (0, 0) where there is none."""
    rows = np.nonzero(grey.std(axis=1) > _PLAIN)[0]
    return (int(rows[0]), int(rows[-1]) + 1) if rows.size else (0, 0)


def dihedral(picture: Picture) -> tuple[Vectors, int]:
    """The hashes of the picture as it is, turned and mirrored (8 x 32 bytes, see `WAYS`), and their quality."""
    spectrum, quality = _spectrum(picture)
    # A turn or a mirror changes the sign of the odd frequencies along an axis, and may swap the axes.
    odd = np.where(np.arange(_BAND) % 2 == 0, -1.0, 1.0).astype(np.float32)
    down, across = odd[:, None], odd[None, :]
    forms = (
        spectrum,
        (spectrum * across).T,
        spectrum * down * across,
        (spectrum * down).T,
        spectrum * down,
        spectrum * across,
        spectrum.T,
        (spectrum * down * across).T,
    )
    return np.stack([_bits(form) for form in forms]), quality


def sampled(picture: Picture) -> Floats:
    """The luma of a picture, smoothed and sampled at 64 x 64 places."""
    height, width = picture.shape[:2]
    luma = picture.astype(np.float32) if height * width <= _LARGE or picture.ndim == 2 else picture
    if luma.ndim == 3:
        # In a large picture hundreds of pixels make one sample: rounding their luma to whole numbers changes nothing.
        luma = cv2.cvtColor(luma, cv2.COLOR_RGB2GRAY).astype(np.float32)
    grid: Floats = (_sampler(height) @ luma @ _sampler(width).T).astype(np.float32)
    return grid


def compare(query: Fingerprint, reference: Fingerprint) -> Comparison:
    """The closest of the query's hashes (those of `queries`, or one) beside the reference's. Unit: bits of 256."""
    far = hamming(query.values, reference.values)
    row, column = divmod(int(far.argmin()), far.shape[1])
    here, there = int(query.places[row]), int(reference.places[column])
    way = WAYS[row % len(WAYS)]
    changed = {way: 1.0} if way != WAYS[0] else {}
    return Comparison("pdq", float(far[row, column]), 1, 1, 1, (Span((here, here + 1), (there, there + 1)),), changed)


def spelled(value: Vectors) -> str:
    """A hash as exchanges write it: 64 hexadecimal digits."""
    return value.tobytes().hex()


def _spectrum(picture: Picture) -> tuple[Floats, int]:
    if min(picture.shape[:2]) < SMALLEST:
        return np.zeros((_BAND, _BAND), np.float32), 0
    grid = sampled(picture)
    spectrum: Floats = (_waves() @ grid @ _waves().T).astype(np.float32)
    return spectrum, _quality(grid)


def _bits(spectrum: Floats) -> Vectors:
    """Which frequencies lie above the median (the lower of the two in the middle), the last frequency first."""
    flat = spectrum.ravel()
    median = np.partition(flat, flat.size // 2 - 1)[flat.size // 2 - 1]
    return np.packbits((flat > median)[::-1])


def _quality(grid: Floats) -> int:
    """How much there is to tell, 0 to 100: the sum of the clear steps between neighbours, in hundredths of white."""
    steps = (np.trunc(np.diff(grid, axis=axis) * 100 / 255) for axis in (0, 1))
    return min(100, int(sum(float(np.abs(step).sum()) for step in steps)) // 90)


@lru_cache(maxsize=1)
def _waves() -> Floats:
    """The cosines of the frequencies 1 to 16: 16 x 64."""
    frequency, place = np.arange(1, _BAND + 1)[:, None], np.arange(_GRID)[None, :]
    scale = float(np.sqrt(2 / _GRID))
    waves: Floats = (scale * np.cos(np.pi / (2 * _GRID) * frequency * (2 * place + 1))).astype(np.float32)
    return waves


@lru_cache(maxsize=64)
def _sampler(size: int) -> Floats:
    """The matrix (64 x size) that smooths a line of pixels twice with a box and takes 64 of them."""
    window = -(-size // (2 * _GRID))
    # The box reaches one further ahead than back where it is even; at the ends of the line it is cut off.
    ahead, back = window // 2, (window - 1) // 2
    matrix = np.zeros((_GRID, size), np.float32)
    for row, middle in zip(matrix, ((np.arange(_GRID) + 0.5) * size / _GRID).astype(np.int64), strict=True):
        outer = range(max(0, middle - back), min(size, middle + ahead + 1))
        for place in outer:
            inner = slice(max(0, place - back), min(size, place + ahead + 1))
            row[inner] += 1 / (len(outer) * (inner.stop - inner.start))
    return matrix

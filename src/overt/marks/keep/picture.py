"""What is kept of pictures: PDQ, the points that stand out, a small picture. Of a moving one, its first frame."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from overt.errors import UnsupportedError
from overt.fingerprints import iscc, pdq, points
from overt.language import Text
from overt.marks.kept import Gap, Kept, Print, View
from overt.marks.label.picture import raster
from overt.media.budget import Budget

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from overt.fingerprints.model import Fingerprint
    from overt.marks.keep import Stretches

SIDE = 640
"""The longer side of the small picture, in pixels: a quarter of it still has some hundred thousand."""
_QUALITY = 80
_WHITE = 255
_PLAIN = Text(
    zh="画面过于单调，指纹不足以辨认",
    en="there is too little in the picture for its fingerprint to tell it from others",
)


def take(path: Path, container: str, budget: Budget, *, views: bool, label: Stretches = ()) -> Kept:  # noqa: ARG001  (of sound alone)
    """What is kept of a picture."""
    pixels = shown(path, container, budget)
    prints, gaps = judged(pdq.fingerprint(pixels))
    prints += (Print.of(points.fingerprint(pixels)),)
    unit = iscc.image(pixels)
    return Kept(prints, gaps, views=(view(pixels),) if views else (), iscc=unit)


def ask(path: Path, container: str, budget: Budget) -> Kept:
    """What a picture is looked up by: as it is, turned and mirrored."""
    pixels = shown(path, container, budget)
    prints, gaps = judged(pdq.queries(pixels))
    return Kept(prints + tuple(Print.of(each) for each in points.queries(pixels)), gaps)


def judged(taken: Fingerprint) -> tuple[tuple[Print, ...], tuple[Gap, ...]]:
    """The fingerprint, or the gap where it says too little."""
    if len(taken) and int(taken.quality.max()) >= pdq.MIN_QUALITY:
        return (Print.of(taken),), ()
    return (), (Gap("pdq", _PLAIN),)


def shown(path: Path, container: str, budget: Budget) -> NDArray[np.uint8]:
    """What people see: upright, RGB or grey, 8 bits, see-through parts on white."""
    if container in {"heic", "heif"}:
        from overt.marks.label.picture.heic import luma  # noqa: PLC0415  # PyAV is an extra

        return np.asarray(luma(path.read_bytes(), budget))
    if container not in raster.FORMATS:
        raise UnsupportedError(
            f"{container.upper()} pictures have no fingerprint", f"{container.upper()} 图片没有可用的指纹"
        )
    with raster.opened(path, container) as image:
        return _pixels(image, budget)


def _pixels(image: Image.Image, budget: Budget) -> NDArray[np.uint8]:
    raster.within(image.size, 1, budget)
    image.load()
    flat = Image.fromarray(raster.pixels(raster.plain(image), _WHITE))
    flat.info = image.info
    return np.asarray(raster.upright(flat))


def view(pixels: NDArray[np.uint8], side: int = SIDE, time: float | None = None) -> View:
    """A small picture."""
    height, width = pixels.shape[:2]
    small = Image.fromarray(pixels)
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    coded = io.BytesIO()
    small.save(coded, "WEBP", quality=_QUALITY, method=4)
    return View(width, height, coded.getvalue(), time)

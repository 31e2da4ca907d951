"""A mark laid into the pixels of a picture, whatever its mode: grey, colour, transparency, inks, 16 bits.

The mark is a change of luma, the same for red, green and blue. Pixels that nothing shows stay as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

_WIDE: Final = 257  # Steps of 16 bits in one of 8.


def marked(frame: Image.Image, delta: Floats) -> Image.Image:
    """The picture with the mark: of mode L, LA, RGB, RGBA, CMYK or I;16, which it keeps."""
    under = np.asarray(frame)
    if frame.mode == "I;16":
        return Image.fromarray(added(under[..., None], delta, 1)[..., 0])
    if frame.mode == "CMYK":
        return Image.frombytes("CMYK", frame.size, inked(under, delta).tobytes())
    if frame.mode == "L":
        return Image.fromarray(added(under[..., None], delta, 1)[..., 0])
    colours = 1 if frame.mode == "LA" else 3
    return Image.frombytes(frame.mode, frame.size, added(under, delta, colours).tobytes())


def shown(frame: Image.Image, delta: Floats) -> Floats:
    """What of a mark is to be seen: less of it where the picture is see-through."""
    if frame.mode not in {"LA", "RGBA"}:
        return delta
    there = np.asarray(frame.getchannel("A"), np.float32) / np.float32(255)
    return delta * there


def added(samples: NDArray[Any], delta: Floats, colours: int) -> NDArray[Any]:
    """Samples of 8 or 16 bits (rows x columns x channels) with the mark on the first `colours` of their channels.

    A channel behind these is alpha: where it is nought, the colours stay.
    """
    most = int(np.iinfo(samples.dtype).max)
    change = delta * np.float32(_WIDE if most > 255 else 1)
    if samples.shape[2] > colours:
        change = np.where(samples[..., colours] > 0, change, 0)
    result = samples.copy()
    mixed = samples[..., :colours] + change[..., None]
    result[..., :colours] = np.rint(np.clip(mixed, 0, most)).astype(samples.dtype)
    return result


def inked(inks: NDArray[np.uint8], delta: Floats) -> NDArray[np.uint8]:
    """Cyan, magenta and yellow take the mark; black stays, for type is set in it.

    A colour is (255 - ink) * (255 - black) / 255, so that under much black there is little to change.
    """
    light = np.maximum(255 - inks[..., 3].astype(np.float32), 1)
    result = inks.copy()
    mixed = inks[..., :3] - (delta * 255 / light)[..., None]
    result[..., :3] = np.rint(np.clip(mixed, 0, 255)).astype(np.uint8)
    return result

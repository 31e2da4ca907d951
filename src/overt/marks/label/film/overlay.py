"""A plate laid over stored film pictures, in their own luma and chroma.

Sources: ITU-T H.273 8.3 (matrix coefficients, range); ITU-R BT.2408 5.1 (white of graphics in HDR).
The plate is drawn for the displayed picture; here it is turned, mirrored and squeezed as the film is stored, and mixed
into each plane. Pixels outside the plate are not touched, so no colour conversion reaches them.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from overt.errors import UnsupportedError
from overt.media.av.video import Colour, Film

_WEIGHTS: Final = {
    1: (0.2126, 0.0722),
    4: (0.30, 0.11),
    5: (0.299, 0.114),
    6: (0.299, 0.114),
    7: (0.212, 0.087),
    9: (0.2627, 0.0593),
    10: (0.2627, 0.0593),
}
"""Weights of red and blue in luma by matrix coefficients."""
_UNSPECIFIED: Final = 2
_HD_LINES: Final = 720
"""From this height on, players take unspecified colours as BT.709, below as BT.601."""
_HDR_WHITE: Final = {16: 0.58, 18: 0.75}
"""The signal of white graphics, 203 cd/m², by transfer: PQ and HLG. At full signal a label would blind."""
_SOLID: Final = 2.0
"""How much less shines through, as a power, where ink is weaker than drawn: in HDR, whose highlights are many times
brighter than the label's white, and where squeezing into pixels that are not square thins the strokes."""
_GRID: Final = 4
"""Pixels that one chroma sample covers at most, in either direction."""


class Overlay:
    """A plate at one place of a film. Calling it on the planes of a picture lays it over."""

    def __init__(self, film: Film, plate: Image.Image, left: int, top: int) -> None:
        canvas = Image.new("RGBA", film.shown)
        canvas.paste(plate, (left, top))
        stored = Image.fromarray(np.ascontiguousarray(film.turn.stored(np.asarray(canvas))))
        if stored.width != film.width:
            stored = stored.resize((film.width, film.height), Image.Resampling.LANCZOS)
        box = stored.getchannel("A").getbbox() or (0, 0, 0, 0)
        x, y = box[0] // _GRID * _GRID, box[1] // _GRID * _GRID
        right, bottom = -(-box[2] // _GRID) * _GRID, -(-box[3] // _GRID) * _GRID
        self._film = film
        self._corner = (x, y)
        # Beyond the picture's edge the crop is transparent: odd sizes need no case of their own.
        self._plate = np.asarray(stored.crop((x, y, right, bottom)), dtype=np.float32) / np.float32(255)
        if film.colour.transfer in _HDR_WHITE or film.pixel_aspect != 1:
            self._plate[..., 3] = 1 - (1 - self._plate[..., 3]) ** _SOLID
        self._layers: list[tuple[slice, slice, NDArray[np.float32], NDArray[np.float32]]] = []

    def __call__(self, planes: tuple[NDArray[Any], ...]) -> None:
        """Lay the plate over a picture, in place."""
        if not self._layers:
            self._layers = self._prepared(planes)
        for plane, (rows, columns, keep, add) in zip(planes, self._layers, strict=True):
            under = plane[rows, columns]
            under[...] = np.rint(under * keep + add).astype(plane.dtype)

    def _prepared(
        self, planes: tuple[NDArray[Any], ...]
    ) -> list[tuple[slice, slice, NDArray[np.float32], NDArray[np.float32]]]:
        """For each plane: where, how much of it stays, and what is added."""
        codes = _codes(self._plate[..., :3], self._film)
        layers = []
        for index, plane in enumerate(planes):
            down = round(self._film.height / plane.shape[0])
            across = round(self._film.width / plane.shape[1])
            alpha = _shrunk(self._plate[..., 3], down, across)
            add = _shrunk(self._plate[..., 3] * codes[index], down, across)
            y, x = self._corner[1] // down, self._corner[0] // across
            height, width = min(alpha.shape[0], plane.shape[0] - y), min(alpha.shape[1], plane.shape[1] - x)
            rows, columns = slice(y, y + height), slice(x, x + width)
            layers.append((rows, columns, 1 - alpha[:height, :width], add[:height, :width]))
        return layers


def _shrunk(cells: NDArray[np.float32], down: int, across: int) -> NDArray[np.float32]:
    """The mean of each block of cells."""
    height, width = cells.shape
    mean: NDArray[np.float32] = cells.reshape(height // down, down, width // across, across).mean(axis=(1, 3))
    return mean


def _codes(rgb: NDArray[np.float32], film: Film) -> tuple[NDArray[np.float32], ...]:
    """Luma and chroma codes of RGB values from 0 to 1, as the film would store them."""
    red, blue = _weights(film.colour, film.height)
    rgb = rgb * np.float32(_HDR_WHITE.get(film.colour.transfer, 1.0))
    luma = rgb @ np.array([red, 1 - red - blue, blue], dtype=np.float32)
    differences = [(rgb[..., i] - luma) / (2 * (1 - weight)) for i, weight in ((2, blue), (0, red))]
    unit, middle = 1 << (film.depth - 8), 128 << (film.depth - 8)
    if film.colour.full:
        most = (1 << film.depth) - 1
        return (luma * most, *(middle + difference * most for difference in differences))
    return ((16 + 219 * luma) * unit, *(middle + 224 * unit * difference for difference in differences))


def _weights(colour: Colour, height: int) -> tuple[float, float]:
    matrix = colour.matrix
    if matrix == _UNSPECIFIED:
        matrix = 1 if height >= _HD_LINES else 6
    if matrix not in _WEIGHTS:
        raise UnsupportedError(f"film with colour matrix {matrix}", f"不支持色彩矩阵编号为 {matrix} 的影片")
    return _WEIGHTS[matrix]

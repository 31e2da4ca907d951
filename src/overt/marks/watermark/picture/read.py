"""The blind reader of pictures: from pixels to the ids they carry, whatever was done to them.

1. The whole picture, as it was marked or resized: the tile is an eighth of the longer side.
2. The lattice (`lattice`): size and turn of the tiles from the residual's spectrum, likeliest first.
3. The pilot (`pilot`) gives the shift, the quarter turn and the mirror; the fit (`fit`) bends the geometry till it lies.
4. Tiles are added up by how much of the pilot is in them, and the sum is decoded (`code`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import cv2
import numpy as np

from overt.marks.watermark import code
from overt.marks.watermark.model import PRESENCE_LOG10_P, Found, Place, Presence, Readout
from overt.marks.watermark.picture import fit, lattice, pilot, sheet, tile
from overt.marks.watermark.picture.residual import luma, residual

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from overt.marks.watermark.keys import Key
    from overt.marks.watermark.picture.sheet import Raster, Sheet

    Floats = NDArray[np.float32]
    Matrix = NDArray[np.float64]

WORKING_SIDE = 1024  # Pixels: larger pictures are brought down to it; the mark shrinks with them.
SMALLEST_SIDE = 16  # Pixels: nothing is looked for in smaller pictures.
_LATTICES = 8  # How many lattices are tried.
_TILES = (12.0, 600.0)  # Pixels: the sides of tiles that are looked for.
_WORTH_A_FIT = 5.0  # The pilot's score from which a place is looked at more closely.
_WORTH_DECODING = 6.0  # The pilot's score from which an id may be readable.


def read(picture: NDArray[np.generic], keys: Sequence[Key]) -> Readout:
    """The ids in a picture: uint8 RGB, height x width x 3, or grey, height x width."""
    if min(picture.shape[:2]) < SMALLEST_SIDE or not keys:
        return Readout()
    reader = _Reader(luma(picture), keys)
    for geometry in reader.guesses():
        if reader.look(geometry):
            break
    return reader.readout()


@dataclass
class _Reader:
    """One picture under the reader's eyes."""

    grey: Floats
    keys: Sequence[Key]
    looks: int = 0
    decodes: int = 0
    found: list[Found] = field(default_factory=list)
    presence: tuple[float, Matrix] | None = None

    def __post_init__(self) -> None:
        factor = WORKING_SIDE / max(self.grey.shape)
        self.given = self.grey.shape
        if factor < 1:
            size = [max(1, round(each * factor)) for each in (self.given[1], self.given[0])]
            self.grey = cv2.resize(self.grey, size, interpolation=cv2.INTER_AREA)
        self.raster: Raster = sheet.Raster(residual(self.grey))

    def guesses(self) -> Iterator[Matrix]:
        """Geometries, the likeliest first."""
        side = max(self.grey.shape) / 8
        yield sheet.sized(side, side)
        height, width = self.grey.shape
        for each in lattice.lattices(self.raster.residual, _LATTICES, _TILES):
            yield sheet.moved(width / 2, height / 2) @ sheet.turned(each.degrees) @ sheet.sized(each.side, each.side)

    def look(self, geometry: Matrix) -> bool:
        """Whether an id was found near a geometry whose shift and quarter turn are open."""
        laid = self.raster.flat(geometry)
        if laid is None:
            return False
        for presence in dict.fromkeys(key.presence for key in self.keys):
            self.looks += 1
            peak = pilot.best(sheet.evened(laid.total()), presence)
            if peak.score < _WORTH_A_FIT:
                continue
            placed = self.raster.flat(pilot.placed(geometry, peak.position, peak.shift))
            if placed is None:
                continue
            close = fit.fitted(self.raster, placed, presence)
            score = pilot.score(sheet.evened(close.total()), presence)
            if self.presence is None or score > self.presence[0]:
                self.presence = (score, close.geometry)
            if score >= _WORTH_DECODING and self._decoded(close, presence):
                return True
        return False

    def _decoded(self, laid: Sheet, presence: bytes) -> bool:
        soft = tile.soft(weighted(laid, presence))
        for key in (key for key in self.keys if key.presence == presence):
            for bits in code.SIZES:
                self.decodes += 1
                decoded = code.decode(soft, key.secret, bits, tries=self.decodes)
                if decoded is not None:
                    place = self._place(laid.geometry)
                    self.found.append(Found(decoded.value, bits, key.name, decoded.score, decoded.log10_p, place))
                    return True
        return False

    def _place(self, geometry: Matrix) -> Place:
        back = sheet.sized(self.given[1] / self.grey.shape[1], self.given[0] / self.grey.shape[0])
        whole = back @ geometry
        middle = sheet.applied(np.linalg.inv(whole), sheet.corners(self.given).mean(0)[None])
        at = sheet.applied(whole, np.concatenate([middle, middle + [[0.01, 0]], middle + [[0, 0.01]]]))
        along, up = at[1] - at[0], at[2] - at[0]
        mirrored = along[0] * up[1] - along[1] * up[0] < 0
        turn = float(np.degrees(np.arctan2(along[1], along[0])))
        corners = tuple((float(x), float(y)) for x, y in sheet.corners(self.given))
        return Place(outline=corners, turn=turn, mirrored=bool(mirrored))

    def readout(self) -> Readout:
        """What was found."""
        presence = None
        if self.presence is not None:
            score, geometry = self.presence
            log10_p = code.log10_bound(score, 0, self.looks * 8 * pilot.STEPS**2)
            if log10_p <= PRESENCE_LOG10_P:
                presence = Presence(log10_p, score, self._place(geometry))
        return Readout(tuple(sorted(self.found, key=lambda each: each.log10_p)), presence)


def weighted(laid: Sheet, presence: bytes) -> NDArray[np.complex64]:
    """The waves of all tiles added up, tiles and rings by how much of the pilot is in them."""
    return sheet.evened(laid.total())

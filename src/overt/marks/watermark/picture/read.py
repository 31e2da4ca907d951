"""The blind reader of pictures: from pixels to the ids they carry, whatever was done to them.

1. The whole picture, as it was marked or resized: the tile is an eighth of the longer side.
2. The lattice (`lattice`): size and turn of the tiles from the residual's spectrum, likeliest first.
3. The pilot (`pilot`) gives the shift, the quarter turn and the mirror; the fit (`fit`) bends the geometry till it lies.
4. Tiles are added up by how much of the pilot is in them, and the sum is decoded (`code`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import cv2
import numpy as np

from overt.marks.watermark import code
from overt.marks.watermark.model import PRESENCE_LOG10_P, Found, Place, Presence, Readout
from overt.marks.watermark.picture import adding, fit, lattice, pilot, sheet, sweep, tile
from overt.marks.watermark.picture.residual import luma, residual

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from overt.marks.watermark.keys import Key
    from overt.marks.watermark.picture.sheet import Raster, Sheet

    Floats = NDArray[np.float32]
    Matrix = NDArray[np.float64]

WORKING_AREA = 1_000_000  # Pixels: larger pictures are brought down to it; the mark shrinks with them.
SMALLEST_SIDE = 16  # Pixels: nothing is looked for in smaller pictures.
_TILES = (12.0, 600.0)  # Pixels: the sides of tiles of which a lattice is looked for.
_ACROSS = (1.0, 14.0)  # How many tiles lie along the longer side in a sweep.
_LATTICES, _SWEPT = 6, 3  # How many geometries are looked at more closely.
_ALL = 24.5  # Periods: a sweep with this reach uses every wave.
_WORTH_A_LOOK = 4.6  # The pilot's score in a sweep from which a geometry is looked at.
_WORTH_A_FIT = 4.6  # The pilot's score from which a place is looked at more closely.
_WORTH_DECODING = 4.6  # The pilot's score from which an id may be readable.


def read(picture: NDArray[np.generic], keys: Sequence[Key]) -> Readout:
    """The ids in a picture: uint8 RGB, height x width x 3, or grey, height x width."""
    if min(picture.shape[:2]) < SMALLEST_SIDE or not keys:
        return Readout()
    reader = _Reader(luma(picture), keys)
    for step in (reader.whole, reader.sizes, reader.lattices, reader.turns, reader.bent):
        if step():
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
        self.given = self.grey.shape
        factor = float(np.sqrt(WORKING_AREA / self.grey.size))
        if factor < 1:
            size = [max(1, round(each * factor)) for each in (self.given[1], self.given[0])]
            self.grey = cv2.resize(self.grey, size, interpolation=cv2.INTER_AREA)
        self.raster: Raster = sheet.Raster(residual(self.grey))

    def whole(self) -> bool:
        """The whole picture, at any size."""
        return any(self.look(each) for each in self._wholes())

    def sizes(self) -> bool:
        """Upright tiles of any size: a crop."""
        longer = max(self.grey.shape)
        sides = sweep.steps(self.grey.shape, (longer / _ACROSS[1], longer / _ACROSS[0]), _ALL)
        return self._swept([(side, 0.0) for side in sides])

    def turns(self) -> bool:
        """Tiles of the whole picture's size at any turn: a lattice so weak that it does not stand out."""
        longer = max(self.grey.shape)
        return self._swept(
            [
                (longer / tiles, degrees)
                for tiles in (tile.TILES, tile.FEW_TILES)
                for degrees in sweep.turns(self.grey.shape, longer / tiles, 45, _ALL)
            ]
        )

    def lattices(self) -> bool:
        """Tiles of any size and turn, where their lattice stands out."""
        found = lattice.lattices(self.raster.residual, _LATTICES, _TILES)
        return any(self.look(self._about_middle(each.side, each.degrees)) for each in found)

    def bent(self) -> bool:
        """The whole picture, printed and scanned or photographed."""
        for presence in self._presences():
            for geometry in self._wholes():
                laid = fit.straightened(self.raster, geometry, presence)
                if laid is not None and self._judged(laid, presence):
                    return True
        return False

    def _wholes(self) -> list[Matrix]:
        sides = [max(self.grey.shape) / tiles for tiles in (tile.TILES, tile.FEW_TILES)]
        return [sheet.sized(side, side) for side in sides]

    def _about_middle(self, side: float, degrees: float) -> Matrix:
        height, width = self.grey.shape
        # The pixel that the spectrum has for its middle, so that the sweep's shift would hold.
        middle = sheet.moved(width // 2 + 0.5, height // 2 + 0.5)
        return np.asarray(middle @ sheet.turned(degrees) @ sheet.sized(side, side), np.float64)

    def _presences(self) -> list[bytes]:
        return list(dict.fromkeys(key.presence for key in self.keys))

    def _swept(self, tried: list[tuple[float, float]]) -> bool:
        for presence in self._presences():
            seen = sweep.swept(self.spectrum, presence, tried, (0, 4), _ALL)
            self.looks += 2 * len(tried)
            for each in seen[:_SWEPT]:
                if each.score >= _WORTH_A_LOOK and self.look(self._about_middle(each.side, each.degrees)):
                    return True
        return False

    @cached_property
    def spectrum(self) -> sweep.Spectrum:
        return sweep.Spectrum(self.raster.residual)

    def look(self, geometry: Matrix) -> bool:
        """Whether an id was found near a geometry whose shift and quarter turn are open."""
        laid = self.raster.flat(geometry)
        if laid is None:
            return False
        for presence in self._presences():
            self.looks += 8
            peak = pilot.best(sheet.evened(laid.total()), presence)
            if peak.score < _WORTH_A_FIT:
                continue
            placed = self.raster.flat(pilot.placed(geometry, peak.position, peak.shift))
            if placed is not None and self._judged(fit.fitted(self.raster, placed, presence), presence):
                return True
        return False

    def _judged(self, laid: Sheet, presence: bytes) -> bool:
        score = pilot.score(sheet.evened(laid.total()), presence)
        if self.presence is None or score > self.presence[0]:
            self.presence = (score, laid.geometry)
        return score >= _WORTH_DECODING and self._decoded(laid, presence)

    def _decoded(self, laid: Sheet, presence: bytes) -> bool:
        soft = tile.soft(adding.added(laid, presence))
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
        rows = tuple((float(a), float(b), float(c)) for a, b, c in whole)
        return Place(outline=corners, turn=turn, mirrored=bool(mirrored), geometry=rows)

    def readout(self) -> Readout:
        """What was found."""
        presence = None
        if self.presence is not None:
            score, geometry = self.presence
            log10_p = code.log10_bound(score, 0, max(1, self.looks) * pilot.STEPS**2)
            if log10_p <= PRESENCE_LOG10_P:
                presence = Presence(log10_p, score, self._place(geometry))
        return Readout(tuple(sorted(self.found, key=lambda each: each.log10_p)), presence)

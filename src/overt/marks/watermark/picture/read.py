"""The blind reader of pictures: from pixels to the ids they carry, whatever was done to them.

Five ways to a geometry, the cheapest first; the reader stops after the way that led to an id:

1. `whole`: the picture as it was marked, at any size; the tile is a known part of the longer side.
2. `sizes`: upright tiles of any size (crops, screenshots, collages), by a sweep on the pilot (`sweep`).
3. `lattices`: tiles of any size and turn, by the lines of the spectrum (`lattice`).
4. `turns`: tiles of the whole picture's size at any turn, by a sweep, where the lattice is too weak to be seen.
5. `bent`: the whole picture printed and scanned: perspective, by a search on the pilot (`fit`).

On each, the pilot (`pilot`) gives the shift, the quarter turn and the mirror; the fit bends the geometry to it; the
tiles are added up by how much of the pilot is in them (`adding`); their sum is weighted (`weights`), then decoded
(`code`).

**Two marks.** Where an id was read, it is taken off the sum, which is decoded once more: a picture that was marked
twice gives both. Other shifts of the pilot under the same geometry are looked at too, and the second way is always
gone: a marked crop that was marked again, or several pictures in one, lie there. `thorough` goes all ways to their end.

**How sure.** An id's p-value is that of `code`: neither the soft values nor their weights depend on the id key, and all
decodings are counted. A pilot's is `looks * exp(-score**2 / 2)` (Hoeffding), over all sizes, turns and shifts that were
looked at; after a fit, times the number of places, a step of 1/64 tile apart, that the fit can take four corners to.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from math import log10
from typing import TYPE_CHECKING, Literal, NamedTuple

import cv2
import numpy as np

from overt.marks.watermark import code
from overt.marks.watermark.model import PRESENCE_LOG10_P, Found, Place, Presence, Readout
from overt.marks.watermark.picture import adding, fit, lattice, pilot, place, sheet, sweep, tile, weights
from overt.marks.watermark.picture.residual import luma, residual

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from overt.marks.watermark.keys import Key
    from overt.marks.watermark.picture.sheet import Sheet

    Floats = NDArray[np.float32]
    Matrix = NDArray[np.float64]

Effort = Literal["quick", "thorough"]

WORKING_AREA = 1_000_000  # Pixels: larger pictures are brought down to it; the mark shrinks with them.
SMALLEST_SIDE = 16  # Pixels: nothing is looked for in smaller pictures.
_LATTICE_SIDES = (12.0, 600.0)  # Pixels: the sides of tiles of which a lattice is looked for.
_ACROSS = (0.8, 14.0)  # How many tiles lie along the longer side in a sweep of sizes.
_ALL = 24.5  # Periods: a sweep with this reach uses every wave.
_LOOKS = {"quick": 6, "thorough": 30}  # How many lattices are looked at, and half as many of a sweep's places.
_SEEN = 4.9  # The pilot's score from which a place is looked at more closely: an id that can be read has some 6.
_UPRIGHT = 2.0  # The same where the place was not looked for.
_OTHER = 5.3  # The same for a second shift under a geometry that led to an id.
_MOST_PEAKS = 6  # Shifts under one geometry: a collage has as many pictures, at most.
_MOST_IDS = 3  # Ids under one geometry and shift.
_SAME = 0.04  # Tiles, and parts of one: geometries that differ by less are the same.
_BESIDE = 0.02  # Parts of the size, or radians: two places of a sweep that are closer show one mark.
_BENT = 0.031  # Of the longer side: how far the corners of a picture in perspective are off.
_FEW_UPTO, _MANY_FROM = 640, 200  # Pixels of the longer side up to or from which few or many tiles are bent.


def read(picture: NDArray[np.generic], keys: Sequence[Key], *, effort: Effort = "quick") -> Readout:
    """The ids in a picture: uint8 RGB, height x width x 3, or grey, height x width.

    Args:
        picture: the picture.
        keys: the operator's keys, old ones too. Those of one presence key are looked for together.
        effort: "quick" stops at the way that led to an id; "thorough" goes all ways, with wider sweeps.
    """
    if min(picture.shape[:2]) < SMALLEST_SIDE or not keys:
        return Readout()
    reader = Reader(residual(_working(picture)), (picture.shape[0], picture.shape[1]), keys, effort)
    for way in (reader.whole, reader.sizes, reader.lattices, reader.turns, reader.bent):
        way()
        if reader.found and effort == "quick" and way != reader.whole:
            break
    return reader.readout()


def _working(picture: NDArray[np.generic]) -> Floats:
    """The luma of a picture in the size that is looked at."""
    height, width = picture.shape[:2]
    factor = float(np.sqrt(WORKING_AREA / (height * width)))
    working = np.ascontiguousarray(picture)
    if factor < 1:
        size = [max(1, round(each * factor)) for each in (width, height)]
        working = np.asarray(cv2.resize(working, size, interpolation=cv2.INTER_AREA))
    return luma(working)


class _Seen(NamedTuple):
    """A pilot: its score, the logarithm of how many places a fit chose from, and the geometry."""

    score: float
    log10_fit: float
    geometry: Matrix


@dataclass
class Reader:
    """What goes the ways: over the residual of one picture, or the sum of those of a film's frames.

    `given` is the shape (height, width) of the pixels in which places are told.
    """

    residual: Floats
    given: tuple[int, int]
    keys: Sequence[Key]
    effort: Effort
    looks: int = 0
    decodings: int = 0
    found: dict[tuple[int, int, str], Found] = field(default_factory=dict)
    seen: list[_Seen] = field(default_factory=list)
    tried: list[Matrix] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.shape = (self.residual.shape[0], self.residual.shape[1])
        self.longer = max(self.shape)
        self.raster = sheet.Raster(self.residual)

    @cached_property
    def spectrum(self) -> sweep.Spectrum:
        """The residual's spectrum, for sweeps."""
        return sweep.Spectrum(self.residual)

    def whole(self) -> None:
        """The whole picture at any size: first where it must lie, then at any shift and quarter turn."""
        for tiles in (tile.TILES, tile.FEW_TILES):
            laid = self.raster.flat(self._whole(tiles))
            if laid is None:
                continue
            for presence in self._presences():
                score = self._scored(laid, presence)
                self._note(score, 0, laid.geometry)
                if score >= _UPRIGHT and self._decoded(laid, presence, score):
                    self.tried.append(laid.geometry)
            if not self.found:
                self._looked(laid)

    def sizes(self) -> None:
        """Upright tiles of any size."""
        sides = sweep.steps(self.shape, (self.longer / _ACROSS[1], self.longer / _ACROSS[0]), _ALL)
        self._swept([(side, 0.0) for side in sides])

    def lattices(self) -> None:
        """Tiles of any size and turn, where their lattice stands out."""
        found = lattice.lattices(self.raster.residual, 2 * _LOOKS[self.effort], _LATTICE_SIDES)
        near = lattice.STEP * np.array([-0.6, 0, 0.6])
        self._swept(
            [
                (each.side * (1 + grown), each.degrees + float(np.degrees(turned)))
                for each in found
                for grown in near
                for turned in near
            ],
            range(8),
        )

    def turns(self) -> None:
        """Tiles of the whole picture's size at any turn."""
        for tiles in (tile.TILES, tile.FEW_TILES):
            side = self.longer / tiles
            self._swept([(side, degrees) for degrees in sweep.turns(self.shape, side, 45, _ALL)])

    def bent(self) -> None:
        """The whole picture in perspective."""
        likely = {tile.TILES: self.longer >= _MANY_FROM, tile.FEW_TILES: self.longer <= _FEW_UPTO}
        for tiles in (tiles for tiles, so in likely.items() if so or self.effort == "thorough"):
            for presence in self._presences():
                off = min(fit.FARTHEST, _BENT * tiles)
                laid = fit.straightened(self.raster, self._whole(tiles), presence, off)
                if laid is not None and not self._known(laid.geometry):
                    self._judged(laid, presence, fit.LOG10_STRAIGHTENED)
            if self._enough():
                break

    def readout(self) -> Readout:
        """What was found."""
        presence = None
        for each in self.seen:
            log10_p = min(0.0, code.log10_bound(each.score, 0, 1) + log10(max(1, self.looks)) + each.log10_fit)
            if log10_p <= PRESENCE_LOG10_P and (presence is None or log10_p < presence.log10_p):
                presence = Presence(log10_p, each.score, self._place(each.geometry))
        return Readout(tuple(sorted(self.found.values(), key=lambda each: each.log10_p)), presence)

    def _whole(self, tiles: int) -> Matrix:
        return sheet.sized(self.longer / tiles, self.longer / tiles)

    def _about_middle(self, side: float, degrees: float) -> Matrix:
        middle = sheet.moved(self.shape[1] / 2, self.shape[0] / 2)
        return np.asarray(middle @ sheet.turned(degrees) @ sheet.sized(side, side), np.float64)

    def _presences(self) -> list[bytes]:
        return list(dict.fromkeys(key.presence for key in self.keys))

    def _enough(self) -> bool:
        return bool(self.found) and self.effort == "quick"

    def _swept(self, tried: list[tuple[float, float]], positions: Sequence[int] = (0, 4)) -> None:
        for presence in self._presences():
            places = sweep.swept(self.spectrum, presence, tried, tuple(positions), _ALL)
            self.looks += len(positions) * len(tried) * pilot.STEPS**2
            for each in _apart(places, _LOOKS[self.effort] // 2):
                if each.score < (_OTHER if self._enough() else _SEEN):
                    break
                self._looked(self.raster.flat(self._about_middle(each.side, each.degrees)))

    def _looked(self, laid: Sheet | None) -> None:
        """A look at all shifts and quarter turns of a sheet."""
        if laid is None:
            return
        for presence in self._presences():
            self.looks += 8 * pilot.STEPS**2
            least = _SEEN
            for peak in pilot.peaks(sheet.evened(laid.total()), presence, _MOST_PEAKS):
                geometry = pilot.placed(laid.geometry, peak.position, peak.shift)
                if peak.score < least:
                    break
                if self._known(geometry):
                    continue
                self._note(peak.score, 0, geometry)
                upright = self.raster.flat(geometry)
                if upright is not None:
                    self._judged(fit.fitted(self.raster, upright, presence), presence, fit.LOG10_FITTED)
                least = _OTHER

    def _judged(self, laid: Sheet, presence: bytes, log10_fit: float) -> None:
        score = self._scored(laid, presence)
        self._note(score, log10_fit, laid.geometry)
        self.tried.append(laid.geometry)
        if score >= _SEEN:
            self._decoded(laid, presence)

    def _scored(self, laid: Sheet, presence: bytes) -> float:
        self.looks += 1
        return pilot.score(sheet.evened(laid.total()), presence)

    def _note(self, score: float, log10_fit: float, geometry: Matrix) -> None:
        self.seen.append(_Seen(score, log10_fit, geometry))

    def _known(self, geometry: Matrix) -> bool:
        """Whether this geometry, or one that differs by whole tiles, was gone into already."""
        middle = np.array([[self.shape[1] / 2, self.shape[0] / 2]])
        for each in self.tried:
            at = sheet.applied(np.linalg.inv(each), middle)
            near = np.concatenate([at, at + np.array([[1, 0]]), at + np.array([[0, 1]])])
            other = sheet.applied(np.linalg.inv(geometry) @ each, near)
            shift = other[0] - at[0]
            grown = (other[1:] - other[0]) - np.eye(2)
            if np.abs(shift - np.rint(shift)).max() < 2 * _SAME and np.abs(grown).max() < _SAME:
                return True
        return False

    def _decoded(self, laid: Sheet, presence: bytes, evidence: float = 0.0) -> bool:
        """All ids under a geometry; whether there are any. `evidence` is the score of a pilot not looked for."""
        strengths = adding.tiles(laid, presence)
        soft = weights.believed(laid.total(strengths), presence)
        for count in range(_MOST_IDS):
            read_now = self._one(soft, presence, evidence)
            if read_now is None:
                return count > 0
            key, decoded = read_now
            found = Found(
                decoded.value,
                decoded.bits,
                key.name,
                decoded.score,
                decoded.log10_p,
                self._place(laid.geometry, laid, strengths),
            )
            self.found.setdefault((found.value, found.bits, key.name), found)
            symbols = code.symbols(decoded.value, decoded.bits, soft.size, key.secret)
            soft = soft - symbols * np.float32(np.mean(soft * symbols))
        return True

    def _one(self, soft: Floats, presence: bytes, evidence: float) -> tuple[Key, code.Decoded] | None:
        for key in self.keys:
            if key.presence != presence:
                continue
            for bits in code.SIZES:
                self.decodings += 1
                decoded = code.decode(soft, key.secret, bits, tries=self.decodings, pilot=evidence)
                if decoded is not None:
                    return key, decoded
        return None

    def _place(self, geometry: Matrix, laid: Sheet | None = None, strengths: Floats | None = None) -> Place:
        back = sheet.sized(self.given[1] / self.shape[1], self.given[0] / self.shape[0])
        return place.placed(back @ geometry, self.given, laid, strengths)


def _apart(places: list[sweep.Seen], count: int) -> list[sweep.Seen]:
    """The first `count` places, without those beside one that is surer."""
    chosen: list[sweep.Seen] = []
    for each in places:
        beside = (
            abs(each.side / other.side - 1) < _BESIDE and abs(each.degrees - other.degrees) < np.degrees(_BESIDE)
            for other in chosen
        )
        if not any(beside):
            chosen.append(each)
        if len(chosen) == count:
            break
    return chosen

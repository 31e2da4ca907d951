"""The blind reader of films: frames go in, from all over the film; the ids that they carry come out.

The mark lies in the same place on every frame, and the content does not: so the frames' residuals are added up, and
their sum is read like a picture's (`overt.marks.watermark.picture.read`): whole films first, then crops, screen
recordings and turned ones. Under each geometry that shows a pilot the frames are added up once more, each by how much
of the pilot is in it, as a codec spends most of its bits on few frames. If nothing is found, single frames are tried:
a codec may have left the mark in one of them only.

**How sure.** As in pictures: weights of frames come from the pilot, which knows nothing of the id key, and all
decodings count. A pilot is told from plain sums only, as weights that were chosen on it would flatter it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from overt.marks.watermark.film.mark import PROXY
from overt.marks.watermark.film.residual import residual
from overt.marks.watermark.model import Found, Readout
from overt.marks.watermark.picture import pilot, sheet
from overt.marks.watermark.picture.read import SMALLEST_SIDE, Reader
from overt.marks.watermark.picture.residual import luma

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from overt.marks.watermark.keys import Key
    from overt.marks.watermark.picture.sheet import Sheet

    Floats = NDArray[np.float32]
    Matrix = NDArray[np.float64]

FRAMES = 24
"""Frames that are worth looking at; more add little."""
_LIKELY = 3.0  # The pilot's score from which frames are added up anew under a geometry.
_MOST_GEOMETRIES = 4
_SINGLES = 3  # Frames that are tried alone.
_THERE = 2.5  # The pilot's score from which a frame counts as marked, where an id was read from all of them.


class _Frame(NamedTuple):
    residual: Floats
    time: float


class FilmReader:
    """Looks at frames of one film, which may come in any order, and says what they carry together."""

    def __init__(self, keys: Sequence[Key]) -> None:
        """`keys`: the operator's keys, old ones too."""
        self._keys = keys
        self._given: tuple[int, int] | None = None
        self._frames: list[_Frame] = []

    def see(self, frame: NDArray[np.generic], time: float = 0.0) -> None:
        """Take in a frame: RGB (height x width x 3) or grey, 0 to 255, and when it is shown, in seconds.

        A frame of another size than the first is left out.
        """
        grey = luma(frame)
        shape = (grey.shape[0], grey.shape[1])
        if self._given is None:
            self._given = shape
        if shape != self._given or min(shape) < SMALLEST_SIDE:
            return
        factor = PROXY / max(shape)
        if factor < 1:
            size = (max(1, round(shape[1] * factor)), max(1, round(shape[0] * factor)))
            grey = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.float32)
        self._frames.append(_Frame(residual(grey), time))

    def readout(self) -> Readout:
        """The ids in the frames seen so far."""
        if not self._frames or not self._keys or self._given is None:
            return Readout()
        together = _Looking([each.residual for each in self._frames], self._given, self._keys)
        together.look()
        readout = together.readout()
        if not readout.ids and len(self._frames) > 1:
            for each in together.strongest()[:_SINGLES]:
                single = _Looking([self._frames[each].residual], self._given, self._keys)
                single.looks, single.decodings = together.looks, together.decodings
                single.look(thorough=False)
                if single.found:
                    readout = single.readout()
                    break
                together.looks, together.decodings = single.looks, single.decodings
        return replace(readout, ids=tuple(self._timed(each, together) for each in readout.ids))

    def _timed(self, found: Found, together: _Looking) -> Found:
        """An id with the time from the first frame that shows the mark to the last."""
        key = next(key for key in self._keys if key.name == found.key)
        shown = together.showing(key.presence)
        times = sorted(frame.time for frame, there in zip(self._frames, shown, strict=True) if there)
        if not times:
            return found
        return replace(found, place=replace(found.place, start=times[0], end=times[-1]))


class _Looking(Reader):
    """A picture's reader before the sum of some frames."""

    def __init__(self, residuals: Sequence[Floats], given: tuple[int, int], keys: Sequence[Key]) -> None:
        super().__init__(np.sum(residuals, axis=0, dtype=np.float32), given, keys, "quick")
        self.residuals = residuals
        self.rasters = [sheet.Raster(each) for each in residuals]
        self.marked: Matrix | None = None

    def look(self, *, thorough: bool = True) -> None:
        """Go the ways of a picture's reader till one leads to an id; only those for upright films, or all."""
        for way in (self.whole, self.sizes, *((self.lattices, self.turns) if thorough else ())):
            way()
            if not self.found and len(self.rasters) > 1:
                self._reweighted()
            if self.found:
                return

    def strongest(self) -> list[int]:
        """The frames in which most of their content's waves are left, as a codec spends most bits on them."""
        return [int(each) for each in np.argsort([-float(np.mean(np.square(each))) for each in self.residuals])]

    def showing(self, presence: bytes) -> list[bool]:
        """Which frames show the pilot under the geometry of an id; all, where it was read from one frame."""
        if self.marked is None:
            return [True] * len(self.rasters)
        return [score >= _THERE for score in self._scores(self._laid(self.marked), presence)]

    def _decoded(self, laid: Sheet, presence: bytes, evidence: float = 0.0) -> bool:
        decoded = super()._decoded(laid, presence, evidence)
        if self.marked is None and self.found:
            self.marked = laid.geometry
        return decoded

    def _reweighted(self) -> None:
        """Add up the frames anew, each by its own pilot, under the geometries in which a pilot is seen."""
        tried: list[Matrix] = []
        for each in sorted(self.seen, key=lambda each: -each.score):
            if each.score < _LIKELY or len(tried) >= _MOST_GEOMETRIES:
                break
            if any(np.allclose(each.geometry, other, atol=0.5) for other in tried):
                continue
            tried.append(each.geometry)
            laid = self._laid(each.geometry)
            for presence in self._presences():
                scores = self._scores(laid, presence)
                sizes = [float(np.sqrt(np.mean(np.abs(one.total()) ** 2))) + 1e-12 for one in laid]
                weights = [max(0.0, score) / size for score, size in zip(scores, sizes, strict=True)]
                if any(weights):
                    waves = sum(weight * one.waves for weight, one in zip(weights, laid, strict=True))
                    self._decoded(replace(laid[0], waves=np.asarray(waves, np.complex64)), presence)
                if self.found:
                    return

    def _laid(self, geometry: Matrix) -> list[Sheet]:
        return [laid for raster in self.rasters if (laid := raster.flat(geometry)) is not None]

    @staticmethod
    def _scores(laid: Sequence[Sheet], presence: bytes) -> list[float]:
        return [pilot.score(sheet.evened(each.total()), presence) for each in laid]

"""The watermark of films: the tile of pictures on every frame, hidden in the waves that a codec keeps.

Every frame carries the same waves in the same place, so that one frame is a marked picture, and frames add up. They are
laid over a small copy of the frame (`PROXY` pixels along its longer side, as films are watched and shared), block by
block only into those cosine waves (`lapped`) in which the content is strong: a codec keeps these, the eye sees least in
them (contrast masking: Legge and Foley 1980; by waves of blocks: Watson 1993), and plain places stay as they are.

The strength is chosen for each frame so that its change has `PSNR` decibels, never more than `MOST`. Behind a cut,
where the eye sees little for a moment (Seyler and Budrikis 1965) and every codec begins anew with a whole picture, it
is higher for some tenths of a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, exp, log10
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from overt.errors import UnsupportedError
from overt.language import Text
from overt.marks.watermark import code
from overt.marks.watermark.film import lapped
from overt.marks.watermark.picture import tile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from overt.marks.watermark.keys import Key
    from overt.marks.watermark.model import Bits

    Floats = NDArray[np.float32]

SMALLEST = 160
"""Pixels of the longer side below which a film is not marked."""
PROXY = 640  # Pixels of the longer side of the copy that is worked on.
PSNR = 42.6  # Decibels of a frame's change.
MOST = 20.0  # Grey levels: the deviation of the pattern where all its waves are kept.
KEPT, LEAST_KEPT = (
    8.0,
    2.0,
)  # Waves of the content as large as this (in 8-bit units) count as half kept; in plain pictures smaller ones.
CUT_BOOST, CUT_SECONDS = 0.8, 0.15  # How much stronger the mark is at a cut, and how fast that fades.
_CUT_LEVELS, _CUT_TIMES = 12.0, 4.0  # A cut changes a frame by so many levels, and so often what frames before changed.
_CUT_APART = 1.0  # Seconds between two cuts: flashes are none.
_FRESH = 1 / 31  # Seconds for which a moving picture's mark is kept before it is laid anew.
_STALE = 0.25  # The same for a still one.
_MOVED = 0.7  # Levels of mean change from which a picture counts as moving.
_AROUND, _PLAIN = 17, 2.0  # Pixels of the square around a place; levels of variation that are none.
_STEADY = 0.3  # How far the strength goes to a new frame's.


@dataclass(frozen=True, slots=True)
class FilmReport:
    """What was done: the mean `psnr` of the frames' change in dB, their number, and how many cuts were seen."""

    psnr: float
    frames: int
    cuts: int


class FilmMarker:
    """Marks one film, frame by frame in their order of display."""

    def __init__(
        self,
        shape: tuple[int, int],
        rate: float,
        value: int,
        bits: Bits,
        key: Key,
        *,
        aspect: float = 1.0,
        level: float = 1.0,
    ) -> None:
        """Begin a film.

        Args:
            shape: height and width of its luma.
            rate: frames a second, where the frames' times are not told.
            value: the id.
            bits: how long it is.
            key: the operator's key.
            aspect: a pixel's width over its height.
            level: how much luma one grey level of 255 is, in the units in which the change is wanted.

        Raises:
            UnsupportedError: the film is too small.
        """
        height, width = shape
        shown = (float(height), width * aspect)
        if max(shown) < SMALLEST:
            raise UnsupportedError(
                f"a film of {width} x {height} pixels is too small for a watermark",
                f"{width} × {height} 像素的影片太小，无法嵌入水印",
                hint=Text(
                    zh=f"较长边至少需要 {SMALLEST} 像素；请改用元数据标识，或提供更大的影片。",
                    en=f"The longer side needs {SMALLEST} pixels; rely on the metadata, or give a larger film.",
                ),
            )
        factor = min(1.0, PROXY / max(shown))
        small = (max(lapped.SIDE, round(shown[0] * factor)), max(lapped.SIDE, round(shown[1] * factor)))
        waves = tile.waves(code.symbols(value, bits, tile.room(), key.secret), key.presence)
        drawn = tile.draw(waves, small, max(small) / tile.tiles_for(round(max(shown))))
        self._pattern = lapped.analysed(drawn / drawn.std())
        self._shape, self._small, self._rate = shape, small, rate
        self._kept, self._level = KEPT, level
        self._laid = _Laid(np.zeros(small, np.float32), np.zeros(small, np.float32), -1e9, 0.0)
        self._last: Floats | None = None
        self._changes = [0.0]
        self._cut, self._cuts, self._frames, self._errors = -1e9, 0, 0, 0.0

    def delta(self, luma: NDArray[np.integer[Any] | np.floating[Any]], time: float | None = None) -> Floats:
        """The change of one frame: to be added to its luma, or to R, G and B alike.

        Args:
            luma: the frame's luma, height x width; more bits as fractions of 8-bit levels.
            time: when it is shown, in seconds; told by `rate` if it is not given.
        """
        now = self._frames / self._rate if time is None else time
        small = np.asarray(cv2.resize(luma, self._small[::-1], interpolation=cv2.INTER_AREA), np.float32)
        if self._is_cut(small, now):
            self._cut, self._cuts = now, self._cuts + 1
            self._laid = self._lay(small, now, None)
        elif self._is_old(small, now):
            self._laid = self._lay(small, now, self._laid.strength)
        strength = self._laid.strength * (1 + CUT_BOOST * exp(-max(0.0, now - self._cut) / CUT_SECONDS))
        self._frames += 1
        self._errors += strength**2 * self._laid.power
        change = self._laid.pattern * np.float32(strength * self._level)
        return np.asarray(cv2.resize(change, self._shape[::-1], interpolation=cv2.INTER_CUBIC), np.float32)

    def report(self) -> FilmReport:
        """What was done so far."""
        error = self._errors / max(1, self._frames) + 1 / 12
        return FilmReport(10 * log10(255**2 / error), self._frames, self._cuts)

    def _is_cut(self, small: Floats, now: float) -> bool:
        """Whether a new scene begins with this frame; the first frame does."""
        if self._last is None:
            self._last = small
            return True
        change = _difference(small, self._last)
        usual = sum(self._changes) / len(self._changes)
        cut = change > max(_CUT_LEVELS, _CUT_TIMES * usual) and now - self._cut >= _CUT_APART
        self._changes = [*self._changes[-ceil(self._rate / 2) :], min(change, _CUT_LEVELS)]
        self._last = small
        return cut

    def _is_old(self, small: Floats, now: float) -> bool:
        age = now - self._laid.time
        return age >= _STALE or (age >= _FRESH - 1e-6 and _difference(small, self._laid.small) > _MOVED)

    def _lay(self, small: Floats, now: float, before: float | None) -> _Laid:
        """The pattern for a frame; its strength goes slowly from the one `before`, which is none behind a cut."""
        powers = np.square(lapped.analysed(small, windowed=False))
        powers *= powers
        powers[..., 0] = 0
        texture = _texture(small)
        while True:
            share = np.asarray(powers / (powers + self._kept**4), np.float32)
            laid = lapped.synthesised(share * self._pattern, self._small) * texture
            mean = float(np.mean(np.square(laid)))
            wanted = 255 / 10 ** (PSNR / 20) / np.sqrt(mean + 1e-12)
            # In a plain picture a codec keeps weaker waves too.
            plain, self._kept = wanted > MOST, min(KEPT, max(LEAST_KEPT, self._kept * (0.8 if wanted > MOST else 1.05)))
            if before is not None or not plain or self._kept <= LEAST_KEPT:
                break
        wanted = min(MOST, wanted)
        strength = wanted if before is None else before + _STEADY * (wanted - before)
        return _Laid(small, laid, now, strength, mean)


@dataclass(frozen=True, slots=True)
class _Laid:
    """The pattern as it was laid over the small copy of a frame: when, how strong, and its mean square."""

    small: Floats
    pattern: Floats
    time: float
    strength: float
    power: float = 0.0


def _texture(small: Floats) -> Floats:
    """How much each place is a texture, 0 to 1: at a clean edge, beside plain places, little is hidden."""
    variation = np.square(lapped.fine(small))
    mean = cv2.blur(np.sqrt(variation), (_AROUND, _AROUND))
    return np.asarray(mean / np.sqrt(cv2.blur(variation, (_AROUND, _AROUND)) + _PLAIN**2), np.float32)


def _difference(one: Floats, other: Floats) -> float:
    return float(cv2.norm(one, other, cv2.NORM_L1)) / one.size

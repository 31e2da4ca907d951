"""Burning the visible label into a film, and measuring it on the file that was written.

Source: GB 45438-2025 clause 5.4 through the rulebook: from the starting picture on, for as long as the rulebook says
at normal speed, text height against the shortest side of the displayed picture.
The labelled pictures are encoded anew in their own codec, and those after them up to the next picture that refers to
nothing before it; everything else in the file stays byte for byte.
Time is counted by presentation, and sizes are taken on the displayed picture: turned, mirrored, in square pixels.

It does not label films whose pictures cannot be encoded as they were: it says why, and the way out.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from overt.errors import MediaError, ReadBackError, TruncatedError, UnsupportedError
from overt.formats.mp4_film import exchange, film_track
from overt.formats.mp4_seam import NEW_SET, seam
from overt.formats.splice import Buffer, write
from overt.marks.label import glyphs, placement
from overt.marks.label.burn import wording
from overt.marks.label.model import LabelPlace, LabelReport, LabelStyle
from overt.marks.label.overlay import Overlay
from overt.media.av import encode, video
from overt.media.budget import MARKING
from overt.rulebook import LabelRules

MARGIN_SECONDS: Final = 0.25
"""Longer than the rulebook asks: a platform that changes the frame rate or cuts at a key picture takes some away."""

_OVERVIEW: Final = 512
"""Pixels of the longer side of the pictures that the place is chosen on."""
_SAMPLES: Final = 7
"""Pictures that the place is chosen on, evenly over the label's span."""
_CLOSE: Final = 12
"""Pictures after the last new one that are compared one by one: what a decoder carries over shows there first."""


@dataclass(frozen=True, slots=True)
class _Label:
    """A drawn label and its place."""

    text: str
    plate: glyphs.Plate
    spot: placement.Spot

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, width, height on the displayed picture."""
        return (self.spot.left, self.spot.top, *self.plate.size)


def burn(source: Path, target: Path, rules: LabelRules, style: LabelStyle) -> LabelReport:
    """Write `target`: the film with the label burnt in, and report what was measured on it.

    Raises `MediaError` if the film cannot be labelled, `ReadBackError` (and leaves no file) if the label
    measured on the result falls short of the rules.
    """
    original = _mapped(source)
    number = film_track(original)
    film = video.probe(source, MARKING)
    if number not in (stream.number for stream in film.streams if stream.index == film.index):
        raise UnsupportedError(
            "it is unclear which of several picture tracks is the film", "文件含多条画面轨道，无法确定哪一条是影片"
        )
    times = video.timeline(source)
    chosen = range(len(times.stored))
    if style.span == "start":
        chosen = times.within(rules.video_seconds.value + MARGIN_SECONDS)
    label = _drawn(source, film, times, chosen, rules, style)
    paint = Overlay(film, label.plate.image, label.spot.left, label.spot.top)
    # Where an H.264 film can go on with its old pictures after the label, it does: they stay as they are.
    count = seam(original, len(chosen))
    _write(source, target, original, film, times, chosen, paint, count)
    try:
        if not _goes_on(source, target, film, times, count):
            _write(source, target, original, film, times, chosen, paint, len(times.stored))
        return _measured(target, label, rules)
    except BaseException:
        target.unlink()
        raise


def _write(
    source: Path,
    target: Path,
    original: Buffer,
    film: video.Film,
    times: video.Timeline,
    chosen: range,
    paint: Overlay,
    count: int,
) -> None:
    """Encode the first `count` pictures anew, those chosen with the label, and put them into the film's place."""
    number = NEW_SET if count < len(times.stored) else 0
    with TemporaryDirectory(dir=target.parent, prefix=".overt-") as folder:
        encoded = Path(folder) / "pictures.mp4"
        encode.reencode(source, encoded, film, times, chosen, paint, count, number)
        splice = exchange(original, _mapped(encoded))
    with source.open("rb") as old, target.open("wb") as new:
        write(splice, old, new)


def _goes_on(source: Path, target: Path, film: video.Film, times: video.Timeline, count: int) -> bool:
    """Whether the old pictures after the new ones decode as they did: a decoder may have carried something over."""
    later = [time for time in times.shown[count:] if time is not None]
    picked = sorted({*later[:_CLOSE], *later[:: max(1, len(later) // _SAMPLES)], *later[-1:]})
    before, after = video.pictures_at(source, film, picked), video.pictures_at(target, film, picked)
    try:
        return all(old and new and np.array_equal(old.rgb, new.rgb) for old, new in zip_longest(before, after))
    except MediaError:
        return False


def _mapped(path: Path) -> Buffer:
    with path.open("rb") as file:
        if path.stat().st_size == 0:
            raise TruncatedError("the file is empty", "文件为空")
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def aspect(film: video.Film) -> float:
    """The pixel aspect as `placement.fit` takes it.

    It stands for players that show pixels as squares whatever the file says: the label must suffice there too.
    """
    return float(film.pixel_aspect if film.turn.sideways else 1 / film.pixel_aspect)


def _drawn(
    source: Path, film: video.Film, times: video.Timeline, chosen: range, rules: LabelRules, style: LabelStyle
) -> _Label:
    """The label, drawn for this film and put where it covers least of the pictures that will carry it."""
    text, second = wording(rules, style)
    plate = placement.fit(*film.shown, rules, text, second, aspect(film))
    shown = [time for time in (times.shown[index] for index in chosen) if time is not None]
    picked = sorted({shown[round(i * (len(shown) - 1) / (_SAMPLES - 1))] for i in range(_SAMPLES)} if shown else ())
    stack = np.stack([_overview(picture.rgb) for picture in video.pictures_at(source, film, picked)])
    return _Label(text, plate, placement.place(stack, film.shown, plate, style.position))


def _overview(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """A picture in grey and small."""
    height, width = rgb.shape[:2]
    scale = min(1.0, _OVERVIEW / max(width, height))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(Image.fromarray(rgb).convert("L").resize(size, Image.Resampling.BOX), dtype=np.float32)


def _measured(target: Path, label: _Label, rules: LabelRules) -> LabelReport:
    """What the label is on the decoded film: the least ink and contrast of all pictures from the first on.

    The label lasts until the first picture on which it is too low or too faint, or until the film's end.
    """
    film, times = video.probe(target, MARKING), video.timeline(target)
    left, top, width, height = label.box
    required = glyphs.required_px(*film.shown, rules, aspect(film))
    start: float | None = None
    end = times.end
    ink, contrast = 0, 0.0
    for picture in video.pictures(target, film):
        seen = glyphs.measure(picture.rgb[top : top + height, left : left + width], label.plate, 0, 0)
        if seen.height < required or seen.contrast < glyphs.LEAST_CONTRAST:
            end = picture.time
            break
        if start is None:
            start, ink, contrast = picture.time, seen.height, seen.contrast
        ink, contrast = min(ink, seen.height), min(contrast, seen.contrast)
    if start is None:
        raise ReadBackError("the first picture does not show the label", "起始画面上未测得标识")
    needed = min(rules.video_seconds.value, times.end - times.start)
    if end - start < needed - float(times.base):
        raise ReadBackError(
            f"the label lasts {end - start:.2f} s, {needed:.2f} s are needed",
            f"标识实测持续 {end - start:.2f} 秒，不足 {needed:.2f} 秒",
        )
    side = required / rules.glyph_height_ratio.value
    measures = {
        "glyph_height_px": float(ink),
        "shortest_side_px": side,
        "glyph_height_ratio": ink / side,
        "contrast": contrast,
        "seconds": end - start,
    }
    return LabelReport("video", label.text, (LabelPlace(label.spot.where, label.box, (start, end)),), measures)

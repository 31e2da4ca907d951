"""Burning the visible label into a film, and measuring it on the file that was written.

Source: GB 45438-2025 clause 5.4 through the rulebook: from the starting picture on, for as long as the rulebook says
at normal speed, text height against the shortest side of the displayed picture.
The labelled pictures are encoded anew in their own codec, and those after them up to the next picture that refers to
nothing before it; everything else in the file stays byte for byte. A style may ask for a smaller label that stays in a
corner after the first one: then all pictures are encoded anew.
Time is counted by presentation, and sizes are taken on the displayed picture: turned, mirrored, in square pixels.

It does not label films whose pictures cannot be encoded as they were: it says why, and the way out.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from overt.errors import MediaError, ReadBackError, UnsupportedError
from overt.formats.mp4_film import film_track
from overt.formats.mp4_seam import NEW_SET
from overt.formats.splice import Buffer, write
from overt.marks.label import glyphs, placement
from overt.marks.label.film.kinds import KINDS, Kind, mapped
from overt.marks.label.film.overlay import Overlay
from overt.marks.label.model import LabelPlace, LabelReport, LabelStyle, Position
from overt.marks.label.picture.burn import wording
from overt.media.av import encode, video
from overt.media.budget import MARKING
from overt.rulebook import LabelRules

MARGIN_SECONDS: Final = 0.25
"""Longer than the rulebook asks: a platform that changes the frame rate or cuts at a key picture takes some away."""

SMALLER: Final = 0.6
"""Glyphs of the label in the corner against those that the rulebook asks for at the start: seen, not in the way."""

_BLURRED: Final = 0.8
"""Share of its height that the label in the corner may lose to encoding."""

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


@dataclass(frozen=True, slots=True)
class _Work:
    """One film that is being labelled; `small` is what stays in the corner once the label has gone."""

    source: Path
    target: Path
    original: Buffer
    kind: Kind
    film: video.Film
    times: video.Timeline
    chosen: range
    label: _Label
    small: _Label | None


def burn(source: Path, target: Path, rules: LabelRules, style: LabelStyle) -> LabelReport:
    """Write `target`: the film with the label burnt in, and report what was measured on it.

    Raises `MediaError` if the film cannot be labelled, `ReadBackError` (and leaves no file) if the label
    measured on the result falls short of the rules.
    """
    original = mapped(source)
    form = video.form_of(source)
    kind = KINDS[form]
    # Asked before anything is decoded: it refuses what cannot be labelled.
    number = film_track(original) if form == "mov" else kind.seam(original, 0)
    film = video.probe(source, MARKING)
    if form == "mov" and number not in (stream.number for stream in film.streams if stream.index == film.index):
        raise UnsupportedError(
            "it is unclear which of several picture tracks is the film", "文件含多条画面轨道，无法确定哪一条是影片"
        )
    times = video.timeline(source)
    chosen = range(len(times.stored))
    if style.span != "whole":
        chosen = times.within(rules.video_seconds.value + MARGIN_SECONDS)
    label = _drawn(source, film, times, chosen, rules, style)
    small = None
    if style.span == "corner" and len(chosen) < len(times.stored):
        small = _corner(label, film, rules)
    work = _Work(source, target, original, kind, film, times, chosen, label, small)
    # Where a film can go on with its old pictures after the label, it does: they stay as they are.
    count = len(times.stored) if small else kind.seam(original, len(chosen))
    _write(work, count)
    try:
        if not _goes_on(source, target, film, times, count):
            _write(work, len(times.stored))
        return _measured(target, label, rules, small)
    except BaseException:
        target.unlink()
        raise


def _corner(label: _Label, film: video.Film, rules: LabelRules) -> _Label:
    """The smaller label, in the corner of the other one, or else at the bottom right."""
    wanted = glyphs.required_px(*film.shown, rules, aspect(film)) * SMALLER
    glyph_px = max(placement.LEAST_PX, round(wanted))
    plate = glyphs.plate(label.text, glyph_px, reference=rules.reference_glyph.value)
    if plate.size[0] > film.shown[0] or plate.size[1] > film.shown[1]:
        return label  # A picture so small has no room for anything but what is there already.
    where = label.spot.where if "-" in label.spot.where else "bottom-right"
    flat = np.zeros((1, *film.shown[::-1]), dtype=np.float32)
    return _Label(label.text, plate, placement.place(flat, film.shown, plate, cast("Position", where)))


def _write(work: _Work, count: int) -> None:
    """Encode the first `count` pictures anew, those chosen with the label, and put them into the film's place."""
    overlay = Overlay(work.film, work.label.plate.image, work.label.spot.left, work.label.spot.top)
    later = None
    if work.small is not None:
        later = Overlay(work.film, work.small.plate.image, work.small.spot.left, work.small.spot.top)

    def paint(number: int, planes: tuple[encode.Plane, ...]) -> None:
        if number in work.chosen:
            overlay(planes)
        elif later is not None:
            later(planes)

    set_number = NEW_SET if count < len(work.times.stored) else 0
    with TemporaryDirectory(dir=work.target.parent, prefix=".overt-") as folder:
        encoded = Path(folder) / "pictures"
        form = work.kind.forms.get(work.film.codec, work.kind.form)
        encode.reencode(work.source, encoded, work.film, work.times, paint, count, set_number, form)
        splice = work.kind.exchange(work.original, mapped(encoded))
    with work.source.open("rb") as old, work.target.open("wb") as new:
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


def _measured(target: Path, label: _Label, rules: LabelRules, small: _Label | None = None) -> LabelReport:
    """What the label is on the decoded film: the least ink and contrast of all pictures from the first on.

    The label lasts until the first picture on which it is too low or too faint, or until the film's end; a smaller one
    must be on all pictures from there on.
    """
    film, times = video.probe(target, MARKING), video.timeline(target)
    required = glyphs.required_px(*film.shown, rules, aspect(film))
    first = _Seen(label, required)
    second = _Seen(small, required * SMALLER * _BLURRED) if small is not None else None
    for picture in video.pictures(target, film):
        if first.end is None and first.sees(picture):
            continue
        if second is None or not second.sees(picture):
            break
    if first.start is None:
        raise ReadBackError("the first picture does not show the label", "起始画面上未测得标识")
    end = times.end if first.end is None else first.end
    needed = min(rules.video_seconds.value, times.end - times.start)
    if end - first.start < needed - float(times.base):
        raise ReadBackError(
            f"the label lasts {end - first.start:.2f} s, {needed:.2f} s are needed",
            f"标识实测持续 {end - first.start:.2f} 秒，不足 {needed:.2f} 秒",
        )
    side = required / rules.glyph_height_ratio.value
    measures = {
        "glyph_height_px": float(first.ink),
        "shortest_side_px": side,
        "glyph_height_ratio": first.ink / side,
        "contrast": first.contrast,
        "seconds": end - first.start,
    }
    places = [LabelPlace(label.spot.where, label.box, (first.start, end))]
    if second is not None and small is not None and first.end is not None:
        if second.start is None or second.end is not None:
            raise ReadBackError("the label in the corner does not last to the end", "角标未持续到影片结束")
        measures |= {"corner_height_ratio": second.ink / side, "corner_seconds": times.end - second.start}
        places.append(LabelPlace(small.spot.where, small.box, (second.start, times.end)))
    return LabelReport("video", label.text, tuple(places), measures)


class _Seen:
    """What was measured of one label on the pictures so far; `end` is when the first came that did not show it."""

    def __init__(self, label: _Label, required: float) -> None:
        self._label, self._required = label, required
        self.start: float | None = None
        self.end: float | None = None
        self.ink, self.contrast = 0, 0.0

    def sees(self, picture: video.Picture) -> bool:
        """Whether a picture shows it, high enough and legible."""
        left, top, width, height = self._label.box
        seen = glyphs.measure(picture.rgb[top : top + height, left : left + width], self._label.plate, 0, 0)
        if seen.height < max(self._required, 1) or seen.contrast < glyphs.LEAST_CONTRAST:
            self.end = picture.time if self.end is None else self.end
            return False
        if self.start is None:
            self.start, self.ink, self.contrast = picture.time, seen.height, seen.contrast
        self.ink, self.contrast = min(self.ink, seen.height), min(self.contrast, seen.contrast)
        return True

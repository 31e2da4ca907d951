"""Recognising a visible label of our own kind in a film, and from when to when it is there.

Method: `overt.marks.label.picture.find` looks at a few pictures; where one has a label, the same place is compared
with it in all pictures of the first seconds and in some of the rest.
Times are those of presentation, sizes those of the displayed picture.

It finds what `overt.marks.label.picture.find` finds, where it looks: a label of another maker, or a short one in the
midst of a long film, is not found, so "not found" says nothing about them.
"""

from __future__ import annotations

import math
import mmap
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from overt.errors import TruncatedError
from overt.formats import Buffer, avi, flv, matroska
from overt.formats.bmff import walk
from overt.marks.label.film.burn import aspect
from overt.marks.label.glyphs import LEAST_CONTRAST, measure, required_px
from overt.marks.label.model import LabelPlace, LabelReport, LabelStyle
from overt.marks.label.picture.burn import wording
from overt.marks.label.picture.find import Found, search
from overt.marks.label.placement import fit
from overt.media.av.video import Film, Picture, Timeline, form_of, pictures, pictures_at, probe, timeline
from overt.media.budget import INSPECTION, Budget
from overt.rulebook import LabelRules

_SIDE: Final = 600
"""Shortest side at which pictures are looked at: a label of 5 % has 30 pixels of ink there."""
_CLOSE: Final = 1.0
"""Seconds beyond the rulebook's that are looked at picture by picture, so that the label's end is exact."""
_LATER: Final = 8
"""Pictures of the rest of the film that are looked at, evenly spread."""
_SAME: Final = 0.6
"""Correlation from which a place still shows the label: films under its plate move, its glyphs do not."""

Grey = NDArray[np.float32]


def find(path: Path, rules: LabelRules, budget: Budget = INSPECTION) -> LabelReport | None:
    """The label of our own kind in a film; None where none of our kind was found. Raises `MediaError`."""
    film, times = probe(path, budget), timeline(path)
    needed = rules.video_seconds.value
    later = _later(times, needed + _CLOSE)
    first = (times.start, times.start + needed / 2, times.start + needed * 0.95)
    for picture in pictures_at(path, film, chain((time for time in first if time < times.end), later), _SIDE):
        found = search(_grey(picture), rules)
        if found is not None:
            break
    else:
        _require_whole(path)
        return None
    place = _crop(picture, found)
    # A smaller one in a corner may take its place; it is looked for where the first one has gone.
    last = next(pictures_at(path, film, later[-1:], _SIDE), None)
    small = None if last is None or _same(_crop(last, found), place) else _in_corner(last, rules)
    matches: list[tuple[float, bool]] = []
    smaller: list[tuple[float, bool]] = []
    for one in chain(pictures(path, film, needed + _CLOSE, _SIDE), pictures_at(path, film, later, _SIDE)):
        matches.append((one.time, _same(_crop(one, found), place)))
        if last is not None and small is not None:
            smaller.append((one.time, _same(_crop(one, small), _crop(last, small))))
    report = _report(film, picture, found, _span(matches, picture.time, times), rules)
    if last is None or small is None:
        return report
    more = _report(film, last, small, _span(smaller, last.time, times), rules)
    added = {"corner_height_ratio": more.measures["glyph_height_ratio"], "corner_seconds": more.measures["seconds"]}
    return replace(report, places=report.places + more.places, measures=report.measures | added)


def _in_corner(picture: Picture, rules: LabelRules) -> Found | None:
    """A label in a corner, also one that is too small to be found in the whole picture."""
    image = _grey(picture)
    width, height = image.width // 2, image.height // 2
    for left in (image.width - width, 0):
        for top in (image.height - height, 0):
            found = search(image.crop((left, top, left + width, top + height)), rules)
            if found is not None:
                x, y, across, down = found.box
                return replace(found, box=(x + left, y + top, across, down))
    return None


def _require_whole(path: Path) -> None:
    """Raises `TruncatedError` if the file ends within what it holds: what is missing may have the label."""
    with path.open("rb") as file:
        data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    if not _WHOLE[form_of(path)](data):
        raise TruncatedError("pictures are missing at the end of the film", "影片末尾缺少画面")


def _is_whole_flv(data: Buffer) -> bool:
    try:
        deque(flv.tags(data), maxlen=0)
    except TruncatedError:
        return False
    return True


_WHOLE: Final[dict[str, Callable[[Buffer], bool]]] = {
    "mov": lambda data: not any(box.truncated for box in walk(data, 0, len(data))),
    "matroska": lambda data: all(segment.fault is None for segment in matroska.segments(data)),
    "flv": _is_whole_flv,
    "avi": lambda data: avi.read(data).fault is None,
}
"""Whether a film's file ends where its structure does."""


def already(
    path: Path, rules: LabelRules, span: Literal["start", "whole", "corner"], budget: Budget = INSPECTION
) -> LabelReport | None:
    """The label that a film carries, where it makes another one needless.

    It is upright, high enough and legible, and there from the first picture on, as long as `span` asks for; a smaller
    one in a corner may take over from it.
    """
    film = probe(path, budget)
    picture = next(pictures(path, film))
    if not _sufficient(picture, film, rules):
        return None
    report, times = find(path, rules, budget), timeline(path)
    if report is None or report.places[0].seconds is None:
        return None
    start, end = report.places[0].seconds
    enough = times.end if span == "whole" else min(times.start + rules.video_seconds.value, times.end)
    if start > times.start or end < enough:
        return None
    if span != "corner" or end >= times.end:
        return report
    later = report.places[1].seconds if len(report.places) > 1 else None
    return report if later is not None and later[0] <= end and later[1] >= times.end else None


def _sufficient(picture: Picture, film: Film, rules: LabelRules) -> bool:
    """Whether a picture in full size has a label as we would draw it: its ink is measured as after burning it in."""
    image = _grey(picture)
    scale = max(1.0, min(film.shown) / _SIDE)
    small = image.resize((round(image.width / scale), round(image.height / scale)), Image.Resampling.BOX)
    found = search(small, rules)
    if found is None:
        return False
    left, top, width, height = (round(value * scale) for value in found.box)
    drawn = fit(*film.shown, rules, wording(rules, LabelStyle())[0], None, aspect(film))
    if max(abs(width - drawn.size[0]), abs(height - drawn.size[1])) > 0.05 * width:
        return False
    required = required_px(*film.shown, rules, aspect(film))
    reach = range(-math.ceil(2 * scale) - 1, math.ceil(2 * scale) + 2)
    inks = (measure(picture.rgb, drawn, left + x, top + y) for y in reach for x in reach if left + x >= 0 <= top + y)
    return any(ink.height >= required and ink.contrast >= LEAST_CONTRAST for ink in inks)


def _later(times: Timeline, close: float) -> list[float]:
    """Moments after the part that is looked at closely; the last one is the last picture."""
    begin, end = times.start + close, max((time for time in times.shown if time is not None), default=0.0)
    return [begin + (end - begin) * i / (_LATER - 1) for i in range(_LATER)] if end > begin else []


def _grey(picture: Picture) -> Image.Image:
    return Image.fromarray(picture.rgb).convert("L")


def _crop(picture: Picture, found: Found) -> Grey:
    left, top, width, height = found.box
    left, top = max(0, left), max(0, top)
    crop: Grey = picture.rgb[top : top + height, left : left + width].mean(axis=2, dtype=np.float32)
    return crop


def _same(one: Grey, other: Grey) -> bool:
    a, b = one - one.mean(), other - other.mean()
    return float(np.sum(a * b)) >= _SAME * float(np.sqrt(max(np.sum(a * a), 1.0) * max(np.sum(b * b), 1.0)))


def _span(matches: list[tuple[float, bool]], seen: float, times: Timeline) -> tuple[float, float]:
    """From when to when the label is there without a gap around the moment where it was seen.

    Its end is the first picture without it, as far as was looked; between later samples, the last one with it.
    """
    moments = sorted(dict(matches).items())
    at = max((index for index, (time, _) in enumerate(moments) if time <= seen), default=0)
    begin = end = at
    while begin > 0 and moments[begin - 1][1]:
        begin -= 1
    while end + 1 < len(moments) and moments[end + 1][1]:
        end += 1
    if end + 1 == len(moments):
        return moments[begin][0], times.end
    following = _following(times, moments[end][0])
    return moments[begin][0], min(following, moments[end + 1][0])


def _following(times: Timeline, time: float) -> float:
    """When the next picture comes."""
    return min((shown for shown in times.shown if shown is not None and shown > time), default=times.end)


def _report(film: Film, picture: Picture, found: Found, seconds: tuple[float, float], rules: LabelRules) -> LabelReport:
    height, width = picture.rgb.shape[:2]
    side = float(min(film.shown))
    scale = side / min(width, height)
    left, top, across, down = (round(value * scale) for value in found.box)
    text, _ = wording(rules, LabelStyle())
    measures = {
        "glyph_height_px": found.glyph_px * scale,
        "shortest_side_px": side,
        "glyph_height_ratio": found.glyph_px * scale / side,
        "score": found.score,
        "seconds": seconds[1] - seconds[0],
    }
    where = _where((left + across / 2) / film.shown[0], (top + down / 2) / film.shown[1])
    return LabelReport("video", text, (LabelPlace(where, (left, top, across, down), seconds),), measures)


def _where(x: float, y: float) -> str:
    """The place in the words of `Position`, from the label's centre (0 to 1)."""
    column = "-left" if x < 1 / 3 else "-right" if x > 2 / 3 else ""
    return ("top" if y < 0.5 else "bottom") + column

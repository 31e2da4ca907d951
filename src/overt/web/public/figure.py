"""The content as the verify page draws it: its pictures, its wave form, its first lines, with the marks' places on it.

What it draws from was made in the guarded process, and is checked again here: only Base64 and numbers get onto the
page as markup; words are left to the template, which escapes them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup

from overt.report import drawing, told
from overt.report.preview import Picture, Preview

_BASE64: Final = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_NOTHING: Final = Markup("")
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture with what is drawn over it; `time` is its moment in a film."""

    source: str
    over: Markup
    width: int
    height: int
    time: float | None


@dataclass(frozen=True, slots=True)
class Figure:
    """What is shown. `labels` and `marks` say whether a place of the label, of the watermark is drawn on it.

    `lines` are the first lines of a text, each as stretches with whether they are the label.
    """

    frames: tuple[Frame, ...] = ()
    wave: Markup = _NOTHING
    lines: tuple[tuple[tuple[str, bool], ...], ...] = ()
    labels: bool = False
    marks: bool = False

    @property
    def empty(self) -> bool:
        """Whether there is nothing to look at."""
        return not (self.frames or self.wave or self.lines)


def figure(shown: Preview, answer: Json) -> Figure:
    """The figure of an answer."""
    labels, marks = told.places(answer, "label"), told.places(answer, "watermark")
    boxes = [each for each in labels if each.get("box")]
    outlines = [each["outline"] for each in marks if each.get("outline")]
    stretches = [each["seconds"] for each in labels if each.get("seconds")]
    lasting = [(each["start"], each["end"]) for each in marks if {"start", "end"} <= set(each)]
    if shown.pictures:
        frames = tuple(_frame(each, boxes, outlines) for each in shown.pictures if _BASE64.fullmatch(each.jpeg))
        film = shown.pictures[0].time is not None
        line = Markup(drawing.track(shown.seconds, stretches, lasting)) if film else _NOTHING  # noqa: S704  (numbers)
        return Figure(frames, line, labels=bool(boxes), marks=bool(outlines or (film and lasting)))
    if shown.bars:
        every = max(1, round(shown.seconds / 8))
        drawn = drawing.wave(shown.bars, shown.seconds, shown.seconds, stretches, every, lasting)
        return Figure(wave=Markup(drawn), labels=bool(stretches), marks=bool(lasting))  # noqa: S704  (numbers)
    wording = next((found["values"].get("wording", "") for found in _labels(answer)), "")
    lines = tuple(_marked(line, wording) for line in shown.lines)
    return Figure(lines=lines, labels=any(label for line in lines for _, label in line))


def _labels(answer: Json) -> list[Json]:
    return [each for each in answer["readings"] if each["mark"] == "label" and each["state"] == "found"]


def _frame(picture: Picture, boxes: Sequence[Json], outlines: Sequence[Any]) -> Frame:
    seen = [each["box"] for each in boxes if _on_screen(each, picture.time)]
    over = drawing.outlines(picture.width, picture.height, outlines)
    over += drawing.boxes(picture.width, picture.height, seen)
    source = f"data:image/jpeg;base64,{picture.jpeg}"
    return Frame(source, Markup(over), picture.width, picture.height, picture.time)  # noqa: S704  (numbers)


def _on_screen(place: Json, time: float | None) -> bool:
    stretch = place.get("seconds")
    return time is None or not stretch or stretch[0] <= time < stretch[1]


def _marked(line: str, wording: str) -> tuple[tuple[str, bool], ...]:
    if not wording or wording not in line:
        return ((line, False),)
    before, _, after = line.partition(wording)
    return tuple(each for each in ((before, False), (wording, True), (after, False)) if each[0])

"""The visible label of GIFs, still and moving: on every picture, in the GIF's own colours.

Source: GB 45438-2025 clause 5.2 through the rulebook. `gif_frames` paints, `find` recognises. The plate is opaque
here: what shines through one would need more colours than a GIF has.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from overt.errors import FormatError, UnsupportedError
from overt.language import Text
from overt.marks.label import glyphs, placement
from overt.marks.label.model import LabelReport, LabelStyle
from overt.marks.label.picture import burn, exact, find, gif_frames, raster
from overt.media.budget import INSPECTION, MARKING, Budget
from overt.rulebook import LabelRules

_SAME = 6.0
"""Grey levels by which the label's ground may differ from picture to picture, on average, and still be the label."""
_DRIFT = 1.0
"""Levels by which merged colours may change a picture on average. Beyond, something else has gone wrong."""
_SAMPLES = 3
"""Pictures of an animation that decide where the label covers least."""


class GifLabeller:
    """Labels for GIF."""

    containers: tuple[str, ...] = ("gif",)

    def put(
        self,
        source: Path,
        target: Path,
        container: str,  # noqa: ARG002 - there is one
        rules: LabelRules,
        style: LabelStyle,
    ) -> LabelReport:
        """Write `target`: the GIF with the label on every picture, measured on what was written.

        A GIF that carries a sufficient label of ours on every picture stays as it is.
        """
        data = source.read_bytes()
        size, count = looked_at(data, MARKING)
        if count != sum(1 for _ in gif_frames.frames(data)):
            raise FormatError("not every picture of the GIF can be decoded", "GIF 中有图像无法解码")
        if report := _already(data, rules):
            shutil.copyfile(source, target)
            return report
        text, second = burn.wording(rules, style)
        aspect = _pixel_aspect(data)
        drawn = placement.fit(*size, rules, text, second, aspect)
        spot = placement.place(_overview(data, count), size, drawn, style.position)
        painted = gif_frames.paint(data, drawn.image, spot.left, spot.top)
        report = _measured(data, painted, drawn, spot, text, rules, aspect)
        burn.check(report, rules)
        target.write_bytes(painted)
        return report

    def read(self, path: Path, container: str, rules: LabelRules) -> LabelReport | None:
        """The label of our own kind on the first picture."""
        return find.find(path, container, rules)


LABELLER = GifLabeller()


def looked_at(data: bytes, budget: Budget) -> tuple[tuple[int, int], int]:
    """Size and number of pictures. Raises `BudgetError` for a screen of too many pixels."""
    with raster.opened(data, "gif") as image:
        raster.within(image.size, 1, budget)
        return image.size, getattr(image, "n_frames", 1)


def shown(data: bytes, budget: Budget = MARKING) -> Iterator[Image.Image]:
    """Every picture as it is shown, one after the other."""
    with raster.opened(data, "gif") as image:
        raster.within(image.size, 1, budget)
        for index in range(getattr(image, "n_frames", 1)):
            image.seek(index)
            image.load()
            yield raster.plain(image).convert("RGBA")


def _already(data: bytes, rules: LabelRules) -> LabelReport | None:
    """The label, if the first picture has a sufficient one and it stays there in all others."""
    report: LabelReport | None = None
    first: NDArray[np.float32] | None = None
    box = (0, 0, 0, 0)
    for image in shown(data, INSPECTION):
        if report is None:
            report = exact.again(image, rules, _pixel_aspect(data))
            if report is None or (found := report.places[0].box) is None:
                return None
            box = (found[0], found[1], found[0] + found[2], found[1] + found[3])
        here = raster.pixels(image.crop(box), over=128).astype(np.float32)
        first = here if first is None else first
        if np.abs(here - first).mean() > _SAME:
            return None
    return report


def _overview(data: bytes, count: int) -> NDArray[np.float32]:
    chosen = {index * (count - 1) // max(1, _SAMPLES - 1) for index in range(_SAMPLES)}
    grey = [burn.small_grey(image) for index, image in enumerate(shown(data)) if index in chosen]
    mean: NDArray[np.float32] = np.mean(grey, axis=0, dtype=np.float32)
    return mean


def _pixel_aspect(data: bytes) -> float:
    """A pixel's width over its height (GIF89a, 18): the byte counts 64ths from 15 on; 0 says nothing."""
    return (data[12] + 15) / 64 if data[12] else 1.0


def _measured(
    old: bytes, new: bytes, drawn: glyphs.Plate, spot: placement.Spot, text: str, rules: LabelRules, aspect: float
) -> LabelReport:
    """The least ink and contrast on all pictures; raises where a picture has changed beside the label."""
    box = (spot.left, spot.top, spot.left + drawn.size[0], spot.top + drawn.size[1])
    inks, size = list[glyphs.Ink](), (1, 1)
    masks = gif_frames.drawn(old, looked_at(old, MARKING)[0])
    for before, after, there in zip(shown(old), shown(new), masks, strict=False):
        size = after.size
        _unchanged(before, after, there, box)
        for ground in (0, 255):
            inks.append(glyphs.measure(raster.pixels(after.crop(box), over=ground), drawn, 0, 0))
    return exact.report(inks, size, drawn, spot, text, rules, aspect)


def _unchanged(
    before: Image.Image, after: Image.Image, there: NDArray[np.bool_], box: tuple[int, int, int, int]
) -> None:
    one, two = np.asarray(before).astype(np.int16), np.asarray(after).astype(np.int16)
    same = one.shape == two.shape
    if same:
        difference = np.abs(one - two) * there[..., None]
        difference[box[1] : box[3], box[0] : box[2]] = 0
        # Colours that nothing shows do not count.
        seen = difference[..., :3] * (one[..., 3:] > 0)
        same = not difference[..., 3].any() and float(seen.mean()) <= _DRIFT
    if not same:
        raise UnsupportedError(
            "the pictures of this GIF take each other away in a way that a label cannot follow",
            "该 GIF 各帧的清除方式使标识无法保持",
            hint=Text(
                zh="请另存为各帧完整的 GIF，或转换为 WebP、MP4，再添加标识。",
                en="Save it as a GIF whose pictures are whole, or as WebP or MP4, then label it.",
            ),
        )

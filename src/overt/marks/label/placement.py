"""Where a label goes: the edge or corner where it covers least, and how its wording is broken to fit.

Source: GB 45438-2025 clause 5.2 (at an edge or a corner); the rest is our choice.
What a picture shows is where its detail is: the mean gradient under the plate stands for what would be covered.
Faces, eyes and captions are detailed, sky and blurred ground are not; nothing here recognises what they are.
Pure and deterministic: the same pixels give the same place.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from overt.errors import UnsupportedError
from overt.language import Text
from overt.marks.label.glyphs import LEGIBLE_PX, Plate, needed_glyph_px, plate, required_px
from overt.marks.label.model import Position
from overt.rulebook import LabelRules

MOST_COVERED = 0.6
"""A label that hides more of the picture than this leaves no picture to label."""

LEAST_PX = 10
"""The smallest ink at which the glyphs can still be told apart; only where there is no room for LEGIBLE_PX."""
_MARGIN = 0.55
"""Distance from the picture's edge, in units of the glyph height."""

# In this order of taste: a worse place must be quieter by that share of the picture's mean detail.
_HANDICAP: dict[Position, float] = {
    "bottom-right": 0.0,
    "bottom-left": 0.10,
    "top-right": 0.15,
    "top-left": 0.20,
    "bottom": 0.25,
    "top": 0.30,
}


class Spot(NamedTuple):
    """A place on the displayed picture: its name, and the plate's left and top pixel."""

    where: str
    left: int
    top: int


def fit(
    width: int,
    height: int,
    rules: LabelRules,
    wording: str,
    second: str | None = None,
    pixel_aspect: float = 1.0,
) -> Plate:
    """The label for a displayed picture of this size: on one line if it fits, else on more.

    The second language is left away before the rulebook's becomes unreadable.
    Raises `UnsupportedError` where the picture is too small to carry the label at all.
    """
    wanted = needed_glyph_px(width, height, rules, pixel_aspect)
    least = max(LEAST_PX, required_px(width, height, rules, pixel_aspect))
    sizes = [wanted, *(px for px in range(wanted - 1, LEAST_PX - 1, -1) if px < LEGIBLE_PX and px >= least)]
    for glyph_px in sizes:
        for beneath in dict.fromkeys((second, None)):
            for lines in breaks(wording, rules):
                drawn = plate(lines, glyph_px, beneath, reference=rules.reference_glyph.value)
                if _fits(drawn.size, width, height):
                    return drawn
    raise UnsupportedError(
        f"a picture of {width}×{height} pixels is too small for the label “{wording}”",
        f"{width}×{height} 像素的图片放不下标识“{wording}”",
        hint=Text(
            zh="请先放大图片（较短边至少 64 像素）再添加标识。",
            en="Enlarge the picture first (shortest side at least 64 pixels), then label it.",
        ),
    )


def breaks(wording: str, rules: LabelRules) -> Iterator[str]:
    """Ways to break the wording into lines, the most readable first; only Han wording is broken."""
    yield wording
    if wording.isascii():
        return
    at = max((wording.rfind(element) for element in rules.generation_element.value), default=-1)
    if at > 0:
        yield f"{wording[:at]}\n{wording[at:]}"
    yield "\n".join(wording[i : i + 2] for i in range(0, len(wording), 2))
    yield "\n".join(wording)


def place(luma: NDArray[np.float32], shape: tuple[int, int], drawn: Plate, position: Position) -> Spot:
    """Where to put a plate on a displayed picture of `shape` (width, height).

    `luma` is the same picture in grey, usually much smaller; for a film, a stack of such pictures.
    """
    spots = _spots(shape, drawn.size, round(_MARGIN * drawn.cell[3]))
    if position != "auto":
        return spots[position]
    detail = np.mean([_detail(one) for one in luma.reshape(-1, *luma.shape[-2:])], axis=0)
    across, down = luma.shape[-1] / shape[0], luma.shape[-2] / shape[1]
    mean = float(detail.mean())

    def cost(name: Position) -> float:
        _, left, top = spots[name]
        right, bottom = left + drawn.size[0], top + drawn.size[1]
        rows = slice(int(top * down), max(int(top * down) + 1, round(bottom * down)))
        columns = slice(int(left * across), max(int(left * across) + 1, round(right * across)))
        return float(detail[rows, columns].mean()) + _HANDICAP[name] * mean

    return spots[min(_HANDICAP, key=cost)]


def _fits(size: tuple[int, int], width: int, height: int) -> bool:
    return size[0] <= width and size[1] <= height and size[0] * size[1] <= MOST_COVERED * width * height


def _spots(shape: tuple[int, int], size: tuple[int, int], margin: int) -> dict[Position, Spot]:
    """Left and top of the plate for each position; the margin shrinks where there is no room for it."""
    free_x, free_y = shape[0] - size[0], shape[1] - size[1]
    margin = max(0, min(margin, free_x // 2, free_y // 2))
    left, centre, right = margin, free_x // 2, free_x - margin
    top, bottom = margin, free_y - margin
    return {
        "bottom-right": Spot("bottom-right", right, bottom),
        "bottom-left": Spot("bottom-left", left, bottom),
        "top-right": Spot("top-right", right, top),
        "top-left": Spot("top-left", left, top),
        "bottom": Spot("bottom", centre, bottom),
        "top": Spot("top", centre, top),
    }


def _detail(luma: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much happens at each pixel: the gradient's magnitude."""
    down = np.abs(np.diff(luma, axis=0, prepend=luma[:1]))
    across = np.abs(np.diff(luma, axis=1, prepend=luma[:, :1]))
    return down + across

"""Burning the visible label into a picture, and measuring it on the file that was written.

Source: GB 45438-2025 clause 5.2 through the rulebook: both elements, at an edge or corner, text height against the
shortest side of the displayed picture.
All frames of an animation carry the label. Metadata is that of the original file. Of most JPEGs, only the blocks under
the label change.

It does not touch previews inside the metadata (EXIF thumbnail) nor the further pictures of a multi-picture JPEG.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from overt.errors import ReadBackError, SetupError
from overt.formats import heif_pictures, jpeg, png, webp
from overt.marks.label import glyphs, placement
from overt.marks.label.model import LabelPlace, LabelReport, LabelStyle
from overt.marks.label.picture import avif_jxl, jpeg_blocks, raster
from overt.rulebook import LabelRules

_OVERVIEW = 512  # Pixels of the longer side: detail finer than that is texture, not what a picture shows.
TRANSPLANT: dict[str, Callable[[bytes, bytes], bytes]] = {
    "jpeg": jpeg.transplant,
    "png": png.transplant,
    "webp": webp.transplant,
    "avif": heif_pictures.transplant,
    "jxl": avif_jxl.transplant_jxl,
}


def burn(source: Path, target: Path, container: str, rules: LabelRules, style: LabelStyle) -> LabelReport:
    """Write `target`: the picture with the label burnt in, and report what was measured on it.

    Raises `MediaError` if the picture cannot be labelled, `ReadBackError` (and leaves no file) if the label
    measured on the result falls short of the rules.
    """
    data = source.read_bytes()
    picture = raster.decode(data, container)
    text, second = wording(rules, style)
    drawn = placement.fit(*picture.size, rules, text, second, picture.pixel_aspect)
    spot = placement.place(_overview(picture), picture.size, drawn, style.position)
    raster.lay(picture, drawn.image, spot.left, spot.top)
    patched = _patched(data, picture, drawn, spot)
    while True:
        target.write_bytes(patched or TRANSPLANT[container](data, raster.encode(picture)))
        report = measured(raster.decode(target.read_bytes(), container, to_draw=False), drawn, spot, text, rules)
        try:
            check(report, rules)
        except ReadBackError:
            # A picture compressed this coarsely does not hold small type: spend more bytes on it, while that helps.
            if patched is None and not raster.refine(picture):
                target.unlink()
                raise
            patched = None
        else:
            return report


def _patched(data: bytes, picture: raster.Raster, drawn: glyphs.Plate, spot: placement.Spot) -> bytes | None:
    """A JPEG of which only the blocks under the label change; None where that cannot be."""
    if picture.container != "jpeg":
        return None
    box = (spot.left, spot.top, spot.left + drawn.size[0], spot.top + drawn.size[1])
    return jpeg_blocks.patched(data, *raster.stored(picture, box), picture.settings)


def wording(rules: LabelRules, style: LabelStyle) -> tuple[str, str | None]:
    """The wording that has both elements, and the same in the second language if the style asks for one."""
    both = (rules.wording.value.zh, rules.wording.value.en)
    first = next((text for text in both if rules.has_elements(text)), None)
    if first is None:
        raise SetupError(
            "the rulebook's wording has no AI element or no generation element",
            "规则手册中的标识文字缺少人工智能要素或生成合成要素",
        )
    second = rules.wording.value.in_(style.second_language) if style.second_language else None
    return first, second if second != first else None


def _overview(picture: raster.Raster) -> NDArray[np.float32]:
    """The picture in grey and small; an animation as the mean of its first, middle and last frame."""
    frames = picture.frames
    chosen = [frames[i] for i in sorted({0, len(frames) // 2, len(frames) - 1})]
    mean: NDArray[np.float32] = np.mean([small_grey(frame) for frame in chosen], axis=0, dtype=np.float32)
    return mean


def small_grey(frame: Image.Image) -> NDArray[np.float32]:
    """A picture in grey and small, as `placement.place` wants it."""
    scale = min(1.0, _OVERVIEW / max(frame.size))
    size = (max(1, round(frame.width * scale)), max(1, round(frame.height * scale)))
    grey = Image.fromarray(raster.pixels(frame, over=128)).convert("L").resize(size, Image.Resampling.BOX)
    return np.asarray(grey, np.float32)


def measured(
    picture: raster.Raster, drawn: glyphs.Plate, spot: placement.Spot, text: str, rules: LabelRules
) -> LabelReport:
    """Ink height and contrast of the label on a decoded picture: the least of all its frames and grounds."""
    _, left, top = spot
    box = (left, top, left + drawn.size[0], top + drawn.size[1])
    inks = [
        glyphs.measure(raster.pixels(frame.crop(box), over=ground), drawn, 0, 0)
        for frame in picture.frames
        for ground in ((0, 255) if frame.mode in {"LA", "RGBA"} else (255,))
    ]
    height = min(ink.height for ink in inks)
    side = glyphs.required_px(*picture.size, rules, picture.pixel_aspect) / rules.glyph_height_ratio.value
    measures = {
        "glyph_height_px": float(height),
        "shortest_side_px": side,
        "glyph_height_ratio": height / side,
        "contrast": min(ink.contrast for ink in inks),
    }
    place = LabelPlace(spot.where, (left, top, *drawn.size))
    return LabelReport("image", text, (place,), measures)


def check(report: LabelReport, rules: LabelRules) -> None:
    """Raise `ReadBackError` for a label whose measured ink or contrast falls short of the rules."""
    ratio, contrast = report.measures["glyph_height_ratio"], report.measures["contrast"]
    if ratio < rules.glyph_height_ratio.value:
        raise ReadBackError(
            f"the label's glyphs measure {ratio:.2%} of the shortest side, "
            f"{rules.glyph_height_ratio.value:.0%} are needed",
            f"标识文字实测高度为最短边的 {ratio:.2%}，低于 {rules.glyph_height_ratio.value:.0%}",
        )
    if contrast < glyphs.LEAST_CONTRAST:
        raise ReadBackError(
            f"the label's contrast measures {contrast:.1f}, {glyphs.LEAST_CONTRAST} is needed",
            f"标识文字实测对比度为 {contrast:.1f}，低于 {glyphs.LEAST_CONTRAST}",
        )

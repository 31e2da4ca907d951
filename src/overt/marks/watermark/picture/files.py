"""The watermark of picture files: JPEG, PNG, WebP, AVIF and JPEG XL, still or moving.

Files are decoded and encoded as the label does it (`overt.marks.label.picture.raster`): with the compression that they
show, all frames, all metadata. Lossy coding on the grid of its own former steps rounds small changes away, so that what
is left of the mark is measured on the file that was written; where too little is left, the picture is coded finer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from overt.errors import ReadBackError
from overt.language import Text
from overt.marks.label.picture import avif_jxl, raster
from overt.marks.label.picture.burn import TRANSPLANT
from overt.marks.watermark.model import Found, Readout, WatermarkReport, shortened
from overt.marks.watermark.picture import layers, tile
from overt.marks.watermark.picture.embed import embed
from overt.marks.watermark.picture.read import read as read_pixels
from overt.media.budget import INSPECTION, MARKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from PIL import Image

    from overt.marks.watermark.keys import Key
    from overt.marks.watermark.model import Bits

    Floats = NDArray[np.float32]

LEAST_KEPT: Final = 0.75
"""Share of the mark that must be left in what the written file decodes to."""
_FINE_STEPS: Final = 4  # Luma of a JPEG that is quantised as finely as this loses nothing of a mark.
_BEST, _BETTER = 99, 5  # Quality of a lossy WebP, and how much is added to it.
_WHITE: Final = 255  # What see-through parts are looked at on, as most viewers show them.


def bits_for(width: int, height: int) -> Bits:
    """How long an id a picture of this size carries."""
    return 64 if max(width, height) >= tile.SMALL else 40


def put(source: Path, target: Path, container: str, content_id: str, key: Key) -> WatermarkReport:
    """Write `target`: the picture with the id on every frame; it is read back from what was written.

    Raises `MediaError` where the picture cannot carry one, `ReadBackError` (and leaves no file) where too little of the
    mark outlives the picture's own coding.
    """
    data = source.read_bytes()
    picture = raster.decode(data, container, MARKING)
    bits = bits_for(*picture.size)
    value = shortened(content_id, bits)
    before = [raster.pixels(frame, _WHITE) for frame in picture.frames]
    deltas = [embed(pixels, value, bits, key) for pixels in before]
    wanted = layers.shown(picture.frames[0], deltas[0].delta)
    for index, each in enumerate(deltas):
        picture.frames[index] = layers.marked(picture.frames[index], each.delta)
    if picture.samples is not None:
        colours = picture.samples.shape[2] - 1 + picture.samples.shape[2] % 2
        picture.samples = layers.added(picture.samples, deltas[0].delta, colours)
    while True:
        target.write_bytes(TRANSPLANT[container](data, raster.encode(picture)))
        written = raster.decode(target.read_bytes(), container, MARKING, to_draw=False)
        after = [raster.pixels(frame, _WHITE) for frame in written.frames]
        found = found_in(after[0], value, key)
        share = kept(before[0], after[0], wanted)
        if found and share >= LEAST_KEPT:
            break
        if not _refined(picture):
            if found:
                break
            target.unlink()
            raise lost()
    measures = {
        "psnr": min(psnr(one, other) for one, other in zip(before, after, strict=True)),
        "strength": deltas[0].report.strength,
        "kept": share,
        "frames": float(len(after)),
    }
    return WatermarkReport("image", found, measures)


def read(path: Path, container: str, keys: Sequence[Key]) -> Readout:
    """The ids in a picture; of an animation, in its first frame, or in one in the midst."""
    picture = raster.decode(path.read_bytes(), container, INSPECTION, to_draw=False)
    return read_frames(picture.frames, keys)


def read_frames(frames: Sequence[Image.Image], keys: Sequence[Key]) -> Readout:
    """The ids in the first of a picture's frames, or in the middle one."""
    best = Readout()
    for index in sorted({0, len(frames) // 2}):
        readout = read_pixels(raster.pixels(frames[index], _WHITE), keys)
        if readout.ids:
            return readout
        best = best if best.presence else readout
    return best


def _refined(picture: raster.Raster) -> bool:
    """Ask for a finer coding: of luma alone where that can be. False where it is fine already."""
    settings = picture.settings
    if picture.container == "avif":
        return avif_jxl.finer_avif(settings)
    if picture.container == "webp" and not settings.get("lossless") and settings["quality"] < _BEST:
        settings["quality"] = min(_BEST, settings["quality"] + _BETTER)
        return True
    tables: dict[int, list[int]] = settings.get("qtables", {})
    if max(tables.get(0, [1])) <= _FINE_STEPS:
        return False
    settings["qtables"] = tables | {0: [(step + 1) // 2 for step in tables[0]]}
    return True


def found_in(pixels: NDArray[np.uint8], value: int, key: Key) -> Found | None:
    """The id that was put on, where it can be read."""
    return next((each for each in read_pixels(pixels, (key,)).ids if each.value == value), None)


def kept(before: NDArray[np.uint8], after: NDArray[np.uint8], delta: Floats) -> float:
    """How much of a mark is in what has changed: 1 for all of it, 0 for nothing."""
    change = after.astype(np.float32) - before.astype(np.float32)
    luma = change.mean(axis=2) if change.ndim == 3 else change
    return float(np.vdot(luma, delta) / max(float(np.vdot(delta, delta)), 1e-9))


def psnr(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> float:
    """The peak signal-to-noise ratio of two pictures in dB, at most 99."""
    error = float(np.mean(np.square(after.astype(np.float32) - before.astype(np.float32))))
    return min(99.0, 10 * float(np.log10(255**2 / max(error, 1e-9))))


def lost() -> ReadBackError:
    """The picture's own coding leaves too little of a mark."""
    return ReadBackError(
        "too little of the watermark is left in this picture: it is too plain, too small or coded too coarsely",
        "水印在该图片中保留不足：画面过于单调、尺寸过小或编码过于粗糙",
        hint=Text(
            zh="换用更大的图片，或另存为 PNG；也可不加水印：--only label,metadata,credential。",
            en="Use a larger picture or save it as PNG; or leave the watermark out: --only label,metadata,credential.",
        ),
    )

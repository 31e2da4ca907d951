"""The watermark of GIFs, still and moving: on every picture, in colours that its table has or can be given.

Source: GIF89a Specification, clauses 20 to 23. A picture of few colours gets the commonest in several brightnesses, and
every pixel takes the nearest. A picture of many keeps its colours, and the mark is carried by which of them stands
where: by error diffusion (Floyd and Steinberg 1976), whose noise is finer than the mark's waves. Where that noise would
show, the GIF is refused. Times, loops, disposal, transparency and every other block stay as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image

from overt.errors import FormatError, UnsupportedError
from overt.language import Text
from overt.marks.label.picture import gif as label
from overt.marks.label.picture import gif_frames, raster
from overt.marks.watermark.model import Readout, WatermarkReport, shortened
from overt.marks.watermark.picture import files, layers
from overt.marks.watermark.picture.embed import embed
from overt.media.budget import INSPECTION, MARKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from overt.marks.watermark.keys import Key

    Floats = NDArray[np.float32]
    Pixels = NDArray[np.uint8]

__all__ = ["put", "read"]

_COLOURS: Final = 256
_SHADES: Final = 7
"""Brightnesses of one colour at most: finer ones are not seen, and cost bytes."""
_SHADED: Final = 0.6
"""Share of the pixels whose colour must be to be had in several brightnesses; otherwise the mark is diffused."""
_LEAST_PSNR: Final = 30.0
"""dB below which the noise of error diffusion is seen as such."""
_WHITE: Final = 255


def put(source: Path, target: Path, container: str, content_id: str, key: Key) -> WatermarkReport:  # noqa: ARG001
    """Write `target`: the GIF with the id on every picture, read back from what was written."""
    data = source.read_bytes()
    size, count = label.looked_at(data, MARKING)
    found_frames = list(gif_frames.frames(data))
    if count != len(found_frames):
        raise FormatError("not every picture of the GIF can be decoded", "GIF 中有图像无法解码")
    bits = files.bits_for(*size)
    value = shortened(content_id, bits)
    parts, done = [b"GIF89a"], 6
    first = _on_white(next(iter(label.shown(data))))
    wanted = strength = None
    for frame, image in zip(found_frames, label.shown(data), strict=True):
        mark = embed(_on_white(image), value, bits, key)
        wanted = layers.shown(image, mark.delta) if wanted is None else wanted
        strength = mark.report.strength if strength is None else strength
        there = frame.box.meets(gif_frames.Box(0, 0, *size))
        delta = np.zeros(frame.box.shape, np.float32)
        delta[there.inside(frame.box)] = mark.delta[there.inside(gif_frames.Box(0, 0, *size))]
        start = frame.control.start if frame.control is not None else frame.image.start
        parts += [data[done:start], _marked(data, frame, delta)]
        done = frame.image.stop
    new = b"".join([*parts, data[done:]])
    shown = list(label.shown(new))
    after = _on_white(shown[0])
    found = files.found_in(after, value, key)
    if found is None or wanted is None or strength is None:
        raise files.lost()
    psnr = min(files.psnr(_on_white(one), _on_white(two)) for one, two in zip(label.shown(data), shown, strict=True))
    if psnr < _LEAST_PSNR:
        raise UnsupportedError(
            "the colours of this GIF are too few and too far apart for a watermark that is not seen",
            "该 GIF 的颜色过少且相差过大，无法嵌入不可察觉的水印",
            hint=Text(
                zh="请另存为 PNG、WebP 或 MP4 再标识；或不加水印：--only label,metadata,credential。",
                en="Save it as PNG, WebP or MP4 and mark that; or leave it out: --only label,metadata,credential.",
            ),
        )
    target.write_bytes(new)
    measures = {"psnr": psnr, "strength": strength, "kept": files.kept(first, after, wanted), "frames": float(count)}
    return WatermarkReport("image", found, measures)


def read(path: Path, container: str, keys: Sequence[Key]) -> Readout:  # noqa: ARG001
    """The ids in a GIF: in its first picture, or in one in the midst."""
    data = path.read_bytes()
    _, count = label.looked_at(data, INSPECTION)
    wanted = {0, count // 2}
    frames = [image for index, image in enumerate(label.shown(data, INSPECTION)) if index in wanted]
    return files.read_frames(frames, keys)


def _on_white(image: Image.Image) -> Pixels:
    return raster.pixels(image, _WHITE)


def _marked(data: bytes, frame: gif_frames.Frame, delta: Floats) -> bytes:
    """The control block and the picture with the mark."""
    control = gif_frames.Control.of(data, frame.control)
    indices = gif_frames.decoded(data, frame)
    table = np.frombuffer(data[frame.table.start : frame.table.stop], np.uint8).reshape(-1, 3)
    clear = np.zeros(indices.shape, bool) if control.clear is None else indices == control.clear
    used = np.unique(indices[~clear])
    if not used.size:
        between = frame.control.start if frame.control is not None else frame.image.start
        return data[between : frame.image.stop]
    colours = table[np.minimum(used, len(table) - 1)].astype(np.float32)
    known = np.searchsorted(used, np.where(clear, used[0], indices))
    shades = _shades(known[~clear], len(used))
    if np.mean(shades[known[~clear]] > 1) >= _SHADED:
        new_table, new = _shaded(colours, known, delta, shades)
    else:
        new_table, new = _diffused(colours, known, delta, clear)
    gap = len(new_table) if control.clear is not None else None
    if gap is not None:
        new_table = np.concatenate([new_table, np.zeros((1, 3), np.uint8)])
        new = np.where(clear, np.uint8(gap), new)
    return _coded(data, frame, control, new_table, new, gap)


def _shades(known: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    """In how many brightnesses each colour is to be had: three for the commonest, more while there is room."""
    shades = np.ones(count, np.intp)
    commonest = np.argsort(-np.bincount(known, minlength=count), kind="stable")
    room = _COLOURS - 1 - count
    for _ in range(_SHADES // 2):
        shades[commonest[: max(0, room) // 2]] += 2
        room -= 2 * count
    return shades


def _shaded(colours: Floats, known: NDArray[np.intp], delta: Floats, shades: NDArray[np.intp]) -> tuple[Pixels, Pixels]:
    """For each pixel the brightness of its colour that is next to what the mark wants."""
    reach = 1.6 * float(np.sqrt(np.mean(np.square(delta)))) + 0.5
    rows = [
        colour + np.linspace(-reach, reach, count)[:, None] * (count > 1)
        for colour, count in zip(colours, shades, strict=True)
    ]
    table = np.rint(np.clip(np.concatenate(rows), 0, 255)).astype(np.uint8)
    first = np.concatenate([[0], np.cumsum(shades)[:-1]])
    most = shades[known] - 1
    step = np.rint((delta + reach) / (2 * reach) * most).clip(0, most).astype(np.intp)
    return table, (first[known] + step).astype(np.uint8)


def _diffused(
    colours: Floats, known: NDArray[np.intp], delta: Floats, clear: NDArray[np.bool_]
) -> tuple[Pixels, Pixels]:
    """The same colours, chosen so that their mean follows the mark."""
    kept = colours[: _COLOURS - 1] if clear.any() else colours
    table = kept.astype(np.uint8)
    wanted = np.rint(np.clip(colours[known] + delta[..., None], 0, 255)).astype(np.uint8)
    palette = Image.new("P", (1, 1))
    palette.putpalette(table.tobytes() + table[:1].tobytes() * (_COLOURS - len(table)))
    chosen = Image.fromarray(wanted).quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)
    return table, np.minimum(np.asarray(chosen), len(table) - 1).astype(np.uint8)


def _coded(
    data: bytes,
    frame: gif_frames.Frame,
    control: gif_frames.Control,
    table: Pixels,
    indices: Pixels,
    clear: int | None,
) -> bytes:
    body, interlaced = gif_frames.coded(indices, interlaced=frame.interlaced)
    bits = max(0, (len(table) - 1).bit_length() - 1)
    box = frame.box
    place = b"".join(value.to_bytes(2, "little") for value in (box.left, box.top, box.shape[1], box.shape[0]))
    flags = bytes([0x80 | (gif_frames.INTERLACED if interlaced else 0) | bits])
    head = b"" if frame.control is None else control.block(clear) + data[frame.control.stop : frame.image.start]
    return head + b"\x2c" + place + flags + table.tobytes().ljust(3 << bits + 1, b"\0") + body

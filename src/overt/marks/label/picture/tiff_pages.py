"""A label laid over a page of a TIFF, in the page's own samples and compression.

Source: TIFF 6.0, sections 3 to 8, 16 and 18. Strips that the label does not touch, and all tags but where the others
lie, stay byte for byte. What lay under the label is not left in the file.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from overt.errors import FormatError
from overt.formats.tiff_directories import SIZES, Entry
from overt.formats.tiff_edits import Edits
from overt.marks.label.picture import raster, tiff_cells
from overt.marks.label.picture.gif_frames import TONES, Fit, fit
from overt.marks.label.picture.tiff_cells import ALPHA, GREY_WHITE, INKS, PALETTE, RGB, Page, Samples
from overt.marks.label.placement import Spot

Plate = NDArray[np.float64]
"""Rows × columns × RGBA, 0 to 1."""

_BACK = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}  # fmt: skip
"""From what is displayed to what is stored."""


def paint(
    edits: Edits, page: Page, plate: Image.Image, spot: Spot, shared: frozenset[int], *, refined: int = 0
) -> None:
    """Lay an RGBA plate over a page, whose spot counts pixels of the page as it is displayed.

    `shared` are the offsets that more than one strip has. `refined` says how often the steps of JPEG are halved, for
    small type.
    """
    x, y = stored_place(page, plate.size, spot.left, spot.top)
    turned = plate.transpose(_BACK[page.orientation]) if page.orientation in _BACK else plate
    rgba = np.asarray(turned).astype(np.float64) / 255
    offsets, counts = list(page.offsets), list(page.counts)
    palette = _palette(edits, page, rgba, (x, y)) if page.photometric == PALETTE else None
    whole = palette is not None and palette.has_moved
    for cell in page.under(*((0, 0, *page.size) if whole else (x, y, x + turned.width, y + turned.height))):
        if tiff_cells.is_jpeg(page):
            picture = tiff_cells.jpeg(page, cell)
            _lay_on_jpeg(picture, turned, x - cell.left, y - cell.top)
            for _ in range(refined):
                raster.refine(picture)
            coded = [tiff_cells.jpeg_code(picture)]
        else:
            samples = tiff_cells.read(page, cell).copy()
            if palette is not None:
                samples = palette.fit.moved[samples]
            # The part of the cell under the plate, and the part of the plate over the cell.
            top, bottom = max(y, cell.top), min(y + turned.height, cell.top + cell.height)
            left, right = max(x, cell.left), min(x + turned.width, cell.left + cell.width)
            if top < bottom and left < right:
                under = np.s_[top - cell.top : bottom - cell.top, left - cell.left : right - cell.left]
                over = rgba[top - y : bottom - y, left - x : right - x]
                samples[under] = (
                    palette.laid(samples[under], over) if palette is not None else _mixed(samples[under], over, page)
                )
            coded = tiff_cells.code(page, cell, samples)
        for at, body in zip(page.places(cell), coded, strict=True):
            offsets[at], counts[at] = _store(edits, offsets[at], counts[at], body, shared)
    rewrite(edits, page, page.entry(0x0144, 0x0111), offsets)
    rewrite(edits, page, page.entry(0x0145, 0x0117), counts)


def stored_place(page: Page, plate: tuple[int, int], left: int, top: int) -> tuple[int, int]:
    """The left and top of the turned plate on the page as it is stored (TIFF 6.0, tag 274)."""
    width, height = page.size if page.orientation < 5 else page.size[::-1]
    right, bottom = width - left - plate[0], height - top - plate[1]
    return {
        2: (right, top), 3: (right, bottom), 4: (left, bottom),
        5: (top, left), 6: (top, right), 7: (bottom, right), 8: (bottom, left),
    }.get(page.orientation, (left, top))  # fmt: skip


def _lay_on_jpeg(picture: raster.Raster, plate: Image.Image, left: int, top: int) -> None:
    """The part of the plate that lies on a cell."""
    width, height = picture.size
    box = (max(0, -left), max(0, -top), min(plate.width, width - left), min(plate.height, height - top))
    raster.lay(picture, plate.crop(box), max(0, left), max(0, top))


def _mixed(samples: Samples, rgba: Plate, page: Page) -> Samples:
    """The plate over samples of grey, RGB or inks, with the alpha that they may have."""
    alpha = rgba[..., 3:]
    tone = rgba[..., :3] @ np.array([[0.299], [0.587], [0.114]])
    if page.bits == 1:
        white = (tone >= 0.5) != (page.photometric == GREY_WHITE)
        return np.where(alpha >= 0.5, white, samples).astype(np.uint8)
    if page.photometric == RGB:
        ink = rgba[..., :3]
    elif page.photometric == INKS:  # Black ink alone: no colour fringes in print.
        ink = np.concatenate([np.zeros((*tone.shape[:2], 3)), 1 - tone], axis=2)
    else:
        ink = 1 - tone if page.photometric == GREY_WHITE else tone
    most, colours = (1 << page.bits) - 1, ink.shape[2]
    values = samples / most
    under = values[..., :colours]
    if page.extra is None:
        values[..., :colours] = under + (ink - under) * alpha
    else:
        there = values[..., colours : colours + 1]
        total = alpha + there * (1 - alpha)
        if page.extra == ALPHA:
            mixed = (ink * alpha + under * there * (1 - alpha)) / np.where(total == 0, 1, total)
            # Where the plate's corner leaves the picture as it was, so do hidden colours.
            values[..., :colours] = np.where(alpha == 0, under, mixed)
        else:
            values[..., :colours] = ink * alpha + under * (1 - alpha)
        values[..., colours : colours + 1] = total
    return (values * most).round().astype(samples.dtype)


@dataclass(frozen=True, slots=True)
class _Palette:
    """Where the tones of a plate, from `dark` to `light`, are in a page's palette."""

    fit: Fit
    dark: float
    light: float

    @property
    def has_moved(self) -> bool:
        """Whether colours had to make room, so that indices all over the page are others now."""
        return bool((self.fit.moved != np.arange(256)).any())

    def laid(self, samples: Samples, over: Plate) -> Samples:
        """The plate over indices."""
        share = (over[..., 1:2] - self.dark) / max(self.light - self.dark, 1e-9)
        steps = (share * (TONES - 1)).round().clip(0, TONES - 1).astype(np.intp)
        return np.where(over[..., 3:] >= 0.5, self.fit.tones[steps], samples).astype(samples.dtype)


def _palette(edits: Edits, page: Page, rgba: Plate, place: tuple[int, int]) -> _Palette:
    """Put the plate's tones into a page's palette."""
    entry = page.entry(0x0140)
    if entry is None or entry.kind != 3 or entry.count != 3 << page.bits or entry.stop > len(page.data):
        raise FormatError("the TIFF's palette is missing or too short", "TIFF 调色板缺失或不完整")
    if page.bits != 8:
        raise tiff_cells.refusal(f"a palette of {page.bits} bits", f"{page.bits} 位调色板")
    order = "<u2" if page.shape.order == "little" else ">u2"
    table = np.frombuffer(page.data[entry.start : entry.stop], order).reshape(3, -1).T.astype(np.int64)
    indices = np.zeros((page.down * page.cell[1], page.across * page.cell[0]), np.uint8)
    for cell in page.under(0, 0, *page.size):
        rows, columns = slice(cell.top, cell.top + cell.height), slice(cell.left, cell.left + cell.width)
        indices[rows, columns] = tiff_cells.read(page, cell)[..., 0]
    indices = indices[: page.size[1], : page.size[0]]
    kept = np.ones(indices.shape, bool)
    covered = kept[place[1] : place[1] + rgba.shape[0], place[0] : place[0] + rgba.shape[1]]
    covered[:] = rgba[: covered.shape[0], : covered.shape[1], 3] < 0.5
    tones = rgba[..., 1]
    dark, light = float(tones.min()), float(tones.max())
    greys = np.repeat((np.linspace(dark, light, TONES) * 255).round().astype(np.int32)[:, None], 3, axis=1)
    fitted = fit((table >> 8).astype(np.uint8), indices, kept, greys, None, needs_clear=False)
    table[fitted.tones] = greys * 257
    edits.put(entry.start, entry.stop, table.T.astype(order).tobytes())
    return _Palette(fitted, dark, light)


def _store(edits: Edits, offset: int, count: int, body: bytes, shared: frozenset[int]) -> tuple[int, int]:
    """Put a strip where the old one was, or behind the end; returns where it is, and its length."""
    alone = offset not in shared
    if alone and len(body) <= count:
        edits.put(offset, offset + count, body.ljust(count, b"\0"))
        return offset, len(body)
    if alone:
        edits.put(offset, offset + count, bytes(count))
    return edits.append(body), len(body)


def rewrite(edits: Edits, page: Page, entry: Entry | None, values: list[int]) -> None:
    """Write the numbers of a tag anew, in a wider type behind the end if theirs is too narrow."""
    if entry is None:
        return
    values = values[: entry.count]
    size, shape = SIZES[entry.kind], page.shape
    if max(values) < 1 << 8 * size:
        edits.put(entry.start, entry.stop, b"".join(shape.number(value, size) for value in values))
        return
    kind, size = (4, 4) if max(values) < 1 << 32 else (16, 8)
    if size > shape.offset_size:
        raise FormatError("the TIFF would be longer than 4 GiB", "TIFF 文件将超过 4 GiB")
    body = b"".join(shape.number(value, size) for value in values)
    edits.put(entry.at + 2, entry.at + 4, shape.number(kind, 2))
    inline = entry.at + 4 + shape.offset_size
    if len(body) > shape.offset_size:
        body = shape.number(edits.append(body), shape.offset_size)
    edits.put(inline, inline + shape.offset_size, body.ljust(shape.offset_size, b"\0"))

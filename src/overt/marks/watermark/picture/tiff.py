"""The watermark of TIFFs: on every page that shows a picture, in the page's own samples and compression.

Source: TIFF 6.0 through `overt.marks.label.picture.tiff_cells`. Masks and previews too small for a mark have none, nor
have pictures that hang on a page (reduced copies in SubIFDs). Pages of one bit or with a palette are refused: there is
no room between their tones.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from overt.errors import FormatError, UnsupportedError
from overt.formats import tiff
from overt.formats.tiff_directories import Directory, form, walk
from overt.formats.tiff_edits import Edits
from overt.marks.files import mapped
from overt.marks.label.picture import raster, tiff_cells, tiff_pages
from overt.marks.label.picture import tiff as label
from overt.marks.watermark.model import Readout, WatermarkReport, shortened
from overt.marks.watermark.picture import files, layers
from overt.marks.watermark.picture.embed import SMALLEST, embed
from overt.media.budget import INSPECTION, MARKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from overt.marks.watermark.keys import Key
    from overt.marks.watermark.model import Found

    Floats = NDArray[np.float32]
    Pixels = NDArray[np.uint8]

__all__ = ["put", "read"]

_REFINEMENTS: Final = 4
"""Halvings of the steps of JPEG; after these, even the coarsest are fine."""
_MAX_WALKED: Final = 256
_MAX_READ: Final = 8
"""Pages that are looked at for a mark."""
_WHITE: Final = 255


def put(source: Path, target: Path, container: str, content_id: str, key: Key) -> WatermarkReport:  # noqa: ARG001
    """Write `target`: the TIFF with the id on every page, read back from the first that was written."""
    data = source.read_bytes()
    pages = _pages(data)
    with raster.opened(data, "tiff") as image:
        before = {number: _seen(image, number) for number, _ in pages}
    shape = before[pages[0][0]].shape
    bits = files.bits_for(shape[1], shape[0])
    value = shortened(content_id, bits)
    marks = {number: embed(pixels, value, bits, key) for number, pixels in before.items()}
    for refined in range(_REFINEMENTS + 1):
        edits = Edits(data)
        for number, page in pages:
            _lay(edits, page, raster.as_stored(marks[number].delta, page.orientation), tiff_cells.shared(data), refined)
        new = edits.splice().apply(data)
        with raster.opened(new, "tiff") as image:
            after = {number: _seen(image, number) for number, _ in pages}
        founds = [files.found_in(pixels, value, key) for pixels in after.values()]
        shares = [files.kept(before[number], after[number], mark.delta) for number, mark in marks.items()]
        if all(founds) and (min(shares) >= files.LEAST_KEPT or not any(tiff_cells.is_jpeg(page) for _, page in pages)):
            break
    found: Found | None = founds[0]
    if found is None or not all(founds):
        raise files.lost()
    target.write_bytes(new)
    measures = {
        "psnr": min(files.psnr(before[number], after[number]) for number in before),
        "strength": marks[pages[0][0]].report.strength,
        "kept": min(shares),
        "frames": float(len(pages)),
    }
    return WatermarkReport("image", found, measures)


def read(path: Path, container: str, keys: Sequence[Key]) -> Readout:  # noqa: ARG001
    """The ids on one of the first pages."""
    with mapped(path) as data:
        found = [each for each in islice(walk(data, form(data)), _MAX_WALKED) if isinstance(each, Directory)]
        numbers = [page.page or 0 for page in label.pictures(found)[:_MAX_READ]]
    best = Readout()
    with raster.opened(path, "tiff") as image:
        for number in numbers:
            readout = files.read_frames([label.page_shown(image, number, INSPECTION)], keys)
            if readout.ids:
                return readout
            best = best if best.presence else readout
    return best


def _pages(data: bytes) -> list[tuple[int, tiff_cells.Page]]:
    """The pages that are marked. Raises `UnsupportedError` for one whose samples cannot be."""
    pages: list[tuple[int, tiff_cells.Page]] = []
    for directory in label.pictures(tiff.sound(data, form(data))):
        kind = label.kind_of(data, directory)
        if kind & label.MASK:
            continue
        page = tiff_cells.page_of(data, directory)
        if pages and kind & label.REDUCED and max(page.size) < SMALLEST:
            continue
        if page.bits == 1 or page.photometric == tiff_cells.PALETTE:
            raise _refusal("pages of one bit or with a palette", "1 位或使用调色板的页面")
        if page.photometric == tiff_cells.INKS and page.bits != 8:
            raise _refusal("inks of 16 bits", "16 位油墨色")
        pages.append((directory.page or 0, page))
    if not pages:
        raise FormatError("the TIFF holds no page that could carry a watermark", "TIFF 中没有可添加水印的页面")
    return pages


def _refusal(en: str, zh: str) -> UnsupportedError:
    refused = tiff_cells.refusal(en, zh)
    return UnsupportedError(f"a TIFF with {en} carries no watermark", f"含{zh}的 TIFF 无法携带水印", hint=refused.hint)


def _seen(image: Any, number: int) -> Pixels:
    return raster.pixels(label.page_shown(image, number, MARKING), _WHITE)


def _lay(edits: Edits, page: tiff_cells.Page, delta: Floats, shared: frozenset[int], refined: int) -> None:
    """The mark laid over all cells of a page."""
    offsets, counts = list(page.offsets), list(page.counts)
    room = _Room(edits, page, shared)
    for cell in page.under(0, 0, *page.size):
        piece = np.zeros((cell.height, cell.width), np.float32)
        there = delta[cell.top : cell.top + cell.height, cell.left : cell.left + cell.width]
        piece[: there.shape[0], : there.shape[1]] = there
        for at, body in zip(page.places(cell), _coded(page, cell, piece, refined), strict=True):
            offsets[at], counts[at] = room.take(body), len(body)
    room.close()
    tiff_pages.rewrite(edits, page, page.entry(0x0144, 0x0111), offsets)
    tiff_pages.rewrite(edits, page, page.entry(0x0145, 0x0117), counts)


class _Room:
    """The place of a page's old strips, into which the new ones go; what does not fit goes behind the end."""

    def __init__(self, edits: Edits, page: tiff_cells.Page, shared: frozenset[int]) -> None:
        self.edits = edits
        self.free: list[tuple[int, bytearray, int]] = []
        own = sorted((at, at + count) for at, count in zip(page.offsets, page.counts, strict=False) if at not in shared)
        start = stop = -1
        for first, last in [*own, (1 << 62, 1 << 62)]:
            if 0 <= first - stop <= 1 and start >= 0:  # Strips lie at even bytes.
                stop = max(stop, last)
                continue
            if stop > start:
                self.free.append((start, bytearray(), stop - start))
            start, stop = first, last

    def take(self, body: bytes) -> int:
        """Where these bytes are now."""
        for start, filled, length in self.free:
            aligned = len(filled) + len(filled) % 2
            if aligned + len(body) <= length:
                filled.extend(bytes(aligned - len(filled)) + body)
                return start + aligned
        return self.edits.append(body)

    def close(self) -> None:
        """Write what was taken; nothing of the old strips is left."""
        for start, filled, length in self.free:
            self.edits.put(start, start + length, bytes(filled).ljust(length, b"\0"))


def _coded(page: tiff_cells.Page, cell: tiff_cells.Cell, delta: Floats, refined: int) -> list[bytes]:
    """A cell's new data, one for each plane."""
    if tiff_cells.is_jpeg(page):
        picture = tiff_cells.jpeg(page, cell)
        width, height = picture.size
        picture.frames[0] = layers.marked(picture.frames[0], delta[:height, :width])
        for _ in range(refined):
            raster.refine(picture)
        return [tiff_cells.jpeg_code(picture)]
    samples = tiff_cells.read(page, cell)
    if page.photometric == tiff_cells.INKS:
        samples = samples.copy()
        samples[..., :4] = layers.inked(samples[..., :4], delta)
    else:
        colours = tiff_cells.CHANNELS[page.photometric]
        change = -delta if page.photometric == tiff_cells.GREY_WHITE else delta
        if page.extra is None:
            marked = samples.copy()
            marked[..., :colours] = layers.added(samples[..., :colours], change, colours)
            samples = marked
        else:
            samples = layers.added(samples, change, colours)
    return tiff_cells.code(page, cell, samples)

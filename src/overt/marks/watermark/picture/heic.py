"""The watermark of HEIC pictures, laid into their own luma.

Decoding and encoding are those of the label (`overt.marks.label.picture.heic`): no colour is converted, all tiles are
coded again, finely enough that the mark outlives it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from overt.marks.label.picture.heic import COARSEST, DOUBLE, FINEST, Picture, refuse_uncommon
from overt.marks.watermark.model import Readout, WatermarkReport, shortened
from overt.marks.watermark.picture import files
from overt.marks.watermark.picture.embed import embed
from overt.marks.watermark.picture.read import read as read_pixels
from overt.media.budget import INSPECTION, MARKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from overt.marks.watermark.keys import Key

__all__ = ["put", "read"]

_LIMITED: Final = 219 / 255  # Codes of luma in one of 8 bits, where not all codes are used.


def put(source: Path, target: Path, container: str, content_id: str, key: Key) -> WatermarkReport:  # noqa: ARG001
    """Write `target`: the picture with the id in it, read back from what was written."""
    data = source.read_bytes()
    picture = Picture(data, MARKING)
    refuse_uncommon(picture)
    before = np.asarray(picture.shown())
    bits = files.bits_for(before.shape[1], before.shape[0])
    value = shortened(content_id, bits)
    mark = embed(before, value, bits, key)
    crf = min(COARSEST, picture.quality())
    picture.add(mark.delta * (1 if picture.full else _LIMITED))
    while True:
        new = picture.encoded(crf)
        after = np.asarray(Picture(new, MARKING).shown())
        found, share = files.found_in(after, value, key), files.kept(before, after, mark.delta)
        if found and share >= files.LEAST_KEPT:
            break
        if crf <= FINEST:
            if found:
                break
            raise files.lost()
        crf = max(FINEST, crf - DOUBLE / 2)
    target.write_bytes(new)
    measures = {"psnr": files.psnr(before, after), "strength": mark.report.strength, "kept": share}
    return WatermarkReport("image", found, measures)


def read(path: Path, container: str, keys: Sequence[Key]) -> Readout:  # noqa: ARG001
    """The ids in a picture."""
    return read_pixels(np.asarray(Picture(path.read_bytes(), INSPECTION).shown()), keys)

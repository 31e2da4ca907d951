"""A label that touches only the blocks of a JPEG under it: every other coefficient stays as it was.

Source: ITU-T T.81 (blocks of 8 × 8 coefficients in minimum coded units); libjpeg through jpeglib, which is the extra
`pictures`. What lies in the units under the label is drawn, and quantised by the picture's own tables; the
rest is never decoded, so it is not compressed a second time.

It serves sequential Huffman-coded JPEGs in grey or YCbCr with the samplings 4:4:4, 4:2:2 and 4:2:0. For others
(progressive ones, which jpeglib does not write, too), and without jpeglib, there is the way over pixels
(`overt.marks.label.picture.raster`). Entropy coding is optimised anew; restart
intervals are not kept.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from overt.formats import jpeg
from overt.formats.jpeg_segments import APP14, sound

_BLOCK = 8
_BASELINE, _EXTENDED = 0xC0, 0xC1
_FRAME = range(_BASELINE, 0xD0)
_SCAN = 0xDA
_NO_FRAME = (0xC4, 0xC8, 0xCC)

Box = tuple[int, int, int, int]
"""Left, top, right, bottom, in pixels."""

Coefficients = NDArray[np.int16]


def patched(original: bytes, stored: Image.Image, box: Box, settings: dict[str, Any]) -> bytes | None:
    """The JPEG with what `stored` shows in `box`, and its own metadata; None where this way does not serve.

    `stored` is the drawn picture as its samples are stored (not turned for display); `settings` are those with which
    `overt.marks.label.picture.raster` would encode it.
    """
    if find_spec("jpeglib") is None or stored.mode not in {"L", "RGB"} or settings.get("keep_rgb"):
        return None
    if not _is_simple(original):
        return None
    with TemporaryDirectory() as folder, suppress(OSError):  # How libjpeg refuses what is damaged, or out of range.
        whole = _read(_bare(original), Path(folder))
        unit = tuple(_BLOCK * int(side) for side in whole.samp_factor.max(axis=0)[::-1])
        area = _aligned(box, unit, stored.size)
        piece = _read(_encoded(stored.crop(area), settings), Path(folder))
        if not _alike(whole, piece):
            return None
        wanted = [each.copy() for each in _planes(whole)]
        for number, (plane, patch) in enumerate(zip(wanted, _planes(piece), strict=True)):
            down, across = whole.samp_factor[number]
            top, left = area[1] // unit[1] * down, area[0] // unit[0] * across
            plane[top : top + patch.shape[0], left : left + patch.shape[1]] = patch
        written = _named(_write(whole, wanted, Path(folder)), original)
        found = _read(written, Path(folder))
        same = all(np.array_equal(a, b) for a, b in zip(_planes(found), wanted, strict=True))
        if same and _alike(found, whole):
            return jpeg.transplant(original, written)
    return None


def _is_simple(data: bytes) -> bool:
    """Whether a JPEG is sequential, Huffman-coded and of 8 bits."""
    frames = (part for part in sound(data)[0] if part.marker in _FRAME and part.marker not in _NO_FRAME)
    return all(part.marker in (_BASELINE, _EXTENDED) and data[part.body] == 8 for part in frames)


def _bare(data: bytes) -> bytes:
    """The first picture of a file without its metadata."""
    segments, stop = sound(data)
    parts, position = [b"\xff\xd8"], 2
    for part in segments:
        if part.is_metadata and part.marker != APP14:
            parts.append(data[position : part.start])
            position = part.stop
    return b"".join([*parts, data[position:stop]])


def _aligned(box: Box, unit: tuple[int, ...], size: tuple[int, int]) -> Box:
    """The box, grown to whole coded units of the picture."""
    left, top = (box[axis] // unit[axis] * unit[axis] for axis in (0, 1))
    right, bottom = (min(size[axis], -(-box[axis + 2] // unit[axis]) * unit[axis]) for axis in (0, 1))
    return left, top, right, bottom


def _encoded(piece: Image.Image, settings: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    piece.info.clear()
    piece.save(out, "JPEG", **(settings | {"optimize": False}))
    return out.getvalue()


def _read(data: bytes, folder: Path) -> Any:
    """The coefficients of a JPEG, as jpeglib's object."""
    import jpeglib  # noqa: PLC0415  # an extra

    path = folder / "read.jpg"
    path.write_bytes(data)
    return jpeglib.read_dct(str(path))


def _write(whole: Any, planes: list[Coefficients], folder: Path) -> bytes:
    whole.Y = planes[0]
    if len(planes) > 1:
        whole.Cb, whole.Cr = planes[1:]
    path = folder / "written.jpg"
    whole.write_dct(str(path), flags=["+OPTIMIZE_CODING"])
    return path.read_bytes()


def _named(written: bytes, original: bytes) -> bytes:
    """The JPEG with the components' numbers of the original: jpeglib counts from 0, where JFIF wants 1."""
    names = next(_components(original))[1]
    renamed = bytearray(written)
    old = next(_components(written))[1]
    for places, numbers in _components(written):
        for place, number in zip(places, numbers, strict=True):
            renamed[place] = names[old.index(number)]
    return bytes(renamed)


def _components(data: bytes) -> Iterator[tuple[list[int], list[int]]]:
    """Of the frame and of each scan: where the numbers of components stand, and what they are."""
    for part in sound(data)[0]:
        start, step = (part.body + 6, 3) if part.marker in (_BASELINE, _EXTENDED) else (part.body + 1, 2)
        if part.marker in (_BASELINE, _EXTENDED, _SCAN):
            places = [start + step * number for number in range(data[start - 1])]
            yield places, [data[place] for place in places]


def _planes(read: Any) -> Iterator[Coefficients]:
    yield read.Y
    if read.has_chrominance:
        yield read.Cb
        yield read.Cr


def _alike(one: Any, other: Any) -> bool:
    """Whether two have the same components, sampling and quantisation."""
    if one.has_black or one.num_components != other.num_components:
        return False
    if not np.array_equal(one.samp_factor, other.samp_factor):
        return False
    return all(
        np.array_equal(one.get_component_qt(number), other.get_component_qt(number))
        for number in range(one.num_components)
    )

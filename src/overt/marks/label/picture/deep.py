"""PNG with colour of 16 bits: decoded and encoded here, because Pillow would keep only 8 of them.

Source: PNG (Third Edition), clauses 7 (sample order), 9 (filtering) and 10 (compression).
Only what a label needs: the samples as an array, and back. No interlacing, no palettes, no depths below 16; colour
key, profile and all other chunks are left to `overt.formats.png.transplant`.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from overt.errors import BudgetError, FormatError, TruncatedError, UnsupportedError
from overt.formats.png_chunks import SIGNATURE, chunk, sound
from overt.language import Text

_CHANNELS = {2: 3, 4: 2, 6: 4}
"""Samples of a pixel by colour type: colour; grey and alpha; colour and alpha. Pillow keeps 16 bits of grey alone."""

Samples = NDArray[np.uint16]
"""Height × width × channels."""


def is_deep(data: bytes) -> bool:
    """Whether a PNG has 16 bits and more than one channel."""
    return data[24:25] == b"\x10" and data[25:26] in {b"\x02", b"\x04", b"\x06"}


def decode(data: bytes) -> Samples:
    """The samples of a PNG for which `is_deep` holds. The caller has looked at its size."""
    chunks, _ = sound(data)
    head = chunks[0]
    width, height, _depth, kind, _method, _filter, interlaced = struct.unpack(
        ">IIBBBBB", data[head.body : head.body + 13]
    )
    if interlaced or any(c.kind == b"acTL" for c in chunks):
        raise UnsupportedError(
            "an interlaced or animated PNG with colour of 16 bits cannot be labelled",
            "不支持为隔行扫描或动画的 16 位彩色 PNG 添加标识",
            hint=Text(
                zh="请另存为非隔行的静态 PNG，再添加标识。",
                en="Save it as a still PNG without interlacing, then label it.",
            ),
        )
    step = 2 * _CHANNELS[kind]
    row = 1 + width * step
    packed = b"".join(c.data(data) for c in chunks if c.kind == b"IDAT")
    lines = np.frombuffer(_inflated(packed, row * height), np.uint8).reshape(height, row)
    plain = _unfiltered(lines[:, 0], lines[:, 1:].reshape(height, width, step))
    return plain.view(">u2").astype(np.uint16)


def encode(samples: Samples) -> bytes:
    """A PNG of these samples and nothing else."""
    height, width, channels = samples.shape
    kind = next(kind for kind, count in _CHANNELS.items() if count == channels)
    plain = samples.astype(">u2").view(np.uint8).reshape(height, width * channels * 2)
    # Each row as its difference to the one above: good for photos, and one subtraction for the whole picture.
    lines = np.empty((height, plain.shape[1] + 1), np.uint8)
    lines[:, 0] = 2
    lines[:, 1:] = plain
    lines[1:, 1:] -= plain[:-1]
    head = struct.pack(">IIBBBBB", width, height, 16, kind, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(lines.tobytes(), 6))
    return SIGNATURE + chunk(b"IHDR", head) + body + chunk(b"IEND", b"")


def _inflated(packed: bytes, length: int) -> bytes:
    """Exactly the bytes that the size of the picture asks for; what follows them is not unpacked."""
    try:
        plain = zlib.decompressobj().decompress(packed, length)
    except zlib.error as error:
        raise FormatError(f"the PNG cannot be unpacked: {error}", f"PNG 数据无法解压：{error}") from error
    except MemoryError as error:
        raise BudgetError("the PNG is too large", "PNG 图片过大") from error
    if len(plain) < length:
        raise TruncatedError("the PNG holds fewer samples than its size asks for", "PNG 数据不完整")
    return plain


def _unfiltered(filters: NDArray[np.uint8], lines: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Undo the filters of all rows at once.

    A byte needs those to its left, above, and above to the left. So all bytes of one diagonal (of the same column
    plus row) can be computed together once the two diagonals before are known.
    """
    if filters.size and int(filters.max()) > 4:
        raise FormatError("the PNG has a row with an unknown filter", "PNG 含未知的行过滤类型")
    height, width, step = lines.shape
    # Row and column 0 are the zeros that the filters see beyond the picture.
    plain = np.zeros((height + 1, width + 1, step), np.uint8)
    for diagonal in range(height + width - 1):
        rows = np.arange(max(0, diagonal - width + 1), min(height, diagonal + 1))
        columns = diagonal - rows
        left = plain[rows + 1, columns].astype(np.int16)
        above = plain[rows, columns + 1].astype(np.int16)
        corner = plain[rows, columns].astype(np.int16)
        guess = _predicted(filters[rows], left, above, corner)
        plain[rows + 1, columns + 1] = lines[rows, columns] + guess.astype(np.uint8)
    return np.ascontiguousarray(plain[1:, 1:])


def _predicted(
    filters: NDArray[np.uint8], left: NDArray[np.int16], above: NDArray[np.int16], corner: NDArray[np.int16]
) -> NDArray[np.int16]:
    """What each filter type adds to a byte (PNG, 9.2 and 9.4)."""
    to_left, to_above = np.abs(above - corner), np.abs(left - corner)
    to_corner = np.abs(left + above - 2 * corner)
    nearest = np.where(
        (to_left <= to_above) & (to_left <= to_corner), left, np.where(to_above <= to_corner, above, corner)
    )
    kind = filters[:, None]
    guess: NDArray[np.int16] = np.select(
        [kind == 1, kind == 2, kind == 3, kind == 4], [left, above, (left + above) // 2, nearest], 0
    )
    return guess

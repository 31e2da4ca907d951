"""A TIFF page's strips and tiles as samples: only those that a label touches are decoded and coded again.

Source: TIFF 6.0, sections 3 to 15; Technical Note 2 (JPEG), Adobe Photoshop TIFF notes (Deflate). Compression, byte
order, predictor, planes, depth and every other strip stay as they are.

Not handled, and refused: depths other than 1, 8 and 16 bits, floating point, colour in luma and chroma without JPEG,
raw pictures of cameras.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from overt.errors import BudgetError, FormatError, TruncatedError, UnsupportedError
from overt.formats.tiff_directories import Directory, Entry, Form, form, numbers, walk
from overt.language import Text
from overt.marks.label.picture import raster
from overt.media.budget import MARKING

Samples = NDArray[Any]
"""Rows × columns × channels, of 8 or 16 bits; a depth of 1 has noughts and ones."""

GREY_WHITE, GREY, RGB, PALETTE, INKS, LUMA = 0, 1, 2, 3, 5, 6
"""Photometric interpretations."""
CHANNELS: Final = {GREY_WHITE: 1, GREY: 1, RGB: 3, PALETTE: 1, INKS: 4, LUMA: 3}
PREMULTIPLIED, ALPHA = 1, 2
"""What an extra sample may be."""

_NONE, _JPEG, _PACKBITS = 1, 7, 32773
_FAX = {2: "tiff_ccitt", 3: "group3", 4: "group4"}
_DEFLATE = (8, 32946)
_LIBTIFF = {5: "tiff_lzw", _PACKBITS: "packbits", 50000: "zstd", 34925: "lzma"}
_WIDE = (0x0124, 0x0125, 0x010A)
"""Options of fax coding, and the order of bits."""
_RAW = (32803, 34892)
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


class Cell(NamedTuple):
    """A strip or tile: its number among those of its plane, and the place of its samples on the page."""

    number: int
    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Page:
    """What a page's directory says of its samples."""

    data: bytes
    shape: Form
    directory: Directory
    size: tuple[int, int]
    bits: int
    channels: int
    photometric: int
    extra: int | None
    planes: int
    compression: int
    predictor: int
    cell: tuple[int, int]
    offsets: tuple[int, ...]
    counts: tuple[int, ...]
    orientation: int
    tiled: bool

    @property
    def across(self) -> int:
        """Cells from left to right."""
        return -(-self.size[0] // self.cell[0])

    @property
    def down(self) -> int:
        """Cells from top to bottom."""
        return -(-self.size[1] // self.cell[1])

    def entry(self, *tags: int) -> Entry | None:
        """The first of these tags that the directory has."""
        return next((found for tag in tags if (found := self.directory.get(tag)) is not None), None)

    def under(self, left: int, top: int, right: int, bottom: int) -> Iterator[Cell]:
        """The cells that a rectangle of the page touches."""
        width, height = self.cell
        for row in range(top // height, -(-bottom // height)):
            for column in range(left // width, -(-right // width)):
                # The last strip has no more rows than the page; tiles are always whole.
                rows = height if self.tiled else min(height, self.size[1] - row * height)
                yield Cell(row * self.across + column, column * width, row * height, width, rows)

    def places(self, cell: Cell) -> list[int]:
        """Where a cell's data are in the list of offsets, one for each plane."""
        return [plane * self.across * self.down + cell.number for plane in range(self.planes)]


def page_of(data: bytes, directory: Directory) -> Page:
    """The page of a directory. Raises `UnsupportedError` for what cannot be labelled, `FormatError` for nonsense."""
    shape = form(data)

    def values(tag: int, *default: int) -> tuple[int, ...]:
        entry = directory.get(tag)
        return default if entry is None else numbers(data, shape, entry)

    def value(tag: int, default: int) -> int:
        return next(iter(values(tag, default)), default)

    size = (value(0x0100, 0), value(0x0101, 0))
    bits, channels, photometric = values(0x0102, 1), value(0x0115, 1), value(0x0106, -1)
    compression, planes = value(0x0103, 1), channels if value(0x011C, 1) == 2 else 1
    if photometric in _RAW or directory.get(0xC612) is not None:
        raise refusal("a camera's raw picture", "相机原始图片")
    if len(set(bits)) > 1 or set(values(0x0153, 1)) - {1, 4} or value(0x014C, 1) != 1 or value(0x013D, 1) not in (1, 2):
        raise refusal("samples of such a kind", "此类样本")
    _check(bits[0], channels, photometric, compression, planes)
    tiled = directory.get(0x0144) is not None
    cell = (value(0x0142, 0), value(0x0143, 0)) if tiled else (size[0], min(value(0x0116, size[1]), size[1]))
    if min(*size, *cell) < 1 or channels < CHANNELS[photometric]:
        raise FormatError("the TIFF's page has no size or too few samples", "TIFF 页面的尺寸或样本数有误")
    extras = values(0x0152)
    page = Page(
        data, shape, directory, size, bits[0], channels, photometric,
        extras[0] if extras and extras[0] in (PREMULTIPLIED, ALPHA) and photometric != PALETTE else None,
        planes, compression, value(0x013D, 1), cell,
        values(0x0144) if tiled else values(0x0111), values(0x0145) if tiled else values(0x0117),
        value(0x0112, 1), tiled,
    )  # fmt: skip
    expected = page.across * page.down * planes
    if not page.counts and compression == _NONE:
        row = -(-cell[0] * (channels // planes) * bits[0] // 8)
        page = _with_counts(page, row)
    if len(page.offsets) < expected or len(page.counts) < expected:
        raise FormatError("the TIFF's page has too few strips", "TIFF 页面的条带数不足")
    return page


def _check(bits: int, channels: int, photometric: int, compression: int, planes: int) -> None:
    if photometric not in CHANNELS or (photometric == LUMA and compression != _JPEG):
        raise refusal(f"colours of kind {photometric}", f"色彩类型 {photometric}")
    if bits not in (1, 8, 16) or (bits == 1 and (channels > 1 or photometric == PALETTE)):
        raise refusal(f"{channels} samples of {bits} bits", f"{channels} 个 {bits} 位样本")
    if compression not in {_NONE, _JPEG, *_FAX, *_DEFLATE, *_LIBTIFF}:
        raise refusal(f"compression {compression}", f"压缩方式 {compression}")
    if compression == _JPEG and (bits != 8 or planes > 1 or photometric not in {GREY, RGB, LUMA} or channels > 3):
        raise refusal("JPEG of such samples", "此类样本的 JPEG")


def _with_counts(page: Page, row: int) -> Page:
    """A page without lengths, which those of samples as they are follow from."""
    heights = [min(page.cell[1], page.size[1] - at * page.cell[1]) for at in range(page.down)]
    return replace(page, counts=tuple(row * height for height in heights) * page.planes)


def refusal(en: str, zh: str) -> UnsupportedError:
    """The error for a page that no label can be put on, and the way out."""
    return UnsupportedError(
        f"a TIFF with {en} cannot be labelled",
        f"不支持为含{zh}的 TIFF 添加标识",
        hint=Text(
            zh="请另存为 8 或 16 位的灰度、RGB 或 CMYK 图片（不压缩、LZW 或 Deflate），再添加标识。",
            en="Save it as grey, RGB or CMYK of 8 or 16 bits (uncompressed, LZW or Deflate), then label it.",
        ),
    )


def read(page: Page, cell: Cell) -> Samples:
    """A cell's samples. Raises only the family of `MediaError`."""
    planes = [_plane(page, cell, page.offsets[at], page.counts[at]) for at in page.places(cell)]
    return np.concatenate(planes, axis=2) if len(planes) > 1 else planes[0]


def code(page: Page, cell: Cell, samples: Samples) -> list[bytes]:
    """A cell's data for these samples, one for each plane. Raises `UnsupportedError` if they would not come back."""
    coded = []
    for plane in np.split(samples, page.planes, axis=2):
        plain = _packed(page, plane)
        data = _compressed(page, cell, plain)
        if _unpacked(page, cell, data) != plain:
            raise refusal(f"this form of compression {page.compression}", f"这种形式的压缩方式 {page.compression}")
        coded.append(data)
    return coded


def jpeg(page: Page, cell: Cell) -> raster.Raster:
    """A cell of a page in JPEG, as a picture that can be drawn on and coded with its own tables."""
    at = page.places(cell)[0]
    body = page.data[page.offsets[at] : page.offsets[at] + page.counts[at]]
    entry = page.entry(0x015B)
    tables = b"" if entry is None else page.data[entry.start : entry.stop]
    if body[:2] != b"\xff\xd8":
        raise FormatError("a strip of the TIFF is no JPEG", "TIFF 条带不是 JPEG")
    inner = tables[2:-2] if tables[:2] == b"\xff\xd8" and tables[-2:] == b"\xff\xd9" else b""
    # Without this, decoders would take three components for luma and chroma.
    plain = b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\0" if page.photometric == RGB else b""
    return raster.decode(b"\xff\xd8" + plain + inner + body[2:], "jpeg")


def jpeg_code(picture: raster.Raster) -> bytes:
    """A cell in JPEG for a picture made by `jpeg`, with tables that leave those of the other cells in force.

    A decoder of a TIFF carries tables over from strip to strip, so these have numbers of their own: 2 and 3.
    """
    picture.settings["progressive"] = False
    data = raster.encode(picture)
    parts, position = [b"\xff\xd8"], 2
    while True:
        marker, length = data[position + 1], int.from_bytes(data[position + 2 : position + 4], "big")
        body = bytearray(data[position + 4 : position + 2 + length])
        if marker in _RENUMBERED:
            _RENUMBERED[marker](body)
            # Baseline has two Huffman tables, extended sequential four.
            kept = 0xC1 if marker == 0xC0 else marker
            parts.append(bytes([0xFF, kept]) + length.to_bytes(2, "big") + body)
        position += 2 + length
        if marker == 0xDA:
            return b"".join([*parts, data[position:]])


def _renumber_quantisation(body: bytearray) -> None:
    at = 0
    while at < len(body):
        body[at] += 2
        at += 1 + 64 * (1 + (body[at] >> 4))


def _renumber_huffman(body: bytearray) -> None:
    at = 0
    while at < len(body):
        body[at] += 2
        at += 17 + sum(body[at + 1 : at + 17])


def _renumber_components(body: bytearray) -> None:
    for component in range(body[5]):
        body[8 + 3 * component] += 2


def _renumber_scan(body: bytearray) -> None:
    for component in range(body[0]):
        body[2 + 2 * component] += 0x22


_RENUMBERED = {
    0xDB: _renumber_quantisation,
    0xC4: _renumber_huffman,
    0xC0: _renumber_components,
    0xDA: _renumber_scan,
}


def is_jpeg(page: Page) -> bool:
    """Whether the page is in JPEG."""
    return page.compression == _JPEG


def shared(data: bytes) -> frozenset[int]:
    """Offsets at which more than one strip or tile of the file lies: writers of maps store equal tiles once."""
    seen, twice = set[int](), set[int]()
    shape = form(data)
    for found in walk(data, shape):
        if isinstance(found, Directory):
            for entry in (found.get(0x0111), found.get(0x0144)):
                for offset in () if entry is None else numbers(data, shape, entry):
                    (twice if offset in seen else seen).add(offset)
    return frozenset(twice)


def _row(page: Page, cell: Cell) -> int:
    return -(-cell.width * (page.channels // page.planes) * page.bits // 8)


def _plane(page: Page, cell: Cell, offset: int, count: int) -> Samples:
    per = page.channels // page.planes
    plain = _unpacked(page, cell, page.data[offset : offset + count])
    if page.bits == 1:
        rows = np.frombuffer(plain, np.uint8).reshape(cell.height, -1)
        return np.unpackbits(rows, axis=1)[:, : cell.width, None]
    kind = np.dtype(np.uint8) if page.bits == 8 else np.dtype(np.uint16)
    stored = kind if page.bits == 8 else np.dtype("<u2" if page.shape.order == "little" else ">u2")
    samples = np.frombuffer(plain, stored).astype(kind).reshape(cell.height, cell.width, per)
    return np.cumsum(samples, axis=1, dtype=kind) if page.predictor == 2 else samples


def _packed(page: Page, samples: Samples) -> bytes:
    if page.bits == 1:
        return np.packbits(samples[..., 0], axis=1).tobytes()
    if page.predictor == 2:
        samples = samples.copy()
        samples[:, 1:] -= samples[:, :-1].copy()
    return (samples if page.bits == 8 else samples.astype("<u2" if page.shape.order == "little" else ">u2")).tobytes()


def _unpacked(page: Page, cell: Cell, raw: bytes) -> bytes:
    """A plane's bytes without their compression, exactly as many as it has."""
    length = _row(page, cell) * cell.height
    if page.compression == _NONE:
        plain = raw[:length]
    elif page.compression in _DEFLATE:
        try:
            plain = zlib.decompressobj().decompress(raw, length)
        except zlib.error as error:
            raise FormatError(f"a strip cannot be unpacked: {error}", f"TIFF 条带无法解压：{error}") from error
        except MemoryError as error:
            raise BudgetError("a strip is too large", "TIFF 条带过大") from error
    else:
        plain = _by_libtiff(page, cell, raw)
    if page.bits == 1 and page.compression not in _FAX and _reversed(page):
        plain = plain.translate(_REVERSED)
    if len(plain) < length:
        raise TruncatedError("a strip holds fewer samples than its size asks for", "TIFF 条带数据不完整")
    return plain


def _reversed(page: Page) -> bool:
    entry = page.entry(0x010A)
    return entry is not None and numbers(page.data, page.shape, entry)[:1] == (2,)


def _by_libtiff(page: Page, cell: Cell, raw: bytes) -> bytes:
    """Unpacked by libtiff as a picture of its own: of bytes, or of bits for fax coding."""
    fax = page.compression in _FAX
    width = cell.width if fax else _row(page, cell)
    rows = {
        0x0100: width, 0x0101: cell.height, 0x0102: 1 if fax else 8, 0x0103: page.compression, 0x0106: 1,
        0x0111: 0, 0x0115: 1, 0x0116: cell.height, 0x0117: len(raw),
    }  # fmt: skip
    for tag in _WIDE if fax else ():
        entry = page.entry(tag)
        if entry is not None:
            rows[tag] = next(iter(numbers(page.data, page.shape, entry)), 0)
    rows[0x0111] = 8 + 2 + 12 * len(rows) + 4
    entries = b"".join(
        struct.pack("<HHIHH", tag, 3, 1, value, 0) if tag == 0x010A else struct.pack("<HHII", tag, 4, 1, value)
        for tag, value in sorted(rows.items())
    )
    head = struct.pack("<2sHIH", b"II", 42, 8, len(rows)) + entries + bytes(4)
    with raster.opened(head + raw, "tiff") as image:
        raster.within(image.size, 1, MARKING)
        image.load()
        return image.tobytes()


def _compressed(page: Page, cell: Cell, plain: bytes) -> bytes:
    fax = page.compression in _FAX
    if page.bits == 1 and not fax and _reversed(page):
        plain = plain.translate(_REVERSED)
    if page.compression == _NONE:
        return plain
    if page.compression in _DEFLATE:
        return zlib.compress(plain, 6)
    size = (cell.width if fax else _row(page, cell), cell.height)
    out = io.BytesIO()
    Image.frombytes("1" if fax else "L", size, plain).save(
        out, "TIFF", compression=_FAX.get(page.compression) or _LIBTIFF[page.compression], tiffinfo={278: cell.height}
    )
    data = out.getvalue()
    directory = next(iter(walk(data, form(data))))
    if not isinstance(directory, Directory):
        raise directory
    made = page_of(data, directory)
    packed = b"".join(data[at : at + count] for at, count in zip(made.offsets, made.counts, strict=True))
    return packed.translate(_REVERSED) if fax and _reversed(page) else packed

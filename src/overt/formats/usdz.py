"""USDZ packages: USD scenes with their pictures in one uncompressed ZIP. The note is in the first layer.

Source: OpenUSD, "Usdz File Format Specification" 1.3: entries are stored, their data begin at multiples of 64 bytes,
the first entry is the default layer; PKWARE APPNOTE 6.3.10.
The layer is written as `overt.formats.usd_text` and `usd_crate_write` do; entries behind it move, and the padding
in their headers is made anew. Older notes in other layers go. Packages inside the package are not looked into.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from overt.errors import BudgetError, FormatError, MediaError, UnsupportedError
from overt.formats import usd_crate, usd_crate_write, usd_text, zip_archive
from overt.formats.container import Fault, Field, Note, Superseded, Survey
from overt.formats.cursor import Cursor
from overt.formats.splice import Buffer, Piece, Splice
from overt.formats.zip_archive import Entry
from overt.language import Text

ALIGNMENT = 64
LAYER_LIMIT = 1_000
"""The most layers that are looked into."""
_SUFFIXES = (".usd", ".usda", ".usdc")
_PADDING = 0x1986
"""The id of the extra field that OpenUSD pads with."""
_READ = 1 << 20
_FULL32 = 0xFFFFFFFF


class Usdz:
    """The container format USDZ."""

    name = "usdz"
    media_type = "model/vnd.usdz+zip"
    suffixes = (".usdz",)
    place = usd_text.PLACE

    def sniff(self, head: bytes) -> int:
        """A ZIP whose first entry is a layer."""
        if head[:4] != b"PK\3\4":
            return 0
        name = head[30 : 30 + int.from_bytes(head[26:28], "little")].lower()
        return 95 if name.endswith(tuple(suffix.encode() for suffix in _SUFFIXES)) else 0

    def survey(self, data: Buffer) -> Survey:
        """The texts of every layer's metadata; the place of those behind the first names their file."""
        fields: list[Field] = []
        faults: list[Fault] = []
        for number, entry in enumerate(_layers(zip_archive.read(data))):
            where = "" if number == 0 else f"{entry.name} "
            try:
                with memoryview(_body(data, entry)) as layer:
                    found = _survey(layer)
            except MediaError as error:
                faults.append(Fault(f"{where}{self.place}", error.message))
                continue
            fields += [Field(where + f.place, f.key, f.text) for f in found.fields]
            faults += [Fault(where + f.place, f.reason) for f in found.faults]
        return Survey(tuple(fields), tuple(faults))

    def put(self, data: Buffer, note: Note, superseded: Superseded) -> Splice:
        """The note in the first layer, all entries aligned."""
        archive = zip_archive.read(data)
        _check(archive)
        layers = list(_layers(archive))
        if not archive.entries or not layers or min(archive.entries, key=lambda entry: entry.start) != layers[0]:
            raise FormatError("the first entry of the USDZ package is no layer", "USDZ 包的首个条目不是 USD 图层")
        changed: dict[str, list[Piece]] = {}
        for number, layer in enumerate(layers):
            # Let go at once, whatever happens: a view that is kept holds the whole file open.
            with memoryview(data)[layer.data.start : layer.data.stop] as body:
                splice = _put(body, note if number == 0 else None, superseded)
            if splice.pieces != [range(len(layer.data))]:
                changed[layer.name] = [_shifted(piece, layer.data.start) for piece in splice.pieces]
        return _written(data, archive, changed)


CONTAINER = Usdz()


def _layers(archive: zip_archive.Archive) -> Iterator[Entry]:
    found = 0
    for entry in sorted(archive.entries, key=lambda entry: entry.start):
        if entry.name.lower().endswith(_SUFFIXES):
            found += 1
            if found > LAYER_LIMIT:
                raise BudgetError(
                    f"the USDZ package has more than {LAYER_LIMIT} layers", f"USDZ 包的图层超过 {LAYER_LIMIT} 个"
                )
            yield entry


def _check(archive: zip_archive.Archive) -> None:
    packed = next((entry.name for entry in archive.entries if entry.method != 0), None)
    if packed is not None:
        raise UnsupportedError(
            f"{packed} is compressed, which USDZ does not allow",
            f"{packed} 已压缩，而 USDZ 不允许压缩",
            hint=Text(zh="请用 OpenUSD 的 usdzip 重新打包。", en="Make the package anew with usdzip of OpenUSD."),
        )


def _body(data: Buffer, entry: Entry) -> Buffer:
    """A layer's bytes: where they lie, or inflated from a package that breaks the rules."""
    if entry.method == 0:
        return memoryview(data)[entry.data.start : entry.data.stop]
    return zip_archive.content(data, entry, usd_text.HEAD_LIMIT * 16)


def _is_crate(layer: Buffer) -> bool:
    return bytes(layer[:8]) == usd_crate.MAGIC


def _survey(layer: Buffer) -> Survey:
    return usd_crate_write.survey(layer) if _is_crate(layer) else usd_text.survey(layer)


def _put(layer: Buffer, note: Note | None, superseded: Superseded) -> Splice:
    put = usd_crate_write.put if _is_crate(layer) else usd_text.put
    return put(layer, note, superseded)


def _shifted(piece: Piece, by: int) -> Piece:
    return range(piece.start + by, piece.stop + by) if isinstance(piece, range) else piece


def _written(data: Buffer, archive: zip_archive.Archive, changed: dict[str, list[Piece]]) -> Splice:
    by_place = sorted(archive.entries, key=lambda entry: entry.start)
    bounds = [entry.start for entry in by_place] + [archive.directory.start]
    result, facts = Splice([range(bounds[0])]), dict[str, tuple[int, int, int]]()
    for entry, stop in zip(by_place, bounds[1:], strict=True):
        start = len(result)
        pieces = changed.get(entry.name, [entry.data])
        size = sum(len(piece) for piece in pieces)
        crc = _crc(data, pieces) if entry.name in changed else entry.crc
        result.add(_header(data, entry, start, crc if entry.name in changed else None, size))
        for piece in pieces:
            result.add(piece)
        if entry.name not in changed:  # A data descriptor, or bytes between the entries.
            result.add(range(entry.data.stop, stop))
        facts[entry.name] = start, crc, size
    directory = len(result)
    for entry in archive.entries:
        result.add(_record(data, entry, *facts[entry.name]))
    end = bytearray(data[archive.end.start : archive.end.stop])
    size = len(result) - directory
    if archive.end64 or len(result) >= _FULL32:
        raise UnsupportedError(
            "the USDZ package needs ZIP64, which its specification does not allow",
            "USDZ 包需要 ZIP64，而其规范不允许",
            hint=Text(zh="请将场景拆分为较小的包。", en="Split the scene into smaller packages."),
        )
    struct.pack_into("<II", end, 12, size, directory)
    result.add(bytes(end))
    return result


def _header(data: Buffer, entry: Entry, start: int, crc: int | None, size: int) -> bytes:
    """A local header after which the data are aligned; with a checksum for a body that is new."""
    fixed = bytearray(data[entry.start : entry.start + 30])
    name_length, extra_length = struct.unpack_from("<HH", fixed, 26)
    name_stop = entry.start + 30 + name_length
    name, extra = bytes(data[entry.start + 30 : name_stop]), bytes(data[name_stop : name_stop + extra_length])
    if (start + 30 + len(name) + len(extra)) % ALIGNMENT:
        extra = _without_padding(extra)
        gap = -(start + 30 + len(name) + len(extra)) % ALIGNMENT
        if gap:
            gap += ALIGNMENT if gap < 4 else 0
            extra += struct.pack("<HH", _PADDING, gap - 4) + bytes(gap - 4)
    struct.pack_into("<H", fixed, 28, len(extra))
    if crc is not None:
        fixed[6] &= ~8  # Nothing follows the data: they are told here.
        struct.pack_into("<III", fixed, 14, crc, size, size)
    return bytes(fixed) + name + extra


def _without_padding(extra: bytes) -> bytes:
    """The extra fields that say something. Bytes that are no field are padding, too."""
    cursor, kept = Cursor(extra), b""
    while cursor.left >= 4:
        at = cursor.position
        kind, length = cursor.uint(2, "little"), cursor.uint(2, "little")
        if length > cursor.left:
            break
        cursor.skip(length)
        if kind not in (0, _PADDING):
            kept += extra[at : cursor.position]
    return kept


def _record(data: Buffer, entry: Entry, start: int, crc: int, size: int) -> bytes:
    record = bytearray(data[entry.record.start : entry.record.stop])
    if (crc, size) != (entry.crc, entry.size):
        record[8] &= ~8
        struct.pack_into("<III", record, 16, crc, size, size)
    struct.pack_into("<I", record, 42, start)
    return bytes(record)


def _crc(data: Buffer, pieces: list[Piece]) -> int:
    """The checksum of a body; nothing of it is held in memory at once."""
    crc = 0
    for piece in pieces:
        if isinstance(piece, bytes):
            crc = zlib.crc32(piece, crc)
            continue
        for at in range(piece.start, piece.stop, _READ):
            crc = zlib.crc32(data[at : min(at + _READ, piece.stop)], crc)
    return crc

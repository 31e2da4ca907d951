"""TIFF and BigTIFF files: the texts in their directories, and the note in their XMP packet.

Source: TIFF 6.0, section 2; XMP Specification Part 3, 1.1.3 (tag 700 of the first directory), which
TC260-PG-20259A clause 6 asks for with type 7. Tags and makers' notes point at fixed places, so nothing is ever moved: a
packet is written over the old one where it fits, else behind the end of the file, together with a new first
directory where the old one has no such tag. That holds for DNG, too.
It decodes no picture, and reads no IPTC records and no Photoshop resources.
"""

from __future__ import annotations

from collections.abc import Iterator

from overt.errors import BudgetError, FormatError, MediaError, TruncatedError, UnsupportedError
from overt.formats import exif, xmp
from overt.formats.container import Fault, Field, Note, Superseded, Survey
from overt.formats.splice import Buffer, Splice
from overt.formats.tiff_directories import Directory, Entry, Form, built, form, numbers, walk
from overt.formats.tiff_edits import Edits
from overt.language import Text

XMP = 0x02BC
_ASCII, _UNDEFINED = 2, 7
_BYTES = frozenset({1, 2, 6, 7})
"""Types of one byte, which a packet may have."""
_WIDTH = 0x0100
_SAMPLES = ((0x0111, 0x0117), (0x0144, 0x0145))
"""Where strips and tiles are, and how long."""
_MAX_TEXT = 1 << 24
"""Texts in all. Packets of a few megabytes exist; entries that share one value would multiply it."""
_OTHER_PAGE = "XMP of another page"


class Tiff:
    """The container format TIFF."""

    name = "tiff"
    media_type = "image/tiff"
    suffixes = (".tif", ".tiff", ".dng")
    place = "XMP"

    def sniff(self, head: bytes) -> int:
        """The header, in either byte order and of either kind; Canon's raw pictures have a mark of their own in it."""
        if head[8:10] == b"CR" and head[:4] == b"II*\0":
            return 0
        return 100 if head[:4] in (b"II*\0", b"MM\0*") or head[:6] in (b"II+\0\x08\0", b"MM\0+\0\x08") else 0

    def survey(self, data: Buffer) -> Survey:
        """The texts of every page and of what hangs on it, in order."""
        shape = form(data)
        fields: list[Field] = []
        faults: list[Fault] = []
        allowance, seen = _MAX_TEXT, set[tuple[int, int]]()
        for found in _walked(data, shape):
            if not isinstance(found, Directory):
                faults.append(Fault("TIFF", found.message))
                continue
            for entry in _texts(found):
                if (entry.start, entry.stop) in seen:
                    continue
                seen.add((entry.start, entry.stop))
                size = entry.stop - entry.start
                if entry.stop > len(data) or size > allowance:
                    reason = Text(
                        zh=f"标签 {entry.tag:#06x} 声明长度为 {size} 字节",
                        en=f"tag {entry.tag:#06x} claims {size} bytes",
                    )
                    faults.append(Fault("TIFF", reason))
                    continue
                allowance -= size
                inner = _read(bytes(data[entry.start : entry.stop]), entry, found, shape)
                fields += inner.fields
                faults += inner.faults
        return Survey(tuple(fields), tuple(faults))

    def put(self, data: Buffer, note: Note, superseded: Superseded) -> Splice:
        """The note in the packet of the first directory."""
        shape = form(data)
        directories = sound(data, shape)
        home = directories[0].get(XMP)
        old = b"" if home is None else _value(data, home)
        # White space behind a packet is what an earlier, longer one has left.
        packet = xmp.set_property(old.rstrip(b" \0") or None, note, superseded)
        edits = Edits(data)
        for found in directories:
            for entry in _texts(found):
                if entry.tag == XMP and home is not None and (entry.start, entry.stop) == (home.start, home.stop):
                    continue
                _clean(edits, data, entry, found, shape, superseded)
        if home is not None and len(packet) <= len(old) and home.kind in _BYTES:
            edits.put(home.start, home.stop, packet.ljust(len(old)))
        else:
            _append(edits, data, shape, directories[0], home, packet, superseded)
        return edits.splice()


CONTAINER = Tiff()


def sound(data: Buffer, shape: Form) -> list[Directory]:
    """The directories of a TIFF without faults, whose samples are all there; raises for any other."""
    directories: list[Directory] = []
    for found in _walked(data, shape):
        if not isinstance(found, Directory):
            raise found
        directories.append(found)
        for places, lengths in _SAMPLES:
            _check_samples(data, shape, found.get(places), found.get(lengths))
    if directories[0].get(_WIDTH) is None:
        raise FormatError("the TIFF holds no picture", "TIFF 文件中没有图像")
    return directories


def _check_samples(data: Buffer, shape: Form, places: Entry | None, lengths: Entry | None) -> None:
    if places is None or lengths is None:
        return
    ends = map(int.__add__, numbers(data, shape, places), numbers(data, shape, lengths))
    if max(ends, default=0) > len(data):
        raise TruncatedError("samples of the TIFF lie behind its end", "TIFF 的图像数据不完整")


def _walked(data: Buffer, shape: Form) -> Iterator[Directory | FormatError | BudgetError]:
    try:
        yield from walk(data, shape)
    except FormatError as error:
        yield error


def _texts(found: Directory) -> Iterator[Entry]:
    """The entries that hold a text. Letters of a page's unknown tags are texts; those of GPS are directions."""
    for entry in found.entries:
        known = entry.tag in exif.TEXTS or (entry.tag == XMP and entry.kind in _BYTES)
        if entry.count and (known or (entry.kind == _ASCII and found.page is not None)):
            yield entry


def _read(value: bytes, entry: Entry, found: Directory, shape: Form) -> Survey:
    if entry.tag == XMP:
        return xmp.read(value.rstrip(b" \0"), "XMP" if found.page == 0 else _OTHER_PAGE, entry.start)
    text = _text(value, entry, shape)
    return Survey((text,) if text is not None else ())


def _text(value: bytes, entry: Entry, shape: Form) -> Field | None:
    if entry.tag in exif.TEXTS:
        return exif.text_of(entry.tag, value, shape.order, entry.start)
    key, text = f"0x{entry.tag:04x}", value.decode("utf-8", "replace").strip("\0")
    return Field(f"TIFF {key}", key, text, None, entry.start) if text.strip() else None


def _value(data: Buffer, entry: Entry) -> bytes:
    size = entry.stop - entry.start
    if entry.stop > len(data):
        raise TruncatedError(f"tag {entry.tag:#06x} lies outside the file", f"标签 {entry.tag:#06x} 的值位于文件之外")
    if size > _MAX_TEXT:
        raise BudgetError(f"tag {entry.tag:#06x} claims {size} bytes", f"标签 {entry.tag:#06x} 声明长度为 {size} 字节")
    return bytes(data[entry.start : entry.stop])


def _clean(edits: Edits, data: Buffer, entry: Entry, found: Directory, shape: Form, superseded: Superseded) -> None:
    """Write over a superseded text, at its length."""
    value = _value(data, entry)
    survey = _read(value, entry, found, shape)
    if any(superseded(one) for one in survey.fields):
        new = exif.without(value, superseded) if entry.tag == XMP else exif.emptied(entry.tag, value)
        edits.put(entry.start, entry.stop, new)


def _append(
    edits: Edits,
    data: Buffer,
    shape: Form,
    first: Directory,
    home: Entry | None,
    packet: bytes,
    superseded: Superseded,
) -> None:
    """Put a packet behind the end, and have the first directory point there."""
    size = shape.offset_size
    if home is None:
        place = edits.append(packet)
        row = (_UNDEFINED, len(packet), _offset(shape, place))
        start = edits.append(built(data, shape, first, {XMP: row}))
        edits.put(shape.first_at, shape.first_at + size, _offset(shape, start))
        return
    try:
        old = exif.without(_value(data, home), superseded)
    except MediaError:
        old = b" " * (home.stop - home.start)
    if home.stop - home.start > size:
        edits.put(home.start, home.stop, old)
    place = edits.append(packet)
    edits.put(home.at + 2, home.at + 4, shape.number(_UNDEFINED, 2))
    edits.put(home.at + 4, home.at + 4 + size, shape.number(len(packet), size))
    edits.put(home.at + 4 + size, home.at + 4 + 2 * size, _offset(shape, place))


def _offset(shape: Form, place: int) -> bytes:
    if place >> 8 * shape.offset_size:
        raise UnsupportedError(
            "the TIFF would be longer than 4 GiB",
            "TIFF 文件将超过 4 GiB",
            hint=Text(zh="请先转换为 BigTIFF。", en="Convert it to BigTIFF first."),
        )
    return shape.number(place, shape.offset_size)

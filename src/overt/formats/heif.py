"""HEIC, AVIF and other HEIF pictures: the texts in their items, and the note in their XMP item.

Source: ISO/IEC 23008-12 annex A (XMP as an item of type `mime`, Exif as an item of its own, both with a `cdsc`
reference to the picture that they describe), as TC260-PG-20259A asks for HEIF; AV1 Image File Format 1.1 for AVIF;
XMP Specification Part 3 for the `uuid` box. Texts of image sequences are read as those of films are.
It does not decode pictures. A sequence without a primary item is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from overt.errors import FormatError, MediaError, TruncatedError, UnsupportedError
from overt.formats import exif, heif_items, mp4, xmp
from overt.formats.bmff import Box, children, first, full, walk
from overt.formats.container import Fault, Field, Note, Superseded, Survey
from overt.formats.heif_items import XMP_TYPE, Item, Items, tiff_start
from overt.formats.heif_write import Rewrite
from overt.formats.mp4_tracks import XMP_UUID
from overt.formats.splice import Buffer, Splice
from overt.language import Text

_HEIC, _AVIF, _HEIF = "heic", "avif", "heif"
_BRANDS = {
    # ISO/IEC 23008-12 annexes B to F and H; AV1 Image File Format, clause 6.
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"), _HEIC),
    **dict.fromkeys((b"avif", b"avis"), _AVIF),
    **dict.fromkeys((b"mif1", b"mif2", b"msf1", b"miaf", b"jpeg", b"jpgs", b"j2ki", b"j2is"), _HEIF),
    **dict.fromkeys((b"avci", b"avcs", b"vvic", b"vvis", b"evbi", b"evmi"), _HEIF),
}
_GENERAL_BRANDS = (b"mif1", b"mif2", b"msf1", b"miaf")
"""They say "a picture" and leave the coding to the compatible brands."""

MAX_METADATA = 64 << 20
"""Bytes of all metadata that is read from one file."""
_MAX_NAMES = 1 << 16
"""Bytes of one user description; it has a name, a sentence and some tags."""
_TEXT_TYPES = ("text/", "application/json")


@dataclass(frozen=True, slots=True)
class _Heif:
    """One format of the family; they differ in their brands alone."""

    name: str
    media_type: str
    suffixes: tuple[str, ...]
    place: str = "XMP"

    def sniff(self, head: bytes) -> int:
        """The brand, the compatible ones where it is a general one."""
        return 100 if _format(head) == self.name else 0

    def survey(self, data: Buffer) -> Survey:
        """Every text in the metadata; a place that could not be read becomes a fault."""
        reader = _Reader(data)
        reader.read()
        return Survey(tuple(reader.fields), tuple(reader.faults))

    def put(self, data: Buffer, note: Note, superseded: Superseded) -> Splice:
        """The picture with the note in the XMP item of its primary item."""
        top = list(walk(data, 0, len(data)))
        if top and top[-1].truncated:
            raise TruncatedError(
                f"the file ends inside its box {top[-1].name!r}", f"文件在 box {top[-1].name!r} 内中断"
            )
        if faults := self.survey(data).faults:
            raise FormatError(f"{faults[0].place}: {faults[0].reason.en}", f"{faults[0].place}：{faults[0].reason.zh}")
        items = _primary(data, top)
        rewrite = Rewrite(data, top, items)
        home = _put_xmp(data, items, rewrite, note, superseded)
        for item in items.items:
            if item is not home:
                _clean(data, items, item, rewrite, superseded)
        for box, parents in _descriptions(data, items):
            if any(map(superseded, _described(data, box))):
                rewrite.edits.replace(box.start + 4, box.stop, b"\0" * 4, (*parents, box))
        if first(top, b"moov"):
            mp4.clear(data, superseded, rewrite.edits)
        else:
            _clean_boxes(data, top, rewrite, superseded)
        return rewrite.splice()


CONTAINERS = (
    _Heif(_HEIC, "image/heic", (".heic", ".heics", ".heif", ".heifs", ".hif")),
    _Heif(_AVIF, "image/avif", (".avif", ".avifs")),
    _Heif(_HEIF, "image/heif", (".heif", ".heifs", ".hif", ".avci", ".avcs")),
)


def _format(head: bytes) -> str | None:
    if head[4:8] != b"ftyp":
        return None
    major = head[8:12]
    if major in _GENERAL_BRANDS:
        stop = min(int.from_bytes(head[:4], "big"), len(head))
        for at in range(16, stop - 3, 4):
            if (brand := head[at : at + 4]) in _BRANDS and brand not in _GENERAL_BRANDS:
                return _BRANDS[brand]
    return _BRANDS.get(major)


def items_of(data: Buffer) -> Items:
    """The items of the file. Raises `FormatError` where it has none."""
    top = list(walk(data, 0, len(data)))
    meta = first(top, b"meta")
    if meta is None or meta.truncated:
        raise FormatError("the file has no meta box for a picture", "文件中没有图片的 meta box")
    return heif_items.read(data, meta)


def _primary(data: Buffer, top: list[Box]) -> Items:
    meta = first(top, b"meta")
    if meta is not None:
        items = heif_items.read(data, meta)
        if items.primary in {item.number for item in items.items}:
            return items
    raise UnsupportedError(
        "an image sequence without a primary picture has no place for a metadata label",
        "不含主图片的图像序列没有存放元数据标识的位置",
        hint=Text(zh="请将其转换为 MP4 后再标识。", en="Convert it to MP4, and mark that."),
    )


class _Reader:
    """Collects what a file says, and what of it could not be read."""

    def __init__(self, data: Buffer) -> None:
        self.data = data
        self.fields: list[Field] = []
        self.faults: list[Fault] = []
        self.left = MAX_METADATA

    def read(self) -> None:
        """The whole file. Raises when it holds neither items nor a movie."""
        top = list(self._boxes())
        metas = [box for box in top if box.kind == b"meta"]
        film = first(top, b"moov") is not None
        if not metas and not film:
            reason = self.faults[0].reason if self.faults else Text(zh="缺少 meta box", en="no meta box")
            raise FormatError(f"this is no picture that can be read: {reason.en}", f"无法读取该图片：{reason.zh}")
        for number, meta in enumerate(metas):
            if number:
                self.faults.append(Fault("meta", Text(zh="文件中有多个 meta box", en="more than one meta box")))
            else:
                self._guarded("meta", lambda meta=meta: self._meta(meta))  # type: ignore[misc]
        if film:
            self._guarded("moov", lambda: self._take(mp4.CONTAINER.survey(self.data)))
            return
        for box in top:
            if box.usertype == XMP_UUID:
                self._guarded("uuid XMP", lambda box=box: self._uuid(box))  # type: ignore[misc]

    def _boxes(self) -> Iterator[Box]:
        try:
            for box in walk(self.data, 0, len(self.data)):
                yield box
                if box.truncated:
                    reason = Text(
                        zh=f"在字节 {box.header} 处的 box {box.name!r} 内中断",
                        en=f"it ends inside its box {box.name!r} at byte {box.header}",
                    )
                    self.faults.append(Fault("file", reason))
        except MediaError as error:
            self.faults.append(Fault("file", error.message))

    def _guarded(self, place: str, action: Callable[[], None]) -> None:
        """Read one thing; when that fails, note a fault and go on."""
        try:
            action()
        except MediaError as error:
            self.faults.append(Fault(place, error.message))

    def _take(self, found: Survey) -> None:
        self.fields += found.fields
        self.faults += found.faults

    def _spend(self, length: int) -> None:
        self.left -= length
        if self.left < 0:
            raise FormatError(f"more than {MAX_METADATA} bytes of metadata", f"元数据超过 {MAX_METADATA} 字节")

    def _meta(self, meta: Box) -> None:
        self._spend(len(meta))
        items = heif_items.read(self.data, meta)
        for item in items.items:
            if (place := metadata_place(item)) is not None:
                self._guarded(place, lambda item=item: self._item(items, item))  # type: ignore[misc]
            elif (cut := _cut_off(self.data, items, item)) is not None:
                self.faults.append(Fault("HEIF item", cut))
        for box, _ in _descriptions(self.data, items):
            self._guarded("udes", lambda box=box: self.fields.extend(_described(self.data, box)))  # type: ignore[misc]

    def _item(self, items: Items, item: Item) -> None:
        content = items.content(self.data, item)
        self._spend(len(content))
        self._take(_texts(items, item, content, self.data))

    def _uuid(self, box: Box) -> None:
        self._spend(len(box))
        self._take(xmp.read(bytes(self.data[box.start : box.stop]), "uuid XMP", box.header))


def metadata_place(item: Item) -> str | None:
    """What a metadata item is called; None for pictures and what else has no text."""
    if item.is_xmp:
        return "XMP"
    if item.kind == b"Exif":
        return "EXIF"
    if item.kind == b"mime" and item.content_type.lower().startswith(_TEXT_TYPES):
        return "HEIF item"
    return None


def _cut_off(data: Buffer, items: Items, item: Item) -> Text | None:
    """Why a picture is not all there: the metadata behind it are then missing, too."""
    try:
        items.ranges(data, item.number)
    except TruncatedError as error:
        return error.message
    except MediaError:  # It lies elsewhere, or is made in a way that is not followed: no sign of a cut.
        return None
    return None


def _texts(items: Items, item: Item, content: bytes, data: Buffer) -> Survey:
    ranges = items.ranges(data, item.number)
    offset = ranges[0].start if ranges else None
    if item.is_xmp:
        return xmp.read(content, "XMP", offset)
    if item.kind == b"Exif":
        return exif.read(content[tiff_start(content) :], offset)
    text = content.decode("utf-8", "replace").strip("\0 ")
    return Survey((Field("HEIF item", item.name or item.content_type, text, None, offset),) if text else ())


def _put_xmp(data: Buffer, items: Items, rewrite: Rewrite, note: Note, superseded: Superseded) -> Item | None:
    """The note in the first packet that describes the primary item, or nothing in particular; else in a new one."""
    assert items.primary is not None  # noqa: S101 - see `_primary`
    packets = [item for item in items.items if item.is_xmp]
    mine = [item for item in packets if items.primary in items.describes(item)]
    home = next(iter(mine + [item for item in packets if not items.describes(item)]), None)
    if home is None:
        packet = xmp.set_property(None, note, superseded)
        rewrite.add(b"mime", packet, content_type=XMP_TYPE, describes=items.primary)
        return None
    old = items.content(data, home)
    new = xmp.set_property(old, note, superseded)
    if new != old or home.encoding:
        # Compressed packets are written plain: other readers do not unpack them.
        rewrite.replace(home, new)
    if home not in mine:
        rewrite.describe(home.number, items.primary)
    return home


def _clean(data: Buffer, items: Items, item: Item, rewrite: Rewrite, superseded: Superseded) -> None:
    """Take older versions out of a metadata item that is not the note's own."""
    if metadata_place(item) is None:
        return
    old = items.content(data, item)
    if not any(map(superseded, _texts(items, item, old, data).fields)):
        return
    if item.is_xmp:
        new = xmp.drop(old, superseded)
    elif item.kind == b"Exif":
        start = tiff_start(old)
        new = old[:start] + exif.blank(old[start:], superseded)
    else:
        new = b" " * len(old)
    rewrite.replace(item, new)


def _clean_boxes(data: Buffer, top: list[Box], rewrite: Rewrite, superseded: Superseded) -> None:
    for box in top:
        if box.usertype == XMP_UUID:
            old = bytes(data[box.start : box.stop])
            new = xmp.drop(old, superseded, "uuid XMP")
            if new != old:
                rewrite.edits.replace(box.start, box.stop, new, (box,))


def _descriptions(data: Buffer, items: Items) -> Iterator[tuple[Box, tuple[Box, ...]]]:
    """The user descriptions (`udes`) among the properties, each with the boxes around it."""
    properties = first(items.inside, b"iprp")
    container = first(children(data, properties), b"ipco") if properties else None
    if properties is None or container is None:
        return
    for box in children(data, container):
        if box.kind == b"udes":
            yield box, (items.meta, properties, container)


def _described(data: Buffer, box: Box) -> list[Field]:
    """Name, description and tags (ISO/IEC 23008-12, 6.5.20)."""
    cursor = full(data, box)[2]
    parts = cursor.peek(_MAX_NAMES).split(b"\0")[1:4]
    named = zip(("name", "description", "tags"), parts, strict=False)
    return [Field("udes", key, raw.decode("utf-8", "replace"), None, box.header) for key, raw in named if raw]

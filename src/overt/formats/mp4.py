"""MP4, QuickTime, M4V and M4A: notes as metadata keys in `moov/udta/meta`.

Source: TC260-PG-20257A (formats/marks.md 2.4); ISO/IEC 14496-12; Apple, QuickTime File Format.
What it reads besides: `moov/meta`, the lists of iTunes with their freeform items, texts in `udta`, and XMP in a
`uuid` box or in `udta/XMP_`, for the film and for each track. It never reads sample data, so its work does not grow
with the length of the film. Film and sound alone are two names of one format; the audio guide's annex on M4A is told
in two ways, keys and the freeform item of iTunes: the first is written, both are read.
A compressed movie (`cmov`) is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from overt.errors import BudgetError, FormatError, MediaError, TruncatedError, UnsupportedError
from overt.formats import mp4_meta, xmp
from overt.formats.bmff import HEADER, Box, Edits, build, children, first, walk
from overt.formats.container import Fault, Field, Note, Superseded, Survey
from overt.formats.cursor import Cursor
from overt.formats.mp4_offsets import relocate
from overt.formats.mp4_tracks import XMP_UUID, Display, displays, movie, transplant
from overt.formats.splice import Buffer, Splice
from overt.language import Text

__all__ = ["CONTAINER", "CONTAINERS", "Display", "clear", "displays", "movie", "relocate", "transplant"]

MAX_METADATA = 64 << 20
"""Bytes of all metadata that is read from one film. Cover pictures take some megabytes, edit histories in XMP too."""

_IMAGE_BRANDS = {b"avif", b"avis", b"crx ", b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"jxl ", b"mif1"}
_IMAGE_BRANDS |= {b"msf1", b"jpeg", b"j2ki"}
_FIRST_BOXES = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot", b"uuid")
_TEXTS_3GPP = (b"titl", b"dscp", b"cprt", b"perf", b"auth", b"gnre", b"albm")


@dataclass(frozen=True, slots=True)
class _Loose:
    """A text that lies in a box of its own, outside metadata lists."""

    box: Box
    parents: tuple[Box, ...]
    fields: tuple[Field, ...]
    is_xmp: bool = False


@dataclass(frozen=True, slots=True)
class _Film:
    """What was found in a file."""

    metas: tuple[mp4_meta.Meta, ...]
    loose: tuple[_Loose, ...]
    faults: tuple[Fault, ...]


class _Mp4:
    """A member of the family: film, or sound alone. They differ in what people call them, not in their boxes."""

    place = "moov/udta/meta/keys"

    def __init__(self, name: str, media_type: str, suffixes: tuple[str, ...], foreign: tuple[bytes, ...]) -> None:
        self.name = name
        self.media_type = media_type
        self.suffixes = suffixes
        self._foreign = foreign

    def sniff(self, head: bytes) -> int:
        """By the brand, or by a first box that only films have. Where that leaves both, the file's name decides."""
        kind, size = head[4:8], int.from_bytes(head[:4], "big")
        if kind == b"ftyp":
            return 0 if head[8:12] in _IMAGE_BRANDS or head[8:12].startswith(self._foreign) else 95
        if kind in _FIRST_BOXES and (size in (0, 1) or size >= HEADER):
            return 60
        return 0

    def survey(self, data: Buffer) -> Survey:
        """Every text in the metadata; a place that could not be read becomes a fault."""
        film = _read(data)
        fields = [field for meta in film.metas for field in meta.fields]
        fields += [field for loose in film.loose for field in loose.fields]
        return Survey(tuple(fields), film.faults)

    def put(self, data: Buffer, note: Note, superseded: Superseded) -> Splice:
        """The film with the note as a key of `moov/udta/meta`; chunk offsets follow where the film moves."""
        top, moov = movie(data)
        if top[-1].truncated:
            raise TruncatedError(
                f"the file ends inside its box {top[-1].name!r}", f"文件在 box {top[-1].name!r} 内中断"
            )
        if first(children(data, moov), b"cmov"):
            raise _compressed()
        film = _read(data)
        if film.faults:
            raise FormatError(
                f"{film.faults[0].place}: {film.faults[0].reason.en}",
                f"{film.faults[0].place}：{film.faults[0].reason.zh}",
            )
        edits = Edits()
        _put_key(data, moov, film, note, superseded, edits)
        for loose in film.loose:
            _drop(data, loose, superseded, edits)
        _absorb(top, moov, edits)
        relocate(data, top, edits)
        return edits.splice(data)


CONTAINERS = (
    _Mp4("mp4", "video/mp4", (".mp4", ".m4v", ".mov", ".3gp", ".3g2", ".qt"), (b"M4A ", b"M4B ", b"M4P ")),
    _Mp4("m4a", "audio/mp4", (".m4a", ".m4b"), (b"qt  ", b"M4V", b"avc", b"3g")),
)
CONTAINER = CONTAINERS[0]


def clear(data: Buffer, superseded: Superseded, edits: Edits) -> None:
    """Take what is superseded out of a film's metadata: for pictures that are films, too (HEIF sequences)."""
    film = _read(data)
    for meta in film.metas:
        mp4_meta.write(data, meta, edits, superseded, None)
    for loose in film.loose:
        _drop(data, loose, superseded, edits)


def _compressed() -> UnsupportedError:
    return UnsupportedError(
        "a QuickTime film with a compressed movie header (cmov)",
        "QuickTime 影片的影片头已压缩（cmov）",
        hint=Text(
            zh="请先重新封装：ffmpeg -i IN.mov -map 0 -c copy OUT.mov",
            en="Remux it first: ffmpeg -i IN.mov -map 0 -c copy OUT.mov",
        ),
    )


def _read(data: Buffer) -> _Film:
    reader = _Reader(data)
    reader.read()
    return _Film(tuple(reader.metas), tuple(reader.loose), tuple(reader.faults))


class _Reader:
    """Collects what a file says, and what of it could not be read."""

    def __init__(self, data: Buffer) -> None:
        self.data = data
        self.metas: list[mp4_meta.Meta] = []
        self.loose: list[_Loose] = []
        self.faults: list[Fault] = []
        self.left = MAX_METADATA

    def read(self) -> None:
        """The whole file. Raises when it holds no movie."""
        movies = 0
        for box in self._boxes("file", walk(self.data, 0, len(self.data))):
            if box.kind == b"moov":
                movies += 1
                self._movie(box)
            elif box.kind == b"meta":
                self._guarded(self._meta, box, (), "meta")
            elif box.usertype == XMP_UUID:
                self._guarded(self._xmp, box, (), "uuid XMP")
        if not movies:
            reason = self.faults[0].reason if self.faults else Text(zh="缺少 moov box", en="no moov box")
            raise FormatError(f"this is no film that can be read: {reason.en}", f"无法读取该影片：{reason.zh}")
        if movies > 1:
            self.faults.append(
                Fault("moov", Text(zh="文件中有多个 moov box", en="the file has more than one moov box"))
            )

    def _guarded(
        self, action: Callable[[Box, tuple[Box, ...], str], None], box: Box, parents: tuple[Box, ...], place: str
    ) -> None:
        """Read one box; when that fails, note a fault and go on."""
        try:
            self.left -= len(box)
            if self.left < 0:
                raise BudgetError(f"more than {MAX_METADATA} bytes of metadata", f"元数据超过 {MAX_METADATA} 字节")
            action(box, parents, place)
        except MediaError as error:
            self.faults.append(Fault(place, error.message))

    def _boxes(self, place: str, boxes: Iterator[Box]) -> Iterator[Box]:
        """The boxes of one level; where they end too early, a fault."""
        try:
            for box in boxes:
                yield box
                if box.truncated:
                    self.faults.append(
                        Fault(
                            place,
                            Text(
                                zh=f"在字节 {box.header} 处的 box {box.name!r} 内中断",
                                en=f"it ends inside its box {box.name!r} at byte {box.header}",
                            ),
                        )
                    )
        except MediaError as error:
            self.faults.append(Fault(place, error.message))

    def _movie(self, moov: Box) -> None:
        kinds = set()
        for box in self._boxes("moov", walk(self.data, moov.start, moov.stop)):
            kinds.add(box.kind)
            if box.kind == b"udta":
                self._user_data(box, moov)
            elif box.kind == b"meta":
                self._guarded(self._meta, box, (moov,), "moov/meta")
            elif box.kind == b"trak":
                self._track(box, moov)
            elif box.kind == b"moov":
                self.faults.append(
                    Fault(
                        "moov",
                        Text(
                            zh=f"字节 {box.header} 处的 moov box 嵌套在另一个 moov box 之内",
                            en=f"a moov box inside another at byte {box.header}",
                        ),
                    )
                )
        if b"cmov" in kinds:
            self.faults.append(Fault("moov", _compressed().message))
        elif b"mvhd" not in kinds:
            self.faults.append(Fault("moov", Text(zh="缺少 mvhd box", en="no mvhd box")))

    def _track(self, track: Box, moov: Box) -> None:
        """What one track says of itself."""
        for box in self._boxes("moov/trak", walk(self.data, track.start, track.stop)):
            if box.kind == b"udta":
                self._user_data(box, moov, track)
            elif box.kind == b"meta":
                self._guarded(self._meta, box, (moov, track), "moov/trak/meta")

    def _user_data(self, udta: Box, *around: Box) -> None:
        parents = (*around, udta)
        place = "/".join(box.name for box in parents)
        for box in self._boxes(place, walk(self.data, udta.start, udta.stop)):
            if box.kind == b"meta":
                self._guarded(self._meta, box, parents, f"{place}/meta")
            elif box.kind == b"XMP_":
                self._guarded(self._xmp, box, parents, "udta XMP_")
            else:
                self._guarded(self._text, box, parents, place)

    def _meta(self, box: Box, parents: tuple[Box, ...], _place: str) -> None:
        self.metas.append(mp4_meta.read(self.data, box, parents))

    def _xmp(self, box: Box, parents: tuple[Box, ...], place: str) -> None:
        found = xmp.read(_bytes(self.data, box), place, box.header)
        self.faults.extend(found.faults)
        self.loose.append(_Loose(box, parents, found.fields, is_xmp=True))

    def _text(self, box: Box, parents: tuple[Box, ...], place: str) -> None:
        if box.kind[0] == 0xA9:
            texts = _international(_bytes(self.data, box))
        elif box.kind in _TEXTS_3GPP:
            texts = [_text_3gpp(_bytes(self.data, box)[6:])]
        elif b"AIGC" in box.kind.upper():
            texts = [_bare(_bytes(self.data, box))]
        else:
            return
        fields = tuple(Field(place, box.name, text, offset=box.header) for text in texts)
        self.loose.append(_Loose(box, parents, fields))


def _bytes(data: Buffer, box: Box) -> bytes:
    return bytes(data[box.start : box.stop])


def _international(raw: bytes) -> list[str]:
    """QuickTime's texts with a language each. Macintosh language codes are read as UTF-8, or else Latin-1."""
    texts, cursor = [], Cursor(raw)
    while cursor.left >= 4:
        length = cursor.uint(2)
        cursor.skip(2)
        text = cursor.take(min(length, cursor.left))
        try:
            texts.append(text.decode("utf-8"))
        except UnicodeDecodeError:
            texts.append(text.decode("latin-1"))
    return texts


def _text_3gpp(raw: bytes) -> str:
    codec = "utf-16" if raw[:2] in (b"\xfe\xff", b"\xff\xfe") else "utf-8"
    return raw.decode(codec, "replace").rstrip("\0")


def _bare(raw: bytes) -> str:
    """A box that is nothing but a text; writers put it after nothing, after zeros, or after length and language."""
    if len(raw) > 4 and raw[:1] not in b"{[" and int.from_bytes(raw[:2], "big") == len(raw) - 4:
        raw = raw[4:]
    return raw.strip(b"\0").decode("utf-8", "replace")


def _put_key(data: Buffer, moov: Box, film: _Film, note: Note, superseded: Superseded, edits: Edits) -> None:
    entry = (note.key, note.text)
    home = next(
        (meta for meta in film.metas if meta.handler == mp4_meta.MDTA and _names(meta.parents) == [b"moov", b"udta"]),
        None,
    )
    for meta in film.metas:
        mp4_meta.write(data, meta, edits, superseded, entry if meta is home else None)
    if home is not None:
        return
    new = mp4_meta.fresh(entry)
    udta = first(children(data, moov), b"udta")
    if udta is None:
        edits.replace(moov.stop, moov.stop, build(b"udta", new), (moov,))
        return
    inside = children(data, udta)
    # Before the zeros with which QuickTime closes user data.
    at = inside[-1].stop if inside else udta.start
    edits.replace(at, at, new, (moov, udta))


def _names(parents: tuple[Box, ...]) -> list[bytes]:
    return [box.kind for box in parents]


def _drop(data: Buffer, loose: _Loose, superseded: Superseded, edits: Edits) -> None:
    """Take an older version out. An XMP packet keeps its length where it can, so that nothing moves."""
    if not any(superseded(field) for field in loose.fields):
        return
    box = loose.box
    if not loose.is_xmp:
        edits.replace(box.header, box.stop, b"", loose.parents)
        return
    packet = xmp.drop(bytes(data[box.start : box.stop]), superseded, loose.fields[0].place)
    edits.replace(box.start, box.stop, packet, (*loose.parents, box))


def _absorb(top: list[Box], moov: Box, edits: Edits) -> None:
    """Let free space behind the movie take up its change, where anything behind it could move."""
    growth = edits.growth(moov)
    position = top.index(moov)
    behind = top[position + 1 :]
    if not growth or not any(box.kind not in (b"free", b"skip") for box in behind):
        return
    free = behind[0]
    if free.kind in (b"free", b"skip") and free.size > 1:
        left = len(free) - growth
        if left == 0:
            edits.replace(free.header, free.stop, b"")
        elif left >= HEADER and growth > 0:
            edits.replace(free.header, free.header + HEADER + growth, left.to_bytes(4, "big") + free.kind)
        elif left >= HEADER:
            edits.replace(free.header, free.start, left.to_bytes(4, "big") + free.kind + bytes(-growth))
    elif -growth >= HEADER:
        edits.replace(moov.stop, moov.stop, build(b"free", bytes(-growth - HEADER)))

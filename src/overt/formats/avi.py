"""AVI: notes as a chunk of `LIST INFO`, a text that a zero ends.

Source: TC260-PG-20257A (formats/marks.md 2.4); Multimedia Programming Interface and Data Specifications 1.0; Microsoft,
AVI RIFF File Reference; Matrox, OpenDML AVI File Format Extensions 1.02 (files beyond 1 GB in several RIFF forms).
What it reads besides: every other text of `LIST INFO`, names of streams, dates, XMP in `_PMX`. Pictures and sound are
never read. The list lies before the film, where players look; `JUNK` behind it takes up its growth. Without enough of
that the film moves, and the indexes that name places in the file (`indx`, `ix##`, an absolute `idx1`) follow.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from overt.errors import BudgetError, FormatError, MediaError, TruncatedError, UnsupportedError
from overt.formats import riff, xmp
from overt.formats.avi_index import is_list, places
from overt.formats.container import Fault, Field, Note, Superseded, Survey
from overt.formats.riff import Chunk
from overt.formats.splice import Buffer, Splice

PLACE: Final = "LIST INFO"

MAX_TEXT: Final = 64 << 20
"""Bytes of all chunks that are read as texts."""
MAX_FORMS: Final = 4096
"""RIFF forms of one file, each of a gigabyte or so."""

_FORM: Final = 12
"""Bytes of a form's header: RIFF, a size, the kind."""
_JUNK: Final = b"JUNK"
_XMP: Final = b"_PMX"
_STREAM_TEXTS: Final = (b"strn", b"IDIT", b"ISMP")


@dataclass(frozen=True, slots=True)
class Film:
    """The forms of a file and the chunks of each; `fault` is why they could not be followed to the end."""

    forms: tuple[tuple[Chunk, tuple[Chunk, ...]], ...]
    fault: MediaError | None = None

    @property
    def chunks(self) -> tuple[Chunk, ...]:
        """The chunks of the first form, which describes the film."""
        return self.forms[0][1]


class _Avi:
    name = "avi"
    media_type = "video/x-msvideo"
    suffixes = (".avi",)
    place = PLACE

    def sniff(self, head: bytes) -> int:
        """By the magic number and the form type."""
        return 100 if head[:4] == b"RIFF" and head[8:12] == b"AVI " else 0

    def survey(self, data: Buffer) -> Survey:
        """Every text; a chunk that cannot be read becomes a fault."""
        film = read(data)
        fields: list[Field] = []
        faults: list[Fault] = []
        left = MAX_TEXT
        for chunk in (chunk for _, chunks in film.forms for chunk in chunks):
            place = _place(data, chunk)
            if place is None:
                continue
            try:
                left -= chunk.stop - chunk.start
                if left < 0:
                    raise BudgetError(f"more than {MAX_TEXT} bytes of texts", f"文本超过 {MAX_TEXT} 字节")
                for found in _survey(data, chunk, place):
                    fields.extend(found.fields)
                    faults.extend(found.faults)
            except MediaError as error:
                faults.append(Fault(place, error.message))
        if film.fault is not None:
            faults.append(Fault("RIFF chunk", film.fault.message))
        return Survey(tuple(fields), tuple(faults))

    def put(self, data: Buffer, note: Note, superseded: Superseded) -> Splice:
        """The film with the note in `LIST INFO`; indexes follow where the film moves."""
        film = read(data)
        if film.fault is not None:
            raise film.fault
        survey = self.survey(data)
        if survey.faults:
            told = survey.faults[0]
            raise FormatError(f"{told.place}: {told.reason.en}", f"{told.place}：{told.reason.zh}")
        return _put(data, film, note, superseded)


CONTAINER = _Avi()


def read(data: Buffer) -> Film:
    """The chunks of every form. Raises `FormatError` if this is no AVI file."""
    first = riff.form(data)
    if first.magic != b"RIFF" or first.kind != b"AVI ":
        raise FormatError("this is no AVI file", "这不是 AVI 文件")
    forms: list[tuple[Chunk, tuple[Chunk, ...]]] = []
    at = 0
    fault: MediaError | None = None
    while at < len(data) and fault is None:
        head = bytes(data[at : at + _FORM])
        if len(forms) >= MAX_FORMS:
            fault = BudgetError(f"more than {MAX_FORMS} RIFF forms", f"RIFF 结构超过 {MAX_FORMS} 个")
        elif len(head) < _FORM and head.startswith(b"RIFF"):
            fault = TruncatedError("the file ends within the header of a RIFF form", "文件在 RIFF 结构的头部中断")
        elif forms and (head[:4] != b"RIFF" or head[8:] != b"AVIX"):
            break  # What follows the last form is none of the film.
        else:
            declared = int.from_bytes(head[4:8], "little")
            if declared < 4 and not forms:
                declared = len(data) - riff.HEADER  # An unfinished recording: its size was never filled in.
            stop = min(at + riff.HEADER + declared, len(data))
            form = Chunk(b"RIFF", at, at + _FORM, stop, declared, len(data))
            chunks, fault = _chunks(data, form)
            forms.append((form, chunks))
            at = stop + stop % 2
    return Film(tuple(forms), fault)


def _chunks(data: Buffer, form: Chunk) -> tuple[tuple[Chunk, ...], MediaError | None]:
    """The chunks of a form, and why they could not be followed to its end."""
    chunks: list[Chunk] = []
    try:
        for chunk in riff.walk(data, min(form.start, form.stop), form.stop):
            chunks.append(chunk)
            if chunk.truncated:
                raise _cut(chunk)
        if form.header + riff.HEADER + form.declared > len(data):
            raise TruncatedError("the file ends before its RIFF form does", "文件在其 RIFF 结构结束前中断")
    except MediaError as error:
        return tuple(chunks), error
    return tuple(chunks), None


def _cut(chunk: Chunk) -> TruncatedError:
    missing = chunk.declared - (chunk.stop - chunk.start)
    return TruncatedError(
        f"the chunk {chunk.name!r} at byte {chunk.header} lacks {missing} bytes",
        f"字节 {chunk.header} 处的数据块 {chunk.name!r} 缺少 {missing} 字节",
    )


def _place(data: Buffer, chunk: Chunk) -> str | None:
    """Where the texts of a chunk are, in words; None for a chunk without any."""
    if chunk.fourcc == b"LIST":
        return {b"INFO": PLACE, b"hdrl": "LIST hdrl"}.get(bytes(data[chunk.start : chunk.start + 4]))
    if chunk.fourcc == _XMP:
        return "RIFF _PMX"
    return "RIFF chunk" if b"AIGC" in chunk.fourcc.upper() or chunk.fourcc in _STREAM_TEXTS else None


def _survey(data: Buffer, chunk: Chunk, place: str) -> Iterator[Survey]:
    if place == "RIFF _PMX":
        yield xmp.read(_body(data, chunk), place, chunk.header)
    elif place == "RIFF chunk":
        yield Survey((_field(data, chunk, place),))
    elif place == PLACE:
        for entry in inside(data, chunk):
            yield Survey((_field(data, entry, place),))
    else:
        for entry in inside(data, chunk):
            lists = inside(data, entry) if entry.fourcc == b"LIST" else (entry,)
            for each in lists:
                if each.fourcc in _STREAM_TEXTS:
                    yield Survey((_field(data, each, place),))


def inside(data: Buffer, chunk: Chunk) -> Iterator[Chunk]:
    """The chunks of a list."""
    for entry in riff.walk(data, min(chunk.start + 4, chunk.stop), chunk.stop):
        if entry.truncated:
            raise _cut(entry)
        yield entry


def _body(data: Buffer, chunk: Chunk) -> bytes:
    return bytes(data[chunk.start : chunk.stop])


def _field(data: Buffer, chunk: Chunk, place: str) -> Field:
    """A text in UTF-8, or else in what Chinese Windows writes."""
    raw = _body(data, chunk).rstrip(b"\0")
    defects: tuple[str, ...] = ()
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text, defects = raw.decode("gb18030", "replace"), ("riff-not-utf-8",)
    return Field(place, chunk.name, text, offset=chunk.header, defects=defects)


def _put(data: Buffer, film: Film, note: Note, superseded: Superseded) -> Splice:
    chunks = film.chunks
    movie = next((i for i, each in enumerate(chunks) if is_list(data, each, b"movi")), None)
    head = next((i for i, each in enumerate(chunks) if is_list(data, each, b"hdrl")), None)
    if movie is None or head is None or head > movie:
        raise FormatError("an AVI file without header or film", "AVI 文件缺少文件头或影片数据")
    code = _code(note)
    fresh = riff.chunk(code, note.text.encode("utf-8") + b"\0")
    # Players of OpenDML files do not look behind the film.
    home = next((each for each in chunks[:movie] if _place(data, each) == PLACE), None)
    edits: dict[Chunk, bytes] = {}
    for chunk in (chunk for _, all_chunks in film.forms for chunk in all_chunks):
        new = _without(data, chunk, superseded, fresh if chunk is home else b"")
        if new is not None:
            edits[chunk] = new
    between = b"" if home is not None else riff.chunk(b"LIST", b"INFO" + fresh)
    growth = len(between) + sum(len(edits[each]) - (each.end - each.header) for each in chunks[:movie] if each in edits)
    fill = _absorbed(chunks[head + 1 : movie], edits, growth)
    after = chunks[head].end
    changes = [(chunk.header, chunk.end, new) for chunk, new in {**edits, **fill}.items()]
    if between:
        changes.append((after, after, between))
    return spliced(data, film, changes)


def _code(note: Note) -> bytes:
    code = note.key.encode("ascii", "replace")
    if len(code) != 4:
        raise UnsupportedError(
            f"{note.key!r} cannot name a RIFF chunk: it needs four characters",
            f"{note.key!r} 不能用作 RIFF 数据块的名称：须为四个字符",
        )
    return code


def _without(data: Buffer, chunk: Chunk, superseded: Superseded, fresh: bytes) -> bytes | None:
    """A chunk without older versions, and with the note; None where nothing changes."""
    place = _place(data, chunk)
    if place == "RIFF chunk":
        return b"" if superseded(_field(data, chunk, place)) else None
    if place == "RIFF _PMX":
        old = _body(data, chunk)
        new = xmp.drop(old, superseded, place)
        return None if new == old else riff.chunk(_XMP, new)
    if place == "LIST hdrl":
        found = [field for survey in _survey(data, chunk, place) for field in survey.fields if superseded(field)]
        if found:
            raise UnsupportedError("the name of a stream seems to be an older label", "音视频流的名称似乎是旧的标识")
        return None
    if place != PLACE:
        return None
    parts: list[bytes] = []
    placed = not fresh
    for entry in inside(data, chunk):
        if superseded(_field(data, entry, PLACE)):
            parts.append(b"" if placed else fresh)
            placed = True
        else:
            parts.append(riff.chunk(entry.fourcc, _body(data, entry)))
    if not placed:
        parts.append(fresh)
    body = b"".join(parts)
    new = riff.chunk(b"LIST", b"INFO" + body) if body else b""
    return None if new == bytes(data[chunk.header : chunk.end]) else new


def _absorbed(chunks: tuple[Chunk, ...], edits: dict[Chunk, bytes], growth: int) -> dict[Chunk, bytes]:
    """Free space before the film, less what the rest grows by; nothing where there is not enough."""
    if not growth:
        return {}
    junk = [each for each in chunks if each.fourcc == _JUNK and each not in edits]
    largest = max(junk, key=lambda each: each.end - each.header, default=None)
    if largest is None:
        return {}
    left = (largest.end - largest.header) - growth
    if left == 0:
        return {largest: b""}
    return {largest: riff.chunk(_JUNK, bytes(left - riff.HEADER))} if left >= riff.HEADER else {}


def spliced(data: Buffer, film: Film, changes: list[tuple[int, int, bytes]], lists: tuple[Chunk, ...] = ()) -> Splice:
    """The file with these changes; sizes of forms, and of these lists, and places in indexes follow."""
    moved = Moves(changes)
    around = [form for form, _ in film.forms] + list(lists)
    sizes: list[tuple[int, int, bytes]] = []
    for each in around:
        size = moved(each.stop) - each.stop - (moved(each.start) - each.start)
        told = int.from_bytes(data[each.header + 4 : each.header + 8], "little")
        if size and told >= 4:
            if told + size > riff.MAX_SIZE:
                raise UnsupportedError("the file would become longer than RIFF can say", "文件将超出 RIFF 的长度上限")
            sizes.append((each.header + 4, each.header + 8, (told + size).to_bytes(4, "little")))
    for at, width, value in places(data, film.forms) if moved.any else ():
        new = moved(value)
        if new != value:
            if new >= 1 << 8 * width:
                raise UnsupportedError("a place in the film's index no longer fits", "影片索引中的位置超出范围")
            sizes.append((at, at + width, new.to_bytes(width, "little")))
    splice, position = Splice(), 0
    for start, stop, fresh in sorted([*changes, *sizes], key=lambda change: change[:2]):
        if start < position:
            raise FormatError(f"two changes meet at byte {start}", f"两处修改在字节 {start} 处重叠")
        splice.add(range(position, start))
        splice.add(fresh)
        position = stop
    splice.add(range(position, len(data)))
    return splice


class Moves:
    """Where bytes of the old file are in the new one."""

    def __init__(self, changes: list[tuple[int, int, bytes]]) -> None:
        self._stops: list[int] = []
        self._totals = [0]
        for stop, grown in sorted((stop, len(new) - (stop - start)) for start, stop, new in changes):
            if grown:
                self._stops.append(stop)
                self._totals.append(self._totals[-1] + grown)

    @property
    def any(self) -> bool:
        """Whether anything moves."""
        return bool(self._stops)

    def __call__(self, at: int) -> int:
        """The new place of what was at `at`."""
        return at + self._totals[bisect_right(self._stops, at)]

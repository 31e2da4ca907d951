"""AIFF and AIFC: notes as a chunk of their own at the top level of the form.

Source: Audio Interchange File Format 1.3 (Apple, 1989) and AIFF-C draft (1991), on EA IFF 85; no guide of TC260 names
the format: the chunk `AIGC` is that of WAV [ours].
What it reads besides: `NAME`, `AUTH`, `ANNO`, `(c) `, comments in `COMT`, an ID3 tag in `ID3 `, XMP in `APPL`. Sound is
never read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from overt.errors import BudgetError, FormatError, MediaError, TruncatedError, UnsupportedError
from overt.formats import id3, id3_texts, xmp
from overt.formats.container import Fault, Field, Note, Superseded, Survey
from overt.formats.cursor import Cursor
from overt.formats.splice import Buffer, Splice
from overt.language import Text

HEADER = 8
"""Bytes before a chunk's body."""
MAX_SIZE = 0xFFFF_FFFF
MAX_CHUNKS = 65_536
"""Chunks of one file. Files have a dozen; each annotation is one."""
MAX_TEXT = 64 << 20
"""Bytes of all chunks that are read as texts or tags. Pictures in an ID3 tag take some megabytes."""

_TEXTS = (b"NAME", b"AUTH", b"ANNO", b"(c) ")
_ID3 = (b"ID3 ", b"id3 ")
_XMP = b"APPL"
_XMP_SIGNATURE = b"XMP "
PLACE = "AIFF chunk"


@dataclass(frozen=True, slots=True)
class Chunk:
    """Where one chunk is: its header at `header`, its body in `start:stop`, without the pad byte."""

    code: bytes
    header: int
    start: int
    stop: int

    @property
    def name(self) -> str:
        """The code for messages."""
        return self.code.decode("latin-1")

    @property
    def end(self) -> int:
        """Where the next chunk begins, if the pad byte is there."""
        return self.stop + (self.stop - self.start) % 2


@dataclass(frozen=True, slots=True)
class Form:
    """The chunks of a file, in order. `stop` is where the form ends, never beyond the file.

    `fault` is why the chunks could not be followed to the end.
    """

    kind: bytes
    stop: int
    chunks: tuple[Chunk, ...]
    fault: MediaError | None = None


def read(data: Buffer) -> Form:
    """The chunks of an AIFF or AIFC file."""
    cursor = Cursor(data)
    if cursor.take(4) != b"FORM":
        raise FormatError("this is no AIFF file", "这不是 AIFF 文件")
    size = cursor.uint(4)
    kind = cursor.take(4)
    if kind not in (b"AIFF", b"AIFC"):
        raise FormatError("this is no AIFF file", "这不是 AIFF 文件")
    # Writers get the outermost size wrong more often than those inside.
    stop = min(HEADER + size, len(data)) if size >= 4 else len(data)
    chunks: list[Chunk] = []
    try:
        chunks.extend(_walk(data, cursor.position, stop))
    except MediaError as error:
        return Form(kind, stop, tuple(chunks), error)
    fault = None
    if HEADER + size > len(data) + 1:
        fault = TruncatedError(
            f"the AIFF form claims {size} bytes; the file has {len(data)}",
            f"AIFF 声明长度为 {size} 字节，文件仅有 {len(data)} 字节",
        )
    return Form(kind, stop, tuple(chunks), fault)


def _walk(data: Buffer, start: int, stop: int) -> Iterator[Chunk]:
    cursor = Cursor(data, start, stop)
    told = 0
    for _ in range(MAX_CHUNKS):
        if not any(cursor.peek(HEADER)):
            return
        header = cursor.position
        code = cursor.take(4)
        size = cursor.uint(4)
        body = cursor.skip(size)
        told += size if is_told(code) else 0
        if told > MAX_TEXT:
            raise BudgetError(f"more than {MAX_TEXT} bytes of texts", f"文本超过 {MAX_TEXT} 字节")
        yield Chunk(code, header, body, cursor.position)
        cursor.skip(min(size % 2, cursor.left))
    raise BudgetError(f"more than {MAX_CHUNKS} chunks in an AIFF file", f"AIFF 文件的数据块超过 {MAX_CHUNKS} 个")


def chunk(code: bytes, body: bytes) -> bytes:
    """A chunk with its header and, after an odd body, its pad byte."""
    if len(body) > MAX_SIZE:
        raise FormatError(f"{len(body)} bytes do not fit in one AIFF chunk", f"AIFF 数据块容不下 {len(body)} 字节")
    return code + len(body).to_bytes(4, "big") + body + b"\0" * (len(body) % 2)


def is_told(code: bytes) -> bool:
    """Whether a chunk of this code holds texts."""
    return code in (*_TEXTS, *_ID3, b"COMT", _XMP) or b"AIGC" in code.upper()


class _Aiff:
    name = "aiff"
    media_type = "audio/aiff"
    suffixes = (".aiff", ".aif", ".aifc")
    place = PLACE

    def sniff(self, head: bytes) -> int:
        """By the magic number and the form type."""
        return 100 if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC") else 0

    def survey(self, data: Buffer) -> Survey:
        """The texts of every chunk that holds some."""
        form = read(data)
        fields: list[Field] = []
        faults: list[Fault] = []
        for each in form.chunks:
            try:
                found = _survey(data, each)
            except MediaError as error:
                found = Survey(faults=(Fault(_place(each), error.message),))
            fields.extend(found.fields)
            faults.extend(found.faults)
        if form.fault is not None:
            faults.append(Fault(PLACE, form.fault.message))
        return Survey(tuple(fields), tuple(faults))

    def put(self, data: Buffer, note: Note, superseded: Superseded) -> Splice:
        """The file with the note in a chunk named like its key; every other chunk is kept."""
        form = read(data)
        if form.fault is not None:
            raise form.fault
        code = note.key.encode("ascii", "replace")
        if len(code) != 4:
            raise UnsupportedError(
                f"{note.key!r} cannot name an AIFF chunk: it needs four characters",
                f"{note.key!r} 不能用作 AIFF 数据块的名称：须为四个字符",
            )
        fresh = chunk(code, note.text.encode("utf-8"))
        body = Splice()
        for each in form.chunks:
            for piece in _kept(data, form, each, code, superseded):
                if piece is not None:
                    body.add(piece)
                else:
                    body.add(fresh)
                    fresh = b""
        body.add(fresh)
        size = 4 + len(body)
        if size > MAX_SIZE:
            raise UnsupportedError(
                "the file would become longer than an AIFF file can say",
                "文件将超出 AIFF 格式的长度上限",
                hint=Text(
                    zh="请先转换为 WAV（RF64）：ffmpeg -i IN -rf64 auto OUT.wav",
                    en="Convert it to WAV (RF64) first: ffmpeg -i IN -rf64 auto OUT.wav",
                ),
            )
        end = max([form.stop, *(min(each.end, len(data)) for each in form.chunks[-1:])])
        return Splice([range(4), size.to_bytes(4, "big"), range(8, 12), *body.pieces, range(end, len(data))])


CONTAINER = _Aiff()


def _place(each: Chunk) -> str:
    if each.code in _ID3:
        return "AIFF ID3"
    if each.code == _XMP:
        return "AIFF APPL XMP"
    return PLACE if b"AIGC" in each.code.upper() else f"AIFF {each.name}"


def _survey(data: Buffer, each: Chunk) -> Survey:
    raw = bytes(data[each.start : each.stop]) if is_told(each.code) else b""
    if each.code in _ID3:
        return id3_texts.survey(id3.read(raw, 0))
    if each.code == _XMP:
        if not raw.startswith(_XMP_SIGNATURE):
            return Survey()
        return xmp.read(raw[4:], _place(each), each.header)
    if each.code == b"COMT":
        return Survey(tuple(field for _, field in _comments(raw, each)))
    if not is_told(each.code):
        return Survey()
    return Survey((_text(raw, each),))


def _text(raw: bytes, each: Chunk) -> Field:
    defects = []
    if raw.endswith(b"\0"):
        raw = raw.rstrip(b"\0")
        if b"AIGC" in each.code.upper():
            defects.append("riff-nul-terminated")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        # The format says ASCII; what is more was written on a Macintosh.
        text = raw.decode("mac-roman")
        defects.append("riff-not-utf-8")
    return Field(_place(each), each.name, text, offset=each.header, defects=tuple(defects))


def _comments(raw: bytes, each: Chunk) -> Iterator[tuple[bytes, Field]]:
    """The comments of a `COMT` chunk, as they stand and as texts."""
    cursor = Cursor(raw)
    for _ in range(cursor.uint(2)):
        start = cursor.skip(6)
        length = cursor.uint(2)
        text = cursor.take(length)
        cursor.skip(min(length % 2, cursor.left))
        yield raw[start : cursor.position], _text(text, each)


def _kept(data: Buffer, form: Form, each: Chunk, code: bytes, superseded: Superseded) -> Iterator[bytes | range | None]:
    """What stays of a chunk; none where the note takes its place."""
    if each.code == code:
        yield None
        return
    found = _survey(data, each)
    if found.faults:
        unread = found.faults[0]
        raise FormatError(
            f"{unread.place}: {unread.reason.en}; it may hold an older version",
            f"{unread.place}：{unread.reason.zh}；其中可能有旧版内容",
        )
    if not any(superseded(field) for field in found.fields):
        end = min(each.end, len(data), max(form.stop, each.stop))
        yield range(each.header, end)
        # A last chunk of odd length may lack its pad byte; what follows needs it.
        if (end - each.header) % 2:
            yield b"\0"
    elif each.code in _ID3:
        body = bytes(data[each.start : each.stop])
        yield chunk(each.code, id3_texts.put(body, id3.read(body, 0), None, superseded))
    elif each.code == _XMP:
        packet = xmp.drop(bytes(data[each.start + 4 : each.stop]), superseded, _place(each))
        yield chunk(_XMP, _XMP_SIGNATURE + packet)
    elif b"AIGC" in each.code.upper():
        yield None
    elif each.code == b"COMT":
        comments = _comments(bytes(data[each.start : each.stop]), each)
        kept = [raw for raw, field in comments if not superseded(field)]
        if kept:
            yield chunk(each.code, len(kept).to_bytes(2, "big") + b"".join(kept))

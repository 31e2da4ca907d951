"""WAV: notes as a chunk of their own at the top level of the RIFF form.

Source: TC260-PG-202510A (formats/marks.md 2.5); Multimedia Programming Interface and Data Specifications 1.0;
EBU Tech 3306 (RF64) and ITU-R BS.2088 (BW64) for files beyond 4 GiB.
What it reads besides: `LIST`/`INFO`, an ID3 tag in `id3 `, XMP in `_PMX`. Sound is never read.
A recording whose sizes were never filled in (streamed) is read and marked as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from overt.errors import BudgetError, FormatError, MediaError, TruncatedError, UnsupportedError
from overt.formats import id3, id3_texts, riff, xmp
from overt.formats.container import Fault, Field, Note, Superseded, Survey
from overt.formats.cursor import Cursor
from overt.formats.splice import Buffer, Splice

MAX_TEXT = 64 << 20
"""Bytes of all chunks that are read as texts or tags. Pictures in an ID3 tag take some megabytes."""

_MAGICS = (b"RIFF", b"RF64", b"BW64")
_STREAMED = 0x7FFF_0000
"""Sizes from here on, reaching beyond the file, were written by something that could not go back to fill them in."""

_SLIP = riff.HEADER
"""Bytes that a form may claim too many: writers often count its own header. No chunk that says anything is shorter."""

_ID3 = (b"id3 ", b"ID3 ")
_XMP = b"_PMX"
_C2PA = b"C2PA"
_PLACES = {b"LIST": "RIFF INFO", b"id3 ": "RIFF id3", b"ID3 ": "RIFF id3", _XMP: "RIFF _PMX"}


@dataclass(frozen=True, slots=True)
class _Wave:
    """The chunks of a file. `sound_open` says that the sound reaches to the end of the file, whatever its size says.

    `fault` is why the chunks could not be followed to the end.
    """

    form: riff.Form
    chunks: list[riff.Chunk]
    sound_open: bool
    fault: MediaError | None


class _Wav:
    name = "wav"
    media_type = "audio/wav"
    suffixes = (".wav", ".wave", ".bwf", ".rf64", ".bw64")
    place = "RIFF chunk"

    def sniff(self, head: bytes) -> int:
        """By the magic number and the form type."""
        return 100 if head[:4] in _MAGICS and head[8:12] == b"WAVE" else 0

    def survey(self, data: Buffer) -> Survey:
        """The texts of every chunk that holds some."""
        wave = _read(data)
        fields: list[Field] = []
        faults: list[Fault] = []
        for chunk in wave.chunks:
            try:
                found = _survey(data, chunk)
            except MediaError as error:
                found = Survey(faults=(Fault(_PLACES.get(chunk.fourcc, "RIFF chunk"), error.message),))
            fields.extend(found.fields)
            faults.extend(found.faults)
        if wave.fault is not None:
            faults.append(Fault("RIFF chunk", wave.fault.message))
        return Survey(tuple(fields), tuple(faults))

    def put(self, data: Buffer, note: Note, superseded: Superseded) -> Splice:
        """The file with the note in a chunk named like its key; every other chunk is kept."""
        wave = _read(data)
        if wave.fault is not None:
            raise wave.fault
        code = _code(note)
        fresh = riff.chunk(code, note.text.encode("utf-8"))
        home = _home(data, wave, code, superseded)
        pieces: list[bytes | range] = []
        for number, chunk in enumerate(wave.chunks):
            if number == home:
                pieces.append(fresh)
            pieces.extend(_kept(data, wave, chunk, code, superseded))
        if home == len(wave.chunks):
            pieces.append(fresh)
        return _assembled(data, wave, pieces)


CONTAINER = _Wav()


def _code(note: Note) -> bytes:
    code = note.key.encode("ascii", "replace")
    if len(code) != 4:
        raise UnsupportedError(
            f"{note.key!r} cannot name a RIFF chunk: it needs four characters",
            f"{note.key!r} 不能用作 RIFF 数据块的名称：须为四个字符",
        )
    return code


def _read(data: Buffer) -> _Wave:
    form = riff.form(data)
    if form.magic not in _MAGICS or form.kind != b"WAVE":
        raise FormatError("this is no WAV file", "这不是 WAV 文件")
    sizes: dict[bytes, int] = {}
    if form.magic != b"RIFF":
        total, sizes = _sizes_64(data, form.start)
        if form.declared == riff.MAX_SIZE:
            stop = len(data) if total < 4 else min(riff.HEADER + total, len(data))
            form = riff.Form(form.magic, form.kind, form.start, stop, total)
    wave = _walked(data, form, sizes)
    if wave.chunks and wave.chunks[-1].truncated and not wave.sound_open and form.stop < len(data):
        # Writers get the outermost size wrong more often than those inside.
        wave = _walked(data, replace(form, stop=len(data)), sizes)
    return wave


def _walked(data: Buffer, form: riff.Form, sizes: dict[bytes, int]) -> _Wave:
    chunks: list[riff.Chunk] = []
    fault: MediaError | None = None
    told = 0
    try:
        for chunk in riff.walk(data, form.start, form.stop, sizes):
            told += chunk.stop - chunk.start if _is_told(chunk) else 0
            if told > MAX_TEXT:
                raise BudgetError(f"more than {MAX_TEXT} bytes of texts", f"文本超过 {MAX_TEXT} 字节")
            chunks.append(chunk)
            if chunk.fourcc == b"data" and _is_open(data, form, chunk):
                return _Wave(form, chunks, sound_open=True, fault=None)
    except MediaError as error:
        fault = error
    if chunks and chunks[-1].truncated:
        last = chunks[-1]
        missing = last.declared - (last.stop - last.start)
        fault = TruncatedError(
            f"the chunk {last.name!r} at byte {last.header} lacks {missing} bytes",
            f"字节 {last.header} 处的数据块 {last.name!r} 缺少 {missing} 字节",
        )
    elif fault is None and form.stop + _SLIP < riff.HEADER + form.declared and form.declared < _STREAMED:
        fault = TruncatedError(
            f"the RIFF form claims {form.declared} bytes; the file has {len(data)}",
            f"RIFF 声明长度为 {form.declared} 字节，文件仅有 {len(data)} 字节",
        )
    return _Wave(form, chunks, sound_open=False, fault=fault)


def _sizes_64(data: Buffer, start: int) -> tuple[int, dict[bytes, int]]:
    """The 64-bit sizes: of the form, and of chunks by their code."""
    cursor = Cursor(data, start)
    if cursor.take(4) != b"ds64":
        raise FormatError("a 64-bit WAV file without its ds64 chunk", "64 位 WAV 文件缺少 ds64 数据块")
    body = Cursor(data, cursor.position + 4, cursor.position + 4 + cursor.uint(4, "little"))
    total, sound = body.uint(8, "little"), body.uint(8, "little")
    sizes = {b"data": sound}
    body.skip(min(8, body.left))
    for _ in range(min(body.uint(4, "little") if body.left >= 4 else 0, body.left // 12)):
        code = body.take(4)
        sizes.setdefault(code, body.uint(8, "little"))
    return total, sizes


def _is_open(data: Buffer, form: riff.Form, sound: riff.Chunk) -> bool:
    """Whether the sound's size was never filled in."""
    if sound.declared == 0:
        return form.stop <= sound.start < len(data) or form.declared in (0, riff.MAX_SIZE)
    return sound.truncated and sound.declared >= _STREAMED and form.magic == b"RIFF"


def _is_told(chunk: riff.Chunk) -> bool:
    return chunk.fourcc in _PLACES or b"AIGC" in chunk.fourcc.upper()


def _survey(data: Buffer, chunk: riff.Chunk) -> Survey:
    if chunk.fourcc == b"LIST":
        return Survey(tuple(field for _, field in _info(data, chunk) if field))
    if chunk.fourcc in _ID3:
        return id3_texts.survey(id3.read(_body(data, chunk), 0))
    if chunk.fourcc == _XMP:
        return xmp.read(_body(data, chunk), _PLACES[_XMP], chunk.header)
    if b"AIGC" in chunk.fourcc.upper():
        return Survey((_note(data, chunk),))
    return Survey()


def _body(data: Buffer, chunk: riff.Chunk) -> bytes:
    return bytes(data[chunk.start : chunk.stop])


def _note(data: Buffer, chunk: riff.Chunk) -> Field:
    raw = _body(data, chunk)
    defects = []
    if raw.endswith(b"\0"):
        defects.append("riff-nul-terminated")
        raw = raw.rstrip(b"\0")
    text = _decoded(raw, defects)
    if chunk.truncated:
        defects.append("riff-truncated")
    return Field("RIFF chunk", chunk.name, text, offset=chunk.header, defects=tuple(defects))


def _decoded(raw: bytes, defects: list[str]) -> str:
    """UTF-8, or else what Chinese Windows writes."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        defects.append("riff-not-utf-8")
        return raw.decode("gb18030", "replace")


def _info(data: Buffer, chunk: riff.Chunk) -> Iterator[tuple[range, Field | None]]:
    """The entries of an INFO list, each with the bytes it takes; nothing for another kind of list."""
    cursor = Cursor(data, chunk.start, chunk.stop)
    if cursor.peek(4) != b"INFO":
        return
    cursor.skip(4)
    for entry in riff.walk(data, cursor.position, chunk.stop):
        defects = ["riff-truncated"] if entry.truncated else []
        text = _decoded(_body(data, entry).rstrip(b"\0"), defects)
        field = Field("RIFF INFO", entry.name, text, offset=entry.header, defects=tuple(defects))
        yield range(entry.header, entry.end), field


def _home(data: Buffer, wave: _Wave, code: bytes, superseded: Superseded) -> int:
    """The number of the chunk before which the note goes."""
    for number, chunk in enumerate(wave.chunks):
        if chunk.fourcc == code or (b"AIGC" in chunk.fourcc.upper() and superseded(_note(data, chunk))):
            return number
    if wave.sound_open:
        # Behind it, the note would be heard.
        return len(wave.chunks) - 1
    # A credential stays last (C2PA 2.2, embedding manifests into RIFF files).
    last = len(wave.chunks)
    return last - 1 if wave.chunks and wave.chunks[-1].fourcc == _C2PA else last


def _kept(data: Buffer, wave: _Wave, chunk: riff.Chunk, code: bytes, superseded: Superseded) -> Iterator[bytes | range]:
    """What stays of a chunk."""
    if wave.sound_open and chunk is wave.chunks[-1]:
        yield range(chunk.header, len(data))
        return
    found = _survey(data, chunk)
    if found.faults:
        unread = found.faults[0]
        raise FormatError(
            f"{unread.place}: {unread.reason.en}; it may hold an older version",
            f"{unread.place}：{unread.reason.zh}；其中可能有旧版内容",
        )
    own = chunk.fourcc == code
    if not own and not any(superseded(field) for field in found.fields):
        yield range(chunk.header, chunk.end)
        # A last chunk of odd length may lack its pad byte; what follows needs it.
        if (chunk.end - chunk.start) % 2:
            yield b"\0"
    elif chunk.fourcc == b"LIST":
        kept = b"".join(
            bytes(data[place.start : place.stop])
            for place, field in _info(data, chunk)
            if field is None or not superseded(field)
        )
        if kept:
            yield riff.chunk(b"LIST", b"INFO" + kept)
    elif chunk.fourcc in _ID3:
        body = _body(data, chunk)
        yield riff.chunk(chunk.fourcc, id3_texts.put(body, id3.read(body, 0), None, superseded))
    elif chunk.fourcc == _XMP:
        yield riff.chunk(_XMP, xmp.drop(_body(data, chunk), superseded, _PLACES[_XMP]))


def _assembled(data: Buffer, wave: _Wave, pieces: list[bytes | range]) -> Splice:
    """The header with the new size, the pieces, and what lies behind the form."""
    form = wave.form
    behind = range(max(form.stop, wave.chunks[-1].end if wave.chunks else form.start), len(data))
    size = 4 + sum(len(piece) for piece in pieces)
    if wave.sound_open and form.stop <= wave.chunks[-1].start:
        # The header of a file that was still empty: the sound is not counted.
        size -= len(data) - wave.chunks[-1].start
    result = Splice([range(4)])
    declared = int.from_bytes(data[4:8], "little")
    sizes_64 = b""
    if wave.sound_open and (declared == 0 or form.truncated):
        result.add(range(4, 12))
    elif form.magic != b"RIFF" and declared == riff.MAX_SIZE:
        result.add(range(4, 12))
        sizes_64 = size.to_bytes(8, "little")
    elif size > riff.MAX_SIZE:
        raise UnsupportedError("the file would become longer than a WAV file can say", "文件将超出 WAV 格式的长度上限")
    else:
        result.add(size.to_bytes(4, "little"))
        result.add(range(8, 12))
    for piece in pieces:
        if sizes_64 and isinstance(piece, range) and piece.start == form.start:
            result.add(range(piece.start, piece.start + 8))
            result.add(sizes_64)
            result.add(range(piece.start + 16, piece.stop))
        else:
            result.add(piece)
    if not wave.sound_open:
        result.add(behind)
    return result

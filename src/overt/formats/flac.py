"""FLAC: notes as Vorbis comments.

Source: RFC 9639 (FLAC) clause 8; TC260-PG-202510A (formats/marks.md 2.5).
The comment block stays where it is and grows into padding, if there is enough, so that no sound moves.
An ID3 tag before the stream is read and kept. FLAC inside Ogg is another format.
"""

from __future__ import annotations

from dataclasses import dataclass

from overt.errors import BudgetError, FormatError, MediaError, TruncatedError
from overt.formats import id3, id3_texts, vorbis
from overt.formats.container import Fault, Field, Note, Superseded, Survey
from overt.formats.cursor import Cursor
from overt.formats.splice import Buffer, Splice

MAGIC = b"fLaC"

MAX_BLOCK = (1 << 24) - 1
"""What a block's 24-bit length can say."""

MAX_BLOCKS = 4096
"""Blocks in one file. Real files have five or six; each picture is one more."""

MAX_COMMENT_BLOCKS = 4
"""Comment blocks in one file. The standard allows one; two are met."""

_STREAMINFO, _PADDING, _COMMENTS = 0, 1, 4
_HEADER = 4


@dataclass(frozen=True, slots=True)
class _Block:
    kind: int
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class _Stream:
    """The blocks of a file; `audio` is where they end."""

    blocks: list[_Block]
    audio: int


class _Flac:
    name = "flac"
    media_type = "audio/flac"
    suffixes = (".flac",)
    place = vorbis.PLACE

    def sniff(self, head: bytes) -> int:
        """By the magic number, also behind an ID3 tag."""
        start = id3.extent(head, 0) or 0
        return 95 if head[start : start + 4] == MAGIC else 0

    def survey(self, data: Buffer) -> Survey:
        """The comments, and the texts of an ID3 tag before the stream."""
        start = id3.extent(data, 0) or 0
        fields: list[Field] = []
        faults: list[Fault] = []
        if start:
            try:
                found = id3_texts.survey(id3.read(data, 0))
                fields.extend(found.fields)
                faults.extend(found.faults)
            except MediaError as error:
                faults.append(Fault("ID3", error.message))
        stream, fault = _stream(data, start)
        for block in stream.blocks:
            if block.kind == _COMMENTS:
                try:
                    fields.extend(vorbis.fields(vorbis.parse(bytes(data[block.start : block.stop])), block.start))
                except MediaError as error:
                    faults.append(Fault(vorbis.PLACE, error.message))
        return Survey(tuple(fields), (*faults, *([Fault("FLAC blocks", fault.message)] if fault else [])))

    def put(self, data: Buffer, note: Note, superseded: Superseded) -> Splice:
        """The file with the note among its comments; sound and all other blocks are kept."""
        start = id3.extent(data, 0) or 0
        tag = id3_texts.put(data, id3.read(data, 0), None, superseded) if start else b""
        stream, fault = _stream(data, start)
        if fault is not None:
            raise fault
        bodies = _rewritten(data, stream, note, superseded)
        result = Splice([range(start) if tag == bytes(data[:start]) else tag, range(start, start + len(MAGIC))])
        for number, (block, body) in enumerate(bodies):
            last = 0x80 if number == len(bodies) - 1 else 0
            length = len(body) if body is not None else block.stop - block.start
            if length > MAX_BLOCK:
                raise FormatError(f"{length} bytes are too many for a FLAC block", f"FLAC 数据块容不下 {length} 字节")
            header = bytes([last | block.kind]) + length.to_bytes(3, "big")
            if body is None and header == bytes(data[block.start - _HEADER : block.start]):
                result.add(range(block.start - _HEADER, block.stop))
            else:
                result.add(header)
                result.add(body if body is not None else range(block.start, block.stop))
        result.add(range(stream.audio, len(data)))
        return result


CONTAINER = _Flac()


def _stream(data: Buffer, start: int) -> tuple[_Stream, MediaError | None]:
    """The blocks as far as they can be read, and why not further."""
    stream = _Stream([], start)
    cursor = Cursor(data, min(start, len(data)))
    if cursor.peek(4) != MAGIC:
        raise FormatError("this is no FLAC stream", "这不是 FLAC 音频")
    cursor.skip(4)
    comments = 0
    try:
        for _ in range(MAX_BLOCKS):
            head = cursor.uint(1)
            length = cursor.uint(3)
            body = cursor.skip(length)
            if head & 0x7F == 0x7F or (head & 0x7F == _STREAMINFO) != (not stream.blocks):
                raise FormatError(  # noqa: TRY301
                    f"a FLAC block of type {head & 0x7F} at byte {body - _HEADER}",
                    f"字节 {body - _HEADER} 处不应出现类型为 {head & 0x7F} 的 FLAC 块",
                )
            comments += head & 0x7F == _COMMENTS
            if comments > MAX_COMMENT_BLOCKS:
                raise FormatError("too many FLAC comment blocks", "FLAC 注释块过多")  # noqa: TRY301
            stream.blocks.append(_Block(head & 0x7F, body, cursor.position))
            if head & 0x80:
                return _Stream(stream.blocks, cursor.position), None
    except (FormatError, TruncatedError) as error:
        return stream, error
    return stream, BudgetError(f"more than {MAX_BLOCKS} FLAC metadata blocks", f"FLAC 元数据块超过 {MAX_BLOCKS} 个")


def _rewritten(data: Buffer, stream: _Stream, note: Note, superseded: Superseded) -> list[tuple[_Block, bytes | None]]:
    """Every block with its new body; none where it stays."""
    bodies: list[tuple[_Block, bytes | None]] = []
    pending: Note | None = note
    growth = 0
    for block in stream.blocks:
        if block.kind != _COMMENTS:
            bodies.append((block, None))
            continue
        old = bytes(data[block.start : block.stop])
        new = vorbis.build(vorbis.put(vorbis.parse(old), pending, superseded))
        pending = None
        growth += len(new) - len(old)
        bodies.append((block, None if new == old else new))
    if pending is not None:
        comments = vorbis.put(vorbis.Comments(vorbis.VENDOR.encode()), pending, superseded)
        new = vorbis.build(comments)
        growth += _HEADER + len(new)
        bodies.insert(1, (_Block(_COMMENTS, stream.audio, stream.audio), new))
    for number, (block, _) in enumerate(bodies):
        room = block.stop - block.start - growth
        if growth and block.kind == _PADDING and 0 <= room <= MAX_BLOCK:
            bodies[number] = (block, bytes(room))
            break
    return bodies

"""RIFF: a form made of chunks; each has a four-character code, a 32-bit size, a body and perhaps a pad byte.

Source: Multimedia Programming Interface and Data Specifications 1.0 (IBM and Microsoft, 1991), chapter 2.
WAV, WebP and AVI are RIFF forms. The module finds chunks and builds them; it never looks into a body,
knows no 64-bit sizes of its own (RF64 hands them in) and follows no nesting: the caller walks what it knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from overt.errors import BudgetError, FormatError, TruncatedError
from overt.formats.cursor import Cursor
from overt.formats.splice import Buffer

HEADER = 8
"""Bytes before a chunk's body."""

MAX_SIZE = 0xFFFF_FFFF
"""What the size field can say. As the size of a form it also means "not known when this was written"."""

MAX_CHUNKS = 65_536
"""Chunks on one level. Files have a dozen; an hour of WebP animation at 15 frames a second has 54,000."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Where one chunk is: its header at `header`, its body in `start:stop`, without the pad byte.

    `declared` is the size that the header states. When that reaches beyond the enclosing structure, `stop` is
    cut to what is there and `truncated` is true; such a chunk is always the last.
    """

    fourcc: bytes
    header: int
    start: int
    stop: int
    declared: int
    limit: int

    @property
    def truncated(self) -> bool:
        """Whether the body ends before its declared size."""
        return self.stop - self.start < self.declared

    @property
    def end(self) -> int:
        """Where the next chunk begins: after the pad byte, if there is one."""
        return min(self.stop + (self.stop - self.start) % 2, self.limit)

    @property
    def name(self) -> str:
        """The code for messages."""
        return self.fourcc.decode("latin-1")


@dataclass(frozen=True, slots=True)
class Form:
    """The outermost chunk: `magic` ("RIFF"), what it holds (`kind`: "WAVE"), and its chunks in `start:stop`.

    `declared` is the size that the header states; `stop` never reaches beyond the file.
    """

    magic: bytes
    kind: bytes
    start: int
    stop: int
    declared: int

    @property
    def truncated(self) -> bool:
        """Whether the file ends before the form's declared size."""
        return self.stop < HEADER + self.declared


def form(data: Buffer) -> Form:
    """The RIFF header at the start of a file."""
    cursor = Cursor(data)
    magic = cursor.take(4)
    declared = cursor.uint(4, "little")
    kind = cursor.take(4)
    if declared < 4:
        # An unfinished recording says 0 here; its chunks are there all the same.
        return Form(magic, kind, cursor.position, len(data), declared)
    return Form(magic, kind, cursor.position, min(HEADER + declared, len(data)), declared)


def walk(data: Buffer, start: int, stop: int, sizes: Mapping[bytes, int] | None = None) -> Iterator[Chunk]:
    """The chunks in `start:stop`, in order.

    `sizes` holds 64-bit sizes by code, taken for a chunk whose own size field is all ones (RF64).
    A body that reaches beyond `stop` is yielded cut, marked `truncated`, and ends the walk.
    Raises `TruncatedError` after the last chunk if what is left is too short for a chunk and is not zeros,
    and `BudgetError` beyond `MAX_CHUNKS`.
    """
    cursor = Cursor(data, start, stop)
    for _ in range(MAX_CHUNKS):
        if cursor.left < HEADER:
            if any(cursor.peek(HEADER)):
                raise TruncatedError(
                    f"{cursor.left} bytes at {cursor.position} are too few for a RIFF chunk",
                    f"字节 {cursor.position} 处仅剩 {cursor.left} 字节，不足以构成一个 RIFF 数据块",
                )
            return
        header = cursor.position
        fourcc = cursor.take(4)
        declared = cursor.uint(4, "little")
        if declared == MAX_SIZE and sizes:
            declared = sizes.get(fourcc, declared)
        length = min(declared, cursor.left)
        body = cursor.skip(length)
        yield Chunk(fourcc, header, body, body + length, declared, stop)
        cursor.skip(min(length % 2, cursor.left))
    if cursor.left:
        raise BudgetError(
            f"more than {MAX_CHUNKS} chunks on one level of a RIFF file",
            f"RIFF 文件同级数据块超过 {MAX_CHUNKS} 个",
        )


def chunk(fourcc: bytes, body: bytes) -> bytes:
    """A chunk with its header and, after an odd body, its pad byte."""
    if len(fourcc) != 4:
        raise ValueError("a chunk's code has four characters")
    if len(body) > MAX_SIZE:
        raise FormatError(f"{len(body)} bytes do not fit in one RIFF chunk", f"RIFF 数据块容不下 {len(body)} 字节")
    return fourcc + len(body).to_bytes(4, "little") + body + b"\0" * (len(body) % 2)

"""The indexes of an AVI file, and the places in the file that they name.

Source: Microsoft, AVI RIFF File Reference (`idx1`); Matrox, OpenDML AVI File Format Extensions 1.02, 4 (`indx` and
`ix##`).
`idx1` counts from the list with the film, or in some files from the beginning of the file: the first entry tells.
An index of OpenDML counts from a base that is a place in the file; so do the entries of a super index.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from overt.errors import BudgetError, FormatError
from overt.formats import riff
from overt.formats.cursor import Cursor
from overt.formats.riff import Chunk
from overt.formats.splice import Buffer

MAX_ENTRIES: Final = 8_000_000
"""Entries of all indexes: a day of film with sound."""

_ENTRY: Final = 16
_OF_INDEXES, _OF_CHUNKS = 0, 1
_TYPE: Final = 3
_SUPER: Final = 16
_BASE: Final = 12
_BEHIND_BASE: Final = 24

Forms = tuple[tuple[Chunk, tuple[Chunk, ...]], ...]


def places(data: Buffer, forms: Forms) -> Iterator[tuple[int, int, int]]:
    """Every number that is a place in the file: where it is written, in how many bytes, and what it is."""
    chunks = forms[0][1]
    movie = next((each for each in chunks if is_list(data, each, b"movi")), None)
    if movie is None:
        return
    for index in (each for each in chunks if each.fourcc == b"idx1"):
        yield from _old(data, index, movie)
    for index in _described(data, chunks):
        yield from _opendml(data, index)


def is_list(data: Buffer, chunk: Chunk, kind: bytes) -> bool:
    """Whether a chunk is a list of this kind."""
    return chunk.fourcc == b"LIST" and bytes(data[chunk.start : chunk.start + 4]) == kind


def is_absolute(data: Buffer, index: Chunk, movie: Chunk) -> bool:
    """Whether `idx1` counts from the beginning of the file: only then its first entry points at what it names."""
    cursor = Cursor(data, index.start, index.stop)
    if cursor.left < _ENTRY:
        return False
    code = cursor.take(4)
    cursor.skip(4)
    offset = cursor.uint(4, "little")
    if bytes(data[movie.start + offset : movie.start + offset + 4]) == code:
        return False
    return movie.start <= offset < movie.stop and bytes(data[offset : offset + 4]) == code


def _old(data: Buffer, index: Chunk, movie: Chunk) -> Iterator[tuple[int, int, int]]:
    if not is_absolute(data, index, movie):
        return
    count = (index.stop - index.start) // _ENTRY
    if count > MAX_ENTRIES:
        raise BudgetError(f"an index of {count} entries", f"索引含 {count} 个条目")
    for number in range(count):
        at = index.start + number * _ENTRY + 8
        yield at, 4, int.from_bytes(data[at : at + 4], "little")


def _described(data: Buffer, chunks: tuple[Chunk, ...]) -> Iterator[Chunk]:
    """The indexes in the descriptions of streams."""
    for head in (each for each in chunks if is_list(data, each, b"hdrl")):
        for stream in riff.walk(data, head.start + 4, head.stop):
            if is_list(data, stream, b"strl"):
                inside = riff.walk(data, stream.start + 4, stream.stop)
                yield from (e for e in inside if e.fourcc == b"indx" and e.stop - e.start >= _BEHIND_BASE)


def index_chunks(data: Buffer, forms: Forms) -> Iterator[int]:
    """Where the body of each index of chunks of OpenDML begins."""
    for index in _described(data, forms[0][1]):
        kind, count = data[index.start + _TYPE], int.from_bytes(data[index.start + 4 : index.start + 8], "little")
        if kind == _OF_CHUNKS:
            yield index.start
        elif kind == _OF_INDEXES:
            for at in range(index.start + _BEHIND_BASE, index.stop - _SUPER + 1, _SUPER)[:count]:
                offset = int.from_bytes(data[at : at + 8], "little")
                kind_at = offset + riff.HEADER + _TYPE
                if offset and bytes(data[kind_at : kind_at + 1]) == bytes((_OF_CHUNKS,)):
                    yield offset + riff.HEADER


def _opendml(data: Buffer, index: Chunk) -> Iterator[tuple[int, int, int]]:
    """The places of a super index and of the indexes that it points at, or of a single one."""
    cursor = Cursor(data, index.start, index.stop)
    head = cursor.take(_BEHIND_BASE)
    kind, count = head[_TYPE], int.from_bytes(head[4:8], "little")
    if kind == _OF_CHUNKS:
        yield from _base(data, index.start)
        return
    if kind != _OF_INDEXES:
        return
    for _ in range(min(count, cursor.left // _SUPER)):
        at = cursor.position
        offset, _, _ = struct.unpack("<QII", cursor.take(_SUPER))
        if not offset:
            continue
        yield at, 8, offset
        if offset + riff.HEADER + _BEHIND_BASE > len(data):
            raise FormatError(
                f"the index of the film points beyond the file, at byte {offset}",
                f"影片索引指向文件之外的字节 {offset}",
            )
        yield from _base(data, offset + riff.HEADER)


def _base(data: Buffer, start: int) -> Iterator[tuple[int, int, int]]:
    """The base that the entries of an index count from."""
    at = start + _BASE
    base = int.from_bytes(Cursor(data, at, start + _BEHIND_BASE).take(8), "little")
    if data[start + _TYPE] == _OF_CHUNKS and base:
        yield at, 8, base

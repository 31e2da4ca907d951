"""The pictures of a film exchanged inside its AVI file; every other chunk is kept.

Source: Microsoft, AVI RIFF File Reference; Matrox, OpenDML AVI File Format Extensions 1.02; ITU-T H.264 annex B.
Sound and metadata stay, and so does the beat of the film: AVI knows no other times. Both kinds of index follow.
Pictures are shown in the order of the file, one for each chunk; an empty chunk repeats the one before and stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from overt.errors import FormatError
from overt.formats import avi, matroska_film, reel, riff
from overt.formats.avi import Moves
from overt.formats.avi_index import index_chunks, is_absolute, is_list
from overt.formats.mp4_seam import NEW_SET, RANK, parameter_sets, set_number
from overt.formats.reel import Frame, refused
from overt.formats.riff import Chunk
from overt.formats.splice import Buffer, Splice

_AVC: Final = "V_MPEG4/ISO/AVC"
_H264: Final = (b"H264", b"AVC1", b"X264", b"DAVC")
_MJPEG: Final = (b"MJPG",)
_IN_BAND: Final = ("V_MPEG4/ISO/ASP", "V_MPEG4/ISO/SP", "V_MPEG4/ISO/AP")
"""Codecs whose decoder configuration stands before each key picture."""
_UNIT: Final = re.compile(rb"\x00\x00\x01(.)", re.DOTALL)
_IDR, _SEQUENCE = 5, 7
_KEY: Final = 0x10
_NOT_KEY: Final = 1 << 31
_STREAM: Final = re.compile(rb"(\d\d)d[bc]")
_ENTRY, _SHORT, _HEAD = 16, 8, 24
_BUFFER: Final = 36
"""Where a stream's header says how large its largest chunk is."""


@dataclass(frozen=True, slots=True)
class Film:
    """A film: its file, its stream's header, what the codec is called, its lists, and its pictures in order."""

    file: avi.Film
    header: Chunk
    codec: bytes
    lists: tuple[Chunk, ...]
    pictures: tuple[Frame, ...]


def read(data: Buffer) -> Film:
    """The pictures of a file. Raises `MediaError` for what `exchange` refuses."""
    file = avi.read(data)
    if file.fault is not None:
        raise file.fault
    number, header, codec = _stream(data, file)
    pictures: list[Frame] = []
    lists: list[Chunk] = []
    for count, chunk in enumerate(_pieces(data, file, lists)):
        reel.affordable(count)
        told = _STREAM.fullmatch(chunk.fourcc)
        if told is not None and int(told[1]) == number and chunk.start < chunk.stop:
            pictures.append(Frame(chunk.start, chunk.stop, len(pictures), _is_key(data, chunk, codec)))
    if not pictures:
        raise refused("a film without pictures", "没有画面的影片", "ffmpeg -i IN -vn OUT.flac")
    return Film(file, header, codec, tuple(lists), tuple(pictures))


def _stream(data: Buffer, file: avi.Film) -> tuple[int, Chunk, bytes]:
    """The number of the picture stream, its header, and its codec's code."""
    found: list[tuple[int, Chunk, bytes]] = []
    number = -1
    for head in (each for each in file.chunks if is_list(data, each, b"hdrl")):
        for stream in avi.inside(data, head):
            if not is_list(data, stream, b"strl"):
                continue
            number += 1
            parts = {each.fourcc: each for each in avi.inside(data, stream)}
            header, form = parts.get(b"strh"), parts.get(b"strf")
            if header is None or form is None or header.stop - header.start < _BUFFER + 4:
                raise FormatError("a stream without description", "音视频流缺少描述")
            if bytes(data[header.start : header.start + 4]) == b"vids":
                found.append((number, header, bytes(data[form.start + 16 : form.start + 20]).upper()))
    if not found:
        raise refused("a film without pictures", "没有画面的影片", "ffmpeg -i IN -vn OUT.flac")
    if len(found) > 1:
        raise refused(
            f"a film with {len(found)} picture tracks",
            f"含 {len(found)} 条画面轨道的影片",
            "ffmpeg -i IN.avi -map 0:v:0 -map 0:a? -c copy OUT.avi",
        )
    return found[0]


def _pieces(data: Buffer, file: avi.Film, lists: list[Chunk]) -> Iterator[Chunk]:
    """The chunks with pictures and sound, of every form; the lists around them are added to `lists`."""
    for _, chunks in file.forms:
        for movie in (each for each in chunks if is_list(data, each, b"movi")):
            lists.append(movie)
            at = movie.start + 4
            while at + riff.HEADER <= movie.stop:
                chunk = next(riff.walk(data, at, movie.stop), None)
                if chunk is None:
                    break
                if is_list(data, chunk, b"rec "):
                    lists.append(chunk)
                    at = chunk.start + 4
                    continue
                if chunk.truncated:
                    raise FormatError(
                        f"the chunk at byte {chunk.header} is too long", f"字节 {chunk.header} 处的数据块过长"
                    )
                yield chunk
                at = chunk.end


def _is_key(data: Buffer, chunk: Chunk, codec: bytes) -> bool:
    """Whether a picture depends on nothing before it, and brings all that its decoder needs."""
    if codec in _MJPEG:
        return True
    if codec not in _H264:
        return False
    body = bytes(data[chunk.start : chunk.stop])
    kinds, fine = set(), False
    for unit in _UNIT.finditer(body):
        kind = unit[1][0] & 0x1F
        kinds.add(kind)
        if kind == _SEQUENCE:
            rest = body[unit.end() : unit.end() + 16]
            fine = rest[0] in RANK and set_number(rest[3:]) != NEW_SET if len(rest) > 3 else False
        if kind in range(1, _IDR + 1):
            break
    return fine and _IDR in kinds


def seam(data: Buffer, least: int) -> int:
    """How many pictures, at least `least`, must be encoded anew before the film can go on with its old ones."""
    return reel.seam(read(data).pictures, least, lambda _: True)


def exchange(data: Buffer, encoded: Buffer) -> Splice:
    """The film's file with the pictures of `encoded`, a Matroska file with as many or as many as `seam` allows.

    They are decoded in the order in which they are shown. In H.264, their parameter sets are numbered as
    `overt.formats.mp4_seam` says where the film goes on with its old pictures.
    """
    film, new = read(data), matroska_film.read(encoded)
    count = len(new.pictures)
    reel.fits(len(film.pictures), count, seam(data, min(count, len(film.pictures))))
    bodies = {
        old.start - riff.HEADER: (_body(encoded, new, picture), picture.key)
        for old, picture in zip(film.pictures, new.pictures, strict=False)
    }
    if sum(len(body) for body, _ in bodies.values()) > reel.MAX_ENCODED:
        raise FormatError("the film would take more than 2 GiB", "影片编码后超过 2 GiB")
    changes: list[tuple[int, int, bytes]] = []
    for old in film.pictures[:count]:
        header = old.start - riff.HEADER
        stop = min(old.stop + (old.stop - old.start) % 2, len(data))
        code = bytes(data[header : header + 4])
        changes.append((header, stop, riff.chunk(code, bodies[header][0])))
    moved = Moves(changes)
    changes += _old_index(data, film, moved, bodies)
    for index in index_chunks(data, film.file.forms):
        changes += _index(data, index, moved, bodies)
    at = film.header.start + _BUFFER
    largest = max(len(body) for body, _ in bodies.values())
    if 0 < int.from_bytes(data[at : at + 4], "little") < largest:
        changes.append((at, at + 4, largest.to_bytes(4, "little")))
    return avi.spliced(data, film.file, changes, film.lists)


def _body(encoded: Buffer, new: matroska_film.Film, picture: Frame) -> bytes:
    """A picture as AVI has it: with its decoder's configuration, and H.264 with start codes."""
    body = bytes(encoded[picture.start : picture.stop])
    if new.codec in _IN_BAND:
        return new.private + body if picture.key else body
    if new.codec != _AVC:
        return body
    units: list[bytes] = list(parameter_sets(new.private, reel.record(new.private))) if picture.key else []
    at = 0
    while at + 4 <= len(body):
        length = int.from_bytes(body[at : at + 4], "big")
        units.append(body[at + 4 : at + 4 + length])
        at += 4 + length
    return b"".join(b"\0\0\0\1" + unit for unit in units)


_Bodies = dict[int, tuple[bytes, bool]]


def _old_index(data: Buffer, film: Film, moved: Moves, bodies: _Bodies) -> Iterator[tuple[int, int, bytes]]:
    """What changes in `idx1`."""
    movie = next(each for each in film.file.chunks if is_list(data, each, b"movi"))
    for index in (each for each in film.file.chunks if each.fourcc == b"idx1"):
        absolute = is_absolute(data, index, movie)
        base = 0 if absolute else movie.start
        for at in range(index.start, index.stop - _ENTRY + 1, _ENTRY):
            offset = int.from_bytes(data[at + 8 : at + 12], "little")
            new = moved(base + offset) - base
            if not absolute and new != offset:  # An absolute one is a place in the file: these follow anyway.
                yield at + 8, at + 12, new.to_bytes(4, "little")
            if base + offset in bodies:
                body, key = bodies[base + offset]
                flags = int.from_bytes(data[at + 4 : at + 8], "little")
                flags = flags | _KEY if key else flags & ~_KEY
                yield at + 4, at + 8, flags.to_bytes(4, "little")
                yield at + 12, at + 16, len(body).to_bytes(4, "little")


def _index(data: Buffer, start: int, moved: Moves, bodies: _Bodies) -> Iterator[tuple[int, int, bytes]]:
    """What changes in an index of OpenDML whose body begins at `start`."""
    count = int.from_bytes(data[start + 4 : start + 8], "little")
    base = int.from_bytes(data[start + 12 : start + 20], "little")
    stop = start + int.from_bytes(data[start - 4 : start], "little")
    for at in range(start + _HEAD, min(start + _HEAD + count * _SHORT, stop - _SHORT + 1), _SHORT):
        offset = int.from_bytes(data[at : at + 4], "little")
        header = base + offset - riff.HEADER
        new = moved(header) + riff.HEADER - moved(base)
        if new != offset:
            yield at, at + 4, new.to_bytes(4, "little")
        if header in bodies:
            body, key = bodies[header]
            yield at + 4, at + 8, (len(body) | (0 if key else _NOT_KEY)).to_bytes(4, "little")

"""ID3v2 tags: reading the texts of versions 2.2, 2.3 and 2.4, and setting one `TXXX` frame.

Source: ID3 tag version 2.2.0, 2.3.0 and 2.4.0 (structure, native frames), id3.org.
Every other frame stays byte for byte, compressed and encrypted ones too. An extended header is dropped on
writing, because the checksum in it would no longer hold. A tag's version is never changed.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from overt.errors import BudgetError, FormatError, TruncatedError, UnsupportedError
from overt.formats.cursor import Cursor
from overt.formats.splice import Buffer
from overt.language import Text

HEADER = 10

MAX_TAG = (1 << 28) - 1
"""What the four 7-bit bytes of a tag's size can say."""

MAX_READ = 64 << 20
"""Bytes of a tag that is read. Tags with several large pictures stay below 30 MB."""

MAX_FRAMES = 65_536
"""Frames in one tag. An audio book with a chapter a minute has some thousands."""

MAX_INFLATED = 16 << 20
"""Bytes of one decompressed frame; deflate grows a thousandfold, texts do not."""

FRESH_PADDING = 1024
"""Bytes left free behind the frames of a tag that had to grow, so that the next change moves nothing."""

_UNSYNCHRONISED, _EXTENDED, _FOOTER = 0x80, 0x40, 0x10


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: `raw` with its header, and what its flags say about `body`.

    `body` is decompressed and freed of unsynchronisation; it is none when that failed or it is encrypted,
    and `reason` says so.
    """

    id: str
    raw: bytes
    body: bytes | None
    reason: Text | None = None


@dataclass(frozen=True, slots=True)
class Tag:
    """A whole tag at `start:stop` of the file; `major` is 2, 3 or 4."""

    start: int
    stop: int
    major: int
    revision: int
    flags: int
    frames: tuple[Frame, ...]
    defects: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Bytes between the header and the end (or the footer)."""
        return self.stop - self.start - HEADER * (2 if self.flags & _FOOTER and self.major == 4 else 1)


def extent(data: Buffer, start: int) -> int | None:
    """Where a tag that begins at `start` ends; none if there is no tag."""
    head = bytes(data[start : start + HEADER])
    if head[:3] != b"ID3" or len(head) < HEADER or head[3] == 0xFF or max(head[6:]) > 0x7F:
        return None
    footer = HEADER if head[3] == 4 and head[5] & _FOOTER else 0
    return start + HEADER + syncsafe(head[6:]) + footer


def read(data: Buffer, start: int) -> Tag:
    """The tag that begins at `start`."""
    stop = extent(data, start)
    if stop is None:
        raise FormatError(f"there is no ID3v2 tag at byte {start}", f"字节 {start} 处没有 ID3v2 标签")
    if stop > len(data):
        raise TruncatedError(
            f"the ID3v2 tag claims {stop - start} bytes; the file has {len(data) - start}",
            f"ID3v2 标签声明长度为 {stop - start} 字节，文件仅剩 {len(data) - start} 字节",
        )
    if stop - start > MAX_READ:
        raise BudgetError(f"an ID3v2 tag of {stop - start} bytes", f"ID3v2 标签长达 {stop - start} 字节")
    major, revision, flags = data[start + 3], data[start + 4], data[start + 5]
    if major not in (2, 3, 4):
        raise UnsupportedError(f"an ID3v2 tag of version 2.{major}", f"ID3v2.{major} 版本的标签")
    if major == 2 and flags & _EXTENDED:
        raise UnsupportedError("a compressed ID3v2.2 tag", "整体压缩的 ID3v2.2 标签")
    tag = Tag(start, stop, major, revision, flags, ())
    body = bytes(data[start + HEADER : start + HEADER + tag.size])
    if flags & _UNSYNCHRONISED and major < 4:
        body = synchronised(body)
    if flags & _EXTENDED:
        body = body[_extended(body, major) :]
    plain = major == 4 and _plain_sizes(body)
    frames = tuple(_frames(body, major, plain=plain, all_unsynchronised=bool(flags & _UNSYNCHRONISED)))
    return Tag(start, stop, major, revision, flags, frames, ("id3-plain-frame-sizes",) if plain else ())


def _extended(body: bytes, major: int) -> int:
    cursor = Cursor(body)
    if major == 3:
        cursor.skip(cursor.uint(4))
    else:
        length = syncsafe(cursor.take(4))
        if length < 6:
            raise FormatError(f"an extended ID3 header of {length} bytes", f"ID3 扩展头长度有误：{length} 字节")
        cursor.skip(length - 4)
    return cursor.position


def _frames(body: bytes, major: int, *, plain: bool, all_unsynchronised: bool) -> Iterator[Frame]:
    cursor = Cursor(body)
    id_length, header = (3, 6) if major == 2 else (4, 10)
    for _ in range(MAX_FRAMES):
        if cursor.left < header or not cursor.peek(1)[0]:
            return
        start = cursor.position
        identifier = cursor.take(id_length)
        if not _is_id(identifier):
            raise FormatError(f"{identifier!r} is no ID3 frame", f"{identifier!r} 不是 ID3 帧")
        raw_size = cursor.take(3 if major == 2 else 4)
        flags = cursor.uint(2) if major > 2 else 0
        if major == 4 and all_unsynchronised:
            flags |= 0x02
        size = int.from_bytes(raw_size, "big") if major < 4 or plain else syncsafe(raw_size)
        content = cursor.take(size)
        raw = body[start : cursor.position]
        if plain:
            raw = raw[:4] + to_syncsafe(size) + raw[8:]
        name = identifier.decode("ascii")
        try:
            yield Frame(name, raw, _content(content, flags, major))
        except (FormatError, UnsupportedError, BudgetError) as error:
            yield Frame(name, raw, None, error.message)
    raise BudgetError(f"more than {MAX_FRAMES} frames in an ID3v2 tag", f"ID3v2 标签中的帧超过 {MAX_FRAMES} 个")


def _is_id(identifier: bytes) -> bool:
    return all(byte in b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 " for byte in identifier)


def _plain_sizes(body: bytes) -> bool:
    """Whether a 2.4 tag gives frame sizes as plain numbers, as old iTunes did: only then do they lead on."""
    return not _leads_on(body, plain=False) and _leads_on(body, plain=True)


def _leads_on(body: bytes, *, plain: bool) -> bool:
    position = 0
    for _ in range(MAX_FRAMES):
        if position + HEADER > len(body) or not body[position]:
            return True
        size = body[position + 4 : position + 8]
        if not _is_id(body[position : position + 4]) or (not plain and max(size) > 0x7F):
            return False
        position += HEADER + (int.from_bytes(size, "big") if plain else syncsafe(size))
        if position > len(body):
            return False
    return False


def _content(content: bytes, flags: int, major: int) -> bytes:
    """What a frame says, behind what its flags put before it and did to it."""
    if major == 2:
        return content
    if major == 3:
        compressed, encrypted, grouped, unsynchronised, counted = flags & 0x80, flags & 0x40, flags & 0x20, 0, 0
    else:
        compressed, encrypted, grouped = flags & 0x08, flags & 0x04, flags & 0x40
        unsynchronised, counted = flags & 0x02, flags & 0x01
    if encrypted:
        raise UnsupportedError("the frame is encrypted", "帧已加密")
    if unsynchronised:
        content = synchronised(content)
    cursor = Cursor(content)
    if major == 4:
        cursor.skip((1 if grouped else 0) + (4 if counted else 0))
    else:
        cursor.skip((4 if compressed else 0) + (1 if grouped else 0))
    body = cursor.take(cursor.left)
    return _inflated(body) if compressed else body


def _inflated(body: bytes) -> bytes:
    inflater = zlib.decompressobj()
    try:
        plain = inflater.decompress(body, MAX_INFLATED)
    except zlib.error as error:
        raise FormatError(f"the frame does not decompress: {error}", f"帧无法解压：{error}") from error
    if inflater.unconsumed_tail:
        raise BudgetError(f"the frame is longer than {MAX_INFLATED} bytes", f"帧解压后超过 {MAX_INFLATED} 字节")
    if not inflater.eof:
        raise TruncatedError("the compressed frame ends early", "压缩帧不完整")
    return plain


def syncsafe(raw: bytes) -> int:
    """A number of 7 bits a byte."""
    value = 0
    for byte in raw:
        value = value << 7 | byte & 0x7F
    return value


def to_syncsafe(value: int) -> bytes:
    """A number as four bytes of 7 bits."""
    if not 0 <= value <= MAX_TAG:
        raise FormatError(f"{value} bytes are too many for an ID3v2 tag", f"ID3v2 标签容不下 {value} 字节")
    return bytes(value >> shift & 0x7F for shift in (21, 14, 7, 0))


def synchronised(raw: bytes) -> bytes:
    """Bytes freed of unsynchronisation."""
    return raw.replace(b"\xff\x00", b"\xff")


def unsynchronised(raw: bytes) -> bytes:
    """Bytes in which nothing looks like the start of sound."""
    result, position = bytearray(), 0
    while True:
        at = raw.find(b"\xff", position)
        if at < 0:
            return bytes(result + raw[position:])
        result += raw[position : at + 1]
        if at + 1 == len(raw) or raw[at + 1] >= 0xE0 or raw[at + 1] == 0:
            result.append(0)
        position = at + 1


def frame(major: int, identifier: str, body: bytes) -> bytes:
    """A frame without flags."""
    if major == 2:
        if len(body) >= 1 << 24:
            raise FormatError("the text is too long for an ID3v2.2 tag", "ID3v2.2 标签容不下该文本")
        return identifier.encode() + len(body).to_bytes(3, "big") + body
    size = len(body).to_bytes(4, "big") if major == 3 else to_syncsafe(len(body))
    return identifier.encode() + size + bytes(2) + body


def text_frame(major: int, description: str, text: str) -> bytes:
    """A `TXXX` (2.2: `TXX`) frame: UTF-8 in 2.4, UTF-16 with its byte order mark before."""
    if "\0" in description + text:
        raise UnsupportedError("an ID3 text cannot hold the character NUL", "ID3 文本不能含有 NUL 字符")
    if major == 4:
        return frame(4, "TXXX", b"\x03" + description.encode() + b"\0" + text.encode())
    both = (b"\xff\xfe" + part.encode("utf-16-le") for part in (description, text))
    return frame(major, "TXXX" if major == 3 else "TXX", b"\x01" + b"\0\0".join(both))


def build(tag: Tag | None, frames: list[bytes]) -> bytes:
    """A tag with these frames, in the version of the old one, and of its size where they fit in it."""
    body = b"".join(frames)
    major, revision, flags = (tag.major, tag.revision, tag.flags & ~_EXTENDED) if tag else (4, 0, 0)
    if flags & _UNSYNCHRONISED and major < 4:
        body = unsynchronised(body)
    if major == 4 and flags & _FOOTER:
        size = len(body)
    elif tag is not None and len(body) <= tag.size:
        size = tag.size
    else:
        size = len(body) + FRESH_PADDING
    header = bytes([major, revision, flags]) + to_syncsafe(size)
    footer = b"3DI" + header if major == 4 and flags & _FOOTER else b""
    return b"ID3" + header + body + bytes(size - len(body)) + footer

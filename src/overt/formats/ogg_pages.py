"""Ogg pages: where they are, their checksum, and packets laid into them.

Source: RFC 3533 (The Ogg Encapsulation Format Version 0), 6 for the header of a page.
A page holds pieces of packets of one logical stream, told apart by its serial number. The module knows nothing of
what a packet says.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from overt.errors import BudgetError, FormatError, TruncatedError
from overt.formats.cursor import Cursor
from overt.formats.splice import Buffer

MAGIC = b"OggS"
HEADER = 27
"""Bytes of a page's header before its lacing values."""

MAX_LACING = 255
"""Lacing values of one page; each stands for up to 255 bytes."""
MAX_BODY = MAX_LACING * 255
MAX_PAGE = HEADER + MAX_LACING + MAX_BODY

CONTINUED, FIRST, LAST = 1, 2, 4
NO_PACKET_ENDS = b"\xff" * 8
"""The granule position of a page on which no packet ends."""

_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_ZEROS = bytes(MAX_PAGE)


@dataclass(frozen=True, slots=True)
class Page:
    """Where one page is: its header at `start`, its body in `body:stop`; `lacing` are the lengths of its segments."""

    start: int
    flags: int
    granule: bytes
    serial: int
    sequence: int
    lacing: bytes
    body: int

    @property
    def stop(self) -> int:
        """Where the next page begins."""
        return self.body + sum(self.lacing)


def read(data: Buffer, at: int) -> Page:
    """The page that begins at `at`."""
    cursor = Cursor(data, min(at, len(data)))
    head = cursor.take(HEADER)
    if head[:4] != MAGIC or head[4] != 0:
        raise FormatError(f"there is no Ogg page at byte {at}", f"字节 {at} 处没有 Ogg 页")
    lacing = cursor.take(head[26])
    body = cursor.skip(sum(lacing))
    serial, sequence = int.from_bytes(head[14:18], "little"), int.from_bytes(head[18:22], "little")
    return Page(at, head[5], head[6:14], serial, sequence, lacing, body)


def walk(data: Buffer, start: int, stop: int | None = None) -> Iterator[Page]:
    """The pages from `start` on, to the end of the file or to `stop`. Zeros and an ID3v1 tag may follow the last one.

    Raises `FormatError` where a page should begin and does not, after the pages before it.
    """
    stop = len(data) if stop is None else stop
    while start < stop:
        if not _is_padding(data, start):
            page = read(data, start)
            yield page
            start = page.stop
        else:
            return


def _is_padding(data: Buffer, at: int) -> bool:
    rest = bytes(data[at : at + MAX_PAGE])
    return not any(rest) or (rest[:3] == b"TAG" and len(data) - at == 128)


def checksum(page: bytes, crc: int = 0) -> int:
    """CRC-32 as Ogg has it: polynomial 0x04C11DB7, from 0, not reflected; the field itself counts as zeros.

    It is zlib's with all bits of all bytes the other way round.
    """
    return _turned(zlib.crc32(page.translate(_REVERSED), _turned(crc) ^ 0xFFFF_FFFF) ^ 0xFFFF_FFFF)


def _turned(value: int) -> int:
    return int.from_bytes(value.to_bytes(4, "big").translate(_REVERSED), "little")


def is_sound(data: Buffer, page: Page) -> bool:
    """Whether the page has the checksum that it states."""
    raw = bytes(data[page.start : page.stop])
    return checksum(raw[:22] + bytes(4) + raw[26:]) == int.from_bytes(raw[22:26], "little")


def build(flags: int, granule: bytes, serial: int, sequence: int, lacing: bytes, body: bytes) -> bytes:
    """A whole page."""
    head = MAGIC + bytes([0, flags]) + granule + serial.to_bytes(4, "little")
    head += (sequence & 0xFFFF_FFFF).to_bytes(4, "little")
    tail = bytes([len(lacing)]) + lacing + body
    return head + checksum(head + bytes(4) + tail).to_bytes(4, "little") + tail


def renumbered(data: Buffer, page: Page, sequence: int) -> bytes:
    """The first 26 bytes of a page with another number.

    A checksum without start value is linear: that of the difference, which is zeros but for the number, is all that
    changes, and the body need not be read.
    """
    head = bytes(data[page.start : page.start + 26])
    new = (sequence & 0xFFFF_FFFF).to_bytes(4, "little")
    difference = bytes(a ^ b for a, b in zip(new, head[18:22], strict=True))
    change = checksum(difference + _ZEROS[: page.stop - page.start - 22])
    return head[:18] + new + (int.from_bytes(head[22:26], "little") ^ change).to_bytes(4, "little")


def lacing(length: int) -> bytes:
    """The lacing values of a packet: 255 as often as it goes, and what is left, which may be 0."""
    return b"\xff" * (length // 255) + bytes([length % 255])


def packets(data: Buffer, pages: Sequence[Page], limit: int) -> tuple[list[bytes], bytes]:
    """The packets in consecutive pages of one stream, and what has begun of one more. At most `limit` bytes."""
    done: list[bytes] = []
    parts: list[bytes] = []
    total = 0
    for page in pages:
        at = page.body
        if bool(page.flags & CONTINUED) != bool(parts):
            raise FormatError(
                f"the Ogg page at byte {page.start} does not go on where the one before ended",
                f"字节 {page.start} 处的 Ogg 页与前一页不衔接",
            )
        total += page.stop - page.body
        if total > limit:
            raise BudgetError(f"headers of more than {limit} bytes", f"头部超过 {limit} 字节")
        for length in page.lacing:
            parts.append(bytes(data[at : at + length]))
            at += length
            if length < 255:
                done.append(b"".join(parts))
                parts = []
    return done, b"".join(parts)


def last(data: Buffer) -> Page | None:
    """The last page of a file; none where it does not end with a whole one."""
    window = max(0, len(data) - 2 * MAX_PAGE)
    tail = bytes(data[window:])
    at = tail.rfind(MAGIC)
    for _ in range(64):  # The four letters may stand inside a page; not this often.
        if at < 0:
            return None
        try:
            page = read(data, window + at)
        except (FormatError, TruncatedError):
            page = None
        if page is not None and is_sound(data, page):
            return page
        at = tail.rfind(MAGIC, 0, at)
    return None

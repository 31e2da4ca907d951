"""Strict reading from a buffer: a short read raises at once, it never gives a shorter value."""

from __future__ import annotations

from overt.errors import TruncatedError
from overt.formats.splice import Buffer


class Cursor:
    """A position in a buffer, bounded by `stop`. All integers are unsigned."""

    __slots__ = ("data", "position", "stop")

    def __init__(self, data: Buffer, position: int = 0, stop: int | None = None) -> None:
        self.data = data
        self.position = position
        self.stop = len(data) if stop is None else stop
        if self.stop > len(data) or position > self.stop:
            raise TruncatedError(
                f"a structure claims bytes {position}–{self.stop} of a file of {len(data)}",
                f"某结构声明占用字节 {position}–{self.stop}，而文件仅有 {len(data)} 字节",
            )

    @property
    def left(self) -> int:
        """Bytes left before `stop`."""
        return self.stop - self.position

    def skip(self, length: int) -> int:
        """Go `length` bytes on; returns where the skipped bytes begin."""
        if length < 0 or length > self.left:
            raise TruncatedError(
                f"at byte {self.position}: {length} bytes needed, {self.left} left",
                f"字节 {self.position} 处需要 {length} 字节，仅剩 {self.left} 字节",
            )
        start = self.position
        self.position += length
        return start

    def take(self, length: int) -> bytes:
        """The next `length` bytes."""
        start = self.skip(length)
        return bytes(self.data[start : self.position])

    def peek(self, length: int) -> bytes:
        """Up to `length` bytes from here, without moving; shorter at the end."""
        return bytes(self.data[self.position : min(self.position + length, self.stop)])

    def uint(self, length: int, order: str = "big") -> int:
        """An unsigned integer of `length` bytes."""
        return int.from_bytes(self.take(length), "big" if order == "big" else "little")

"""ZIP archives: entries with their exact places, bounded inflation, and new archives made of old bytes.

Source: PKWARE APPNOTE 6.3.10 (4.3 structure, 4.4.10 offsets, 4.5.3 ZIP64 extra field).
What is not replaced is kept raw, local header, compressed data and data descriptor; only the central directory is
written anew. New entries are stored unless asked: stored, they are the same bytes with every version of zlib.
Several disks, encrypted entries and names that leave the folder are refused, whoever reads or writes.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from overt.errors import BudgetError, FormatError, TruncatedError, UnsupportedError
from overt.formats.cursor import Cursor
from overt.formats.splice import Buffer, Splice

ENTRY_LIMIT = 50_000
"""The most entries; the largest real Office packages have a few thousand."""
TOTAL_LIMIT = 2 << 30
"""The most bytes that all entries together may claim to inflate to."""
RATIO_LIMIT = 500
"""The highest claimed ratio for an entry above `RATIO_FREE` bytes. Deflate reaches 1,032, real sheets about 100."""
RATIO_FREE = 16 << 20

_LOCAL, _CENTRAL, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_END64, _LOCATOR64 = b"PK\x06\x06", b"PK\x06\x07"
_STORED, _DEFLATED = 0, 8
_ENCRYPTED, _UTF8 = 0x0001, 0x0800
_FULL16, _FULL32 = 0xFFFF, 0xFFFFFFFF
_EPOCH = struct.pack("<HH", 0, 0x21)  # 1980-01-01 00:00:00, the first time that ZIP knows.


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: `start` is its local header, `data` its compressed bytes, `record` its central record."""

    name: str
    flags: int
    method: int
    crc: int
    size: int
    start: int
    data: range
    record: range
    offset64: int | None = None
    """Where in the record the 64-bit offset stands, if it has one."""


@dataclass(frozen=True, slots=True)
class Archive:
    """The entries of an archive in the order of its central directory."""

    entries: tuple[Entry, ...]
    directory: range
    end64: range | None
    end: range
    by_name: dict[str, Entry] = field(compare=False, repr=False, default_factory=dict)


def read(data: Buffer) -> Archive:
    """The structure of an archive, checked: each entry is where the directory says, and none overlaps another."""
    end = _find_end(data)
    cursor = Cursor(data, end.start + 4)
    disk, directory_disk, here, count, size, start = struct.unpack("<HHHHII", cursor.take(16))
    end64 = _find_end64(data, end.start)
    if end64:
        cursor = Cursor(data, end64.start + 16, end64.stop)
        disk, directory_disk, here, count, size, start = struct.unpack("<IIQQQQ", cursor.take(40))
    if disk or directory_disk or here != count:
        raise UnsupportedError("the ZIP archive is spread over several files", "ZIP 归档分卷存放")
    if count > ENTRY_LIMIT:
        raise BudgetError(
            f"the ZIP archive has {count} entries; at most {ENTRY_LIMIT} are read",
            f"ZIP 归档有 {count} 个条目；最多读取 {ENTRY_LIMIT} 个",
        )
    directory = range(start, start + size)
    if directory.stop != (end64 or end).start:
        raise FormatError("the ZIP directory is not where the end record says", "ZIP 目录位置与结束记录不符")
    entries = _directory(data, directory, count)
    _check_layout(entries, directory.start)
    _check_names(entries)
    _check_sizes(entries)
    return Archive(entries, directory, end64, end, {entry.name: entry for entry in entries})


def content(data: Buffer, entry: Entry, limit: int) -> bytes:
    """The inflated bytes of an entry, at most `limit`, of the declared size and checksum."""
    raw = bytes(data[entry.data.start : entry.data.stop]) if entry.size <= limit else b""
    if entry.size > limit:
        raise BudgetError(
            f"{entry.name} is {entry.size} bytes long; at most {limit} are read",
            f"{entry.name} 长 {entry.size} 字节；最多读取 {limit} 字节",
        )
    if entry.method == _STORED:
        result = raw
    elif entry.method == _DEFLATED:
        try:
            # One byte more than declared shows a lie; none beyond it is ever inflated.
            result = zlib.decompressobj(-15).decompress(raw, entry.size + 1)
        except zlib.error as error:
            raise FormatError(f"{entry.name} cannot be inflated: {error}", f"{entry.name} 无法解压：{error}") from error
    else:
        raise UnsupportedError(
            f"{entry.name} is compressed with method {entry.method}",
            f"{entry.name} 使用了不支持的压缩方法 {entry.method}",
        )
    if len(result) != entry.size or zlib.crc32(result) != entry.crc:
        raise FormatError(
            f"{entry.name} is not of its declared size and checksum", f"{entry.name} 与其声明的长度或校验和不符"
        )
    return result


def rewrite(data: Buffer, archive: Archive, parts: Mapping[str, bytes], *, deflate: bool = False) -> Splice:
    """The archive with the entries `parts` in place of those of the same name, the others after the last.

    A replaced entry keeps its place, its time and its attributes. Without `deflate` the new entries are stored.
    """
    new = {name: _Body.of(part, deflate=deflate) for name, part in parts.items()}
    result, starts = Splice(), dict[str, int]()
    by_place = sorted(archive.entries, key=lambda entry: entry.start)
    bounds = [entry.start for entry in by_place] + [archive.directory.start]
    result.add(range(bounds[0]))
    for entry, stop in zip(by_place, bounds[1:], strict=True):
        starts[entry.name] = len(result)
        if entry.name in new:
            times = bytes(data[entry.record.start + 12 : entry.record.start + 16])
            result.add(_local(entry.name, new[entry.name], times))
        else:
            result.add(range(entry.start, stop))
    added = [name for name in new if name not in archive.by_name]
    for name in added:
        starts[name] = len(result)
        result.add(_local(name, new[name], _EPOCH))
    records = [_record(data, entry, starts[entry.name], new.get(entry.name)) for entry in archive.entries]
    records += [_new_record(name, new[name], starts[name]) for name in added]
    return _close(data, archive, result, records)


def _close(data: Buffer, archive: Archive, result: Splice, records: list[bytes]) -> Splice:
    start, directory = len(result), b"".join(records)
    result.add(directory)
    count, size = len(records), len(directory)
    end = bytearray(data[archive.end.start : archive.end.stop])
    if archive.end64:
        end64 = bytearray(data[archive.end64.start : archive.end64.stop])
        struct.pack_into("<QQQQ", end64, 24, count, count, size, start)
        locator = struct.pack("<4sIQI", _LOCATOR64, 0, len(result), 1)
        result.add(bytes(end64[: len(end64) - len(locator)]) + locator)
    elif count >= _FULL16 or start + size >= _FULL32:
        raise UnsupportedError(
            "the ZIP archive would need ZIP64 records that it does not have", "需要 ZIP64 记录，而该 ZIP 归档没有"
        )
    fields = (min(count, _FULL16), min(count, _FULL16), min(size, _FULL32), min(start, _FULL32))
    struct.pack_into("<HHII", end, 8, *fields)
    result.add(bytes(end))
    return result


def _find_end(data: Buffer) -> range:
    tail_start = max(0, len(data) - 22 - _FULL16)
    tail = bytes(data[tail_start:])
    at = tail.rfind(_END)
    while at >= 0:
        if at + 22 <= len(tail) and at + 22 + int.from_bytes(tail[at + 20 : at + 22], "little") == len(tail):
            return range(tail_start + at, len(data))
        at = tail.rfind(_END, 0, at)
    raise TruncatedError("the ZIP archive has no end record", "ZIP 归档没有结束记录")


def _find_end64(data: Buffer, end: int) -> range | None:
    """The ZIP64 end record with its locator, which stand together before the end record."""
    if end < 20 or bytes(data[end - 20 : end - 16]) != _LOCATOR64:
        return None
    start = int.from_bytes(data[end - 12 : end - 4], "little")
    cursor = Cursor(data, min(start, end), end)
    if cursor.peek(4) != _END64 or cursor.left < 56 + 20:
        raise FormatError("the ZIP64 end record is not where its locator says", "ZIP64 结束记录不在定位记录所指的位置")
    if int.from_bytes(data[start + 4 : start + 12], "little") + 12 + 20 != end - start:
        raise FormatError("the ZIP64 end record is not of its declared size", "ZIP64 结束记录与其声明的长度不符")
    return range(start, end)


def _directory(data: Buffer, directory: range, count: int) -> tuple[Entry, ...]:
    cursor = Cursor(data, directory.start, directory.stop)
    entries = tuple(_entry(data, cursor) for _ in range(count))
    if cursor.left:
        raise FormatError("the ZIP directory has more than the declared entries", "ZIP 目录中的条目多于声明的数量")
    return entries


def _entry(data: Buffer, cursor: Cursor) -> Entry:
    at = cursor.position
    if cursor.take(4) != _CENTRAL:
        raise FormatError(f"at byte {at}: no entry of the ZIP directory", f"字节 {at} 处没有 ZIP 目录条目")
    _, _, flags, method, _, crc, packed, size = struct.unpack("<HHHHIIII", cursor.take(24))
    lengths = struct.unpack("<HHHHHI", cursor.take(14))
    start = cursor.uint(4, "little")
    raw_name = cursor.take(lengths[0])
    extra_at = cursor.position
    extra = cursor.take(lengths[1])
    cursor.skip(lengths[2])
    size, packed, start, offset64 = _zip64(extra, size, packed, start)
    try:
        name = raw_name.decode("utf-8" if flags & _UTF8 else "cp437")
    except UnicodeDecodeError as error:
        raise FormatError("a name in the ZIP archive is not UTF-8", "ZIP 归档中有文件名不是 UTF-8 编码") from error
    if flags & _ENCRYPTED:
        raise UnsupportedError(f"{name} is encrypted", f"{name} 已加密")
    if offset64 is not None:
        offset64 += extra_at - at
    local = Cursor(data, min(start, len(data)))
    if local.take(4) != _LOCAL:
        raise FormatError(f"{name} is not where the ZIP directory says", f"{name} 不在 ZIP 目录所指的位置")
    local.skip(22)
    name_length, extra_length = local.uint(2, "little"), local.uint(2, "little")
    if local.take(name_length) != raw_name:
        raise FormatError(f"{name} has another name in its own header", f"{name} 与其本地文件头中的名称不一致")
    local.skip(extra_length)
    body = local.skip(packed)
    return Entry(
        name, flags, method, crc, size, start, range(body, body + packed), range(at, cursor.position), offset64
    )


def _zip64(extra: bytes, size: int, packed: int, start: int) -> tuple[int, int, int, int | None]:
    """The sizes and the offset with the values of the ZIP64 extra field, and where in `extra` the offset is."""
    cursor, offset64 = Cursor(extra), None
    while cursor.left >= 4:
        kind, length = cursor.uint(2, "little"), cursor.uint(2, "little")
        body = cursor.skip(length)
        if kind != 0x0001:
            continue
        inner = Cursor(extra, body, body + length)
        if size == _FULL32:
            size = inner.uint(8, "little")
        if packed == _FULL32:
            packed = inner.uint(8, "little")
        if start == _FULL32:
            offset64 = inner.position
            start = inner.uint(8, "little")
    return size, packed, start, offset64


def _check_layout(entries: tuple[Entry, ...], directory: int) -> None:
    at = 0
    for entry in sorted(entries, key=lambda entry: entry.start):
        if entry.start < at:
            raise FormatError(f"{entry.name} overlaps another entry", f"{entry.name} 与其他条目重叠")
        at = entry.data.stop
    if at > directory:
        raise FormatError("an entry overlaps the ZIP directory", "有条目与 ZIP 目录重叠")


def _check_names(entries: tuple[Entry, ...]) -> None:
    seen: set[str] = set()
    for entry in entries:
        parts = entry.name.split("/")
        if not entry.name or {"..", "."} & {*parts} or not parts[0] or any(c in entry.name for c in "\\:\0"):
            raise FormatError(
                f"the name {entry.name!r} leaves the archive's folder", f"文件名 {entry.name!r} 指向归档之外"
            )
        if entry.name.casefold() in seen:
            raise FormatError(f"{entry.name!r} is in the archive twice", f"归档中有两个 {entry.name!r}")
        seen.add(entry.name.casefold())


def _check_sizes(entries: tuple[Entry, ...]) -> None:
    if sum(entry.size for entry in entries) > TOTAL_LIMIT:
        raise BudgetError(
            f"the archive claims to inflate to more than {TOTAL_LIMIT} bytes",
            f"归档声明的解压后长度超过 {TOTAL_LIMIT} 字节",
        )
    for entry in entries:
        if entry.size > RATIO_FREE and entry.size > RATIO_LIMIT * len(entry.data):
            raise BudgetError(
                f"{entry.name} claims to inflate more than {RATIO_LIMIT} times",
                f"{entry.name} 声明的压缩比超过 {RATIO_LIMIT} 倍",
            )


def _flags(name: str) -> int:
    return 0 if name.isascii() else _UTF8


@dataclass(frozen=True, slots=True)
class _Body:
    """A new entry's bytes as they lie in the archive, and what its headers say of them."""

    raw: bytes
    method: int
    crc: int
    size: int

    @classmethod
    def of(cls, content: bytes, *, deflate: bool) -> _Body:
        raw, method = content, _STORED
        if deflate:
            compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
            raw, method = compressor.compress(content) + compressor.flush(), _DEFLATED
        return cls(raw, method, zlib.crc32(content), len(content))

    def facts(self) -> tuple[int, int, int]:
        return self.crc, len(self.raw), self.size


def _local(name: str, body: _Body, times: bytes) -> bytes:
    raw = name.encode()
    head = struct.pack("<4sHHH4sIIIHH", _LOCAL, 20, _flags(name), body.method, times, *body.facts(), len(raw), 0)
    return head + raw + body.raw


def _new_record(name: str, body: _Body, start: int) -> bytes:
    raw = name.encode()
    facts = (20, 20, _flags(name), body.method, _EPOCH, *body.facts(), len(raw))
    return struct.pack("<4sHHHH4sIIIHHHHHII", _CENTRAL, *facts, 0, 0, 0, 0, 0, _offset(start)) + raw


def _record(data: Buffer, entry: Entry, start: int, body: _Body | None) -> bytes:
    """The central record of an old entry at its new place, or of what replaces it."""
    old = bytearray(data[entry.record.start : entry.record.stop])
    if body is not None:
        new = bytearray(_new_record(entry.name, body, start))
        new[4:6], new[12:16] = old[4:6], old[12:16]  # Who made it, and when.
        new[36:42] = old[36:42]  # Attributes.
        return bytes(new)
    if entry.offset64 is not None:
        struct.pack_into("<Q", old, entry.offset64, start)
    else:
        struct.pack_into("<I", old, 42, _offset(start))
    return bytes(old)


def _offset(start: int) -> int:
    if start >= _FULL32:
        raise UnsupportedError(
            "an entry beyond 4 GiB would need a ZIP64 record that it does not have",
            "4 GiB 之后的条目需要 ZIP64 记录，而该归档没有",
        )
    return start

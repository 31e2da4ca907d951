"""How USD crate files pack texts and integers: LZ4 blocks in chunks, and integers as differences.

Source: OpenUSD, pxr/base/tf/fastCompression.h and pxr/usd/sdf/integerCoding.h; LZ4 Block Format Description 1.6.
Packed anew, bytes are LZ4 literals: valid, never smaller, and the same with every version of anything.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from overt.errors import BudgetError, FormatError, TruncatedError

UNPACKED_LIMIT = 64 << 20
"""The most bytes that one section may unpack to: the names of a scene of some million prims."""
_CHUNK = 0x7E000000  # LZ4_MAX_INPUT_SIZE
_WIDTHS = np.array([0, 1, 2, 4], np.int64)

Integers = NDArray[np.int32]


def unpacked(packed: bytes, size: int) -> bytes:
    """The `size` bytes that were packed. Raises `FormatError` or `BudgetError`."""
    if size > UNPACKED_LIMIT:
        raise BudgetError(
            f"a part of the scene unpacks to {size} bytes; at most {UNPACKED_LIMIT} are read",
            f"场景的某部分解压后为 {size} 字节；最多读取 {UNPACKED_LIMIT} 字节",
        )
    if not packed:
        raise _broken()
    result = bytearray()
    if packed[0] == 0:
        _unpack_block(packed, 1, len(packed), result, size)
    else:
        at = 1
        for _ in range(packed[0]):
            length = int.from_bytes(packed[at : at + 4], "little")
            if at + 4 + length > len(packed):
                raise _broken()
            _unpack_block(packed, at + 4, at + 4 + length, result, size)
            at += 4 + length
    if len(result) != size:
        raise _broken()
    return bytes(result)


def packed(data: bytes) -> bytes:
    """The bytes as one chunk of literals."""
    if len(data) > _CHUNK:
        raise BudgetError("a part of the scene is too long to be packed", "场景的某部分过长，无法打包")
    length = len(data)
    if length < 15:
        return b"\0" + bytes([length << 4]) + data
    rest = length - 15
    return b"\0\xf0" + b"\xff" * (rest // 255) + bytes([rest % 255]) + data


def _unpack_block(source: bytes, at: int, stop: int, result: bytearray, limit: int) -> None:
    begin = len(result)
    while at < stop:
        token = source[at]
        literals, at = _length(source, at + 1, stop, token >> 4)
        if at + literals > stop or len(result) + literals > limit:
            raise _broken()
        result += source[at : at + literals]
        at += literals
        if at == stop:
            return
        if at + 2 > stop:
            raise _broken()
        distance = source[at] | source[at + 1] << 8
        length, at = _length(source, at + 2, stop, token & 15)
        length += 4
        if not 0 < distance <= len(result) - begin or len(result) + length > limit:
            raise _broken()
        if distance >= length:
            start = len(result) - distance
            result += result[start : start + length]
        else:  # The copy reads what it writes: a pattern that repeats.
            pattern = bytes(result[-distance:])
            result += (pattern * (length // distance + 1))[:length]


def _length(source: bytes, at: int, stop: int, length: int) -> tuple[int, int]:
    if length == 15:
        while True:
            if at >= stop:
                raise _broken()
            more = source[at]
            at += 1
            length += more
            if more != 255:
                break
    return length, at


def integers(data: bytes, count: int) -> Integers:
    """The `count` integers packed in `data`. Raises `FormatError` or `BudgetError`."""
    if count == 0:
        return np.zeros(0, np.int32)
    head = 4 + (count * 2 + 7) // 8
    raw = _unpacked_at_most(data, head + 4 * count)
    if len(raw) < head:
        raise _broken()
    fours = np.frombuffer(raw, np.uint8, head - 4, 4)
    codes = (fours[:, None] >> np.array([0, 2, 4, 6], np.uint8) & 3).reshape(-1)[:count]
    widths = _WIDTHS[codes]
    starts = head + np.cumsum(widths) - widths
    if starts[-1] + widths[-1] > len(raw):
        raise _broken()
    body = np.frombuffer(raw + bytes(4), np.uint8)
    steps = np.full(count, int.from_bytes(raw[:4], "little", signed=True), np.int64)
    for code, kind in ((1, "<i1"), (2, "<i2"), (3, "<i4")):
        where = np.flatnonzero(codes == code)
        taken = body[starts[where][:, None] + np.arange(_WIDTHS[code])]
        steps[where] = np.frombuffer(taken.tobytes(), kind)
    # The sums wrap around at 32 bits, as they did when the differences were taken.
    return np.cumsum(steps).astype(np.uint32, casting="unsafe").view(np.int32)


def packed_integers(values: Integers) -> bytes:
    """The integers, packed."""
    if not len(values):
        return b""
    steps = np.diff(values.astype(np.int64), prepend=0).astype(np.uint32, casting="unsafe").view(np.int32)
    found, counts = np.unique(steps, return_counts=True)
    common = int(found[np.argmax(counts)])
    codes = np.full(len(steps), 3, np.uint8)
    codes[(steps >= -(1 << 15)) & (steps < 1 << 15)] = 2
    codes[(steps >= -(1 << 7)) & (steps < 1 << 7)] = 1
    codes[steps == common] = 0
    padded = np.concatenate([codes, np.zeros(-len(codes) % 4, np.uint8)]).reshape(-1, 4)
    packed_codes = (padded << np.array([0, 2, 4, 6], np.uint8)).sum(axis=1).astype(np.uint8)
    wide = steps.astype("<i4").view(np.uint8).reshape(-1, 4)
    body = wide[np.arange(4) < _WIDTHS[codes][:, None]]
    return packed(common.to_bytes(4, "little", signed=True) + packed_codes.tobytes() + body.tobytes())


def _unpacked_at_most(data: bytes, limit: int) -> bytes:
    """What was packed, whose length is only known to be at most `limit`."""
    if limit > UNPACKED_LIMIT:
        raise BudgetError(
            f"a part of the scene may unpack to {limit} bytes; at most {UNPACKED_LIMIT} are read",
            f"场景的某部分解压后可达 {limit} 字节；最多读取 {UNPACKED_LIMIT} 字节",
        )
    if not data or data[0]:
        raise _broken()
    result = bytearray()
    _unpack_block(data, 1, len(data), result, limit)
    return bytes(result)


def _broken() -> FormatError:
    return TruncatedError("a packed part of the scene is damaged", "场景中某个压缩部分已损坏")

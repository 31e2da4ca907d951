"""What the headers of a Vorbis stream say: block sizes, codebooks, floors, residues, mappings, modes.

Source: Vorbis I specification 3.2 (codebooks), 4.2 (headers), 7.2.2 and 8.6.1 (floor 1, residues).
Floor 0, which nothing has written since 2001, is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from overt.errors import BudgetError, FormatError, TruncatedError, UnsupportedError

MAX_VALUES = 500_000
"""Numbers in all codebooks of one stream. Real ones have some ten thousand."""
STAGES = 8
_UNUSED = 0


class Bits:
    """Bits of a packet, the lowest of each byte first."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> int:
        """The next `count` bits as a number."""
        stop = self._at + count
        if stop > 8 * len(self._data):
            raise TruncatedError("a Vorbis header ends early", "Vorbis 头部不完整")
        value = int.from_bytes(self._data[self._at >> 3 : (stop + 7) >> 3], "little") >> (self._at & 7)
        self._at = stop
        return value & ((1 << count) - 1)


@dataclass(frozen=True, slots=True)
class Book:
    """A codebook: `words` are the bits of each entry's code, empty for entries that are not used.

    `values` are the entries' vectors; none for a book of plain numbers. `steps` are the numbers along each axis where
    the entries are a lattice.
    """

    dimensions: int
    words: tuple[str, ...]
    values: NDArray[np.float64] | None
    steps: NDArray[np.float64] | None

    @property
    def used(self) -> NDArray[np.intp]:
        """Entries that have a code."""
        return np.flatnonzero(np.array([len(word) for word in self.words]))


@dataclass(frozen=True, slots=True)
class FloorClass:
    """How some points of a floor are coded: `books` by subclass, -1 for "no number, 0"."""

    dimensions: int
    bits: int
    master: int
    books: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Floor:
    """A floor of type 1: the curve's points at `places`, classes of the points behind the first two."""

    partitions: tuple[int, ...]
    classes: tuple[FloorClass, ...]
    multiplier: int
    places: tuple[int, ...]

    @property
    def range(self) -> int:
        """How many heights a point can have."""
        return (256, 128, 86, 64)[self.multiplier - 1]


@dataclass(frozen=True, slots=True)
class Residue:
    """How what is left above the floor is coded: `books` by class and stage, -1 for none."""

    kind: int
    begin: int
    end: int
    size: int
    master: int
    books: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Mapping:
    """Which channels are coupled, and which floor and residue each of them has."""

    coupling: tuple[tuple[int, int], ...]
    mux: tuple[int, ...]
    submaps: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Setup:
    """A stream's headers. `blocks` are the short and the long block size, `modes` whether long and which mapping."""

    channels: int
    rate: int
    blocks: tuple[int, int]
    books: tuple[Book, ...]
    floors: tuple[Floor, ...]
    residues: tuple[Residue, ...]
    mappings: tuple[Mapping, ...]
    modes: tuple[tuple[bool, int], ...]

    @cached_property
    def mode_bits(self) -> int:
        """Bits of a mode's number in a packet."""
        return (len(self.modes) - 1).bit_length()

    def is_long(self, packet: bytes) -> bool:
        """Whether a packet has the long block."""
        mode = packet[0] >> 1 & ((1 << self.mode_bits) - 1) if packet else 0
        return mode < len(self.modes) and self.modes[mode][0]

    def neighbours(self, packet: bytes) -> tuple[bool, bool]:
        """Whether a packet expects long blocks before and behind it; a short one does not care."""
        flags = int.from_bytes(packet[:2].ljust(2, b"\0"), "little") >> (1 + self.mode_bits)
        return bool(flags & 1), bool(flags & 2)

    def plays(self, before: bytes, packet: bytes) -> int:
        """How many samples come out when a packet is decoded behind another (4.3.8)."""
        if not before or not packet:
            return 0
        return (self.blocks[self.is_long(before)] + self.blocks[self.is_long(packet)]) // 4


def read(headers: tuple[bytes, ...]) -> Setup:
    """The setup of a stream from its three headers. Raises `MediaError`."""
    first, _, third = headers
    if first[:7] != b"\x01vorbis" or third[:7] != b"\x05vorbis" or len(first) < 30:
        raise FormatError("the Vorbis headers are damaged", "Vorbis 头部已损坏")
    channels, rate = first[11], int.from_bytes(first[12:16], "little")
    blocks = 1 << (first[28] & 15), 1 << (first[28] >> 4)
    if not channels or not rate or not 64 <= blocks[0] <= blocks[1] <= 8192:
        raise FormatError("the Vorbis headers are damaged", "Vorbis 头部已损坏")
    bits = Bits(third[7:])
    room = [MAX_VALUES]
    books = tuple(_book(bits, room) for _ in range(bits.take(8) + 1))
    for _ in range(bits.take(6) + 1):
        bits.take(16)
    floors = tuple(_floor(bits, len(books)) for _ in range(bits.take(6) + 1))
    residues = tuple(_residue(bits, len(books)) for _ in range(bits.take(6) + 1))
    mappings = tuple(_mapping(bits, channels, len(floors), len(residues)) for _ in range(bits.take(6) + 1))
    modes = tuple(_mode(bits, len(mappings)) for _ in range(bits.take(6) + 1))
    return Setup(channels, rate, blocks, books, floors, residues, mappings, modes)


def _known(index: int, count: int) -> int:
    if index >= count:
        raise FormatError(f"the Vorbis setup names part {index} of {count}", f"Vorbis 设置引用了不存在的部分 {index}")
    return index


def _book(bits: Bits, room: list[int]) -> Book:
    if bits.take(24) != 0x564342:
        raise FormatError("a Vorbis codebook without its sync word", "Vorbis 码本缺少同步字")
    dimensions, entries = bits.take(16), bits.take(24)
    room[0] -= entries * max(dimensions, 1)
    if room[0] < 0:
        raise BudgetError("Vorbis codebooks too large", "Vorbis 码本过大")
    lengths = _ordered(bits, entries) if bits.take(1) else _lengths(bits, entries)
    kind = bits.take(4)
    values = steps = None
    if kind in (1, 2):
        least, delta, width, sequence = _float(bits.take(32)), _float(bits.take(32)), bits.take(4) + 1, bits.take(1)
        count = _root(entries, dimensions) if kind == 1 else entries * dimensions
        numbers = least + delta * np.array([bits.take(width) for _ in range(count)], np.float64)
        if kind == 1 and dimensions:
            index = np.arange(entries)[:, None] // count ** np.arange(dimensions) % count
            values = numbers[index]
            steps = None if sequence else numbers
        else:
            values = numbers.reshape(entries, dimensions)
        if sequence:
            values = np.cumsum(values, axis=1)
    elif kind:
        raise FormatError(f"a Vorbis codebook of type {kind}", f"Vorbis 码本类型 {kind} 不存在")
    return Book(dimensions, _words(lengths), values, steps)


def _lengths(bits: Bits, entries: int) -> list[int]:
    sparse = bits.take(1)
    return [bits.take(5) + 1 if not sparse or bits.take(1) else _UNUSED for _ in range(entries)]


def _ordered(bits: Bits, entries: int) -> list[int]:
    lengths: list[int] = []
    length = bits.take(5) + 1
    while len(lengths) < entries:
        count = bits.take((entries - len(lengths)).bit_length())
        if count > entries - len(lengths) or length > 32:
            raise FormatError("a Vorbis codebook with too many words", "Vorbis 码本的码字过多")
        lengths += [length] * count
        length += 1
    return lengths


def _float(packed: int) -> float:
    """A number of 32 bits (9.2.2)."""
    mantissa = packed & 0x1FFFFF
    exponent = (packed >> 21 & 0x3FF) - 788
    return float(np.ldexp(-mantissa if packed >> 31 else mantissa, min(exponent, 200)))


def _root(entries: int, dimensions: int) -> int:
    """The greatest number whose power is not greater than the number of entries (9.2.3)."""
    if not dimensions:
        return 0
    root = max(1, int(entries ** (1 / dimensions)))
    while (root + 1) ** dimensions <= entries:
        root += 1
    while root**dimensions > entries:
        root -= 1
    return root


def _words(lengths: list[int]) -> tuple[str, ...]:
    """The codes of a Huffman tree from their lengths, each the lowest that is free (3.2.1)."""
    free = [0] * 34
    words = []
    for length in lengths:
        if not length:
            words.append("")
            continue
        word = free[length]
        if word >> length:
            raise FormatError("a Vorbis codebook with too many words", "Vorbis 码本的码字过多")
        words.append(f"{word:0{length}b}")
        for each in range(length, 0, -1):
            if free[each] & 1:
                free[each] = free[each] + 1 if each == 1 else free[each - 1] << 1
                break
            free[each] += 1
        for each in range(length + 1, 33):
            if free[each] >> 1 != word:
                break
            word, free[each] = free[each], free[each - 1] << 1
    return tuple(words)


def _floor(bits: Bits, books: int) -> Floor:
    if bits.take(16) != 1:
        raise UnsupportedError("Vorbis of the year 2000 (floor 0)", "Vorbis 早期格式（floor 0）")
    partitions = tuple(bits.take(4) for _ in range(bits.take(5)))
    classes = []
    for _ in range(max(partitions, default=-1) + 1):
        dimensions, sub = bits.take(3) + 1, bits.take(2)
        master = _known(bits.take(8), books) if sub else -1
        named = tuple(bits.take(8) - 1 for _ in range(1 << sub))
        for book in named:
            _known(book, books)
        classes.append(FloorClass(dimensions, sub, master, named))
    multiplier, width = bits.take(2) + 1, bits.take(4)
    places = [0, 1 << width]
    for partition in partitions:
        places += [bits.take(width) for _ in range(classes[partition].dimensions)]
    if len(set(places)) != len(places):
        raise FormatError("a Vorbis floor with two points at one place", "Vorbis 底线有重复的点")
    return Floor(partitions, tuple(classes), multiplier, tuple(places))


def _residue(bits: Bits, books: int) -> Residue:
    kind = bits.take(16)
    if kind > 2:
        raise FormatError(f"a Vorbis residue of type {kind}", f"Vorbis 残差类型 {kind} 不存在")
    begin, end, size, count, master = (
        bits.take(24), bits.take(24), bits.take(24) + 1, bits.take(6) + 1, _known(bits.take(8), books),
    )  # fmt: skip
    cascades = []
    for _ in range(count):
        low = bits.take(3)
        cascades.append((bits.take(5) << 3 if bits.take(1) else 0) | low)
    rows = tuple(
        tuple(_known(bits.take(8), books) if cascade >> stage & 1 else -1 for stage in range(STAGES))
        for cascade in cascades
    )
    return Residue(kind, begin, end, size, master, rows)


def _mapping(bits: Bits, channels: int, floors: int, residues: int) -> Mapping:
    if bits.take(16):
        raise FormatError("a Vorbis mapping of unknown type", "Vorbis 映射类型不存在")
    submaps = bits.take(4) + 1 if bits.take(1) else 1
    width = (channels - 1).bit_length()
    coupling: tuple[tuple[int, int], ...] = ()
    if bits.take(1):
        coupling = tuple(
            (_known(bits.take(width), channels), _known(bits.take(width), channels)) for _ in range(bits.take(8) + 1)
        )
    bits.take(2)
    mux = tuple(_known(bits.take(4), submaps) if submaps > 1 else 0 for _ in range(channels))
    parts = []
    for _ in range(submaps):
        bits.take(8)
        parts.append((_known(bits.take(8), floors), _known(bits.take(8), residues)))
    return Mapping(coupling, mux, tuple(parts))


def _mode(bits: Bits, mappings: int) -> tuple[bool, int]:
    long = bool(bits.take(1))
    bits.take(32)
    return long, _known(bits.take(8), mappings)

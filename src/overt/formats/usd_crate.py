"""The binary form of USD scenes ("crate", `.usdc`): the metadata of the layer, read.

Source: OpenUSD, pxr/usd/sdf/crateFile.h and crateDataTypes.h (the format has no other description).
A file is a header, values, and a table of contents that names its sections: tokens, strings, fields, sets of
fields, paths, specs. The layer's own metadata are the fields of the spec of the pseudo-root.
Prims, their metadata and their values are not looked at. Versions before 0.4 lay their sections out otherwise.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from overt.errors import BudgetError, FormatError, TruncatedError, UnsupportedError
from overt.formats.cursor import Cursor
from overt.formats.splice import Buffer
from overt.formats.usd_packing import Integers, integers, unpacked
from overt.language import Text

MAGIC = b"PXR-USDC"
TOC_FIELD = 16
"""Where in the header the offset of the table of contents stands."""
_HEADER = 88
OLDEST, NEWEST = (0, 4), (0, 16)
"""The versions that are read; those since 0.4 differ in the kinds of values, not in the sections."""
_SECTION_LIMIT = 64
_COUNT_LIMIT = 8_000_000
"""Of tokens, strings, fields, specs: enough for a scene of some million prims."""
ENTRY_LIMIT = 10_000
"""Of entries of the layer's dictionaries."""
DEPTH_LIMIT = 16
"""Of dictionaries in dictionaries."""

STRING, TOKEN, ASSET, DICTIONARY = 10, 11, 12, 31
PSEUDO_ROOT = 7
_ARRAY, _INLINED = 1 << 63, 1 << 62
_PAYLOAD = (1 << 48) - 1
_END_OF_SET = -1


@dataclass(frozen=True, slots=True)
class Section:
    """One row of the table of contents."""

    name: bytes
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a dictionary: the index of its name among the strings, the name, what says its value."""

    index: int
    key: str
    rep: int


def string_rep(index: int) -> int:
    """What says that a value is the string of this index."""
    return _INLINED | STRING << 48 | index


def dictionary_rep(offset: int) -> int:
    """What says that a value is the dictionary at this byte."""
    return DICTIONARY << 48 | offset


def kind_of(rep: int) -> int:
    """The type of a value; 0 for an array."""
    return 0 if rep & _ARRAY else rep >> 48 & 0xFF


class Crate:
    """One file, or its first `size` bytes; sections are unpacked when they are asked for. Raises `MediaError`."""

    def __init__(self, data: Buffer, toc: int | None = None, size: int | None = None) -> None:
        self.data = data
        self.size = len(data) if size is None else size
        if bytes(data[:8]) != MAGIC:
            raise FormatError("this is no USD crate file", "不是 USD 二进制（crate）文件")
        cursor = Cursor(data, 8)
        self.version = cursor.take(8)
        if not OLDEST <= (self.version[0], self.version[1]) <= NEWEST:
            told = ".".join(map(str, self.version[:3]))
            raise UnsupportedError(
                f"this is a USD crate file of version {told}; 0.4 to 0.16 are read",
                f"这是 {told} 版 USD 二进制文件；支持 0.4 至 0.16 版",
                hint=Text(
                    zh="请用 OpenUSD 的 usdcat 重新保存：usdcat 旧文件 -o 新文件.usdc。",
                    en="Save it anew with usdcat of OpenUSD: `usdcat OLD -o NEW.usdc`.",
                ),
            )
        self.toc = cursor.uint(8, "little") if toc is None else toc
        self.sections = tuple(self._sections())

    def _sections(self) -> Iterator[Section]:
        if self.toc < _HEADER:
            raise FormatError("the USD file's table of contents is not in it", "USD 文件的目录位置有误")
        cursor = Cursor(self.data, min(self.toc, self.size), self.size)
        count = cursor.uint(8, "little")
        if count > _SECTION_LIMIT:
            raise FormatError(f"the USD file claims {count} sections", f"USD 文件声称有 {count} 个部分")
        for _ in range(count):
            name, start, size = struct.unpack("<16sQQ", cursor.take(32))
            if start + size > self.size:
                raise TruncatedError("a section of the USD file is not in it", "USD 文件的某个部分超出文件范围")
            yield Section(name.rstrip(b"\0"), start, start + size)

    def section(self, name: bytes) -> Section:
        """The section of this name. Raises `FormatError`."""
        found = [section for section in self.sections if section.name == name]
        if len(found) != 1:
            raise FormatError(
                f"the USD file has {len(found)} sections {name!r}", f"USD 文件有 {len(found)} 个 {name!r}"
            )
        return found[0]

    def cursor(self, name: bytes) -> tuple[Cursor, int]:
        """At the beginning of a section, behind the count that it opens with."""
        section = self.section(name)
        cursor = Cursor(self.data, section.start, section.stop)
        count = cursor.uint(8, "little")
        if count > _COUNT_LIMIT:
            raise BudgetError(
                f"the USD file has {count} entries in {name.decode()}; at most {_COUNT_LIMIT} are read",
                f"USD 文件的 {name.decode()} 有 {count} 项；最多读取 {_COUNT_LIMIT} 项",
            )
        return cursor, count

    @cached_property
    def tokens(self) -> list[bytes]:
        """Every name and text of the scene, each once."""
        cursor, count = self.cursor(b"TOKENS")
        size, length = cursor.uint(8, "little"), cursor.uint(8, "little")
        found = unpacked(cursor.take(length), size).split(b"\0")
        if len(found) != count + 1 or found.pop():
            raise FormatError("the USD file's tokens are not as many as declared", "USD 文件的标记数量与声明不符")
        return found

    @cached_property
    def strings(self) -> Integers:
        """Which tokens are texts."""
        cursor, count = self.cursor(b"STRINGS")
        return np.frombuffer(cursor.take(4 * count), "<u4").astype(np.int64).astype(np.int32, casting="unsafe")

    @cached_property
    def field_names(self) -> Integers:
        """For each field the token that is its name."""
        cursor, count = self.cursor(b"FIELDS")
        return integers(cursor.take(cursor.uint(8, "little")), count)

    @cached_property
    def field_reps(self) -> bytes:
        """For each field eight bytes that say its value."""
        cursor, count = self.cursor(b"FIELDS")
        cursor.skip(cursor.uint(8, "little"))
        return unpacked(cursor.take(cursor.uint(8, "little")), 8 * count)

    @cached_property
    def field_sets(self) -> Integers:
        """The sets of fields one after another, each ended by -1."""
        cursor, count = self.cursor(b"FIELDSETS")
        return integers(cursor.take(cursor.uint(8, "little")), count)

    @cached_property
    def specs(self) -> tuple[bytes, Integers, Integers]:
        """For each spec its path (still packed), its set of fields, its kind."""
        cursor, count = self.cursor(b"SPECS")
        paths, sets, kinds = (cursor.take(cursor.uint(8, "little")) for _ in range(3))
        return paths, integers(sets, count), integers(kinds, count)

    @cached_property
    def root(self) -> int:
        """Which spec is that of the layer itself."""
        found = np.flatnonzero(self.specs[2] == PSEUDO_ROOT)
        if len(found) != 1:
            raise FormatError("the USD file has no layer, or several", "USD 文件没有图层，或有多个图层")
        return int(found[0])

    @cached_property
    def root_set(self) -> list[int]:
        """The fields of the layer."""
        start = int(self.specs[1][self.root])
        if not 0 <= start < len(self.field_sets):
            raise _dangling()
        ends = np.flatnonzero(self.field_sets[start:] == _END_OF_SET)
        if not len(ends) or ends[0] > ENTRY_LIMIT:
            raise _dangling()
        return [int(field) for field in self.field_sets[start : start + int(ends[0])]]

    def layer(self) -> Iterator[tuple[int, str, int]]:
        """Each field of the layer: its number, its name, what says its value."""
        for field in self.root_set:
            if not 0 <= field < len(self.field_names):
                raise _dangling()
            yield field, self.token(int(self.field_names[field])), self.rep(field)

    def rep(self, field: int) -> int:
        """What says the value of a field."""
        return int.from_bytes(self.field_reps[8 * field : 8 * field + 8], "little")

    def token(self, index: int) -> str:
        """A token as text."""
        if not 0 <= index < len(self.tokens):
            raise _dangling()
        return self.tokens[index].decode("utf-8", "replace")

    def string(self, index: int) -> str:
        """A string as text."""
        if not 0 <= index < len(self.strings):
            raise _dangling()
        return self.token(int(self.strings[index]))

    def text(self, rep: int) -> str | None:
        """The text that a value is; None for a value of another kind."""
        payload = rep & _PAYLOAD
        if kind_of(rep) == STRING:
            return self.string(payload)
        return self.token(payload) if kind_of(rep) in (TOKEN, ASSET) else None

    def dictionary(self, rep: int) -> Iterator[Entry]:
        """The entries of a dictionary. An empty one lies in the value itself."""
        if rep & _INLINED:
            return
        cursor = Cursor(self.data, min(rep & _PAYLOAD, self.size), self.size)
        count = cursor.uint(8, "little")
        if count > ENTRY_LIMIT:
            raise BudgetError(
                f"a dictionary of the layer has {count} entries; at most {ENTRY_LIMIT} are read",
                f"图层的某个字典有 {count} 项；最多读取 {ENTRY_LIMIT} 项",
            )
        for _ in range(count):
            index = cursor.uint(4, "little")
            start = cursor.position
            ahead = int.from_bytes(cursor.take(8), "little", signed=True)
            # What is nested lies between the offset and the value, so it can only point forward.
            if ahead < 8:
                raise _dangling()
            cursor.skip(start + ahead - cursor.position)
            yield Entry(index, self.string(index), cursor.uint(8, "little"))


def _dangling() -> FormatError:
    return FormatError("the USD file refers to what it does not have", "USD 文件引用了不存在的内容")

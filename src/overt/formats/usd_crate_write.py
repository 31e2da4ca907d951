"""A note in the `customLayerData` of a binary USD scene: told, and written behind everything that is there.

Source: OpenUSD, pxr/usd/sdf/crateFile.cpp; VtDictionary and ValueRep as they are packed there.
Existing bytes stay where they are; only the header's offset of the table of contents changes. Behind them stand the
new dictionary, all sections, and a new table of contents. A section of our own says where the file
ended before, so that a later note replaces this one and the file does not grow with each.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

import numpy as np

from overt.errors import BudgetError, MediaError, UnsupportedError
from overt.formats.container import Fault, Field, Note, Superseded, Survey
from overt.formats.splice import Buffer, Piece, Splice
from overt.formats.text import compact
from overt.formats.usd_crate import (
    DEPTH_LIMIT,
    DICTIONARY,
    ENTRY_LIMIT,
    TOC_FIELD,
    Crate,
    dictionary_rep,
    kind_of,
    string_rep,
)
from overt.formats.usd_packing import packed, packed_integers

PLACE = "customLayerData"
OTHER_PLACE = "USD layer"
_OWN = b"OVERT"
_OWN_BODY = struct.Struct("<8sQQ")
_CHUNK_LIMIT = 100
"""Of chunks in the tokens; beyond they are packed as one again."""


def survey(data: Buffer) -> Survey:
    """Every text of the layer's own metadata."""
    crate, fields = Crate(data), list[Field]()
    try:
        for _, name, rep in crate.layer():
            if kind_of(rep) != DICTIONARY:
                text = crate.text(rep)
                fields += [Field(OTHER_PLACE, name, text)] if text is not None else []
                continue
            _tell(crate, rep, PLACE if name == PLACE else f"{OTHER_PLACE} {name}", fields)
    except MediaError as error:
        return Survey(tuple(fields), (Fault(PLACE, error.message),))
    return Survey(tuple(fields))


def _tell(crate: Crate, rep: int, place: str, fields: list[Field], depth: int = 1) -> None:
    for entry in crate.dictionary(rep):
        if len(fields) >= ENTRY_LIMIT:
            raise BudgetError(f"the layer has more than {ENTRY_LIMIT} texts", f"图层的文本超过 {ENTRY_LIMIT} 条")
        if _is_nested(entry.key, entry.rep):
            _tell(crate, entry.rep, place, fields, _deeper(depth))
        elif (text := _text(crate, entry.key, entry.rep)) is not None:
            fields.append(Field(place, entry.key, text))


def _is_nested(key: str, rep: int) -> bool:
    """Whether an entry is a dictionary of further texts, and not a label in the form of one."""
    return kind_of(rep) == DICTIONARY and "aigc" not in key.lower()


def _deeper(depth: int) -> int:
    if depth == DEPTH_LIMIT:
        raise BudgetError("dictionaries of the layer are nested too deeply", "图层的字典嵌套过深")
    return depth + 1


def _text(crate: Crate, key: str, rep: int) -> str | None:
    if kind_of(rep) == DICTIONARY:
        return compact({entry.key: crate.text(entry.rep) or "" for entry in crate.dictionary(rep)})
    text = crate.text(rep)
    # A label that is no text is a label all the same: whoever reads it shall say that he cannot.
    return f"(USD type {kind_of(rep)})" if text is None and "aigc" in key.lower() else text


def put(data: Buffer, note: Note | None, superseded: Superseded) -> Splice:
    """The file with exactly this note; with None only without what is superseded.

    Raises `FormatError` or `UnsupportedError`.
    """
    crate = Crate(data)
    if (base := _before(crate, superseded)) is not None:
        crate = base
    return _Writer(crate, superseded).write(note)


def _before(crate: Crate, superseded: Superseded) -> Crate | None:
    """The file as it was before our note, if all that stands behind it is ours to the byte."""
    own = next((section for section in crate.sections if section.name == _OWN), None)
    if own is None or own.stop - own.start != _OWN_BODY.size:
        return None
    magic, toc, stop = _OWN_BODY.unpack(bytes(crate.data[own.start : own.stop]))
    if magic != _OWN.ljust(8, b"\0") or not toc < stop <= own.start:
        return None
    try:
        base = Crate(crate.data, toc, stop)
        current = None
        for _, name, rep in crate.layer():
            if name == PLACE:
                first = next(crate.dictionary(rep), None)  # Where the note is written.
                text = crate.text(first.rep) if first else None
                current = Note(first.key, text, "", "") if first and text is not None else None
        ours = _Writer(base, superseded).write(current)
    except MediaError:
        return None
    return base if _is_written(ours, crate.data) else None


def _is_written(splice: Splice, data: Buffer) -> bool:
    """Whether a file, spliced with itself, would stay as it is. What stays in its place is not looked at."""
    at = 0
    for piece in splice.pieces:
        if isinstance(piece, bytes) or piece.start != at:
            new = piece if isinstance(piece, bytes) else bytes(data[piece.start : piece.stop])
            if new != bytes(data[at : at + len(piece)]):
                return False
        at += len(piece)
    return at == len(data)


@dataclass(slots=True)
class _Tail:
    """What is written behind a file: pieces, and the offset at which the next one will stand."""

    at: int
    pieces: list[Piece] = field(default_factory=list)

    def add(self, *pieces: Piece) -> int:
        """Append pieces, aligned to eight bytes; returns where they begin."""
        gap = -self.at % 8
        start = self.at + gap
        self.pieces += [bytes(gap), *pieces]
        self.at = start + sum(len(piece) for piece in pieces)
        return start


class _Writer:
    def __init__(self, crate: Crate, superseded: Superseded) -> None:
        self.crate = crate
        self.superseded = superseded
        self.tail = _Tail(crate.size)
        self.new_tokens: list[bytes] = []
        self.new_strings: list[int] = []

    def write(self, note: Note | None) -> Splice:
        crate = self.crate
        home: int | None = None
        reps, kept = bytearray(crate.field_reps), list[int]()
        changed = False
        for number, name, rep in crate.layer():
            if name == PLACE and kind_of(rep) == DICTIONARY:
                home = number
                entries, differs = self._kept(rep, PLACE)
            elif kind_of(rep) == DICTIONARY:
                inner, other_differs = self._kept(rep, f"{OTHER_PLACE} {name}")
                if other_differs:
                    changed = True
                    struct.pack_into("<Q", reps, 8 * number, self._dictionary(inner))
            elif name == PLACE or self._goes(OTHER_PLACE, name, crate.text(rep)):
                changed = True
                continue
            kept.append(number)
        entries, differs = (entries, differs) if home is not None else ([], False)
        if note is None and not differs and not changed:
            return Splice([range(crate.size)])
        if note is not None:
            entries = [(self._string(note.key), string_rep(self._string(note.text))), *entries]
        names = crate.field_names
        if home is None and entries:
            home = len(names)
            names = np.append(names, np.int32(self._token(PLACE.encode())))
            reps += bytes(8)
            kept.append(home)
        if home is not None:
            struct.pack_into("<Q", reps, 8 * home, self._dictionary(entries))
        return self._close(self._sections(names, bytes(reps), kept))

    def _goes(self, place: str, key: str, text: str | None) -> bool:
        return text is not None and self.superseded(Field(place, key, text))

    def _kept(self, rep: int, place: str, depth: int = 1) -> tuple[list[tuple[int, int]], bool]:
        """The entries of a dictionary that stay, and whether that makes a difference."""
        kept: list[tuple[int, int]] = []
        changed = False
        for entry in self.crate.dictionary(rep):
            value = entry.rep
            if _is_nested(entry.key, value):
                inner, differs = self._kept(value, place, _deeper(depth))
                value = self._dictionary(inner) if differs else value
                changed = changed or differs
            elif self._goes(place, entry.key, _text(self.crate, entry.key, value)):
                changed = True
                continue
            kept.append((entry.index, value))
        return kept, changed

    def _dictionary(self, entries: list[tuple[int, int]]) -> int:
        """Write a dictionary; returns what says that a value is it."""
        # Values of old entries may be copied: the offsets in them count from the beginning of the file.
        body = b"".join(struct.pack("<IqQ", index, 8, rep) for index, rep in entries)
        return dictionary_rep(self.tail.add(struct.pack("<Q", len(entries)) + body))

    def _token(self, text: bytes) -> int:
        if text in self.crate.tokens:
            return self.crate.tokens.index(text)
        if text not in self.new_tokens:
            self.new_tokens.append(text)
        return len(self.crate.tokens) + self.new_tokens.index(text)

    def _string(self, text: str) -> int:
        try:
            raw = text.encode("utf-8")
        except UnicodeEncodeError as error:
            raise _cannot_hold() from error
        if b"\0" in raw:
            raise _cannot_hold()
        token = self._token(raw)
        found = np.flatnonzero(self.crate.strings == token)
        if len(found):
            return int(found[0])
        self.new_strings.append(token)
        return len(self.crate.strings) + len(self.new_strings) - 1

    def _sections(self, names: np.ndarray, reps: bytes, kept: list[int]) -> dict[bytes, list[Piece]]:
        """The sections that differ."""
        crate = self.crate
        new: dict[bytes, list[Piece]] = {}
        if self.new_tokens:
            new[b"TOKENS"] = self._tokens()
        if self.new_strings:
            old = crate.section(b"STRINGS")
            count = struct.pack("<Q", len(crate.strings) + len(self.new_strings))
            indices = struct.pack(f"<{len(self.new_strings)}I", *self.new_strings)
            new[b"STRINGS"] = [count, range(old.start + 8, old.start + 8 + 4 * len(crate.strings)), indices]
        if reps != crate.field_reps:
            new[b"FIELDS"] = [struct.pack("<Q", len(names)), *_counted(packed_integers(names), packed(reps))]
        if kept != crate.root_set:
            sets = np.append(crate.field_sets, np.array([*kept, -1], np.int32))
            new[b"FIELDSETS"] = [struct.pack("<Q", len(sets)), *_counted(packed_integers(sets))]
            paths, of_specs, kinds = crate.specs
            of_specs = of_specs.copy()
            of_specs[crate.root] = len(crate.field_sets)
            parts = _counted(paths, packed_integers(of_specs), packed_integers(kinds))
            new[b"SPECS"] = [struct.pack("<Q", len(of_specs)), *parts]
        return new

    def _tokens(self) -> list[Piece]:
        """The tokens as they are packed, and behind them a chunk with the new ones."""
        cursor, count = self.crate.cursor(b"TOKENS")
        size, length = cursor.uint(8, "little"), cursor.uint(8, "little")
        body = cursor.skip(length)
        chunks = self.crate.data[body]
        added = b"".join(token + b"\0" for token in self.new_tokens)
        new = packed(added)[1:]
        pieces: list[Piece]
        if chunks >= _CHUNK_LIMIT:
            whole = packed(b"".join(token + b"\0" for token in self.crate.tokens) + added)
            pieces = [whole]
        elif chunks == 0:
            pieces = [b"\2" + struct.pack("<I", length - 1), range(body + 1, body + length)]
            pieces.append(struct.pack("<I", len(new)) + new)
        else:
            pieces = [bytes([chunks + 1]), range(body + 1, body + length), struct.pack("<I", len(new)) + new]
        total = sum(len(piece) for piece in pieces)
        return [struct.pack("<QQQ", count + len(self.new_tokens), size + len(added), total), *pieces]

    def _close(self, new: dict[bytes, list[Piece]]) -> Splice:
        """Write all sections and the table of contents.

        Those that stay as they are too: OpenUSD, when it saves a file in place, writes over all that stands behind
        the first section, and so over a value that does.
        """
        crate, tail, rows = self.crate, self.tail, list[bytes]()
        new[_OWN] = [_OWN_BODY.pack(_OWN.ljust(8, b"\0"), crate.toc, crate.size)]
        old: dict[bytes, list[Piece]] = {each.name: [range(each.start, each.stop)] for each in crate.sections}
        old.pop(_OWN, None)
        for name, pieces in {**old, **new}.items():
            start = tail.add(*pieces)
            rows.append(struct.pack("<16sQQ", name, start, tail.at - start))
        toc = tail.add(struct.pack("<Q", len(rows)) + b"".join(rows))
        head: list[Piece] = [range(TOC_FIELD), struct.pack("<Q", toc), range(TOC_FIELD + 8, crate.size)]
        return Splice([*head, *tail.pieces])


def _counted(*parts: bytes) -> list[Piece]:
    return [struct.pack("<Q", len(part)) + part for part in parts]


def _cannot_hold() -> UnsupportedError:
    return UnsupportedError("the note holds characters that USD cannot", "文本含有 USD 不允许的字符")

"""Metadata boxes of films: lists of named values, read from any of their forms, written as `mdta` keys.

Source: Apple, QuickTime File Format, "Metadata" (`meta`, `hdlr`, `keys`, `ilst`, `data`);
ISO/IEC 14496-12 8.11 (`meta` as a full box); the `mdir` list and its freeform item `----` as iTunes writes them.
Well-known data types that are not text (numbers, pictures) are left alone and give no field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from overt.errors import FormatError
from overt.formats.bmff import Box, Edits, build, children, first, inside_meta
from overt.formats.container import Field
from overt.formats.cursor import Cursor
from overt.formats.splice import Buffer

MDTA = b"mdta"

_UTF_8, _UTF_16 = 1, 2
_TEXT_TYPES = {0: "utf-8", _UTF_8: "utf-8", 4: "utf-8", _UTF_16: "utf-16-be", 5: "utf-16-be"}
"""Well-known types that hold text. 0 says nothing; it counts when it is UTF-8 without control characters."""

_FIRST_PRINTABLE = 0x2020_2020
"""Item types below are positions in `keys`; from here on they are four-character codes."""


@dataclass(frozen=True, slots=True)
class Item:
    """One item of `ilst`: `index` is its position in `keys` from 1, or 0 if it has a code of its own."""

    box: Box
    index: int
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Meta:
    """A metadata box. `parents` are the boxes around it, outermost first; `keys` are whole key entries."""

    box: Box
    parents: tuple[Box, ...]
    handler: bytes
    inside: tuple[Box, ...]
    keys: tuple[bytes, ...]
    items: tuple[Item, ...]

    @property
    def fields(self) -> tuple[Field, ...]:
        """Every text in it."""
        return tuple(field for item in self.items for field in item.fields)


def read(data: Buffer, box: Box, parents: tuple[Box, ...]) -> Meta:
    """A metadata box, in the form of ISO (a full box) or of QuickTime (a plain one)."""
    inside = tuple(inside_meta(data, box))
    place = "/".join(parent.name for parent in (*parents, box))
    handler_box = first(inside, b"hdlr")
    handler = b""
    if handler_box is not None:
        cursor = Cursor(data, handler_box.start, handler_box.stop)
        cursor.skip(8)
        handler = cursor.take(4)
    keys_box, list_box = first(inside, b"keys"), first(inside, b"ilst")
    keys = tuple(_keys(data, keys_box)) if keys_box else ()
    names = [_decoded(key[8:], "utf-8") for key in keys]
    items = tuple(_items(data, list_box, names, place)) if list_box else ()
    return Meta(box, parents, handler, inside, keys, items)


def _keys(data: Buffer, box: Box) -> Iterator[bytes]:
    cursor = Cursor(data, box.start, box.stop)
    cursor.skip(4)
    for _ in range(cursor.uint(4)):
        size = int.from_bytes(cursor.peek(4), "big")
        if size < 8:
            raise FormatError(
                f"a metadata key at byte {cursor.position} claims {size} bytes",
                f"字节 {cursor.position} 处的元数据键声明长度为 {size} 字节",
            )
        yield cursor.take(size)


def _items(data: Buffer, box: Box, names: list[str], place: str) -> Iterator[Item]:
    for item in children(data, box):
        number = int.from_bytes(item.kind, "big")
        inside = children(data, item)
        if 1 <= number <= len(names):
            index, where, key = number, f"{place}/keys", names[number - 1]
        elif item.kind == b"----":
            index, (where, key) = 0, _freeform(data, inside, place)
        else:
            index, where = 0, f"{place}/ilst"
            key = item.name if number >= _FIRST_PRINTABLE else f"#{number}"
        texts = (_text(data, value) for value in inside if value.kind == b"data")
        yield Item(
            item, index, tuple(Field(where, key, text, offset=item.header) for text in texts if text is not None)
        )


def _freeform(data: Buffer, inside: list[Box], place: str) -> tuple[str, str]:
    parts = {}
    for box in inside:
        if box.kind in (b"mean", b"name"):
            cursor = Cursor(data, box.start, box.stop)
            cursor.skip(4)
            parts[box.kind] = _decoded(cursor.take(cursor.left), "utf-8")
    return f"{place}/ilst/----:{parts.get(b'mean', '')}", parts.get(b"name", "----")


def _text(data: Buffer, box: Box) -> str | None:
    cursor = Cursor(data, box.start, box.stop)
    kind = cursor.uint(4)
    cursor.skip(4)
    codec = _TEXT_TYPES.get(kind)
    if codec is None:
        return None
    raw = cursor.take(cursor.left)
    if kind == 0 and (any(byte < 0x20 and byte not in b"\t\n\r" for byte in raw[:4096]) or not raw):
        return None
    return _decoded(raw, codec)


def _decoded(raw: bytes, codec: str) -> str:
    return raw.decode(codec, "replace")


def write(data: Buffer, meta: Meta, edits: Edits, gone: Callable[[Field], bool], note: tuple[str, str] | None) -> None:
    """Take out the items that are `gone`, and put `note` (key and text) in if there is one.

    A note takes the place of the first item that is gone or has its key; every other item keeps its bytes.
    A box that holds nothing afterwards is taken out whole.
    """
    drop = {item.box for item in meta.items if any(gone(field) for field in item.fields)}
    if meta.handler != MDTA:
        for item in meta.items:
            if item.box in drop:
                ilst = first(meta.inside, b"ilst")
                around = (*meta.parents, meta.box, *([ilst] if ilst else []))
                edits.replace(item.box.header, item.box.stop, b"", around)
        return
    if note is None and not drop:
        return
    keys, items = _rewritten(data, meta, drop, note)
    if not keys and not items and {box.kind for box in meta.inside} <= {b"hdlr", b"keys", b"ilst", b"free"}:
        edits.replace(meta.box.header, meta.box.stop, b"", meta.parents)
        return
    count = len(keys).to_bytes(4, "big")
    for kind, body in ((b"keys", bytes(4) + count + b"".join(keys)), (b"ilst", b"".join(items))):
        old = first(meta.inside, kind)
        start, stop = (old.header, old.stop) if old else (meta.box.stop, meta.box.stop)
        new = build(kind, body)
        if new != bytes(data[start:stop]):
            edits.replace(start, stop, new, (*meta.parents, meta.box))


def _rewritten(
    data: Buffer, meta: Meta, drop: set[Box], note: tuple[str, str] | None
) -> tuple[list[bytes], list[bytes]]:
    own = _key(note[0]) if note else b""
    dropped = {item.index for item in meta.items if item.box in drop and item.index}
    used = {item.index for item in meta.items if item.box not in drop}
    keys: list[bytes] = []
    moved: dict[int, int] = {}
    slot = 0
    for index, key in enumerate(meta.keys, 1):
        replaced = key == own or (index in dropped and index not in used)
        if replaced and note and not slot:
            keys.append(own)
            slot = index
        elif replaced:
            continue
        else:
            keys.append(key)
        moved[index] = len(keys)
    if note and not slot:
        keys.append(own)
        slot = len(meta.keys) + 1
        moved[slot] = len(keys)
    fresh = _item(moved[slot], note[1]) if note else b""
    items = []
    for item in meta.items:
        if item.index == slot and slot:
            items.append(fresh)
            fresh = b""
        elif item.box not in drop and (not item.index or item.index in moved):
            items.append(_renumbered(data, item, moved.get(item.index, 0), len(keys)))
    return keys, [item for item in (*items, fresh) if item]


def _renumbered(data: Buffer, item: Item, index: int, count: int) -> bytes:
    raw = bytes(data[item.box.header : item.box.stop])
    if item.index:
        return raw[:4] + index.to_bytes(4, "big") + raw[8:]
    if int.from_bytes(item.box.kind, "big") <= count:
        raise FormatError(
            f"a metadata item at byte {item.box.header} has no key, and would take the new one",
            f"字节 {item.box.header} 处的元数据项没有对应的键，会误用新增的键",
        )
    return raw


def _key(name: str) -> bytes:
    raw = name.encode("utf-8")
    return (8 + len(raw)).to_bytes(4, "big") + MDTA + raw


def _item(index: int, text: str) -> bytes:
    return build(index.to_bytes(4, "big"), build(b"data", _UTF_8.to_bytes(4, "big"), bytes(4), text.encode("utf-8")))


def fresh(note: tuple[str, str]) -> bytes:
    """A new metadata box that holds one key.

    It is a full box in QuickTime films too: inside `udta`, exiftool and MediaInfo read no other form.
    """
    handler = build(b"hdlr", bytes(8), MDTA, bytes(13))
    keys = build(b"keys", bytes(4), (1).to_bytes(4, "big"), _key(note[0]))
    return build(b"meta", bytes(4), handler, keys, build(b"ilst", _item(1, note[1])))

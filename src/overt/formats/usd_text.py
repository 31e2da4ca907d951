"""The text form of USD scenes (`.usda`): the metadata of the layer, read and edited in their text.

Source: OpenUSD, pxr/usd/sdf/usdaFileFormat (grammar and escapes of its strings).
The layer's metadata stand in parentheses right behind the first line; nothing behind them is looked at, so a file of
any size is read in the same time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from overt.errors import BudgetError, FormatError, MediaError, TruncatedError, UnsupportedError
from overt.formats.container import Fault, Field, Note, Superseded, Survey
from overt.formats.json_text import Edit
from overt.formats.splice import Buffer, Splice
from overt.formats.text import compact

MAGIC = b"#usda "
PLACE = "customLayerData"
OTHER_PLACE = "USD layer"
HEAD_LIMIT = 4 << 20
"""The most bytes that are looked at for the layer's metadata."""
ENTRY_LIMIT = 10_000
DEPTH_LIMIT = 32

# Single characters alone are matched possessively: before Python 3.11.5 groups with a choice in them went wrong.
_TOKEN = re.compile(
    r"""(?P<space>(?:[ \t\r\n]+|\#[^\n]*|//[^\n]*|/\*(?s:.)*?(?:\*/|\Z))+)
    |(?P<string>(?s:\"{3}[^"\\]*+(?:(?:\\.|"(?!""))[^"\\]*+)*\"{3}|'{3}[^'\\]*+(?:(?:\\.|'(?!''))[^'\\]*+)*'{3})
        |"(?!"")[^"\\\n]*+(?:\\.[^"\\\n]*+)*"|'(?!'')[^'\\\n]*+(?:\\.[^'\\\n]*+)*')
    |(?P<asset>@@@(?s:[^@]*+(?:@(?!@@)[^@]*+)*)@@@|@[^@\n]*@)
    |(?P<mark>[(){}\[\]=,;:<>])
    |(?P<word>[^\s"'@(){}\[\]=,;:<>\#]+)""",
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{1,2})|([0-7]{1,3})|(.))", re.DOTALL)
_PLAIN = {"n": b"\n", "t": b"\t", "r": b"\r", "a": b"\a", "b": b"\b", "f": b"\f", "v": b"\v"}
_NO_DICTIONARIES = frozenset({"relocates", "timeSamples"})
_CLOSING = {"(": ")", "{": "}", "[": "]", "<": ">"}


@dataclass(frozen=True, slots=True)
class _Entry:
    """One entry of the metadata or of a dictionary: the span of the whole, its name, its value.

    The value is a text, a dictionary (`start` is its bracket, `stop` one past the closing one), or of another kind.
    """

    start: int
    stop: int
    key: str
    text: str | None = None
    inside: _Block | None = None


@dataclass(frozen=True, slots=True)
class _Block:
    """The entries between two brackets; `stop` is where the closing one stands."""

    start: int
    stop: int
    entries: tuple[_Entry, ...]


def survey(data: Buffer) -> Survey:
    """Every text of the layer's own metadata."""
    text = _head(data)
    fields: list[Field] = []
    try:
        if (block := _metadata(text)[1]) is not None:
            fields += (Field(place, entry.key, told) for place, _, entry, told in _told(block))
    except MediaError as error:
        return Survey(tuple(fields), (Fault(PLACE, error.message),))
    return Survey(tuple(fields))


def put(data: Buffer, note: Note | None, superseded: Superseded) -> Splice:
    """The file with exactly this note; with None only without what is superseded.

    Raises `FormatError` or `UnsupportedError`.
    """
    text = _head(data)
    edits = _edits(text, note, superseded)
    result, at, byte = Splice(), 0, 0
    for start, stop, new in sorted(edits):
        kept = byte + len(_bytes(text[at:start]))
        result.add(range(byte, kept))
        result.add(new.encode("utf-8"))
        at, byte = stop, kept + len(_bytes(text[start:stop]))
    result.add(range(byte, len(data)))
    return result


def _edits(text: str, note: Note | None, superseded: Superseded) -> list[Edit]:
    begin, block = _metadata(text)
    if block is None:
        if note is None:
            return []
        lead = "" if text[:begin].endswith("\n") else "\n"
        return [(begin, begin, f"{lead}(\n{_home(note)})\n")]
    homes = [entry for entry in block.entries if entry.key == PLACE]
    if len(homes) > 1 or any(home.inside is None for home in homes):
        raise FormatError("customLayerData is there twice, or no dictionary", "customLayerData 重复，或不是字典")
    stale = [
        (inside, entry)
        for place, inside, entry, told in _told(block)
        if superseded(Field(place, entry.key, told)) or (place == PLACE and note is not None and entry.key == note.key)
    ]
    home = homes[0].inside if homes else None
    mine = next((entry for inside, entry in stale if inside is home), None) if note is not None else None
    edits = [_without(text, entry) for _, entry in stale if entry is not mine]
    if note is None:
        return edits
    if home is None:
        return [*edits, _added(text, block, _home(note))]
    if mine is None:
        return [*edits, _added(text, home, f"        {_entry(note)}\n")]
    return [*edits, (mine.start, mine.stop, _entry(note))]


def _home(note: Note) -> str:
    return f"    {PLACE} = {{\n        {_entry(note)}\n    }}\n"


def _entry(note: Note) -> str:
    name = note.key if re.fullmatch(r"[A-Za-z_]\w*", note.key, re.ASCII) else quoted(note.key)
    return f"string {name} = {quoted(note.text)}"


def _added(text: str, block: _Block, lines: str) -> Edit:
    """Put lines before a closing bracket, which gets a line of its own if it has none."""
    line = max(text.rfind("\n", 0, block.stop) + 1, block.start + 1)
    if text[line : block.stop].strip(" \t") == "" and text[line - 1] == "\n":
        return line, line, lines
    return block.stop, block.stop, "\n" + lines


def _without(text: str, entry: _Entry) -> Edit:
    """Take an entry out, with its line where it has one to itself."""
    start, stop = entry.start, entry.stop
    line = text.rfind("\n", 0, start) + 1
    following = re.compile(r"[ \t]*;?[ \t]*(\r?\n|(?=[)}]))").match(text, stop)
    if text[line:start].strip(" \t") == "" and following and following[1]:
        return line, following.end(), ""
    separator = re.compile(r"[ \t]*;").match(text, stop)
    return start, separator.end() if separator else stop, ""


def quoted(text: str) -> str:
    """A string as the format writes it. Raises `UnsupportedError` for what it cannot hold."""
    if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise UnsupportedError("the note holds characters that USD cannot", "文本含有 USD 不允许的字符")
    mark = "'" if '"' in text and "'" not in text else '"'
    body = re.sub(rf"[\\{mark}]", r"\\\g<0>", text)
    return mark + re.sub(r"[\x01-\x1f\x7f]", lambda found: f"\\x{ord(found[0]):02x}", body) + mark


def unquoted(raw: str) -> str:
    """What a string token says."""
    width = 3 if raw[:3] in ('"""', "'''") else 1
    out, at = bytearray(), 0
    body = raw[width:-width]
    for found in _ESCAPE.finditer(body):
        out += _bytes(body[at : found.start()])
        if found[1] or found[2]:
            out.append(int(found[1] or found[2], 16 if found[1] else 8) & 0xFF)
        else:
            out += _PLAIN.get(found[3]) or _bytes(found[3])
        at = found.end()
    return (out + _bytes(body[at:])).decode("utf-8", "replace")


def _told(block: _Block) -> Iterator[tuple[str, _Block, _Entry, str]]:
    """Every text of the metadata: its place, the brackets that it stands in, its entry, what it says."""
    for entry in block.entries:
        if entry.inside is not None:
            place = PLACE if entry.key == PLACE else f"{OTHER_PLACE} {entry.key}"
            yield from ((place, inside, inner, told) for inside, inner, told in _texts(entry.inside))
        elif entry.text is not None:
            yield OTHER_PLACE, block, entry, entry.text


def _texts(block: _Block) -> Iterator[tuple[_Block, _Entry, str]]:
    """The texts of a dictionary and of those in it; a label that is a dictionary is told as JSON."""
    for entry in block.entries:
        if entry.inside is not None and "aigc" not in entry.key.lower():
            yield from _texts(entry.inside)
        elif entry.inside is not None:
            yield block, entry, compact({inner.key: inner.text or "" for inner in entry.inside.entries})
        elif entry.text is not None:
            yield block, entry, entry.text
        elif "aigc" in entry.key.lower():
            yield block, entry, "(no string)"


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _head(data: Buffer) -> str:
    head = bytes(data[:HEAD_LIMIT])
    if not head.startswith(MAGIC):
        raise FormatError("this is no USD text file", "不是 USD 文本文件")
    return head.decode("utf-8", "surrogateescape")


class _Reader:
    """The tokens of a text, one ahead. Raises `FormatError` or `BudgetError`."""

    def __init__(self, text: str, at: int) -> None:
        self.text, self.stop, self.next = text, at, at
        self.kind, self.start, self.raw, self.entries = "", at, "", 0
        self.advance()

    def advance(self) -> None:
        """Go to the next token; `stop` is the end of the one that is left behind."""
        self.stop = self.next
        while True:
            found = _TOKEN.match(self.text, self.next)
            if found is None:
                self.kind, self.start, self.raw = "", self.next, ""
                return
            self.next = found.end()
            if found.lastgroup != "space":
                break
        self.kind, self.start, self.raw = found.lastgroup or "", found.start(), found[0]

    def broken(self) -> MediaError:
        """What is wrong here."""
        if len(_bytes(self.text)) >= HEAD_LIMIT:
            return BudgetError(
                f"the layer's metadata do not end in the first {HEAD_LIMIT} bytes",
                f"图层元数据超过前 {HEAD_LIMIT} 字节",
            )
        if self.start >= len(self.text):
            return TruncatedError("the USD file ends in its metadata", "USD 文件在元数据中结束")
        return FormatError(
            f"the USD file's metadata are broken at character {self.start}", f"USD 元数据在字符 {self.start} 处有误"
        )


def _metadata(text: str) -> tuple[int, _Block | None]:
    """Where the layer's metadata may stand, and what stands there."""
    line = text.find("\n") + 1 or len(text)
    reader = _Reader(text, line)
    if reader.raw != "(":
        return line, None
    return line, _block(reader, 1)


def _block(reader: _Reader, depth: int) -> _Block:
    if depth > DEPTH_LIMIT:
        raise BudgetError("dictionaries of the layer are nested too deeply", "图层的字典嵌套过深")
    start, closing = reader.start, _CLOSING[reader.raw]
    reader.advance()
    entries: list[_Entry] = []
    while reader.raw != closing:
        if reader.raw in (";", ","):
            reader.advance()
            continue
        reader.entries += 1
        if reader.entries > ENTRY_LIMIT:
            raise BudgetError(f"the layer has more than {ENTRY_LIMIT} entries", f"图层的条目超过 {ENTRY_LIMIT} 个")
        entries.append(_entry_of(reader, depth))
    stop = reader.start
    reader.advance()
    return _Block(start, stop, tuple(entries))


def _entry_of(reader: _Reader, depth: int) -> _Entry:
    start = reader.start
    if reader.kind == "string" and depth == 1:
        text = unquoted(reader.raw)
        reader.advance()
        return _Entry(start, reader.stop, "comment", text)
    key = ""
    while reader.raw != "=":
        if reader.kind == "string":
            key = unquoted(reader.raw)
        elif reader.kind == "word":
            key = reader.raw
        elif reader.raw not in ("[", "]", ":"):
            raise reader.broken()
        reader.advance()
    reader.advance()
    if reader.kind == "string":
        text = unquoted(reader.raw)
        reader.advance()
        return _Entry(start, reader.stop, key, text)
    if reader.raw == "{" and key not in _NO_DICTIONARIES:
        block = _block(reader, depth + 1)
        return _Entry(start, reader.stop, key, None, block)
    _skip(reader)
    return _Entry(start, reader.stop, key)


def _skip(reader: _Reader) -> None:
    """Go past a value that is no text: a word, an asset, a tuple, a list; and what stands behind it in parentheses."""
    waiting: list[str] = []
    while True:
        if not reader.kind:
            raise reader.broken()
        if reader.raw in _CLOSING and reader.kind == "mark":
            waiting.append(_CLOSING[reader.raw])
        elif waiting and reader.raw == waiting[-1]:
            waiting.pop()
        elif not waiting and reader.raw in (")", "}", "]", ">", "="):
            raise reader.broken()
        reader.advance()
        if not waiting and not (reader.kind == "mark" and reader.raw in ("(", "<", "[")):
            return

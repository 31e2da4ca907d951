"""Markdown: a note in the YAML front matter at the head of the file.

Source: TC260-PG-20258A, 6.5 (formats/marks.md 2.6): an `AIGC:` mapping with the seven keys.
All values are written in double quotes; the field read back is that mapping as JSON, in the order found.
Other keys, comments, their order, line endings and a byte order mark stay as they are.
TOML front matter (`+++`) is read, never written into.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from overt.errors import BudgetError, FormatError, UnsupportedError
from overt.formats import front_matter
from overt.formats.container import Fault, Field, Note, Superseded, Survey
from overt.formats.front_matter import FrontMatter
from overt.formats.splice import Buffer, Splice
from overt.formats.text import TextFile, compact, decode, looks_like_text
from overt.language import Text

PLACE = "YAML front matter"
TOML_PLACE = "TOML front matter"

_OPENING = re.compile(r"---[ \t]*(?:\r\n|\n|\r)")
_KEY = re.compile(r"^[\w.-]+:(?:\s|$)", re.MULTILINE)


class _Markdown:
    """Markdown with a note in its front matter."""

    name = "markdown"
    media_type = "text/markdown"
    suffixes = (".md", ".markdown", ".mdown", ".mkd", ".qmd", ".rmd")
    place = PLACE

    def sniff(self, head: bytes) -> int:
        """Markdown looks like any text, so that the file's name decides; only front matter tells it apart."""
        text = looks_like_text(head)
        if not text:
            return 0
        opening = _OPENING.match(text)
        return 40 if opening and _KEY.search(text, opening.end()) else 10

    def survey(self, data: Buffer) -> Survey:
        """One field for each top-level key; a mapping or list is told as JSON, in the order found."""
        file = decode(data)
        try:
            found = front_matter.find(file.text)
        except (FormatError, BudgetError, UnsupportedError) as error:
            return Survey(faults=(Fault(PLACE, error.message),))
        return Survey(tuple(_fields(found, file)) if found else ())

    def put(self, data: Buffer, note: Note, superseded: Superseded) -> Splice:
        """The file with the note as a mapping in its front matter, which is made where there is none."""
        file = decode(data)
        found = front_matter.find(file.text)
        block = _block(note, file.newline)
        if found is None:
            line = f"---{file.newline}"
            return file.splice([(0, 0, line + block + line)])
        if found.form == "toml":
            raise UnsupportedError(
                "the file has TOML front matter (+++); the standard's carrier is YAML front matter (---)",
                "文件使用 TOML 前置元数据（+++）；标准规定的载体是 YAML 前置元数据（---）",
                hint=Text(
                    zh="请将前置元数据改为 YAML（---）后重试。",
                    en="Change the front matter to YAML (---), then try again.",
                ),
            )
        if found.form == "flow":
            raise UnsupportedError(
                "the front matter is one flow mapping ({...}); only a block mapping can be added to",
                "前置元数据是单个流式映射（{...}）；只能在块式映射中添加",
                hint=Text(zh="请将前置元数据改为每行一个键。", en="Write the front matter with one key a line."),
            )
        result = file.splice(_changes(found, file, block, superseded))
        _check(result, data, note, superseded)
        return result


def _check(result: Splice, data: Buffer, note: Note, superseded: Superseded) -> None:
    """Front matter that others wrote can be laid out in ways that an added line does not fit: look."""
    file = decode(result.apply(data))
    found = front_matter.find(file.text)
    fields = list(_fields(found, file)) if found else []
    if [field.text for field in fields if field.key == note.key or superseded(field)] != [_told(note)]:
        raise FormatError(
            "the note cannot be added to the front matter as it is laid out",
            "前置元数据的写法使标识无法加入",
        )


def _changes(found: FrontMatter, file: TextFile, block: str, superseded: Superseded) -> Iterator[tuple[int, int, str]]:
    """The first superseded entry becomes the note, the others go; without any, the note comes last."""
    first = file.text[found.entries[0].start :] if found.entries else ""
    indent = first[: len(first) - len(first.lstrip(" "))]
    block = "".join(indent + line for line in block.splitlines(keepends=True))
    old = [entry for entry, field in zip(found.entries, _fields(found, file), strict=True) if superseded(field)]
    for entry in old[:1]:
        yield entry.start, entry.stop, block
    for entry in old[1:]:
        yield entry.start, entry.stop, ""
    if not old:
        yield found.stop, found.stop, block


def _fields(found: FrontMatter, file: TextFile) -> Iterator[Field]:
    seen: set[str] = set()
    place = TOML_PLACE if found.form == "toml" else PLACE
    for entry in found.entries:
        text = entry.value
        if not isinstance(text, str):
            text = compact(text)
        offset = len(file.bom) + len(file.text[: entry.start].encode(file.codec))
        defects = ("repeated-key",) if entry.key in seen else ()
        seen.add(entry.key)
        yield Field(place, entry.key, text, offset=offset, defects=defects)


def _block(note: Note, newline: str) -> str:
    """The note as YAML: a mapping if its text is a JSON object of strings, else one quoted scalar."""
    value = _mapping(note)
    if value is None:
        return f"{note.key}: {_quoted(note.text)}{newline}"
    lines = [f"{note.key}:", *(f"  {_name(key)}: {_quoted(item)}" for key, item in value.items())]
    return "".join(line + newline for line in lines)


def _mapping(note: Note) -> dict[str, str] | None:
    try:
        value = json.loads(note.text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or not value:
        return None
    return value if all(isinstance(item, str) for item in value.values()) else None


def _told(note: Note) -> str:
    """The note's text as `survey` will tell it."""
    value = _mapping(note)
    return note.text if value is None else compact(value)


def _name(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", key) else _quoted(key)


def _quoted(text: str) -> str:
    """A YAML double-quoted scalar on one line."""
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    code = ord(character)
    if character.isprintable() and code < 0xD800:  # What lies above is escaped, to be safe with old readers.
        return character
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


CONTAINER = _Markdown()

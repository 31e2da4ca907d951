"""Front matter: the metadata block at the head of a Markdown file, read with positions.

Source: YAML 1.2 between `---` lines, as Jekyll, Hugo and Pandoc read it; TOML 1.0 between `+++` lines (Hugo).
Every YAML scalar is read as the text that stands there: YAML itself would turn `0011` into 9.
Aliases, anchors and tags are refused, so that nothing can expand. It is read only: `markdown` writes.
"""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass

import yaml

from overt.errors import BudgetError, FormatError, MediaError, UnsupportedError

LENGTH_LIMIT = 256 << 10
"""The longest front matter that is parsed, in characters: PyYAML reads about 200,000 in a second."""
NESTING_LIMIT = 16
"""The deepest nesting of a value; front matter in the wild has three levels."""
EVENT_LIMIT = 20_000
"""The most keys, items and brackets; keeps a survey small."""

_OPENING = re.compile(r"(---|\+\+\+)[ \t]*(?:\r\n|\n|\r)")
_CLOSING = {
    "---": re.compile(r"^(?:---|\.\.\.)[ \t]*$\n?", re.MULTILINE),
    "+++": re.compile(r"^\+\+\+[ \t]*$\n?", re.MULTILINE),
}
Value = str | list["Value"] | dict[str, "Value"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One top-level key: its value as text, and the characters of the file that its lines take."""

    key: str
    value: Value
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The entries, and where in the text the lines between the two fences begin and end.

    `form` is "block" for YAML with one key a line, "flow" for YAML in braces, "toml".
    """

    entries: tuple[Entry, ...]
    start: int
    stop: int
    form: str


def _fences(text: str) -> tuple[str, int, int, int] | None:
    """Which fence opens the front matter, where its content begins and ends, and where the body begins."""
    opening = _OPENING.match(text)
    if not opening:
        return None
    # `^` and `$` know only the line feed: give each ending one, at the same position.
    lines = text.replace("\r\n", " \n").replace("\r", "\n")
    closing = _CLOSING[opening[1]].search(lines, opening.end())
    return (opening[1], opening.end(), closing.start(), closing.end()) if closing else None


def body_start(text: str) -> int:
    """Where the text after the front matter begins: 0 where there is none, none that ends, or a thematic break."""
    fences = _fences(text)
    try:
        return fences[3] if fences and find(text) else 0
    except MediaError:
        return fences[3] if fences else 0


def find(text: str) -> FrontMatter | None:
    """The front matter, or None: no opening fence, no closing fence, or no mapping between them.

    `---`, text, `---` without a mapping is a thematic break and what follows it.
    """
    fences = _fences(text)
    if not fences:
        return None
    fence, start, stop, _ = fences
    if stop - start > LENGTH_LIMIT:
        raise BudgetError(
            f"the front matter is {stop - start} characters long; at most {LENGTH_LIMIT} are read",
            f"前置元数据长 {stop - start} 个字符；最多读取 {LENGTH_LIMIT} 个",
        )
    if fence == "+++":
        return _toml(text, start, stop)
    try:
        return _Reader(text, start, stop).mapping()
    except yaml.YAMLError as error:
        raise FormatError(
            f"the front matter is not YAML: {' '.join(str(error).split())}",
            f"前置元数据不是 YAML：{' '.join(str(error).split())}",
        ) from error
    except (ValueError, OverflowError, RecursionError) as error:
        raise FormatError(f"the front matter is not YAML: {error}", f"前置元数据不是 YAML：{error}") from error


def _toml(text: str, start: int, stop: int) -> FrontMatter:
    """TOML is read for its values alone; the places of its keys are not known."""
    try:
        table = tomllib.loads(text[start:stop].replace("\r\n", "\n"), parse_float=str)
        values = json.loads(json.dumps(table, default=str, ensure_ascii=False))
    except (ValueError, RecursionError) as error:
        raise FormatError(f"the front matter is not TOML: {error}", f"前置元数据不是 TOML：{error}") from error
    entries = (
        Entry(key, value if isinstance(value, list | dict) else _scalar(value), start, stop)
        for key, value in values.items()
    )
    return FrontMatter(tuple(entries), start, stop, "toml")


def _scalar(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


class _Reader:
    """A reader of YAML events that keeps positions and takes every scalar as text."""

    def __init__(self, text: str, start: int, stop: int) -> None:
        self.start, self.stop = start, stop
        self.text = text
        self.events = yaml.parse(text[start:stop], Loader=yaml.BaseLoader)
        self.count = 0
        self.last = start
        self.event = self._next()

    def _next(self) -> yaml.Event:
        self.count += 1
        if self.count > EVENT_LIMIT:
            raise BudgetError(
                f"the front matter has more than {EVENT_LIMIT} keys, items and brackets",
                f"前置元数据的键、条目和括号超过 {EVENT_LIMIT} 个",
            )
        event = next(self.events, None)
        if event is None:
            raise FormatError("the front matter ends too early", "前置元数据不完整")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise UnsupportedError("the front matter uses YAML anchors or aliases", "前置元数据使用了 YAML 锚点或别名")
        if getattr(event, "tag", None):
            raise UnsupportedError("the front matter uses YAML tags", "前置元数据使用了 YAML 标签")
        return event

    def _advance(self) -> yaml.Event:
        event = self.event
        self.event = self._next()
        return event

    def mapping(self) -> FrontMatter | None:
        """The whole front matter."""
        while isinstance(self.event, (yaml.StreamStartEvent, yaml.DocumentStartEvent)):
            self._advance()
        if isinstance(self.event, yaml.StreamEndEvent):
            return FrontMatter((), self.start, self.stop, "block")
        if not isinstance(self.event, yaml.MappingStartEvent):
            return None
        form = "flow" if self.event.flow_style else "block"
        self._advance()
        entries = []
        while not isinstance(self.event, yaml.MappingEndEvent):
            start = self.start + _index(self.event.start_mark)
            key = self._value(1)
            value = self._value(1)
            entries.append(Entry(_key(key), value, self._line_start(start), self._line_stop(self.last)))
        return FrontMatter(tuple(entries), self.start, self.stop, form)

    def _value(self, depth: int) -> Value:
        if depth > NESTING_LIMIT:
            raise BudgetError(
                f"the front matter is nested more than {NESTING_LIMIT} levels deep",
                f"前置元数据嵌套超过 {NESTING_LIMIT} 层",
            )
        event = self._advance()
        self.last = max(self.last, self.start + _index(event.end_mark))
        if isinstance(event, yaml.ScalarEvent):
            return _clean(event.value)
        if isinstance(event, yaml.SequenceStartEvent):
            items = []
            while not isinstance(self.event, yaml.SequenceEndEvent):
                items.append(self._value(depth + 1))
            self._close(event)
            return items
        if not isinstance(event, yaml.MappingStartEvent):
            raise FormatError("the front matter has a key without a value", "前置元数据中有一个键没有值")
        values: dict[str, Value] = {}
        while not isinstance(self.event, yaml.MappingEndEvent):
            key = _key(self._value(depth + 1))
            if key in values:
                raise FormatError(
                    f"the front matter has the key {key!r} twice in one mapping",
                    f"前置元数据的同一映射中键 {key!r} 重复",
                )
            values[key] = self._value(depth + 1)
        self._close(event)
        return values

    def _close(self, start: yaml.CollectionStartEvent) -> None:
        event = self._advance()
        if start.flow_style:  # A block collection ends where the next token begins, which is too late.
            self.last = max(self.last, self.start + _index(event.end_mark))

    def _line_start(self, at: int) -> int:
        while at > self.start and self.text[at - 1] not in "\r\n":
            at -= 1
        return at

    def _line_stop(self, at: int) -> int:
        if at > self.start and self.text[at - 1] in "\r\n":  # A block scalar ends with its line.
            return min(at, self.stop)
        while at < self.stop and self.text[at] not in "\r\n":
            at += 1
        return min(at + (2 if self.text.startswith("\r\n", at) else 1), self.stop)


def _key(value: Value) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode()  # An escape can write half a surrogate pair.


def _index(mark: object) -> int:
    index = getattr(mark, "index", None)  # Of two mark classes, one of them in C and without types.
    if not isinstance(index, int):
        raise FormatError("the front matter has a value without a place", "前置元数据中有一个值无法定位")
    return index

"""Server-sent events (HTML Living Standard, 9.2): the stream's bytes taken apart, and events written down.

Fields other than `event` and `data` are dropped, comments too: no generator's interface uses them for content.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from overt.errors import BudgetError

MOST_BYTES: Final = 8 << 20
"""The longest event: the last one of a response repeats its whole text."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its name, empty where it has none, and its data."""

    name: str
    data: str

    @property
    def told(self) -> dict[str, Any] | None:
        """The data as a JSON object; None for anything else."""
        try:
            told = json.loads(self.data)
        except (ValueError, RecursionError):
            return None
        return told if isinstance(told, dict) else None

    def encoded(self) -> bytes:
        """The event as it goes over the wire."""
        name = f"event: {self.name}\n" if self.name else ""
        lines = "".join(f"data: {line}\n" for line in self.data.split("\n"))
        return f"{name}{lines}\n".encode("utf-8", "replace")


def event(told: dict[str, Any], name: str = "") -> bytes:
    """An event with a JSON object, as it goes over the wire."""
    return Event(name, json.dumps(told, ensure_ascii=False, separators=(",", ":"))).encoded()


class Reader:
    """Takes a stream apart as it arrives."""

    def __init__(self) -> None:
        self._rest = b""
        self._name = ""
        self._data: list[str] = []
        self._size = 0

    def feed(self, data: bytes) -> Iterator[Event]:
        """The events that these bytes complete. Raises `BudgetError` for one that does not end."""
        self._size += len(data)
        if self._size > MOST_BYTES:
            raise BudgetError("an event of the stream is too long", "流中的事件过长")
        *lines, rest = (self._rest + data).splitlines(keepends=True) or [b""]
        # A carriage return may be half of an end of line.
        if rest.endswith(b"\n"):
            lines, rest = [*lines, rest], b""
        self._rest = rest
        for line in lines:
            if found := self._line(line.rstrip(b"\r\n").decode("utf-8", "replace")):
                yield found

    def end(self) -> Event | None:
        """What a stream left without the empty line behind it, as some servers do."""
        last = self._line(self._rest.rstrip(b"\r\n").decode("utf-8", "replace")) if self._rest else None
        return last or self._line("")

    def _line(self, line: str) -> Event | None:
        if line:
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if name == "data":
                self._data.append(value)
            elif name == "event":
                self._name = value
            return None
        found = Event(self._name, "\n".join(self._data)) if self._data else None
        self._name, self._data, self._size = "", [], len(self._rest)
        return found

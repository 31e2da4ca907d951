"""The two languages of every screen, error and document: zh-CN and English.

A `Text` holds both, so that a missing translation cannot be written down: there is nothing to forget.
The language of a run comes from `OVERT_LANG`, then from the locale; anything that is not Chinese reads English.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Literal

Language = Literal["zh", "en"]

_OBEYED = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb]"
)
"""What a terminal obeys instead of showing it: control characters, and those that turn the direction of writing."""


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence or name in both languages."""

    zh: str
    en: str

    def __post_init__(self) -> None:
        if not self.zh or not self.en:
            raise ValueError("a text needs both languages")

    def in_(self, language: Language) -> str:
        """The text in one language."""
        return self.zh if language == "zh" else self.en

    def __str__(self) -> str:
        return self.in_(current())

    def both(self) -> dict[str, str]:
        """The form in which JSON output carries it."""
        return {"zh": self.zh, "en": self.en}


def current() -> Language:
    """The language of this run."""
    for name in ("OVERT_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name)
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


def printable(name: object) -> str:
    """A file's name as text that can be shown: bytes of it that are no UTF-8 become the replacement character."""
    return str(name).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def whole(text: str) -> str:
    """A text that can be written anywhere: half a surrogate pair, which JSON can escape, becomes the replacement."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def visible(text: object) -> str:
    """A text with strangers' words in it, for a terminal: what would be obeyed there is written out as an escape.

    Ends of lines stay.
    """
    return _OBEYED.sub(lambda found: found[0].encode("unicode_escape").decode(), str(text))

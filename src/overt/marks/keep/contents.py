"""What a text or a document says: its words, without our labels, and the pictures in it.

```
text, Markdown, HTML   as their label readers see them        marks/label/text
PDF                    PDFium                                 contents_pdf
DOCX, XLSX, PPTX, ODF, EPUB   their parts                     contents_packages
```

Opens untrusted bytes: call it guarded. Words are in the order of the file, which is mostly that of reading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from overt.errors import UnsupportedError
from overt.formats.front_matter import body_start
from overt.formats.html import decode_page
from overt.formats.text import decode
from overt.marks.files import mapped
from overt.marks.label import wording
from overt.marks.label.model import LabelStyle
from overt.marks.label.text.html_page import visible_lines
from overt.rulebook import available, mark_rules

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from overt.formats.splice import Buffer
    from overt.media.budget import Budget

MOST_PICTURES = 200
"""Pictures of one document that are looked at."""
LEAST_SIDE = 64
"""Pixels of the shorter side: what is smaller is an ornament."""

_MODULES = {
    "pdf": "contents_pdf",
    **dict.fromkeys(("docx", "xlsx", "pptx", "odt", "ods", "odp", "epub"), "contents_packages"),
}
_RAISED = re.compile(r"<sup>([^<>\r\n]{1,20})</sup>")
# Comments of Markdown, and the targets of its links and pictures, are not seen.
_UNSEEN = re.compile(r"<!--.*?(?:-->|\Z)|(?<=\])\([^()\s]*(?:\s+\"[^\"\n]*\")?\)|</?[A-Za-z][^<>]*>", re.DOTALL)


class Reader(Protocol):
    """How documents of one family are read: a module with these functions."""

    @staticmethod
    def text(data: Buffer, container: str) -> str:
        """The words, one block a line. Raises `MediaError`."""

    @staticmethod
    def pictures(data: Buffer, container: str, budget: Budget) -> Iterator[NDArray[np.uint8]]:
        """The pictures, RGB or grey, 8 bits; those that cannot be read are passed over."""


def text(path: Path, container: str) -> str:
    """What the file says, without our labels. Raises `MediaError`."""
    with mapped(path) as data:
        shown = _reader(container).text(data, container) if container in _MODULES else _plain(data, container)
    for mark in superscripts().values():
        shown = shown.replace(mark, "")
    return shown


def pictures(path: Path, container: str, budget: Budget) -> Iterator[NDArray[np.uint8]]:
    """The pictures in a document that are no ornaments, at most `MOST_PICTURES`."""
    if container not in _MODULES:
        return
    with mapped(path) as data:
        count = 0
        for picture in _reader(container).pictures(data, container, budget):
            if min(picture.shape[:2]) >= LEAST_SIDE:
                yield picture
                count += 1
            if count >= MOST_PICTURES:
                return


@cache
def label_lines() -> frozenset[str]:
    """Every line that a label of ours can be, under any rulebook."""
    lines: set[str] = set()
    for rules in (mark_rules(name).label for name in available()):
        lines |= wording.own_forms(rules)
        for second in (None, *wording.LANGUAGES):
            both = [sentence for _, sentence in wording.sentences(rules, LabelStyle(second_language=second))]
            lines |= {*both, " ".join(both)}
    return frozenset(lines)


@cache
def superscripts() -> dict[str, str]:
    """Our shortest labels: in plain letters, that markup raises, and in letters of their own."""
    rules = [mark_rules(name).label for name in available()]
    both = {wording.raised_plain(each): wording.raised(each) for each in rules}
    return {plain: raised for plain, raised in both.items() if plain}


def _raised(shown: str) -> str:
    return superscripts().get(shown.strip(), shown)


def _reader(container: str) -> Reader:
    return cast("Reader", import_module(f"{__package__}.{_MODULES[container]}"))


def _plain(data: Buffer, container: str) -> str:
    if container == "html":
        return "\n".join(visible_lines(decode_page(data).text, _raised))
    if container not in ("text", "markdown"):
        raise UnsupportedError(
            f"{container.upper()} files have no words to compare", f"{container.upper()} 没有可比对的文字"
        )
    whole = decode(data).text
    if container == "text":
        return whole
    return _UNSEEN.sub("", _RAISED.sub(lambda found: _raised(found[1]), whole[body_start(whole) :]))

"""The label of streamed text: answers that arrive piece by piece, in a chat or as server-sent events.

Source: GB 45438-2025 clauses 5.1 and 5.6 through the rulebook; Labeling Measures art. 4(1)(1).
The label is in the first piece, before any content, so that it is there whenever the client stops listening, and once
more when the answer came to its end. Pieces of content are handed on as they come, never held back, joined or split;
the one exception is the front matter of Markdown, which must stand at the head of a file and is sent in one piece with
the label behind it. A code block that the answer leaves open is closed before the label at the end. Pieces of HTML are
a part of a page's body; a whole page is labelled as a file (`overt.marks.label.text.html_page`).

An answer of an interface carries the `AIGC` object in its first and its last event (formats/marks.md 2.6, API answers):
`events` makes them, `server_sent` writes one down.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping
from typing import Literal

from overt.formats.front_matter import body_start
from overt.formats.html_tokens import tokens
from overt.marks.label import wording
from overt.marks.label.model import LabelStyle
from overt.marks.label.text import html_page
from overt.marks.label.text.forms import Fences
from overt.rulebook import LabelRules

Markup = Literal["text", "markdown", "html"]
Event = dict[str, object]

HOLD_LIMIT = 16 << 10
"""The longest front matter that is waited for, in characters; real ones have below 2,000."""
PAGE_LIMIT = 4 << 20
"""The longest page that is looked through for markup that never ended; a longer one has no second label."""

_OPENING = re.compile(r"(?:---|\+\+\+)[ \t]*(?:\r\n|\n|\r)")
_MAYBE_OPENING = re.compile(r"(?:-{0,3}|\+{0,3})|(?:---|\+\+\+)[ \t]*\r?")
# A line of front matter: a key, an item, a continuation, a comment, or a fence.
_OF_FRONT_MATTER = re.compile(r"""[\w"'.-]+[ \t]*[:=]|[ \t#-]|\+\+\+|\.\.\.|[}\])]|\[|$""")


class Labelling:
    """The label of one answer: what to send before its pieces, in their place, and behind them.

    Use it where `labelled` does not fit: call `start` once, `piece` for each piece, `end` when the answer is whole.
    Send what they return, if it is not empty.
    """

    def __init__(
        self, rules: LabelRules, style: LabelStyle | None = None, *, markup: Markup = "markdown", again: bool = True
    ) -> None:
        """`again` puts the label behind a whole answer, too."""
        chosen = style or LabelStyle()
        self.markup = markup
        self.again = again
        if markup == "html":
            raised = html_page.superscript(wording.raised_plain(rules))
            self._before = self._after = (
                raised if chosen.text == "superscript" else html_page.banner(wording.sentences(rules, chosen))
            )
        else:
            quote = "> " if markup == "markdown" else ""
            line = quote + wording.bracketed(rules, chosen)
            if chosen.text == "superscript":
                letters, plain = wording.superscript(rules)
                line = f"<sup>{plain}</sup>" if markup == "markdown" else letters
            self._before, self._after = f"{line}\n\n", line
        self._held: str | None = "" if markup == "markdown" else None
        self._fences = Fences()
        self._page: list[str] = []
        self._length = 0
        self._tail = ""

    def start(self) -> str:
        """What is sent before the answer. Markdown may begin with front matter: there it comes with the first piece."""
        return "" if self._held is not None else self._before

    def piece(self, text: str) -> str:
        """What is sent for a piece of the answer."""
        if self._held is None:
            return self._seen(text)
        self._held += text
        if self._may_be_front_matter():
            return ""
        return self._released()

    def end(self) -> str:
        """What is sent when the answer came to its end."""
        rest = self._released() if self._held is not None else ""
        if not (self.again and self._length):
            return rest
        if self.markup == "html":
            return rest + (self._after if self._is_closed() else "")
        close = self._fences.open if self.markup == "markdown" else ""
        blank = "" if self._tail.endswith("\n") else "\n"
        return f"{rest}{blank}{close}{chr(10) if close else ''}\n{self._after}\n"

    def _seen(self, text: str) -> str:
        self._length += len(text)
        self._tail = (self._tail + text)[-2:]
        if self.markup == "markdown":
            self._fences.feed(text)
        elif self.markup == "html" and self._length <= PAGE_LIMIT:
            self._page.append(text)
        return text

    def _released(self) -> str:
        """What was held, with the label before it, or behind its front matter."""
        held, self._held = self._held or "", None
        at = body_start(held)
        newline = "\n" if at and held[at - 1] not in "\r\n" else ""
        self._seen(held)
        return held[:at] + newline + self._before + held[at:]

    def _may_be_front_matter(self) -> bool:
        """Whether what is held could be front matter that has not ended yet."""
        held = self._held or ""
        if _MAYBE_OPENING.fullmatch(held):
            return True
        opening = _OPENING.match(held)
        end = body_start(held)
        if not opening or len(held) > HOLD_LIMIT or (end and held[end - 1] in "\r\n"):
            return False
        whole = re.split(r"\r\n|\n|\r", held[opening.end() :])[:-1]
        return all(_OF_FRONT_MATTER.match(line) for line in whole)

    def _is_closed(self) -> bool:
        """Whether a page's markup ended, so that what follows it is shown."""
        if self._length > PAGE_LIMIT:
            return False
        last = deque(tokens("".join(self._page)), maxlen=1)
        return not last or last[0].closed or not (last[0].kind == "other" or (last[0].kind == "text" and last[0].name))


def labelled(
    chunks: Iterable[str], rules: LabelRules, style: LabelStyle | None = None, *, markup: Markup = "markdown"
) -> Iterator[str]:
    """The pieces of an answer with its label: first, and again at the end. Empty pieces are left out."""
    labelling = Labelling(rules, style, markup=markup)
    if before := labelling.start():
        yield before
    for chunk in chunks:
        if text := labelling.piece(chunk):
            yield text
    if after := labelling.end():
        yield after


async def labelled_async(
    chunks: AsyncIterable[str], rules: LabelRules, style: LabelStyle | None = None, *, markup: Markup = "markdown"
) -> AsyncIterator[str]:
    """As `labelled`, for pieces that arrive asynchronously."""
    labelling = Labelling(rules, style, markup=markup)
    if before := labelling.start():
        yield before
    async for chunk in chunks:
        if text := labelling.piece(chunk):
            yield text
    if after := labelling.end():
        yield after


def events(chunks: Iterable[str], aigc: Mapping[str, str]) -> Iterator[Event]:
    """The events of an interface's answer: `{"text": …}`, with `aigc` in the first, which has no text, and the last.

    `chunks` are those of `labelled`; `aigc` is the object with the seven keys (`Aigc.values()`).
    """
    yield {"text": "", "aigc": dict(aigc)}
    for chunk in chunks:
        yield {"text": chunk}
    yield {"text": "", "aigc": dict(aigc)}


async def events_async(chunks: AsyncIterable[str], aigc: Mapping[str, str]) -> AsyncIterator[Event]:
    """As `events`, for pieces that arrive asynchronously."""
    yield {"text": "", "aigc": dict(aigc)}
    async for chunk in chunks:
        yield {"text": chunk}
    yield {"text": "", "aigc": dict(aigc)}


def server_sent(event: Event) -> str:
    """One event as text/event-stream has it (HTML Living Standard, 9.2)."""
    return f"data: {json.dumps(event, ensure_ascii=False, separators=(',', ':'))}\n\n"

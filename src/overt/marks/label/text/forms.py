"""Where the label goes in a text: a line before it, behind it or both, or a superscript behind its first or last words.

Source: GB 45438-2025 clause 5.1 through the rulebook (beginning, end or middle; corner mark). Pure: strings alone.
`arranged` first takes our own older labels out, so that they never stack, and what it puts in it knows again: the same
text comes out whatever the style was before. A line of Markdown takes a superscript only where that cannot
change what its markup means; elsewhere the superscript is a paragraph of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})([^\r\n]*)")
_LINE_END = r"(?:\r\n|\r|\n)"
_STARTS = re.compile(r"[ \t<|:=]|\[[^\]]*\]:|`{3}|~{3}|\$\$|!\[|[-*_](?:[ \t]*[-*_]){2,}[ \t]*$|@|import |export |%")
_PAIRED = ("`", "$", "**", "~~")


@dataclass(frozen=True, slots=True)
class Form:
    """How the label is written in one text.

    `line` is the label as a line of its own, `lines` all that such a line could be, `quote` what stands before it;
    `mark` is the superscript, or "" where the rulebook has none.
    """

    newline: str
    line: str
    lines: frozenset[str]
    quote: str
    mark: str
    is_markdown: bool


def arranged(body: str, form: Form, *, superscript: bool, places: tuple[str, ...]) -> str:
    """The text with the label at these places, "start" and "end", and none of ours elsewhere."""
    bare = without(body, form)
    bare = bare if bare.strip() else ""  # Blanks alone have no beginning and no end.
    if superscript:
        return _marked(bare, form, places)
    label = form.quote + form.line
    if "end" in places:
        bare = _behind(bare, form, label)
    if "start" in places:
        bare = f"{label}{form.newline}{form.newline}{bare}"
    return bare


def without(body: str, form: Form) -> str:
    """The text as it was before we labelled it."""
    first = re.compile(rf"(\s*)((?:> ?)?)([^\r\n]*)((?:{_LINE_END}){{0,2}})").match(body)
    # A mark is never written into a quotation: what quotes it is the text's own.
    if first and first[3].rstrip() in (form.lines if first[2] else form.lines | {form.mark} - {""}):
        body = first[1] + body[first.end() :]
    elif first and form.mark and first[3].rstrip().endswith(form.mark):
        at = first.start(3) + len(first[3].rstrip()) - len(form.mark)
        body = body[:at] + body[at + len(form.mark) :]
    return _without_last(body, form)


def _without_last(body: str, form: Form) -> str:
    spoken = body.rstrip()
    start = max(spoken.rfind("\n"), spoken.rfind("\r")) + 1
    whole = spoken[start:]
    line = whole.removeprefix("> ").removeprefix(">")
    if line in form.lines or (whole == form.mark and form.mark):
        before, after = body[:start], body[len(spoken) :]
        if after.startswith(form.newline):
            return before.removesuffix(form.newline) + after.removeprefix(form.newline)
        return before.removesuffix(form.newline).removesuffix(form.newline) + after
    if form.mark and line.endswith(form.mark):
        return spoken.removesuffix(form.mark) + body[len(spoken) :]
    return body


def _behind(bare: str, form: Form, label: str) -> str:
    """The text with a paragraph behind it; a fence that is left open is closed, as its end would close it."""
    if not bare:
        return label
    if form.is_markdown and (fence := open_fence(bare)):
        bare += fence + form.newline if bare.endswith(("\n", "\r")) else form.newline + fence
    if bare.endswith(("\n", "\r")):
        return f"{bare}{form.newline}{label}{form.newline}"
    return f"{bare}{form.newline}{form.newline}{label}"


def _marked(bare: str, form: Form, places: tuple[str, ...]) -> str:
    if not bare.strip():
        return form.mark + bare
    spoken = bare.rstrip()
    end_line = max(spoken.rfind("\n"), spoken.rfind("\r")) + 1
    first = re.compile(r"\s*([^\r\n]*)").match(bare)
    begin, stop = (first.start(1), first.start(1) + len(first[1].rstrip())) if first else (0, 0)
    result = bare
    if "end" in places and not ("start" in places and begin >= end_line):
        fits = not form.is_markdown or (is_ordinary(spoken[end_line:]) and not open_fence(bare))
        result = spoken + form.mark + bare[len(spoken) :] if fits else _behind(bare, form, form.mark)
    if "start" in places:
        if form.is_markdown and not is_ordinary(bare[begin:stop]):
            return f"{form.mark}{form.newline}{form.newline}{result}"
        result = result[:stop] + form.mark + result[stop:]
    return result


def is_ordinary(line: str) -> bool:
    """Whether a line of Markdown is plain words, a heading or a list item that words can follow."""
    if _STARTS.match(line) or line.endswith(("\\", "#", "|", "=")) or "<" in line:
        return False
    if any(line.count(each) % 2 for each in _PAIRED):
        return False
    return line.count("[") == line.count("]") and line.count("(") == line.count(")")


class Fences:
    """Whether a text that arrives piece by piece is inside a fenced code block (CommonMark 0.31, 4.5)."""

    def __init__(self) -> None:
        self._open = ""
        self._line: list[str] = []

    def feed(self, text: str) -> None:
        """Take the next piece."""
        first, *more = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self._line.append(first)  # A line can be as long as the text: it is put together once, at its end.
        for each in more:
            self._open = self.open
            self._line = [each]

    @property
    def open(self) -> str:
        """The fence that is still open, or nothing; the line that has not ended counts as if it had."""
        return _after("".join(self._line), self._open)


def _after(line: str, fence: str) -> str:
    """The fence that is open behind a line."""
    match = _FENCE.match(line)
    if not match:
        return fence
    if not fence:
        return match[1] if match[1][0] == "~" or "`" not in match[2] else ""
    return "" if match[1][0] == fence[0] and len(match[1]) >= len(fence) and not match[2].strip() else fence


def open_fence(text: str) -> str:
    """The fence of a code block that the text leaves open, or nothing."""
    fences = Fences()
    fences.feed(text)
    return fences.open


def difference(old: str, new: str) -> tuple[int, int, str]:
    """One change that makes a text another, as short as their common beginning and end allow."""
    limit = min(len(old), len(new))
    head = _common(old, new, limit)
    tail = _common(old[::-1], new[::-1], limit - head)
    return head, len(old) - tail, new[head : len(new) - tail]


def _common(one: str, two: str, limit: int) -> int:
    """How many letters two texts begin with in common, by halving: texts have up to 64 million letters."""
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == two[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low

"""The label of texts: a line of plain text and Markdown, a banner of a web page, or a superscript.

Source: GB 45438-2025 clause 5.1 through the rulebook; Labeling Measures art. 4(1)(1): at the beginning, the end or
a suitable middle place of the text. The file's encoding and line endings stay; labelling again never stacks labels.
Reading tells what the text itself shows; fonts and sizes are the reader's own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from overt.errors import ReadBackError, UnsupportedError
from overt.formats import HEAD
from overt.formats.front_matter import body_start
from overt.formats.html import declares_encoding, decode_page, in_ascii
from overt.formats.splice import write
from overt.formats.text import TEXT_LIMIT, TextFile, decode
from overt.language import Text
from overt.marks.label import wording
from overt.marks.label.model import LabelReport, LabelStyle
from overt.marks.label.text import html_page
from overt.marks.label.text.forms import Form, arranged, difference
from overt.rulebook import LabelRules

_Change = tuple[int, int, str]
# Marks of Markdown that are not shown: quotes, headings, emphasis.
_MARKS = re.compile(r"^[>#\s]+|[*_`~]{1,3}")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_RAISED = re.compile(r"<sup[^<>]{0,200}>([^<>\r\n]{1,20})</sup>")
_XML = re.compile(r"<\?xml[ \t\r\n]")
_LINE = re.compile(r"[^\r\n]+")


class TextLabeller:
    """Labels for plain text, Markdown and HTML."""

    containers: tuple[str, ...] = ("text", "markdown", "html")

    def put(self, source: Path, target: Path, container: str, rules: LabelRules, style: LabelStyle) -> LabelReport:
        """Write `target`: the text with the label where the style wants it; its own older labels are replaced."""
        file = _decoded(source, container)
        changes = (
            _page_changes(file.text, rules, style) if container == "html" else [_change(file, container, rules, style)]
        )
        if container == "html" and not _declares_encoding(source):
            changes = [(start, stop, in_ascii(text)) for start, stop, text in changes]
        splice = file.splice(changes, errors="xmlcharrefreplace" if container == "html" else "strict")
        with source.open("rb") as old, target.open("wb") as new:
            write(splice, old, new)
        report = self.read(target, container, rules)
        if report is None:
            target.unlink(missing_ok=True)
            raise ReadBackError("the label is not in the text that was written", "写出的文本中未找到标识")
        return report

    def read(self, path: Path, container: str, rules: LabelRules) -> LabelReport | None:
        """The label at the beginning or the end of the text, or None. Raises `MediaError` for what is no text."""
        file = _decoded(path, container)
        found = wording.find_all(lines(file.text, container, rules), rules)
        return LabelReport("text", *found) if found else None


def _decoded(path: Path, container: str) -> TextFile:
    with path.open("rb") as file:
        data = file.read(TEXT_LIMIT + 1)  # One byte too many makes it over budget, not cut short.
    return decode_page(data) if container == "html" else decode(data)


def _declares_encoding(page: Path) -> bool:
    with page.open("rb") as file:
        return declares_encoding(file.read(HEAD))


def lines(text: str, container: str, rules: LabelRules) -> Iterator[str]:
    """The lines that a person sees; the AI element as a superscript in letters of its own."""
    if container == "html":
        return html_page.visible_lines(text, lambda raised: wording.as_shown(raised, rules))
    if container == "markdown":
        shown = _COMMENT.sub("", text[body_start(text) :])
        shown = _RAISED.sub(lambda match: wording.as_shown(match[1], rules), shown)
        return (_MARKS.sub("", match[0]) for match in _LINE.finditer(shown))
    return (match[0] for match in _LINE.finditer(text))


def _refuse_data(text: str) -> None:
    """Refuse what programs read and a line of text before it would break: JSON, XML, scripts with an interpreter line.

    Other program text looks like any text and is not told.
    """
    if text.startswith("#!") or _XML.match(text) or _is_json(text):
        raise UnsupportedError(
            "a line of text at its start would break this file, which programs read (JSON, XML or a script)",
            "该文件供程序读取（JSON、XML 或脚本），在开头加一行文字会使其无法使用",
            hint=Text(
                zh="请在展示其内容的地方显示标识；仅为该文件添加元数据标识：--only metadata。",
                en="Show the label where its content is shown, and put on the metadata mark alone: --only metadata.",
            ),
        )


def _is_json(text: str) -> bool:
    if not text.lstrip().startswith(("{", "[")):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _places(style: LabelStyle) -> tuple[str, ...]:
    return ("start", "end") if style.text_at == "both" else (style.text_at,)


def _change(file: TextFile, container: str, rules: LabelRules, style: LabelStyle) -> _Change:
    if container == "text":
        _refuse_data(file.text)
    is_markdown = container == "markdown"
    start = body_start(file.text) if is_markdown else 0
    if style.text == "superscript":
        wording.superscript(rules)  # Refuses a rulebook that has none.
    raised = f"<sup>{wording.raised_plain(rules)}</sup>" if is_markdown else wording.raised(rules)
    form = Form(
        newline=file.newline,
        line=wording.bracketed(rules, style),
        lines=wording.own_forms(rules),
        quote="> " if is_markdown else "",
        mark=raised if wording.raised(rules) else "",
        is_markdown=is_markdown,
    )
    body = file.text[start:]
    new = arranged(body, form, superscript=style.text == "superscript", places=_places(style))
    if start and file.text[start - 1] not in "\r\n":
        new = file.newline + new
    first, last, text = difference(body, new)
    return start + first, start + last, text


def _gaps(taken: list[tuple[int, int]], length: int) -> Iterator[tuple[int, int]]:
    """What lies between ranges, from the beginning to the end."""
    starts = [0, *(stop for _, stop in taken)]
    stops = [*(start for start, _ in taken), length]
    return zip(starts, stops, strict=True)


def _page_changes(page: str, rules: LabelRules, style: LabelStyle) -> list[_Change]:
    """The changes to a web page: our own labels out, the new ones where they belong without those."""
    own = html_page.own_labels(page)
    bare = "".join(page[start:stop] for start, stop in _gaps(own, len(page)))
    if style.text == "superscript":
        mark = html_page.superscript(wording.superscript(rules)[1])
        words = html_page.words(bare)
        at = html_page.place(bare)[0]
        wanted = {"start": words[0] if words else at, "end": words[1] if words else at}
    else:
        mark = html_page.banner(wording.sentences(rules, style))
        wanted = {"start": html_page.place(bare)[0], "end": html_page.end(bare)}
    changes = [(start, stop, "") for start, stop in own]
    for at in dict.fromkeys(wanted[place] for place in _places(style)):
        there = at  # The same place on the page as it is.
        for start, stop in own:
            there += stop - start if start < there else 0
        changes.append((there, there, mark))
    return sorted(changes, key=lambda change: change[:2])


LABELLER = TextLabeller()

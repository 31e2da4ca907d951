"""The label of texts: a first line in plain text and Markdown, a banner in a web page.

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
from overt.marks.label import html_page, wording
from overt.marks.label.model import LabelReport, LabelStyle
from overt.rulebook import LabelRules

_Change = tuple[int, int, str]
# Marks of Markdown that are not shown: quotes, headings, emphasis.
_MARKS = re.compile(r"^[>#\s]+|[*_`~]{1,3}")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_XML = re.compile(r"<\?xml[ \t\r\n]")
_LINE = re.compile(r"[^\r\n]+")
_FIRST_LINE = re.compile(r"\s*(?:> ?)?([^\r\n]*)")


class TextLabeller:
    """Labels for plain text, Markdown and HTML."""

    containers: tuple[str, ...] = ("text", "markdown", "html")

    def put(self, source: Path, target: Path, container: str, rules: LabelRules, style: LabelStyle) -> LabelReport:
        """Write `target`: the text with the label first, or with its own older label replaced."""
        file = _decoded(source, container)
        change = _change(file, container, rules, style)
        if container == "html" and not _declares_encoding(source):
            change = (change[0], change[1], in_ascii(change[2]))
        splice = file.splice([change], errors="xmlcharrefreplace")
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
        found = wording.find(_lines(file.text, container), rules)
        return LabelReport("text", found[0], (found[1],)) if found else None


def _decoded(path: Path, container: str) -> TextFile:
    with path.open("rb") as file:
        data = file.read(TEXT_LIMIT + 1)  # One byte too many makes it over budget, not cut short.
    return decode_page(data) if container == "html" else decode(data)


def _declares_encoding(page: Path) -> bool:
    with page.open("rb") as file:
        return declares_encoding(file.read(HEAD))


def _lines(text: str, container: str) -> Iterator[str]:
    """The lines that a person sees."""
    if container == "html":
        return html_page.visible_lines(text)
    if container == "markdown":
        shown = _COMMENT.sub("", text[body_start(text) :])
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


def _change(file: TextFile, container: str, rules: LabelRules, style: LabelStyle) -> _Change:
    if container == "html":
        start, stop = html_page.place(file.text)
        return start, stop, html_page.banner(wording.sentences(rules, style))
    if container == "text":
        _refuse_data(file.text)
    start = body_start(file.text) if container == "markdown" else 0
    label = wording.bracketed(rules, style)
    first = _FIRST_LINE.match(file.text, start)
    if first and first[1].rstrip() in wording.own_forms(rules):
        return first.start(1), first.start(1) + len(first[1].rstrip()), label
    newline = file.newline
    before = newline if start and file.text[start - 1] not in "\r\n" else ""
    quote = "> " if container == "markdown" else ""
    return start, start, f"{before}{quote}{label}{newline}{newline}"


LABELLER = TextLabeller()

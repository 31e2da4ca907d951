"""Labels that a PDF shows in real text: our own on any page, others on the first and the last.

Source: GB 45438-2025 clause 5.1 through the rulebook: both elements, at the beginning or the end.
Text whose font does not tell its letters, and pages that are a picture without text, are "could not tell".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pikepdf

from overt.errors import BudgetError, UnsupportedError
from overt.language import Text
from overt.marks.label import wording
from overt.marks.label.document.pdf_page import own_stream, sheet
from overt.marks.label.document.pdf_text import Chunk, lines, look, look_at
from overt.rulebook import LabelRules


@dataclass(frozen=True, slots=True)
class PageLabel:
    """A label on one page; `size_ratio` is its type size as a part of the page's shorter side, 0 if not our own."""

    page: int
    text: str
    size_ratio: float = 0.0


def own_labels(pdf: pikepdf.Pdf, rules: LabelRules, limit: int) -> Iterator[PageLabel]:
    """Our own labels, page by page: read from the stream that draws them, upright and inside the page or not at all."""
    if len(pdf.pages) > limit:
        raise BudgetError(
            f"the document has {len(pdf.pages)} pages; at most {limit} are looked at",
            f"文档有 {len(pdf.pages)} 页；最多处理 {limit} 页",
        )
    for number, page in enumerate(pdf.pages, start=1):
        own = own_stream(page)
        if own is None:
            continue
        on = sheet(page)
        shown = [chunk for chunk in look_at(own[0], page.resources).chunks if on.shows(chunk.x, chunk.y)]
        text = " ".join(line for line in lines(shown, on.to_display) if line)
        if rules.has_elements(text):
            yield PageLabel(number, text, max(chunk.size for chunk in shown) / on.shorter)


def other_labels(pdf: pikepdf.Pdf, rules: LabelRules) -> PageLabel | None:
    """A label in the first or the last lines of the first or the last page.

    Raises `UnsupportedError` where none was found and there was text or a picture that could not be read.
    """
    doubts: list[Text] = []
    for number in sorted({1, len(pdf.pages)}):
        read = [] if number == 0 else _page_lines(pdf.pages[number - 1], doubts, number)
        if found := wording.find([line for line in read if line], rules):
            return PageLabel(number, found[0])
        edges = [*read[: wording.ZONE_LINES], *read[-wording.ZONE_LINES :]]
        if None in edges:
            doubts.append(
                Text(
                    zh=f"第 {number} 页的文字所用字体未说明字符编码",
                    en=f"page {number} has text in a font that does not tell its letters",
                )
            )
    if doubts:
        raise UnsupportedError(
            f"a label could not be looked for: {'; '.join(doubt.en for doubt in doubts)}",
            f"无法判断文档中有无标识：{'；'.join(doubt.zh for doubt in doubts)}",
        )
    return None


def _page_lines(page: pikepdf.Page, doubts: list[Text], number: int) -> list[str | None]:
    on = sheet(page)
    found = look(page)
    # What lies invisibly under a scan says what the scan shows.
    chunks: list[Chunk] = [*found.chunks, *(found.invisible if found.images else ())]
    shown = [chunk for chunk in chunks if on.shows(chunk.x, chunk.y) and chunk.text != ""]
    if found.images and not shown:
        doubts.append(Text(zh=f"第 {number} 页是没有文字的图片", en=f"page {number} is a picture without text"))
    return list(lines(shown, on.to_display))

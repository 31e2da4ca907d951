"""The label of a book: a banner at the beginning of every document of its reading order.

Source: GB 45438-2025 clause 5.1 through the rulebook; EPUB 3.3 (W3C), 3.4 (spine), 8.2 (fixed layouts).
Each document can be copied out of the book, so each carries it. On pages of a fixed layout the banner lies over the
page instead of pushing it down. Documents that are drawings (SVG) or are not in the reading order are left as they are.
"""

from __future__ import annotations

from overt.errors import BudgetError, FormatError, ReadBackError
from overt.formats import zip_archive
from overt.formats.epub import Package
from overt.formats.html import declares_encoding, decode_page, in_ascii
from overt.formats.splice import Buffer, Splice
from overt.marks.label import wording
from overt.marks.label.model import LabelPlace, LabelReport, LabelStyle
from overt.marks.label.text import html_page
from overt.rulebook import LabelRules

PAGE_LIMIT = 16 << 20
"""The longest document that is labelled or read, in bytes."""
TOTAL_LIMIT = 256 << 20
"""The most bytes of all documents together: a book of ten thousand pages has 40 MiB."""


def _pages(package: Package) -> list[str]:
    """The documents in reading order, each once; those outside the main line come where the book has no other."""
    spine = list(package.spine())
    pages = list(dict.fromkeys(item.part for item in spine if item.is_linear)) or [item.part for item in spine]
    if not pages:
        raise FormatError("the book has no pages that can be labelled", "该电子书没有可标识的页面")
    missing = next((part for part in pages if part not in package.archive.by_name), None)
    if missing is not None:
        raise FormatError(f"the book has no {missing}", f"电子书中没有 {missing}")
    if sum(package.archive.by_name[part].size for part in pages) > TOTAL_LIMIT:
        raise BudgetError(
            f"the documents of the book have more than {TOTAL_LIMIT} bytes", f"电子书的正文超过 {TOTAL_LIMIT} 字节"
        )
    return pages


def label(data: Buffer, rules: LabelRules, style: LabelStyle) -> Splice:
    """The book with the banner on every page; own ones that are there already are replaced."""
    package = Package(data)
    package.refuse_protected()
    is_fixed = any(
        each.get("property") == "rendition:layout" and each.text.strip() == "pre-paginated"
        for each in package.document.elements
    )
    banner = html_page.banner(wording.sentences(rules, style), floating=is_fixed, old=not package.is_epub3)
    changed: dict[str, bytes] = {}
    for part in _pages(package):
        raw = package.raw(part, PAGE_LIMIT)
        file = decode_page(raw)
        start, stop = html_page.place(file.text)
        text = banner if declares_encoding(raw) else in_ascii(banner)
        new = file.splice([(start, stop, text)], errors="xmlcharrefreplace").apply(raw)
        if new != raw:
            changed[part] = new
    if not changed:
        return Splice([range(len(data))])
    return zip_archive.rewrite(data, package.archive, changed, deflate=True)


def read(data: Buffer, rules: LabelRules) -> LabelReport | None:
    """The label on the pages, each by itself. Raises `MediaError` where a page could not be read."""
    package = Package(data)
    package.refuse_protected()
    places: list[LabelPlace] = []
    words = ""
    for number, part in enumerate(_pages(package), start=1):
        page = decode_page(package.raw(part, PAGE_LIMIT)).text
        if found := wording.find(html_page.visible_lines(page), rules):
            words = words or found[0]
            places.append(LabelPlace(f"chapter {number}"))
    return LabelReport("document", words, tuple(places)) if places else None


def check(data: Buffer, report: LabelReport, rules: LabelRules) -> None:  # noqa: ARG001
    """Raises `ReadBackError` where a page has no label."""
    count = len(_pages(Package(data)))
    if len(report.places) != count:
        raise ReadBackError(
            f"{len(report.places)} of {count} pages of the book carry a label",
            f"电子书的 {count} 个页面中 {len(report.places)} 个带有标识",
        )

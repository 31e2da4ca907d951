"""What documents that are packages say: Word, Excel, PowerPoint, OpenDocument, EPUB.

Source: ECMA-376 part 1 (17.3 text runs, 18.4 shared strings, 21.1.2 text of shapes); OASIS ODF 1.3 part 3, 5 and 6;
EPUB 3.3. One walk over the markup serves all but EPUB: elements that hold text, elements that end a line, elements
that are passed over. Numbers in cells and the results of formulas are not words.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
from lxml import etree
from PIL import Image

from overt.errors import BudgetError, MediaError
from overt.formats import epub, odf, ooxml, zip_archive
from overt.formats.html import decode_page
from overt.marks.keep.contents import superscripts
from overt.marks.label.picture import raster
from overt.marks.label.text.html_page import visible_lines
from overt.media.budget import MIB, Budget

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from overt.formats.splice import Buffer
    from overt.formats.zip_archive import Archive

PART_LIMIT = 64 * MIB
"""The longest part that is parsed."""
TOTAL_LIMIT = 256 * MIB
"""All parts of one document together."""
PICTURE_LIMIT = 64 * MIB
"""Bytes of the largest picture that is decoded."""

_PARTS = {
    "docx": re.compile(r"word/(?:document|footnotes|endnotes)[0-9]*\.xml"),
    "xlsx": re.compile(r"xl/(?:sharedStrings|worksheets/sheet[0-9]+|drawings/drawing[0-9]+)\.xml"),
    "pptx": re.compile(r"ppt/slides/slide[0-9]+\.xml"),
}
# Where text stands: in elements of its own, or (OpenDocument) in paragraphs and what is inside them.
_WORDS = frozenset({"t"})
_ODF_WORDS = frozenset({"p", "h", "span", "a"})
_LINES = frozenset({"p", "h", "si", "tr", "br", "cr", "line-break", "is"})
_GAPS = frozenset({"tab", "s", "tc", "table-cell"})
# A second form of the same drawing, deleted text, how characters are spoken, remarks.
_PASSED = frozenset({"Fallback", "del", "moveFrom", "rPh", "tracked-changes", "annotation", "notes"})
_PICTURE = re.compile(r"\.(?:png|jpe?g|gif|webp|tiff?|bmp)\Z", re.IGNORECASE)
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP")


def text(data: Buffer, container: str) -> str:
    """The words, one block a line."""
    if container == "epub":
        return "\n".join(_pages(data))
    if container in _PARTS:
        package = ooxml.Package(data)
        names = sorted(filter(_PARTS[container].fullmatch, package.archive.by_name), key=_in_order)
        return "\n".join(_said(package.archive, data, name, _WORDS) for name in names)
    document = odf.Package(data)
    document.refuse_encrypted()
    return _said(document.archive, data, "content.xml", _ODF_WORDS)


def pictures(data: Buffer, container: str, budget: Budget) -> Iterator[NDArray[np.uint8]]:  # noqa: ARG001
    """Every picture in the package once, as it is stored."""
    archive = zip_archive.read(data)
    seen: set[bytes] = set()
    for entry in archive.entries:
        if not _PICTURE.search(entry.name) or entry.name.startswith(("docProps/", "Thumbnails/")):
            continue
        try:
            coded = zip_archive.content(data, entry, PICTURE_LIMIT)
            digest = sha256(coded).digest()
            if digest not in seen:
                seen.add(digest)
                yield _decoded(coded, budget)
        except (MediaError, OSError, ValueError, SyntaxError, EOFError):
            continue  # One that cannot be read does not keep the others from counting.


def _in_order(name: str) -> tuple[str, int]:
    """slide2 before slide10."""
    number = re.search(r"(\d+)\.xml\Z", name)
    return name.rstrip("0123456789.xml"), int(number[1]) if number else 0


def _pages(data: Buffer) -> Iterator[str]:
    book = epub.Package(data)
    book.refuse_protected()
    total = 0
    for part in dict.fromkeys(item.part for item in book.spine()):
        raw = book.raw(part, PART_LIMIT)
        total += len(raw)
        _within(total)
        yield from visible_lines(decode_page(raw).text)


def _said(archive: Archive, data: Buffer, name: str, words: frozenset[str]) -> str:
    """The words of one part."""
    entry = archive.by_name.get(name)
    if entry is None:
        return ""
    raw = zip_archive.content(data, entry, PART_LIMIT)
    return "".join(_spoken(ooxml.parse_xml(raw, name), words))


def _spoken(element: etree._Element, words: frozenset[str]) -> Iterator[str]:
    """The text in an element and below; the parser allows 256 levels."""
    local = etree.QName(element).localname
    if local in _PASSED or (local == "r" and _is_hidden(element)):
        return
    if local in words:
        yield element.text or ""
    for child in element.iterchildren(etree.Element):
        yield from _spoken(child, words)
        if local in words:
            yield child.tail or ""
    if local in _LINES:
        yield "\n"
    elif local in _GAPS:
        yield " "


def _is_hidden(run: etree._Element) -> bool:
    """Whether a run of Word is hidden, or is our label as a superscript."""
    namespace = etree.QName(run).namespace
    vanish = run.find(f"{{{namespace}}}rPr/{{{namespace}}}vanish")
    if vanish is not None and vanish.get(f"{{{namespace}}}val", "1") not in {"0", "false", "off"}:
        return True
    raised = run.find(f"{{{namespace}}}rPr/{{{namespace}}}vertAlign[@{{{namespace}}}val='superscript']")
    return raised is not None and run.findtext(f"{{{namespace}}}t", "") in superscripts()


def _within(total: int) -> None:
    if total > TOTAL_LIMIT:
        raise BudgetError(
            f"the document's text takes more than {TOTAL_LIMIT} bytes", f"文档文字超过 {TOTAL_LIMIT} 字节"
        )


def _decoded(coded: bytes, budget: Budget) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(coded), formats=_FORMATS) as image:
        raster.within(image.size, 1, budget)
        image.load()
        flat = Image.fromarray(raster.pixels(raster.plain(image)))
        flat.info = image.info
        return np.asarray(raster.upright(flat))

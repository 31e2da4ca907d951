"""The first lines of the demonstration's documents, as a person would read them.

Written for the files that the demonstration makes; it is no general reader of documents.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pikepdf
from docx import Document
from lxml import html

from overt.errors import UnsupportedError
from overt.marks.label.document import pdf_text

MAX_LINES = 16
MAX_LENGTH = 160


def lines(path: Path) -> list[str]:
    """The first lines of a text or a document. Raises `UnsupportedError` for other files."""
    readers = {".txt": _plain, ".md": _markdown, ".html": _page, ".docx": _word, ".pdf": _pdf}
    if path.suffix not in readers:
        raise UnsupportedError(f"no excerpt of {path.suffix}", f"无法摘录 {path.suffix}")
    found = [line.strip() for line in readers[path.suffix](path)]
    return [line if len(line) <= MAX_LENGTH else line[:MAX_LENGTH] + "…" for line in found if line][:MAX_LINES]


def _plain(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def _markdown(path: Path) -> list[str]:
    """The front matter, which is for machines, stands in one line."""
    text = path.read_text(encoding="utf-8")
    found = re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)
    if found is None:
        return text.splitlines()
    keys = ", ".join(re.findall(r"^(\w+):", found[1], re.MULTILINE))
    return [f"--- {keys}: … ---", *text[found.end() :].splitlines()]


def _page(path: Path) -> list[str]:
    body = html.fromstring(path.read_bytes()).find("body")
    return [] if body is None else ["".join(str(piece) for piece in block.itertext()) for block in body]


def _word(path: Path) -> list[str]:
    document = Document(str(path))
    header = [paragraph.text for section in document.sections for paragraph in section.header.paragraphs]
    return header + [paragraph.text for paragraph in document.paragraphs]


def _pdf(path: Path) -> list[str]:
    return [line for line in pdf_text.lines(first_page(path).chunks, pdf_text.IDENTITY) if line]


@dataclass(frozen=True, slots=True)
class Page:
    """The first page of a PDF: its size in points, and the texts on it with their places."""

    width: float
    height: float
    chunks: list[pdf_text.Chunk]


def first_page(path: Path) -> Page:
    """What the first page of a PDF says, and where."""
    with pikepdf.open(path) as pdf:
        page = pdf.pages[0]
        left, bottom, right, top = (float(edge) for edge in page.mediabox.as_list())
        return Page(right - left, top - bottom, pdf_text.look(page).chunks)

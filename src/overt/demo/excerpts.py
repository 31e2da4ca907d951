"""The first lines of the demonstration's documents, as a person would read them.

Written for the files that the demonstration makes: PDF text is read where its fonts carry ToUnicode maps with
two-byte codes, as ours do (ISO 32000-1, 9.10.3).
It is no general reader of documents.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pikepdf
from docx import Document
from lxml import html

from overt.errors import UnsupportedError

MAX_LINES = 16
MAX_LENGTH = 160


def lines(path: Path) -> list[str]:
    """The first lines of a text or a document. Raises `UnsupportedError` for other files."""
    readers = {".txt": _plain, ".md": _plain, ".html": _page, ".docx": _word, ".pdf": _pdf}
    if path.suffix not in readers:
        raise UnsupportedError(f"no excerpt of {path.suffix}", f"无法摘录 {path.suffix}")
    found = [line.strip() for line in readers[path.suffix](path)]
    return [line if len(line) <= MAX_LENGTH else line[:MAX_LENGTH] + "…" for line in found if line][:MAX_LINES]


def _plain(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def _page(path: Path) -> list[str]:
    body = html.fromstring(path.read_bytes()).find("body")
    return [] if body is None else ["".join(str(piece) for piece in block.itertext()) for block in body]


def _word(path: Path) -> list[str]:
    document = Document(str(path))
    header = [paragraph.text for section in document.sections for paragraph in section.header.paragraphs]
    return header + [paragraph.text for paragraph in document.paragraphs]


def _pdf(path: Path) -> list[str]:
    """The texts of the first page, from top to bottom."""
    with pikepdf.open(path) as pdf:
        page = pdf.pages[0].obj
        ink = _Ink()
        ink.read(page, page.Resources)
    return [text for _, text in sorted(ink.found, key=lambda item: -item[0])]


class _Ink:
    """The texts that a page draws, with their heights on it. Forms within forms to a depth of three."""

    def __init__(self) -> None:
        self.found: list[tuple[float, str]] = []
        self._codes: dict[str, str] = {}
        self._height = 0.0

    def read(self, target: pikepdf.Object, resources: pikepdf.Object, shift: float = 0.0, depth: int = 0) -> None:
        """Reads a content stream whose origin lies `shift` points above the page's."""
        saved: list[float] = []
        for step in pikepdf.parse_content_stream(target):
            operands, operator = list(step.operands), str(step.operator)
            if operator == "q":
                saved.append(shift)
            elif operator == "Q" and saved:
                shift = saved.pop()
            elif operator == "cm":
                shift += float(operands[5])
            elif operator == "Do" and depth < 3:
                form = resources["/XObject"][str(operands[0])]
                if form.get("/Subtype") == "/Form":
                    self.read(form, form.get("/Resources", resources), shift, depth + 1)
            else:
                self._text(operator, operands, resources, shift)

    def _text(self, operator: str, operands: list[Any], resources: pikepdf.Object, shift: float) -> None:
        match operator:
            case "Tf":
                self._codes = _to_unicode(resources["/Font"][str(operands[0])])
            case "BT":
                self._height = 0.0
            case "Tm":
                self._height = float(operands[5])
            case "Td" | "TD":
                self._height += float(operands[1])
            case "Tj":
                self.found.append((self._height + shift, _decoded(bytes(operands[0]), self._codes)))
            case "TJ":
                raw = b"".join(bytes(item) for item in operands[0] if isinstance(item, pikepdf.String))
                self.found.append((self._height + shift, _decoded(raw, self._codes)))


def _to_unicode(font: pikepdf.Object) -> dict[str, str]:
    stream = font.get("/ToUnicode")
    if stream is None:
        return {}
    text = stream.read_bytes().decode("latin-1")
    codes: dict[str, str] = {}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", text, re.DOTALL):
        for code, sign in re.findall(r"<([0-9A-Fa-f]{4})>\s*<([0-9A-Fa-f]+)>", block):
            codes[code.upper()] = bytes.fromhex(sign).decode("utf-16-be")
    for block in re.findall(r"beginbfrange(.*?)endbfrange", text, re.DOTALL):
        for first, last, sign in re.findall(r"<(\w{4})>\s*<(\w{4})>\s*<(\w{4})>", block):
            for step in range(min(int(last, 16) - int(first, 16), 0xFF) + 1):
                codes[f"{int(first, 16) + step:04X}"] = chr(int(sign, 16) + step)
    return codes


def _decoded(raw: bytes, codes: dict[str, str]) -> str:
    text = raw.hex().upper()
    return "".join(codes.get(text[at : at + 4], "") for at in range(0, len(text), 4))

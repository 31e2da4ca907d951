"""What a PDF says, by PDFium: the text of its pages, the pictures on them, and how its first page looks.

Source: ISO 32000-1; PDFium through pypdfium2 (BSD-3-Clause, Apache-2.0), thirty times as fast as readers in Python.
Words come in the order of the page's content, without what its fonts do not tell. A page that is one picture (a scan)
has no words here; the picture is compared as a picture.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from overt.errors import BudgetError, FormatError, SetupError, UnsupportedError
from overt.language import Text
from overt.media.budget import Budget

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from overt.formats.splice import Buffer

MOST_PAGES = 5_000
MOST_CHARACTERS = 16 << 20
_IMAGE = 3  # FPDF_PAGEOBJ_IMAGE


@contextmanager
def opened(data: Buffer) -> Iterator[Any]:
    """The document. Raises `MediaError` for what is none, `SetupError` where PDFium is not installed."""
    pdfium = _pdfium()
    try:
        document = pdfium.PdfDocument(bytes(data))
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower():
            raise UnsupportedError("the PDF needs a password", "该 PDF 需要密码") from error
        raise FormatError(f"PDFium cannot read the document: {error}", f"PDFium 无法读取该文档：{error}") from error
    with closing(document):
        if len(document) > MOST_PAGES:
            raise BudgetError(
                f"the document has {len(document)} pages; at most {MOST_PAGES} are read",
                f"文档有 {len(document)} 页；最多读取 {MOST_PAGES} 页",
            )
        try:
            yield document
        except pdfium.PdfiumError as error:
            raise FormatError(f"a page cannot be read: {error}", f"有页面无法读取：{error}") from error


def _pdfium() -> Any:
    try:
        return import_module("pypdfium2")
    except ImportError as error:
        raise SetupError(
            "reading the text of a PDF needs pypdfium2",
            "读取 PDF 文字需要 pypdfium2",
            hint=Text(zh='运行 pip install "overt[documents]"。', en='Run `pip install "overt[documents]"`.'),
        ) from error


def text(data: Buffer, container: str) -> str:  # noqa: ARG001
    """The words of all pages."""
    found: list[str] = []
    total = 0
    with opened(data) as document:
        for page in document:
            with closing(page), closing(page.get_textpage()) as words:
                total += words.count_chars()
                if total > MOST_CHARACTERS:
                    raise BudgetError(
                        f"the document has more than {MOST_CHARACTERS} characters",
                        f"文档超过 {MOST_CHARACTERS} 个字符",
                    )
                found.append(words.get_text_range())
    return "\n".join(found)


def pictures(data: Buffer, container: str, budget: Budget) -> Iterator[NDArray[np.uint8]]:  # noqa: ARG001
    """The pictures on all pages, each as it is stored: not cut, turned or mixed with what lies over it."""
    with opened(data) as document:
        for page in document:
            with closing(page):
                for item in page.get_objects(filter=[_IMAGE], max_depth=8):
                    width, height = item.get_px_size()
                    if width * height > budget.max_pixels:
                        continue
                    try:
                        yield _pixels(item.get_bitmap(render=False))
                    except _pdfium().PdfiumError:
                        continue  # A coding that PDFium does not decode here: the others still count.


def first_page(data: Buffer, side: int) -> NDArray[np.uint8] | None:
    """How the first page looks, RGB, with a longer side of so many pixels."""
    with opened(data) as document:
        if not len(document):
            return None
        with closing(document[0]) as page:
            scale = side / max(page.get_size())
            return _pixels(page.render(scale=min(scale, 4.0)))


def _pixels(bitmap: Any) -> NDArray[np.uint8]:
    raw = np.array(bitmap.to_numpy(), np.uint8)
    if raw.ndim == 2 or raw.shape[2] == 1:
        return raw.reshape(raw.shape[:2])
    colours = raw[:, :, 2::-1] if not bitmap.rev_byteorder else raw[:, :, :3]
    return np.ascontiguousarray(colours)

"""The label of documents: visible text on every page of a PDF; what packages show is in `packaged`.

Source: GB 45438-2025 clause 5.1 through the rulebook; Labeling Measures art. 4(1)(1) and 4(2).
The clause gives no size for documents; `overt.marks.label.document.pdf_page` says ours.
Reading finds real text; a scan is a picture, whose words this reader cannot tell, and says so.
"""

from __future__ import annotations

from pathlib import Path

import pikepdf

from overt.errors import BudgetError, FormatError, ReadBackError
from overt.formats.pdf import is_damaged, opened, refuse_protected, saved
from overt.formats.splice import write
from overt.marks.label import wording
from overt.marks.label.document import packaged
from overt.marks.label.document.pdf_font import embed, typeface
from overt.marks.label.document.pdf_page import (
    GLYPH_RATIO,
    Plate,
    draw,
    form,
    is_swallowed,
    looked_at,
    set_type,
    sheet,
    spot,
    take_back,
)
from overt.marks.label.document.pdf_read import PageLabel, other_labels, own_labels
from overt.marks.label.document.pdf_text import times
from overt.marks.label.model import LabelPlace, LabelReport, LabelStyle
from overt.rulebook import LabelRules

PAGE_LIMIT = 5_000
"""The most pages that are labelled: about two minutes of work."""


class DocumentLabeller:
    """Labels for PDF and for packages."""

    containers: tuple[str, ...] = ("pdf", *packaged.MODULES)

    def put(self, source: Path, target: Path, container: str, rules: LabelRules, style: LabelStyle) -> LabelReport:
        """Write `target`: every page of the PDF, or what opens first of another document, with the label.

        Raises `UnsupportedError` for signed and encrypted documents.
        """
        data = source.read_bytes()
        if container == "pdf":
            labelled = _labelled_pdf(data, rules, style)
            report = _check_pdf(labelled, rules)
            target.write_bytes(labelled)
            return report
        splice, report = packaged.labelled(data, container, rules, style)
        with source.open("rb") as old, target.open("wb") as new:
            write(splice, old, new)
        return report

    def read(self, path: Path, container: str, rules: LabelRules) -> LabelReport | None:
        """The label of the document, or None. Raises `MediaError` where text could not be told."""
        data = path.read_bytes()
        return _read_pdf(data, rules) if container == "pdf" else packaged.family(container).read(data, rules)


def _labelled_pdf(data: bytes, rules: LabelRules, style: LabelStyle) -> bytes:
    texts = [text for _, text in wording.sentences(rules, style)]
    short = next((text for text in rules.wording.value.both().values() if rules.has_elements(text)), texts[0])
    glyph = rules.reference_glyph.value
    face = typeface("".join(sorted({*"".join(texts), *short, glyph})))
    with opened(data, mend=False) as pdf:
        refuse_protected(pdf)
        if not len(pdf.pages):
            raise FormatError("the document has no pages", "文档没有页面")
        if len(pdf.pages) > PAGE_LIMIT:
            raise BudgetError(
                f"the document has {len(pdf.pages)} pages; at most {PAGE_LIMIT} are labelled",
                f"文档有 {len(pdf.pages)} 页；最多标识 {PAGE_LIMIT} 页",
            )
        take_back(pdf.pages)
        font = embed(pdf, face)
        forms: dict[Plate, pikepdf.Object] = {}
        for page in pdf.pages:
            on = sheet(page)
            plate = set_type(on, face, texts, short, glyph)
            if plate not in forms:
                forms[plate] = form(pdf, plate, face, font)
            seen = looked_at(page)
            x, y = spot(on, plate, seen, style.position)
            draw(page, forms[plate], times((1, 0, 0, 1, x, y), on.to_user), seen)
        return saved(pdf)


def _check_pdf(data: bytes, rules: LabelRules) -> LabelReport:
    """What the labels on a PDF measure. Raises `ReadBackError` if a page has none, or one that is too small."""
    glyph = rules.reference_glyph.value
    low, high = typeface(glyph).ink[glyph]
    with opened(data, mend=False) as pdf:
        labels = list(own_labels(pdf, rules, PAGE_LIMIT))
        count = len(pdf.pages)
        swallowed = next((number for number, page in enumerate(pdf.pages, start=1) if is_swallowed(page)), None)
    if swallowed:
        raise FormatError(
            f"the content of page {swallowed} breaks off in the middle: nothing that follows it is shown",
            f"第 {swallowed} 页的内容中途断开，其后的内容不会显示",
        )
    ratio = min((label.size_ratio for label in labels), default=0.0) * (high - low) / 1000
    if len(labels) != count or ratio < GLYPH_RATIO * 0.99:
        raise ReadBackError(
            f"{len(labels)} of {count} pages carry a label; its least glyph has {ratio:.2%} of the shorter side",
            f"{count} 页中 {len(labels)} 页带有标识；最小字高为短边的 {ratio:.2%}",
        )
    return _report(labels, {"glyph_height_ratio": round(ratio, 4)})


def _read_pdf(data: bytes, rules: LabelRules) -> LabelReport | None:
    with opened(data, mend=True) as pdf:
        if labels := list(own_labels(pdf, rules, PAGE_LIMIT)):
            return _report(labels, {})
        label = other_labels(pdf, rules)
        if label is None and is_damaged(pdf):
            raise FormatError(
                "the PDF is damaged, and a label may be in what is missing", "该 PDF 已损坏，无法判断有无标识"
            )
        return _report([label], {}) if label else None


def _report(labels: list[PageLabel], measures: dict[str, float]) -> LabelReport:
    places = tuple(LabelPlace(f"page {label.page}") for label in labels)
    return LabelReport("document", labels[0].text, places, measures)


LABELLER = DocumentLabeller()

"""The label of documents that are packages: Word, Excel, PowerPoint, OpenDocument, EPUB.

Source: GB 45438-2025 clause 5.1 through the rulebook; Labeling Measures art. 4(1)(1) and 4(2).
Each family has its own module, which is loaded when it is needed; this one only chooses among them.
"""

from __future__ import annotations

from importlib import import_module
from typing import Protocol, cast

from overt.errors import ReadBackError
from overt.formats.splice import Buffer, Splice
from overt.marks.label.model import LabelReport, LabelStyle
from overt.rulebook import LabelRules

MODULES = {
    "docx": "docx_body",
    "xlsx": "xlsx_sheet",
    "pptx": "pptx_slide",
    "odt": "odt_body",
    "ods": "ods_sheet",
    "odp": "odp_page",
    "epub": "epub_page",
}
"""Which module labels which container format."""


class Family(Protocol):
    """What each of the modules offers."""

    def label(self, data: Buffer, rules: LabelRules, style: LabelStyle) -> Splice:
        """The document with the label; an own one that is there already is replaced. Raises `MediaError`."""

    def read(self, data: Buffer, rules: LabelRules) -> LabelReport | None:
        """The label that the document shows, or None. Raises `MediaError` where it could not tell."""

    def check(self, data: Buffer, report: LabelReport, rules: LabelRules) -> None:
        """Raises `ReadBackError` where the label measured on a written document falls short."""


def family(container: str) -> Family:
    """The module for a container format."""
    return cast("Family", import_module(f"{__package__}.{MODULES[container]}"))


def labelled(data: Buffer, container: str, rules: LabelRules, style: LabelStyle) -> tuple[Splice, LabelReport]:
    """The document with its label, and what was measured on it. Raises `MediaError` or `ReadBackError`."""
    module = family(container)
    splice = module.label(data, rules, style)
    result = splice.apply(data)
    report = module.read(result, rules)
    if report is None:
        raise ReadBackError("the label is not in the document that was written", "写出的文档中未找到标识")
    module.check(result, report, rules)
    return splice, report

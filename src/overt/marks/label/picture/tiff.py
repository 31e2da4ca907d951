"""The visible label of TIFFs: on every page.

Source: GB 45438-2025 clause 5.2 through the rulebook. `tiff_pages` lays the label over, `find` recognises it. Masks
of transparency and previews too small for a label have none, nor have pictures that hang on a page (reduced copies in
SubIFDs).
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image

from overt.errors import FormatError, ReadBackError, UnsupportedError
from overt.formats import tiff
from overt.formats.tiff_directories import Directory, form, numbers, walk
from overt.formats.tiff_edits import Edits
from overt.language import Text
from overt.marks.files import mapped
from overt.marks.label import glyphs, placement
from overt.marks.label.model import LabelReport, LabelStyle
from overt.marks.label.picture import burn, exact, find, raster, tiff_cells, tiff_pages
from overt.media.budget import INSPECTION, MARKING, Budget
from overt.rulebook import LabelRules

_SUBFILE, _WIDTH, _CREDENTIAL = 0x00FE, 0x0100, 0xCD41
REDUCED, MASK = 1, 4
_DRIFT = 1.0
"""Levels by which a page may change on average beside its label."""
_REFINEMENTS = 4
"""Halvings of the steps of JPEG; after these, even the coarsest are fine."""
_MAX_WALKED = 256
"""Directories that are looked at for these pages."""
_MAX_READ = 8
"""Pages that are looked at for a label: a document that is labelled has one on its first."""


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a page is to have its label."""

    number: int
    page: tiff_cells.Page
    drawn: glyphs.Plate
    spot: placement.Spot
    aspect: float


class TiffLabeller:
    """Labels for TIFF."""

    containers: tuple[str, ...] = ("tiff",)

    def put(
        self,
        source: Path,
        target: Path,
        container: str,  # noqa: ARG002 - there is one
        rules: LabelRules,
        style: LabelStyle,
    ) -> LabelReport:
        """Write `target`: the TIFF with the label on every page, measured on what was written.

        A page that carries a sufficient label of ours stays as it is.
        """
        data = source.read_bytes()
        spots, reports = _spots(data, rules, style)
        if not spots:
            shutil.copyfile(source, target)
            return _worst(reports)
        shared = tiff_cells.shared(data)
        for refined in range(_REFINEMENTS + 1):
            edits = Edits(data)
            for one in spots:
                tiff_pages.paint(edits, one.page, one.drawn.image, one.spot, shared, refined=refined)
            new = edits.splice().apply(data)
            report = _worst(reports + _measured(data, new, spots, burn.wording(rules, style)[0], rules))
            try:
                burn.check(report, rules)
            except ReadBackError:
                # Pages in JPEG this coarse do not hold small type: spend more bytes on it, while that helps.
                if refined == _REFINEMENTS or not any(tiff_cells.is_jpeg(one.page) for one in spots):
                    raise
            else:
                break
        target.write_bytes(new)
        return report

    def read(self, path: Path, container: str, rules: LabelRules) -> LabelReport | None:  # noqa: ARG002
        """The label of our own kind on one of the first pages."""
        with mapped(path) as data:
            found = [each for each in islice(walk(data, form(data)), _MAX_WALKED) if isinstance(each, Directory)]
            pages = pictures(found)[:_MAX_READ]
        with raster.opened(path, "tiff") as image:
            for page in pages:
                shown = page_shown(image, page.page or 0, INSPECTION)
                if report := find.report_on(find.prepared(shown), shown.size, rules):
                    return report
        return None


LABELLER = TiffLabeller()


def _spots(data: bytes, rules: LabelRules, style: LabelStyle) -> tuple[list[_Spot], list[LabelReport]]:
    """Where each page is to have its label, and what was measured on pages that have one."""
    text, second = burn.wording(rules, style)
    spots: list[_Spot] = []
    reports: list[LabelReport] = []
    with raster.opened(data, "tiff") as image:
        for directory in pictures(tiff.sound(data, form(data))):
            number = directory.page or 0
            if (kind := kind_of(data, directory)) & MASK:
                continue
            page = tiff_cells.page_of(data, directory)
            shown = page_shown(image, number, MARKING)
            aspect = _pixel_aspect(image, page)
            try:
                drawn = placement.fit(*shown.size, rules, text, second, aspect)
            except UnsupportedError:
                if number and kind & REDUCED:
                    continue
                raise
            if report := exact.again(shown, rules, aspect):
                reports.append(report)
                continue
            spot = placement.place(burn.small_grey(shown), shown.size, drawn, style.position)
            spots.append(_Spot(number, page, drawn, spot, aspect))
    return spots, reports


def pictures(directories: Iterable[Directory]) -> list[Directory]:
    """The pages; that of a credential, which stands behind several others, holds no picture (C2PA 2.4, annex A)."""
    found = [each for each in directories if each.page is not None]
    return [each for each in found if each.get(_WIDTH) is not None or each.get(_CREDENTIAL) is None]


def kind_of(data: bytes, directory: Directory) -> int:
    """What a page is beside others: bits for a reduced copy and a mask, among others (TIFF 6.0, tag 254)."""
    entry = directory.get(_SUBFILE)
    return 0 if entry is None else next(iter(numbers(data, form(data), entry)), 0)


def page_shown(image: Image.Image, number: int, budget: Budget) -> Image.Image:
    """A page as it is displayed."""
    image.seek(number)
    raster.within(image.size, 1, budget)
    image.load()  # Pillow turns it as its orientation says.
    return raster.plain(image)


def _pixel_aspect(image: Image.Image, page: tiff_cells.Page) -> float:
    """A displayed pixel's width over its height, from the resolutions."""
    across, down = image.info.get("dpi") or image.info.get("resolution") or (1, 1)
    aspect = float(down) / float(across) if across > 0 and down > 0 else 1.0
    return 1 / aspect if page.orientation >= 5 else aspect


def _measured(old: bytes, new: bytes, spots: list[_Spot], text: str, rules: LabelRules) -> list[LabelReport]:
    """The labels on the new file's pages; raises where a page has changed beside its label."""
    reports = []
    with raster.opened(old, "tiff") as before, raster.opened(new, "tiff") as after:
        for one in spots:
            shown = page_shown(after, one.number, MARKING)
            left, top, size = one.spot.left, one.spot.top, one.drawn.size
            box = (left, top, left + size[0], top + size[1])
            _unchanged(page_shown(before, one.number, MARKING), shown, box)
            crop = shown.crop(box)
            grounds = (0, 255) if crop.mode in {"LA", "RGBA"} else (255,)
            inks = [glyphs.measure(raster.pixels(crop, over=ground), one.drawn, 0, 0) for ground in grounds]
            reports.append(exact.report(inks, shown.size, one.drawn, one.spot, text, rules, one.aspect))
    return reports


def _unchanged(before: Image.Image, after: Image.Image, box: tuple[int, int, int, int]) -> None:
    difference = np.abs(raster.pixels(before).astype(np.int16) - raster.pixels(after).astype(np.int16))
    difference[box[1] : box[3], box[0] : box[2]] = 0
    # A strip in JPEG that is coded again loses a little.
    if float(difference.mean()) > _DRIFT:
        raise UnsupportedError(
            "a page of this TIFF is coded in a way that a label would damage",
            "该 TIFF 的编码方式使添加标识会损坏图像",
            hint=Text(
                zh="请另存为不压缩或 LZW 压缩的 TIFF，再添加标识。",
                en="Save it uncompressed or with LZW compression, then label it.",
            ),
        )


def _worst(reports: list[LabelReport]) -> LabelReport:
    """All places, with the measures of the page whose label is the smallest for it, and the least contrast."""
    if not reports:
        raise FormatError("the TIFF holds no page that could carry a label", "TIFF 中没有可添加标识的页面")
    least = min(reports, key=lambda report: report.measures["glyph_height_ratio"])
    contrast = min(report.measures["contrast"] for report in reports)
    places = tuple(place for one in reports for place in one.places)
    return LabelReport("image", least.wording, places, least.measures | {"contrast": contrast})

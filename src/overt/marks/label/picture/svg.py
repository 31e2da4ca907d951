"""The visible label of SVG drawings: a group at the drawing's end, which is painted over all else.

Source: GB 45438-2025 clause 5.2 through the rulebook. `overt.marks.label.picture.svg_plate` draws it.
Nothing here renders a drawing: the label is measured on the paths that were written, and reading tells our own label by
its parts, and others' by the words of `text` elements. Letters that others have drawn as paths are not read, and
effects that the drawing puts on its root as a whole (opacity, filters, scripts) are not followed.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from overt.errors import BudgetError, FormatError, ReadBackError, UnsupportedError
from overt.formats import svg
from overt.formats.svg_document import Drawing, Element, decode, parse
from overt.formats.text import TEXT_LIMIT
from overt.language import Text
from overt.marks.label.model import LabelPlace, LabelReport, LabelStyle
from overt.marks.label.picture import svg_plate
from overt.marks.label.picture.burn import check, wording
from overt.marks.label.picture.svg_plate import OWN, STYLES
from overt.marks.label.picture.svg_view import View, view
from overt.marks.label.wording import says_so_of_itself
from overt.rulebook import LabelRules

_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|(?<![\w-])opacity\s*:\s*0(?:\.0*)?\s*(?:[;!]|$)",
    re.IGNORECASE,
)
_OFF_STAGE = frozenset({"defs", "symbol", "clipPath", "mask", "pattern", "marker", "metadata"})
_TOKEN = re.compile(r"([MLCQZ])|(-?(?:\d+\.?\d*|\.\d+)(?:e-?\d{1,3})?)")
_LONGEST_PATH = 100_000
"""Letters of a glyph's path; ours have two thousand."""
_SENTENCE = 60
"""The longest text that is taken for a label, as in running text."""


class SvgLabeller:
    """Labels for SVG; packed ones are read."""

    containers: tuple[str, ...] = ("svg", "svgz")

    def put(self, source: Path, target: Path, container: str, rules: LabelRules, style: LabelStyle) -> LabelReport:
        """Write `target`: the drawing with the label at its end, measured on what was written.

        A sufficient label of ours stays as it is; any other of ours is replaced.
        """
        if container != "svg":
            raise svg.packed()
        data = _bytes(source)
        drawing = parse(decode(data), OWN)
        shown = _view(drawing)
        old = _groups(drawing)
        if len(old) == 1 and _is_last(drawing, old[0]) and (report := _sufficient(drawing, old[0], shown, rules)):
            shutil.copyfile(source, target)
            return report
        text, second = wording(rules, style)
        plate = svg_plate.fit(shown, rules, text, second)
        _, place = svg_plate.spot(shown, plate, style.position)
        prefix = f"{drawing.root.prefix}:" if drawing.root.prefix else ""
        new = svg_plate.markup(shown, plate, place, prefix)
        changes = [(one.start, one.stop, "") for one in old]
        labelled = drawing.splice([*changes, drawing.inside(drawing.root, new, last=True)]).apply(data)
        again = parse(decode(labelled), OWN)
        (group,) = _groups(again)
        report = _report(again, group, _view(again), rules)
        if report is None:
            raise ReadBackError("the drawing's label could not be read back", "图形中的标识未能读回")
        check(report, rules)
        target.write_bytes(labelled)
        return report

    def read(self, path: Path, container: str, rules: LabelRules) -> LabelReport | None:
        """Our own label, or a text that says of itself that it was generated."""
        data = _bytes(path)
        drawing = parse(decode(svg.unpacked(data) if container == "svgz" else data), OWN)
        groups = _groups(drawing)
        for group in groups:
            if report := _report(drawing, group, _view(drawing), rules):
                return report
        for one in drawing.kept:
            words = " ".join(one.text.split())
            if one.name == "text" and _is_shown(one) and len(words) <= _SENTENCE and says_so_of_itself(words, rules):
                return LabelReport("image", words, (LabelPlace("text"),))
        return None


LABELLER = SvgLabeller()


def _bytes(path: Path) -> bytes:
    if path.stat().st_size > TEXT_LIMIT:
        raise BudgetError(f"a drawing of more than {TEXT_LIMIT} bytes", f"图形文件超过 {TEXT_LIMIT} 字节")
    return path.read_bytes()


def _view(drawing: Drawing) -> View:
    if not _is_shown(drawing.root):
        raise UnsupportedError(
            "the drawing hides itself",
            "图形将自身设为不可见",
            hint=Text(
                zh="请去掉根元素 <svg> 上的 display、visibility 或 opacity。",
                en="Take display, visibility or opacity off its root element <svg>.",
            ),
        )
    return view(drawing.root.attributes)


def _groups(drawing: Drawing) -> list[Element]:
    """Our own labels, whatever has become of them."""
    return [one for one in drawing.kept if len(one.path) == 2 and one.attributes.get(OWN) == "group"]


def _is_last(drawing: Drawing, group: Element) -> bool:
    return not drawing.file.text[group.stop : drawing.root.end].strip()


def _is_shown(one: Element) -> bool:
    values = one.attributes
    if values.get("display") == "none" or values.get("visibility") in {"hidden", "collapse"}:
        return False
    return (
        not (_OFF_STAGE & set(one.path))
        and _HIDDEN.search(values.get("style", "")) is None
        and (values.get("opacity", "1").strip() not in {"0", "0.0", "0%"})
    )


def _sufficient(drawing: Drawing, group: Element, shown: View, rules: LabelRules) -> LabelReport | None:
    report = _report(drawing, group, shown, rules)
    try:
        if report is not None:
            check(report, rules)
    except ReadBackError:
        return None
    return report


def _report(drawing: Drawing, group: Element, shown: View, rules: LabelRules) -> LabelReport | None:
    """What the group's paths measure; None where it is not as we wrote it, or lies outside of what is displayed."""
    parts = [one for one in drawing.kept if one is not group and group.start < one.start and one.stop <= group.stop]
    mine = [one for one in [group, *parts] if OWN in one.attributes]
    if any(one.attributes.get("style") != STYLES.get(one.attributes[OWN], "") for one in mine):
        return None
    words = group.attributes.get("aria-label", "")
    inked = [one for one in parts if one.attributes.get(OWN) == "glyph"]
    text = words[: len(inked)]
    plates = [one for one in parts if one.attributes.get(OWN) == "plate"]
    if not inked or len(plates) != 1 or not rules.has_elements(text):
        return None
    index = svg_plate.reference_index(text, rules)
    left, top, right, bottom = _extent(plates[0], shown)
    _, high, _, low = _extent(inked[index], shown)
    slack = (bottom - top) * 0.01
    if min(left, top) < -slack or right > shown.width + slack or bottom > shown.height + slack:
        return None
    side = min(shown.width, shown.height)
    measures = {
        "glyph_height_px": low - high,
        "shortest_side_px": side,
        "glyph_height_ratio": (low - high) / side,
        "contrast": svg_plate.contrast(),
    }
    where = _where((left + right) / 2 / shown.width, (top + bottom) / 2 / shown.height)
    box = (round(left), round(top), round(right - left), round(bottom - top))
    return LabelReport("image", text, (LabelPlace(where, box),), measures)


def _extent(path: Element, shown: View) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of a path's points in pixels; the typeface has its extremes on the outline."""
    data = path.attributes.get("d", "")
    numbers = [float(found[2]) for found in _TOKEN.finditer(data) if found[2]]
    if not numbers or len(numbers) % 2 or len(data) > _LONGEST_PATH:
        raise FormatError("a path of the label is none", "标识的路径数据有误")
    left, top = shown.pixels(min(numbers[::2]), min(numbers[1::2]))
    right, bottom = shown.pixels(max(numbers[::2]), max(numbers[1::2]))
    return left, top, right, bottom


def _where(x: float, y: float) -> str:
    """The place in the words of `Position`, from the label's centre (0 to 1)."""
    column = "-left" if x < 1 / 3 else "-right" if x > 2 / 3 else ""
    return ("top" if y < 0.5 else "bottom") + column

"""Checks of the explicit label: what people see and hear.

They judge what was measured on the file. The search for labels in pictures, sound and film knows labels of Overt's
own kind; where it found none there, another maker's may still be there, so the answer is `could-not-tell`.
"""

from __future__ import annotations

from typing import Any

from overt.inspection.conformance.model import Facts, Outcome, at
from overt.inspection.conformance.registry import check
from overt.language import Text
from overt.marks.label.model import where_in_words
from overt.marks.model import Reading
from overt.rulebook import MarkRules

START_SLACK_S = 0.1
"""A label that begins this late begins with the starting picture: one picture of a slow film, and rounding."""
_READABLE = ("text", "document")
_NO_LABEL = Text(zh="没有发现显式标识", en="no label was found")
_NOT_OURS = Text(
    zh="没有发现本工具能识别的显式标识；其他制作者的标识可能未被识别，请看或听内容本身",
    en="no label that Overt recognises was found; another maker's may go unseen: look at the content, or listen",
)


def _label(facts: Facts) -> Reading | Outcome:
    """The label's reading, or why there is nothing to measure."""
    if found := facts.found("label"):
        return found[0]
    if reason := facts.unread("label"):
        return Outcome("could-not-tell", reason)
    if facts.medium in _READABLE:
        return Outcome("not-met", _NO_LABEL)
    return Outcome("could-not-tell", _NOT_OURS)


def _measure(reading: Reading, name: str) -> float | None:
    value = reading.values.get("measures", {}).get(name)
    return float(value) if value is not None else None


def _places(reading: Reading) -> list[dict[str, Any]]:
    return list(reading.values.get("places", ()))


def _unmeasured(reading: Reading) -> Outcome:
    return Outcome("could-not-tell", Text(zh="未能测量", en="it could not be measured"), (at(reading),))


def _compared(met: bool, measured: Text, reading: Reading) -> Outcome:
    return Outcome("met" if met else "not-met", measured, (at(reading),))


@check
def label_found(facts: Facts, _rules: MarkRules, _value: Any) -> Outcome:
    """Whether the content carries a label that was measured."""
    label = _label(facts)
    if isinstance(label, Outcome):
        return label
    wording = label.values["wording"]
    where = where_in_words(label.carrier or "-")
    return Outcome("met", Text(zh=f"“{wording}”，{where.zh}", en=f"“{wording}”, {where.en}"), (at(label),))


@check
def label_elements(facts: Facts, rules: MarkRules, _value: Any) -> Outcome:
    """Whether the wording has both elements; the rhythm label has no wording and stands for them."""
    label = _label(facts)
    if isinstance(label, Outcome):
        return label
    wording = label.values["wording"]
    if _measure(label, "unit_seconds") is not None:
        return Outcome("met", Text(zh="节奏标识，无文字", en="the rhythm label has no words"), (at(label),))
    return _compared(rules.label.has_elements(wording), Text(zh=f"“{wording}”", en=f"“{wording}”"), label)


@check
def label_at_an_end(facts: Facts, _rules: MarkRules, _value: Any) -> Outcome:
    """Where in a text or a sound the label is: the reader looks at the start and the end."""
    label = _label(facts)
    if isinstance(label, Outcome):
        return label
    where = where_in_words(label.carrier or "-")
    return Outcome("met", where, (at(label),))


@check
def label_at_an_edge(facts: Facts, _rules: MarkRules, _value: Any) -> Outcome:
    """Whether the label is at an edge or a corner; the reader names the edge that it found."""
    label = _label(facts)
    if isinstance(label, Outcome):
        return label
    boxes = [place for place in _places(label) if place.get("box")]
    if not boxes:
        return _unmeasured(label)
    where = where_in_words(", ".join(dict.fromkeys(place["where"] for place in boxes)))
    left, top, width, height = boxes[0]["box"]
    told = f"{width} × {height} px @ {left}, {top}"
    edges = ("top", "bottom", "left", "right")
    met = all(any(edge in place["where"] for edge in edges) for place in boxes)
    return _compared(met, Text(zh=f"{where.zh}：{told}", en=f"{where.en}: {told}"), label)


@check
def label_height(facts: Facts, _rules: MarkRules, least: float) -> Outcome:
    """The ink of one full-height glyph, as a share of the displayed picture's shortest side."""
    label = _label(facts)
    if isinstance(label, Outcome):
        return label
    ratio = _measure(label, "glyph_height_ratio")
    if ratio is None:
        return _unmeasured(label)
    pixels, side = _measure(label, "glyph_height_px"), _measure(label, "shortest_side_px")
    told = f"{ratio:.2%}" + (f" ({pixels:.0f} / {side:.0f} px)" if pixels and side else "")
    return _compared(ratio >= least, Text(zh=told, en=told), label)


@check
def label_contrast(facts: Facts, _rules: MarkRules, least: float) -> Outcome:
    """The WCAG contrast ratio between the glyphs and their ground."""
    label = _label(facts)
    if isinstance(label, Outcome):
        return label
    contrast = _measure(label, "contrast")
    if contrast is None:
        return _unmeasured(label)
    told = f"{contrast:.1f} : 1"
    return _compared(contrast >= least, Text(zh=told, en=told), label)


@check
def label_from_the_start(facts: Facts, _rules: MarkRules, least: float) -> Outcome:
    """Whether the label is there from the starting picture on, and for how long, by presentation time."""
    label = _label(facts)
    if isinstance(label, Outcome):
        return label
    stretches = [place["seconds"] for place in _places(label) if place.get("seconds")]
    if not stretches:
        return _unmeasured(label)
    start, stop = min(stretches)
    told = f"{start:.2f} – {stop:.2f} s"
    return _compared(start <= START_SLACK_S and stop - start >= least, Text(zh=told, en=told), label)


@check
def label_pace(facts: Facts, _rules: MarkRules, rate: tuple[float, float]) -> Outcome:
    """The pace of a spoken label; the rhythm label is recognised by its pattern and has no pace."""
    label = _label(facts)
    if isinstance(label, Outcome):
        return label
    unit = _measure(label, "unit_seconds")
    if unit is not None:
        told = f"{unit * 1000:.0f} ms"
        return Outcome("met", Text(zh=f"节奏标识，单位 {told}", en=f"rhythm label, unit {told}"), (at(label),))
    pace = _measure(label, "characters_per_minute")
    if pace is None:
        return _unmeasured(label)
    measured = Text(zh=f"每分钟 {pace:.0f} 字", en=f"{pace:.0f} characters a minute")
    return _compared(rate[0] <= pace <= rate[1], measured, label)

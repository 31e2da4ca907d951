"""The conformance report: for each file, what each clause asks and what was measured, as one page.

It shows findings (`overt.inspection.conformance`) and judges nothing: no total, no seal, no word but met, not met and
could not tell. The content stands beside its findings, with the label's place drawn on it, so that a person can look.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from overt.inspection import Inspection
from overt.inspection.conformance import Finding, State
from overt.language import Text
from overt.report import drawing, parts
from overt.report.markup import Markup, both, esc, pair
from overt.report.page import page
from overt.report.preview import Picture, Preview

STATES: dict[State, Text] = {
    "met": Text(zh="符合", en="Met"),
    "not-met": Text(zh="不符合", en="Not met"),
    "could-not-tell": Text(zh="无法判断", en="Could not tell"),
}
SOURCES = {
    "read": Text(zh="据公开来源原文", en="read in a public source"),
    "read2": Text(
        zh="据多个二手来源，官方文本未见", en="several second-hand sources; the official text was not at hand"
    ),
    "memory": Text(zh="凭记忆，使用前请核对", en="from memory: check before relying on it"),
    "ours": Text(zh="本项目的选择", en="a choice of this project"),
}
_WORDS = {
    "title": Text(zh="逐条测量报告", en="Clause by clause"),
    "intro": Text(
        zh="下面按条款列出对文件的要求、测得的数值及其依据。本报告只陈述测量结果，不作合规结论；无法判断的如实写明。",
        en="Below, clause by clause: what is asked of the file, what was measured, and where. The report says what was"
        " measured and draws no conclusion about compliance; what could not be told is said so.",
    ),
    "applies": Text(
        zh="条款以内容经人工智能生成合成为前提；本文件没有任何标识或痕迹说明这一点。",
        en="The clauses presuppose that the content was generated or synthesised; nothing in this file says so.",
    ),
    "clause": Text(zh="条款与要求", en="Clause, and what it asks"),
    "measured": Text(zh="测量结果", en="Measured"),
    "state": Text(zh="结果", en="Result"),
    "encouraged": Text(zh="鼓励，非强制", en="encouraged, not required"),
    "readings": Text(zh="读取到的标识", en="What the readers found"),
    "where": Text(zh="位置", en="where"),
    "nothing to show": Text(zh="此格式无法在此展示", en="This format cannot be shown here"),
    "files": Text(zh="文件", en="Files"),
}
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_ICONS = {"met": "v-confirmed", "not-met": "v-suspected", "could-not-tell": "v-unreadable"}
_LOOKS = {"met": "none", "not-met": "confirmed", "could-not-tell": "unreadable"}
"""Which colours of the page a state takes; the word and the icon always stand beside the colour."""


@dataclass(frozen=True, slots=True)
class Examined:
    """One file of the report."""

    inspection: Inspection
    findings: tuple[Finding, ...]
    preview: Preview


def write(examined: Sequence[Examined], version: str, date: str) -> str:
    """The page as HTML."""
    title = Text(zh=f"明示 Overt · {_WORDS['title'].zh}", en=_WORDS["title"].en)
    listed = "".join(
        f'<li><a href="#f{number}">{_icon(_worst(each))}<span>{esc(each.inspection.file)}</span></a></li>'
        for number, each in enumerate(examined, 1)
    )
    cards = "\n".join(_card(number, each) for number, each in enumerate(examined, 1))
    legend = "".join(
        f'<li id="source-{mark}"><span class="duty">{mark}</span> {both(told)}</li>' for mark, told in SOURCES.items()
    )
    body = f"""<div class="top"><h1><span>{both(_WORDS["title"])}</span></h1>{pair(_WORDS["intro"], "intro")}</div>
<main>
{f'<nav aria-label="{esc(_WORDS["files"].zh)}"><ol class="glance">{listed}</ol></nav>' if len(examined) > 1 else ""}
{cards}
</main>
<footer><ul>{legend}</ul><p>Overt {esc(version)} · {esc(date)}</p></footer>"""
    return page(title, body)


def _worst(each: Examined) -> State:
    states = {finding.outcome.state for finding in each.findings if finding.clause.force == "must"}
    return next((state for state in ("not-met", "could-not-tell") if state in states), "met")


def _card(number: int, each: Examined) -> Markup:
    answer = each.inspection.as_json()
    chips = [esc(answer["media_type"] or "?"), f"SHA-256 <code>{esc((answer['sha256'] or '—')[:16])}…</code>"]
    quiet = "" if _speaks(each.inspection) else pair(_WORDS["applies"], "notice unreadable")
    readings = "".join(parts.reading(reading) for reading in answer["readings"])
    books = "\n".join(
        _book(list(findings)) for _, findings in groupby(each.findings, key=lambda finding: finding.rulebook.id)
    )
    return f"""<article class="card" id="f{number}" aria-labelledby="t{number}">
<header><p class="no" aria-hidden="true">{number:02d}</p>
<h3 id="t{number}">{esc(answer["file"])}</h3>{parts.badge(answer["verdict"])}</header>
<ul class="chips">{"".join(f"<li>{chip}</li>" for chip in chips)}</ul>
<div class="two"><section>{_figure(each.preview, answer)}</section>
<section>{parts.verdict(answer)}</section></div>
{quiet}
{books}
<h4>{both(_WORDS["readings"])}</h4>
<dl class="marks">{readings}</dl>{parts.aigc(answer["aigc"])}
</article>"""


def _speaks(inspection: Inspection) -> bool:
    return inspection.verdict.kind in ("confirmed", "possible", "suspected")


def _book(findings: list[Finding]) -> Markup:
    rulebook = findings[0].rulebook
    counted = Counter(finding.outcome.state for finding in findings)
    totals = "".join(
        f'<li class="badge {_LOOKS[state]}">{_icon(state)} <b>{counted[state]}</b> {both(STATES[state])}</li>'
        for state in STATES
    )
    rows = "\n".join(_row(finding) for finding in findings)
    head = "".join(f'<th scope="col">{both(_WORDS[name])}</th>' for name in ("clause", "measured", "state"))
    return f"""<h4>{both(rulebook.jurisdiction)} <code>{esc(rulebook.id)}</code></h4>
<ul class="chips">{totals}</ul>
<table class="clauses"><thead><tr>{head}</tr></thead><tbody>
{rows}
</tbody></table>"""


def _row(finding: Finding) -> Markup:
    clause, outcome = finding.clause, finding.outcome
    soft = f' <span class="quiet">{both(_WORDS["encouraged"])}</span>' if clause.force == "may" else ""
    note = pair(clause.note, "quiet") if clause.note else ""
    places = ", ".join(dict.fromkeys(outcome.evidence))
    where = f'<p class="quiet">{both(_WORDS["where"])}: <code>{esc(places)}</code></p>' if places else ""
    state = f'<span class="badge {_LOOKS[outcome.state]}">{_icon(outcome.state)}{both(STATES[outcome.state])}</span>'
    source = f'<a class="duty" href="#source-{clause.mark}">{esc(clause.mark)}</a>'
    return f"""<tr><th scope="row">{pair(clause.text)}{note}<p class="quiet"><code>{esc(clause.clause)}</code>
<span class="duty">{esc(clause.duty)}</span> {source}{soft}</p></th>
<td>{pair(outcome.measured)}{where}</td>
<td class="says">{state}</td></tr>"""


def _icon(state: State) -> Markup:
    return f'<svg class="icon" aria-hidden="true"><use href="#{_ICONS[state]}"/></svg>'


def _figure(preview: Preview, answer: Mapping[str, Any]) -> Markup:
    """The content with the places of label and watermark drawn on it."""
    places = _places(answer, "label")
    if preview.pictures:
        marks = _places(answer, "watermark")
        shown = [_picture(each, places, marks, answer["file"]) for each in preview.pictures]
        return (
            shown[0] if len(shown) == 1 else f'<ol class="strip">{"".join(f"<li>{each}</li>" for each in shown)}</ol>'
        )
    if preview.bars:
        return _wave(preview, places)
    if preview.lines:
        return f'<div class="sheet" tabindex="0">{"".join(f"<p>{esc(line)}</p>" for line in preview.lines)}</div>'
    icon = '<svg viewBox="0 0 24 24" aria-hidden="true"><use href="#i-file"/></svg>'
    return f'<div class="tile">{icon}{both(_WORDS["nothing to show"])}</div>'


def _places(answer: Mapping[str, Any], mark: str) -> list[Mapping[str, Any]]:
    return [
        place
        for reading in answer["readings"]
        if reading["mark"] == mark and reading["state"] == "found"
        for place in reading["values"].get("places", ())
    ]


def _picture(
    picture: Picture, places: Sequence[Mapping[str, Any]], marks: Sequence[Mapping[str, Any]], name: str
) -> Markup:
    # The picture was made by the process that read the file: only Base64 gets onto the page.
    data = picture.jpeg if _BASE64.fullmatch(picture.jpeg) else ""
    shown = [place["box"] for place in places if place.get("box") and _on_screen(place, picture.time)]
    # A film's outline is that of one picture as good as of another.
    over = drawing.outlines(picture.width, picture.height, [each["outline"] for each in marks if each.get("outline")])
    over += drawing.boxes(picture.width, picture.height, shown)
    time = "" if picture.time is None else f"<span>{picture.time:.2f} s</span>"
    return f'<div class="frame"><img src="data:image/jpeg;base64,{data}" alt="{esc(name)}">{over}</div>{time}'


def _on_screen(place: Mapping[str, Any], time: float | None) -> bool:
    stretch = place.get("seconds")
    return time is None or not stretch or stretch[0] <= time < stretch[1]


def _wave(preview: Preview, places: Sequence[Mapping[str, Any]]) -> Markup:
    stretches = [place["seconds"] for place in places if place.get("seconds")]
    every = max(1, round(preview.seconds / 8))
    return drawing.wave(preview.bars, preview.seconds, preview.seconds, stretches, every)

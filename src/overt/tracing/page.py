"""The page of a trace: the copy beside what was released or reported, and what leads from one to the other.

It shows a trace and judges nothing. The copy's figure is made in the guarded process, the content's from what was kept.
"""

from __future__ import annotations

import os
import re
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from overt.errors import MediaError, UsageError
from overt.inspection.conformance import medium_of
from overt.inspection.fingerprint import KINDS, match_in_words
from overt.language import Text
from overt.report import drawing, parts
from overt.report.markup import Markup, both, data_uri, esc, pair
from overt.report.page import page
from overt.report.preview import Preview, preview
from overt.report.wording import WORDS as NAMES
from overt.tracing.agreement import WORDS, error_rate
from overt.tracing.finder import match_values
from overt.tracing.model import POINTERS

if TYPE_CHECKING:
    from overt.store.previews import Preview as Kept
    from overt.tracing.model import Candidate, Mark, Outcome, Trace
    from overt.tracing.tracer import Tracer

MOST_SHOWN = 5
"""Candidates of one file on the page, the surest."""
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_OUTCOMES: dict[Outcome, tuple[Text, str]] = {
    "found": (Text(zh="已找到记录", en="Record found"), "confirmed"),
    "not-found": (Text(zh="没有找到我方内容", en="Nothing of ours found"), "none"),
    "could-not-tell": (Text(zh="无法判断", en="Could not tell"), "unreadable"),
}
_TITLE = Text(zh="副本回溯", en="From copies to records")
_INTRO = Text(
    zh="左侧为收到的文件，右侧为我方记录中的内容。相似只是一项读数，附有距离和误报率；水印编号与内容相符才算确认。",
    en="On the left the file that came in, on the right what our record holds. A likeness is a reading, with its "
    "distance and its error rate; a watermark's id confirms only together with the content.",
)
_COPY = Text(zh="收到的文件", en="The file")
_CONTENT = Text(zh="记录中的内容", en="In the record")
_NOTHING = Text(zh="没有可显示的画面", en="Nothing to show")
_ROWS = {
    "producer": Text(zh="提供者", en="Producer"),
    "released": Text(zh="发布时间", en="Released"),
    "techniques": Text(zh="技术", en="Techniques"),
    "system": Text(zh="系统", en="System"),
    "ledger": Text(zh="账本条目", en="Ledger entry"),
    "kept": Text(zh="仍在的标识", en="Marks found"),
    "lost": Text(zh="丢失的标识", en="Marks lost"),
    "unread": Text(zh="无法读取的标识", en="Marks not read"),
    "reported": Text(zh="被举报", en="Reported"),
    "reason": Text(zh="原因", en="Reason"),
    "led": Text(zh="线索", en="Led by"),
}
_PROVED = {
    True: Text(zh="证明成立", en="proved under the present root"),
    False: Text(zh="证明不成立", en="the proof does not hold"),
    None: Text(zh="未证明", en="not proved"),
}


class Page:
    """The page that `--report` writes, filled file by file."""

    def __init__(self, target: Path) -> None:
        if not target.absolute().parent.is_dir() or target.is_dir():
            raise UsageError(f"{target} cannot be written as a page", f"无法把网页写到 {target}")
        self._target = target
        self._cards: list[Markup] = []

    def add(self, tracer: Tracer, path: Path, trace: Trace) -> None:
        """Adds a file with what it leads to."""
        examination = trace.inspection.examination
        medium, shown = medium_of(examination.media_type), Preview()
        if medium and examination.container:
            try:
                guard = tracer.inspector.guard
                shown = guard.call(preview, path.absolute(), examination.container, medium, tracer.inspector.budget)
            except MediaError:
                shown = Preview()
        self._cards.append(_card(len(self._cards) + 1, trace, shown))

    def write(self) -> None:
        """Writes the page, in one step. Raises `UsageError` where it may not be written."""
        date = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
        body = f"""<div class="top"><h1><span>{both(_TITLE)}</span></h1>{pair(_INTRO, "intro")}</div>
<main>{"".join(self._cards)}</main><footer><p>Overt {esc(version("overt"))} · {esc(date)}</p></footer>"""
        try:
            descriptor, beside = tempfile.mkstemp(dir=self._target.absolute().parent, prefix=".overt-report-")
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(page(Text(zh=f"明示 Overt · {_TITLE.zh}", en=_TITLE.en), body))
            Path(beside).chmod(0o644)
            Path(beside).replace(self._target)
        except OSError as error:
            raise UsageError(f"the report cannot be written: {error}", f"无法写入报告：{error}") from error


def _card(number: int, trace: Trace, shown: Preview) -> Markup:
    word, look = _OUTCOMES[trace.outcome]
    icon = f'<svg class="icon" aria-hidden="true"><use href="#v-{look}"/></svg>'
    against = "".join(f"<li>{pair(each.text)}</li>" for each in trace.contradictions)
    records = "".join(_candidate(each, shown, trace.file) for each in trace.candidates[:MOST_SHOWN])
    alone = "" if records else f"<div class='two'><section>{_figure(shown, trace.file)}</section></div>"
    gaps = "".join(f"<li>{both(KINDS[gap.kind])}: {both(gap.reason)}</li>" for gap in trace.gaps)
    return f"""<article class="card" id="f{number}" aria-labelledby="t{number}">
<header><p class="no" aria-hidden="true">{number:02d}</p><h3 id="t{number}">{esc(trace.file)}</h3>
<span class="badge {look}">{icon}{both(word)}</span>{parts.badge(trace.inspection.verdict.kind)}</header>
{f'<h5>{both(NAMES["contradictions"])}</h5><ul class="against">{against}</ul>' if against else ""}
{records}{alone}
{f'<ul class="quiet">{gaps}</ul>' if gaps else ""}
</article>"""


def _candidate(each: Candidate, shown: Preview, name: str) -> Markup:
    box = next((mark.likeness.box for mark in each.marks if mark.likeness), None)
    agrees = any(mark.agreement == "agrees" for mark in each.marks)
    rows = "".join(f"<dt>{both(_ROWS[key])}</dt><dd>{value}</dd>" for key, value in _record(each) if value)
    evidence = "".join(f"<dt>{both(title)}</dt><dd>{told}</dd>" for title, told in _evidence(each))
    return f"""<h4><code>{esc(each.content_id)}</code></h4>
<div class="two"><section><h5>{both(_COPY)}</h5>{_figure(shown, name)}</section>
<section><h5>{both(_CONTENT)}</h5>{_kept(each.preview, each.content_id, box if agrees else None)}</section></div>
<dl class="marks">{rows}{evidence}</dl>"""


def _record(each: Candidate) -> list[tuple[str, Markup]]:
    led = ", ".join(both(POINTERS[pointer]) for pointer in each.led_by)
    if each.report:
        return [("led", led), ("reported", esc(each.report.remembered)), ("reason", esc(each.report.reason))]
    if each.release is None:
        return [("led", led)]
    marks = {"kept": each.kept_marks, "lost": each.lost, "unread": each.unread}
    return [
        ("led", led),
        ("producer", esc(each.release.producer)),
        ("released", esc(each.release.released)),
        ("techniques", esc(", ".join(each.release.techniques))),
        ("system", esc(each.release.system)),
        ("ledger", f"{each.ledger_index} · {both(_PROVED[each.proved])}"),
        *((key, ", ".join(both(NAMES[mark]) for mark in found)) for key, found in marks.items()),
    ]


def _evidence(each: Candidate) -> list[tuple[Text, Markup]]:
    rows = [(NAMES["watermark"], _mark(mark)) for mark in each.marks]
    return rows + [(KINDS[match.kind], both(match_in_words(match_values(match)))) for match in each.matches]


def _mark(mark: Mark) -> Markup:
    sure = f"p ≤ 10<sup>{mark.values['p']:.0f}</sup>"
    told = f"<code>{esc(mark.values['id'])}</code> · {sure} · {both(WORDS[mark.agreement])}"
    if mark.likeness is None:
        return told
    score, rate = mark.likeness.score, error_rate(mark.likeness)
    laid = Text(
        zh=f"按水印位置与原件比对：相关系数 {score:.2f}，误报率 {rate:.1g}",
        en=f"laid on the content by the watermark: correlation {score:.2f}, error rate {rate:.1g}",
    )
    return f"{told}<br>{both(laid)}"


def _figure(shown: Preview, name: str) -> Markup:
    """The copy, as the guarded process drew it: only Base64 gets onto the page."""
    if shown.pictures:
        drawn = [each.jpeg for each in shown.pictures if _BASE64.fullmatch(each.jpeg)]
        framed = [
            f'<div class="frame"><img src="data:image/jpeg;base64,{each}" alt="{esc(name)}"></div>' for each in drawn
        ]
        return _strip(framed)
    if shown.bars:
        return drawing.wave(shown.bars, shown.seconds, shown.seconds, (), max(1, round(shown.seconds / 8)))
    if shown.lines:
        return f'<div class="sheet" tabindex="0">{"".join(f"<p>{esc(line)}</p>" for line in shown.lines)}</div>'
    return pair(_NOTHING, "quiet")


def _kept(kept: Kept | None, content_id: str, box: tuple[float, float, float, float] | None) -> Markup:
    """The content; with `box`, where in it the copy lies."""
    if kept is None:
        return pair(_NOTHING, "quiet")
    framed = []
    for each in kept.pictures:
        left, top, right, bottom = box or (0.0, 0.0, 0.0, 0.0)
        place = (each.width * left, each.height * top, each.width * (right - left), each.height * (bottom - top))
        over = drawing.boxes(each.width, each.height, [place]) if box else ""
        picture = data_uri("image/webp", each.path.read_bytes())
        framed.append(f'<div class="frame"><img src="{picture}" alt="{esc(content_id)}">{over}</div>')
    if framed:
        return _strip(framed)
    if kept.bars:
        return drawing.wave(kept.bars, kept.seconds, kept.seconds, (), max(1, round(kept.seconds / 8)))
    if kept.excerpt:
        lines = "".join(f"<p>{esc(line)}</p>" for line in kept.excerpt.splitlines())
        return f'<div class="sheet" tabindex="0">{lines}</div>'
    return pair(_NOTHING, "quiet")


def _strip(framed: list[Markup]) -> Markup:
    if len(framed) == 1:
        return framed[0]
    return f'<ol class="strip">{"".join(f"<li>{each}</li>" for each in framed)}</ol>'

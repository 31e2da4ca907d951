"""The report of the demonstration: one HTML file that a person opens, without a network and without scripts.

Chinese and English stand side by side, or one of them alone.
Input is what `overt mark --json` and `overt inspect --json` print (design, section 7); the page shows what they
say and judges nothing itself.
The page's frame and its style are `report.html` beside this module.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

from overt.demo import figures
from overt.demo.markup import Markup, both, esc, pair
from overt.demo.typeface import font_face
from overt.demo.wording import AIGC_KEYS, NOT_PROVED, VERDICTS, WORDS
from overt.language import Text
from overt.marks.label.measures import in_words
from overt.marks.label.model import where_in_words
from overt.rulebook import load

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One content on its way: as the generator left it, as it was released, and what inspection said.

    `marked` is what `overt mark --json` prints for it, `inspected` what `overt inspect --json` prints.
    """

    title: Text
    how: Text
    technique: str
    kind: figures.Kind
    before: Path
    after: Path
    marked: Json
    inspected: Json
    sources: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Returned:
    """One file as a stranger handed it in, and what inspection said. `as_promised` is the demonstration's check."""

    title: Text
    done: Text
    path: Path
    inspected: Json
    as_promised: bool = True


@dataclass(frozen=True, slots=True)
class Run:
    """Facts about the run that the page opens with."""

    producer: str
    version: str
    seconds: float
    date: str


def write(target: Path, exhibits: Sequence[Exhibit], returned: Sequence[Returned], run: Run) -> Path:
    """The report, written as one file."""
    template = Template(files("overt.demo").joinpath("report.html").read_text(encoding="utf-8"))
    parts = {
        "facts": _facts(exhibits, returned, run),
        "glance": "".join(_glance(number, exhibit) for number, exhibit in enumerate(exhibits, 1)),
        "cards": "\n".join(_card(number, exhibit) for number, exhibit in enumerate(exhibits, 1)),
        "rows": "\n".join(_row(item) for item in returned),
        "legend": _legend(),
        "producer": esc(run.producer),
        "version": esc(run.version),
        "date": esc(run.date),
    }
    letters = template.safe_substitute(parts)
    page = template.substitute(parts, typeface=font_face(letters))
    target.write_text(page, encoding="utf-8")
    return target


def _facts(exhibits: Sequence[Exhibit], returned: Sequence[Returned], run: Run) -> Markup:
    readings = [reading for item in exhibits for reading in item.inspected["readings"] if reading["state"] == "found"]
    verdicts = Counter(item.inspected["verdict"] for item in exhibits)
    facts = (
        (len(exhibits), WORDS["contents"]),
        (len(readings), WORDS["marks read back"]),
        (f"{verdicts['confirmed']}/{len(exhibits)}", WORDS["recognised"]),
        (len(returned), WORDS["files from strangers"]),
        (f"{run.seconds:.0f} s", WORDS["from first to last"]),
    )
    return "".join(f"<li><b>{esc(value)}</b> <span>{both(name)}</span></li>" for value, name in facts)


def _badge(verdict: str) -> Markup:
    """The verdict as colour, icon and word: never as colour alone."""
    return (
        f'<span class="badge {verdict}"><svg class="icon" aria-hidden="true"><use href="#v-{verdict}"/></svg>'
        f"{both(VERDICTS[verdict])}</span>"
    )


def _glance(number: int, exhibit: Exhibit) -> Markup:
    verdict = exhibit.inspected["verdict"]
    word = VERDICTS[verdict]
    return (
        f'<li><a href="#c{number}"><svg class="icon {verdict}" role="img" aria-label="{esc(word.zh)} {esc(word.en)}">'
        f'<use href="#v-{verdict}"/></svg><span>{both(exhibit.title)}</span></a></li>'
    )


def _legend() -> Markup:
    return "".join(f"<li>{_badge(kind)}{pair(NOT_PROVED[kind])}</li>" for kind in VERDICTS)


def _card(number: int, exhibit: Exhibit) -> Markup:
    answer = exhibit.inspected
    technique = load("cn").techniques.get(exhibit.technique)
    chips = [
        both(technique) if technique else esc(exhibit.technique),
        f"<code>{esc(exhibit.after.name)}</code>",
        esc(answer["media_type"] or "?"),
        figures.size(exhibit.after),
    ]
    return f"""<article class="card" id="c{number}" aria-labelledby="t{number}">
<header><p class="no" aria-hidden="true">{number:02d}</p>
<h3 id="t{number}">{both(exhibit.title)}</h3>{_badge(answer["verdict"])}</header>
<ul class="chips">{"".join(f"<li>{chip}</li>" for chip in chips)}</ul>
{pair(exhibit.how, "how")}
{figures.sources(exhibit.sources)}
{figures.before_and_after(exhibit.kind, exhibit.before, exhibit.after, _label(answer))}
<div class="two">
<section><h4>{both(WORDS["where the marks sit"])}</h4>{_marks(exhibit)}</section>
<section><h4>{both(WORDS["verdict"])}</h4>{_verdict(answer)}</section>
</div>
</article>"""


def _label(answer: Json) -> figures.Label:
    """The explicit label as inspection found it."""
    found = next((r for r in answer["readings"] if r["mark"] == "label" and r["state"] == "found"), None)
    if found is None:
        return figures.Label("", ())
    places = tuple(
        figures.Place(place.get("where") or "", _tuple(place.get("box")), _tuple(place.get("seconds")))
        for place in found["values"].get("places", ())
    )
    return figures.Label(str(found["values"].get("wording", "")), places)


def _tuple(value: Sequence[float] | None) -> tuple[float, ...] | None:
    return tuple(value) if value else None


def _marks(exhibit: Exhibit) -> Markup:
    measured = {
        name: value
        for reading in exhibit.marked.get("marks", ())
        if reading["mark"] == "label"
        for name, value in reading["values"].get("measures", {}).items()
    }
    rows = [_reading(reading, measured) for reading in exhibit.inspected["readings"]]
    recorded = exhibit.marked.get("content_id")
    if recorded:
        index = exhibit.marked.get("ledger_index")
        entry = "" if index is None else f" · {both(WORDS['ledger entry'])} {esc(index)}"
        rows.append(
            f"<dt>{both(WORDS['record'])}{entry}</dt><dd>{both(WORDS['content id'])} <code>{esc(recorded)}</code><br>"
            f"SHA-256 <code>{esc(exhibit.inspected['sha256'][:16])}…</code></dd>"
        )
    return f'<dl class="marks">{"".join(rows)}</dl>{_aigc(exhibit.inspected["aigc"])}'


def _reading(reading: Json, measured: Mapping[str, float]) -> Markup:
    """One reading; `measured` is what was measured on the label when it was put on."""
    name = f"<dt>{both(WORDS[reading['mark']])}</dt>"
    if reading["state"] != "found":
        why = _text(reading["reason"]) if reading.get("reason") else None
        return f"{name}<dd>{both(WORDS[reading['state']])}{': ' + both(why) if why else ''}</dd>"
    if reading["mark"] == "label":
        return f"{name}<dd>{_label_facts(reading, measured)}</dd>"
    offset = reading.get("offset")
    at = f" · {both(WORDS['byte'])} <code>{offset:,}</code>" if offset is not None else ""
    defects = "".join(f"<li>{both(_text(defect))}</li>" for defect in reading["defects"])
    return f"{name}<dd><code>{esc(reading['carrier'])}</code>{at}{f'<ul>{defects}</ul>' if defects else ''}</dd>"


def _label_facts(reading: Json, measured: Mapping[str, float]) -> Markup:
    values = reading["values"]
    measures = {**measured, **values.get("measures", {})}
    parts = [f'<b lang="zh-CN">{esc(values.get("wording", ""))}</b>']
    for place in values.get("places", ()):
        where = both(where_in_words(place["where"]))
        if place.get("box"):
            left, top, width, height = place["box"]
            where += f" · {width} × {height} px @ ({left}, {top})"
        if place.get("seconds"):
            start, end = place["seconds"]
            where += f" · {start:.2f}–{end:.2f} s"
        parts.append(f"<span>{where}</span>")
    told = [f"<span>{both(name)} <b>{esc(value)}</b></span>" for name, value in in_words(measures)]
    return "<br>".join(parts) + (f'<span class="measures">{"".join(told)}</span>' if told else "")


def _aigc(aigc: Mapping[str, str] | None) -> Markup:
    if not aigc:
        return ""
    lines = ",\n".join(
        f'  <span title="{esc(_title(key))}"><i>"{esc(key)}"</i>: {esc(json.dumps(value, ensure_ascii=False))}</span>'
        for key, value in aigc.items()
    )
    return f'<pre class="aigc" tabindex="0" aria-label="AIGC">{{\n{lines}\n}}</pre>'


def _title(key: str) -> str:
    text = AIGC_KEYS.get(key)
    return f"{text.zh} · {text.en}" if text else key


def _verdict(answer: Json) -> Markup:
    notice = pair(_text(answer["notice"]), f"notice {answer['verdict']}")
    reasons = "".join(f"<li>{pair(_text(reason))}{_duty(reason)}</li>" for reason in answer["reasons"])
    against = "".join(f"<li>{pair(_text(item))}</li>" for item in answer["contradictions"])
    parts = [notice, f'<h5>{both(WORDS["reasons"])}</h5><ul class="reasons">{reasons}</ul>']
    if against:
        parts.append(f'<h5>{both(WORDS["contradictions"])}</h5><ul class="against">{against}</ul>')
    parts.append(f"<h5>{both(WORDS['not proved'])}</h5>{pair(NOT_PROVED[answer['verdict']], 'quiet')}")
    return "".join(parts)


def _duty(reason: Json) -> Markup:
    return f'<span class="duty">{esc(reason["duty"])}</span>' if reason.get("duty") else ""


def _row(item: Returned) -> Markup:
    answer = item.inspected
    reasons = "".join(f"<li>{pair(_text(reason))}{_duty(reason)}</li>" for reason in answer["reasons"])
    against = "".join(f'<li class="against">{pair(_text(each))}</li>' for each in answer["contradictions"])
    broken = "" if item.as_promised else f'<p class="broken">{both(WORDS["not as promised"])}</p>'
    return f"""<tr><td class="thumb">{figures.thumbnail(item.path, _label(answer))}</td>
<th scope="row"><b>{both(item.title)}</b>{pair(item.done, "quiet")}<code>{esc(item.path.name)}</code></th>
<td class="says">{_badge(answer["verdict"])}{broken}</td>
<td><ul class="reasons">{reasons}{against}</ul></td></tr>"""


def _text(value: Mapping[str, str]) -> Text:
    return Text(zh=value["zh"], en=value["en"])

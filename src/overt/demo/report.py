"""The report of the demonstration: one HTML file that a person opens, without a network and without scripts.

Chinese and English stand side by side, or one of them alone.
Input is what `overt mark --json` and `overt inspect --json` print (design, section 7); the page shows what they
say and judges nothing itself.
What stands around the parts is `report.html` beside this module; the frame is `overt.report.page`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

import overt_verify
from overt.demo import figures
from overt.demo.asking import Gated, Request
from overt.language import Text
from overt.report import parts
from overt.report.markup import Markup, both, esc, pair
from overt.report.page import page
from overt.report.wording import NOT_PROVED, OUTCOMES, VERDICTS, WORDS
from overt.rulebook import load

Json = Mapping[str, Any]
_CHECKED = {
    overt_verify.HOLDS: "✓",
    overt_verify.FAILS: "✗",
    overt_verify.OPEN: "–",
    overt_verify.NONE: "–",
}


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


def write(target: Path, exhibits: Sequence[Exhibit], returned: Sequence[Returned], gated: Gated, run: Run) -> Path:
    """The report, written as one file."""
    template = Template(files("overt.demo").joinpath("report.html").read_text(encoding="utf-8"))
    pieces = {
        "facts": _facts(exhibits, returned, run),
        "glance": "".join(_glance(number, exhibit) for number, exhibit in enumerate(exhibits, 1)),
        "cards": "\n".join(_card(number, exhibit) for number, exhibit in enumerate(exhibits, 1)),
        "rows": "\n".join(_row(item) for item in returned),
        "requests": "\n".join(_request(each) for each in gated.requests),
        "afterwards": _afterwards(gated),
        "legend": _legend(),
        "producer": esc(run.producer),
        "version": esc(run.version),
        "date": esc(run.date),
    }
    title = Text(zh="明示 Overt · 从生成到识别", en="From generator to verdict")
    target.write_text(page(title, template.substitute(pieces)), encoding="utf-8")
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


def _glance(number: int, exhibit: Exhibit) -> Markup:
    verdict = exhibit.inspected["verdict"]
    word = VERDICTS[verdict]
    return (
        f'<li><a href="#c{number}"><svg class="icon {verdict}" role="img" aria-label="{esc(word.zh)} {esc(word.en)}">'
        f'<use href="#v-{verdict}"/></svg><span>{both(exhibit.title)}</span></a></li>'
    )


def _request(request: Request) -> Markup:
    decision = request.decision
    broken = "" if request.kept else f'<p class="broken">{both(WORDS["not as promised"])}</p>'
    if decision.outcome == "allow":
        consents = f" · {len(decision.consents)} {both(WORDS['consents'])}" if decision.consents else ""
        ids = ", ".join(decision.content_ids)
        why = f"{pair(WORDS['signed'], 'quiet')}<code>{esc(ids)}</code>{consents}"
    else:
        rows = "".join(f"<li>{pair(each.text)}{_duties(each.duties)}</li>" for each in request.told)
        why = f'<ul class="reasons">{rows}</ul>'
    word = f'<b class="{decision.outcome}">{both(OUTCOMES[decision.outcome])}</b>'
    return (
        f'<tr><th scope="row"><b>{both(request.title)}</b></th><td class="says">{word}{broken}</td><td>{why}</td></tr>'
    )


def _duties(names: Sequence[str]) -> Markup:
    return " ".join(f'<span class="duty">{esc(name)}</span>' for name in names)


def _afterwards(gated: Gated) -> Markup:
    recalled = "".join(f"<code>{esc(each)}</code> " for each in gated.recalled)
    count = len(gated.recalled)
    said = Text(
        zh=f"最后，一人撤回同意：从此不再许可，已发布的 {count} 件进入召回名单。",
        en=f"At the end one person took the consent back: nothing more is allowed, and {count} contents are recalled.",
    )
    bundle = Text(
        zh=f"关于第一件内容的证据在 {gated.evidence.name} 中，overt-verify 离线核验如下：",
        en=f"The evidence about the first content is in {gated.evidence.name}; overt-verify says, offline:",
    )
    checks = "".join(
        f"<li><b>{_CHECKED[state]}</b> <code>{esc(name)}</code> {both(seen)}</li>"
        for name, state, seen in gated.evidence.checks
    )
    return f'{pair(said, "lead")}<p>{recalled}</p>{pair(bundle, "lead")}<ul class="checks">{checks}</ul>'


def _legend() -> Markup:
    return "".join(f"<li>{parts.badge(kind)}{pair(NOT_PROVED[kind])}</li>" for kind in VERDICTS)


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
<h3 id="t{number}">{both(exhibit.title)}</h3>{parts.badge(answer["verdict"])}</header>
<ul class="chips">{"".join(f"<li>{chip}</li>" for chip in chips)}</ul>
{pair(exhibit.how, "how")}
{figures.sources(exhibit.sources)}
{figures.before_and_after(exhibit.kind, exhibit.before, exhibit.after, figures.label_of(answer))}
<div class="two">
<section><h4>{both(WORDS["where the marks sit"])}</h4>{_marks(exhibit)}</section>
<section><h4>{both(WORDS["verdict"])}</h4>{parts.verdict(answer)}</section>
</div>
</article>"""


def _marks(exhibit: Exhibit) -> Markup:
    measured = {
        name: value
        for reading in exhibit.marked.get("marks", ())
        if reading["mark"] == "label"
        for name, value in reading["values"].get("measures", {}).items()
    }
    rows = [parts.reading(reading, measured) for reading in exhibit.inspected["readings"]]
    recorded = exhibit.marked.get("content_id")
    if recorded:
        index = exhibit.marked.get("ledger_index")
        entry = "" if index is None else f" · {both(WORDS['ledger entry'])} {esc(index)}"
        rows.append(
            f"<dt>{both(WORDS['record'])}{entry}</dt><dd>{both(WORDS['content id'])} <code>{esc(recorded)}</code><br>"
            f"SHA-256 <code>{esc(exhibit.inspected['sha256'][:16])}…</code></dd>"
        )
    return f'<dl class="marks">{"".join(rows)}</dl>{parts.aigc(exhibit.inspected["aigc"])}'


def _row(item: Returned) -> Markup:
    answer = item.inspected
    reasons = "".join(f"<li>{pair(parts.text(reason))}{parts.duty(reason)}</li>" for reason in answer["reasons"])
    against = "".join(f'<li class="against">{pair(parts.text(each))}</li>' for each in answer["contradictions"])
    broken = "" if item.as_promised else f'<p class="broken">{both(WORDS["not as promised"])}</p>'
    return f"""<tr><td class="thumb">{figures.thumbnail(item.path, figures.label_of(answer))}</td>
<th scope="row"><b>{both(item.title)}</b>{pair(item.done, "quiet")}<code>{esc(item.path.name)}</code></th>
<td class="says">{parts.badge(answer["verdict"])}{broken}</td>
<td><ul class="reasons">{reasons}{against}</ul></td></tr>"""

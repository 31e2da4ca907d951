"""Where each duty stands, as one page that people open and print. It shows standings, and judges nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from overt.duties import answers, words
from overt.duties.model import STATES, Evidence, Finding, Standing, State
from overt.duties.told import counts
from overt.duties.view import View
from overt.language import Text
from overt.report.markup import Markup, both, esc, pair
from overt.report.page import page
from overt.rulebook.duty import ACTORS
from overt.rulebook.model import Overridden

_WORDS = {
    "title": Text(zh="各项义务的履行情况", en="Where each duty stands"),
    "intro": Text(
        zh="以下由运行中的系统计算得出，并附证据：账本条目、记录数量、设置和签名声明。本页陈述所见，不作合规结论；"
        "“尚无证据”不等于已履行。义务以我们的文字转述，以法规原文为准。",
        en="Computed from the running system, with its evidence: ledger entries, counts of records, settings and signed"
        " statements. The page says what is seen and draws no conclusion about compliance; “no evidence yet” is not"
        " “met”. Duties are told in our words: the law's own text counts.",
    ),
    "facts": Text(zh="对服务的认定", en="What was determined of the service"),
    "fact": Text(zh="事实", en="Fact"),
    "waiting": Text(zh="尚未认定的事实", en="Facts that nobody has determined"),
    "until then": Text(
        zh="在认定之前，无从得知以其为条件的义务是否适用，均显示为尚无证据。运行 overt determine 作出认定。",
        en="Until they are, nobody knows whether the duties that depend on them apply: they have no evidence yet. "
        "`overt determine` determines them.",
    ),
    "instruments": Text(zh="法规与标准", en="Instruments"),
    "answer": Text(zh="认定", en="Determined"),
    "overridden": Text(zh="运营者改用的数值", en="Numbers that the operator set"),
    "number": Text(zh="数值", en="Number"),
    "is": Text(zh="规则手册 → 现行", en="Rulebook → applies here"),
    "why": Text(zh="理由", en="Why"),
    "duty": Text(zh="义务", en="Duty"),
    "state": Text(zh="状态", en="State"),
    "evidence": Text(zh="理由与证据", en="Reason and evidence"),
    "entry": Text(zh="账本条目", en="ledger entry"),
}
_LOOKS: dict[State, str] = {"met": "none", "gap": "confirmed", "no_evidence": "unreadable", "not_applicable": "quiet"}
"""Which colours of the page a state takes; the word and the icon always stand beside the colour."""
_ICONS: dict[State, str] = {
    "met": "v-confirmed",
    "gap": "v-suspected",
    "no_evidence": "v-unreadable",
    "not_applicable": "v-none",
}


def write(standings: Sequence[Standing], view: View, version: str) -> str:
    """The page as HTML."""
    book = view.rulebook
    title = Text(zh=f"明示 Overt · {_WORDS['title'].zh}", en=_WORDS["title"].en)
    told = counts(standings)
    totals = "".join(f"<li>{_badge(state)} <b>{told[state]}</b></li>" for state in STATES)
    grouped = [(name, list(group)) for name, group in groupby(standings, key=lambda each: each.duty.instrument)]
    groups = "\n".join(_instrument(name, book.instruments[name], group) for name, group in grouped)
    listed = "".join(
        f'<li><a href="#in-{esc(name)}"><span>{both(book.instruments[name])}{_short(group)}</span></a></li>'
        for name, group in grouped
    )
    legend = "".join(
        f'<li id="mark-{mark}"><span class="duty">{mark}</span> {both(said)}</li>' for mark, said in words.MARKS.items()
    )
    body = f"""<div class="top"><h1><span>{both(_WORDS["title"])}</span></h1>{pair(_WORDS["intro"], "intro")}
<p class="quiet">{both(book.jurisdiction)} <code>{esc(book.id)}</code> · SHA-256 <code>{esc(book.digest())}</code></p>
<ul class="facts">{totals}</ul></div>
<main>
<nav aria-label="{esc(_WORDS["instruments"].zh)} · {esc(_WORDS["instruments"].en)}">
<h2>{both(_WORDS["instruments"])}</h2><ol class="glance">{listed}</ol></nav>
{_facts(view)}
{_overridden(book.overridden)}
{groups}
</main>
<footer><ul>{legend}</ul><p>Overt {esc(version)} · {esc(view.now.isoformat(timespec="seconds"))}</p></footer>"""
    return page(title, body)


def _facts(view: View) -> Markup:
    rows, waiting = [], []
    for name, title in view.rulebook.facts.items():
        found, value = answers.fact(name, view), view.fact(name)
        if not found.evidence:
            waiting.append(f"<li><code>{esc(name)}</code> {both(title)}</li>")
            continue
        said = words.FACT_OPEN if value is None else words.YES if value else words.NO
        why = pair(found.reason) if value is None else ""
        rows.append(
            f'<tr><th scope="row">{pair(title)}<p class="quiet"><code>{esc(name)}</code></p></th>'
            f"<td>{both(said)}</td><td>{why}{_evidence(found.evidence)}</td></tr>"
        )
    table = _table("facts", ("fact", "answer", "evidence"), rows)
    if not waiting:
        return table
    return f"""{table}<h2>{both(_WORDS["waiting"])}</h2>{pair(_WORDS["until then"], "lead")}
<ul class="quiet">{"".join(waiting)}</ul>"""


def _overridden(found: Iterable[Overridden]) -> Markup:
    rows = [
        f'<tr><th scope="row"><span class="duty">{esc(each.duty)}</span> <code>{esc(each.name)}</code></th>'
        f"<td>{both(words.changed(each))}</td>"
        f'<td>{pair(each.reason)}<p class="quiet">{esc(each.by)} · {esc(each.on)}</p></td></tr>'
        for each in found
    ]
    return _table("overridden", ("number", "is", "why"), rows)


def _table(title: str, columns: Sequence[str], rows: Sequence[Markup]) -> Markup:
    if not rows:
        return ""
    head = "".join(f'<th scope="col">{both(_WORDS[name])}</th>' for name in columns)
    return f"""<h2>{both(_WORDS[title])}</h2>
<table class="clauses"><thead><tr>{head}</tr></thead><tbody>
{"".join(rows)}
</tbody></table>"""


def _short(standings: Sequence[Standing]) -> Markup:
    told = counts(standings)
    named = {state: f"{esc(said.zh)} · {esc(said.en)}" for state, said in words.STATES.items()}
    return " ".join(
        f'<span title="{named[state]}">{_icon(state)} {told[state]}</span>' for state in STATES if told[state]
    )


def _instrument(known_as: str, name: Text, standings: list[Standing]) -> Markup:
    told = counts(standings)
    totals = "".join(f"<li>{_badge(state)} <b>{told[state]}</b></li>" for state in STATES if told[state])
    head = "".join(f'<th scope="col">{both(_WORDS[column])}</th>' for column in ("duty", "state", "evidence"))
    rows = "\n".join(_row(each) for each in standings)
    return f"""<h2 id="in-{esc(known_as)}">{both(name)}</h2>
<ul class="chips">{totals}</ul>
<table class="clauses"><thead><tr>{head}</tr></thead><tbody>
{rows}
</tbody></table>"""


def _row(each: Standing) -> Markup:
    duty = each.duty
    actors = " · ".join(both(ACTORS[actor]) for actor in duty.actors)
    soft = f" · {both(words.SHOULD)}" if duty.force == "should" else ""
    told = [*words.in_words(duty), *(said for said in (duty.note, None if duty.clocks else duty.trigger) if said)]
    numbers = "".join(f"<li>{both(said)}</li>" for said in told)
    source = f'<a class="duty" href="#mark-{duty.mark}">{esc(duty.mark)}</a>'
    findings = "".join(_finding(finding, alone=len(each.findings) == 1) for finding in each.findings)
    listed = f'<ul class="quiet">{numbers}</ul>' if numbers else ""
    return f"""<tr id="{esc(duty.id)}"><th scope="row">{pair(duty.text)}{listed}
<p class="quiet"><span class="duty">{esc(duty.id)}</span> <code>{esc(duty.article)}</code> {source}{soft}
<br>{actors}</p></th>
<td class="says">{_badge(each.state)}{pair(words.STATED, "quiet") if each.stated_only else ""}</td>
<td>{pair(each.reason)}{_evidence(each.evidence)}{findings}</td></tr>"""


def _finding(finding: Finding, *, alone: bool) -> Markup:
    """What one control found; alone, its reason stands above already."""
    found = finding.found
    reason = "" if alone else pair(found.reason, "quiet")
    return f"""<p><b>{both(finding.control.name)}</b>: {both(words.STATES[found.state])}</p>
{reason}{_evidence(found.evidence)}"""


def _evidence(found: Iterable[Evidence]) -> Markup:
    items = []
    for each in found:
        entry = f" · {both(_WORDS['entry'])} <code>{each.entry}</code>" if each.entry is not None else ""
        at = f" · {esc(each.at)}" if each.at else ""
        items.append(f"<li>{both(each.shows)}: <code>{esc(each.value)}</code>{entry}{at}</li>")
    return f'<ul class="quiet">{"".join(items)}</ul>' if items else ""


def _badge(state: State) -> Markup:
    return f'<span class="badge {_LOOKS[state]}">{_icon(state)}{both(words.STATES[state])}</span>'


def _icon(state: State) -> Markup:
    return f'<svg class="icon {_LOOKS[state]}" aria-hidden="true"><use href="#{_ICONS[state]}"/></svg>'

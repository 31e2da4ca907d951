"""What people's answers come to on a day: determinations of facts, and statements on duties."""

from __future__ import annotations

from collections.abc import Sequence

from overt.duties.model import Evidence, Found, gap, met, no_evidence
from overt.duties.view import View
from overt.language import Text
from overt.store.statements import Determined, Stated


def fact(name: str, view: View) -> Found:
    """Whether a fact was determined so that it counts: `met` with its evidence, or a gap that names the way out."""
    title = view.rulebook.facts.get(name, Text(zh=name, en=name))
    found = view.determined.get(name)
    how = f"overt determine {name}"
    if found is None:
        return gap(
            Text(
                zh=f"尚未认定：{title.zh}。运行 {how} 作出认定",
                en=f"Not determined: {title.en}. Determine it with `{how}`",
            )
        )
    shown = determined_evidence(found, title)
    if not found.sound:
        return gap(
            Text(
                zh=f"“{title.zh}”的认定与其签名或账本不符",
                en=f"The determination of “{title.en}” does not fit its signature or the ledger",
            ),
            shown,
        )
    if view.fact(name) is None:
        due = found.determination.review_by
        return gap(
            Text(
                zh=f"“{title.zh}”的认定应于 {due} 前复核。运行 {how} 重新认定",
                en=f"The determination of “{title.en}” was to be reviewed by {due}. Renew it with `{how}`",
            ),
            shown,
        )
    return met(title, shown)


def undetermined(names: Sequence[str], view: View) -> Text:
    """Why nothing can be said of a duty: whether it applies depends on facts that nobody determined."""
    titles = [view.rulebook.facts.get(name, Text(zh=name, en=name)) for name in names]
    zh, en = "”、“".join(each.zh for each in titles), "”, “".join(each.en for each in titles)
    how = f"overt determine {' '.join(names)}"
    return Text(
        zh=f"是否适用尚未认定：“{zh}”。运行 {how} 作出认定",
        en=f"It is not determined whether this duty applies: “{en}”. Determine it with `{how}`",
    )


def statement(view: View, *duties: str, topic: str = "") -> Found:
    """What the latest signed statement on any of these duties, or on one part of them, comes to today."""
    stated = view.stated(*duties, topic=topic)
    how = f"overt state {' '.join(duties)}" + (f" --topic {topic}" if topic else "")
    if stated is None:
        return no_evidence(
            Text(zh=f"尚无人员声明。运行 {how} 作出声明", en=f"Nobody has stated it. State it with `{how}`")
        )
    said, shown = stated.statement, statement_evidence(stated)
    if not stated.sound:
        return gap(
            Text(zh="声明与其签名或账本不符", en="The statement does not fit its signature or the ledger"), shown
        )
    if stated.withdrawn:
        return gap(
            Text(
                zh=f"声明已于 {stated.withdrawn[:10]} 撤回",
                en=f"The statement was withdrawn on {stated.withdrawn[:10]}",
            ),
            shown,
        )
    if said.expires < view.today.isoformat():
        return gap(
            Text(
                zh=f"声明已于 {said.expires} 到期。运行 {how} 重新声明",
                en=f"The statement expired on {said.expires}. Renew it with `{how}`",
            ),
            shown,
        )
    return met(
        Text(zh=f"由“{said.owner}”声明，有效期至 {said.expires}", en=f"Stated by “{said.owner}”, until {said.expires}"),
        shown,
    )


def statement_evidence(stated: Stated) -> Evidence:
    """A statement as evidence, with its id."""
    said = stated.statement
    shows = Text(zh=f"“{said.owner}”的签名声明（{said.id}）", en=f"Signed statement by “{said.owner}” ({said.id})")
    document = f" [SHA-256 {said.document}]" if said.document else ""
    return Evidence("statement", shows, said.text + document, stated.entry, said.made)


def determined_evidence(found: Determined, title: Text) -> Evidence:
    """A determination as evidence."""
    said = found.determination
    zh, en = ("是", "yes") if said.value else ("否", "no")
    shows = Text(
        zh=f"“{said.owner}”认定：{title.zh}——{zh}，{said.review_by} 前复核",
        en=f"Determined by “{said.owner}”: {title.en}: {en}, to be reviewed by {said.review_by}",
    )
    document = f" [SHA-256 {said.document}]" if said.document else ""
    return Evidence("statement", shows, said.reasons + document, found.entry, said.made)

"""Where each duty stands: facts switch it on, controls and statements answer for it.

```
 in force today, and not for others alone (users, app stores, auditors)? ── no ──► not_applicable
 facts it depends on: one is "no" ──► not_applicable; one overdue for review, or altered ──► gap;
   one that nobody determined ──► no_evidence: whether the duty applies is open
 controls, and statements where people alone can meet it ──► gap over no_evidence over met
 neither ──► no_evidence: nothing in the system shows it
```
"""

from __future__ import annotations

import logging
from dataclasses import replace

from overt.duties import answers
from overt.duties.model import Control, Finding, Found, Standing, no_evidence, strongest
from overt.duties.registry import controls_of
from overt.duties.view import View
from overt.errors import OvertError
from overt.language import Text
from overt.ledger.events.duties import Statement
from overt.rulebook import Duty
from overt.rulebook.duty import ACTORS
from overt.store.statements import Stated

_log = logging.getLogger(__name__)
_NOT_SHOWN = Text(
    zh="系统中没有任何内容显示该义务的履行情况",
    en="Nothing in the system shows whether this duty is met",
)
_NOTE = Text(zh="供运营者知悉，无须采取行动", en="For the operator to know; nothing needs to be done")
_NOT_KEPT = -1
"""Stands for the ledger entry of a statement that has none yet."""
_OTHERS = {"U", "AS", "AU", "MK", "GOV"}
"""Who is bound beside those who offer services: users, app stores, auditors, makers of cameras, the authority."""
_PEOPLE = Text(zh="由人员声明说明", en="Answered by people's statements")


def standings(view: View) -> tuple[Standing, ...]:
    """All duties of the rulebook, in its order."""
    return tuple(standing(duty, view) for duty in view.rulebook.duties)


def standing(duty: Duty, view: View) -> Standing:
    """Where one duty stands."""
    if (excused := _excused(duty, view)) is not None:
        return excused
    facts = {name: answers.fact(name, view) for name in duty.when}
    determined = tuple(each for found in facts.values() for each in found.evidence)
    findings = tuple(Finding(each, examined(each, view)) for each in controls_of(duty.id))
    if duty.people and not any(finding.control.statements for finding in findings):
        findings += (Finding(_by_people(duty), answers.statement(view, duty.id)),)
    if not findings and duty.actors and _OTHERS.issuperset(duty.actors):
        return Standing(duty, "not_applicable", _bound(duty), evidence=determined)
    for found in facts.values():
        if found.state == "gap" and found.evidence:  # There is an answer, and it does not count any more.
            return Standing(duty, "gap", found.reason, findings, determined)
    if unknown := [name for name in duty.when if name not in view.determined]:
        return Standing(duty, "no_evidence", answers.undetermined(unknown, view), findings, determined)
    state = strongest(tuple(finding.found.state for finding in findings))
    deciding = next((finding.found.reason for finding in findings if finding.found.state == state), _NOT_SHOWN)
    return Standing(duty, state, deciding, findings, determined)


def examined(control: Control, view: View) -> Found:
    """What a control finds. It never raises: what went wrong is told, and is never `met`."""
    try:
        return control.look(view)
    except OvertError as error:
        told = error.message
    except Exception as error:  # noqa: BLE001  (a control that fails must not hide the others)
        told = Text(zh=f"{type(error).__name__}：{error}", en=f"{type(error).__name__}: {error}")
    _log.debug("the control %s failed: %s", control.id, told.en)
    return no_evidence(Text(zh=f"控制项未能完成检查：{told.zh}", en=f"The control could not look: {told.en}"))


def counts(view: View, duty: Duty, said: Statement) -> bool:
    """Whether a statement, once kept, answers for a duty: where people alone meet it, or a control asks for it."""
    if duty.people and not said.topic:
        return not any(each.statements for each in controls_of(duty.id))
    if_kept = replace(view, statements=(Stated(said, _NOT_KEPT, "", sound=True), *view.statements))
    found = (examined(each, if_kept) for each in controls_of(duty.id) if each.statements)
    return any(shown.entry == _NOT_KEPT for each in found for shown in each.evidence)


def _excused(duty: Duty, view: View) -> Standing | None:
    """Why a duty does not bind, if it does not: its dates, its kind, or a fact that was determined as "no"."""
    if not duty.applies_on(view.today):
        when = duty.valid_from if duty.valid_from and duty.valid_from > view.today else duty.valid_to
        future = when == duty.valid_from
        reason = Text(
            zh=f"自 {when} 起施行" if future else f"已于 {when} 失效",
            en=f"In force from {when}" if future else f"In force until {when}",
        )
        return Standing(duty, "not_applicable", reason)
    if duty.force == "note":
        return Standing(duty, "not_applicable", _NOTE)
    for name in duty.when:
        if view.fact(name) is False:
            title = view.rulebook.facts.get(name, Text(zh=name, en=name))
            said = view.determined[name].determination
            reason = Text(
                zh=f"已于 {said.made[:10]} 认定不属于：{title.zh}",
                en=f"Determined on {said.made[:10]} as not the case: {title.en}",
            )
            return Standing(
                duty, "not_applicable", reason, evidence=(answers.determined_evidence(view.determined[name], title),)
            )
    return None


def _bound(duty: Duty) -> Text:
    who = [ACTORS[actor] for actor in duty.actors]
    zh, en = "、".join(each.zh for each in who), ", ".join(each.en for each in who)
    return Text(zh=f"约束的是{zh}，不是服务提供者", en=f"It binds others ({en}), not whoever offers the service")


def _by_people(duty: Duty) -> Control:
    return Control(f"people.{duty.id}", (duty.id,), _PEOPLE, lambda _: no_evidence(_NOT_SHOWN), statements=True)

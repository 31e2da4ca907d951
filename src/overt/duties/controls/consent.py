"""Whether people were asked before their likeness is used, and can take it back (DS-14b, PI-13 to PI-31, CC-1019)."""

from __future__ import annotations

from overt.duties.controls.identity import GATE_OFF
from overt.duties.model import Evidence, Found, gap, met, no_evidence
from overt.duties.registry import control
from overt.duties.view import View
from overt.gate.consent import rules
from overt.gate.consent.model import Standing
from overt.gate.consent.steps import ConsentStep
from overt.gate.model import Ask, Depicted
from overt.language import Text
from overt.store import counts

_GATE = Text(zh="闸口", en="The gate")


class _NoConsents:
    """Nobody has consented, so that the step is asked without touching a real consent."""

    def standing(self, consent_id: str) -> Standing | None:  # noqa: ARG002
        return None


@control(
    "DS-14b", "PI-28", "CC-1019", "CC-1023",
    name=Text(zh="没有单独同意不得编辑", en="No editing without separate consent"),
)  # fmt: skip
def refused_without(view: View) -> Found:
    """The gate's own step is asked for every technique that edits a face, a voice or a body: it must refuse."""
    if not view.setup.settings.gate.on:
        return gap(GATE_OFF, view.set_to("gate.on", _GATE))
    step = ConsentStep(_NoConsents(), "check")
    asked = [
        Ask("0" * 32, (technique,), "entertainment", "check", depicted=depicted)
        for technique, likeness in rules.BIOMETRIC.items()
        for depicted in ((), (Depicted(min(likeness)),), (Depicted(min(likeness), consent="none"),))
    ]
    let = [ask for ask in asked if all(found.outcome == "allow" for found in step.look(ask, view.now))]
    shown = Evidence(
        "count",
        Text(
            zh="没有同意的编辑请求被拒绝（逐项技术试问）",
            en="Requests without consent that were refused (three for each technique)",
        ),
        f"{len(asked) - len(let)} / {len(asked)}",
    )
    if let:
        named = ", ".join(sorted({ask.techniques[0] for ask in let}))
        return gap(Text(zh=f"没有同意也放行：{named}", en=f"Let through without consent: {named}"), shown)
    return met(
        Text(zh="没有单独同意的请求不予放行", en="Requests without a separate consent are not let through"),
        shown,
        view.set_to("gate.on", _GATE),
        *view.counted(view.tally("gate:consent:ask"), Text(zh="征求同意", en="Consents asked for")),
        *view.counted(view.tally("gate:consent:give"), Text(zh="给予同意", en="Consents given")),
    )


@control("PI-13", "PI-17", name=Text(zh="同意前已告知", en="Told before they consented"))
def noticed(view: View) -> Found:
    """Each consent names the version of the notice that the person was shown before."""
    with view.store.reading() as connection:
        found = counts.consented(connection)
    shown = (
        Evidence(
            "count",
            Text(zh="同意；其中有告知版本", en="Consents; with the version of the notice shown"),
            f"{found.given}; {found.noticed}",
        ),
        *view.counted(view.tally("gate:consent:open"), Text(zh="打开告知页面", en="Notices opened")),
    )
    if not found.given:
        return no_evidence(Text(zh="尚无同意", en="Nobody consented yet"))
    if found.noticed < found.given:
        return gap(Text(zh="有的同意没有告知版本", en="Some consents name no notice"), *shown)
    return met(Text(zh="每份同意都有告知版本", en="Each consent names the notice that was shown"), *shown)


@control("PI-13", "CC-1022", name=Text(zh="撤回同意", en="Withdrawal of consent"))
def withdrawn(view: View) -> Found:
    """What rests on a withdrawn consent is recalled."""
    with view.store.reading() as connection:
        found = counts.consented(connection)
    shown = (
        Evidence(
            "count",
            Text(zh="撤回；未召回的内容", en="Withdrawn; contents that are not recalled"),
            f"{found.withdrawn}; {found.pending}",
        ),
        *view.counted(view.tally("gate:consent:withdraw"), Text(zh="撤回记录", en="Withdrawals in the ledger")),
        *view.counted(view.tally("gate:content:recall"), Text(zh="召回记录", en="Recalls in the ledger")),
    )
    if found.pending:
        return gap(Text(zh=f"{found.pending} 项内容尚未召回", en=f"{found.pending} contents are not recalled"), *shown)
    if not found.withdrawn:
        return no_evidence(Text(zh="尚无人撤回", en="Nobody withdrew a consent yet"), *shown)
    return met(Text(zh="撤回的同意所涉内容均已召回", en="What rested on them is recalled"), *shown)


@control("PI-31", "ND-22", name=Text(zh="监护人同意", en="Consent of guardians"))
def guarded(view: View) -> Found:
    """Guardians answered for persons under 14."""
    with view.store.reading() as connection:
        found = counts.consented(connection)
    if not found.guarded:
        return no_evidence(
            Text(
                zh="尚无监护人代为同意。征求同意的页面会询问年龄",
                en="No guardian consented for anybody yet. The page that asks for consent asks for the age",
            )
        )
    return met(
        Text(zh="未满十四周岁由监护人同意", en="Guardians consented for persons under 14"),
        Evidence("count", Text(zh="监护人给予的同意", en="Consents given by guardians"), str(found.guarded)),
    )


@control("PI-27", name=Text(zh="拒绝被合成的登记", en="Register of people who refuse"))
def refusals(view: View) -> Found:
    """People joined the register, and a matcher looks for them in requests."""
    shown = (
        *view.counted(view.tally("gate:refusal:join"), Text(zh="登记", en="People who joined")),
        *view.counted(view.tally("gate:refusal:verify"), Text(zh="已核实", en="Verified")),
    )
    if not view.setup.settings.gate.on:
        return gap(GATE_OFF, view.set_to("gate.on", _GATE), *shown)
    if not shown:
        return no_evidence(Text(zh="尚无人登记拒绝", en="Nobody joined the register yet"))
    return met(Text(zh="登记的人在闸口受到核对", en="The gate looks for those who joined"), *shown)

"""What is decided against users who break the law or the agreement (DS-10e, GA-14b), and the switches (DS-21b)."""

from __future__ import annotations

from overt.duties import answers
from overt.duties.controls.identity import GATE_OFF
from overt.duties.model import Evidence, Found, gap, met, no_evidence, not_applicable
from overt.duties.registry import control
from overt.duties.view import View
from overt.language import Text
from overt.store.sanctions import SanctionBook
from overt.store.switches import SwitchBoard

_GATE = Text(zh="闸口", en="The gate")
_IMPOSED = Text(zh="处置记录", en="Sanctions imposed")


@control("DS-10e", "GA-14b", name=Text(zh="分级处置", en="Graded sanctions"))
def graded(view: View) -> Found:
    """Sanctions are imposed with a reason, a duty and a place to appeal, and the gate holds to them."""
    shown = view.counted(view.tally("accounts:sanction:impose"), _IMPOSED)
    if not view.setup.settings.gate.on:
        return gap(GATE_OFF, view.set_to("gate.on", _GATE), *shown)
    if not shown:
        return no_evidence(
            Text(
                zh="尚未处置用户。运行 overt account sanction",
                en="No user was sanctioned yet: `overt account sanction`",
            )
        )
    if without := SanctionBook(view.store).without_appeal():
        count = Evidence(
            "count", Text(zh="未写明申诉途径的处置", en="Sanctions that name no way to appeal"), str(without)
        )
        return gap(
            Text(
                zh="处置须写明申诉途径（--appeal）", en="A sanction names the way to appeal: impose it with `--appeal`"
            ),
            *shown,
            count,
        )
    return met(
        Text(zh="处置均有理由、依据和申诉途径", en="Each sanction has its reason, its duty and a way to appeal"),
        *shown,
        *view.counted(view.tally("accounts:sanction:lift"), Text(zh="已解除", en="Lifted")),
        view.set_to("gate.on", _GATE),
    )


@control("GA-14b", name=Text(zh="向主管部门报告", en="Report to the authority"), statements=True)
def reported(view: View) -> Found:
    """Only people can say that illegal use was reported; before any sanction there is nothing to report."""
    if not view.tally("accounts:sanction:impose").count:
        return not_applicable(Text(zh="尚无处置，无须报告", en="No user was sanctioned: there is nothing to report"))
    return answers.statement(view, "GA-14b", topic="report")


@control("DS-21b", name=Text(zh="停用开关", en="Kill switches"))
def switches(view: View) -> Found:
    """Functions, models and accounts are switched off at once, and the ledger tells each turn."""
    turned = view.tally("accounts:switch:turn-off")
    shown = view.counted(turned, Text(zh="停用操作", en="Switches turned off"))
    if not view.setup.settings.gate.on:
        return gap(GATE_OFF, view.set_to("gate.on", _GATE), *shown)
    if not shown:
        return no_evidence(
            Text(
                zh="尚未使用开关。可以演练：overt switch off 功能名称",
                en="No switch was turned yet. A drill counts: `overt switch off FUNCTION`",
            )
        )
    off = SwitchBoard(view.store).off()
    named = ", ".join(f"{each.kind} {each.name}" for each in off if each.kind != "account") or "0"
    return met(
        Text(
            zh="开关即时生效，并逐次记录",
            en="A switch counts at once, and each turn is recorded",
        ),
        *shown,
        *view.counted(view.tally("accounts:switch:turn-on"), Text(zh="恢复操作", en="Switches turned on")),
        Evidence("count", Text(zh="当前停用的功能和模型", en="Functions and models that are off now"), named),
    )

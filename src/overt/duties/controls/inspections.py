"""Inspections: authorities were given what they asked for, in time, and what they saw is on record."""

from __future__ import annotations

from overt.canonical import stamp
from overt.duties.model import Evidence, Found, gap, met, no_evidence
from overt.duties.registry import control
from overt.duties.view import View
from overt.language import Text
from overt.store import material

_MADE = "inspections:warrant:make"
_MOVED = "inspections:request:move"
_BUNDLE = "evidence:bundle:make"


@control("DS-21a", "GA-19", "AR-28b", name=Text(zh="配合监督检查", en="Support of inspections"))
def support(view: View) -> Found:
    """No request of an inspector is past its time; warrants, answers and bundles of evidence show the support."""
    late = material.late(view.store, stamp(view.now))
    shown = (
        *view.counted(view.tally(_MADE), Text(zh="已录入的检查授权", en="Warrants entered")),
        *view.counted(view.tally(_MOVED), Text(zh="调取事项的往来", en="Steps of requests for material")),
        *view.counted(view.tally(_BUNDLE), Text(zh="已提供的证据包", en="Bundles given out")),
    )
    if late:
        told = Text(zh="逾期未答复的调取事项", en="Requests past their time")
        why = Text(
            zh=f"{late} 项调取已逾期。在控制台“检查”页面答复，或申请延期",
            en=f"Requests past their time: {late}. Answer on the console's page of inspections, or ask for more time",
        )
        return gap(why, Evidence("count", told, str(late)), *shown)
    if not shown:
        return no_evidence(
            Text(
                zh="尚无检查。可以演练：在控制台录入检查授权，或运行 overt bundle",
                en="There was no inspection yet. A drill counts: enter a warrant in the console, or run `overt bundle`",
            )
        )
    return met(
        Text(
            zh="检查所需的技术、数据支持已提供，没有逾期的调取；说明本身是否充分由主管部门判断",
            en="Support was given, no request is past its time; whether it suffices is for the authority to say",
        ),
        *shown,
    )

"""What must be visible, to whom, and under which duty: the list of the law's notices as data.

Source: the duties named. `kind` is the published text that states it
(`overt.store.notices`); without one, it is shown by other means, which `shown` names.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from overt.language import Text
from overt.rulebook import Duty, Rulebook
from overt.store.notices import Notices, Published

Audience = Literal["public", "users", "viewers"]
AUDIENCES: Final[dict[Audience, Text]] = {
    "public": Text(zh="公众", en="Everybody"),
    "users": Text(zh="使用者", en="Users"),
    "viewers": Text(zh="观看者", en="Whoever sees a content"),
}


@dataclass(frozen=True, slots=True)
class Visible:
    """One thing that must be visible, and the duties that say so."""

    audience: Audience
    what: Text
    duties: tuple[str, ...]
    kind: str = ""
    shown: Text | None = None


VISIBLE: Final = (
    Visible("public", Text(zh="管理规则、平台公约", en="Rules, platform convention"), ("AR-07b", "DS-08a"), "rules"),
    Visible(
        "public",
        Text(zh="算法的基本原理、目的意图、主要运行机制", en="Principle, purpose and main mechanism of the algorithm"),
        ("AR-16b",),
        "algorithm",
    ),
    Visible(
        "public",
        Text(
            zh="算法备案编号和公示链接；模型名称及备案号或上线编号；ICP 等编号",
            en="Filing number with link; model name with filing or online number; ICP number",
        ),
        ("AR-26", "DS-19c", "GF-03", "IS-07"),
        "filing",
    ),
    Visible(
        "public",
        Text(zh="投诉、举报和申诉入口、处理流程和反馈时限", en="Complaint and appeal entries, process, time limit"),
        ("AR-22", "DS-12", "GA-15", "ND-20"),
        "complaints",
    ),
    Visible("public", Text(zh="适用人群、场合、用途", en="Target users, occasions, uses"), ("GA-10a",), "uses"),
    Visible(
        "public",
        Text(
            zh="个人信息处理规则和清单；个人信息保护负责人联系方式；不满十四周岁未成年人规则",
            en="Rules and lists on personal information; contact of its officer; rules for those under 14",
        ),
        ("ND-21", "PI-52"),
        "personal",
    ),
    Visible("public", Text(zh="防沉迷工作年度情况", en="Yearly note on addiction of minors"), ("MN-42",), "minors"),
    Visible(
        "public",
        Text(zh="个人信息保护社会责任年度报告", en="Yearly report on personal information"),
        ("ND-44",),
        "responsibility",
    ),
    Visible(
        "users",
        Text(zh="标识的方法和样式，并提示阅读", en="How and in which style contents are labelled, and to read it"),
        ("LB-08",),
        "agreement",
    ),
    Visible(
        "users",
        Text(zh="信息安全义务", en="Their duties of information security"),
        ("DS-08b",),
        "agreement",
    ),
    Visible(
        "users",
        Text(zh="告知被编辑者并取得单独同意", en="To inform the person who is edited and get their consent"),
        ("DS-14b",),
        shown=Text(zh="同意页面", en="The pages of consent"),
    ),
    Visible(
        "viewers",
        Text(
            zh="显式标识；已标识、可能、疑似的提示",
            en="The label; notices that a content is, may be, or may well be AI",
        ),
        ("LB-04a", "LB-06a", "LB-06b", "LB-06c"),
        shown=Text(zh="标识和检查结果", en="The labels and the verdicts"),
    ),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """One thing that must be visible, as it stands: the duties of this rulebook, and the text that applies."""

    row: Visible
    duties: tuple[Duty, ...]
    current: Published | None

    @property
    def missing(self) -> tuple[Duty, ...]:
        """The duties that the text which applies does not state, as far as its publisher says."""
        if not self.row.kind or self.row.kind == "rules":  # Rules are one duty, which their being there answers.
            return () if self.current or not self.row.kind else self.duties
        stated = self.current.covers if self.current else ()
        return tuple(each for each in self.duties if each.id not in stated)


def standing(rulebook: Rulebook, texts: Notices, at: datetime) -> Iterator[Shown]:
    """What this rulebook wants visible, and what is."""
    known = {duty.id: duty for duty in rulebook.duties}
    for row in VISIBLE:
        duties = tuple(known[each] for each in row.duties if each in known)
        if duties:
            yield Shown(row, duties, texts.current(row.kind, at) if row.kind else None)


def duties_of(kind: str) -> tuple[str, ...]:
    """The duties that a kind of text can state."""
    return tuple(duty for row in VISIBLE if row.kind == kind for duty in row.duties)

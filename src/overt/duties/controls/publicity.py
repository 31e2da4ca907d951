"""What must be public (`overt.duties.visible`), and the public-opinion determination (SA-02, AR-23)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from sqlalchemy import func, select

from overt.canonical import stamp
from overt.duties import answers
from overt.duties.model import Evidence, Found, gap, met, no_evidence
from overt.duties.promises import promise
from overt.duties.registry import control
from overt.duties.view import View
from overt.language import Text
from overt.store.notices import KINDS, Notices, Published
from overt.store.tables.public_reports import public_reports

_YEAR: Final = timedelta(days=366)
_AT: Final = "/console/notices"


@control("SA-02", name=Text(zh="舆论属性的认定", en="The public-opinion determination"))
def determined(view: View) -> Found:
    """A reasoned determination that counts today, whichever way it went: the record matters also when it is no."""
    return answers.fact("public_opinion", view)


def _public(duty: str, kind: str, *, yearly: bool = False) -> Callable[[View], Found]:
    """What shows that a duty's notice is public: a version applies, and its publisher says that it states the duty."""

    def look(view: View) -> Found:
        title, current = KINDS[kind], Notices(view.store).current(kind, view.now)
        if current is None:
            return gap(
                Text(
                    zh=f"尚未发布“{title.zh}”。在控制台“公示”（{_AT}）发布",
                    en=f"“{title.en}” is not published yet. Publish it in the console: Notices ({_AT})",
                )
            )
        shown = _version(current)
        if duty not in current.covers:
            return gap(
                Text(
                    zh=f"发布者没有注明现行的“{title.zh}”载有 {duty} 要求的内容。补充后发布新版本（{_AT}）",
                    en=f"Its publisher does not say that “{title.en}” states what {duty} asks for. "
                    f"Add it, and publish a new version ({_AT})",
                ),
                shown,
            )
        if yearly and current.valid_from < stamp(view.now - _YEAR):
            return gap(
                Text(
                    zh=f"最近一次公布“{title.zh}”已超过一年。发布新版本（{_AT}）",
                    en=f"“{title.en}” was last published more than a year ago. Publish a new version ({_AT})",
                ),
                shown,
            )
        return met(
            Text(zh=f"“{title.zh}”已公开，地址为 /rules", en=f"“{title.en}” is public, at /rules"),
            shown,
        )

    look.__name__ = f"{kind}_{duty.lower().replace('-', '_')}"
    look.__module__ = __name__
    return look


def _version(current: Published) -> Evidence:
    shows = Text(zh=f"第 {current.version} 版，文本的 SHA-256", en=f"Version {current.version}, SHA-256 of the text")
    return Evidence("file", shows, current.sha256, current.entry, current.valid_from)


for _kind, _duties, _yearly in (
    ("algorithm", ("AR-16b",), False),
    ("filing", ("AR-26", "DS-19c", "GF-03", "IS-07"), False),
    ("complaints", ("AR-22", "DS-12", "GA-15", "ND-20"), False),
    ("uses", ("GA-10a",), False),
    ("personal", ("ND-21", "PI-52"), False),
    ("minors", ("MN-42",), True),
    ("responsibility", ("ND-44",), True),
):
    for _duty in _duties:
        control(_duty, name=Text(zh=f"公开：{KINDS[_kind].zh}", en=f"Public: {KINDS[_kind].en}"))(
            _public(_duty, _kind, yearly=_yearly)
        )


@control("AR-22", "DS-12", "GA-15", name=Text(zh="公布的反馈时限", en="Published time limit for answers"))
def limit_set(view: View) -> Found:
    """Somebody who reports is told by when there is an answer."""
    promised = promise(view.rulebook, "other", view.now)
    if promised.whose == "nobody":
        return gap(
            Text(
                zh="尚未设定反馈时限。在 overrides 文件中为 AR-22 的 answer 设定数值（见“改用自己的数值”）",
                en="No time limit for answers is set. Set `answer` of AR-22 in the file of overrides "
                '(see "Override a number")',
            )
        )
    return met(
        Text(zh="举报页面写明反馈时限", en="The page for reports says by when there is an answer"),
        Evidence(
            "setting",
            Text(zh="反馈时限及其依据", en="The time limit, and where it stands"),
            f"{promised.value:g} {promised.unit} ({promised.duty})",
        ),
    )


@control("AR-22", "DS-12", "GA-15", name=Text(zh="受理并答复举报", en="Reports are taken and answered"))
def reports_answered(view: View) -> Found:
    """Reports arrive, and none is open past its time."""
    now = stamp(view.now)
    table = public_reports.c
    still = table.state.in_(("received", "working"))
    late = still & (table.due != "") & (table.due < now)
    with view.store.reading() as connection:
        every, answered, over = (
            int(connection.execute(select(func.count()).select_from(public_reports).where(each)).scalar_one())
            for each in (table.report_id != "", table.answered.is_not(None), late)
        )
    if not every:
        return no_evidence(
            Text(zh="举报页面（/report）尚未收到举报", en="Nobody has used the page for reports (/report) yet")
        )
    shown = Evidence("count", Text(zh="举报；已答复", en="Reports; answered"), f"{every}; {answered}")
    if over:
        return gap(
            Text(
                zh=f"有 {over} 份举报超过时限未答复。在控制台“举报”（/console/reports）处理",
                en=f"{over} reports are past their time. Answer them in the console: Reports (/console/reports)",
            ),
            shown,
        )
    return met(Text(zh="举报已受理，没有超过时限的", en="Reports are taken, and none is past its time"), shown)

"""Logs and records: kept as long as the law asks, without a gap, provable; personal data no longer than needed."""

from __future__ import annotations

from datetime import UTC, datetime

from overt import api
from overt.canonical import stamp
from overt.duties.model import Evidence, Found, gap, met, no_evidence
from overt.duties.registry import control
from overt.duties.view import View
from overt.errors import SetupError
from overt.language import Text
from overt.rulebook import Kept, Span, load
from overt.store import audit, counts, retention

_EXPIRE = "retention:records:expire"
_WHOLE = 50_000
"""Entries up to which the whole ledger is hashed again for this page; beyond, `overt ledger verify` does it."""


@control("CSL-23c", "DS-10c", "DS-16b", "AR-28b", name=Text(zh="网络日志的留存", en="Retention of logs"))
def logs(view: View) -> Found:
    """The time that logs are kept is the law's or longer, and nothing was deleted before it was over."""
    return _kept(view, "log")


@control("LB-09b", name=Text(zh="提供对象记录的留存", en="Retention of the recipients' log"))
def recipients(view: View) -> Found:
    """The same for who received content without explicit label."""
    return _kept(view, "recipient_log")


def _kept(view: View, record: str) -> Found:
    limits, law = view.rulebook.retention_of(record, view.today), load(view.rulebook.id).retention_of(record)
    with view.store.reading() as connection:
        size, first = counts.span(connection)
        early = _deleted_early(view, record, law, counts.entries_of(connection, _EXPIRE))
    if not size or limits.least is None:
        return no_evidence(Text(zh="账本中尚无记录", en="The ledger has no entries yet"))
    asked = Text(
        zh=f"最短留存，依据 {', '.join(limits.least_by)}", en=f"Kept at least, by {', '.join(limits.least_by)}"
    )
    shown = (
        Evidence("setting", asked, _said(limits.least)),
        Evidence("time", Text(zh="首条记录的时间；条目数", en="Time of the first entry; entries"), f"{first}; {size}"),
        *view.counted(view.tally(_EXPIRE), Text(zh="到期删除的记录", en="Deletions on expiry")),
    )
    if law.least and limits.least.days < law.least.days:
        return gap(
            Text(
                zh=f"运营者设为 {_said(limits.least)}，短于规定的 {_said(law.least)}。修改覆盖文件",
                en=f"Set to {_said(limits.least)}, and the law asks for {_said(law.least)}: mend the overrides",
            ),
            *shown,
        )
    if early:
        return gap(
            Text(
                zh=f"第 {early[0]} 条所记的删除早于规定期限",
                en=f"Entry {early[0]} tells of records that were deleted too early",
            ),
            *shown,
        )
    return met(Text(zh="规定期限内没有删除任何记录", en="Nothing was deleted before its time was over"), *shown)


def _deleted_early(view: View, record: str, law: Kept, entries: list[tuple[int, str]]) -> list[int]:
    """The entries that tell of deletions of what was younger than the law's least."""
    if law.least is None:
        return []
    early = []
    for index, time in entries:
        told = view.event(index)
        if told and told["record"] == record:
            due = stamp(retention.shifted(datetime.fromisoformat(time).astimezone(UTC), law.least, -1))
            if told["before"] > due:
                early.append(index)
    return early


def _said(span: Span) -> str:
    return f"{span.value:g} {span.unit}"


@control("CSL-23c", "DS-10c", "DS-16b", name=Text(zh="账本的完整性", en="Integrity of the ledger"))
def ledger(view: View) -> Found:
    """No stream has a gap; the newest checkpoint is signed; a ledger of moderate size is hashed again as a whole."""
    with view.store.reading() as connection:
        size, _ = counts.span(connection)
        gaps = audit.gaps(connection)
    if not size:
        return no_evidence(Text(zh="账本中尚无记录", en="The ledger has no entries yet"))
    streams = Evidence("count", Text(zh="条目；序号缺口", en="Entries; gaps in their numbers"), f"{size}; {len(gaps)}")
    if gaps:
        where = gaps[0].stream
        return gap(
            Text(
                zh=f"流 {where} 的序号有缺口。运行 overt ledger verify",
                en=f"The stream {where} has a gap: `overt ledger verify`",
            ),
            streams,
        )
    try:
        with api.ledger(view.setup, view.store) as ready:
            latest = ready.latest()
            audited = audit.verify(ready) if size <= _WHOLE else None
    except SetupError as error:
        return gap(error.message, streams)
    if latest is None:
        return gap(
            Text(
                zh="尚未签署检查点。运行 overt ledger publish",
                en="No checkpoint was signed yet: `overt ledger publish`",
            ),
            streams,
        )
    if audited and audited.count:
        first = audited.problems[0]
        return gap(Text(zh=f"{first.place}：{first.said.zh}", en=f"{first.place}: {first.said.en}"), streams)
    checked = str(audited.opened) if audited else "0"
    return met(
        Text(zh="序号连续，检查点已签署", en="The numbers follow one another, and a checkpoint is signed"),
        streams,
        Evidence(
            "count",
            Text(zh="重新计算并与承诺核对的内容", en="Openings that were hashed again and fit their commitment"),
            checked,
        ),
    )


@control("PI-19", "GA-11a", name=Text(zh="最短必要的留存", en="Kept no longer than needed"))
def no_longer(view: View) -> Found:
    """A longest time is set for personal information, and nothing is past it."""
    limits = view.rulebook.retention_of("personal", view.today)
    due = [each for each in retention.sources(view.store, view.rulebook, view.now) if each.due]
    if limits.most is None:
        return gap(
            Text(
                zh="法律没有数值，须自行确定最长期限：在 overrides 文件中设置 PI-19 的 personal.most",
                en="The law names no number, so set a longest time: `personal.most` of PI-19 in the overrides file",
            )
        )
    shown = Evidence(
        "setting", Text(zh="个人信息最长留存", en="Personal information is kept at most"), _said(limits.most)
    )
    if due:
        rows = sum(each.due for each in due)
        return gap(
            Text(
                zh=f"{rows} 条记录已到期。运行 overt retention run",
                en=f"{rows} records are past their time: `overt retention run`",
            ),
            shown,
        )
    return met(
        Text(zh="没有超过最长期限的记录", en="No records are past their time"),
        shown,
        *view.counted(view.tally(_EXPIRE), Text(zh="到期删除的记录", en="Deletions on expiry")),
    )


@control("PI-47", "GA-11b", name=Text(zh="删除个人信息", en="Deletion of personal information"))
def deletion(view: View) -> Found:
    """What persons asked to have deleted is deleted, by destroying their key, when the law no longer wants it kept."""
    with view.store.reading() as connection:
        found = counts.persons(connection, stamp(view.now))
    erased = view.tally("retention:person:erase")
    shown = (
        Evidence(
            "count",
            Text(zh="有密钥的人；密钥已销毁；逾期未删除", en="Persons with a key; key destroyed; deletion overdue"),
            f"{found.kept}; {found.destroyed}; {found.overdue}",
        ),
        *view.counted(erased, Text(zh="删除记录", en="Deletions in the ledger")),
    )
    if found.overdue:
        return gap(
            Text(
                zh=f"{found.overdue} 人的删除已逾期。运行 overt retention run",
                en=f"The deletion of {found.overdue} persons is overdue: `overt retention run`",
            ),
            *shown,
        )
    if not erased.count:
        return no_evidence(Text(zh="尚无人请求删除", en="Nobody asked for deletion yet"), *shown)
    return met(
        Text(zh="请求的删除均已执行，法律要求留存的到期后删除", en="Deletions are done, or wait for the law's time"),
        *shown,
    )


@control("PI-44", name=Text(zh="查阅和复制", en="Access and copies"))
def access(view: View) -> Found:
    """Persons were given what is kept of them."""
    shown = view.counted(view.tally("retention:person:export"), Text(zh="提供给本人", en="Given to the person"))
    if not shown:
        return no_evidence(Text(zh="尚无人请求查阅", en="Nobody asked for access yet"))
    return met(Text(zh="已向本人提供其信息", en="Persons were given what is kept of them"), *shown)


@control("SA-05g", name=Text(zh="向检查者提供证据", en="Evidence for inspectors"))
def evidence(view: View) -> Found:
    """Bundles of evidence were given out, which anybody can check without this system."""
    shown = view.counted(view.tally("evidence:bundle:make"), Text(zh="已提供的证据包", en="Bundles given out"))
    if not shown:
        return no_evidence(
            Text(
                zh="尚未提供证据包。可以演练：overt bundle",
                en="No bundle was given out yet. A drill counts: `overt bundle`",
            )
        )
    return met(Text(zh="证据可离线核验", en="Evidence was given out that can be checked offline"), *shown)

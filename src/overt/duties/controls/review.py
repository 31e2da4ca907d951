"""Review of what is put in and what comes out (DS-06a, DS-10a, AR-06b, GA-04a), feature libraries (DS-10b, AR-09a)."""

from __future__ import annotations

from datetime import timedelta
from itertools import chain

from overt.canonical import stamp
from overt.duties.controls.identity import GATE_OFF
from overt.duties.model import Evidence, Found, gap, met, no_evidence, not_applicable
from overt.duties.registry import control
from overt.duties.view import View
from overt.gate.review.library import Library, load, starter
from overt.language import Text
from overt.store import counts
from overt.store.reviews import Reviews

_GATE = Text(zh="闸口", en="The gate")
_LOOKED_BACK = timedelta(days=30)


@control(
    "DS-10a", "DS-06a", "AR-06b", "GA-04a",
    name=Text(zh="输入和输出的审核", en="Review of input and output"),
)  # fmt: skip
def both_ends(view: View) -> Found:
    """Whatever was released in the last 30 days was decided on by its input, and its output was reviewed before."""
    decisions = view.tally("gate:decision:sign")
    shown = (
        view.set_to("gate.on", _GATE),
        *view.counted(decisions, Text(zh="对请求的决定", en="Decisions on requests")),
        *view.counted(view.tally("gate:output:review"), Text(zh="对输出的审核", en="Reviews of outputs")),
    )
    if not view.setup.settings.gate.on:
        return gap(GATE_OFF, *shown)
    with view.store.reading() as connection:
        found = counts.decided(connection, stamp(view.now - _LOOKED_BACK))
    if not found.released:
        return no_evidence(Text(zh="近 30 日没有发布内容", en="Nothing was released in the last 30 days"), *shown)
    counted = Evidence(
        "count",
        Text(
            zh="近 30 日发布；其中有决定；其中输出经审核",
            en="Released in the last 30 days; under a decision; output reviewed",
        ),
        f"{found.released}; {found.decided}; {found.reviewed}",
    )
    if found.reviewed < found.released:
        return gap(
            Text(
                zh=f"{found.released - found.reviewed} 项发布没有决定或者输出审核（可能早于闸口开启）",
                en=f"{found.released - found.reviewed} releases have no decision or no review of the output "
                f"(perhaps from before the gate was on)",
            ),
            *shown,
            counted,
        )
    return met(
        Text(zh="每项发布的输入和输出均经审核", en="Input and output of each release were reviewed"), *shown, counted
    )


@control("DS-10b", "AR-09a", name=Text(zh="特征库", en="Feature library"))
def library(view: View) -> Found:
    """A version of a feature library that somebody approved is in force, and on record with what changed."""
    loaded = {each["digest"]: each for each in Reviews(view.store).libraries()}
    how = "overt review library --load"
    used = _used(view)
    shown = (
        *view.counted(view.tally("review:library:load"), Text(zh="版本登记", en="Versions put on record")),
        *(
            Evidence(
                "file",
                Text(
                    zh=f"特征库 {each.name} {each.version}，批准人 {each.approver}",
                    en=f"Library {each.name} {each.version}, approved by {each.approver}",
                ),
                each.digest,
                at=loaded[each.digest]["loaded"],
            )
            for each in used
            if each.digest in loaded
        ),
    )
    if missing := ", ".join(f"{each.name} {each.version}" for each in used if each.digest not in loaded):
        return gap(
            Text(
                zh=f"使用中的特征库版本没有登记：{missing}。运行 {how}",
                en=f"Versions of libraries are in use and not on record: {missing}. Run `{how}`",
            ),
            *shown,
        )
    if not view.setup.settings.gate.on:
        return gap(GATE_OFF, view.set_to("gate.on", _GATE), *shown)
    return met(Text(zh="特征库有版本、批准人和变更记录", en="Libraries have version, approver and changes"), *shown)


def _used(view: View) -> list[Library]:
    """The libraries that the set-up's gate looks with."""
    return [starter(), *(load(view.setup.home / path) for path in view.setup.settings.gate.words)]


@control("GS-06", name=Text(zh="关键词库的规模和更新", en="Size and age of the word library"))
def words(view: View) -> Found:
    """The libraries in use have as many terms as the recommended standard asks for, and the last update is recent."""
    duty = view.rulebook.duty("GS-06")
    least, period = duty.number("words").value, duty.clock("update")
    terms = {
        term for each in _used(view) for entry in each.entry for term in (*entry.words, *chain.from_iterable(entry.all))
    }
    shown = (
        Evidence("count", Text(zh="不同的词；应不少于", en="Different terms; asked for"), f"{len(terms)}; {least:g}"),
        *view.counted(view.tally("review:library:load"), Text(zh="版本登记", en="Versions put on record")),
    )
    if len(terms) < least:
        return gap(
            Text(
                zh="词数不足。用 overt review import 导入自己的词表，并列入 [gate] words",
                en="Too few terms. Import lists of your own with `overt review import`, and name them in [gate] words",
            ),
            *shown,
        )
    weeks = timedelta(weeks=period.value) if period.value and period.unit == "week" else None
    if weeks and not view.tally("review:library:load", view.now - weeks).count:
        return gap(
            Text(
                zh="近期没有更新。运行 overt review library --load",
                en="No version was put on record lately: `overt review library --load`",
            ),
            *shown,
        )
    return met(Text(zh="词数和更新达到推荐标准", en="Terms and updates are as the standard recommends"), *shown)


@control("DS-10a", name=Text(zh="人工审核队列", en="Queue for people"))
def people(view: View) -> Found:
    """What waits for a person does not wait for more than a day."""
    waiting = Reviews(view.store).waiting(view.now, everything=True, most=1000)
    late = [each for each in waiting if each.added < stamp(view.now - timedelta(days=1))]
    answered = view.counted(view.tally("review:item:answer"), Text(zh="人工答复", en="Answers by people"))
    shown = Evidence(
        "count", Text(zh="待审；超过一日", en="Waiting; for more than a day"), f"{len(waiting)}; {len(late)}"
    )
    if late:
        return gap(
            Text(
                zh=f"{len(late)} 项待审超过一日。运行 overt review claim",
                en=f"{len(late)} items wait for more than a day: `overt review claim`",
            ),
            shown,
            *answered,
        )
    if not answered:
        return not_applicable(Text(zh="没有须人工审核的内容", en="Nothing had to be looked at by a person"), shown)
    return met(Text(zh="人工审核及时", en="People answer in time"), shown, *answered)

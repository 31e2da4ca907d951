"""The words of the page "Today"."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from overt.language import Text

OUTCOMES: Final = {
    "allow": Text(zh="许可", en="Allowed"),
    "hold": Text(zh="待人工", en="Held for a person"),
    "refuse": Text(zh="拒绝", en="Refused"),
}
_TASKS: Final = {
    "mark": Text(zh="标识文件", en="Marking files"),
    "search": Text(zh="以文件查找", en="Searching by files"),
    "remember": Text(zh="登记被举报内容", en="Remembering reported contents"),
    "distribute": Text(zh="写入传播信息", en="Preparing files for distribution"),
    "bundle": Text(zh="制作证据包", en="Putting evidence together"),
    "audit": Text(zh="核验账本", en="Auditing the ledger"),
    "verify": Text(zh="检查访客的文件", en="Looking at visitors' files"),
    "duties": Text(zh="核对义务履行情况", en="Working out where duties stand"),
    "duty-paper": Text(zh="导出义务清单", en="Writing the register of duties"),
    "gate-ask": Text(zh="闸口审核请求", en="Deciding requests"),
    "held-output": Text(zh="标识通过审核的产出", en="Marking what passed its review"),
}


def kind_of(kind: str) -> Text:
    """What a task does, in words; others are told together."""
    return _TASKS.get(kind.partition(":")[0], WORDS["task"])


WORDS: Final[dict[str, Text]] = {
    "title": Text(zh="今日", en="Today"),
    "waiting_title": Text(zh="需要有人处理", en="Needs somebody"),
    "waiting_none": Text(zh="现在没有需要您处理的事", en="Nothing needs you right now"),
    "waiting_none_hint": Text(
        zh="新的举报、审核、同意核对和到期事项会按时限出现在这里。",
        en="Reports, reviews, recordings to check and things that expire appear here, by their clocks.",
    ),
    "untold": Text(
        zh="以下方面未能查询，因此不能说没有待办：{subjects}",
        en="These could not be looked up, so that nobody can say that nothing waits: {subjects}",
    ),
    "over": Text(zh="已超时", en="Overdue"),
    "soon": Text(zh="一天内到期", en="Due within a day"),
    "open": Text(zh="待处理", en="Waiting"),
    "later": Text(zh="尚有时间", en="Due later"),
    "over_by": Text(zh="已超时 {span}", en="{span} late"),
    "left": Text(zh="还有 {span}", en="{span} left"),
    "waited": Text(zh="最早的已等待 {span}", en="the oldest has waited {span}"),
    "clause": Text(zh="依据 {clause}", en="by {clause}"),
    "running_title": Text(zh="正在运行", en="What runs"),
    "running_none": Text(zh="没有正在处理的任务。", en="No task is under way."),
    "task": Text(zh="其他任务", en="Other tasks"),
    "looking": Text(
        zh="正在核对，稍后刷新：{subjects}", en="Still being worked out, look again in a moment: {subjects}"
    ),
    "count": Text(zh="{count} 项", en="{count}"),
    "checkpoint": Text(
        zh="账本：{size} 条，最近的检查点（{span}前）涵盖 {done} 条。",
        en="Ledger: {size} entries; the latest checkpoint covers {done} of them and is {span} old.",
    ),
    "no_checkpoint": Text(
        zh="账本：{size} 条，尚未签署检查点。", en="Ledger: {size} entries; no checkpoint is signed yet."
    ),
    "generating": Text(
        zh="网关后的生成器正在处理 {count} 项任务。", en="Generators behind the gateway are at work on {count} jobs."
    ),
    "failed_title": Text(zh="未成功的", en="What did not work"),
    "failed_none": Text(zh="最近没有失败。", en="Nothing has failed lately."),
    "numbers_title": Text(zh="近三十天", en="The last thirty days"),
    "released": Text(zh="发布的内容", en="Contents released"),
    "released_chart": Text(zh="每日发布的内容", en="Contents released each day"),
    "decided_chart": Text(zh="每日决定，按结果", en="Decisions each day, by outcome"),
    "chart_told": Text(zh="{first} 至 {last}（UTC）。合计：{sums}。", en="{first} to {last} (UTC). In all: {sums}."),
    "as_table": Text(zh="查看表格", en="As a table"),
    "day": Text(zh="日期（UTC）", en="Day (UTC)"),
    "no_numbers": Text(zh="近三十天没有数据。", en="No numbers in these days."),
    "first_file": Text(zh="标识一个文件", en="Mark a file"),
}


def span(time: timedelta) -> Text:
    """A length of time as people say it: one unit, rounded down."""
    minutes = max(0, int(time.total_seconds())) // 60
    for size, zh, en in ((1440, "天", "day"), (60, "小时", "hour"), (1, "分钟", "minute")):
        if count := minutes // size:
            return Text(zh=f"{count} {zh}", en=f"{count} {en}{'s' if count > 1 else ''}")
    return Text(zh="不到一分钟", en="less than a minute")

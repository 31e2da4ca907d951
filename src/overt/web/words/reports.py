"""The words of the console's pages on reports of the public, in both languages."""

from __future__ import annotations

from typing import Final

from overt.language import Text

WORDS: Final[dict[str, Text]] = {
    "title": Text(zh="公众举报", en="Reports"),
    "lead": Text(
        zh="公众在举报页面提交的举报，最早的在前。", en="What people reported on the public page, the oldest first."
    ),
    "group_open": Text(zh="未答复", en="Open"),
    "group_answered": Text(zh="已答复", en="Answered"),
    "group_closed": Text(zh="已结束", en="Closed"),
    "group_all": Text(zh="全部", en="All"),
    "every_kind": Text(zh="全部类型", en="Every kind"),
    "filter": Text(zh="筛选", en="Filter"),
    "kind": Text(zh="类型", en="What it is"),
    "state": Text(zh="状态", en="State"),
    "received": Text(zh="收到", en="Received"),
    "limit": Text(zh="时限", en="Time limit"),
    "records": Text(zh="本服务的记录", en="Our records"),
    "open": Text(zh="打开", en="Open"),
    "empty": Text(zh="没有这样的举报", en="No such reports"),
    "empty_hint": Text(
        zh="公众通过 /report 举报。请在服务的显著位置放上该地址。",
        en="People report at /report. Put a link to it where users of your service see it.",
    ),
    "empty_act": Text(zh="查看举报页面", en="See the page"),
    "report": Text(zh="举报 {number}", en="Report {number}"),
    "done_take": Text(zh="已由您处理。", en="You work on it now."),
    "done_ask": Text(zh="问题已显示在对方的页面上。", en="Your question stands on the reporter's page."),
    "done_confirm": Text(
        zh="指纹已登记。该内容再次出现时会被认出。",
        en="The fingerprint is kept. The content is known when it comes again.",
    ),
    "done_answer": Text(zh="答复已显示在对方的页面上。", en="Your answer stands on the reporter's page."),
    "done_close": Text(zh="已结束。", en="Closed."),
    "said": Text(zh="对方说了什么", en="What was said"),
    "links": Text(zh="链接", en="Links"),
    "line": Text(zh="说明", en="In their words"),
    "contact": Text(zh="联系方式", en="How to reach them"),
    "no_contact": Text(
        zh="没有留下。通过本页提问，对方凭回执码查看。", en="Not given. Ask here: they see it with their code."
    ),
    "nothing_said": Text(zh="没有填写。", en="Nothing."),
    "has_file": Text(zh="对方表示手里有文件。", en="They say that they have the file."),
    "destroyed": Text(zh="已撤回，内容已销毁。", en="It was taken back, and what was given is destroyed."),
    "sent": Text(zh="对方发送的内容", en="What was sent"),
    "blurred": Text(
        zh="默认模糊显示。查看会记入账本。", en="Blurred until you show it. That it was looked at is in the ledger."
    ),
    "unblur": Text(zh="清晰显示", en="Show it clearly"),
    "picture": Text(zh="对方发送的图片 {number}", en="Picture {number} of what was sent"),
    "grave": Text(
        zh="可能含有私密影像或涉及未成年人。只在确有必要时查看。",
        en="This may be intimate or show a child. Look only where you must.",
    ),
    "only_print": Text(zh="只有指纹，没有文件。", en="Only a fingerprint, no file."),
    "matches": Text(zh="本服务的记录", en="What our records know"),
    "content": Text(zh="内容", en="Content"),
    "origin": Text(zh="来源", en="From"),
    "origin_released": Text(zh="本服务发布", en="released here"),
    "origin_reported": Text(zh="曾被举报", en="reported before"),
    "led_by": Text(zh="依据", en="Led by"),
    "error_rate": Text(zh="误认率上限", en="Chance of a mistake, at most"),
    "bytes": Text(zh="字节完全一致", en="the very bytes"),
    "remembered": Text(zh="已登记指纹，编号 {number}", en="Its fingerprint is kept under {number}"),
    "history": Text(zh="经过", en="What happened"),
    "by_reporter": Text(zh="举报人", en="the reporter"),
    "by_system": Text(zh="系统", en="the system"),
    "act": Text(zh="处理", en="What to do"),
    "take": Text(zh="由我处理", en="I take it"),
    "ask": Text(zh="向对方提问", en="Ask the reporter"),
    "question": Text(zh="问题", en="Question"),
    "question_hint": Text(zh="会原样显示给对方。", en="They read it as you write it."),
    "ask_send": Text(zh="提问", en="Ask"),
    "confirm": Text(zh="属实：登记指纹", en="It holds: keep the fingerprint"),
    "confirm_lead": Text(
        zh="登记后，相同或相近的内容再次出现时会被认出。只登记指纹和类型，不登记对方写的内容。",
        en="From then on the same content, or one like it, is known when it comes again. Only the fingerprint and the "
        "kind are kept, nothing that was written.",
    ),
    "no_print": Text(
        zh="没有可登记的指纹。可以请对方提供文件或指纹。",
        en="There is no fingerprint to keep. Ask for the file, or for one.",
    ),
    "answer": Text(zh="答复", en="Answer"),
    "outcome": Text(zh="结果", en="How it ended"),
    "reason": Text(zh="理由", en="Why"),
    "reason_hint": Text(zh="会原样显示给对方，请说明做了什么。", en="They read it as you write it. Say what was done."),
    "clauses": Text(zh="依据的条款", en="On which clauses"),
    "clauses_hint": Text(
        zh="义务编号或条款，用逗号分隔，例如 DS-12。", en="Ids of duties or clauses, with commas: DS-12."
    ),
    "answer_send": Text(zh="答复", en="Answer"),
    "close": Text(zh="结束", en="Close"),
    "close_lead": Text(
        zh="用于重复、误发的举报，或答复之后。会显示给对方。",
        en="For what came twice or by mistake, or after the answer. They read why.",
    ),
    "why": Text(zh="原因", en="Why"),
    "read_only": Text(zh="您可以查看，不能处理。", en="You may look, and not act."),
}

"""The words of the consents in the console."""

from __future__ import annotations

from typing import Final

from overt.language import Text

WORDS: Final[dict[str, Text]] = {
    "title": Text(zh="同意", en="Consents"),
    "lead": Text(
        zh="使用他人形象或声音，须事先征得其单独同意。这里可以征求、核对，也可以代为撤回。",
        en="Whose face, voice, body or name is used has to consent first. Ask here, check recordings, and withdraw for "
        "people who ask you to.",
    ),
    "ask": Text(zh="征求同意", en="Ask somebody"),
    "filter": Text(zh="筛选", en="Show"),
    "empty": Text(zh="没有符合条件的同意", en="No consents here"),
    "empty_hint": Text(
        zh="征求同意后，会在这里看到对方是否答复、同意了什么、还能用多久。",
        en="Once somebody is asked, you see here whether they answered, what they allow, and for how long.",
    ),
    "state": Text(zh="状态", en="State"),
    "asked_on": Text(zh="征求时间", en="Asked"),
    "person": Text(zh="本人", en="Person"),
    "what": Text(zh="同意的内容", en="What for"),
    "uses": Text(zh="已用次数", en="Used"),
    "used_of": Text(zh="已用 {used}，共 {uses}", en="{used} of {uses}"),
    "expires": Text(zh="到期", en="Expires"),
    "open": Text(zh="查看", en="Open"),
    "until_answer": Text(zh="{day} 前答复", en="answer by {day}"),
    "one_title": Text(zh="一份同意", en="A consent"),
    "who_title": Text(zh="本人与请求", en="The person, and what was asked"),
    "name": Text(zh="姓名", en="Name"),
    "contact": Text(zh="联系方式", en="Contact"),
    "asker": Text(zh="谁想使用", en="Who wants it"),
    "made": Text(zh="制作什么", en="What will be made"),
    "shown": Text(zh="在哪里出现", en="Where it may be shown"),
    "guardian": Text(zh="监护人", en="Guardian"),
    "likeness": Text(zh="使用本人的", en="What of the person"),
    "techniques": Text(zh="怎样制作", en="How"),
    "purposes": Text(zh="用来做什么", en="What for"),
    "account": Text(zh="仅限账号", en="Only this account"),
    "controller": Text(zh="处理者", en="Controller"),
    "gone": Text(zh="个人数据已删除", en="the person's data were erased"),
    "scope_title": Text(zh="范围", en="What it allows"),
    "receipt": Text(zh="签名凭据（JSON）", en="Signed receipt (JSON)"),
    "recordings": Text(zh="本人录制", en="Recordings"),
    "recording_of": Text(zh="{received} 收到的录制", en="Recording of {received}"),
    "asked_to": Text(zh="要求本人做的：", en="The person was asked to: "),
    "clear": Text(zh="清晰显示", en="Show it clearly"),
    "no_recordings": Text(zh="没有录制内容。", en="There is no recording."),
    "may_not_watch": Text(
        zh="只有负责核对的岗位可以查看录制内容。", en="Only posts that check recordings may watch them."
    ),
    "check_title": Text(zh="录制中是本人，并按要求做了吗？", en="Does it show the person, doing what was asked?"),
    "check_why": Text(zh="依据（记入账本）", en="What tells you so (goes into the ledger)"),
    "confirm": Text(zh="是本人", en="Yes, it is them"),
    "refuse": Text(zh="不是，或不符要求", en="No, or not as asked"),
    "contents": Text(zh="据此制作的内容", en="Contents made with it"),
    "no_contents": Text(zh="还没有据此制作的内容。", en="Nothing was made with it yet."),
    "content": Text(zh="内容编号", en="Content id"),
    "decision": Text(zh="决定", en="Decision"),
    "released": Text(zh="已发布", en="released"),
    "not_released": Text(zh="未发布", en="not released"),
    "recalled": Text(zh="{when} 起召回", en="recalled since {when}"),
    "cases": Text(zh="通知接收方", en="Recipients to be asked"),
    "cases_lead": Text(
        zh="这些账号收到了没有显式标识的内容，须要求其停止使用。",
        en="These accounts received a content without explicit label. They are to be asked to stop using it.",
    ),
    "withdraw_title": Text(zh="代本人撤回", en="Withdraw for the person"),
    "withdraw_lead": Text(
        zh="立即生效：不再制作，已发布的内容列入召回名单。不能撤销。",
        en="At once: nothing more is made, and what was released is put on the recall list. It cannot be undone.",
    ),
    "withdraw_why": Text(zh="本人如何提出（记入账本）", en="How they asked for it (goes into the ledger)"),
    "withdraw": Text(zh="撤回并召回", en="Withdraw and recall"),
    "life": Text(zh="经历", en="Life"),
    "done_confirmed": Text(zh="已确认是本人。", en="Confirmed: it is them."),
    "done_refused": Text(zh="录制未通过；不会据此制作。", en="Refused: nothing is made with it."),
    "done_withdrawn": Text(zh="已撤回。", en="Withdrawn."),
    # Asking
    "ask_title": Text(zh="征求同意", en="Ask somebody for their consent"),
    "ask_lead": Text(
        zh="填写后得到一个链接，由您发给本人。本人打开后自己决定，不需要账号。",
        en="This gives you a link to send. The person opens it and decides, without an account.",
    ),
    "ask_person": Text(zh="征求谁", en="Whom you ask"),
    "ask_words": Text(zh="本人会看到的话", en="What they will read"),
    "ask_scope": Text(zh="征求什么", en="What you ask for"),
    "ask_limits": Text(zh="限度", en="Limits"),
    "sealed_hint": Text(zh="加密保存，只用于联系本人。", en="Kept encrypted, and used only to reach them."),
    "made_hint": Text(
        zh="用平实的话写，例如：一段 30 秒的生日祝福。", en="In plain words: a birthday film of 30 seconds."
    ),
    "uses_count": Text(zh="最多制作几份", en="How many contents at most"),
    "days_count": Text(zh="有效几天", en="Valid for how many days"),
    "answer_days": Text(zh="几天内答复", en="Days to answer"),
    "page_language": Text(zh="页面语言", en="Language of the page"),
    "account_hint": Text(zh="选填：只许这个账号使用。", en="Optional: no other account may use it."),
    "ask_button": Text(zh="生成链接", en="Make the link"),
    "link_title": Text(zh="链接已生成", en="The link is ready"),
    "link_lead": Text(
        zh="请现在发给本人。此链接只显示一次，本系统只保存其摘要。",
        en="Send it to the person now. It is shown this once; only its hash is kept here.",
    ),
    "link": Text(zh="链接", en="Link"),
    "message": Text(zh="可直接发送的文字", en="A message that you can send"),
    "qr": Text(zh="链接的二维码", en="QR code of the link"),
    "see": Text(zh="查看这份同意", en="See this consent"),
    "link_gone": Text(zh="此链接已不再显示", en="This link is no longer shown"),
    "link_gone_hint": Text(
        zh="链接只短时显示；如未发出，请重新征求。",
        en="A link is shown for some minutes. If it was not sent, ask anew.",
    ),
}

EVENTS: Final[dict[str, Text]] = {
    "gate:consent:ask": Text(zh="征求同意", en="The person was asked"),
    "gate:consent:open": Text(zh="本人打开并看到说明", en="The person opened the page and saw the notice"),
    "gate:consent:give": Text(zh="本人同意", en="The person said yes"),
    "gate:consent:decline": Text(zh="本人不同意", en="The person said no"),
    "gate:consent:check": Text(zh="核对录制", en="The recording was checked"),
    "gate:consent:limit": Text(zh="本人缩小了同意范围", en="The person limited it"),
    "gate:consent:withdraw": Text(zh="撤回", en="Withdrawn"),
    "gate:content:recall": Text(zh="召回内容", en="A content was recalled"),
    "gate:recipient:ask": Text(zh="通知接收方", en="A recipient is to be asked"),
}

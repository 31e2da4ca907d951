"""Words of inspections: warrants, looks, requests for material, uncovering. Both sides of the desk share them."""

from __future__ import annotations

from typing import Final

from overt.language import Text

WORDS: Final[dict[str, Text]] = {
    # The operator's side
    "title": Text(zh="检查", en="Inspections"),
    "lead": Text(
        zh="主管部门凭检查授权查看记录：限定范围和期限，到期自动终止，每次查看都记入账本。",
        en="Authorities look at records under a warrant: bounded in scope and time, over by itself, and every look is "
        "in the ledger.",
    ),
    "warrants": Text(zh="检查授权", en="Warrants"),
    "requests": Text(zh="调取事项", en="Requests for material"),
    "new": Text(zh="录入检查授权", en="Enter a warrant"),
    "none_yet": Text(zh="还没有检查授权", en="There is no warrant yet"),
    "none_yet_hint": Text(
        zh="收到检查通知书后在此录入，再为每位检查人员开通账号。",
        en="When an authority's notice arrives, enter it here, and open an account for each officer.",
    ),
    "no_requests": Text(zh="没有调取事项", en="Nothing was asked for"),
    "no_requests_hint": Text(
        zh="检查人员提出调取后，会显示在这里和“今日”页面。",
        en="What inspectors ask for appears here, and on the page “Today”.",
    ),
    "authority": Text(zh="检查机关", en="Authority"),
    "authority_hint": Text(zh="只写机关名称，不写个人姓名", en="The authority alone, no person's name"),
    "number": Text(zh="文书编号", en="Warrant number"),
    "basis": Text(zh="法律依据", en="Legal basis"),
    "basis_hint": Text(zh="来自规则手册", en="From the rulebook"),
    "since": Text(zh="开始日期", en="First day"),
    "until": Text(zh="结束日期（含当日）", en="Last day (included)"),
    "period": Text(zh="期限", en="Period"),
    "scope": Text(zh="范围", en="Scope"),
    "subjects": Text(zh="可以查看什么", en="What may be seen"),
    "records_since": Text(zh="记录的最早日期", en="Records from this day"),
    "records_until": Text(zh="记录的最晚日期（含当日）", en="Records until this day (included)"),
    "records": Text(zh="记录时间", en="Time of records"),
    "only_contents": Text(zh="仅限这些内容编号", en="These content ids alone"),
    "only_contents_hint": Text(zh="每行一个；留空即不限", en="One a line; empty: any"),
    "only_techniques": Text(zh="仅限这些合成技术", en="These techniques alone"),
    "only_instruments": Text(zh="仅限这些法规的义务", en="Duties of these instruments alone"),
    "limits": Text(zh="进一步限定范围", en="Narrow it further"),
    "personal": Text(
        zh="允许说明理由后查看个人信息（默认遮盖，每次查看记入账本）",
        en="Personal data may be uncovered with a reason (covered at first; each uncovering is in the ledger)",
    ),
    "paper": Text(
        zh="执法文书（PDF 或图片，不超过 16 MiB）", en="The warrant's paper (PDF or picture, 16 MiB at most)"
    ),
    "paper_hint": Text(zh="加密存放；账本只存其哈希", en="Kept sealed; the ledger holds its hash alone"),
    "enter": Text(zh="录入", en="Enter it"),
    "made_done": Text(zh="已录入。接下来为检查人员开通账号。", en="It is entered. Now open accounts for the officers."),
    "confirmed_done": Text(zh="已确认。", en="Confirmed."),
    "extended_done": Text(zh="期限已延长，账号随之延长。", en="It runs longer, and the accounts with it."),
    "ended_done": Text(
        zh="已终止：全部检查账号已停用并退出登录。", en="It has ended: its accounts are closed and signed out."
    ),
    "moved_done": Text(zh="已记录，并已生成签名回执。", en="It is recorded, with a signed receipt."),
    "waiting_second": Text(
        zh="需由另一人核对文书后确认，确认前账号不能查看任何记录。",
        en="Another person has to check the paper and confirm; until then its accounts see nothing.",
    ),
    "confirm": Text(zh="我已核对文书，确认", en="I checked the paper: confirm"),
    "officers": Text(zh="检查人员", en="Officers"),
    "no_officers": Text(zh="还没有账号。", en="No account yet."),
    "officer_name": Text(zh="姓名", en="Name"),
    "officer_login": Text(zh="登录名（如工作邮箱）", en="Sign-in name (such as the work e-mail)"),
    "admit": Text(zh="开通账号", en="Open the account"),
    "link_title": Text(zh="账号已开通", en="The account is open"),
    "link_lead": Text(
        zh="请把下面的链接当面或经可靠渠道交给 {name}。只能使用一次，离开此页后不再显示。",
        en="Hand this link to {name} in person or by a channel you trust. It works once, and is not shown again.",
    ),
    "invited": Text(zh="未登录过", en="Not signed in yet"),
    "active": Text(zh="使用中", en="Active"),
    "left": Text(zh="已终止", en="Ended"),
    "longer": Text(zh="延长期限", en="Let it run longer"),
    "longer_act": Text(zh="延长", en="Extend"),
    "end": Text(zh="提前终止", en="End it now"),
    "end_hint": Text(
        zh="全部账号立即停用并退出登录，不能恢复；如需继续，请录入新的检查授权。",
        en="All accounts close and are signed out at once. It cannot be undone: to go on, enter a new warrant.",
    ),
    "looks": Text(zh="查看记录", en="Looks"),
    "looks_lead": Text(
        zh="检查人员的每次查看（含被拒绝的）都先记入账本，再显示内容。",
        en="Every look, refused ones too, is in the ledger before anything is shown.",
    ),
    "no_looks": Text(zh="还没有查看任何记录。", en="Nothing was looked at yet."),
    "when": Text(zh="时间", en="Time"),
    "who": Text(zh="人员", en="Officer"),
    "what": Text(zh="查看了什么", en="What"),
    "outcome": Text(zh="结果", en="Outcome"),
    "entry": Text(zh="账本条目", en="Ledger entry"),
    "granted": Text(zh="已显示", en="Shown"),
    "refused": Text(zh="已拒绝", en="Refused"),
    "looks_bundle": Text(
        zh="下载查看记录的证据包（含核验程序）", en="Download the looks as evidence, with the verifier"
    ),
    "download_paper": Text(zh="下载文书", en="Download the paper"),
    "ended_because": Text(zh="终止理由", en="Why it ended"),
    "entered_by": Text(zh="录入人", en="Entered by"),
    "anything": Text(zh="不限", en="Any"),
    "covered_rule": Text(zh="个人信息", en="Personal data"),
    "may_uncover": Text(zh="说明理由后可查看", en="Uncovered with a reason"),
    "stays_covered": Text(zh="始终遮盖", en="Always covered"),
    # Looks in plain words
    "look_list": Text(zh="{subject}：列表或概况", en="{subject}: a list or overview"),
    "look_one": Text(zh="{subject}，编号 {id}", en="{subject}, id {id}"),
    # Requests
    "request": Text(zh="调取事项", en="Request for material"),
    "due": Text(zh="期限", en="Due"),
    "overdue": Text(zh="已逾期", en="Overdue"),
    "asked": Text(zh="提出时间", en="Asked"),
    "state": Text(zh="状态", en="State"),
    "ask_what": Text(zh="需要什么材料", en="What is needed"),
    "ask_what_hint": Text(
        zh="写明对象、时间范围和用途；不写无关个人的信息。",
        en="Say of what, from when, and what for; nothing about people whom it does not concern.",
    ),
    "form": Text(zh="形式", en="Form"),
    "form_hint": Text(zh="如 PDF 说明、表格、证据包", en="Such as a PDF, a table, a bundle of evidence"),
    "ask": Text(zh="提出调取", en="Ask for it"),
    "your_words": Text(zh="内容", en="What you want to say"),
    "new_due": Text(zh="新的期限（含当日）", en="New last day (included)"),
    "files": Text(zh="附件（最多 4 个）", en="Files (4 at most)"),
    "file": Text(zh="附件", en="File"),
    "receipt": Text(zh="签名回执", en="Signed receipt"),
    "history": Text(zh="往来", en="What was said"),
    "way_on": Text(zh="下一步", en="What to do"),
    "do_question": Text(zh="请求澄清", en="Ask what is meant"),
    "do_clarify": Text(zh="澄清", en="Clarify"),
    "do_later": Text(zh="申请延期", en="Ask for more time"),
    "do_grant": Text(zh="同意延期", en="Give more time"),
    "do_answer": Text(zh="答复", en="Answer"),
    "do_again": Text(zh="要求补充", en="Ask for what is missing"),
    "do_accept": Text(zh="确认收到齐全", en="Take it as complete"),
    "do_withdraw": Text(zh="撤回调取", en="Take it back"),
    "no_way_on": Text(zh="现在不需要您做什么。", en="Nothing is for you to do now."),
    "by_inspector": Text(zh="检查人员", en="Inspector"),
    "by_operator": Text(zh="被检查单位", en="Operator"),
    "gone": Text(zh="内容已删除，回执仍然有效。", en="The words were deleted; the receipt still holds."),
    # The inspector's desk
    "desk_title": Text(zh="我的检查", en="My inspection"),
    "desk_lead": Text(
        zh="您的账号只读。每次查看都会先记入账本，被检查单位和您都能看到这些记录。",
        en="Your account only reads. Every look is in the ledger before you see anything; you and the operator see "
        "the same list.",
    ),
    "your_warrant": Text(zh="检查授权", en="Your warrant"),
    "you_may": Text(zh="可以查看", en="You may see"),
    "ends": Text(zh="结束", en="Ends"),
    "evidence": Text(zh="下载证据包", en="Take evidence with you"),
    "evidence_lead": Text(
        zh="压缩包内有证据包、单文件核验程序和说明，可在任何电脑上离线核验；个人信息不在其中。",
        en="An archive with the bundle, a verifier in one file, and how to check it offline on any computer. Personal "
        "data are not in it.",
    ),
    "about": Text(zh="编号或期间", en="Id or period"),
    "about_hint": Text(
        zh="内容、决定或同意的编号，或 2026-11-01..2026-12-01",
        en="The id of a content, a decision or a consent; or 2026-11-01..2026-12-01",
    ),
    "get": Text(zh="下载", en="Download"),
    "your_looks": Text(zh="您的查看记录", en="Your looks"),
    "see_all": Text(zh="全部查看记录", en="All looks"),
    # Uncovering
    "uncover_title": Text(zh="查看个人信息", en="Uncover personal data"),
    "uncover_lead": Text(
        zh="这些信息默认遮盖。说明理由后，在本次登录中显示 15 分钟；理由记入账本。",
        en="These data are covered. With a reason they are shown for 15 minutes, in this session alone; the reason is "
        "kept in the ledger.",
    ),
    "uncover_what": Text(zh="要查看", en="What"),
    "uncover_why": Text(zh="为何需要查看", en="Why you need it"),
    "uncover_why_hint": Text(
        zh="例如案件编号和用途，不少于 4 个字", en="Such as the case and what for; at least 4 characters"
    ),
    "uncover_duty": Text(zh="依据的义务（选填）", en="By which duty (optional)"),
    "uncover": Text(zh="记录并查看", en="Record and uncover"),
}

"""The words of the pages on which people report a fake, in both languages. They speak to somebody who is afraid."""

from __future__ import annotations

from typing import Final

from overt.language import Text

WORDS: Final[dict[str, Text]] = {
    "title": Text(zh="举报伪造我的内容", en="Report a fake of me"),
    "lead": Text(
        zh="不需要账号，大约两分钟。请选择类型，再告诉我们它在哪里；其余都可以不填。",
        en="You need no account. It takes about two minutes: say what it is and where it is. The rest is up to you.",
    ),
    "grave_title": Text(zh="私密影像不必上传", en="You do not have to send the picture"),
    "grave": Text(
        zh="如果是您的私密影像，或者涉及未成年人，请不要上传。一个链接就够了；您的设备也可以只生成一串“指纹”，影像留在您手里。",
        en="If it is an intimate picture of you, or shows a child, please do not upload it. A link is enough. Your own "
        "device can also make a fingerprint, a row of letters and digits, while the picture stays with you.",
    ),
    "help_title": Text(zh="现在就可以求助的地方", en="Where you can get help now"),
    "kind": Text(zh="这是什么内容？", en="What is it?"),
    "kind_hint": Text(zh="请选择最接近的一项。", en="Choose what comes closest."),
    "where": Text(zh="您在哪里看到的？", en="Where did you see it?"),
    "links": Text(zh="链接", en="Links"),
    "links_hint": Text(zh="每行一个。没有链接也可以。", en="One on each line. None is fine, too."),
    "have": Text(zh="我手里有这个文件", en="I have the file"),
    "file": Text(zh="图片、视频或录音（选填）", en="The picture, film or sound (optional)"),
    "file_lead": Text(
        zh="有了文件或它的指纹，我们马上就能查它是不是由本服务生成，并在它再次出现时认出它。",
        en="With the file, or its fingerprint, we can tell at once whether it was made here, and know it when it comes "
        "again.",
    ),
    "how": Text(zh="怎样提供", en="How to give it"),
    "how_device": Text(
        zh="只在我的设备上生成指纹，文件不会发送（图片和视频）",
        en="Make a fingerprint on my device; the file is not sent (pictures and films)",
    ),
    "how_fingerprint": Text(
        zh="发送文件，由服务器提取指纹后立即删除", en="Send the file; it is deleted once its fingerprint is taken"
    ),
    "how_keep": Text(
        zh="发送文件并加密保存，供工作人员查看（涉及未成年人的文件一律不保存）",
        en="Send the file and keep it sealed, so that staff can look at it (never where a child is shown)",
    ),
    "no_script": Text(
        zh="您的浏览器没有运行脚本，无法在设备上生成指纹：选择的文件会发送给我们。不想发送的话，留空即可，链接就够了。",
        en="Your browser runs no scripts, so that no fingerprint can be made on your device: a file that you choose is "
        "sent to us. If you would rather not, leave this empty. A link is enough.",
    ),
    "choose": Text(zh="选择文件", en="Choose the file"),
    "choose_hint": Text(zh="不超过 {most} MB。", en="Up to {most} MB."),
    "said": Text(zh="还想说的话（选填）", en="Anything else (optional)"),
    "line": Text(zh="一句话", en="One line"),
    "line_hint": Text(
        zh="例如：前同事发在群里，要我付钱。", en="For example: an ex-colleague posted it and wants money."
    ),
    "contact": Text(zh="怎样联系您", en="How to reach you"),
    "contact_hint": Text(
        zh="不留也可以：凭回执码随时查看答复。填写的内容会加密保存。",
        en="You need not say: with your receipt code you can see the answer at any time. What you write is sealed.",
    ),
    "send": Text(zh="提交举报", en="Send the report"),
    "after": Text(zh="提交之后", en="What happens next"),
    "after_1": Text(
        zh="您会立即得到一个回执码。凭它查看进展、补充说明，或撤回举报。",
        en="You get a receipt code at once. With it you see how things stand, add something, or take the report back.",
    ),
    "after_2": Text(
        zh="如果提供了文件或指纹，我们马上在本服务的记录里查找。",
        en="If you gave a file or its fingerprint, our own records are searched at once.",
    ),
    "after_3": Text(
        zh="工作人员查看并答复您，写明理由和依据。", en="A person looks at it and answers you, with reasons."
    ),
    "by_when": Text(zh="答复时限", en="By when"),
    "limits_what": Text(zh="内容类型", en="What it is"),
    "promise_none": Text(
        zh="适用的规则没有给出具体时限，本服务也尚未公布自己的时限。",
        en="The rules that apply here name no time limit, and we have not published one of our own yet.",
    ),
    "process": Text(zh="投诉举报流程全文", en="The whole process for complaints"),
    "code_link": Text(zh="已有回执码？查看进展", en="You have a receipt code? See how your report stands"),
    # Entering a code
    "enter_title": Text(zh="查看举报进展", en="See how your report stands"),
    "code": Text(zh="回执码", en="Receipt code"),
    "code_hint": Text(
        zh="16 个字母，大小写、空格和连字符都不影响。", en="16 letters. Capitals, spaces and dashes do not matter."
    ),
    "look": Text(zh="查看", en="Show it"),
    "lost": Text(
        zh="遗失的回执码无法找回：我们只保存了它的加密摘要。您可以重新举报。",
        en="A lost code cannot be found again: only a keyed hash of it is kept. You can report once more.",
    ),
    "report_new": Text(zh="新的举报", en="Report something"),
    # How it stands
    "own_title": Text(zh="您的举报", en="Your report"),
    "done_received": Text(
        zh="举报已收到。请抄下或截图保存回执码。", en="Your report has arrived. Write the code down."
    ),
    "done_added": Text(zh="已补充。", en="Added."),
    "done_withdrawn": Text(
        zh="举报已撤回，您提供的内容已全部销毁。", en="Your report was taken back. All that you gave is destroyed."
    ),
    "done_held": Text(
        zh="举报已撤回。依法须保全的材料暂不能删除，仍加密保存。",
        en="Your report was taken back. A legal hold covers what you gave: it stays sealed until the hold ends.",
    ),
    "code_keep": Text(
        zh="凭这个回执码查看进展。它不会再次告知，也无法找回；请不要给别人看。",
        en="This code is the only way back here. It cannot be restored; show it to nobody.",
    ),
    "next_received": Text(zh="工作人员会查看并答复您。", en="A person will look at it and answer you."),
    "next_working": Text(zh="有人正在处理，会在这里答复您。", en="Somebody is working on it and will answer you here."),
    "next_asked": Text(zh="工作人员有一个问题，请在下面回答。", en="There is a question for you. Please answer below."),
    "next_answered": Text(
        zh="答复见下。如不同意，可在下面补充说明，我们会再看一次。",
        en="The answer is below. If you do not agree, add what is missing: it is looked at once more.",
    ),
    "next_closed": Text(zh="这份举报已经结束。", en="Nothing more happens with this report."),
    "next_withdrawn": Text(zh="您已撤回这份举报。", en="You took this report back."),
    "late": Text(zh="已超过时限，我们对此负责。", en="The time limit has passed. That is our fault."),
    "found_title": Text(zh="在本服务的记录中查找", en="The search of our records"),
    "looking": Text(zh="正在查找。本页会自动更新。", en="Being looked up. This page goes on by itself."),
    "question": Text(zh="工作人员的问题", en="What you are asked"),
    "answer": Text(zh="答复", en="The answer"),
    "clauses": Text(zh="依据：{clauses}", en="On the ground of: {clauses}"),
    "history": Text(zh="经过", en="What happened"),
    "add_title": Text(zh="补充", en="Add something"),
    "add": Text(zh="补充一句话或一个链接", en="One line, or a link"),
    "add_send": Text(zh="补充", en="Add it"),
    "withdraw_title": Text(zh="撤回举报", en="Take the report back"),
    "withdraw_lead": Text(
        zh="撤回后不再处理，您写的和提供的内容随即销毁，不可恢复。",
        en="It is not worked on any more, and what you wrote and gave is destroyed for good.",
    ),
    "withdraw": Text(zh="确认撤回", en="Yes, take it back"),
    # Said by the script (assets/fingerprint.js)
    "js_wait": Text(zh="正在您的设备上生成指纹…", en="Making the fingerprint on your device…"),
    "js_done": Text(
        zh="指纹已生成，文件仍只在您的设备上。只有这串指纹会发送：",
        en="Done. The file is still on your device alone. Only this is sent:",
    ),
    "js_plain": Text(
        zh="画面过于单调，指纹不足以辨认；只会发送文件的校验值。",
        en="There is too little in the picture for a fingerprint: only the checksum of the file is sent.",
    ),
    "js_failed": Text(
        zh="这个文件无法在浏览器中生成指纹。您可以只填链接，或选择其他提供方式。",
        en="Your browser cannot make a fingerprint of this file. A link is enough, or choose another way to give it.",
    ),
}

MARKS: Final[dict[str, Text]] = {
    "read": Text(zh="已对照法规原文", en="read in the law's text"),
    "read2": Text(zh="有多个二手来源", en="from several second-hand sources"),
    "memory": Text(zh="未核对", en="not verified"),
    "ours": Text(zh="本系统的选择", en="our own choice"),
}
"""How far a clause is verified, in words for everybody."""

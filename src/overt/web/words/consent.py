"""The words of the consent pages and of the register of refusals.

What a request says of itself is in `overt.gate.consent.notice`.
"""

from __future__ import annotations

from typing import Final

from overt.gate.consent.model import State
from overt.language import Text

WORDS: Final[dict[str, Text]] = {
    # Before the page is opened
    "start_title": Text(zh="有人在征求您的同意", en="Somebody is asking for your consent"),
    "start_lead": Text(
        zh="{asker} 想用人工智能制作与您有关的内容。您可以看完说明再决定，也可以不同意。",
        en="{asker} would like to use you in something made by AI. Read what it is about, then decide. You may say no.",
    ),
    "start_for": Text(
        zh="本链接给 {name}。如果不是您，请关闭本页。", en="This link is for {name}. If that is not you, close it."
    ),
    "age": Text(zh="您的年龄", en="Your age"),
    "age_over": Text(zh="我已满 14 周岁", en="I am 14 or older"),
    "age_under": Text(
        zh="未满 14 周岁：由父母或其他监护人替孩子答复", en="Under 14: a parent or guardian answers for the child"
    ),
    "open": Text(zh="看说明", en="Read what it is about"),
    "until": Text(zh="请在 {day} 前答复。不答复就当作没有同意。", en="Please answer by {day}. No answer counts as no."),
    # The question
    "preview": Text(zh="示例", en="An example"),
    "preview_image": Text(zh="将要制作的内容的示例图片", en="A picture of what would be made"),
    "preview_none": Text(zh="没有示例。", en="There is no example."),
    "choose": Text(zh="请逐项勾选您愿意的", en="Tick what you agree to, one by one"),
    "choose_hint": Text(
        zh="没有勾选的，就是不同意。每一项都可以不选。",
        en="What you do not tick, you do not agree to. You are free to leave any of them out.",
    ),
    "likeness": Text(zh="可以使用我的：", en="This may be used of me:"),
    "techniques": Text(zh="可以这样制作：", en="This may be done:"),
    "purposes": Text(zh="可以用于：", en="It may be used for:"),
    "prove": Text(zh="请证明是您本人", en="Show that it is you"),
    "prove_sentence": Text(
        zh="请录一段声音或视频，清楚地念出下面的话：",
        en="Record a sound or a film in which you clearly read this aloud:",
    ),
    "prove_gesture": Text(
        zh="请拍一段短视频或一张照片，照下面的做：", en="Make a short film or a photo in which you do this:"
    ),
    "prove_fresh": Text(
        zh="这句话只为这次请求而生成，{minutes} 分钟内有效。以前录的不能用。",
        en="This was made for this request alone and is good for {minutes} minutes. An older recording cannot be used.",
    ),
    "prove_file": Text(zh="录制或选择文件（最大 {most} MB）", en="Record, or choose the file (up to {most} MB)"),
    "prove_without": Text(
        zh="如果您无法录制（例如无法说话或做动作），可以不上传；工作人员会用其他方式确认。",
        en="If you cannot record (because you cannot speak or move like that, for instance), leave it out: "
        "a person will check in another way.",
    ),
    "guardian": Text(zh="监护人", en="Parent or guardian"),
    "guardian_lead": Text(
        zh="孩子未满 14 周岁，请由监护人答复，并由孩子出镜或出声。",
        en="For a child under 14 the guardian answers; the child is the one in the recording.",
    ),
    "guardian_name": Text(zh="监护人姓名", en="Your full name"),
    "guardian_relation": Text(zh="与孩子的关系", en="How you are related"),
    "relation_parent": Text(zh="父亲或母亲", en="Parent"),
    "relation_other": Text(zh="其他监护人", en="Another guardian"),
    "give": Text(zh="同意我勾选的内容", en="I agree to what I ticked"),
    "decline": Text(zh="不同意", en="I do not agree"),
    "decline_lead": Text(zh="或者：", en="Or:"),
    # After the answer
    "own_title": Text(zh="您的同意", en="Your consents"),
    "own_lead": Text(
        zh="请保存本页链接：随时可以打开它查看或撤回。",
        en="Keep the link to this page: it is how you look again, or withdraw.",
    ),
    "given_now": Text(zh="已记下您的同意", en="Your consent is recorded"),
    "declined_title": Text(zh="已记下：您不同意", en="Recorded: you said no"),
    "declined_lead": Text(
        zh="不会制作任何内容，对您没有任何影响。",
        en="Nothing will be made, and nothing changes for you.",
    ),
    "lapsed_title": Text(zh="答复期限已过", en="The time to answer has passed"),
    "lapsed_lead": Text(zh="视为没有同意，不会制作任何内容。", en="It counts as no: nothing will be made."),
    "never_title": Text(zh="再也不想被问到？", en="Do you never want to be asked?"),
    "never": Text(zh="加入拒绝名单", en="Join the register of people who refuse"),
    "limit": Text(zh="缩小范围", en="Allow less"),
    "limit_of": Text(zh="缩小范围：{what}", en="Allow less: {what}"),
    "limit_lead": Text(
        zh="去掉不再允许的，或减少份数。立即生效；正在办理而不再包括在内的请求随即失效，已公开的不变。",
        en="Take away what you no longer allow, or lower the number. It counts at once: requests under way that are no "
        "longer covered become worthless. What is public stays as it is.",
    ),
    "limit_uses": Text(zh="最多几份（{least}–{most}）", en="How many at most ({least}–{most})"),
    "limit_save": Text(zh="只允许这些", en="Allow only this"),
    "limited_now": Text(zh="已缩小范围，立即生效。", en="Recorded: you allow less. It counts from now on."),
    "limited_at": Text(zh="您在 {day} 缩小了范围", en="You limited it on {day}"),
    "not_limited": Text(zh="没有改动", en="Nothing was changed"),
    "passkey_title": Text(zh="不用链接也能回来", en="Come back without the link"),
    "passkey_lead": Text(
        zh="在这台设备上添加通行密钥（指纹、面容或锁屏密码），以后打开“我的同意”即可，不必保存链接。",
        en="Add a passkey of this device (a finger, your face, or its lock). From then on, open “My consents”: you "
        "need not keep the link.",
    ),
    "passkey_add": Text(zh="添加通行密钥", en="Add a passkey"),
    "passkey_failed": Text(
        zh="没有成功，请再试一次，或继续使用链接。", en="That did not work. Try once more, or keep using the link."
    ),
    "passkey_added": Text(zh="已添加通行密钥。", en="The passkey was added."),
    "mine": Text(zh="我的同意", en="My consents"),
    "mine_lead": Text(
        zh="用您在同意页面添加的通行密钥，查看、缩小或撤回您的同意。",
        en="With the passkey that you added on your page: see, limit or withdraw what you allowed.",
    ),
    "mine_open": Text(zh="用通行密钥打开", en="Open with a passkey"),
    "mine_link": Text(
        zh="没有通行密钥，或未启用脚本？请打开您收到的链接，其中可以办理全部事项。",
        en="No passkey, or no scripts? Open the link that you received; everything can be done there.",
    ),
    "mine_leave": Text(zh="离开", en="Leave"),
    "withdraw": Text(zh="撤回", en="Withdraw"),
    "withdraw_of": Text(zh="撤回：{what}", en="Withdraw: {what}"),
    "withdraw_hint": Text(zh="按一下即生效，不会再次确认。", en="One press is enough; you will not be asked again."),
    "withdrawn_now": Text(
        zh="已撤回，立即生效。不会再制作任何内容。", en="Withdrawn, from this moment on. Nothing more will be made."
    ),
    "receipt": Text(zh="查看凭据", en="See the receipt"),
    "receipt_title": Text(zh="同意凭据", en="Receipt of your consent"),
    "receipt_json": Text(zh="下载（JSON，已签名）", en="Download (JSON, signed)"),
    "back": Text(zh="返回", en="Back"),
    "made_count": Text(zh="已制作 {used} / {uses}", en="{used} of {uses} made"),
    "valid_until": Text(zh="有效期至 {day}", en="Valid until {day}"),
    "recalled_count": Text(
        zh="{count} 份已发布的内容已列入撤回名单。", en="{count} released contents were put on the recall list."
    ),
    "proof_waiting_state": Text(zh="等待确认", en="waits to be checked"),
    "proof_refused_state": Text(zh="未通过确认", en="not accepted"),
    "proof_waiting": Text(
        zh="等待工作人员确认录制内容；确认前不会制作。",
        en="A person still has to check your recording; nothing is made before.",
    ),
    "proof_refused": Text(
        zh="录制内容未通过确认，不会制作。", en="The recording did not pass the check; nothing is made."
    ),
    # The register of people who refuse
    "refuse_title": Text(zh="拒绝被合成：登记", en="I do not want to be synthesised"),
    "refuse_lead": Text(
        zh="登记后，凡是可能使用您的姓名、照片或声音的请求，都会先停下来，由工作人员核对。无需账号，不收费用。",
        en="Once you are on this register, every request that may use your name, your photo or your voice stops, and a "
        "person looks at it first. You need no account, and it costs nothing.",
    ),
    "refuse_what": Text(zh="用什么认出您（至少一项）", en="What to know you by (at least one)"),
    "refuse_names": Text(zh="姓名、艺名（每行一个）", en="Your names (one a line)"),
    "refuse_photo": Text(zh="一张脸部照片", en="A photo of your face"),
    "refuse_voice": Text(zh="一段您的声音", en="A recording of your voice"),
    "refuse_contact": Text(zh="手机号或邮箱", en="Phone number or e-mail"),
    "refuse_contact_hint": Text(zh="只用于确认是您本人。", en="Used only to make sure that it is you."),
    "refuse_kept": Text(
        zh="这些信息加密保存，只用于核对请求。退出时全部销毁。",
        en="All of this is kept encrypted and is used for nothing but this check. When you leave, it is destroyed.",
    ),
    "refuse_separate": Text(
        zh="我同意为此处理我的照片或声音（敏感个人信息）",
        en="I agree that my photo or voice (sensitive information) is processed for this",
    ),
    "refuse_join": Text(zh="登记", en="Put me on the register"),
    "refuse_own": Text(zh="您的登记", en="Your entry"),
    "refuse_waiting": Text(
        zh="还差一步：请确认是您本人。我们会把 8 位验证码发到您留下的联系方式，或由工作人员与您联系。",
        en="One step is left: show that it is you. An 8-digit code is sent to the contact that you gave, or a "
        "person gets "
        "in touch with you.",
    ),
    "refuse_code": Text(zh="验证码", en="Code"),
    "refuse_enter": Text(zh="确认", en="Confirm"),
    "refuse_wrong": Text(zh="验证码不对或已失效。", en="This code is wrong, or no longer good."),
    "refuse_wrong_hint": Text(
        zh="请核对后再输入；输错五次后须请工作人员重发。",
        en="Check it and try again. After five wrong tries a person has to send another.",
    ),
    "refuse_verified": Text(
        zh="您已登记。可能涉及您的请求会先由工作人员核对。",
        en="You are on the register. A person looks at every request that may concern you.",
    ),
    "refuse_leave": Text(zh="退出并销毁我的信息", en="Leave, and destroy what is kept of me"),
    "refuse_left": Text(zh="您已退出，您的信息已销毁。", en="You have left, and what was kept of you is destroyed."),
    "refuse_keep_link": Text(zh="请保存本页链接，以便退出。", en="Keep the link to this page: it is how you leave."),
}

STATES: Final[dict[State, Text]] = {
    "asked": Text(zh="等待您的答复", en="waits for your answer"),
    "opened": Text(zh="等待您的答复", en="waits for your answer"),
    "given": Text(zh="有效", en="in force"),
    "declined": Text(zh="您没有同意", en="you said no"),
    "lapsed": Text(zh="未答复，视为没有同意", en="not answered, counts as no"),
    "used-up": Text(zh="次数已用完", en="used up"),
    "expired": Text(zh="已到期", en="expired"),
    "withdrawn": Text(zh="已撤回", en="withdrawn"),
}

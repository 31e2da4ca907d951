"""The words of the register of people who refuse, in the console."""

from __future__ import annotations

from typing import Final

from overt.gate.consent.register import State
from overt.language import Text

WORDS: Final[dict[str, Text]] = {
    "title": Text(zh="拒绝名单", en="People who refuse"),
    "lead": Text(
        zh="登记在册的人不愿被合成。核实是本人之后，可能涉及他们的请求都会停下来等人查看。",
        en="These people do not want to be synthesised. Once it is shown to be them, every request that may concern "
        "them stops and waits for somebody.",
    ),
    "filter": Text(zh="筛选", en="Show"),
    "all": Text(zh="全部", en="All"),
    "empty": Text(zh="没有登记", en="Nobody is on the register"),
    "empty_hint": Text(
        zh="公众可在“拒绝被合成”页面自行登记，无需账号。",
        en="People put themselves on it, without an account, on the public page.",
    ),
    "empty_act": Text(zh="打开登记页", en="Open the public page"),
    "state": Text(zh="状态", en="State"),
    "joined": Text(zh="登记时间", en="Joined"),
    "names": Text(zh="姓名", en="Names"),
    "contact": Text(zh="联系方式", en="Contact"),
    "known_by": Text(zh="识别依据", en="Known by"),
    "photo": Text(zh="照片", en="photo"),
    "voice": Text(zh="声音", en="voice"),
    "acts": Text(zh="办理", en="To do"),
    "new_code": Text(zh="生成验证码", en="Make a code"),
    "new_code_for": Text(zh="为 {who} 生成验证码", en="Make a code for {who}"),
    "verify": Text(zh="确认是本人", en="It is them"),
    "verify_for": Text(zh="确认是 {who} 本人", en="It is {who}"),
    "hint": Text(
        zh="请用登记的联系方式发送验证码；或由您联系核实后点“确认是本人”。",
        en="Send a code to the contact that they gave; or get in touch yourself, and press “It is them”.",
    ),
    "done_verified": Text(zh="已确认，从现在起生效。", en="Verified. It counts from now on."),
    "code_title": Text(zh="请把验证码发给本人", en="Send this code to the person"),
    "code_lead": Text(
        zh="只显示一次；以前的验证码已失效。输错五次后须重新生成。",
        en="It is shown this once; any code before it is no longer good. After five wrong tries another is needed.",
    ),
    "code": Text(zh="验证码", en="Code"),
    "gone": Text(zh="验证码已不再显示", en="This code is no longer shown"),
    "gone_hint": Text(zh="如未发出，请重新生成。", en="If it was not sent, make another."),
}
STATES: Final[dict[State, Text]] = {
    "waiting": Text(zh="待核实", en="waits to be verified"),
    "verified": Text(zh="已核实", en="verified"),
    "left": Text(zh="已退出", en="has left"),
}
BADGES: Final[dict[State, str]] = {"waiting": "warn", "verified": "good", "left": "calm"}

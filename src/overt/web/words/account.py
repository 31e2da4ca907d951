"""The words of the page about one's own account."""

from __future__ import annotations

from typing import Final

from overt.language import Text
from overt.web.words.sign_in import WORDS as SIGN_IN

_SHARED: Final = (
    *("passkey_title", "passkey_lead", "make_passkey", "no_passkey", "passkey_not_made", "password", "password_hint"),
    *("repeat", "scan", "qr", "secret", "first_code", "set_password", "with_password"),
)
WORDS: Final[dict[str, Text]] = {name: SIGN_IN[name] for name in _SHARED} | {
    "title": Text(zh="我的账号", en="My account"),
    "roles": Text(zh="角色", en="Roles"),
    "login": Text(zh="登录名", en="Sign-in name"),
    "until": Text(zh="有效期至", en="Until"),
    "ways": Text(zh="登录方式", en="How you sign in"),
    "ways_hint": Text(
        zh="建议有两把通行密钥，一把丢失时仍能登录。增减登录方式后，其他设备会退出登录。",
        en="Two passkeys are best: one may get lost. Whenever a way is added or removed, other sessions end.",
    ),
    "way": Text(zh="方式", en="Way"),
    "added": Text(zh="添加时间", en="Added"),
    "used": Text(zh="最近使用", en="Last used"),
    "act": Text(zh="操作", en="Act"),
    "remove": Text(zh="移除", en="Remove"),
    "codes_left": Text(zh="剩余恢复码 {count} 个", en="{count} recovery codes left"),
    "passkey_name": Text(zh="名称", en="Its name"),
    "passkey_name_hint": Text(zh="例如“工作电脑”。", en="“Work laptop”, for example."),
    "change_password": Text(zh="更换密码和动态口令", en="Set password and codes anew"),
    "add_password": Text(zh="添加密码和动态口令", en="Add a password with codes"),
    "company": Text(zh="企业账号", en="Company sign-in"),
    "sessions": Text(zh="已登录的设备", en="Where you are signed in"),
    "device": Text(zh="浏览器", en="Browser"),
    "begun": Text(zh="登录时间", en="Signed in"),
    "seen": Text(zh="最近使用", en="Last seen"),
    "this_one": Text(zh="当前", en="This one"),
    "unknown_device": Text(zh="未知浏览器", en="Unknown browser"),
    "end_others": Text(zh="退出其他所有设备", en="End the others"),
    "only_here": Text(zh="只在这里登录。", en="You are signed in here alone."),
    "done_others": Text(zh="其他设备均已退出登录。", en="All other sessions were ended."),
    "done_passkey": Text(zh="通行密钥已添加。", en="The passkey was added."),
    "done_removed": Text(zh="该登录方式已移除。", en="This way to sign in was removed."),
    "done_kept": Text(zh="设置完成。", en="All is set."),
    "recovery_title": Text(zh="请保存恢复码", en="Keep your recovery codes"),
    "recovery_lead": Text(
        zh="身份验证应用不可用时，每个恢复码可代替动态口令使用一次。它们只显示这一次。",
        en="When the app is gone, each of these stands in for a one-time code, once. They are shown this one time.",
    ),
    "recovery_hint": Text(
        zh="打印出来，或存入密码管理器，不要与密码放在一起。",
        en="Print them or put them into a password manager, not where the password is.",
    ),
    "recovery_done": Text(zh="我已保存", en="I have kept them"),
    "password_title": Text(zh="设置密码和动态口令", en="Set a password with one-time codes"),
    "password_lead": Text(
        zh="原有的密码、动态口令和恢复码将失效。", en="A password, codes and recovery codes from before stop working."
    ),
    "typed_title": Text(zh="您填写的内容还在", en="What you typed is still here"),
    "typed_lead": Text(
        zh="重新登录前的操作尚未执行，请核对后提交。", en="Nothing was done yet. Look it over, then send it."
    ),
    "typed_send": Text(zh="提交", en="Send"),
    "typed_back": Text(zh="不提交，返回原页面", en="Back to the page without sending it"),
    "typed_gone": Text(zh="没有待提交的内容", en="Nothing waits to be sent"),
    "typed_gone_hint": Text(zh="填写的内容只保留几分钟", en="What was typed is kept for some minutes"),
    "typed_gone_next": Text(zh="请返回原页面重新填写。", en="Go back to the page, and fill it in again."),
    "today": Text(zh="前往今日工作", en="To today"),
}

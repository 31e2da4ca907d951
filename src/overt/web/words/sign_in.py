"""The words of the sign-in and of the links by which people of staff come in."""

from __future__ import annotations

from typing import Final

from overt.language import Text

WORDS: Final[dict[str, Text]] = {
    "title": Text(zh="登录控制台", en="Sign in to the console"),
    "again": Text(
        zh="您要做的操作影响较大，请再次证明是您本人。",
        en="What you are about to do weighs. Please show once more that it is you.",
    ),
    "signed_out": Text(zh="您已退出登录。", en="You are signed out."),
    "with_passkey": Text(zh="使用通行密钥登录", en="Sign in with a passkey"),
    "passkey_hint": Text(
        zh="通过指纹、面容或设备密码确认，无需输入登录名。",
        en="Your finger, your face or your device's PIN; no name to type.",
    ),
    "passkey_failed": Text(
        zh="通行密钥未能使用。请再试一次，或用密码和动态口令登录。",
        en="The passkey could not be used. Try once more, or sign in with password and code.",
    ),
    "passkey_not_made": Text(
        zh="未能创建通行密钥。请再试一次，或设置密码和动态口令。",
        en="The passkey could not be made. Try once more, or set a password with one-time codes.",
    ),
    "with_company": Text(zh="通过 {name} 登录", en="Sign in with {name}"),
    "with_password": Text(zh="密码和动态口令", en="Password and one-time code"),
    "login": Text(zh="登录名", en="Sign-in name"),
    "password": Text(zh="密码", en="Password"),
    "code": Text(zh="动态口令", en="One-time code"),
    "code_hint": Text(
        zh="身份验证应用显示的 6 位数字；应用不在手边时填恢复码。",
        en="The six digits that your app shows, or one of your recovery codes.",
    ),
    "sign_in_button": Text(zh="登录", en="Sign in"),
    "wrong": Text(zh="登录名、密码或动态口令不正确", en="Sign-in name, password or code are not right"),
    "wrong_hint": Text(
        zh="每个口令只能用一次；请等应用显示下一个，检查后再试。",
        en="Each code works once: wait for the next one, look at what you typed, and try again.",
    ),
    "wait": Text(zh="尝试次数过多", en="Too many attempts"),
    "wait_hint": Text(zh="请在 {seconds} 秒后再试。", en="Try again in {seconds} seconds."),
    "lost": Text(zh="无法登录？", en="You cannot get in?"),
    "lost_hint": Text(
        zh="管理员可以为您生成新的登录链接；若无人能登录，请在服务器上运行 overt staff link。",
        en="An administrator can make a new link for you. If nobody gets in, run `overt staff link` at the machine.",
    ),
    "arrived": Text(zh="已登录", en="You are signed in"),
    "go_on": Text(zh="继续", en="Go on"),
    # Links
    "welcome_first": Text(zh="创建第一位管理员", en="Make the first administrator"),
    "welcome_first_lead": Text(
        zh="管理员可邀请其他工作人员并分配角色。链接用过即失效。",
        en="An administrator invites the others and gives them their roles. The link works no more after this.",
    ),
    "welcome_invitation": Text(zh="欢迎，{name}", en="Welcome, {name}"),
    "welcome_invitation_lead": Text(
        zh="请选择登录方式。您的登录名是 {login}。", en="Choose how you will sign in. Your sign-in name is {login}."
    ),
    "welcome_reset": Text(zh="重新设置登录方式", en="Set anew how you sign in"),
    "welcome_reset_lead": Text(
        zh="账号 {login} 原有的全部登录方式将被替换，所有设备都会退出登录。",
        en="All ways to sign in of {login} are replaced, and every session ends.",
    ),
    "name": Text(zh="姓名", en="Your name"),
    "name_hint": Text(zh="只显示给同事，加密保存。", en="Shown to colleagues alone, and kept sealed."),
    "login_hint": Text(zh="例如工作邮箱。", en="Your e-mail address at work, for example."),
    "passkey_title": Text(zh="通行密钥（推荐）", en="A passkey (the best way)"),
    "passkey_lead": Text(
        zh="不必记密码，也无法被钓鱼网站骗走。",
        en="Nothing to remember, and no false page can talk it out of you.",
    ),
    "make_passkey": Text(zh="创建通行密钥", en="Make a passkey"),
    "no_passkey": Text(
        zh="此浏览器或此地址无法使用通行密钥（需要 HTTPS 或 localhost，并启用脚本）。",
        en="This browser, or this address, cannot use passkeys: they need HTTPS or localhost, and scripts.",
    ),
    "or_password": Text(zh="或者：密码和动态口令", en="Or: a password with one-time codes"),
    "password_hint": Text(
        zh="至少 12 个字符。几个互不相关的词就很好。",
        en="At least 12 characters. A few words that have nothing to do with each other are good.",
    ),
    "repeat": Text(zh="再输入一次密码", en="The password once more"),
    "scan": Text(
        zh="用身份验证应用扫描此二维码，再填写应用显示的 6 位数字。",
        en="Scan this with an authenticator app, then type the six digits that it shows.",
    ),
    "qr": Text(zh="身份验证应用的二维码", en="QR code for the authenticator app"),
    "secret": Text(zh="无法扫描时，手动输入：", en="If you cannot scan it, type this into the app:"),
    "first_code": Text(zh="应用显示的动态口令", en="The code that the app shows"),
    "set_password": Text(zh="设置密码和动态口令", en="Set password and codes"),
    "not_same": Text(zh="两次输入的密码不一致", en="The two passwords are not the same"),
    "not_code": Text(zh="动态口令不正确", en="The one-time code is not right"),
    "not_code_hint": Text(
        zh="检查手机时间是否准确，等应用显示下一个口令后再试。",
        en="See whether your phone's clock is right, wait for the next code, and try again.",
    ),
    "type_again": Text(zh="请重新输入。", en="Type it again."),
    "took_long": Text(zh="时间过长，请扫描新的二维码", en="That took long: please scan the new QR code"),
    "unknown_company": Text(zh="此企业账号没有访问权限", en="This company account has no access"),
    "unknown_company_hint": Text(
        zh="请管理员先以您的工作邮箱邀请您。", en="Ask an administrator to invite you under your e-mail address."
    ),
}

"""The words of the pages about people of staff."""

from __future__ import annotations

from typing import Final

from overt.language import Text

WORDS: Final[dict[str, Text]] = {
    "title": Text(zh="工作人员", en="Staff"),
    "lead": Text(
        zh="谁可以进入控制台，能做什么。每次变更都记入账本。",
        en="Who may come into the console, and what for. The ledger keeps every change.",
    ),
    "name": Text(zh="姓名", en="Name"),
    "login": Text(zh="登录名", en="Sign-in name"),
    "login_hint": Text(
        zh="用工作邮箱时，本人也可通过企业账号登录。",
        en="With an e-mail address at work, the company's sign-in knows them, too.",
    ),
    "roles": Text(zh="角色", en="Roles"),
    "state": Text(zh="状态", en="State"),
    "added": Text(zh="加入时间", en="Added"),
    "invited": Text(zh="待加入", en="Invited"),
    "active": Text(zh="在用", en="Active"),
    "left": Text(zh="已离开", en="Left"),
    "nameless": Text(zh="（姓名已删除）", en="(name erased)"),
    "alone": Text(zh="目前只有您一人", en="You are alone here"),
    "alone_hint": Text(
        zh="至少再邀请一位管理员，以免您无法登录时无人可以处理。",
        en="Invite one more administrator at least: somebody has to help when you cannot get in.",
    ),
    "invite": Text(zh="邀请工作人员", en="Invite somebody"),
    "invite_lead": Text(
        zh="保存后会得到一个一次性链接，请通过可靠的途径交给本人。",
        en="You will get a link that works once. Hand it over in a way that only they can read.",
    ),
    "send": Text(zh="邀请", en="Invite"),
    "roles_hint": Text(
        zh="一个人可以有多个角色，按最小必要授予。检查人员凭检查授权加入，不在此办理。",
        en="One person may have several; give no more than the work needs. Inspectors come with a warrant, not here.",
    ),
    "may": Text(zh="“{role}”可以做什么", en="What “{role}” may do"),
    "change_roles": Text(zh="更改角色", en="Change roles"),
    "change_hint": Text(zh="更改后，其所有设备会退出登录。", en="Whoever it is has to sign in again everywhere."),
    "inspector_roles": Text(zh="检查人员的权限由检查授权决定。", en="What an inspector may see is in the warrant."),
    "link": Text(zh="新的登录链接", en="A new link to sign in"),
    "link_invited": Text(
        zh="原链接丢失或过期时使用；之前的链接随即失效。",
        en="For when the first one was lost or is over; the one before stops working.",
    ),
    "link_reset": Text(
        zh="用于本人无法登录时。打开链接后，其原有的全部登录方式将被替换。请先当面确认是本人。",
        en="For somebody who cannot get in. Once it is opened, all their ways to sign in are replaced. Make sure that "
        "it is them: see them, or call them.",
    ),
    "make_link": Text(zh="生成链接", en="Make a link"),
    "once": Text(zh="请立即复制此链接，它只显示这一次", en="Copy this link now: it is shown this one time"),
    "once_hint": Text(zh="{days} 天内有效，只能使用一次。", en="It works once, within {days} days."),
    "leaving": Text(zh="离开", en="Leaving"),
    "leave_hint": Text(
        zh="立即退出所有设备，登录方式全部删除，账号不能恢复。账本中的记录保留。",
        en="Every session ends at once and all ways to sign in are gone, for good. The ledger keeps its record.",
    ),
    "leave": Text(zh="让此人离开", en="Take this person out"),
    "leave_sure": Text(zh="我确认此人不再需要访问", en="I am sure: this person needs no access any more"),
    "not_sure": Text(zh="请先勾选确认", en="Tick that you are sure"),
    "not_sure_hint": Text(zh="此操作不能撤销。", en="This cannot be taken back."),
    "done_invited": Text(zh="邀请已生成。", en="The invitation is ready."),
    "done_roles": Text(zh="角色已更改。", en="The roles were changed."),
    "done_link": Text(zh="链接已生成。", en="The link is ready."),
    "done_left": Text(zh="此人已离开。", en="This person was taken out."),
    "you": Text(zh="您", en="You"),
    "until": Text(zh="有效期至", en="Until"),
    "all_staff": Text(zh="全部工作人员", en="All staff"),
}

"""The words of users' accounts in the console."""

from __future__ import annotations

from typing import Final

from overt.language import Text

WORDS: Final[dict[str, Text]] = {
    "title": Text(zh="用户账号", en="Users' accounts"),
    "lead": Text(
        zh="账号只有编号：这里不保存姓名和证件号码，只保存核验的方式、结果和时间。",
        en="An account is a number. Neither names nor documents are kept here, only how an identity was checked, with "
        "what result, and when.",
    ),
    "find": Text(zh="账号编号", en="Account"),
    "open_new": Text(zh="新建账号", en="Open an account"),
    "empty": Text(zh="还没有账号", en="There are no accounts yet"),
    "empty_hint": Text(
        zh="用户首次登录、网关密钥生成时会自动建立账号，也可在此新建。",
        en="One is opened when a user signs in for the first time, with a key of the gateway, or here.",
    ),
    "account": Text(zh="账号", en="Account"),
    "opened": Text(zh="建立时间", en="Opened"),
    "state": Text(zh="状态", en="State"),
    "identity": Text(zh="身份", en="Identity"),
    "open": Text(zh="正常", en="open"),
    "closed": Text(zh="已注销", en="closed by its user"),
    "held": Text(zh="受处置", en="sanctioned"),
    "warned": Text(zh="受警示", en="warned"),
    "off": Text(zh="已停用", en="switched off"),
    "until": Text(zh="至 {when}", en="until {when}"),
    "attestations": Text(zh="身份核验", en="Checks of identity"),
    "no_attestations": Text(zh="没有核验记录。", en="Nothing was checked yet."),
    "method": Text(zh="方式", en="How"),
    "passed": Text(zh="通过", en="passed"),
    "failed": Text(zh="未通过", en="did not pass"),
    "provider": Text(zh="核验服务方", en="Checked by"),
    "checked": Text(zh="核验时间", en="Checked"),
    "counts_until": Text(zh="有效期至", en="Counts until"),
    "attest": Text(zh="登记一次核验", en="Add a check"),
    "reference": Text(zh="服务方的核验流水号", en="The checker's reference"),
    "reference_hint": Text(
        zh="只保存其摘要。请勿填写手机号、证件号。", en="Only a hash of it is kept. Never a phone or document number."
    ),
    "result": Text(zh="结果", en="Result"),
    "add": Text(zh="登记", en="Add"),
    "texts": Text(zh="协议与规则", en="Agreement and rules"),
    "agreement": Text(zh="服务协议", en="Service agreement"),
    "rules": Text(zh="管理规则", en="Rules"),
    "version": Text(zh="版本", en="Version"),
    "prompted": Text(zh="提示阅读", en="Asked to read"),
    "accepted": Text(zh="同意时间", en="Accepted"),
    "not_accepted": Text(zh="尚未同意", en="not yet"),
    "no_texts": Text(zh="还没有提示阅读任何版本。", en="Was not asked to read any version yet."),
    "current": Text(zh="现行版本：{version}", en="The version that applies: {version}"),
    "sanctions": Text(zh="处置", en="Sanctions"),
    "no_sanctions": Text(zh="没有处置。", en="There are none."),
    "duty": Text(zh="依据的义务", en="Duty"),
    "duty_hint": Text(
        zh="规则手册中的编号，例如 DS-10e、GA-14b。", en="Its id in the rulebook, such as DS-10e or GA-14b."
    ),
    "lifted_on": Text(zh="已于 {when} 解除", en="lifted on {when}"),
    "holds": Text(zh="有效", en="holds"),
    "ended": Text(zh="已到期", en="has ended"),
    "functions": Text(zh="限制的功能", en="Functions"),
    "functions_hint": Text(
        zh="只在“限制功能”时填写，用逗号分隔，例如 images, videos.create。",
        en="Only for a restriction; divided by commas, such as images, videos.create.",
    ),
    "why": Text(zh="理由（告知用户）", en="Why (the user is told)"),
    "end": Text(zh="截止日期（选填）", en="Last day (optional)"),
    "appeal": Text(zh="申诉途径", en="How to appeal"),
    "appeal_hint": Text(zh="网址或联系方式，用户会看到。", en="An address or a contact, which the user sees."),
    "impose": Text(zh="作出处置", en="Impose a sanction"),
    "impose_button": Text(zh="处置", en="Impose"),
    "kind": Text(zh="处置措施", en="Which"),
    "lift": Text(zh="解除", en="Lift"),
    "lift_why": Text(zh="为什么解除（{what}）", en="Why lift it ({what})"),
    "close": Text(zh="注销账号", en="Close the account"),
    "close_lead": Text(
        zh="应用户要求注销；不能恢复。个人数据的删除请到“个人数据”办理。",
        en="For good, as its user asked. What is kept of them is erased on the page of the person.",
    ),
    "close_sure": Text(zh="用户已要求注销此账号", en="The user asked for it"),
    "close_button": Text(zh="注销", en="Close"),
    "person": Text(zh="导出或删除个人数据", en="Export or erase what is kept of this person"),
    "done_opened": Text(zh="账号已建立。", en="The account is open."),
    "done_attested": Text(zh="核验已登记。", en="The check is kept."),
    "done_imposed": Text(zh="处置已生效。", en="The sanction holds."),
    "done_lifted": Text(zh="处置已解除。", en="The sanction was lifted."),
    "done_closed": Text(zh="账号已注销。", en="The account is closed."),
}

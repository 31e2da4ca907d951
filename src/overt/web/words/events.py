"""What happened, in words: one line for each tag of the ledger. The page of a life and the API tell events by them."""

from __future__ import annotations

from typing import Final

from overt.language import Text

WORDS: Final[dict[str, Text]] = {
    "accounts:account:close": Text(zh="用户账号已注销", en="A user's account was closed"),
    "accounts:account:open": Text(zh="用户账号已开通", en="A user's account was opened"),
    "accounts:agreement:accept": Text(zh="用户接受了文本", en="A user accepted a text"),
    "accounts:agreement:prompt": Text(zh="提示用户阅读文本", en="A user was asked to read a text"),
    "accounts:agreement:publish": Text(zh="发布了文本的新版本", en="A version of a text was published"),
    "accounts:identity:attest": Text(zh="认证了真实身份", en="A real identity was attested"),
    "accounts:sanction:impose": Text(zh="对账号采取了处置措施", en="A sanction was imposed on an account"),
    "accounts:sanction:lift": Text(zh="解除了处置措施", en="A sanction was lifted"),
    "accounts:sign-in:link": Text(zh="关联了外部登录", en="A sign-in elsewhere was linked"),
    "accounts:switch:turn-off": Text(zh="已紧急关闭", en="Something was switched off"),
    "accounts:switch:turn-on": Text(zh="已恢复运行", en="Something was switched on again"),
    "dissemination:content:write-back": Text(zh="写入传播信息后传播", en="Distributed with our propagation data"),
    "duties:answer:enter": Text(zh="登记了声明或认定", en="Statements or determinations were entered"),
    "duties:fact:determine": Text(zh="认定了事实", en="A fact was determined"),
    "duties:register:export": Text(zh="导出了义务清单", en="The register of duties was exported"),
    "duties:statement:make": Text(zh="作出了声明", en="A statement was made"),
    "duties:statement:withdraw": Text(zh="撤回了声明", en="A statement was withdrawn"),
    "evidence:bundle:make": Text(zh="提供了证据包", en="A bundle of evidence was given out"),
    "gate:consent:ask": Text(zh="征求本人同意", en="The person was asked for consent"),
    "gate:consent:check": Text(zh="核对本人录制", en="The person's recording was checked"),
    "gate:consent:decline": Text(zh="本人不同意", en="The person said no"),
    "gate:consent:give": Text(zh="本人同意", en="The person said yes"),
    "gate:consent:limit": Text(zh="本人缩小了同意的范围", en="The person limited the consent"),
    "gate:consent:add-passkey": Text(zh="本人添加了通行密钥", en="The person added a passkey"),
    "gate:consent:open": Text(zh="本人打开了告知页面", en="The person opened the notice"),
    "gate:consent:withdraw": Text(zh="本人撤回同意", en="The person withdrew the consent"),
    "gate:content:deliver-unlabelled": Text(
        zh="未加显式标识，交付指定对象", en="Delivered to a recipient without explicit label"
    ),
    "gate:content:recall": Text(zh="已召回", en="Recalled"),
    "gate:decision:sign": Text(zh="闸口作出决定", en="The gate decided"),
    "gate:decision:use": Text(zh="依决定使用内容编号", en="The content id was used under the decision"),
    "gate:label-duty:agree": Text(zh="账号确认自行标识的责任", en="An account took on the duty to label"),
    "gate:output:review": Text(zh="审核产出内容", en="What came out was reviewed"),
    "gate:recipient:ask": Text(zh="要求接收方停止使用", en="A recipient is asked to stop using it"),
    "gate:refusal:join": Text(zh="申请拒绝被合成", en="Somebody asked never to be synthesised"),
    "gate:refusal:leave": Text(zh="退出拒绝登记", en="Somebody left the register of refusals"),
    "gate:refusal:verify": Text(zh="拒绝登记已核实", en="A refusal was verified"),
    "gateway:key:make": Text(zh="发放了网关密钥", en="A key of the gateway was made"),
    "gateway:key:withdraw": Text(zh="收回了网关密钥", en="A key of the gateway was withdrawn"),
    "marking:content:release": Text(zh="标识、读回并发布", en="Marked, read back and released"),
    "notices:notice:publish": Text(zh="发布了公示的新版本", en="A version of a notice was published"),
    "programs:webhook:make": Text(zh="建立了回调", en="A webhook was made"),
    "programs:webhook:turn": Text(zh="启用、停用或删除了回调", en="A webhook was turned on or off, or deleted"),
    "persons:data:uncover": Text(zh="说明理由后查看了个人信息", en="Personal data were uncovered, with a reason"),
    "reports:report:add": Text(zh="举报人补充了材料", en="The reporter added something"),
    "reports:report:answer": Text(zh="答复了举报人", en="The reporter got an answer"),
    "reports:report:ask": Text(zh="向举报人询问", en="The reporter was asked something"),
    "reports:report:close": Text(zh="举报办结", en="The report was closed"),
    "reports:report:confirm": Text(zh="登记了被举报内容的指纹", en="The reported content was remembered"),
    "reports:report:look": Text(zh="为举报检索了记录", en="The records were searched for the report"),
    "reports:report:receive": Text(zh="收到举报", en="A report came in"),
    "reports:report:see": Text(zh="查看了举报所附图片", en="A picture of the report was looked at"),
    "reports:report:take": Text(zh="有人开始处理举报", en="Somebody took up the report"),
    "reports:report:withdraw": Text(zh="举报已撤回", en="The report was withdrawn"),
    "retention:hold:place": Text(zh="冻结，不得删除", en="Held: nothing of it is deleted"),
    "retention:hold:release": Text(zh="解除冻结", en="The hold ended"),
    "retention:person:erase": Text(zh="删除了个人数据", en="A person's data were deleted"),
    "retention:person:export": Text(zh="向本人提供其数据", en="A person was given their data"),
    "retention:records:expire": Text(zh="到期记录已删除", en="Records expired"),
    "review:item:add": Text(zh="等待人工审核", en="Held for a person to review"),
    "review:item:answer": Text(zh="审核员作出答复", en="A reviewer answered"),
    "review:item:claim": Text(zh="审核员领取", en="A reviewer took it"),
    "review:item:follow": Text(zh="审核后作出新的决定", en="A new decision followed from the review"),
    "review:library:load": Text(zh="启用了特征库的新版本", en="A version of a feature library came into force"),
    "staff:credential:add": Text(zh="增加了登录方式", en="A way to sign in was added"),
    "staff:credential:remove": Text(zh="移除了登录方式", en="A way to sign in was removed"),
    "staff:key:make": Text(zh="发放了接口密钥", en="An API key was made"),
    "staff:key:withdraw": Text(zh="收回了接口密钥", en="An API key was withdrawn"),
    "staff:link:make": Text(zh="生成了一次性链接", en="A one-time link was made"),
    "staff:person:add": Text(zh="增加了工作人员", en="A person of staff was added"),
    "staff:person:grant": Text(zh="调整了角色", en="Roles were changed"),
    "staff:person:leave": Text(zh="工作人员离任", en="A person of staff left"),
    "staff:session:begin": Text(zh="登录", en="Somebody signed in"),
    "staff:session:end": Text(zh="会话被提前结束", en="Sessions were ended"),
    "trace:content:forget": Text(zh="删除了被举报内容的指纹", en="A reported content was forgotten"),
    "trace:content:remember": Text(zh="登记为被举报内容", en="Remembered as a reported content"),
}
_READ: Final = Text(zh="检查人员查阅", en="An inspector looked at it")
_MOVED: Final = Text(zh="检查授权或调取事项有变动", en="A warrant or a request for material changed")


_OVERWRITTEN: Final = Text(zh="这一条被改写，已无法读取", en="This entry was written over and cannot be read")


def title(tag: str) -> Text:
    """What happened, by the event's tag; the tag itself where it has no words."""
    if tag.startswith("inspections:"):
        return _READ if tag.endswith(":read") else _MOVED
    return WORDS.get(tag) or (Text(zh=tag, en=tag) if tag else _OVERWRITTEN)

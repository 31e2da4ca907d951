"""Words of the gate's decisions and of the form that asks it."""

from __future__ import annotations

from typing import Final

from overt.language import Text

OUTCOMES: Final[dict[str, Text]] = {
    "allow": Text(zh="许可", en="Allowed"),
    "hold": Text(zh="待人工答复", en="Held for a person"),
    "refuse": Text(zh="不予许可", en="Refused"),
}
KINDS: Final = {"allow": "good", "hold": "warn", "refuse": "bad"}
STANDINGS: Final[dict[str, Text]] = {
    "waits": Text(zh="等待人工答复", en="waits for a person"),
    "answered": Text(zh="已答复，由新的决定取代", en="answered by a new decision"),
    "refused": Text(zh="已终结", en="ended"),
    "allows": Text(zh="可以使用", en="can be used"),
    "used": Text(zh="内容编号均已使用", en="all its content ids are used"),
    "over": Text(zh="已过期", en="its hours are over"),
}
USES: Final[dict[str, Text]] = {
    "unused": Text(zh="未使用", en="unused"),
    "used": Text(zh="已使用", en="used"),
    "over": Text(zh="未使用，已过期", en="unused, and over"),
}
CHANNELS: Final[dict[str, Text]] = {
    "public": Text(zh="向公众公开", en="the public"),
    "circle": Text(zh="封闭范围内", en="a closed circle"),
    "private": Text(zh="仅请求者本人", en="the requester alone"),
}
LIKENESSES: Final[dict[str, Text]] = {
    "face": Text(zh="人脸", en="face"),
    "voice": Text(zh="人声", en="voice"),
    "body": Text(zh="身体形象", en="body"),
    "name": Text(zh="姓名", en="name"),
}
WHO: Final[dict[str, Text]] = {
    "consent": Text(zh="已取得同意（填写编号）", en="somebody who consents (give the number)"),
    "fictional": Text(zh="虚构人物", en="nobody real: fictional"),
    "official": Text(zh="履行公职中的公职人员", en="the holder of a public office, in that office"),
    "none": Text(zh="真实人物，未取得同意", en="somebody real who has not consented"),
}
LEVELS: Final[dict[str, Text]] = {
    "none": Text(zh="未认证", en="not checked"),
    "account": Text(zh="已登录", en="signed in"),
    "phone": Text(zh="移动电话号码", en="mobile number"),
    "id": Text(zh="身份证件或统一社会信用代码", en="ID document or credit code"),
    "national": Text(zh="国家网络身份认证", en="national network identity"),
}
SIGNATURES: Final[dict[str, tuple[str, Text]]] = {
    "good": ("good", Text(zh="签名有效，刚刚核对", en="the signature is good, checked just now")),
    "bad": ("bad", Text(zh="签名与内容不符", en="the signature does not fit what stands here")),
    "unknown": ("warn", Text(zh="签名所用的密钥不在当前配置中", en="signed by a key that this set-up does not name")),
}
PROOFS: Final[dict[str, tuple[str, Text]]] = {
    "proved": ("good", Text(zh="在最新检查点之下，刚刚核对", en="lies under the latest checkpoint, checked just now")),
    "waits": ("calm", Text(zh="等待下一个检查点", en="waits for the next checkpoint")),
    "unsigned": ("calm", Text(zh="账本尚无检查点", en="the ledger has no checkpoint yet")),
    "broken": ("bad", Text(zh="与检查点不符", en="does not agree with the checkpoint")),
}

WORDS: Final[dict[str, Text]] = {
    "title": Text(zh="决定", en="Decisions"),
    "lead": Text(
        zh="闸口对每个合成请求作出的签名答复：许可、待人工答复、不予许可，以及全部理由。",
        en="The gate's signed answers to what was to be synthesised: allowed, held or refused, with every reason.",
    ),
    "ask": Text(zh="向闸口提出请求", en="Ask the gate"),
    "any": Text(zh="全部", en="any"),
    "outcome": Text(zh="结果", en="Outcome"),
    "purpose": Text(zh="用途", en="Purpose"),
    "account": Text(zh="账号编号", en="Account (opaque id)"),
    "id": Text(zh="决定编号", en="Id of the decision"),
    "since": Text(zh="自", en="From"),
    "until": Text(zh="至（含）", en="To (including)"),
    "empty": Text(zh="没有符合条件的决定", en="No decision fits"),
    "empty_hint": Text(
        zh="每次向闸口提出请求（网关、程序、命令行或此处）都会产生一份决定。",
        en="Each request to the gate leads to one: through the gateway, a program, the command line, or from here.",
    ),
    "decided": Text(zh="作出时间", en="Decided"),
    "standing": Text(zh="状态", en="Standing"),
    "contents": Text(zh="内容编号", en="Content ids"),
    "used_of": Text(zh="已用 {used}/{given}", en="{used} of {given} used"),
    # One
    "one": Text(zh="决定", en="Decision"),
    "gone": Text(
        zh="该决定的内容已无法读取：账号的密钥已销毁，或保存期已满。以下为仍保留的登记信息。",
        en="What it said can be read no more: the account's key was destroyed, or its time is over. What follows is "
        "still on record.",
    ),
    "request": Text(zh="请求", en="What was asked"),
    "techniques": Text(zh="技术", en="Techniques"),
    "function": Text(zh="功能", en="Function"),
    "model": Text(zh="模型", en="Model"),
    "identity": Text(zh="身份认证", en="Identity"),
    "consents": Text(zh="所依据的同意", en="Consents that it rests on"),
    "label": Text(zh="显式标识", en="Explicit label"),
    "label_required": Text(zh="须添加", en="needed"),
    "label_waived": Text(zh="可以不加，须留存接收者信息", en="may be left out, for a recipient on record"),
    "style": Text(zh="样式 {style}", en="style {style}"),
    "expires": Text(zh="有效至", en="Until"),
    "answered": Text(zh="由谁答复", en="Answered by"),
    "reasons": Text(zh="理由", en="Reasons"),
    "no_reasons": Text(zh="没有须说明的理由。", en="Nothing had to be said."),
    "basis": Text(zh="依据", en="Rests on"),
    "clause": Text(zh="{instrument}，第 {article} 条", en="{instrument}, art. {article}"),
    "materials": Text(zh="审核过的内容", en="What was reviewed"),
    "materials_hint": Text(
        zh="决定只绑定哈希，不含内容本身。", en="The decision binds hashes, never what they are of."
    ),
    "role": Text(zh="角色", en="Role"),
    "engines": Text(zh="审核引擎", en="Engines that looked"),
    "none_looked": Text(zh="没有引擎可以审核", en="none could look"),
    "outputs": Text(zh="产出内容的审核", en="Review of what came out"),
    "lapsed": Text(zh="同意的变化", en="Consents that do not stand any more"),
    "in_review": Text(zh="人工审核", en="People's review"),
    "review_item": Text(zh="审核条目", en="Review item"),
    "release": Text(zh="添加标识并准备下载", en="Mark it and prepare the file"),
    "superseded": Text(zh="已由此决定取代：", en="Superseded by "),
    "supersedes": Text(zh="取代了此决定：", en="Supersedes "),
    "signature": Text(zh="签名", en="Signature"),
    "signer": Text(zh="密钥", en="Key"),
    "ledger": Text(zh="账本", en="Ledger"),
    "entry": Text(zh="第 {index} 条", en="entry {index}"),
    "rulebook": Text(zh="规则手册", en="Rulebook"),
    "policy": Text(zh="用途策略", en="Policy"),
    "json": Text(zh="下载签名的决定（JSON）", en="Download the signed decision (JSON)"),
    # Asking
    "ask_lead": Text(
        zh="与程序调用相同：闸口逐项核查并签署决定。不予许可也是一种答复，会说明理由和出路。",
        en="As a program would: the gate looks at every point and signs its answer. A refusal is an answer, too, with "
        "its reasons and the way out.",
    ),
    "account_hint": Text(zh="请求者的账号编号，不是姓名。", en="The requester's id in your service, never a name."),
    "prompt": Text(zh="提示词", en="Prompt"),
    "files": Text(zh="输入文件（最多 {n} 个）", en="Files that are put in (at most {n})"),
    "depicted": Text(zh="涉及谁的肖像或声音", en="Whose likeness is used"),
    "likeness": Text(zh="哪一方面", en="What of them"),
    "nobody": Text(zh="不涉及", en="nobody's"),
    "who": Text(zh="是谁", en="Who it is"),
    "consent_id": Text(zh="同意编号", en="Number of the consent"),
    "options": Text(zh="其他选项", en="More options"),
    "count": Text(zh="内容数量", en="How many contents"),
    "channel": Text(zh="去向", en="Where they shall go"),
    "recipient": Text(zh="不加显式标识，交给谁", en="Without explicit label, for whom"),
    "recipient_hint": Text(
        zh="填写后申请不加显式标识（《标识办法》第九条）；须账号已确认自行标识的义务。",
        en="Asks for contents without explicit label (Labeling Measures, art. 9); the account must have taken on the "
        "duty to label.",
    ),
    "send": Text(zh="提出请求", en="Ask"),
    "asking": Text(zh="闸口正在审核", en="The gate is looking"),
    "choose_technique": Text(zh="请至少选择一项技术。", en="Choose one technique at least."),
}

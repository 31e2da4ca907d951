"""The words of papers, in both languages."""

from __future__ import annotations

from typing import Final

from overt.language import Language, Text

WORDS: Final[dict[str, Text]] = {
    "title": Text(zh="各项义务的履行情况", en="Where each duty stands"),
    "intro": Text(
        zh="以下由运行中的系统计算得出，并附证据：账本条目、记录数量、设置和签名声明。本文件陈述所见，不作合规结论；"
        "“尚无证据”不等于已履行。义务以我们的文字转述，以法规原文为准。",
        en="Computed from the running system, with its evidence: ledger entries, counts of records, settings and signed"
        " statements. This paper says what is seen and draws no conclusion about compliance; “no evidence yet” is not"
        " “met”. Duties are told in our words: the law's own text counts.",
    ),
    "contents": Text(zh="目录", en="Contents"),
    "about": Text(zh="本文件", en="This paper"),
    "producer": Text(zh="服务提供者", en="Service provider"),
    "rulebook": Text(zh="规则手册", en="Rulebook"),
    "rulebook_digest": Text(zh="规则手册的 SHA-256", en="SHA-256 of the rulebook"),
    "at": Text(zh="时间（UTC）", en="Time (UTC)"),
    "record": Text(zh="签名记录的 SHA-256", en="SHA-256 of the signed record"),
    "key": Text(zh="签名公钥（Ed25519）", en="Public key of the signature (Ed25519)"),
    "signature": Text(zh="签名", en="Signature"),
    "unsigned": Text(zh="未签名：配置中没有密钥", en="Not signed: the set-up has no key"),
    "checkpoint": Text(zh="账本检查点", en="Checkpoint of the ledger"),
    "version": Text(zh="Overt 版本", en="Version of Overt"),
    "summary": Text(zh="状态", en="States"),
    "duties": Text(zh="义务", en="Duties"),
    "duty": Text(zh="义务", en="Duty"),
    "id": Text(zh="编号", en="Id"),
    "instrument": Text(zh="法规与标准", en="Instrument"),
    "article": Text(zh="条款", en="Article"),
    "text": Text(zh="要求", en="What it asks for"),
    "actors": Text(zh="义务主体", en="Who is bound"),
    "state": Text(zh="状态", en="State"),
    "stated_only": Text(zh="仅凭人员声明", en="On people's word alone"),
    "reason": Text(zh="理由", en="Reason"),
    "evidence": Text(zh="证据", en="Evidence"),
    "mark": Text(zh="核实程度", en="How far verified"),
    "numbers": Text(zh="数值与期限", en="Numbers and clocks"),
    "facts": Text(zh="对服务的认定", en="What was determined of the service"),
    "facts_sheet": Text(zh="事实", en="Facts"),
    "overridden_sheet": Text(zh="改用的数值", en="Own numbers"),
    "fact": Text(zh="事实", en="Fact"),
    "answer": Text(zh="认定", en="Determined"),
    "overridden": Text(zh="运营者改用的数值", en="Numbers that the operator set"),
    "number": Text(zh="数值", en="Number"),
    "was": Text(zh="规则手册", en="Rulebook"),
    "is": Text(zh="现行", en="Applies here"),
    "why": Text(zh="理由", en="Why"),
    "by": Text(zh="负责岗位和日期", en="Post and day"),
    "control": Text(zh="控制项", en="Control"),
    "kind": Text(zh="类别", en="Kind"),
    "shows": Text(zh="说明什么", en="What it shows"),
    "value": Text(zh="值", en="Value"),
    "entry": Text(zh="账本条目", en="Ledger entry"),
    "seen": Text(zh="产生时间", en="Since"),
    "people": Text(zh="人员的认定与声明", en="People's determinations and statements"),
    "to_check": Text(
        zh="签名记录随本文件附上（record.json）。其规范 JSON（RFC 8785）的 SHA-256 应为上列摘要，签名覆盖该摘要；"
        "证据所称的账本条目均在上列检查点之下，可用 overt ledger proof 核对。",
        en="The signed record is attached (record.json). The SHA-256 of its canonical JSON (RFC 8785) is the digest"
        " above, and the signature is over that digest. Ledger entries that evidence names lie under the checkpoint"
        " above: `overt ledger proof` checks each.",
    ),
    "yes": Text(zh="是", en="yes"),
    "no": Text(zh="否", en="no"),
    "open": Text(zh="未认定", en="not determined"),
    "page": Text(zh="第", en="Page"),
}


def said(text: Text, languages: tuple[Language, ...], between: str = "\n") -> str:
    """A text in these languages; once where both say the same."""
    return between.join(dict.fromkeys(text.in_(each) for each in languages))


def word(name: str, languages: tuple[Language, ...]) -> str:
    """A word of papers."""
    return said(WORDS[name], languages, " · ")

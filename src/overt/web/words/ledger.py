"""The words of the pages of the ledger."""

from __future__ import annotations

from typing import Final

from overt.language import Text

WORDS: Final[dict[str, Text]] = {
    "title": Text(zh="账本", en="Ledger"),
    "lead": Text(
        zh="所有行为的记录：只能追加，任何人都可以核验，不含个人信息。",
        en="The record of every act: it only grows, anybody can check it, and it names no person.",
    ),
    "in_order": Text(zh="发布正常", en="Published as it should be"),
    "size": Text(zh="条目", en="Entries"),
    "covered_by": Text(zh="已纳入检查点", en="Under a checkpoint"),
    "waiting": Text(zh="等待下一检查点", en="Waiting for the next"),
    "audit": Text(zh="核验整个账本", en="Audit the whole ledger"),
    "audit_hint": Text(
        zh="重新计算每个条目的哈希，与已签署的检查点、分块文件和各序列的编号逐一比对。",
        en="Hashes every entry again and compares it with the signed checkpoint, the tiles and the numbers of streams.",
    ),
    "look_up": Text(zh="查找条目", en="Look an entry up"),
    "look_up_hint": Text(
        zh="条目序号，或内容、决定、同意、案件的编号。",
        en="Its number, or the id of a content, decision, consent or case.",
    ),
    "index": Text(zh="序号", en="Entry"),
    "what": Text(zh="事件", en="What happened"),
    "when": Text(zh="时间", en="When"),
    "about": Text(zh="关于", en="About"),
    "none": Text(zh="没有关于该编号的条目", en="No entry is about this id"),
    "none_hint": Text(zh="请核对编号；个人信息不能用于查找。", en="Look at the id again. Persons cannot be looked up."),
    "none_yet": Text(zh="账本还是空的", en="The ledger is empty"),
    "none_yet_hint": Text(zh="第一个行为会成为第 0 条。", en="The first act will be entry 0."),
    "checkpoints": Text(zh="最近的检查点", en="Latest checkpoints"),
    "no_checkpoints": Text(zh="尚未签署检查点", en="No checkpoint is signed yet"),
    "no_checkpoints_hint": Text(
        zh="服务运行时按设定的间隔签署；也可以运行命令 overt ledger publish。",
        en="A running service signs them by itself; so does the command “overt ledger publish”.",
    ),
    "root": Text(zh="根哈希", en="Root"),
    "witnesses": Text(zh="见证方", en="Witnesses"),
    "no_witnesses": Text(
        zh="未设置见证方。没有见证方，就无法排除向不同的人出示不同的历史。",
        en="None is set up. Without one, nobody can rule out that others were shown another history.",
    ),
    "stamp": Text(zh="时间戳", en="Time stamp"),
    "signature": Text(zh="签名", en="Signature"),
    "holds": Text(zh="有效", en="holds"),
    "does_not_hold": Text(zh="无效", en="does not hold"),
    "cosigned": Text(zh="已联署", en="cosigned"),
    "not_cosigned": Text(zh="未联署", en="not cosigned"),
    "stamped": Text(zh="有", en="yes"),
    "not_stamped": Text(zh="无", en="none"),
    "details": Text(zh="供他人核验", en="For others to check"),
    "origin": Text(zh="日志名称", en="The log's name"),
    "key": Text(zh="日志公钥", en="The log's key"),
    "note": Text(zh="最近的检查点（签名便笺）", en="The latest checkpoint (a signed note)"),
    "tsa": Text(zh="时间戳机构", en="Time-stamping authority"),
    "entry_title": Text(zh="第 {index} 条", en="Entry {index}"),
    "under": Text(
        zh="第 {index} 条位于含 {size} 条的树中，刚刚核验。",
        en="Entry {index} lies in the tree of {size}: verified just now.",
    ),
    "stream": Text(zh="序列与编号", en="Stream and number"),
    "leaf": Text(zh="叶哈希", en="Leaf hash"),
    "path": Text(zh="证明路径", en="Audit path"),
    "raw": Text(zh="条目原文", en="The entry as it is"),
    "opens": Text(zh="其内容与承诺相符", en="What opens it is what it commits to"),
    "opens_not": Text(zh="其内容与承诺不符", en="What opens it is not what it commits to"),
    "closed": Text(
        zh="内容已不能打开：已到期，或密钥已销毁。条目本身仍可证明。",
        en="It opens no more: it expired, or a key was destroyed. The entry itself is still proved.",
    ),
    "receipt": Text(zh="下载收据", en="Download the receipt"),
    "receipt_hint": Text(zh="任何人都可以用日志公钥离线核验。", en="Anybody can check it offline, with the log's key."),
    "audit_title": Text(zh="账本核验", en="Audit of the ledger"),
    "audit_sound": Text(zh="没有发现不符之处", en="Everything holds"),
    "audit_wrong": Text(zh="有 {count} 处不符", en="{count} things do not hold"),
    "audit_unsigned": Text(
        zh="尚未签署检查点，因此没有什么能说明条目未被改动。",
        en="No checkpoint is signed: nothing shows that the entries are those of yesterday.",
    ),
    "audit_seen": Text(
        zh="核对了 {size} 个条目：{opened} 个与其内容相符，{closed} 个已不能打开；比对分块文件 {tiles} 个。",
        en="{size} entries: {opened} are what opens them, {closed} open no more; {tiles} tiles were compared.",
    ),
    "audit_not": Text(
        zh="核验不能说明：其他数据表的内容与记录一致，也不能排除向别人出示了另一份历史；后者靠见证方。",
        en="It does not show that the other tables say what was recorded, nor that nobody was shown another history; "
        "for that there are witnesses.",
    ),
    "place": Text(zh="位置", en="Where"),
    "problem_said": Text(zh="不符之处", en="What does not hold"),
    "over": Text(zh="完成后此页会自动更新。", en="This page goes on by itself."),
}

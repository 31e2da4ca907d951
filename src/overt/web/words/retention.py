"""The words of retention and of persons' rights in the console."""

from __future__ import annotations

from typing import Final

from overt.language import Text
from overt.ledger.events.retention import Ground

WORDS: Final[dict[str, Text]] = {
    "title": Text(zh="留存与删除", en="Retention"),
    "lead": Text(
        zh="各类记录至少、至多保存多久，依据哪些条款；哪些已到期；哪些因保全不得删除。",
        en="How long records of each class are kept at least and at most, by which clauses; what is due; what a hold "
        "keeps from being deleted.",
    ),
    "records": Text(zh="各类记录", en="Records by class"),
    "record": Text(zh="类别", en="Class"),
    "record_agreement": Text(zh="服务协议", en="agreements"),
    "record_case": Text(zh="案件", en="cases"),
    "record_consent": Text(zh="同意", en="consents"),
    "record_decision": Text(zh="决定", en="decisions"),
    "record_identity": Text(zh="账号与身份", en="accounts and identity"),
    "record_log": Text(zh="日志", en="logs"),
    "record_personal": Text(zh="个人信息", en="personal data"),
    "record_sanction": Text(zh="处置措施", en="sanctions"),
    "where": Text(zh="位置", en="Where"),
    "count": Text(zh="数量", en="Kept"),
    "due": Text(zh="已到期", en="Due"),
    "held": Text(zh="保全中", en="Held"),
    "limits": Text(zh="期限与依据", en="How long, and why"),
    "at_least": Text(zh="至少 {span}", en="at least {span}"),
    "at_most": Text(zh="至多 {span}", en="at most {span}"),
    "no_most": Text(zh="没有最长期限，不会自动到期", en="no longest time; it does not expire by itself"),
    "with_purpose": Text(zh="与其用途同止，不按时间到期", en="ends with what it serves, not by its age"),
    "nothing_kept": Text(zh="还没有任何记录", en="Nothing is kept yet"),
    "nothing_kept_hint": Text(
        zh="有记录后，这里列出各自的期限。", en="Once there are records, their limits are listed here."
    ),
    "sum_due": Text(zh="{count} 条已到期", en="{count} records are due"),
    "sum_none": Text(zh="没有到期的记录", en="Nothing is due"),
    "run": Text(zh="删除到期记录", en="Delete what is due"),
    "run_lead": Text(
        zh="删除到期的记录，并销毁等待期已满的个人密钥。保全中的不动；每一批都记入账本；不能恢复。",
        en="Deletes what is due, and destroys the keys of persons who waited for it. What is held stays. The ledger "
        "tells each batch. It cannot be undone.",
    ),
    "run_sure": Text(zh="我明白删除后不能恢复", en="I know that this cannot be undone"),
    "running_title": Text(zh="正在删除", en="Deleting"),
    "ran_title": Text(zh="已删除", en="Deleted"),
    "ran_none": Text(zh="没有到期的记录。", en="Nothing was due."),
    "ran_keys": Text(zh="销毁了 {count} 人的密钥。", en="The keys of {count} persons were destroyed."),
    "failed": Text(zh="没有完成", en="It did not end"),
    "holds": Text(zh="保全", en="Holds"),
    "no_holds": Text(zh="没有保全。", en="There are no holds."),
    "hold_ids": Text(zh="编号：{ids}", en="ids: {ids}"),
    "hold_period": Text(zh="期间：{since} 至 {before}", en="from {since} to {before}"),
    "released": Text(zh="{when} 解除", en="released {when}"),
    "active": Text(zh="生效中", en="holds"),
    "until": Text(zh="至 {when}", en="until {when}"),
    "release": Text(zh="解除保全", en="Release"),
    "release_why": Text(zh="为什么解除（{name}）", en="Why release it ({name})"),
    "place": Text(zh="设置保全", en="Place a hold"),
    "why": Text(zh="原因", en="Why"),
    "authority": Text(zh="依据的机关或负责人", en="On whose authority"),
    "ids": Text(zh="编号（每行一个）", en="Ids (one a line)"),
    "ids_hint": Text(
        zh="内容、决定、同意或案件的编号；与期间二选一。",
        en="Of contents, decisions, consents or cases. Either ids or a period.",
    ),
    "since": Text(zh="期间自（UTC）", en="Period from (UTC)"),
    "before": Text(zh="至（不含）", en="to (not included)"),
    "last": Text(zh="自动解除日期（选填）", en="Ends by itself on (optional)"),
    "place_button": Text(zh="设置保全", en="Place it"),
    "restrictions": Text(zh="等待删除的人", en="Persons whose erasure waits"),
    "restrictions_lead": Text(
        zh="法律或保全要求暂时保存其部分记录：期间只存储并采取安全保护措施（个人信息保护法第四十七条）。",
        en="A law or a hold still wants some of their records: until then they are stored and secured only "
        "(PIPL, art. 47).",
    ),
    "no_restrictions": Text(zh="没有。", en="Nobody."),
    "person": Text(zh="个人编号", en="Person"),
    "ground": Text(zh="原因", en="Ground"),
    "asked": Text(zh="提出时间", en="Asked"),
    "due_on": Text(zh="可删除时间", en="May go"),
    "when_released": Text(zh="解除保全后", en="when the hold is released"),
    "done_placed": Text(zh="保全已设置。", en="The hold is placed."),
    "done_released": Text(zh="保全已解除。", en="The hold was released."),
    # Persons
    "persons_title": Text(zh="个人数据", en="A person's data"),
    "persons_lead": Text(
        zh="应本人请求，提供所保存的信息或予以删除（个人信息保护法第四十五、四十七条）。请先核实是本人。",
        en="At a person's request, give them what is kept of them, or erase it (PIPL, art. 45 and 47). Make sure first "
        "that it is them.",
    ),
    "find_person": Text(
        zh="个人编号（账号编号，或同意页面上的本人编号）", en="Person (an account, or the id on a consent)"
    ),
    "export": Text(zh="导出", en="Export"),
    "export_lead": Text(
        zh="得到一个 JSON 文件，含本人的账本条目和各表中的记录。导出会记入账本。",
        en="A JSON file with their entries of the ledger and their rows. The ledger tells that it was given out.",
    ),
    "erase": Text(zh="删除", en="Erase"),
    "erase_lead": Text(
        zh="销毁此人的密钥后，以其封存的一切再也无法读取；账本的证明仍然成立。法律或保全要求暂存的，到期再销毁。",
        en="Destroys the person's key: all that was sealed under it can never be read again, and the ledger's proofs "
        "still hold. What a law or a hold wants is kept until then.",
    ),
    "erase_back": Text(
        zh="本人请求、撤回同意、违法处理：其全部同意先被撤回，以此发布的内容被召回。",
        en="On request, withdrawal or unlawful handling their consents are taken back first, and contents recalled.",
    ),
    "erase_why": Text(zh="删除的原因", en="Ground"),
    "erase_sure": Text(zh="已核实是本人，我明白不能恢复", en="It is them, and I know that this cannot be undone"),
    "erase_button": Text(zh="删除此人的数据", en="Erase this person's data"),
    "erasing": Text(zh="正在删除", en="Erasing"),
    "erased_title": Text(zh="删除结果", en="What came of it"),
    "destroyed": Text(
        zh="密钥已销毁；{entries} 个账本条目再也无法打开，其证明仍然成立。",
        en="The key is destroyed. {entries} entries of the ledger open no more; their proofs still hold.",
    ),
    "restricted": Text(
        zh="已删除 {entries} 个条目的内容；其余须暂时保存。",
        en="{entries} entries were deleted. The rest has to be kept for now.",
    ),
    "must": Text(
        zh="{record}：{count} 条，依据 {duties}，至 {until}", en="{record}: {count}, by {duties}, until {until}"
    ),
    "must_held": Text(zh="{record}：{count} 条，因法律保全", en="{record}: {count}, by a legal hold"),
    "taken_back": Text(
        zh="撤回了 {consents} 份同意，召回了 {recalled} 个内容。",
        en="{consents} consents were taken back, and {recalled} contents recalled.",
    ),
    "gone": Text(zh="结果已不再保留", en="This result is no longer kept"),
    "gone_hint": Text(zh="账本中有这次操作的记录。", en="The ledger has the entry of it."),
}

GROUNDS: Final[dict[Ground, Text]] = {
    "request": Text(zh="本人请求", en="the person asked for it"),
    "withdrawal": Text(zh="撤回同意", en="consent withdrawn"),
    "purpose-ended": Text(zh="目的已实现或无法实现", en="what it was for has ended"),
    "service-stopped": Text(zh="停止服务或保存期满", en="the service or the term has ended"),
    "unlawful": Text(zh="违法或违约处理", en="handled against the law or the agreement"),
}
UNITS: Final[dict[str, Text]] = {
    "day": Text(zh="日", en="days"),
    "month": Text(zh="个月", en="months"),
    "year": Text(zh="年", en="years"),
}

"""Words of the feature libraries."""

from __future__ import annotations

from typing import Final

from overt.language import Text

ACTIONS: Final[dict[str, tuple[str, Text]]] = {
    "refuse": ("bad", Text(zh="拒绝", en="refuse")),
    "hold": ("warn", Text(zh="人工审核", en="hold")),
    "note": ("calm", Text(zh="仅记录", en="note")),
}
OUTCOMES: Final[dict[str, tuple[str, Text]]] = {
    "allow": ("good", Text(zh="放行", en="Let through")),
    "hold": ("warn", Text(zh="交由人工审核", en="Held for a person")),
    "refuse": ("bad", Text(zh="拒绝", en="Refused")),
}
LANGUAGES: Final[dict[str, Text]] = {"zh": Text(zh="中文", en="Chinese"), "en": Text(zh="英文", en="English")}
MARKS: Final[dict[str, Text]] = {
    "read": Text(zh="已核对原文", en="read in a source"),
    "read2": Text(zh="依据多个转述", en="from second-hand sources"),
    "memory": Text(zh="未核对原文", en="not checked against a source"),
    "ours": Text(zh="本项目自定", en="our own choice"),
}

WORDS: Final[dict[str, Text]] = {
    "title": Text(zh="特征库", en="Feature libraries"),
    "lead": Text(
        zh="引擎据以识别违法和不良信息的特征：由谁批准、覆盖到哪里、何时更新。",
        en="What the engines look for: who approved it, how far it reaches, when it was last updated.",
    ),
    "in_force": Text(zh="正在使用的特征库", en="In force"),
    "name": Text(zh="名称", en="Name"),
    "version": Text(zh="版本", en="Version"),
    "approver": Text(zh="批准人（岗位）", en="Approved by (a post)"),
    "entries": Text(zh="条目", en="Entries"),
    "examples": Text(zh="例句", en="Examples"),
    "unexampled": Text(zh="{n} 个条目没有例句", en="{n} entries without examples"),
    "updated": Text(zh="最近更新", en="Last update"),
    "days_ago": Text(zh="{n} 天前", en="{n} days ago"),
    "today": Text(zh="今天", en="today"),
    "undated": Text(zh="未注明日期", en="no date given"),
    "try": Text(zh="试审一段文本", en="Try a text"),
    "try_lead": Text(
        zh="这段文字会被拦下吗？由哪个条目？不作任何记录。",
        en="Would it be held, and by which entry? Nothing is recorded.",
    ),
    "text": Text(zh="文本", en="Text"),
    "try_it": Text(zh="试审", en="Try it"),
    "trying": Text(zh="引擎正在审核", en="The engines are looking"),
    "hits": Text(zh="命中", en="What was hit"),
    "no_hits": Text(zh="没有命中任何条目。", en="No entry was hit."),
    "hit_entry": Text(zh="条目 {entry} · {category}", en="entry {entry} · {category}"),
    "softened": Text(zh="按上下文减轻", en="softened by what stands around it"),
    "way": Text(zh="写法：{way}", en="written: {way}"),
    "unsure": Text(zh="有引擎未能给出结论。", en="One engine could not tell."),
    "coverage": Text(zh="覆盖情况", en="How far they reach"),
    "coverage_lead": Text(
        zh="每格为条目数，颜色越深越多；括号内为没有例句的条目数。空白类别可能由其他引擎覆盖，也可能与本服务无关。",
        en="Each cell counts entries, the darker the more; in brackets, those without examples. A category without any "
        "may be covered by an engine, or be no harm of this service.",
    ),
    "category": Text(zh="类别", en="Category"),
    "none_here": Text(zh="无", en="none"),
    "terms": Text(zh="特征词合计", en="Terms, all together"),
    "wish": Text(zh="依据 {duty}，{mark}", en="by {duty}, {mark}"),
    "of_wish": Text(zh="现有 {n}，{meaning} {value}", en="{n} of them; {meaning} {value}"),
    "every": Text(zh="自{meaning}起每 {value} {unit}", en="every {value} {unit}, from {meaning} on"),
    "not_judged": Text(
        zh="此处只列出数字，不判断是否履行义务。", en="Numbers are told here, and nothing is judged by them."
    ),
    "upload": Text(zh="上传新版本", en="Upload a new version"),
    "upload_lead": Text(
        zh="TOML、CSV 或 JSONL 文件。先检验例句并列出变化，确认后才生效。",
        en="A TOML, CSV or JSONL file. Its examples are tried and its changes shown before it counts.",
    ),
    "file": Text(zh="特征库文件", en="The library's file"),
    "check": Text(zh="检验", en="Check it"),
    "checking": Text(zh="正在试用其例句", en="Its examples are being tried"),
    "report": Text(zh="检验结果", en="What the check found"),
    "sound": Text(zh="全部例句符合预期", en="All examples do what they should"),
    "failed": Text(zh="{n} 条例句不符合预期", en="{n} examples do not do what they should"),
    "no_examples": Text(zh="没有例句可供检验", en="It has no examples to be tried"),
    "changes": Text(zh="与现行版本的差异", en="What differs from the version in force"),
    "added": Text(zh="新增", en="added"),
    "removed": Text(zh="删除", en="removed"),
    "changed": Text(zh="修改", en="changed"),
    "same": Text(zh="没有差异。", en="Nothing differs."),
    "put": Text(zh="使其生效", en="Put it into force"),
    "put_hint": Text(
        zh="生效后立即用于闸口的每个请求，并记入账本。",
        en="It counts for every request from then on, and is recorded in the ledger.",
    ),
    "done_put": Text(zh="已生效，并已记入账本。", en="It is in force, and recorded in the ledger."),
    "versions": Text(zh="历次版本", en="Versions"),
    "loaded": Text(zh="生效时间", en="In force since"),
    "log": Text(zh="变更记录", en="Change log"),
    "no_versions": Text(zh="尚无记录：闸口首次使用时登记。", en="None yet: it is recorded when a gate first uses it."),
    "search_entries": Text(zh="在条目中查找", en="Search the entries"),
    "only_bare": Text(zh="只看没有例句的条目", en="only those without examples"),
    "no_entries": Text(zh="没有符合条件的条目", en="No entry fits"),
    "no_entries_hint": Text(zh="换一个词，或清除筛选。", en="Try another word, or clear the filter."),
    "action": Text(zh="处置", en="What it does"),
    "standard": Text(zh="依据", en="Standard"),
    "source": Text(zh="来源", en="Source"),
    "bare": Text(zh="没有例句", en="no examples"),
    "words_of": Text(zh="{n} 个词", en="{n} terms"),
    "more_entries": Text(zh="另有 {n} 个条目，请缩小查找范围。", en="{n} more: narrow the search."),
}

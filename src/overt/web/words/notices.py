"""The words of the console's pages on notices, in both languages."""

from __future__ import annotations

from typing import Final

from overt.language import Text

WORDS: Final[dict[str, Text]] = {
    "title": Text(zh="规则与公示", en="Notices"),
    "lead": Text(
        zh="法律要求公开哪些内容，现在公开了什么，还缺什么。",
        en="What the law wants to be visible, what is, and what is missing.",
    ),
    "public_page": Text(zh="查看公开页面", en="See the public page"),
    "done": Text(zh="“{title}”已发布，并记入账本。", en="“{title}” is published, and in the ledger."),
    "what": Text(zh="须公开的内容", en="What must be visible"),
    "whom": Text(zh="对象", en="To whom"),
    "duties": Text(zh="义务", en="Duties"),
    "state": Text(zh="状态", en="State"),
    "act": Text(zh="操作", en="Act"),
    "there": Text(zh="已公开", en="Published"),
    "part": Text(zh="缺少 {duties}", en="{duties} missing"),
    "missing": Text(zh="尚未发布", en="Not published yet"),
    "elsewhere": Text(zh="见：{where}", en="Shown in: {where}"),
    "since": Text(zh="第 {version} 版，自 {day}", en="Version {version}, since {day}"),
    "write": Text(zh="撰写", en="Write"),
    "write_of": Text(zh="撰写新版本：{title}", en="Write a version: {title}"),
    "others": Text(zh="其他可发布的内容", en="What can be published besides"),
    "form_lead": Text(
        zh="两种语言都要写。用“# ”开头写小标题，用“- ”开头写列表；网址会自动成为链接。",
        en="Both languages are needed. Begin a line with “# ” for a heading, with “- ” for a list. "
        "Addresses become links.",
    ),
    "zh": Text(zh="中文", en="Chinese"),
    "en": Text(zh="英文", en="English"),
    "covers": Text(zh="这份文字载明了下列义务要求的内容", en="This text states what these duties ask for"),
    "covers_hint": Text(
        zh="请对照后勾选。控制项据此显示义务是否满足。", en="Compare, then tick. Where duties stand rests on your word."
    ),
    "version": Text(zh="版本名称", en="Name of the version"),
    "version_hint": Text(
        zh="例如 2026-11。文字有改动时用新的名称。", en="For example 2026-11. A changed text gets a new name."
    ),
    "applies": Text(zh="自哪天起适用", en="Applies from"),
    "applies_hint": Text(
        zh="留空即从现在起。按北京时间的零时起算。", en="Empty: from now on. A day begins at midnight in Beijing."
    ),
    "preview": Text(zh="预览", en="Preview"),
    "publish": Text(zh="发布", en="Publish"),
    "publish_hint": Text(
        zh="发布后不可更改，只能发布新的版本。",
        en="What is published is never changed: only a newer version can follow.",
    ),
    "preview_title": Text(zh="预览（{language}）", en="Preview ({language})"),
    "changed": Text(zh="与现行版本的差异", en="What changes"),
    "added": Text(zh="新增", en="Added"),
    "removed": Text(zh="删除", en="Removed"),
    "all": Text(zh="返回列表", en="Back to the list"),
}

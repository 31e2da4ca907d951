"""The words of the pages "Rules and notices", in both languages."""

from __future__ import annotations

from typing import Final

from overt.language import Text

WORDS: Final[dict[str, Text]] = {
    "title": Text(zh="规则与公示", en="Rules and notices"),
    "lead": Text(
        zh="我们公开的全部内容都在这里。每一版都保留，可以随时查阅和对比。",
        en="All that we make public is here. Every version stays, to be read and compared at any time.",
    ),
    "contents": Text(zh="目录", en="On this page"),
    "not_yet": Text(zh="尚未发布", en="Not published yet"),
    "version": Text(zh="第 {version} 版，自 {day} 起适用", en="Version {version}, in force since {day}"),
    "version_future": Text(zh="第 {version} 版，将于 {day} 起适用", en="Version {version}, in force from {day}"),
    "read": Text(zh="阅读全文", en="Read it all"),
    "versions": Text(zh="各版本", en="All versions"),
    "older": Text(zh="这是较早的版本。", en="This is an older version."),
    "newest": Text(zh="查看现行版本", en="The one in force"),
    "changes": Text(zh="与上一版的差异", en="What changed since the version before"),
    "changes_title": Text(
        zh="{title}：第 {newer} 版与第 {older} 版的差异", en="{title}: from version {older} to {newer}"
    ),
    "unchanged": Text(zh="文字相同。", en="The words are the same."),
    "added": Text(zh="新增", en="Added"),
    "removed": Text(zh="删除", en="Removed"),
    "first": Text(zh="这是第一版。", en="This is the first version."),
    "permanent": Text(zh="本版的固定地址", en="Permanent address of this version"),
    "digest": Text(zh="两种文字合并后的 SHA-256", en="SHA-256 of the text in both languages"),
    "whole": Text(zh="返回规则与公示", en="Back to rules and notices"),
    # Labels
    "labels": Text(zh="标识规则", en="How contents are labelled"),
    "labels_lead": Text(
        zh="本服务生成或者编辑的内容带有下列标识。示例按现行配置实时生成。",
        en="What is made or edited here carries these marks. The example is made by what is configured now.",
    ),
    "example": Text(zh="示例：图片上的显式标识", en="An example: the label on a picture"),
    "example_alt": Text(
        zh="一幅示例图片，带有显式标识“{label}”", en="An example picture that carries the label “{label}”"
    ),
    "wording": Text(zh="文字", en="Words"),
    "height": Text(zh="字高", en="Height of the letters"),
    "height_is": Text(zh="不小于画面最短边的 {percent}%", en="at least {percent}% of the picture's shorter side"),
    "film": Text(zh="视频", en="Films"),
    "film_is": Text(zh="起始画面持续不少于 {seconds} 秒", en="at the start, for at least {seconds} seconds"),
    "sound": Text(zh="音频", en="Sound"),
    "sound_is": Text(
        zh="语音提示“{sentence}”，或者节奏提示“短长 短短”", en="a spoken sentence, “{sentence}”, or a rhythm"
    ),
    "metadata": Text(zh="文件元数据（隐式标识）", en="In the file (implicit label)"),
    "metadata_is": Text(
        zh="字段 AIGC：生成合成标签、服务提供者、内容编号等", en="the field AIGC: label, provider, content id and more"
    ),
    "clause": Text(zh="依据 {clause}（{mark}）", en="{clause} ({mark})"),
    "no_example": Text(zh="示例暂时无法生成。", en="The example cannot be made at the moment."),
    # Entries
    "entries": Text(zh="入口", en="Where to turn"),
    "entry_report": Text(zh="举报伪造内容", en="Report a fake"),
    "entry_status": Text(zh="查看举报进展", en="See how a report stands"),
    "entry_refuse": Text(zh="登记拒绝被合成", en="Refuse to be synthesised"),
    "entry_verify": Text(zh="验证一个文件", en="Verify a file"),
    # Figures
    "figures": Text(zh="透明度数据", en="Figures"),
    "figures_lead": Text(
        zh="{year} 年（UTC）由本系统的记录统计，不含个人信息。少于 {small} 的数字不公布。",
        en="{year} (UTC), counted from our own records. Nothing personal. Numbers below {small} are not told.",
    ),
    "few": Text(zh="少于 {small}，不公布", en="too few to tell"),
    "released": Text(zh="发布的生成合成内容", en="Contents released"),
    "reports": Text(zh="收到的举报", en="Reports received"),
    "hours": Text(zh="答复举报所用时间（中位数）", en="Median time until a report is answered"),
    "hours_is": Text(zh="{hours} 小时", en="{hours} hours"),
    "hours_none": Text(zh="答复太少，不公布", en="too few answers to tell"),
    "by_technique": Text(zh="按技术", en="By technique"),
    "by_decision": Text(zh="对生成请求的决定", en="What was decided on requests"),
    "by_kind": Text(zh="举报的类型", en="What reports were about"),
    "by_outcome": Text(zh="举报的结果", en="How reports ended"),
    "what": Text(zh="项目", en="What"),
    "count": Text(zh="数量", en="How many"),
    "none_yet": Text(zh="还没有。", en="None yet."),
    "other_years": Text(zh="其他年份", en="Other years"),
    "decision_allow": Text(zh="允许", en="Allowed"),
    "decision_hold": Text(zh="转人工审核", en="Held for a person"),
    "decision_refuse": Text(zh="拒绝", en="Refused"),
}

"""The words of the pages of contents, and of what stands in a life."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from overt.language import Text
from overt.web.words.decisions import LEVELS

FILTERS: Final = ("q", "kind", "producer", "technique", "media_type", "attribute", "since", "before")
"""The filters of the list, which are those of `/v1/contents`."""
MOST_TEXT: Final = 64 * 1024
"""Bytes of a text that is searched for."""

KINDS: Final = {
    "released": Text(zh="本平台发布", en="Released by us"),
    "distributed": Text(zh="为他人传播", en="Distributed for others"),
    "reported": Text(zh="被举报", en="Reported"),
}
MEDIA: Final = {
    "image": Text(zh="图片", en="Picture"),
    "video": Text(zh="视频", en="Film"),
    "audio": Text(zh="声音", en="Sound"),
    "text": Text(zh="文字", en="Text"),
    "application": Text(zh="文档", en="Document"),
    "model": Text(zh="三维场景", en="Scene"),
}
ATTRIBUTES: Final = {
    "1": Text(zh="确认合成", en="Confirmed synthetic"),
    "2": Text(zh="可能合成", en="Possibly synthetic"),
    "3": Text(zh="疑似合成", en="Suspected synthetic"),
}
VERDICTS: Final = {"1": "confirmed", "2": "possible", "3": "suspected"}
MARKS: Final = {
    "label": Text(zh="显式标识", en="label"),
    "label_beside": Text(zh="文件之外的显式标识", en="label beside the file"),
    "metadata": Text(zh="元数据标识", en="metadata"),
    "watermark": Text(zh="水印", en="watermark"),
    "credential": Text(zh="内容凭证", en="credential"),
    "fingerprint": Text(zh="指纹", en="fingerprint"),
    "trace": Text(zh="痕迹", en="trace"),
}
PROOFS: Final = {
    "proved": Text(zh="已核验", en="proved"),
    "waits": Text(zh="等待下一检查点", en="waits for the next checkpoint"),
    "unsigned": Text(zh="尚无检查点", en="no checkpoint yet"),
    "broken": Text(zh="核验不通过", en="does not hold"),
}
PROOF_BADGES: Final = {"proved": "good", "waits": "calm", "unsigned": "calm", "broken": "bad"}
OUTCOMES: Final = {
    "found": Text(zh="找到记录", en="Found in the record"),
    "not-found": Text(zh="没有找到我方内容", en="Nothing of ours found"),
    "could-not-tell": Text(zh="无法判断", en="Could not tell"),
}
OUTCOME_BADGES: Final = {"found": "good", "not-found": "none", "could-not-tell": "unreadable"}
OUTCOME_LEADS: Final = {
    "found": Text(zh="文件本身指向以下记录。", en="The file itself leads to these records."),
    "not-found": Text(
        zh="标识、水印和指纹都不指向我方记录。这不说明内容未经合成。",
        en="Neither marks nor fingerprints lead to a record of ours. That does not show that it is not synthetic.",
    ),
    "could-not-tell": Text(
        zh="部分标识无法读取，或指纹无法比对，因此不能说“没有”。",
        en="Some marks could not be read, or fingerprints could not be compared: this is not a “no”.",
    ),
}

PLACES: Final = {
    "top-left": Text(zh="左上角", en="top left"),
    "top-right": Text(zh="右上角", en="top right"),
    "bottom-left": Text(zh="左下角", en="bottom left"),
    "bottom-right": Text(zh="右下角", en="bottom right"),
    "start": Text(zh="开头", en="the start"),
    "end": Text(zh="结尾", en="the end"),
    "first line": Text(zh="首行", en="the first line"),
    "last line": Text(zh="末行", en="the last line"),
    "whole": Text(zh="全程", en="all of it"),
}
"""Where a label stands, as its reader says it."""

_GROUPS: Final = (
    (Text(zh="人脸、人物", en="Faces and people"), ("face", "person", "pose")),
    (Text(zh="图片、视频", en="Pictures and film"), ("image", "video")),
    (Text(zh="声音", en="Sound"), ("text_to_speech", "voice", "music", "scene_sound")),
    (Text(zh="文字", en="Text"), ("passage", "text_style", "question")),
    (Text(zh="场景与其他", en="Scenes and others"), ("",)),
)


def grouped(techniques: Mapping[str, Any]) -> list[tuple[Text, list[tuple[str, Any]]]]:
    """The techniques of a rulebook under headings, each once."""
    left = dict(techniques)
    found = []
    for heading, beginnings in _GROUPS:
        names = [name for name in left if name.startswith(beginnings)]
        if names:
            found.append((heading, [(name, left.pop(name)) for name in names]))
    return found


_PARTS: Final = (
    ("gate:consent:", Text(zh="同意", en="Consent")),
    ("gate:content:", Text(zh="召回与交付", en="Recall and delivery")),
    ("gate:recipient:", Text(zh="召回与交付", en="Recall and delivery")),
    ("gate:", Text(zh="决定", en="Decision")),
    ("review:", Text(zh="审核", en="Review")),
    ("marking:", Text(zh="发布", en="Release")),
    ("dissemination:", Text(zh="传播", en="Distribution")),
    ("trace:", Text(zh="举报", en="Report")),
    ("reports:", Text(zh="举报", en="Report")),
    ("retention:", Text(zh="留存", en="Retention")),
    ("evidence:", Text(zh="证据", en="Evidence")),
    ("inspections:", Text(zh="检查", en="Inspection")),
)
_OTHER: Final = Text(zh="其他", en="Other")


def part(tag: str) -> Text:
    """The part of a life that an event belongs to."""
    return next((text for prefix, text in _PARTS if tag.startswith(prefix)), _OTHER)


DIFFERS: Final = {
    "entry": Text(zh="账本条目", en="ledger entry"),
    "sha256": Text(zh="文件的 SHA-256", en="SHA-256 of the file"),
    "source_sha256": Text(zh="原文件的 SHA-256", en="SHA-256 of what it was made from"),
    "media_type": Text(zh="媒体类型", en="media type"),
    "released": Text(zh="发布时间", en="time of release"),
    "written": Text(zh="写入时间", en="time of writing"),
    "remembered": Text(zh="登记时间", en="time of remembering"),
    "producer": Text(zh="生成者", en="producer"),
    "propagator": Text(zh="传播者", en="propagator"),
    "techniques": Text(zh="技术", en="techniques"),
    "marks": Text(zh="标识", en="marks"),
    "attribute": Text(zh="属性", en="attribute"),
    "reason": Text(zh="理由", en="reason"),
}
"""What a record may say otherwise than its ledger entry."""
FACTS: Final = {
    "id": Text(zh="编号", en="id"),
    "outcome": Text(zh="结果", en="outcome"),
    "purpose": Text(zh="用途", en="purpose"),
    "purposes": Text(zh="用途", en="purposes"),
    "function": Text(zh="功能", en="function"),
    "model": Text(zh="模型", en="model"),
    "techniques": Text(zh="技术", en="techniques"),
    "identity": Text(zh="身份核验", en="identity"),
    "reasons": Text(zh="理由", en="reasons"),
    "label": Text(zh="标识", en="label"),
    "label_style": Text(zh="标识样式", en="label style"),
    "expires": Text(zh="有效至", en="until"),
    "supersedes": Text(zh="取代", en="supersedes"),
    "decision_id": Text(zh="决定", en="decision"),
    "new_decision": Text(zh="新决定", en="new decision"),
    "likeness": Text(zh="使用的形象", en="likeness"),
    "uses": Text(zh="次数", en="uses"),
    "days": Text(zh="天数", en="days"),
    "language": Text(zh="语言", en="language"),
    "guardian": Text(zh="由监护人", en="by a guardian"),
    "proof": Text(zh="录制", en="recording"),
    "withdrawn": Text(zh="撤回于", en="withdrawn"),
    "recalled": Text(zh="召回于", en="recalled"),
    "could_not_tell": Text(zh="无法判断", en="could not tell"),
    "engines": Text(zh="审核引擎", en="engines"),
    "item": Text(zh="条目", en="item"),
    "categories": Text(zh="类别", en="categories"),
    "eyes": Text(zh="审核人数", en="reviewers needed"),
    "answer": Text(zh="答复", en="answer"),
    "duties": Text(zh="义务", en="duties"),
    "media_type": Text(zh="媒体类型", en="media type"),
    "marks": Text(zh="标识种类", en="marks"),
    "producer": Text(zh="生成者", en="producer"),
    "system": Text(zh="系统", en="system"),
    "attribute": Text(zh="属性", en="attribute"),
    "declared": Text(zh="上传者声明", en="declared by the uploader"),
    "propagator": Text(zh="传播者", en="propagator"),
    "reason": Text(zh="原因", en="reason"),
    "hold": Text(zh="冻结", en="hold"),
    "authority": Text(zh="依据的机关", en="authority"),
    "until": Text(zh="至", en="until"),
    "entries": Text(zh="条目数", en="entries"),
    "personal": Text(zh="个人信息", en="personal data"),
    "ground": Text(zh="依据", en="ground"),
    "recipient": Text(zh="交给", en="recipient"),
    "sha256": Text(zh="SHA-256 哈希", en="SHA-256"),
}

VALUES: Final = {
    **LEVELS,
    "allow": Text(zh="许可", en="allowed"),
    "hold": Text(zh="待人工", en="held for a person"),
    "refuse": Text(zh="拒绝", en="refused"),
    "pass": Text(zh="通过", en="passed"),
    "escalate": Text(zh="上报", en="escalated"),
    "required": Text(zh="须添加", en="needed"),
    "waived": Text(zh="可省略", en="may be left out"),
    "True": Text(zh="是", en="yes"),
    "False": Text(zh="否", en="no"),
    "face": Text(zh="人脸", en="face"),
    "voice": Text(zh="人声", en="voice"),
    "body": Text(zh="体态", en="body"),
    "name": Text(zh="姓名", en="name"),
    "none": Text(zh="无", en="none"),
    "waiting": Text(zh="待核对", en="waits to be checked"),
    "confirmed": Text(zh="核对一致", en="it is the person"),
    "refused": Text(zh="核对不符", en="it is not the person"),
    "zh": Text(zh="中文", en="Chinese"),
    "en": Text(zh="英文", en="English"),
    **MARKS,
}
"""What facts say, where it is a word of ours."""

WORDS: Final[dict[str, Text]] = {
    "title": Text(zh="内容", en="Contents"),
    "lead": Text(
        zh="发布的、传播的和被举报的内容，从同意到案件都在一个编号之下。",
        en="What was released, distributed and reported: one id from consent to cases.",
    ),
    "q": Text(zh="编号或哈希", en="An id or a hash"),
    "q_hint": Text(
        zh="内容、决定或同意的编号，水印编号，凭证标识，或文件的 SHA-256。",
        en="Of a content, a decision, a consent; a watermark's id; a credential's; or a file's SHA-256.",
    ),
    "more_filters": Text(zh="更多条件", en="More filters"),
    "kind": Text(zh="来源", en="Where from"),
    "producer": Text(zh="生成者", en="Producer"),
    "technique": Text(zh="技术", en="Technique"),
    "media_type": Text(zh="类型", en="Kind of media"),
    "attribute": Text(zh="结论（为他人传播的）", en="Verdict (of others' contents)"),
    "since": Text(zh="自（UTC）", en="From (UTC)"),
    "before": Text(zh="至（UTC，不含当日）", en="Until (UTC, without that day)"),
    "any": Text(zh="不限", en="Any"),
    "clear": Text(zh="清除条件", en="Clear the filters"),
    "by_file": Text(zh="以文件查找", en="Search by a file"),
    "by_file_hint": Text(
        zh="选择图片、视频、声音或文字文件，比对水印和指纹。文件不会留存。",
        en="A picture, a film, a sound or a text: its watermark and fingerprints are compared. It is not kept.",
    ),
    "file": Text(zh="文件", en="File"),
    "or_text": Text(zh="或粘贴文字", en="Or paste a text"),
    "find": Text(zh="查找", en="Find"),
    "none_fit": Text(zh="没有符合条件的内容", en="Nothing fits"),
    "none_fit_hint": Text(zh="放宽条件，或以文件查找。", en="Ask for less, or search by a file."),
    "none_yet": Text(zh="还没有内容", en="No contents yet"),
    "none_yet_hint": Text(
        zh="标识第一个文件后，它的全部经历会从这里开始。", en="Mark a first file: its whole life begins here."
    ),
    "mark_file": Text(zh="标识一个文件", en="Mark a file"),
    "content": Text(zh="内容", en="Content"),
    "when": Text(zh="时间", en="When"),
    "state": Text(zh="状态", en="State"),
    "recalled": Text(zh="已召回", en="Recalled"),
    "in_force": Text(zh="已发布", en="Released"),
    "preview_of": Text(zh="内容 {id} 的缩略图", en="A small picture of {id}"),
    # Mark a file
    "new_title": Text(zh="标识一个文件", en="Mark a file"),
    "new_lead": Text(
        zh="为合成内容添加水印、显式标识、元数据标识和内容凭证，逐一读回后发布。",
        en="Watermark, label, metadata and credential are put on, read back, and the file is released.",
    ),
    "choose_file": Text(zh="合成的文件", en="The synthesised file"),
    "choose_file_hint": Text(
        zh="图片、声音、视频、文字、文档或三维场景，不超过 {most} MiB。",
        en="Picture, sound, film, text, document or scene, up to {most} MiB.",
    ),
    "choose_again": Text(zh="请重新选择文件。", en="Choose the file once more."),
    "techniques": Text(zh="用了什么技术？可多选", en="How was it made? One or more"),
    "gate_title": Text(zh="许可", en="Permission"),
    "gate_lead": Text(
        zh="闸口已开启：先有许可，才能标识和发布。", en="The gate is on: nothing is released that it does not allow."
    ),
    "account": Text(zh="为哪个账号制作", en="For which account"),
    "account_hint": Text(zh="用户账号的编号。", en="The id of a user's account."),
    "purpose": Text(zh="用途", en="Purpose"),
    "prompt": Text(zh="提示词（如有）", en="The prompt, if there was one"),
    "shows": Text(zh="是否出现真实的人？", en="Does it show a real person?"),
    "shows_nobody": Text(zh="没有人脸或人声", en="No face and no voice"),
    "shows_fictional": Text(zh="人物是虚构的", en="The people are made up"),
    "shows_official": Text(zh="公职人员履行公务", en="Somebody in public office, in that office"),
    "shows_consent": Text(zh="真实的人，已取得同意", en="A real person, who consented"),
    "consent": Text(zh="同意编号", en="The consent's id"),
    "decision": Text(zh="已有决定的编号", en="The id of a decision that allows it"),
    "decision_hint": Text(
        zh="如已取得许可，填写其编号，上面各项可不填。", en="Where there is one already, the rest may stay empty."
    ),
    "mark": Text(zh="标识并发布", en="Mark and release"),
    # Tasks
    "failed_lead": Text(zh="文件没有发布，记录没有改变。", en="Nothing was released, and the record is as it was."),
    "again": Text(zh="重新提交", en="Try again"),
    "over": Text(zh="完成后此页会自动更新。", en="This page goes on by itself."),
    "marked_title": Text(zh="已标识并发布", en="Marked and released"),
    "marked_lead": Text(
        zh="标识已逐一读回。请分发下载的文件，而不是原文件。",
        en="Every mark was read back. Give out this file, not the one that you sent.",
    ),
    "download_marked": Text(zh="下载已标识的文件", en="Download the marked file"),
    "whole_life": Text(zh="查看它的全部经历", en="See its whole life"),
    "where_label": Text(zh="显式标识的位置：{places}", en="The label is here: {places}"),
    "marks_title": Text(zh="标识", en="Marks"),
    "carrier": Text(zh="载体", en="Carrier"),
    "read_back": Text(zh="已读回", en="read back"),
    "remarks": Text(zh="未添加的标识", en="What was left out"),
    "made_title": Text(zh="已完成", en="Done"),
    "made_entries": Text(zh="条目 {count} 个", en="Entries: {count}"),
    "check_with": Text(zh="任何人都可以离线核验：", en="Anybody can check it offline:"),
    "not_had": Text(zh="未能取得：", en="Could not be had:"),
    "search_title": Text(zh="查找结果", en="What the file leads to"),
    "led_by": Text(zh="线索", en="What led there"),
    "beside_only": Text(
        zh="只有文件旁的文字指向它，内容本身没有：不作认定。",
        en="Only what is written beside the content leads here, not the content itself: it proves nothing.",
    ),
    "still_there": Text(zh="仍在的标识", en="Marks that are still there"),
    "lost": Text(zh="丢失的标识", en="Marks that were lost"),
    "unread": Text(zh="未能查看的标识", en="Marks that nobody could look for"),
    "not_compared": Text(zh="未能比对的", en="What could not be compared"),
    "contradictions": Text(zh="矛盾之处", en="Contradictions"),
    "remember_title": Text(zh="登记为被举报内容", en="Remember as reported"),
    "remember_hint": Text(
        zh="只保存指纹，以便再次出现时认出；文件不留存。",
        en="Its fingerprints are kept, so that it is known when it comes again; the file is not.",
    ),
    "remember": Text(zh="登记", en="Remember"),
    "remembered": Text(zh="已登记，只保存了指纹。", en="Remembered by its fingerprints."),
    "forget": Text(zh="删除指纹，不再辨认", en="Forget it"),
    "forget_hint": Text(
        zh="删除后，再次出现时将不会被认出。账本中仍有曾经登记的记录。",
        en="It will not be known again. The ledger keeps that it was there.",
    ),
    # A life
    "one_title": Text(zh="一件内容的经历", en="The life of a content"),
    "proof_all": Text(
        zh="{count} 个条目均在含 {size} 条的检查点之下，刚刚核验。",
        en="All {count} entries lie under the checkpoint of {size}: verified just now.",
    ),
    "proof_some": Text(
        zh="已核验 {count} 个条目（共 {all} 个），检查点含 {size} 条。",
        en="{count} of {all} entries are verified under the checkpoint of {size}.",
    ),
    "proof_none": Text(
        zh="尚未签署检查点，条目还不能对外证明。", en="No checkpoint is signed yet: nothing can be shown to others."
    ),
    "proof_broken": Text(
        zh="有 {count} 个条目与检查点不符。请立即核验账本。",
        en="{count} entries do not lie under the checkpoint. Audit the ledger now.",
    ),
    "entry": Text(zh="条目 {index}", en="entry {index}"),
    "under": Text(
        zh="条目 {index} 位于含 {size} 条的检查点之下", en="entry {index} lies under the checkpoint of {size}"
    ),
    "closed": Text(zh="内容已不能打开：已到期，或密钥已销毁", en="opens no more: expired, or its key was destroyed"),
    "differs": Text(
        zh="这项登记与其账本条目不一致：{what}。登记在写入之后被改动过，请立即核验账本并查明原因。",
        en="This record differs from its ledger entry: {what}. It was changed after it was written. Audit the ledger "
        "now, and find out why.",
    ),
    "no_entry": Text(
        zh="这项登记的账本条目不见了。请立即核验账本并查明原因。",
        en="The ledger entry of this record is not there. Audit the ledger now, and find out why.",
    ),
    "altered": Text(zh="内容与承诺不符", en="what opens it is not what it commits to"),
    "hidden": Text(zh="您的岗位看不到详情", en="your post does not see more of it"),
    "details": Text(zh="技术细节", en="Technical details"),
    "content_id": Text(zh="内容编号", en="Content id"),
    "propagate_id": Text(zh="传播编号", en="Propagation number"),
    "report_id": Text(zh="登记编号", en="Number of the report"),
    "sha256": Text(zh="发布文件的 SHA-256", en="SHA-256 of the released file"),
    "source_sha256": Text(zh="原始产出的 SHA-256", en="SHA-256 of what the generator made"),
    "watermark_id": Text(zh="水印编号", en="Watermark id"),
    "manifest": Text(zh="内容凭证", en="Content credential"),
    "iscc": Text(zh="ISCC 编码", en="ISCC code"),
    "decisions": Text(zh="决定", en="Decision"),
    "consents": Text(zh="所依据的同意", en="Consents it rests on"),
    "delivered": Text(
        zh="未加显式标识，{time} 交付指定对象；对象信息已密封。",
        en="Went to a recipient without explicit label on {time}; who that is lies sealed.",
    ),
    "held": Text(zh="冻结中：{reason}（{authority}）", en="Held: {reason} ({authority})"),
    "recalled_lead": Text(
        zh="本人已撤回同意，{time} 起召回。", en="The person withdrew their consent: recalled since {time}."
    ),
    "life_title": Text(zh="经历", en="What happened"),
    "same_title": Text(zh="字节相同的其他记录", en="Other records of exactly these bytes"),
    "bundle_title": Text(zh="证据包", en="Bundle of evidence"),
    "bundle_hint": Text(
        zh="包含全部条目和证明，不含个人信息。提供证据包会记入账本。",
        en="All entries with their proofs, without personal data. The ledger keeps that it was given out.",
    ),
    "bundle_recipient": Text(zh="交给哪个机关或角色（不写姓名）", en="For which authority or role (no names)"),
    "make_bundle": Text(zh="制作证据包", en="Make the bundle"),
    "veiled": Text(zh="被举报内容的图片已遮挡", en="A picture of a reported content is covered"),
    "reveal": Text(zh="显示图片", en="Show the picture"),
    "moment": Text(zh="第 {seconds} 秒", en="at {seconds} s"),
}

"""The words of the verify page."""

from __future__ import annotations

from typing import Final

from overt.language import Text

WORDS: Final[dict[str, Text]] = {
    "title": Text(zh="这是人工智能合成的吗？", en="Was this made by AI?"),
    "lead": Text(
        zh="选一个文件，几秒后告诉您：它带有哪些标识、能证明什么、不能证明什么。",
        en="Choose a file. In seconds you learn which marks it carries, what they prove, and what they do not.",
    ),
    "file": Text(zh="图片、声音、视频、文档或文本文件", en="A picture, sound, film, document or text file"),
    "file_hint": Text(zh="最大 {most}。手机可以直接拍照。", en="Up to {most}. A phone can take a photo on the spot."),
    "drop": Text(zh="也可以把文件拖到这里，或直接粘贴图片、文字。", en="You can also drop a file here, or paste one."),
    "check": Text(zh="验证", en="Verify"),
    "link_title": Text(zh="改为粘贴链接", en="Paste a link instead"),
    "link": Text(zh="文件的网址", en="Address of the file"),
    "link_hint": Text(
        zh="须是文件本身的网址。若是网页，只检查网页这个文件，不检查其中的图片和视频。",
        en="The address of the file itself. Of a web page only the page is looked at, not the pictures on it.",
    ),
    "text_title": Text(zh="改为粘贴文字", en="Paste a text instead"),
    "text": Text(zh="文字", en="Text"),
    "text_hint": Text(
        zh="请连同开头和结尾一起粘贴：标识常在那里。", en="With its beginning and its end: that is where labels stand."
    ),
    "nothing_kept": Text(
        zh="我们不保留您的文件：检查完即删除。结果只在内存中保留 15 分钟，您也可以随时删除。",
        en="We do not keep your file: it is deleted once it was looked at. The answer stays in memory for 15 minutes, "
        "and you can delete it at any time.",
    ),
    "photo_tip": Text(
        zh="屏幕上的画面也可以拍下来验证：水印仍可能读出。",
        en="A photo of a screen works, too: a watermark may still be read from it.",
    ),
    "forgotten": Text(zh="结果已删除。", en="The answer is deleted."),
    "signed_title": Text(zh="核对签名的答复", en="Check a signed answer"),
    # On its way
    "sending": Text(zh="正在上传", en="Uploading"),
    "broken": Text(zh="上传中断，请重试。", en="The upload broke off. Please try again."),
    "working": Text(zh="正在检查", en="Looking at it"),
    "refreshes": Text(zh="本页会自动更新，通常只需几秒。", en="This page renews itself. It usually takes seconds."),
    "stop": Text(zh="不再等待，删除文件", en="Stop, and delete the file"),
    # The answer
    "answer": Text(zh="结论", en="The answer"),
    "recalled": Text(zh="已被召回", en="Recalled"),
    "page_only": Text(
        zh="这个网址是一个网页：检查的只是网页本身，不包括其中的图片和视频。要检查它们，请使用它们各自的网址。",
        en="This address is a web page: only the page itself was looked at, not the pictures and films on it. Use "
        "their own addresses for those.",
    ),
    "figure": Text(zh="标识在哪里", en="Where the marks are"),
    "figure_label": Text(zh="显式标识", en="the label that people see or hear"),
    "figure_mark": Text(zh="水印所在范围", en="where the watermark lies"),
    "figure_none": Text(
        zh="此类文件无法在此显示。标识的位置见下文。",
        en="Files of this kind cannot be drawn here. Below is where the marks are.",
    ),
    "figure_plain": Text(zh="没有可以画出的标识位置。", en="No place of a mark to draw."),
    "picture_of": Text(zh="您的文件的缩小图", en="A small picture of your file"),
    "reasons": Text(zh="为什么这样说", en="Why we say so"),
    "against": Text(zh="互相矛盾之处", en="What contradicts itself"),
    "facts": Text(zh="文件自己怎么说", en="What the file says about itself"),
    "facts_none": Text(zh="文件没有说明自己的来源。", en="The file says nothing of where it is from."),
    "record": Text(zh="我方记录", en="In our record"),
    "record_id": Text(zh="内容编号", en="Content id"),
    "record_released": Text(zh="发布时间", en="Released"),
    "record_techniques": Text(zh="合成技术", en="Techniques"),
    "record_system": Text(zh="所用系统", en="Made with"),
    "not_proved": Text(zh="不能证明的", en="What this does not prove"),
    "unread": Text(zh="没能判断的", en="What could not be told"),
    "unread_hint": Text(
        zh="没能判断不等于没有。请取得完整的原文件再试。",
        en="This does not mean that nothing is there. Ask for the whole original file and try again.",
    ),
    "marks": Text(zh="逐项读取结果", en="All readings"),
    "hints": Text(zh="途中发生了什么", en="What happened on the way"),
    "defects": Text(zh="与规范不符之处", en="Where it deviates from its rules"),
    "raw": Text(zh="完整数据（JSON）", en="All data (JSON)"),
    "about_file": Text(zh="关于文件", en="About the file"),
    "name": Text(zh="名称", en="Name"),
    "kind": Text(zh="类型", en="Kind"),
    "kind_unknown": Text(zh="无法识别", en="not known"),
    "size": Text(zh="大小", en="Size"),
    "sha256": Text(zh="文件哈希（SHA-256）", en="Hash of the file (SHA-256)"),
    "checked_at": Text(zh="检查时间", en="Looked at"),
    "address": Text(zh="来源网址", en="Fetched from"),
    "take": Text(zh="保存结果", en="Keep the answer"),
    "take_signed": Text(zh="下载签名的答复（JSON）", en="Download the signed answer (JSON)"),
    "take_print": Text(zh="打印本页", en="A page to print"),
    "how_to_check": Text(zh="怎样核对签名", en="How to check the signature"),
    "forget": Text(zh="立即删除结果", en="Delete the answer now"),
    "again": Text(zh="再验证一个", en="Verify another"),
    "report_it": Text(zh="这是冒用我的内容？去举报", en="Is this a fake of you? Report it"),
    "kept_until": Text(
        zh="结果在检查后 15 分钟内可以看到，之后自动删除。",
        en="The answer can be seen for 15 minutes, then it is gone.",
    ),
    "gone": Text(zh="这个结果已经不在了", en="This answer is gone"),
    "gone_hint": Text(
        zh="结果只保留 15 分钟。请再验证一次。", en="Answers are kept for 15 minutes. Please verify the file once more."
    ),
    "failed": Text(zh="没能检查这个文件", en="This file could not be looked at"),
    # Checking a signed answer
    "signed_lead": Text(
        zh="签名的答复说明：本服务在所示时间对所示文件给出了这个结论，此后一个字节也没有改动。它不证明结论正确。",
        en="A signed answer shows that this service gave this answer about this file at this time, and that not a byte "
        "was changed since. It does not show that the answer is right.",
    ),
    "signed_file": Text(zh="签名的答复（JSON 文件）", en="The signed answer (a JSON file)"),
    "signed_check": Text(zh="核对", en="Check"),
    "signed_ours": Text(zh="签名成立，由本服务签署。", en="The signature holds, and it is ours."),
    "signed_other": Text(
        zh="签名成立，但不是本服务的密钥：请向签署者核对密钥。",
        en="The signature holds, but the key is not ours: ask whoever signed it about the key.",
    ),
    "signed_key": Text(zh="签名密钥", en="Key"),
    "signed_by": Text(zh="自称由", en="By its own word from"),
    "signed_own": Text(zh="不依赖我们，自己核对", en="Check it yourself, without us"),
    "signed_own_hint": Text(
        zh="在装有 jq 和 openssl 的电脑上运行以下命令；显示 Verified 即签名成立。再用 sha256sum 核对文件。",
        en="On a computer with jq and openssl; where it says Verified, the signature holds. Then compare the file with "
        "sha256sum.",
    ),
    "signed_public": Text(zh="我方公钥（Ed25519，PEM）", en="Our public key (Ed25519, PEM)"),
    "no_key": Text(zh="本服务没有签名密钥。", en="This service has no key to sign with."),
}

"""The marks on what was released, and on what others made (DS-16, DS-17, LB-04 to LB-06, LB-09, LB-11, LT)."""

from __future__ import annotations

from collections.abc import Callable

from overt.duties.model import Evidence, Found, gap, met, no_evidence, not_applicable
from overt.duties.registry import control
from overt.duties.view import View
from overt.errors import UsageError
from overt.language import Text
from overt.marks.metadata.provider import looks_like_code, parse_code
from overt.store import counts
from overt.store.counts import Released

_RELEASE = "marking:content:release"
_NOTHING = Text(zh="尚未发布此类内容", en="No such content was released yet")
_READ_BACK = Text(zh="发布记录：标识读回后才写入", en="Releases: recorded only after their marks were read back")
_BESIDE = "label_beside"
_SHOWN_BESIDE = Text(
    zh="标识置于文本之旁（JSON 答复的 aigc_label），仅在应用展示时可见",
    en="Labels beside the text (`aigc_label` of answers in JSON), seen only where the application shows them",
)
_DOCUMENTS = ("text/", "application/pdf", "application/vnd.", "application/epub")


def _text(released: Released) -> bool:
    return released.media_type.startswith(_DOCUMENTS)


def _kind(name: str) -> Callable[[Released], bool]:
    return lambda released: released.media_type.startswith(f"{name}/")


def _marked(view: View, mark: str, of: Callable[[Released], bool] = lambda _: True) -> Found:
    """Whether every release of a kind carries a mark; what went out without it under art. 9 is `unlabelled`.

    A label beside a text, for the interface that shows it, counts (art. 4(1)(1)), and is told as what it is.
    """
    with view.store.reading() as connection:
        rows = [row for row in counts.released(connection) if of(row)]
    beside = sum(row.count for row in rows if _BESIDE in row.marks) if mark == "label" else 0
    waived = sum(row.delivered for row in rows if not {"label", _BESIDE} & row.marks) if mark == "label" else 0
    total, having = sum(row.count for row in rows), sum(row.count for row in rows if mark in row.marks)
    if not total:
        return no_evidence(_NOTHING)
    last = max(row.last for row in rows)
    shown: tuple[Evidence, ...] = (
        Evidence("count", Text(zh=f"带有 {mark} 的发布内容", en=f"Releases that carry {mark}"), f"{having} / {total}"),
        Evidence("ledger", _READ_BACK, f"{total} × {_RELEASE}", last),
    )
    if beside:
        shown = (*shown, Evidence("count", _SHOWN_BESIDE, f"{beside} / {total}"))
    if total - having - beside > waived:
        lacking = total - having - beside
        return gap(
            Text(
                zh=f"{lacking} 项发布内容没有 {mark}。用 overt mark 重新添加，勿用 --only 排除",
                en=f"{lacking} releases lack {mark}. Mark them again, without leaving it out by `--only`",
            ),
            *shown,
        )
    return met(Text(zh="标识在发布前已读回", en="The marks were read back before release"), *shown)


@control(
    "DS-16a", "LB-05a", "LB-11", "LT-08", "LT-09", "LT-10", "LT-12", "LT-20",
    name=Text(zh="隐式标识已添加并读回", en="Implicit labels, put on and read back"),
)  # fmt: skip
def metadata(view: View) -> Found:
    """Every release carries the metadata label: exactly one, as it was meant, without a defect, or it is no release."""
    return _marked(view, "metadata")


@control("LT-14", name=Text(zh="视频的元数据位置", en="Where the metadata lies in video"))
def metadata_of_video(view: View) -> Found:
    """Every film that was released carries it."""
    return _marked(view, "metadata", _kind("video"))


@control("LT-15", name=Text(zh="图片的元数据位置", en="Where the metadata lies in images"))
def metadata_of_images(view: View) -> Found:
    """Every picture that was released carries it."""
    return _marked(view, "metadata", _kind("image"))


@control("LT-16", name=Text(zh="音频的元数据位置", en="Where the metadata lies in sound"))
def metadata_of_sound(view: View) -> Found:
    """Every sound that was released carries it."""
    return _marked(view, "metadata", _kind("audio"))


@control("LT-17", name=Text(zh="文本文件的元数据位置", en="Where the metadata lies in text files"))
def metadata_of_documents(view: View) -> Found:
    """Every text or document that was released carries it."""
    return _marked(view, "metadata", _text)


@control(
    "DS-17a", "GA-12", "LB-04g", "LB-11", "LT-01",
    name=Text(zh="文件中的显式标识", en="Explicit labels in the files"),
)  # fmt: skip
def labels(view: View) -> Found:
    """Every release carries the explicit label in its bytes, unless it was delivered without under art. 9."""
    return _marked(view, "label")


@control("LB-04a", name=Text(zh="文本的显式标识", en="Explicit labels in text"))
def labels_of_documents(view: View) -> Found:
    """Every text or document that was released carries it."""
    return _marked(view, "label", _text)


@control("LB-04b", "LT-03", name=Text(zh="音频的显式标识", en="Explicit labels in sound"))
def labels_of_sound(view: View) -> Found:
    """Every sound that was released carries it."""
    return _marked(view, "label", _kind("audio"))


@control("LB-04c", "LT-02", name=Text(zh="图片的显式标识", en="Explicit labels in images"))
def labels_of_images(view: View) -> Found:
    """Every picture that was released carries it."""
    return _marked(view, "label", _kind("image"))


@control("LB-04d", "LT-05", name=Text(zh="视频的显式标识", en="Explicit labels in video"))
def labels_of_video(view: View) -> Found:
    """Every film that was released carries it."""
    return _marked(view, "label", _kind("video"))


@control("LB-04e", "LT-06", name=Text(zh="虚拟场景的显式标识", en="Explicit labels in scenes"))
def labels_of_scenes(view: View) -> Found:
    """Every scene that was released carries it."""
    return _marked(view, "label", _kind("model"))


@control("LB-05b", name=Text(zh="数字水印", en="Digital watermarks"))
def watermarks(view: View) -> Found:
    """Every picture, sound and film that was released carries one."""
    kinds = ("image/", "audio/", "video/")
    return _marked(view, "watermark", lambda row: row.media_type.startswith(kinds))


@control("LT-18", name=Text(zh="元数据标识的安全防护", en="Security data of the metadata label"))
def security(view: View) -> Found:
    """The set-up signs the label, or binds it to the content by a digest."""
    how = view.set_to("security.sign", Text(zh="预留字段的安全数据", en="Security data in the reserved field"))
    if view.setup.settings.security.sign == "none":
        return gap(Text(zh="在 [security] 设置 sign", en="Set `sign` in [security]"), how)
    return met(Text(zh="预留字段带有安全数据", en="The reserved field carries security data"), how)


@control("LT-19", name=Text(zh="服务提供者编码", en="The provider's code"))
def provider(view: View) -> Found:
    """The producer is a code whose parts and check character hold, or a name, which art. 5 allows as well."""
    shown = view.set_to("producer", Text(zh="标识中的服务提供者", en="The provider in every label"))
    producer = view.setup.settings.producer
    if not looks_like_code(producer):
        return not_applicable(
            Text(zh="使用名称，没有编码（第五条允许）", en="A name is used and no code, which art. 5 allows"), shown
        )
    try:
        parse_code(producer)
    except UsageError as error:
        return gap(error.message, shown)
    return met(Text(zh="编码的各部分和校验字符相符", en="The code's parts and its check character hold"), shown)


@control("LB-09a", "LB-09b", name=Text(zh="未加显式标识的交付", en="Delivered without explicit label"))
def unlabelled(view: View) -> Found:
    """Whatever went out without explicit label has a recipient on record, and a user who took on the duty before."""
    with view.store.reading() as connection:
        found = counts.unlabelled(connection)
    tally = view.tally("gate:content:deliver-unlabelled")
    if not found.released:
        return no_evidence(
            Text(zh="没有未加显式标识的内容发布", en="Nothing was released without explicit label"),
            Evidence("count", Text(zh="未加显式标识的发布内容", en="Released without explicit label"), "0"),
        )
    shown = (
        Evidence(
            "count",
            Text(
                zh="未加显式标识的发布；其中记录了提供对象；其中用户事先确认义务",
                en="Released without explicit label; with a recipient on record; after the user took on the duty",
            ),
            f"{found.released}; {found.delivered}; {found.agreed}",
        ),
        *view.counted(tally, Text(zh="交付记录", en="Deliveries in the ledger")),
    )
    if found.agreed < found.released:
        return gap(
            Text(
                zh=f"{found.released - found.agreed} 项没有用户确认或者提供对象记录。在 [gate] 设置 on = true",
                en=f"{found.released - found.agreed} have no agreement or no recipient. Set `on = true` in [gate]",
            ),
            *shown,
        )
    return met(Text(zh="均有用户确认和提供对象记录", en="Each has the agreement and its recipient"), *shown)


@control("LB-12b", name=Text(zh="按内容编号查询", en="Look-up by the content's number"))
def look_up(view: View) -> Found:
    """A content's number leads to its release."""
    tally = view.tally(_RELEASE)
    shown = view.counted(tally, Text(zh="可按编号查询的发布", en="Releases that can be looked up by their number"))
    if not shown or tally.last is None:
        return no_evidence(_NOTHING)
    event = view.event(tally.last)
    number = event["release"]["content_id"] if event else ""
    if not number or view.store.by_content_id(number) is None:
        return gap(Text(zh="最近一项发布查询不到", en="The latest release cannot be looked up"), *shown)
    return met(Text(zh="内容编号可查到发布记录", en="The content's number leads to the record"), *shown)


def _written_back(view: View, attribute: str) -> Found:
    with view.store.reading() as connection:
        found = counts.write_backs(connection)
    total = sum(found.values())
    wanted = found.get(attribute, 0) if attribute else total
    if not wanted:
        return no_evidence(
            Text(
                zh="尚未写入传播要素。对用户上传运行 overt disseminate",
                en="No propagation data was written yet: `overt disseminate` on uploads",
            )
        )
    shown = Evidence(
        "count",
        Text(zh="写入传播要素（属于；可能；疑似）", en="Labels written back (is; may be; suspected)"),
        "; ".join(str(found.get(each, 0)) for each in "123"),
    )
    tally = view.tally("dissemination:content:write-back")
    return met(
        Text(zh="上传内容的结论已写入元数据并读回", en="What uploads turned out to be is written and read back"),
        shown,
        *view.counted(tally, Text(zh="传播要素写入记录", en="Write-backs in the ledger")),
    )


@control("LB-06a", name=Text(zh="确认：属于", en="Uploads that are synthetic"))
def is_synthetic(view: View) -> Found:
    """Uploads whose metadata says so were told apart and labelled."""
    return _written_back(view, "1")


@control("LB-06b", name=Text(zh="声明：可能", en="Uploads that may be synthetic"))
def may_be(view: View) -> Found:
    """Uploads that their users declare were told apart and labelled."""
    return _written_back(view, "2")


@control("LB-06c", name=Text(zh="检测：疑似", en="Uploads that are suspected"))
def suspected(view: View) -> Found:
    """Uploads with other traces were told apart and labelled."""
    return _written_back(view, "3")


@control("LB-06e", "LT-11", name=Text(zh="传播要素", en="Propagation data"))
def propagated(view: View) -> Found:
    """The propagator and its number are written into what is distributed."""
    return _written_back(view, "")

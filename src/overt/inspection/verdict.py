"""What all readings together say. Pure rules.

Source: Labeling Measures art. 6 (is, may be, suspected), GB 45438-2025 Annex E c) (`Label` 1, 2, 3).

```
confirmed    a metadata label says 1; or the bytes are exactly those that we released;
             or a content credential that holds, and whose signer we trust, states synthesis;
             or a watermark's id is in our record, and the fingerprint agrees
possible     a metadata label says 2
suspected    a metadata label says 3; or a label that people perceive, without a readable metadata label;
             or a metadata label whose attribute cannot be understood;
             or a trace that states AI, or that only a generator leaves (a hint alone is no ground);
             or any other content credential that states synthesis (see `overt.inspection.credential`);
             or a watermark, whatever it says (see `overt.inspection.watermark`);
             or the fingerprint of a synthetic content that we released
unreadable   none of these, and a reader could not tell
none         none of these, and every reader could tell
```

The strongest applies. What speaks against it is a contradiction, never a reason to be silent.
Not here: what a detector thinks, and the uploader's own declaration.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from overt.inspection import credential, fingerprint, watermark
from overt.language import Text
from overt.marks import trace
from overt.marks.label.model import where_in_words
from overt.marks.metadata import security
from overt.marks.metadata.aigc import Aigc
from overt.marks.metadata.reading import aigc_in
from overt.marks.model import Reading, Release
from overt.marks.proof import Outcome

VerdictKind = Literal["confirmed", "possible", "suspected", "none", "unreadable"]
_STRENGTH: tuple[VerdictKind, ...] = ("confirmed", "possible", "suspected", "unreadable", "none")
_BY_ATTRIBUTE: dict[str, VerdictKind] = {"1": "confirmed", "2": "possible", "3": "suspected"}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the verdict is what it is, with the duty that says so."""

    text: Text
    duty: str | None = None


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two things that cannot both be right."""

    name: str
    text: Text


@dataclass(frozen=True, slots=True)
class Verdict:
    """What all readings together say."""

    kind: VerdictKind
    reasons: tuple[Reason, ...]
    contradictions: tuple[Contradiction, ...] = ()


@dataclass(frozen=True, slots=True)
class Own:
    """What our own record knows.

    `producer` is our name as producer; `same_bytes` the release of exactly these bytes; `by_content_id` the releases
    under the content ids that the file's labels name; `recalled` says of contents that the file leads to since when
    a consent that they rest on is withdrawn.
    """

    producer: str | None = None
    same_bytes: Release | None = None
    by_content_id: tuple[Release, ...] = ()
    recalled: Mapping[str, str] = field(default_factory=dict)


def judge(readings: tuple[Reading, ...], sha256: str | None, own: Own | None = None) -> Verdict:
    """The verdict on one file; `sha256` is None where the bytes were not compared with the record."""
    own = own or Own()
    grounds = [*_metadata_grounds(readings), *_label_grounds(readings), *_trace_grounds(readings)]
    grounds += [*_credential_grounds(readings), *_watermark_grounds(readings), *_own_grounds(own)]
    grounds += _fingerprint_grounds(readings)
    grounds += _silent_grounds(readings, told=bool(grounds))
    kind = min((kind for kind, _ in grounds), key=_STRENGTH.index)
    reasons = tuple(reason for _, reason in sorted(grounds, key=lambda ground: _STRENGTH.index(ground[0])))
    reasons += tuple(_recall(*each) for each in sorted(own.recalled.items()))
    return Verdict(kind, reasons, tuple(_contradictions(readings, sha256, own)))


def _recall(content_id: str, since: str) -> Reason:
    """No ground for a verdict, and yet the first thing that whoever shows the file should know."""
    day = since[:10]
    text = Text(
        zh=f"本人已于 {day} 撤回内容 {content_id} 所依据的同意，请停止使用和传播",
        en=f"the consent that content {content_id} rests on was withdrawn on {day}: stop using and spreading it",
    )
    return Reason(text, "PI-13")


Ground = tuple[VerdictKind, Reason]


def _found(readings: tuple[Reading, ...], mark: str) -> list[Reading]:
    return [reading for reading in readings if reading.mark == mark and reading.state == "found"]


def _metadata_grounds(readings: tuple[Reading, ...]) -> list[Ground]:
    return [_metadata_ground(reading) for reading in _found(readings, "metadata")]


def _metadata_ground(reading: Reading) -> Ground:
    value, where = reading.values["Label"], reading.carrier or "metadata"
    producer = reading.values["ContentProducer"]
    by = (
        Text(zh=f"，生成服务提供者 {producer}", en=f", by producer {producer}")
        if producer
        else Text(zh="，未写明提供者", en=", producer not named")
    )
    said = {
        "1": (Text(zh="属于", en="is"), "LB-06a"),
        "2": (Text(zh="可能属于", en="may be"), "LB-06b"),
        "3": (Text(zh="疑似属于", en="is suspected to be"), "LB-06c"),
    }
    if value not in said:
        text = Text(
            zh=f"文件元数据（{where}）含有 AIGC 标识，但其属性值 {value!r} 无法理解",
            en=f"the metadata ({where}) has an AIGC label whose attribute {value!r} cannot be understood",
        )
        return "suspected", Reason(text, "LB-06c")
    how, duty = said[value]
    text = Text(
        zh=f"文件元数据（{where}）写明内容{how.zh}人工智能生成合成{by.zh}",
        en=f"the metadata ({where}) says that the content {how.en} generated or synthesised{by.en}",
    )
    return _BY_ATTRIBUTE[value], Reason(text, duty)


def _label_grounds(readings: tuple[Reading, ...]) -> list[Ground]:
    return [("suspected", Reason(_label_told(reading), "LB-06c")) for reading in _found(readings, "label")]


def _label_told(reading: Reading) -> Text:
    wording = reading.values["wording"].strip("【】")
    where = where_in_words(reading.carrier or "-")
    return Text(
        zh=f"内容本身带有显式标识“{wording}”（{where.zh}）",
        en=f"the content itself carries the label “{wording}” ({where.en})",
    )


def _trace_grounds(readings: tuple[Reading, ...]) -> list[Ground]:
    found = [reading for reading in _found(readings, "trace") if reading.values["strength"] in _SPEAKING]
    return [("suspected", Reason(_trace_told(reading), "LB-06c")) for reading in found]


_SPEAKING = ("states-ai", "generator")
"""Traces of these strengths are what art. 6(1)(3) of the Labeling Measures calls other traces of synthesis."""


def _trace_told(reading: Reading) -> Text:
    said = trace.told(reading.values)
    where = reading.carrier or "metadata"
    return Text(zh=f"元数据（{where}）：{said.zh}", en=f"the metadata ({where}): {said.en}")


def _credential_grounds(readings: tuple[Reading, ...]) -> list[Ground]:
    found = [credential.ground(reading.values) for reading in _found(readings, "credential")]
    return [(kind, Reason(text, _DUTIES[kind])) for kind, text in filter(None, found)]


def _watermark_grounds(readings: tuple[Reading, ...]) -> list[Ground]:
    found = [watermark.ground(reading.values) for reading in _found(readings, "watermark")]
    return [(kind, Reason(text, _DUTIES[kind])) for kind, text in found]


_DUTIES = {"confirmed": "LB-06a", "suspected": "LB-06c"}


def _fingerprint_grounds(readings: tuple[Reading, ...]) -> list[Ground]:
    texts = (fingerprint.ground(reading.values) for reading in _found(readings, "fingerprint"))
    return [("suspected", Reason(text, "LB-06c")) for text in texts if text]


def _own_grounds(own: Own) -> list[Ground]:
    if own.same_bytes is None:
        return []
    record = own.same_bytes
    return [
        (
            "confirmed",
            Reason(
                Text(
                    zh=f"这些字节与我方于 {record.released} 以内容编号 {record.content_id} 发布的文件完全一致",
                    en=f"these bytes are exactly those that we released as {record.content_id} on {record.released}",
                ),
                "LB-06a",
            ),
        )
    ]


def _silent_grounds(readings: tuple[Reading, ...], *, told: bool) -> list[Ground]:
    unread = [reading for reading in readings if reading.state == "unreadable"]
    grounds: list[Ground] = []
    for reading in unread:
        why = reading.reason or Text(zh="原因不明", en="for an unknown reason")
        name = _NAMES[reading.mark]
        text = Text(zh=f"{name.zh}无法读取：{why.zh}", en=f"the {name.en} could not be read: {why.en}")
        grounds.append(("unreadable", Reason(text)))
    if not grounds and not told:
        looked = [_NAMES[reading.mark] for reading in readings if reading.state == "absent"]
        rest = [name for mark, name in _NAMES.items() if mark not in {reading.mark for reading in readings}]
        text = Text(
            zh=f"已查找但未发现：{_list(looked).zh}；未查找：{_list(rest).zh}",
            en=f"looked for and not found: {_list(looked).en}; not looked for: {_list(rest).en}",
        )
        grounds.append(("none", Reason(text, "LB-06d")))
    return grounds


def _list(names: list[Text]) -> Text:
    return Text(zh="、".join(name.zh for name in names) or "无", en=", ".join(name.en for name in names) or "nothing")


_NAMES = {
    "metadata": Text(zh="元数据标识", en="metadata label"),
    "label": Text(zh="Overt 样式的显式标识", en="explicit label of Overt's own kind"),
    "watermark": Text(zh="水印", en="watermark"),
    "credential": Text(zh="内容凭证", en="content credential"),
    "fingerprint": Text(zh="指纹", en="fingerprint"),
    "trace": Text(zh="合成痕迹", en="trace of synthesis"),
}


def _contradictions(readings: tuple[Reading, ...], sha256: str | None, own: Own) -> list[Contradiction]:
    labels = [aigc_in(reading) for reading in _found(readings, "metadata")]
    result = []
    if len({(aigc.label, aigc.content_producer, aigc.produce_id) for aigc in labels}) > 1:
        text = Text(zh="文件含有互相矛盾的元数据标识", en="the file's metadata labels contradict each other")
        result.append(Contradiction("labels-disagree", text))
    ours = [aigc for aigc in labels if own.producer and aigc.content_producer == own.producer]
    if any(_digest_differs(aigc) for aigc in ours):
        text = Text(
            zh="标识写明由我方生成，但其摘要不符：标识在写入之后被改动",
            en="the label names us as producer, but its digest does not fit: it was changed after it was written",
        )
        result.append(Contradiction("label-digest", text))
    if any(proof.outcome == Outcome.DIFFERS for reading in _found(readings, "metadata") for proof in reading.proofs):
        text = Text(
            zh="标识自带的签名与标识内容不符：标识在签名之后被改动，或签名有误",
            en="the label's own signature does not fit it: it was changed after signing, or was signed wrongly",
        )
        result.append(Contradiction("label-signature", text))
    for reading in _found(readings, "credential"):
        told_of = credential.contradictions(reading.values, [aigc.values() for aigc in labels])
        result += [Contradiction(name, text) for name, text in told_of]
    marks = [reading.values for reading in _found(readings, "watermark")]
    told_of = watermark.contradictions(marks, [aigc.produce_id for aigc in labels])
    result += [Contradiction(name, text) for name, text in told_of]
    cameras = [reading for reading in _found(readings, "trace") if reading.values.get("camera")]
    if cameras and any(aigc.label == "1" for aigc in labels):
        told = trace.told(cameras[0].values)
        text = Text(
            zh=f"标识写明内容属于生成合成，而{told.zh}",
            en=f"the label says that the content is generated or synthesised, while {told.en}",
        )
        result.append(Contradiction("source-type-differs", text))
    known = {record.content_id: record for record in own.by_content_id}
    for aigc in ours:
        record = known.get(aigc.produce_id)
        if record is None:
            text = Text(
                zh=f"标识写明由我方生成，但我方没有内容编号 {aigc.produce_id} 的发布记录",
                en=f"the label names us as producer, but we have no record of a content {aigc.produce_id}",
            )
            result.append(Contradiction("id-not-released", text))
        elif sha256 is not None and record.sha256 != sha256:
            text = Text(
                zh=f"文件与我方以内容编号 {aigc.produce_id} 发布的字节不同：发布后被改动，或编号取自另一内容",
                en=f"the file differs from what we released as {aigc.produce_id}: it was changed afterwards, "
                "or the id was copied from another content",
            )
            result.append(Contradiction("bytes-differ", text))
    return result


def _digest_differs(aigc: Aigc) -> bool:
    """Whether a label that names us as producer has a digest of our form that is not its own.

    Others put 64 digits of their own making there, so under another name they prove nothing.
    """
    return bool(re.fullmatch(r"[0-9a-f]{64}", aigc.reserved_code1)) and security.digest(aigc) != aigc.reserved_code1

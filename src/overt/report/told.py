"""What an inspection's answer says, piece by piece, for a page in one language: names and texts, no markup.

Input is what `overt inspect --json` prints (design, section 7). It says what stands there and judges nothing; whether a
mark holds is the reader's word (`holds`). Values are strangers' words: whoever shows them escapes them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from overt.inspection.fingerprint import in_words as fingerprint_words
from overt.language import Text
from overt.marks import trace
from overt.marks.credential.words import in_words as credential_words
from overt.marks.label.measures import in_words as label_words
from overt.marks.label.model import where_in_words
from overt.marks.watermark.words import in_words as watermark_words
from overt.report.wording import WORDS

Json = Mapping[str, Any]
Row = tuple[Text, Text]
Holding = Literal["good", "warn", "calm"]
"""It holds; it does not; nobody can tell, or it proves little."""
RECALL_DUTY: Final = "PI-13"
_TURNED: Final = 0.5
"""Degrees from which on a picture counts as turned."""
_TILTED: Final = 4e-4
"""What the last row of the mark's geometry has to hold, a tile, for a picture to count as taken at an angle: crops have
up to 7e-5, turned pictures 2e-5, photographs at a slight angle 1e-3."""


@dataclass(frozen=True, slots=True)
class Told:
    """One reading in words. `holds` says whether the mark holds, and why; `hints` what happened to the content."""

    mark: str
    name: Text
    state: str
    where: Text | None = None
    reason: Text | None = None
    rows: tuple[Row, ...] = ()
    holds: tuple[tuple[Holding, Text], ...] = ()
    hints: tuple[Text, ...] = ()
    defects: tuple[Text, ...] = ()


def readings(answer: Json) -> list[Told]:
    """All readings: what was found first, what could not be read next."""
    order = {"found": 0, "unreadable": 1, "absent": 2}
    return sorted(map(_reading, answer["readings"]), key=lambda each: order[each.state])


def facts(answer: Json) -> list[Row]:
    """What the file says about itself, each thing once, in the order in which people ask."""
    told: list[Row] = []
    if aigc := answer["aigc"]:
        said = _ATTRIBUTES.get(aigc["Label"]) or _same(aigc["Label"])
        told.append((Text(zh="属性", en="It says"), said))
        for key, name in _AIGC.items():
            if aigc[key] and not (key in _PASSED_ON and aigc[key] == aigc[_PASSED_ON[key]]):
                told.append((name, _same(aigc[key])))
    for found in _found(answer, "credential"):
        values = found["values"]
        told += [
            (name, _same(", ".join(dict.fromkeys(texts))))
            for name, texts in (
                (_CREDENTIAL["signer"], [values["signer"] or ""]),
                (_CREDENTIAL["agents"], values["agents"]),
                (_CREDENTIAL["types"], values["source_types"]),
                (_CREDENTIAL["when"], [each["when"] for each in values["statements"] if each["when"]]),
            )
            if any(texts)
        ]
    told += [(Text(zh="痕迹", en="Trace"), trace.told(found["values"])) for found in _found(answer, "trace")]
    return told


def recalled(answer: Json) -> list[Text]:
    """That a consent behind this content was withdrawn: the first thing that whoever shows the file should know."""
    return [text(each) for each in answer["reasons"] if each["duty"] == RECALL_DUTY]


def reasons(answer: Json) -> list[Text]:
    """Why the verdict is what it is."""
    return [text(each) for each in answer["reasons"] if each["duty"] != RECALL_DUTY]


def unread(answer: Json) -> list[Text]:
    """What could not be told, each with its reason."""
    found = [each for each in answer["readings"] if each["state"] == "unreadable"]
    return [_said(WORDS[each["mark"]], text(each["reason"])) for each in found if each["reason"]]


def places(answer: Json, mark: str) -> list[Json]:
    """Where the found marks of a kind sit."""
    return [place for found in _found(answer, mark) for place in found["values"].get("places", ())]


def text(value: Mapping[str, str]) -> Text:
    """A text out of JSON."""
    return Text(zh=value["zh"], en=value["en"])


def _found(answer: Json, mark: str) -> list[Json]:
    return [each for each in answer["readings"] if each["mark"] == mark and each["state"] == "found"]


def _reading(found: Json) -> Told:
    name = WORDS[found["mark"]]
    if found["state"] != "found":
        return Told(found["mark"], name, found["state"], reason=text(found["reason"]) if found["reason"] else None)
    return Told(
        mark=found["mark"],
        name=name,
        state="found",
        where=where_in_words(found["carrier"]) if found["carrier"] else None,
        rows=tuple(_rows(found)),
        holds=tuple(_holds(found)),
        hints=tuple(hints(found)),
        defects=tuple(text(each) for each in found["defects"]),
    )


def _rows(found: Json) -> Sequence[Row]:
    values = found["values"]
    match found["mark"]:
        case "credential":
            return credential_words(values)
        case "watermark":
            return watermark_words(values)
        case "fingerprint":
            return list(fingerprint_words(values))
        case "trace":
            return [(_same(values["name"]), trace.told(values))]
        case "label":
            measured = [(name, _same(value)) for name, value in label_words(values.get("measures", {}))]
            return [(Text(zh="文字", en="wording"), _same(values.get("wording", ""))), *measured]
        case _:
            at = found.get("offset")
            return [] if at is None else [(Text(zh="字节偏移", en="at byte"), _same(f"{at:,}"))]


def _holds(found: Json) -> Iterator[tuple[Holding, Text]]:
    """What is shown of a mark's being as it was put on."""
    values = found["values"]
    if found["mark"] == "metadata":
        for proof in found["proofs"]:
            if proof["outcome"] != "none":
                holding = _OUTCOMES.get(proof["outcome"], "calm")
                yield holding, text(proof)
    elif found["mark"] == "credential":
        for name in ("binding", "signature"):
            yield _CHECKED.get(values[name], "calm"), _CREDENTIAL_HOLDS[name, _CHECKED.get(values[name], "calm")]
    elif found["mark"] == "watermark":
        yield _REGISTRY.get(values.get("registry"), _REGISTRY[None])


def hints(found: Json) -> Iterator[Text]:
    """What the watermark's geometry and the fingerprint say of how the content got here."""
    values = found["values"]
    for place in values.get("places", ()) if found["mark"] == "watermark" else ():
        rows = place.get("geometry")
        if rows and max(abs(rows[2][0]), abs(rows[2][1])) > _TILTED * abs(rows[2][2]):
            yield Text(
                zh="画面有透视变形：可能是从屏幕或纸张翻拍的",
                en="seen at an angle: perhaps photographed from a screen or from paper",
            )
        elif abs(turn := place.get("turn") or 0.0) > _TURNED:
            yield Text(zh=f"画面旋转了 {turn:.1f}°", en=f"turned by {turn:.1f}°")
        if place.get("mirrored"):
            yield Text(zh="画面被左右翻转", en="mirrored")
    if found["mark"] == "fingerprint" and values["matches"]:
        best = values["matches"][0]
        if best["of_content"] < _PART:
            share = f"{best['of_content']:.0%}"
            yield Text(
                zh=f"可能是从原件中截取的，约占原件 {share}", en=f"perhaps cut out: about {share} of the original"
            )
        if best["of_copy"] < _MOST:
            share = f"{best['of_copy']:.0%}"
            yield Text(
                zh=f"只有一部分（约 {share}）与原件相同：可能加入了其他内容",
                en=f"only a part of it (about {share}) is the original: something else may have been added",
            )


_PART: Final = 0.9
"""The share of the original up to which the rest counts as cut off."""
_MOST: Final = 0.5
"""The share of a copy up to which the rest counts as added: less is what coding and edges do."""


def _same(said: str) -> Text:
    return Text(zh=said, en=said)


def _said(name: Text, why: Text) -> Text:
    return Text(zh=f"{name.zh}：{why.zh}", en=f"{name.en}: {why.en}")


_ATTRIBUTES: Final = {
    "1": Text(zh="属于人工智能生成合成", en="generated or synthesised by AI"),
    "2": Text(zh="可能属于人工智能生成合成", en="may be generated or synthesised by AI"),
    "3": Text(zh="疑似人工智能生成合成", en="suspected to be generated or synthesised by AI"),
}
_AIGC: Final = {
    "ContentProducer": Text(zh="生成服务提供者", en="Producer"),
    "ProduceID": Text(zh="内容编号", en="Content id"),
    "ContentPropagator": Text(zh="传播服务提供者", en="Propagator"),
    "PropagateID": Text(zh="传播编号", en="Propagator's number"),
}
_PASSED_ON: Final = {"ContentPropagator": "ContentProducer", "PropagateID": "ProduceID"}
"""Whoever publishes what they made themselves writes the same twice."""
_CREDENTIAL: Final = {
    "signer": Text(zh="内容凭证签署者", en="Signer of the credential"),
    "agents": Text(zh="所用系统", en="Made with"),
    "types": Text(zh="声明的来源", en="Stated source"),
    "when": Text(zh="声明的时间", en="Stated time"),
}
_OUTCOMES: Final[dict[str, Holding]] = {
    "intact, pinned key": "good",
    "intact, key travels in the file": "calm",
    "intact, digest without a key": "calm",
    "does not verify": "warn",
}
_CHECKED: Final[dict[str, Holding]] = {"intact": "good", "valid": "good", "mismatch": "warn"}
_CREDENTIAL_HOLDS: Final[dict[tuple[str, Holding], Text]] = {
    ("binding", "good"): Text(zh="文件与签名时一致", en="the file is as it was signed"),
    ("binding", "warn"): Text(zh="文件在签名之后被改动", en="the file was changed after it was signed"),
    ("binding", "calm"): Text(zh="无法判断文件是否与签名时一致", en="could not tell whether the file is as signed"),
    ("signature", "good"): Text(zh="签名有效", en="the signature is valid"),
    ("signature", "warn"): Text(zh="签名不成立", en="the signature does not hold"),
    ("signature", "calm"): Text(zh="无法判断签名是否有效", en="could not tell whether the signature is valid"),
}
_REGISTRY: Final[dict[str | None, tuple[Holding, Text]]] = {
    "agrees": ("good", Text(zh="编号在我方记录中，内容相符", en="its id is in our record, and the content agrees")),
    "differs": ("warn", Text(zh="编号属于另一内容", en="its id belongs to another content")),
    "unknown": ("calm", Text(zh="我方记录中没有，或无法比对", en="not in our record, or not comparable")),
    None: ("calm", Text(zh="没有可核对的编号", en="there is no id to compare")),
}

"""Checks of the metadata label: what machines read."""

from __future__ import annotations

from typing import Any

from overt.formats import named
from overt.inspection.conformance.model import Facts, Outcome, at
from overt.inspection.conformance.registry import check
from overt.language import Text
from overt.marks.metadata.provider import code_holds, looks_like_code
from overt.marks.model import Reading
from overt.marks.proof import Outcome as ProofOutcome
from overt.rulebook import MarkRules

_FORM = frozenset(
    {
        "numeric-value",
        "value-not-text",
        "missing-label",
        "missing-key",
        "extra-key",
        "misspelt-key",
        "key-case",
        "duplicate-key",
        "key-name",
        "not-an-object",
        "envelope",
        "double-encoded",
        "yaml-instead-of-json",
        "trailing-bytes",
    }
)
"""Defects that concern the object's form: keys, types, envelope."""


def _label(facts: Facts) -> Reading | Outcome:
    """The first metadata label, or why there is nothing to measure."""
    if found := facts.found("metadata"):
        return found[0]
    if reason := facts.unread("metadata"):
        return Outcome("could-not-tell", reason)
    return Outcome("not-met", Text(zh="文件元数据中没有 AIGC 标识", en="the metadata has no AIGC label"))


def _compared(met: bool, measured: Text, *readings: Reading) -> Outcome:
    return Outcome("met" if met else "not-met", measured, tuple(at(reading) for reading in readings))


def _same(text: str) -> Text:
    return Text(zh=text, en=text)


@check
def metadata_found(facts: Facts, _rules: MarkRules, _value: Any) -> Outcome:
    """Whether the metadata has the label."""
    label = _label(facts)
    if isinstance(label, Outcome):
        return label
    return Outcome("met", _same(label.carrier or "metadata"), (at(label),))


@check
def metadata_form(facts: Facts, _rules: MarkRules, _value: Any) -> Outcome:
    """Whether the object has the seven keys, all values strings, in the prescribed form."""
    label = _label(facts)
    if isinstance(label, Outcome):
        return label
    found = [defect for defect in label.defects if defect.name in _FORM]
    if not found:
        return Outcome("met", _same(", ".join(label.values)), (at(label),))
    told = Text(
        zh="；".join(defect.text.zh for defect in found),
        en="; ".join(defect.text.en for defect in found),
    )
    return Outcome("not-met", told, (at(label),))


@check
def metadata_attribute(facts: Facts, _rules: MarkRules, allowed: dict[str, str]) -> Outcome:
    """Whether the attribute is one of the allowed ones."""
    label = _label(facts)
    if isinstance(label, Outcome):
        return label
    value = label.values["Label"]
    return _compared(value in allowed, _same(f"Label = {value!r}"), label)


@check
def metadata_producer(facts: Facts, _rules: MarkRules, _value: Any) -> Outcome:
    """Producer and number are the producer's to write; a disseminator's label (2 or 3) may not know them."""
    label = _label(facts)
    if isinstance(label, Outcome):
        return label
    producer, number = label.values["ContentProducer"], label.values["ProduceID"]
    told = f"ContentProducer = {producer!r}, ProduceID = {number!r}"
    if not producer and not number and label.values["Label"] in ("2", "3"):
        measured = Text(
            zh=f"{told}：标识由传播者写入，制作方未知",
            en=f"{told}: written by a disseminator who does not know the producer",
        )
        return Outcome("could-not-tell", measured, (at(label),))
    if not code_holds(producer):
        measured = Text(
            zh=f"{told}：编码的结构或校验码不符",
            en=f"{told}: the code's structure or check character does not fit",
        )
        return Outcome("not-met", measured, (at(label),))
    kind = Text(zh="编码", en="a code") if looks_like_code(producer) else Text(zh="名称", en="a name")
    measured = Text(zh=f"{told}（{kind.zh}）", en=f"{told} ({kind.en})")
    return _compared(bool(producer and number), measured, label)


@check
def metadata_propagator(facts: Facts, _rules: MarkRules, _value: Any) -> Outcome:
    """Whether the propagator and its number are named."""
    label = _label(facts)
    if isinstance(label, Outcome):
        return label
    name, number = label.values["ContentPropagator"], label.values["PropagateID"]
    told = f"ContentPropagator = {name!r}, PropagateID = {number!r}"
    return _compared(bool(name and number), _same(told), label)


@check
def metadata_one(facts: Facts, _rules: MarkRules, most: int) -> Outcome:
    """How many labels the file has."""
    label = _label(facts)
    if isinstance(label, Outcome):
        return label
    found = facts.found("metadata")
    return _compared(len(found) <= most, _same(f"{len(found)}"), *found)


@check
def metadata_characters(facts: Facts, _rules: MarkRules, _value: Any) -> Outcome:
    """Whether all values keep to the prescribed characters."""
    label = _label(facts)
    if isinstance(label, Outcome):
        return label
    wrong = [defect for defect in label.defects if defect.name in ("character-set", "spaces")]
    if not wrong:
        return Outcome("met", Text(zh="未见其他字符", en="no others were found"), (at(label),))
    told = Text(
        zh="；".join(defect.text.zh for defect in wrong),
        en="; ".join(defect.text.en for defect in wrong),
    )
    return Outcome("not-met", told, (at(label),))


@check
def metadata_carrier(facts: Facts, _rules: MarkRules, named_by_the_guide: list[str]) -> Outcome:
    """Whether the label sits where the guide for this format says; no rule is known for formats it does not name."""
    label = _label(facts)
    if isinstance(label, Outcome):
        return label
    place = named(facts.container).place
    carrier = label.carrier or "-"
    if facts.container not in named_by_the_guide:
        measured = Text(
            zh=f"{carrier}；已知的指南内容未写明 {facts.container} 的位置",
            en=f"{carrier}; what is known of the guide names no place for {facts.container}",
        )
        return Outcome("could-not-tell", measured, (at(label),))
    expected = Text(zh=f"{carrier}；应为 {place}", en=f"{carrier}; expected in {place}")
    return _compared(carrier == place, _same(carrier) if carrier == place else expected, label)


@check
def metadata_security(facts: Facts, _rules: MarkRules, _value: Any) -> Outcome:
    """What the security data in the producer's reserved field proves."""
    label = _label(facts)
    if isinstance(label, Outcome):
        return label
    proved = [proof for proof in label.proofs if proof.field == "ReservedCode1"]
    told = Text(
        zh="；".join(proof.outcome.text.zh for proof in proved) or "预留字段为空",
        en="; ".join(proof.outcome.text.en for proof in proved) or "the reserved field is empty",
    )
    if any(proof.outcome == ProofOutcome.DIFFERS for proof in proved):
        return Outcome("not-met", told, (at(label),))
    if any(proof.outcome.intact for proof in proved):
        return Outcome("met", told, (at(label),))
    unknown = any(proof.outcome == ProofOutcome.UNKNOWN for proof in proved)
    return Outcome("could-not-tell" if unknown else "not-met", told, (at(label),))

"""Checks of what a file says of its origin by whatever mark: credential, metadata label, traces, our own record.

They serve the laws that name contents and leave the format open: the EU's AI Act with its Code of Practice, and
California's latent disclosure. Names and numbers are reported as they are stated; nobody vouches for them but the
signer of a credential, whom the reading of the credential speaks of.
"""

from __future__ import annotations

from typing import Any

from overt.inspection.conformance.model import Facts, Outcome, at
from overt.inspection.conformance.registry import check
from overt.language import Text
from overt.marks.credential.manifest import OVERT
from overt.marks.credential.sources import SYNTHETIC
from overt.marks.model import Reading, ReadingKind
from overt.rulebook import MarkRules

_NO_CREDENTIAL = Text(zh="文件没有内容凭证", en="the file has no credential")
_OF_OTHER_BYTES = Text(
    zh="内容凭证与文件不符：其陈述针对的是另一份内容",
    en="the content credential does not fit the file: what it states was said of other bytes",
)


def _same(text: str) -> Text:
    return Text(zh=text, en=text)


def _unread(facts: Facts, *marks: ReadingKind) -> Text | None:
    """Why one of these kinds of marks could not be told, or None where all could."""
    for mark in marks:
        if reason := facts.unread(mark):
            return reason
    return None


def _missing(facts: Facts, told: Text, *marks: ReadingKind) -> Outcome:
    """Nothing was found: that is a "no" only where every reader could tell, and no broken credential says more."""
    if reason := _unread(facts, *marks):
        return Outcome("could-not-tell", reason)
    if "credential" in marks and (broken := [each for each in facts.found("credential") if not _fits(each)]):
        return Outcome("could-not-tell", _OF_OTHER_BYTES, (at(broken[0]),))
    return Outcome("not-met", told)


@check
def states_generated(facts: Facts, _rules: MarkRules, _value: Any) -> Outcome:
    """Whether metadata of any kind says, for machines, that the content is generated or manipulated."""
    told: list[str] = []
    where: list[str] = []
    for reading in facts.found("credential"):
        if _fits(reading) and _synthesis(reading):
            told.append("C2PA: " + ", ".join(reading.values["source_types"]))
            where.append(at(reading))
    for reading in facts.found("metadata"):
        if reading.values["Label"] in ("1", "2", "3"):
            told.append(f"AIGC: Label = {reading.values['Label']}")
            where.append(at(reading))
    for reading in facts.found("trace"):
        if reading.values.get("strength") == "states-ai":
            told.append(f"{reading.values['name']}: {reading.values['value']}")
            where.append(at(reading))
    if told:
        return Outcome("met", _same("; ".join(told)), tuple(where))
    nothing = Text(zh="没有元数据写明系生成或操纵", en="no metadata says that it is generated or manipulated")
    return _missing(facts, nothing, "metadata", "credential", "trace")


def _credential(facts: Facts) -> Reading | Outcome:
    if found := facts.found("credential"):
        return found[0]
    return _missing(facts, _NO_CREDENTIAL, "credential")


@check
def credential_signed(facts: Facts, _rules: MarkRules, _value: Any) -> Outcome:
    """Whether a credential's signature holds and the bytes are those that were signed.

    Who signed is another question: the reading of the credential answers it under trust.
    """
    found = _credential(facts)
    if isinstance(found, Outcome):
        return found
    binding, signature, signer = (found.values[key] for key in ("binding", "signature", "signer"))
    told = Text(
        zh=f"绑定 {binding}，签名 {signature}，签名者 {signer or '—'}",
        en=f"binding {binding}, signature {signature}, signer {signer or '—'}",
    )
    if "unknown" in (binding, signature) and "mismatch" not in (binding, signature):
        return Outcome("could-not-tell", told, (at(found),))
    met = binding == "intact" and signature == "valid"
    return Outcome("met" if met else "not-met", told, (at(found),))


@check
def credential_time_stamped(facts: Facts, _rules: MarkRules, _value: Any) -> Outcome:
    """Whether the credential's signature has a time stamp that was validated."""
    found = _credential(facts)
    if isinstance(found, Outcome):
        return found
    if found.values["time"]:
        return Outcome("met", _same(found.values["time"]), (at(found),))
    nothing = Text(zh="没有经验证的时间戳", en="no time stamp that was validated")
    return Outcome("not-met", nothing, (at(found),))


@check
def watermark_found(facts: Facts, _rules: MarkRules, _value: Any) -> Outcome:
    """Whether a watermark was read. A watermark of another maker is not readable without its key."""
    found = facts.found("watermark")
    if found:
        ids = "; ".join(f"{each.values['id']} (p ≤ 10^{each.values['p']:.0f})" for each in found if each.values["id"])
        unread = Text(zh="有水印，编号无法读取", en="a watermark whose id cannot be read")
        return Outcome("met", _same(ids) if ids else unread, tuple(at(each) for each in found))
    reason = facts.unread("watermark")
    return Outcome(
        "could-not-tell",
        reason or Text(zh="未读到；他人的水印没有密钥无法读取", en="none was read; another maker's needs its key"),
    )


@check
def recorded(facts: Facts, _rules: MarkRules, _value: Any) -> Outcome:
    """Whether our own record holds exactly these bytes."""
    if facts.own is not None:
        told = f"{facts.own.content_id} ({facts.own.released})"
        return Outcome("met", _same(told), ("record",))
    nothing = Text(zh="我方记录中没有这些字节；他人的记录不得而知", en="not in our record; others' records are unknown")
    return Outcome("could-not-tell", nothing)


@check
def inputs_kept(facts: Facts, _rules: MarkRules, _value: Any) -> Outcome:
    """Whether marks of what the content was made from are still there: only a credential's ingredients can show it."""
    found = [each for each in facts.found("credential") if _fits(each) and not each.values["ingredients_changed"]]
    if found and found[0].values["manifests"] > 1:
        count = found[0].values["manifests"] - 1
        told = Text(zh=f"凭证中保留了 {count} 个素材清单", en=f"the credential keeps {count} manifests of ingredients")
        return Outcome("met", told, (at(found[0]),))
    return Outcome(
        "could-not-tell",
        Text(zh="仅凭此文件看不出素材原有的标识", en="this file alone does not show what marks its inputs had"),
    )


@check
def latent_provider(facts: Facts, _rules: MarkRules, _value: Any) -> Outcome:
    """The provider's name, in the metadata label or as the signer of a credential."""
    stated = [(f"AIGC ContentProducer = {r.values['ContentProducer']}", r) for r in _labels(facts, "ContentProducer")]
    # Who signs a file anew when passing it on provides neither it nor the system.
    makers = [r for r in _credentials(facts, "signer") if any(each["manifest"] == 0 for each in _synthesis(r))]
    stated += [(f"C2PA signer = {r.values['signer']}", r) for r in makers]
    return _stated(facts, stated)


@check
def latent_system(facts: Facts, _rules: MarkRules, _value: Any) -> Outcome:
    """The system's name and version: the AIGC object has no field for them, a credential's software agent has."""
    agents = [(each["agent"], r) for r in _credentials(facts, "agents") for each in _synthesis(r) if each["agent"]]
    agents = [(agent, r) for agent, r in agents if agent.partition(" ")[0] != OVERT["name"]]  # It generates nothing.
    versioned = [(f"C2PA softwareAgent = {agent}", r) for agent, r in agents if any(map(str.isdigit, agent))]
    if agents and not versioned:
        told = f"C2PA softwareAgent = {agents[0][0]}"
        return Outcome("not-met", Text(zh=f"{told}：没有版本", en=f"{told}: without a version"), (at(agents[0][1]),))
    return _stated(facts, versioned)


@check
def latent_time(facts: Facts, _rules: MarkRules, _value: Any) -> Outcome:
    """When it was created or altered: a validated time stamp, or the time that an action states."""
    stated = [(f"C2PA time stamp = {r.values['time']}", r) for r in _credentials(facts, "time")]
    for reading in _credentials(facts, "statements"):
        whens = [each["when"] for each in _synthesis(reading) if each["when"]]
        stated += [(f"C2PA when = {when}", reading) for when in whens[:1]]
    return _stated(facts, stated)


@check
def latent_id(facts: Facts, _rules: MarkRules, _value: Any) -> Outcome:
    """A unique identifier: the number in the metadata label, or the one that a credential repeats."""
    stated = [(f"AIGC ProduceID = {r.values['ProduceID']}", r) for r in _labels(facts, "ProduceID")]
    stated += [(f"C2PA content id = {r.values['content_id']}", r) for r in _credentials(facts, "content_id")]
    return _stated(facts, stated)


def _labels(facts: Facts, key: str) -> list[Reading]:
    return [reading for reading in facts.found("metadata") if reading.values.get(key)]


def _credentials(facts: Facts, key: str) -> list[Reading]:
    return [reading for reading in facts.found("credential") if reading.values.get(key) and _fits(reading)]


def _fits(reading: Reading) -> bool:
    """Whether nothing shows that a credential speaks of other bytes, or was changed itself."""
    return "mismatch" not in (reading.values["binding"], reading.values["signature"])


def _synthesis(reading: Reading) -> list[dict[str, Any]]:
    """The statements of a credential that state synthesis, but for those that were made of other bytes."""
    stated = [each for each in reading.values["statements"] if each["source_type"] in SYNTHETIC]
    return [each for each in stated if each["manifest"] == 0 or not reading.values["ingredients_changed"]]


def _stated(facts: Facts, stated: list[tuple[str, Reading]]) -> Outcome:
    if stated:
        told = "; ".join(dict.fromkeys(text for text, _ in stated))
        return Outcome("met", _same(told), tuple(at(reading) for _, reading in stated))
    return _missing(facts, Text(zh="没有写明", en="not stated"), "metadata", "credential")

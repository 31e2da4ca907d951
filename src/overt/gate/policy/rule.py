"""What the purposes' policy says about one request: a finding, whether a consent may be missing, and the label's style.

The policy is asked several small questions (the actions of `schema.cedarschema`), each of which Cedar answers with yes
or no; what is not permitted is denied, so that an empty answer is always the stricter one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import cedarpy

from overt.gate import fold
from overt.gate.model import IDENTITY_LEVELS, Ask, Finding, Reason
from overt.gate.policy.model import PolicyText, Rule
from overt.language import Text

STEP = "purpose"
NOBODY = cedarpy.Entities.from_json_str("[]")
"""Policies rest on the request alone: no entity has attributes."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """The policy's answer. `unlabelled` says whether the explicit label may be left out."""

    findings: tuple[Finding, ...]
    label_style: str = ""
    unlabelled: bool = False
    without_consent: bool = False


def rule(policy: PolicyText, ask: Ask, findings: Sequence[Finding]) -> Ruling:
    """What the policy says about a request, given what the other steps found."""
    if ask.purpose not in policy.purposes:
        return Ruling((Finding(STEP, "refuse", (_unknown(policy, ask.purpose),)),))
    context = context_of(ask, findings)
    actions = ["synthesise", "without_person", "with_small_label"]
    actions += ["without_consent"] if context["consent"] == "missing" else []
    actions += ["without_label"] if ask.unlabelled else []
    answers = _answers(policy, ask, actions, context)
    found = [
        answers["synthesise"].finding("refuse"),
        answers["without_person"].finding("hold"),
        *([answers["without_consent"].finding("refuse")] if "without_consent" in answers else []),
    ]
    if "without_label" in answers:  # The label stays, and the reasons say why.
        found.append(answers["without_label"].finding("allow"))
    return Ruling(
        findings=tuple(found),
        label_style=answers["with_small_label"].style,
        unlabelled="without_label" in answers and answers["without_label"].yes,
        without_consent="without_consent" in answers and answers["without_consent"].yes,
    )


def context_of(ask: Ask, findings: Iterable[Finding]) -> dict[str, Any]:
    """What the policy may ask about (`schema.cedarschema`, type Request)."""
    findings = tuple(findings)
    real = [each for each in ask.depicted if not each.fictional]
    return {
        "techniques": list(ask.techniques),
        "shows": sorted({each.likeness for each in real}),
        "official": bool(real) and all(each.official for each in real),
        "consent": _consent(bool(real), findings),
        "identity": IDENTITY_LEVELS.index(fold.identity(findings)),
        "categories": list(fold.categories(findings)),
        "channel": ask.channel,
        "outputs": ask.outputs,
        "recipient": bool(ask.recipient),
    }


def _consent(real: bool, findings: Iterable[Finding]) -> str:
    told = [each for each in findings if each.step == "consent"]
    reasons = [reason.code for each in told if each.outcome != "allow" for reason in each.reasons]
    if any(each.could_not_tell for each in told) or (real and not told):
        return "unknown"
    if all(each.outcome == "allow" for each in told):
        return "given" if real else "not_needed"
    return "missing" if reasons and all(code == fold.MISSING_CONSENT for code in reasons) else "ended"


@dataclass(frozen=True, slots=True)
class _Answer:
    yes: bool
    rules: tuple[Rule, ...]
    action: str

    @property
    def style(self) -> str:
        return next((each.style for each in self.rules if each.style), "") if self.yes else ""

    def finding(self, denied: Any) -> Finding:
        if self.yes:
            return Finding(STEP, "allow")
        forbidden = (each for each in self.rules if each.effect == "forbid" and each.reason)
        reasons = tuple(Reason(f"rule:{each.id}", each.reason, each.duties) for each in forbidden if each.reason)
        if not reasons and self.action != "without_consent":  # What is missing then, the consent's step has said.
            reasons = (_not_permitted(self.action),)
        return Finding(STEP, denied, reasons)


def _answers(policy: PolicyText, ask: Ask, actions: Sequence[str], context: dict[str, Any]) -> dict[str, _Answer]:
    principal = {"type": "Requester", "id": ask.account or "nobody"}
    resource = {"type": "Purpose", "id": ask.purpose}
    told = json.dumps(context, ensure_ascii=False)
    requests = [
        {"principal": principal, "action": {"type": "Action", "id": each}, "resource": resource, "context": told}
        for each in actions
    ]
    results = cedarpy.is_authorized_batch(requests, policy.handle, NOBODY)
    answers = {}
    for action, result in zip(actions, results, strict=True):
        rules = tuple(policy.rules[name] for name in result.diagnostics.reasons)
        # An error in a policy leaves that policy out of the answer: nothing is permitted then.
        answers[action] = _Answer(result.allowed and not result.diagnostics.errors, rules, action)
    return answers


def _unknown(policy: PolicyText, purpose: str) -> Reason:
    known_zh = "、".join(f"{each.id}（{each.name.zh}）" for each in policy.purposes.values())
    known_en = ", ".join(policy.purposes)
    return Reason(
        "rule:unknown-purpose",
        Text(
            zh=f"策略中没有用途 {purpose!r}；可选：{known_zh}",
            en=f"the policy knows no purpose {purpose!r}; there are: {known_en}",
        ),
    )


def _not_permitted(action: str) -> Reason:
    return Reason(
        f"rule:{action}",
        Text(zh=f"策略没有任何条款许可（{action}）", en=f"nothing in the policy permits it ({action})"),
    )

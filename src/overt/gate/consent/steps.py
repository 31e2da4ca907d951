"""The gate's two steps about persons: whose consent covers a request, and whether somebody has refused.

`ConsentStep`:

| the request | the step |
|---|---|
| a technique edits a face, a voice or a body, and nobody is named | refuses, and says what to do |
| somebody is depicted by the word of whoever asks, and fictional | allows; the decision keeps the prompt of DS-14b |
| somebody real is depicted, without a consent | refuses (`consent:missing`) |
| a consent is named | allows where it covers the request, holds where its proof waits, refuses otherwise |
| no person is involved | says nothing |

`RefusalStep` holds where a matcher knows somebody, and where one could not look. It never refuses.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol

from overt.gate.consent import rules
from overt.gate.consent.model import Standing
from overt.gate.consent.register import Matcher
from overt.gate.model import Ask, Finding, Likeness, Reason
from overt.language import Text

POSSIBLE: Final = Reason(
    "refusal:possible",
    Text(
        zh="请求可能涉及一位已登记拒绝被合成的人，须由工作人员核对。",
        en="This may concern somebody who asked not to be synthesised. A person of staff has to look at it.",
    ),
    ("PI-27", "CC-1019", "CC-1023"),
)


class Consents(Protocol):
    """Where consents are kept."""

    def standing(self, consent_id: str) -> Standing | None:
        """Where a consent stands; None where there is none of this id."""


class ConsentStep:
    """Whether everybody whose likeness is used said yes. `controller` is in whose name consents are asked for."""

    name = "consent"

    def __init__(self, consents: Consents, controller: str) -> None:
        self._consents = consents
        self._controller = controller

    def look(self, ask: Ask, at: datetime) -> Sequence[Finding]:
        """One finding for each consent, and for what is said without one."""
        findings = []
        if rules.unsaid(ask):
            findings.append(Finding(self.name, "refuse", (rules.UNSAID,)))
        if any(each.consent is None and not each.fictional for each in ask.depicted):
            findings.append(Finding(self.name, "refuse", (rules.MISSING,)))
        if any(each.consent is None and each.fictional for each in ask.depicted):
            findings.append(Finding(self.name, "allow", (rules.FICTIONAL,), details={"prompt": "DS-14b"}))
        named: dict[str, list[Likeness]] = {}
        for each in ask.depicted:
            if each.consent is not None:
                named.setdefault(each.consent, []).append(each.likeness)
        return findings + [self._one(ask, at, *each) for each in named.items()]

    def _one(self, ask: Ask, at: datetime, consent_id: str, likeness: Sequence[Likeness]) -> Finding:
        standing = self._consents.standing(consent_id)
        lacking = rules.covers(standing, ask, likeness, at, controller=self._controller)
        details = {"consent": consent_id}
        return Finding(self.name, rules.outcome(lacking), lacking or (rules.PROMPTED,), details=details)


class RefusalStep:
    """Whether a request may concern somebody who refuses."""

    name = "refusals"

    def __init__(self, matchers: Sequence[Matcher]) -> None:
        self._matchers = tuple(matchers)

    def look(self, ask: Ask, at: datetime) -> Sequence[Finding]:  # noqa: ARG002  (the register is as it is)
        """A finding for each matcher that knows somebody, or could not look."""
        findings = []
        for matcher in self._matchers:
            matched = matcher.match(ask)
            if matched.refusals:
                details = {"matcher": matcher.name, "refusals": " ".join(matched.refusals)}
                findings.append(Finding(self.name, "hold", (POSSIBLE,), details=details))
            if matched.could_not_tell:
                details = {"matcher": matcher.name, "why": matched.could_not_tell[:200]}
                reasons = (_unknown(matcher.name),)
                findings.append(Finding(self.name, "hold", reasons, could_not_tell=True, details=details))
        return findings


def _unknown(matcher: str) -> Reason:
    return Reason(
        "refusal:could-not-tell",
        Text(
            zh=f"未能核对拒绝名单（{matcher}），须由工作人员核对。",
            en=f"The register of people who refuse could not be checked ({matcher}). A person of staff has to "
            f"look at it.",
        ),
        ("PI-27",),
    )

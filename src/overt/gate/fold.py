"""Findings become one outcome: the strictest wins, every reason is told, and "could not tell" never allows.

Pure: no clock, no network, no database.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from overt.gate.model import IDENTITY_LEVELS, OUTCOMES, Finding, IdentityLevel, Outcome, Reason, Reviewed
from overt.language import Text

MISSING_CONSENT = "consent:missing"
_NOTHING = Reason(
    "gate:nothing-looked",
    Text(zh="没有任何步骤给出结论，不能放行", en="no step of the gate came to a finding, so nothing can be allowed"),
)


@dataclass(frozen=True, slots=True)
class Folded:
    """What all findings say together. `could_not_tell`: some step could not, so that a person has to look."""

    outcome: Outcome
    reasons: tuple[Reason, ...]
    could_not_tell: bool = False


def strictest(outcomes: Iterable[Outcome]) -> Outcome:
    """The strictest of several outcomes; `hold` where there is none."""
    return max(outcomes, key=OUTCOMES.index, default="hold")


def counted(finding: Finding) -> Outcome:
    """What a finding counts as: one that could not tell is at least a hold."""
    return strictest((finding.outcome, "hold")) if finding.could_not_tell else finding.outcome


def fold(findings: Iterable[Finding]) -> Folded:
    """The strictest outcome and every reason for it, the weightiest first; none twice.

    What steps say of a request that they allow is told where it is allowed, and only there.
    """
    found = sorted(findings, key=lambda finding: -OUTCOMES.index(counted(finding)))
    if not found:
        return Folded("hold", (_NOTHING,), could_not_tell=True)
    outcome = counted(found[0])
    told = [each for each in found if outcome == "allow" or counted(each) != "allow"]
    reasons = tuple(dict.fromkeys(reason for finding in told for reason in finding.reasons))
    return Folded(outcome, reasons, any(finding.could_not_tell for finding in found))


def without_missing_consent(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings where nobody's consent has to be there: consents that were refused or have ended still count."""
    return tuple(_set_aside(finding) for finding in findings)


def _set_aside(finding: Finding) -> Finding:
    only = finding.reasons and all(reason.code == MISSING_CONSENT for reason in finding.reasons)
    if finding.step != "consent" or finding.could_not_tell or not only:
        return finding
    return replace(finding, outcome="allow", reasons=())


def consents(findings: Iterable[Finding]) -> tuple[str, ...]:
    """Ids of the consents that the request rests on: not of those that do not cover it."""
    told = [each for each in findings if each.step == "consent" and counted(each) != "refuse"]
    return tuple(dict.fromkeys(each.details["consent"] for each in told if each.details.get("consent")))


def identity(findings: Iterable[Finding]) -> IdentityLevel:
    """How the requester's identity was checked, as the identity step found it."""
    levels = [each.details.get("level", "") for each in findings if each.step == "identity"]
    return max((level for level in IDENTITY_LEVELS if level in levels), key=IDENTITY_LEVELS.index, default="none")


def reviewed(findings: Iterable[Finding]) -> tuple[Reviewed, ...]:
    """The materials that were reviewed: each once, with the strictest outcome and all engines that looked."""
    found: dict[tuple[str, str], Reviewed] = {}
    for each in findings:
        role, sha256 = each.details.get("role"), each.details.get("sha256")
        if role not in ("prompt", "input", "output") or not sha256:
            continue
        before = found.get((role, sha256), Reviewed(role, sha256, "allow"))  # type: ignore[arg-type]
        engines = tuple(dict.fromkeys(before.engines + _listed(each, "engines")))
        outcome = strictest((before.outcome, counted(each)))
        found[role, sha256] = replace(before, outcome=outcome, engines=engines)
    return tuple(found.values())


def categories(findings: Iterable[Finding]) -> tuple[str, ...]:
    """What the review found in the materials."""
    return tuple(dict.fromkeys(name for each in findings for name in _listed(each, "categories")))


def _listed(finding: Finding, name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in finding.details.get(name, "").split(",") if part.strip())

"""Joins the opinions of several engines: the strictest wins, a refusal ends it, and silence is never a yes.

| what happens | what the chain makes of it |
|---|---|
| an engine refuses | refuse; the engines behind it are not asked |
| an engine holds, none refuses | hold |
| an engine fails, or could not tell | `unsure`: hold, or refuse where the operator says so; never allow |
| no engine takes this medium, or its program is not installed | the same: nobody has looked |
| the depth is "human" | hold at least, unless it is refused |

Engines stand in the order in which they are asked: what costs little comes first.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from overt.errors import OvertError
from overt.gate.model import OUTCOMES, Finding, Material, Outcome, Reason, Reviewed
from overt.gate.review import categories
from overt.gate.review.model import Depth, Engine, Opinion, unknown
from overt.language import Text

STEP: Final = "review"
UNSEEN: Final = "review:unseen"
"""The reason where nothing is there that could look: the operator says what then (`[gate] unseen`)."""
_log = logging.getLogger(__name__)

_DUTIES = ("DS-10a",)
_UNSEEN = Text(
    zh="没有任何审核引擎可以处理这类内容，需由人工审核",
    en="no engine can look at this kind of content, so that a person must",
)
_HUMAN = Text(zh="该用途须由人工审核", en="this purpose asks for review by a person")
_FAILED = Text(zh="审核引擎 {0} 未能给出结论：{1}", en="the engine {0} could not tell: {1}")


@dataclass(frozen=True, slots=True)
class Judged:
    """What a chain says of one material."""

    material: Material
    outcome: Outcome
    opinions: tuple[Opinion, ...]
    could_not_tell: bool
    reasons: tuple[Reason, ...]

    @property
    def reviewed(self) -> Reviewed:
        """As a decision binds it."""
        engines = tuple(each.by for each in self.opinions)
        return Reviewed(self.material.role, self.material.sha256, self.outcome, engines)

    @property
    def finding(self) -> Finding:
        """As the gate takes it. What was hit is named by category, never by words."""
        seen = sorted({hit.category for opinion in self.opinions for hit in opinion.hits})
        details = {"role": self.material.role, "sha256": self.material.sha256}
        details["engines"] = ", ".join(each.by for each in self.opinions)
        if seen:
            details["categories"] = ", ".join(seen)
        for opinion in self.opinions:
            details |= opinion.details
        return Finding(STEP, self.outcome, self.reasons, self.could_not_tell, details)


class Chain:
    """Engines in their order. `unsure` is the outcome where one could not tell; it cannot be `allow`."""

    def __init__(self, engines: Sequence[Engine], *, unsure: Literal["hold", "refuse"] = "hold") -> None:
        self.engines = tuple(engines)
        self.unsure: Literal["hold", "refuse"] = unsure

    def review(self, material: Material, depth: Depth = "standard") -> Judged:
        """What all engines that take this medium say, up to the first refusal."""
        asked = [
            each
            for each in self.engines
            if material.medium in each.media and (depth != "standard" or not each.thorough)
        ]
        opinions: list[Opinion] = []
        for engine in asked:
            opinions.append(_asked(engine, material))
            if opinions[-1].outcome == "refuse":
                break
        return self._joined(material, tuple(opinions), depth)

    def _joined(self, material: Material, opinions: tuple[Opinion, ...], depth: Depth) -> Judged:
        unsure = not opinions or any(each.could_not_tell for each in opinions)
        outcomes: list[Outcome] = [each.outcome for each in opinions]
        outcomes += [self.unsure] if unsure else []
        outcomes += ["hold"] if depth == "human" else []
        outcome = strictest(outcomes)
        reasons = list(_reasons(opinions))
        if not opinions:
            reasons.append(Reason(UNSEEN, _UNSEEN, _DUTIES))
        if depth == "human":
            reasons.append(Reason("review:human", _HUMAN, _DUTIES))
        return Judged(material, outcome, opinions, unsure, tuple(reasons))


def strictest(outcomes: Sequence[Outcome]) -> Outcome:
    """The strictest of several outcomes; allow where there are none."""
    return max(outcomes, key=OUTCOMES.index, default="allow")


def _asked(engine: Engine, material: Material) -> Opinion:
    try:
        return engine.review(material)
    except OvertError as error:
        _log.warning("%s could not tell: %s", engine.name, error)
        return unknown(engine.name, engine.version, error.message)
    except Exception as error:  # noqa: BLE001  (whatever an engine does, it is no reason to let something pass)
        _log.warning("%s failed", engine.name, exc_info=error)
        told = type(error).__name__
        return unknown(engine.name, engine.version, Text(zh=f"引擎出错（{told}）", en=f"it failed ({told})"))


def _reasons(opinions: Sequence[Opinion]) -> Iterator[Reason]:
    """One for each category that was held or refused, and one for each engine that could not tell."""
    told: set[str] = set()
    for opinion in opinions:
        for hit in opinion.hits:
            if hit.outcome != "allow" and hit.category not in told:
                told.add(hit.category)
                category = categories.get(hit.category)
                yield Reason(f"review:{hit.category}", category.told, category.duties)
        if opinion.could_not_tell:
            why = opinion.why or Text(zh="原因未说明", en="it did not say why")
            told_text = Text(zh=_FAILED.zh.format(opinion.engine, why.zh), en=_FAILED.en.format(opinion.engine, why.en))
            yield Reason(UNSEEN if opinion.absent else f"review:could-not-tell:{opinion.engine}", told_text, _DUTIES)

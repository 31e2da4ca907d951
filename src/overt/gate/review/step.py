"""The gate's review: what is asked with, and what came out.

What a person has passed for the same requester and purpose is not held again; what a person refused is refused. An
engine's own refusal stays: a person who finds it wrong changes the library. Faces that nobody is said to be are held,
so that their consent can be asked for (Deep Synthesis Provisions, art. 14).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, Protocol

from overt.gate.model import Ask, Finding, Material, Reason
from overt.gate.review.chain import STEP, Chain, Judged
from overt.gate.review.model import Depth
from overt.gate.review.queue import Answer, Seen
from overt.language import Text

FACES: Final = "faces"
"""The detail in which an engine says how many faces it found."""
FACE_TECHNIQUES: Final = frozenset(
    {"face_replacement", "face_manipulation", "person_attribute_editing", "pose_manipulation"}
)
"""Techniques that change the face or body of somebody who is there (Deep Synthesis Provisions, art. 23)."""

_WHOSE = Reason(
    "review:likeness",
    Text(
        zh="输入中有人脸，但未说明是谁、是否取得其单独同意",
        en="there is a face in what was put in, and nothing says whose it is and that this person consents",
    ),
    ("DS-14b", "CC-1019"),
)
_REFUSED = Reason(
    "review:person-refused",
    Text(zh="人工审核未通过", en="a person has reviewed this and refused it"),
    ("DS-10a",),
)


class People(Protocol):
    """What people have answered before."""

    def passed(self, person: str, purpose: str, sha256: str) -> Answer | None:
        """Their last word on this material, asked by the same person for the same purpose."""


class ReviewStep:
    """Reviews prompt and inputs of a request. `depth` says how far for each purpose; it satisfies `gate.model.Step`."""

    name = STEP

    def __init__(
        self,
        chain: Chain,
        *,
        outputs: Chain | None = None,
        people: People | None = None,
        depth: Callable[[str], Depth] | Mapping[str, Depth] | None = None,
    ) -> None:
        """`outputs` is the chain for what comes out, where it is another one."""
        self.chain = chain
        self.outputs = outputs or chain
        self.people = people
        self._depth = depth or {}

    def look(self, ask: Ask, at: datetime, depth: Depth | None = None) -> Sequence[Finding]:  # noqa: ARG002  (the port's)
        """One finding for each material. `depth` goes before what the purpose asks for."""
        return [each.finding for each in self.judge(ask, depth)]

    def judge(self, ask: Ask, depth: Depth | None = None) -> list[Judged]:
        """What the engines and people say of each material of a request."""
        far = depth or self.depth(ask.purpose)
        judged = [self._answered(ask, self.chain.review(each, far)) for each in ask.materials]
        return [_whose(ask, each) for each in judged]

    def review_material(self, material: Material, depth: Depth = "standard") -> Finding:
        """What the engines say of one content that came out."""
        return self.judge_output(material, depth).finding

    def judge_output(self, material: Material, depth: Depth = "standard") -> Judged:
        """The same, with each engine's opinion."""
        return self.outputs.review(material, depth)

    def depth(self, purpose: str) -> Depth:
        """How far a purpose asks the review to go."""
        if callable(self._depth):
            return self._depth(purpose)
        return self._depth.get(purpose, "standard")

    def _answered(self, ask: Ask, judged: Judged) -> Judged:
        if self.people is None or judged.outcome == "refuse":
            return judged
        answer = self.people.passed(ask.account, ask.purpose, judged.material.sha256)
        if answer == "refuse":
            return replace(judged, outcome="refuse", reasons=(*judged.reasons, _REFUSED))
        if answer == "pass" and judged.outcome == "hold":
            return replace(judged, outcome="allow", reasons=(), could_not_tell=False)
        return judged


def remarks(judged: Judged) -> tuple[str, ...]:
    """What a reviewer is told of a material: each hit with its place and wording, and what could not be told."""
    told = []
    for opinion in judged.opinions:
        told += [f"{opinion.engine}: {hit.category} [{hit.start}:{hit.stop}] {hit.said}" for hit in opinion.hits]
        if opinion.could_not_tell:
            told.append(f"{opinion.engine}: {opinion.why}" if opinion.why else opinion.engine)
    return tuple(told)


def seen(judged: Sequence[Judged]) -> tuple[Seen, ...]:
    """What is put into the people's queue."""
    return tuple(Seen.of(each.material, remarks(each)) for each in judged)


def _whose(ask: Ask, judged: Judged) -> Judged:
    """A face in an input of somebody whom the request does not name is held. Outputs were decided with the request."""
    if judged.material.role != "input":
        return judged
    found = any(int(each.details.get(FACES, "0")) > 0 for each in judged.opinions)
    named = any(each.likeness in {"face", "body"} for each in ask.depicted)
    if not found or named or not FACE_TECHNIQUES.intersection(ask.techniques) or judged.outcome == "refuse":
        return judged
    return replace(judged, outcome="hold", reasons=(*judged.reasons, _WHOSE))

"""The gate: one signed answer to "may this be synthesised?", from everything that its steps find.

```
 1. look       every step looks: switches, sanctions, identity, consent, review of prompt and input
 2. policy     the declared purpose: what it permits, what it asks of a person, which label it allows
 3. fold       the strictest outcome wins, every reason is told; "could not tell" is at least a hold
 4. sign       content ids are given, uses of consents counted, decision and ledger entry written: one transaction
```

A decision's states:

```
allow ──► in use      content ids are used up one by one, each with the release of its content
  │  └──► expired     its hours are over: the rest of its content ids is worth nothing
  └─────► lapsed      one of its consents was withdrawn, expired or refused; or it was switched off, or sanctioned
hold ───► superseded  a person answered; the answer is a decision of its own
refuse                the end of it: mend what the reasons name, and ask again
```

`expired` and `lapsed` are never written down: they follow from the time and from what holds now, so that no sweep that
was late lets anything through. Nothing here opens a database: the record stands behind `Book`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from overt.canonical import stamp
from overt.errors import OvertError, RefusedError, SetupError
from overt.gate import fold
from overt.gate.book import Answer, Book, Known, Permit, UsedUp
from overt.gate.decision import Signs, signed, until
from overt.gate.model import IDENTITY_LEVELS, Ask, Decision, Finding, Material, Outcome, Reason, Step
from overt.gate.policy import PolicyText, Ruling, rule
from overt.gate.review.queue import Held, Item, Seen
from overt.language import Text

__all__ = ["Answer", "Book", "Gate", "Permit", "UsedUp"]

_log = logging.getLogger(__name__)

DEFAULT_HOURS = 24.0
_MOST_TRIES = 3  # Somebody else took the last use of a consent meanwhile: look again.
WAIVER = "label:not-agreed"


class Gate:
    """Decides, reviews what came out, and permits what marking asks for."""

    def __init__(
        self,
        *,
        steps: Sequence[Step],
        book: Book,
        signer: Signs,
        policy: PolicyText,
        rulebook: tuple[str, str],
        outputs: Sequence[Step] = (),
        hours: float = DEFAULT_HOURS,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """A gate without steps is none. Raises `SetupError`.

        Args:
            steps: what looks at a request, in order.
            book: where decisions are recorded.
            signer: what signs them.
            policy: what purposes permit.
            rulebook: its id and the digest of its content.
            outputs: what looks at an output before it is marked (as a request with this one material).
            hours: how long an allow can be used.
            clock: the time (UTC).
        """
        if not steps:
            raise SetupError("a gate without steps would let everything through", "没有任何步骤的闸口等于全部放行")
        self.steps = tuple(steps)
        self.outputs = tuple(outputs)
        self.book = book
        self.signer = signer
        self.policy = policy
        self.rulebook = rulebook
        self.hours = hours
        self.clock = clock

    def decide(self, ask: Ask, *, supersedes: str = "", answer: Answer | None = None) -> Decision:
        """The signed and recorded answer to a request.

        `supersedes` is the decision that was held, `answer` what a person said to it: that settles what was held, and
        nothing that is refused.
        """
        for _ in range(_MOST_TRIES):
            draft, found = self._draft(ask, self.clock(), supersedes, answer)
            held = _held(draft, ask.materials, found, draft.reasons) if draft.outcome == "hold" else None
            try:
                return self._signed(draft, ask, held)
            except UsedUp:
                continue
        raise _taken()

    def look(self, ask: Ask, at: datetime) -> tuple[Finding, ...]:
        """What all steps and the policy find about a request. Nothing is recorded."""
        return self._looked(ask, at)[0]

    def answer(self, decision_id: str, answer: Answer) -> Decision:
        """A person's answer to a decision that was held: a decision of its own, which supersedes the first.

        The material was seen by that person; what does not depend on it (switches, sanctions, identity, consents) is
        looked at again, and what is refused now stays refused.
        """
        known = self._known(decision_id)
        held = known.decision
        if held.outcome != "hold" or known.superseded:
            raise RefusedError(
                f"decision {decision_id} does not wait for an answer", f"决定 {decision_id} 不处于待人工答复状态"
            )
        at = self.clock()
        ask = Ask(held.account, held.techniques, held.purpose, held.function, held.model, outputs=len(held.content_ids))
        # Consents are looked at where their uses are counted: the record knows them, this request does not name them.
        steps = [each for each in self.steps if each.name != "consent"]
        found = [each for step in steps for each in step.look(ask, at) if not _still_identified(each, held)]
        standing = [each for each in found if each.outcome == "refuse"]
        reasons = tuple(each for finding in standing for each in finding.reasons)
        outcome: Outcome = "refuse" if standing else answer.outcome
        word = Reason("gate:answered", answer.reason)
        draft = replace(
            held,
            id=str(uuid4()),
            outcome=outcome,
            reasons=(word, *reasons, *held.reasons),
            content_ids=(),
            decided=stamp(at),
            expires=stamp(at + timedelta(hours=self.hours)),
            supersedes=held.id,
            answered=answer.by,
        )
        try:
            return self._signed(draft, ask)
        except UsedUp as gone:
            return self._signed(replace(draft, outcome="refuse", reasons=(*gone.reasons, *draft.reasons)), ask)

    def answered(self, decision_id: str) -> Decision | None:
        """A recorded decision, or the one that a person's answer put in its place; None where there is none."""
        known = self.book.known(decision_id)
        while known is not None and known.superseded:
            known = self.book.known(known.superseded)
        return known.decision if known else None

    def look_output(self, decision: Decision, material: Material) -> Finding:
        """What the review finds in something that came out. Nothing is recorded."""
        ask = Ask(
            decision.account,
            decision.techniques,
            decision.purpose,
            decision.function,
            decision.model,
            materials=(replace(material, role="output"),),
        )
        at = self.clock()
        findings = [each for step in self.outputs for each in _asked(step, ask, at)]
        folded = fold.fold(findings or [Finding("review", "allow")])
        details = {"role": "output", "sha256": material.sha256}
        for name in ("engines", "categories"):
            if told := [each.details[name] for each in findings if each.details.get(name)]:
                details[name] = ", ".join(told)
        return Finding("review", folded.outcome, folded.reasons, folded.could_not_tell, details)

    def review_output(self, decision: Decision, material: Material) -> Finding:
        """What the review finds in something that came out, before it is marked. It is recorded."""
        finding = self.look_output(decision, material)
        waits = fold.counted(finding) == "hold"
        held = _held(decision, (replace(material, role="output"),), (finding,), ()) if waits else None
        self.book.review(decision, material.sha256, finding, held)
        return finding

    def settled(self, item: Item) -> str:
        """What follows from a person's answer in the queue (`overt.gate.review.queue.OnSettled`).

        To a request: a decision, whose id this returns. To an output: that it may be marked, or may not.
        """
        known, given = self._known(item.decision), item.answers[-1]
        said = given.words or given.answer
        answer = Answer("allow" if item.outcome == "pass" else "refuse", given.reviewer, Text(zh=said, en=said))
        if not (outputs := [each for each in item.materials if each.role == "output"]):
            # It was answered already where a process ended before it could say so.
            return known.superseded or self.answer(item.decision, answer).id
        for each in outputs:
            details = {"role": "output", "sha256": each.sha256, "engines": "a person"}
            reasons = (Reason("gate:answered", answer.reason),)
            self.book.review(known.decision, each.sha256, Finding("review", answer.outcome, reasons, details=details))
        return item.decision

    def permit(
        self,
        decision: Decision | str,
        techniques: Sequence[str] = (),
        material: Material | None = None,
        content_id: str = "",
    ) -> Permit:
        """What marking asks: the recorded decision and the content id for this output.

        What was not reviewed yet is reviewed now. `content_id` is one of the decision's; the first free one where it is
        empty. The release itself asks once more, in its own transaction. Raises `RefusedError` with every reason.
        """
        known = self._known(decision if isinstance(decision, str) else decision.id)
        held = known.decision
        if not isinstance(decision, str) and decision != held:
            raise _refused(held.id, (_reason("altered", "决定与登记不符", "it is not what was recorded"),))
        against = [*self._against(known, content_id), *_beyond(held, techniques)]
        against += self.book.lapsed(held.id, self.clock())
        against += self._barred(held)
        if not against and material is not None:
            against += self._reviewed(held, material)
        if against:
            raise _refused(held.id, against)
        return Permit(held, content_id or known.free[0])

    def _known(self, decision_id: str) -> Known:
        known = self.book.known(decision_id)
        if known is None:
            raise RefusedError(f"there is no decision {decision_id}", f"没有决定 {decision_id}")
        return known

    def _against(self, known: Known, content_id: str) -> Iterable[Reason]:
        held = known.decision
        if held.outcome != "allow":
            yield _OUTCOMES[held.outcome]
            yield from held.reasons
        if known.superseded:
            yield _reason(
                "superseded", f"已由决定 {known.superseded} 取代", f"decision {known.superseded} supersedes it"
            )
        if self.clock() >= until(held):
            yield _reason("expired", f"已于 {held.expires} 过期", f"it expired at {held.expires}", "DS-17a")
        if held.outcome == "allow" and not known.free:
            yield _reason("used", "其全部内容编号均已使用", "all its content ids have been used")
        elif content_id and content_id not in known.free:
            yield _reason("used", f"内容编号 {content_id} 不可用", f"content id {content_id} is not free")

    def _barred(self, held: Decision) -> Iterable[Reason]:
        """What lasting steps say by now: switches and sanctions count for what was allowed before them, too."""
        ask = Ask(held.account, held.techniques, held.purpose, held.function, held.model)
        for step in self.steps:
            if getattr(step, "lasting", False):
                for finding in _asked(step, ask, self.clock()):
                    if finding.outcome != "allow":
                        yield from finding.reasons

    def _reviewed(self, decision: Decision, material: Material) -> Iterable[Reason]:
        found = self.book.review_of(decision.id, material.sha256)
        if found is None:
            finding = self.review_output(decision, material)
            found = finding.outcome, finding.reasons
        return () if found[0] == "allow" else (_OUTPUTS[found[0]], *found[1])

    def _looked(self, ask: Ask, at: datetime) -> tuple[tuple[Finding, ...], Ruling]:
        # Engines take their time: what looks at materials does so outside the record's view, and last.
        looking = [step for step in self.steps if step in self.outputs]
        with self.book.view():
            found = [each for step in self.steps if step not in looking for each in _asked(step, ask, at)]
        found += [each for step in looking for each in _asked(step, ask, at)]
        ruling = rule(self.policy, ask, found)
        if ruling.without_consent:
            found = list(fold.without_missing_consent(found))
        return (*found, *ruling.findings), ruling

    def _draft(
        self, ask: Ask, at: datetime, supersedes: str, answer: Answer | None
    ) -> tuple[Decision, tuple[Finding, ...]]:
        findings, ruling = self._looked(ask, at)
        folded = fold.fold(findings)
        outcome, reasons = folded.outcome, folded.reasons
        if answer is not None and outcome != "refuse":
            outcome, reasons = answer.outcome, (Reason("gate:answered", answer.reason), *reasons)
        waived = ruling.unlabelled and self.book.agreed(ask.account)
        if ruling.unlabelled and not waived:
            reasons = (*reasons, _NOT_AGREED)
        draft = Decision(
            id=str(uuid4()),
            outcome=outcome,
            account=ask.account,
            identity=fold.identity(findings),
            purpose=ask.purpose,
            function=ask.function,
            model=ask.model,
            techniques=ask.techniques,
            consents=fold.consents(findings),
            reviewed=fold.reviewed(findings),
            reasons=reasons,
            content_ids=(),
            label="waived" if waived else "required",
            label_style=ruling.label_style,
            rulebook=self.rulebook[0],
            rulebook_digest=self.rulebook[1],
            policy=self.policy.digest,
            decided=stamp(at),
            expires=stamp(at + timedelta(hours=self.hours)),
            supersedes=supersedes,
            answered=answer.by if answer else "",
        )
        return draft, findings

    def _signed(self, draft: Decision, ask: Ask, held: Held | None = None) -> Decision:
        decision = self.book.sign(draft, ask, lambda each: signed(each, self.signer), held)
        _log.info("decision %s: %s for %s", decision.id, decision.outcome, decision.purpose)
        return decision


def _asked(step: Step, ask: Ask, at: datetime) -> Sequence[Finding]:
    """What a step finds; where it fails, that it could not tell."""
    try:
        return step.look(ask, at)
    except OvertError as error:
        _log.warning("step %s could not tell: %s", step.name, error)
        told = Text(
            zh=f"步骤 {step.name} 未能给出结论：{error.message.zh}",
            en=f"the step {step.name} could not tell: {error.message.en}",
        )
        return (Finding(step.name, "hold", (Reason(f"gate:could-not-tell:{step.name}", told),), could_not_tell=True),)


def _held(
    decision: Decision, materials: Sequence[Material], findings: Sequence[Finding], others: Sequence[Reason]
) -> Held:
    """What a person is shown: all materials, and why each of them waits; `others` stand beside the first."""
    seen: list[Seen] = []
    for material in materials:
        mine = [each for each in findings if each.details.get("sha256") == material.sha256]
        why = [reason for each in mine if fold.counted(each) != "allow" for reason in each.reasons]
        why += [] if seen else others
        remarks = tuple(dict.fromkeys(f"{each.code}: {each.text.zh} / {each.text.en}" for each in why))
        seen.append(Seen.of(material, remarks, held=any(fold.counted(each) == "hold" for each in mine)))
    return Held(decision.id, decision.account, decision.purpose, tuple(seen), fold.categories(findings))


def _still_identified(finding: Finding, held: Decision) -> bool:
    """Whether the requester is identified as well as when this was held: what it needed was asked for then."""
    level = finding.details.get("level")
    return level in IDENTITY_LEVELS and IDENTITY_LEVELS.index(level) >= IDENTITY_LEVELS.index(held.identity)


def _beyond(decision: Decision, techniques: Sequence[str]) -> Iterable[Reason]:
    if more := [each for each in techniques if each not in decision.techniques]:
        told = ", ".join(more)
        yield _reason("techniques", f"决定未涵盖技术 {told}", f"it does not cover {told}")


def _refused(decision_id: str, reasons: Sequence[Reason]) -> RefusedError:
    way_out = next((_WAYS_OUT[each.code] for each in reasons if each.code in _WAYS_OUT), None)
    return RefusedError(
        f"decision {decision_id} does not permit it", f"决定 {decision_id} 不予许可", hint=way_out, reasons=reasons
    )


def _reason(code: str, zh: str, en: str, *duties: str) -> Reason:
    return Reason(f"decision:{code}", Text(zh=zh, en=en), duties)


def _taken() -> RefusedError:
    return RefusedError(
        "the uses of a consent were taken by others meanwhile: ask again", "同意的使用次数已被其他请求占用，请重新申请"
    )


_OUTCOMES: dict[Outcome, Reason] = {
    "hold": _reason("held", "尚待人工答复", "a person has not answered yet"),
    "refuse": _reason("refused", "请求未获许可", "the request was refused"),
}
_OUTPUTS: dict[Outcome, Reason] = {
    "hold": _reason("output-held", "产出内容尚待人工审核", "a person has to look at what came out", "DS-10a"),
    "refuse": _reason("output-refused", "产出内容未通过审核", "the review refused what came out", "DS-10a"),
}
_WAYS_OUT = {
    "decision:held": Text(
        zh="由审核员处理（overt review claim）；通过后会产生新的决定，overt gate show 可查看其编号。",
        en="A reviewer answers it (`overt review claim`). Passed, it leads to a new decision, which `overt gate show` "
        "names.",
    ),
    "decision:output-held": Text(
        zh="由审核员处理（overt review claim -o 目录）；通过后，用同一决定再次运行 overt mark。",
        en="A reviewer answers it (`overt review claim -o DIR`). Once passed, it can be marked by the same decision.",
    ),
}
_NOT_AGREED = Reason(
    WAIVER,
    Text(
        zh="显式标识予以保留：用户尚未确认其自行标识的义务与责任（overt gate agree）",
        en="the label stays: the requester has not taken on the duty to label (overt gate agree)",
    ),
    ("LB-09a",),
)

"""Measures a set-up's gate: the test set goes through the real one, over records of its own that are thrown away.

Every account, attestation and consent of a case is made as a platform and a person would make it; nothing is stood in
for. Two rates come out: good requests that were refused (a gate that chokes), and bad ones that were let through (a
gate that leaks). What is held reaches a person and is neither. Not here: how the cases were chosen (`cases/*.toml`).
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from overt import api
from overt.consenting import Desk
from overt.gate.consent.model import RECORDED, Scope, Told
from overt.gate.gate import Gate
from overt.gate.model import Ask, Depicted, IdentityLevel, Likeness, Material, Outcome
from overt.gate.policy.cases import Case, ConsentState, Rate
from overt.settings import Setup, StoreSettings
from overt.store.accounts import Accounts
from overt.store.consent_rows import Answer, Upload
from overt.store.records import Store

_METHODS: dict[IdentityLevel, str] = {"phone": "phone", "id": "id", "national": "national"}
_LONG_AGO = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Tried:
    """One case, and what the gate answered: the outcome and the codes of its reasons."""

    case: Case
    outcome: Outcome
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A group of cases: how many were allowed, held, refused."""

    group: str
    allowed: Rate
    held: Rate
    refused: Rate


def measure(setup: Setup, cases: Iterable[Case], progress: Callable[[int], None] = lambda _: None) -> tuple[Tried, ...]:
    """Each case through the gate of this set-up: its policy, its words, its engines, its key."""
    with TemporaryDirectory(prefix="overt-measure-") as folder:
        asking = setup.settings.consent.model_copy(update={"reach": setup.settings.consent.reach or "measure.invalid"})
        changed = {"data": Path(folder), "store": StoreSettings(), "consent": asking}
        settings = setup.settings.model_copy(update=changed)
        own = Setup(home=setup.home, settings=settings)
        with closing(api.records(own)) as store, api.gate(own, store) as gate:
            scene = _Scene(own, store, gate)
            tried = []
            for number, case in enumerate(cases, 1):
                tried.append(scene.run(case))
                progress(number)
            return tuple(tried)


def rows(tried: Iterable[Tried]) -> tuple[Row, ...]:
    """The groups in their order, and all of them together last."""
    tried = tuple(tried)
    groups = dict.fromkeys(each.case.group for each in tried)
    counted = [_row(group, [each for each in tried if each.case.group == group]) for group in groups]
    return (*counted, _row("", tried))


def _row(group: str, tried: Iterable[Tried]) -> Row:
    counts = Counter(each.outcome for each in tried)
    of = counts.total()
    return Row(group, Rate(counts["allow"], of), Rate(counts["hold"], of), Rate(counts["refuse"], of))


class _Scene:
    """Accounts and consents, made for each case as it says."""

    def __init__(self, setup: Setup, store: Store, gate: Gate) -> None:
        self._desk = Desk(setup, store)
        self._accounts = Accounts(store)
        self._gate = gate
        self._known: dict[IdentityLevel, str] = {}

    def run(self, case: Case) -> Tried:
        depicted = tuple(self._depicted(case, *each) for each in case.shows)
        prompt = Material("prompt", "text", sha256(case.prompt.encode()).hexdigest(), text=case.prompt)
        ask = Ask(
            account=self._account(case.identity),
            techniques=case.techniques,
            purpose=case.purpose,
            function=f"{case.medium}.generate",
            materials=(prompt,),
            depicted=depicted,
            channel=case.channel,
        )
        decision = self._gate.decide(ask)
        return Tried(case, decision.outcome, tuple(each.code for each in decision.reasons))

    def _account(self, level: IdentityLevel) -> str:
        if level == "none":
            return uuid4().hex
        if level not in self._known:
            self._known[level] = self._accounts.open()
            if level in _METHODS:
                self._accounts.attest(self._known[level], _METHODS[level], "measure", secrets.token_hex(8))  # type: ignore[arg-type]
        return self._known[level]

    def _depicted(self, case: Case, likeness: Likeness, state: ConsentState) -> Depicted:
        if state in ("none", "official", "fictional"):
            return Depicted(likeness, official=state == "official", fictional=state == "fictional")
        if state == "unknown":
            return Depicted(likeness, str(uuid4()))
        return Depicted(likeness, self._consent(case, likeness, state))

    def _consent(self, case: Case, likeness: Likeness, state: ConsentState) -> str:
        scope = Scope(
            likeness=(likeness,),
            techniques=case.techniques if state != "other-technique" else ("image_restoration",),
            purposes=(case.purpose if state != "other-purpose" else "personal",),
        )
        at = datetime.now(UTC) - (_LONG_AGO if state == "expired" else timedelta())
        told = Told("Measured", f"{uuid4().hex}@measure.invalid", "the test set", "a test", "nowhere")
        link = self._desk.consents.ask(told, scope, language="en", at=at)
        if state == "unanswered":
            return link.consent_id
        if state == "declined":
            self._desk.consents.decline(link.token, at)
            return link.consent_id
        asked = self._desk.consents.open(link.token, "en", guarded=False, at=at)
        challenge = asked.challenge.id if asked.challenge else ""
        answer = Answer(scope.likeness, scope.techniques, scope.purposes, asked.notice, challenge)
        recorded = likeness in RECORDED
        recording = Upload(secrets.token_bytes(64), "video/webm") if recorded else None
        self._desk.consents.give(link.token, answer, recording, at=at)
        if recorded and state != "unchecked":
            self._desk.consents.check(link.consent_id, confirmed=True, by="measure")
        if state == "withdrawn":
            self._desk.recalls.withdraw(link.consent_id)
        return link.consent_id

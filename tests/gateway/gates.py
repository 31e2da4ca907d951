"""A gate with the set-up's own record, key and policy, and one step that knows two expressions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime

from gateway.generator import FORBIDDEN
from overt import api, gated
from overt.gate import policy
from overt.gate.gate import Gate
from overt.gate.model import Ask, Finding, Reason
from overt.language import Text
from overt.ledger import signing
from overt.rulebook import load
from overt.settings import Setup


class Words:
    """A step that knows two expressions, and tells what it looked at."""

    name = "review"

    def look(self, ask: Ask, at: datetime) -> Sequence[Finding]:
        return tuple(
            Finding("review", *_found(each.text or ""), details={"role": each.role, "sha256": each.sha256})
            for each in ask.materials
        )


def _found(text: str) -> tuple[str, tuple[Reason, ...]]:
    if FORBIDDEN in text:
        return "refuse", (Reason("review:test", Text(zh="测试词语", en="a word of the test"), ("DS-10a",)),)
    if "LOOK AT THIS" in text:
        return "hold", (Reason("review:look", Text(zh="须人工查看", en="somebody has to look"), ("DS-10a",)),)
    return "allow", ()


@contextmanager
def gates(setup: Setup) -> Iterator[Gate]:
    rulebook = load()
    with closing(api.records(setup)) as store:
        yield Gate(
            steps=[Words()],
            outputs=[Words()],
            book=gated.book(setup, store),
            signer=signing.load(setup.home / setup.settings.ledger.key),
            policy=policy.load(None),
            rulebook=(rulebook.id, rulebook.digest()),
        )

"""Puts a set-up's gate together: its steps in their order, its policy, its record, its key.

| step | asks | duties |
|---|---|---|
| `switches` | is the function, the model or the account switched off? | DS-21b |
| `agreement` | was the service agreement accepted? | LB-08, GA-09b |
| `sanctions` | was something decided against the account? | DS-10c |
| `identity` | is the account identified as far as this needs? | DS-09 |
| `consent` | did everybody whose likeness is used say yes? | DS-14b |
| `refusals` | is it somebody who refused once and for all? | CC-1019 |
| `review` | what do the engines find in prompt and input? | DS-10a |
| `purpose` | what does the policy permit for this purpose? | DS-06 |
"""

from __future__ import annotations

from overt.errors import SetupError
from overt.gate import label_duty, policy
from overt.gate.consent.model import Standing
from overt.gate.consent.steps import ConsentStep
from overt.gate.gate import Gate
from overt.gate.model import Step
from overt.language import Text
from overt.ledger import signing
from overt.rulebook.model import Rulebook
from overt.settings import Setup
from overt.store.consent_rows import standing_of
from overt.store.decisions import Decisions
from overt.store.records import Store


def gate(setup: Setup, store: Store, rulebook: Rulebook) -> Gate:
    """The gate of a set-up over its open records. Raises `SetupError` for a set-up that lacks what a gate needs."""
    chosen = setup.settings.gate
    if setup.settings.ledger.key is None:
        raise SetupError(
            "the gate signs its decisions, and no key is named",
            "闸口须签署决定，但没有配置密钥",
            hint=Text(
                zh="在 overt.toml 的 [ledger] 填写 key；overt init 会在新目录生成密钥。",
                en="Name a key in [ledger] of overt.toml; `overt init` makes one in a new folder.",
            ),
        )
    return Gate(
        steps=steps(setup, store),
        book=book(setup, store),
        signer=signing.load(setup.home / setup.settings.ledger.key),
        policy=policy.load(setup.home / chosen.policy if chosen.policy else None),
        rulebook=(rulebook.id, rulebook.digest()),
        hours=chosen.hours,
    )


def book(setup: Setup, store: Store) -> Decisions:
    """The set-up's record of decisions."""
    wording = setup.settings.gate.label_duty
    return Decisions(store, label_duty.load(setup.home / wording if wording else None))


def steps(setup: Setup, store: Store) -> tuple[Step, ...]:
    """What looks at a request, in order."""
    return (ConsentStep(_Standing(store), setup.settings.producer),)


class _Standing:
    """Where consents stand, read from the record at this moment."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def standing(self, consent_id: str) -> Standing | None:
        """Where a consent stands; None where there is none of this id."""
        with self._store.reading() as connection:
            return standing_of(connection, consent_id)

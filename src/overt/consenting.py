"""Puts together, for a set-up, what asks people for their consent and keeps their answers.

```python
with api.consents(settings.load()) as desk:
    link = desk.consents.ask(told, scope)
    print(desk.address(link.token))
```
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from overt.errors import SetupError
from overt.gate import policy
from overt.gate.consent import engine
from overt.gate.consent.register import EngineMatcher, Matcher, NameMatcher, PictureMatcher
from overt.gate.consent.steps import ConsentStep, RefusalStep
from overt.gate.model import Step
from overt.gate.policy.model import Purpose
from overt.language import Text
from overt.ledger import signing
from overt.rulebook import load as load_rulebook
from overt.settings import Setup
from overt.store.consents import Check, Consents
from overt.store.objects import Objects
from overt.store.recalls import Recalls
from overt.store.records import Store
from overt.store.refusals import Refusals


@dataclass(frozen=True)
class Desk:
    """Consents, recalls and refusals of one set-up, over its open records."""

    setup: Setup
    store: Store

    @cached_property
    def consents(self) -> Consents:
        """People who are asked, and their answers. Raises `SetupError` without a key that signs."""
        applies = self.setup.settings
        return Consents(
            self.store,
            self._signer,
            self._objects,
            controller=controller(self.setup),
            reach=applies.consent.reach,
            rulebook=load_rulebook(applies.rulebook),
            purposes={name: _in_words(each) for name, each in policy.load(_policy(self.setup)).purposes.items()},
        )

    @cached_property
    def recalls(self) -> Recalls:
        """Withdrawals, and what they reach."""
        return Recalls(self.store, self._signer, controller=controller(self.setup))

    @cached_property
    def refusals(self) -> Refusals:
        """The register of people who refuse."""
        return Refusals(self.store, self._objects)

    @cached_property
    def check(self) -> Check | None:
        """The engine that checks recordings; None where people of staff do."""
        named = self.setup.settings.consent.liveness
        if named is None:
            return None
        found = engine.load(self.setup.home / named)
        return lambda recording, challenge: found.check(recording.data, recording.media_type, challenge)

    def address(self, token: str) -> str:
        """The link that a person opens. Without a public address it is a path, to be put behind one."""
        return f"{self.setup.settings.consent.address.rstrip('/')}/consent/{token}"

    @cached_property
    def _signer(self) -> signing.Signer:
        named = self.setup.settings.ledger.key
        if named is None:
            raise SetupError("consents are signed, and no key is named", "同意须签署，但没有配置密钥", hint=_KEY)
        return signing.load(self.setup.home / named)

    @cached_property
    def _objects(self) -> Objects:
        return Objects.open(self.setup.settings.store.objects, self.setup.data)


def _policy(setup: Setup) -> Path | None:
    return setup.home / setup.settings.gate.policy if setup.settings.gate.policy else None


def _in_words(purpose: Purpose) -> Text:
    """A purpose with what falls under it."""
    return Text(
        zh=f"{purpose.name.zh}（{purpose.about.zh}）", en=f"{purpose.name.en.capitalize()} ({purpose.about.en})"
    )


def controller(setup: Setup) -> str:
    """In whose name people are asked."""
    return setup.settings.consent.controller or setup.settings.producer


def steps(setup: Setup, store: Store) -> tuple[Step, ...]:
    """The gate's steps about persons."""
    desk = Desk(setup, store)
    matchers: list[Matcher] = [NameMatcher(desk.refusals), PictureMatcher(desk.refusals, setup.settings.budget)]
    matchers += [EngineMatcher(engine.load(setup.home / path)) for path in setup.settings.consent.matchers]
    return ConsentStep(desk.consents, controller(setup)), RefusalStep(matchers)


_KEY = Text(
    zh="在 overt.toml 的 [ledger] 填写 key；运行 overt doctor 查看如何生成。",
    en="Name a key in [ledger] of overt.toml; `overt doctor` tells how to make one.",
)

"""Events about what programs are told: webhooks made, turned, deleted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from overt.ledger.event import Event


@dataclass(frozen=True, slots=True)
class WebhookMade(Event):
    """A webhook was made: programs at this address are told of these events."""

    tag: ClassVar[str] = "programs:webhook:make"

    webhook: str
    address: str
    tags: tuple[str, ...]
    by: str

    @property
    def about(self) -> tuple[str, ...]:
        """The webhook's id."""
        return (self.webhook,)


@dataclass(frozen=True, slots=True)
class WebhookTurned(Event):
    """A webhook was turned on or off, or deleted; by a person, or by the system where it failed for days."""

    tag: ClassVar[str] = "programs:webhook:turn"

    webhook: str
    state: str
    why: str
    by: str

    @property
    def about(self) -> tuple[str, ...]:
        """The webhook's id."""
        return (self.webhook,)

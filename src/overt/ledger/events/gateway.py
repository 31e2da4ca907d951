"""Keys of the gateway: who may ask it for syntheses, from when to when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from overt.ledger.event import Event


@dataclass(frozen=True, slots=True)
class GatewayKeyMade(Event):
    """An application got a key to the gateway, under an account. The key itself stands nowhere."""

    tag: ClassVar[str] = "gateway:key:make"

    key_id: str
    account: str
    names_accounts: bool

    @property
    def about(self) -> tuple[str, ...]:
        """The key's id."""
        return (self.key_id,)


@dataclass(frozen=True, slots=True)
class GatewayKeyWithdrawn(Event):
    """A key of the gateway opens nothing any more."""

    tag: ClassVar[str] = "gateway:key:withdraw"

    key_id: str

    @property
    def about(self) -> tuple[str, ...]:
        """The key's id."""
        return (self.key_id,)

"""What happened to accounts: sign-ins linked, identities attested, sanctions, agreements; and what was switched off.

An account is a person: its id stands in no `about`, and the openings are sealed under its key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from overt.gate.account.model import Attestation, Published, Sanction, SwitchKind
from overt.ledger.event import Event


@dataclass(frozen=True, slots=True)
class _OfAccount(Event):
    """An event of one account."""

    account: str

    @property
    def person(self) -> str | None:
        """The account."""
        return self.account


@dataclass(frozen=True, slots=True)
class AccountOpened(_OfAccount):
    """An account was opened."""

    tag: ClassVar[str] = "accounts:account:open"


@dataclass(frozen=True, slots=True)
class AccountClosed(_OfAccount):
    """A user left; the account takes no requests any more. `by` is the post that closed it for them, if one did."""

    tag: ClassVar[str] = "accounts:account:close"

    by: str = ""


@dataclass(frozen=True, slots=True)
class SignInLinked(_OfAccount):
    """A sign-in elsewhere (OIDC) leads to this account from now on. Who signs in is not said."""

    tag: ClassVar[str] = "accounts:sign-in:link"


@dataclass(frozen=True, slots=True)
class IdentityAttested(Event):
    """The operator attested a check of a real identity: its method and result, never the number."""

    tag: ClassVar[str] = "accounts:identity:attest"

    attestation: Attestation

    @property
    def about(self) -> tuple[str, ...]:
        """The attestation's id."""
        return (self.attestation.id,)

    @property
    def person(self) -> str | None:
        """The account."""
        return self.attestation.account


@dataclass(frozen=True, slots=True)
class SanctionImposed(Event):
    """Something was decided against a user: a warning, a restriction, a suspension, the closing of the account."""

    tag: ClassVar[str] = "accounts:sanction:impose"

    sanction: Sanction
    by: str = ""

    @property
    def about(self) -> tuple[str, ...]:
        """The sanction's id."""
        return (self.sanction.id,)

    @property
    def person(self) -> str | None:
        """The account."""
        return self.sanction.account


@dataclass(frozen=True, slots=True)
class SanctionLifted(Event):
    """A sanction was lifted before its end: why, and by which post."""

    tag: ClassVar[str] = "accounts:sanction:lift"

    account: str
    sanction_id: str
    reason: str
    by: str

    @property
    def about(self) -> tuple[str, ...]:
        """The sanction's id."""
        return (self.sanction_id,)

    @property
    def person(self) -> str | None:
        """The account."""
        return self.account


@dataclass(frozen=True, slots=True)
class TextPublished(Event):
    """A version of the agreement, or of the rules, was published."""

    tag: ClassVar[str] = "accounts:agreement:publish"
    keeping: ClassVar[str] = "agreement"

    published: Published

    @property
    def about(self) -> tuple[str, ...]:
        """The kind and version of the text."""
        return (f"{self.published.kind}:{self.published.version}",)


@dataclass(frozen=True, slots=True)
class TextPrompted(Event):
    """A user was asked to read a version of a text."""

    tag: ClassVar[str] = "accounts:agreement:prompt"

    account: str
    kind: str
    version: str
    sha256: str

    @property
    def person(self) -> str | None:
        """The account."""
        return self.account


@dataclass(frozen=True, slots=True)
class TextAccepted(Event):
    """A user accepted a version of a text, after the prompt to read it."""

    tag: ClassVar[str] = "accounts:agreement:accept"

    account: str
    kind: str
    version: str
    sha256: str

    @property
    def person(self) -> str | None:
        """The account."""
        return self.account


@dataclass(frozen=True, slots=True)
class _Switched(Event):
    """A switch was turned."""

    kind: SwitchKind
    name: str
    reason: str
    by: str

    @property
    def person(self) -> str | None:
        """The account, where one was switched."""
        return self.name if self.kind == "account" else None


@dataclass(frozen=True, slots=True)
class SwitchedOff(_Switched):
    """A function, a model or an account was switched off at once."""

    tag: ClassVar[str] = "accounts:switch:turn-off"


@dataclass(frozen=True, slots=True)
class SwitchedOn(_Switched):
    """What was switched off runs again."""

    tag: ClassVar[str] = "accounts:switch:turn-on"

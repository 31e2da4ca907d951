"""Consents that were asked for, given, checked and taken back; contents that were recalled; people who refuse.

Each is sealed under the person's key. None holds a name, a contact or a recording.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from overt.ledger.event import Event


@dataclass(frozen=True, slots=True)
class _OfConsent(Event):
    """The base of what happens to one consent. `whose` is the person's opaque id."""

    keeping: ClassVar[str] = "consent"

    consent_id: str
    whose: str

    @property
    def about(self) -> tuple[str, ...]:
        """The consent's id."""
        return (self.consent_id,)

    @property
    def person(self) -> str | None:
        """The person whose likeness it is."""
        return self.whose


@dataclass(frozen=True, slots=True)
class ConsentAsked(_OfConsent):
    """A person was asked. `likeness`, `techniques` and `purposes` are what they were asked for."""

    tag: ClassVar[str] = "gate:consent:ask"

    likeness: tuple[str, ...]
    techniques: tuple[str, ...]
    purposes: tuple[str, ...]
    uses: int
    days: int
    account: str
    link_expires: str


@dataclass(frozen=True, slots=True)
class ConsentOpened(_OfConsent):
    """The person opened the page, and was shown the notice of this hash in this language."""

    tag: ClassVar[str] = "gate:consent:open"

    notice: str
    language: str
    challenge: str
    guardian: bool


@dataclass(frozen=True, slots=True)
class ConsentGiven(_OfConsent):
    """The person said yes to what is named in the signed consent, whose SHA-256 and signature these are."""

    tag: ClassVar[str] = "gate:consent:give"

    consent_sha256: str
    signature: str
    notice: str
    proof: str


@dataclass(frozen=True, slots=True)
class ConsentLimited(_OfConsent):
    """The person narrowed what they allow. `decisions` are those under way that no longer fit and are worthless since.

    The consent as it stands now has this SHA-256 and signature.
    """

    tag: ClassVar[str] = "gate:consent:limit"

    consent_sha256: str
    signature: str
    techniques: tuple[str, ...]
    purposes: tuple[str, ...]
    uses: int
    decisions: tuple[str, ...]
    by: str


@dataclass(frozen=True, slots=True)
class ConsentDeclined(_OfConsent):
    """The person said no."""

    tag: ClassVar[str] = "gate:consent:decline"


@dataclass(frozen=True, slots=True)
class ConsentChecked(_OfConsent):
    """Somebody saw the recording, or an engine did: `by` is an engine's name and version, or who of the staff."""

    tag: ClassVar[str] = "gate:consent:check"

    outcome: str
    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class OwnPasskeyAdded(Event):
    """A person added a passkey, to come back to their own page without its link."""

    tag: ClassVar[str] = "gate:consent:add-passkey"
    keeping: ClassVar[str] = "consent"

    whose: str

    @property
    def person(self) -> str | None:
        """The person."""
        return self.whose


@dataclass(frozen=True, slots=True)
class ConsentWithdrawn(_OfConsent):
    """The person took it back. `contents` are those released with it, which are recalled in the same transaction."""

    tag: ClassVar[str] = "gate:consent:withdraw"

    withdrawn: str
    contents: tuple[str, ...]
    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ContentRecalled(Event):
    """A released content is on the recall list, since a consent that it rests on was withdrawn."""

    tag: ClassVar[str] = "gate:content:recall"

    content_id: str
    consent_id: str
    decision_id: str
    recalled: str

    @property
    def about(self) -> tuple[str, ...]:
        """The content, the consent and the decision."""
        return (self.content_id, self.consent_id, self.decision_id)


@dataclass(frozen=True, slots=True)
class RecipientAsked(Event):
    """A case was opened to have a recipient stop using a recalled content. `recipient` is an account."""

    tag: ClassVar[str] = "gate:recipient:ask"

    case_id: str
    content_id: str
    consent_id: str
    recipient: str

    @property
    def about(self) -> tuple[str, ...]:
        """The case, the content and the consent."""
        return (self.case_id, self.content_id, self.consent_id)


@dataclass(frozen=True, slots=True)
class _OfRefusal(Event):
    """The base of what happens to one entry of the register of people who refuse."""

    refusal_id: str
    whose: str

    @property
    def about(self) -> tuple[str, ...]:
        """The entry's id."""
        return (self.refusal_id,)

    @property
    def person(self) -> str | None:
        """The person who refuses."""
        return self.whose


@dataclass(frozen=True, slots=True)
class RefusalJoined(_OfRefusal):
    """Somebody asked to be put on the register. `by` is what they gave: name, photo, voice."""

    tag: ClassVar[str] = "gate:refusal:join"

    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RefusalVerified(_OfRefusal):
    """It was shown to be them: by the contact code, or by staff. From now on the gate looks for them."""

    tag: ClassVar[str] = "gate:refusal:verify"

    by: str


@dataclass(frozen=True, slots=True)
class RefusalLeft(Event):
    """Somebody left the register, and what was kept of them is gone."""

    tag: ClassVar[str] = "gate:refusal:leave"

    refusal_id: str

    @property
    def about(self) -> tuple[str, ...]:
        """The entry's id."""
        return (self.refusal_id,)

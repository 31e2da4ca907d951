"""What is handed to signing, and what a credential is found to say.

A *credential* is C2PA's manifest store: signed statements about a file, inside the file. Its *manifests* form a chain:
the active one speaks of the file as it is, the others of the *ingredients* that it was made from.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol

from overt.media.wire import PortablePath

Algorithm = Literal["es256", "es384", "es512", "ps256", "ps384", "ps512", "ed25519"]
"""The signature algorithms that C2PA 2.4, section 13.2, allows, in the spelling of the SDK."""

Binding = Literal["intact", "mismatch", "unknown"]
Signature = Literal["valid", "mismatch", "unknown"]
Validity = Literal["valid", "expired", "revoked", "invalid", "unknown"]
Trusted = Literal["own", "trusted", "untrusted", "not-judged"]


class Signer(Protocol):
    """Who signs: a key in a file, or a program that asks a device or another machine.

    It is used by the parent of the guarded process only; what a worker sends is any bytes.
    """

    @property
    def algorithm(self) -> Algorithm:
        """The algorithm of the key."""

    @property
    def certificates(self) -> str:
        """The chain that is sent, as PEM, the signer's own certificate first."""

    @property
    def chain(self) -> str:
        """The same up to the root, where it is known: by it our own credentials are known again."""

    def sign(self, data: bytes) -> bytes:
        """The signature of `data`, as COSE has it (RFC 9053): ECDSA as r and s side by side.

        Raises `SetupError` where there is none.
        """


class TimeStamper(Protocol):
    """A time-stamping authority (RFC 3161)."""

    def stamp(self, request: bytes) -> bytes:
        """The DER of the TimeStampResp for the DER of a TimeStampReq. Raises `SetupError`."""


@dataclass(frozen=True, slots=True)
class Watermark:
    """What a watermark step has put into the content, for the soft binding (C2PA 2.4, section 9.3).

    `algorithm` is the name from C2PA's registry of soft bindings, or a reverse domain name of our own.
    """

    algorithm: str
    value: str


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom a reading trusts. Without, trust is not judged."""

    anchors: str = ""
    """Certificates of authorities, as PEM."""
    own: str = ""
    """Our own certificate chain, as PEM, up to a root if it is to be known as ours: only its first certificate is."""


@dataclass(frozen=True, slots=True)
class Order:
    """One signing, as the worker gets it."""

    definition: str
    """The manifest definition, as JSON."""
    created: tuple[str, ...]
    """Labels of the assertions that the signer vouches for."""
    algorithm: Algorithm
    certificates: str
    parent: PortablePath | None = None
    """The file that the signed one was made from."""
    stamped: bool = False
    """Whether a time stamp is to be asked for."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One action that a manifest names (C2PA 2.4, section 18.15), or an ingredient's source type."""

    manifest: int
    """How far from the active manifest, which is 0, along the ingredients."""
    action: str
    source_type: str | None
    """The code of IPTC's or C2PA's digital source type, without its address."""
    agent: str | None
    """Name and version of what did it."""
    when: str | None
    trusted: bool = False
    """Whether the manifest that makes it is itself signed by us or by somebody whom we trust, and nothing speaks
    against it. Whoever signs a file anew passes on what its ingredients state, and does not make it their own."""


@dataclass(frozen=True, slots=True)
class Values:
    """A credential, taken apart: five answers that must not be mixed, and what they rest on.

    1. `binding`: whether the bytes are those that were signed. 2. `signature`: whether the claim is.
    3. `validity`: whether the certificate was good when it signed. 4. `trust`: whether we know whom it names.
    5. `says_ai`, `source_types`, `agents`, `statements`: what is stated about AI, in all manifests.
    """

    binding: Binding
    signature: Signature
    validity: Validity
    trust: Trusted
    says_ai: bool
    """Whether a manifest states a source type that is synthesis (IPTC digital source types)."""
    source_types: tuple[str, ...]
    agents: tuple[str, ...]
    statements: tuple[Statement, ...]
    signer: str | None
    """Who signed, as the certificate names them; checked by nobody unless `trust` says so."""
    time: str | None
    """When, by a time stamp that was validated."""
    generator: str | None
    """What wrote the claim."""
    content_id: str | None
    """The `ProduceID` of the AIGC label that the active manifest repeats."""
    aigc: dict[str, str] | None
    """That label."""
    manifests: int
    ingredients_changed: bool
    """Whether an ingredient's own manifest no longer fitted it when it was taken in, or its claim does not now."""
    codes: tuple[str, ...]
    """The validation codes of the active manifest that are failures (C2PA 2.4, section 15.2)."""

    @property
    def changed(self) -> bool:
        """Whether bytes differ from what was signed. Only this may be called tampered with."""
        return any(code.endswith(".mismatch") for code in self.codes)

    def as_dict(self) -> dict[str, Any]:
        """As a `Reading` carries it: plain values only."""
        told = asdict(self)
        for key in ("source_types", "agents", "codes"):
            told[key] = list(told[key])
        return told | {"statements": list(told["statements"])}

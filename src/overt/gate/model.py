"""The gate's values: who asks for what, what each step found, and the decision.

An `Ask` is decided once, before anything is synthesised. What comes out is reviewed once more (`Material` with the role
"output") before it is marked. A `hold` waits for a person, whose answer is a new decision that `supersedes` the first.

What steps tell the policy and the decision stands in `Finding.details`, under these names (lists are comma-separated):

| step | details |
|---|---|
| `identity` | `level`: one of `IDENTITY_LEVELS` |
| `consent` | `consent`: id of the consent that the finding is about |
| `review` | `role`, `sha256` of the material; `engines` that looked; `categories` that they found |

A consent that nobody gave is the reason `consent:missing` and nothing else: a policy may set that one aside, and never
one that was refused, withdrawn or has ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

from overt.errors import UsageError
from overt.language import Text

Outcome = Literal["allow", "hold", "refuse"]
OUTCOMES: tuple[Outcome, ...] = ("allow", "hold", "refuse")
"""From the mildest to the strictest."""
Role = Literal["prompt", "input", "output"]
Medium = Literal["text", "document", "image", "audio", "video", "scene"]
Likeness = Literal["face", "voice", "body", "name"]
"""What of a person is used."""
Channel = Literal["private", "circle", "public"]
IdentityLevel = Literal["none", "account", "phone", "id", "national"]
IDENTITY_LEVELS: tuple[IdentityLevel, ...] = ("none", "account", "phone", "id", "national")
"""How a person's identity was checked, from the weakest: not at all, signed in, by mobile number, by ID document or
unified social credit code, by the national network identity service (Deep Synthesis Provisions, art. 9)."""


@dataclass(frozen=True, slots=True)
class Material:
    """One thing to be reviewed: a prompt, something put in, something that came out.

    `sha256` is of its bytes (of the UTF-8 text). `text` is there for text, `path` for files.
    """

    role: Role
    medium: Medium
    sha256: str
    text: str | None = None
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class Depicted:
    """Somebody whose likeness is used: the consent that covers it, or the word of whoever asks that nobody real is.

    `consent` is the id of a consent; `described` is what the request says of the person (a name), never kept as it is;
    `official` is the requester's word that it is the holder of a public office, shown in that office.
    """

    likeness: Likeness
    consent: str | None = None
    described: str = ""
    fictional: bool = False
    official: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """One request, as the gate sees it.

    `account` is the requester's opaque id; `purpose` one of the policy's purposes; `function` what the kill switches
    know (`images.generate`); `model` name and version of what will synthesise; `outputs` how many contents may come
    out; `unlabelled` asks for contents without explicit label (Labeling Measures, art. 9), for `recipient`; `channel`
    says where they shall go: to the requester alone, to a closed circle, or to the public.
    """

    account: str
    techniques: tuple[str, ...]
    purpose: str
    function: str
    model: str = ""
    materials: tuple[Material, ...] = ()
    depicted: tuple[Depicted, ...] = ()
    outputs: int = 1
    unlabelled: bool = False
    recipient: str = ""
    channel: Channel = "public"

    def __post_init__(self) -> None:
        if self.outputs < 1:
            raise UsageError("a request is for one content at least", "一次请求至少产出一项内容")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: the duties (`DS-14b`) or rules (`rule:satire`) that ask for it, and what to say, to the person who asked."""

    code: str
    text: Text
    duties: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What one step of the gate found. `could_not_tell` is never an `allow`."""

    step: str
    outcome: Outcome
    reasons: tuple[Reason, ...] = ()
    could_not_tell: bool = False
    details: dict[str, str] = field(default_factory=dict)
    """What the record keeps beside it: a level, a category, an engine's name and version."""


class Step(Protocol):
    """One step of the gate. It reads, and changes nothing."""

    name: str

    def look(self, ask: Ask, at: datetime) -> Sequence[Finding]:
        """What this step finds about a request at this time (UTC)."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A material as the decision binds it: its role and hash, the outcome, and the engines that looked."""

    role: Role
    sha256: str
    outcome: Outcome
    engines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """The gate's signed answer.

    `content_ids` are given to what will come out: one id from consent to evidence. `label` says whether the explicit
    label may be left out ("waived") or not ("required"), and which style a purpose asks for. `rulebook` is its id and
    the digest of its content. `signature` is Ed25519 over the canonical JSON of all other fields, by the key `signer`
    (SHA-256 of the raw public key).
    """

    id: str
    outcome: Outcome
    account: str
    identity: IdentityLevel
    purpose: str
    function: str
    model: str
    techniques: tuple[str, ...]
    consents: tuple[str, ...]
    reviewed: tuple[Reviewed, ...]
    reasons: tuple[Reason, ...]
    content_ids: tuple[str, ...]
    label: Literal["required", "waived"]
    label_style: str
    rulebook: str
    rulebook_digest: str
    policy: str
    decided: str
    expires: str
    supersedes: str = ""
    answered: str = ""
    signer: str = ""
    signature: str = ""

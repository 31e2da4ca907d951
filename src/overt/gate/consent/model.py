"""A consent: separate, scoped, expiring, revocable. Pure values.

Source: Deep Synthesis Provisions art. 14(2) (separate consent of the person who is edited); PIPL art. 13–17, 28–31.

The states of a consent:

```
asked ──► opened ──► given        the person chose; what was chosen, and no more, may be made
                 └─► declined     the person said no; nothing else happens to them
asked, opened ──► lapsed          the link's time ran out without an answer
given ──► used up                 as many contents were made as were allowed
given ──► expired                 the last day has passed
given ──► given                   the person limited it: fewer techniques, purposes or uses, never more
given ──► withdrawn               the person took it back; contents made with it are recalled
```

`lapsed`, `used up` and `expired` are never written down: they follow from the time and the count, so that no
sweep that was late lets anything through. Beside the state stands the *proof* that it was the person who answered:

```
none needed                       a name alone is used
waiting ──► confirmed             an engine or a person of staff saw the recording
        └─► refused               it was somebody else, a replay, or not what was asked for
```

A consent whose proof waits makes the gate hold; one whose proof was refused covers nothing.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

from overt.canonical import canonical
from overt.gate.model import Likeness

State = Literal["asked", "opened", "given", "declined", "lapsed", "used-up", "expired", "withdrawn"]
Written = Literal["asked", "opened", "given", "declined", "withdrawn"]
"""States that the record holds; the others follow from time and count."""
Proof = Literal["none", "waiting", "confirmed", "refused"]
LIKENESSES: tuple[Likeness, ...] = ("face", "voice", "body", "name")
RECORDED: frozenset[Likeness] = frozenset({"face", "voice", "body"})
"""Likenesses whose consent needs a recording of the person: all that is biometric."""
GUARDED_BELOW = 14
"""Years of age below which a guardian consents (PIPL art. 31, PI-31; FR-06) [read]."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What may be made: from which likeness, how, what for, how many contents, for how many days.

    `account` is the one account that may use it (opaque id); empty: every account of the controller.
    """

    likeness: tuple[Likeness, ...]
    techniques: tuple[str, ...]
    purposes: tuple[str, ...]
    uses: int = 1
    days: int = 30
    account: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What is said to the person and of them. Sealed under their key; never in a column or an event.

    `asker` is who wants it, `made` what will be made, `shown` where it may be seen, all in the operator's words.
    """

    name: str
    contact: str
    asker: str
    made: str
    shown: str


@dataclass(frozen=True, slots=True)
class Guardian:
    """Who answers for a person under 14: how they are related. The name is sealed beside it."""

    relation: Literal["parent", "other"]


@dataclass(frozen=True, slots=True)
class Consent:
    """A permission as it was given and signed. `person` is an opaque id; times are UTC, ISO 8601.

    `notice` is the SHA-256 of the text that the person was shown, `language` its language, `shown` when.
    `signature` is Ed25519 over the canonical JSON of all other fields, by the key `signer`.
    """

    id: str
    person: str
    likeness: tuple[Likeness, ...]
    techniques: tuple[str, ...]
    purposes: tuple[str, ...]
    uses: int
    account: str
    controller: str
    language: str
    notice: str
    shown: str
    given: str
    expires: str
    guardian: Guardian | None = None
    signer: str = ""
    signature: str = ""

    def signed_bytes(self) -> bytes:
        """What the signature is over: canonical JSON (RFC 8785) of everything but the signature."""
        fields = asdict(self)
        del fields["signature"]
        return canonical(fields)


def consent_from(body: bytes, signature: str) -> Consent:
    """The consent whose signed bytes these are."""
    fields = json.loads(body)
    for name in ("likeness", "techniques", "purposes"):
        fields[name] = tuple(fields[name])
    guardian = fields.pop("guardian")
    return Consent(**fields, guardian=Guardian(**guardian) if guardian else None, signature=signature)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a consent stands: what the gate needs to know of it.

    `consent` is None until it was given; `link_expires` ends the time for an answer; `used` counts contents.
    """

    id: str
    written: Written
    proof: Proof
    link_expires: str
    consent: Consent | None = None
    used: int = 0
    withdrawn: str = ""

    def state(self, at: datetime) -> State:
        """The state at a time."""
        if self.written in ("declined", "withdrawn"):
            return self.written
        if self.written != "given" or self.consent is None:
            return "lapsed" if at >= datetime.fromisoformat(self.link_expires) else self.written
        if at >= datetime.fromisoformat(self.consent.expires):
            return "expired"
        return "used-up" if self.used >= self.consent.uses else "given"

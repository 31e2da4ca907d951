"""What an event is: something that happened, as a documented dataclass. Its tag is `source:subject:action`.

An event goes into the ledger as a salted commitment over its canonical JSON: the ledger proves what was said without
saying it. The JSON itself, with its salt, is the entry's *opening*; it lies in the store, and where the event is about
a person, it is sealed under that person's key.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import ClassVar

from overt.canonical import canonical

SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class Event:
    """The base of all events. Fields hold strings, whole numbers, booleans, None, and tuples and mappings of these."""

    tag: ClassVar[str] = ""
    keeping: ClassVar[str] = "log"
    """The class of record by which the opening is kept and expires (the rulebook's `retention`)."""
    shown: ClassVar[bool] = False
    """Whether bundles show it although it is sealed for a person: it holds hashes, codes and opaque ids alone."""

    @property
    def stream(self) -> str:
        """The stream in which the event is counted, so that gaps show: its source and subject."""
        return self.tag.rpartition(":")[0]

    @property
    def about(self) -> tuple[str, ...]:
        """Ids under which the entry is found: contents, decisions, consents, cases. None of them names a person."""
        return ()

    @property
    def person(self) -> str | None:
        """The person under whose key the opening is sealed; None where it says nothing about anybody."""
        return None


def body_of(event: Event) -> bytes:
    """The event as canonical JSON, with its tag."""
    return canonical({"tag": event.tag, **asdict(event)})


def commitment(event: Event, salt: bytes) -> bytes:
    """SHA-256 over the salt and the canonical event."""
    return committed(body_of(event), salt)


def committed(body: bytes, salt: bytes) -> bytes:
    """SHA-256 over the salt and an event's canonical JSON."""
    return sha256(salt + body).digest()

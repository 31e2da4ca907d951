"""Everything that happens, as documented dataclasses. An event's tag is `source:subject:action`.

An event goes into the ledger as a salted commitment over its canonical JSON (RFC 8785's rules, as far as strings,
integers and lists of strings need them): the ledger proves what was said without saying it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import ClassVar

from overt.dissemination.model import Dissemination
from overt.marks.kept import Remembered
from overt.marks.model import Release


@dataclass(frozen=True, slots=True)
class ContentReleased:
    """A content got its marks, they were read back, and it was let out."""

    tag: ClassVar[str] = "marking:content:release"

    release: Release


@dataclass(frozen=True, slots=True)
class ContentDisseminated:
    """A content that others made got our propagation data, they were read back, and it was let out."""

    tag: ClassVar[str] = "dissemination:content:write-back"

    dissemination: Dissemination


@dataclass(frozen=True, slots=True)
class ContentRemembered:
    """A content was reported; its fingerprints are kept, so that it is known when it comes again."""

    tag: ClassVar[str] = "trace:content:remember"

    remembered: Remembered


@dataclass(frozen=True, slots=True)
class ContentForgotten:
    """What was kept of a reported content was deleted; the entry of its report stays."""

    tag: ClassVar[str] = "trace:content:forget"

    report_id: str


Event = ContentReleased | ContentDisseminated | ContentRemembered | ContentForgotten


def canonical(event: Event) -> bytes:
    """The event as canonical JSON, with its tag."""
    return json.dumps(
        {"tag": event.tag, **asdict(event)}, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    ).encode()


def commitment(event: Event, salt: bytes) -> bytes:
    """SHA-256 over the salt and the canonical event. The salt stays in the store, beside what it hides."""
    return sha256(salt + canonical(event)).digest()

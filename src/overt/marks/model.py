"""What is to be said about a content, and what a reader found.

A `Declaration` is said; a mark is a declaration put on a content; a `Reading` is what one reader found.
`unreadable` means that the reader could not tell: it is never shown as `absent`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from overt.language import Text
from overt.marks.proof import Proof

MarkKind = Literal["label", "metadata", "watermark", "credential"]
ReadingKind = Literal["metadata", "credential", "watermark", "label", "fingerprint", "trace"]
State = Literal["found", "absent", "unreadable"]
Attribute = Literal["1", "2", "3"]
"""Is, may be, is suspected to be generated or synthesised (GB 45438-2025, Annex E c)."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """What is to be said about one content.

    `content_id` is the one id from consent to evidence: the `ProduceID` of the metadata label.
    `producer` is a provider code or an ASCII name.
    """

    content_id: str
    producer: str
    techniques: tuple[str, ...]
    created: datetime
    attribute: Attribute = "1"
    system: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    """What is known of one released content.

    `sha256` is of the released file, `source_sha256` of what came out of the generator; `marks` are the kinds put on;
    `released` is the time in UTC (ISO 8601); `system` is the name and version of what synthesised it, or empty.
    """

    content_id: str
    sha256: str
    source_sha256: str
    media_type: str
    producer: str
    techniques: tuple[str, ...]
    marks: tuple[str, ...]
    released: str
    system: str = ""


@dataclass(frozen=True, slots=True)
class Defect:
    """One deviation from a rule, with the clause it deviates from."""

    name: str
    clause: str
    text: Text


@dataclass(frozen=True, slots=True)
class Reading:
    """What one reader found.

    `carrier` says where, `offset` at which byte; `values` what the mark says; `defects` how it deviates from
    its rules; `proofs` what its security data show; `reason` why it could not be read, where `state` is `unreadable`.
    """

    mark: ReadingKind
    state: State
    carrier: str | None = None
    offset: int | None = None
    values: dict[str, Any] = field(default_factory=dict)
    defects: tuple[Defect, ...] = ()
    reason: Text | None = None
    proofs: tuple[Proof, ...] = ()

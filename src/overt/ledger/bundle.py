"""A bundle: evidence about one id or one period, in one file, that anybody can check offline and without us.

The file is canonical JSON (RFC 8785) and is sealed as a whole: Ed25519 over `overt-bundle/1`, an end of line, and the
SHA-256 of the canonical JSON of everything but the seal. Its parts and all checks on them are told by `overt_verify`,
which needs none of this code. Texts of others (events, readings) stand in it as the text that was committed to, so that
no reader has to write them again to check them.
Pure: values in, bytes out. What goes in is gathered by `store/bundles.py`.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final, Literal

import rfc8785

from overt.errors import UsageError
from overt.language import Text
from overt.ledger.signing import Signer

FORMAT: Final = "overt-bundle"
VERSION: Final = 1
SEALED: Final = b"overt-bundle/1\n"

Why = Literal["destroyed", "expired", "withheld", "outside", "unknown"]
"""Why an entry is not opened: the person's key was destroyed, its time is over, it is personal, it lies outside
what was asked for, or nobody knows."""
Role = Literal["about", "related", "edge", "proof"]
"""Why an entry is in the bundle: it is what was asked for, it is about an id that shares an entry with it, it lies just
outside the period, or it proves why another is closed."""
_TIME = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d{3})?Z)?")


def moment(text: str) -> str:
    """A date, or a time in UTC, as entries have it (2026-11-01T00:00:00.000Z); empty where it is neither."""
    try:
        at = datetime.fromisoformat(text).replace(tzinfo=UTC) if _TIME.fullmatch(text) else None
    except ValueError:
        at = None
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z") if at else ""


@dataclass(frozen=True, slots=True)
class Period:
    """From a time up to, but not including, another: UTC in ISO 8601 to the millisecond, as entries have it."""

    since: str
    before: str

    @classmethod
    def read(cls, text: str) -> Period:
        """A period as people write it: `2026-11-01..2026-12-01`. Raises `UsageError`."""
        since, _, before = map(moment, text.partition(".."))
        if not since or not before or since >= before:
            raise UsageError(
                f"{text!r} is no period",
                f"“{text}”不是期间",
                hint=Text(
                    zh="写作 2026-11-01..2026-12-01（UTC，止日不含），或带时刻 2026-11-01T08:00:00Z..",
                    en="Write 2026-11-01..2026-12-01 (UTC, without the last day), or with times 2026-11-01T08:00:00Z..",
                ),
            )
        return cls(since, before)


@dataclass(frozen=True, slots=True)
class Closed:
    """Why an entry is not opened, and the index of the entry that proves it."""

    why: Why
    by: int | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One entry with its proof; with salt and event, or with the reason why there are none."""

    index: int
    entry: bytes
    proof: Sequence[bytes]
    role: Role
    opening: tuple[bytes, bytes] | Closed

    def told(self) -> dict[str, Any]:
        """As it stands in the bundle. Entries of the first version have bytes that are no ASCII: hence Latin-1."""
        told: dict[str, Any] = {
            "entry": self.entry.decode("latin-1"),
            "index": self.index,
            "proof": [base64.b64encode(each).decode() for each in self.proof],
            "role": self.role,
        }
        if isinstance(self.opening, Closed):
            by = {} if self.opening.by is None else {"by": self.opening.by}
            return told | {"closed": {"why": self.opening.why, **by}}
        salt, body = self.opening
        return told | {"opening": {"event": body.decode(), "salt": salt.hex()}}


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A released file: its name and hash, and its bytes where they are put in."""

    name: str
    sha256: str
    data: bytes | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """JSON that lies beside the entries: its kind (`inspection`, `consent-receipt`), what it is of, and its text."""

    kind: str
    of: str
    text: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a bundle holds, before it is sealed."""

    about: str | Period
    made: str
    producer: str
    checkpoint: bytes
    items: Sequence[Item]
    keys: Sequence[bytes] = ()
    timestamps: Sequence[bytes] = ()
    witnesses: Sequence[tuple[str, bytes]] = ()
    contents: Sequence[Enclosed] = ()
    documents: Sequence[Document] = ()


def sealed(evidence: Evidence, signer: Signer) -> bytes:
    """The bundle's bytes, under the key that signed its checkpoint."""
    about = evidence.about
    told: dict[str, Any] = {
        "about": {"id": about} if isinstance(about, str) else {"from": about.since, "before": about.before},
        "checkpoint": evidence.checkpoint.decode(),
        "contents": [_content(each) for each in evidence.contents],
        "documents": [{"kind": each.kind, "of": each.of, "text": each.text} for each in evidence.documents],
        "entries": [each.told() for each in sorted(evidence.items, key=lambda item: item.index)],
        "format": FORMAT,
        "keys": sorted({each.hex() for each in (*evidence.keys, signer.public)}),
        "made": evidence.made,
        "producer": evidence.producer,
        "timestamps": [base64.b64encode(each).decode() for each in evidence.timestamps],
        "version": VERSION,
        "witnesses": [{"key": key.hex(), "name": name} for name, key in evidence.witnesses],
    }
    digest = sha256(rfc8785.dumps(told)).digest()
    signature = signer.sign(SEALED + digest)
    seal = {"key": signer.public.hex(), "sha256": digest.hex(), "signature": signature.hex()}
    return rfc8785.dumps(told | {"seal": seal})


def _content(content: Enclosed) -> dict[str, Any]:
    data = {} if content.data is None else {"data": base64.b64encode(content.data).decode()}
    return {"name": content.name, "sha256": content.sha256, **data}

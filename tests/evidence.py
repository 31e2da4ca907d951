"""A ledger with something in it, and bundles from it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, ClassVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from overt.ledger.bundle import SEALED
from overt.ledger.event import Event
from overt.ledger.events.content import ContentReleased
from overt.ledger.signing import Signer
from overt.marks.model import Release
from overt.rulebook.duty import Kept, Span
from overt.store.bundles import Order, make
from overt.store.publishing import Ledger, Voice
from overt.store.records import Store

CONTENT = "0190a000-0000-7000-8000-000000000001"
OTHER = "0190a000-0000-7000-8000-000000000002"
PERSON = "5f" * 16
BYTES = b"what was released"


def signer(seed: int = 1) -> Signer:
    """A key that is the same in every run."""
    return Signer(Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))


SIGNER = signer()
VOICE = Voice("example.com/overt", SIGNER)


@dataclass(frozen=True, slots=True)
class Asked(Event):
    """Something about a person, who is named in it."""

    tag: ClassVar[str] = "test:request:ask"
    keeping: ClassVar[str] = "log"

    content: str
    whose: str
    name: str = "王小明"

    @property
    def about(self) -> tuple[str, ...]:
        """The content."""
        return (self.content,)

    @property
    def person(self) -> str | None:
        """The person."""
        return self.whose


def release(content_id: str = CONTENT, data: bytes = BYTES) -> Release:
    """A release of these bytes."""
    digest = sha256(data).hexdigest()
    marks = ("label", "metadata")
    return Release(
        content_id, digest, "bb" * 32, "text/plain", "P", ("passage_generation",), marks, "2026-01-01T00:00:00Z"
    )


def filled(store: Store) -> Store:
    """A request, its release, and something else around them."""
    store.release(release(OTHER, b"other"))
    with store.acting() as act:
        act.record(Asked(CONTENT, PERSON))
    store.release(release())
    with store.acting() as act:
        act.record(Asked(OTHER, "6e" * 16))
        act.record(ContentReleased(replace(release(OTHER, b"again"), producer="Q")))
    return store


def bundle_of(store: Store, order: Order, voice: Voice = VOICE) -> bytes:
    """A bundle from this store."""
    return make(Ledger(store, voice), "Example-Studio", order).data


def resealed(data: bytes, change: Callable[[dict[str, Any]], object], signer: Signer = SIGNER) -> bytes:
    """A bundle as somebody with the key would change it."""
    told = json.loads(data)
    change(told)
    told.pop("seal", None)
    digest = sha256(written(told)).digest()
    signature = signer.sign(SEALED + digest).hex()
    return written(told | {"seal": {"key": signer.public.hex(), "sha256": digest.hex(), "signature": signature}})


def written(told: object) -> bytes:
    """Canonical JSON."""
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def standard(data: bytes) -> str:
    """Base64."""
    return base64.b64encode(data).decode()


class Law:
    """A law of the test's own: the least and the most for each class of record, in days."""

    def __init__(self, **limits: tuple[float | None, float | None]) -> None:
        self.limits = limits

    def retention_of(self, record: str, on: object = None) -> Kept:
        """As a rulebook tells it."""
        least, most = (each and Span(value=each, unit="day") for each in self.limits.get(record, (None, None)))
        return Kept(record=record, least=least, most=most, least_by=("CSL-23c",) if least else ())

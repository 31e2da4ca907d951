"""A gate of a test's own, with real steps over a real store."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from overt.gate import policy
from overt.gate.consent.model import Scope, Standing, Told
from overt.gate.consent.steps import ConsentStep
from overt.gate.gate import Gate
from overt.gate.model import Ask, Material
from overt.gate.review import library
from overt.gate.review.chain import Chain
from overt.gate.review.features import Features
from overt.gate.review.step import ReviewStep
from overt.ledger.signing import Signer
from overt.rulebook import load
from overt.store import accounts
from overt.store.accounts import Accounts
from overt.store.consent_rows import Answer, Upload, standing_of
from overt.store.consents import Consents
from overt.store.decisions import Decisions
from overt.store.objects import Objects
from overt.store.records import Store
from overt.store.reviews import Reviews

SIGNER = Signer(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))


@cache
def features() -> Features:
    return Features([library.starter()])


def gate_of(store: Store, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Gate:
    review = ReviewStep(Chain([features()]), people=Reviews(store))
    return Gate(
        steps=(*accounts.steps(store, "cn"), ConsentStep(Standings(store), "Example"), review),
        outputs=(review,),
        book=Decisions(store),
        signer=SIGNER,
        policy=policy.load(),
        rulebook=("cn", load().digest()),
        clock=clock,
    )


class Standings:
    def __init__(self, store: Store) -> None:
        self.store = store

    def standing(self, consent_id: str) -> Standing | None:
        with self.store.reading() as connection:
            return standing_of(connection, consent_id)


def desk(store: Store, folder: Path, controller: str = "Example") -> Consents:
    objects = Objects.open("", folder)
    return Consents(store, SIGNER, objects, controller=controller, reach="reach@example.com", rulebook=load())


def account(store: Store, method: str = "id") -> str:
    opened = Accounts(store).open()
    if method:
        Accounts(store).attest(opened, method, "provider", secrets.token_hex(16))
    return opened


def consent(store: Store, folder: Path, *, uses: int = 1, purpose: str = "film") -> str:
    """A consent to a converted voice that was given and checked."""
    consents = desk(store, folder)
    told = Told("Somebody", f"{uuid4().hex}@example.com", "a studio", "a dubbed film", "cinemas")
    scope = Scope(("voice",), ("voice_conversion",), (purpose,), uses=uses)
    link = consents.ask(told, scope, language="en")
    asked = consents.open(link.token, "en", guarded=False)
    assert asked.challenge is not None
    answer = Answer(scope.likeness, scope.techniques, scope.purposes, asked.notice, asked.challenge.id)
    consents.give(link.token, answer, Upload(secrets.token_bytes(32), "audio/webm"))
    consents.check(link.consent_id, confirmed=True, by="staff")
    return link.consent_id


def text(said: str, role: str = "prompt") -> Material:
    return Material(role, "text", sha256(said.encode()).hexdigest(), text=said)  # type: ignore[arg-type]


def ask(who: str, said: str = "a lighthouse in a storm", **changes: object) -> Ask:
    fields: dict[str, object] = {
        "account": who,
        "techniques": ("image_generation",),
        "purpose": "art",
        "function": "images.generate",
        "materials": (text(said),),
    }
    return Ask(**fields | changes)  # type: ignore[arg-type]

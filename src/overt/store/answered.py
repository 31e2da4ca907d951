"""First answers to requests that a program may repeat (IETF draft-ietf-httpapi-idempotency-key-header).

```
 nothing ──begin──► running ──keep──► done ──24 hours──► nothing
                       └──drop, or its time runs out──► nothing
```

An answer may hold what is told only once, such as a new key. So its body is sealed under a key derived from the
caller's own credential (HKDF, RFC 5869; AES-256-GCM), which is not kept here: nobody else opens it, nor do we.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import delete, insert, select, update

from overt.canonical import stamp
from overt.store.tables.programs import answered

if TYPE_CHECKING:
    from overt.store.records import Store

KEPT: Final = timedelta(hours=24)
LONGEST_RUN: Final = timedelta(minutes=15)
"""After this a request that never ended, because its process did, may be made anew."""
MOST_BYTES: Final = 256 * 1024
"""A longer answer is kept without its body."""
_NONCE: Final = 12


@dataclass(frozen=True, slots=True)
class Name:
    """Whose request it is, under which key: `id` is looked up, `secret` opens the body."""

    id: str
    secret: bytes

    @classmethod
    def of(cls, credential: str, method: str, path: str, key: str) -> Name:
        """The name of a request of this caller."""
        told = "\n".join((method, path, key)).encode()
        both = HKDF(SHA256(), 64, b"overt: idempotency", told).derive(credential.encode())
        return cls(both[:32].hex(), both[32:])


@dataclass(frozen=True, slots=True)
class Kept:
    """The first answer. `body` is None where it was too long to be kept."""

    request: str
    state: Literal["running", "done"]
    status: int
    headers: dict[str, str]
    body: bytes | None


class Answered:
    """The first answers of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def begin(self, name: Name, at: datetime | None = None) -> Kept | None:
        """Takes the name for a request that begins; or says what is there under it."""
        at = at or datetime.now(UTC)
        with self._store.acting() as act:
            act.connection.execute(delete(answered).where(answered.c.ends <= stamp(at)))
            row = act.connection.execute(select(answered).where(answered.c.id == name.id)).mappings().first()
            if row is None:
                ends = stamp(at + LONGEST_RUN)
                values = {"id": name.id, "request": "", "state": "running", "status": 0, "headers": "{}", "ends": ends}
                act.connection.execute(insert(answered).values(**values))
                return None
        body = _opened(name, bytes(row["body"])) if row["body"] is not None else None
        return Kept(row["request"], row["state"], row["status"], json.loads(row["headers"]), body)

    def keep(self, name: Name, request: str, status: int, headers: dict[str, str], body: bytes | None) -> None:
        """Keeps an answer; `request` is the digest of what was asked."""
        sealed = _sealed(name, body) if body is not None and len(body) <= MOST_BYTES else None
        values = {
            "request": request,
            "state": "done",
            "status": status,
            "headers": json.dumps(headers),
            "body": sealed,
            "ends": stamp(datetime.now(UTC) + KEPT),
        }
        with self._store.acting() as act:
            act.connection.execute(update(answered).where(answered.c.id == name.id).values(**values))

    def drop(self, name: Name) -> None:
        """Lets the request be made anew."""
        with self._store.acting() as act:
            act.connection.execute(delete(answered).where(answered.c.id == name.id))


def _sealed(name: Name, body: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(name.secret).encrypt(nonce, body, name.id.encode())


def _opened(name: Name, sealed: bytes) -> bytes | None:
    try:
        return AESGCM(name.secret).decrypt(sealed[:_NONCE], sealed[_NONCE:], name.id.encode())
    except InvalidTag:
        return None

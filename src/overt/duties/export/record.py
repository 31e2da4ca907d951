"""The signed record of where all duties stand at one moment: what every paper tells, and is checked against.

```json
{"record": {"rulebook": …, "digest": …, "at": …, "duties": [ … ], "checkpoint": "…", "producer": …},
 "sha256": "…", "key": "…", "signature": "…"}
```

`sha256` is over the canonical JSON (RFC 8785) of `record`, and the signature (Ed25519) over these 32 bytes by the key
that speaks for the ledger. The checkpoint is signed at the same moment, so that the entries that evidence names lie
under it. Without a key in the set-up the record is not signed, and says so.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from overt import __version__, api
from overt.canonical import canonical
from overt.duties.model import Standing
from overt.duties.standing import standings
from overt.duties.told import as_json
from overt.errors import SetupError
from overt.language import Language
from overt.ledger import signing

if TYPE_CHECKING:
    from overt.duties.view import View


@dataclass(frozen=True, slots=True)
class Taken:
    """The record with what it was told from. `key` and `signature` are hexadecimal, empty where it is not signed."""

    view: View
    standings: Sequence[Standing]
    record: dict[str, Any]
    digest: str
    key: str
    signature: str

    @property
    def at(self) -> datetime:
        """The moment (UTC)."""
        return self.view.now

    @property
    def signed(self) -> dict[str, Any]:
        """The record with its digest and signature."""
        return {"record": self.record, "sha256": self.digest, "key": self.key, "signature": self.signature}


def take(view: View) -> Taken:
    """Signs a checkpoint, looks at every duty, and signs what is seen. `view` is of now."""
    checkpoint, signer = "", None
    try:
        with api.ledger(view.setup, view.store) as ledger:
            checkpoint, signer = ledger.publish().note.decode(), ledger.voice.signer
    except SetupError:
        if view.setup.settings.ledger.key is not None:
            raise
    found = standings(view)
    record = as_json(found, view) | {
        "producer": view.setup.settings.producer,
        "overt": __version__,
        "checkpoint": checkpoint,
    }
    digest = sha256(canonical(record))
    signature = signer.sign(digest.digest()).hex() if signer else ""
    return Taken(view, found, record, digest.hexdigest(), signer.public.hex() if signer else "", signature)


def write(taken: Taken, _: tuple[Language, ...]) -> bytes:
    """The record as a file. It always holds both languages."""
    return json.dumps(taken.signed, ensure_ascii=False, indent=1, sort_keys=True).encode()


def genuine(file: bytes) -> bool:
    """Whether the digest in a record's file is its record's, and the signature its key's."""
    told = json.loads(file)
    digest = sha256(canonical(told["record"]))
    signature = bytes.fromhex(told["signature"])
    holds = signing.verified(bytes.fromhex(told["key"]), signature, digest.digest())
    return bool(digest.hexdigest() == told["sha256"] and holds)

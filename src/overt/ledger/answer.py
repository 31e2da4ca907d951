"""The answer of an inspection, signed: what somebody takes away who asked what a file is.

The file is canonical JSON (RFC 8785) and is sealed as a bundle is: Ed25519 by the ledger's key over `SEALED` and the
SHA-256 of the canonical JSON of everything but the seal. What the inspection said stands in it as text, so that its
numbers need no spelling of their own. The first line of what is signed tells it from all else that the key signs: an
answer holds a stranger's words.

It proves that this set-up gave this answer about these bytes at that time. It does not prove that the answer is right,
and nothing is recorded of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from overt.canonical import canonical
from overt.errors import FormatError
from overt.ledger.signing import Signer, key_id, verified

FORMAT: Final = "overt-answer"
VERSION: Final = 1
SEALED: Final = b"overt-answer/1\n"
MOST_BYTES: Final = 8 << 20
"""A larger file is no answer of ours."""
_PARTS: Final = {"format": str, "version": int, "made": str, "producer": str, "tool": str, "sha256": str}
_TEXTS: Final = {"verdict": str, "inspection": str, "seal": dict}


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer whose seal holds. `signer` is the id of the key: whose it is has to be known otherwise."""

    sha256: str
    verdict: str
    made: str
    producer: str
    signer: str
    inspection: dict[str, Any]


def sealed(inspection: Mapping[str, Any], *, producer: str, tool: str, made: str, signer: Signer) -> bytes:
    """The signed answer. `inspection` is what `overt inspect --json` prints (design, section 7); `tool` what looked."""
    told: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "made": made,
        "producer": producer,
        "tool": tool,
        "sha256": inspection["sha256"] or "",
        "verdict": inspection["verdict"],
        "inspection": json.dumps(inspection, ensure_ascii=False, sort_keys=True),
    }
    digest = sha256(canonical(told)).digest()
    seal = {
        "key": signer.public.hex(),
        "sha256": digest.hex(),
        "signature": signer.sign(SEALED + digest).hex(),
    }
    return canonical(told | {"seal": seal})


def opened(data: bytes) -> Answer:
    """The answer in a file. Raises `FormatError` for what is none, or does not hold any more."""
    try:
        told = json.loads(data) if len(data) <= MOST_BYTES else None
        written = canonical(told)
        wanted = _PARTS | _TEXTS
        if not isinstance(told, dict) or told.get("format") != FORMAT or told.get("version") != VERSION:
            raise FormatError("this is no signed answer of an inspection", "这不是签名的检查答复")
        if set(told) != set(wanted) or any(type(told[name]) is not kind for name, kind in wanted.items()):
            raise _broken()
        seal = told.pop("seal")
        digest = sha256(canonical(told)).digest()
        public, signature = bytes.fromhex(seal["key"]), bytes.fromhex(seal["signature"])
        inspection = json.loads(told["inspection"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _broken() from error
    if written != data or digest.hex() != seal["sha256"] or not verified(public, signature, SEALED + digest):
        raise _broken()
    if not isinstance(inspection, dict) or (inspection.get("sha256") or "") != told["sha256"]:
        raise _broken()
    return Answer(told["sha256"], told["verdict"], told["made"], told["producer"], key_id(public), inspection)


def _broken() -> FormatError:
    return FormatError(
        "the signed answer is damaged, or was changed after it was signed", "签名的答复已损坏，或在签名后被改动"
    )

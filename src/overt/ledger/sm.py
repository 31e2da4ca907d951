"""The twin for those who must use the national algorithms: the same entries, hashed with SM3 and signed with SM2.

Sources: GB/T 32905 (SM3), GB/T 32918.2 (SM2, with the usual user id); RFC 9162 and C2SP tlog-tiles otherwise. The
twin's checkpoint is a signed note of its own under `origin/sm3`, because its root is another. Its signature lines have
the kind 0xff (no number assigned) followed by `SM2-SM3`. Checking needs nothing more; signing needs the extra `sm`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.hashes import SM3 as _SM3
from cryptography.hazmat.primitives.hashes import Hash

from overt.ledger.checkpoint import Checkpoint, Key, Note, Signature, named
from overt.ledger.merkle import Hashing
from overt.marks.metadata.security import sm2
from overt.marks.metadata.security.signing import Sm2Seal, load_seal

KIND: Final = b"\xffSM2-SM3"


def _sm3(data: bytes) -> bytes:
    digest = Hash(_SM3())
    digest.update(data)
    return digest.finalize()


SM3: Final = Hashing(_sm3)


def origin(of: str) -> str:
    """The twin's name."""
    return f"{of}/sm3"


def key(name: str, point: bytes) -> Key:
    """The key whose point is these 64 bytes."""
    return Key(named(name), KIND, point, _holds)


def signed(checkpoint: Checkpoint, seal: Sm2Seal) -> bytes:
    """The twin's checkpoint as a note."""
    from gmssl_pyx import sm2_sign  # noqa: PLC0415  # an extra

    known = key(checkpoint.origin, seal.point)
    data: bytes = sm2_sign(seal.secret, seal.point, checkpoint.text.encode(), sm2.USER_ID)
    return Note(checkpoint.text, (Signature(known.name, known.hash, data),)).encoded


def load(path: Path) -> Sm2Seal:
    """The key in a PEM file. Raises `SetupError`."""
    seal = load_seal("sm2", path)
    assert isinstance(seal, Sm2Seal)  # noqa: S101  (asked for by its name)
    return seal


def _holds(point: bytes, data: bytes, text: str) -> bool:
    from overt.marks.metadata.security.keys import sm2_key  # noqa: PLC0415

    found = sm2_key((int.from_bytes(point[:32]), int.from_bytes(point[32:])))
    return found.verifies(text.encode(), data)

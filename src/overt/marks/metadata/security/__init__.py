"""The security data of a label: what `ReservedCode1` and `ReservedCode2` hold, prove, and how ours are made.

Source: TC260-PG-202511A (signatures, bindings), GB 45438-2025 Annex F.4 (digests), formats/marks.md 2.8 (real labels).
`data` reads and writes the object, `keys` knows the shapes of keys, `sm2` verifies on plain integers, `verify` says
what is proved, `signing` seals.
Not here: the validity of certificates, and content selections other than the whole file.
"""

from __future__ import annotations

from overt.marks.metadata.security.keys import PublicKey, public_keys
from overt.marks.metadata.security.signing import DigestSeal, NoSeal, Seal, load_seal
from overt.marks.metadata.security.verify import covered_text, deviations, digest, pin, proofs, propagated_text

__all__ = [
    "DigestSeal",
    "NoSeal",
    "PublicKey",
    "Seal",
    "covered_text",
    "deviations",
    "digest",
    "load_seal",
    "pin",
    "proofs",
    "propagated_text",
    "public_keys",
]

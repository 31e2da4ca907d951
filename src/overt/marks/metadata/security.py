"""What `ReservedCode1` proves: a digest over the label's first three values.

Source: TC260-PG-202511A, Annex A.1, for the text that is covered:
`"Label":"1","ContentProducer":"…","ProduceID":"…"` (quotes included, no braces).
GB 45438-2025 Annex F.4 leaves the algorithm free; we take SM3 and write 64 lower-case hex digits.
A digest has no key: it shows a careless change, never a deliberate one, and never who wrote it.
Not handled: `SecurityData` objects with signatures, and the vendors' own forms: they read as `unknown form`.
"""

from __future__ import annotations

import re
from typing import Literal

from cryptography.hazmat.primitives.hashes import SM3, Hash

from overt.marks.metadata.aigc import Aigc

Integrity = Literal["intact", "mismatch", "unknown form", "none"]


def covered_text(aigc: Aigc) -> str:
    """The text of Annex A.1 that security data covers."""
    return f'"Label":"{aigc.label}","ContentProducer":"{aigc.content_producer}","ProduceID":"{aigc.produce_id}"'


def digest(aigc: Aigc) -> str:
    """SM3 over the covered text, as 64 hex digits."""
    state = Hash(SM3())
    state.update(covered_text(aigc).encode())
    return state.finalize().hex()


def check(aigc: Aigc, *, own: bool) -> Integrity:
    """What the label's own `ReservedCode1` says about the label.

    `own` is whether the label names us as its producer. Others put 64-digit values of their own making there,
    so only under our own name does a digest that does not fit count as a mismatch.
    """
    if not aigc.reserved_code1:
        return "none"
    if re.fullmatch(r"[0-9a-f]{64}", aigc.reserved_code1):
        if digest(aigc) == aigc.reserved_code1:
            return "intact"
        if own:
            return "mismatch"
    return "unknown form"

"""What the security data of a label prove, and what they do not.

Source: TC260-PG-202511A for signatures and bindings; GB 45438-2025 Annex F.4 for digests.
A key that travels in the file it signs shows that the label was not changed since, never who wrote it; only a key
that the reader pinned beforehand says whose it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from overt.language import Text


class Outcome(StrEnum):
    """The result for one piece of security data."""

    PINNED = "intact, pinned key"
    SELF_SUPPLIED = "intact, key travels in the file"
    DIGEST = "intact, digest without a key"
    DIFFERS = "does not verify"
    UNKNOWN = "unknown form"
    NONE = "none"

    @property
    def text(self) -> Text:
        """The result in both languages."""
        return _TEXTS[self]

    @property
    def intact(self) -> bool:
        """Whether what is covered is shown to be as it was written."""
        return self in (Outcome.PINNED, Outcome.SELF_SUPPLIED, Outcome.DIGEST)


_TEXTS = {
    Outcome.PINNED: Text(zh="完整，公钥已由我方固定", en="intact, pinned key"),
    Outcome.SELF_SUPPLIED: Text(
        zh="完整，但公钥来自文件本身，不能说明签名者身份",
        en="intact, key travels in the file: it does not say who signed",
    ),
    Outcome.DIGEST: Text(
        zh="完整，摘要没有密钥，只能发现无意改动", en="intact, digest without a key: it shows careless changes only"
    ),
    Outcome.DIFFERS: Text(zh="验证不通过", en="does not verify"),
    Outcome.UNKNOWN: Text(zh="形式未知，未能验证", en="unknown form, not verified"),
    Outcome.NONE: Text(zh="无", en="none"),
}


@dataclass(frozen=True, slots=True)
class Proof:
    """What one piece of security data shows.

    `field` is the key of the label that holds it. `covers` is what it speaks of: `label` (the producer's values),
    `propagation` (the propagator's), `binding` (the statement about the content), `content` (the content's bytes),
    or empty where that is not known. `key` is the SHA-256 of the public key's SubjectPublicKeyInfo, in hex.
    """

    field: str
    outcome: Outcome
    covers: str = ""
    algorithm: str = ""
    key: str = ""

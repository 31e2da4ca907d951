"""What a watermark draws from its keys: signs and orders that look random to everybody else.

An operator's *id key* hides which symbol says what. The *presence key* draws the pilot, by which a reader finds a mark
and its geometry: it may be given to anyone, who then sees that a file is marked and not by which id. All is drawn by
SHAKE-256 (FIPS 202), so that any other implementation draws the same.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from hashlib import shake_256
from typing import TYPE_CHECKING

import numpy as np

from overt.errors import SetupError

if TYPE_CHECKING:
    from numpy.typing import NDArray

KEY_BYTES = 32
PUBLIC_PRESENCE = shake_256(b"overt/watermark/presence/1").digest(KEY_BYTES)
"""The presence key of all operators who want anyone to see that their files are marked."""


@dataclass(frozen=True, slots=True)
class Key:
    """An operator's key. `name` is for people and for rotation; the secrets stay out of every log.

    `presence` is `PUBLIC_PRESENCE`, or bytes of the operator's own where not even the mark's presence is to be seen.
    """

    name: str
    secret: bytes = field(repr=False)
    presence: bytes = field(repr=False, default=PUBLIC_PRESENCE)

    def __post_init__(self) -> None:
        if len(self.secret) != KEY_BYTES or len(self.presence) != KEY_BYTES:
            raise SetupError(
                f"the watermark key {self.name} must have {KEY_BYTES} bytes",
                f"水印密钥 {self.name} 必须为 {KEY_BYTES} 字节",
            )


def new_secret() -> bytes:
    """A fresh secret."""
    return secrets.token_bytes(KEY_BYTES)


def derived(secret: bytes, purpose: str) -> bytes:
    """A key of its own for one purpose."""
    return shake_256(secret + b"/" + purpose.encode()).digest(KEY_BYTES)


def signs(key: bytes, purpose: str, count: int) -> NDArray[np.float32]:
    """`count` keyed signs, +1 or -1."""
    raw = shake_256(key + b"/signs/" + purpose.encode()).digest((count + 7) // 8)
    bits = np.unpackbits(np.frombuffer(raw, np.uint8))[:count]
    return bits.astype(np.float32) * 2 - 1


def order(key: bytes, purpose: str, count: int) -> NDArray[np.int64]:
    """A keyed permutation of `count` things."""
    raw = shake_256(key + b"/order/" + purpose.encode()).digest(count * 8)
    return np.argsort(np.frombuffer(raw, "<u8"), kind="stable")

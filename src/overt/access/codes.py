"""One-time codes: six digits that an app shows for half a minute (TOTP, RFC 6238), and recovery codes.

A code of one step earlier or later counts, as clocks differ. Which step was used is told, so that whoever keeps it can
refuse the same code twice (RFC 6238, 5.2). Recovery codes stand in for a one-time code when the app is gone; each is 80
random bits, so that a plain hash suffices to keep it.
"""

from __future__ import annotations

import hmac
import secrets
from base64 import b32encode
from datetime import datetime
from hashlib import sha256
from typing import Final

STEP: Final = 30
"""Seconds for which a code is shown."""
RECOVERY: Final = 8
"""Recovery codes of one person."""
_DRIFT: Final = 1  # Steps.
_NOBODYS: Final = "A" * 32


def secret() -> str:
    """A fresh secret, as apps take it (base32, 160 bits)."""
    return b32encode(secrets.token_bytes(20)).decode()


def address(kept: str, login: str, issuer: str) -> str:
    """What a QR code for the app says (`otpauth://`)."""
    import pyotp  # noqa: PLC0415  # the extra `serve`

    return pyotp.TOTP(kept).provisioning_uri(name=login, issuer_name=issuer)


def step(kept: str, code: str, at: datetime) -> int | None:
    """The step whose code this is; None where it is none of now. It takes as long where nothing is kept."""
    import pyotp  # noqa: PLC0415  # as above

    shown = pyotp.TOTP(kept or _NOBODYS)
    now, told = int(at.timestamp()) // STEP, tidy(code).encode()
    right = [
        each
        for each in range(now - _DRIFT, now + _DRIFT + 1)
        if hmac.compare_digest(shown.at(each * STEP).encode(), told)
    ]
    return right[-1] if right and kept else None


def recovery() -> tuple[str, ...]:
    """Fresh recovery codes."""
    return tuple("-".join(_fours(b32encode(secrets.token_bytes(10)).decode().lower())) for _ in range(RECOVERY))


def recovery_hash(code: str) -> bytes:
    """What is kept of a recovery code, however it is spaced and written."""
    return sha256(tidy(code).encode()).digest()


def tidy(code: str) -> str:
    """A code without spaces and hyphens, in small letters."""
    return "".join(each for each in code[:100].casefold() if each.isalnum())


def _fours(text: str) -> list[str]:
    return [text[at : at + 4] for at in range(0, len(text), 4)]

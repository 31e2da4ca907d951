"""Which passwords of staff are taken: long ones that nobody guesses first. Never one alone: a one-time code joins it.

Source: NIST SP 800-63B-4, 3.1.1.2: length counts, rules on kinds of characters do not; the worst ones and what all
people know of the person are refused; nothing expires. Twelve characters, as a one-time code goes with it. Kept as
Argon2id hashes (RFC 9106). Not here: whether a password was leaked somewhere; nothing of it leaves the house.
"""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Final

from overt.language import Text

if TYPE_CHECKING:
    from argon2 import PasswordHasher

LEAST: Final = 12
"""Characters."""
MOST: Final = 256
"""Characters: what is longer costs work and adds nothing."""
_LEAST_DIFFERENT: Final = 5
_OWN_PART: Final = 4  # Characters of a name from which on it counts as a part of the password.
_WORST: Final = (
    *("qwertyuiop", "password", "passw0rd", "p@ssword", "p@ssw0rd", "qwerty", "azerty", "qazwsx", "1q2w3e4r", "zxcvbn"),
    *(
        "asdfgh",
        "abc123",
        "letmein",
        "welcome",
        "administrator",
        "admin123",
        "iloveyou",
        "woaini",
        "changeme",
        "secret",
    ),
    *("1234567890", "123456", "12345", "123123", "112233", "111111", "000000", "654321", "987654", "5201314", "overt"),
)
"""What the worst passwords of every published list are made of."""
_AT_ONCE: Final = threading.BoundedSemaphore(2)
"""Each hash takes 64 MiB: however many ask at the same time, two are worked on."""


def normal(password: str) -> str:
    """The password as it is hashed: the same for the same keys on every keyboard (NFKC)."""
    return unicodedata.normalize("NFKC", password)


def weakness(password: str, names: Iterable[str] = ()) -> Text | None:
    """Why this password is not taken; None where it is. `names` are the person's own."""
    chosen = normal(password)
    if len(chosen) < LEAST:
        return Text(zh=f"密码至少 {LEAST} 个字符。", en=f"A password has at least {LEAST} characters.")
    if len(chosen) > MOST:
        return Text(zh=f"密码最多 {MOST} 个字符。", en=f"A password has at most {MOST} characters.")
    left = chosen.casefold()
    for each in sorted((part for name in names for part in _parts(name)), key=len, reverse=True):
        left = left.replace(each, "")
    if left != chosen.casefold() and len(left) < LEAST:
        return Text(zh="密码不能主要由您的姓名或登录名构成。", en="A password is not made of your own names.")
    for each in _WORST:
        left = left.replace(each, "")
    if len(left) < LEAST // 2 or len(set(chosen)) < _LEAST_DIFFERENT:
        return Text(
            zh="这个密码太容易猜到。几个互不相关的词就很好。",
            en="This password is guessed too easily. A few words that have nothing to do with each other are good.",
        )
    return None


def hashed(password: str) -> str:
    """The hash that is kept (Argon2id)."""
    with _AT_ONCE:
        return _hasher().hash(normal(password))


def matches(kept: str, password: str) -> bool:
    """Whether this is the password. It takes as long where nothing is kept: the time does not tell who is known."""
    from argon2.exceptions import VerificationError  # noqa: PLC0415  # the extra `serve`

    with _AT_ONCE:
        try:
            _hasher().verify(kept or _nobodys(), normal(password[:MOST]))
        except VerificationError:
            return False
        return bool(kept)


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher  # noqa: PLC0415  # the extra `serve`

    return PasswordHasher()


@cache
def _nobodys() -> str:
    return _hasher().hash("nobody's")


def _parts(name: str) -> list[str]:
    """The parts of a name or an address that a password must not be made of."""
    words = "".join(each if each.isalnum() else " " for each in normal(name).casefold()).split()
    return [each for each in words if len(each) >= _OWN_PART]

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from overt.access import codes, passwords


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "六个互不相关的词语组成口令吧",
        "wang-example-but-much-longer words",
        "dK3#fpQ9vLmZ",
    ],
)
def test_long_passwords_are_taken(password: str):
    assert passwords.weakness(password, ("王芳", "wang@example.cn")) is None


@pytest.mark.parametrize(
    "password",
    [
        *("short", "123456789012", "aaaaaaaaaaaaaaaa", "password123456", "Qwertyuiop12", "P@ssw0rdP@ssw0rd", "x" * 257),
        *("wang@example.cn", "Example2026!", "ＰＡＳＳＷＯＲＤ１２３４５６", "iloveyou5201314", "admin123admin123"),
    ],
)
def test_what_is_guessed_first_is_not_taken(password: str):
    assert passwords.weakness(password, ("王芳", "wang@example.cn")) is not None


def test_a_password_matches_however_its_keyboard_writes_it():
    kept = passwords.hashed("ｃｏｒｒｅｃｔ horse é")
    assert kept.startswith("$argon2id$")
    assert passwords.matches(kept, "correct horse é")
    assert not passwords.matches(kept, "correct horse e")
    assert not passwords.matches("", "nobody's"), "whoever has no password matches none"


def test_a_code_counts_one_step_around_its_own():
    at, secret = datetime(2026, 1, 1, 12, tzinfo=UTC), "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    import pyotp  # noqa: PLC0415

    step = int(at.timestamp()) // codes.STEP
    for drift, expected in ((-2, None), (-1, step - 1), (0, step), (1, step + 1), (2, None)):
        code = pyotp.TOTP(secret).at((step + drift) * codes.STEP)
        assert codes.step(secret, f" {code[:3]} {code[3:]}", at) == expected
    assert codes.step("", pyotp.TOTP("A" * 32).at(at), at) is None

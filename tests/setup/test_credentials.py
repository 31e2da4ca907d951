"""What `overt init` makes for credentials, and what the doctor says of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

import credentials
from overt import api, settings
from overt.setup.doctor import Check, examine_setup
from overt.setup.initialise import initialise


def check(name: str) -> Check:
    return next(each for each in examine_setup() if each.name.en == name)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OVERT_CONFIG", raising=False)
    initialise(tmp_path, "P")
    return tmp_path


def test_the_library_runs_behind_the_walls(home: Path):
    found = check("Content credentials (C2PA)")

    assert found.state == "ok"
    assert "guarded" in found.found.en


def test_the_test_certificate_signs_and_is_known_as_a_test(home: Path):
    issuer = api.issuer(settings.load())

    assert issuer is not None
    assert issuer.signer.algorithm == "es256"
    assert len(issuer.signer.sign(b"x")) == 64
    assert "TEST-ONLY" in check("Keys and certificate").found.en


def test_a_key_of_ones_own_is_good(home: Path):
    credentials.identity(home / "mine", ec.generate_private_key(ec.SECP384R1()), ends=credentials.in_days(200))
    _choose(home, 'certificates = "mine/chain.pem"\nkey = "mine/key.pem"')
    (home / "mine" / "key.pem").chmod(0o600)

    assert check("Keys and certificate").state == "ok"


def test_a_key_that_does_not_fit_is_found(home: Path):
    credentials.identity(home / "mine", ec.generate_private_key(ec.SECP384R1()))
    (home / "mine" / "key.pem").chmod(0o600)
    _choose(home, 'certificates = "keys/TEST-ONLY-signing-certificates.pem"\nkey = "mine/key.pem"')
    found = check("Keys and certificate")

    assert found.state == "missing"
    assert "do not belong together" in found.found.en


def test_a_certificate_that_ends_soon_is_told(home: Path):
    credentials.identity(home / "mine", ec.generate_private_key(ec.SECP256R1()), ends=credentials.in_days(3))
    (home / "mine" / "key.pem").chmod(0o600)
    _choose(home, 'certificates = "mine/chain.pem"\nkey = "mine/key.pem"')

    assert "ends on" in check("Keys and certificate").found.en


def test_without_one_it_is_a_remark_and_no_fault(home: Path):
    _choose(home, "")

    assert check("Keys and certificate").state == "note"
    assert api.issuer(settings.load()) is None


def _choose(home: Path, lines: str) -> None:
    config = home / settings.FILE_NAME
    kept = [each for each in config.read_text().splitlines() if not each.startswith(("certificates =", "key ="))]
    config.write_text("\n".join(kept).replace("[credential]", f"[credential]\n{lines}"))

"""Time stamps of a real authority (`openssl ts`), read by the verifier's own few lines of DER, RSA and ECDSA."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence import resealed, standard
from overt_verify import BrokenError, _parts, stamp, verify

TEXT = b"example.com/overt\n5\nAAA=\n"
KEYS = {
    "RSA": ["rsa:2048"],
    "P-256": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "P-384": ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
    "P-521": ["ec", "-pkeyopt", "ec_paramgen_curve:P-521"],
}
DIGESTS = {"RSA": "sha512", "P-256": "sha256", "P-384": "sha384", "P-521": "sha256"}


def stamped(folder: Path, text: bytes, kind: str) -> bytes:
    """A stamp of an authority of this kind, whose key is made where there is none."""

    def run(*command: str) -> None:
        subprocess.run(["openssl", *command], cwd=folder, check=True, capture_output=True)

    if not (folder / "key").exists():
        (folder / "conf").write_text(
            "[req]\ndistinguished_name=d\nx509_extensions=e\n[d]\n[e]\nkeyUsage=critical,digitalSignature\n"
            "extendedKeyUsage=critical,timeStamping\n[tsa]\ndefault_tsa=t\n[t]\ndefault_policy=1.2.3.4\n"
            f"digests=sha256\nsigner_digest={DIGESTS[kind]}\ness_cert_id_alg=sha256\nserial=serial\n"
            "signer_cert=cert\nsigner_key=key\n"
        )
        (folder / "serial").write_text("01\n")
        made = ["-keyout", "key", "-out", "cert", "-subj", "/CN=TEST ONLY", "-days", "30", "-config", "conf"]
        run("req", "-x509", "-newkey", *KEYS[kind], "-nodes", *made)
    (folder / "text").write_bytes(text)
    run("ts", "-query", "-data", "text", "-sha256", "-cert", "-out", "tsq")
    run("ts", "-reply", "-config", "conf", "-queryfile", "tsq", "-out", "tsr")
    return (folder / "tsr").read_bytes()


@pytest.mark.parametrize("kind", KEYS)
def test_a_stamp_says_when_and_which_certificate_signed(tmp_path: Path, kind: str):
    token = stamped(tmp_path, TEXT, kind)

    at, fingerprint = stamp(token, TEXT)

    assert abs(datetime.fromisoformat(at) - datetime.now(UTC)) < timedelta(minutes=5)
    certificate = x509.load_pem_x509_certificate((tmp_path / "cert").read_bytes()).public_bytes(Encoding.DER)
    assert fingerprint == ("" if kind == "P-521" else sha256(certificate).hexdigest())
    with pytest.raises(BrokenError):
        stamp(token, TEXT + b"x")


@pytest.mark.parametrize("kind", ["RSA", "P-256"])
def test_a_token_without_its_answer_is_read_as_well_and_a_changed_one_is_found(tmp_path: Path, kind: str):
    token = _parts(stamped(tmp_path, TEXT, kind))[1].whole
    at, _ = stamp(token, TEXT)

    year = token.index(at[:4].encode())
    for place in (year + 3, len(token) - 1):  # The time, and the signature.
        changed = bytearray(token)
        changed[place] ^= 1
        with pytest.raises(BrokenError):
            stamp(bytes(changed), TEXT)


def test_a_bundle_with_a_stamp(tmp_path: Path, bundle: bytes):
    def put(told: dict[str, Any]) -> None:
        text = told["checkpoint"].partition("\n\n")[0] + "\n"
        told["timestamps"] = [standard(stamped(tmp_path, text.encode(), "P-256"))]

    def state(data: bytes) -> str:
        return next(each.state for each in verify(data).checks if each.name == "timestamps")

    good = resealed(bundle, put)
    assert state(good) == "holds"
    other = resealed(good, lambda told: told.update(timestamps=[standard(stamped(tmp_path, b"other", "P-256"))]))
    assert state(other) == "fails"


@settings(max_examples=25)
@given(st.binary(max_size=80), st.integers(0, 1200))
def test_no_stamp_breaks_the_verifier(bundle: bytes, tmp_path_factory, data: bytes, at: int):
    if not _TOKENS:
        _TOKENS.append(stamped(tmp_path_factory.mktemp("tsa"), TEXT, "P-256"))
    token = _TOKENS[0]
    for value in (data, token[:at] + data, token[:at] + data + token[at + len(data) :]):
        report = verify(resealed(bundle, lambda told, value=value: told.update(timestamps=[standard(value)])))
        assert not report.holds


_TOKENS: list[bytes] = []

"""Test keys and a test certificate, for trying things out.

Every file and every certificate is named TEST-ONLY: nobody has checked who holds them, and nobody trusts them.
ECDSA P-256 (ES256), the algorithm that C2PA's trust lists all accept; the signing certificate has the key usages
that C2PA 2.x, section 14.5, asks for.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from overt.errors import SetupError
from overt.marks.metadata.security.signing import generate_sm2_pem

DAYS = 365
SIGNING_KEY = "TEST-ONLY-signing-key.pem"
TEST_ORGANIZATION = "TEST ONLY - do not trust"
CERTIFICATES = "TEST-ONLY-signing-certificates.pem"
SM2_KEY = "TEST-ONLY-sm2-key.pem"
LEDGER_KEY = "ledger.pem"


def make_test_keys(folder: Path) -> tuple[Path, Path]:
    """Writes a signing key and its certificate chain; the test authority's own key is thrown away."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    authority_key = ec.generate_private_key(ec.SECP256R1())
    signing_key = ec.generate_private_key(ec.SECP256R1())
    authority_name = _name("Overt TEST ONLY certificate authority")
    authority = (
        _builder(authority_name, authority_name, authority_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    signer = (
        _builder(_name("Overt TEST ONLY signer"), authority_name, signing_key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    key_path, chain_path = folder / SIGNING_KEY, folder / CERTIFICATES
    key_path.touch(mode=0o600, exist_ok=False)
    key_path.write_bytes(
        signing_key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    chain_path.write_bytes(signer.public_bytes(pem) + authority.public_bytes(pem))
    return key_path, chain_path


def make_sm2_test_key(folder: Path) -> Path | None:
    """Writes a key for SM2 signatures in labels; None where the extra `sm` is not installed."""
    try:
        pem = generate_sm2_pem()
    except SetupError:
        return None
    path = folder / SM2_KEY
    path.touch(mode=0o600, exist_ok=False)
    path.write_bytes(pem)
    return path


def make_ledger_key(folder: Path) -> Path:
    """Writes the Ed25519 key that signs checkpoints, decisions and bundles; an older one is never overwritten."""
    path = folder / LEDGER_KEY
    path.touch(mode=0o600, exist_ok=False)
    path.write_bytes(
        ed25519.Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return path


def expires(chain: Path) -> datetime:
    """When the first certificate of a chain ends, in UTC."""
    return x509.load_pem_x509_certificates(chain.read_bytes())[0].not_valid_after_utc


def is_test(chain: Path) -> bool:
    """Whether the first certificate of a chain is one of these test certificates."""
    subject = x509.load_pem_x509_certificates(chain.read_bytes())[0].subject
    return any(each.value == TEST_ORGANIZATION for each in subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME))


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, TEST_ORGANIZATION),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))  # Clocks of readers may be a little behind.
        .not_valid_after(now + timedelta(days=DAYS))
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )

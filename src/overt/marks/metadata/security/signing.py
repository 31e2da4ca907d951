"""Seals: what makes the reserved code of a label that we write.

Source: TC260-PG-202511A (SM3withSM2); its international twin is ours: the same object with ECDSA P-256 and SHA-256.
A seal holds the private key, so it stays in the process that owns it: the label is sealed before anything goes to
the guarded process. SM2 signing needs the extra `sm` (GmSSL); ES256 signatures are deterministic (RFC 6979).
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from overt.errors import SetupError
from overt.language import Text
from overt.marks.metadata.security import data, sm2
from overt.marks.metadata.security.keys import ECDSA_WITH_SHA256, SM3_WITH_SM2, PublicKey, key_of, sm2_key
from overt.marks.metadata.security.sm2 import sm3

Sign = Literal["none", "digest", "sm2", "es256"]

_PEM = re.compile(r"-----BEGIN PRIVATE KEY-----\s*(.+?)\s*-----END PRIVATE KEY-----", re.DOTALL)
# A private key on the curve SM2 as PKCS #8 (RFC 5208) around RFC 5915, with its public point: always these lengths.
_PKCS8_HEAD = bytes.fromhex("308187020100301306072A8648CE3D020106082A811CCF5501822D046D306B0201010420")
_PKCS8_MIDDLE = bytes.fromhex("A144034200")


class Seal(Protocol):
    """Makes a reserved code over a covered text."""

    @property
    def public_key(self) -> PublicKey | None:
        """The key by which others can check it, if there is one."""

    def seal(self, text: str) -> str:
        """The reserved code."""


@dataclass(frozen=True, slots=True)
class NoSeal:
    """Leaves the reserved code empty."""

    public_key: PublicKey | None = None

    def seal(self, text: str) -> str:  # noqa: ARG002
        """Nothing."""
        return ""


@dataclass(frozen=True, slots=True)
class DigestSeal:
    """SM3 of the text: it has no key, and shows careless changes only."""

    public_key: PublicKey | None = None

    def seal(self, text: str) -> str:
        """The digest in hex."""
        return sm3(text.encode()).hex()


@dataclass(frozen=True, slots=True)
class Es256Seal:
    """ECDSA on P-256 with SHA-256."""

    private_key: ec.EllipticCurvePrivateKey

    @property
    def public_key(self) -> PublicKey | None:
        """The key by which others can check it."""
        return key_of(self.private_key.public_key())

    def seal(self, text: str) -> str:
        """`SecurityData` with the signature over the text."""
        signature = self.private_key.sign(text.encode(), ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
        key = self.public_key
        return data.write(ECDSA_WITH_SHA256, signature, key.spki if key else b"")


@dataclass(frozen=True, slots=True, repr=False)
class Sm2Seal:
    """SM2 with SM3, by GmSSL."""

    secret: bytes
    point: bytes

    @property
    def public_key(self) -> PublicKey | None:
        """The key by which others can check it."""
        return sm2_key((int.from_bytes(self.point[:32], "big"), int.from_bytes(self.point[32:], "big")))

    def seal(self, text: str) -> str:
        """`SecurityData` with the signature over the text."""
        from gmssl_pyx import sm2_sign  # noqa: PLC0415  # an extra

        signature: bytes = sm2_sign(self.secret, self.point, text.encode(), sm2.USER_ID)
        key = self.public_key
        return data.write(SM3_WITH_SM2, signature, key.spki if key else b"")


def load_seal(sign: Sign, path: Path | None) -> Seal:
    """The seal that a set-up names. Raises `SetupError` where its key is missing, or is of another kind."""
    if sign == "none":
        return NoSeal()
    if sign == "digest":
        return DigestSeal()
    if path is None:
        raise SetupError(
            f"[security] sign = {sign!r} needs a key",
            f"[security] sign = {sign!r} 需要密钥",
            hint=Text(zh="在 [security] 中填写 key。", en="Name a file as `key` in [security]."),
        )
    try:
        pem = path.read_bytes()
    except OSError as error:
        raise SetupError(f"the key {path} cannot be read: {error}", f"无法读取密钥 {path}：{error}") from error
    return _sm2_seal(pem, path) if sign == "sm2" else _es256_seal(pem, path)


def _es256_seal(pem: bytes, path: Path) -> Es256Seal:
    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _wrong_key(path, "P-256") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise _wrong_key(path, "P-256")
    return Es256Seal(key)


def _sm2_seal(pem: bytes, path: Path) -> Sm2Seal:
    need_gmssl()
    found = _PEM.search(pem.decode("ascii", "replace"))
    try:
        der = base64.b64decode(found[1]) if found else b""
    except ValueError:
        der = b""
    secret, point = der[len(_PKCS8_HEAD) :][:32], der[-64:]
    if der != sm2_pkcs8(secret, point):
        raise _wrong_key(path, "SM2")
    return Sm2Seal(secret, point)


def need_gmssl() -> None:
    """Raises `SetupError` where the extra for SM2 signing is not installed."""
    try:
        import gmssl_pyx  # noqa: F401, PLC0415
    except ImportError as error:
        raise SetupError(
            "signing with SM2 needs the extra `sm`",
            "SM2 签名需要安装扩展 sm",
            hint=Text(zh="请运行 pip install 'overt[sm]'。", en="Run pip install 'overt[sm]'."),
        ) from error


def sm2_pkcs8(secret: bytes, point: bytes) -> bytes:
    """An SM2 private key as PKCS #8 in DER."""
    return _PKCS8_HEAD + secret + _PKCS8_MIDDLE + b"\x04" + point


def generate_sm2_pem() -> bytes:
    """A new SM2 private key in PEM. Raises `SetupError` without the extra `sm`."""
    need_gmssl()
    from gmssl_pyx import sm2_key_generate  # noqa: PLC0415

    point, secret = sm2_key_generate()
    body = base64.encodebytes(sm2_pkcs8(secret, point)).replace(b"\n", b"")
    lines = b"\n".join(body[at : at + 64] for at in range(0, len(body), 64))
    return b"-----BEGIN PRIVATE KEY-----\n" + lines + b"\n-----END PRIVATE KEY-----\n"


def _wrong_key(path: Path, kind: str) -> SetupError:
    return SetupError(
        f"{path} holds no unencrypted {kind} private key (PKCS #8, PEM)",
        f"{path} 中没有未加密的 {kind} 私钥（PKCS #8，PEM）",
    )

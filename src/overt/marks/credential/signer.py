"""Who signs: a key in a file, or a program that reaches a device or another machine. Runs in the parent alone.

Both are `overt.marks.credential.model.Signer`s. Whatever they give is checked against the certificate before it leaves:
a key and a certificate that do not belong together are found here, not by the readers of released files.
Not here: HTTP. A program such as `curl --data-binary @-` is the way to a signing service.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from overt.errors import SetupError
from overt.language import Text
from overt.marks.credential.model import Algorithm

MOST_SIGNED: Final = 1 << 20
"""Bytes of one claim with its headers; the SDK itself hands over no more."""
ANSWER_S: Final = 60.0
"""Seconds that a program may take to sign: a device may wait for a person's touch."""

_CURVES: Final[dict[str, tuple[Algorithm, hashes.HashAlgorithm]]] = {
    "secp256r1": ("es256", hashes.SHA256()),
    "secp384r1": ("es384", hashes.SHA384()),
    "secp521r1": ("es512", hashes.SHA512()),
}
_SMALLEST_RSA: Final = 2048  # Bits; C2PA 2.4, section 14.5.1.

PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey


class LocalKey:
    """A private key in a PEM file without a passphrase, which only its owner may read."""

    def __init__(self, key: Path, certificates: Path) -> None:
        self.certificates, self.chain, self._public = _chain(certificates)
        self.algorithm = algorithm_of(self._public)
        try:
            loaded = serialization.load_pem_private_key(key.read_bytes(), None)
        except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise SetupError(
                f"the signing key {key} cannot be read: {error}", f"无法读取签名私钥 {key}：{error}"
            ) from error
        if not isinstance(loaded, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey):
            raise _unusable_key()
        self._key = loaded

    def sign(self, data: bytes) -> bytes:
        """See `model.Signer`."""
        match self._key:
            case ec.EllipticCurvePrivateKey():
                signature = self._key.sign(data, ec.ECDSA(_CURVES[self._key.curve.name][1]))
            case rsa.RSAPrivateKey():
                signature = self._key.sign(data, _pss(hashes.SHA256()), hashes.SHA256())
            case _:
                signature = self._key.sign(data)
        return checked(signature, data, self._public)


class Command:
    """A program that reads the bytes to sign from standard input and writes the signature to standard output.

    ECDSA may come as DER or as r and s side by side. The program is started anew for each signature, without a shell.
    """

    def __init__(self, command: Sequence[str], certificates: Path) -> None:
        if not command:
            raise SetupError("the signing command is empty", "签名命令为空")
        self.certificates, self.chain, self._public = _chain(certificates)
        self.algorithm = algorithm_of(self._public)
        self._command = tuple(command)

    def sign(self, data: bytes) -> bytes:
        """See `model.Signer`."""
        name = self._command[0]
        try:
            done = subprocess.run(  # noqa: S603  (the operator's own program)
                self._command, input=data, capture_output=True, timeout=ANSWER_S, check=True
            )
        except subprocess.CalledProcessError as error:
            told = error.stderr.decode("utf-8", "replace").strip()[-500:]
            raise SetupError(
                f"the signing command {name} failed with {error.returncode}: {told}",
                f"签名命令 {name} 失败（{error.returncode}）：{told}",
            ) from error
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SetupError(f"the signing command {name}: {error}", f"签名命令 {name}：{error}") from error
        return checked(done.stdout, data, self._public)


def checked(signature: bytes, data: bytes, public: PublicKey) -> bytes:
    """The signature in COSE's form, once it verifies. Raises `SetupError` for one that does not."""
    try:
        match public:
            case ec.EllipticCurvePublicKey():
                size = (public.curve.key_size + 7) // 8
                if len(signature) == 2 * size:
                    r, s = int.from_bytes(signature[:size]), int.from_bytes(signature[size:])
                else:
                    r, s = decode_dss_signature(signature)
                public.verify(encode_dss_signature(r, s), data, ec.ECDSA(_CURVES[public.curve.name][1]))
                return r.to_bytes(size) + s.to_bytes(size)
            case rsa.RSAPublicKey():
                public.verify(signature, data, _pss(hashes.SHA256()), hashes.SHA256())
            case _:
                public.verify(signature, data)
    except (InvalidSignature, ValueError) as error:
        raise SetupError(
            "the signature does not fit the certificate: key and certificate do not belong together",
            "签名与证书不符：私钥和证书不是一对",
            hint=Text(
                zh="检查 overt.toml 中 [credential] 的 certificates、key 和 command；第一张证书须为签名证书。",
                en="Look at certificates, key and command in [credential] of overt.toml; "
                "the first certificate must be the signer's own.",
            ),
        ) from error
    return signature


def algorithm_of(public: PublicKey) -> Algorithm:
    """The algorithm that belongs to a key; for RSA PS256. Raises `SetupError`."""
    match public:
        case ec.EllipticCurvePublicKey() if public.curve.name in _CURVES:
            return _CURVES[public.curve.name][0]
        case rsa.RSAPublicKey() if public.key_size >= _SMALLEST_RSA:
            return "ps256"
        case ed25519.Ed25519PublicKey():
            return "ed25519"
    raise _unusable_key()


def certificate_chain(path: Path) -> str:
    """The certificates of a PEM file, and nothing else that may be in it. Raises `SetupError`."""
    return _pem(*_certificates(path))


def _certificates(path: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as error:
        raise SetupError(f"the certificates {path} cannot be read: {error}", f"无法读取证书 {path}：{error}") from error


def _chain(path: Path) -> tuple[str, str, PublicKey]:
    """The certificates to send, all of the file's, and the signer's public key."""
    found = _certificates(path)
    try:
        public = found[0].public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _unusable_key() from error
    if not isinstance(public, ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey):
        raise _unusable_key()
    # The SDK takes no root: a reader has it already, or does not trust it anyway (C2PA 2.4, section 14.5).
    sent = [each for each in found[1:] if each.subject != each.issuer]
    return _pem(found[0], *sent), _pem(*found), public


def _pem(*certificates: x509.Certificate) -> str:
    return b"".join(each.public_bytes(serialization.Encoding.PEM) for each in certificates).decode("ascii")


def _pss(algorithm: hashes.HashAlgorithm) -> padding.PSS:
    return padding.PSS(padding.MGF1(algorithm), algorithm.digest_size)


def _unusable_key() -> SetupError:
    return SetupError(
        "C2PA signs with keys on P-256, P-384 or P-521, RSA of 2048 bits and more, or Ed25519",
        "C2PA 签名只接受 P-256、P-384、P-521、2048 位以上 RSA 或 Ed25519 密钥",
        hint=Text(
            zh="更换密钥与证书；SM2 不在 C2PA 允许的算法之列。",
            en="Use another key and certificate; SM2 is not among C2PA's algorithms.",
        ),
    )

"""Public keys in all the shapes in which labels carry them, and whether a signature is theirs.

Source: TC260-PG-202511A names SM3withSM2 and X.509; the shapes are those of real labels (formats/marks.md 2.8):
`04‖x‖y`, `x‖y`, compressed, a bare x (with and without a zero before it), SubjectPublicKeyInfo, certificate;
in hex, Base64 or PEM. SM2, ECDSA on P-256 and RSA.
A certificate is read for its key alone: who issued it, and whether it is still good, is not looked at.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from overt.marks.metadata.security import sm2

Algorithm = Literal["SM2", "ES256", "RSA"]

SM3_WITH_SM2 = "1.2.156.10197.1.501"
ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2"
_SM2_IDS = frozenset({SM3_WITH_SM2, "1.2.156.10197.1.301", "1.2.156.10197.1.301.1", "sm3withsm2", "sm2"})
_ES256_IDS = frozenset({ECDSA_WITH_SHA256, "1.2.840.10045.3.1.7", "1.2.840.10045.2.1", "es256", "ecdsa"})

MAX_KEY = 8 * 1024
"""Characters of a key that are looked at: a certificate has some 2,000."""
_MAX_RSA_BITS = 8192
_MAX_EXPONENT = 1 << 32

_SPKI_HEAD = bytes.fromhex("3059301306072A8648CE3D020106082A811CCF5501822D034200")
_SM2_POINT = re.compile(
    rb"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x81\x1c\xcf\x55\x01\x82\x2d\x03.\0", re.DOTALL
)
_PEM = re.compile(r"-----BEGIN [A-Z ]+-----(.+?)-----END", re.DOTALL)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """One public key, as its SubjectPublicKeyInfo in DER."""

    algorithm: Algorithm
    spki: bytes

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the SubjectPublicKeyInfo, in hex."""
        return sha256(self.spki).hexdigest()

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Whether `signature` is this key's over `message`."""
        if self.algorithm == "RSA":
            return self._rsa_verifies(message, signature)
        numbers = _numbers(signature)
        if numbers is None:
            return False
        if self.algorithm == "SM2":
            x, y = (int.from_bytes(part, "big") for part in (self.spki[-64:-32], self.spki[-32:]))
            return sm2.verify((x, y), message, *numbers)
        key = load_der_public_key(self.spki)
        if not isinstance(key, ec.EllipticCurvePublicKey):
            return False
        try:
            key.verify(encode_dss_signature(*numbers), message, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True

    def _rsa_verifies(self, message: bytes, signature: bytes) -> bool:
        key = load_der_public_key(self.spki)
        if not isinstance(key, rsa.RSAPublicKey):
            return False
        paddings: tuple[padding.PKCS1v15 | padding.PSS, ...] = (
            padding.PKCS1v15(),
            padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.AUTO),
        )
        for each in paddings:
            try:
                key.verify(signature, message, each, hashes.SHA256())
            except (InvalidSignature, ValueError):  # ValueError: a key too short for the padding.
                continue
            return True
        return False


def public_keys(value: str, algorithm: str = "") -> tuple[PublicKey, ...]:
    """Every key that a text may mean, the likelier first; none where it is no key. Never raises.

    `algorithm` is the identifier beside it; where it says nothing, the curves on which the point lies count.
    """
    found: dict[PublicKey, None] = {}
    for raw in octets(value[:MAX_KEY]):
        for key in _from_octets(raw, algorithm.strip().lower()):
            found.setdefault(key)
    return tuple(found)


def octets(text: str) -> Iterator[bytes]:
    """The bytes that a text may mean: hex, Base64 in both alphabets, PEM."""
    pem = _PEM.search(text)
    compact = re.sub(r"\s+", "", pem[1] if pem else text)
    if not pem and re.fullmatch(r"(?:0[xX])?(?:[0-9a-fA-F]{2})+", compact):
        yield bytes.fromhex(compact[2:] if compact[1:2] in "xX" else compact)
        return
    if not re.fullmatch(r"[A-Za-z0-9+/_-]+={0,2}", compact):
        return
    standard = compact.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        yield base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError):
        return


def sm2_key(point: sm2.Point) -> PublicKey:
    """The SM2 key that is this point."""
    return PublicKey("SM2", _SPKI_HEAD + b"\x04" + point[0].to_bytes(32, "big") + point[1].to_bytes(32, "big"))


def key_of(key: object) -> PublicKey | None:
    """A key of `cryptography` as one of ours; None for a kind that is not handled."""
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        kind: Algorithm = "ES256"
    elif isinstance(key, rsa.RSAPublicKey) and key.key_size <= _MAX_RSA_BITS and key.public_numbers().e < _MAX_EXPONENT:
        kind = "RSA"
    else:
        return None
    return PublicKey(kind, key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def _from_octets(raw: bytes, algorithm: str) -> Iterator[PublicKey]:
    if raw[:1] == b"\x30":
        yield from _from_der(raw)
    points = tuple(_point_octets(raw))
    if algorithm not in _ES256_IDS:
        yield from (sm2_key(point) for each in points for point in _sm2_points(each))
    if algorithm not in _SM2_IDS:
        for each in points:
            yield from _p256(each)


def _point_octets(raw: bytes) -> Iterator[bytes]:
    """A raw point as SEC 1 writes it; a bare x as both compressed points."""
    if len(raw) == 64:
        yield b"\x04" + raw
    elif (len(raw) == 65 and raw[0] == 4) or (len(raw) == 33 and raw[0] in (2, 3)):
        yield raw
    elif len(raw) == 32 or (len(raw) == 33 and raw[0] == 0):
        yield from (b"\x02" + raw[-32:], b"\x03" + raw[-32:])


def _sm2_points(raw: bytes) -> Iterator[sm2.Point]:
    x = int.from_bytes(raw[1:33], "big")
    if raw[0] == 4:
        point = (x, int.from_bytes(raw[33:], "big"))
        if sm2.on_curve(point):
            yield point
        return
    yield from (point for point in sm2.lift_x(x) if point[1] % 2 == raw[0] - 2)


def _p256(raw: bytes) -> Iterator[PublicKey]:
    try:
        key = key_of(ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw))
    except ValueError:
        return
    if key:
        yield key


def _from_der(raw: bytes) -> Iterator[PublicKey]:
    # `cryptography` knows no SM2 curve: in a key and in a certificate the point stands behind the same identifiers.
    sm2_point = _SM2_POINT.search(raw)
    if sm2_point:
        rest = raw[sm2_point.end() :]
        for each in _point_octets(rest[: 65 if rest[:1] == b"\x04" else 33]):
            yield from (sm2_key(point) for point in _sm2_points(each))
        return
    for load in (load_der_public_key, _certified):
        try:
            key = key_of(load(raw))
        except (ValueError, UnsupportedAlgorithm):
            continue
        if key:
            yield key
            return


def _certified(raw: bytes) -> object:
    return x509.load_der_x509_certificate(raw).public_key()


def _numbers(signature: bytes) -> tuple[int, int] | None:
    """Both numbers, from DER or from two halves of 64 bytes."""
    try:
        return decode_dss_signature(signature)
    except ValueError:
        if len(signature) == 64:
            return int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        return None

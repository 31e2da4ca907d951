"""Receipts: one small file that shows that an entry is in the log, or that the log only grew.

Source: RFC 9942 (COSE Receipts) with the verifiable data structure RFC9162_SHA256, in COSE_Sign1 (RFC 9052), EdDSA over
Ed25519 (RFC 9053, 2.2). What is signed is the root, and it is not in the receipt: whoever checks works it out from the
entry (or the earlier root) and the proof, so that nothing else can pass for it. A root does not say how many leaves it
is over, and trees of several sizes can share a proof: our subject therefore repeats the numbers, below the signature.

```
18([ << {1: -8, 4: key id, 15: {1: origin, 2: "entry/index/size", 6: seconds since 1970}, 395: 1} >>,
     {396: {-1: [ << [size, index, [hashes]] >> ]}},     -2 and [size, later size, [hashes]] for growth
     nil, signature ])
```
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

import cbor2

from overt.errors import FormatError
from overt.ledger.merkle import HASH_BYTES, implied_root, implied_second_root
from overt.ledger.signing import Signer, verified

MEDIA_TYPE: Final = "application/cose"
MOST_BYTES: Final = 16 * 1024
_TAG: Final = 18
_ALGORITHM, _KEY_ID, _CLAIMS, _STRUCTURE, _PROOFS = 1, 4, 15, 395, 396
_EDDSA, _RFC9162_SHA256 = -8, 1
_ISSUER, _SUBJECT, _ISSUED = 1, 2, 6
_INCLUSION, _CONSISTENCY = -1, -2
_MOST_HASHES: Final = 64
_MOST_SIZE: Final = 1 << 63
_OURS = re.compile(r"(entry|tree)/\d+/\d+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Inclusion:
    """That leaf `index` is in the tree of `size` leaves."""

    size: int
    index: int
    path: tuple[bytes, ...]

    @property
    def subject(self) -> str:
        """What the receipt is about, in its signed part."""
        return f"entry/{self.index}/{self.size}"


@dataclass(frozen=True, slots=True)
class Growth:
    """That the tree of `size` leaves begins with that of `first` leaves."""

    first: int
    size: int
    path: tuple[bytes, ...]

    @property
    def subject(self) -> str:
        """What the receipt is about, in its signed part."""
        return f"tree/{self.first}/{self.size}"


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt as it was read: nothing in it is known to be true before `shows_entry` or `shows_growth` says so."""

    protected: bytes
    proof: Inclusion | Growth
    signature: bytes
    issuer: str
    subject: str
    issued: int

    def shows_entry(self, leaf: bytes, public: bytes) -> bool:
        """Whether this key signed a root of the tree with this leaf hash at the proof's place."""
        if not isinstance(self.proof, Inclusion):
            return False
        root = implied_root(leaf, self.proof.index, self.proof.size, self.proof.path)
        return root is not None and verified(public, self.signature, _to_sign(self.protected, root))

    def shows_growth(self, first_root: bytes, public: bytes) -> bool:
        """Whether this key signed a root of the later tree that begins with the one of this root."""
        if not isinstance(self.proof, Growth):
            return False
        root = implied_second_root(self.proof.first, self.proof.size, first_root, self.proof.path)
        return root is not None and verified(public, self.signature, _to_sign(self.protected, root))


def written(proof: Inclusion | Growth, root: bytes, signer: Signer, origin: str, issued: int) -> bytes:
    """A receipt over the root of the proof's (later) tree."""
    inclusion = isinstance(proof, Inclusion)
    protected = _encoded(
        {
            _ALGORITHM: _EDDSA,
            _KEY_ID: bytes.fromhex(signer.id),
            _CLAIMS: {_ISSUER: origin, _SUBJECT: proof.subject, _ISSUED: issued},
            _STRUCTURE: _RFC9162_SHA256,
        }
    )
    numbers = (proof.size, proof.index) if isinstance(proof, Inclusion) else (proof.first, proof.size)
    proofs = {_PROOFS: {_INCLUSION if inclusion else _CONSISTENCY: [_encoded([*numbers, list(proof.path)])]}}
    signature = signer.sign(_to_sign(protected, root))
    return _encoded(cbor2.CBORTag(_TAG, [protected, proofs, None, signature]))


def read(data: bytes) -> Receipt:
    """The receipt in these bytes. Raises `FormatError` for what is none, or says more than we understand."""
    message = _decoded(data)
    if isinstance(message, cbor2.CBORTag) and message.tag == _TAG:
        message = message.value
    parts = _list(message, 4)
    protected, unprotected, payload, signature = parts
    if payload is not None or not isinstance(protected, bytes) or not isinstance(signature, bytes):
        raise _none()
    head, proofs = _map(_decoded(protected)), _map(_map(unprotected).get(_PROOFS))
    if (head.get(_ALGORITHM), head.get(_STRUCTURE)) != (_EDDSA, _RFC9162_SHA256) or 2 in head or len(proofs) != 1:
        raise _none()
    claims = _map(head.get(_CLAIMS, {}))
    issuer, subject, issued = claims.get(_ISSUER, ""), claims.get(_SUBJECT, ""), claims.get(_ISSUED, 0)
    if not isinstance(issuer, str) or not isinstance(subject, str) or type(issued) is not int:
        raise _none()
    proof = _proof(*next(iter(proofs.items())))
    if _OURS.fullmatch(subject) and subject != proof.subject:
        raise _none()
    return Receipt(protected, proof, signature, issuer, subject, issued)


def _proof(kind: object, proofs: object) -> Inclusion | Growth:
    (encoded,) = _list(proofs, 1)
    if not isinstance(encoded, bytes):
        raise _none()
    one, two, path = _list(_decoded(encoded), 3)
    hashes = tuple(_list(path))
    if len(hashes) > _MOST_HASHES or any(not isinstance(each, bytes) or len(each) != HASH_BYTES for each in hashes):
        raise _none()
    if any(type(each) is not int or not 0 <= each < _MOST_SIZE for each in (one, two)):
        raise _none()
    if kind == _INCLUSION:
        return Inclusion(one, two, hashes)
    if kind == _CONSISTENCY:
        return Growth(one, two, hashes)
    raise _none()


def _to_sign(protected: bytes, root: bytes) -> bytes:
    """`Sig_structure` (RFC 9052, 4.4)."""
    return _encoded(["Signature1", protected, b"", root])


def _encoded(value: object) -> bytes:
    return cbor2.dumps(value, canonical=True)


def _decoded(data: bytes) -> object:
    """The one value in these bytes."""
    if len(data) > MOST_BYTES:
        raise _none()
    stream = BytesIO(data)
    try:
        value: object = cbor2.CBORDecoder(stream).decode()
    except (cbor2.CBORError, ValueError, TypeError, OverflowError, RecursionError, MemoryError) as error:
        raise _none() from error
    if stream.read(1):
        raise _none()
    return value


def _map(value: object) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        raise _none()
    return value


def _list(value: object, length: int | None = None) -> Sequence[Any]:
    if not isinstance(value, list | tuple) or (length is not None and len(value) != length):
        raise _none()
    return value


def _none() -> FormatError:
    return FormatError("this is no receipt of a log", "这不是日志回执")

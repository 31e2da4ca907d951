"""The verifier's own Ed25519, against RFC 8032 and `cryptography`."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from overt.ledger.signing import verified
from overt_verify import _L, _P, ed25519

# RFC 8032, 7.1: public key, message, signature.
VECTORS = {
    "empty": (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    "one byte": (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    "two bytes": (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
}


@pytest.mark.parametrize("name", VECTORS)
def test_the_vectors_of_the_rfc_hold(name: str):
    public, message, signature = (bytes.fromhex(each) for each in VECTORS[name])

    assert ed25519(public, signature, message)
    assert not ed25519(public, signature, message + b"x")


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=64), st.integers(0, 511), st.booleans())
def test_it_agrees_with_another_implementation(seed: bytes, message: bytes, bit: int, spoil: bool):
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = key.public_key().public_bytes_raw(), bytearray(key.sign(message))
    if spoil:
        signature[bit // 8] ^= 1 << bit % 8

    assert ed25519(public, bytes(signature), message) == verified(public, bytes(signature), message) == (not spoil)


def test_a_second_writing_of_a_signature_is_refused():
    public, message, signature = (bytes.fromhex(each) for each in VECTORS["two bytes"])
    s = int.from_bytes(signature[32:], "little") + _L

    assert not ed25519(public, signature[:32] + s.to_bytes(32, "little"), message)


# The eight points of small order, and second writings of them (y not below the prime; x of zero with a sign).
SMALL = {
    "identity": (1).to_bytes(32, "little"),
    "order 2": (_P - 1).to_bytes(32, "little"),
    "order 4": bytes(32),
    "order 4, other sign": bytes(31) + b"\x80",
    "order 8": bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    "order 8, other": bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
    "identity, second writing": (_P + 1).to_bytes(32, "little"),
    "zero, second writing": _P.to_bytes(32, "little"),
    "identity with a sign": (1 | 1 << 255).to_bytes(32, "little"),
    "no point": (2).to_bytes(32, "little"),
}


@pytest.mark.parametrize("name", SMALL)
def test_keys_that_sign_anything_are_refused(name: str):
    # With a key of small order and s = 0, R = identity satisfies the equation for one message in a few.
    signature = (1).to_bytes(32, "little") + bytes(32)

    assert not any(ed25519(SMALL[name], signature, bytes([each])) for each in range(64))


@pytest.mark.parametrize(("key", "signature"), [(b"", b""), (bytes(31), bytes(64)), (bytes(32), bytes(63))])
def test_other_lengths_are_refused(key: bytes, signature: bytes):
    assert not ed25519(key, signature, b"")

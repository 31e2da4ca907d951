"""Receipts, against an independent implementation of RFC 9942."""

from __future__ import annotations

import contextlib

import cbor2
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from scitt_cose import build_receipt, verify_receipt

from overt.errors import FormatError
from overt.ledger import merkle
from overt.ledger.receipt import Growth, Inclusion, read, written
from overt.ledger.signing import Signer

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SIGNER = Signer(PRIVATE)
PUBLIC_PEM = PRIVATE.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)
PRIVATE_PEM = PRIVATE.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
)
ENTRIES = [f"entry {number}".encode() for number in range(23)]
LEAVES = [merkle.leaf_hash(entry) for entry in ENTRIES]


def receipt(index: int, size: int = 23) -> bytes:
    proof = Inclusion(size, index, tuple(merkle.inclusion_proof(LEAVES[:size], index)))
    return written(proof, merkle.root(LEAVES[:size]), SIGNER, "example.com/overt", 1_790_000_000)


def growth(first: int, size: int = 23) -> bytes:
    proof = Growth(first, size, tuple(merkle.consistency_proof(LEAVES[:size], first)))
    return written(proof, merkle.root(LEAVES[:size]), SIGNER, "example.com/overt", 1_790_000_000)


@pytest.mark.parametrize(("index", "size"), [(0, 1), (0, 23), (7, 8), (16, 23), (22, 23)])
def test_another_implementation_takes_our_receipts(index: int, size: int):
    found = verify_receipt(receipt(index, size), leaf_entry_hex=ENTRIES[index].hex(), log_public_key_pem=PUBLIC_PEM)

    assert found.ok, found.errors
    assert (found.tree_size, found.leaf_index, found.iat) == (size, index, 1_790_000_000)
    assert (found.issuer, found.subject) == ("example.com/overt", f"entry/{index}/{size}")
    assert found.root == merkle.root(LEAVES[:size]).hex()
    other = verify_receipt(receipt(index, size), leaf_entry_hex=b"other".hex(), log_public_key_pem=PUBLIC_PEM)
    assert not other.ok


@pytest.mark.parametrize("index", [0, 5, 22])
def test_we_take_the_receipts_of_another_implementation(index: int):
    made = build_receipt(
        leaf_entry_hex=ENTRIES[index].hex(),
        leaf_index=index,
        tree_entries_hex=[entry.hex() for entry in ENTRIES],
        alg="EdDSA",
        log_private_key_pem=PRIVATE_PEM,
        iss="example.com/other",
        sub="x",
        kid=b"k",
        iat=5,
    )
    found = read(made)

    assert (found.issuer, found.subject, found.issued) == ("example.com/other", "x", 5)
    assert found.shows_entry(LEAVES[index], SIGNER.public)
    assert not found.shows_entry(LEAVES[index - 1], SIGNER.public)


def test_a_receipt_shows_one_entry_under_one_key():
    found = read(receipt(3))

    assert found.shows_entry(LEAVES[3], SIGNER.public)
    assert not found.shows_entry(LEAVES[4], SIGNER.public)
    assert not found.shows_entry(LEAVES[3], bytes(32))
    assert not found.shows_growth(merkle.root(LEAVES[:3]), SIGNER.public)


@pytest.mark.parametrize("first", [1, 8, 13, 23])
def test_a_receipt_shows_growth(first: int):
    found = read(growth(first))

    assert found.shows_growth(merkle.root(LEAVES[:first]), SIGNER.public)
    assert not found.shows_growth(merkle.root(LEAVES[1 : first + 1]), SIGNER.public)
    assert not found.shows_entry(LEAVES[0], SIGNER.public)


def test_no_byte_of_a_receipt_can_be_changed():
    for made in (receipt(9), growth(9)):
        for place in range(len(made)):
            for bit in (0, 7):
                changed = bytearray(made)
                changed[place] ^= 1 << bit
                try:
                    found = read(bytes(changed))
                except FormatError:
                    continue
                # What is not signed is worked out anew, and then leads to another root.
                assert not found.shows_entry(LEAVES[9], SIGNER.public)
                assert not found.shows_growth(merkle.root(LEAVES[:9]), SIGNER.public)


def test_what_says_more_than_we_understand_is_refused():
    tag = cbor2.loads(receipt(1))
    protected, proofs, payload, signature = tag.value
    head = dict(cbor2.loads(protected))
    for changed in (
        [cbor2.dumps(head | {2: [395]}, canonical=True), proofs, payload, signature],
        [cbor2.dumps(head | {395: 2}, canonical=True), proofs, payload, signature],
        [cbor2.dumps(head | {1: -7}, canonical=True), proofs, payload, signature],
        [protected, proofs, b"a root", signature],
        [protected, {}, payload, signature],
        [protected, {396: {-1: []}}, payload, signature],
        [protected, {396: {-1: [b"\x83\x01\x80\x80"]}}, payload, signature],
        [protected, proofs, payload],
    ):
        with pytest.raises(FormatError):
            read(cbor2.dumps(cbor2.CBORTag(18, changed), canonical=True))
    with pytest.raises(FormatError):
        read(receipt(1) + b"\0")
    with pytest.raises(FormatError):
        read(b"\x9f" * 20_000)


@given(st.binary(max_size=200), st.integers(0, 200))
def test_no_bytes_break_the_reader(data: bytes, at: int):
    made = receipt(9)
    for value in (data, made[:at] + data, made[:at] + data + made[at:]):
        with contextlib.suppress(FormatError):
            read(value)

"""The Merkle tree, against the vectors that Certificate Transparency implementations share (RFC 6962 and 9162)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.ledger.merkle import EMPTY_ROOT, inclusion_proof, leaf_hash, root, verify_inclusion

LEAVES = [
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
HASHES = [leaf_hash(bytes.fromhex(leaf)) for leaf in LEAVES]


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_equal_the_published_ones(size: int):
    assert root(HASHES[:size]).hex() == ROOTS[size - 1]


def test_the_empty_tree_has_the_hash_of_nothing():
    assert root([]) == EMPTY_ROOT


@given(st.integers(1, 70), st.data())
def test_every_entry_is_proved_and_no_other(size: int, data: st.DataObject):
    leaves = [leaf_hash(number.to_bytes(4)) for number in range(size)]
    index = data.draw(st.integers(0, size - 1))
    proof, expected = inclusion_proof(leaves, index), root(leaves)

    assert verify_inclusion(leaves[index], index, size, proof, expected)
    assert not verify_inclusion(leaf_hash(b"other"), index, size, proof, expected)
    assert not verify_inclusion(leaves[index], index, size, [*proof, b"\0" * 32], expected)
    assert not verify_inclusion(leaves[index], size, size, proof, expected)


def test_there_is_no_proof_for_what_is_not_there():
    with pytest.raises(IndexError):
        inclusion_proof(HASHES, len(HASHES))

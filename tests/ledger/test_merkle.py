"""The Merkle tree, against the vectors that Certificate Transparency implementations share (RFC 6962 and 9162)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.ledger.merkle import (
    EMPTY_ROOT,
    SHA256,
    complete,
    consistency_proof,
    in_memory,
    inclusion_proof,
    leaf_hash,
    prove_consistency,
    prove_inclusion,
    root,
    root_over,
    verify_consistency,
    verify_inclusion,
)

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


# Consistency proofs of the test data of transparency-dev/merkle, over the same leaves.
GROWTH = {
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
}


@pytest.mark.parametrize("sizes", GROWTH)
def test_proofs_of_growth_equal_the_published_ones(sizes: tuple[int, int]):
    first, second = sizes
    proof = consistency_proof(HASHES[:second], first)

    assert [each.hex() for each in proof] == GROWTH[sizes]
    assert verify_consistency(first, second, root(HASHES[:first]), root(HASHES[:second]), proof)


@pytest.mark.parametrize("second", range(1, 20))
def test_proofs_equal_those_of_an_independent_implementation(second: int):
    from scitt_cose import merkle as other  # noqa: PLC0415

    entries = [bytes([number]).hex() for number in range(second)]
    leaves = [leaf_hash(bytes.fromhex(entry)) for entry in entries]
    assert root(leaves).hex() == other.merkle_root(entries)
    for index in range(second):
        assert [each.hex() for each in inclusion_proof(leaves, index)] == other.inclusion_proof(entries, index)
    for first in range(second + 1):
        proof = consistency_proof(leaves, first)
        assert [each.hex() for each in proof] == other.consistency_proof(entries, first, second)
        assert verify_consistency(first, second, root(leaves[:first]), root(leaves), proof)


@given(st.integers(1, 200), st.data())
def test_a_tree_only_grows(second: int, data: st.DataObject):
    leaves = [leaf_hash(number.to_bytes(4)) for number in range(second)]
    first = data.draw(st.integers(1, second))
    proof, roots = consistency_proof(leaves, first), (root(leaves[:first]), root(leaves))
    assert verify_consistency(first, second, *roots, proof)

    other = root([leaf_hash(b"other"), *leaves[1:first]])
    assert not verify_consistency(first, second, other, roots[1], proof)
    assert not verify_consistency(first, second, *roots, [*proof, bytes(32)])
    for place in range(len(proof)):
        changed = [*proof[:place], bytes(32), *proof[place + 1 :]]
        assert not verify_consistency(first, second, *roots, changed)
    if proof:
        assert not verify_consistency(first, second, *roots, proof[:-1])


@given(st.integers(1, 1 << 60), st.data())
def test_proofs_of_trees_too_big_to_build_are_short(size: int, data: st.DataObject):
    """Every leaf is the same, so that the hash of each complete subtree follows from its level alone."""
    levels = [leaf_hash(b"")]
    for _ in range(61):
        levels.append(SHA256.node(levels[-1], levels[-1]))

    def subtree(level: int, index: int) -> bytes:
        assert (index + 1) << level <= size
        return levels[level]

    whole = root_over(subtree, 0, size)
    index, first = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    proof, growth = prove_inclusion(subtree, index, size), prove_consistency(subtree, first, size)
    assert len(proof) <= size.bit_length()
    assert len(growth) <= size.bit_length() + 1
    assert verify_inclusion(levels[0], index, size, proof, whole)
    assert verify_consistency(first, size, root_over(subtree, 0, first), whole, growth)


@given(st.integers(0, 1 << 40))
def test_complete_subtrees_make_up_the_leaves(size: int):
    at = 0
    for level, index in complete(0, size):
        assert index << level == at
        at += 1 << level
    assert at == size


def test_there_is_no_proof_between_trees_that_are_not_there():
    for first, second in ((3, 2), (-1, 2)):
        with pytest.raises(IndexError):
            prove_consistency(in_memory(HASHES), first, second)
    assert verify_consistency(0, 5, EMPTY_ROOT, root(HASHES[:5]), [])
    assert not verify_consistency(0, 5, root(HASHES[:1]), root(HASHES[:5]), [])

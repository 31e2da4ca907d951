"""The twin with SM3 and SM2."""

from __future__ import annotations

from pathlib import Path

import pytest

from overt.errors import FormatError
from overt.ledger import merkle, sm
from overt.ledger.checkpoint import Checkpoint, opened
from overt.marks.metadata.security.signing import generate_sm2_pem

gmssl = pytest.importorskip("gmssl_pyx")


def test_sm3_is_that_of_gmssl_and_of_the_standard():
    # GB/T 32905, example 1.
    assert sm.SM3.digest(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    leaves = [sm.SM3.leaf(bytes([number])) for number in range(9)]
    assert leaves[3] == gmssl.sm3_hash(b"\0\3")
    proof = merkle.prove_inclusion(merkle.in_memory(leaves, sm.SM3), 4, 9, sm.SM3)
    assert merkle.verify_inclusion(leaves[4], 4, 9, proof, sm.SM3.root(leaves), sm.SM3)
    assert not merkle.verify_inclusion(leaves[4], 4, 9, proof, sm.SM3.root(leaves))


def test_a_checkpoint_signed_with_sm2_is_read(tmp_path: Path):
    (tmp_path / "sm2.pem").write_bytes(generate_sm2_pem())
    seal = sm.load(tmp_path / "sm2.pem")
    head = Checkpoint(sm.origin("example.com/overt"), 5, bytes(32))
    made = sm.signed(head, seal)
    key = sm.key(head.origin, seal.point)

    assert opened(made, [key]) == (head, (key,))
    assert gmssl.sm2_verify(seal.point, head.text.encode(), _data(made), b"1234567812345678")
    with pytest.raises(FormatError):
        opened(made.replace(b"\n5\n", b"\n6\n"), [key])


def _data(made: bytes) -> bytes:
    from overt.ledger.checkpoint import note  # noqa: PLC0415

    return note(made).signatures[0].data

"""Cosignatures: those of public witnesses, and the protocol with a witness of our own behind HTTP."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from overt.errors import FormatError, SetupError
from overt.ledger import cosignature as witnessing
from overt.ledger import merkle
from overt.ledger.checkpoint import Checkpoint, ed25519_key, note, opened, signed
from overt.ledger.cosignature import cosign, cosigned, cosigned_at, submission, submitted, with_signatures
from overt.ledger.signing import Signer
from witnesses import PUBLIC_LOG, PUBLIC_NOTE, PUBLIC_WITNESSES, Witness, serving

LOG = Signer(Ed25519PrivateKey.from_private_bytes(bytes(32)))
KEY = ed25519_key("example.com/overt", LOG.public)
LEAVES = [merkle.leaf_hash(bytes([number])) for number in range(40)]


def head(size: int) -> bytes:
    return signed(Checkpoint(KEY.name, size, merkle.root(LEAVES[:size])), LOG)


def prove(size: int):
    return lambda old: merkle.consistency_proof(LEAVES[:size], old)


@pytest.fixture
def witness() -> Iterator[Witness]:
    with serving(Witness(KEY)) as witness:
        yield witness


@pytest.mark.parametrize("spelled", PUBLIC_WITNESSES)
def test_cosignatures_of_public_witnesses_hold(spelled: str):
    known = witnessing.witness(f"{spelled} https://example.com/").key
    found, signers = opened(PUBLIC_NOTE, [known])

    assert (found.size, signers) == (1432088532, (known,))
    data = next(each.data for each in note(PUBLIC_NOTE).signatures if each.name == known.name)
    assert cosigned_at(data) == 0x6A122120
    with pytest.raises(FormatError):
        opened(PUBLIC_NOTE.replace(b"1432088532", b"1432088531"), [known])


def test_a_witness_follows_the_log(witness: Witness):
    asked = witnessing.witness(witness.setting)
    with httpx.Client() as client:
        for size in (3, 3, 17, 40):
            line = cosigned(client, asked, head(size), prove(size))
            whole = with_signatures(head(size), [line])
            assert opened(whole, [KEY, asked.key])[1] == (KEY, asked.key)
            assert opened(with_signatures(whole, [line]), [asked.key])[1] == (asked.key,)
            assert witness.size == size
    assert witness.asked == 1 + 2 + 2 + 2


def test_a_witness_signs_no_other_history(witness: Witness):
    asked = witnessing.witness(witness.setting)
    with httpx.Client() as client:
        cosigned(client, asked, head(17), prove(17))
        other = signed(Checkpoint(KEY.name, 40, bytes(32)), LOG)
        with pytest.raises(SetupError, match="422"):
            cosigned(client, asked, other, prove(40))
        with pytest.raises(SetupError, match="409"):
            cosigned(client, asked, head(5), prove(5))
    assert witness.size == 17


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((200, b""), "no signature"),
        ((200, b"\xff\xff\n"), "without signatures"),
        ((200, b"nonsense\n"), "without signatures"),
        ((200, cosign("another\ntext\n", "witness.example/w1", LOG, 5).line.encode()), "no signature"),
        ((409, b"9999999999999999999999999\n"), "409"),
        ((409, b"\n"), "409"),
        ((404, b"unknown log"), "unknown log"),
        ((200, b"x" * 100_000), "does not end"),
    ],
)
def test_what_a_witness_answers_is_not_believed(witness: Witness, answer: tuple[int, bytes], why: str):
    witness.answer = answer
    with httpx.Client() as client, pytest.raises(SetupError, match=why):
        cosigned(client, witnessing.witness(witness.setting), head(5), prove(5))


def test_a_witness_that_is_not_there_is_the_set_ups_problem():
    known = Witness(KEY, address="http://127.0.0.1:9/")
    with httpx.Client() as client, pytest.raises(SetupError, match="did not cosign"):
        cosigned(client, witnessing.witness(known.setting), head(5), prove(5))


@pytest.mark.parametrize("text", ["", "a", "a b", "a+b+c d", PUBLIC_WITNESSES[0], f"{PUBLIC_LOG} x y"])
def test_a_setting_that_names_no_witness(text: str):
    with pytest.raises(SetupError, match="witness"):
        witnessing.witness(text)


def test_a_request_is_that_of_the_specification():
    body = submission(5, [bytes(32)], head(8))

    assert body.startswith(b"old 5\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\nexample.com/overt\n8\n")
    assert submitted(body) == (5, [bytes(32)], head(8))
    assert submitted(submission(0, [], head(8))) == (0, [], head(8))


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader_of_requests(data: bytes):
    for value in (data, b"old 5\n" + data, b"old " + data + b"\n\n"):
        with contextlib.suppress(FormatError):
            submitted(value)

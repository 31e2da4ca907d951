"""Checkpoints and signed notes: vectors of Go's sumdb, and a checkpoint of a public log with its witnesses."""

from __future__ import annotations

import base64
import contextlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from overt.errors import FormatError
from overt.ledger.checkpoint import (
    Checkpoint,
    Key,
    Note,
    Signature,
    ed25519_key,
    named,
    note,
    opened,
    read,
    signature,
    signed,
    spelled_key,
)
from overt.ledger.signing import Signer
from witnesses import PUBLIC_LOG, PUBLIC_NOTE, PUBLIC_WITNESSES

# golang.org/x/mod/sumdb/note, note_test.go.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_SECRET = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_NOTE = (
    GO_TEXT
    + "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
).encode()
SIGNER = Signer(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
HEAD = Checkpoint("example.com/overt", 20852163, bytes(range(32)))
KEY = ed25519_key(HEAD.origin, SIGNER.public)
SIGNED = signed(HEAD, SIGNER)


def test_a_note_is_written_as_go_writes_it():
    secret = Signer(Ed25519PrivateKey.from_private_bytes(base64.b64decode(GO_SECRET)[1:]))
    key = ed25519_key("PeterNeumann", secret.public)
    made = Note(GO_TEXT, (Signature(key.name, key.hash, secret.sign(GO_TEXT.encode())),))

    assert key.spelled == GO_KEY
    assert spelled_key(GO_KEY) == key
    assert made.encoded == GO_NOTE
    assert note(GO_NOTE) == made
    assert key.holds(key.public, made.signatures[0].data, GO_TEXT)


def test_a_checkpoint_of_a_public_log_is_read():
    head, signers = opened(PUBLIC_NOTE, [spelled_key(PUBLIC_LOG)])

    assert (head.origin, head.size) == ("arche2025h1.staging.ct.transparency.dev", 1432088532)
    assert [key.name for key in signers] == [head.origin]
    assert note(PUBLIC_NOTE).encoded == PUBLIC_NOTE
    assert len(PUBLIC_WITNESSES) == 2
    with pytest.raises(FormatError, match="does not belong"):
        opened(PUBLIC_NOTE.replace(b"1432088532", b"1432088533"), [spelled_key(PUBLIC_LOG)])


def test_what_was_signed_comes_back():
    made = signed(HEAD, SIGNER)

    assert opened(made, [KEY]) == (HEAD, (KEY,))
    assert made.startswith(b"example.com/overt\n20852163\nAAEC")
    extended = Checkpoint(HEAD.origin, 5, HEAD.root, ("an extension", "another"))
    assert opened(signed(extended, SIGNER), [KEY])[0] == extended


def test_nobody_elses_signature_counts():
    made = signed(HEAD, SIGNER)
    other = Signer(Ed25519PrivateKey.generate())
    with pytest.raises(FormatError, match="no known key"):
        opened(made, [ed25519_key(HEAD.origin, other.public)])
    with pytest.raises(FormatError, match="no known key"):
        opened(made, [])
    # The hash of a key is short and can be forged; what it signed cannot.
    forged = Key(HEAD.origin, KEY.kind, other.public, KEY.holds)
    lines = Note(HEAD.text, (Signature(KEY.name, KEY.hash, other.sign(HEAD.text.encode())),)).encoded
    assert forged.hash != KEY.hash
    with pytest.raises(FormatError, match="does not belong"):
        opened(lines, [KEY])


@pytest.mark.parametrize("place", range(0, len(signed(HEAD, SIGNER)), 3))
def test_no_byte_can_be_changed(place: int):
    made = bytearray(signed(HEAD, SIGNER))
    made[place] ^= 1
    with pytest.raises(FormatError):
        opened(bytes(made), [KEY])


@pytest.mark.parametrize(
    "text",
    [
        "", "origin\n", "origin\n5\n", "\n5\n" + "A" * 43 + "=\n", "o\n05\n" + "A" * 43 + "=\n",
        "o\n-1\n" + "A" * 43 + "=\n", "o\n5\nAAAA\n", "o\n5\n" + "A" * 43 + "=\n\n", "o\n5\n" + "A" * 42 + "B=\n",
        "o\n5\n" + "A" * 43 + "=",
    ],
)  # fmt: skip
def test_other_texts_are_no_checkpoints(text: str):
    with pytest.raises(FormatError):
        read(text)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u3000b", "a\nb", "a\x01b"])
def test_a_name_that_lines_cannot_carry_is_refused(name: str):
    with pytest.raises(FormatError):
        named(name)


@given(st.binary(max_size=300) | st.text(max_size=100).map(str.encode))
def test_no_bytes_break_the_reader(data: bytes):
    for value in (data, b"a\n\n" + data, SIGNED + data, data + SIGNED):
        with contextlib.suppress(FormatError):
            assert note(value).encoded == value


@given(st.text(max_size=60))
def test_no_text_breaks_the_readers(text: str):
    for function in (read, signature, spelled_key, lambda word: spelled_key(f"a+00000000+{word}")):
        with contextlib.suppress(FormatError):
            function(text)

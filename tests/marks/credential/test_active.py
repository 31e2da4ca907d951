import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.errors import FormatError
from overt.marks.credential import active
from overt.marks.credential.presence import DESCRIPTION


def box(kind, body):
    return (8 + len(body)).to_bytes(4, "big") + kind + body


def manifest(label):
    return box(b"jumb", box(b"jumd", b"c2ma" + bytes(12) + b"\x03" + label.encode() + b"\0") + box(b"cbor", b"claim"))


def store(*labels):
    described = box(b"jumd", DESCRIPTION[4:] + b"\x03c2pa\0")
    return box(b"jumb", described + b"".join(map(manifest, labels)))


def test_the_last_manifest_is_the_active_one():
    assert active.identifier(store("urn:c2pa:one", "urn:c2pa:two")) == "urn:c2pa:two"


def test_a_store_with_the_active_manifest_alone():
    assert active.alone(store("urn:c2pa:one", "urn:c2pa:two")) == store("urn:c2pa:two")
    assert active.alone(store("urn:c2pa:one")) == store("urn:c2pa:one")


@pytest.mark.parametrize("broken", [b"", b"jumb", store("a")[:-1], store("a") + b"x", store(), box(b"jumb", b"")])
def test_what_is_no_store_is_the_files_fault(broken):
    with pytest.raises(FormatError):
        active.alone(broken)


@given(st.binary(max_size=60), st.integers(0, 100))
def test_any_bytes_are_a_store_or_not(piece, at):
    whole = store("urn:c2pa:one", "urn:c2pa:two")
    for data in (piece, whole[:at] + piece + whole[at + len(piece) :], box(b"jumb", piece)):
        for reader in (active.alone, active.identifier):
            with contextlib.suppress(FormatError):
                reader(data)

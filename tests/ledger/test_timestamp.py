"""Time stamps of a real authority (`openssl ts`) behind HTTP."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path

import pytest
from cryptography.x509 import load_pem_x509_certificate
from hypothesis import given
from hypothesis import strategies as st

from credentials import time_stamping
from overt.errors import FormatError, SetupError
from overt.ledger import timestamp
from overt.ledger.timestamp import claimed, stamped, told

DATA = b"example.com/overt\n5\nAAA=\n"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    with time_stamping(tmp_path_factory.mktemp("tsa")) as found:
        yield found


@pytest.fixture(scope="module")
def stamp(authority: tuple[str, Path]) -> bytes:
    return stamped(authority[0], DATA)


def test_a_stamp_says_when(authority: tuple[str, Path], stamp: bytes):
    root = load_pem_x509_certificate(authority[1].read_bytes())

    assert abs(told(stamp, DATA, [root]) - datetime.now(UTC)) < timedelta(minutes=5)
    assert claimed(stamp) == told(stamp, DATA, [root])
    for data, roots in ((DATA + b"x", [root]), (DATA, [])):
        with pytest.raises(FormatError):
            told(stamp, data, roots)


def test_openssl_takes_it(authority: tuple[str, Path], stamp: bytes, tmp_path: Path):
    (tmp_path / "text").write_bytes(DATA)
    (tmp_path / "tsr").write_bytes(stamp)
    command = ["openssl", "ts", "-verify", "-data", "text", "-in", "tsr", "-CAfile", authority[1]]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0


def test_an_authority_that_gives_none_is_the_set_ups_problem(authority: tuple[str, Path]):
    for address in ("http://127.0.0.1:9/", "no address"):
        with pytest.raises(SetupError, match="no time stamp"):
            stamped(address, DATA)


@given(st.binary(max_size=60), st.integers(0, 2000))
def test_no_bytes_break_the_reader(stamp: bytes, data: bytes, at: int):
    for value in (data, stamp[:at] + data, stamp[:at] + data + stamp[at + len(data) :]):
        with contextlib.suppress(FormatError):
            claimed(value)


def test_certificates_in_any_order_are_read(stamp: bytes):
    """OpenSSL writes them as they come; DER wants them sorted."""
    ordered = timestamp._in_order(stamp)
    sequences = [at for at in range(len(ordered) - 4) if ordered[at : at + 2] == b"\x30\x82"]
    values = [ordered[at : at + 4 + int.from_bytes(ordered[at + 2 : at + 4])] for at in sequences]
    one, two = next((a, b) for a, b in permutations(values, 2) if len(a) > 300 and a + b in ordered)
    for spelled in (ordered, ordered.replace(one + two, two + one)):
        assert timestamp._in_order(spelled) == ordered
        assert claimed(spelled) == claimed(stamp)

"""Entries and the counters of streams."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from overt.errors import FormatError
from overt.ledger.entry import Entry, decode, now
from overt.ledger.streams import Gap, gaps

ENTRY = Entry("gate:decision:sign", "gate:decision", 12, "2026-11-23T09:30:00.123Z", bytes(range(32)))
FIRST = Entry("marking:content:release", "", 0, "", bytes(range(32)))


def test_an_entry_is_canonical_json():
    told = json.loads(ENTRY.encoded())

    assert ENTRY.encoded() == rfc8785.dumps(told)
    assert told["v"] == 1
    assert decode(ENTRY.encoded()) == ENTRY
    assert len(now()) == 24


def test_entries_of_the_first_version_are_read():
    assert decode(b"marking:content:release\0" + bytes(range(32))) == FIRST


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2}, {"number": 0}, {"number": True}, {"number": 1.0}, {"number": "1"}, {"number": -1}, {"tag": 5},
        {"tag": "中"}, {"time": None}, {"commitment": "00"}, {"commitment": "AA" * 32}, {"more": 1}, {"stream": None},
    ],
)  # fmt: skip
def test_what_is_no_entry_is_refused(change: dict[str, object]):
    told = json.loads(ENTRY.encoded()) | change
    with pytest.raises(FormatError):
        decode(json.dumps(told, sort_keys=True, separators=(",", ":")).encode())


@given(st.binary(max_size=100) | st.text(max_size=40).map(str.encode), st.integers(0, 200))
def test_no_bytes_break_the_reader(data: bytes, at: int):
    whole = ENTRY.encoded()
    for value in (data, whole[:at] + data, whole[:at] + data + whole[at:], b"[" * 900 + data):
        with contextlib.suppress(FormatError):
            decode(value)


def entries(*numbers: int) -> list[tuple[int, Entry]]:
    return [(index, replace(ENTRY, number=number)) for index, number in enumerate(numbers)]


def test_gaps_show():
    assert gaps(entries(1, 2, 3)) == []
    assert gaps(entries(1, 3, 4)) == [Gap(1, "gate:decision", 2, 3)]
    assert gaps(entries(1, 2, 2)) == [Gap(2, "gate:decision", 3, 2)]
    assert gaps(entries(2, 3)) == [Gap(0, "gate:decision", 1, 2)]
    assert gaps(entries(2, 3), whole=False) == []
    assert gaps([(0, FIRST), (1, FIRST)]) == []

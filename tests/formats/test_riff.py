"""The RIFF walker: chunks, pad bytes, sizes that lie."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.errors import BudgetError, MediaError, TruncatedError
from overt.formats import riff

codes = st.binary(min_size=4, max_size=4)


@given(st.lists(st.tuples(codes, st.binary(max_size=40)), max_size=8))
def test_what_is_built_is_walked(parts: list[tuple[bytes, bytes]]) -> None:
    data = b"".join(riff.chunk(code, body) for code, body in parts)
    found = list(riff.walk(data, 0, len(data)))
    assert [(c.fourcc, data[c.start : c.stop]) for c in found] == parts
    assert not any(c.truncated for c in found)
    assert [c.end for c in found[:-1]] == [c.header for c in found[1:]]


def test_a_missing_last_pad_byte_is_no_fault() -> None:
    data = riff.chunk(b"odd ", b"abc")[:-1]
    (chunk,) = riff.walk(data, 0, len(data))
    assert (chunk.stop, chunk.end, chunk.truncated) == (11, 11, False)


def test_a_size_beyond_the_end_is_reported_and_ends_the_walk() -> None:
    data = riff.chunk(b"one ", b"ab") + b"two \xf0\xff\xff\xff" + b"xyz"
    one, two = riff.walk(data, 0, len(data))
    assert not one.truncated
    assert two.truncated
    assert (two.declared, data[two.start : two.stop]) == (0xFFFFFFF0, b"xyz")


def test_left_over_bytes_are_reported_after_the_chunks() -> None:
    walk = riff.walk(riff.chunk(b"one ", b"ab") + b"junk", 0, 14)
    assert next(walk).fourcc == b"one "
    with pytest.raises(TruncatedError):
        next(walk)


def test_left_over_zeros_are_padding() -> None:
    assert len(list(riff.walk(riff.chunk(b"one ", b"ab") + bytes(5), 0, 15))) == 1


def test_64_bit_sizes_are_taken_where_the_field_is_all_ones() -> None:
    data = b"data\xff\xff\xff\xff" + b"ab" + riff.chunk(b"next", b"")
    chunks = list(riff.walk(data, 0, len(data), {b"data": 2}))
    assert [c.fourcc for c in chunks] == [b"data", b"next"]


def test_the_number_of_chunks_is_capped() -> None:
    data = riff.chunk(b"tiny", b"") * (riff.MAX_CHUNKS + 1)
    with pytest.raises(BudgetError):
        list(riff.walk(data, 0, len(data)))


def test_the_form() -> None:
    form = riff.form(b"RIFF\x04\0\0\0WAVE")
    assert (form.kind, form.start, form.stop, form.truncated) == (b"WAVE", 12, 12, False)
    assert riff.form(b"RIFF\xff\xff\xff\xffWAVE").truncated
    assert riff.form(b"RIFF\0\0\0\0WAVEmore").stop == 16


@given(st.binary(max_size=200))
def test_arbitrary_bytes_raise_only_media_errors(data: bytes) -> None:
    try:
        form = riff.form(data)
        list(riff.walk(data, form.start, form.stop))
    except MediaError:
        pass

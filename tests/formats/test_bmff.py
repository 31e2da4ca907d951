"""The box walker and the edits that keep sizes right."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.errors import BudgetError, FormatError, MediaError, TruncatedError
from overt.formats import bmff
from overt.formats.bmff import Edits, build, children, walk

kinds = st.binary(min_size=4, max_size=4).filter(lambda kind: kind not in (b"uuid", bytes(4)))


@given(st.lists(st.tuples(kinds, st.binary(max_size=40)), max_size=8))
def test_what_is_built_is_walked(parts: list[tuple[bytes, bytes]]) -> None:
    data = b"".join(build(kind, body) for kind, body in parts)
    assert [(box.kind, data[box.start : box.stop]) for box in walk(data, 0, len(data))] == parts


def test_a_64_bit_size() -> None:
    data = b"\0\0\0\x01mdat" + (20).to_bytes(8, "big") + b"abcd" + build(b"free")
    mdat, free = walk(data, 0, len(data))
    assert (data[mdat.start : mdat.stop], len(mdat), free.kind) == (b"abcd", 20, b"free")


def test_size_0_reaches_to_the_end() -> None:
    data = build(b"free") + b"\0\0\0\0mdat" + b"abcd"
    assert [data[box.start : box.stop] for box in walk(data, 0, len(data))] == [b"", b"abcd"]


def test_a_uuid_box_has_its_type_before_the_body() -> None:
    (box,) = walk(build(b"uuid", bytes(range(16)), b"x"), 0, 25)
    assert (box.usertype, box.start, box.stop) == (bytes(range(16)), 24, 25)


def test_zeros_close_user_data() -> None:
    data = build(b"name", b"x") + bytes(4)
    assert len(list(walk(data, 0, len(data)))) == 1


@pytest.mark.parametrize("size", [b"\xff\xff\xff\xff", b"\0\0\0\x01"], ids=["4 GB", "2 to the power of 64"])
def test_a_claim_beyond_the_file_is_cut_and_told(size: bytes) -> None:
    data = size + b"moov" + b"\xff" * 8 + b"abc"
    (box,) = walk(data, 0, len(data))
    assert box.truncated
    assert box.stop == len(data)


@pytest.mark.parametrize(
    ("reason", "data", "error"),
    [
        ("size below the header", b"\0\0\0\x07moov", FormatError),
        ("64-bit size below the header", b"\0\0\0\x01moov" + (15).to_bytes(8, "big"), FormatError),
        ("zeros before a box", bytes(8) + build(b"moov"), FormatError),
        ("endless zeros", bytes(bmff.MAX_ZEROS + 1), FormatError),
        ("too short for a header", b"\0\0\0\x08mo", TruncatedError),
        ("too short for a 64-bit size", b"\0\0\0\x01moov\0\0", TruncatedError),
        ("too short for a uuid", b"\0\0\0\x20uuid\0\0", TruncatedError),
    ],
)
def test_impossible_boxes(reason: str, data: bytes, error: type[MediaError]) -> None:
    with pytest.raises(error):
        list(walk(data, 0, len(data)))


def test_a_child_without_a_size_is_an_error() -> None:
    data = build(b"moov", b"\0\0\0\0trak")
    with pytest.raises(FormatError):
        children(data, next(walk(data, 0, len(data))))


def test_a_child_larger_than_its_parent_is_an_error() -> None:
    data = build(b"moov", b"\0\0\0\x64trak")
    (moov,) = walk(data, 0, len(data))
    with pytest.raises(TruncatedError):
        children(data, moov)


def test_the_number_of_boxes_is_capped() -> None:
    data = build(b"free") * (bmff.MAX_BOXES + 1)
    with pytest.raises(BudgetError):
        list(walk(data, 0, len(data)))


def test_edits_resize_every_parent_and_move_offsets() -> None:
    data = build(b"moov", build(b"udta", build(b"name", b"old"))) + build(b"mdat", b"x")
    moov, mdat = walk(data, 0, len(data))
    (udta,) = children(data, moov)
    (name,) = children(data, udta)
    edits = Edits()
    edits.replace(name.start, name.stop, b"longer", (moov, udta, name))
    edits.replace(udta.stop, udta.stop, build(b"free"), (moov,))
    new = edits.splice(data).apply(data)
    assert new == build(b"moov", build(b"udta", build(b"name", b"longer")), build(b"free")) + build(b"mdat", b"x")
    shift = edits.shift()
    assert (shift(mdat.start), shift(name.header), shift.start) == (mdat.start + 11, name.header, name.stop)
    assert edits.growth(moov) == 11


def test_edits_in_a_box_with_a_64_bit_size() -> None:
    data = b"\0\0\0\x01moov" + (20).to_bytes(8, "big") + b"abcd"
    (moov,) = walk(data, 0, len(data))
    edits = Edits()
    edits.replace(moov.stop, moov.stop, b"ef", (moov,))
    assert edits.splice(data).apply(data) == b"\0\0\0\x01moov" + (22).to_bytes(8, "big") + b"abcdef"


def test_edits_that_meet_are_refused() -> None:
    edits = Edits()
    edits.replace(0, 4, b"")
    edits.replace(2, 6, b"")
    with pytest.raises(FormatError):
        edits.splice(bytes(8))


@given(st.binary(max_size=200))
def test_arbitrary_bytes_raise_only_media_errors(data: bytes) -> None:
    try:
        for box in walk(data, 0, len(data)):
            assert box.header < box.start <= box.stop <= len(data)
            children(data, box)
            bmff.inside_meta(data, box)
    except MediaError:
        pass

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overt.errors import BudgetError, FormatError, MediaError, TruncatedError
from overt.marks.label.sound import flac

PACKED = (44100 << 44 | 1 << 41 | 15 << 36 | 1000).to_bytes(8, "big")
STREAMINFO = bytes(10) + PACKED + bytes(16)


def block(kind: int, body: bytes, last: bool = False) -> bytes:
    return bytes([kind | (0x80 if last else 0)]) + len(body).to_bytes(3, "big") + body


def cuesheet(*offsets: int) -> bytes:
    tracks = b"".join(o.to_bytes(8, "big") + bytes(27) + b"\1" + (588).to_bytes(8, "big") + bytes(4) for o in offsets)
    return bytes(128) + bytes(8) + b"\x80" + bytes(258) + bytes([len(offsets)]) + tracks


def file(*blocks: tuple[int, bytes], front: bytes = b"") -> bytes:
    blocks = ((0, STREAMINFO), *blocks)
    return front + b"fLaC" + b"".join(block(k, b, n == len(blocks) - 1) for n, (k, b) in enumerate(blocks)) + b"frames"


def test_reads_what_streaminfo_says():
    found = flac.parse(file())
    assert (found.rate, found.channels, found.bits, found.samples) == (44100, 2, 16, 1000)
    assert file()[found.frames :] == b"frames"


def test_keeps_every_block_but_the_seek_table():
    picture, comment, unknown = b"p" * 500, b"c" * 40, b"u"
    data = file(
        (4, comment),
        (3, b"seek"),
        (6, picture),
        (2, b"app!data"),
        (100, unknown),
        (1, bytes(9)),
        front=b"ID3\4\0\0\0\0\0\3abc",
    )
    new = flac.head(data, flac.parse(data), STREAMINFO, 588, "start")
    assert new.startswith(b"ID3\4\0\0\0\0\0\3abcfLaC")
    again = flac.parse(new)
    bodies = [(kind, new[place.start : place.stop]) for kind, place in again.blocks]
    assert bodies == [(0, STREAMINFO), (4, comment), (6, picture), (2, b"app!data"), (100, unknown), (1, bytes(9))]
    assert again.frames == len(new)


@pytest.mark.parametrize(("at", "offsets"), [("start", [588, 1764, 2940]), ("end", [0, 1176, 2940])])
def test_a_cue_sheet_moves_with_the_sound(at, offsets):
    data = file((5, cuesheet(0, 1176, 2352)))
    new = flac.head(data, flac.parse(data), STREAMINFO, 588, at)
    place = flac.parse(new).blocks[1][1]
    assert new[place.start : place.stop] == cuesheet(*offsets)


REFUSED = {
    "empty": (b"", TruncatedError),
    "no FLAC": (b"OggS" + bytes(50), FormatError),
    "ends in a block": (file()[:30], TruncatedError),
    "no STREAMINFO": (b"fLaC" + block(4, b"comment", last=True), FormatError),
    "0 Hz": (b"fLaC" + block(0, bytes(34), last=True), FormatError),
    "no end of blocks": (b"fLaC" + block(0, STREAMINFO) + block(1, b"") * 5000, BudgetError),
    "a tag larger than the file": (b"ID3\4\0\0\x7f\x7f\x7f\x7f" + file(), TruncatedError),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_refuses(reason):
    data, error = REFUSED[reason]
    with pytest.raises(error):
        flac.parse(data)


def test_a_broken_cue_sheet_is_refused():
    data = file((5, cuesheet(0, 1176)[:-20]))
    with pytest.raises(TruncatedError):
        flac.head(data, flac.parse(data), STREAMINFO, 588, "start")


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 400), st.integers(0, 255))
def test_arbitrary_bytes_give_only_media_errors(data, place, value):
    changed = bytearray(file((5, cuesheet(0, 588)), (4, b"x")))
    changed[place % len(changed)] = value
    for bytes_ in (data, b"fLaC" + data, file()[:42] + data, bytes(changed), bytes(changed[:place])):
        with contextlib.suppress(MediaError):
            flac.head(bytes_, flac.parse(bytes_), STREAMINFO, 588, "start")


def test_finds_a_tag_at_the_end():
    assert flac.tail(b"frames" + b"TAG" + bytes(125)) == b"TAG" + bytes(125)
    assert flac.tail(b"frames") == b""

"""AAC frames and AIFF samples put among others; where turns begin."""

from __future__ import annotations

import contextlib
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overt.errors import FormatError, MediaError, TruncatedError, UnsupportedError
from overt.formats.aiff import chunk
from overt.marks.label.sound import adts, aiff, turns

ID3 = b"ID3\x04\0\0\0\0\0\x05hello"
ID3V1 = b"TAG" + bytes(125)


def frame(length: int, fixed: int = 0xFFF1508, blocks: int = 0, fill: int = 0) -> bytes:
    """A frame of AAC-LC, 44.1 kHz, stereo."""
    return (fixed << 28 | length << 13 | 0x7FF << 2 | blocks).to_bytes(7, "big") + bytes([fill]) * (length - 7)


FRAMES = [frame(40 + n, fill=n) for n in range(6)]
STREAM = ID3 + b"".join(FRAMES) + ID3V1


@pytest.mark.parametrize("places", [[0], [6], [2], [0, 3, 5, 6]])
def test_frames_lie_where_they_should(places):
    stream = adts.parse(STREAM)
    assert (stream.frames, stream.channels, stream.first.rate) == (6, 2, 44100)
    new = adts.join(STREAM, stream, [b"block", b"other"], places).apply(STREAM)
    label = frame(12)[:7] + b"block" + frame(12)[:7] + b"other"
    expected, begin = ID3, 0
    for place in places:
        expected += b"".join(FRAMES[begin:place]) + label + (FRAMES[place - 1] if 0 < place < 6 else b"")
        begin = place
    assert new == expected + b"".join(FRAMES[begin:]) + ID3V1


REFUSED_AAC = {
    "nothing": (b"", FormatError),
    "tag alone": (ID3, FormatError),
    "not LC": (frame(40, 0xFFF1108) * 2, UnsupportedError),
    "channels told elsewhere": (frame(40, 0xFFF1500) * 2, UnsupportedError),
    "two blocks a frame": (frame(40, blocks=1) * 2, UnsupportedError),
    "frames lost": (b"".join(FRAMES) + bytes(10_000), FormatError),
}


@pytest.mark.parametrize("reason", REFUSED_AAC)
def test_aac_that_is_refused(reason):
    data, error = REFUSED_AAC[reason]
    with pytest.raises(error):
        adts.parse(data)


def form(*chunks: bytes, kind: bytes = b"AIFF") -> bytes:
    body = kind + b"".join(chunks)
    return b"FORM" + len(body).to_bytes(4, "big") + body


def common(frames: int, bits: int = 16, channels: int = 1, coding: bytes = b"") -> bytes:
    rate = b"\x40\x0e\xac\x44\0\0\0\0\0\0"
    return chunk(b"COMM", struct.pack(">HIH", channels, frames, bits) + rate + coding + (b"\0\0" if coding else b""))


def sound(data: bytes, offset: int = 0) -> bytes:
    return chunk(b"SSND", struct.pack(">II", offset, 0) + bytes(offset) + data)


VALUES = np.array([[-1.0], [-0.5], [0.0], [0.25], [0.5]])
CODED = {
    "16 bits": (b"", 16, np.array([-32768, -16384, 0, 8192, 16384], ">i2").tobytes()),
    "8 bits": (b"", 8, np.array([-128, -64, 0, 32, 64], "i1").tobytes()),
    "24 bits": (b"", 24, bytes.fromhex("800000c00000000000200000400000")),
    "12 bits": (b"", 12, np.array([-32768, -16384, 0, 8192, 16384], ">i2").tobytes()),
    "sowt": (b"sowt", 16, np.array([-32768, -16384, 0, 8192, 16384], "<i2").tobytes()),
    "fl32": (b"fl32", 32, VALUES.astype(">f4").tobytes()),
    "FL64": (b"FL64", 64, VALUES.astype(">f8").tobytes()),
}


@pytest.mark.parametrize("name", CODED)
@pytest.mark.parametrize("offset", [0, 4])
def test_samples_are_read_and_written(name, offset):
    coding, bits, raw = CODED[name]
    data = form(common(5, bits, coding=coding), sound(raw, offset), kind=b"AIFC" if coding else b"AIFF")
    parsed = aiff.parse(data)
    assert (parsed.frames, parsed.rate, parsed.truncated) == (5, 44100, False)
    assert np.allclose(aiff.excerpt(data, parsed, 0, 5).samples, VALUES)
    assert aiff.encode(parsed, VALUES) == raw
    new = aiff.insert(data, parsed, aiff.encode(parsed, VALUES[3:4]), [0, 2, 5]).apply(data)
    again = aiff.parse(new)
    heard = aiff.excerpt(new, again, 0, 99).samples[:, 0].tolist()
    assert heard == pytest.approx([0.25, -1, -0.5, 0.25, 0, 0.25, 0.5, 0.25])
    assert again.declared == 8


def test_markers_move_with_their_sound():
    marks = b"".join(struct.pack(">HI", n, position) + b"\x01m" for n, position in enumerate((0, 1, 4, 5)))
    data = form(common(5), chunk(b"MARK", b"\0\x04" + marks), sound(bytes(10)))
    for places, expected in (([0], [2, 3, 6, 7]), ([5], [0, 1, 4, 5]), ([1, 4], [0, 3, 8, 9])):
        new = aiff.insert(data, aiff.parse(data), b"LLLL", places).apply(data)
        at = new.index(b"MARK") + 10
        assert [int.from_bytes(new[at + 8 * n + 2 : at + 8 * n + 6], "big") for n in range(4)] == expected


REFUSED_AIFF = {
    "another coding": (form(common(5, coding=b"ima4"), sound(bytes(10)), kind=b"AIFC"), UnsupportedError),
    "no format": (form(sound(bytes(10))), FormatError),
    "no samples": (form(common(5)), FormatError),
    "no channels": (form(common(5, channels=0), sound(bytes(10))), UnsupportedError),
    "40 bits": (form(common(5, 40), sound(bytes(25))), UnsupportedError),
}


@pytest.mark.parametrize("reason", REFUSED_AIFF)
def test_aiff_that_is_refused(reason):
    data, error = REFUSED_AIFF[reason]
    with pytest.raises(error):
        aiff.parse(data)


def test_missing_samples_are_no_place_for_a_label():
    data = form(common(50), sound(bytes(10)))
    assert aiff.parse(data).truncated
    with pytest.raises(TruncatedError):
        aiff.insert(data, aiff.parse(data), b"LL", [0])


@given(st.data())
@settings(max_examples=200)
def test_broken_files_raise_only_media_errors(data):
    coding, bits, raw = CODED[data.draw(st.sampled_from(sorted(CODED)))]
    file = bytearray(form(common(5, bits, coding=coding), sound(raw), kind=b"AIFC" if coding else b"AIFF"))
    stream = bytearray(STREAM)
    for each in (file, stream):
        for _ in range(data.draw(st.integers(1, 6))):
            each[data.draw(st.integers(0, len(each) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(MediaError):
        parsed = aiff.parse(bytes(file))
        aiff.excerpt(bytes(file), parsed, 0, 10)
        aiff.insert(bytes(file), parsed, bytes(parsed.frame_bytes), [0]).apply(bytes(file))
    with contextlib.suppress(MediaError):
        adts.join(bytes(stream), adts.parse(bytes(stream)), [b"x"], [0])


def levels(*stretches: tuple[float, float]) -> np.ndarray:
    """Mean squares of stretches: decibels, seconds."""
    return np.concatenate([np.full(round(seconds / turns.HOP_SECONDS), 10 ** (db / 10)) for db, seconds in stretches])


TURNS = {
    "two turns": (levels((-20, 2), (-60, 1.2), (-22, 2)), [0, 3.1]),
    "a pause within a turn": (levels((-20, 2), (-60, 0.8), (-22, 2)), [0]),
    "a click in the pause": (levels((-20, 2), (-60, 0.7), (-20, 0.02), (-60, 0.7), (-20, 1)), [0, 3.32]),
    "silence at both ends": (levels((-90, 3), (-20, 2), (-90, 3)), [0]),
    "a loud room": (levels((-20, 2), (-40, 2), (-20, 2)), [0]),
    "silence alone": (levels((-90, 3)), [0]),
    "nothing": (np.zeros(0), [0]),
}


@pytest.mark.parametrize("name", TURNS)
def test_where_turns_begin(name):
    given_levels, expected = TURNS[name]
    assert turns.cuts(given_levels, 1.0) == pytest.approx(expected)


def test_too_many_turns_are_refused_with_a_way_out():
    many = np.tile(levels((-20, 0.2), (-90, 0.2)), turns.MAX_TURNS + 5)
    with pytest.raises(UnsupportedError) as caught:
        turns.cuts(many, 0.1)
    assert "turn_pause_seconds" in caught.value.hint.en

from __future__ import annotations

import functools
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overt.errors import BudgetError, FormatError, MediaError, UnsupportedError
from overt.marks.label.sound import mpeg, mpeg_join

HEADER = 0xFFFB9064  # MPEG 1, layer III, 128 kbit/s, 44.1 kHz, joint stereo
ID3 = b"ID3\x04\0\0" + bytes([0, 0, 0, 20]) + b"TIT2\0\0\0\x0a\0\0\x03whatever\0"[:20]
ID3V1 = b"TAG" + b"t" * 125
APE = struct.pack("<8sIIIQ", b"APETAGEX", 2000, 42, 1, 1 << 31) + b"v" * 10
APE += struct.pack("<8sIIIQ", b"APETAGEX", 2000, 42, 1, 1 << 31)
LYRICS = b"LYRICSBEGIN" + b"IND0000200" + b"000021LYRICS200"


def frame(word: int = HEADER, fill: int = 0) -> bytes:
    """A frame whose content no test decodes; never with a byte of ones inside."""
    head = mpeg.header(word.to_bytes(4, "big"), 0)
    assert head is not None
    return word.to_bytes(4, "big") + bytes([fill % 255]) * (head.size - 4)


def frames(count: int, word: int = HEADER) -> list[bytes]:
    return [frame(word, n) for n in range(count)]


def info(word: int = HEADER, delay: int = 576, padding: int = 1000, name: bytes = b"Xing") -> bytes:
    whole = bytearray(frame(word))
    tag = bytearray(b"LAME3.100".ljust(36, b"\x07"))
    tag[21:24] = (delay << 12 | padding).to_bytes(3, "big")
    place = 4 + mpeg.Header(word).side_bytes
    body = name + struct.pack(">III", 15, 5, 100) + bytes(104) + tag
    whole[place : place + len(body)] = body
    return bytes(whole)


def vbri() -> bytes:
    return frame()[:36] + b"VBRI" + frame()[40:]


LABEL = [frame(fill=200 + n) for n in range(4)]
FRONTS = {"nothing": b"", "ID3": ID3, "two ID3": ID3 + ID3, "rubbish": b"\0\xff\xf0 not a frame \xff"}
BACKS = {"nothing": b"", "ID3v1": ID3V1, "APE": APE, "APE and ID3v1": APE + ID3V1, "Lyrics": LYRICS + ID3V1}
BACKS["half a frame"] = frame()[:100]


@pytest.mark.parametrize("front", FRONTS)
@pytest.mark.parametrize("back", BACKS)
@pytest.mark.parametrize("description", ["none", "Xing", "Info", "VBRI"])
@pytest.mark.parametrize("at", ["start", "end"])
def test_frames_and_tags_stay_byte_for_byte(front, back, description, at):
    own = b"".join(frames(20))
    described = {"none": b"", "Xing": info(), "Info": info(name=b"Info"), "VBRI": vbri()}[description]
    file = FRONTS[front] + described + own + BACKS[back]
    stream = mpeg.parse(file)
    assert (stream.frames, stream.described is None) == (20, description == "none")
    new = mpeg_join.join(file, stream, LABEL, 576, 1000, at).apply(file)
    label = b"".join(LABEL)
    assert new.startswith(FRONTS[front])
    assert new.endswith((label + own if at == "start" else own + label) + BACKS[back])
    again = mpeg.parse(new)
    assert again.frames == 24
    assert again.described is not None
    assert len(again.described) + len(FRONTS[front] + label + own + BACKS[back]) == len(new)
    described = new[again.described.start : again.described.stop]
    assert described[36:40] == b"Info"
    flags, count, size = struct.unpack_from(">III", described, 40)
    assert (flags, count, size) == (15, 24, again.stop - again.described.start)
    table = described[52:152]
    assert table == bytes(sorted(table))
    assert table[50] == pytest.approx(128, abs=8)


def test_delay_and_padding_belong_to_the_outer_ends():
    file = info(delay=700, padding=900) + b"".join(frames(9))
    for at, edges in (("start", (576, 900)), ("end", (700, 33))):
        new = mpeg_join.join(file, mpeg.parse(file), LABEL, 576, 33, at).apply(file)
        assert mpeg.delays(mpeg.parse(new).lame) == edges
    bare = b"".join(frames(9))
    assert mpeg.parse(mpeg_join.join(bare, mpeg.parse(bare), LABEL, 576, 33, "end").apply(bare)).lame is None
    start = mpeg.parse(mpeg_join.join(bare, mpeg.parse(bare), LABEL, 576, 33, "start").apply(bare))
    assert mpeg.delays(start.lame) == (576, 0)


def test_the_checksum_of_the_lame_tag_is_that_of_a_known_file():
    # CRC-16/ARC of "123456789" (the usual check value of this polynomial).
    assert mpeg_join._checksum(b"123456789") == 0xBB3D


def test_a_varying_bit_rate_is_called_so():
    words = [HEADER & ~0xF000 | index << 12 for index in (5, 9, 11)]
    file = b"".join(frame(word) for word in words * 5)
    stream = mpeg.parse(file)
    assert (stream.constant, mpeg.bit_rate(stream)) == (False, 128)
    new = mpeg_join.join(file, stream, LABEL, 0, 0, "start").apply(file)
    assert new[36:40] == b"Xing"


@pytest.mark.parametrize(
    ("word", "size", "samples"),
    [
        (0xFFFB9064, 417, 1152),
        (0xFFFB9264, 418, 1152),
        (0xFFFBE460, 960, 1152),  # 320 kbit/s, 48 kHz
        (0xFFF390C0, 261, 576),  # MPEG 2, 80 kbit/s, 22.05 kHz, mono
        (0xFFE318C0, 72, 576),  # MPEG 2.5, 8 kbit/s, 8 kHz, mono
    ],
)
def test_frame_sizes(word, size, samples):
    head = mpeg.header(word.to_bytes(4, "big"), 0)
    assert head is not None
    assert (head.size, head.samples) == (size, samples)


def test_every_kind_of_frame_gets_a_description_that_is_found_again():
    for word in (0xFFFB10C0, 0xFFF310C0, 0xFFE318C0, 0xFFFB1064, 0xFFF31064):
        file = b"".join(frames(6, word))
        new = mpeg_join.join(file, mpeg.parse(file), frames(3, word), 576, 99, "start").apply(file)
        again = mpeg.parse(new)
        assert (again.frames, mpeg.delays(again.lame)) == (9, (576, 0))


def test_rubbish_between_frames_is_kept():
    file = b"".join(frames(5)) + b"rubbish\xff\xfb" + b"".join(frames(5))
    stream = mpeg.parse(file)
    assert (stream.frames, stream.junk) == (10, 9)
    assert mpeg_join.join(file, stream, LABEL, 0, 0, "end").apply(file).endswith(file + b"".join(LABEL))


REFUSED = {
    "empty": (b"", FormatError),
    "no frames": (b"\0" * 5000, FormatError),
    "a tag alone": (ID3, FormatError),
    "a tag larger than the file": (b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + frame() * 3, FormatError),
    "layer II": (b"\xff\xfd\x90\x64" * 800, FormatError),
    "free format": (b"\xff\xfb\x00\x64" + bytes(400) + b"\xff\xfb\x00\x64" + bytes(400), UnsupportedError),
    "a description alone": (info(), FormatError),
    "lost for a megabyte": (frame() * 3 + bytes(mpeg.MAX_JUNK + 5) + frame() * 3, FormatError),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_refuses(reason):
    data, error = REFUSED[reason]
    with pytest.raises(error):
        mpeg.parse(data)


def test_counts_frames_within_the_budget(monkeypatch):
    monkeypatch.setattr(mpeg, "MAX_FRAMES", 10)
    with pytest.raises(BudgetError):
        mpeg.parse(frame() * 11)


def test_a_label_of_another_kind_is_refused():
    file = b"".join(frames(5))
    with pytest.raises(FormatError):
        mpeg_join.join(file, mpeg.parse(file), frames(2, 0xFFFBE460), 0, 0, "start")


@functools.cache
def _sample() -> bytes:
    return ID3 + info() + b"".join(frames(6)) + APE + ID3V1


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=600))
def test_arbitrary_bytes_give_only_media_errors(data):
    for file in (data, ID3 + data, frame() * 2 + data, data + ID3V1, info()[:200] + data):
        _use(file)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), min_size=1, max_size=6))
def test_changed_bytes_give_only_media_errors(changes):
    file = bytearray(_sample())
    for place, value in changes:
        file[place % len(file)] = value
    _use(bytes(file))


def test_truncation_gives_only_media_errors():
    for length in range(0, len(_sample()), 7):
        _use(_sample()[:length])


def test_a_file_of_ones_ends_soon():
    _use(b"\xff" * 300_000)
    _use(b"\xff\xfb\x90" * 100_000)


def _use(file: bytes) -> None:
    try:
        stream = mpeg.parse(file)
        label = [frame(stream.first.word & ~0xF200 | 9 << 12)]
        for at in ("start", "end"):
            new = mpeg_join.join(file, stream, label, 576, 0, at).apply(file)
            assert len(new) > len(file) - 2000
    except MediaError:
        pass


def test_random_rates_stay_legal():
    rng = np.random.default_rng(2)
    for _ in range(300):
        word = 0xFFE00000 | int(rng.integers(1 << 21))
        head = mpeg.header(word.to_bytes(4, "big"), 0)
        if head is not None and head.kilobits:
            assert head.size > 4

from __future__ import annotations

import mmap
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overt.errors import BudgetError, FormatError, MediaError, TruncatedError, UnsupportedError
from overt.marks.label.sound import wave
from overt.marks.label.sound.pcm import SampleFormat

GUID = bytes.fromhex("000000001000800000aa00389b71")
FORMATS = {
    "8 bits": (1, 8, 8),
    "16 bits": (1, 16, 16),
    "24 bits": (1, 24, 24),
    "20 of 24 bits": (0xFFFE, 24, 20),
    "32 bits": (1, 32, 32),
    "float": (3, 32, 32),
    "double": (3, 64, 64),
    "A-law": (6, 8, 8),
    "mu-law": (7, 8, 8),
}


def chunk(code: bytes, body: bytes) -> bytes:
    return code + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def fmt(tag=1, channels=1, rate=8000, bits=16, valid=None, mask=0) -> bytes:
    width = bits // 8
    head = struct.pack("<HHIIHH", tag, channels, rate, rate * channels * width, channels * width, bits)
    if tag == 0xFFFE:
        head += struct.pack("<HHI", 22, valid or bits, mask) + struct.pack("<H", 1) + GUID
    return chunk(b"fmt ", head)


def riff(*chunks: bytes) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def sound(length: int) -> bytes:
    return np.random.default_rng(5).bytes(length)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("channels", [1, 2, 6, 8])
@pytest.mark.parametrize("at", ["start", "end"])
def test_samples_stay_byte_for_byte(name, channels, at):
    tag, bits, valid = FORMATS[name]
    old = sound(40 * channels * bits // 8)
    file = riff(fmt(tag, channels, 8000, bits, valid), chunk(b"data", old), chunk(b"LIST", b"INFOodd"))
    parsed = wave.parse(file)
    assert (parsed.frames, parsed.samples.valid) == (40, valid)
    label = parsed.samples.encode(np.full((10, channels), 0.25))
    new = wave.insert(file, parsed, label, at).apply(file)
    again = wave.parse(new)
    held = new[again.data.start : again.data.stop]
    assert held == (label + old if at == "start" else old + label)
    assert int.from_bytes(new[4:8], "little") == len(new) - 8
    assert new.endswith(chunk(b"LIST", b"INFOodd"))


def test_chunks_that_count_samples_move():
    cue = struct.pack("<I", 1) + struct.pack("<II4sIII", 7, 100, b"data", 0, 0, 100)
    smpl = bytes(36) + struct.pack("<IIIIII", 7, 0, 20, 30, 0, 0)
    bext = bytes(338) + struct.pack("<Q", 1000) + bytes(256)
    peak = bytes(8) + struct.pack("<fI", 0.5, 12)
    rest = [
        chunk(b"cue ", cue),
        chunk(b"smpl", smpl),
        chunk(b"bext", bext),
        chunk(b"PEAK", peak),
        chunk(b"iXML", b"<x/>"),
    ]
    file = riff(fmt(), chunk(b"fact", struct.pack("<I", 200)), chunk(b"data", sound(400)), *rest)
    for at, shift in (("start", 50), ("end", 0)):
        new = wave.insert(file, wave.parse(file), bytes(100), at).apply(file)
        body = {c.fourcc: new[c.start : c.stop] for c in wave.parse(new).chunks}
        assert struct.unpack("<I", body[b"fact"]) == (250,)
        assert struct.unpack_from("<II4sIII", body[b"cue "], 4) == (7, 100 + shift, b"data", 0, 0, 100 + shift)
        assert struct.unpack_from("<II", body[b"smpl"], 44) == (20 + shift, 30 + shift)
        assert struct.unpack_from("<Q", body[b"bext"], 338) == (1000 - shift,)
        assert struct.unpack_from("<I", body[b"PEAK"], 12) == (12 + shift,)
        assert body[b"iXML"] == b"<x/>"


def test_a_recording_whose_sizes_were_never_filled_in_is_mended():
    for data_size, riff_size in ((0xFFFF_FFFF, 0xFFFF_FFFF), (0, 0), (0x7FFF_F000, 0x7FFF_F024)):
        file = (
            b"RIFF"
            + struct.pack("<I", riff_size)
            + b"WAVE"
            + fmt()
            + b"data"
            + struct.pack("<I", data_size)
            + sound(64)
        )
        parsed = wave.parse(file)
        assert (parsed.frames, parsed.truncated) == (32, False)
        new = wave.insert(file, parsed, bytes(20), "start").apply(file)
        assert wave.parse(new).frames == 42
        assert int.from_bytes(new[4:8], "little") == len(new) - 8


def test_a_part_of_a_frame_at_the_end_is_kept_behind_the_label():
    file = riff(fmt(), chunk(b"data", b"ab" * 4 + b"x"))
    new = wave.insert(file, wave.parse(file), b"LL", "end").apply(file)
    assert new[44:].startswith(b"ab" * 4 + b"LL" + b"x")


@pytest.mark.parametrize("magic", [b"RF64", b"BW64"])
@pytest.mark.parametrize("at", ["start", "end", [0, 2]])
def test_sizes_of_64_bits_grow_with_the_sound(magic, at):
    ds64 = chunk(b"ds64", struct.pack("<QQQI", 82, 8, 4, 0))
    rest = fmt() + b"data\xff\xff\xff\xff" + sound(8) + chunk(b"LIST", b"INFO")
    file = magic + b"\xff\xff\xff\xffWAVE" + ds64 + rest
    parsed = wave.parse(file)
    assert parsed.frames == 4
    new = wave.insert(file, parsed, b"LLLL", at).apply(file)
    again = wave.parse(new)
    count = 1 if isinstance(at, str) else 2
    assert again.frames == 4 + 2 * count
    assert struct.unpack_from("<QQQ", new, 20) == (len(new) - 8, 8 + 4 * count, 4 + 2 * count)
    assert new.replace(b"LLLL", b"")[44:] == file[44:]


REFUSED = {
    "no WAV": (b"RIFF\x04\0\0\0WEBP", FormatError),
    "empty": (b"", TruncatedError),
    "big-endian": (b"RIFX\0\0\0\x04WAVE", UnsupportedError),
    "no samples": (riff(fmt()), FormatError),
    "no format": (riff(chunk(b"data", b"xx")), FormatError),
    "wave list": (riff(fmt(), chunk(b"LIST", b"wavl")), UnsupportedError),
    "ADPCM": (riff(fmt(2, bits=8), chunk(b"data", b"xx")), UnsupportedError),
    "MP3 inside": (riff(fmt(0x55, bits=8), chunk(b"data", b"xx")), UnsupportedError),
    "no channels": (riff(fmt(channels=0), chunk(b"data", b"")), UnsupportedError),
    "0 Hz": (riff(fmt(rate=0), chunk(b"data", b"")), UnsupportedError),
    "short format": (riff(chunk(b"fmt ", b"\1\0\1\0"), chunk(b"data", b"xx")), TruncatedError),
    "frame size": (riff(fmt().replace(b"\x02\0\x10\0", b"\x03\0\x10\0"), chunk(b"data", b"xx")), FormatError),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_refuses(reason):
    data, error = REFUSED[reason]
    with pytest.raises(error):
        wave.parse(data)


def test_writes_into_no_truncated_file():
    file = riff(fmt(), chunk(b"data", sound(400)))[:-100]
    parsed = wave.parse(file)
    assert parsed.truncated
    with pytest.raises(TruncatedError):
        wave.insert(file, parsed, bytes(2), "end")


def test_writes_no_file_beyond_4_gb(tmp_path: Path):
    path, size = tmp_path / "big.wav", 0xFFFF_FFF0
    with path.open("w+b") as file:
        file.write(b"RIFF" + struct.pack("<I", size - 8) + b"WAVE" + fmt() + b"data" + struct.pack("<I", size - 44))
        file.truncate(size)  # A hole: it takes no room.
        data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        parsed = wave.parse(data)
        assert parsed.frames == (size - 44) // 2
        with pytest.raises(UnsupportedError, match="4 GB"):
            wave.insert(data, parsed, bytes(1000), "start")


def test_decodes_no_more_than_the_budget():
    file = riff(fmt(channels=64, rate=768_000), chunk(b"data", bytes(128)))
    parsed = wave.parse(file)
    long = replace(parsed, data=replace(parsed.data, stop=1 << 40))
    with pytest.raises(BudgetError):
        wave.excerpt(file, long, 0, 1 << 30)


@pytest.mark.parametrize("name", FORMATS)
def test_samples_survive_decoding_and_encoding(name):
    tag, bits, valid = FORMATS[name]
    coding = {1: "int", 0xFFFE: "int", 3: "float", 6: "alaw", 7: "mulaw"}[tag]
    form = SampleFormat(coding, bits, valid)
    if coding == "float":
        data = np.linspace(-1, 1, 64).astype(f"<f{bits // 8}").tobytes()
    elif bits == 8:
        data = bytes(range(256))
    else:
        raw = np.random.default_rng(3).integers(-(1 << (valid - 1)), 1 << (valid - 1), 500) << (bits - valid)
        data = b"".join(int(value).to_bytes(bits // 8, "little", signed=True) for value in raw)
    again = form.encode(form.decode(data, 1))
    if coding == "mulaw":
        again, data = again.replace(b"\x7f", b"\xff"), data.replace(b"\x7f", b"\xff")  # It has two zeros.
    assert again == data


def test_encoding_never_wraps_around():
    loud = np.array([[-3.0], [3.0]])
    for coding, bits, low, high in (("int", 16, b"\0\x80", b"\xff\x7f"), ("int", 8, b"\0", b"\xff")):
        assert SampleFormat(coding, bits, bits).encode(loud) == low + high


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_arbitrary_bytes_give_only_media_errors(data):
    for file in (data, b"RIFF\xff\0\0\0WAVE" + data, riff(fmt(), chunk(b"data", b"12345678"))[: len(data)] + data):
        _use(file)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 119), st.integers(0, 255))
def test_changed_bytes_give_only_media_errors(place, value):
    file = bytearray(riff(fmt(0xFFFE, 2, 8000, 24, 20), chunk(b"cue ", bytes(28)), chunk(b"data", sound(24))))
    file[place % len(file)] = value
    _use(bytes(file))


def test_truncation_gives_only_media_errors():
    file = riff(fmt(), chunk(b"smpl", bytes(60)), chunk(b"data", sound(30)), chunk(b"LIST", b"INFOabcd"))
    for length in range(len(file)):
        _use(file[:length])


def _use(file: bytes) -> None:
    try:
        parsed = wave.parse(file)
        excerpt = wave.excerpt(file, parsed, 0, 100)
        assert np.isfinite(excerpt.samples).all()
        wave.insert(file, parsed, bytes(parsed.frame_bytes), "start")
        wave.insert(file, parsed, bytes(parsed.frame_bytes), "end")
    except MediaError:
        pass

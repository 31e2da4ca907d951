"""Ogg and Vorbis: packets put among others; a setup read; sound coded in a stream's own codebooks."""

from __future__ import annotations

import contextlib
import subprocess
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overt.errors import FormatError, MediaError, UnsupportedError
from overt.formats import ogg_pages
from overt.marks.label.sound import ogg, vorbis_code, vorbis_setup
from samples import ffmpeg

MADE = {
    "opus": ("-c:a", "libopus", "-ac", "1"),
    "vorbis": ("-c:a", "libvorbis", "-ar", "22050", "-ac", "1"),
    "stereo": ("-c:a", "libvorbis", "-ac", "2", "-q:a", "6"),
    "short blocks": ("-c:a", "libvorbis", "-ar", "8000", "-ac", "1"),
    "by FFmpeg": ("-c:a", "vorbis", "-strict", "-2", "-ac", "2"),
}


@cache
def made(name: str) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.ogg"
        ffmpeg("-f", "lavfi", "-i", "sine=f=300:d=1.5:r=48000", "-metadata", "title=T", *MADE[name], path)
        return path.read_bytes()


def taken_apart(data: bytes) -> tuple[ogg.Stream, ogg.Duration]:
    kept: list[vorbis_setup.Setup] = []

    def duration(headers: tuple[bytes, ...]) -> ogg.Duration:
        kept.append(vorbis_setup.read(headers))
        return kept[0].plays

    if b"OpusHead" in data[:64]:
        return ogg.parse(data, 2, lambda _: ogg.opus_plays), ogg.opus_plays
    return ogg.parse(data, 3, duration), kept[0].plays


def setup_of(data: bytes) -> vorbis_setup.Setup:
    stream, _ = taken_apart(data)
    return vorbis_setup.read(stream.headers)


def packets(data: bytes) -> list[bytes]:
    """A reader of its own; looks at checksums, numbers and the last page's flag on the way."""
    pages = list(ogg_pages.walk(data, 0))
    assert all(ogg_pages.is_sound(data, page) for page in pages)
    assert [page.sequence for page in pages] == list(range(len(pages)))
    assert [bool(page.flags & ogg_pages.LAST) for page in pages] == [False] * (len(pages) - 1) + [True]
    return ogg_pages.packets(data, pages, 1 << 24)[0]


@pytest.mark.parametrize("name", MADE)
def test_without_new_packets_nothing_changes(name: str) -> None:
    data = made(name)
    stream, plays = taken_apart(data)
    assert ogg.insert(data, stream, lambda _: [], [], 0, plays).apply(data) == data


@pytest.mark.parametrize("name", ["opus", "vorbis"])
@pytest.mark.parametrize("where", ["start", "middle", "end", "everywhere"])
def test_packets_lie_where_they_should(name: str, where: str) -> None:
    data = made(name)
    stream, plays = taken_apart(data)
    count, old = stream.count, packets(data)[len(stream.headers) :]
    places = {"start": [0], "middle": [9], "end": [count], "everywhere": [0, 9, 10, count]}[where]
    new = old[3:6]
    file = ogg.insert(data, stream, lambda _: new, places, 2, plays).apply(data)
    expected: list[bytes] = []
    begin = 0
    for place in places:
        expected += [*old[begin:place], *new, *(old[place - 2 : place] if 0 < place < count else [])]
        begin = place
    assert packets(file)[len(stream.headers) :] == expected + old[begin:]
    again, _ = taken_apart(file)
    assert again.headers == stream.headers
    # The last page says how much of the end is heard: as much is left out as was before, or nothing.
    last = [int.from_bytes(page.granule, "little") for page in (stream.pages[-1], again.pages[-1])]
    cut = 0 if places[-1] == count else stream.start + stream.ends[-1] - last[0]
    assert last[1] == stream.start + again.ends[-1] - cut


@pytest.mark.parametrize(
    ("packet", "samples"),
    [("00", 480), ("f8", 960), ("f9", 1920), ("fb03", 2880), ("80", 120), ("18", 2880), ("", 0), ("fb", 0)],
)
def test_how_long_an_opus_packet_plays(packet: str, samples: int) -> None:
    assert ogg.opus_plays(b"", bytes.fromhex(packet)) == samples


@pytest.mark.parametrize("name", [name for name in MADE if name != "opus"])
def test_sound_in_the_codebooks_of_a_stream(name: str, tmp_path: Path) -> None:
    data = made(name)
    stream, plays = taken_apart(data)
    setup = setup_of(data)
    clock = np.arange(round(1.5 * setup.rate)) / setup.rate
    tone = np.sin(2 * np.pi * 700 * clock) + 0.3 * np.sin(2 * np.pi * 1700 * clock)
    tone *= 0.2 * np.clip(20 * (clock - 0.1), 0, 1) * np.clip(20 * (1.3 - clock), 0, 1)
    first = data[stream.where[0][2] : stream.where[0][2] + 8]
    coded = vorbis_code.encode(setup, np.repeat(tone[:, None], setup.channels, 1), b"", first)
    path = tmp_path / "a.ogg"
    path.write_bytes(ogg.insert(data, stream, lambda _: coded, [0], 1, plays).apply(data))
    run = subprocess.run(["ffmpeg", "-v", "warning", "-i", path, "-f", "f32le", "-"], capture_output=True, check=True)
    assert run.stderr == b""
    heard = np.frombuffer(run.stdout, "<f4").reshape(-1, setup.channels)[:, 0].astype(float)
    size = 1 << 18
    product = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(tone, size)), size)[: setup.rate]
    place = int(product.argmax())
    error = heard[place : place + len(tone)] - tone
    assert 10 * np.log10((tone**2).sum() / (error**2).sum()) > 15


def test_codes_are_those_of_the_specification() -> None:
    # The example of 3.2.1.
    words = vorbis_setup._words([2, 4, 4, 4, 4, 2, 3, 3])
    assert words == ("00", "0100", "0101", "0110", "0111", "10", "110", "111")
    with pytest.raises(FormatError):
        vorbis_setup._words([1, 1, 1])


def test_how_many_values_a_lattice_has() -> None:
    assert [vorbis_setup._root(*both) for both in ((81, 4), (80, 4), (625, 4), (0, 3), (5, 0), (7, 1))] == [
        3, 2, 5, 0, 0, 7
    ]  # fmt: skip


def test_several_streams_are_refused_with_a_way_out() -> None:
    data = made("opus")
    pages = list(ogg_pages.walk(data, 0))
    other = b"".join(
        ogg_pages.build(p.flags, p.granule, 99, p.sequence, p.lacing, data[p.body : p.stop]) for p in pages
    )
    for several in (data + other, data[: pages[0].stop] + other[: pages[0].stop] + data[pages[0].stop :]):
        with pytest.raises(UnsupportedError) as caught:
            taken_apart(several)
        assert "ffmpeg" in caught.value.hint.en


@pytest.mark.parametrize("name", ["opus", "vorbis"])
def test_a_file_that_ends_early_is_told(name: str) -> None:
    data = made(name)
    for stop in range(0, len(data), 211):
        with contextlib.suppress(MediaError):
            stream, plays = taken_apart(data[:stop])
            ogg.insert(data[:stop], stream, lambda _: [b"\xfc1"], [0], 1, plays)


@given(st.data())
@settings(max_examples=50)
def test_broken_setups_raise_only_media_errors(data: st.DataObject) -> None:
    stream, _ = taken_apart(made("vorbis"))
    first, second, third = (bytearray(header) for header in stream.headers)
    for header, low in ((first, 11), (third, 7)):
        for _ in range(data.draw(st.integers(0, 4))):
            header[data.draw(st.integers(low, min(len(header) - 1, 400)))] = data.draw(st.integers(0, 255))
    try:
        setup = vorbis_setup.read((bytes(first), bytes(second), bytes(third)))
    except MediaError:
        return
    assert setup.plays(b"\0", b"\xff") >= 0
    setup.neighbours(b"")


@given(st.data())
@settings(max_examples=100)
def test_broken_files_raise_only_media_errors(data: st.DataObject) -> None:
    raw = bytearray(made(data.draw(st.sampled_from(["opus", "vorbis"]))))
    for _ in range(data.draw(st.integers(1, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(MediaError):
        stream, plays = taken_apart(bytes(raw))
        ogg.insert(bytes(raw), stream, lambda _: [b"\xfc1"], [0, min(3, stream.count)], 1, plays)

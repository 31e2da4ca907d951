from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from overt.errors import BudgetError, FormatError, MediaError, TruncatedError, UnsupportedError
from overt.formats import bmff
from overt.formats.mp4_film import exchange, film_track

SOUND_AND_FILM = ["-f", "lavfi", "-i", "testsrc2=s=64x48:r=10:d=1", "-f", "lavfi", "-i", "sine=d=1"]


def ffmpeg(*arguments: str) -> bytes:
    path = Path(arguments[-1])
    subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments], check=True, timeout=60)
    return path.read_bytes()


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("films")


@pytest.fixture(scope="module")
def film(folder: Path) -> bytes:
    return ffmpeg(*SOUND_AND_FILM, "-c:v", "libx264", "-bf", "0", "-movflags", "faststart", str(folder / "film.mp4"))


@pytest.fixture(scope="module")
def encoded(folder: Path, film: bytes) -> bytes:
    """The same pictures at a lower quality, with B-frames."""
    return ffmpeg(
        "-i", str(folder / "film.mp4"), "-an", "-c:v", "libx264", "-crf", "35", "-bf", "3", str(folder / "e.mp4")
    )


def packets(data: bytes, path: Path) -> dict[int, list[tuple]]:
    path.write_bytes(data)
    done = subprocess.run(
        ["ffprobe", "-v", "warning", "-show_packets", "-show_data_hash", "md5", "-of", "json", str(path)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stderr == ""
    found: dict[int, list[tuple]] = {}
    for packet in json.loads(done.stdout)["packets"]:
        row = (packet["pts"], packet["duration"], packet["data_hash"])
        found.setdefault(packet["stream_index"], []).append(row)
    return found


def moved(data: bytes) -> bytes:
    """The film with its index behind the pictures."""
    top = list(bmff.walk(data, 0, len(data)))
    moov = next(box for box in top if box.kind == b"moov")
    shift = len(moov)
    return data[: moov.header] + data[moov.stop :] + offsets(data[moov.header : moov.stop], lambda old: old - shift)


def tables(data: bytes, kind: bytes) -> list[int]:
    return [i for i in range(len(data)) if data[i : i + 4] == kind]


def offsets(moov: bytes, change: Callable[[int], int]) -> bytes:
    """The index with changed chunk offsets."""
    out = bytearray(moov)
    for at in tables(moov, b"stco"):
        count = int.from_bytes(moov[at + 8 : at + 12], "big")
        for i in range(count):
            place = at + 12 + 4 * i
            out[place : place + 4] = change(int.from_bytes(moov[place : place + 4], "big")).to_bytes(4, "big")
    return bytes(out)


@pytest.mark.parametrize("last", [False, True], ids=["index first", "index last"])
def test_pictures_are_exchanged_and_the_rest_stays(film: bytes, encoded: bytes, tmp_path: Path, last: bool) -> None:
    film = moved(film) if last else film
    result = exchange(film, encoded).apply(film)
    before, after = packets(film, tmp_path / "before.mp4"), packets(result, tmp_path / "after.mp4")
    theirs = packets(encoded, tmp_path / "encoded.mp4")
    assert after[1] == before[1], "the sound"
    assert sorted((pts, duration) for pts, duration, _ in after[0]) == [(p, d) for p, d, _ in before[0]]
    assert [data for *_, data in after[0]] == [data for *_, data in theirs[0]]
    assert result[: result.index(b"stbl")].count(b"free") == film[: film.index(b"stbl")].count(b"free")
    assert (result.index(b"moov") > result.index(b"mdat")) == last


def test_exchanging_for_itself_gives_itself(encoded: bytes) -> None:
    """But for the sample groups, which describe the pictures one by one and are not kept."""
    once = exchange(encoded, encoded).apply(encoded)
    assert exchange(once, once).apply(once) == once


def test_times_are_kept_whatever_the_order_of_decoding(film: bytes, encoded: bytes) -> None:
    result = exchange(film, encoded).apply(film)
    at = result.index(b"ctts")
    assert result[at + 4] == 1, "negative offsets need version 1"
    back = exchange(result, film).apply(result)
    assert b"ctts" not in back


def test_a_long_file_keeps_its_wide_offsets(film: bytes, encoded: bytes, tmp_path: Path) -> None:
    """64-bit offsets (`co64`) and a 64-bit `mdat` stay as wide as they are."""
    plain = moved(film)
    top = {box.kind: box for box in bmff.walk(plain, 0, len(plain))}
    mdat, moov = top[b"mdat"], top[b"moov"]
    wide = plain[: mdat.header] + b"\0\0\0\1mdat" + (len(mdat) + 8).to_bytes(8, "big") + plain[mdat.start : moov.header]
    index = offsets(plain[moov.header :], lambda old: old + 8)
    edits = bmff.Edits()
    (moov,) = bmff.walk(index, 0, len(index))
    for trak in bmff.children(index, moov):
        if trak.kind == b"trak":
            chain = [moov, trak]
            for kind in (b"mdia", b"minf", b"stbl"):
                chain.append(bmff.first(bmff.children(index, chain[-1]), kind))
            box = bmff.first(bmff.children(index, chain[-1]), b"stco")
            cells = [index[i : i + 4] for i in range(box.start + 8, box.stop, 4)]
            body = index[box.start : box.start + 8] + b"".join(b"\0\0\0\0" + cell for cell in cells)
            edits.replace(box.header, box.stop, bmff.build(b"co64", body), chain)
    wide += edits.splice(index).apply(index)
    result = exchange(wide, encoded).apply(wide)
    assert result.count(b"co64") == 2
    narrow = exchange(film, encoded).apply(film)
    assert packets(result, tmp_path / "wide.mp4") == packets(narrow, tmp_path / "narrow.mp4")


def patched(data: bytes, kind: bytes, at: int, new: bytes) -> bytes:
    place = data.index(kind) + 4 + at
    return data[:place] + new + data[place + len(new) :]


BAD: dict[str, tuple[type[MediaError], Callable[[bytes], bytes]]] = {
    "empty": (TruncatedError, lambda _: b""),
    "no index": (TruncatedError, lambda film: film[: film.index(b"moov") - 4]),
    "cut in the pictures": (TruncatedError, lambda film: film[:-1000]),
    "a table of 4 GB": (TruncatedError, lambda film: patched(film, b"stts", 4, b"\xff" * 4)),
    "4 billion samples": (BudgetError, lambda film: patched(film, b"stsz", 8, b"\xff" * 4)),
    "4 billion samples of one size": (
        TruncatedError,
        lambda film: patched(film, b"stsz", 4, b"\0\0\0\1" + b"\xff" * 4),
    ),
    "times for other samples": (FormatError, lambda film: patched(film, b"stts", 8, b"\0\0\0\x63")),
    "chunks for other samples": (FormatError, lambda film: patched(film, b"stsc", 12, b"\0\0\0\x63")),
    "chunks out of order": (FormatError, lambda film: patched(film, b"stsc", 8, b"\0\0\0\x09")),
    "chunk beyond the end": (TruncatedError, lambda film: patched(film, b"stco", 8, b"\x7f\0\0\0")),
    "pictures in the index": (FormatError, lambda film: patched(film, b"stco", 8, b"\0\0\0\x20")),
    "a track without a description": (FormatError, lambda film: film.replace(b"stsd", b"free", 1)),
    "no decoder configuration": (FormatError, lambda film: film.replace(b"avcC", b"free", 1)),
    "two descriptions claimed as one box": (MediaError, lambda film: patched(film, b"stsd", 8, b"\0\0\0\x08")),
    "compact sizes": (UnsupportedError, lambda film: film.replace(b"stsz", b"stz2", 1)),
    "an unknown codec": (UnsupportedError, lambda film: film.replace(b"avc1\0\0\0\0", b"apch\0\0\0\0", 1)),
    "encrypted": (UnsupportedError, lambda film: film.replace(b"colr", b"sinf").replace(b"pasp", b"sinf", 1)),
    "no pictures": (UnsupportedError, lambda film: film.replace(b"vide", b"soun", 1)),
    "in fragments": (UnsupportedError, lambda film: film + b"\0\0\0\x08moof"),
    "data elsewhere": (UnsupportedError, lambda film: patched(film, b"url ", 0, bytes(4))),
    "with still pictures": (UnsupportedError, lambda film: film + b"\0\0\0\x14meta\0\0\0\0\0\0\0\x08iloc"),
    "tracks that share bytes": (
        FormatError,
        lambda film: (
            film[: tables(film, b"stco")[1] + 12]
            + film[(first := film.index(b"stco") + 12) : first + 4]
            + film[tables(film, b"stco")[1] + 16 :]
        ),
    ),
}


@pytest.mark.parametrize("reason", BAD)
def test_what_is_broken_or_beyond_us_is_refused(film: bytes, encoded: bytes, reason: str) -> None:
    error, spoil = BAD[reason]
    with pytest.raises(error):
        exchange(spoil(film), encoded)


def test_too_few_pictures_are_refused(film: bytes, folder: Path) -> None:
    short = ffmpeg("-i", str(folder / "film.mp4"), "-an", "-t", "0.5", "-c:v", "libx264", str(folder / "short.mp4"))
    with pytest.raises(FormatError, match="10 pictures, 5 could be decoded"):
        exchange(film, short)


def test_chapter_pictures_are_not_the_film(film: bytes, encoded: bytes) -> None:
    assert film_track(film) == 1
    two = film.replace(b"soun", b"vide", 1)
    assert film_track(two) == 1, "a picture track in another coding"


def test_cut_anywhere_in_the_index(film: bytes, encoded: bytes) -> None:
    for stop in range(film.index(b"mdat") + 8):
        with pytest.raises(MediaError):
            exchange(film[:stop], encoded)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    hits=st.lists(
        st.tuples(
            st.integers(0, 2500),
            st.sampled_from([b"\0", b"\xff", b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\1"]),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_a_spoilt_index_raises_only_media_errors(film: bytes, encoded: bytes, hits: list[tuple[int, bytes]]) -> None:
    data = bytearray(film)
    for at, new in hits:
        data[at : at + len(new)] = new
    for first, second in ((bytes(data), encoded), (encoded, bytes(data))):
        with suppress(MediaError):
            exchange(first, second).apply(first)


@given(st.binary(max_size=200))
def test_arbitrary_bytes_raise_only_media_errors(data: bytes) -> None:
    with pytest.raises(MediaError):
        film_track(data)

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from overt.errors import FormatError, MediaError
from overt.formats.bmff import Box
from overt.formats.mp4_film import exchange
from overt.formats.mp4_seam import NEW_SET, _record, joined, seam, set_number

H264 = ["-c:v", "libx264", "-preset", "veryfast", "-g", "5"]
KINDS = {
    "closed groups of pictures": ([*H264, "-bf", "2"], 10),
    "open groups of pictures": ([*H264, "-bf", "2", "-x264-params", "open-gop=1:scenecut=0"], 30),
    "nothing but key pictures": (["-c:v", "libx264", "-preset", "veryfast", "-g", "1"], 8),
    "one key picture": (["-c:v", "libx264", "-preset", "veryfast"], 30),
    "4:4:4": ([*H264, "-pix_fmt", "yuv444p"], 30),
    "parameter sets of the same number": ([*H264, "-x264-params", f"sps-id={NEW_SET}"], 30),
    "MPEG-4 part 2": (["-c:v", "mpeg4", "-g", "5"], 30),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("films")


def film(path: Path, *arguments: str) -> bytes:
    source = ["-f", "lavfi", "-i", "testsrc2=s=64x48:r=10:d=3"]
    subprocess.run(["ffmpeg", "-v", "error", "-y", *source, *arguments, str(path)], check=True, timeout=60)
    return path.read_bytes()


@pytest.mark.parametrize("kind", KINDS)
def test_where_a_film_can_go_on(folder: Path, kind: str) -> None:
    arguments, expected = KINDS[kind]
    data = film(folder / "film.mp4", *arguments)
    assert seam(data, 8) == expected
    assert seam(data, 30) == 30
    assert seam(data, 0) >= 1, "nothing is not a beginning"


def test_a_beginning_that_a_film_cannot_go_on_from_is_refused(folder: Path) -> None:
    data = film(folder / "film.mp4", *H264)
    part = film(folder / "part.mp4", "-t", "1", *H264, "-x264-params", f"sps-id={NEW_SET}")
    same = film(folder / "same.mp4", "-t", "1", *H264)
    shorter = film(folder / "shorter.mp4", "-t", "0.9", *H264, "-x264-params", f"sps-id={NEW_SET}")
    assert len(exchange(data, part)) > 0
    with pytest.raises(FormatError, match="told apart"):
        exchange(data, same)
    with pytest.raises(FormatError, match="9 could be decoded"):
        exchange(data, shorter)


def configuration(data: bytes) -> Box:
    at = data.index(b"avcC") - 4
    return Box(b"avcC", at, at + 8, at + int.from_bytes(data[at : at + 4], "big"), 0)


def test_the_joined_configuration_has_the_sets_of_both(folder: Path) -> None:
    data = film(folder / "film.mp4", *H264, "-profile:v", "main", "-level", "4.0")
    part = film(folder / "part.mp4", "-t", "1", *H264, "-x264-params", f"sps-id={NEW_SET}")
    body = joined(data, configuration(data), part, configuration(part))
    both = _record(body, Box(b"avcC", 0, 0, len(body), 0))
    old, new = _record(data, configuration(data)), _record(part, configuration(part))
    assert (both.profile, both.level) == (100, 40), "what a decoder must be able to do for both"
    assert both.sequences == (*old.sequences, *new.sequences)
    assert both.pictures == (*old.pictures, *new.pictures)
    assert both.extension == new.extension
    assert both.numbers() == {0, NEW_SET}


@pytest.mark.parametrize(("bits", "number"), [("1", 0), ("010", 1), ("00100", 3), ("00000100000", 31)])
def test_numbers_of_parameter_sets(bits: str, number: int) -> None:
    assert set_number(int(bits.ljust(16, "1"), 2).to_bytes(2, "big")) == number


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 1), st.floats(0, 1), st.binary(min_size=1, max_size=4)), min_size=1))
def test_spoilt_films_raise_only_media_errors(folder: Path, hits: list[tuple[int, float, bytes]]) -> None:
    paths = folder / "fuzz-film.mp4", folder / "fuzz-part.mp4"
    if not paths[1].exists():
        film(paths[0], *H264)
        film(paths[1], "-t", "1", *H264, "-x264-params", f"sps-id={NEW_SET}")
    films = [bytearray(path.read_bytes()) for path in paths]
    begins = [data.index(b"moov") for data in films]
    for which, share, new in hits:
        at = begins[which] + int(share * 1300)
        films[which][at : at + len(new)] = new
    try:
        seam(bytes(films[0]), 8)
        exchange(bytes(films[0]), bytes(films[1]))
    except MediaError:
        return

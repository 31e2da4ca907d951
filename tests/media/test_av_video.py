from __future__ import annotations

import itertools
import json
import subprocess
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from overt.errors import BudgetError, FormatError, MediaError, UnsupportedError
from overt.formats.mp4_film import exchange
from overt.media.av.encode import reencode, write
from overt.media.av.video import Turn, pictures, pictures_at, probe, timeline
from overt.media.budget import Budget

TURNS = [Turn(a, 0, 0, d) for a, d in itertools.product((1, -1), repeat=2)] + [
    Turn(0, b, c, 0) for b, c in itertools.product((1, -1), repeat=2)
]


def grey(level: int) -> np.ndarray:
    return np.full((48, 64, 3), level, np.uint8)


@pytest.fixture(scope="module")
def steps(tmp_path_factory) -> Path:
    """Thirty pictures at ten a second, each brighter than the one before, with a tone."""
    path = tmp_path_factory.mktemp("film") / "steps.mp4"
    tone = np.sin(np.arange(3 * 16_000) * 2 * np.pi * 440 / 16_000).astype(np.float32) * 0.5
    write((grey(16 + 7 * i) for i in range(30)), 10, (tone, 16_000), path)
    return path


def ffprobe(path: Path, entries: str) -> dict:
    done = subprocess.run(
        ["ffprobe", "-v", "warning", "-show_entries", entries, "-of", "json", str(path)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stderr == ""
    return json.loads(done.stdout)


def test_a_written_film_is_what_others_read(steps: Path) -> None:
    found = ffprobe(steps, "stream=codec_name,pix_fmt,avg_frame_rate,color_space,color_range,nb_frames,duration")
    film, sound = found["streams"]
    assert film["codec_name"] == "h264"
    assert film["pix_fmt"] == "yuv420p"
    assert (film["avg_frame_rate"], film["nb_frames"], float(film["duration"])) == ("10/1", "30", 3.0)
    assert (film["color_space"], film["color_range"]) == ("bt709", "tv")
    assert sound["codec_name"] == "aac"
    assert float(sound["duration"]) == pytest.approx(3.0, abs=0.07)
    data = steps.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat"), "the index comes first"


def test_a_film_without_sound_and_with_odd_sides(tmp_path: Path) -> None:
    path = tmp_path / "odd.mp4"
    write([np.zeros((49, 65, 3), np.uint8)] * 3, Fraction(30_000, 1001), None, path)
    film = probe(path)
    assert (film.width, film.height) == (64, 48)
    assert film.rate == Fraction(30_000, 1001)
    assert [stream.kind for stream in film.streams] == ["video"]


def test_probe(steps: Path) -> None:
    film = probe(steps)
    assert film.shown == (64, 48)
    assert (film.codec, film.pixel_format, film.depth) == ("h264", "yuv420p", 8)
    assert (film.colour.primaries, film.colour.transfer, film.colour.matrix, film.colour.full) == (1, 1, 1, False)
    assert [(stream.kind, stream.codec) for stream in film.streams] == [("video", "h264"), ("audio", "aac")]
    assert film.duration == pytest.approx(3.0, abs=0.1)


def test_times_are_those_that_ffprobe_shows(steps: Path, media: Path) -> None:
    for path in (steps, media / "video" / "mdn_friday.mp4", media / "video" / "intel_cars.mp4"):
        frames = ffprobe(path, "frame=pts_time,media_type")["frames"]
        shown = [float(frame["pts_time"]) for frame in frames if frame["media_type"] == "video"]
        assert timeline(path).shown == pytest.approx(shown, abs=2e-6)


def test_pictures_come_in_order_and_at_their_times(steps: Path) -> None:
    film = probe(steps)
    seen = list(pictures(steps, film))
    assert [round(picture.time, 6) for picture in seen] == [i / 10 for i in range(30)]
    levels = [picture.rgb.mean() for picture in seen]
    assert levels == pytest.approx([16 + 7 * i for i in range(30)], abs=2)
    assert len(list(pictures(steps, film, seconds=1.0))) == 10


@pytest.mark.parametrize("times", [[0.0], [0.05, 0.1, 2.95], [2.0, 1.0, 0.0], [9.0]], ids=str)
def test_the_picture_at_a_moment_is_the_one_on_screen(steps: Path, times: list[float]) -> None:
    found = pictures_at(steps, probe(steps), times)
    assert [round(picture.time, 6) for picture in found] == [min(2.9, int(t * 10 + 1e-6) / 10) for t in times]


def test_pictures_can_be_scaled_down(steps: Path) -> None:
    (picture,) = pictures_at(steps, probe(steps), [0.0], side=24)
    assert picture.rgb.shape == (24, 32, 3)


@given(st.sampled_from(TURNS), st.integers(1, 5), st.integers(1, 5))
def test_turning_and_turning_back(turn: Turn, height: int, width: int) -> None:
    picture = np.arange(height * width * 2).reshape(height, width, 2)
    assert np.array_equal(turn.stored(turn.upright(picture)), picture)
    assert np.array_equal(turn.upright(turn.stored(picture)), picture)


def test_turning_follows_the_matrix() -> None:
    """x' = a x + c y and y' = b x + d y: the stored corner at the origin goes where the matrix sends it."""
    picture = np.array([[1, 2, 3], [4, 5, 6]])
    quarter = Turn(0, 1, -1, 0)  # As a phone held upright writes it: a quarter turn clockwise.
    assert quarter.upright(picture).tolist() == [[4, 1], [5, 2], [6, 3]]
    assert Turn(-1, 0, 0, 1).upright(picture).tolist() == [[3, 2, 1], [6, 5, 4]]


def test_encoding_anew_changes_only_chosen_pictures(steps: Path, tmp_path: Path) -> None:
    film, times = probe(steps), timeline(steps)
    encoded, result = tmp_path / "encoded.mp4", tmp_path / "result.mp4"

    def paint(number: int, planes: tuple[np.ndarray, ...]) -> None:
        if number in range(5, 10):
            planes[0][:16, :16] = 235

    reencode(steps, encoded, film, times, paint)
    data = steps.read_bytes()
    result.write_bytes(exchange(data, encoded.read_bytes()).apply(data))
    for index, picture in enumerate(pictures(result, probe(result))):
        corner, rest = picture.rgb[2:14, 2:14].mean(), picture.rgb[20:, 20:].mean()
        assert rest == pytest.approx(16 + 7 * index, abs=3)
        assert corner == pytest.approx(255 if index in range(5, 10) else rest, abs=4)
    assert timeline(result) == times


BAD = {
    "empty": b"",
    "text": b"#EXTM3U\nhttp://example.org/film.ts\n" * 9,
    "a box of no size": b"\0\0\0\x08ftyp\0\0\0\x04moov",
    "an index without tracks": b"\0\0\0\x10ftypisom\0\0\0\0\0\0\0\x08moov",
}


@pytest.mark.parametrize("reason", BAD)
def test_what_is_no_film_is_refused(tmp_path: Path, reason: str) -> None:
    path = tmp_path / "bad.mp4"
    path.write_bytes(BAD[reason])
    with pytest.raises((FormatError, UnsupportedError)):
        probe(path)


def test_budgets(steps: Path) -> None:
    with pytest.raises(BudgetError, match="pixels"):
        probe(steps, Budget(max_pixels=1000))
    with pytest.raises(BudgetError, match="seconds"):
        probe(steps, Budget(max_duration_s=1))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.floats(0, 1), st.sampled_from([0, 1, 127, 128, 255])), min_size=1, max_size=6), st.data())
def test_broken_films_raise_only_media_errors(steps: Path, tmp_path: Path, hits: list, data: st.DataObject) -> None:
    film = bytearray(steps.read_bytes())
    for share, value in hits:
        film[min(len(film) - 1, int(share * len(film)))] = value
    length = data.draw(st.sampled_from([len(film), len(film) // 2, 900]))
    path = tmp_path / "broken.mp4"
    path.write_bytes(bytes(film[:length]))
    with suppress(MediaError):
        found = probe(path)
        timeline(path)
        assert all(picture.rgb.size for picture in pictures(path, found, side=16))


def test_a_missing_file_is_not_a_broken_film(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        probe(tmp_path / "none.mp4")

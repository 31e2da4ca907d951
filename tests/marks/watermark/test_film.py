"""The watermark of films, frames in and frames out: what codecs and edits leave of it."""

from __future__ import annotations

import subprocess
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from overt.errors import UnsupportedError
from overt.marks.watermark.film import lapped
from overt.marks.watermark.film.mark import FilmMarker
from overt.marks.watermark.film.read import FilmReader
from overt.marks.watermark.keys import Key
from overt.marks.watermark.model import Readout

Frames = NDArray[np.uint8]

KEY = Key("test", bytes(range(32)))
OTHER = Key("other", bytes(32))
VALUE = 0x0123456789ABCDEF
RATE = 30
SIZE = (480, 270)


def _ffmpeg(given: list[str], data: bytes = b"") -> bytes:
    command = ["ffmpeg", "-v", "error", "-threads", "1", *given, "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"]
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout


@pytest.fixture(scope="module")
def clip(media: Path) -> Frames:
    """A hand that moves cups, for less than two seconds."""
    scaled = f"scale={SIZE[0]}:{SIZE[1]}:flags=area"
    out = _ffmpeg(["-i", str(media / "video" / "sam2_cups.mp4"), "-t", "1.6", "-vf", scaled])
    return np.frombuffer(out, np.uint8).reshape(-1, SIZE[1], SIZE[0], 3)


def marked(frames: Frames, value: int = VALUE, key: Key = KEY) -> Frames:
    marker = FilmMarker(frames.shape[1:3], RATE, value, 64, key)
    deltas = [marker.delta(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)) for frame in frames]
    return np.clip(np.rint(frames + np.stack(deltas)[..., None]), 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def film(clip: Frames) -> Frames:
    return marked(clip)


def coded(frames: Frames, tmp_path: Path, *codec: str, filters: str = "null", size: tuple[int, int] = SIZE) -> Frames:
    path = str(tmp_path / "coded.mkv")
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{SIZE[0]}x{SIZE[1]}", "-r", str(RATE), "-i", "pipe:0"]
    command = ["ffmpeg", "-v", "error", "-threads", "1", *raw, "-vf", filters, *codec, "-pix_fmt", "yuv420p", path]
    subprocess.run(command, input=frames.tobytes(), capture_output=True, check=True)
    return np.frombuffer(_ffmpeg(["-i", path]), np.uint8).reshape(-1, size[1], size[0], 3)


def h264(quality: int) -> tuple[str, ...]:
    return ("-c:v", "libx264", "-crf", str(quality), "-preset", "veryfast")


def read(frames: Frames, *keys: Key, count: int = 8) -> Readout:
    reader = FilmReader(keys or (KEY,))
    for place in np.unique(np.linspace(0, len(frames) - 1, count).astype(int)):
        reader.see(frames[place], place / RATE)
    return reader.readout()


def ids(readout: Readout) -> list[int]:
    return [found.value for found in readout.ids]


def test_lapped_blocks_give_the_plane_back() -> None:
    plane = np.random.default_rng(1).normal(128, 40, (101, 67)).astype(np.float32)
    assert np.allclose(lapped.synthesised(lapped.analysed(plane), plane.shape), plane, atol=1e-3)


def test_a_marked_film_looks_the_same_and_says_from_when_to_when(clip: Frames, film: Frames) -> None:
    errors = [float(np.mean((one.astype(np.float32) - other) ** 2)) for one, other in zip(clip, film, strict=True)]
    psnr = [10 * np.log10(255**2 / error) for error in errors]
    assert np.mean(psnr) > 41.5
    assert min(psnr) > 37, "at a cut it is stronger"
    found = read(film).ids[0]
    assert (found.value, found.bits, found.key) == (VALUE, 64, "test")
    assert (found.place.start, found.place.end) == (0.0, pytest.approx((len(film) - 1) / RATE))
    assert found.log10_p < -50


def test_plain_places_stay_as_they_are(clip: Frames, film: Frames) -> None:
    table = (slice(None), slice(200, 260), slice(60, 160))
    assert np.abs(film[table].astype(int) - clip[table]).mean() < 0.1


def test_still_pictures_do_not_flicker(clip: Frames) -> None:
    still = marked(np.repeat(clip[:1], 34, 0))
    steps = [np.abs(one.astype(int) - other).mean() for one, other in pairwise(still[25:])]
    assert max(steps) < 0.02


@pytest.mark.parametrize("quality", [28, 33])
def test_it_outlives_coarse_coding(film: Frames, tmp_path: Path, quality: int) -> None:
    assert ids(read(coded(film, tmp_path, *h264(quality)))) == [VALUE]


@pytest.mark.parametrize(
    ("filters", "size"),
    [("scale=640:360", (640, 360)), ("fps=15", SIZE), ("hflip", SIZE), ("crop=430:240:21:13", (430, 240))],
    ids=["scaled", "half the rate", "mirrored", "cropped"],
)
def test_it_outlives_edits(film: Frames, tmp_path: Path, filters: str, size: tuple[int, int]) -> None:
    readout = read(coded(film, tmp_path, *h264(23), filters=filters, size=size))
    assert ids(readout) == [VALUE]
    assert readout.ids[0].place.mirrored == (filters == "hflip")


def test_one_frame_of_a_coarse_copy_is_enough(film: Frames, tmp_path: Path) -> None:
    copy = coded(film, tmp_path, *h264(33), filters="scale=640:360", size=(640, 360))
    assert ids(read(copy[40:41])) == [VALUE]


def test_without_a_mark_or_with_another_key_there_is_no_id(clip: Frames, film: Frames) -> None:
    assert read(clip).state == "none"
    other = read(film, OTHER)
    assert (other.state, other.ids) == ("mark", ())
    assert read(film, Key("own presence", bytes(32), bytes(range(32)))).state == "none"
    assert ids(read(film, OTHER, KEY)) == [VALUE]


def test_averaging_gives_no_wrong_id(clip: Frames, film: Frames) -> None:
    """Twenty frames of one film keep its id; copies with ids of their own give one of these or none."""
    mean = film[:40:2].mean(0)
    assert ids(read(np.rint(mean)[None].astype(np.uint8))) == [VALUE]
    values = [VALUE + 0x1111_0000_1111_0001 * number for number in range(1, 6)]
    copies = np.mean([marked(clip[:12], value) for value in values], 0)
    assert set(ids(read(np.rint(copies).astype(np.uint8)))) <= set(values)


def test_a_film_that_is_too_small_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="too small"):
        FilmMarker((90, 120), RATE, VALUE, 40, KEY)


def test_nothing_seen_is_no_mark() -> None:
    assert FilmReader((KEY,)).readout() == Readout()
    assert read(np.zeros((3, 96, 128, 3), np.uint8)).state == "none"

"""Film: frames on a clock, beside each other at one shift in time."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from overt.fingerprints import film, points

RATE = 25


def camera(picture: np.ndarray, seconds: float) -> list[np.ndarray]:
    """A film of a camera that moves over a picture."""
    height, width = picture.shape[:2]
    high, wide = round(0.6 * height), round(0.6 * width)
    steps = np.linspace(0, 1, round(seconds * RATE))
    frames = []
    for step in steps:
        top, left = round(step * (height - high)), round((1 - step) * (width - wide))
        frames.append(
            cv2.resize(picture[top : top + high, left : left + wide], (320, 240), interpolation=cv2.INTER_AREA)
        )
    return frames


def sampled(frames: list[np.ndarray], rate: float = RATE, every: float = film.EVERY) -> film.Sampler:
    sampler = film.Sampler(every)
    for number, frame in enumerate(frames):
        if sampler.wants(number / rate):
            sampler.add(number / rate, frame)
    return sampler


@pytest.fixture(scope="module")
def frames(media: Path) -> list[np.ndarray]:
    names = ("kodim04.png", "kodim08.png", "skimage_coffee.png")
    photos = [np.asarray(Image.open(media / "images" / name).convert("RGB")) for name in names]
    return [frame for photo in photos for frame in camera(photo, 4)]


def test_a_piece_is_found_and_said_where(frames) -> None:
    kept = sampled(frames).fingerprint()
    piece = frames[round(5.1 * RATE) : round(10.1 * RATE)]
    found = film.compare(sampled(piece, every=film.ASKED_EVERY).queries(), kept)
    assert found.distance <= 31
    assert found.share_of_query > 0.9
    span = found.spans[0]
    assert span.reference[0] - span.query[0] == pytest.approx(5100, abs=200)
    assert span.query[1] - span.query[0] > 4000


def test_another_frame_rate_changes_nothing(frames) -> None:
    kept = sampled(frames).fingerprint()
    slower = sampled(frames[::3], RATE / 3, film.ASKED_EVERY)
    found = film.compare(slower.queries(), kept)
    assert found.distance <= 20
    assert abs(found.spans[0].reference[0] - found.spans[0].query[0]) <= 250


def test_a_mirrored_copy_is_said_to_be(frames) -> None:
    kept = sampled(frames).fingerprint()
    mirrored = sampled([np.ascontiguousarray(frame[:, ::-1]) for frame in frames[:100]])
    found = film.compare(mirrored.queries(), kept)
    assert found.distance <= 31
    assert found.changed == {"mirrored": 1.0}


def test_a_recording_with_plain_edges_is_found(frames) -> None:
    kept = sampled(frames).fingerprint()
    framed = [cv2.copyMakeBorder(frame, 40, 30, 20, 60, cv2.BORDER_CONSTANT, value=(250, 250, 250)) for frame in frames]
    found = film.compare(sampled(framed[:150], every=film.ASKED_EVERY).queries(), kept)
    assert found.distance <= 31


def test_strangers_are_far(frames) -> None:
    one, other = sampled(frames[:200]), sampled(frames[200:])
    found = film.compare(other.queries(), one.fingerprint())
    assert found.distance > 60
    assert (found.matched, found.spans) == (0, ())


def test_still_and_plain_frames_are_kept_seldom_or_never(frames) -> None:
    still = sampled([frames[0]] * (10 * RATE))
    assert len(still.fingerprint()) == 5
    plain = sampled([np.full((240, 320, 3), 20, np.uint8)] * RATE)
    assert len(plain.fingerprint()) == 0
    assert film.compare(plain.queries(), still.fingerprint()).distance == 256


def test_a_cropped_film_is_known_by_its_points(frames) -> None:
    kept, _ = sampled(frames).points()
    cropped = sampled([np.ascontiguousarray(frame[30:210, 50:290]) for frame in frames[100:]])
    assert film.compare(cropped.queries(), sampled(frames).fingerprint()).distance > 31
    assert points.compare(cropped.points(), kept).distance < -10


def test_however_long_a_film_is_its_points_are_few(frames) -> None:
    sampler = film.Sampler()
    for second in range(200):
        sampler.add(float(second), frames[second][:64, :64])
    moments = [moment for moment, _ in sampler._scenes]
    assert 16 <= len(moments) <= 32
    assert max(moments) > 150

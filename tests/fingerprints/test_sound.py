"""Landmarks of sound: what is done to a copy here is done in NumPy; codecs are the benchmark's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from overt.fingerprints import sound
from overt.media.av import audio

FILES = ("libri_1688-142285-0006.flac", "mdn_guitar.flac", "whisper_jfk.flac")
SURE = -12.0  # Far beyond what strangers reach.


@pytest.fixture(scope="module")
def clips(media: Path) -> dict[str, tuple[np.ndarray, int]]:
    found = {}
    for name in FILES:
        excerpt = audio.ends(media / "audio" / name, "flac", 8)[0]
        found[name] = excerpt.samples.astype(np.float32), excerpt.rate
    return found


@pytest.fixture(scope="module")
def kept(clips: dict[str, tuple[np.ndarray, int]]) -> dict[str, sound.Fingerprint]:
    return {name: sound.fingerprint(*clip) for name, clip in clips.items()}


def faster(samples: np.ndarray, factor: float) -> np.ndarray:
    """Played faster: shorter, and higher."""
    when = np.arange(0, len(samples) - 1, factor)
    return np.stack([np.interp(when, np.arange(len(samples)), channel) for channel in samples.T], 1).astype(np.float32)


def noisy(samples: np.ndarray, decibels: float) -> np.ndarray:
    noise = np.random.default_rng(5).normal(0, 1, samples.shape)
    return (samples + noise * samples.std() * 10 ** (-decibels / 20)).astype(np.float32)


def cut(samples: np.ndarray, rate: int, seconds: float) -> np.ndarray:
    return samples[round(2.123 * rate) : round((2.123 + seconds) * rate)]


@pytest.mark.parametrize("name", FILES)
def test_five_seconds_in_noise_are_known_again(clips, kept, name: str) -> None:
    samples, rate = clips[name]
    found = sound.compare(sound.queries(noisy(cut(samples, rate, 5), 10), rate), kept[name])
    assert found.distance < SURE
    assert not found.changed
    here, there = found.spans[0].query[0], found.spans[0].reference[0]
    assert (there - here) * sound.TICK == pytest.approx(2.123, abs=0.05)


@pytest.mark.parametrize(("factor", "said"), [(1.05, (1.04, 1.06)), (0.95, (0.94, 0.96))])
def test_a_faster_and_a_slower_copy_are_known_and_said_to_be(clips, kept, factor: float, said) -> None:
    samples, rate = clips[FILES[0]]
    found = sound.compare(sound.queries(faster(cut(samples, rate, 5), factor), rate), kept[FILES[0]])
    assert found.distance < SURE
    assert found.changed["speed"] in said


def test_strangers_are_far(clips, kept) -> None:
    for name, (samples, rate) in clips.items():
        query = sound.queries(cut(samples, rate, 5), rate)
        assert all(sound.compare(query, kept[other]).distance > -8 for other in FILES if other != name)


def test_another_sampling_rate_and_volume_change_little(clips, kept) -> None:
    samples, rate = clips[FILES[1]]
    other = faster(samples, rate / 16000) * 0.2
    found = sound.compare(sound.queries(other, 16000), kept[FILES[1]])
    assert found.distance < SURE
    assert found.share_of_query > 0.5


def test_one_channel_or_two_are_the_same(clips) -> None:
    samples, rate = clips[FILES[0]]
    mono = samples.mean(1)
    one, two = sound.fingerprint(mono, rate), sound.fingerprint(np.stack([mono, mono], 1), rate)
    assert np.array_equal(one.values, two.values)


@pytest.mark.parametrize("samples", [np.zeros((0, 2)), np.zeros(100), np.zeros(80000)])
def test_silence_and_next_to_nothing_have_no_landmarks(samples: np.ndarray, kept) -> None:
    assert len(sound.fingerprint(samples.astype(np.float32), 16000)) == 0
    found = sound.compare(sound.queries(samples.astype(np.float32), 16000), kept[FILES[0]])
    assert (found.distance, found.matched, found.spans) == (0, 0, ())

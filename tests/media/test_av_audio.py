from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from overt.errors import BudgetError, FormatError, MediaError, UnsupportedError
from overt.media.av import audio, coders
from overt.media.budget import INSPECTION
from overt.media.sound import Samples


def tone(seconds: float, rate: int, channels: int = 1) -> Samples:
    clock = np.arange(round(seconds * rate)) / rate
    return np.repeat(0.3 * np.sin(2 * np.pi * 440 * clock)[:, None], channels, axis=1)


def flac_file(path: Path, samples: Samples, rate: int) -> Path:
    with av.open(str(path), "w", format="flac") as output:
        stream = output.add_stream("flac", rate=rate)
        stream.layout, stream.format = "mono" if samples.shape[1] == 1 else "stereo", "s16"
        whole = np.rint(samples * 32767).astype(np.int16).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(whole, "s16", stream.layout.name)
        frame.sample_rate = rate
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


def test_a_short_file_comes_in_one_piece(tmp_path):
    samples = tone(2, 8000, 2)
    (part,) = audio.ends(flac_file(tmp_path / "a.flac", samples, 8000), "flac", 15.0)
    assert (part.start, part.rate, part.losses) == (0.0, 8000, 0)
    assert np.abs(part.samples - np.rint(samples * 32767) / 32768).max() < 1e-9


def test_of_a_longer_file_come_both_ends(tmp_path):
    path = flac_file(tmp_path / "a.flac", tone(50, 8000), 8000)
    head, tail = audio.ends(path, "flac", 15.0)
    assert 15 <= len(head.samples) / 8000 < 16
    assert 15 <= len(tail.samples) / 8000 < 16
    assert tail.start + len(tail.samples) / 8000 == pytest.approx(50)


def test_of_a_long_file_the_middle_is_skipped(tmp_path):
    samples = tone(200, 8000) * np.linspace(0.1, 1, 200 * 8000)[:, None]
    head, tail = audio.ends(flac_file(tmp_path / "a.flac", samples, 8000), "flac", 15.0)
    assert len(tail.samples) / 8000 == pytest.approx(15, abs=1.5)
    assert tail.start + len(tail.samples) / 8000 == pytest.approx(200, abs=0.01)
    assert np.abs(tail.samples).max() > 0.29
    assert np.abs(head.samples).max() < 0.06


def test_a_file_longer_than_the_budget_is_refused(tmp_path):
    path = flac_file(tmp_path / "a.flac", tone(8, 8000), 8000)
    budget = INSPECTION.model_copy(update={"max_duration_s": 5.0})
    with pytest.raises(BudgetError, match="5 s"):
        audio.ends(path, "flac", 1.0, budget)
    with (tmp_path / "b.flac").open("w+b") as target, pytest.raises(BudgetError):
        audio.extend_flac(path, target, 16, tone(1, 8000), tone(1, 8000)[:0], budget)


@pytest.mark.parametrize(
    ("rate", "kilobits", "channels"), [(44_100, 128, 2), (48_000, 320, 2), (22_050, 64, 1), (8_000, 24, 1)]
)
def test_mp3_frames_stand_alone_and_hold_the_sound(rate, kilobits, channels, tmp_path):
    samples = tone(1, rate, channels)
    frames, delay, padding = coders.encode_mp3(samples, rate, kilobits, joint=True)
    size = 1152 if rate > 24_000 else 576
    assert len(frames) * size == len(samples) + delay + padding
    # The side information begins with the distance back to the bit reservoir: none.
    assert all(frame[4] == 0 and (rate <= 24_000 or frame[5] & 0x80 == 0) for frame in frames)
    path = tmp_path / "a.mp3"
    path.write_bytes(b"".join(frames))
    (part,) = audio.ends(path, "mp3", 15.0)
    shift = delay + coders.DECODER_DELAY
    middle = slice(rate // 4, rate // 2)
    decoded = part.samples[shift:][middle]
    assert np.abs(decoded - samples[middle]).max() < 0.05


def test_what_lame_cannot_do_is_refused():
    with pytest.raises(UnsupportedError):
        coders.encode_mp3(tone(0.1, 8000), 12_345, 64, joint=False)


def test_flac_grows_at_both_ends_without_loss(tmp_path):
    path = flac_file(tmp_path / "a.flac", tone(1, 44_100, 2), 44_100)
    with (tmp_path / "b.flac").open("w+b") as target:
        audio.extend_flac(path, target, 16, np.zeros((1000, 2)), np.full((500, 2), 0.5))
    (old,), (new,) = audio.ends(path, "flac", 15.0), audio.ends(tmp_path / "b.flac", "flac", 15.0)
    assert np.array_equal(new.samples[1000:-500], old.samples)
    assert not new.samples[:1000].any()
    assert (new.samples[-500:] == 0.5).all()


@pytest.mark.parametrize("container", ["mp3", "flac", "wav"])
@pytest.mark.parametrize(
    "data", [b"", b"x", b"fLaC", b"RIFF\0\0\0\0WAVE", b"\xff\xfb\x90\x64", b"ID3\4\0\0\x7f\x7f\x7f\x7f"]
)
def test_broken_files_give_media_errors(container, data, tmp_path):
    path = tmp_path / "a"
    path.write_bytes(data)
    with pytest.raises(MediaError):
        audio.ends(path, container, 15.0)


def test_a_file_without_sound_is_refused(tmp_path):
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w", format="mp4") as output:
        stream = output.add_stream("mpeg4", rate=5)
        stream.width = stream.height = 32
        output.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), "rgb24")))
        output.mux(stream.encode(None))
    with pytest.raises(FormatError, match="no sound"):
        audio.ends(path, "mp4", 15.0)


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    changes=st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 255)), min_size=1, max_size=20),
    cut=st.integers(0, 99),
)
def test_changed_files_give_sound_or_media_errors(tmp_path, changes, cut):
    whole = flac_file(tmp_path / "a.flac", tone(0.5, 8000), 8000).read_bytes()
    frames, _, _ = coders.encode_mp3(tone(0.5, 8000), 8000, 24, joint=False)
    for container, original in (("flac", whole), ("mp3", b"".join(frames))):
        data = bytearray(original)
        for place, value in changes:
            data[place % len(data)] = value
        path = tmp_path / "b"
        path.write_bytes(data[: len(data) - cut])
        try:
            parts = audio.ends(path, container, 15.0)
        except MediaError:
            continue
        assert all(np.isfinite(part.samples).all() for part in parts)

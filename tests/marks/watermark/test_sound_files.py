"""Watermarks in sound files: put on, read back, in time, and everything else kept."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from overt.errors import TruncatedError, UnsupportedError
from overt.marks.label.sound import listen
from overt.marks.watermark.carriers import carrier
from overt.marks.watermark.keys import Key
from overt.marks.watermark.model import shortened
from overt.media.sound import Samples

KEY = Key("test", bytes(range(32)))
CONTENT = "12345678-1234-4234-8234-123456789abc"
FORMS = {
    "plain.wav": (),
    "deep.wav": ("-c:a", "pcm_s24le", "-ar", "48000", "-ac", "6"),
    "floating.wav": ("-c:a", "pcm_f32le", "-ar", "96000"),
    "telephone.wav": ("-c:a", "pcm_mulaw", "-ar", "8000", "-ac", "1"),
    "plain.aiff": (),
    "plain.flac": ("-ac", "2"),
    "deep.flac": ("-sample_fmt", "s32"),
    "constant.mp3": ("-b:a", "96k"),
    "varying.mp3": ("-q:a", "5", "-ac", "2"),
    "plain.aac": ("-b:a", "96k"),
    "plain.m4a": ("-b:a", "96k", "-ac", "2"),
    "lossless.m4a": ("-c:a", "alac"),
    "plain.ogg": ("-c:a", "libvorbis"),
    "plain.opus": ("-b:a", "48k"),
    "surround.opus": ("-ac", "6", "-b:a", "160k"),
}
UNTAGGED = ("plain.aac",)


def _made(media: Path, target: Path, *options: str, seconds: float = 9.0) -> Path:
    source = media / "audio" / "spleeter_example.flac"
    told = ["-t", str(seconds), "-metadata", "title=Larch", *options, str(target)]
    subprocess.run(["ffmpeg", "-v", "error", "-i", str(source), *told], check=True, stdin=subprocess.DEVNULL)
    return target


def _sound(path: Path) -> tuple[int, Samples]:
    excerpt = next(listen.spans(path, path.suffix[1:], [(0.0, 60.0)]))
    return excerpt.rate, excerpt.samples


def _title(path: Path) -> str:
    command = ["ffprobe", "-v", "error", "-show_entries", "format_tags=title:stream_tags=title", "-of", "csv=p=0"]
    return subprocess.run([*command, str(path)], check=True, capture_output=True, text=True).stdout.split()[0]


@pytest.mark.parametrize("name", FORMS)
def test_an_id_is_put_on_in_time_and_read_back(name: str, media: Path, tmp_path: Path):
    source, target = _made(media, tmp_path / name, *FORMS[name]), tmp_path / f"marked-{name}"
    container = source.suffix[1:]
    report = carrier(container).put(source, target, container, CONTENT, KEY)

    assert report.modality == "audio"
    assert report.found.value == shortened(CONTENT)
    assert [each.value for each in carrier(container).read(target, container, (KEY,)).ids] == [shortened(CONTENT)]
    (rate, before), (same_rate, after) = _sound(source), _sound(target)
    assert (same_rate, after.shape[1]) == (rate, before.shape[1])
    assert abs(len(before) - len(after)) < 2048
    length = min(len(before), len(after)) - rate // 10
    one, two = before[rate // 10 : length].mean(axis=1), after[rate // 10 : length].mean(axis=1)
    # Sound that is late by a sample or two is no longer this alike.
    assert np.corrcoef(one, two)[0, 1] > 0.97
    if name not in UNTAGGED:
        assert _title(target) == "Larch"


@pytest.mark.parametrize("name", ["plain.wav", "plain.aiff"])
def test_nothing_but_the_samples_changes(name: str, media: Path, tmp_path: Path):
    source, target = _made(media, tmp_path / name), tmp_path / f"marked-{name}"
    container = source.suffix[1:]
    carrier(container).put(source, target, container, CONTENT, KEY)
    old, new = source.read_bytes(), target.read_bytes()
    different = np.flatnonzero(np.frombuffer(old, np.uint8) != np.frombuffer(new, np.uint8))

    assert len(old) == len(new)
    assert different[0] >= new.index({"plain.wav": b"data", "plain.aiff": b"SSND"}[name])
    assert b"Larch" in new


def test_short_sound_gets_the_short_id_and_shorter_sound_none(media: Path, tmp_path: Path):
    four, two = (_made(media, tmp_path / f"{seconds}.wav", seconds=seconds) for seconds in (4.0, 2.0))
    target = tmp_path / "out.wav"
    report = carrier("wav").put(four, target, "wav", CONTENT, KEY)

    assert (report.found.bits, report.found.value) == (40, shortened(CONTENT, 40))
    with pytest.raises(UnsupportedError, match="too short"):
        carrier("wav").put(two, target, "wav", CONTENT, KEY)
    assert not target.exists()


def test_long_sound_is_marked_without_seams(media: Path, tmp_path: Path):
    source, target = tmp_path / "long.wav", tmp_path / "marked.wav"
    once = str(media / "audio" / "spleeter_example.flac")
    options = ["-stream_loop", "30", "-i", once, "-t", "280", "-ac", "1", "-ar", "16000", str(source)]
    subprocess.run(["ffmpeg", "-v", "error", *options], check=True, stdin=subprocess.DEVNULL)
    carrier("wav").put(source, target, "wav", CONTENT, KEY)

    late = tmp_path / "late.wav"
    # Around the border of two windows.
    cut = ["-ss", "116", "-t", "20", "-i", str(target), "-c", "copy", str(late)]
    subprocess.run(["ffmpeg", "-v", "error", *cut], check=True, stdin=subprocess.DEVNULL)
    assert [each.value for each in carrier("wav").read(late, "wav", (KEY,)).ids] == [shortened(CONTENT)]


def test_half_a_file_is_refused(media: Path, tmp_path: Path):
    whole = _made(media, tmp_path / "whole.wav")
    half, target = tmp_path / "half.wav", tmp_path / "out.wav"
    half.write_bytes(whole.read_bytes()[:400_000])

    with pytest.raises(TruncatedError):
        carrier("wav").put(half, target, "wav", CONTENT, KEY)
    assert not target.exists()

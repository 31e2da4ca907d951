"""The label on coded sound: in packets beside the old ones, which decode to what they did."""

from __future__ import annotations

import subprocess
from pathlib import Path

import av
import numpy as np
import pytest

from overt.errors import MediaError, UnsupportedError
from overt.formats import identify
from overt.marks.label import LabelStyle, labeller
from overt.marks.label.sound.labeller import LABELLER
from overt.media.sound import Samples
from overt.rulebook import load
from samples import ffmpeg

RULES = load("cn").label
RATE = 24_000
PAUSES = (1.2, 3.1)
"""When the pauses of the dialogue begin; each lasts a second."""
FILES: dict[str, tuple[str, ...]] = {
    "wav.wav": (),
    "rf64.wav": ("-rf64", "always"),
    "big-endian.aiff": (),
    "eight-bits.aiff": ("-c:a", "pcm_s8"),
    "flac.flac": (),
    "mp3.mp3": ("-b:a", "64k"),
    "aac.aac": (),
    "m4a.m4a": (),
    "alac.m4a": ("-c:a", "alac"),
    "vorbis.ogg": ("-c:a", "libvorbis"),
    "vorbis-poor.ogg": ("-c:a", "libvorbis", "-q:a", "-1"),
    "vorbis-surround.ogg": ("-c:a", "libvorbis", "-ac", "6"),
    "opus.opus": ("-ar", "48000"),
    "opus-speech.opus": ("-ar", "48000", "-application", "voip", "-b:a", "12k"),
}
LOSSLESS = ("wav", "rf64", "big-endian", "eight-bits", "flac", "alac")
CASES = [(name, "turns") for name in FILES]
CASES += [
    (name, at)
    for name in ("big-endian.aiff", "aac.aac", "m4a.m4a", "alac.m4a", "vorbis.ogg", "opus.opus")
    for at in ("start", "end")
]


@pytest.fixture(scope="module")
def dialogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three turns with pauses of a second, in a room that is not quite silent."""
    folder = tmp_path_factory.mktemp("dialogue")
    clock = np.arange(round(5.4 * RATE)) / RATE
    phase = 2 * np.pi * np.cumsum(140 + 40 * np.sin(2 * np.pi * 0.7 * clock)) / RATE
    voice = 0.2 * sum(np.sin(k * phase) / k for k in range(1, 9)) * (0.4 + np.sin(2 * np.pi * 2 * clock) ** 2)
    for begin in PAUSES:
        voice[(clock >= begin) & (clock < begin + 1)] = 0
    voice += 0.0005 * np.random.default_rng(1).standard_normal(len(voice))
    (folder / "a.raw").write_bytes(np.rint(voice * 32767).astype("<i2").tobytes())
    for name, options in FILES.items():
        ffmpeg(
            "-f", "s16le", "-ar", str(RATE), "-ac", "1", "-i", folder / "a.raw", "-metadata", "title=标题", *options,
            folder / name,
        )  # fmt: skip
    return folder


def decoded(path: Path) -> Samples:
    """By another decoder than the labeller's; the mean of the channels."""
    raw = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", str(path), "-f", "f32le", "-"], capture_output=True, check=True
    ).stdout
    with av.open(str(path)) as opened:
        channels = opened.streams.audio[0].codec_context.channels
    return np.frombuffer(raw, "<f4").reshape(-1, channels).mean(axis=1).astype(float)


def found_in(whole: Samples, part: Samples) -> tuple[int, float]:
    """Where a stretch comes again, and how far off in decibels."""
    size = 1 << (len(whole) + len(part)).bit_length()
    product = np.fft.irfft(np.fft.rfft(whole, size) * np.conj(np.fft.rfft(part, size)), size)[: len(whole) - len(part)]
    sums = np.concatenate([[0.0], np.cumsum(whole**2)])
    place = int((sums[len(part) :][: len(product)] - sums[: len(product)] - 2 * product).argmin())
    error = ((whole[place : place + len(part)] - part) ** 2).sum() / (part**2).sum()
    return place, 10 * float(np.log10(max(error, 1e-20)))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "at"), CASES)
def test_the_label_is_heard_and_the_content_is_what_it_was(dialogue: Path, tmp_path: Path, name: str, at: str) -> None:
    source, target = dialogue / name, tmp_path / name
    container = identify(source.read_bytes(), name).name
    style = LabelStyle(audio="rhythm", audio_at=at, turn_pause_seconds=0.8)  # type: ignore[arg-type]
    report = LABELLER.put(source, target, container, RULES, style)
    assert report.measures["unit_seconds"] == pytest.approx(0.12, rel=0.02)
    wheres = {"turns": ["turn 1", "turn 2", "turn 3"]}.get(at, [at])
    assert [place.where for place in report.places] == wheres

    old, new = decoded(source), decoded(target)
    rate = len(old) / 5.4
    shifts = []
    # Within each turn, from where a decoder has settled behind a pause.
    for begin, end in ((0.1, 1.1), (2.5, 3.0), (4.4, 5.2)):
        part = old[round(begin * rate) : round(end * rate)]
        place, error = found_in(new, part)
        assert error < (-100 if name.split(".", maxsplit=1)[0] in LOSSLESS else -35)
        shifts.append((place - round(begin * rate)) / rate)
    length = {"start": 1.97, "end": 0, "turns": 2.3}[at]
    counts = (1, 2, 3) if at == "turns" else (1, 1, 1)
    assert shifts == pytest.approx([length * count for count in counts], abs=0.5)

    probe = subprocess.run(
        ["ffprobe", "-v", "error", "-show_format", "-show_streams", str(target)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert probe.stderr == ""
    assert container in ("aac", "wav") or "标题" in probe.stdout
    again = tmp_path / f"again-{name}"
    LABELLER.put(target, again, container, RULES, style)
    assert again.read_bytes() == target.read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["big-endian.aiff", "aac.aac", "m4a.m4a", "vorbis.ogg", "opus.opus"])
def test_a_voice_says_it_and_is_heard_again(dialogue: Path, tmp_path: Path, name: str) -> None:
    container = identify((dialogue / name).read_bytes(), name).name
    report = LABELLER.put(dialogue / name, tmp_path / name, container, RULES, LabelStyle())
    assert report.wording == "本内容由人工智能生成"
    assert 120 <= report.measures["characters_per_minute"] <= 160
    assert report.measures["score"] > 0.8
    assert LABELLER.read(tmp_path / name, container, RULES) == report
    assert LABELLER.read(dialogue / name, container, RULES) is None


def test_all_are_found_by_their_container() -> None:
    for name in ("wav", "aiff", "mp3", "flac", "aac", "m4a", "ogg", "opus"):
        assert labeller(name) is LABELLER


def test_a_picture_among_the_comments_stays(dialogue: Path, tmp_path: Path) -> None:
    source, target = tmp_path / "a.ogg", tmp_path / "b.ogg"
    picture = "METADATA_BLOCK_PICTURE=" + "QUFB" * 30_000
    ffmpeg("-i", dialogue / "vorbis.ogg", "-c", "copy", "-metadata", picture, source)
    LABELLER.put(source, target, "ogg", RULES, LabelStyle(audio="rhythm"))
    assert target.read_bytes().count(b"QUFBQUFB") >= 14_000


def test_a_short_pause_is_no_turn(dialogue: Path, tmp_path: Path) -> None:
    style = LabelStyle(audio="rhythm", audio_at="turns", turn_pause_seconds=1.5)
    report = LABELLER.put(dialogue / "wav.wav", tmp_path / "a.wav", "wav", RULES, style)
    assert [place.where for place in report.places] == ["turn 1"]


def test_what_cannot_be_joined_is_refused_with_a_way_out(dialogue: Path, tmp_path: Path) -> None:
    source = dialogue / "opus.opus"
    refused = {
        "chained.opus": source.read_bytes() * 1 + (dialogue / "opus-speech.opus").read_bytes(),
    }
    for name, options in {"flac.oga": ("-c:a", "flac"), "speex.spx": ("-ar", "16000", "-c:a", "libspeex")}.items():
        ffmpeg("-i", source, *options, tmp_path / name)
        refused[name] = (tmp_path / name).read_bytes()
    for name, data in refused.items():
        path = tmp_path / name
        path.write_bytes(data)
        with pytest.raises(UnsupportedError) as caught:
            LABELLER.put(path, tmp_path / "out", identify(data).name, RULES, LabelStyle(audio="rhythm"))
        assert "ffmpeg" in caught.value.hint.en, name
        assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["big-endian.aiff", "aac.aac", "m4a.m4a", "vorbis.ogg", "opus.opus"])
def test_half_a_file_is_never_labelled_silently_wrong(dialogue: Path, tmp_path: Path, name: str) -> None:
    data = (dialogue / name).read_bytes()
    path, target = tmp_path / name, tmp_path / f"b-{name}"
    for stop in (0, 40, len(data) // 2):
        path.write_bytes(data[:stop])
        try:
            LABELLER.put(path, target, name.rpartition(".")[2], RULES, LabelStyle(audio="rhythm"))
        except MediaError:
            assert not target.exists()

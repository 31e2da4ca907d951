from __future__ import annotations

import io
import subprocess
import sys
import wave as python_wave
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from overt.errors import FormatError, MediaError, ReadBackError, SetupError, UnsupportedError
from overt.language import Text
from overt.marks.label import LabelStyle, labeller
from overt.marks.label.sound import flac, mpeg, mpeg_join, speech, wave
from overt.marks.label.sound.labeller import LABELLER
from overt.marks.label.sound.voice import PEAK
from overt.media import sound
from overt.media.av import audio as av_audio
from overt.media.sound import Samples
from overt.rulebook import LabelRules, load

RULES = load("cn").label
STYLES = [LabelStyle(audio=kind, audio_at=at) for kind in ("spoken", "rhythm") for at in ("start", "end")]
NAMES = [f"{style.audio}-{style.audio_at}" for style in STYLES]


def content(seconds: float = 3.0, rate: int = 16_000, channels: int = 1, level: float = 0.1) -> Samples:
    """Something between speech and music: harmonics of a wandering pitch, in syllables."""
    clock = np.arange(round(seconds * rate)) / rate
    phase = 2 * np.pi * np.cumsum(140 + 40 * np.sin(2 * np.pi * 0.7 * clock)) / rate
    voice = sum(np.sin(k * phase) / k for k in range(1, 9)) * (0.3 + np.sin(2 * np.pi * 2 * clock) ** 2)
    return level * np.stack([voice * (1 - 0.1 * c) for c in range(channels)], axis=1)


def write_wav(path: Path, samples: Samples, rate: int) -> Path:
    with python_wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.rint(samples * 32767).astype("<i2").tobytes())
    return path


def write(path: Path, samples: Samples, rate: int, codec: str, form: str, **options: str) -> Path:
    """A file by FFmpeg's own muxer, with its own metadata."""
    container = {"libmp3lame": "mp3", "flac": "flac"}[codec]
    layouts = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}
    with av.open(str(path), "w", format=container) as output:
        output.metadata["title"] = "标题"
        stream = output.add_stream(codec, rate=rate, options=options)
        stream.layout, stream.format = layouts[samples.shape[1]], form
        scaled = samples.astype(np.float32)
        if form.startswith("s"):
            scaled = (
                np.rint(samples * (1 << 30)).astype(np.int64) >> 8 << 8 if form == "s32" else np.rint(samples * 32767)
            )
            scaled = scaled.astype(np.int32 if form == "s32" else np.int16)
        shaped = scaled.T if form.endswith("p") else scaled.reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(shaped), form, layouts[samples.shape[1]])
        frame.sample_rate = rate
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


def decoded(path: Path, container: str) -> Samples:
    (part,) = av_audio.ends(path, container, 60.0)
    return part.samples


MADE = {
    "wav mono": lambda p: write_wav(p / "a.wav", content(), 16_000),
    "wav stereo 44.1": lambda p: write_wav(p / "a.wav", content(2, 44_100, 2), 44_100),
    "wav 7.1": lambda p: write_wav(p / "a.wav", content(1, 48_000, 8), 48_000),
    "mp3 stereo": lambda p: write(p / "a.mp3", content(2, 44_100, 2), 44_100, "libmp3lame", "fltp", b="128000"),
    "mp3 variable": lambda p: write(p / "a.mp3", content(2, 44_100, 2), 44_100, "libmp3lame", "fltp", q="4"),
    "mp3 half rate mono": lambda p: write(p / "a.mp3", content(2, 22_050), 22_050, "libmp3lame", "fltp", b="48000"),
    "mp3 quarter rate": lambda p: write(p / "a.mp3", content(2, 8_000), 8_000, "libmp3lame", "fltp", b="16000"),
    "flac 16": lambda p: write(p / "a.flac", content(2, 44_100, 2), 44_100, "flac", "s16"),
    "flac 24": lambda p: write(p / "a.flac", content(2, 44_100), 44_100, "flac", "s32"),
    "flac 5.1": lambda p: write(p / "a.flac", content(1, 48_000, 6), 48_000, "flac", "s16"),
}

MAIN = ("wav mono", "mp3 stereo", "flac 16")
CASES = [
    pytest.param(name, style, id=f"{name} {style_name}")
    for name in MADE
    for style, style_name in zip(STYLES, NAMES, strict=True)
    if name in MAIN or style_name in ("spoken-start", "rhythm-end")
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "style"), CASES)
def test_the_label_is_there_and_the_content_is_what_it_was(name, style, tmp_path):
    source = MADE[name](tmp_path)
    container, target = source.suffix[1:], tmp_path / f"labelled{source.suffix}"
    report = LABELLER.put(source, target, container, RULES, style)
    again = LABELLER.read(target, container, RULES)
    assert again == report
    assert report.modality == "audio"
    assert [place.where for place in report.places] == [style.audio_at]
    if style.audio == "spoken":
        assert report.wording == "本内容由人工智能生成"
        assert 120 <= report.measures["characters_per_minute"] <= 160
        assert report.measures["seconds"] == pytest.approx(4.26, abs=0.05)
    else:
        assert report.wording == ".- .."
        assert report.measures["unit_seconds"] == pytest.approx(0.12, rel=0.01)
        assert report.measures["seconds"] == pytest.approx(1.32, rel=0.01)
    old, new = decoded(source, container), decoded(target, container)
    kept = new[-len(old) :] if style.audio_at == "start" else new[: len(old)]
    assert np.array_equal(kept, old)
    assert np.abs(new).max() < 1.0


def test_all_labellers_find_it_by_its_container():
    assert [labeller(name) for name in ("wav", "mp3", "flac")] == [LABELLER] * 3


def test_a_labelled_file_is_not_labelled_again(tmp_path):
    source = write_wav(tmp_path / "a.wav", content(), 16_000)
    for style in STYLES[1:3]:
        once, twice = tmp_path / "1.wav", tmp_path / "2.wav"
        report = LABELLER.put(source, once, "wav", RULES, style)
        assert LABELLER.put(once, twice, "wav", RULES, style) == report
        assert once.read_bytes() == twice.read_bytes()


def test_both_languages_are_said(tmp_path):
    source = write_wav(tmp_path / "a.wav", content(1), 16_000)
    report = LABELLER.put(source, tmp_path / "b.wav", "wav", RULES, LabelStyle(second_language="en"))
    assert report.wording == "本内容由人工智能生成 This content was generated by AI"
    (zh, en) = (place.seconds for place in report.places)
    assert zh is not None
    assert en is not None
    assert zh[1] + 0.4 < en[0]


@pytest.mark.parametrize("seconds", [0.0, 0.01, 40.0])
def test_very_short_and_longer_content(seconds, tmp_path):
    source = write_wav(tmp_path / "a.wav", content(seconds, 8_000), 8_000)
    for style in STYLES:
        report = LABELLER.put(source, tmp_path / "b.wav", "wav", RULES, style)
        assert report.places[0].where == style.audio_at
        assert report.places[0].seconds is not None
        assert report.places[0].seconds[0] == pytest.approx(
            0.15 if style.audio_at == "start" else seconds + 0.5, abs=0.1
        )


@pytest.mark.parametrize("level", [0.003, 0.02, 0.1, 0.3])
def test_the_label_is_as_loud_as_the_content(level, tmp_path):
    old = content(4, 16_000, 2, level)
    source = write_wav(tmp_path / "a.wav", np.clip(old, -1, 1), 16_000)
    LABELLER.put(source, tmp_path / "b.wav", "wav", RULES, LabelStyle())
    new = decoded(tmp_path / "b.wav", "wav")
    label = new[: len(new) - len(old)]
    difference = sound.decibels(sound.power(label, 16_000)) - sound.decibels(sound.power(old, 16_000))
    assert np.abs(label).max() <= PEAK + 1e-4
    assert -36.5 < sound.decibels(sound.power(label, 16_000)) < -13.5
    if level in (0.02, 0.1):
        assert difference == pytest.approx(0, abs=0.5)
    else:
        assert (difference > 0) == (level < 0.02)


def test_silent_content_gets_a_label_that_is_heard(tmp_path):
    source = write_wav(tmp_path / "a.wav", np.zeros((16_000, 1)), 16_000)
    LABELLER.put(source, tmp_path / "b.wav", "wav", RULES, LabelStyle())
    assert sound.decibels(sound.power(decoded(tmp_path / "b.wav", "wav"), 16_000)) == pytest.approx(-26, abs=0.5)


def test_surround_speaks_from_the_front(tmp_path):
    source = write_wav(tmp_path / "a.wav", content(1, 48_000, 6), 48_000)
    LABELLER.put(source, tmp_path / "b.wav", "wav", RULES, LabelStyle())
    label = decoded(tmp_path / "b.wav", "wav")[: 48_000 * 4]
    assert (np.abs(label).max(axis=0) > 0.01).tolist() == [True, True, True, False, False, False]


def test_mp3_frames_and_tags_stay_byte_for_byte(tmp_path):
    source = MADE["mp3 stereo"](tmp_path)
    tagged = source.read_bytes() + b"TAG" + b"t" * 125
    source.write_bytes(tagged)
    old = mpeg.parse(tagged)
    for style in STYLES[1:3]:
        LABELLER.put(source, tmp_path / "b.mp3", "mp3", RULES, style)
        data = (tmp_path / "b.mp3").read_bytes()
        assert tagged[old.start : old.stop] in data
        assert data.startswith(tagged[: old.described.start if old.described else 0])
        assert data.endswith(b"TAG" + b"t" * 125)
        assert data.count(b"Info") == 1
        seconds = mpeg.parse(data).seconds
        assert seconds == pytest.approx(len(decoded(tmp_path / "b.mp3", "mp3")) / 44_100, abs=0.06)


def test_dual_channel_mp3_stays_dual_channel(tmp_path):
    source = MADE["mp3 stereo"](tmp_path)
    stream = mpeg.parse(source.read_bytes())
    data, edges = source.read_bytes(), [*stream.places, stream.stop]
    frames = [mpeg_join.as_dual(data[a:b]) for a, b in pairwise(edges)]
    source.write_bytes(b"".join(frames))
    LABELLER.put(source, tmp_path / "b.mp3", "mp3", RULES, LabelStyle())
    new = (tmp_path / "b.mp3").read_bytes()
    assert {mpeg.header(new, at).mode for at in mpeg.parse(new).places} == {"dual"}  # type: ignore[union-attr]


def test_flac_blocks_are_kept_and_the_checksum_is_right(tmp_path):
    source = MADE["flac 16"](tmp_path)
    data = source.read_bytes()
    parsed = flac.parse(data)
    extra = b"\x02" + (12).to_bytes(3, "big") + b"overTEST1234" + b"\x03" + (18).to_bytes(3, "big") + bytes(18)
    source.write_bytes(
        data[: parsed.blocks[0][1].stop] + extra + data[parsed.blocks[0][1].stop :] + b"TAG" + bytes(125)
    )
    LABELLER.put(source, tmp_path / "b.flac", "flac", RULES, LabelStyle())
    new = (tmp_path / "b.flac").read_bytes()
    again = flac.parse(new)
    kinds = [kind for kind, _ in flac.parse(source.read_bytes()).blocks if kind != 3]
    assert [kind for kind, _ in again.blocks] == kinds
    assert "标题".encode() in new
    assert new.endswith(b"TAG" + bytes(125))
    assert again.samples % flac.CD_FRAME == parsed.samples % flac.CD_FRAME
    # FFmpeg compares the MD5 of STREAMINFO with the samples only when told to.
    run = subprocess.run(
        ["ffmpeg", "-v", "warning", "-err_detect", "explode", "-i", tmp_path / "b.flac", "-f", "md5", "-"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    place = again.blocks[0][1].start
    assert run.stderr == ""
    assert run.stdout.strip() == "MD5=" + new[place + 18 : place + 34].hex()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["wav mono", "mp3 variable", "flac 24"])
def test_ffmpeg_plays_it_without_a_warning(name, tmp_path):
    source = MADE[name](tmp_path)
    for style in STYLES[:2]:
        target = tmp_path / f"b{source.suffix}"
        LABELLER.put(source, target, source.suffix[1:], RULES, style)
        run = subprocess.run(
            ["ffmpeg", "-v", "warning", "-guess_layout_max", "0", "-i", target, "-f", "null", "-"]
            if source.suffix == ".wav"
            else ["ffmpeg", "-v", "warning", "-i", target, "-f", "null", "-"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert [line for line in run.stderr.splitlines() if "layout" not in line] == []


@pytest.mark.slow
def test_no_label_is_found_in_any_real_recording(media):
    for path in sorted((media / "audio").glob("*.flac")):
        assert LABELLER.read(path, "flac", RULES) is None, path.name


@pytest.mark.slow
def test_the_label_survives_what_people_do_to_files(media, tmp_path):
    for style in (LabelStyle(), LabelStyle(audio="rhythm", audio_at="end")):
        LABELLER.put(media / "audio/whisper_jfk.flac", tmp_path / "a.flac", "flac", RULES, style)
        for name, options in {
            "b.mp3": ["-b:a", "128k"],
            "c.mp3": ["-b:a", "32k", "-ac", "1", "-ar", "22050"],
            "d.wav": ["-ar", "8000", "-c:a", "pcm_mulaw", "-ac", "1"],
            "e.wav": ["-ar", "48000", "-filter:a", "volume=0.2"],
        }.items():
            target = tmp_path / name
            subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", tmp_path / "a.flac", *options, target], check=True)
            report = LABELLER.read(target, target.suffix[1:], RULES)
            assert report is not None, name
            assert report.places[0].where == style.audio_at


def _changed(**values: object) -> LabelRules:
    return RULES.model_copy(
        update={name: getattr(RULES, name).model_copy(update={"value": value}) for name, value in values.items()}
    )


FALLS_SHORT = {
    "pace": (_changed(speech_rate=(200.0, 240.0)), LabelStyle(), ReadBackError),
    "element": (_changed(ai_element=["机器"]), LabelStyle(), ReadBackError),
    "no voice": (_changed(sentence=Text(zh="此为 AI 合成", en="Made by AI")), LabelStyle(), SetupError),
    "unit not to be heard": (_changed(rhythm_unit_seconds=0.01), LabelStyle(audio="rhythm"), ReadBackError),
}


@pytest.mark.parametrize("reason", FALLS_SHORT)
def test_nothing_is_released_that_falls_short(reason, tmp_path):
    rules, style, error = FALLS_SHORT[reason]
    source, target = write_wav(tmp_path / "a.wav", content(1), 16_000), tmp_path / "b.wav"
    with pytest.raises(error):
        LABELLER.put(source, target, "wav", rules, style)
    assert not target.exists()


def _wav_bytes() -> bytes:
    file = io.BytesIO()
    with python_wave.open(file, "wb") as out:
        out.setparams((1, 2, 8000, 0, "NONE", ""))
        out.writeframes(np.rint(content(1, 8000) * 32767).astype("<i2").tobytes())
    return file.getvalue()


UNREADABLE = {
    "empty wav": ("wav", b"", MediaError),
    "empty mp3": ("mp3", b"", MediaError),
    "empty flac": ("flac", b"", MediaError),
    "text called wav": ("wav", b"hello", FormatError),
    "text called mp3": ("mp3", b"hello" * 100, FormatError),
    "text called flac": ("flac", b"hello" * 100, FormatError),
    "wav called mp3": ("mp3", _wav_bytes(), FormatError),
    "playlist called mp3": ("mp3", b"#EXTM3U\nfile:///etc/passwd\n", FormatError),
    "flac without frames": ("flac", b"fLaC\x80\0\0\x22" + bytes(34), MediaError),
}


@pytest.mark.parametrize("reason", UNREADABLE)
def test_what_cannot_be_read_is_never_absent(reason, tmp_path):
    container, data, error = UNREADABLE[reason]
    path, target = tmp_path / "a", tmp_path / "b"
    path.write_bytes(data)
    with pytest.raises(error):
        LABELLER.read(path, container, RULES)
    with pytest.raises(MediaError):
        LABELLER.put(path, target, container, RULES, LabelStyle())
    assert not target.exists()


def test_a_truncated_wav_is_unreadable_unless_the_label_is_heard(tmp_path):
    source, target = write_wav(tmp_path / "a.wav", content(3), 16_000), tmp_path / "b.wav"
    path = tmp_path / "cut.wav"
    path.write_bytes(source.read_bytes()[:-1000])
    with pytest.raises(FormatError):
        LABELLER.read(path, "wav", RULES)
    with pytest.raises(FormatError):
        LABELLER.put(path, target, "wav", RULES, LabelStyle())
    LABELLER.put(source, target, "wav", RULES, LabelStyle())
    path.write_bytes(target.read_bytes()[:-1000])
    assert LABELLER.read(path, "wav", RULES) is not None


@pytest.mark.parametrize("name", ["mp3 stereo", "flac 24"])
def test_a_cut_file_may_have_lost_its_label_and_is_unreadable(name, tmp_path):
    source = MADE[name](tmp_path)
    container, target = source.suffix[1:], tmp_path / "b"
    LABELLER.put(source, target, container, RULES, LabelStyle(audio_at="end"))
    path = tmp_path / "cut"
    path.write_bytes(target.read_bytes()[: len(target.read_bytes()) // 2])
    with pytest.raises(FormatError):
        LABELLER.read(path, container, RULES)
    with pytest.raises(FormatError):
        LABELLER.put(path, target, container, RULES, LabelStyle())


def test_a_flac_of_other_depth_is_refused_by_name(tmp_path):
    source = MADE["flac 16"](tmp_path)
    data = bytearray(source.read_bytes())
    place = flac.parse(bytes(data)).blocks[0][1].start + 13
    data[place] = data[place] & 0x0F | 0xB0  # 12 bits
    source.write_bytes(data)
    with pytest.raises((UnsupportedError, FormatError)):
        LABELLER.put(source, tmp_path / "b.flac", "flac", RULES, LabelStyle())


def test_wav_needs_no_pyav_and_the_others_say_what_to_install(tmp_path):
    write_wav(tmp_path / "a.wav", content(1), 16_000)
    program = f"""
import sys
sys.modules["av"] = None
from pathlib import Path
from overt.errors import SetupError
from overt.marks.label import LabelStyle
from overt.marks.label.sound.labeller import LABELLER
from overt.rulebook import load
folder = Path({str(tmp_path)!r})
report = LABELLER.put(folder / "a.wav", folder / "b.wav", "wav", load("cn").label, LabelStyle())
assert report.places[0].where == "start"
try:
    LABELLER.read(folder / "a.wav", "flac", load("cn").label)
except SetupError as error:
    assert "overt[media]" in error.diagnostics().zh and "overt[media]" in error.diagnostics().en
else:
    raise AssertionError
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_the_python_reader_agrees_with_the_written_wav(tmp_path):
    source = write_wav(tmp_path / "a.wav", content(1, 16_000, 2), 16_000)
    LABELLER.put(source, tmp_path / "b.wav", "wav", RULES, LabelStyle())
    with python_wave.open(str(tmp_path / "b.wav")) as file:
        frames = file.getnframes()
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, 16_000)
    assert frames == wave.parse((tmp_path / "b.wav").read_bytes()).frames
    spoken = speech.clips()[0]
    assert frames / 16_000 == pytest.approx(1 + len(spoken.samples) / spoken.rate + 0.65, abs=0.01)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["spoken", "rhythm"])
@pytest.mark.parametrize("name", ["a.wav", "a.mp3"])
def test_a_label_in_the_midst_is_found_behind_its_pause(kind, name, tmp_path):
    rate = 16_000
    turns = [content(20, rate), np.zeros((rate, 1)), content(22, rate)]
    source = write_wav(tmp_path / "dialogue.wav", np.concatenate(turns), rate)
    assert LABELLER.read(source, "wav", RULES) is None
    target = tmp_path / "labelled.wav"
    report = LABELLER.put(source, target, "wav", RULES, LabelStyle(audio=kind, audio_at="turns"))
    (_, _), (start, stop) = (place.seconds for place in report.places)
    # Somebody cuts the first turn's label off.
    cut = tmp_path / name
    subprocess.run(["ffmpeg", "-v", "error", "-ss", "7", "-i", target, cut], check=True)
    again = LABELLER.read(cut, cut.suffix[1:], RULES)
    assert again is not None
    assert again.wording == report.wording
    assert [place.where for place in again.places] == ["middle"]
    assert again.places[0].seconds == pytest.approx((start - 7, stop - 7), abs=0.1)

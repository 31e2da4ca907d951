from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from overt.errors import SetupError
from overt.marks.label.sound import speech
from overt.media.av import audio as av_audio
from overt.media.av import coders
from overt.media.sound import resample
from overt.rulebook import load

ROOT = Path(__file__).parents[4]
VOICES = ROOT / "src/overt/marks/label/sound/voices"
RULES = load("cn").label
ZH, EN = speech.clips()


def test_the_clips_are_what_the_list_says():
    listing = json.loads((VOICES / "voices.json").read_text(encoding="utf-8"))
    assert sorted(path.name for path in VOICES.glob("*.wav")) == sorted(entry["file"] for entry in listing.values())
    for entry in listing.values():
        data = (VOICES / entry["file"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == entry["sha256"]
        assert len(data) < 150_000


def test_the_clips_say_the_rulebook_s_sentences():
    assert ZH.sentence == RULES.sentence.value.zh
    assert EN.sentence == RULES.sentence.value.en
    assert RULES.has_elements(ZH.sentence)


@pytest.mark.skipif(find_spec("espeakng_loader") is None, reason="espeakng-loader (extra demo) is not installed")
def test_the_synthesiser_says_the_same_bytes_again():
    subprocess.run([sys.executable, str(ROOT / "tools/render_voices.py"), "--check"], check=True)


def test_the_pace_lies_in_the_middle_of_the_rule():
    low, high = RULES.speech_rate.value
    (found,) = speech.recognise(ZH.samples, ZH.rate)
    assert found.characters_per_minute == pytest.approx((low + high) / 2, rel=0.03)
    assert speech.han(ZH.sentence) == 10


def test_the_clips_are_neither_clipped_nor_surrounded_by_noise():
    for clip in (ZH, EN):
        assert 0.5 < np.abs(clip.samples).max() < 0.9
        assert not clip.samples[: clip.rate // 25].any()
        assert not clip.samples[-clip.rate // 25 :].any()


def test_a_second_language_follows_the_first():
    assert speech.chosen(RULES) == [ZH]
    assert speech.chosen(RULES, "en") == [ZH, EN]
    assert speech.chosen(RULES, "zh") == [ZH]


def test_without_a_clip_for_the_sentence_it_says_what_to_do():
    sentence = RULES.sentence.model_copy(
        update={"value": RULES.sentence.value.__class__(zh="由 AI 合成", en="Made by AI")}
    )
    with pytest.raises(SetupError, match="由 AI 合成") as error:
        speech.chosen(RULES.model_copy(update={"sentence": sentence}))
    assert "rhythm" in error.value.diagnostics().en


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 44100, 48000])
@pytest.mark.parametrize("clip", [ZH, EN], ids=["zh", "en"])
def test_is_recognised_at_every_rate_level_and_phase(rate, clip):
    silence = np.zeros(rate)
    for gain in (0.005, -0.5):
        sound = np.concatenate([silence, gain * resample(clip.samples, clip.rate, rate), silence])
        (found,) = speech.recognise(sound, rate)
        assert found.clip is clip
        assert found.score > 0.9
        assert found.start == pytest.approx(1.05, abs=0.02)
        assert found.stop == pytest.approx(1 + len(clip.samples) / clip.rate - 0.05, abs=0.03)


@pytest.mark.parametrize("kilobits", [32, 64, 128])
def test_is_recognised_after_mp3(kilobits, tmp_path):
    sound = np.concatenate([np.zeros(5000), resample(ZH.samples, ZH.rate, 44_100)])[:, None]
    frames, _, _ = coders.encode_mp3(sound, 44_100, kilobits, joint=False)
    path = tmp_path / "spoken.mp3"
    path.write_bytes(b"".join(frames))
    (part,) = av_audio.ends(path, "mp3", 15.0)
    (found,) = speech.recognise(part.mono, part.rate)
    assert found.clip is ZH
    assert 120 <= (found.characters_per_minute or 0) <= 160


def test_half_of_the_sentence_is_not_the_sentence():
    whole = np.concatenate([ZH.samples, np.zeros(ZH.rate)])
    for cut in (0.4, 0.6, 0.75):
        middle = round(len(ZH.samples) * cut)
        other = np.roll(ZH.samples[::-1], 100)
        assert speech.recognise(np.concatenate([whole[:middle], other[middle:]]), ZH.rate) == []
        assert speech.recognise(np.concatenate([0 * whole[:middle], whole[middle:]]), ZH.rate) == []


def test_silence_noise_and_short_sound_are_no_label():
    noise = np.random.default_rng(4).normal(0, 0.1, 16_000 * 6)
    for sound in (noise, 0 * noise, noise[:50], noise[:0]):
        assert speech.recognise(sound, 16_000) == []

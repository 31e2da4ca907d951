from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overt.marks.label.sound import rhythm
from overt.media.av import audio as av_audio
from overt.media.sound import power
from overt.rulebook import LabelRules, load

RULES = load("cn").label


def with_(rules: LabelRules, **values: object) -> LabelRules:
    return rules.model_copy(
        update={name: getattr(rules, name).model_copy(update={"value": value}) for name, value in values.items()}
    )


def keyed(pattern: str, unit: float = 0.12, pitch: float = 1046.5, between: int = 3, rate: int = 16_000) -> np.ndarray:
    """Any Morse text as tones, with half a second of silence around."""
    gaps = RULES.rhythm_gaps.value.model_copy(update={"between": between})
    rules = with_(RULES, rhythm=pattern, rhythm_unit_seconds=unit, rhythm_pitch=pitch, rhythm_gaps=gaps)
    silence = np.zeros(rate // 2)
    return np.concatenate([silence, 0.2 * rhythm.render(rules, rate), silence])


def test_the_timing_is_that_of_morse():
    assert rhythm.bursts(RULES) == [(0, 1), (2, 5), (8, 9), (10, 11)]


@pytest.mark.parametrize("rate", [8000, 44100, 48000, 96000])
def test_tones_begin_and_end_at_half_amplitude_to_the_sample(rate):
    label = rhythm.render(RULES, rate)
    unit = RULES.rhythm_unit_seconds.value
    half_fade = rhythm.FADE_SECONDS / 2
    assert len(label) == round((11 * unit + 2 * half_fade) * rate)
    assert np.abs(label).max() == pytest.approx(1.0, abs=0.05)
    for begin, end in rhythm.bursts(RULES):
        at = round((begin * unit + half_fade) * rate)
        around = slice(at + round(half_fade * rate), at + round(((end - begin) * unit - half_fade) * rate))
        assert power(label[around], rate) == pytest.approx(0.5, rel=0.1)
    for begin, end in ((1, 2), (5, 8), (9, 10)):
        quiet = label[round((begin * unit + 2.1 * half_fade) * rate) : round((end * unit - 0.1 * half_fade) * rate)]
        assert not quiet.any()


def test_nothing_clicks():
    label = rhythm.render(RULES, 48_000)
    steepest = 2 * np.pi * RULES.rhythm_pitch.value / 48_000
    assert np.abs(np.diff(label)).max() < 1.05 * steepest


@settings(max_examples=25, deadline=None)
@given(
    unit=st.floats(0.04, 0.6),
    pitch=st.floats(310, 2950),
    between=st.sampled_from([1, 2, 3]),
    rate=st.sampled_from([8000, 11025, 22050, 44100, 48000]),
    level=st.floats(0.005, 4.9),
)
def test_finds_any_pitch_tempo_and_level(unit, pitch, between, rate, level):
    sound = level * keyed(".- ..", unit, pitch, between, rate)
    (found,) = rhythm.detect(sound, rate, RULES)
    assert found.unit == pytest.approx(unit, rel=0.02)
    assert found.pitch == pytest.approx(pitch, rel=0.01)
    assert found.start == pytest.approx(0.5 + rhythm.FADE_SECONDS / 2, abs=0.003)
    assert found.score > 0.85


@pytest.mark.parametrize(
    "pattern", [".- .-", ".... ..", "-. ..", ".. .-", "--. .", ".- ...", ". - . .-", ".- .. .-.", "... .- .."]
)
def test_other_morse_is_no_label(pattern):
    assert rhythm.detect(keyed(pattern), 16_000, RULES) == []


def test_noise_silence_and_steady_tones_are_no_label():
    noise = np.random.default_rng(4).normal(0, 0.1, 16_000 * 5)
    clock = np.arange(16_000 * 5) / 16_000
    for sound in (
        noise,
        noise * 0,
        np.sin(2 * np.pi * 1000 * clock),
        noise[:100],
        noise[:0],
        np.sign(np.sin(20 * clock)),
    ):
        assert rhythm.detect(sound, 16_000, RULES) == []


def test_is_heard_through_noise():
    sound = keyed(".- ..")
    noise = np.random.default_rng(4).normal(0, 0.02, len(sound))
    (found,) = rhythm.detect(sound + noise, 16_000, RULES)
    assert found.unit == pytest.approx(0.12, rel=0.05)


@pytest.mark.slow
def test_hears_it_beside_real_sound_and_nowhere_else(media):
    for path in sorted((media / "audio").glob("*.flac")):
        part = av_audio.ends(path, "flac", 15.0)[0]
        label = keyed(".- ..", rate=part.rate)
        found = rhythm.detect(np.concatenate([label, part.mono, label]), part.rate, RULES)
        starts = sorted(round(rhythm.start, 1) for rhythm in found)
        assert starts == [0.5, round(0.504 + (len(label) + len(part.mono)) / part.rate, 1)], path.name

"""The spoken label: the clips that Overt ships, and their recognition in a recording.

Source: GB 45438-2025, 5.3 (both elements, normal pace), through the rulebook.
The clips were rendered by `tools/render_voices.py`; nothing is synthesised here. The reader finds these very clips
again, also after lossy coding and another sampling rate. It is no speech recognition: it does not hear another
voice, another sentence, another pace.
"""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np

from overt.errors import InternalError, SetupError
from overt.language import Language, Text
from overt.marks.label.sound import wave
from overt.media.sound import Samples, resample
from overt.rulebook import LabelRules

RATE = 8_000
"""The sampling rate of the comparison: what every codec for speech keeps."""
LIKENESS = 0.5
"""Correlation with a clip, of at most 1, from which a place is looked at. Other speech stays below 0.2."""
PART_SECONDS = 0.25
PARTS = 0.85
"""How many of the parts must be alike, so that another sentence that begins with the same words is not taken for it."""
VOICED = 0.02
"""Amplitude, of the loudest 10 ms, above which there is voice."""


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """One rendered sentence. There is one object for each, so that it can be a key."""

    language: Language
    sentence: str
    samples: Samples
    rate: int


@dataclass(frozen=True, slots=True)
class Spoken:
    """A clip found: from the first to the last voiced moment, and how alike it is (0 to 1)."""

    clip: Clip
    start: float
    stop: float
    score: float

    @property
    def characters_per_minute(self) -> float | None:
        """Chinese characters a minute of voiced time; None for a sentence without any."""
        count = han(self.clip.sentence)
        return count * 60 / (self.stop - self.start) if count else None


def han(text: str) -> int:
    """Chinese characters in a text."""
    return sum(unicodedata.name(character, "").startswith("CJK UNIFIED IDEOGRAPH") for character in text)


@cache
def clips() -> tuple[Clip, ...]:
    """Every clip that is shipped."""
    folder = resources.files(__package__).joinpath("voices")
    result = []
    for language, entry in json.loads(folder.joinpath("voices.json").read_text(encoding="utf-8")).items():
        data = folder.joinpath(entry["file"]).read_bytes()
        parsed = wave.parse(data)
        samples = wave.excerpt(data, parsed, 0, parsed.frames).samples[:, 0]
        if language not in ("zh", "en") or not len(samples):
            raise InternalError(f"the voice clip {entry['file']} is not usable", f"语音片段 {entry['file']} 无法使用")
        result.append(Clip(language, entry["sentence"], samples, parsed.rate))
    return tuple(result)


def chosen(rules: LabelRules, second: Language | None = None) -> list[Clip]:
    """The clips to be heard: in the language whose sentence has both elements, then in a second one.

    Raises `SetupError` where no clip says the rulebook's sentence.
    """
    languages: tuple[Language, ...] = ("zh", "en")
    first: Language = next((lang for lang in languages if rules.has_elements(rules.sentence.value.in_(lang))), "zh")
    wanted = [first, second] if second and second != first else [first]
    return [_clip(language, rules.sentence.value.in_(language)) for language in wanted]


def _clip(language: Language, sentence: str) -> Clip:
    for clip in clips():
        if clip.language == language and clip.sentence == sentence:
            return clip
    raise SetupError(
        f"no recorded voice says {sentence!r}",
        f"没有说“{sentence}”的语音片段",
        hint=Text(
            zh="改用节奏标识（audio = rhythm），或运行 tools/render_voices.py 生成语音片段。",
            en="Use the rhythm label (audio = rhythm), or render the clip with tools/render_voices.py.",
        ),
    )


def recognise(samples: Samples, rate: int) -> list[Spoken]:
    """The shipped clips in one channel of at most half a minute, in order of time."""
    original = resample(samples, rate, RATE)
    sound = _bright(original)
    found = []
    for clip in clips():
        pattern = _pattern(clip)
        for place, score in _places(sound, pattern):
            if _alike_throughout(sound[place : place + len(pattern)], pattern):
                found.append(_measured(clip, original, place, len(pattern), score))
    return sorted(found, key=lambda spoken: spoken.start)


@cache
def _pattern(clip: Clip) -> Samples:
    return _bright(resample(clip.samples, clip.rate, RATE))


def _bright(samples: Samples) -> Samples:
    """Without the slope of a voice's spectrum, so that consonants count as well as vowels."""
    return np.diff(samples, prepend=0.0) if len(samples) else samples


def _places(sound: Samples, pattern: Samples) -> list[tuple[int, float]]:
    """Where the pattern fits, whatever its level and phase; each with the likeness."""
    length = len(pattern)
    if len(sound) < length:
        sound = np.concatenate([sound, np.zeros(length - len(sound))])
    size = _quick(len(sound))  # Wrapping around spoils only places where the pattern would reach beyond the end.
    one_side = np.zeros(size, np.complex128)  # Then the magnitude of the product does not depend on the phase.
    one_side[: size // 2 + 1] = 2 * np.fft.rfft(sound, size) * np.conj(np.fft.rfft(pattern, size))
    product = np.abs(np.fft.ifft(one_side))[: len(sound) - length + 1]
    sums = np.concatenate([[0.0], np.cumsum(sound**2)])
    energy = np.maximum(sums[length:] - sums[:-length], 1e-9)
    likeness = product / np.sqrt(energy * float(pattern @ pattern))
    result = []
    while likeness[best := int(likeness.argmax())] >= LIKENESS:
        result.append((best, min(1.0, float(likeness[best]))))
        likeness[max(0, best - length) : best + length] = 0
    return result


def _quick(least: int) -> int:
    """A length from which spectra are computed quickly: a power of two, or 3 or 5 times one."""
    return min(part << max(0, (-(-least // part) - 1).bit_length()) for part in (1, 3, 5))


def _alike_throughout(sound: Samples, pattern: Samples) -> bool:
    """Whether nearly every part of the pattern that has voice is there, each by itself."""
    part = round(PART_SECONDS * RATE)
    whole = min(len(sound), len(pattern)) // part * part
    ours, theirs = pattern[:whole].reshape(-1, part), sound[:whole].reshape(-1, part)
    energy = (ours**2).sum(axis=1)
    voiced = energy > 0.01 * energy.max()
    likeness = np.abs((ours * theirs).sum(axis=1)) / np.sqrt(energy * (theirs**2).sum(axis=1) + 1e-12)
    return bool((likeness[voiced] >= LIKENESS).mean() >= PARTS)


def _measured(clip: Clip, sound: Samples, place: int, length: int, score: float) -> Spoken:
    """The voiced time, measured on the recording and not on the clip."""
    step = RATE // 100
    first = max(0, place - RATE // 20)
    stretch = sound[first : place + length + RATE // 20]
    stretch = stretch[: len(stretch) // step * step].reshape(-1, step)
    loudness = np.sqrt((stretch**2).mean(axis=1))
    voiced = np.flatnonzero(loudness > VOICED * loudness.max())
    start, stop = first + voiced[0] * step, first + (voiced[-1] + 1) * step
    return Spoken(clip, float(start) / RATE, float(stop) / RATE, score)

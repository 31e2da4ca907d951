"""Generators of sound: speech by a text-to-speech engine, and a melody on plucked strings.

Speech comes from espeak-ng, which runs as a program of its own (see `overt.demo.speak`).
The strings are modelled after Karplus and Strong, "Digital Synthesis of Plucked-String and Drum Timbres" (1983):
a burst of noise that runs round a delay line and loses its highs.
Nothing here copies a voice or a tune that exists.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from overt.demo import INSTALL_HINT
from overt.errors import SetupError

STRING_RATE = 44_100
BEAT_SECONDS = 0.30
PENTATONIC = (0, 2, 4, 7, 9)
"""Semitones of the scale gong, shang, jue, zhi, yu."""
SPEECH_TIMEOUT_SECONDS = 60


def speech(text: str, voice: str, target: Path) -> Path:
    """A WAV file of a sentence. Raises `SetupError` if the engine is missing or fails."""
    command = [sys.executable, "-m", "overt.demo.speak", voice, str(target)]
    done = subprocess.run(  # noqa: S603  our own module, our own sentences
        command, input=text.encode(), capture_output=True, timeout=SPEECH_TIMEOUT_SECONDS, check=False
    )
    if done.returncode != 0:
        reason = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["no reason given"]
        raise SetupError(
            f"the speech engine of the demonstration failed: {reason[0]}",
            f"演示所用的语音合成引擎未能运行：{reason[0]}",
            hint=INSTALL_HINT,
        )
    return target


def melody(seed: int = 5, beats: int = 24) -> NDArray[np.int16]:
    """A walk over a pentatonic scale, mono samples at `STRING_RATE`."""
    rng = np.random.default_rng(seed)
    beat = int(BEAT_SECONDS * STRING_RATE)
    sound = np.zeros(beat * (beats + 8))
    step = 5
    for at in range(beats):
        if at % 8 == 7:
            continue
        step = int(np.clip(step + rng.choice([-2, -1, -1, 1, 1, 2]), 0, 12))
        _add(sound, at * beat, _pluck(rng, _pitch(step), 2.2), 0.5)
        if at % 8 == 0:
            _add(sound, at * beat, _pluck(rng, _pitch(step % 5) / 2, 3.0), 0.4)
    sound *= np.minimum(1, np.arange(len(sound))[::-1] / (0.8 * STRING_RATE))
    return np.asarray(sound / np.abs(sound).max() * 0.7 * 32767, np.int16)


def _pitch(step: int) -> float:
    octave, degree = divmod(step, len(PENTATONIC))
    return float(220.0 * 2 ** (octave + PENTATONIC[degree] / 12))


def _pluck(rng: np.random.Generator, pitch: float, seconds: float) -> NDArray[np.float64]:
    """One string: each period is the one before, averaged with its neighbour and a little weaker."""
    period = int(STRING_RATE / pitch)
    line = rng.uniform(-1, 1, period)
    rounds = int(seconds * STRING_RATE / period)
    sound = np.empty(rounds * period)
    for turn in range(rounds):
        sound[turn * period : (turn + 1) * period] = line
        line = 0.996 * (0.5 * line + 0.5 * np.roll(line, 1))
    return sound


def _add(sound: NDArray[np.float64], at: int, note: NDArray[np.float64], level: float) -> None:
    end = min(len(sound), at + len(note))
    sound[at:end] += level * note[: end - at]

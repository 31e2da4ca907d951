"""Renders the spoken labels that Overt ships: `python tools/render_voices.py [--check]`.

The synthesiser is espeak-ng, from the package `espeakng-loader` (extra `demo`).
It is loaded by this program alone, never by `overt`: what ships is its output, not its code.
The same version of espeak-ng gives the same bytes on every machine: it is run in a fresh process for each clip,
and the change of sampling rate is done in integers.
"""

from __future__ import annotations

import argparse
import ctypes
import hashlib
import io
import json
import math
import multiprocessing
import sys
import tomllib
import wave
from importlib import import_module
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "src/overt/marks/label/sound/voices"

RATE = 16_000
"""Samples a second of the clips: the synthesiser's voices hold next to nothing above 8 kHz (-46 dB)."""
PEAK = 23_000
"""The highest sample, about -3 dB: labels are set to the level of the content anyway."""
SILENCE = 0.05
"""Seconds kept before and after the voice."""
FLOOR = 0.02
"""The part of the peak above which a sample is voice."""
TAPS = 48
"""Half the length of the low-pass filter, in samples of the output."""

VOICES = {
    # The pace is the synthesiser's "words a minute"; 124 gives the middle of the rulebook's range for Chinese.
    "zh": {"voice": "cmn", "pace": 124},
    "en": {"voice": "en-us", "pace": 110},
}


def sentences() -> dict[str, str]:
    """The wording in each language, from the rulebook."""
    rules = tomllib.loads((ROOT / "src/overt/rulebook/cn/marks.toml").read_text(encoding="utf-8"))
    value: dict[str, str] = rules["label"]["sentence"]["value"]
    return value


def render(language: str) -> bytes:
    """One clip as a WAV file."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        voice = VOICES[language]
        rate, samples = pool.apply(synthesise, (sentences()[language], voice["voice"], voice["pace"]))
    samples = trim(resample(samples, rate, RATE), RATE)
    samples = samples * PEAK // max(1, int(np.abs(samples).max()))
    file = io.BytesIO()
    with wave.open(file, "wb") as clip:
        clip.setnchannels(1)
        clip.setsampwidth(2)
        clip.setframerate(RATE)
        clip.writeframes(samples.astype("<i2").tobytes())
    return file.getvalue()


def synthesise(text: str, voice: str, pace: int) -> tuple[int, np.ndarray]:
    """What espeak-ng says, with its sampling rate. To be called once in a process."""
    loader = import_module("espeakng_loader")

    library = ctypes.CDLL(loader.get_library_path())
    rate = library.espeak_Initialize(1, 0, loader.get_data_path().encode(), 0)  # 1: hand the samples back
    pieces: list[bytes] = []

    def receive(samples: int | None, count: int, _events: object) -> int:
        if samples and count > 0:
            pieces.append(ctypes.string_at(samples, 2 * count))
        return 0

    callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)(receive)
    library.espeak_SetSynthCallback(callback)
    if rate <= 0 or library.espeak_SetVoiceByName(voice.encode()) != 0:
        raise SystemExit(f"espeak-ng has no voice {voice}")
    for parameter, value in ((1, pace), (2, 60), (3, 50), (4, 50)):  # pace, volume (below its limiter), pitch, range
        library.espeak_SetParameter(parameter, value, 0)
    spoken = text.encode() + b"\0"
    library.espeak_Synth(spoken, len(spoken), 0, 1, 0, 1, None, None)  # 1: positions in characters; 1: UTF-8
    library.espeak_Synchronize()
    return rate, np.frombuffer(b"".join(pieces), "<i2").astype(np.int64)


def resample(samples: np.ndarray, source: int, target: int) -> np.ndarray:
    """Another sampling rate by a windowed sinc whose coefficients are integers, so that no rounding can differ."""
    up, down = target // math.gcd(source, target), source // math.gcd(source, target)
    half = TAPS * max(up, down)
    kernel = np.empty(2 * half + 1, np.int64)
    for index in range(-half, half + 1):
        x = index / max(up, down) * 0.97
        sinc = 1.0 if index == 0 else math.sin(math.pi * x) / (math.pi * x)
        window = 0.5 + 0.5 * math.cos(math.pi * index / half)
        kernel[index + half] = round(sinc * window * 0.97 * up / max(up, down) * (1 << 16))
    result = np.empty(len(samples) * up // down, np.int64)
    padded = np.concatenate([np.zeros(half, np.int64), samples, np.zeros(half, np.int64)])
    for index in range(len(result)):
        position = index * down  # in samples of the stretched signal
        first = -((half - position) // up)  # first source sample under the kernel
        last = (position + half) // up
        offsets = position - np.arange(first, last + 1) * up + half
        result[index] = (padded[first + half : last + 1 + half] * kernel[offsets]).sum() >> 16
    return result


def trim(samples: np.ndarray, rate: int) -> np.ndarray:
    """The voice with a short silence around it."""
    voiced = np.flatnonzero(np.abs(samples) > FLOOR * np.abs(samples).max())
    silence = np.zeros(round(SILENCE * rate), np.int64)
    return np.concatenate([silence, samples[voiced[0] : voiced[-1] + 1], silence])


def main() -> int:
    """Write the clips and their list, or with `--check` compare them with what is there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare with the clips in the tree and write nothing")
    check = parser.parse_args().check
    listing, differs = {}, []
    for language, voice in VOICES.items():
        clip, path = render(language), FOLDER / f"{language}.wav"
        listing[language] = {
            "sentence": sentences()[language],
            "file": path.name,
            "sha256": hashlib.sha256(clip).hexdigest(),
            "engine": "espeak-ng 1.52.0 (espeakng-loader 0.2.4)",
            **voice,
        }
        if check and (not path.is_file() or path.read_bytes() != clip):
            differs.append(path.name)
        elif not check:
            path.write_bytes(clip)
            print(f"{path.relative_to(ROOT)}: {len(clip)} bytes")
    if not check:
        text = json.dumps(listing, ensure_ascii=False, indent=2) + "\n"
        (FOLDER / "voices.json").write_text(text, encoding="utf-8")
    if differs:
        print(f"not what the synthesiser says: {', '.join(differs)}", file=sys.stderr)
    return 1 if differs else 0


if __name__ == "__main__":
    sys.exit(main())

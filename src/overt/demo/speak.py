"""A text-to-speech engine in a process of its own: `python -m overt.demo.speak VOICE TARGET < TEXT`.

The engine is espeak-ng (GPL-3) as the package `espeakng-loader` ships it, called through its C interface
(`speak_lib.h`).
No other module imports this one: `overt.demo.sound` starts it as a program, so that the engine stays apart from
Overt's own process.
Writes WAV, 16 bit, mono, at the engine's rate (22,050 Hz).
"""

from __future__ import annotations

import ctypes
import sys
import wave
from importlib.util import find_spec
from pathlib import Path
from typing import Any

RETRIEVAL = 1  # AUDIO_OUTPUT_RETRIEVAL: samples come to the callback, nothing is played
DONT_EXIT = 0x8000  # espeakINITIALIZE_DONT_EXIT: report a missing voice folder instead of ending the process
UTF8 = 1  # espeakCHARS_UTF8
FROM_CHARACTER = 1  # POS_CHARACTER
RATE, PITCH = 1, 3  # espeakRATE in words a minute, espeakPITCH 0 to 100

CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
"""`t_espeak_callback`: samples, their number, events; it returns 0 to go on."""


def speak(text: str, voice: str, rate: int = 150, pitch: int = 45) -> tuple[bytes, int]:
    """Samples (16 bit, little endian, mono) and their rate. Raises `OSError` where the engine is missing."""
    engine, folder = _engine()
    frequency = engine.espeak_Initialize(RETRIEVAL, 0, str(folder).encode(), DONT_EXIT)
    if frequency <= 0:
        raise OSError("espeak-ng could not be started")
    samples = bytearray()

    def take(data: int | None, count: int, _events: int | None) -> int:
        if data and count > 0:
            samples.extend(ctypes.string_at(data, count * 2))
        return 0

    callback = CALLBACK(take)  # held by this name: the engine keeps no reference of its own
    engine.espeak_SetSynthCallback(callback)
    if engine.espeak_SetVoiceByName(voice.encode()) != 0:
        raise OSError(f"espeak-ng has no voice {voice}")
    engine.espeak_SetParameter(RATE, rate, 0)
    engine.espeak_SetParameter(PITCH, pitch, 0)
    words = text.encode()
    if engine.espeak_Synth(words, len(words) + 1, 0, FROM_CHARACTER, 0, UTF8, None, None) != 0:
        raise OSError("espeak-ng could not speak")
    engine.espeak_Synchronize()
    engine.espeak_Terminate()
    return bytes(samples), int(frequency)


def _engine() -> tuple[Any, Path]:
    spec = find_spec("espeakng_loader")
    if spec is None or spec.origin is None:
        raise OSError("the package espeakng-loader is not installed")
    home = Path(spec.origin).parent
    libraries = [
        path for pattern in ("*espeak-ng*.so", "*espeak-ng*.dylib", "*espeak-ng*.dll") for path in home.glob(pattern)
    ]
    if not libraries:
        raise OSError("espeakng-loader ships no library for this system")
    engine = ctypes.CDLL(str(libraries[0]))
    engine.espeak_Synth.argtypes = [
        ctypes.c_char_p,
        ctypes.c_size_t,
        ctypes.c_uint,
        ctypes.c_int,
        ctypes.c_uint,
        ctypes.c_uint,
        ctypes.c_void_p,
        ctypes.c_void_p,
    ]
    return engine, home


def main(arguments: list[str]) -> int:
    """Speak what comes on standard input into a file."""
    if len(arguments) != 2:
        sys.stderr.write("use: python -m overt.demo.speak VOICE TARGET < TEXT\n")
        return 2
    voice, target = arguments
    try:
        samples, frequency = speak(sys.stdin.buffer.read().decode(), voice)
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(frequency)
        file.writeframes(samples)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

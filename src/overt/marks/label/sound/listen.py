"""The sound of a file of any kind as numbers: its ends, its levels, and stretches of it.

WAV and AIFF are read here, from memory that is not copied; what is coded is decoded by PyAV.
"""

from __future__ import annotations

import contextlib
import mmap
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from overt.errors import MediaError
from overt.formats.splice import Buffer
from overt.marks.label.sound import aiff, flac, mpeg, wave
from overt.media.sound import Excerpt

LOSSES = 4
"""Pieces that decoders lose in honest files: the start of a cut MP3, whose first frames need earlier ones."""
_PIECE_SECONDS = 60.0


@contextmanager
def mapped(path: Path) -> Iterator[memoryview]:
    """A file's bytes, not read into memory."""
    with path.open("rb") as file:
        empty = path.stat().st_size == 0
        # Left to the garbage collector: an error that is under way may still hold a slice.
        yield memoryview(b"" if empty else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def av() -> ModuleType:
    """PyAV's room, entered only where it is needed: WAV and AIFF do without."""
    return import_module("overt.media.av.audio")


@dataclass(frozen=True, slots=True)
class _Plain:
    """A file whose samples can be read as they are."""

    rate: int
    frames: int
    truncated: bool
    excerpt: Callable[[int, int], Excerpt]


def _plain(data: Buffer, container: str) -> _Plain | None:
    if container == "wav":
        parsed = wave.parse(data)
        return _Plain(parsed.rate, parsed.frames, parsed.truncated, lambda a, n: wave.excerpt(data, parsed, a, n))
    if container == "aiff":
        form = aiff.parse(data)
        return _Plain(form.rate, form.frames, form.truncated, lambda a, n: aiff.excerpt(data, form, a, n))
    return None


def ends(path: Path, container: str, seconds: float) -> tuple[Excerpt, ...]:
    """The first and the last seconds; one excerpt if they meet."""
    with mapped(path) as data:
        plain = _plain(data, container)
        if plain is not None:
            count = round(seconds * plain.rate)
            meet = plain.frames <= 2 * count
            wanted = [(0, plain.frames)] if meet else [(0, count), (plain.frames - count, count)]
            parts = [plain.excerpt(first, length) for first, length in wanted]
            if plain.truncated:
                parts[-1] = replace(parts[-1], losses=LOSSES + 1)
            return tuple(parts)
    decoded: tuple[Excerpt, ...] = av().ends(path, container, seconds)
    if _promised(path, container) > decoded[-1].start + len(decoded[-1].samples) / decoded[-1].rate + 1.0:
        decoded = (*decoded[:-1], replace(decoded[-1], losses=LOSSES + 1))
    return decoded


def _promised(path: Path, container: str) -> float:
    """How many seconds of sound the file itself says it has; 0 where it does not."""
    with mapped(path) as data, contextlib.suppress(MediaError):
        if container == "flac":
            blocks = flac.parse(data)
            return blocks.samples / blocks.rate
        if container == "mp3":
            stream = mpeg.parse(data)
            return stream.promised * stream.first.samples / stream.first.rate
    return 0.0


def levels(path: Path, container: str, hop: float) -> NDArray[np.float64]:
    """The mean square of each `hop` seconds, channels summed."""
    with mapped(path) as data:
        plain = _plain(data, container)
        if plain is not None:
            step = max(1, round(hop * plain.rate))
            length = max(1, round(_PIECE_SECONDS / hop)) * step
            result = []
            for first in range(0, plain.frames // step * step, length):
                samples = plain.excerpt(first, min(length, plain.frames // step * step - first)).samples
                result.append((samples**2).sum(axis=1).reshape(-1, step).mean(axis=1))
            return np.concatenate(result) if result else np.zeros(0)
    decoded: NDArray[np.float64] = av().levels(path, container, hop)
    return decoded


def spans(path: Path, container: str, wanted: Iterable[tuple[float, float]]) -> Iterator[Excerpt]:
    """These stretches, from second to second, in order of their beginnings; each is asked for when its turn comes."""
    with mapped(path) as data:
        plain = _plain(data, container)
        if plain is not None:
            for begin, stop in wanted:
                yield plain.excerpt(round(begin * plain.rate), round((stop - begin) * plain.rate))
            return
    yield from av().spans(path, container, wanted)

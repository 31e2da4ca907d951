"""What is kept of sound: its landmarks and the shape of its wave.

Sound is decoded in pieces and brought down to a low rate, so that hours of it fit into memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from overt.errors import BudgetError, FormatError
from overt.fingerprints import sound
from overt.fingerprints.model import Fingerprint
from overt.marks.kept import Kept, Print
from overt.marks.label.sound import listen
from overt.media.budget import Budget
from overt.media.sound import resample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from overt.marks.keep import Stretches

    Floats = NDArray[np.float32]

RATE = 8000
"""Hz: twice what the landmarks reach up to."""
ASKED_SECONDS = 600.0
"""A copy is looked up by its first ten minutes."""
BARS = 240
_REACH_SECONDS = 1.0  # From a peak to the last one that it is paired with.
_PIECE_SECONDS = 30.0  # Decoded at once.
_BLOCK_SECONDS = 600.0  # Made into landmarks at once; pairs across the border of two blocks are lost.


def take(path: Path, container: str, budget: Budget, *, views: bool, label: Stretches = ()) -> Kept:
    """What is kept of sound, but for the stretches of its label."""
    found: list[Fingerprint] = []
    peaks: list[NDArray[np.float32]] = []
    seconds, ticks = 0.0, 0
    for block in _blocks(path, container, budget):
        part = sound.fingerprint(block, RATE)
        found.append(_moved(part, ticks))
        seconds += len(block) / RATE
        ticks = round(seconds / sound.TICK)
        peaks.append(np.abs(block[: len(block) // 80 * 80]).reshape(-1, 80).max(1))
    if not found:
        raise FormatError("the file has no sound", "文件中没有音频")
    bars = _bars(np.concatenate(peaks)) if views else ()
    whole = _without(_joined(found, ticks), label)
    return Kept((Print.of(whole),), bars=bars, seconds=round(seconds, 2))


def ask(path: Path, container: str, budget: Budget) -> Kept:
    """What sound is looked up by: as it is, and at other speeds."""
    block = next(_blocks(path, container, budget, ASKED_SECONDS), None)
    if block is None:
        raise FormatError("the file has no sound", "文件中没有音频")
    return Kept(tuple(Print.of(each) for each in sound.queries(block, RATE)))


def _blocks(path: Path, container: str, budget: Budget, most: float = _BLOCK_SECONDS) -> Iterator[Floats]:
    """The sound at a low rate, its channels together, in blocks."""
    pieces: list[Floats] = []
    length, total = 0, 0.0
    stretches = ((number * _PIECE_SECONDS, (number + 1) * _PIECE_SECONDS) for number in count())
    for excerpt in listen.spans(path, container, stretches):
        if not len(excerpt.samples):
            break
        total += len(excerpt.samples) / excerpt.rate
        if total > budget.max_duration_s:
            raise BudgetError(
                f"the sound is longer than {budget.max_duration_s:.0f} s",
                f"音频时长超过 {budget.max_duration_s:.0f} 秒",
            )
        pieces.append(resample(excerpt.mono, excerpt.rate, RATE).astype(np.float32))
        length += len(pieces[-1])
        if length >= most * RATE:
            yield np.concatenate(pieces)
            pieces, length = [], 0
        if len(excerpt.samples) < _PIECE_SECONDS * excerpt.rate - 1:
            break
    if length:
        yield np.concatenate(pieces)


def _moved(part: Fingerprint, ticks: int) -> Fingerprint:
    return Fingerprint("sound", part.values, part.places + ticks, part.quality, part.extent, part.made_by)


def _joined(parts: list[Fingerprint], extent: int) -> Fingerprint:
    return Fingerprint(
        "sound",
        np.concatenate([part.values for part in parts]),
        np.concatenate([part.places for part in parts]),
        np.concatenate([part.quality for part in parts]),
        max(extent, parts[-1].extent),
        parts[0].made_by,
    )


def _without(whole: Fingerprint, label: Stretches) -> Fingerprint:
    """The fingerprint without what begins in these stretches, or reaches into them."""
    left = np.ones(len(whole), np.bool_)
    for start, end in label:
        left &= (whole.places * sound.TICK < start - _REACH_SECONDS) | (whole.places * sound.TICK > end)
    return Fingerprint(
        "sound", whole.values[left], whole.places[left], whole.quality[left], whole.extent, whole.made_by
    )


def _bars(peaks: Floats) -> tuple[float, ...]:
    """The heights of the wave form, 0 to 1."""
    edges = np.linspace(0, len(peaks), BARS + 1).astype(int)
    highest = [float(peaks[a:b].max(initial=0.0)) for a, b in pairwise(edges)]
    loudest = max(*highest, 1e-9)
    return tuple(round(each / loudest, 3) for each in highest)

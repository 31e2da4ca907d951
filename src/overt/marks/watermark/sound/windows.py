"""Sound of any length marked window by window, so that hours need no more memory than minutes.

Windows begin at whole periods of the mark and overlap by one, so that the mark runs on as if all were marked at once.
Silent stretches stay silent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from overt.errors import FormatError, TruncatedError
from overt.marks.label.sound import listen
from overt.marks.watermark.sound import lattice
from overt.marks.watermark.sound.embed import SHORTEST, embed
from overt.media.sound import MAX_VALUES, Samples

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from overt.marks.watermark.keys import Key
    from overt.marks.watermark.model import Bits

PERIOD: Final = lattice.COLUMNS * lattice.CELL
"""Seconds after which the mark repeats."""
_MOST_PERIODS, _FEWEST_PERIODS = 40, 4  # Of a window: two minutes, or less where samples are many.
_TAIL: Final = 3  # Periods: no window that is the last but one leaves less than this behind it.
_SILENT: Final = 1e-4


@dataclass(frozen=True, slots=True)
class Form:
    """What a file's sound is like. `seconds` is exact below the length from which every id fits."""

    rate: int
    channels: int
    seconds: float

    @property
    def bits(self) -> Bits:
        """How long an id fits."""
        return 64 if self.seconds >= SHORTEST[64] else 40


@dataclass(slots=True)
class Tally:
    """What marking changed, summed up over the windows."""

    signal: float = 0.0
    change: float = 0.0
    seconds: float = 0.0
    strength: float = 0.0

    @property
    def measures(self) -> dict[str, float]:
        """For the report."""
        snr = 10 * float(np.log10(self.signal / self.change)) if self.change and self.signal else 99.0
        strength = self.strength / self.seconds if self.seconds else 0.0
        return {"snr": snr, "strength": strength, "seconds": self.seconds}


def form_of(path: Path, container: str) -> Form:
    """Rate, channels and length of a file's sound. Raises `FormatError` where there is none."""
    excerpt = next(listen.spans(path, container, [(0.0, SHORTEST[64] + 1)]), None)
    if excerpt is None or not len(excerpt.samples):
        raise FormatError("the file has no sound", "文件中没有音频")
    return Form(excerpt.rate, excerpt.samples.shape[1], len(excerpt.samples) / excerpt.rate)


def marked(path: Path, container: str, form: Form, value: int, key: Key, tally: Tally) -> Iterator[Samples]:
    """The file's whole sound with the id, in stretches. `tally` is filled on the way."""
    periods = int(0.8 * MAX_VALUES / (form.rate * form.channels * PERIOD)) - _TAIL - 2
    length = min(max(periods, _FEWEST_PERIODS), _MOST_PERIODS) * PERIOD
    begin, ended = 0.0, False

    def wanted() -> Iterator[tuple[float, float]]:
        while not ended:
            yield max(0.0, begin - PERIOD), begin + length + (_TAIL + 1) * PERIOD

    losses = 0
    for excerpt in listen.spans(path, container, wanted()):
        losses += excerpt.losses
        if losses > listen.LOSSES:
            raise TruncatedError("parts of the sound are missing or could not be decoded", "部分音频缺失或无法解码")
        first = round(max(0.0, begin - PERIOD) * form.rate)
        own, stop = round(begin * form.rate), round((begin + length) * form.rate)
        ended = first + len(excerpt.samples) < round((begin + length + _TAIL * PERIOD) * form.rate)
        window = excerpt.samples
        if not ended:
            window = window[: stop - first + round(PERIOD * form.rate)]
        new = _window(window, form, value, key, tally)
        yield new[own - first :] if ended else new[own - first : stop - first]
        begin += length


def _window(window: Samples, form: Form, value: int, key: Key, tally: Tally) -> Samples:
    peak = float(np.abs(window).max(initial=0.0))
    if peak <= _SILENT:
        return window
    # Sound in floating point may be louder than full scale, at which the mark's own sound ends.
    scale = max(1.0, peak)
    plain = (window / scale).astype(np.float32)
    new, report = embed(plain, form.rate, value, form.bits, key)
    change = (new - plain).astype(np.float64) * scale
    tally.signal += float(np.sum(np.square(window)))
    tally.change += float(np.sum(np.square(change)))
    tally.seconds += report.seconds
    tally.strength += report.strength * report.seconds
    return window + change

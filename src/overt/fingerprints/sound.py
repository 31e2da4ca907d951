"""Sound known again by its landmarks: pairs of peaks of the spectrum, as in Wang (ISMIR 2003), on a musical scale.

A peak is a place in time and pitch louder than all around it. Peaks outlive codecs, noise, telephones and rooms.
Each is paired with a few that follow; a pair is one 32-bit term: the pitch of the first, the interval to the second and
the time between them. A copy shares many terms with its source, at *one* shift in time; strangers share few, at any.

Pitch is counted in steps of a logarithmic scale, so that a change of speed moves all peaks alike. Terms still change
with it. So the query is made of the same peaks once for each speed and tempo of `VARIANTS`, and what is kept is small.

Not found again: sound sped up or stretched by more than about 6 %, sung or played anew, or with less than about three
seconds of the source in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

from overt.fingerprints.model import Comparison, Fingerprint, Span, chance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from overt.fingerprints.model import Values

    Floats = NDArray[np.float32]
    Ints = NDArray[np.int64]

TICK = 0.016
"""Seconds from one spectrum to the next: the unit of the places."""

_WINDOW = 0.096  # Seconds in one spectrum.
_LOWEST, _OCTAVES, _STEPS = 260.0, 3.7, 24  # Hz, octaves above it (to 3.4 kHz, a telephone's), steps in an octave.
_WORKING_RATE = 8000  # Hz, at least: enough for the highest pitch.
_AROUND = (9, 7)  # A peak is the loudest within so many ticks and steps to each side.
_PEAKS = 22  # A second, at most, the loudest against their surroundings.
_PARTNERS = 5
_REACH = (3, 62)  # Ticks from a peak to its partners.
_INTERVAL = 31  # Steps between the two, up or down.
_LOOSE = 1  # Ticks by which terms may be off and still be at one shift.
_QUIET = 70.0  # dB below the loudest: no peaks there ...
_SILENCE = -90.0  # ... nor below this level, in dB, which 16 bits cannot hold.


@dataclass(frozen=True, slots=True)
class Variant:
    """What may have been done to the copy: `pitch` and `tempo` against the source (1.05: up, or faster, by 5 %)."""

    pitch: float
    tempo: float


_STEP_SIZES = (0.98, 1.02, 0.96, 1.04, 0.94, 1.06)
VARIANTS = (
    Variant(1.0, 1.0),
    *(Variant(each, each) for each in _STEP_SIZES),
    *(Variant(1.0, each) for each in _STEP_SIZES),
)
"""In which `queries` asks: as it is; played faster or slower; stretched at the same pitch."""


@dataclass(frozen=True, slots=True)
class Peaks:
    """Peaks in the order of time: when (ticks) and how high (steps), to fractions."""

    times: Floats
    steps: Floats
    extent: int

    def undone(self, variant: Variant) -> Peaks:
        """The peaks of the source, if the copy is this variant of it."""
        times = (self.times * np.float32(variant.tempo)).astype(np.float32)
        steps = self.steps - np.float32(_STEPS * np.log2(variant.pitch))
        return Peaks(times, steps.astype(np.float32), round(self.extent * variant.tempo))


def fingerprint(samples: Floats, rate: int) -> Fingerprint:
    """The fingerprint to be kept, of samples (n, or n x channels) at any rate."""
    return _landmarks(peaks(samples, rate))


def queries(samples: Floats, rate: int) -> tuple[Fingerprint, ...]:
    """The fingerprints to be looked up, one for each of `VARIANTS`; places are in the source's time."""
    found = peaks(samples, rate)
    return tuple(_landmarks(found.undone(variant)) for variant in VARIANTS)


def compare(query: Sequence[Fingerprint], reference: Fingerprint) -> Comparison:
    """The variant of the query (see `queries`) that is most like the reference.

    Unit of the distance: the logarithm (base 10) of how likely so many terms meet at one shift in time by chance, where
    as many meet at any: -20 is very close, 0 is chance. It is a model's word; the calibration says what it is worth.
    """
    all_found = [_aligned(each, reference) for each in query]
    number, found = min(enumerate(all_found), key=lambda each: each[1].log10_chance)
    variant = VARIANTS[number]
    changed = {}
    if variant.pitch != 1:
        changed["speed"] = variant.tempo
    elif variant.tempo != 1:
        changed["tempo"] = variant.tempo
    distance = min(0.0, found.log10_chance + float(np.log10(len(query))))
    terms = len(query[number])
    return Comparison("sound", distance, found.count, terms, len(reference), found.spans, changed)


@dataclass(frozen=True, slots=True)
class _Aligned:
    """Terms of one variant at one shift in time, before the number of variants is counted in."""

    log10_chance: float
    count: int
    spans: tuple[Span, ...]


def peaks(samples: Floats, rate: int) -> Peaks:
    """The peaks of the spectrum."""
    levels = _levels(samples, rate)
    count = len(levels)
    if count < 3:
        return Peaks(np.zeros(0, np.float32), np.zeros(0, np.float32), count)
    around = np.ones([2 * each + 1 for each in _AROUND], np.uint8)
    loudest = cv2.dilate(levels, around)
    is_peak = (levels == loudest) & (levels > max(_SILENCE, levels.max() - _QUIET))
    is_peak[[0, -1]] = False
    is_peak[:, [0, -1]] = False
    when, high = np.nonzero(is_peak)
    when, high = _strongest(levels, when, high)
    middle = levels[when, high]
    exact_when = when + _vertex(levels[when - 1, high], middle, levels[when + 1, high])
    exact_high = high + _vertex(levels[when, high - 1], middle, levels[when, high + 1])
    order = np.lexsort((exact_high, exact_when))
    return Peaks(exact_when[order].astype(np.float32), exact_high[order].astype(np.float32), count)


def _aligned(query: Fingerprint, reference: Fingerprint) -> _Aligned:
    """How many terms of the query meet the reference's at the best shift in time."""
    asked, met = _meetings(query.values, reference.values)
    if not asked.size:
        return _Aligned(0.0, 0, ())
    shift = reference.places[met] - query.places[asked]
    lowest = shift.min()
    votes = np.convolve(np.bincount(shift - lowest), np.ones(2 * _LOOSE + 1), "same")
    best = int(votes.argmax()) + lowest
    together = np.abs(shift - best) <= _LOOSE
    # A term that is often in the reference counts once, or a rhythm would be evidence of itself.
    count = np.unique(asked[together]).size
    shifts = max(1, query.extent + reference.extent)
    by_chance = (2 * _LOOSE + 1) * asked.size / shifts
    log10_chance = chance(count, by_chance) + float(np.log10(shifts))
    here, there = query.places[asked[together]], reference.places[met[together]]
    span = Span((int(here.min()), int(here.max()) + 1), (int(there.min()), int(there.max()) + 1))
    return _Aligned(min(0.0, log10_chance), count, (span,))


def _meetings(asked: Values, kept: Values) -> tuple[Ints, Ints]:
    """All pairs of equal terms, as indices."""
    order = np.argsort(kept, kind="stable")
    first, last = (np.searchsorted(kept[order], asked, side) for side in ("left", "right"))
    many = last - first
    within = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
    return np.repeat(np.arange(asked.size), many), order[np.repeat(first, many) + within]


def _strongest(levels: Floats, when: Ints, high: Ints) -> tuple[Ints, Ints]:
    """The peaks that stand out most, so many in each second."""
    second = (when * TICK).astype(np.int64)
    order = np.lexsort((-levels[when, high], second))
    rank = np.arange(order.size) - np.searchsorted(second[order], second[order])
    kept = np.sort(order[rank < _PEAKS])
    return when[kept], high[kept]


def _vertex(before: Floats, middle: Floats, after: Floats) -> Floats:
    """Where a parabola through three neighbours has its top, -0.5 to 0.5 from the one in the middle."""
    bend = before - 2 * middle + after
    return np.where(bend < 0, 0.5 * (before - after) / np.minimum(bend, -1e-6), 0).clip(-0.5, 0.5).astype(np.float32)


def _levels(samples: Floats, rate: int) -> Floats:
    """Levels in dB: ticks x steps."""
    mono = samples.mean(1) if samples.ndim == 2 else samples
    down = max(1, rate // _WORKING_RATE)
    mono = mono.astype(np.float32)
    if down > 1:
        from scipy.signal import resample_poly  # noqa: PLC0415  # takes a second, which pictures need not wait for

        mono = resample_poly(mono, 1, down)
    working = rate / down
    size = round(_WINDOW * working)
    count = max(0, int((mono.size - size) / working / TICK) + 1) if mono.size >= size else 0
    bank = _bank(size, working)
    levels = np.empty((count, bank.shape[1]), np.float32)
    window = np.hanning(size).astype(np.float32)
    for first in range(0, count, 4096):
        starts = np.rint(np.arange(first, min(count, first + 4096)) * (TICK * working)).astype(np.int64)
        spectra = np.fft.rfft(mono[starts[:, None] + np.arange(size)] * window, bank.shape[0] * 2 - 2, axis=1)
        power = (spectra.real**2 + spectra.imag**2).astype(np.float32)
        levels[first : first + 4096] = 10 * np.log10(power @ bank + 1e-10)
    return levels


@lru_cache(maxsize=16)
def _bank(size: int, rate: float) -> Floats:
    """The triangles (frequencies x steps) that gather a spectrum's power on the scale of pitch."""
    bins = 1 << int(np.ceil(np.log2(size)))
    frequency = np.arange(bins // 2 + 1) * rate / bins
    steps = np.arange(int(_OCTAVES * _STEPS) + 1)
    middle = _LOWEST * 2 ** (steps / _STEPS)
    # At low pitch a step is narrower than what the window can tell apart: there the triangle is as wide as that.
    half = np.maximum(middle * (2 ** (1 / _STEPS) - 1), 1.0 * rate / bins)
    bank = np.maximum(0, 1 - np.abs(frequency[:, None] - middle) / half).astype(np.float32)
    gathered: Floats = bank / np.maximum(bank.sum(0), 1e-6)
    return gathered


def _landmarks(found: Peaks) -> Fingerprint:
    """Pairs of peaks as terms."""
    times, steps = found.times, found.steps
    first, second = _pairs(times, steps)
    pitch = np.rint(steps[first] / 2).astype(np.int64) + 16
    interval = np.rint(steps[second] - steps[first]).astype(np.int64) + 64
    apart = np.rint((times[second] - times[first]) / 2).astype(np.int64)
    terms = (pitch.clip(0, 255) << 16 | interval.clip(0, 255) << 8 | apart.clip(0, 255)).astype(np.uint32)
    places = np.rint(times[first]).astype(np.int64)
    return Fingerprint("sound", terms, places, np.full(terms.size, 100, np.uint8), found.extent)


def _pairs(times: Floats, steps: Floats) -> tuple[Ints, Ints]:
    """Each peak with the first few that follow within reach."""
    firsts, seconds = [], []
    taken = np.zeros(times.size, np.int64)
    for ahead in range(1, min(times.size, 40)):
        apart = times[ahead:] - times[:-ahead]
        near = (apart >= _REACH[0]) & (apart <= _REACH[1]) & (np.abs(steps[ahead:] - steps[:-ahead]) <= _INTERVAL)
        near &= taken[: times.size - ahead] < _PARTNERS
        index = np.nonzero(near)[0]
        taken[index] += 1
        firsts.append(index)
        seconds.append(index + ahead)
    if not firsts:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    return np.concatenate(firsts), np.concatenate(seconds)

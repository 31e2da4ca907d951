"""The rhythm label: "short long, short short", the Morse code of AI, as tone bursts.

Sources: GB 45438-2025, 5.3 note 1, for the pattern; ITU-R M.1677-1, 2, for its timing; both through the rulebook.
The reader asks for the order of durations and not for any pitch or tempo, since the standard names none, and it
also accepts one unit of silence between the letters, which a public implementation writes. It reads no other Morse.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overt.media.sound import Samples, resample
from overt.rulebook import LabelRules

FADE_SECONDS = 0.008
"""Length of the raised-cosine flanks: no click, and still a sharp edge. Tones begin and end at half amplitude."""

RATE = 8_000
"""The detector's sampling rate: it hears up to 4 kHz."""
WINDOW, HOP = 256, 32
"""32 ms and 4 ms: a unit of 40 ms can still be told from its neighbours."""
PITCHES = (300.0, 3000.0)
UNITS = (0.035, 0.65)
"""Seconds of a dot that are searched: from the fastest Morse a person can follow to one that fills seven seconds."""
TONAL = 0.6
"""The part of a moment's energy that must lie in the tone: half of it would still be a chord."""
FLOOR = 1e-7
"""Mean square below which nothing is heard."""
HALF = 0.4
"""Of a tone's power, what five bins hold when the window is half on it; measured: it makes the edges unbiased."""
ROOM = 4
"""Units without the tone around a label: more than the 3 between the letters of a longer Morse text ("AIR")."""
STEPS = 18
"""Thresholds tried, 3 dB apart from the loudest tone downwards: a label may be 50 dB below the content."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """One rhythm label: where it is in the excerpt, its unit and pitch, and how well it fits (0 to 1)."""

    start: float
    stop: float
    unit: float
    pitch: float
    score: float


def bursts(rules: LabelRules) -> list[tuple[float, float]]:
    """When the tones begin and end, in units."""
    gaps, at, result = rules.rhythm_gaps.value, 0, []
    for letter in rules.rhythm.value.split():
        for sign in letter:
            length = gaps.dash if sign == "-" else 1
            result.append((float(at), float(at + length)))
            at += length + gaps.inside
        at += gaps.between - gaps.inside
    return result


def render(rules: LabelRules, rate: int) -> Samples:
    """The label as one channel, with a peak of 1."""
    unit, pitch = rules.rhythm_unit_seconds.value, rules.rhythm_pitch.value
    times = bursts(rules)
    fade = min(FADE_SECONDS, unit / 2)
    clock = np.arange(round((times[-1][1] * unit + fade) * rate)) / rate - fade / 2
    envelope = np.zeros(len(clock))
    for begin, end in times:
        envelope += _flank((clock - begin * unit) / fade) * _flank((end * unit - clock) / fade)
    return envelope * np.sin(2 * np.pi * min(pitch, rate * 0.45) * clock)


def _flank(x: Samples) -> Samples:
    return 0.5 + 0.5 * np.sin(np.pi * np.clip(x, -0.5, 0.5))


def detect(samples: Samples, rate: int, rules: LabelRules) -> list[Rhythm]:
    """Rhythm labels in one channel of at most half a minute, best first, none overlapping another."""
    sound = resample(samples, rate, RATE)
    if len(sound) < WINDOW:
        return []
    padded = np.concatenate([np.zeros(WINDOW // 2), sound, np.zeros(WINDOW // 2)])
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]
    window = np.hanning(WINDOW)
    spectra = np.abs(np.fft.rfft(frames * window)) ** 2 / (window.sum() / 2) ** 2 / 3  # a sine: its mean square
    total = spectra[:, 3:].sum(axis=1) + 1e-12
    found: list[Rhythm] = []
    for bin_ in _pitches(spectra, total):
        tone = spectra[:, bin_ - 2 : bin_ + 3].sum(axis=1)
        found += _matches(tone, tone / total, bin_, spectra, rules)
    found.sort(key=lambda rhythm: -rhythm.score)
    kept: list[Rhythm] = []
    for rhythm in found:
        if all(rhythm.stop <= other.start or rhythm.start >= other.stop for other in kept):
            kept.append(rhythm)
    return kept


def _pitches(spectra: Samples, total: Samples) -> list[int]:
    """Bins that are the loudest, and nearly all there is, for long enough to hold the shortest label."""
    low, high = (round(pitch * WINDOW / RATE) for pitch in PITCHES)
    loudest = spectra[:, low : high + 1].argmax(axis=1) + low
    around = sum(np.take_along_axis(spectra, (loudest + k)[:, None], 1)[:, 0] for k in (-2, -1, 0, 1, 2))
    tonal = (around / total > TONAL) & (around > FLOOR)
    counts = np.bincount(loudest[tonal], minlength=high + 2)
    least = 3 * UNITS[0] * RATE / HOP
    near = counts[:-1] + np.concatenate([[0], counts[:-2]]) + counts[1:]
    return [int(bin_) for bin_ in np.flatnonzero((near >= least) & (counts[:-1] > 0))]


def _runs(on: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Begin and end of each stretch of true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], on, [False]])))
    return edges.reshape(-1, 2)


def _matches(tone: Samples, share: Samples, bin_: int, spectra: Samples, rules: LabelRules) -> Iterator[Rhythm]:
    expected = np.array([end - begin for begin, end in bursts(rules)])
    count = len(expected)
    loudest = float(tone.max())
    seen: set[int] = set()
    for step in range(STEPS):
        threshold = loudest / 2 / 10 ** (0.3 * step)
        if threshold < FLOOR:
            break
        runs = _runs((tone > threshold) & (share > TONAL))
        if len(runs) < count:
            continue
        lengths = np.lib.stride_tricks.sliding_window_view((runs[:, 1] - runs[:, 0]).astype(float), count)
        for first in np.flatnonzero(_in_order(lengths, expected)):
            group = runs[first : first + count]
            if int(group[0, 0]) // 4 in seen:
                continue
            rhythm = _measured(tone, share, group, bin_, spectra, rules)
            if rhythm is not None:
                seen.add(int(group[0, 0]) // 4)
                yield rhythm


def _in_order(lengths: Samples, expected: Samples, slack: float = 1.25) -> NDArray[np.bool_]:
    """Whether the long ones are about twice the short ones or more, and the short ones alike."""
    short, long = lengths[:, expected == 1], lengths[:, expected > 1]
    least, most = short.min(axis=1), short.max(axis=1)
    fits: NDArray[np.bool_] = long.min(axis=1) * slack >= 2 * most
    fits &= (long.max(axis=1) <= 6 * most) & (most <= 1.6 * slack * least)
    return fits


def _measured(
    tone: Samples, share: Samples, group: NDArray[np.intp], bin_: int, spectra: Samples, rules: LabelRules
) -> Rhythm | None:
    """The exact times of a candidate, from its half amplitude; None if it is no label after all."""
    begin, end = int(group[0, 0]), int(group[-1, 1])
    span = end - begin
    inner = np.concatenate([_inside(tone, a, b) for a, b in group])
    level = float(np.median(inner))
    left, right = max(0, begin - span // 2), min(len(tone), end + span // 2)
    runs = _runs(tone[left:right] > level * HALF) + left
    runs = runs[(runs[:, 1] > begin) & (runs[:, 0] < end)]
    pattern = bursts(rules)
    expected = np.array([b - a for a, b in pattern])
    if len(runs) != len(expected):
        return None
    begins = np.array([_crossing(tone, int(a) - 1, level * HALF) for a in runs[:, 0]])
    ends = np.array([_crossing(tone, int(b) - 1, level * HALF) for b in runs[:, 1]])
    lengths, gaps = ends - begins, begins[1:] - ends[:-1]
    if not _in_order(lengths[None], expected, 1.0)[0]:
        return None
    unit = float(lengths.sum() / expected.sum())
    if not UNITS[0] <= unit * HOP / RATE <= UNITS[1]:
        return None
    regular = np.array([pattern[i + 1][0] - pattern[i][1] for i in range(len(pattern) - 1)])
    inside = regular <= rules.rhythm_gaps.value.inside
    if (gaps < 0.4 * unit).any() or (gaps[inside] > 2 * unit).any() or (gaps > 5.5 * unit).any():
        return None
    if not _is_tone(tone, share, runs, level, bin_, spectra) or not _stands_alone(tone, share, runs, level, unit):
        return None
    fit = max(
        _fit(lengths, gaps, expected, variant) for variant in (regular, np.minimum(regular, 2), np.minimum(regular, 1))
    )
    score = fit * float(np.median(np.concatenate([_inside(share, a, b) for a, b in runs])))
    seconds = HOP / RATE
    spectrum = np.concatenate([spectra[a:b] for a, b in runs]).sum(axis=0)[bin_ - 1 : bin_ + 2]
    a, b, c = np.log(spectrum + 1e-30)
    pitch = (bin_ + 0.5 * (a - c) / (a - 2 * b + c + 1e-30)) * RATE / WINDOW
    return Rhythm(float(begins[0]) * seconds, float(ends[-1]) * seconds, unit * seconds, float(pitch), score)


def _crossing(tone: Samples, before: int, threshold: float) -> float:
    """Where between this moment and the next the amplitude crosses the threshold's; the edges of the file count."""
    if before < 0 or before + 1 >= len(tone):
        return float(min(max(before, 0), len(tone) - 1))
    a, b, wanted = (float(np.sqrt(value)) for value in (tone[before], tone[before + 1], threshold))
    return before + (wanted - a) / (b - a) if a != b else float(before)


def _inside(track: Samples, begin: int, end: int) -> Samples:
    """A stretch without its flanks."""
    edge = min(WINDOW // HOP // 2, (end - begin) // 4)
    return track[begin + edge : max(end - edge, begin + edge + 1)]


def _is_tone(tone: Samples, share: Samples, runs: NDArray[np.intp], level: float, bin_: int, spectra: Samples) -> bool:
    """One pitch, one level, steady, and quiet between: what a keyed tone is and a melody or a vowel is not."""
    levels = []
    for begin, end in runs:
        inner = _inside(tone, begin, end)
        if np.median(_inside(share, begin, end)) < TONAL or np.percentile(inner, 90) > 2.5 * np.percentile(inner, 10):
            return False
        heard = spectra[begin:end].sum(axis=0)
        if abs(int(heard[3:].argmax()) + 3 - bin_) > 1:
            return False
        levels.append(float(np.median(inner)))
    quiet = [float(tone[a:b].min()) for a, b in zip(runs[:-1, 1], runs[1:, 0], strict=True)]
    return max(levels) <= 4 * min(levels) and max(quiet) <= level / 10


def _stands_alone(tone: Samples, share: Samples, runs: NDArray[np.intp], level: float, unit: float) -> bool:
    """No more of the same tone close before or behind: in the middle of other Morse it is no label."""
    room, edge = max(1, round(ROOM * unit)), WINDOW // HOP // 2
    begin, end = int(runs[0, 0]), int(runs[-1, 1])
    before = slice(max(0, begin - room), max(0, begin - edge))
    behind = slice(end + edge, end + room)
    return not any(((tone[part] > level * HALF) & (share[part] > TONAL)).any() for part in (before, behind))


def _fit(lengths: Samples, gaps: Samples, expected: Samples, regular: Samples) -> float:
    """1 for exact timing, less by the mean deviation, in units."""
    ours, theirs = np.concatenate([lengths, gaps]), np.concatenate([expected, regular])
    unit = ours.sum() / theirs.sum()
    return max(0.0, 1.0 - float(np.abs(ours / unit - theirs).mean()))

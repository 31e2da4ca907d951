"""What is to be heard: the label's samples, at the rate, on the channels and with the loudness of its content.

TC260 names no level and no gap: the numbers here are ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from overt.marks.label.model import LabelStyle
from overt.marks.label.sound import rhythm, speech
from overt.media import sound
from overt.media.sound import Excerpt, Samples
from overt.rulebook import LabelRules

GAP_SECONDS = 0.5
"""Silence between label and content, and between two sentences: long enough to be heard as a break."""
EDGE_SECONDS = 0.15
"""Silence at the outer end: players and their loudspeakers swallow the first tenth of a second."""
TONE_GAIN = 10**-0.4
"""A steady tone is set 4 dB below the content: it sounds louder than speech or music of its power."""
SILENT = 10**-2.6
"""Power of a label for content that is silent: -26 dB, a calm voice."""
QUIETEST, LOUDEST = 10**-3.6, 10**-1.4
"""A label can always be heard (-36 dB) and never frightens (-14 dB)."""
PEAK = 0.89
"""-1 dB: lossy coding may overshoot by as much."""

Place = Literal["start", "end"] | Sequence[float]
"""Before the sound, behind it, or at these seconds of it."""


@dataclass(frozen=True, slots=True)
class Voice:
    """What is to be heard, beside which content; `place` is where."""

    parts: tuple[Excerpt, ...]
    rules: LabelRules
    style: LabelStyle
    place: Place

    def samples(self, rate: int, channels: int, mask: int = 0, multiple: int = 1) -> Samples:
        """The label with its silences, at the content's rate and level, on its channels.

        The length is a multiple of `multiple` samples.
        """
        label = sound.spread(self._mono(rate), channels, mask)
        loudness = sound.power(label, rate)
        if loudness:
            label *= np.sqrt(self._power() / loudness)
        label *= min(1.0, PEAK / max(float(np.abs(label).max()), 1e-9))
        gap, edge = (np.zeros((round(s * rate), channels)) for s in (GAP_SECONDS, EDGE_SECONDS))
        pieces = [gap if self.place != "start" else edge, label, gap if self.place != "end" else edge]
        pieces.append(np.zeros((-sum(map(len, pieces)) % multiple, channels)))
        return np.concatenate(pieces)

    @property
    def seconds(self) -> float:
        """How long the label is, with its silences."""
        outer = GAP_SECONDS if not isinstance(self.place, str) else EDGE_SECONDS
        return len(self._mono(speech.RATE)) / speech.RATE + GAP_SECONDS + outer

    def places(self, rate: int, total: int) -> list[int]:
        """Before which of `total` samples the label goes."""
        if isinstance(self.place, str):
            return [0 if self.place == "start" else total]
        return [min(round(seconds * rate), total) for seconds in self.place]

    def _mono(self, rate: int) -> Samples:
        if self.style.audio == "rhythm":
            return rhythm.render(self.rules, rate)
        pieces: list[Samples] = []
        for clip in speech.chosen(self.rules, self.style.second_language):
            pieces += [np.zeros(round(GAP_SECONDS * rate)), sound.resample(clip.samples, clip.rate, rate)]
        return np.concatenate(pieces[1:])

    def _power(self) -> float:
        """As loud as the content next to the label; if that is silent, as the other end."""
        order = self.parts[::-1] if self.place == "end" else self.parts
        loudness = next((p for p in (sound.power(part.samples, part.rate) for part in order) if p), SILENT)
        if self.style.audio == "rhythm":
            loudness *= TONE_GAIN
        return min(max(loudness, QUIETEST), LOUDEST)

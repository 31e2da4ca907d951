"""Where the turns of a dialogue begin: with the first sound after a pause.

Source: GB 45438-2025, 5.3, asks for a label at the start of one round of interaction where sound is a dialogue; it
says neither what a round is in a recording nor how long a pause. All numbers are ours, and the style names the pause.
It tells sound from silence, not one voice from another.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from overt.errors import UnsupportedError
from overt.language import Text

HOP_SECONDS = 0.02
QUIET = 10**-2.5
"""Of the power of the loud parts, what counts as a pause: 25 dB below them, the noise of a room."""
FLOOR = 10**-6.0
"""-60 dB: below it there is silence, whatever the rest."""
CLICK_SECONDS = 0.06
"""Sound that is shorter ends no pause: a click, a breath."""
LEAD_SECONDS = 0.1
"""The label goes this far before the turn, so that its first consonant is not cut off."""
MAX_TURNS = 500
"""Turns of one recording: two hours of quick dialogue."""


def cuts(levels: NDArray[np.float64], pause: float) -> list[float]:
    """The seconds at which labels go, in order: 0 for the first turn, then before each turn.

    `levels` are the mean squares of stretches of `HOP_SECONDS`. Raises `UnsupportedError` for too many turns.
    """
    result = [0.0, *after_pauses(levels, pause)]
    if len(result) > MAX_TURNS:
        raise UnsupportedError(
            f"{len(result)} turns are more than {MAX_TURNS}",
            f"对话轮次多达 {len(result)}，超过 {MAX_TURNS}",
            hint=Text(
                zh="在样式中提高 turn_pause_seconds，或将录音拆分为较短的文件。",
                en="Raise turn_pause_seconds in the style, or split the recording.",
            ),
        )
    return result


def after_pauses(levels: NDArray[np.float64], pause: float) -> list[float]:
    """The seconds, in order, shortly before which a pause of at least so many seconds ends."""
    heard = _heard(levels)
    # The end of the recording ends no pause.
    return [
        float(begin) * HOP_SECONDS - min(LEAD_SECONDS, pause / 2)
        for end, begin in zip(heard[:-1, 1], heard[1:, 0], strict=True)
        if (begin - end) * HOP_SECONDS >= pause
    ]


def _heard(levels: NDArray[np.float64]) -> NDArray[np.intp]:
    """Begin and end of each stretch with sound, in stretches."""
    loud = levels[levels > FLOOR]
    if not len(loud):
        return np.zeros((0, 2), np.intp)
    loud = loud[loud >= loud.mean() * 0.1]
    on = levels > max(FLOOR, float(loud.mean()) * QUIET)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], on, [False]]))).reshape(-1, 2)
    return edges[(edges[:, 1] - edges[:, 0]) * HOP_SECONDS >= CLICK_SECONDS]

"""Frames from all over a film, in grey, at little cost: a codec's key pictures, which need no others to be decoded.

Of a short film every picture is decoded, as it may have one key picture only. It looks at no more than it is asked for,
and says nothing of what lies between. (`overt.media.av.video` has pictures at exact times and in colour.)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from overt.media.av.video import Film, decoding, opened

SHORT: Final = 360
"""Pictures up to which a film is decoded as a whole: it has few key pictures."""
_FIRST: Final = 2
"""Pictures decoded from each place of a longer film."""


@dataclass(frozen=True, slots=True)
class Glimpse:
    """A picture as it is displayed, in grey, and when, in seconds."""

    time: float
    grey: NDArray[np.uint8]


def glimpses(path: Path, film: Film, count: int, side: int) -> Iterator[Glimpse]:
    """Up to about `count` pictures, evenly over the film, no longer than `side` pixels. Raises `MediaError`.

    The first and the key pictures of a short film are among them.
    """
    with decoding(path), opened(path) as (container, stream):
        if film.duration <= 0 or film.duration * float(film.rate) <= SHORT:
            yield from _through(container, stream, film, count, side)
        else:
            yield from _here_and_there(container, stream, film, count, side)


def _through(container: Any, stream: Any, film: Film, count: int, side: int) -> Iterator[Glimpse]:
    step = max(1, round(film.duration * float(film.rate) / count))
    shown = 0
    for number, frame in enumerate(container.decode(stream)):
        if number > 4 * SHORT:  # It is longer than it says.
            return
        if number % step == 0 or frame.key_frame:
            shown += 1
            if shown > 2 * count:
                return
            yield _glimpse(frame, film, side)


def _here_and_there(container: Any, stream: Any, film: Film, count: int, side: int) -> Iterator[Glimpse]:
    places = max(1, count // _FIRST)
    seen: set[int] = set()
    for number in range(places):
        moment = film.duration * number / places
        container.seek(int(moment / stream.time_base) + (stream.start_time or 0), stream=stream, backward=True)
        for decoded, frame in enumerate(container.decode(stream)):
            if decoded >= _FIRST or frame.pts in seen:
                break
            seen.add(frame.pts)
            yield _glimpse(frame, film, side)


def _glimpse(frame: Any, film: Film, side: int) -> Glimpse:
    factor = min(1.0, side / max(film.shown))
    wide, high = film.shown[::-1] if film.turn.sideways else film.shown
    grey = frame.to_ndarray(
        format="gray",
        width=max(1, round(wide * factor)),
        height=max(1, round(high * factor)),
        interpolation="AREA" if factor < 1 else "BICUBIC",
    )
    return Glimpse(float(frame.time or 0.0), np.ascontiguousarray(film.turn.upright(grey)))

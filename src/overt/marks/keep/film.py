"""What is kept of films: the hashes of their frames, their sound, and a few small pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from overt.errors import MediaError
from overt.fingerprints import film as frames
from overt.language import Text
from overt.marks.keep import picture, sound
from overt.marks.kept import Gap, Kept, Print, View
from overt.media.budget import Budget

if TYPE_CHECKING:
    from overt.fingerprints.model import Fingerprint
    from overt.marks.keep import Stretches

MOMENTS = (0.05, 0.3, 0.55, 0.8)
"""Which pictures of a film are kept to be shown, as shares of its length."""
SIDE = 320
_SOUND = {"mp4": "mov", "m4v": "mov", "mkv": "matroska", "webm": "matroska"}
"""What PyAV calls the container of a film whose sound is read."""
_PLAIN = Text(
    zh="画面过于单调，指纹不足以辨认",
    en="there is too little in the pictures for their fingerprint to tell them from others",
)


def take(path: Path, container: str, budget: Budget, *, views: bool, label: Stretches = ()) -> Kept:  # noqa: ARG001
    """What is kept of a film and its sound."""
    seen = _seen(path, budget, frames.EVERY)
    heard = _sound(path, container, budget)
    prints, gaps = _judged((seen.fingerprint(), seen.points()[0]))
    shown = _views(path, budget) if views else ()
    return Kept(prints + heard.prints, gaps + heard.gaps, shown, heard.bars if views else (), heard.seconds)


def ask(path: Path, container: str, budget: Budget) -> Kept:
    """What a film is looked up by."""
    seen = _seen(path, budget, frames.ASKED_EVERY)
    prints, gaps = _judged((*seen.queries(), *seen.points()))
    heard = _sound(path, container, budget, asked=True)
    return Kept(prints + heard.prints, gaps + heard.gaps)


def _seen(path: Path, budget: Budget, every: float) -> frames.Sampler:
    from overt.media.av import video  # noqa: PLC0415  # PyAV is an extra, and slow to load

    sampler = frames.Sampler(every)
    film = video.probe(path, budget)
    for shown in video.pictures(path, film, side=frames.SIDE, wanted=sampler.wants):
        sampler.add(shown.time, shown.rgb)
    return sampler


def _judged(taken: tuple[Fingerprint, ...]) -> tuple[tuple[Print, ...], tuple[Gap, ...]]:
    if not len(taken[0]):
        return (), (Gap("film", _PLAIN),)
    return tuple(Print.of(each) for each in taken), ()


def _sound(path: Path, container: str, budget: Budget, *, asked: bool = False) -> Kept:
    """The film's sound; a gap where it has none, or it cannot be decoded."""
    name = _SOUND.get(container, container)
    try:
        return sound.ask(path, name, budget) if asked else sound.take(path, name, budget, views=True)
    except MediaError as error:
        return Kept(gaps=(Gap("sound", error.message),))


def _views(path: Path, budget: Budget) -> tuple[View, ...]:
    from overt.media.av import video  # noqa: PLC0415

    film = video.probe(path, budget)
    found = video.pictures_at(path, film, [film.duration * share for share in MOMENTS], SIDE)
    return tuple(picture.view(np.asarray(each.rgb), SIDE, each.time) for each in found)

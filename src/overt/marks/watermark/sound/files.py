"""The watermark of sound files: WAV, AIFF, FLAC, MP3, AAC, M4A, Ogg Vorbis and Opus.

`windows` marks sound of any length, `write` puts it back into its file. WAV and AIFF need NumPy and SciPy alone; what
is coded needs the extra `media`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from overt.errors import ReadBackError
from overt.language import Text
from overt.marks.label.sound import listen
from overt.marks.watermark.model import Found, Place, Presence, Readout, WatermarkReport, shortened
from overt.marks.watermark.sound import windows
from overt.marks.watermark.sound.read import read as read_samples
from overt.marks.watermark.sound.write import WRITERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from overt.marks.watermark.keys import Key
    from overt.media.sound import Excerpt

HEARD_SECONDS: Final = 600.0
"""Seconds that are listened to for a mark: in marked sound it is everywhere."""
_PIECE_SECONDS: Final = 120.0


def put(source: Path, target: Path, container: str, content_id: str, key: Key) -> WatermarkReport:
    """Write `target`: the same sound with the id in all of it; it is read back from what was written.

    Raises `MediaError` where the sound cannot carry one, `ReadBackError` (and leaves no file) where too little of the
    mark outlives the sound's own coding, `SetupError` without PyAV where it is coded.
    """
    form = windows.form_of(source, container)
    value, tally = shortened(content_id, form.bits), windows.Tally()
    try:
        WRITERS[container](source, target, form, windows.marked(source, container, form, value, key, tally))
        found = _read_back(target, container, value, key)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return WatermarkReport("audio", found, tally.measures)


def _read_back(target: Path, container: str, value: int, key: Key) -> Found:
    found = next((each for each in read(target, container, (key,)).ids if each.value == value), None)
    if found is None:
        raise ReadBackError(
            "too little of the watermark is left in this sound: it is too quiet, too sparse or coded too coarsely",
            "水印在该音频中保留不足：声音过弱、过于稀疏或编码过于粗糙",
            hint=Text(
                zh="换用更长或码率更高的音频；也可不加水印：--only label,metadata,credential。",
                en="Use longer sound or a higher bit rate; or leave it out: --only label,metadata,credential.",
            ),
        )
    return found


def read(path: Path, container: str, keys: Sequence[Key]) -> Readout:
    """The ids in the first ten minutes of a sound; it stops where one is found."""
    ids: dict[tuple[str, int, int], Found] = {}
    presence: Presence | None = None
    stretches = ((begin, begin + _PIECE_SECONDS) for begin in np.arange(0, HEARD_SECONDS, _PIECE_SECONDS).tolist())
    for excerpt in _heard(path, container, stretches):
        mono = excerpt.samples.mean(axis=1, keepdims=True).astype(np.float32)
        readout = read_samples(mono, excerpt.rate, keys)
        for found in readout.ids:
            ids.setdefault((found.key, found.bits, found.value), replace(found, place=_later(found, excerpt.start)))
        if readout.presence and (presence is None or readout.presence.log10_p < presence.log10_p):
            presence = replace(readout.presence, place=_later(readout.presence, excerpt.start))
        if ids:
            break
    return Readout(tuple(sorted(ids.values(), key=lambda found: found.log10_p)), presence)


def _heard(path: Path, container: str, stretches: Iterator[tuple[float, float]]) -> Iterator[Excerpt]:
    for excerpt in listen.spans(path, container, stretches):
        if not len(excerpt.samples):
            return
        yield excerpt


def _later(found: Found | Presence, begin: float) -> Place:
    place = found.place
    if place.start is None or place.end is None:
        return place
    return replace(place, start=place.start + begin, end=place.end + begin)
